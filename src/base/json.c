/* Values as JSON. */
#include "aesweep/json.h"

#include <math.h>

/* The character at `at`, and how many bytes it takes. What is no UTF-8 passes as it is. */
static unsigned decode(const char *at, size_t *size)
{
    const unsigned char *byte = (const unsigned char *)at;
    size_t n = byte[0] < 0xc0 ? 1 : byte[0] < 0xe0 ? 2 : byte[0] < 0xf0 ? 3 : 4;
    unsigned code = n == 1 ? byte[0] : byte[0] & (0x7fu >> n);
    *size = n;
    for (size_t i = 1; i < n; i++) {
        if ((byte[i] & 0xc0) != 0x80)
            *size = 1;
        if (*size == 1)
            return 0xfffd;
        code = code << 6 | (byte[i] & 0x3fu);
    }
    return code;
}

/* JSON could do without all but the first of these; YAML refuses them, or takes them for line ends. */
static bool is_escaped(unsigned code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || code == 0x2028 || code == 0x2029 ||
           code == 0xfeff || code == 0xfffe || code == 0xffff;
}

void ae_json_text(const char *text, struct ae_buffer *out)
{
    ae_buffer_text(out, "\"");
    for (size_t size = 0; *text; text += size) {
        unsigned code = decode(text, &size);
        if (code == '"' || code == '\\')
            ae_buffer_printf(out, "\\%c", (int)code);
        else if (is_escaped(code) && (size > 1 || code < 0x80))
            ae_buffer_printf(out, "\\u%04x", code);
        else
            ae_buffer_append(out, text, size);
    }
    ae_buffer_text(out, "\"");
}

void ae_json_number(double x, struct ae_buffer *out)
{
    char text[AE_NUMBER_SIZE];
    ae_number_format(x, text);
    if (isfinite(x))
        ae_buffer_text(out, text);
    else
        ae_json_text(text, out);
}

static void numbers(size_t n, const double *x, struct ae_buffer *out)
{
    ae_buffer_text(out, "[");
    for (size_t i = 0; i < n; i++) {
        ae_buffer_text(out, i > 0 ? ", " : "");
        ae_json_number(x[i], out);
    }
    ae_buffer_text(out, "]");
}

/* `"encoder": [[1, 0]]`, if it is there. */
static void matrix(const char *key, size_t n_rows, size_t n_cols, const double *x, bool *is_first,
                   struct ae_buffer *out)
{
    if (!x)
        return;
    ae_buffer_printf(out, "%s\"%s\": [", *is_first ? "" : ", ", key);
    *is_first = false;
    for (size_t i = 0; i < n_rows; i++) {
        ae_buffer_text(out, i > 0 ? ", " : "");
        numbers(n_cols, x + i * n_cols, out);
    }
    ae_buffer_text(out, "]");
}

/* The keys of the sweep file. */
static void start(const struct ae_start_view *view, struct ae_buffer *out)
{
    bool is_first = true;
    ae_buffer_text(out, "{");
    matrix("encoder", view->K, view->M, view->encoder, &is_first, out);
    matrix("decoder", view->K, view->M, view->decoder, &is_first, out);
    if (view->bias) {
        ae_buffer_text(out, is_first ? "\"bias\": " : ", \"bias\": ");
        numbers(view->K, view->bias, out);
    }
    ae_buffer_text(out, "}");
}

/* The name of the file, or what stands in it. */
static void data_file(struct ae_value value, struct ae_buffer *out)
{
    if (value.file) {
        ae_json_text(value.file, out);
        return;
    }
    ae_buffer_text(out, "{\"eigenvalues\": ");
    numbers(value.list.n, value.list.x, out);
    ae_buffer_text(out, "}");
}

void ae_json_param(enum ae_param_id id, struct ae_value value, struct ae_buffer *out)
{
    struct ae_buffer text = {0};
    struct ae_start_view view;
    double x = 0.0;
    if (ae_param_table[id].type == AE_TYPE_START && ae_start_view(value.list, &view)) {
        start(&view, out);
        return;
    }
    if (value.file || (ae_param_table[id].type == AE_TYPE_DATA && value.list.n > 0)) {
        data_file(value, out);
        return;
    }
    ae_value_format(id, value, &text);
    bool is_plain = ae_param_table[id].type == AE_TYPE_FLAG ||
                    (text.data && ae_number_parse(text.data, &x) && isfinite(x)) ||
                    (ae_param_table[id].type == AE_TYPE_REALS && value.list.n > 0);
    if (is_plain)
        ae_buffer_append(out, text.data, text.size);
    else
        ae_json_text(text.data ? text.data : "", out);
    out->failed = out->failed || text.failed;
    ae_buffer_clear(&text);
}
