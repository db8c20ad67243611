/* Checked allocation and growing byte buffers. */
#include "aesweep/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void ae_buffer_clear(struct ae_buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct ae_buffer){0};
}

void ae_buffer_rewind(struct ae_buffer *buffer)
{
    buffer->size = 0;
    buffer->failed = false;
    if (buffer->data)
        buffer->data[0] = '\0';
}

/* Makes room for `more` bytes and a NUL. */
static bool reserve(struct ae_buffer *buffer, size_t more)
{
    if (buffer->failed || more > SIZE_MAX / 2 - buffer->size) {
        buffer->failed = true;
        return false;
    }
    size_t need = buffer->size + more + 1;
    if (need <= buffer->capacity)
        return true;
    size_t capacity = buffer->capacity < 64 ? 64 : buffer->capacity;
    while (capacity < need)
        capacity *= 2;
    char *data = ae_realloc(buffer->data, 1, capacity);
    if (!data) {
        buffer->failed = true;
        return false;
    }
    buffer->data = data;
    buffer->capacity = capacity;
    return true;
}

void ae_buffer_append(struct ae_buffer *buffer, const void *data, size_t size)
{
    if (!reserve(buffer, size))
        return;
    if (size > 0)
        memcpy(buffer->data + buffer->size, data, size);
    buffer->size += size;
    buffer->data[buffer->size] = '\0';
}

void ae_buffer_text(struct ae_buffer *buffer, const char *text)
{
    ae_buffer_append(buffer, text, strlen(text));
}

void ae_buffer_printf(struct ae_buffer *buffer, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n < 0)
        buffer->failed = true;
    if (n < 0 || !reserve(buffer, (size_t)n))
        return;
    va_start(args, format);
    (void)vsnprintf(buffer->data + buffer->size, (size_t)n + 1, format, args);
    va_end(args);
    buffer->size += (size_t)n;
}

enum ae_status ae_buffer_status(const struct ae_buffer *buffer, struct ae_error *err)
{
    return buffer->failed ? ae_fail_memory(err, buffer->capacity) : AE_OK;
}

struct ae_bytes ae_buffer_bytes(const struct ae_buffer *buffer)
{
    return (struct ae_bytes){.data = buffer->data, .size = buffer->size};
}

void ae_buffer_u64(struct ae_buffer *buffer, uint64_t value)
{
    ae_buffer_append(buffer, &value, sizeof value);
}

void ae_buffer_reals(struct ae_buffer *buffer, size_t n, const double *x)
{
    ae_buffer_append(buffer, x, n * sizeof *x);
}

void ae_buffer_block(struct ae_buffer *buffer, struct ae_bytes block)
{
    ae_buffer_u64(buffer, block.size);
    ae_buffer_append(buffer, block.data, block.size);
}

struct ae_reader ae_reader_of(struct ae_bytes bytes)
{
    return (struct ae_reader){.at = bytes.data, .left = bytes.size};
}

static bool take(struct ae_reader *reader, size_t size, void *out)
{
    if (size == 0) /* nothing at all may stand at NULL */
        return true;
    if (reader->left < size)
        return false;
    memcpy(out, reader->at, size);
    reader->at += size;
    reader->left -= size;
    return true;
}

bool ae_take_u64(struct ae_reader *reader, uint64_t *out)
{
    return take(reader, sizeof *out, out);
}

bool ae_take_reals(struct ae_reader *reader, size_t n, double *out)
{
    return n <= reader->left / sizeof *out && take(reader, n * sizeof *out, out);
}

bool ae_take_block(struct ae_reader *reader, struct ae_bytes *out)
{
    struct ae_reader ahead = *reader;
    uint64_t size = 0;
    if (!ae_take_u64(&ahead, &size) || ahead.left < size)
        return false;
    *out = (struct ae_bytes){.data = ahead.at, .size = (size_t)size};
    ahead.at += size;
    ahead.left -= (size_t)size;
    *reader = ahead;
    return true;
}

void *ae_calloc(size_t a, size_t b, size_t size)
{
    if (b != 0 && a > SIZE_MAX / b)
        return NULL;
    size_t n = a * b;
    if (size != 0 && n > SIZE_MAX / size)
        return NULL;
    return calloc(n > 0 ? n : 1, size > 0 ? size : 1);
}

void *ae_realloc(void *block, size_t a, size_t size)
{
    if (size != 0 && a > SIZE_MAX / size)
        return NULL;
    size_t n = a * size;
    return realloc(block, n > 0 ? n : 1);
}

double *ae_reals_new(size_t n)
{
    if (n > (SIZE_MAX - 64) / sizeof(double))
        return NULL;
    size_t size = (n * sizeof(double) + 63) / 64 * 64;
    if (size == 0)
        size = 64;
    double *x = aligned_alloc(64, size);
    if (x)
        memset(x, 0, size);
    return x;
}

char *ae_text_copy(const char *text, size_t n)
{
    char *copy = ae_realloc(NULL, 1, n + 1);
    if (copy) {
        memcpy(copy, text, n);
        copy[n] = '\0';
    }
    return copy;
}
