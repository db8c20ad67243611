#ifndef AESWEEP_PLAN_H
#define AESWEEP_PLAN_H

/* The inside of `aesweep plan`: cmd_plan.c finds the points, plan_count.c counts what is there and
 * what is not, plan_cost.c, plan_refine.c and plan_json.c write. */

#include "aesweep/fold.h"
#include "aesweep/estimate.h"
#include "aesweep/refine.h"
#include "aesweep/selection.h"
#include "aesweep/store.h"
#include "aesweep/sweep.h"

/* A point of the sweep under the name of its result. */
struct ae_plan_point {
    uint64_t point;
    uint64_t trajectory; /* ae_fold_key */
    size_t i;            /* those that refine has added follow those of the grid */
};

struct ae_plan {
    const char *path; /* of the sweep file */
    struct ae_sweep *sweep;
    char *dir;
    struct ae_store *store; /* NULL if there are no results yet */
    struct ae_selection selection;
    struct ae_refine *refine; /* NULL: nothing will be refined */
    size_t n_added, *added;   /* points that it has added so far, in their order */
    size_t n_points, n_rows;  /* chosen, of the grid and of those added */
    size_t n_replicates, n_ranks;
    struct ae_plan_point *named;  /* [n_points] in the order of the sweep */
    struct ae_estimate *estimate; /* of what is to be run */
    struct ae_buffer changed;     /* names of files that are not what they were at the last run */
};

struct ae_plan_totals {
    size_t n_repeats;                  /* points that are the computation of an earlier one */
    bool is_idle[AE_N_PARAMS];         /* parameters in which such points differ */
    size_t n_fixed;                    /* points whose result does not depend on the seed */
    size_t n_needed, n_done, n_failed; /* results */
    size_t n_folded, n_trajectories;   /* of those to run: read off that many trajectories */
    size_t n_side_by_side;             /* simulated with others on the same inputs */
};

/* cmd_plan.c: parameters of point i. */
void ae_plan_params(const struct ae_plan *plan, size_t i, size_t replicate, struct ae_params *p);
/* Is the result of this point and replicate stored, and how did it end? */
bool ae_plan_is_stored(const struct ae_plan *plan, uint64_t point, const struct ae_params *p,
                       enum ae_store_state *state);
/* Is that replicate of any of the n points chosen? Each of them is for some replicate. */
bool ae_plan_is_chosen(const struct ae_plan *plan, const struct ae_plan_point *first, size_t n,
                       size_t replicate);
/* Counts results, sorting the points by name, and gives the estimate what has to be computed.
 * AE_OK or AE_ENOMEM. */
enum ae_status ae_plan_count(struct ae_plan *plan, struct ae_plan_totals *totals,
                             struct ae_error *err);
/* plan_refine.c: what refine has added, and what it may add. */
enum ae_status ae_plan_open_refine(struct ae_plan *plan, struct ae_error *err);
void ae_plan_write_refine(const struct ae_plan *plan, struct ae_buffer *out);

/* Warnings, costs, and a job header that fits them. */
void ae_plan_write_cost(const struct ae_plan *plan, struct ae_buffer *out);
/* `--ntasks=8` and so on: line i = 0, 1, ... of the header; false beyond the last. */
bool ae_plan_job_line(const struct ae_plan *plan, const struct ae_bill *bill, size_t i,
                      struct ae_buffer *out);
/* Everything as one JSON object. */
void ae_plan_json(const struct ae_plan *plan, const struct ae_plan_totals *totals,
                  struct ae_buffer *out);

#endif
