#ifndef AESWEEP_TESTS_FUZZ_H
#define AESWEEP_TESTS_FUZZ_H

/* A reader fed with any bytes: the entry point that libFuzzer calls, and main.c with the files of
 * the corpus. Sanitizers and REQUIRE tell what is wrong. Returns 0. */

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(is_true)                                                                           \
    do {                                                                                           \
        if (!(is_true))                                                                            \
            abort();                                                                               \
    } while (0)

#endif
