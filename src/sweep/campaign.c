/* From the rows of a sweep to jobs of the farm, and from their results to rows of the store. */
#include "campaign_internal.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aesweep/fold.h"
#include "aesweep/hasher.h"
#include "aesweep/point.h"
#include "aesweep/record.h"
#include "aesweep/spectra.h"
#include "aesweep/tally.h"

#define COMMIT_EVERY_S 0.5
#define STATES_PER_S   20e6 /* bytes of saved states that rank 0 takes in a second, from all ranks */

double ae_campaign_now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double ae_campaign_date_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static void point_of_row(const struct ae_campaign *c, size_t row, struct ae_params *p)
{
    size_t n_replicates = ae_sweep_n_replicates(c->sweep);
    ae_refine_any_point(c->refine, c->sweep, row / n_replicates, row % n_replicates + 1, p);
}

void ae_campaign_point(const struct ae_campaign *c, const struct task *task, struct ae_params *p)
{
    point_of_row(c, task->row, p);
}

/* ---- what is missing ---- */

int ae_campaign_by_key(const void *a, const void *b)
{
    const struct task *x = a, *y = b;
    if (x->point != y->point)
        return x->point < y->point ? -1 : 1;
    if (x->replicate != y->replicate)
        return x->replicate < y->replicate ? -1 : 1;
    if (x->level != y->level)
        return x->level > y->level ? -1 : 1; /* the one that records most stands first */
    return (x->row > y->row) - (x->row < y->row);
}

/* The rows that this run is for; replicates of a point share its hash. */
static enum ae_status list_rows(struct ae_campaign *c, struct ae_error *err)
{
    const size_t n_points = ae_sweep_n_points(c->sweep) + c->n_met;
    const size_t n_rows = n_points * ae_sweep_n_replicates(c->sweep);
    struct ae_hasher *hasher = NULL;
    uint64_t point = 0;
    enum ae_status rc = ae_campaign_reserve(c, n_rows, err);
    if (rc == AE_OK)
        rc = ae_hasher_new(&hasher, err);
    for (size_t row = 0; row < n_rows && rc == AE_OK; row++) {
        struct ae_params p;
        bool is_chosen = true;
        point_of_row(c, row, &p);
        if (p.replicate == 1)
            rc = ae_hasher_hash(hasher, &p, &point, err);
        if (rc == AE_OK)
            rc = ae_selection_holds(c->selection, &p, &is_chosen, err);
        if (rc == AE_OK && is_chosen)
            c->tasks[c->n_tasks++] = (struct task){.point = point,
                                                   .replicate = ae_params_stored_replicate(&p),
                                                   .row = row,
                                                   .level = p.record};
    }
    ae_hasher_free(hasher);
    return rc;
}

bool ae_campaign_is_stored(struct ae_campaign *c, const struct task *task)
{
    enum ae_store_state state;
    int level = 0;
    if (!ae_store_has(c->store, task->point, task->replicate, &state, &level))
        return false;
    if (state == AE_STORE_DONE && level < task->level)
        return false;
    c->counts.n_before++;
    c->counts.n_failed_before += state == AE_STORE_FAILED;
    return true;
}

/* Keeps one task for each key, and of those the ones that are missing. */
static enum ae_status keep_missing(struct ae_campaign *c, struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    qsort(c->tasks, c->n_tasks, sizeof *c->tasks, ae_campaign_by_key);
    size_t n_kept = 0;
    struct task last = {.row = SIZE_MAX};
    for (size_t i = 0; i < c->n_tasks && rc == AE_OK; i++) {
        struct task task = c->tasks[i];
        if (last.row != SIZE_MAX && task.point == last.point && task.replicate == last.replicate)
            continue;
        last = task;
        rc = ae_campaign_meet(c, &task, err);
        if (!ae_campaign_is_stored(c, &task))
            c->tasks[n_kept++] = task;
    }
    c->n_tasks = n_kept;
    return rc;
}

