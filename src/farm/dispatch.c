/*
 * The side of rank 0: hands out jobs, reports their results, and computes jobs itself while there
 * are few ranks. farm.c describes the letters.
 *
 * How many jobs a worker holds depends on how long jobs take (mean_s): a long job alone, short ones
 * enough to bridge the time until rank 0 looks at its mail again. Where that was too many - short
 * jobs followed by long ones, while other ranks have none - the unstarted ones are called back.
 */
#include "farm_internal.h"

#include <stdlib.h>
#include <string.h>

enum {
    COMPUTING_RANKS = 32, /* up to this many ranks rank 0 computes too */
    DEPTH_MAX = 1000,     /* jobs a worker holds at most */
    AHEAD_BYTES = 1 << 20 /* inputs a worker holds at most, unless it is a single one */
};
static const double TICK_S = 0.1;
static const double LONG_JOB_S = 50e-3;     /* from here on nobody holds a second job */
static const double AHEAD_S = 10e-3;        /* work a worker holds, if rank 0 answers at once */
static const double RECALL_WORK_S = 5e-3;   /* work worth calling back, */
static const double RECALL_QUIET_S = 20e-3; /* or a worker silent for so long */

struct peer {
    char *host;       /* NULL until HELLO has come */
    size_t n_jobs;    /* handed out, no answer yet */
    size_t n_bytes;   /* of inputs sent since n_jobs was 0 */
    double news_s;    /* when it last sent a result, or had no job */
    bool is_recalled; /* RECALL is not answered yet */
    bool is_gone;     /* BYE has come */
};

struct dispatch {
    struct ae_farm *farm;
    const struct ae_farm_source *source;
    struct peer *peers;       /* [farm->size]; that of rank 0 has no use */
    struct ae_job_queue pool; /* given by the source, or returned, and not handed out */
    size_t n_open;            /* given by the source, `done` not called */
    bool computes;            /* rank 0 runs jobs too */
    bool is_in_job;           /* it is doing so */
    bool is_dry;              /* the source said false, and no result has come since */
    bool is_stopping, is_stop_told, is_stop_ticked;
    bool is_ending;            /* END is sent: no more callbacks */
    double mean_s;             /* duration of recent jobs; 0 if unknown */
    double gap_s;              /* how long letters recently lay unread while rank 0 was in a job */
    double served_s, ticked_s; /* when letters were last served, `tick` last called */
    enum ae_status outcome;    /* of the first callback that failed */
    struct ae_error why;
    enum ae_status broken; /* what went wrong with letters while rank 0 was in a job */
    struct ae_error trouble;
};

/* Keeps the status of a callback; the first failure stops the run. */
static void judge(struct dispatch *d, enum ae_status rc, const struct ae_error *why)
{
    if (rc == AE_OK)
        return;
    d->is_stopping = true;
    if (d->outcome == AE_OK) {
        d->outcome = rc;
        d->why = *why;
        d->why.code = rc;
    }
}

/* ---- results ---- */

static void report(struct dispatch *d, const struct ae_farm_result *result)
{
    struct ae_error why = {0};
    d->n_open--;
    d->is_dry = false;
    judge(d, d->source->done(d->source->ctx, result, &why), &why);
}

static enum ae_status report_payload(struct dispatch *d, struct ae_bytes payload, int rank,
                                     const char *host, struct ae_error *err)
{
    struct ae_farm_result result = {.rank = (size_t)rank, .host = host};
    if (!ae_result_read(payload, &result))
        return ae_fail(err, AE_EINTERNAL, "malformed result from rank %d (%zu bytes)", rank,
                       payload.size);
    /* A long job among short ones counts at once, a short one among long ones by and by. */
    d->mean_s = d->mean_s > 0.0 ? d->mean_s + 0.25 * (result.wall_s - d->mean_s) : result.wall_s;
    report(d, &result);
    return AE_OK;
}

/* A job that no rank has run. */
static void report_unrun(struct dispatch *d, const struct ae_job *job, enum ae_status status,
                         const char *reason)
{
    struct ae_farm_result result = {
        .job = job->number, .status = status, .reason = reason, .host = d->farm->host};
    report(d, &result);
}

static void report_pool_stopped(struct dispatch *d)
{
    while (d->pool.n > 0) {
        struct ae_job *job = ae_job_pop(&d->pool);
        report_unrun(d, job, AE_ESTOP, "stopped before it began");
        ae_job_free(job);
    }
}

/* ---- handing out ---- */

