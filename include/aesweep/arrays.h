#ifndef AESWEEP_ARRAYS_H
#define AESWEEP_ARRAYS_H

/*
 * The rows of a sweep as labelled arrays. Where the points lie on a grid that they fill well, arrays
 * have a dimension for each axis; else one dimension `point`, along which the parameters are
 * listed. The last of these dimensions is `replicate`.
 */

#include "aesweep/expr.h"
#include "aesweep/netcdf.h"
#include "aesweep/rows.h"
#include "aesweep/table.h"

enum { AE_ARRAYS_NOWHERE = UINT32_MAX };

struct ae_arrays {
    struct ae_results *results;     /* borrowed */
    size_t n_axes;                  /* 0: a list of points, or a single point */
    bool is_list;                   /* one dimension `point` instead of axes */
    struct ae_table_axis *axes;     /* [n_axes], only values that occur */
    size_t n_cells, n_replicates;   /* n_cells = product of the axes, or points of the list */
    size_t n_rows;                  /* of the results */
    uint32_t *cells;                /* [n_rows] AE_ARRAYS_NOWHERE: not shown */
    uint32_t *replicates;           /* [n_rows] from 0 */
    struct ae_netcdf *file;         /* while it is being written */
    int dims[AE_NETCDF_MAX_DIMS];   /* axes or point, then replicate */
    size_t n_dims;                  /* replicate included */
    struct ae_buffer coordinates;   /* names of the parameters that are no axes */
    struct ae_array_labels *labels; /* values of the parameters */
};

/*
 * Lays out the rows for which `where` holds (NULL: all). Points that no axes tell apart, that would
 * fill less than a quarter of the grid, or that are not on it (refined ones, those of --all) make a
 * list. AE_EARG if no point is left, AE_EIO, AE_ENOMEM; ae_arrays_clear in any case.
 */
enum ae_status ae_arrays_init(struct ae_arrays *arrays, struct ae_results *results,
                              const struct ae_expr *where, struct ae_error *err);
void ae_arrays_clear(struct ae_arrays *arrays);

/* Begins the file: dimensions, the parameters as coordinates, where it comes from. `what` is shown
 * in its title; each point has at most n_values numbers of a kind. After this variables may be defined. */
enum ae_status ae_arrays_begin(struct ae_arrays *arrays, const char *path, const char *what,
                               size_t n_values, struct ae_error *err);
/* Writes the coordinates; all variables must be defined. */
enum ae_status ae_arrays_put_labels(struct ae_arrays *arrays, struct ae_error *err);
/* Ends the file as ae_netcdf_close does. */
enum ae_status ae_arrays_end(struct ae_arrays *arrays, enum ae_status rc, struct ae_error *err);

/* A variable over the dimensions of the points and, after them, n_more others. */
int ae_arrays_var(struct ae_arrays *arrays, const char *name, enum ae_netcdf_type type,
                  size_t longest, size_t n_more, const int *more, const char *meaning);

/* Where a row's values begin in an array over arrays->dims: cell times replicates plus replicate. */
size_t ae_arrays_place(const struct ae_arrays *arrays, size_t row);
/* The same as an index along each of the n_dims dimensions. */
void ae_arrays_index(const struct ae_arrays *arrays, size_t row, size_t *index);

/* What a cell holds: an AE_NETCDF_CODE. */
enum ae_array_status { AE_ARRAY_ABSENT, AE_ARRAY_MISSING, AE_ARRAY_FAILED, AE_ARRAY_DONE };

/* Results, timing, and learning curves of a folder as a netCDF file at `path`. */
enum ae_status ae_arrays_write_points(struct ae_results *results, const char *path,
                                      struct ae_error *err);
enum ae_status ae_arrays_write_timing(struct ae_results *results, const char *path,
                                      struct ae_error *err);
enum ae_status ae_arrays_write_trajectory(struct ae_results *results, const struct ae_expr *where,
                                          const char *path, struct ae_error *err);

#endif
