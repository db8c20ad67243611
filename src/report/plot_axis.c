/* Axes of pictures: places and edges of the values, and which of them get a label. */
#include "plot_internal.h"

#include <math.h>
#include <stdlib.h>

#include "table_style.h"

enum { MAX_LABEL = 18, SPACE_PX = 8, DECADE_CHARS = 4 };

static void label(const struct ae_plot_axis *axis, size_t i, struct ae_buffer *text)
{
    ae_table_short_label(axis->of, i, MAX_LABEL, text);
}

/* Reads the values as numbers; false if one of them is none. */
static bool read_numbers(const struct ae_table_axis *of, double *x)
{
    struct ae_buffer text = {0};
    bool is_all = of->n > 1;
    for (size_t i = 0; i < of->n && is_all; i++) {
        ae_buffer_rewind(&text);
        ae_buffer_text(&text, "");
        ae_table_label(of, i, &text);
        is_all = text.data && ae_number_parse(text.data, &x[i]) && isfinite(x[i]);
    }
    ae_buffer_clear(&text);
    return is_all;
}

static void sort(size_t n, const double *x, size_t *order)
{
    for (size_t k = 0; k < n; k++) { /* by insertion: axes are mostly in order already */
        size_t j = k;
        for (; j > 0 && x[order[j - 1]] > x[k]; j--)
            order[j] = order[j - 1];
        order[j] = k;
    }
}

double ae_plot_axis_middle(const struct ae_plot_axis *axis, double a, double b)
{
    return ae_number_round12(axis->is_log ? sqrt(a) * sqrt(b) : a + (b - a) / 2.0);
}

/* As far beyond b as b is from a. */
static double beyond(bool is_log, double a, double b)
{
    return ae_number_round12(is_log ? b * (b / a) : b + (b - a));
}

/* Cells meet halfway between their values; the outer ones reach as far out as in. */
static void set_edges(struct ae_plot_axis *axis)
{
    size_t n = axis->of->n, *order = axis->order;
    double *x = axis->at;
    for (size_t k = 0; k + 1 < n; k++) {
        double edge = ae_plot_axis_middle(axis, x[order[k]], x[order[k + 1]]);
        axis->hi[order[k]] = axis->lo[order[k + 1]] = edge;
    }
    size_t first = order[0], last = order[n - 1];
    if (n == 1) {
        axis->lo[first] = x[first] - 0.5;
        axis->hi[last] = x[last] + 0.5;
    } else {
        axis->lo[first] = beyond(axis->is_log, axis->hi[first], x[first]);
        axis->hi[last] = beyond(axis->is_log, axis->lo[last], x[last]);
    }
    axis->from = axis->lo[first];
    axis->to = axis->hi[last];
}

static bool is_said_log(const struct ae_sweep *sweep, enum ae_param_id id)
{
    for (size_t k = 0; k < ae_sweep_n_axes(sweep); k++)
        if (ae_sweep_axis(sweep, k).id == id && ae_sweep_axis(sweep, k).is_log)
            return true;
    return false;
}

enum ae_status ae_plot_axis_init(struct ae_plot_axis *axis, const struct ae_table_axis *of,
                                 const struct ae_sweep *sweep, struct ae_error *err)
{
    size_t n = of->n;
    *axis = (struct ae_plot_axis){.of = of,
                                  .order = ae_calloc(n, 1, sizeof *axis->order),
                                  .at = ae_reals_new(n),
                                  .lo = ae_reals_new(n),
                                  .hi = ae_reals_new(n)};
    if (!axis->order || !axis->at || !axis->lo || !axis->hi)
        return ae_fail_memory(err, n * sizeof *axis->at);
    axis->is_number = read_numbers(of, axis->at);
    if (!axis->is_number)
        for (size_t i = 0; i < n; i++)
            axis->at[i] = (double)(i + 1);
    sort(n, axis->at, axis->order);
    for (size_t k = 0; k < n; k++) /* the edges are not known yet */
        axis->lo[k] = axis->at[axis->order[k]];
    axis->is_log = axis->is_number && axis->lo[0] > 0.0 &&
                   (is_said_log(sweep, of->id) || ae_numbers_are_log(n, axis->lo));
    set_edges(axis);
    return AE_OK;
}

void ae_plot_axis_clear(struct ae_plot_axis *axis)
{
    free(axis->order);
    free(axis->at);
    free(axis->lo);
    free(axis->hi);
    *axis = (struct ae_plot_axis){0};
}

/* ---- labels ---- */

static bool is_whole(const struct ae_plot_axis *axis)
{
    for (size_t i = 0; i < axis->of->n; i++)
        if (axis->at[i] != floor(axis->at[i]))
            return false;
    return true;
}

