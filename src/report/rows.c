/* Rows of a sweep joined with what is stored. The store's walk delivers results sorted by key, so
 * that each row finds its own by bisection. */
#include "aesweep/rows.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/hasher.h"
#include "aesweep/journal.h"
#include "aesweep/memory.h"
#include "aesweep/refine.h"
#include "aesweep/spectra.h"
#include "aesweep/spectrum.h"
#include "aesweep/store.h"

/* One stored result, without its trajectory. */
struct stored {
    uint64_t point, replicate;
    enum ae_store_state state;
    int level;
    bool is_shown; /* by a row of the sweep */
    struct ae_summary summary;
    double wall_s, finished_at;
    uint64_t rank;
    size_t reason, host; /* where they begin in the texts */
};

struct ae_results {
    struct ae_store *store;
    struct ae_sweep *sweep;
    size_t n_stored, capacity;
    struct stored *stored;  /* [n_stored], rising in (point, replicate) */
    struct ae_buffer texts; /* reasons and hosts, each ended by NUL; begins with an empty one */
    size_t last_host;       /* the host met last; runs have few */
    struct ae_refine *refine;
    size_t n_added, *added; /* points that refine has added, in their order */
    uint64_t *points;       /* [points of the sweep, then n_added] their hashes */
    double *z_scores;       /* [the same] of simulations that have a flow beside them */
    size_t n_sweep_rows;
    size_t n_extra;
    size_t *extra; /* [n_extra] results that no row of the sweep shows */
    size_t n_needed, n_there;
    struct ae_sweep *one; /* owns the lists of the extra row shown last */
};

/* ---- loading ---- */

static size_t keep_text(struct ae_results *r, const char *text)
{
    if (text[0] == '\0')
        return 0;
    size_t at = r->texts.size;
    ae_buffer_append(&r->texts, text, strlen(text) + 1);
    return at;
}

static enum ae_status load_one(void *ctx, const struct ae_store_row *row, struct ae_error *err)
{
    struct ae_results *r = ctx;
    if (r->n_stored == r->capacity) {
        size_t more = r->capacity > 0 ? 2 * r->capacity : 256;
        struct stored *stored = ae_realloc(r->stored, more, sizeof *stored);
        if (!stored)
            return ae_fail_memory(err, more * sizeof *stored);
        r->stored = stored;
        r->capacity = more;
    }
    if (strcmp(r->texts.data + r->last_host, row->host) != 0)
        r->last_host = keep_text(r, row->host);
    struct stored *s = &r->stored[r->n_stored++];
    *s = (struct stored){.point = row->point,
                         .replicate = row->replicate,
                         .state = row->state,
                         .level = row->level,
                         .wall_s = row->wall_s,
                         .finished_at = row->finished_at,
                         .rank = row->rank,
                         .host = r->last_host,
                         .reason = keep_text(r, row->reason)};
    ae_summary_from_reals(row->numbers, &s->summary);
    return ae_buffer_status(&r->texts, err);
}

static enum ae_status load_sweep(struct ae_results *r, const char *dir, struct ae_error *err)
{
    char *text = NULL;
    enum ae_status rc = ae_store_get_text(r->store, "sweep", &text, err);
    if (rc == AE_OK && !text)
        rc = ae_fail(err, AE_EARG, "%s holds no sweep: nothing was run there yet", dir);
    if (rc == AE_OK)
        rc = ae_sweep_read_text(&r->sweep, text, strlen(text), dir, err);
    if (rc == AE_EARG && text)
        rc =
            ae_fail(err, AE_EIO, "%s: its sweep cannot be read (written by another version?)", dir);
    free(text);
    return rc;
}

static struct stored *find(const struct ae_results *r, uint64_t point, uint64_t replicate)
{
    size_t lo = 0, hi = r->n_stored;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        const struct stored *s = &r->stored[mid];
        if (s->point < point || (s->point == point && s->replicate < replicate))
            lo = mid + 1;
        else
            hi = mid;
    }
    struct stored *s = r->stored + lo;
    return lo < r->n_stored && s->point == point && s->replicate == replicate ? s : NULL;
}

/* The stored result that answers this point and replicate, or NULL. A failure answers at every
 * level. */
static struct stored *answer(const struct ae_results *r, uint64_t point, const struct ae_params *p)
{
    struct stored *s = find(r, point, ae_params_stored_replicate(p));
    bool is_enough = s && (s->state == AE_STORE_FAILED || s->level >= p->record);
    return is_enough ? s : NULL;
}