/* Which tasks are one trajectory: a crash report may speak of all of them. */
static enum ae_status find_trajectories(struct ae_campaign *c, struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    for (size_t i = 0; i < c->n_tasks && rc == AE_OK; i++) {
        struct ae_params p;
        ae_campaign_point(c, &c->tasks[i], &p);
        rc = ae_fold_key(c->hasher, &p, &c->tasks[i].trajectory, err);
    }
    return rc;
}

enum ae_status ae_campaign_new(struct ae_campaign **campaign, const struct ae_sweep *sweep,
                               const struct ae_selection *selection, struct ae_store *store,
                               struct ae_error *err)
{
    struct ae_campaign *c = ae_calloc(1, 1, sizeof *c);
    if (!c)
        return ae_fail_memory(err, sizeof *c);
    *c = (struct ae_campaign){
        .sweep = sweep,
        .selection = selection,
        .store = store,
        .rules = {.checkpoint_s = (double)INFINITY, .limit_s = (double)INFINITY},
        .ends_s = (double)INFINITY,
        .started_s = ae_campaign_now_s()};
    enum ae_status rc = ae_spectra_keep(sweep, store, err);
    if (rc == AE_OK)
        rc = ae_campaign_refine(c, err);
    if (rc == AE_OK)
        rc = ae_hasher_new(&c->hasher, err);
    if (rc == AE_OK)
        rc = ae_tally_new(&c->tally, sweep, err);
    if (rc == AE_OK)
        rc = list_rows(c, err);
    if (rc == AE_OK)
        rc = keep_missing(c, err);
    if (rc == AE_OK)
        rc = find_trajectories(c, err);
    if (rc == AE_OK)
        *campaign = c;
    else
        ae_campaign_free(c);
    return rc;
}

void ae_campaign_free(struct ae_campaign *campaign)
{
    if (!campaign)
        return;
    ae_tally_free(campaign->tally);
    ae_refine_free(campaign->refine);
    ae_hasher_free(campaign->hasher);
    ae_index_clear(&campaign->met);
    free(campaign->tasks);
    free(campaign);
}

struct ae_campaign_counts ae_campaign_counts_of(const struct ae_campaign *campaign)
{
    struct ae_campaign_counts counts = campaign->counts;
    counts.wall_s = ae_campaign_now_s() - campaign->started_s;
    return counts;
}

void ae_campaign_report(struct ae_campaign *campaign, size_t n_workers,
                        struct ae_bulletin *bulletin)
{
    struct ae_campaign_counts counts = ae_campaign_counts_of(campaign);
    ae_bulletin_set(bulletin->sweep, ae_sweep_name(campaign->sweep));
    bulletin->n_needed = counts.n_needed;
    bulletin->n_failed = counts.n_failed + counts.n_failed_before;
    bulletin->n_under_way = campaign->n_open;
    bulletin->n_suspects = counts.n_suspects;
    bulletin->n_saved = counts.n_saved;
    bulletin->n_done = counts.n_before - counts.n_failed_before + counts.n_done;
    bulletin->wall_s = counts.wall_s;
    bulletin->rate = ae_tally_rate(campaign->tally, counts.wall_s);
    bulletin->left_s = ae_tally_end_s(campaign->tally, n_workers, counts.work_s, counts.wall_s);
    ae_tally_report(campaign->tally, bulletin);
}

/* ---- the farm's callbacks ---- */

static struct ae_point_saving saving_of(const struct ae_campaign *c)
{
    double n_ranks = c->rules.n_ranks > 1 ? (double)c->rules.n_ranks : 1.0;
    return (struct ae_point_saving){.every_s = c->rules.checkpoint_s,
                                    .bytes_per_s = STATES_PER_S / n_ranks};
}

/* The input of a job of one task, with its saved state if there is one. */
static enum ae_status pack_alone(struct ae_campaign *c, struct task *task, struct ae_buffer *in,
                                 struct ae_error *err)
{
    struct ae_params p;
    struct ae_buffer state = {0};
    struct ae_point_saving saving = saving_of(c);
    enum ae_status rc = AE_OK;
    ae_campaign_point(c, task, &p);
    if (task->has_state)
        rc = ae_store_get_state(c->store, task->point, task->replicate, &state, err);
    saving.saved = ae_buffer_bytes(&state);
    if (rc == AE_OK)
        rc = ae_point_read_saved(saving.saved, &p, &task->from, err);
    ae_point_pack_saved(1, &p, &saving, in);
    ae_buffer_clear(&state);
    return rc;
}

