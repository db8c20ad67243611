/* One point as a job of the farm, or several that fold. */
#include "aesweep/point.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aesweep/engine.h"
#include "aesweep/hash.h"

/*
 * A saved state is a header and what the engine wrote. LAYOUT stands for both: it rises whenever an
 * engine, the observer or the header changes what it writes.
 */
enum { LAYOUT = 3 };
#define SAVING_SHARE 0.02 /* of the time may go into saving */

struct watch {
    struct ae_sink *sink;
    size_t n;          /* points */
    uint64_t *keys;    /* [n] of each and what is recorded of it; only if they can resume */
    double started_s;  /* on the monotonic clock */
    double used_s;     /* in earlier runs that this one goes on from */
    double deadline_s; /* on the monotonic clock; inf = none */
    bool is_late;
    struct ae_point_saving saving;
    double save_at_s, asked_s; /* next time to save; when should_save said so */
    size_t n_bytes;            /* saved since then */
};

static double now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static bool should_stop(void *ctx)
{
    struct watch *watch = ctx;
    if (isfinite(watch->deadline_s) && now_s() > watch->deadline_s)
        watch->is_late = true;
    return watch->is_late || ae_sink_should_stop(watch->sink);
}

/* ---- saved states ---- */

static bool should_save(void *ctx)
{
    struct watch *watch = ctx;
    watch->asked_s = now_s();
    watch->n_bytes = 0;
    return watch->asked_s >= watch->save_at_s;
}

/* What must be the same for a state to be of use: the point, its replicate, what is recorded. */
static enum ae_status make_key(const struct ae_params *p, uint64_t *key, struct ae_error *err)
{
    struct ae_buffer text = {0};
    ae_params_identity(p, &text);
    ae_buffer_printf(&text, " layout=%d replicate=%" PRIu64 " record=%d", LAYOUT,
                     ae_params_stored_replicate(p), (int)p->record);
    enum ae_status rc = ae_buffer_status(&text, err);
    if (rc == AE_OK)
        *key = ae_hash(text.data, text.size);
    ae_buffer_clear(&text);
    return rc;
}

static enum ae_status save(void *ctx, size_t i, struct ae_bytes state, struct ae_error *err)
{
    struct watch *watch = ctx;
    if (watch->is_late) /* the point has failed */
        return AE_OK;
    struct ae_buffer bytes = {0};
    double used_s = watch->used_s + (now_s() - watch->started_s) / (double)watch->n;
    ae_buffer_u64(&bytes, i);
    ae_buffer_u64(&bytes, watch->keys[i]);
    ae_buffer_u64(&bytes, ae_hash(state.data, state.size));
    ae_buffer_reals(&bytes, 1, &used_s);
    ae_buffer_append(&bytes, state.data, state.size);
    enum ae_status rc = ae_buffer_status(&bytes, err);
    if (rc == AE_OK)
        rc = ae_sink_save(watch->sink, ae_buffer_bytes(&bytes), err);
    double end_s = now_s();
    double pause_s = fmax(watch->saving.every_s, (end_s - watch->asked_s) / SAVING_SHARE);
    watch->n_bytes += bytes.size;
    watch->save_at_s = end_s + fmax(pause_s, (double)watch->n_bytes / watch->saving.bytes_per_s);
    ae_buffer_clear(&bytes);
    return rc;
}

bool ae_point_take_saved(struct ae_bytes *saved, size_t *i)
{
    struct ae_reader in = ae_reader_of(*saved);
    uint64_t number = 0;
    if (!ae_take_u64(&in, &number))
        return false;
    *i = (size_t)number;
    *saved = (struct ae_bytes){.data = in.at, .size = in.left};
    return true;
}

/* Takes what was saved apart: whose it is, the time it took, the engine's part. False if it is not
 * whole. */