static enum ae_status look(void *ctx, uint64_t point, uint64_t replicate, int level, bool *is_there,
                           struct ae_refine_result *result, struct ae_error *err)
{
    const struct stored *s = find(ctx, point, replicate);
    (void)err;
    *is_there = s && (s->state == AE_STORE_FAILED || s->level >= level);
    if (*is_there)
        *result = (struct ae_refine_result){s->state == AE_STORE_FAILED, s->summary};
    return AE_OK;
}

/* What refine adds to the sweep, by what is stored. */
static enum ae_status refine(struct ae_results *r, struct ae_error *err)
{
    enum ae_status rc = ae_refine_new(&r->refine, r->sweep, look, r, err);
    return rc == AE_OK ? ae_refine_order(r->refine, &r->added, &r->n_added, err) : rc;
}

/* Point i of the sweep, then of what is added to it. */
static void point_of(const struct ae_results *r, size_t i, size_t replicate, struct ae_params *p)
{
    const size_t n_points = ae_sweep_n_points(r->sweep);
    if (i < n_points)
        ae_sweep_point(r->sweep, i, replicate, p);
    else
        ae_refine_point(r->refine, r->added[i - n_points], replicate, p);
}

struct need {
    uint64_t point, replicate;
};

static int compare_needs(const void *a, const void *b)
{
    const struct need *x = a, *y = b;
    if (x->point != y->point)
        return x->point < y->point ? -1 : 1;
    return x->replicate < y->replicate ? -1 : x->replicate > y->replicate;
}

/* Counts each computation once. needs has room for one entry a row. */
static void count_needs(struct ae_results *r, size_t n, struct need *needs)
{
    qsort(needs, n, sizeof *needs, compare_needs);
    for (size_t i = 0; i < n; i++)
        r->n_needed += i == 0 || compare_needs(&needs[i - 1], &needs[i]) != 0;
    for (size_t i = 0; i < r->n_stored; i++)
        r->n_there += r->stored[i].is_shown;
}

/* Hashes the points and marks what their rows show. */
static enum ae_status match(struct ae_results *r, struct ae_error *err)
{
    size_t n_points = ae_sweep_n_points(r->sweep) + r->n_added;
    size_t n_rep = ae_sweep_n_replicates(r->sweep);
    r->n_sweep_rows = n_points * n_rep;
    r->points = ae_calloc(n_points, 1, sizeof *r->points);
    struct need *needs = ae_calloc(n_points, n_rep, sizeof *needs);
    enum ae_status rc = r->points && needs ? AE_OK : ae_fail_memory(err, n_points * n_rep);
    struct ae_hasher *hasher = NULL;
    size_t n_needs = 0;
    if (rc == AE_OK)
        rc = ae_hasher_new(&hasher, err);
    for (size_t i = 0; i < n_points && rc == AE_OK; i++) {
        struct ae_params p;
        point_of(r, i, 1, &p);
        rc = ae_hasher_hash(hasher, &p, &r->points[i], err);
        size_t n_own = ae_params_are_random(&p) ? n_rep : 1;
        for (size_t k = 0; k < n_own && rc == AE_OK; k++) {
            p.replicate = k + 1;
            struct stored *s = answer(r, r->points[i], &p);
            if (s)
                s->is_shown = true;
            needs[n_needs++] = (struct need){r->points[i], ae_params_stored_replicate(&p)};
        }
    }
    if (rc == AE_OK)
        count_needs(r, n_needs, needs);
    ae_hasher_free(hasher);
    free(needs);
    return rc;
}

/*
 * How far a simulation lies from the flow that starts from the same weights: the mean over the
 * replicates of the difference of pmse at the end, over its standard error. nan unless both are done
 * for at least two replicates.
 */
static double score(const struct ae_results *r, uint64_t simulated, uint64_t flow,
                    const struct ae_params *simulation, const struct ae_params *partner)
{
    struct ae_params p = *simulation, q = *partner;
    double n = 0.0, mean = 0.0, sum = 0.0;
    for (size_t k = 1; k <= ae_sweep_n_replicates(r->sweep); k++) {
        p.replicate = q.replicate = k;
        const struct stored *s = answer(r, simulated, &p), *f = answer(r, flow, &q);
        if (!s || !f || s->state != AE_STORE_DONE || f->state != AE_STORE_DONE)
            continue;
        double difference = s->summary.pmse - f->summary.pmse, step = difference - mean;
        n += 1.0;
        mean += step / n; /* Welford's recurrence */
        sum += step * (difference - mean);
    }
    double variance = sum / (n - 1.0);
    return n > 1.0 && isfinite(mean) && variance > 0.0 ? mean / sqrt(variance / n) : (double)NAN;
}

