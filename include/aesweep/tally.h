#ifndef AESWEEP_TALLY_H
#define AESWEEP_TALLY_H

/*
 * How a run is getting on: how fast, how much work is left, what failed lately. It is told of every
 * result to compute and of every one that is there, and reads no clock: times are given to it.
 */

#include <stddef.h>
#include <stdint.h>

#include "aesweep/bulletin.h"
#include "aesweep/error.h"
#include "aesweep/params.h"
#include "aesweep/record.h"
#include "aesweep/sweep.h"

struct ae_tally;

/* Borrows the sweep, which names the points. AE_OK or AE_ENOMEM. */
enum ae_status ae_tally_new(struct ae_tally **tally, const struct ae_sweep *sweep,
                            struct ae_error *err);
void ae_tally_free(struct ae_tally *tally);

/* A result to compute. */
struct ae_tally_task {
    const struct ae_params *params;
    double model_s; /* what it should take, by the model of costs */
    size_t n_job;   /* results that one process computes together with it, itself included */
};
/* AE_OK or AE_ENOMEM. */
enum ae_status ae_tally_expect(struct ae_tally *tally, const struct ae_tally_task *task,
                               struct ae_error *err);

/* One that was expected has come. */
struct ae_tally_result {
    uint64_t point;
    struct ae_tally_task task; /* as it was expected */
    const struct ae_summary *summary;
    const char *failure; /* why it failed, or NULL */
    double wall_s;       /* spent on it, its share of the job */
};
void ae_tally_note(struct ae_tally *tally, const struct ae_tally_result *result);

/* Results a second over about the last half minute; 0 if nothing has come. To be asked often, with
 * the time since the run began. */
double ae_tally_rate(struct ae_tally *tally, double wall_s);

/*
 * Seconds of computing that the expected results will take, of one process; nan if nothing has come
 * yet. Points are classed by engine, activation and size; those of a class will take what the
 * model says, times how much more or less its results so far took, or if it has none those of the
 * engine.
 */
double ae_tally_left_s(const struct ae_tally *tally);

/*
 * How long that takes on n_workers processes, from what they have achieved: work_s of computing in
 * wall_s. nan if not known.
 */
double ae_tally_end_s(const struct ae_tally *tally, size_t n_workers, double work_s, double wall_s);

/* Fills in n_new, slowest, phases and failures. */
void ae_tally_report(const struct ae_tally *tally, struct ae_bulletin *bulletin);

#endif
