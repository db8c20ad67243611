/* Results at a hundredth of their tolerance, compared with the stored ones. */
#include "aesweep/check_tol.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aesweep/fold.h"
#include "aesweep/hash.h"
#include "aesweep/hasher.h"
#include "aesweep/phase.h"
#include "aesweep/point.h"
#include "aesweep/record.h"
#include "aesweep/refine.h"

#define TIGHTER        0.01
#define LEAST_EXCESS   1e-10 /* of pca_0: what is below is as good as none */
#define COMMIT_EVERY_S 0.5   /* keeps the folder's lock alive */
enum { N_SHOWN = 10 };       /* news told in full */

struct choice {
    uint64_t point, replicate;
    uint64_t order; /* random, from the key: the sample is what comes first */
    size_t row;     /* of the sweep, then of the points that refine has added */
};

struct ae_check_tol {
    const struct ae_sweep *sweep;
    struct ae_refine *refine;
    struct ae_store *store;
    struct choice *choices;     /* [counts.n_points], the first counts.n_chosen are the sample */
    struct ae_fold_item *items; /* [counts.n_chosen], i: index of the choice */
    struct ae_params *p;        /* [AE_FOLD_MOST] of the job that is packed */
    struct ae_fold_most most;
    size_t n_given;
    struct ae_check_counts counts;
    struct ae_buffer news;
    size_t n_news;
    double ends_s, committed_s;
};

static double now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

/* ---- the sample ---- */

static void point_of_row(const struct ae_check_tol *c, size_t row, struct ae_params *p)
{
    size_t n_replicates = ae_sweep_n_replicates(c->sweep);
    ae_refine_any_point(c->refine, c->sweep, row / n_replicates, row % n_replicates + 1, p);
}

static double tighter(double tol)
{
    return fmax(TIGHTER * tol, ae_param_table[AE_PARAM_tol].lo);
}

/* Takes the row into account if its result is done. */
static enum ae_status note_row(struct ae_check_tol *c, size_t row, const struct ae_params *p,
                               struct ae_hasher *hasher, struct ae_error *err)
{
    struct choice choice = {.replicate = ae_params_stored_replicate(p), .row = row};
    enum ae_store_state state = AE_STORE_DONE;
    int level = 0;
    enum ae_status rc = ae_hasher_hash(hasher, p, &choice.point, err);
    if (rc != AE_OK || !ae_store_has(c->store, choice.point, choice.replicate, &state, &level) ||
        state != AE_STORE_DONE)
        return rc;
    if (p->engine != AE_ENGINE_ODE) {
        c->counts.n_simulated++;
        return AE_OK;
    }
    const uint64_t key[] = {choice.point, choice.replicate};
    choice.order = ae_hash(key, sizeof key);
    c->choices[c->counts.n_points++] = choice;
    return AE_OK;
}

static enum ae_status list_rows(struct ae_check_tol *c, const struct ae_selection *selection,
                                struct ae_error *err)
{
    size_t n_added = c->refine ? ae_refine_n_points(c->refine) : 0;
    size_t n_rows = (ae_sweep_n_points(c->sweep) + n_added) * ae_sweep_n_replicates(c->sweep);
    struct ae_hasher *hasher = NULL;
    c->choices = ae_calloc(n_rows, 1, sizeof *c->choices);
    enum ae_status rc =
        c->choices ? ae_hasher_new(&hasher, err) : ae_fail_memory(err, n_rows * sizeof *c->choices);
    for (size_t row = 0; row < n_rows && rc == AE_OK; row++) {
        struct ae_params p;
        bool is_chosen = true;
        point_of_row(c, row, &p);
        rc = ae_selection_holds(selection, &p, &is_chosen, err);
        if (rc == AE_OK && is_chosen)
            rc = note_row(c, row, &p, hasher, err);
    }
    ae_hasher_free(hasher);
    return rc;
}