static bool take_saved(struct ae_bytes saved, uint64_t *key, double *used_s, struct ae_bytes *state)
{
    struct ae_reader in = ae_reader_of(saved);
    uint64_t sum = 0;
    if (!ae_take_u64(&in, key) || !ae_take_u64(&in, &sum) || !ae_take_reals(&in, 1, used_s) ||
        sum != ae_hash(in.at, in.left) || !(*used_s >= 0.0))
        return false;
    *state = (struct ae_bytes){.data = in.at, .size = in.left};
    return true;
}

/* The engine's part of what was saved, if it is whole and of this point; else nothing. */
static struct ae_bytes open_saved(struct watch *watch)
{
    struct ae_bytes state = {0};
    uint64_t key = 0;
    double used_s = 0.0;
    if (!watch->keys || !take_saved(watch->saving.saved, &key, &used_s, &state) ||
        key != watch->keys[0])
        return (struct ae_bytes){0};
    watch->used_s = used_s;
    return state;
}

enum ae_status ae_point_read_saved(struct ae_bytes saved, const struct ae_params *p,
                                   struct ae_point_saved *out, struct ae_error *err)
{
    struct ae_bytes state = {0};
    struct ae_point_saved is = {0};
    uint64_t key = 0, wanted = 0;
    enum ae_status rc = AE_OK;
    *out = is;
    if (!take_saved(saved, &key, &is.used_s, &state))
        return AE_OK;
    struct ae_reader in = ae_reader_of(state);
    if (p)
        rc = make_key(p, &wanted, err);
    if (rc == AE_OK && (!p || key == wanted) && ae_take_u64(&in, &is.steps))
        *out = is;
    return rc;
}

/* ---- the input of the job ---- */

static void pack(size_t n, const struct ae_params *p, const struct ae_point_saving *saving,
                 struct ae_buffer *out)
{
    struct ae_buffer params = {0};
    ae_buffer_u64(out, n);
    for (size_t i = 0; i < n; i++) {
        ae_buffer_rewind(&params);
        ae_params_pack(&p[i], &params);
        out->failed = out->failed || params.failed; /* which rewinding forgets */
        ae_buffer_block(out, ae_buffer_bytes(&params));
    }
    ae_buffer_reals(out, 1, &saving->every_s);
    ae_buffer_reals(out, 1, &saving->bytes_per_s);
    ae_buffer_block(out, saving->saved);
    ae_buffer_clear(&params);
}

void ae_point_pack_saved(size_t n, const struct ae_params *p, const struct ae_point_saving *saving,
                         struct ae_buffer *out)
{
    pack(n, p, saving, out);
}

void ae_point_pack_folded(size_t n, const struct ae_params *p, struct ae_buffer *out)
{
    struct ae_point_saving never = {.every_s = (double)INFINITY, .bytes_per_s = (double)INFINITY};
    pack(n, p, &never, out);
}

void ae_point_pack(const struct ae_params *p, struct ae_buffer *out)
{
    ae_point_pack_folded(1, p, out);
}

bool ae_point_can_resume(const struct ae_params *p)
{
    return ae_engine_of(p)->can_resume;
}

/* ---- the job ---- */

/* The points of one job, and what became of them. */
struct work {
    size_t n;
    struct ae_params *p;         /* [n] */
    double **storage;            /* [n] of their lists */
    struct ae_record *records;   /* [n] */
    struct ae_record **pointers; /* [n] to the same */
    enum ae_status *status;      /* [n] */
};

static enum ae_status open_work(struct work *work, size_t n, struct ae_error *err)
{
    *work = (struct work){.n = n,
                          .p = ae_calloc(n, 1, sizeof *work->p),
                          .storage = ae_calloc(n, 1, sizeof *work->storage),
                          .records = ae_calloc(n, 1, sizeof *work->records),
                          .pointers = ae_calloc(n, 1, sizeof(void *)),
                          .status = ae_calloc(n, 1, sizeof *work->status)};
    if (!work->p || !work->storage || !work->records || !work->pointers || !work->status)
        return ae_fail_memory(err, n * sizeof *work->p);
    for (size_t i = 0; i < n; i++)
        work->pointers[i] = &work->records[i];
    return AE_OK;
}

