/* Fields and records of CSV. */
#include "aesweep/csv.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void begin(struct ae_csv *csv)
{
    if (csv->is_begun)
        ae_buffer_append(csv->out, ",", 1);
    csv->is_begun = true;
}

static void quoted(struct ae_csv *csv, const char *text)
{
    ae_buffer_append(csv->out, "\"", 1);
    while (*text) {
        size_t n = strcspn(text, "\"");
        ae_buffer_append(csv->out, text, n);
        text += n;
        if (*text == '"') {
            ae_buffer_append(csv->out, "\"\"", 2);
            text++;
        }
    }
    ae_buffer_append(csv->out, "\"", 1);
}

void ae_csv_text(struct ae_csv *csv, const char *text)
{
    begin(csv);
    if (strpbrk(text, ",\"\r\n"))
        quoted(csv, text);
    else
        ae_buffer_text(csv->out, text);
}

void ae_csv_name(struct ae_csv *csv, const char *format, ...)
{
    char text[128];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, format, args);
    va_end(args);
    ae_csv_text(csv, text);
}

void ae_csv_empty(struct ae_csv *csv)
{
    begin(csv);
}

void ae_csv_real(struct ae_csv *csv, double x)
{
    char text[AE_NUMBER_SIZE];
    begin(csv);
    ae_buffer_text(csv->out, ae_number_format(x, text));
}

void ae_csv_count(struct ae_csv *csv, uint64_t n)
{
    begin(csv);
    ae_buffer_printf(csv->out, "%" PRIu64, n);
}

void ae_csv_flag(struct ae_csv *csv, bool is_true)
{
    begin(csv);
    ae_buffer_text(csv->out, is_true ? "true" : "false");
}

void ae_csv_point(struct ae_csv *csv, uint64_t point)
{
    begin(csv);
    ae_buffer_printf(csv->out, "%016" PRIx64, point);
}

void ae_csv_param(struct ae_csv *csv, enum ae_param_id id, struct ae_value value)
{
    bool is_list = value.list.n > 0;
    if (ae_param_table[id].type == AE_TYPE_DATA && is_list) {
        struct ae_buffer text = {0};
        ae_value_format(id, value, &text);
        ae_csv_text(csv, text.data ? text.data : "");
        csv->out->failed = csv->out->failed || text.failed;
        ae_buffer_clear(&text);
        return;
    }
    begin(csv);
    if (is_list)
        ae_buffer_append(csv->out, "\"", 1); /* text of lists has no quotes of its own */
    ae_value_format(id, value, csv->out);
    if (is_list)
        ae_buffer_append(csv->out, "\"", 1);
}

void ae_csv_end(struct ae_csv *csv)
{
    ae_buffer_append(csv->out, "\n", 1);
    csv->is_begun = false;
}
