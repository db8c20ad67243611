/* Which cell of the arrays each row of the results fills. */
#include "aesweep/arrays.h"

#include <stdlib.h>
#include <string.h>

#include "aesweep/origin.h"
#include "arrays_internal.h"
#include "table_axes.h"

enum { MIN_FILLING = 4 /* a grid has at most this many cells for each point */ };

void ae_arrays_clear(struct ae_arrays *a)
{
    for (size_t k = 0; a->axes && k < a->n_axes; k++)
        free(a->axes[k].values);
    free(a->axes);
    free(a->cells);
    free(a->replicates);
    ae_array_labels_free(a->labels);
    ae_buffer_clear(&a->coordinates);
    (void)ae_netcdf_close(a->file, AE_EARG, NULL);
    *a = (struct ae_arrays){0};
}

static void drop_axes(struct ae_arrays *a)
{
    for (size_t k = 0; k < a->n_axes; k++)
        free(a->axes[k].values);
    a->n_axes = 0;
    a->is_list = true;
}

/* ---- a grid ---- */

/* Finds each row's place on the axes; *is_on becomes false if one lies beside them. */
static enum ae_status place_rows(const struct ae_arrays *a, uint32_t *digits, bool *is_on,
                                 struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    uint32_t last[AE_N_PARAMS] = {0};
    for (size_t i = 0; i < a->n_rows && *is_on && rc == AE_OK; i++) {
        struct ae_row row;
        for (size_t k = 0; k < a->n_axes; k++)
            digits[i * a->n_axes + k] = AE_TABLE_NOWHERE;
        if (a->cells[i] == AE_ARRAYS_NOWHERE)
            continue;
        rc = ae_results_row(a->results, i, &row, err);
        for (size_t k = 0; k < a->n_axes && rc == AE_OK; k++) {
            const struct ae_table_axis *axis = &a->axes[k];
            last[k] = ae_table_place(axis, &row.params, last[k]);
            digits[i * a->n_axes + k] = last[k];
            *is_on = *is_on && ae_value_matches(axis->id, ae_param_get(&row.params, axis->id),
                                                axis->values[last[k]]);
        }
    }
    return rc;
}

/* The number of cells, or 0 if points would be sparse in them. */
static size_t count_cells(const struct ae_arrays *a, size_t n_points)
{
    size_t n = 1;
    for (size_t k = 0; k < a->n_axes; k++) {
        n *= a->axes[k].n;
        if (n / MIN_FILLING > n_points)
            return 0;
    }
    return n;
}

/* Turns digits into cells; false if two points (points: the point of each row) meet in one. */
static bool fill_cells(struct ae_arrays *a, const uint32_t *digits, const uint32_t *points,
                       uint32_t *owner)
{
    for (size_t i = 0; i < a->n_rows; i++) {
        if (a->cells[i] == AE_ARRAYS_NOWHERE)
            continue;
        size_t cell = 0;
        for (size_t k = 0; k < a->n_axes; k++)
            cell = cell * a->axes[k].n + digits[i * a->n_axes + k];
        if (owner[cell] != 0 && owner[cell] != points[i] + 1)
            return false;
        owner[cell] = points[i] + 1;
        a->cells[i] = (uint32_t)cell;
    }
    return true;
}

