#ifndef AESWEEP_ENGINE_H
#define AESWEEP_ENGINE_H

/* An engine takes one point from its parameters to its record. Pure computation: no files, no
 * clock. */

#include <stdbool.h>

#include "aesweep/error.h"
#include "aesweep/memory.h"
#include "aesweep/params.h"
#include "aesweep/record.h"

/* What an engine may ask of whoever runs it. */
struct ae_host {
    void *ctx;
    bool (*should_stop)(void *ctx); /* cheap; asked at least every 0.2 s */
    /*
     * Saving, for engines that can go on in the middle: a run that is given the state it saved
     * makes the same bits as one that was never interrupted. The last two may be NULL.
     *   saved        what `save` was given in an earlier run of the same point; empty: from t = 0
     *   should_save  is it time to save? cheap; asked where should_stop is
     *   save         keeps a state, the first 8 bytes of which are the number of steps taken
     *                (ae_buffer_u64); called when should_save or should_stop says true. A
     *                failure is the point's
     */
    struct ae_bytes saved;
    bool (*should_save)(void *ctx);
    enum ae_status (*save)(void *ctx, struct ae_bytes state, struct ae_error *err);
};

struct ae_engine {
    const char *name;
    bool can_resume; /* saves its state and goes on from it; else every run begins at t = 0 */
    /*
     * Runs the point p, which has passed ae_params_check. `record` is initialised by the engine and
     * cleared by the caller, whatever is returned.
     *   AE_OK    done; divergence is a result (record->summary.diverged)
     *   AE_ESTOP the host asked to stop; the state was saved, if can_resume and the host takes it
     *   AE_ENUM, AE_ENOMEM  the point has failed
     * Unless it is done, record->summary has what it reached: steps, and t_end, the last good time.
     */
    enum ae_status (*run)(const struct ae_params *p, const struct ae_host *host,
                          struct ae_record *record, struct ae_error *err);
};

extern const struct ae_engine ae_engine_flow; /* engine: ode */
extern const struct ae_engine ae_engine_sgd;  /* engine: sgd */

/* Can the point be one of several that are read off one trajectory? Engine ode by cvode. */
bool ae_engine_can_fold(const struct ae_params *p);
/* The trajectory of such a point, as a point whose identity is the same for all of them: lr = 1,
 * weight_decay by lr, time and observe the same always. */
struct ae_params ae_engine_trajectory(const struct ae_params *p);
/* Are the two read off one trajectory? Then they have seed, replicate and timeout in common too. */
bool ae_engine_folds(const struct ae_params *a, const struct ae_params *b);
/*
 * Runs n >= 1 such points (each folds with the first) by one integration. records[i] and status[i]
 * are what a run of point i alone gives, bit for bit; a point whose last time was passed before the
 * trajectory failed or was stopped is done. Returns the trajectory's status; err belongs to it.
 */
enum ae_status ae_engine_run_folded(size_t n, const struct ae_params *p, const struct ae_host *host,
                                    struct ae_record *const *records, enum ae_status *status,
                                    struct ae_error *err);

/* The engine of this point. */
const struct ae_engine *ae_engine_of(const struct ae_params *p);

#endif