static bool has_decades(const struct ae_plot_axis *axis)
{
    return axis->is_log && floor(log10(axis->to)) - ceil(log10(axis->from)) >= 1.0;
}

static size_t widest_label(const struct ae_plot_axis *axis)
{
    struct ae_buffer text = {0};
    size_t widest = 1;
    for (size_t i = 0; i < axis->of->n; i++) {
        label(axis, i, &text);
        widest = text.size > widest ? text.size : widest;
    }
    ae_buffer_clear(&text);
    return widest;
}

/* Powers of ten get the labels, unless all values do that are short whole numbers. */
static bool prefers_decades(const struct ae_plot_axis *axis)
{
    return has_decades(axis) && !(is_whole(axis) && widest_label(axis) <= DECADE_CHARS);
}

size_t ae_plot_axis_label_px(const struct ae_plot_axis *axis)
{
    return AE_PLOT_CHAR_PX * (prefers_decades(axis) ? DECADE_CHARS : widest_label(axis));
}

bool ae_plot_axis_is_upright(const struct ae_plot_axis *axis, size_t length_px)
{
    return !axis->is_number &&
           axis->of->n * (ae_plot_axis_label_px(axis) + SPACE_PX) > length_px + SPACE_PX;
}

/* One mark; `text` NULL: a small one without a label. */
static void tic(double at, const char *text, bool is_named, struct ae_buffer *out)
{
    ae_buffer_text(out, out->data[out->size - 1] == '(' ? "" : ", ");
    if (text && is_named)
        ae_plot_quote(text, out);
    else
        ae_buffer_text(out, "\"\"");
    ae_buffer_text(out, " ");
    ae_plot_number(at, out);
    ae_buffer_text(out, text ? "" : " 1");
}

void ae_plot_decades(double lo, double hi, size_t n_max, bool is_named, struct ae_buffer *out)
{
    int first = (int)ceil(log10(lo)), last = (int)floor(log10(hi));
    int stride = (last - first) / (int)n_max + 1;
    for (int k = first; k <= last; k++) {
        ae_buffer_text(out, k > first ? ", " : "");
        if ((k - first) % stride != 0)
            ae_buffer_printf(out, "\"\" 1e%d 1", k);
        else if (is_named)
            ae_buffer_printf(out, "\"10^{%d}\" 1e%d", k, k);
        else
            ae_buffer_printf(out, "\"\" 1e%d", k);
    }
}

/* 1, 2 or 5 times a power of ten, at least x. */
static double round_step(double x)
{
    double power = pow(10.0, floor(log10(x))), digit = x / power;
    return power * (digit <= 1.0 ? 1.0 : digit <= 2.0 ? 2.0 : digit <= 5.0 ? 5.0 : 10.0);
}

static void step_tics(const struct ae_plot_axis *axis, size_t n_max, bool is_named,
                      struct ae_buffer *out)
{
    double step = round_step((axis->to - axis->from) / (double)n_max);
    step = is_whole(axis) ? fmax(step, 1.0) : step;
    for (double k = ceil(axis->from / step); k * step <= axis->to; k += 1.0) {
        char number[AE_TABLE_NUMBER_SIZE];
        tic(ae_number_round12(k * step), ae_table_number(k * step, number), is_named, out);
    }
}

static void value_tics(const struct ae_plot_axis *axis, size_t n_max, bool is_named,
                       struct ae_buffer *out)
{
    struct ae_buffer text = {0};
    size_t stride = (axis->of->n - 1) / n_max + 1;
    for (size_t k = 0; k < axis->of->n; k++) {
        size_t i = axis->order[k];
        label(axis, i, &text);
        tic(axis->at[i], k % stride == 0 && text.data ? text.data : NULL, is_named, out);
    }
    out->failed = out->failed || text.failed;
    ae_buffer_clear(&text);
}

void ae_plot_axis_tics(const struct ae_plot_axis *axis, size_t length_px, size_t label_px,
                       bool is_named, struct ae_buffer *out)
{
    size_t n_max = length_px / (label_px + SPACE_PX);
    n_max = n_max < 1 ? 1 : n_max;
    ae_buffer_text(out, "(");
    if (out->failed)
        return;
    if (prefers_decades(axis) || (has_decades(axis) && axis->of->n > n_max))
        ae_plot_decades(axis->from, axis->to, n_max, is_named, out);
    else if (axis->is_number && !axis->is_log && axis->of->n > n_max)
        step_tics(axis, n_max, is_named, out);
    else
        value_tics(axis, n_max, is_named, out);
    ae_buffer_text(out, ")");
}