/* Tries the axes of the sweep; leaves a list, with cells as they were, if they do not serve. */
static enum ae_status try_grid(struct ae_arrays *a, size_t n_points, uint32_t *points,
                               struct ae_error *err)
{
    struct ae_table_axis axes[AE_N_PARAMS];
    bool is_on = true;
    enum ae_status rc = ae_table_axes(ae_results_sweep(a->results), 0, NULL, &a->n_axes, axes, err);
    memcpy(a->axes, axes, a->n_axes * sizeof *axes);
    uint32_t *digits = ae_calloc(a->n_rows, a->n_axes, sizeof *digits);
    if (rc == AE_OK && !digits)
        rc = ae_fail_memory(err, a->n_rows * sizeof *digits);
    if (rc == AE_OK)
        rc = place_rows(a, digits, &is_on, err);
    for (size_t k = 0; k < a->n_axes && rc == AE_OK && is_on; k++)
        rc = ae_table_compact(&a->axes[k], a->n_rows, a->n_axes, digits + k, err);
    a->n_cells = is_on ? count_cells(a, n_points) : 0;
    uint32_t *owner = ae_calloc(a->n_cells, 1, sizeof *owner);
    if (rc == AE_OK && !owner)
        rc = ae_fail_memory(err, a->n_cells * sizeof *owner);
    if (rc == AE_OK)
        is_on = a->n_cells > 0 && fill_cells(a, digits, points, owner);
    free(owner);
    free(digits);
    if (rc == AE_OK && !is_on)
        drop_axes(a);
    return rc;
}

/* ---- rows ---- */

/* Numbers the points shown, in order, and their replicates: in a list a point's number is its cell. */
static enum ae_status number_points(struct ae_arrays *a, const struct ae_expr *where,
                                    uint32_t *points, size_t *n_points, struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    uint64_t last_point = 0, last_replicate = 0;
    *n_points = 0;
    for (size_t i = 0; i < a->n_rows && rc == AE_OK; i++) {
        struct ae_row row;
        rc = ae_results_row(a->results, i, &row, err);
        if (rc != AE_OK)
            break;
        a->cells[i] = AE_ARRAYS_NOWHERE;
        if (!ae_expr_holds(where, &row.params))
            continue;
        uint64_t replicate = row.params.replicate;
        if (*n_points == 0 || row.point != last_point || replicate <= last_replicate)
            ++*n_points;
        last_point = row.point;
        last_replicate = replicate;
        points[i] = a->cells[i] = (uint32_t)(*n_points - 1);
        a->replicates[i] = (uint32_t)(replicate - 1);
        a->n_replicates = replicate > a->n_replicates ? replicate : a->n_replicates;
    }
    if (rc == AE_OK && *n_points == 0)
        rc = ae_fail(err, AE_EARG,
                     where ? "no point of the sweep fits --where" : "the sweep has no points");
    return rc;
}

enum ae_status ae_arrays_init(struct ae_arrays *a, struct ae_results *results,
                              const struct ae_expr *where, struct ae_error *err)
{
    size_t n_rows = ae_results_size(results), n_points = 0;
    *a = (struct ae_arrays){.results = results, .n_rows = n_rows};
    if (n_rows >= AE_ARRAYS_NOWHERE)
        return ae_fail(err, AE_EARG, "%zu rows are too many for an array", n_rows);
    uint32_t *points = ae_calloc(n_rows, 1, sizeof *points);
    a->cells = ae_calloc(n_rows, 1, sizeof *a->cells);
    a->replicates = ae_calloc(n_rows, 1, sizeof *a->replicates);
    a->axes = ae_calloc(AE_N_PARAMS, 1, sizeof *a->axes);
    enum ae_status rc = AE_OK;
    if (!points || !a->cells || !a->replicates || !a->axes)
        rc = ae_fail_memory(err, n_rows * sizeof *points);
    if (rc == AE_OK)
        rc = number_points(a, where, points, &n_points, err);
    if (rc == AE_OK)
        rc = try_grid(a, n_points, points, err);
    if (rc == AE_OK && a->is_list) {
        a->n_cells = n_points;
        for (size_t i = 0; i < n_rows; i++)
            a->cells[i] = a->cells[i] == AE_ARRAYS_NOWHERE ? AE_ARRAYS_NOWHERE : points[i];
    }
    free(points);
    return rc;
}

size_t ae_arrays_place(const struct ae_arrays *a, size_t row)
{
    return (size_t)a->cells[row] * a->n_replicates + a->replicates[row];
}

void ae_arrays_index(const struct ae_arrays *a, size_t row, size_t *index)
{
    size_t rest = a->cells[row], n = a->n_dims - 1;
    index[n] = a->replicates[row];
    if (a->is_list) {
        index[0] = rest;
        return;
    }
    for (size_t k = a->n_axes; k-- > 0; rest /= a->axes[k].n)
        index[k] = rest % a->axes[k].n;
}

