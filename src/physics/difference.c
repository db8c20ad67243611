/* Two results of one point, number by number. */
#include "aesweep/difference.h"

#include <math.h>
#include <string.h>

#include "aesweep/number.h"

struct pair {
    const struct ae_outcome *a, *b;
    struct ae_buffer *out;
};

static bool is_same(double x, double y)
{
    return memcmp(&x, &y, sizeof x) == 0 || (isnan(x) && isnan(y));
}

/* Zeros keep their sign: they may be all that differs. */
static void write_value(const struct pair *pair, double x)
{
    char text[AE_NUMBER_SIZE];
    ae_buffer_text(pair->out, x == 0.0 && signbit(x) ? "-0" : ae_number_format(x, text));
}

/* `: 1 (stored), 2 (recomputed)` */
static void write_values(const struct pair *pair, double x, double y)
{
    ae_buffer_text(pair->out, ": ");
    write_value(pair, x);
    ae_buffer_printf(pair->out, " (%s), ", pair->a->source);
    write_value(pair, y);
    ae_buffer_printf(pair->out, " (%s)", pair->b->source);
}

static bool compare_numbers(const struct pair *pair)
{
    bool is_different = false;
    for (size_t i = 0; i < AE_N_SUMMARY; i++) {
        if (is_same(pair->a->numbers[i], pair->b->numbers[i]))
            continue;
        is_different = true;
        ae_buffer_printf(pair->out, "  %s", ae_summary_names[i]);
        write_values(pair, pair->a->numbers[i], pair->b->numbers[i]);
        ae_buffer_text(pair->out, "\n");
    }
    return is_different;
}

static void write_column(const struct pair *pair, size_t column, size_t M)
{
    static const char *const names[] = {"t", "pmse", "excess", "learned", "found"};
    const size_t n_names = sizeof names / sizeof *names;
    if (column < n_names)
        ae_buffer_text(pair->out, names[column]);
    else if (column < n_names + M)
        ae_buffer_printf(pair->out, "residual_%zu", column - n_names + 1);
    else
        ae_buffer_printf(pair->out, "column %zu of the weights", column - n_names - M + 1);
}

static bool compare_escapes(const struct pair *pair, const struct ae_record *a,
                            const struct ae_record *b)
{
    bool is_different = false;
    for (size_t i = 0; i < a->M; i++) {
        if (is_same(a->escape[i], b->escape[i]))
            continue;
        is_different = true;
        ae_buffer_printf(pair->out, "  escape_%zu", i + 1);
        write_values(pair, a->escape[i], b->escape[i]);
        ae_buffer_text(pair->out, "\n");
    }
    return is_different;
}

/* The columns of a lower level are the first ones of a higher level. */
static bool compare_curves(const struct pair *pair, const struct ae_record *a,
                           const struct ae_record *b)
{
    size_t n_cols = a->n_cols < b->n_cols ? a->n_cols : b->n_cols, n_different = 0;
    for (size_t j = 0; n_cols > 0 && j < a->n_times; j++)
        for (size_t k = 0; k < n_cols; k++) {
            double x = a->curve[j * a->n_cols + k], y = b->curve[j * b->n_cols + k];
            if (is_same(x, y) || n_different++ > 0)
                continue;
            ae_buffer_printf(pair->out, "  at t = %g, ", a->curve[j * a->n_cols]);
            write_column(pair, k, a->M);
            write_values(pair, x, y);
        }
    if (n_different > 0)
        ae_buffer_printf(pair->out, "; %zu value%s of the way differ%s\n", n_different,
                         n_different == 1 ? "" : "s", n_different == 1 ? "s" : "");
    return n_different > 0;
}

static bool compare_records(const struct pair *pair, const struct ae_record *a,
                            const struct ae_record *b)
{
    bool has_times = a->level != AE_RECORD_FINAL && b->level != AE_RECORD_FINAL;
    if (a->K != b->K || a->M != b->M || (has_times && a->n_times != b->n_times)) {
        ae_buffer_printf(pair->out,
                         "  the records have different shapes: K, M, times = %zu, %zu, %zu (%s), "
                         "%zu, %zu, %zu (%s)\n",
                         a->K, a->M, a->n_times, pair->a->source, b->K, b->M, b->n_times,
                         pair->b->source);
        return true;
    }
    bool is_escape = compare_escapes(pair, a, b);
    return compare_curves(pair, a, b) || is_escape;
}

static enum ae_status unpack(const struct pair *pair, const struct ae_outcome *outcome,
                             struct ae_record *record, bool *is_damaged, struct ae_error *err)
{
    enum ae_status rc = ae_record_unpack(outcome->record, record, err);
    if (rc != AE_EIO)
        return rc;
    *is_damaged = true;
    ae_buffer_printf(pair->out, "  damaged, %zu bytes are no record (%s)\n", outcome->record.size,
                     outcome->source);
    return AE_OK;
}

enum ae_status ae_difference_find(const struct ae_outcome *a, const struct ae_outcome *b,
                                  bool *is_different, struct ae_buffer *out, struct ae_error *err)
{
    struct pair pair = {.a = a, .b = b, .out = out};
    bool has_numbers = compare_numbers(&pair), is_damaged = false;
    *is_different = has_numbers;
    if (a->record.size == b->record.size &&
        (a->record.size == 0 || memcmp(a->record.data, b->record.data, a->record.size) == 0))
        return ae_buffer_status(out, err);
    struct ae_record first = {0}, second = {0};
    enum ae_status rc = unpack(&pair, a, &first, &is_damaged, err);
    if (rc == AE_OK)
        rc = unpack(&pair, b, &second, &is_damaged, err);
    if (rc == AE_OK && !is_damaged)
        *is_different = compare_records(&pair, &first, &second) || has_numbers;
    else if (rc == AE_OK)
        *is_different = true;
    ae_record_clear(&first);
    ae_record_clear(&second);
    return rc == AE_OK ? ae_buffer_status(out, err) : rc;
}
