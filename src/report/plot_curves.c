/* Learning curves: what is drawn. */
#include "plot_curves.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static void curves_clear(struct ae_curves *c)
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
typedef enum ae_status visit_fn(struct ae_curves *c, size_t i, const struct ae_row *row,
                                struct ae_error *err);
static enum ae_status each_row(struct ae_curves *c, const struct ae_expr *where, visit_fn *visit,
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

static enum ae_status find_varied(struct ae_curves *c, const struct ae_expr *where,
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

static void write_label(const struct ae_curves *c, const struct ae_params *p, struct ae_buffer *out)
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

static enum ae_status fail_many(const struct ae_curves *c, struct ae_error *err)
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

static enum ae_status find_point(struct ae_curves *c, const struct ae_params *p, size_t *point,
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

static void add_level(struct ae_curves *c, double m, double error)
{
    for (size_t i = 0; i < c->n_levels; i++)
        if (c->levels[i].m == (size_t)m && ae_number_matches(c->levels[i].error, error))
            return;
    if (c->n_levels < AE_CURVES_MAX_LEVELS && error > 0.0)
        c->levels[c->n_levels++] = (struct ae_level){.m = (size_t)m, .error = error};
}

static enum ae_status add_row(struct ae_curves *c, size_t i, const struct ae_row *row,
                              struct ae_error *err)
{
    size_t point = 0, k = 0;
    enum ae_status rc = find_point(c, &row->params, &point, err);
    if (rc != AE_OK)
        return rc;
    while (k < c->n_curves &&
           (c->curves[k].point != point || c->curves[k].engine != row->params.engine))
        k++;
    struct ae_curve *curve = &c->curves[k];
    if (k == c->n_curves) {
        if (k == sizeof c->curves / sizeof *c->curves)
            return fail_many(c, err);
        *curve = (struct ae_curve){.point = point, .engine = row->params.engine, .block = -1};
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

static enum ae_status read_record(struct ae_curves *c, size_t i, struct ae_record *record,
                                  struct ae_error *err)
{
    struct ae_row row;
    *record = (struct ae_record){0};
    enum ae_status rc = ae_results_row(c->results, i, &row, err);
    return rc == AE_OK ? ae_results_record(c->results, &row, record, err) : rc;
}

/* Median and range of what the replicates say at one time. */
static void time_line(struct ae_curves *c, double t, size_t n, double *x, struct ae_buffer *out)
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
static void curve_lines(struct ae_curves *c, size_t n, const struct ae_record *records, double *x,
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

static enum ae_status curve_block(struct ae_curves *c, struct ae_curve *curve,
                                  struct ae_buffer *out, struct ae_error *err)
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

static enum ae_status write_data(struct ae_curves *c, const char *origin, struct ae_buffer *out,
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

enum ae_status ae_plot_curves(struct ae_results *results, const char *value,
                              const struct ae_expr *where, const struct ae_plot_files *files,
                              struct ae_plot *plot, struct ae_error *err)
{
    bool is_pmse = !value || strcmp(value, "pmse") == 0;
    if (!is_pmse && strcmp(value, "excess") != 0)
        return ae_fail(err, AE_EARG, "--value: '%.60s' has no curve; allowed: pmse, excess", value);
    struct ae_curves c = {.results = results,
                          .value = is_pmse ? "pmse" : "excess",
                          .column = is_pmse ? 1 : 2,
                          .t_lo = DBL_MAX,
                          .t_hi = -DBL_MAX,
                          .lo = DBL_MAX,
                          .hi = -DBL_MAX};
    const struct ae_sweep *sweep = ae_results_sweep(results);
    struct ae_buffer origin = {0};
    enum ae_status rc = ae_origin_text(sweep, &origin, err);
    if (rc == AE_OK)
        rc = find_varied(&c, where, err);
    if (rc == AE_OK)
        rc = each_row(&c, where, add_row, err);
    if (rc == AE_OK)
        rc = write_data(&c, origin.data, &plot->data, err);
    if (rc == AE_OK) {
        ae_curves_script(&c, files, ae_sweep_name(sweep), origin.data, &plot->script);
        rc = ae_buffer_status(&plot->data, err);
    }
    if (rc == AE_OK)
        rc = ae_buffer_status(&plot->script, err);
    curves_clear(&c);
    ae_buffer_clear(&origin);
    return rc;
}
