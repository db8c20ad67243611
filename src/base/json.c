/* Values as JSON. */
#include "aesweep/json.h"

#include <math.h>

void ae_json_text(const char *text, struct ae_buffer *out)
{
    ae_buffer_text(out, "\"");
    for (; *text; text++)
        if (*text == '"' || *text == '\\')
            ae_buffer_printf(out, "\\%c", *text);
        else if ((unsigned char)*text < 0x20)
            ae_buffer_printf(out, "\\u%04x", (unsigned)*text);
        else
            ae_buffer_append(out, text, 1);
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

void ae_json_param(enum ae_param_id id, struct ae_value value, struct ae_buffer *out)
{
    struct ae_buffer text = {0};
    double x = 0.0;
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
