/* What a plan has to compute: each result once, those of one trajectory together. */
#include "plan.h"

#include <stdlib.h>

#include "aesweep/engine.h"
#include "aesweep/fold.h"

/* Results that are missing and may be one of several of a trajectory. */
struct missing {
    size_t n, capacity;
    struct ae_fold_item *items; /* i: index of the point, then of the replicate */
};

bool ae_plan_is_stored(const struct ae_plan *plan, uint64_t point, const struct ae_params *p,
                       enum ae_store_state *state)
{
    int level = 0;
    return plan->store &&
           ae_store_has(plan->store, point, ae_params_stored_replicate(p), state, &level) &&
           (*state == AE_STORE_FAILED || level >= p->record);
}

/* ---- one computation for several points ---- */

static int compare_named(const void *a, const void *b)
{
    const struct ae_plan_point *x = a, *y = b;
    if (x->point != y->point)
        return x->point < y->point ? -1 : 1;
    return x->i < y->i ? -1 : x->i > y->i;
}

static void note_difference(const struct ae_plan *plan, const struct ae_params *a, size_t i,
                            struct ae_plan_totals *totals)
{
    struct ae_params b;
    ae_plan_params(plan, i, 1, &b);
    for (int k = 0; k < AE_N_PARAMS; k++) {
        enum ae_param_id id = (enum ae_param_id)k;
        if (!ae_value_matches(id, ae_param_get(a, id), ae_param_get(&b, id)))
            totals->is_idle[k] = true;
    }
}

bool ae_plan_is_chosen(const struct ae_plan *plan, const struct ae_plan_point *first, size_t n,
                       size_t replicate)
{
    const struct ae_expr *only = plan->selection.only;
    bool is_chosen = !only || !ae_expr_asks_replicate(only);
    for (size_t k = 0; k < n && !is_chosen; k++) {
        struct ae_params p;
        ae_plan_params(plan, first[k].i, replicate, &p);
        is_chosen = ae_expr_holds(only, &p);
    }
    return is_chosen;
}

/* ---- what is missing ---- */

static enum ae_status reserve(struct missing *missing, size_t n, struct ae_error *err)
{
    if (n <= missing->capacity)
        return AE_OK;
    size_t more = n > 2 * missing->capacity ? n : 2 * missing->capacity;
    struct ae_fold_item *items = ae_realloc(missing->items, more, sizeof *items);
    if (!items)
        return ae_fail_memory(err, more * sizeof *items);
    missing->items = items;
    missing->capacity = more;
    return AE_OK;
}

/* Takes down that a replicate of the point has to be computed, if it may be folded. */
static enum ae_status note_missing(const struct ae_plan *plan, struct missing *missing,
                                   const struct ae_plan_point *point, const struct ae_params *p,
                                   struct ae_error *err)
{
    struct ae_fold_item item = {.key = point->trajectory,
                                .replicate = ae_params_stored_replicate(p),
                                .i = point->i * plan->n_replicates + (size_t)p->replicate - 1};
    enum ae_status rc = AE_OK;
    if (!ae_engine_can_fold(p))
        return AE_OK;
    rc = reserve(missing, missing->n + 1, err);
    if (rc == AE_OK)
        missing->items[missing->n++] = item;
    return rc;
}

/* The point of a computation that n points share: one of them may ask for more of the way. */
static void find_point(const struct ae_plan *plan, const struct ae_plan_point *first, size_t n,
                       struct ae_params *p)
{
    struct ae_params other;
    ae_plan_params(plan, first->i, 1, p);
    for (size_t k = 1; k < n; k++) {
        ae_plan_params(plan, first[k].i, 1, &other);
        p->record = other.record > p->record ? other.record : p->record;
    }
}

/* Counts the replicates of one computation. */
static enum ae_status count_replicates(struct ae_plan *plan, const struct ae_plan_point *first,
                                       size_t n, struct missing *missing,
                                       struct ae_plan_totals *totals, struct ae_error *err)
{
    struct ae_params p;
    find_point(plan, first, n, &p);
    bool is_random = ae_params_are_random(&p), is_counted = false;
    size_t n_missing = 0;
    enum ae_status rc = AE_OK;
    totals->n_fixed += is_random ? 0 : n;
    for (size_t k = 1; k <= plan->n_replicates && rc == AE_OK; k++) {
        enum ae_store_state state = AE_STORE_DONE;
        if ((is_counted && !is_random) || !ae_plan_is_chosen(plan, first, n, k))
            continue;
        p.replicate = k;
        is_counted = true;
        totals->n_needed++;
        if (!ae_plan_is_stored(plan, first->point, &p, &state)) {
            n_missing++;
            rc = note_missing(plan, missing, first, &p, err);
            continue;
        }
        totals->n_done += state == AE_STORE_DONE;
        totals->n_failed += state == AE_STORE_FAILED;
    }
    p.replicate = 1;
    if (n_missing > 0)
        ae_estimate_results(plan->estimate, &p, n_missing);
    if (n_missing > 0 && !ae_engine_can_fold(&p))
        ae_estimate_work(plan->estimate, 1, &p, first->point, n_missing);
    return rc;
}

/* ---- what is computed together ---- */

static void point_of_item(void *ctx, size_t i, struct ae_params *p)
{
    const struct ae_plan *plan = ctx;
    ae_plan_params(plan, i / plan->n_replicates, i % plan->n_replicates + 1, p);
}

static enum ae_status fold(struct ae_plan *plan, struct missing *missing,
                           struct ae_plan_totals *totals, struct ae_error *err)
{
    struct ae_fold_most most = ae_fold_most(missing->n, plan->n_ranks, false);
    struct ae_params *p = ae_calloc(AE_FOLD_MOST, 1, sizeof *p);
    if (!p)
        return ae_fail_memory(err, AE_FOLD_MOST * sizeof *p);
    ae_fold_sort(missing->n, missing->items);
    for (size_t i = 0, n; i < missing->n; i += n) {
        n = ae_fold_take(missing->n - i, missing->items + i, most, point_of_item, plan, p);
        uint64_t id = missing->items[i].key + missing->items[i].replicate - 1;
        ae_estimate_work(plan->estimate, n, p, id, 1);
        bool is_read_off = n > 1 && p[0].engine == AE_ENGINE_ODE;
        totals->n_folded += is_read_off ? n : 0;
        totals->n_trajectories += is_read_off;
        totals->n_side_by_side += n > 1 && !is_read_off ? n : 0;
    }
    free(p);
    return AE_OK;
}

enum ae_status ae_plan_count(struct ae_plan *plan, struct ae_plan_totals *totals,
                             struct ae_error *err)
{
    struct missing missing = {0};
    enum ae_status rc = AE_OK;
    if (plan->n_points > 0)
        qsort(plan->named, plan->n_points, sizeof *plan->named, compare_named);
    for (size_t i = 0, n; i < plan->n_points && rc == AE_OK; i += n) {
        const struct ae_plan_point *first = &plan->named[i];
        struct ae_params p;
        ae_plan_params(plan, first->i, 1, &p);
        for (n = 1; i + n < plan->n_points && first[n].point == first->point; n++)
            note_difference(plan, &p, first[n].i, totals);
        totals->n_repeats += n - 1;
        rc = count_replicates(plan, first, n, &missing, totals, err);
    }
    if (rc == AE_OK)
        rc = fold(plan, &missing, totals, err);
    free(missing.items);
    return rc;
}
