/* Learning curves. */
#include "plot_internal.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table_style.h"

enum {
    WIDTH_PX = 900,
    HEIGHT_PX = 520,
    KEY_CHARS = 34,
    TITLE_CHARS = 80,
    MAX_LEVELS = 16,
    N_ENGINES = 8
};

/* Colours of the points, for colour-blind eyes (M. Okabe, K. Ito; their yellow made darker). */
static const char *const colours[AE_PLOT_MAX_CURVES] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                        "#e69f00", "#56b4e9", "#000000", "#9a8b00"};

/* Replicates of one point and engine. */
struct curve {
    size_t point; /* which label and colour */
    int engine;
    size_t n, capacity; /* rows */
    size_t *rows;
    bool is_band; /* more than one of them is a computation of its own */
    int block;    /* in the data; -1: nothing to draw */
};

struct curves {
    struct ae_results *results;
    size_t column; /* of the record's curve */
    const char *value;
    bool is_varied[AE_N_PARAMS];
    struct ae_params first; /* of the first row that is drawn */
    size_t n_points;
    char *labels[AE_PLOT_MAX_CURVES];
    size_t n_curves;
    struct curve curves[AE_PLOT_MAX_CURVES * N_ENGINES];
    size_t n_left_out; /* rows that fit but have no curve */
    size_t n_levels;
    struct level {
        size_t m;
        double error;
    } levels[MAX_LEVELS]; /* errors of PCA */
    int n_blocks;
    double t_lo, t_hi, lo, hi; /* of what is drawn */
};

static void curves_clear(struct curves *c)
{
    for (size_t i = 0; i < c->n_points; i++)
        free(c->labels[i]);
    for (size_t i = 0; i < c->n_curves; i++)
        free(c->curves[i].rows);
}

/* ---- which rows ---- */

static bool has_curve(const struct ae_row *row)
{
    return row->state == AE_ROW_DONE && row->params.record != AE_RECORD_FINAL;
}

/* Calls `visit` for every row that fits and has a curve. */
typedef enum ae_status visit_fn(struct curves *c, size_t i, const struct ae_row *row,
                                struct ae_error *err);
static enum ae_status each_row(struct curves *c, const struct ae_expr *where, visit_fn *visit,
                               struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    c->n_left_out = 0;
    for (size_t i = 0; i < ae_results_size(c->results) && rc == AE_OK; i++) {
        struct ae_row row;
        rc = ae_results_row(c->results, i, &row, err);
        if (rc != AE_OK || !ae_expr_holds(where, &row.params))
            continue;
        if (has_curve(&row))
            rc = visit(c, i, &row, err);
        else
            c->n_left_out++;
    }
    return rc;
}

static enum ae_status find_varied(struct curves *c, const struct ae_expr *where,
                                  struct ae_error *err)
{
    bool is_first = true;
    for (size_t i = 0; i < ae_results_size(c->results); i++) {
        struct ae_row row;
        enum ae_status rc = ae_results_row(c->results, i, &row, err);
        if (rc != AE_OK)
            return rc;
        if (!ae_expr_holds(where, &row.params) || !has_curve(&row))
            continue;
        if (is_first)
            c->first = row.params;
        is_first = false;
        for (int id = 0; id < AE_N_PARAMS; id++) {
            enum ae_param_id p = (enum ae_param_id)id;
            if (!ae_value_matches(p, ae_param_get(&c->first, p), ae_param_get(&row.params, p)))
                c->is_varied[id] = true;
        }
    }
    if (is_first)
        return ae_fail(err, AE_EARG,
                       "no curve to draw: no point that fits is done and has record: curve");
    return AE_OK;
}

static void write_label(const struct curves *c, const struct ae_params *p, struct ae_buffer *out)
{
    ae_buffer_text(out, "");
    for (int i = 0; i < AE_N_PARAMS; i++) {
        enum ae_param_id id = (enum ae_param_id)i;
        if (!c->is_varied[i] || id == AE_PARAM_engine)
            continue;
        ae_buffer_printf(out, "%s%s=", out->size > 0 ? ", " : "", ae_param_table[i].name);
        ae_value_format(id, ae_param_get(p, id), out);
    }
}

