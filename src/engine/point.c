/* One point as a job of the farm. */
#include "aesweep/point.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "aesweep/engine.h"
#include "aesweep/hash.h"

/*
 * A saved state is a header and what the engine wrote. LAYOUT stands for both: it rises whenever an
 * engine, the observer or the header changes what it writes.
 */
enum { LAYOUT = 2 };
#define SAVING_SHARE 0.02 /* of the time may go into saving */

struct watch {
    struct ae_sink *sink;
    uint64_t key;      /* of the point and what is recorded of it */
    double started_s;  /* on the monotonic clock */
    double used_s;     /* in earlier runs that this one goes on from */
    double deadline_s; /* on the monotonic clock; inf = none */
    bool is_late;
    struct ae_point_saving saving;
    double save_at_s, asked_s; /* next time to save; when should_save said so */
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

static enum ae_status save(void *ctx, struct ae_bytes state, struct ae_error *err)
{
    struct watch *watch = ctx;
    if (watch->is_late) /* the point has failed */
        return AE_OK;
    struct ae_buffer bytes = {0};
    double used_s = watch->used_s + now_s() - watch->started_s;
    ae_buffer_u64(&bytes, watch->key);
    ae_buffer_u64(&bytes, ae_hash(state.data, state.size));
    ae_buffer_reals(&bytes, 1, &used_s);
    ae_buffer_append(&bytes, state.data, state.size);
    enum ae_status rc = ae_buffer_status(&bytes, err);
    if (rc == AE_OK)
        rc = ae_sink_save(watch->sink, ae_buffer_bytes(&bytes), err);
    double end_s = now_s();
    double pause_s = fmax(watch->saving.every_s, (end_s - watch->asked_s) / SAVING_SHARE);
    watch->save_at_s = end_s + fmax(pause_s, (double)bytes.size / watch->saving.bytes_per_s);
    ae_buffer_clear(&bytes);
    return rc;
}

/* The engine's part of what was saved, if it is whole and of this point; else nothing. */
static struct ae_bytes open_saved(struct watch *watch)
{
    struct ae_reader in = ae_reader_of(watch->saving.saved);
    uint64_t key = 0, sum = 0;
    double used_s = 0.0;
    if (!ae_take_u64(&in, &key) || !ae_take_u64(&in, &sum) || !ae_take_reals(&in, 1, &used_s) ||
        key != watch->key || sum != ae_hash(in.at, in.left) || !(used_s >= 0.0))
        return (struct ae_bytes){0};
    watch->used_s = used_s;
    return (struct ae_bytes){.data = in.at, .size = in.left};
}

/* ---- the input of the job ---- */

void ae_point_pack_saved(const struct ae_params *p, const struct ae_point_saving *saving,
                         struct ae_buffer *out)
{
    struct ae_buffer params = {0};
    ae_params_pack(p, &params);
    ae_buffer_block(out, ae_buffer_bytes(&params));
    ae_buffer_reals(out, 1, &saving->every_s);
    ae_buffer_reals(out, 1, &saving->bytes_per_s);
    ae_buffer_block(out, saving->saved);
    out->failed = out->failed || params.failed;
    ae_buffer_clear(&params);
}

void ae_point_pack(const struct ae_params *p, struct ae_buffer *out)
{
    struct ae_point_saving never = {.every_s = (double)INFINITY, .bytes_per_s = (double)INFINITY};
    ae_point_pack_saved(p, &never, out);
}

bool ae_point_can_resume(const struct ae_params *p)
{
    return ae_engine_of(p)->can_resume;
}

/* Tells the farm what to call this job; the reader is ae_campaign_prepare. */
static enum ae_status name_job(const struct ae_params *p, struct ae_sink *sink,
                               struct ae_error *err)
{
    char name[64];
    uint64_t point = 0;
    enum ae_status rc = ae_params_hash(p, &point, err);
    (void)snprintf(name, sizeof name, "%016" PRIx64 " replicate %" PRIu64, point,
                   ae_params_stored_replicate(p));
    if (rc == AE_OK)
        ae_sink_name(sink, name);
    return rc;
}

static enum ae_status unpack_input(struct ae_bytes in, struct ae_params *p, double **storage,
                                   struct ae_point_saving *saving, struct ae_error *err)
{
    struct ae_reader reader = ae_reader_of(in);
    struct ae_bytes params = {0};
    if (!ae_take_block(&reader, &params) || !ae_take_reals(&reader, 1, &saving->every_s) ||
        !ae_take_reals(&reader, 1, &saving->bytes_per_s) || !ae_take_block(&reader, &saving->saved))
        return ae_fail(err, AE_EINTERNAL, "malformed input of a point (%zu bytes)", in.size);
    return ae_params_unpack(params, p, storage, err);
}

static enum ae_status send(struct ae_sink *out, const struct ae_record *record, bool is_done,
                           struct ae_error *err)
{
    double summary[AE_N_SUMMARY];
    struct ae_buffer bytes = {0};
    ae_summary_to_reals(&record->summary, summary);
    ae_buffer_reals(&bytes, AE_N_SUMMARY, summary);
    if (is_done)
        ae_record_pack(record, &bytes);
    enum ae_status rc = ae_buffer_status(&bytes, err);
    if (rc == AE_OK)
        rc = ae_sink_record(out, ae_buffer_bytes(&bytes), err);
    ae_buffer_clear(&bytes);
    return rc;
}

static enum ae_status run_engine(const struct ae_params *p, struct watch *watch,
                                 struct ae_record *record, struct ae_error *err)
{
    struct ae_host host = {
        .ctx = watch, .should_stop = should_stop, .should_save = should_save, .save = save};
    enum ae_status rc = make_key(p, &watch->key, err);
    if (rc == AE_OK)
        rc = name_job(p, watch->sink, err);
    if (rc != AE_OK)
        return rc;
    host.saved = open_saved(watch);
    watch->deadline_s = watch->started_s + p->timeout - watch->used_s;
    watch->save_at_s = watch->started_s + watch->saving.every_s;
    rc = ae_engine_of(p)->run(p, &host, record, err);
    if (rc == AE_ESTOP && watch->is_late)
        rc = ae_fail(err, AE_ETIMEOUT, "timeout: took more than %g s, reached t = %.6g", p->timeout,
                     record->summary.t_end);
    return rc;
}

enum ae_status ae_point_run(void *ctx, struct ae_bytes in, struct ae_sink *out,
                            struct ae_error *err)
{
    (void)ctx;
    struct ae_params p;
    double *storage = NULL;
    struct watch watch = {.sink = out, .started_s = now_s()};
    enum ae_status rc = unpack_input(in, &p, &storage, &watch.saving, err);
    if (rc != AE_OK)
        return rc;
    struct ae_record record = {0};
    rc = run_engine(&p, &watch, &record, err);
    struct ae_error send_error;
    if (rc != AE_ESTOP && send(out, &record, rc == AE_OK, &send_error) != AE_OK && rc == AE_OK)
        rc = ae_fail(err, send_error.code, "%s", send_error.message);
    ae_record_clear(&record);
    free(storage);
    return rc;
}

enum ae_status ae_point_unpack(struct ae_bytes in, struct ae_summary *summary,
                               struct ae_bytes *record, struct ae_error *err)
{
    struct ae_reader reader = ae_reader_of(in);
    double numbers[AE_N_SUMMARY];
    if (!ae_take_reals(&reader, AE_N_SUMMARY, numbers))
        return ae_fail(err, AE_EINTERNAL, "malformed result (%zu bytes)", in.size);
    ae_summary_from_reals(numbers, summary);
    *record = (struct ae_bytes){.data = reader.at, .size = reader.left};
    return AE_OK;
}
