/* The side of the ranks that only work. farm.c describes the letters. */
#include "farm_internal.h"

struct worker {
    struct ae_mail *mail;
    struct ae_job_queue queue; /* given by rank 0, not started */
    struct ae_buffer newest;   /* payload of SAVED that waits for the one before to get through */
    bool has_newest;
    bool has_asked;        /* ASK_STOP is sent */
    bool is_stopping;      /* STOP has come */
    bool is_over;          /* END has come */
    enum ae_status broken; /* what went wrong with letters while a job was running */
    struct ae_error trouble;
};

static enum ae_status return_jobs(struct worker *w, struct ae_error *err)
{
    struct ae_buffer payload = {0};
    for (const struct ae_job *job = w->queue.head; job; job = job->next)
        ae_job_pack(job, &payload);
    ae_job_clear(&w->queue);
    enum ae_status rc = ae_mail_post(w->mail, 0, AE_TAG_RETURNED, &payload, err);
    ae_buffer_clear(&payload);
    return rc;
}

static enum ae_status heed(struct worker *w, const struct ae_letter *letter, struct ae_error *err)
{
    size_t n_jobs = 0;
    switch (letter->tag) {
    case AE_TAG_JOBS:
        return ae_job_unpack(ae_buffer_bytes(&letter->payload), &w->queue, &n_jobs, err);
    case AE_TAG_STOP:
        w->is_stopping = true;
        return return_jobs(w, err);
    case AE_TAG_RECALL:
        return return_jobs(w, err);
    case AE_TAG_END:
        w->is_over = true;
        return w->queue.n == 0 ? AE_OK
                               : ae_fail(err, AE_EINTERNAL, "the run ended before its jobs did");
    default:
        return ae_fail(err, AE_EINTERNAL, "a worker got a letter of kind %d", (int)letter->tag);
    }
}

static enum ae_status post_newest(struct worker *w, struct ae_error *err)
{
    w->has_newest = false;
    return ae_mail_post(w->mail, 0, AE_TAG_SAVED, &w->newest, err);
}

/* Looks after all letters, going out and coming in. */
static enum ae_status serve(struct worker *w, bool *is_busy, struct ae_error *err)
{
    enum ae_status rc = ae_mail_flush(w->mail, err);
    if (rc == AE_OK && ae_stop_is_requested() && !w->has_asked) {
        w->has_asked = true;
        rc = ae_mail_post(w->mail, 0, AE_TAG_ASK_STOP, NULL, err);
    }
    if (rc == AE_OK && w->has_newest && !ae_mail_is_sending(w->mail, AE_TAG_SAVED))
        rc = post_newest(w, err);
    bool got = true;
    while (rc == AE_OK && got && !w->is_over) {
        struct ae_letter letter = {0};
        rc = ae_mail_take(w->mail, &letter, &got, err);
        if (rc == AE_OK && got) {
            *is_busy = true;
            rc = heed(w, &letter, err);
            ae_buffer_clear(&letter.payload);
        }
    }
    return rc;
}

/* ---- what the sink of a running job calls ---- */

static bool serve_in_job(void *owner)
{
    struct worker *w = owner;
    bool is_busy = false;
    if (w->broken == AE_OK)
        w->broken = serve(w, &is_busy, &w->trouble);
    return w->is_stopping || w->broken != AE_OK;
}

/* At most one state is on its way and one waits: a job that saves often replaces the waiting one.
 * */
static enum ae_status save(void *owner, uint64_t job, struct ae_bytes state, struct ae_error *err)
{
    struct worker *w = owner;
    ae_buffer_rewind(&w->newest);
    ae_buffer_u64(&w->newest, job);
    if (state.size > 0)
        ae_buffer_append(&w->newest, state.data, state.size);
    enum ae_status rc = ae_buffer_status(&w->newest, err);
    w->has_newest = rc == AE_OK;
    if (rc == AE_OK && w->broken == AE_OK) {
        w->broken = ae_mail_flush(w->mail, &w->trouble);
        if (w->broken == AE_OK && !ae_mail_is_sending(w->mail, AE_TAG_SAVED))
            w->broken = post_newest(w, &w->trouble);
    }
    return rc;
}

static enum ae_status run_next(struct worker *w, ae_job_fn *run, void *ctx, struct ae_error *err)
{
    struct ae_sink sink = {.owner = w, .serve = serve_in_job, .save = save};
    enum ae_status status = AE_OK;
    struct ae_job *job = ae_job_pop(&w->queue);
    enum ae_status rc = ae_job_run(run, ctx, job, &sink, &status, err);
    ae_job_free(job);
    if (rc == AE_OK && w->broken != AE_OK) {
        rc = w->broken;
        if (err)
            *err = w->trouble;
    }
    /* The state of a job that is finished is worth nothing; that of an interrupted one everything.
     * */
    if (rc == AE_OK && w->has_newest && status != AE_OK)
        rc = post_newest(w, err);
    w->has_newest = false;
    if (rc == AE_OK)
        rc = ae_mail_post(w->mail, 0, AE_TAG_RESULT, &sink.result, err);
    ae_buffer_clear(&sink.result);
    return rc;
}

static enum ae_status say_hello(const struct ae_farm *farm, struct ae_mail *mail,
                                struct ae_error *err)
{
    struct ae_buffer host = {0};
    ae_buffer_text(&host, farm->host);
    enum ae_status rc = ae_mail_post(mail, 0, AE_TAG_HELLO, &host, err);
    ae_buffer_clear(&host);
    return rc;
}

enum ae_status ae_worker_run(struct ae_farm *farm, ae_job_fn *job, void *job_ctx,
                             struct ae_error *err)
{
    struct worker w = {.mail = &farm->mail};
    struct ae_nap nap = {0};
    enum ae_status rc = say_hello(farm, w.mail, err);
    while (rc == AE_OK && !w.is_over) {
        bool is_busy = false;
        rc = serve(&w, &is_busy, err);
        /* After a signal here the queue waits for rank 0 to call STOP and take it back. */
        if (rc == AE_OK && w.queue.n > 0 && !ae_stop_is_requested()) {
            rc = run_next(&w, job, job_ctx, err);
            is_busy = true;
        }
        if (is_busy)
            nap.ns = 0;
        else if (rc == AE_OK)
            ae_nap_take(&nap);
    }
    if (rc == AE_OK)
        rc = ae_mail_post(w.mail, 0, AE_TAG_BYE, NULL, err);
    if (rc == AE_OK)
        rc = ae_mail_drain(w.mail, err);
    ae_job_clear(&w.queue);
    ae_buffer_clear(&w.newest);
    return rc;
}
