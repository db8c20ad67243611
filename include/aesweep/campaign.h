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

/* Results that the sweep needs, each counted once although several of its rows may share it. */
struct ae_campaign_counts {
    size_t n_needed; /* in all */
    size_t n_before; /* stored before this run, done or failed */
    size_t n_done;   /* finished in this run */
    size_t n_failed; /* failed in this run */
    size_t n_failed_before;
    double wall_s; /* since this run began */
    double work_s; /* wall time spent in finished points, over all ranks */
    /* What the work of this run was expected to be, and from how many of its first points: those
     * that made up a tenth of it. By built-in constants (0 points) until then. */
    double predicted_s;
    size_t n_predicted_from;
};

/* Told on rank 0 several times a second; what it returns does not matter to the run. */
typedef void ae_campaign_report_fn(void *ctx, const struct ae_campaign_counts *counts);

/*
 * Looks up which results are missing: not stored, or stored with less of the way than the sweep
 * asks to record. Failed ones are not missing. `selection` (NULL: all) says which rows count.
 * Borrows sweep and store until freed. AE_OK or AE_ENOMEM.
 */
enum ae_status ae_campaign_new(struct ae_campaign **campaign, const struct ae_sweep *sweep,
                               const struct ae_selection *selection, struct ae_store *store,
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
