#ifndef AESWEEP_ENGINE_H
#define AESWEEP_ENGINE_H

/* An engine takes one point from its parameters to its record, or several that have most of the work
 * in common. Pure computation: no files, no clock. */

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
     *   saved        what `save` was given in an earlier run of the same point; empty: from t = 0;
     *                for runs of a single point
     *   should_save  is it time to save? cheap; asked where should_stop is
     *   save         keeps a state of point i, the first 8 bytes of which are the number of steps
     *                taken (ae_buffer_u64); called when should_save or should_stop says true. A
     *                failure is the run's
     */
    struct ae_bytes saved;
    bool (*should_save)(void *ctx);
    enum ae_status (*save)(void *ctx, size_t i, struct ae_bytes state, struct ae_error *err);
};

struct ae_engine {
    const char *name;
    bool can_resume; /* saves its state and goes on from it; else every run begins at t = 0 */
    /*
     * Runs n >= 1 points, which have passed ae_params_check and of which each folds with the first.
     * Records are initialised by the engine (start with {0}) and cleared by the caller, whatever is
     * returned. records[i] and status[i] are what a run of point i alone gives, bit for bit:
     *   AE_OK    done; divergence is a result (record->summary.diverged)
     *   AE_ESTOP the host asked to stop; the state was saved, if can_resume and the host takes it
     *   AE_ENUM, AE_ENOMEM  the point has failed
     * Unless it is done, record->summary has what it reached: steps, and t_end, the last good time.
     * Points may be done when others fail or are stopped. Returns the status of those that are not
     * done; err belongs to it.
     */
    enum ae_status (*run)(size_t n, const struct ae_params *p, const struct ae_host *host,
                          struct ae_record *const *records, enum ae_status *status,
                          struct ae_error *err);
};

extern const struct ae_engine ae_engine_flow; /* engine: ode */
extern const struct ae_engine ae_engine_sgd;  /* engine: sgd */

/* The engine of this point. */
const struct ae_engine *ae_engine_of(const struct ae_params *p);
/* Runs a point alone. */
enum ae_status ae_engine_run(const struct ae_params *p, const struct ae_host *host,
                             struct ae_record *record, struct ae_error *err);

/*
 * Points fold if they are run together: of engine ode (by cvode) those that are read off one
 * trajectory, as they differ in lr alone, or in lr and times; of engine sgd those that see the same
 * inputs at the same times, and differ in the network and how it is trained.
 */
/* Can the point be one of several? */
bool ae_engine_can_fold(const struct ae_params *p);
/* What such points have in common, as a point whose identity is the same for all of them. */
struct ae_params ae_engine_trajectory(const struct ae_params *p);
/* Do the two fold? Then they have seed, replicate and timeout in common too. */
bool ae_engine_folds(const struct ae_params *a, const struct ae_params *b);
/* How many points like p are worth running together, at least 1. */
size_t ae_engine_fold_most(const struct ae_params *p);

#endif
