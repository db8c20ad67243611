/* Results and timing of the points as arrays. */
#include "arrays_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/column.h"
#include "aesweep/spectrum.h"

/* One block of numbers a variable, all of them filled in one walk over the rows. */
struct block {
    int var;
    double *x;
};

static void clear_blocks(size_t n, struct block *blocks)
{
    for (size_t i = 0; i < n; i++)
        free(blocks[i].x);
}

/* A variable over the points with n_more * more_size values each, all of them `absent`. */
static enum ae_status add_block(struct ae_arrays *a, const char *name, enum ae_netcdf_type type,
                                int more, size_t more_size, double absent, const char *meaning,
                                struct block *block, struct ae_error *err)
{
    size_t n = a->n_cells * a->n_replicates * more_size;
    block->var = ae_arrays_var(a, name, type, 0, more_size > 1 || more >= 0, &more, meaning);
    if (type == AE_NETCDF_REAL)
        ae_netcdf_attribute(a->file, block->var, "units", "1");
    block->x = ae_reals_new(n);
    if (!block->x)
        return ae_fail_memory(err, n * sizeof *block->x);
    for (size_t i = 0; i < n; i++)
        block->x[i] = absent;
    return AE_OK;
}

static enum ae_status put_blocks(struct ae_arrays *a, size_t n, const struct block *blocks,
                                 struct ae_error *err)
{
    enum ae_status rc = ae_arrays_put_labels(a, err);
    for (size_t i = 0; i < n && rc == AE_OK; i++)
        if (blocks[i].x)
            ae_netcdf_put(a->file, blocks[i].var, NULL, NULL, blocks[i].x);
    return rc == AE_OK ? ae_netcdf_status(a->file, err) : rc;
}

typedef const char *text_fn(const struct ae_row *row);

/* A variable with a text for each row. */
static enum ae_status add_texts(struct ae_arrays *a, const char *name, text_fn *text_of,
                                const char *meaning, int *var, struct ae_error *err)
{
    size_t longest = 0;
    enum ae_status rc = AE_OK;
    for (size_t i = 0; i < a->n_rows && rc == AE_OK; i++) {
        struct ae_row row;
        rc = ae_results_row(a->results, i, &row, err);
        if (rc == AE_OK && strlen(text_of(&row)) > longest)
            longest = strlen(text_of(&row));
    }
    *var = ae_arrays_var(a, name, AE_NETCDF_STRING, longest, 0, NULL, meaning);
    return rc;
}

/* Its texts, by place; most are "". */
static enum ae_status put_texts(struct ae_arrays *a, int var, text_fn *text_of,
                                struct ae_error *err)
{
    size_t n = a->n_cells * a->n_replicates;
    const char **texts = ae_calloc(n, 1, sizeof *texts);
    enum ae_status rc = texts ? AE_OK : ae_fail_memory(err, n * sizeof *texts);
    for (size_t i = 0; i < n && rc == AE_OK; i++)
        texts[i] = "";
    for (size_t i = 0; i < a->n_rows && rc == AE_OK; i++) {
        struct ae_row row;
        if (a->cells[i] == AE_ARRAYS_NOWHERE)
            continue;
        rc = ae_results_row(a->results, i, &row, err);
        if (rc == AE_OK)
            texts[ae_arrays_place(a, i)] = text_of(&row);
    }
    if (rc == AE_OK)
        ae_netcdf_put_texts(a->file, var, n, texts);
    free(texts);
    return rc == AE_OK ? ae_netcdf_status(a->file, err) : rc;
}

/* ---- results ---- */

/* status, the columns, the eigenvalues of data that no parameter lists */
enum { AT_SPECTRUM = 1 + AE_N_COLUMNS, N_BLOCKS };

static void flag_block(struct ae_arrays *a, enum ae_column_id id, int var)
{
    struct ae_buffer words = {0};
    ae_buffer_text(&words, "unknown");
    for (size_t i = 0; i < AE_N_PHASES; i++)
        ae_buffer_printf(&words, " %s", ae_phase_table[i].word);
    if (ae_column_table[id].kind == AE_COLUMN_FLAG)
        ae_netcdf_flags(a->file, var, -1, "unknown false true");
    else if (!words.failed)
        ae_netcdf_flags(a->file, var, -1, words.data);
    ae_buffer_clear(&words);
}

