/*
 * What the script of a page works with, one JSON object:
 *   name, origin, rows      of the sweep
 *   added                   how many of the rows refine has added; they are the last
 *   view                    the choices of its table: value, reduce, rows, cols, panels (names)
 *   marks                   how what is no number looks; the first ones are the phases
 *   params, fixed           those that vary (labels, and of each row which one); the others
 *   point                   the identity of each row, two halves, the lower one first
 *   replicate, state        of each row; state counts phases, then failed, then missing
 *   columns                 results: packed, or `v`, few different numbers, and which one
 *   reasons                 why rows failed
 *   curves                  report_curves.c
 * Packed arrays are those of ae_pack_put.
 */
#include "report_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "aesweep/origin.h"
#include "plot_internal.h"

enum { FAILED = AE_N_PHASES, MISSING, MAX_ESCAPES = 8, MAX_NAME = 32, FEW = 250 };

/* A column: numbers of all rows, nan where there is none. */
struct column {
    char name[MAX_NAME];
    const char *meaning;
    const char *kind; /* `flag`, `number` */
    double *x;        /* [n] */
};

struct data {
    struct ae_results *results;
    size_t n, n_columns;
    struct column columns[AE_N_COLUMNS + MAX_ESCAPES + 1];
    double *state, *replicate;
    uint64_t *point;
    struct ae_report_curves *curves;
    struct ae_buffer reasons; /* `[row,"why"],...` */
};

static void data_clear(struct data *d)
{
    for (size_t k = 0; k < d->n_columns; k++)
        free(d->columns[k].x);
    free(d->state);
    free(d->replicate);
    free(d->point);
    ae_report_curves_free(d->curves);
    ae_buffer_clear(&d->reasons);
}

/* ---- gathering ---- */

/* k: the component of an escape time, 0 for all else. */
static enum ae_status add_column(struct data *d, const char *name, size_t k, const char *kind,
                                 const char *meaning, struct ae_error *err)
{
    struct column *c = &d->columns[d->n_columns++];
    c->kind = kind;
    c->meaning = meaning;
    (void)(k > 0 ? snprintf(c->name, sizeof c->name, "%s_%zu", name, k)
                 : snprintf(c->name, sizeof c->name, "%s", name));
    c->x = ae_reals_new(d->n);
    if (!c->x)
        return ae_fail_memory(err, d->n * sizeof *c->x);
    for (size_t i = 0; i < d->n; i++)
        c->x[i] = (double)NAN;
    return AE_OK;
}

static enum ae_status data_init(struct data *d, struct ae_error *err)
{
    struct ae_extent extent;
    enum ae_status rc = ae_results_extent(d->results, &extent, err);
    size_t n_escapes = extent.M < MAX_ESCAPES ? extent.M : MAX_ESCAPES;
    for (size_t i = 0; i < AE_N_COLUMNS && rc == AE_OK; i++) {
        const struct ae_column_info *info = &ae_column_table[i];
        bool is_escape = info->kind == AE_COLUMN_ESCAPE;
        if (info->kind == AE_COLUMN_PHASE)
            continue;
        for (size_t k = 1; k <= (is_escape ? n_escapes : 1) && rc == AE_OK; k++)
            rc = add_column(d, info->name, is_escape ? k : 0,
                            info->kind == AE_COLUMN_FLAG ? "flag" : "number", info->meaning, err);
    }
    if (rc == AE_OK)
        rc = add_column(d, "wall_s", 0, "number", "wall time the point took, in seconds", err);
    d->state = ae_reals_new(d->n);
    d->replicate = ae_reals_new(d->n);
    d->point = ae_calloc(d->n, 1, sizeof *d->point);
    if (rc == AE_OK && !(d->state && d->replicate && d->point))
        rc = ae_fail_memory(err, d->n * sizeof *d->point);
    return rc == AE_OK ? ae_report_curves_new(&d->curves, d->n, err) : rc;
}

/* In the order of data_init. */
static void fill_columns(struct data *d, size_t i, const struct ae_row *row,
                         const struct ae_record *record)
{
    size_t k = 0, n_escapes = d->n_columns - AE_N_COLUMNS + 1; /* phase is none, wall_s is one */
    bool is_done = row->state == AE_ROW_DONE;
    for (size_t c = 0; c < AE_N_COLUMNS; c++) {
        enum ae_column_id id = (enum ae_column_id)c;
        if (ae_column_table[c].kind == AE_COLUMN_PHASE)
            continue;
        if (ae_column_table[c].kind != AE_COLUMN_ESCAPE) {
            d->columns[k++].x[i] = is_done ? ae_column_get(id, row) : (double)NAN;
            continue;
        }
        for (size_t m = 0; m < n_escapes; m++)
            d->columns[k++].x[i] = is_done && m < record->M ? record->escape[m] : (double)NAN;
    }
    d->columns[k].x[i] = row->wall_s;
}