/* Makes sure that the pool has a job if the source has one; *has_job tells. */
static enum ae_status refill(struct dispatch *d, bool *has_job, struct ae_error *err)
{
    while (d->pool.n == 0 && !d->is_dry && !d->is_stopping) {
        struct ae_job *job = ae_job_new(0);
        if (!job)
            return ae_fail_memory(err, sizeof *job);
        if (!d->source->next(d->source->ctx, &job->number, &job->in)) {
            d->is_dry = true;
            ae_job_free(job);
            continue;
        }
        d->n_open++;
        if (job->in.failed || job->in.size > AE_BLOCK_MAX) {
            bool failed = job->in.failed;
            report_unrun(d, job, failed ? AE_ENOMEM : AE_EARG,
                         failed ? "out of memory for the input of the job"
                                : "the input of the job is too long to be sent");
            ae_job_free(job);
            continue;
        }
        ae_job_push(&d->pool, job);
    }
    *has_job = d->pool.n > 0 && !d->is_stopping;
    return AE_OK;
}

/* How many jobs a worker should hold. */
static size_t depth(const struct dispatch *d)
{
    if (!(d->mean_s > 0.0) || d->mean_s > LONG_JOB_S)
        return 1;
    double n = (AHEAD_S + 2.0 * d->gap_s) / d->mean_s;
    size_t most = n < 2.0 ? 2 : n > DEPTH_MAX ? DEPTH_MAX : (size_t)n;
    /* Jobs lie in the pool when they were called back for others: they are shared out evenly. */
    size_t share = 1 + d->pool.n / (size_t)d->farm->size;
    return d->pool.n > 0 && share < most ? share : most;
}

/* May a worker get an input of that size now? One job always; more as long as they are small. */
static bool has_room(const struct peer *peer, size_t size)
{
    return peer->n_jobs == 0 ||
           (peer->n_bytes <= AHEAD_BYTES && size <= AHEAD_BYTES - peer->n_bytes);
}

static enum ae_status hand_out(struct dispatch *d, int rank, struct ae_error *err)
{
    struct peer *peer = &d->peers[rank];
    enum ae_status rc = AE_OK;
    struct ae_buffer letter = {0};
    size_t most = depth(d);
    if (peer->n_jobs > most / 2)
        return AE_OK;
    if (peer->n_jobs == 0) {
        peer->n_bytes = 0;
        peer->news_s = d->served_s;
    }
    while (rc == AE_OK && peer->n_jobs < most) {
        bool has_job = false;
        rc = refill(d, &has_job, err);
        if (rc != AE_OK || !has_job || !has_room(peer, d->pool.head->in.size))
            break;
        struct ae_job *job = ae_job_pop(&d->pool);
        ae_job_pack(job, &letter);
        peer->n_jobs++;
        peer->n_bytes += job->in.size;
        ae_job_free(job);
    }
    if (rc == AE_OK && letter.size > 0)
        rc = ae_mail_post(&d->farm->mail, rank, AE_TAG_JOBS, &letter, err);
    ae_buffer_clear(&letter);
    return rc;
}

/* Calls jobs back from the worker that holds most, if that is worthwhile and somebody has none. */
static enum ae_status recall(struct dispatch *d, struct ae_error *err)
{
    bool has_idle = d->computes && !d->is_in_job;
    int from = 0;
    if (!d->is_dry || d->pool.n > 0)
        return AE_OK;
    for (int rank = 1; rank < d->farm->size; rank++) {
        const struct peer *peer = &d->peers[rank];
        has_idle = has_idle || (peer->host && peer->n_jobs == 0);
        if (peer->n_jobs < 2 || peer->is_recalled)
            continue;
        double work_s = d->mean_s * (double)(peer->n_jobs - 1);
        bool is_worthwhile = work_s > RECALL_WORK_S || d->served_s - peer->news_s > RECALL_QUIET_S;
        if (is_worthwhile && (from == 0 || peer->n_jobs > d->peers[from].n_jobs))
            from = rank;
    }
    if (!has_idle || from == 0)
        return AE_OK;
    d->peers[from].is_recalled = true;
    return ae_mail_post(&d->farm->mail, from, AE_TAG_RECALL, NULL, err);
}

/* ---- letters ---- */

static enum ae_status heed_hello(struct peer *peer, struct ae_buffer *payload, struct ae_error *err)
{
    free(peer->host);
    peer->host = ae_text_copy(payload->data, strlen(payload->data));
    return peer->host ? AE_OK : ae_fail_memory(err, payload->size);
}

