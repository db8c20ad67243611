/*
 * Learning curves as arrays: those of the points, with the observed times as one more dimension.
 * Where all points were observed at the same times (runs that diverged end earlier) they are its
 * coordinate `t`; else the dimension is `observation`, and t is an array itself.
 */
#include "arrays_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum shape { NUMBER, COMPONENTS, UNITS, SYMMETRIC, SQUARE };

/* The columns of a curve after t, in their order. */
struct column {
    const char *name, *meaning;
    enum shape shape;
};
static const struct column columns[] = {
    {"pmse", "reconstruction error", NUMBER},
    {"excess", "pmse - pca", NUMBER},
    {"learned", "leading components whose residual variance is below 0.45", NUMBER},
    {"found", "leading components whose residual variance is below 0.9", NUMBER},
    {"residual", "fraction of a component's variance that is not reconstructed", COMPONENTS},
    {"Q", "covariance of the pre-activations", SYMMETRIC},
    {"T", "overlaps of the decoder's vectors", SYMMETRIC},
    {"R", "overlaps of encoder and decoder, weighted with the eigenvalues", SQUARE},
    {"b", "encoder biases", UNITS},
    {"c", "decoder bias along the components", COMPONENTS}};
enum { N_COLUMNS = sizeof columns / sizeof *columns, N_OF_CURVE = 5 };

struct curves {
    struct ae_arrays arrays;
    struct ae_extent extent;
    size_t n_columns; /* of this file: N_OF_CURVE, or all */
    size_t n_times;   /* the most that a point has */
    bool is_common;   /* one list of times for all */
    double *t;        /* [n_times] the longest */
    double *block;    /* [n_times][values of the largest column] */
    int t_var, vars[N_COLUMNS];
};

static size_t width(enum shape shape, size_t K, size_t M)
{
    switch (shape) {
    case NUMBER:
        return 1;
    case COMPONENTS:
        return M;
    case UNITS:
        return K;
    default:
        return K * K;
    }
}

/* ---- times ---- */

static bool has_curve(const struct ae_row *row)
{
    return row->state == AE_ROW_DONE && row->params.record != AE_RECORD_FINAL;
}

/* Compares the times of a record with the longest list so far. */
static enum ae_status take_times(struct curves *c, const struct ae_record *record,
                                 struct ae_error *err)
{
    size_t n_both = record->n_times < c->n_times ? record->n_times : c->n_times;
    for (size_t j = 0; j < n_both; j++)
        c->is_common = c->is_common && record->curve[j * record->n_cols] == c->t[j];
    if (record->n_times <= c->n_times)
        return AE_OK;
    double *t = ae_realloc(c->t, record->n_times, sizeof *t);
    if (!t)
        return ae_fail_memory(err, record->n_times * sizeof *t);
    c->t = t;
    c->n_times = record->n_times;
    for (size_t j = 0; j < c->n_times; j++)
        c->t[j] = record->curve[j * record->n_cols];
    return AE_OK;
}

/* Calls `use` with the record of every curve that is shown. */
static enum ae_status
each_curve(struct curves *c,
           enum ae_status (*use)(struct curves *c, size_t i, const struct ae_row *row,
                                 const struct ae_record *record, struct ae_error *err),
           struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    for (size_t i = 0; i < c->arrays.n_rows && rc == AE_OK; i++) {
        struct ae_row row;
        struct ae_record record = {0};
        if (c->arrays.cells[i] == AE_ARRAYS_NOWHERE)
            continue;
        rc = ae_results_row(c->arrays.results, i, &row, err);
        if (rc != AE_OK || !has_curve(&row))
            continue;
        rc = ae_results_record(c->arrays.results, &row, &record, err);
        if (rc == AE_OK && (record.K > c->extent.K || record.M > c->extent.M))
            rc = ae_fail(err, AE_EIO,
                         "a stored record has %zu units and %zu components, more than its "
                         "parameters say",
                         record.K, record.M);
        if (rc == AE_OK)
            rc = use(c, i, &row, &record, err);
        ae_record_clear(&record);
    }
    return rc;
}

static enum ae_status measure(struct curves *c, size_t i, const struct ae_row *row,
                              const struct ae_record *record, struct ae_error *err)
{
    (void)i;
    (void)row;
    return take_times(c, record, err);
}

/* ---- values ---- */

/* The k-th value of a column at one time, k running over K_all x K_all or the like; nan where this
 * point has none. `x` are its values as they are stored. */
static double value_of(enum shape shape, const double *x, size_t k, size_t K, size_t M,
                       size_t K_all)
{
    size_t row = k / K_all, col = k % K_all;
    switch (shape) {
    case NUMBER:
        return x[0];
    case COMPONENTS:
        return k < M ? x[k] : (double)NAN;
    case UNITS:
        return k < K ? x[k] : (double)NAN;
    case SYMMETRIC:
        if (row > col) {
            size_t other = row;
            row = col;
            col = other;
        }
        return col < K ? x[row * K - row * (row + 1) / 2 + col] : (double)NAN;
    case SQUARE:
        return row < K && col < K ? x[row * K + col] : (double)NAN;
    }
    return (double)NAN;
}

static size_t stored_width(enum shape shape, size_t K, size_t M)
{
    return shape == SYMMETRIC ? K * (K + 1) / 2 : width(shape, K, M);
}

