/* How a run is getting on. Classes of points are few: they are looked up one by one. */
#include "aesweep/tally.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/memory.h"
#include "aesweep/phase.h"

enum { N_MARKS = 16 };
#define MARK_EVERY_S 2.0

/* Points that should take about as long. */
struct class
{
    int engine, activation, size; /* size: binary logarithm of what one should take */
    size_t n_left;
    double model_left_s, model_come_s; /* what those should take by the model */
    double come_s;                     /* and did */
    double n_jobs_left;                /* jobs, in shares of their points */
};

struct ae_tally {
    const struct ae_sweep *sweep;
    size_t n_classes, capacity;
    struct class *classes;
    size_t n_come, n_phase[AE_N_PHASES], n_failures;
    char failures[AE_BULLETIN_FAILURES][AE_BULLETIN_LINE]; /* failure i is in line i % lines */
    double slowest_s;
    char slowest[AE_BULLETIN_LINE];
    struct mark {
        double wall_s;
        size_t n_come;
    } marks[N_MARKS]; /* a ring, for the rate of late */
    size_t n_marks;
};

enum ae_status ae_tally_new(struct ae_tally **tally, const struct ae_sweep *sweep,
                            struct ae_error *err)
{
    *tally = ae_calloc(1, 1, sizeof **tally);
    if (!*tally)
        return ae_fail_memory(err, sizeof **tally);
    (*tally)->sweep = sweep;
    return AE_OK;
}

void ae_tally_free(struct ae_tally *tally)
{
    if (tally)
        free(tally->classes);
    free(tally);
}

/* ---- classes ---- */

static struct class class_of(const struct ae_tally_task *task)
{
    int size = 0;
    (void)frexp(task->model_s, &size);
    return (struct class){
        .engine = task->params->engine, .activation = task->params->activation, .size = size};
}

static struct class *find(const struct ae_tally *tally, const struct class *key)
{
    for (size_t i = 0; i < tally->n_classes; i++) {
        struct class *at = &tally->classes[i];
        if (at->engine == key->engine && at->activation == key->activation && at->size == key->size)
            return at;
    }
    return NULL;
}

enum ae_status ae_tally_expect(struct ae_tally *tally, const struct ae_tally_task *task,
                               struct ae_error *err)
{
    struct class key = class_of(task), *class = find(tally, &key);
    if (!class && tally->n_classes == tally->capacity) {
        size_t more = tally->capacity > 0 ? 2 * tally->capacity : 16;
        struct class *classes = ae_calloc(more, 1, sizeof *classes);
        if (!classes)
            return ae_fail_memory(err, more * sizeof *classes);
        if (tally->n_classes > 0)
            memcpy(classes, tally->classes, tally->n_classes * sizeof *classes);
        free(tally->classes);
        tally->classes = classes;
        tally->capacity = more;
    }
    if (!class) {
        class = &tally->classes[tally->n_classes++];
        *class = key;
    }
    class->n_left++;
    class->model_left_s += task->model_s;
    class->n_jobs_left += 1.0 / (double)task->n_job;
    return AE_OK;
}

/* Measured over expected time of what has come of one engine, or of all (engine < 0); 0 if nothing
 * has. */
static double pace(const struct ae_tally *tally, int engine)
{
    double come_s = 0.0, model_s = 0.0;
    for (size_t i = 0; i < tally->n_classes; i++) {
        const struct class *class = &tally->classes[i];
        if (engine >= 0 && class->engine != engine)
            continue;
        come_s += class->come_s;
        model_s += class->model_come_s;
    }
    return model_s > 0.0 ? come_s / model_s : 0.0;
}

double ae_tally_left_s(const struct ae_tally *tally)
{
    double left_s = 0.0;
    if (tally->n_come == 0)
        return (double)NAN;
    for (size_t i = 0; i < tally->n_classes; i++) {
        const struct class *class = &tally->classes[i];
        double own = class->model_come_s > 0.0 ? class->come_s / class->model_come_s
                                               : pace(tally, class->engine);
        left_s += class->model_left_s * (own > 0.0 ? own : pace(tally, -1));
    }
    return left_s;
}

