/* What the farm's tests share. */
#include "farm_play.h"

#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

bool play_check(struct play *p, bool is_true, const char *text, int line)
{
    if (!is_true) {
        p->n_wrong++;
        (void)fprintf(stderr, "%s, line %d: rank %d of %d: not true: %s\n", p->name, line, p->rank,
                      p->size, text);
    }
    return is_true;
}

void play_sleep_ms(long ms)
{
    struct timespec pause = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};
    while (nanosleep(&pause, &pause) != 0)
        continue;
}

double play_clock_s(clockid_t clock)
{
    struct timespec now;
    (void)clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

void play_mark(const struct play *p, const char *name, int rank)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s-%s-%d", p->dir, p->name, name, rank);
    FILE *file = fopen(path, "w");
    if (file) {
        (void)fprintf(file, "%ld\n", (long)getpid());
        (void)fclose(file);
    }
}

bool play_is_marked(const struct play *p, const char *name, int rank)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s-%s-%d", p->dir, p->name, name, rank);
    return access(path, F_OK) == 0;
}

bool play_is_marked_by_all(const struct play *p, const char *name)
{
    for (int rank = 0; rank < p->size; rank++)
        if (!play_is_marked(p, name, rank))
            return false;
    return true;
}

/* ---- fillings, and the inputs and states made of them ---- */

static unsigned char filling(uint64_t number, uint64_t i)
{
    return (unsigned char)(number * 31 + i * 17 + (i >> 8));
}

void play_fill(struct ae_buffer *out, uint64_t number, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        unsigned char byte = filling(number, i);
        ae_buffer_append(out, &byte, 1);
    }
}

bool play_is_filled(struct ae_bytes bytes, uint64_t number, uint64_t n)
{
    const unsigned char *byte = bytes.data;
    bool is_same = bytes.size == n;
    for (uint64_t i = 0; is_same && i < n; i++)
        is_same = byte[i] == filling(number, i);
    return is_same;
}

uint64_t play_number(struct ae_bytes in)
{
    uint64_t number = 0;
    struct ae_reader reader = ae_reader_of(in);
    (void)ae_take_u64(&reader, &number);
    return number;
}

/* ---- the source ---- */

static bool next(void *ctx, uint64_t *job, struct ae_buffer *in)
{
    struct play *p = ctx;
    CHECK(p, !p->has_stopped);
    if (p->n_given < p->n_jobs)
        *job = p->n_given++;
    else if (p->n_followed < p->n_followups)
        *job = p->followup[p->n_followed++];
    else
        return false;
    CHECK(p, in->size == 0 && *job < MAX_JOBS);
    p->given[*job]++;
    if (*job == 0)
        return true;
    ae_buffer_u64(in, *job);
    play_fill(in, *job, *job == 77 ? 2000000 : *job * 13 % 400);
    return true;
}

enum ae_status play_done(void *ctx, const struct ae_farm_result *result, struct ae_error *err)
{
    struct play *p = ctx;
    p->n_done++;
    p->n_status[result->status]++;
    p->n_by_rank[result->rank]++;
    p->done[result->job]++;
    CHECK(p, result->wall_s >= 0.0 && result->rank < (size_t)p->size && result->host[0] != '\0');
    CHECK(p, (result->status == AE_OK) == (result->reason[0] == '\0'));
    if (p->has_followups && result->job < LATER && result->job % 3 == 0)
        p->followup[p->n_followups++] = LATER + result->job;
    if (p->fail_done_at > 0 && p->n_done >= p->fail_done_at) {
        p->has_stopped = true;
        return ae_fail(err, AE_EIO, "disk full after %d", (int)p->n_done);
    }
    return AE_OK;
}

static enum ae_status tick(void *ctx, bool *stop, struct ae_error *err)
{
    struct play *p = ctx;
    p->n_ticks++;
    *stop = p->stop_at_done > 0 && p->n_done >= p->stop_at_done;
    p->has_stopped = p->has_stopped || *stop;
    if (p->fail_tick_at > 0 && p->n_ticks >= p->fail_tick_at) {
        p->has_stopped = true;
        return ae_fail(err, AE_EIO, "tick %d", (int)p->n_ticks);
    }
    return AE_OK;
}

