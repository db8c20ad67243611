/*
 * Jobs. Tasks that fold (fold.h) are one job: they stand side by side in the order of the sweep, are
 * claimed, given and computed together, and end together. A task that goes on from a saved state is
 * a job of its own. Jobs run in the order of
 * their size, long ones first, so that no rank is left with a long one at the end; those of about
 * the same size run in the order of the sweep.
 */
#include "campaign_internal.h"

#include <math.h>
#include <stdlib.h>

#include "aesweep/fold.h"

static void point_of_item(void *ctx, size_t i, struct ae_params *p)
{
    const struct ae_campaign *c = ctx;
    ae_campaign_point(c, &c->tasks[i], p);
}

/* Long jobs first, by powers of two; then by row. Tasks of a job stay together. */
static int by_turn(const void *a, const void *b)
{
    const struct task *x = a, *y = b;
    int x_size = ilogb(x->job_s), y_size = ilogb(y->job_s);
    if (x->job != y->job) {
        if (x_size != y_size)
            return x_size > y_size ? -1 : 1;
        return x->job < y->job ? -1 : 1;
    }
    return (x->row > y->row) - (x->row < y->row);
}

/* Of the n sorted items the first few become a job; how many. */
static size_t make_job(struct ae_campaign *c, size_t n, const struct ae_fold_item *items,
                       struct ae_fold_most most, struct ae_params *p)
{
    size_t n_job = ae_fold_take(n, items, most, point_of_item, c, p);
    double share_s[AE_FOLD_MOST], job_s = ae_cost_fold(n_job, p, share_s);
    bool is_read_off = n_job > 1 && p[0].engine == AE_ENGINE_ODE;
    for (size_t k = 0; k < n_job; k++) {
        struct task *task = &c->tasks[items[k].i];
        task->job = c->tasks[items[0].i].row;
        task->n_job = n_job;
        task->model_s = share_s[k];
        task->job_s = job_s;
    }
    c->counts.n_folded += is_read_off ? n_job : 0;
    c->counts.n_trajectories += is_read_off;
    c->counts.n_side_by_side += n_job > 1 && !is_read_off ? n_job : 0;
    return n_job;
}

/* ---- what they will take ---- */

static enum ae_status expect(struct ae_campaign *c, size_t first, size_t end, struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    for (size_t i = first; i < end && rc == AE_OK; i++) {
        const struct task *task = &c->tasks[i];
        struct ae_params p;
        ae_campaign_point(c, task, &p);
        size_t kind = ae_cost_kind(&p);
        c->model_s[kind] += task->model_s;
        c->counts.predicted_s += ae_cost_factor(&c->cost, kind) * task->model_s;
        rc =
            ae_tally_expect(c->tally, &(struct ae_tally_task){&p, task->model_s, task->n_job}, err);
    }
    return rc;
}

void ae_campaign_compare(struct ae_campaign *c, const struct task *task, const struct ae_params *p,
                         double steps, double wall_s)
{
    static const double PART = 0.1;
    enum { AT_LEAST = 5 };
    if (c->counts.n_predicted_from > 0)
        return;
    struct ae_cost constants = {0};
    if (task->n_job > 1)
        ae_cost_learn_share(&c->cost, p, task->model_s, wall_s);
    else
        ae_cost_learn(&c->cost, p, steps, true, wall_s);
    c->model_done_s += task->model_s;
    if (c->cost.n < AT_LEAST || c->model_done_s < PART * ae_cost_total(&constants, c->model_s))
        return;
    c->counts.predicted_s = ae_cost_total(&c->cost, c->model_s);
    c->counts.n_predicted_from = c->cost.n;
}

/* ---- jobs, in their order ---- */

static int by_row(const void *a, const void *b)
{
    const struct task *x = a, *y = b;
    return (x->row > y->row) - (x->row < y->row);
}

enum ae_status ae_campaign_arrange(struct ae_campaign *c, size_t first, size_t end,
                                   bool is_together, struct ae_error *err)
{
    size_t n = end - first;
    bool is_unfolded = !is_together || c->rules.is_unfolded;
    struct ae_fold_most most = ae_fold_most(n, c->rules.n_ranks, is_unfolded);
    if (n == 0)
        return AE_OK;
    struct ae_fold_item *items = ae_calloc(n, 1, sizeof *items);
    struct ae_params *p = ae_calloc(AE_FOLD_MOST, 1, sizeof *p);
    enum ae_status rc = items && p ? AE_OK : ae_fail_memory(err, n * sizeof *items);
    if (rc == AE_OK) {
        qsort(c->tasks + first, n, sizeof *c->tasks, by_row);
        for (size_t i = 0; i < n; i++) {
            const struct task *task = &c->tasks[first + i];
            uint64_t key = task->has_state ? task->point : task->trajectory;
            items[i] = (struct ae_fold_item){key, task->replicate, first + i};
        }
        ae_fold_sort(n, items);
        for (size_t i = 0; i < n;)
            i += make_job(c, n - i, items + i, most, p);
        qsort(c->tasks + first, n, sizeof *c->tasks, by_turn);
    }
    free(p);
    free(items);
    return rc == AE_OK ? expect(c, first, end, err) : rc;
}