static enum ae_status fail_many(const struct curves *c, struct ae_error *err)
{
    struct ae_buffer names = {0};
    for (int i = 0; i < AE_N_PARAMS; i++)
        if (c->is_varied[i] && i != AE_PARAM_engine)
            ae_buffer_printf(&names, "%s%s", names.size > 0 ? ", " : "", ae_param_table[i].name);
    ae_fail(err, AE_EARG,
            "more than %d points fit, too many for one picture: choose with --where; they differ "
            "in %s",
            AE_PLOT_MAX_CURVES, names.data ? names.data : "nothing");
    ae_buffer_clear(&names);
    return AE_EARG;
}

static enum ae_status find_point(struct curves *c, const struct ae_params *p, size_t *point,
                                 struct ae_error *err)
{
    struct ae_buffer label = {0};
    write_label(c, p, &label);
    enum ae_status rc = ae_buffer_status(&label, err);
    for (*point = 0; rc == AE_OK && *point < c->n_points; ++*point)
        if (strcmp(c->labels[*point], label.data) == 0)
            break;
    if (rc == AE_OK && *point == AE_PLOT_MAX_CURVES)
        rc = fail_many(c, err);
    if (rc == AE_OK && *point == c->n_points) {
        c->labels[c->n_points++] = label.data; /* handed over */
        return AE_OK;
    }
    ae_buffer_clear(&label);
    return rc;
}

static void add_level(struct curves *c, double m, double error)
{
    for (size_t i = 0; i < c->n_levels; i++)
        if (c->levels[i].m == (size_t)m && ae_number_matches(c->levels[i].error, error))
            return;
    if (c->n_levels < MAX_LEVELS && error > 0.0)
        c->levels[c->n_levels++] = (struct level){.m = (size_t)m, .error = error};
}

static enum ae_status add_row(struct curves *c, size_t i, const struct ae_row *row,
                              struct ae_error *err)
{
    size_t point = 0, k = 0;
    enum ae_status rc = find_point(c, &row->params, &point, err);
    if (rc != AE_OK)
        return rc;
    while (k < c->n_curves &&
           (c->curves[k].point != point || c->curves[k].engine != row->params.engine))
        k++;
    struct curve *curve = &c->curves[k];
    if (k == c->n_curves) {
        if (k == sizeof c->curves / sizeof *c->curves)
            return fail_many(c, err);
        *curve = (struct curve){.point = point, .engine = row->params.engine, .block = -1};
        c->n_curves++;
    }
    if (curve->n == curve->capacity) {
        size_t more = 2 * curve->capacity + 4;
        size_t *rows = ae_calloc(more, 1, sizeof *rows);
        if (!rows)
            return ae_fail_memory(err, more * sizeof *rows);
        if (curve->n > 0)
            memcpy(rows, curve->rows, curve->n * sizeof *rows);
        free(curve->rows);
        curve->rows = rows;
        curve->capacity = more;
    }
    curve->is_band = curve->is_band || (curve->n > 0 && ae_params_are_random(&row->params));
    curve->rows[curve->n++] = i;
    if (strcmp(c->value, "pmse") == 0) {
        add_level(c, 0.0, row->summary.pca_0);
        add_level(c, row->summary.n_main, row->summary.pca);
    }
    return AE_OK;
}

/* ---- data ---- */

static enum ae_status read_record(struct curves *c, size_t i, struct ae_record *record,
                                  struct ae_error *err)
{
    struct ae_row row;
    *record = (struct ae_record){0};
    enum ae_status rc = ae_results_row(c->results, i, &row, err);
    return rc == AE_OK ? ae_results_record(c->results, &row, record, err) : rc;
}

/* Median and range of what the replicates say at one time. */
static void time_line(struct curves *c, double t, size_t n, double *x, struct ae_buffer *out)
{
    size_t n_nan;
    double values[3] = {ae_reduce(AE_REDUCE_median, n, x, &n_nan),
                        ae_reduce(AE_REDUCE_min, n, x, &n_nan),
                        ae_reduce(AE_REDUCE_max, n, x, &n_nan)};
    ae_plot_number(t, out);
    for (int i = 0; i < 3; i++) {
        ae_buffer_text(out, " ");
        ae_plot_number(values[i], out);
    }
    ae_buffer_text(out, "\n");
    if (!(t > 0.0 && values[0] > 0.0 && isfinite(values[0])))
        return; /* no place on log axes */
    c->t_lo = fmin(c->t_lo, t);
    c->t_hi = fmax(c->t_hi, t);
    for (int i = 0; i < 3; i++)
        if (values[i] > 0.0 && isfinite(values[i])) {
            c->lo = fmin(c->lo, values[i]);
            c->hi = fmax(c->hi, values[i]);
        }
}