enum ae_status play_saved(void *ctx, uint64_t job, struct ae_bytes state, struct ae_error *err)
{
    struct play *p = ctx;
    struct ae_reader reader = ae_reader_of(state);
    uint64_t owner = 0;
    uint64_t k = 0;
    CHECK(p, ae_take_u64(&reader, &owner) && ae_take_u64(&reader, &k) && owner == job);
    CHECK(p, play_is_filled((struct ae_bytes){reader.at, reader.left}, k, reader.left));
    CHECK(p, k > p->newest[job] && p->done[job] == 0);
    p->newest[job] = k;
    p->n_saved++;
    if (p->fail_saved_at > 0 && p->n_saved >= p->fail_saved_at)
        return ae_fail(err, AE_EIO, "state %d", (int)p->n_saved);
    return AE_OK;
}

void play_save_state(struct ae_sink *out, uint64_t job, uint64_t k, uint64_t size)
{
    struct ae_buffer state = {0};
    ae_buffer_u64(&state, job);
    ae_buffer_u64(&state, k);
    play_fill(&state, k, size);
    (void)ae_sink_save(out, ae_buffer_bytes(&state), NULL);
    ae_buffer_clear(&state);
}

struct ae_error play_run(struct play *p, ae_job_fn *job, struct ae_farm_source source,
                         enum ae_status want_0, enum ae_status want)
{
    struct ae_error err = {0};
    source.ctx = p;
    source.next = source.next ? source.next : next;
    source.done = source.done ? source.done : play_done;
    source.tick = source.tick ? source.tick : tick;
    enum ae_status rc = ae_farm_run(p->farm, job, p, p->rank == 0 ? &source : NULL, &err);
    if (!CHECK(p, rc == (p->rank == 0 ? want_0 : want)))
        (void)fprintf(stderr, "status %s: %s\n", ae_status_word(rc), err.message);
    CHECK(p, (rc == AE_OK) == (err.message[0] == '\0'));
    CHECK(p, memcmp(p->given, p->done, sizeof p->given) == 0);
    CHECK(p, p->rank != 0 || p->n_done == p->n_given + p->n_followed);
    for (size_t i = 0; i < MAX_JOBS; i++)
        if (p->given[i] > 1 && CHECK(p, p->given[i] == 1))
            break;
    return err;
}

/* ---- the mixed job ---- */

static uint64_t record_size(uint64_t number)
{
    return number % 50 == 1 ? 3000000 + number : number % 7 == 0 ? 0 : number % 1000 * 37;
}

static bool fails(uint64_t number)
{
    return number % 9 == 4;
}

enum ae_status play_mixed_job(void *ctx, struct ae_bytes in, struct ae_sink *out,
                              struct ae_error *err)
{
    struct play *p = ctx;
    uint64_t number = play_number(in);
    struct ae_buffer record = {0};
    uint64_t size = record_size(number);
    play_fill(&record, number, size);
    struct ae_bytes first = {.data = record.data, .size = (size_t)(size / 3)};
    if (number > 0 && in.size > 8)
        CHECK(p, play_is_filled((struct ae_bytes){(const char *)in.data + 8, in.size - 8}, number,
                                in.size - 8));
    enum ae_status rc = ae_sink_record(out, first, err);
    (void)ae_sink_should_stop(out);
    if (rc == AE_OK && !fails(number) && size > 0)
        rc = ae_sink_record(
            out, (struct ae_bytes){record.data + first.size, (size_t)size - first.size}, err);
    if (rc == AE_OK && fails(number))
        rc = ae_fail(err, AE_ENUM, "job %d has no answer", (int)number);
    if (number == 33) /* refused, which the job does not care about */
        (void)ae_sink_record(out, (struct ae_bytes){.data = "", .size = (size_t)3 << 30}, NULL);
    ae_buffer_clear(&record);
    return rc;
}

enum ae_status play_mixed_done(void *ctx, const struct ae_farm_result *result, struct ae_error *err)
{
    struct play *p = ctx;
    char reason[64];
    uint64_t size = record_size(result->job);
    (void)snprintf(reason, sizeof reason, "job %d has no answer", (int)result->job);
    if (result->job == 33)
        CHECK(p, result->status == AE_EARG && result->record.size == 0 &&
                     strstr(result->reason, "cannot be sent"));
    else if (fails(result->job))
        CHECK(p, result->status == AE_ENUM && strcmp(result->reason, reason) == 0 &&
                     play_is_filled(result->record, result->job, size / 3));
    else
        CHECK(p, result->status == AE_OK && play_is_filled(result->record, result->job, size));
    return play_done(ctx, result, err);
}