static enum ae_status define_results(struct ae_arrays *a, const struct ae_extent *extent,
                                     struct block *blocks, struct ae_error *err)
{
    size_t n_escapes = extent->M;
    int component = n_escapes > 0 ? ae_netcdf_dim(a->file, "component", n_escapes) : -1;
    enum ae_status rc = add_block(a, "status", AE_NETCDF_CODE, -1, 1, AE_ARRAY_ABSENT,
                                  "is there such a point, and what became of it", blocks, err);
    ae_netcdf_flags(a->file, blocks->var, 0, "absent missing failed done");
    for (size_t i = 0; i < AE_N_COLUMNS && rc == AE_OK; i++) {
        const struct ae_column_info *column = &ae_column_table[i];
        struct block *block = &blocks[1 + i];
        if (column->kind == AE_COLUMN_ESCAPE && n_escapes == 0)
            continue;
        if (column->kind == AE_COLUMN_ESCAPE)
            rc = add_block(a, column->name, AE_NETCDF_REAL, component, n_escapes, (double)NAN,
                           column->meaning, block, err);
        else if (column->kind == AE_COLUMN_REAL)
            rc = add_block(a, column->name, AE_NETCDF_REAL, -1, 1, (double)NAN, column->meaning,
                           block, err);
        else
            rc = add_block(a, column->name, AE_NETCDF_CODE, -1, 1, -1.0, column->meaning, block,
                           err);
        if (column->kind == AE_COLUMN_PHASE || column->kind == AE_COLUMN_FLAG)
            flag_block(a, (enum ae_column_id)i, block->var);
    }
    if (rc == AE_OK && extent->has_spectra)
        rc = add_block(a, "r", AE_NETCDF_REAL, component, n_escapes, (double)NAN,
                       "eigenvalues of the leading components", &blocks[AT_SPECTRUM], err);
    return rc;
}

static enum ae_status fill_escapes(struct ae_arrays *a, const struct ae_row *row, double *escapes,
                                   size_t n_escapes, struct ae_error *err)
{
    struct ae_record record;
    enum ae_status rc = ae_results_record(a->results, row, &record, err);
    if (rc == AE_OK && record.M > n_escapes)
        rc = ae_fail(err, AE_EIO,
                     "a stored record has %zu components, more than its parameters say", record.M);
    if (rc == AE_OK)
        memcpy(escapes, record.escape, record.M * sizeof *escapes);
    ae_record_clear(&record);
    return rc;
}

/* Those of any point, done or not: they are known beforehand. */
static enum ae_status fill_spectrum(const struct ae_params *p, double *r, size_t n,
                                    struct ae_error *err)
{
    struct ae_spectrum spectrum;
    enum ae_status rc = ae_spectrum_init(&spectrum, p, err);
    for (size_t k = 0; rc == AE_OK && k < n && k < spectrum.M; k++)
        r[k] = spectrum.r[k];
    ae_spectrum_clear(&spectrum);
    return rc;
}

static enum ae_status fill_row(struct ae_arrays *a, size_t i, size_t n_escapes,
                               struct block *blocks, struct ae_error *err)
{
    struct ae_row row;
    enum ae_status rc = ae_results_row(a->results, i, &row, err);
    if (rc != AE_OK)
        return rc;
    size_t at = ae_arrays_place(a, i);
    blocks[0].x[at] = row.state == AE_ROW_DONE     ? AE_ARRAY_DONE
                      : row.state == AE_ROW_FAILED ? AE_ARRAY_FAILED
                                                   : AE_ARRAY_MISSING;
    if (row.state == AE_ROW_FAILED)
        blocks[1 + AE_COLUMN_ID_t_end].x[at] = row.summary.t_end;
    for (size_t k = 0; k < AE_N_COLUMNS && row.state == AE_ROW_DONE && rc == AE_OK; k++) {
        enum ae_column_id id = (enum ae_column_id)k;
        if (ae_column_table[k].kind != AE_COLUMN_ESCAPE)
            blocks[1 + k].x[at] = ae_column_get(id, &row);
        else if (n_escapes > 0)
            rc = fill_escapes(a, &row, blocks[1 + k].x + at * n_escapes, n_escapes, err);
    }
    if (rc == AE_OK && blocks[AT_SPECTRUM].x)
        rc = fill_spectrum(&row.params, blocks[AT_SPECTRUM].x + at * n_escapes, n_escapes, err);
    return rc;
}

