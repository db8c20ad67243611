/* Stored results computed once more. What is compared is what the store keeps of a result. */
#include "aesweep/verify.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/difference.h"
#include "aesweep/hash.h"
#include "aesweep/point.h"
#include "aesweep/record.h"
#include "aesweep/spectra.h"
#include "aesweep/sweep.h"

enum { N_SHOWN = 10 }; /* differences told in full */

struct choice {
    uint64_t point, replicate;
    uint64_t order; /* random, from key and seed: the sample is what comes first */
};

struct ae_verify {
    struct ae_store *store;
    uint64_t sweep_seed, sample_seed;
    size_t n_given;
    struct choice *choices; /* [counts.n_done], the first n_chosen of them are the sample */
    struct ae_verify_counts counts;
    struct ae_buffer differences;
    enum ae_status failed; /* `next` cannot say so itself */
    struct ae_error why;
};

/* ---- the sample ---- */

static enum ae_status note_row(void *ctx, const struct ae_store_row *row, struct ae_error *err)
{
    struct ae_verify *v = ctx;
    (void)err;
    if (row->state != AE_STORE_DONE)
        return AE_OK;
    const uint64_t key[] = {v->sample_seed, row->point, row->replicate};
    v->choices[v->counts.n_done++] = (struct choice){
        .point = row->point, .replicate = row->replicate, .order = ae_hash(key, sizeof key)};
    return AE_OK;
}

static int by_order(const void *a, const void *b)
{
    const struct choice *x = a, *y = b;
    return (x->order > y->order) - (x->order < y->order);
}

static enum ae_status read_seed(struct ae_verify *v, struct ae_error *err)
{
    char *text = NULL;
    struct ae_sweep *sweep = NULL;
    enum ae_status rc = ae_store_get_text(v->store, "sweep", &text, err);
    if (rc == AE_OK && !text)
        rc = ae_fail(err, AE_EARG, "it holds no sweep: nothing was run there yet");
    if (rc == AE_OK && ae_sweep_read_text(&sweep, text, strlen(text), "sweep", err) != AE_OK)
        rc = ae_fail(err, AE_EIO, "its sweep cannot be read (written by another version?)");
    if (rc == AE_OK) {
        struct ae_params p;
        ae_sweep_point(sweep, 0, 1, &p);
        v->sweep_seed = p.seed;
    }
    ae_sweep_free(sweep);
    free(text);
    return rc;
}

enum ae_status ae_verify_new(struct ae_verify **verify, struct ae_store *store,
                             const struct ae_verify_sample *sample, struct ae_error *err)
{
    *verify = NULL;
    struct ae_verify *v = ae_calloc(1, 1, sizeof *v);
    if (!v)
        return ae_fail_memory(err, sizeof *v);
    v->store = store;
    v->sample_seed = sample->seed;
    v->choices = ae_calloc(ae_store_size(store), 1, sizeof *v->choices);
    enum ae_status rc = v->choices ? read_seed(v, err) : ae_fail_memory(err, ae_store_size(store));
    if (rc == AE_OK)
        rc = ae_store_each(store, false, note_row, v, err);
    if (rc != AE_OK) {
        ae_verify_free(v);
        return rc;
    }
    qsort(v->choices, v->counts.n_done, sizeof *v->choices, by_order);
    double n_wanted = sample->fraction > 0.0 ? ceil(sample->fraction * (double)v->counts.n_done)
                                             : (double)sample->n;
    v->counts.n_chosen = n_wanted < (double)v->counts.n_done ? (size_t)n_wanted : v->counts.n_done;
    *verify = v;
    return AE_OK;
}

void ae_verify_free(struct ae_verify *verify)
{
    if (!verify)
        return;
    ae_buffer_clear(&verify->differences);
    free(verify->choices);
    free(verify);
}

struct ae_verify_counts ae_verify_counts_of(const struct ae_verify *verify)
{
    return verify->counts;
}

const char *ae_verify_differences(const struct ae_verify *verify)
{
    return verify->differences.data ? verify->differences.data : "";
}

/* ---- the farm's callbacks ---- */

static enum ae_status get(struct ae_verify *v, const struct choice *choice,
                          struct ae_store_row *row, struct ae_error *err)
{
    bool is_found = false;
    enum ae_status rc =
        ae_store_get(v->store, choice->point, choice->replicate, row, &is_found, err);
    if (rc == AE_OK && !is_found)
        rc = ae_fail(err, AE_EIO, "point %016" PRIx64 " vanished from the store", choice->point);
    return rc;
}

