/* Jobs: their queue, their way through a letter, and the sink a running job fills. No MPI calls. */
#include "farm_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct ae_job *ae_job_new(uint64_t number)
{
    struct ae_job *job = ae_calloc(1, 1, sizeof *job);
    if (job)
        job->number = number;
    return job;
}

void ae_job_free(struct ae_job *job)
{
    if (job)
        ae_buffer_clear(&job->in);
    free(job);
}

void ae_job_push(struct ae_job_queue *queue, struct ae_job *job)
{
    job->next = NULL;
    if (queue->tail)
        queue->tail->next = job;
    else
        queue->head = job;
    queue->tail = job;
    queue->n++;
}

struct ae_job *ae_job_pop(struct ae_job_queue *queue)
{
    struct ae_job *job = queue->head;
    if (!job)
        return NULL;
    queue->head = job->next;
    if (!queue->head)
        queue->tail = NULL;
    queue->n--;
    return job;
}

void ae_job_clear(struct ae_job_queue *queue)
{
    while (queue->head)
        ae_job_free(ae_job_pop(queue));
}

void ae_job_pack(const struct ae_job *job, struct ae_buffer *out)
{
    ae_buffer_u64(out, job->number);
    ae_buffer_block(out, ae_buffer_bytes(&job->in));
}

enum ae_status ae_job_unpack(struct ae_bytes in, struct ae_job_queue *queue, size_t *n_jobs,
                             struct ae_error *err)
{
    struct ae_reader reader = ae_reader_of(in);
    *n_jobs = 0;
    while (reader.left > 0) {
        uint64_t number = 0;
        struct ae_bytes input = {0};
        if (!ae_take_u64(&reader, &number) || !ae_take_block(&reader, &input))
            return ae_fail(err, AE_EINTERNAL, "malformed letter with jobs (%zu bytes)", in.size);
        struct ae_job *job = ae_job_new(number);
        if (!job)
            return ae_fail_memory(err, sizeof *job);
        if (input.size > 0)
            ae_buffer_append(&job->in, input.data, input.size);
        enum ae_status rc = ae_buffer_status(&job->in, err);
        if (rc != AE_OK) {
            ae_job_free(job);
            return rc;
        }
        ae_job_push(queue, job);
        ++*n_jobs;
    }
    return AE_OK;
}

/* ---- results ---- */

struct header {
    uint64_t job;
    uint64_t status;
    double wall_s;
    uint64_t reason_size; /* with its NUL */
};

bool ae_result_read(struct ae_bytes payload, struct ae_farm_result *out)
{
    struct header header;
    if (payload.size < sizeof header)
        return false;
    memcpy(&header, payload.data, sizeof header);
    size_t left = payload.size - sizeof header;
    if (header.reason_size < 1 || header.reason_size > left)
        return false;
    const char *record = (const char *)payload.data + sizeof header;
    size_t record_size = left - (size_t)header.reason_size;
    if (record[left - 1] != '\0')
        return false;
    out->job = header.job;
    out->status = (enum ae_status)header.status;
    out->reason = record + record_size;
    out->record = (struct ae_bytes){.data = record, .size = record_size};
    out->wall_s = header.wall_s;
    return true;
}

/* Drops the record if it is not whole, then writes header and reason around what is there. */
static enum ae_status complete(struct ae_sink *sink, enum ae_status status, double wall_s,
                               const char *reason, struct ae_error *err)
{
    struct header header = {
        .job = sink->job, .status = status, .wall_s = wall_s, .reason_size = strlen(reason) + 1};
    if (sink->refusal.code != AE_OK) {
        ae_buffer_rewind(&sink->result);
        ae_buffer_append(&sink->result, &header, sizeof header);
    }
    ae_buffer_append(&sink->result, reason, (size_t)header.reason_size);
    if (!sink->result.failed)
        memcpy(sink->result.data, &header, sizeof header);
    return ae_buffer_status(&sink->result, err);
}

enum ae_status ae_job_run(ae_job_fn *run, void *ctx, const struct ae_job *job, struct ae_sink *sink,
                          enum ae_status *status, struct ae_error *err)
{
    sink->job = job->number;
    sink->refusal.code = AE_OK;
    struct header room = {0};
    ae_buffer_append(&sink->result, &room, sizeof room);
    enum ae_status rc = ae_buffer_status(&sink->result, err);
    if (rc != AE_OK)
        return rc;
    struct ae_error why = {0};
    double start_s = ae_clock_s();
    sink->poll_at_s = start_s + AE_POLL_S;
    (void)snprintf(sink->name, sizeof sink->name, "job %" PRIu64, job->number);
    ae_signals_enter_job(sink);
    *status = run(ctx, ae_buffer_bytes(&job->in), sink, &why);
    ae_signals_leave_job();
    double wall_s = ae_clock_s() - start_s - sink->served_s;
    if (wall_s < 0.0)
        wall_s = 0.0; /* rounding */
    if (*status == AE_OK && sink->refusal.code != AE_OK) {
        *status = sink->refusal.code;
        why = sink->refusal;
    }
    const char *reason = why.message[0] ? why.message : ae_status_word(*status);
    return complete(sink, *status, wall_s, *status == AE_OK ? "" : reason, err);
}

/* ---- the side of a job ---- */

void ae_sink_name(struct ae_sink *sink, const char *name)
{
    (void)snprintf(sink->name, sizeof sink->name, "%s", name);
}

enum ae_status ae_sink_record(struct ae_sink *sink, struct ae_bytes part, struct ae_error *err)
{
    if (sink->refusal.code == AE_OK && part.size > 0) {
        size_t size = sink->result.size - sizeof(struct header);
        if (part.size > AE_BLOCK_MAX - size)
            (void)ae_fail(&sink->refusal, AE_EARG,
                          "a record of more than %zu bytes cannot be sent (%zu so far, %zu more)",
                          AE_BLOCK_MAX, size, part.size);
        else
            ae_buffer_append(&sink->result, part.data, part.size);
        if (sink->result.failed)
            (void)ae_buffer_status(&sink->result, &sink->refusal);
    }
    if (sink->refusal.code != AE_OK && err)
        *err = sink->refusal;
    return sink->refusal.code;
}

enum ae_status ae_sink_save(struct ae_sink *sink, struct ae_bytes state, struct ae_error *err)
{
    if (state.size > AE_BLOCK_MAX)
        return ae_fail(err, AE_EARG, "a saved state of %zu bytes cannot be sent (%zu are the most)",
                       state.size, AE_BLOCK_MAX);
    double start_s = ae_clock_s();
    enum ae_status rc = sink->save(sink->owner, sink->job, state, err);
    sink->served_s += ae_clock_s() - start_s;
    return rc;
}

bool ae_sink_should_stop(struct ae_sink *sink)
{
    double now_s = ae_clock_s();
    if (now_s >= sink->poll_at_s) {
        sink->is_stopping = sink->serve(sink->owner);
        double end_s = ae_clock_s();
        sink->served_s += end_s - now_s;
        sink->poll_at_s = end_s + AE_POLL_S;
    }
    return sink->is_stopping || ae_stop_is_requested();
}
