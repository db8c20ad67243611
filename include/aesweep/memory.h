#ifndef AESWEEP_MEMORY_H
#define AESWEEP_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aesweep/error.h"

/* A view of bytes that somebody else owns. */
struct ae_bytes {
    const void *data;
    size_t size;
};

/*
 * A growing block of bytes; also used to build text. Start with {0}, end with ae_buffer_clear.
 * A failed append sets `failed` and leaves the content as it was, later appends do nothing: code
 * may append many times and check once. The content is always followed by a NUL that `size` leaves
 * out (data is NULL while nothing was appended).
 */
struct ae_buffer {
    char *data;
    size_t size;
    size_t capacity;
    bool failed;
};

void ae_buffer_clear(struct ae_buffer *buffer);  /* frees; the buffer is {0} again */
void ae_buffer_rewind(struct ae_buffer *buffer); /* empties, keeps the memory */
void ae_buffer_append(struct ae_buffer *buffer, const void *data, size_t size);
void ae_buffer_text(struct ae_buffer *buffer, const char *text); /* without its NUL */
void ae_buffer_printf(struct ae_buffer *buffer, const char *format, ...) AE_PRINTF(2, 3);
enum ae_status ae_buffer_status(const struct ae_buffer *buffer, struct ae_error *err);
struct ae_bytes ae_buffer_bytes(const struct ae_buffer *buffer);

/* Fixed-width writing and reading of records (this machine's byte order, which is little endian).
 * */
void ae_buffer_u64(struct ae_buffer *buffer, uint64_t value);
void ae_buffer_reals(struct ae_buffer *buffer, size_t n, const double *x);
void ae_buffer_block(struct ae_buffer *buffer,
                     struct ae_bytes block); /* its size, then its bytes */

/* A reading position in bytes; every take returns false at the end and leaves *out as it was. */
struct ae_reader {
    const char *at;
    size_t left;
};
struct ae_reader ae_reader_of(struct ae_bytes bytes);
bool ae_take_u64(struct ae_reader *reader, uint64_t *out);
bool ae_take_reals(struct ae_reader *reader, size_t n, double *out);
bool ae_take_block(struct ae_reader *reader, struct ae_bytes *out); /* view into the same bytes */

/* All memory of this program comes from here, but what libraries take for themselves. */

/* a * b * size of one, zeroed; NULL if that overflows or memory is short (also when it is 0 bytes:
 * then a block of one byte). free() frees it. */
void *ae_calloc(size_t a, size_t b, size_t size);

/* realloc to a * size bytes (block NULL: a new one, not zeroed; 0 bytes count as one); NULL if that
 * overflows or memory is short, and then the old block is as it was. free() frees it. */
void *ae_realloc(void *block, size_t a, size_t size);

/* n doubles, zeroed, aligned to 64 bytes; NULL if there is no memory. free() frees it. */
double *ae_reals_new(size_t n);

/* A copy of text (n bytes of it and a NUL); NULL if there is no memory. free() frees it. */
char *ae_text_copy(const char *text, size_t n);

#endif
