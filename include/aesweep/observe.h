#ifndef AESWEEP_OBSERVE_H
#define AESWEEP_OBSERVE_H

/* When a run is looked at, and what is seen: times, and the observables that fill a record. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aesweep/order.h"
#include "aesweep/record.h"

/*
 * The observed times of a point, rising: 0, those of `observe` that lie within `time`, and `time`.
 * At finite D they are whole steps (t = step / D, rounded, repeats dropped), so that simulation and
 * flow share them. `half` is the time at which the drift of the flow is judged; it is not one of
 * them.
 */
struct ae_schedule {
    size_t n;
    double *t;     /* [n] */
    double half;   /* time / 2, rounded likewise */
    size_t n_half; /* how many of t are <= half */
};
enum ae_status ae_schedule_init(struct ae_schedule *schedule, const struct ae_params *p,
                                struct ae_error *err);
void ae_schedule_clear(struct ae_schedule *schedule);

/* Looks at a network at the observed times, in their order, and fills a record. */
struct ae_observer;

/* Borrows p, schedule and record; record must be initialised for schedule->n times. */
enum ae_status ae_observer_new(struct ae_observer **observer, const struct ae_params *p,
                               const struct ae_schedule *schedule, struct ae_record *record,
                               struct ae_error *err);
void ae_observer_free(struct ae_observer *observer);

/* The network as it is at schedule->t[j], and its order parameters. j = 0, 1, ... each once. */
void ae_observer_see(struct ae_observer *observer, size_t j, const struct ae_network *network,
                     const struct ae_order *order);
/* Flow only: the network at schedule->half. */
void ae_observer_see_half(struct ae_observer *observer, const struct ae_order *order);

/* All that was seen so far, as bytes, and back into a new observer of the same point. False if the
 * bytes do not fit this point: then the observer and its record are of no more use. */
void ae_observer_pack(const struct ae_observer *observer, struct ae_buffer *out);
bool ae_observer_unpack(struct ae_observer *observer, struct ae_reader *in);
/* How many observed times were seen: the next is schedule->t[that]. */
size_t ae_observer_n_seen(const struct ae_observer *observer);

/* The run is over after `steps` steps at time t_end. If it diverged before all times were seen,
 * what was not seen is nan. Drift: change of excess since `half` if that was seen; else the mean of
 * the last five observed excesses minus the mean of the last five up to half (fewer if there are
 * fewer). */
void ae_observer_finish(struct ae_observer *observer, bool diverged, double steps, double t_end);

#endif