static int by_order(const void *a, const void *b)
{
    const struct choice *x = a, *y = b;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

/* Each result once, and of those only what a smaller tolerance may change. */
static void sort_out(struct ae_check_tol *c)
{
    size_t n_rows = c->counts.n_points, n_kept = 0;
    uint64_t last = 0;
    qsort(c->choices, n_rows, sizeof *c->choices, by_order);
    c->counts.n_points = 0;
    for (size_t i = 0; i < n_rows; i++) {
        struct ae_params p;
        if (i > 0 && c->choices[i].order == last)
            continue;
        last = c->choices[i].order;
        c->counts.n_points++;
        point_of_row(c, c->choices[i].row, &p);
        if (tighter(p.tol) < p.tol)
            c->choices[n_kept++] = c->choices[i];
        else
            c->counts.n_exact++;
    }
}

static enum ae_status choose(struct ae_check_tol *c, double fraction, struct ae_error *err)
{
    struct ae_hasher *hasher = NULL;
    size_t n = c->counts.n_points - c->counts.n_exact;
    c->counts.n_chosen = (size_t)fmin(ceil(fraction * (double)n), (double)n);
    c->items = ae_calloc(c->counts.n_chosen, 1, sizeof *c->items);
    c->p = ae_calloc(AE_FOLD_MOST, 1, sizeof *c->p);
    enum ae_status rc =
        c->items && c->p ? ae_hasher_new(&hasher, err) : ae_fail_memory(err, n * sizeof *c->items);
    for (size_t i = 0; i < c->counts.n_chosen && rc == AE_OK; i++) {
        struct ae_params p;
        c->items[i] = (struct ae_fold_item){.replicate = c->choices[i].replicate, .i = i};
        point_of_row(c, c->choices[i].row, &p);
        rc = ae_fold_key(hasher, &p, &c->items[i].key, err);
    }
    ae_hasher_free(hasher);
    ae_fold_sort(c->counts.n_chosen, c->items);
    return rc;
}

enum ae_status ae_check_tol_new(struct ae_check_tol **check, const struct ae_sweep *sweep,
                                const struct ae_selection *selection, struct ae_store *store,
                                double fraction, bool is_unfolded, struct ae_error *err)
{
    struct ae_check_tol *c = ae_calloc(1, 1, sizeof *c);
    if (!c)
        return ae_fail_memory(err, sizeof *c);
    *c = (struct ae_check_tol){
        .sweep = sweep, .store = store, .most = ae_fold_most(0, 1, is_unfolded)};
    bool is_refined = ae_sweep_refine(sweep).n_axes > 0 && !(selection && selection->n_shards > 0);
    enum ae_status rc =
        is_refined ? ae_refine_new(&c->refine, sweep, ae_refine_look_store, store, err) : AE_OK;
    if (rc == AE_OK)
        rc = list_rows(c, selection, err);
    if (rc == AE_OK) {
        sort_out(c);
        rc = choose(c, fraction, err);
    }
    if (rc == AE_OK)
        *check = c;
    else
        ae_check_tol_free(c);
    return rc;
}

void ae_check_tol_free(struct ae_check_tol *check)
{
    if (!check)
        return;
    ae_buffer_clear(&check->news);
    ae_refine_free(check->refine);
    free(check->choices);
    free(check->items);
    free(check->p);
    free(check);
}

const struct ae_check_counts *ae_check_tol_counts(const struct ae_check_tol *check)
{
    return &check->counts;
}

const char *ae_check_tol_news(const struct ae_check_tol *check)
{
    return check->news.data ? check->news.data : "";
}

/* ---- comparing ---- */

/* `0123456789abcdef replicate 1: K=3 lr=2` */
static void name_point(const struct ae_check_tol *c, const struct choice *choice,
                       const struct ae_params *p, struct ae_buffer *out)
{
    ae_buffer_printf(out, "%016" PRIx64 " replicate %" PRIu64 "%s", choice->point,
                     choice->replicate, ae_sweep_n_axes(c->sweep) > 0 ? ": " : "");
    ae_sweep_format_point(c->sweep, p, out);
}

/* One of a point's recorded numbers: is its change the largest so far? Of equals the first by name,
 * so that the order of arrival does not matter. */
static void note_change(struct ae_check_change *largest, double a, double b, double least, double t,
                        const char *name)
{
    double change = fabs(a - b) / fmax(fabs(b), least);
    if (isnan(a) && isnan(b))
        return;
    if (isnan(change)) /* 0 / 0, or one of them is no number */
        change = a == b ? 0.0 : (double)INFINITY;
    bool is_first = !largest->point[0] || change > largest->change ||
                    (change == largest->change && strcmp(name, largest->point) < 0);
    if (!is_first)
        return;
    *largest = (struct ae_check_change){.change = change, .t = t};
    (void)snprintf(largest->point, sizeof largest->point, "%s", name);
}

static void note_way(struct ae_check_tol *c, const struct ae_record *a, const struct ae_record *b,
                     double least, const char *name)
{
    enum { T, PMSE, EXCESS };
    for (size_t j = 0; j < a->n_times && j < b->n_times; j++) {
        const double *x = a->curve + j * a->n_cols, *y = b->curve + j * b->n_cols;
        note_change(&c->counts.pmse, x[PMSE], y[PMSE], 0.0, x[T], name);
        note_change(&c->counts.excess, x[EXCESS], y[EXCESS], least, x[T], name);
    }
}

static void note_phase(struct ae_check_tol *c, const struct ae_params *p,
                       const struct ae_summary *old, const struct ae_summary *new, const char *name)
{
    enum ae_phase a = ae_phase_of(old, p->phase_tol), b = ae_phase_of(new, p->phase_tol);
    if (a == b)
        return;
    c->counts.n_flipped++;
    if (c->n_news++ < N_SHOWN)
        ae_buffer_printf(&c->news, "%s\n    %s (excess %.9g), at tol %g: %s (excess %.9g)\n", name,
                         ae_phase_table[a].word, old->excess, tighter(p->tol),
                         ae_phase_table[b].word, new->excess);
}

/* The stored result of a choice beside a fresh one. */
static enum ae_status compare(struct ae_check_tol *c, const struct choice *choice,
                              const struct ae_params *p, const struct ae_point_result *result,
                              const char *name, struct ae_error *err)
{
    struct ae_store_row row;
    struct ae_record old = {0}, new = {0};
    bool is_found = false;
    enum ae_status rc =
        ae_store_get(c->store, choice->point, choice->replicate, &row, &is_found, err);
    if (rc == AE_OK && !is_found)
        rc = ae_fail(err, AE_EIO, "point %016" PRIx64 " vanished from the store", choice->point);
    if (rc == AE_OK)
        rc = ae_record_unpack(row.extra, &old, err);
    if (rc == AE_OK)
        rc = ae_record_unpack(result->record, &new, err);
    if (rc == AE_OK) {
        struct ae_summary a;
        const struct ae_summary *b = &result->summary;
        double least = LEAST_EXCESS * b->pca_0;
        ae_summary_from_reals(row.numbers, &a);
        note_way(c, &old, &new, least, name);
        note_change(&c->counts.pmse, a.pmse, b->pmse, 0.0, a.t_end, name);
        note_change(&c->counts.excess, a.excess, b->excess, least, a.t_end, name);
        note_phase(c, p, &a, b, name);
        c->counts.n_checked++;
    }
    ae_record_clear(&old);
    ae_record_clear(&new);
    return rc;
}

static enum ae_status take(struct ae_check_tol *c, size_t i, const struct ae_point_result *result,
                           struct ae_error *err)
{
    const struct choice *choice = &c->choices[i];
    struct ae_params p;
    struct ae_buffer name = {0};
    point_of_row(c, choice->row, &p);
    name_point(c, choice, &p, &name);
    enum ae_status rc = ae_buffer_status(&name, err);
    if (rc == AE_OK && result->status == AE_OK) {
        rc = compare(c, choice, &p, result, name.data, err);
    } else if (rc == AE_OK) {
        c->counts.n_failed++;
        if (c->n_news++ < N_SHOWN)
            ae_buffer_printf(&c->news, "%s\n    failed at tol %g: %s\n", name.data, tighter(p.tol),
                             result->reason);
    }
    ae_buffer_clear(&name);
    return rc == AE_OK ? ae_buffer_status(&c->news, err) : rc;
}

/* ---- the farm's callbacks ---- */

/* The point of a choice as it is to be computed now: with as much of the way as is stored. */
static void point_of_choice(void *ctx, size_t i, struct ae_params *p)
{
    struct ae_check_tol *c = ctx;
    const struct choice *choice = &c->choices[i];
    enum ae_store_state state;
    int level = 0;
    point_of_row(c, choice->row, p);
    if (ae_store_has(c->store, choice->point, choice->replicate, &state, &level))
        p->record = level;
    p->tol = tighter(p->tol);
    p->timeout = (double)INFINITY; /* a smaller tolerance takes longer */
}

static size_t take_job(struct ae_check_tol *c, size_t first)
{
    return ae_fold_take(c->counts.n_chosen - first, c->items + first, c->most, point_of_choice, c,
                        c->p);
}

static bool next(void *ctx, uint64_t *job, struct ae_buffer *in)
{
    struct ae_check_tol *c = ctx;
    if (c->n_given == c->counts.n_chosen)
        return false;
    size_t n = take_job(c, c->n_given);
    *job = c->n_given;
    c->n_given += n;
    ae_point_pack_folded(n, c->p, in);
    return true;
}

static enum ae_status done(void *ctx, const struct ae_farm_result *result, struct ae_error *err)
{
    struct ae_check_tol *c = ctx;
    size_t first = (size_t)result->job, n = take_job(c, first);
    struct ae_reader in = ae_reader_of(result->record);
    enum ae_status rc = AE_OK;
    for (size_t i = first; i < first + n && rc == AE_OK; i++) {
        struct ae_point_result point = {.status = result->status, .reason = result->reason};
        if (in.left > 0 || result->status == AE_OK)
            rc = ae_point_take(&in, &point, err);
        if (rc == AE_OK && point.status != AE_ESTOP)
            rc = take(c, c->items[i].i, &point, err);
    }
    return rc;
}

static enum ae_status tick(void *ctx, bool *stop, struct ae_error *err)
{
    struct ae_check_tol *c = ctx;
    double now = now_s();
    *stop = *stop || now >= c->ends_s;
    if (now - c->committed_s < COMMIT_EVERY_S)
        return AE_OK;
    c->committed_s = now;
    return ae_store_commit(c->store, err);
}

struct ae_farm_source ae_check_tol_source(struct ae_check_tol *check, double limit_s)
{
    check->ends_s = now_s() + limit_s;
    return (struct ae_farm_source){.ctx = check, .next = next, .done = done, .tick = tick};
}