/* The times are those of the first replicate; others count where they have the same. */
static void curve_lines(struct curves *c, size_t n, const struct ae_record *records, double *x,
                        struct ae_buffer *out)
{
    for (size_t j = 0; j < records[0].n_times; j++) {
        double t = records[0].curve[j * records[0].n_cols];
        size_t n_here = 0;
        for (size_t k = 0; k < n; k++) {
            size_t at = j * records[k].n_cols;
            if (j < records[k].n_times && records[k].curve[at] == t)
                x[n_here++] = records[k].curve[at + c->column];
        }
        time_line(c, t, n_here, x, out);
    }
}

static enum ae_status curve_block(struct curves *c, struct curve *curve, struct ae_buffer *out,
                                  struct ae_error *err)
{
    struct ae_record *records = ae_calloc(curve->n, 1, sizeof *records);
    double *x = ae_reals_new(curve->n);
    enum ae_status rc = records && x ? AE_OK : ae_fail_memory(err, curve->n * sizeof *records);
    for (size_t k = 0; k < curve->n && rc == AE_OK; k++)
        rc = read_record(c, curve->rows[k], &records[k], err);
    if (rc == AE_OK && records[0].n_times > 0) {
        ae_buffer_printf(out, "# engine=%s%s%s, %zu replicates\n",
                         ae_param_table[AE_PARAM_engine].words[curve->engine].text,
                         c->labels[curve->point][0] ? ", " : "", c->labels[curve->point], curve->n);
        curve_lines(c, curve->n, records, x, out);
        ae_buffer_text(out, "\n\n");
        curve->block = c->n_blocks++;
    }
    for (size_t k = 0; records && k < curve->n; k++)
        ae_record_clear(&records[k]);
    free(records);
    free(x);
    return rc;
}

static enum ae_status write_data(struct curves *c, const char *origin, struct ae_buffer *out,
                                 struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    ae_buffer_printf(out, "# %s\n# %s: t median least largest\n", origin, c->value);
    for (size_t i = 0; i < c->n_curves && rc == AE_OK; i++)
        rc = curve_block(c, &c->curves[i], out, err);
    if (rc == AE_OK && !(c->t_lo <= c->t_hi))
        rc = ae_fail(err, AE_EARG, "no curve to draw: nothing positive after t = 0");
    return rc;
}

/* ---- script ---- */

/* Decades, or 1, 2, 5 where there are few. */
static void log_tics(const char *axis, double lo, double hi, struct ae_buffer *out)
{
    if (hi >= 100.0 * lo) {
        ae_buffer_printf(out, "set format %s \"10^{%%T}\"\n", axis);
        return;
    }
    static const double digits[] = {1, 1.5, 2, 3, 4, 5, 7};
    bool is_first = true;
    ae_buffer_printf(out, "set %stics (", axis);
    for (int k = (int)floor(log10(lo)); k <= (int)ceil(log10(hi)); k++)
        for (size_t i = 0; i < sizeof digits / sizeof *digits; i++) {
            char text[AE_NUMBER_SIZE];
            double x = ae_number_round12(digits[i] * pow(10.0, k));
            bool is_main = i == 0 || i == 2 || i == 5 || hi < 10.0 * lo;
            if (x < lo || x > hi)
                continue;
            ae_number_format(x, text);
            ae_buffer_printf(out, "%s\"%s\" %s%s", is_first ? "" : ", ", is_main ? text : "", text,
                             is_main ? "" : " 1");
            is_first = false;
        }
    ae_buffer_text(out, ")\n");
}

static void range(const char *axis, double lo, double hi, struct ae_buffer *out)
{
    ae_buffer_printf(out, "set logscale %s\nset %srange [", axis, axis);
    ae_plot_number(lo, out);
    ae_buffer_text(out, ":");
    ae_plot_number(hi, out);
    ae_buffer_text(out, "]\n");
    log_tics(axis, lo, hi, out);
}

static int compare_levels(const void *a, const void *b)
{
    const struct level *x = a, *y = b;
    return x->error < y->error ? -1 : x->error > y->error;
}