double ae_tally_end_s(const struct ae_tally *tally, size_t n_workers, double work_s, double wall_s)
{
    double workers = (double)n_workers, n_left = 0.0;
    for (size_t i = 0; i < tally->n_classes; i++)
        n_left += tally->classes[i].n_jobs_left;
    n_left = round(n_left);
    /* What was under way does not show in work_s; with many results that no longer matters. */
    if (tally->n_come >= 10 * n_workers && wall_s > 0.0 && work_s > 0.0)
        workers = fmin(workers, work_s / wall_s);
    if (n_left > 0.0)
        workers = fmin(workers, n_left);
    return ae_tally_left_s(tally) / workers;
}

double ae_tally_rate(struct ae_tally *tally, double wall_s)
{
    const struct mark *last = &tally->marks[(tally->n_marks + N_MARKS - 1) % N_MARKS];
    struct mark from = {0}; /* the run began without results */
    if (tally->n_marks > N_MARKS)
        from = tally->marks[tally->n_marks % N_MARKS]; /* the oldest */
    double rate =
        wall_s > from.wall_s ? (double)(tally->n_come - from.n_come) / (wall_s - from.wall_s) : 0.0;
    if (tally->n_marks == 0 || wall_s - last->wall_s >= MARK_EVERY_S)
        tally->marks[tally->n_marks++ % N_MARKS] =
            (struct mark){.wall_s = wall_s, .n_come = tally->n_come};
    return rate;
}

/* ---- news ---- */

/* `0123456789abcdef replicate 1: K=3 lr=2`, and what else there is to say of it. */
static void name_point(const struct ae_tally *tally, const struct ae_tally_result *result,
                       const char *more, char line[AE_BULLETIN_LINE])
{
    struct ae_buffer text = {0};
    ae_buffer_printf(&text, "%016" PRIx64 " replicate %" PRIu64 "%s", result->point,
                     result->task.params->replicate, ae_sweep_n_axes(tally->sweep) > 0 ? ": " : "");
    ae_sweep_format_point(tally->sweep, result->task.params, &text);
    ae_buffer_printf(&text, "%s%s", more[0] ? ": " : "", more);
    ae_bulletin_set(line, text.failed ? more : text.data);
    ae_buffer_clear(&text);
}

void ae_tally_note(struct ae_tally *tally, const struct ae_tally_result *result)
{
    const struct ae_tally_task *task = &result->task;
    struct class key = class_of(task), *class = find(tally, &key);
    if (class && class->n_left > 0) {
        class->n_left--;
        class->model_left_s -= task->model_s;
        class->n_jobs_left -= 1.0 / (double)task->n_job;
        class->model_come_s += task->model_s;
        class->come_s += result->wall_s;
    }
    tally->n_come++;
    if (result->failure)
        name_point(tally, result, result->failure,
                   tally->failures[tally->n_failures++ % AE_BULLETIN_FAILURES]);
    else
        tally->n_phase[ae_phase_of(result->summary, task->params->phase_tol)]++;
    if (result->wall_s > tally->slowest_s) {
        tally->slowest_s = result->wall_s;
        name_point(tally, result, "", tally->slowest);
    }
}

void ae_tally_report(const struct ae_tally *tally, struct ae_bulletin *bulletin)
{
    bulletin->n_new = tally->n_come;
    bulletin->slowest_s = tally->slowest_s;
    ae_bulletin_set(bulletin->slowest, tally->slowest);
    bulletin->n_groups = 0;
    for (size_t i = 0; i < AE_N_PHASES && bulletin->n_groups < AE_BULLETIN_GROUPS; i++) {
        if (tally->n_phase[i] == 0)
            continue;
        struct ae_bulletin_group *group = &bulletin->groups[bulletin->n_groups++];
        *group = (struct ae_bulletin_group){.n = tally->n_phase[i]};
        strncat(group->word, ae_phase_table[i].word, sizeof group->word - 1);
    }
    size_t n = tally->n_failures;
    bulletin->n_failures = n < AE_BULLETIN_FAILURES ? n : AE_BULLETIN_FAILURES;
    for (size_t i = 0; i < bulletin->n_failures; i++)
        ae_bulletin_set(bulletin->failures[i], tally->failures[(n - 1 - i) % AE_BULLETIN_FAILURES]);
}
