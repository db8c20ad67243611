#ifndef AESWEEP_CHECK_TOL_H
#define AESWEEP_CHECK_TOL_H

/*
 * Stored results of engine ode, computed once more at a hundredth of their tolerance: how much of
 * them is the integrator's. Runs on rank 0; the points go through the farm. Nothing is stored.
 */

#include <stddef.h>

#include "aesweep/farm.h"
#include "aesweep/selection.h"
#include "aesweep/store.h"
#include "aesweep/sweep.h"

struct ae_check_tol;

/* The largest relative change there was, over all recorded times. */
struct ae_check_change {
    double change;
    double t;        /* where */
    char point[160]; /* whose: `0123456789abcdef replicate 1: K=3 lr=2`; "" if none was compared */
};

struct ae_check_counts {
    size_t n_points;            /* done results of engine ode */
    size_t n_exact;             /* of these: tol is as small as it may be */
    size_t n_simulated;         /* done results of other engines, which know no tolerance */
    size_t n_chosen;            /* of the points, but for the exact ones */
    size_t n_checked, n_failed; /* of these, so far: compared; failed with the smaller tol */
    size_t n_flipped;           /* of those compared: it is in another phase */
    struct ae_check_change pmse, excess; /* an excess counts as at least 1e-10 pca_0 */
};

/*
 * Chooses `fraction` (> 0, at most 1) of the results, at least one, by a hash of their identity.
 * Borrows sweep, selection (NULL: all) and store until freed. Points that are one trajectory are
 * computed together unless is_unfolded. AE_OK, AE_ENOMEM, AE_EIO, AE_EARG.
 */
enum ae_status ae_check_tol_new(struct ae_check_tol **check, const struct ae_sweep *sweep,
                                const struct ae_selection *selection, struct ae_store *store,
                                double fraction, bool is_unfolded, struct ae_error *err);
void ae_check_tol_free(struct ae_check_tol *check);

/* The farm's source; valid as long as `check`. The job is ae_point_run. It stops after limit_s. */
struct ae_farm_source ae_check_tol_source(struct ae_check_tol *check, double limit_s);

const struct ae_check_counts *ae_check_tol_counts(const struct ae_check_tol *check);
/* The first points in another phase, and those that failed: a line for each. */
const char *ae_check_tol_news(const struct ae_check_tol *check);

#endif