static enum ae_status heed_returned(struct dispatch *d, struct peer *peer, struct ae_bytes payload,
                                    struct ae_error *err)
{
    size_t n_jobs = 0;
    enum ae_status rc = ae_job_unpack(payload, &d->pool, &n_jobs, err);
    if (rc == AE_OK && n_jobs > peer->n_jobs)
        rc = ae_fail(err, AE_EINTERNAL, "a worker returned %zu jobs and had %zu", n_jobs,
                     peer->n_jobs);
    if (rc == AE_OK)
        peer->n_jobs -= n_jobs;
    peer->is_recalled = false;
    return rc;
}

static enum ae_status heed_saved(struct dispatch *d, struct ae_bytes payload, struct ae_error *err)
{
    struct ae_reader reader = ae_reader_of(payload);
    struct ae_error why = {0};
    uint64_t job = 0;
    if (!ae_take_u64(&reader, &job))
        return ae_fail(err, AE_EINTERNAL, "malformed saved state (%zu bytes)", payload.size);
    if (d->source->saved)
        judge(d,
              d->source->saved(d->source->ctx, job,
                               (struct ae_bytes){.data = reader.at, .size = reader.left}, &why),
              &why);
    return AE_OK;
}

static enum ae_status heed(struct dispatch *d, struct ae_letter *letter, struct ae_error *err)
{
    struct peer *peer = &d->peers[letter->source];
    struct ae_bytes payload = ae_buffer_bytes(&letter->payload);
    switch (letter->tag) {
    case AE_TAG_HELLO:
        return heed_hello(peer, &letter->payload, err);
    case AE_TAG_RESULT:
        if (peer->n_jobs == 0 || !peer->host)
            break;
        peer->n_jobs--;
        peer->news_s = d->served_s;
        return report_payload(d, payload, letter->source, peer->host, err);
    case AE_TAG_SAVED:
        return heed_saved(d, payload, err);
    case AE_TAG_RETURNED:
        return heed_returned(d, peer, payload, err);
    case AE_TAG_ASK_STOP:
        d->is_stopping = d->is_stopping || !d->is_ending;
        return AE_OK;
    case AE_TAG_BYE:
        peer->is_gone = true;
        return AE_OK;
    default:
        break;
    }
    return ae_fail(err, AE_EINTERNAL, "rank 0 got an unexpected letter of kind %d from rank %d",
                   (int)letter->tag, letter->source);
}

/* The same letter to every worker. */
static enum ae_status tell_all(struct dispatch *d, enum ae_tag tag, struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    for (int rank = 1; rank < d->farm->size && rc == AE_OK; rank++)
        rc = ae_mail_post(&d->farm->mail, rank, tag, NULL, err);
    return rc;
}

static enum ae_status take_letters(struct dispatch *d, bool *is_busy, struct ae_error *err)
{
    bool got = d->farm->size > 1;
    enum ae_status rc = got ? ae_mail_flush(&d->farm->mail, err) : AE_OK;
    while (rc == AE_OK && got) {
        struct ae_letter letter = {0};
        rc = ae_mail_take(&d->farm->mail, &letter, &got, err);
        if (rc == AE_OK && got) {
            *is_busy = true;
            rc = heed(d, &letter, err);
            ae_buffer_clear(&letter.payload);
        }
    }
    return rc;
}

/* A stop is told at once: whoever sent the signal may kill a second later. */
static void tick(struct dispatch *d)
{
    d->is_stopping = d->is_stopping || ae_stop_is_requested();
    bool is_news = d->is_stopping && !d->is_stop_ticked;
    if (!is_news && d->served_s - d->ticked_s < TICK_S)
        return;
    struct ae_error why = {0};
    bool stop = d->is_stopping;
    d->is_stop_ticked = d->is_stopping;
    d->ticked_s = d->served_s;
    judge(d, d->source->tick(d->source->ctx, &stop, &why), &why);
    d->is_stopping = d->is_stopping || stop;
}

/* All that rank 0 has to do besides computing. Called between its jobs, and at times from inside
 * one. */
static enum ae_status serve(struct dispatch *d, bool *is_busy, struct ae_error *err)
{
    double now_s = ae_clock_s();
    if (d->is_in_job) {
        double gap_s = now_s - d->served_s;
        d->gap_s = gap_s > 0.9 * d->gap_s ? gap_s : 0.9 * d->gap_s;
    }
    d->served_s = now_s;
    enum ae_status rc = take_letters(d, is_busy, err);
    tick(d);
    for (int rank = 1; rank < d->farm->size && rc == AE_OK && !d->is_stopping; rank++)
        if (d->peers[rank].host)
            rc = hand_out(d, rank, err);
    if (rc == AE_OK && !d->is_stopping)
        rc = recall(d, err);
    if (d->is_stopping) {
        if (rc == AE_OK && !d->is_stop_told)
            rc = tell_all(d, AE_TAG_STOP, err);
        d->is_stop_told = true;
        report_pool_stopped(d);
    }
    d->served_s = ae_clock_s();
    return rc;
}