static void close_work(struct work *work)
{
    for (size_t i = 0; work->storage && i < work->n; i++)
        free(work->storage[i]);
    for (size_t i = 0; work->records && i < work->n; i++)
        ae_record_clear(&work->records[i]);
    free(work->p);
    free(work->storage);
    free(work->records);
    free(work->pointers);
    free(work->status);
}

static enum ae_status fail_input(struct ae_bytes in, struct ae_error *err)
{
    return ae_fail(err, AE_EINTERNAL, "malformed input of a point (%zu bytes)", in.size);
}

static enum ae_status unpack_input(struct ae_bytes in, struct work *work,
                                   struct ae_point_saving *saving, struct ae_error *err)
{
    struct ae_reader reader = ae_reader_of(in);
    uint64_t n = 0;
    if (!ae_take_u64(&reader, &n) || n == 0 || n > reader.left)
        return fail_input(in, err);
    enum ae_status rc = open_work(work, (size_t)n, err);
    for (size_t i = 0; i < n && rc == AE_OK; i++) {
        struct ae_bytes params = {0};
        if (!ae_take_block(&reader, &params))
            return fail_input(in, err);
        rc = ae_params_unpack(params, &work->p[i], &work->storage[i], err);
    }
    if (rc != AE_OK)
        return rc;
    if (!ae_take_reals(&reader, 1, &saving->every_s) ||
        !ae_take_reals(&reader, 1, &saving->bytes_per_s) || !ae_take_block(&reader, &saving->saved))
        return fail_input(in, err);
    return AE_OK;
}

/* Tells the farm what to call this job; the reader is ae_campaign_prepare. */
static enum ae_status name_job(const struct work *work, struct ae_sink *sink, struct ae_error *err)
{
    char name[96];
    uint64_t point = 0;
    enum ae_status rc = ae_params_hash(&work->p[0], &point, err);
    int at = snprintf(name, sizeof name, "%016" PRIx64 " replicate %" PRIu64, point,
                      ae_params_stored_replicate(&work->p[0]));
    if (work->n > 1)
        (void)snprintf(name + at, sizeof name - (size_t)at, " and %zu more", work->n - 1);
    if (rc == AE_OK)
        ae_sink_name(sink, name);
    return rc;
}

static enum ae_status make_keys(const struct work *work, struct watch *watch, struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    watch->n = work->n;
    if (!ae_engine_of(work->p)->can_resume)
        return AE_OK;
    watch->keys = ae_calloc(work->n, 1, sizeof *watch->keys);
    if (!watch->keys)
        return ae_fail_memory(err, work->n * sizeof *watch->keys);
    for (size_t i = 0; i < work->n && rc == AE_OK; i++)
        rc = make_key(&work->p[i], &watch->keys[i], err);
    return rc;
}

static enum ae_status run_engine(struct work *work, struct watch *watch, struct ae_error *err)
{
    const struct ae_params *p = work->p;
    struct ae_host host = {
        .ctx = watch, .should_stop = should_stop, .should_save = should_save, .save = save};
    enum ae_status rc = make_keys(work, watch, err);
    if (rc == AE_OK)
        rc = name_job(work, watch->sink, err);
    if (rc != AE_OK) {
        for (size_t i = 0; i < work->n; i++)
            work->status[i] = rc;
        return rc;
    }
    host.saved = open_saved(watch);
    watch->deadline_s = watch->started_s + p->timeout - watch->used_s;
    watch->save_at_s = watch->started_s + watch->saving.every_s;
    return ae_engine_of(p)->run(work->n, p, &host, work->pointers, work->status, err);
}

/* ---- results ---- */

