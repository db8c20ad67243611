/*
 * What may begin. A task is claimed in the store before it is handed out, so that after a death it
 * is known who was under way. A claim costs a commit; where points are short, many are claimed
 * together: as many as were used up in CLAIM_S lately, so that long points are claimed one by one
 * and few are suspected that had not begun.
 */
#include "campaign_internal.h"

#include <math.h>

#include "aesweep/point.h"

#define CLAIM_S     0.25 /* work that is claimed ahead */
#define GUESS_FADES 0.1  /* how fast a guess follows points that take less time */

/* ---- will it be finished in time? ---- */

static struct guess *guess_of(struct ae_campaign *c, size_t K)
{
    size_t i = 0;
    while (i + 1 < N_GUESSES && c->guesses[i].K != 0 && c->guesses[i].K != K)
        i++;
    return &c->guesses[i];
}

void ae_campaign_note_time(struct ae_campaign *c, const struct task *task, double wall_s)
{
    struct ae_params p;
    ae_campaign_point(c, task, &p);
    if (isinf(c->ends_s) || ae_point_can_resume(&p))
        return;
    struct guess *guess = guess_of(c, p.K);
    guess->K = p.K;
    guess->longest_s = fmax(wall_s, guess->longest_s + GUESS_FADES * (wall_s - guess->longest_s));
}

/* A point that is saved when the time is over may begin; another only if those of its width ended
 * soon enough lately. The first of its width has the benefit of the doubt. */
static bool has_time(struct ae_campaign *c, const struct task *task)
{
    struct ae_params p;
    if (isinf(c->ends_s))
        return true;
    ae_campaign_point(c, task, &p);
    return ae_point_can_resume(&p) ||
           !(ae_campaign_now_s() + guess_of(c, p.K)->longest_s > c->ends_s);
}

void ae_campaign_note_stop(struct ae_campaign *c, const struct task *task, double steps,
                           double wall_s)
{
    static const double MOST = 0.5;
    struct ae_params p;
    struct ae_campaign_stopped *stopped = &c->counts.stopped;
    ae_campaign_point(c, task, &p);
    if (!(wall_s > 0.0)) /* it had not begun */
        return;
    if (!ae_point_can_resume(&p)) {
        double factor = ae_cost_factor(&c->cost, ae_cost_kind(&p));
        stopped->n_anew++;
        stopped->anew_s = fmax(stopped->anew_s, wall_s);
        stopped->wanted_s = fmax(stopped->wanted_s, factor * task->job_s);
    } else if (steps <= (double)task->from.steps &&
               wall_s > MOST * (ae_campaign_now_s() - c->started_s)) {
        stopped->n_stuck++;
        stopped->stuck_s = fmax(stopped->stuck_s, wall_s);
    }
}

/* ---- claims ---- */

static enum ae_status mark(struct ae_campaign *c, const struct task *task, enum ae_store_kind kind,
                           struct ae_error *err)
{
    struct ae_store_mark made = {
        .point = task->point, .replicate = task->replicate, .kind = kind, .n_lost = task->n_lost};
    return ae_store_put_mark(c->store, &made, err);
}

/* Claims the job at n_claimed, or leaves it out because it would not be finished in time. */
static enum ae_status claim_next(struct ae_campaign *c, enum ae_store_kind kind, size_t *n_new,
                                 struct ae_error *err)
{
    struct task *task = &c->tasks[c->n_claimed];
    enum ae_status rc = AE_OK;
    c->n_claimed += task->n_job;
    if (!has_time(c, task)) {
        struct ae_params p;
        ae_campaign_point(c, task, &p);
        c->counts.n_left_out += task->n_job;
        c->counts.left_out_s = fmax(c->counts.left_out_s, guess_of(c, p.K)->longest_s);
        return AE_OK;
    }
    ++*n_new;
    for (size_t i = 0; i < task->n_job && rc == AE_OK; i++) {
        task[i].is_claimed = true;
        rc = mark(c, &task[i], kind, err);
    }
    return rc;
}

static void choose_window(struct ae_campaign *c)
{
    double now = ae_campaign_now_s(), pause = fmax(now - c->claimed_s, 1e-6);
    double used = (double)c->window * CLAIM_S / pause;
    if (c->window == 0)
        c->window = c->rules.n_ranks > 0 ? c->rules.n_ranks : 1;
    else
        c->window = (size_t)fmax(1.0, fmin(used, 2.0 * (double)c->window));
    c->claimed_s = now;
}

static enum ae_status claim(struct ae_campaign *c, struct ae_error *err)
{
    size_t n_normal = c->n_tasks - c->n_suspects, n_new = 0;
    enum ae_status rc = AE_OK;
    if (c->n_claimed < n_normal)
        choose_window(c);
    while (rc == AE_OK && c->n_claimed < n_normal && n_new < c->window)
        rc = claim_next(c, AE_STORE_CLAIMED, &n_new, err);
    while (rc == AE_OK && n_new == 0 && c->n_open == 0 && c->n_suspects > 0) {
        c->n_suspects--;
        rc = claim_next(c, AE_STORE_ALONE, &n_new, err);
    }
    if (rc == AE_OK && n_new > 0) {
        c->committed_s = ae_campaign_now_s();
        rc = ae_store_commit(c->store, err);
    }
    return rc;
}

static bool has_given_all(struct ae_campaign *c)
{
    while (c->n_given < c->n_claimed && !c->tasks[c->n_given].is_claimed) /* left out */
        c->n_given++;
    return c->n_given == c->n_claimed;
}

bool ae_campaign_claim(struct ae_campaign *c)
{
    if (c->trouble == AE_OK && has_given_all(c))
        c->trouble = claim(c, &c->why);
    return c->trouble == AE_OK && !has_given_all(c);
}

enum ae_status ae_campaign_release(struct ae_campaign *c, struct task *task, struct ae_error *err)
{
    if (!task->is_claimed)
        return AE_OK;
    task->is_claimed = false;
    return mark(c, task, task->is_suspect ? AE_STORE_SUSPECT : AE_STORE_FREE, err);
}

enum ae_status ae_campaign_release_waiting(struct ae_campaign *c, struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    for (size_t i = c->n_given; i < c->n_claimed && rc == AE_OK; i++)
        rc = ae_campaign_release(c, &c->tasks[i], err);
    return rc;
}