/* ---- the file ---- */

static void define_dims(struct ae_arrays *a)
{
    a->n_dims = 0;
    if (a->is_list)
        a->dims[a->n_dims++] = ae_netcdf_dim(a->file, "point", a->n_cells);
    for (size_t k = 0; k < a->n_axes; k++)
        a->dims[a->n_dims++] =
            ae_netcdf_dim(a->file, ae_param_table[a->axes[k].id].name, a->axes[k].n);
    a->dims[a->n_dims++] = ae_netcdf_dim(a->file, "replicate", a->n_replicates);
}

/* Where the numbers come from; no dates, so that the same results make the same bytes. */
static enum ae_status write_origin(const struct ae_arrays *a, const char *what,
                                   struct ae_error *err)
{
    const struct ae_sweep *sweep = ae_results_sweep(a->results);
    struct ae_buffer title = {0}, source = {0}, text = {0};
    ae_buffer_printf(&title, "%s: %s", ae_sweep_name(sweep), what);
    ae_sweep_format(sweep, &text);
    enum ae_status rc = ae_origin_text(sweep, &source, err);
    if (rc == AE_OK)
        rc = ae_buffer_status(&title, err);
    if (rc == AE_OK)
        rc = ae_buffer_status(&text, err);
    if (rc == AE_OK) {
        ae_netcdf_attribute(a->file, AE_NETCDF_GLOBAL, "Conventions", "CF-1.8");
        ae_netcdf_attribute(a->file, AE_NETCDF_GLOBAL, "title", title.data);
        ae_netcdf_attribute(a->file, AE_NETCDF_GLOBAL, "source", source.data);
        ae_netcdf_attribute(a->file, AE_NETCDF_GLOBAL, "sweep", text.data);
        ae_netcdf_attribute(a->file, AE_NETCDF_GLOBAL, "references", "arXiv:2201.02115");
    }
    ae_buffer_clear(&title);
    ae_buffer_clear(&source);
    ae_buffer_clear(&text);
    return rc;
}

enum ae_status ae_arrays_begin(struct ae_arrays *a, const char *path, const char *what,
                               size_t n_values, struct ae_error *err)
{
    size_t largest = a->n_cells * a->n_replicates * n_values * sizeof(double);
    enum ae_status rc = ae_array_labels_new(&a->labels, a, err);
    if (rc == AE_OK)
        rc = ae_netcdf_new(&a->file, path, largest, err);
    if (rc == AE_OK)
        rc = write_origin(a, what, err);
    if (rc != AE_OK)
        return rc;
    define_dims(a);
    ae_array_labels_define(a->labels, a, &a->coordinates);
    rc = ae_buffer_status(&a->coordinates, err);
    return rc == AE_OK ? ae_netcdf_status(a->file, err) : rc;
}

int ae_arrays_var(struct ae_arrays *a, const char *name, enum ae_netcdf_type type, size_t longest,
                  size_t n_more, const int *more, const char *meaning)
{
    int dims[AE_NETCDF_MAX_DIMS];
    memcpy(dims, a->dims, a->n_dims * sizeof *dims);
    if (n_more > 0)
        memcpy(dims + a->n_dims, more, n_more * sizeof *dims);
    int var = ae_netcdf_var(a->file, name, type, longest, a->n_dims + n_more, dims, meaning);
    ae_netcdf_attribute(a->file, var, "coordinates", a->coordinates.data);
    return var;
}

enum ae_status ae_arrays_put_labels(struct ae_arrays *a, struct ae_error *err)
{
    return ae_array_labels_put(a->labels, a, err);
}

enum ae_status ae_arrays_end(struct ae_arrays *a, enum ae_status rc, struct ae_error *err)
{
    rc = ae_netcdf_close(a->file, rc, err);
    a->file = NULL;
    return rc;
}
