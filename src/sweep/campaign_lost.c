/*
 * How the last run ended. One that stopped has claimed nothing. What is still claimed was under way
 * when a run died:
 *
 *   a rank has named its point before it died   the death counts against that point, and against
 *                                               no other
 *   it has named the first of several, which    all of these are suspects, and no others
 *   are one trajectory
 *   else one point was under way alone          the death counts against it
 *   else                                        all are suspects, and none is to blame yet
 *
 * Suspects are computed last and alone. A point that has died too often is set aside as failed.
 */
#include "campaign_internal.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/crash.h"
#include "aesweep/record.h"

struct marks {
    const struct ae_campaign *campaign; /* its tasks by key */
    size_t n, capacity;
    struct ae_store_mark *marks;
    int *signals; /* [n] of a report that names it; 0: there is none; COMPANY */
    bool has_report;
};
enum { COMPANY = -1 }; /* a report names a job of several that it may have been in */

static enum ae_status collect(void *ctx, const struct ae_store_mark *mark, struct ae_error *err)
{
    struct marks *all = ctx;
    if (all->n == all->capacity) {
        size_t more = all->capacity > 0 ? 2 * all->capacity : 64;
        struct ae_store_mark *marks = ae_realloc(all->marks, more, sizeof *marks);
        if (marks)
            all->marks = marks;
        int *signals = marks ? ae_realloc(all->signals, more, sizeof *signals) : NULL;
        if (!signals)
            return ae_fail_memory(err, more * sizeof *marks);
        all->signals = signals;
        all->capacity = more;
    }
    all->marks[all->n] = *mark;
    all->signals[all->n++] = 0;
    return AE_OK;
}

static bool is_under_way(const struct ae_store_mark *mark)
{
    return mark->kind == AE_STORE_CLAIMED || mark->kind == AE_STORE_ALONE;
}

/* The task of that key, or NULL. */
static struct task *find_task(const struct ae_campaign *c, uint64_t point, uint64_t replicate)
{
    for (size_t low = 0, high = c->n_tasks; low < high;) {
        size_t middle = low + (high - low) / 2;
        struct task *task = &c->tasks[middle];
        if (task->point == point && task->replicate == replicate)
            return task;
        bool is_less = task->point != point ? task->point < point : task->replicate < replicate;
        low = is_less ? middle + 1 : low;
        high = is_less ? high : middle;
    }
    return NULL;
}

/* Could the two have been in one job? */
static bool is_company(const struct marks *all, const struct ae_store_mark *a,
                       const struct ae_store_mark *b)
{
    const struct task *x = find_task(all->campaign, a->point, a->replicate);
    const struct task *y = find_task(all->campaign, b->point, b->replicate);
    return !x || !y || (x->trajectory == y->trajectory && x->replicate == y->replicate);
}

/* A report counts for what is still claimed: else it has been taken into account. */
static enum ae_status note_crash(void *ctx, const struct ae_crash *crash, struct ae_error *err)
{
    (void)err;
    struct marks *all = ctx;
    uint64_t point = 0, replicate = 0;
    int at = 0;
    size_t named = 0;
    if (sscanf(crash->name, "%" SCNx64 " replicate %" SCNu64 "%n", &point, &replicate, &at) != 2)
        return AE_OK;
    while (named < all->n &&
           (all->marks[named].point != point || all->marks[named].replicate != replicate ||
            !is_under_way(&all->marks[named])))
        named++;
    if (named == all->n)
        return AE_OK;
    all->has_report = true;
    if (crash->name[at] == '\0')
        all->signals[named] = crash->signal;
    for (size_t i = 0; i < all->n && crash->name[at] != '\0'; i++)
        if (all->signals[i] == 0 && is_company(all, &all->marks[named], &all->marks[i]))
            all->signals[i] = COMPANY;
    return AE_OK;
}

/* What becomes of mark i, which was under way. */
static void judge(struct marks *all, size_t i)
{
    struct ae_store_mark *mark = &all->marks[i];
    bool is_blamed = all->signals[i] > 0 || (mark->kind == AE_STORE_ALONE && !all->has_report);
    bool is_cleared = mark->kind == AE_STORE_CLAIMED && all->has_report && all->signals[i] == 0;
    mark->n_lost += is_blamed;
    mark->kind = is_cleared ? AE_STORE_FREE : AE_STORE_SUSPECT;
}

