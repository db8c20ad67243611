#ifndef AESWEEP_RUN_CHECK_H
#define AESWEEP_RUN_CHECK_H

/* run --check-tol: after a run, some of its points once more at a hundredth of their tolerance. */

#include <stdbool.h>

#include "aesweep/error.h"
#include "aesweep/farm.h"
#include "aesweep/selection.h"
#include "aesweep/store.h"
#include "aesweep/sweep.h"

struct ae_args;

/* The share of --check-tol; 0: none is asked for. AE_EARG. */
enum ae_status ae_run_check_read(const struct ae_args *args, double *fraction,
                                 struct ae_error *err);

struct ae_run_check {
    const struct ae_sweep *sweep;
    const struct ae_selection *selection;
    struct ae_store *store;
    double fraction, limit_s;
    bool is_unfolded;
};
/*
 * Rank 0, while the others call ae_run_check_follow: after the run has ended with rc. If that is
 * AE_OK, checks, says on stderr what it found, and sets *is_flipped if a phase is another one; else
 * it only tells the others to leave. Returns rc, AE_ESTOP (it was said), AE_ENOMEM, AE_EIO, AE_EMPI.
 */
enum ae_status ae_run_check(struct ae_farm *farm, const struct ae_run_check *how, enum ae_status rc,
                            bool *is_flipped, struct ae_error *err);
void ae_run_check_follow(struct ae_farm *farm);

#endif