/* The input of the job that begins with this task. */
static enum ae_status pack(struct ae_campaign *c, struct task *task, struct ae_buffer *in,
                           struct ae_error *err)
{
    if (task->n_job == 1)
        return pack_alone(c, task, in, err);
    struct ae_point_saving saving = saving_of(c);
    struct ae_params *p = ae_calloc(task->n_job, 1, sizeof *p);
    if (!p)
        return ae_fail_memory(err, task->n_job * sizeof *p);
    for (size_t i = 0; i < task->n_job; i++)
        ae_campaign_point(c, &task[i], &p[i]);
    ae_point_pack_saved(task->n_job, p, &saving, in);
    free(p);
    return AE_OK;
}

static bool next(void *ctx, uint64_t *job, struct ae_buffer *in)
{
    struct ae_campaign *c = ctx;
    if (!ae_campaign_claim(c))
        return false;
    struct task *task = &c->tasks[c->n_given];
    c->trouble = pack(c, task, in, &c->why);
    if (c->trouble != AE_OK)
        return false;
    *job = c->n_given;
    c->n_given += task->n_job;
    c->n_open += task->n_job;
    return true;
}

enum ae_status ae_campaign_put(struct ae_campaign *c, const struct task *task,
                               const struct ae_store_row *row, struct ae_error *err)
{
    struct ae_params p;
    struct ae_buffer params = {0};
    struct ae_store_row whole = *row;
    int old_level = -1;
    ae_campaign_point(c, task, &p);
    ae_params_format(&p, &params);
    enum ae_status rc = ae_buffer_status(&params, err);
    whole.point = task->point;
    whole.replicate = task->replicate;
    whole.level = task->level;
    whole.params = params.data;
    if (!ae_store_has(c->store, task->point, task->replicate, NULL, &old_level))
        old_level = -1;
    if (rc == AE_OK)
        rc = ae_store_put(c->store, &whole, err);
    ae_buffer_clear(&params);
    if (rc == AE_OK)
        rc = ae_campaign_note(c, task, old_level, row, err);
    if (rc != AE_OK)
        return rc;
    struct ae_summary summary;
    ae_summary_from_reals(row->numbers, &summary);
    if (row->state == AE_STORE_DONE)
        ae_campaign_compare(c, task, &p, summary.steps, row->wall_s);
    ae_tally_note(c->tally, &(struct ae_tally_result){
                                .point = task->point,
                                .task = {&p, task->model_s, task->n_job},
                                .summary = &summary,
                                .failure = row->state == AE_STORE_DONE ? NULL : row->reason,
                                .wall_s = isfinite(row->wall_s) ? row->wall_s : 0.0});
    return AE_OK;
}

static enum ae_status store_result(struct ae_campaign *c, struct task *task,
                                   const struct ae_point_result *point,
                                   const struct ae_farm_result *result, struct ae_error *err)
{
    bool is_done = point->status == AE_OK;
    double share_s =
        task->n_job > 1 ? result->wall_s * task->model_s / task->job_s : result->wall_s;
    double numbers[AE_N_SUMMARY];
    ae_summary_to_reals(&point->summary, numbers);
    struct ae_store_row row = {
        .state = is_done ? AE_STORE_DONE : AE_STORE_FAILED,
        .reason = point->reason,
        .numbers = numbers,
        .extra = point->record,
        .wall_s = task->from.used_s + share_s,
        .finished_at = ae_campaign_date_s(),
        .rank = result->rank,
        .host = result->host,
    };
    task->is_claimed = false; /* the row takes claim and state away */
    c->counts.n_saved -= task->has_state;
    task->has_state = false;
    enum ae_status rc = ae_campaign_put(c, task, &row, err);
    if (rc != AE_OK)
        return rc;
    c->counts.work_s += share_s;
    if (is_done)
        c->counts.n_done++;
    else
        c->counts.n_failed++;
    return AE_OK;
}