/* Lines across; one that would print over the name below it stays without a name. */
static void pca_lines(struct curves *c, struct ae_buffer *out)
{
    double last = 0.0, apart = pow(c->hi / c->lo, 0.045);
    qsort(c->levels, c->n_levels, sizeof *c->levels, compare_levels);
    for (size_t i = 0; i < c->n_levels; i++) {
        double error = c->levels[i].error;
        ae_buffer_text(out, "set arrow from graph 0, first ");
        ae_plot_number(error, out);
        ae_buffer_text(out, " to graph 1, first ");
        ae_plot_number(error, out);
        ae_buffer_text(out, " nohead back dt 3 lw 1 lc rgb \"#707070\"\n");
        if (!(error >= last * apart))
            continue;
        ae_buffer_printf(out, "set label \"pca_{%zu}\" at graph 0.01, first ", c->levels[i].m);
        ae_plot_number(error, out);
        ae_buffer_text(out, " left offset 0, 0.7 tc rgb \"#505050\"\n");
        last = error;
    }
}

/* Engines drawn with strokes of their own, in the order of their list. */
static bool is_drawn(const struct curves *c, int engine)
{
    for (size_t i = 0; i < c->n_curves; i++)
        if (c->curves[i].engine == engine && c->curves[i].block >= 0)
            return true;
    return false;
}

static int stroke(int engine)
{
    return engine == AE_ENGINE_ODE ? 1 : engine + 1;
}

static void clause(bool *is_begun, struct ae_buffer *out)
{
    ae_buffer_text(out, *is_begun ? ", \\\n    " : "plot ");
    *is_begun = true;
}

static void cut_label(const char *label, struct ae_buffer *out)
{
    struct ae_buffer text = {0};
    ae_buffer_text(&text, label);
    ae_table_cut(&text, KEY_CHARS);
    ae_plot_quote(text.data ? text.data : "", out);
    out->failed = out->failed || text.failed;
    ae_buffer_clear(&text);
}

static void draw_curves(const struct curves *c, struct ae_buffer *out)
{
    bool is_begun = false, is_named[AE_PLOT_MAX_CURVES] = {false};
    for (size_t i = 0; i < c->n_curves; i++) {
        const struct curve *curve = &c->curves[i];
        if (curve->block < 0 || !curve->is_band)
            continue;
        clause(&is_begun, out);
        ae_buffer_printf(out,
                         "data index %d using 1:3:4 with filledcurves fillstyle transparent solid "
                         "0.2 noborder lc rgb \"%s\" notitle",
                         curve->block, colours[curve->point]);
    }
    for (size_t i = 0; i < c->n_curves; i++) {
        const struct curve *curve = &c->curves[i];
        const char *label = c->labels[curve->point];
        if (curve->block < 0)
            continue;
        clause(&is_begun, out);
        ae_buffer_printf(out, "data index %d using 1:2 with lines lw 1.8 dt %d lc rgb \"%s\" ",
                         curve->block, stroke(curve->engine), colours[curve->point]);
        ae_buffer_text(out, is_named[curve->point] || !label[0] ? "notitle" : "title ");
        if (!is_named[curve->point] && label[0])
            cut_label(label, out);
        is_named[curve->point] = true;
    }
    for (int e = 0; ae_param_table[AE_PARAM_engine].words[e].text; e++)
        if (is_drawn(c, e)) {
            clause(&is_begun, out);
            ae_buffer_printf(out, "NaN with lines lw 1.8 dt %d lc rgb \"#404040\" title \"%s\"",
                             stroke(e), ae_param_table[AE_PARAM_engine].words[e].text);
        }
    ae_buffer_text(out, "\n");
}

/* The values that all curves share of what the sweep varies, in lines of their own. */
static void write_fixed(const struct curves *c, const struct ae_sweep *sweep, struct ae_buffer *out)
{
    size_t line = TITLE_CHARS;
    struct ae_buffer part = {0};
    for (size_t i = 0; i < ae_sweep_n_axes(sweep); i++) {
        struct ae_axis_view axis = ae_sweep_axis(sweep, i);
        if (axis.n < 2 || c->is_varied[axis.id])
            continue;
        ae_buffer_rewind(&part);
        ae_buffer_printf(&part, "%s=", ae_param_table[axis.id].name);
        ae_value_format(axis.id, ae_param_get(&c->first, axis.id), &part);
        bool is_broken = line + part.size + 2 > TITLE_CHARS;
        ae_buffer_text(out, is_broken ? "\n" : ", ");
        ae_buffer_text(out, part.data ? part.data : "");
        line = part.size + (is_broken ? 0 : line + 2);
    }
    out->failed = out->failed || part.failed;
    ae_buffer_clear(&part);
}