static enum ae_status compare_engines(struct ae_results *r, struct ae_error *err)
{
    size_t n_rep = ae_sweep_n_replicates(r->sweep), n_points = r->n_sweep_rows / n_rep;
    struct ae_hasher *hasher = NULL;
    r->z_scores = ae_reals_new(n_points);
    if (!r->z_scores)
        return ae_fail_memory(err, n_points * sizeof *r->z_scores);
    enum ae_status rc = ae_hasher_new(&hasher, err);
    for (size_t i = 0; i < n_points && rc == AE_OK; i++) {
        struct ae_params p, q;
        uint64_t flow = 0;
        point_of(r, i, 1, &p);
        r->z_scores[i] = (double)NAN;
        q = p;
        if (p.engine == AE_ENGINE_ODE || n_rep < 2)
            continue;
        q.engine = AE_ENGINE_ODE;
        rc = ae_hasher_hash(hasher, &q, &flow, err);
        if (rc == AE_OK)
            r->z_scores[i] = score(r, r->points[i], flow, &p, &q);
    }
    ae_hasher_free(hasher);
    return rc;
}

static enum ae_status list_extra(struct ae_results *r, struct ae_error *err)
{
    r->extra = ae_calloc(r->n_stored, 1, sizeof *r->extra);
    if (!r->extra)
        return ae_fail_memory(err, r->n_stored * sizeof *r->extra);
    for (size_t i = 0; i < r->n_stored; i++)
        if (!r->stored[i].is_shown)
            r->extra[r->n_extra++] = i;
    return AE_OK;
}

enum ae_status ae_results_open(struct ae_results **results, const char *dir, bool all,
                               struct ae_error *err)
{
    static const struct ae_store_columns columns = {AE_N_SUMMARY, ae_summary_names};
    *results = NULL;
    struct ae_results *r = ae_calloc(1, 1, sizeof *r);
    if (!r)
        return ae_fail_memory(err, sizeof *r);
    ae_buffer_append(&r->texts, "", 1);
    enum ae_status rc = ae_buffer_status(&r->texts, err);
    if (rc == AE_OK)
        rc = ae_store_open_read(&r->store, dir, &columns, err);
    if (rc == AE_OK)
        rc = load_sweep(r, dir, err);
    if (rc == AE_OK)
        rc = ae_store_each(r->store, false, load_one, r, err);
    if (rc == AE_OK)
        rc = refine(r, err);
    if (rc == AE_OK)
        rc = match(r, err);
    if (rc == AE_OK)
        rc = compare_engines(r, err);
    if (rc == AE_OK && all)
        rc = list_extra(r, err);
    if (rc == AE_OK)
        *results = r;
    else
        ae_results_free(r);
    return rc;
}

void ae_results_free(struct ae_results *r)
{
    if (!r)
        return;
    (void)ae_store_close(r->store, NULL); /* opened for reading: there is nothing to commit */
    ae_refine_free(r->refine);
    free(r->added);
    ae_sweep_free(r->sweep);
    ae_sweep_free(r->one);
    free(r->stored);
    ae_buffer_clear(&r->texts);
    free(r->points);
    free(r->z_scores);
    free(r->extra);
    free(r);
}

/* ---- rows ---- */

const struct ae_sweep *ae_results_sweep(const struct ae_results *r)
{
    return r->sweep;
}

size_t ae_results_size(const struct ae_results *r)
{
    return r->n_sweep_rows + r->n_extra;
}

size_t ae_results_n_added(const struct ae_results *r)
{
    return r->n_added * ae_sweep_n_replicates(r->sweep);
}

size_t ae_results_n_needed(const struct ae_results *r)
{
    return r->n_needed;
}

size_t ae_results_n_there(const struct ae_results *r)
{
    return r->n_there;
}

static void fill(const struct ae_results *r, const struct stored *s, struct ae_row *row)
{
    row->state = s->state == AE_STORE_DONE ? AE_ROW_DONE : AE_ROW_FAILED;
    row->stored_replicate = s->replicate;
    row->reason = r->texts.data + s->reason;
    row->summary = s->summary;
    row->wall_s = s->wall_s;
    row->finished_at = s->finished_at;
    row->rank = s->rank;
    row->host = r->texts.data + s->host;
    if (row->state == AE_ROW_DONE) {
        row->phase = ae_phase_of(&s->summary, row->params.phase_tol);
        row->is_converged = ae_phase_is_converged(&s->summary, row->params.phase_tol);
    }
}