static void put_column(struct curves *c, size_t which, const size_t *place,
                       const struct ae_record *record, size_t first)
{
    size_t K = c->extent.K, n = width(columns[which].shape, K, c->extent.M);
    size_t start[AE_NETCDF_MAX_DIMS] = {0}, count[AE_NETCDF_MAX_DIMS], n_dims = c->arrays.n_dims;
    for (size_t k = 0; k < n_dims; k++) {
        start[k] = place[k];
        count[k] = 1;
    }
    count[n_dims] = record->n_times;
    bool is_matrix = columns[which].shape == SYMMETRIC || columns[which].shape == SQUARE;
    count[n_dims + 1] = is_matrix ? K : n;
    count[n_dims + 2] = K;
    for (size_t j = 0; j < record->n_times; j++)
        for (size_t k = 0; k < n; k++)
            c->block[j * n + k] =
                value_of(columns[which].shape, record->curve + j * record->n_cols + first, k,
                         record->K, record->M, K);
    if (n > 0 && record->n_times > 0)
        ae_netcdf_put(c->arrays.file, c->vars[which], start, count, c->block);
}

static void put_times(struct curves *c, const size_t *place, const struct ae_record *record)
{
    size_t start[AE_NETCDF_MAX_DIMS] = {0}, count[AE_NETCDF_MAX_DIMS], n_dims = c->arrays.n_dims;
    for (size_t k = 0; k < n_dims; k++) {
        start[k] = place[k];
        count[k] = 1;
    }
    count[n_dims] = record->n_times;
    for (size_t j = 0; j < record->n_times; j++)
        c->block[j] = record->curve[j * record->n_cols];
    ae_netcdf_put(c->arrays.file, c->t_var, start, count, c->block);
}

static enum ae_status put_curve(struct curves *c, size_t i, const struct ae_row *row,
                                const struct ae_record *record, struct ae_error *err)
{
    size_t place[AE_NETCDF_MAX_DIMS], first = 1;
    bool is_full = row->params.record == AE_RECORD_FULL && record->level == AE_RECORD_FULL;
    ae_arrays_index(&c->arrays, i, place);
    if (!c->is_common)
        put_times(c, place, record);
    for (size_t k = 0; k < c->n_columns && (k < N_OF_CURVE || is_full); k++) {
        put_column(c, k, place, record, first);
        first += stored_width(columns[k].shape, record->K, record->M);
    }
    return ae_netcdf_status(c->arrays.file, err);
}

/* ---- variables ---- */

static void define(struct curves *c)
{
    struct ae_netcdf *file = c->arrays.file;
    const char *time = "training time, steps / D";
    int t = ae_netcdf_dim(file, c->is_common ? "t" : "observation", c->n_times);
    int component = c->extent.M > 0 ? ae_netcdf_dim(file, "component", c->extent.M) : 0;
    int unit = 0, other = 0;
    if (c->n_columns > N_OF_CURVE) {
        unit = ae_netcdf_dim(file, "unit", c->extent.K);
        other = ae_netcdf_dim(file, "other_unit", c->extent.K);
    }
    c->t_var = c->is_common ? ae_netcdf_var(file, "t", AE_NETCDF_REAL, 0, 1, &t, time)
                            : ae_arrays_var(&c->arrays, "t", AE_NETCDF_REAL, 0, 1, &t, time);
    ae_netcdf_attribute(file, c->t_var, "units", "1");
    for (size_t k = 0; k < c->n_columns; k++) {
        const struct column *column = &columns[k];
        bool is_units = column->shape != NUMBER && column->shape != COMPONENTS;
        size_t n_more = column->shape == NUMBER ? 1 : column->shape >= SYMMETRIC ? 3 : 2;
        int more[] = {t, is_units ? unit : component, other};
        if (column->shape == COMPONENTS && c->extent.M == 0)
            continue;
        c->vars[k] = ae_arrays_var(&c->arrays, column->name, AE_NETCDF_REAL, 0, n_more, more,
                                   column->meaning);
        ae_netcdf_attribute(file, c->vars[k], "units", "1");
    }
}

static enum ae_status write_file(struct curves *c, const char *path, struct ae_error *err)
{
    size_t widest = c->extent.K * c->extent.K;
    widest = c->n_columns == N_OF_CURVE ? 1 : widest;
    widest = c->extent.M > widest ? c->extent.M : widest;
    c->block = ae_calloc(c->n_times, widest, sizeof *c->block);
    if (!c->block)
        return ae_fail_memory(err, c->n_times * widest * sizeof *c->block);
    enum ae_status rc =
        ae_arrays_begin(&c->arrays, path, "learning curves", c->n_times * widest, err);
    if (rc != AE_OK)
        return rc;
    define(c);
    rc = ae_arrays_put_labels(&c->arrays, err);
    if (rc == AE_OK && c->is_common)
        ae_netcdf_put(c->arrays.file, c->t_var, NULL, NULL, c->t);
    return rc == AE_OK ? each_curve(c, put_curve, err) : rc;
}

enum ae_status ae_arrays_write_trajectory(struct ae_results *results, const struct ae_expr *where,
                                          const char *path, struct ae_error *err)
{
    struct curves c = {.is_common = true};
    enum ae_status rc = ae_arrays_init(&c.arrays, results, where, err);
    if (rc == AE_OK)
        rc = ae_results_extent(results, &c.extent, err);
    c.n_columns = c.extent.level == AE_RECORD_FULL ? N_COLUMNS : N_OF_CURVE;
    if (rc == AE_OK)
        rc = each_curve(&c, measure, err);
    if (rc == AE_OK && c.n_times == 0)
        rc = ae_fail(err, AE_EARG,
                     "no learning curve is kept of these points (not computed yet, "
                     "failed, or record: final)");
    if (rc == AE_OK)
        rc = write_file(&c, path, err);
    rc = ae_arrays_end(&c.arrays, rc, err);
    free(c.t);
    free(c.block);
    ae_arrays_clear(&c.arrays);
    return rc;
}