static const char *reason_of(const struct ae_row *row)
{
    return row->reason;
}

enum ae_status ae_arrays_write_points(struct ae_results *results, const char *path,
                                      struct ae_error *err)
{
    struct ae_arrays a;
    struct ae_extent extent = {0};
    struct block blocks[N_BLOCKS] = {{0}};
    int reason = 0;
    enum ae_status rc = ae_arrays_init(&a, results, NULL, err);
    if (rc == AE_OK)
        rc = ae_results_extent(results, &extent, err);
    if (rc == AE_OK)
        rc = ae_arrays_begin(&a, path, "results at the end of each point", extent.M + 1, err);
    if (rc == AE_OK)
        rc = define_results(&a, &extent, blocks, err);
    if (rc == AE_OK)
        rc = add_texts(&a, "reason", reason_of, "why the point failed", &reason, err);
    for (size_t i = 0; i < a.n_rows && rc == AE_OK; i++)
        if (a.cells[i] != AE_ARRAYS_NOWHERE)
            rc = fill_row(&a, i, extent.M, blocks, err);
    if (rc == AE_OK)
        rc = put_blocks(&a, N_BLOCKS, blocks, err);
    if (rc == AE_OK)
        rc = put_texts(&a, reason, reason_of, err);
    rc = ae_arrays_end(&a, rc, err);
    clear_blocks(N_BLOCKS, blocks);
    ae_arrays_clear(&a);
    return rc;
}

/* ---- timing ---- */

enum { WALL, FINISHED, RANK, N_TIMING };

static const char *host_of(const struct ae_row *row)
{
    return row->host;
}

static enum ae_status define_timing(struct ae_arrays *a, struct block *blocks, int *host,
                                    struct ae_error *err)
{
    static const struct {
        const char *name, *units, *meaning;
    } info[N_TIMING] = {{"wall_s", "s", "wall time"},
                        {"finished_at", "seconds since 1970-01-01T00:00:00Z", "end of the run"},
                        {"rank", NULL, "rank that computed it"}};
    enum ae_status rc = AE_OK;
    for (size_t i = 0; i < N_TIMING && rc == AE_OK; i++) {
        rc = add_block(a, info[i].name, AE_NETCDF_REAL, -1, 1, (double)NAN, info[i].meaning,
                       &blocks[i], err);
        if (info[i].units)
            ae_netcdf_attribute(a->file, blocks[i].var, "units", info[i].units);
    }
    return rc == AE_OK ? add_texts(a, "host", host_of, "machine that computed it", host, err) : rc;
}

enum ae_status ae_arrays_write_timing(struct ae_results *results, const char *path,
                                      struct ae_error *err)
{
    struct ae_arrays a;
    struct block blocks[N_TIMING] = {{0}};
    int host = 0;
    enum ae_status rc = ae_arrays_init(&a, results, NULL, err);
    if (rc == AE_OK)
        rc = ae_arrays_begin(&a, path, "timing of each point", 1, err);
    if (rc == AE_OK)
        rc = define_timing(&a, blocks, &host, err);
    for (size_t i = 0; i < a.n_rows && rc == AE_OK; i++) {
        struct ae_row row;
        if (a.cells[i] == AE_ARRAYS_NOWHERE)
            continue;
        rc = ae_results_row(results, i, &row, err);
        if (rc != AE_OK || row.state == AE_ROW_MISSING)
            continue;
        size_t at = ae_arrays_place(&a, i);
        blocks[WALL].x[at] = row.wall_s;
        blocks[FINISHED].x[at] = row.finished_at;
        blocks[RANK].x[at] = (double)row.rank;
    }
    if (rc == AE_OK)
        rc = put_blocks(&a, N_TIMING, blocks, err);
    if (rc == AE_OK)
        rc = put_texts(&a, host, host_of, err);
    rc = ae_arrays_end(&a, rc, err);
    clear_blocks(N_TIMING, blocks);
    ae_arrays_clear(&a);
    return rc;
}