static enum ae_status set_aside(struct ae_campaign *c, const struct task *task, int signal,
                                struct ae_error *err)
{
    double numbers[AE_N_SUMMARY];
    char reason[256], by[128] = "";
    for (size_t i = 0; i < AE_N_SUMMARY; i++)
        numbers[i] = (double)NAN;
    if (signal > 0)
        (void)snprintf(by, sizeof by, ", the last time by signal %d (%s)", signal,
                       strsignal(signal));
    (void)snprintf(reason, sizeof reason,
                   "lost: the process computing it died %" PRIu64 " time%s%s", task->n_lost,
                   task->n_lost == 1 ? "" : "s", by);
    struct ae_store_row row = {.state = AE_STORE_FAILED,
                               .reason = reason,
                               .numbers = numbers,
                               .wall_s = (double)NAN,
                               .finished_at = ae_campaign_date_s(),
                               .host = ""};
    c->counts.n_aside++;
    c->counts.n_failed++;
    return ae_campaign_put(c, task, &row, err);
}

/* Tells the store what was decided, and the tasks what is known of them. */
static enum ae_status apply(struct ae_campaign *c, struct marks *all, size_t i,
                            struct ae_error *err)
{
    struct ae_store_mark *mark = &all->marks[i];
    enum ae_status rc = AE_OK;
    if (is_under_way(mark)) {
        judge(all, i);
        rc = ae_store_put_mark(c->store, mark, err);
    }
    struct task *task = rc == AE_OK ? find_task(c, mark->point, mark->replicate) : NULL;
    if (!task)
        return rc;
    task->has_state = mark->has_state;
    c->counts.n_saved += mark->has_state;
    task->is_suspect = mark->kind == AE_STORE_SUSPECT;
    task->n_lost = mark->n_lost;
    if (c->rules.max_lost == 0 || task->n_lost < c->rules.max_lost)
        return AE_OK;
    rc = set_aside(c, task, all->signals[i], err);
    task->is_aside = true;
    return rc;
}

/* Suspects last, those set aside at the very end. */
static int by_kind(const void *a, const void *b)
{
    const struct task *x = a, *y = b;
    int x_kind = x->is_aside ? 2 : x->is_suspect, y_kind = y->is_aside ? 2 : y->is_suspect;
    return (x_kind > y_kind) - (x_kind < y_kind);
}

/* Suspects are jobs of their own. */
static enum ae_status line_up(struct ae_campaign *c, struct ae_error *err)
{
    if (c->n_tasks > 0)
        qsort(c->tasks, c->n_tasks, sizeof *c->tasks, by_kind);
    while (c->n_tasks > 0 && c->tasks[c->n_tasks - 1].is_aside)
        c->n_tasks--;
    for (c->n_suspects = 0;
         c->n_suspects < c->n_tasks && c->tasks[c->n_tasks - 1 - c->n_suspects].is_suspect;)
        c->n_suspects++;
    c->counts.n_suspects = c->n_suspects;
    size_t n_normal = c->n_tasks - c->n_suspects;
    enum ae_status rc = ae_campaign_arrange(c, 0, n_normal, true, err);
    return rc == AE_OK ? ae_campaign_arrange(c, n_normal, c->n_tasks, false, err) : rc;
}

enum ae_status ae_campaign_prepare(struct ae_campaign *c, const struct ae_campaign_rules *rules,
                                   struct ae_error *err)
{
    struct marks all = {.campaign = c};
    c->rules = *rules;
    c->ends_s = ae_campaign_now_s() + rules->limit_s;
    enum ae_status rc = ae_store_each_mark(c->store, collect, &all, err);
    if (rc == AE_OK)
        rc = ae_crash_each(rules->dir, note_crash, &all, err);
    for (size_t i = 0; i < all.n && rc == AE_OK; i++)
        rc = apply(c, &all, i, err);
    if (rc == AE_OK)
        rc = line_up(c, err);
    if (rc == AE_OK)
        rc = ae_campaign_grow(c, err); /* what was set aside decides as well */
    if (rc == AE_OK)
        rc = ae_store_commit(c->store, err);
    if (rc == AE_OK)
        rc = ae_crash_forget(rules->dir, err);
    free(all.marks);
    free(all.signals);
    return rc;
}