/* What is sent of point i: status, reason, summary and record. `why` is what the engine said. */
static void pack_result(const struct work *work, size_t i, const char *why, struct ae_buffer *out)
{
    const struct ae_record *record = &work->records[i];
    const char *reason = work->status[i] == AE_OK ? "" : why;
    double summary[AE_N_SUMMARY];
    struct ae_buffer bytes = {0};
    ae_summary_to_reals(&record->summary, summary);
    ae_buffer_reals(&bytes, AE_N_SUMMARY, summary);
    if (work->status[i] == AE_OK)
        ae_record_pack(record, &bytes);
    ae_buffer_u64(out, (uint64_t)work->status[i]);
    ae_buffer_block(out, (struct ae_bytes){.data = reason, .size = strlen(reason) + 1});
    ae_buffer_block(out, ae_buffer_bytes(&bytes));
    out->failed = out->failed || bytes.failed;
    ae_buffer_clear(&bytes);
}

/* A point that has not ended in time has failed. */
static const char *name_timeout(struct work *work, size_t i, struct ae_error *why)
{
    char company[80] = "";
    if (work->n > 1)
        (void)snprintf(company, sizeof company,
                       " together with %zu other%s on its trajectory (--no-fold: alone)",
                       work->n - 1, work->n == 2 ? "" : "s");
    work->status[i] = ae_fail(why, AE_ETIMEOUT, "timeout: took more than %g s%s, reached t = %.6g",
                              work->p[i].timeout, company, work->records[i].summary.t_end);
    return why->message;
}

static enum ae_status send(struct work *work, const struct watch *watch, const char *why,
                           struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    struct ae_buffer bytes = {0};
    struct ae_error late;
    for (size_t i = 0; i < work->n && rc == AE_OK; i++) {
        bool is_late = work->status[i] == AE_ESTOP && watch->is_late;
        ae_buffer_rewind(&bytes);
        pack_result(work, i, is_late ? name_timeout(work, i, &late) : why, &bytes);
        rc = ae_buffer_status(&bytes, err);
        if (rc == AE_OK)
            rc = ae_sink_record(watch->sink, ae_buffer_bytes(&bytes), err);
    }
    ae_buffer_clear(&bytes);
    return rc;
}

enum ae_status ae_point_run(void *ctx, struct ae_bytes in, struct ae_sink *out,
                            struct ae_error *err)
{
    (void)ctx;
    struct work work = {0};
    struct watch watch = {.sink = out, .started_s = now_s()};
    struct ae_error why = {.message = ""};
    enum ae_status rc = unpack_input(in, &work, &watch.saving, err);
    if (rc == AE_OK) {
        rc = run_engine(&work, &watch, &why);
        bool is_late = rc == AE_ESTOP && watch.is_late;
        enum ae_status sent = send(&work, &watch, why.message, err);
        if (sent != AE_OK)
            rc = sent;
        else if (is_late)
            rc = ae_fail(err, AE_ETIMEOUT, "timeout: took more than %g s", work.p[0].timeout);
        else if (rc != AE_OK)
            (void)ae_fail(err, rc, "%s", why.message);
    }
    close_work(&work);
    free(watch.keys);
    return rc;
}

enum ae_status ae_point_take(struct ae_reader *in, struct ae_point_result *result,
                             struct ae_error *err)
{
    uint64_t status = 0;
    struct ae_bytes reason = {0}, bytes = {0};
    double numbers[AE_N_SUMMARY];
    size_t size = in->left;
    if (!ae_take_u64(in, &status) || !ae_take_block(in, &reason) || !ae_take_block(in, &bytes) ||
        status > AE_EINTERNAL || reason.size == 0 ||
        ((const char *)reason.data)[reason.size - 1] != '\0')
        return ae_fail(err, AE_EINTERNAL, "malformed result (%zu bytes)", size);
    struct ae_reader reader = ae_reader_of(bytes);
    if (!ae_take_reals(&reader, AE_N_SUMMARY, numbers))
        return ae_fail(err, AE_EINTERNAL, "malformed result (%zu bytes)", size);
    *result = (struct ae_point_result){.status = (enum ae_status)status,
                                       .reason = reason.data,
                                       .record = {.data = reader.at, .size = reader.left}};
    ae_summary_from_reals(numbers, &result->summary);
    return AE_OK;
}
