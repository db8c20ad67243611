/* One point as a job of the farm. */
#include "aesweep/point.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

#include "aesweep/engine.h"

struct watch {
    struct ae_sink *sink;
    double deadline_s; /* on the monotonic clock; inf = none */
    bool is_late;
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

void ae_point_pack(const struct ae_params *p, struct ae_buffer *out)
{
    ae_params_pack(p, out);
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

enum ae_status ae_point_run(void *ctx, struct ae_bytes in, struct ae_sink *out,
                            struct ae_error *err)
{
    (void)ctx;
    struct ae_params p;
    double *storage = NULL;
    enum ae_status rc = ae_params_unpack(in, &p, &storage, err);
    if (rc != AE_OK)
        return rc;
    struct ae_record record = {0};
    struct watch watch = {.sink = out, .deadline_s = now_s() + p.timeout};
    struct ae_host host = {.ctx = &watch, .should_stop = should_stop};
    rc = ae_engine_of(&p)->run(&p, &host, &record, err);
    if (rc == AE_ESTOP && watch.is_late)
        rc = ae_fail(err, AE_ETIMEOUT, "timeout: took more than %g s, reached t = %.6g", p.timeout,
                     record.summary.t_end);
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
