#ifndef AESWEEP_HASH_H
#define AESWEEP_HASH_H

#include <stddef.h>
#include <stdint.h>

/* A 64-bit hash of text: the first half of a 128-bit Matyas-Meyer-Oseas chain over Threefry-2x64-20
 * (the cipher of Random123, a relative of Skein's Threefish), the length in the last block. */
uint64_t ae_hash(const void *data, size_t size);

#endif