static void note_reason(struct data *d, size_t i, const char *reason)
{
    ae_buffer_printf(&d->reasons, "%s[%zu,", d->reasons.size > 0 ? "," : "", i);
    ae_pack_text(reason, &d->reasons);
    ae_buffer_text(&d->reasons, "]");
}

/* Replicates that share a result share its curve. */
static enum ae_status take_row(struct data *d, size_t i, const struct ae_row *row,
                               uint64_t last_replicate, struct ae_error *err)
{
    struct ae_record record = {0};
    enum ae_status rc = AE_OK;
    bool is_done = row->state == AE_ROW_DONE;
    d->point[i] = row->point;
    d->replicate[i] = (double)row->params.replicate;
    d->state[i] = is_done                       ? (double)row->phase
                  : row->state == AE_ROW_FAILED ? (double)FAILED
                                                : (double)MISSING;
    if (row->state == AE_ROW_FAILED)
        note_reason(d, i, row->reason);
    if (is_done)
        rc = ae_results_record(d->results, row, &record, err);
    if (rc == AE_OK)
        fill_columns(d, i, row, &record);
    bool is_shared =
        i > 0 && d->point[i - 1] == row->point && last_replicate == row->stored_replicate;
    if (rc == AE_OK && is_shared)
        ae_report_curves_repeat(d->curves, i);
    else if (rc == AE_OK && is_done)
        rc = ae_report_curves_add(d->curves, i, &record, err);
    ae_record_clear(&record);
    return rc;
}

static enum ae_status gather(struct data *d, struct ae_error *err)
{
    enum ae_status rc = data_init(d, err);
    uint64_t last_replicate = 0;
    for (size_t i = 0; i < d->n && rc == AE_OK; i++) {
        struct ae_row row;
        rc = ae_results_row(d->results, i, &row, err);
        if (rc == AE_OK)
            rc = take_row(d, i, &row, last_replicate, err);
        last_replicate = row.stored_replicate;
    }
    return rc;
}

/* ---- writing ---- */

static void put_name(const char *key, enum ae_param_id id, struct ae_buffer *out)
{
    ae_buffer_printf(out, ",\"%s\":", key);
    if (id < AE_N_PARAMS)
        ae_buffer_printf(out, "\"%s\"", ae_param_table[id].name);
    else
        ae_buffer_text(out, "null");
}

/* The choices that table and plot make of themselves. */
static enum ae_status put_view(struct ae_results *results, struct ae_buffer *out,
                               struct ae_error *err)
{
    struct ae_table table;
    struct ae_table_spec spec = {0};
    enum ae_status rc = ae_table_make(&table, results, &spec, err);
    if (rc == AE_OK) {
        ae_buffer_text(out, "\"view\":{\"value\":");
        ae_pack_text(table.value_name, out);
        ae_buffer_printf(out, ",\"reduce\":\"%s\"", ae_reduce_names[table.reduce]);
        put_name("rows", table.rows.n > 1 ? table.rows.id : AE_N_PARAMS, out);
        put_name("cols", table.cols.n > 1 ? table.cols.id : AE_N_PARAMS, out);
        ae_buffer_text(out, ",\"panels\":[");
        for (size_t i = 0, n = 0; i < table.n_panel_axes; i++)
            if (table.panel_axes[i].n > 1)
                ae_buffer_printf(out, "%s\"%s\"", n++ > 0 ? "," : "",
                                 ae_param_table[table.panel_axes[i].id].name);
        ae_buffer_text(out, "]},");
    }
    ae_table_clear(&table);
    return rc;
}

static void put_marks(struct ae_buffer *out)
{
    static const enum ae_plot_mark of_state[] = {
        [AE_PHASE_DIVERGED] = AE_MARK_DIVERGED,
        [AE_PHASE_PCA] = AE_MARK_PCA,
        [AE_PHASE_DISTORTED] = AE_MARK_DISTORTED,
        [AE_PHASE_PARTIAL] = AE_MARK_PARTIAL,
        [AE_PHASE_NONE] = AE_MARK_NONE,
        [FAILED] = AE_MARK_FAILED,
        [MISSING] = AE_MARK_MISSING,
        AE_MARK_MIXED,
        AE_MARK_INFINITE,
        AE_MARK_NAN,
        AE_MARK_ABSENT,
    };
    ae_buffer_text(out, "\"marks\":[");
    for (size_t i = 0; i < sizeof of_state / sizeof *of_state; i++) {
        const struct ae_plot_mark_info *mark = &ae_plot_marks[of_state[i]];
        char glyph[2] = {i < AE_N_PHASES ? ae_phase_table[i].glyph : mark->glyph, '\0'};
        ae_buffer_printf(out, "%s{\"word\":\"%s\",\"meaning\":\"%s\",\"glyph\":", i > 0 ? "," : "",
                         mark->word, mark->meaning);
        ae_pack_text(glyph, out);
        ae_buffer_printf(out, ",\"colour\":\"#%06x\",\"ink\":\"#%06x\"}", mark->colour, mark->ink);
    }
    ae_buffer_text(out, "],");
}