static void write_texts(const struct curves *c, const char *name, const char *origin,
                        struct ae_buffer *out)
{
    size_t n_most = 0;
    struct ae_buffer text = {0};
    for (size_t i = 0; i < c->n_curves; i++)
        n_most = c->curves[i].is_band && c->curves[i].n > n_most ? c->curves[i].n : n_most;
    ae_buffer_printf(&text, "%s: %s", name, c->value);
    if (n_most > 1)
        ae_buffer_printf(&text, ", median and range of %zu replicates", n_most);
    write_fixed(c, ae_results_sweep(c->results), &text);
    ae_buffer_text(out, "set title ");
    ae_plot_quote(text.data ? text.data : "", out);
    ae_buffer_text(out, " font large\n");
    ae_buffer_rewind(&text);
    ae_buffer_text(&text, origin);
    if (c->n_left_out > 0)
        ae_buffer_printf(&text, "; without a curve: %zu", c->n_left_out);
    ae_buffer_text(out, "set label ");
    ae_plot_quote(text.data ? text.data : "", out);
    ae_buffer_text(out, " at screen 0.99, screen 0.02 right font small tc rgb \"#606060\"\n"
                        "set xlabel \"t = steps/D\"\nset ylabel ");
    ae_plot_quote(c->value, out);
    ae_buffer_text(out, "\n");
    out->failed = out->failed || text.failed;
    ae_buffer_clear(&text);
}

static void write_script(struct curves *c, const struct ae_plot_files *files, const char *name,
                         const char *origin, struct ae_buffer *out)
{
    for (size_t i = 0; i < c->n_levels; i++) {
        c->lo = fmin(c->lo, c->levels[i].error);
        c->hi = fmax(c->hi, c->levels[i].error);
    }
    c->lo /= 1.25;
    c->hi *= 1.25;
    ae_buffer_printf(out, "# %s\n", origin);
    ae_plot_open(files, WIDTH_PX, HEIGHT_PX, out);
    ae_buffer_text(out, "set key outside right top vertical Left reverse samplen 3 spacing 1.1\n"
                        "set tics nomirror out scale 0.6\nset bmargin 4.5\n");
    write_texts(c, name, origin, out);
    range("x", c->t_lo, c->t_hi > c->t_lo ? c->t_hi : 10.0 * c->t_lo, out);
    range("y", c->lo, c->hi, out);
    pca_lines(c, out);
    draw_curves(c, out);
    ae_buffer_text(out, "set output\n");
}

enum ae_status ae_plot_curves(struct ae_results *results, const char *value,
                              const struct ae_expr *where, const struct ae_plot_files *files,
                              struct ae_plot *plot, struct ae_error *err)
{
    bool is_pmse = !value || strcmp(value, "pmse") == 0;
    if (!is_pmse && strcmp(value, "excess") != 0)
        return ae_fail(err, AE_EARG, "--value: '%.60s' has no curve; allowed: pmse, excess", value);
    struct curves c = {.results = results,
                       .value = is_pmse ? "pmse" : "excess",
                       .column = is_pmse ? 1 : 2,
                       .t_lo = DBL_MAX,
                       .t_hi = -DBL_MAX,
                       .lo = DBL_MAX,
                       .hi = -DBL_MAX};
    const struct ae_sweep *sweep = ae_results_sweep(results);
    struct ae_buffer origin = {0};
    enum ae_status rc = ae_plot_origin(sweep, &origin, err);
    if (rc == AE_OK)
        rc = find_varied(&c, where, err);
    if (rc == AE_OK)
        rc = each_row(&c, where, add_row, err);
    if (rc == AE_OK)
        rc = write_data(&c, origin.data, &plot->data, err);
    if (rc == AE_OK) {
        write_script(&c, files, ae_sweep_name(sweep), origin.data, &plot->script);
        rc = ae_buffer_status(&plot->data, err);
    }
    if (rc == AE_OK)
        rc = ae_buffer_status(&plot->script, err);
    curves_clear(&c);
    ae_buffer_clear(&origin);
    return rc;
}