/* The input of the job that computes a result again. *is_foreign: this program would compute
 * another point. */
static enum ae_status pack(struct ae_verify *v, const struct choice *choice, bool *is_foreign,
                           struct ae_buffer *in, struct ae_error *err)
{
    struct ae_store_row row;
    struct ae_sweep *one = NULL;
    struct ae_params p;
    uint64_t point = 0;
    enum ae_status rc = get(v, choice, &row, err);
    if (rc != AE_OK)
        return rc;
    *is_foreign = true;
    rc = ae_spectra_read_point(v->store, &one, row.params, v->sweep_seed, err);
    if (rc == AE_EARG) /* parameters of another version */
        return AE_OK;
    if (rc == AE_OK) {
        ae_sweep_point(one, 0, choice->replicate, &p);
        p.record = row.level;
        p.timeout = (double)INFINITY; /* a slower machine is no other result */
        rc = ae_params_hash(&p, &point, err);
    }
    if (rc == AE_OK && point == choice->point) {
        *is_foreign = false;
        ae_point_pack(&p, in);
    }
    ae_sweep_free(one);
    return rc;
}

static bool next(void *ctx, uint64_t *job, struct ae_buffer *in)
{
    struct ae_verify *v = ctx;
    while (v->n_given < v->counts.n_chosen && v->failed == AE_OK) {
        bool is_foreign = false;
        *job = v->n_given++;
        v->failed = pack(v, &v->choices[*job], &is_foreign, in, &v->why);
        if (v->failed == AE_OK && !is_foreign)
            return true;
        v->counts.n_foreign += v->failed == AE_OK;
    }
    return false;
}

static enum ae_status compare(struct ae_verify *v, const struct ae_store_row *row,
                              const struct ae_farm_result *result, struct ae_buffer *text,
                              bool *is_different, struct ae_error *err)
{
    struct ae_point_result point;
    struct ae_reader in = ae_reader_of(result->record);
    double numbers[AE_N_SUMMARY];
    *is_different = true;
    if (result->status != AE_OK) {
        ae_buffer_printf(text, "  done (stored), failed (recomputed): %s\n", result->reason);
        return ae_buffer_status(text, err);
    }
    enum ae_status rc = ae_point_take(&in, &point, err);
    if (rc != AE_OK)
        return ae_error_prefix(err, "point %016" PRIx64, v->choices[result->job].point);
    ae_summary_to_reals(&point.summary, numbers);
    struct ae_outcome stored = {"stored", row->numbers, row->extra};
    struct ae_outcome fresh = {"recomputed", numbers, point.record};
    return ae_difference_find(&stored, &fresh, is_different, text, err);
}

static enum ae_status done(void *ctx, const struct ae_farm_result *result, struct ae_error *err)
{
    struct ae_verify *v = ctx;
    struct ae_store_row row;
    struct ae_buffer text = {0};
    bool is_different = false;
    if (result->status == AE_ESTOP)
        return AE_OK;
    enum ae_status rc = get(v, &v->choices[result->job], &row, err);
    if (rc == AE_OK)
        rc = compare(v, &row, result, &text, &is_different, err);
    if (rc == AE_OK && !is_different)
        v->counts.n_same++;
    else if (rc == AE_OK && v->counts.n_changed++ < N_SHOWN)
        ae_buffer_printf(&v->differences, "%016" PRIx64 " replicate %" PRIu64 ": %s\n%s", row.point,
                         row.replicate, row.params, text.data);
    ae_buffer_clear(&text);
    return rc == AE_OK ? ae_buffer_status(&v->differences, err) : rc;
}

enum ae_status ae_verify_status(const struct ae_verify *verify, struct ae_error *err)
{
    if (verify->failed != AE_OK && err)
        *err = verify->why;
    return verify->failed;
}

static enum ae_status tick(void *ctx, bool *stop, struct ae_error *err)
{
    (void)stop;
    return ae_verify_status(ctx, err);
}

struct ae_farm_source ae_verify_source(struct ae_verify *verify)
{
    return (struct ae_farm_source){.ctx = verify, .next = next, .done = done, .tick = tick};
}
