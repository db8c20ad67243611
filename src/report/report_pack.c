/* Arrays of numbers as text that a script in a page unpacks fast: base64 (RFC 4648) of their
 * bytes. */
#include "report_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    size_t size;
} kinds[] = {[AE_PACK_U8] = {"u8", 1},
             [AE_PACK_U16] = {"u16", 2},
             [AE_PACK_U32] = {"u32", 4},
             [AE_PACK_F32] = {"f32", 4},
             [AE_PACK_F64] = {"f64", 8}};

size_t ae_pack_size(enum ae_pack kind, size_t n)
{
    return (n * kinds[kind].size + 2) / 3 * 4;
}

enum ae_pack ae_pack_for(size_t n)
{
    return n <= 1u << 8 ? AE_PACK_U8 : n <= 1u << 16 ? AE_PACK_U16 : AE_PACK_U32;
}

static void base64(size_t n, const unsigned char *bytes, struct ae_buffer *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    enum { GROUPS = 256 };
    char text[4 * GROUPS];
    size_t n_text = 0;
    for (size_t i = 0; i < n; i += 3) {
        uint32_t group = (uint32_t)bytes[i] << 16;
        group |= i + 1 < n ? (uint32_t)bytes[i + 1] << 8 : 0;
        group |= i + 2 < n ? bytes[i + 2] : 0;
        text[n_text] = digits[group >> 18];
        text[n_text + 1] = digits[group >> 12 & 63];
        text[n_text + 2] = i + 1 < n ? digits[group >> 6 & 63] : '=';
        text[n_text + 3] = i + 2 < n ? digits[group & 63] : '=';
        n_text += 4;
        if (n_text == sizeof text) {
            ae_buffer_append(out, text, n_text);
            n_text = 0;
        }
    }
    ae_buffer_append(out, text, n_text);
}

void ae_pack_put_bytes(enum ae_pack kind, size_t n, const void *bytes, struct ae_buffer *out)
{
    ae_buffer_printf(out, "{\"t\":\"%s\",\"d\":\"", kinds[kind].name);
    base64(n * kinds[kind].size, bytes, out);
    ae_buffer_text(out, "\"}");
}

static void put_one(enum ae_pack kind, double x, unsigned char *to)
{
    uint8_t u8 = 0;
    uint16_t u16 = 0;
    uint32_t u32 = 0;
    float f32 = 0.0f;
    switch (kind) {
    case AE_PACK_U8:
        u8 = (uint8_t)x;
        memcpy(to, &u8, sizeof u8);
        break;
    case AE_PACK_U16:
        u16 = (uint16_t)x;
        memcpy(to, &u16, sizeof u16);
        break;
    case AE_PACK_U32:
        u32 = (uint32_t)x;
        memcpy(to, &u32, sizeof u32);
        break;
    case AE_PACK_F32: /* beyond its range: the largest it has */
        f32 = isfinite(x) ? (float)fmax(-3.4e38, fmin(3.4e38, x)) : (float)x;
        memcpy(to, &f32, sizeof f32);
        break;
    case AE_PACK_F64:
        memcpy(to, &x, sizeof x);
        break;
    }
}

void ae_pack_put(enum ae_pack kind, size_t n, const double *x, struct ae_buffer *out)
{
    size_t size = kinds[kind].size;
    unsigned char *bytes = ae_calloc(n, size, 1);
    if (!bytes) {
        out->failed = true;
        return;
    }
    for (size_t i = 0; i < n; i++)
        put_one(kind, x[i], bytes + i * size);
    ae_pack_put_bytes(kind, n, bytes, out);
    free(bytes);
}

void ae_pack_text(const char *text, struct ae_buffer *out)
{
    ae_buffer_text(out, "\"");
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        if (c < 0x20 || strchr("<>&\"\\", c))
            ae_buffer_printf(out, "\\u%04x", c);
        else
            ae_buffer_append(out, text, 1);
    }
    ae_buffer_text(out, "\"");
}

void ae_pack_number(double x, struct ae_buffer *out)
{
    char text[AE_NUMBER_SIZE];
    bool is_number = isfinite(x);
    ae_buffer_printf(out, is_number ? "%s" : "\"%s\"", ae_number_format(x, text));
}