/* What became of the next task of a job, which may have ended before it came to speak of it. */
static enum ae_status take_result(const struct ae_farm_result *result, struct ae_reader *in,
                                  struct ae_point_result *point, struct ae_error *err)
{
    if (result->status == AE_OK || in->left > 0)
        return ae_point_take(in, point, err);
    double numbers[AE_N_SUMMARY];
    for (size_t i = 0; i < AE_N_SUMMARY; i++)
        numbers[i] = (double)NAN;
    *point = (struct ae_point_result){.status = result->status, .reason = result->reason};
    ae_summary_from_reals(numbers, &point->summary);
    return AE_OK;
}

static enum ae_status done(void *ctx, const struct ae_farm_result *result, struct ae_error *err)
{
    struct ae_campaign *c = ctx;
    struct task *first = &c->tasks[result->job];
    struct ae_reader in = ae_reader_of(result->record);
    enum ae_status rc = AE_OK;
    c->n_open -= first->n_job;
    for (size_t i = 0, n = first->n_job; i < n && rc == AE_OK; i++) {
        struct ae_point_result point;
        rc = take_result(result, &in, &point, err);
        if (rc != AE_OK)
            return ae_error_prefix(err, "point %016" PRIx64, first[i].point);
        if (point.status == AE_ESTOP) { /* still missing: the next run computes it */
            rc = ae_campaign_release(c, &first[i], err);
            ae_campaign_note_stop(c, &first[i], point.summary.steps, result->wall_s);
        } else {
            rc = store_result(c, &first[i], &point, result, err);
        }
    }
    if (rc == AE_OK && result->status != AE_ESTOP)
        ae_campaign_note_time(c, first, result->wall_s);
    return rc == AE_OK ? ae_campaign_grow(c, err) : rc;
}

static enum ae_status saved(void *ctx, uint64_t job, struct ae_bytes state, struct ae_error *err)
{
    struct ae_campaign *c = ctx;
    struct task *task = &c->tasks[job];
    size_t i = 0;
    if (!ae_point_take_saved(&state, &i) || i >= task->n_job)
        return ae_fail(err, AE_EINTERNAL, "malformed state (%zu bytes)", state.size);
    task += i;
    c->counts.n_saved += !task->has_state;
    task->has_state = true;
    return ae_store_put_state(c->store, task->point, task->replicate, state, err);
}

static enum ae_status tick(void *ctx, bool *stop, struct ae_error *err)
{
    struct ae_campaign *c = ctx;
    enum ae_status rc = AE_OK;
    double now = ae_campaign_now_s();
    if (c->report) {
        struct ae_campaign_counts counts = ae_campaign_counts_of(c);
        c->report(c->report_ctx, &counts);
    }
    *stop = *stop || now >= c->ends_s;
    if (*stop && !c->is_stopping) {
        c->is_stopping = true;
        rc = ae_campaign_release_waiting(c, err);
    } else if (!*stop && now - c->committed_s < COMMIT_EVERY_S) {
        return AE_OK;
    }
    c->committed_s = now;
    return rc == AE_OK ? ae_store_commit(c->store, err) : rc;
}

struct ae_farm_source ae_campaign_source(struct ae_campaign *campaign,
                                         ae_campaign_report_fn *report, void *report_ctx)
{
    campaign->report = report;
    campaign->report_ctx = report_ctx;
    return (struct ae_farm_source){
        .ctx = campaign, .next = next, .done = done, .saved = saved, .tick = tick};
}

enum ae_status ae_campaign_end(const struct ae_campaign *c, enum ae_status rc, struct ae_error *err)
{
    if (rc != AE_OK && rc != AE_ESTOP)
        return rc;
    if (c->trouble != AE_OK)
        return ae_fail(err, c->trouble, "%s", c->why.message);
    if (rc == AE_OK && c->counts.n_left_out > 0)
        return ae_fail(err, AE_ESTOP, "%zu points would not have ended in time",
                       c->counts.n_left_out);
    return rc;
}
