#ifndef AESWEEP_SWEEP_PRIVATE_H
#define AESWEEP_SWEEP_PRIVATE_H

/* The inside of a sweep: sweep_read.c fills it, grid.c lays it out, sweep.c and sweep_format.c look
 * at it. */

#include "aesweep/axis.h"
#include "aesweep/exclude.h"
#include "aesweep/sweep.h"
#include "aesweep/value.h"
#include "aesweep/yaml.h"

enum {
    AE_SWEEP_MAX_POINTS = 1000000000, /* of the full grid; an index fits in 32 bits */
    AE_SWEEP_MAX_REPLICATES = 1000000
};

struct ae_sweep {
    char *name;
    size_t n_replicates;
    struct ae_params fixed; /* what every point starts from: defaults, `set`, and the seed */
    size_t n_axes;
    struct ae_axis axes[AE_N_PARAMS];
    size_t n_exclusions;
    struct ae_exclusion *exclusions;
    size_t *n_dropped; /* [n_exclusions] points that each item dropped */
    size_t grid_size, n_points;
    uint32_t *left; /* [n_points] grid indices of the points left, rising; NULL if all are */
    enum ae_param_id rows, cols;
    char *value, *reduce; /* of the table, "" where the file says nothing */
    struct ae_pool pool;  /* all lists that parameters point to */
};

/* What `table` may show, beside escape_1, escape_2, ..., and how replicates become one; ended by
 * NULL. */
extern const char *const ae_table_values[];
extern const char *const ae_table_reduces[];

/*
 * Counts the combinations, drops what is excluded and checks that the rest makes sense. AE_EARG
 * names the place of `grid` (or of `set`, or the file).
 */
enum ae_status ae_sweep_lay_out(struct ae_sweep *sweep, const struct ae_yaml *doc,
                                struct ae_error *err);

#endif
