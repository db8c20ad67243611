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
    int engine, activation, size; /* size: binary logarithm of the guess */
    size_t n_left, n_come;
    double guess_s; /* for one point, see guess() */
    double come_s;
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

/*
 * Seconds a point may take, to compare points that have nothing else in common: a simulation makes
 * D time steps of K D operations for each input of a batch, a flow some thousand evaluations of K^2
 * averages, and every point costs something.
 */
static double guess(const struct ae_params *p)
{
    double K = (double)p->K;
    if (p->engine == AE_ENGINE_SGD)
        return 1e-3 + 1e-9 * p->time * p->D * p->D * K * (double)p->batch;
    return 1e-3 + 1e-3 * K * K;
}

static struct class class_of(const struct ae_params *p)
{
    double guess_s = guess(p);
    int size = 0;
    (void)frexp(guess_s, &size);
    return (struct class){
        .engine = p->engine, .activation = p->activation, .size = size, .guess_s = guess_s};
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

enum ae_status ae_tally_expect(struct ae_tally *tally, const struct ae_params *p,
                               struct ae_error *err)
{
    struct class key = class_of(p), *class = find(tally, &key);
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
    return AE_OK;
}

/* Measured over guessed time of what has come of one engine, or of all (engine < 0); 0 if nothing
 * has. */
static double pace(const struct ae_tally *tally, int engine)
{
    double come_s = 0.0, guess_s = 0.0;
    for (size_t i = 0; i < tally->n_classes; i++) {
        const struct class *class = &tally->classes[i];
        if (engine >= 0 && class->engine != engine)
            continue;
        come_s += class->come_s;
        guess_s += (double)class->n_come * class->guess_s;
    }
    return guess_s > 0.0 ? come_s / guess_s : 0.0;
}

double ae_tally_left_s(const struct ae_tally *tally)
{
    double left_s = 0.0;
    if (tally->n_come == 0)
        return (double)NAN;
    for (size_t i = 0; i < tally->n_classes; i++) {
        const struct class *class = &tally->classes[i];
        double own = pace(tally, class->engine);
        double each_s = class->n_come > 0 ? class->come_s / (double)class->n_come
                                          : class->guess_s * (own > 0.0 ? own : pace(tally, -1));
        left_s += (double)class->n_left * each_s;
    }
    return left_s;
}

double ae_tally_end_s(const struct ae_tally *tally, size_t n_workers, double work_s, double wall_s)
{
    size_t n_left = 0;
    double workers = (double)n_workers;
    for (size_t i = 0; i < tally->n_classes; i++)
        n_left += tally->classes[i].n_left;
    /* What was under way does not show in work_s; with many results that no longer matters. */
    if (tally->n_come >= 10 * n_workers && wall_s > 0.0 && work_s > 0.0)
        workers = fmin(workers, work_s / wall_s);
    if (n_left > 0)
        workers = fmin(workers, (double)n_left);
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
                     result->params->replicate, ae_sweep_n_axes(tally->sweep) > 0 ? ": " : "");
    ae_sweep_format_point(tally->sweep, result->params, &text);
    ae_buffer_printf(&text, "%s%s", more[0] ? ": " : "", more);
    ae_bulletin_set(line, text.failed ? more : text.data);
    ae_buffer_clear(&text);
}

void ae_tally_note(struct ae_tally *tally, const struct ae_tally_result *result)
{
    struct class key = class_of(result->params), *class = find(tally, &key);
    if (class && class->n_left > 0) {
        class->n_left--;
        class->n_come++;
        class->come_s += result->wall_s;
    }
    tally->n_come++;
    if (result->failure)
        name_point(tally, result, result->failure,
                   tally->failures[tally->n_failures++ % AE_BULLETIN_FAILURES]);
    else
        tally->n_phase[ae_phase_of(result->summary, result->params->phase_tol)]++;
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
