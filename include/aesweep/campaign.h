#ifndef AESWEEP_CAMPAIGN_H
#define AESWEEP_CAMPAIGN_H

/*
 * The points of a sweep on their way through the farm into the store: what is still missing is
 * handed out, what returns is stored. Runs on rank 0.
 */

#include <stdbool.h>
#include <stddef.h>

#include "aesweep/bulletin.h"
#include "aesweep/farm.h"
#include "aesweep/selection.h"
#include "aesweep/store.h"
#include "aesweep/sweep.h"

struct ae_campaign;

/* Points that this run has stopped on their way and that did not come on. */
struct ae_campaign_stopped {
    size_t n_anew;   /* that cannot be saved */
    double anew_s;   /* the longest time that one of them had taken */
    double wanted_s; /* the longest that one of them was expected to take, by the model of costs */
    size_t n_stuck;  /* simulations that have taken no step, although they had most of the run */
    double stuck_s;
};

/* Results that the sweep needs, each counted once although several of its rows may share it. */
struct ae_campaign_counts {
    size_t n_needed; /* in all; grows while the run refines */
    size_t n_added;  /* of these: of points that refine has added */
    size_t n_before; /* stored before this run, done or failed */
    size_t n_done;   /* finished in this run */
    size_t n_failed; /* failed in this run */
    size_t n_failed_before;
    size_t n_suspects; /* were under way when a run died: they run last, one at a time */
    size_t n_aside;    /* of n_failed: set aside, because processes died computing them */
    size_t n_saved;    /* of those missing: there is a state to go on from */
    size_t n_folded, n_trajectories; /* of those to compute: read off so many trajectories */
    size_t n_side_by_side;           /* simulated with others on the same inputs */
    size_t n_left_out;               /* not begun, because they would not have ended in time */
    double left_out_s;               /* the longest time that one of them would have taken */
    struct ae_campaign_stopped stopped;
    double wall_s; /* since this run began */
    double work_s; /* wall time spent in jobs that ended, over all ranks */
    /* What the work of this run was expected to be, and from how many of its first points: those
     * that made up a tenth of it. By built-in constants (0 points) until then. */
    double predicted_s;
    size_t n_predicted_from;
};

/* Told on rank 0 several times a second; what it returns does not matter to the run. */
typedef void ae_campaign_report_fn(void *ctx, const struct ae_campaign_counts *counts);

/*
 * Looks up which results are missing: not stored, or stored with less of the way than the sweep
 * asks to record. Failed ones are not missing. `selection` (NULL: all) says which rows count, also
 * of the points that refine adds; a shard refines nothing. Borrows all three until freed. AE_OK,
 * AE_ENOMEM, AE_EIO, AE_EARG if refine adds too many points.
 */
enum ae_status ae_campaign_new(struct ae_campaign **campaign, const struct ae_sweep *sweep,
                               const struct ae_selection *selection, struct ae_store *store,
                               struct ae_error *err);
/* How a run is to go. */
struct ae_campaign_rules {
    const char *dir; /* the results folder, where crashed ranks leave reports */
    size_t n_ranks;
    double checkpoint_s; /* wall time from one save of a running point to the next */
    double limit_s;      /* from now until the run stops; inf: it does not */
    bool is_unfolded;    /* points that are one trajectory (fold.h) are computed one by one */
    size_t max_lost; /* a point is set aside as failed when as many processes have died computing
                            it; 0: never */
};
/*
 * To be called before the run: looks at what died with the last one. Who was under way is suspected
 * and runs last and alone, unless the one to blame is known. AE_OK, AE_ENOMEM, AE_EIO.
 */
enum ae_status ae_campaign_prepare(struct ae_campaign *campaign,
                                   const struct ae_campaign_rules *rules, struct ae_error *err);
/* After the run, which returned rc: the same, or what went wrong besides; AE_ESTOP if points were
 * left out for want of time. */
enum ae_status ae_campaign_end(const struct ae_campaign *campaign, enum ae_status rc,
                               struct ae_error *err);
void ae_campaign_free(struct ae_campaign *campaign);

struct ae_campaign_counts ae_campaign_counts_of(const struct ae_campaign *campaign);

/* What there is to say of the run so far, with estimates for n_workers processes: all of *bulletin
 * but `run` and `n_ranks`, which are left alone. */
void ae_campaign_report(struct ae_campaign *campaign, size_t n_workers,
                        struct ae_bulletin *bulletin);

/* The farm's source; valid as long as the campaign. `report` may be NULL. The job is ae_point_run.
 * */
struct ae_farm_source ae_campaign_source(struct ae_campaign *campaign,
                                         ae_campaign_report_fn *report, void *report_ctx);

#endif