static size_t place_among(size_t n, const double *few, double x)
{
    size_t k = 0;
    while (k < n && !(few[k] == x || (isnan(few[k]) && isnan(x))))
        k++;
    return k;
}

/* Few different numbers are written out, with one byte for each row. Leaves their places in
 * `places`; false if there are more. */
static bool find_few(size_t n, const double *x, double *few, size_t *n_few, double *places)
{
    *n_few = 0;
    for (size_t i = 0; i < n; i++) {
        size_t k = place_among(*n_few, few, x[i]);
        if (k == FEW)
            return false;
        if (k == *n_few)
            few[(*n_few)++] = x[i];
        places[i] = (double)k;
    }
    return true;
}

static void put_column(const struct data *d, const struct column *c, double *places,
                       struct ae_buffer *out)
{
    double few[FEW];
    size_t n_few = 0;
    ae_buffer_printf(out, "{\"name\":\"%s\",\"kind\":\"%s\",\"meaning\":", c->name, c->kind);
    ae_pack_text(c->meaning, out);
    if (!find_few(d->n, c->x, few, &n_few, places)) {
        ae_buffer_text(out, ",\"x\":");
        ae_pack_put(d->n <= AE_REPORT_EXACT_ROWS ? AE_PACK_F64 : AE_PACK_F32, d->n, c->x, out);
    } else {
        ae_buffer_text(out, ",\"v\":[");
        for (size_t i = 0; i < n_few; i++) {
            ae_buffer_text(out, i > 0 ? "," : "");
            ae_pack_number(few[i], out);
        }
        ae_buffer_text(out, "],\"x\":");
        ae_pack_put(AE_PACK_U8, d->n, places, out);
    }
    ae_buffer_text(out, "}");
}

static enum ae_status put_rows(struct data *d, struct ae_buffer *out, struct ae_error *err)
{
    double *places = ae_reals_new(d->n), most = 1.0;
    if (!places)
        return ae_fail_memory(err, d->n * sizeof *places);
    for (size_t i = 0; i < d->n; i++)
        most = fmax(most, d->replicate[i]);
    ae_buffer_printf(out,
                     ",\"exact\":%s,\"point\":", d->n <= AE_REPORT_EXACT_ROWS ? "true" : "false");
    ae_pack_put_bytes(AE_PACK_U32, 2 * d->n, d->point, out);
    ae_buffer_text(out, ",\"replicate\":");
    ae_pack_put(ae_pack_for((size_t)most + 1), d->n, d->replicate, out);
    ae_buffer_text(out, ",\"state\":");
    ae_pack_put(AE_PACK_U8, d->n, d->state, out);
    ae_buffer_text(out, ",\"columns\":[");
    for (size_t k = 0; k < d->n_columns; k++) {
        ae_buffer_text(out, k > 0 ? "," : "");
        put_column(d, &d->columns[k], places, out);
    }
    ae_buffer_printf(out, "],\"reasons\":[%s]", d->reasons.data ? d->reasons.data : "");
    out->failed = out->failed || d->reasons.failed;
    free(places);
    return ae_buffer_status(out, err);
}

enum ae_status ae_report_data(struct ae_results *results, size_t bytes, struct ae_buffer *out,
                              struct ae_error *err)
{
    struct data d = {.results = results, .n = ae_results_size(results)};
    struct ae_buffer origin = {0};
    const struct ae_sweep *sweep = ae_results_sweep(results);
    enum ae_status rc = ae_origin_text(sweep, &origin, err);
    if (rc == AE_OK) {
        ae_buffer_text(out, "{\"name\":");
        ae_pack_text(ae_sweep_name(sweep), out);
        ae_buffer_text(out, ",\"origin\":");
        ae_pack_text(origin.data, out);
        ae_buffer_printf(out, ",\"rows\":%zu,\"added\":%zu,", d.n, ae_results_n_added(results));
        put_marks(out);
        rc = put_view(results, out, err);
    }
    if (rc == AE_OK)
        rc = ae_report_params(results, out, err);
    if (rc == AE_OK)
        rc = gather(&d, err);
    if (rc == AE_OK)
        rc = put_rows(&d, out, err);
    if (rc == AE_OK) {
        ae_buffer_text(out, ",\"curves\":");
        rc = ae_report_curves_put(d.curves, bytes > out->size ? bytes - out->size : 0, out, err);
    }
    ae_buffer_text(out, "}");
    data_clear(&d);
    ae_buffer_clear(&origin);
    return rc == AE_OK ? ae_buffer_status(out, err) : rc;
}
