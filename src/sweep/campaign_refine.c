/*
 * Points that refine adds on the way. When a result has come, and further points follow from it
 * (refine.c), their results become tasks at once: the farm does not wait for others of their depth.
 * They stand behind all that is not suspected and has not been claimed. A shard cannot know the
 * phases of neighbours in other shards, so it computes the grid alone.
 */
#include "campaign_internal.h"

#include <string.h>

#include "aesweep/fold.h"

enum ae_status ae_campaign_reserve(struct ae_campaign *c, size_t n, struct ae_error *err)
{
    if (c->tasks && n <= c->tasks_capacity)
        return AE_OK;
    size_t more = c->n_tasks > 0 ? n + n / 2 : n; /* a whole list is known to be that long */
    struct task *tasks = ae_realloc(c->tasks, more, sizeof *tasks);
    if (!tasks)
        return ae_fail_memory(err, more * sizeof *tasks);
    c->tasks = tasks;
    c->tasks_capacity = more;
    return AE_OK;
}

enum ae_status ae_campaign_refine(struct ae_campaign *c, struct ae_error *err)
{
    bool is_shard = c->selection && c->selection->n_shards > 0;
    if (ae_sweep_refine(c->sweep).n_axes == 0 || is_shard)
        return AE_OK;
    enum ae_status rc = ae_refine_new(&c->refine, c->sweep, ae_refine_look_store, c->store, err);
    c->n_met = rc == AE_OK ? ae_refine_n_points(c->refine) : 0;
    return rc;
}

enum ae_status ae_campaign_meet(struct ae_campaign *c, const struct task *task,
                                struct ae_error *err)
{
    bool is_added = task->row / ae_sweep_n_replicates(c->sweep) >= ae_sweep_n_points(c->sweep);
    c->counts.n_needed++;
    c->counts.n_added += is_added;
    if (c->refine && !ae_index_set(&c->met, task->point, task->replicate, 0, task->level))
        return ae_fail_memory(err, c->met.n * sizeof *c->met.slots);
    return AE_OK;
}

enum ae_status ae_campaign_note(struct ae_campaign *c, const struct task *task, int old_level,
                                const struct ae_store_row *row, struct ae_error *err)
{
    struct ae_refine_result result = {.is_failed = row->state == AE_STORE_FAILED};
    ae_summary_from_reals(row->numbers, &result.summary);
    return c->refine ? ae_refine_note(c->refine, task->point, old_level, task->level, &result, err)
                     : AE_OK;
}

/* Before the suspects that are not claimed; what was given stays where it is. */
static enum ae_status insert(struct ae_campaign *c, const struct task *task, struct ae_error *err)
{
    enum ae_status rc = ae_campaign_reserve(c, c->n_tasks + 1, err);
    if (rc != AE_OK)
        return rc;
    struct task *at = c->tasks + c->n_tasks++ - c->n_suspects;
    memmove(at + 1, at, c->n_suspects * sizeof *at);
    *at = *task;
    return AE_OK;
}

/* The tasks of one added point, but those that others are already. */
static enum ae_status add_point(struct ae_campaign *c, size_t i, struct ae_error *err)
{
    const size_t n_replicates = ae_sweep_n_replicates(c->sweep);
    struct ae_params p;
    ae_refine_point(c->refine, i, 1, &p);
    enum ae_status rc = AE_OK;
    for (size_t k = 0; k < n_replicates && rc == AE_OK; k++) {
        bool is_chosen = true;
        p.replicate = k + 1;
        struct task task = {.point = ae_refine_hash(c->refine, i),
                            .replicate = ae_params_stored_replicate(&p),
                            .row = (ae_sweep_n_points(c->sweep) + i) * n_replicates + k,
                            .level = p.record};
        rc = ae_selection_holds(c->selection, &p, &is_chosen, err);
        if (rc != AE_OK || !is_chosen || ae_index_find(&c->met, task.point, task.replicate))
            continue;
        rc = ae_campaign_meet(c, &task, err);
        if (rc != AE_OK || ae_campaign_is_stored(c, &task))
            continue;
        rc = ae_fold_key(c->hasher, &p, &task.trajectory, err);
        if (rc == AE_OK)
            rc = insert(c, &task, err);
    }
    return rc;
}

enum ae_status ae_campaign_grow(struct ae_campaign *c, struct ae_error *err)
{
    size_t n_before = c->n_tasks - c->n_suspects;
    enum ae_status rc = AE_OK;
    while (c->refine && c->n_met < ae_refine_n_points(c->refine) && rc == AE_OK)
        rc = add_point(c, c->n_met++, err);
    if (rc == AE_OK)
        rc = ae_campaign_arrange(c, n_before, c->n_tasks - c->n_suspects, true, err);
    return rc;
}