/* ---- rank 0's own jobs ---- */

static bool serve_in_job(void *owner)
{
    struct dispatch *d = owner;
    bool is_busy = false;
    if (d->broken == AE_OK)
        d->broken = serve(d, &is_busy, &d->trouble);
    return d->is_stopping || d->broken != AE_OK;
}

static enum ae_status save(void *owner, uint64_t job, struct ae_bytes state, struct ae_error *err)
{
    struct dispatch *d = owner;
    struct ae_error why = {0};
    (void)err; /* a callback that fails is no failure of the job: it stops the run */
    if (d->source->saved)
        judge(d, d->source->saved(d->source->ctx, job, state, &why), &why);
    return AE_OK;
}

static enum ae_status run_own(struct dispatch *d, ae_job_fn *run, void *ctx, struct ae_error *err)
{
    struct ae_sink sink = {.owner = d, .serve = serve_in_job, .save = save};
    enum ae_status status = AE_OK;
    struct ae_job *job = ae_job_pop(&d->pool);
    d->is_in_job = true;
    enum ae_status rc = ae_job_run(run, ctx, job, &sink, &status, err);
    d->is_in_job = false;
    ae_job_free(job);
    if (rc == AE_OK)
        rc = report_payload(d, ae_buffer_bytes(&sink.result), 0, d->farm->host, err);
    ae_buffer_clear(&sink.result);
    if (rc == AE_OK && d->broken != AE_OK) {
        rc = d->broken;
        if (err)
            *err = d->trouble;
    }
    return rc;
}

/* ---- the run ---- */

static bool is_finished(const struct dispatch *d)
{
    return d->n_open == 0 && (d->is_stopping || d->is_dry);
}

static enum ae_status work(struct dispatch *d, ae_job_fn *job, void *job_ctx, struct ae_error *err)
{
    struct ae_nap nap = {0};
    enum ae_status rc = AE_OK;
    while (rc == AE_OK && !is_finished(d)) {
        bool is_busy = false;
        bool has_job = false;
        rc = serve(d, &is_busy, err);
        if (rc == AE_OK && d->computes)
            rc = refill(d, &has_job, err);
        if (rc == AE_OK && has_job)
            rc = run_own(d, job, job_ctx, err);
        if (is_busy || has_job)
            nap.ns = 0;
        else if (rc == AE_OK && !is_finished(d))
            ae_nap_take(&nap);
    }
    return rc;
}

static enum ae_status part(struct dispatch *d, struct ae_error *err)
{
    struct ae_nap nap = {0};
    d->is_ending = true;
    enum ae_status rc = tell_all(d, AE_TAG_END, err);
    for (int rank = 1; rank < d->farm->size; rank++) {
        while (rc == AE_OK && !d->peers[rank].is_gone) {
            bool is_busy = false;
            rc = take_letters(d, &is_busy, err);
            if (rc == AE_OK && !is_busy)
                ae_nap_take(&nap);
        }
    }
    return rc == AE_OK ? ae_mail_drain(&d->farm->mail, err) : rc;
}

enum ae_status ae_dispatch_run(struct ae_farm *farm, ae_job_fn *job, void *job_ctx,
                               const struct ae_farm_source *source, enum ae_status *outcome,
                               struct ae_error *why, struct ae_error *err)
{
    struct dispatch d = {.farm = farm, .source = source, .computes = farm->size <= COMPUTING_RANKS};
    d.served_s = d.ticked_s = ae_clock_s();
    d.peers = ae_calloc(1, (size_t)farm->size, sizeof *d.peers);
    enum ae_status rc = d.peers ? AE_OK : ae_fail_memory(err, (size_t)farm->size * sizeof *d.peers);
    if (rc == AE_OK)
        rc = work(&d, job, job_ctx, err);
    if (rc == AE_OK)
        rc = part(&d, err);
    *outcome = d.outcome != AE_OK ? d.outcome : d.is_stopping ? AE_ESTOP : AE_OK;
    *why = d.why;
    for (int rank = 0; d.peers && rank < farm->size; rank++)
        free(d.peers[rank].host);
    free(d.peers);
    ae_job_clear(&d.pool);
    return rc;
}