/* The parameters of a result outside the sweep: its stored text, read as a sweep of one point. */
static enum ae_status read_params(struct ae_results *r, const struct stored *s,
                                  struct ae_params *params, struct ae_error *err)
{
    struct ae_store_row row;
    bool is_found = false;
    enum ae_status rc = ae_store_get(r->store, s->point, s->replicate, &row, &is_found, err);
    if (rc != AE_OK)
        return rc;
    if (!is_found)
        return ae_fail(err, AE_EIO, "point %016" PRIx64 " vanished from the store", s->point);
    ae_sweep_free(r->one);
    if (ae_spectra_read_point(r->store, &r->one, row.params, 1, err) != AE_OK)
        return ae_fail(err, AE_EIO, "point %016" PRIx64 ": its parameters cannot be read",
                       s->point);
    ae_sweep_point(r->one, 0, s->replicate, params);
    return AE_OK;
}

static enum ae_status count_mark(void *ctx, const struct ae_store_mark *mark, struct ae_error *err)
{
    struct ae_results_marks *marks = ctx;
    (void)err;
    marks->n_under_way += mark->kind == AE_STORE_CLAIMED || mark->kind == AE_STORE_ALONE;
    marks->n_suspects += mark->kind == AE_STORE_SUSPECT;
    marks->n_saved += mark->has_state;
    return AE_OK;
}

enum ae_status ae_results_marks(struct ae_results *r, struct ae_results_marks *marks,
                                struct ae_error *err)
{
    *marks = (struct ae_results_marks){0};
    return ae_store_each_mark(r->store, count_mark, marks, err);
}

enum ae_status ae_results_row(struct ae_results *r, size_t i, struct ae_row *row,
                              struct ae_error *err)
{
    double unknown[AE_N_SUMMARY];
    for (size_t k = 0; k < AE_N_SUMMARY; k++)
        unknown[k] = (double)NAN;
    *row = (struct ae_row){.state = AE_ROW_MISSING,
                           .reason = "",
                           .phase = AE_N_PHASES,
                           .z_score = (double)NAN,
                           .wall_s = (double)NAN,
                           .finished_at = (double)NAN,
                           .host = ""};
    ae_summary_from_reals(unknown, &row->summary);
    if (i >= r->n_sweep_rows) {
        const struct stored *s = &r->stored[r->extra[i - r->n_sweep_rows]];
        enum ae_status rc = read_params(r, s, &row->params, err);
        row->point = s->point;
        if (rc == AE_OK)
            fill(r, s, row);
        return rc;
    }
    size_t n_rep = ae_sweep_n_replicates(r->sweep);
    point_of(r, i / n_rep, i % n_rep + 1, &row->params);
    row->point = r->points[i / n_rep];
    row->stored_replicate = ae_params_stored_replicate(&row->params);
    const struct stored *s = answer(r, row->point, &row->params);
    if (s)
        fill(r, s, row);
    if (row->state == AE_ROW_DONE)
        row->z_score = r->z_scores[i / n_rep];
    return AE_OK;
}

enum ae_status ae_results_record(struct ae_results *r, const struct ae_row *row,
                                 struct ae_record *record, struct ae_error *err)
{
    struct ae_store_row stored;
    bool is_found = false;
    *record = (struct ae_record){0};
    enum ae_status rc =
        ae_store_get(r->store, row->point, row->stored_replicate, &stored, &is_found, err);
    if (rc == AE_OK && !is_found)
        rc = ae_fail(err, AE_EIO, "point %016" PRIx64 " vanished from the store", row->point);
    if (rc == AE_OK) {
        rc = ae_record_unpack(stored.extra, record, err);
        if (rc != AE_OK)
            (void)ae_error_prefix(err, "point %016" PRIx64, row->point);
    }
    record->summary = row->summary;
    return rc;
}

enum ae_status ae_results_journal(struct ae_results *r, char **text, struct ae_error *err)
{
    return ae_journal_read(r->store, text, err);
}

enum ae_status ae_results_extent(struct ae_results *r, struct ae_extent *extent,
                                 struct ae_error *err)
{
    *extent = (struct ae_extent){.level = AE_RECORD_FINAL};
    enum ae_status rc = AE_OK;
    for (size_t i = 0; i < ae_results_size(r) && rc == AE_OK; i++) {
        struct ae_row row;
        rc = ae_results_row(r, i, &row, err);
        if (rc != AE_OK)
            break;
        extent->K = row.params.K > extent->K ? row.params.K : extent->K;
        size_t M = ae_spectrum_n_components(&row.params);
        extent->M = M > extent->M ? M : extent->M;
        extent->has_spectra = extent->has_spectra || row.params.data != AE_SPIKED;
        if (row.params.record > (int)extent->level)
            extent->level = (enum ae_record_level)row.params.record;
    }
    return rc;
}
