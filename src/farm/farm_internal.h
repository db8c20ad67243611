#ifndef AESWEEP_FARM_INTERNAL_H
#define AESWEEP_FARM_INTERNAL_H

/*
 * What the files of the farm share: letters (mail.c), jobs and their sinks (job.c), the two sides
 * (dispatch.c for rank 0, worker.c for the others). The protocol is described in farm.c.
 */

#include <limits.h>
#include <mpi.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aesweep/error.h"
#include "aesweep/farm.h"
#include "aesweep/memory.h"

/* Kinds of letters; farm.c says who sends which, and when. */
enum ae_tag {
    AE_TAG_HELLO = 1,
    AE_TAG_JOBS,
    AE_TAG_RESULT,
    AE_TAG_SAVED,
    AE_TAG_ASK_STOP,
    AE_TAG_STOP,
    AE_TAG_RECALL,
    AE_TAG_RETURNED,
    AE_TAG_END,
    AE_TAG_BYE
};

/* Longest input, state or record: 2 GiB less what travels with it. */
#define AE_BLOCK_MAX ((size_t)INT_MAX - 4096)

/* Running jobs look for letters this often. */
#define AE_POLL_S 200e-6

/* ---- time and waiting ---------------------------------------------------------------- */

/* Seconds of a clock that only moves forward. */
double ae_clock_s(void);

/* Waiting without spinning: each nap is twice as long as the one before, 20 us to 2 ms. */
struct ae_nap {
    long ns; /* of the last nap; 0 starts afresh */
};
void ae_nap_take(struct ae_nap *nap);

/* ---- letters -------------------------------------------------------------------------- */

struct ae_parcel;

enum { AE_OPEN_CHUNKS = 32 }; /* that one rank may have on their way */

struct ae_mail {
    MPI_Comm comm;
    struct ae_parcel *out;  /* letters not wholly taken by the other side, in the order posted */
    struct ae_parcel *in;   /* chunks under way to here, in the order they came up */
    struct ae_parcel *part; /* one letter a sender of which chunks have come, and more will */
    struct ae_open_chunk {
        MPI_Request request;
        struct ae_parcel *letter; /* NULL: the slot is free */
    } open[AE_OPEN_CHUNKS];
};

struct ae_letter {
    int source;
    enum ae_tag tag;
    struct ae_buffer payload; /* the taker's, to be cleared */
};

/* AE_OK, or AE_EMPI with the name of the call and MPI's own text. */
enum ae_status ae_mpi_check(int code, const char *call, struct ae_error *err);

/* Sends a letter without waiting. The payload (NULL: none) is moved: it is {0} afterwards. The
 * letter gets on whenever ae_mail_flush is called, until the other side has taken it. */
enum ae_status ae_mail_post(struct ae_mail *mail, int to, enum ae_tag tag,
                            struct ae_buffer *payload, struct ae_error *err);

/* Takes a letter that has arrived whole, if there is one; those of one sender in the order sent. */
enum ae_status ae_mail_take(struct ae_mail *mail, struct ae_letter *letter, bool *got,
                            struct ae_error *err);

/* Sends what may be sent, and forgets letters that have been taken. */
enum ae_status ae_mail_flush(struct ae_mail *mail, struct ae_error *err);

/* Is a letter of this kind still on its way, as far as the last flush knows? */
bool ae_mail_is_sending(const struct ae_mail *mail, enum ae_tag tag);

/* Waits, napping, until all letters have been taken; until one request is complete. */
enum ae_status ae_mail_drain(struct ae_mail *mail, struct ae_error *err);
enum ae_status ae_mpi_wait(MPI_Request *request, const char *call, struct ae_error *err);

enum { AE_JOB_NAME_SIZE = 128 };

/* ---- jobs ------------------------------------------------------------------------------ */

struct ae_job {
    struct ae_job *next;
    uint64_t number;
    struct ae_buffer in;
};

struct ae_job_queue { /* first in, first out; {0} is empty */
    struct ae_job *head, *tail;
    size_t n;
};

struct ae_job *ae_job_new(uint64_t number); /* NULL if there is no memory */
void ae_job_free(struct ae_job *job);
void ae_job_push(struct ae_job_queue *queue, struct ae_job *job); /* the queue owns it */
struct ae_job *ae_job_pop(struct ae_job_queue *queue);            /* the caller's; NULL: empty */
void ae_job_clear(struct ae_job_queue *queue);

/* Payload of JOBS and RETURNED: for each job its number, then its input as a block. */
void ae_job_pack(const struct ae_job *job, struct ae_buffer *out);
enum ae_status ae_job_unpack(struct ae_bytes in, struct ae_job_queue *queue, size_t *n_jobs,
                             struct ae_error *err);

/*
 * Where a running job leaves what it makes. `result` is the payload of RESULT, filled in place: a
 * header, the record, the reason with its NUL.
 */
struct ae_sink {
    uint64_t job;
    char name[AE_JOB_NAME_SIZE]; /* for the report of a crash */
    struct ae_buffer result;
    struct ae_error refusal; /* code AE_OK, or why a part of the record could not be taken */
    bool is_stopping;
    double poll_at_s; /* when to look for letters next */
    double served_s;  /* spent on letters and callbacks so far: not the job's time */
    void *owner;
    /* What should_stop does at times, true: stop; what becomes of a saved state. */
    bool (*serve)(void *owner);
    enum ae_status (*save)(void *owner, uint64_t job, struct ae_bytes state, struct ae_error *err);
};

/*
 * Runs a job and completes sink->result, which the caller clears or posts. *status is what the job
 * returned, or why its record is not whole. Fails only if there is no memory for the result itself.
 */
enum ae_status ae_job_run(ae_job_fn *run, void *ctx, const struct ae_job *job, struct ae_sink *sink,
                          enum ae_status *status, struct ae_error *err);

/* Views into the payload of RESULT; rank and host are left alone. False if it is malformed. */
bool ae_result_read(struct ae_bytes payload, struct ae_farm_result *out);

/* ---- the farm and its two sides -------------------------------------------------------- */

enum { AE_N_STOP_SIGNALS = 4, AE_N_CRASH_SIGNALS = 5, AE_HOST_SIZE = MPI_MAX_PROCESSOR_NAME + 1 };

struct ae_farm {
    int rank, size;
    char host[AE_HOST_SIZE];
    struct ae_mail mail;
    bool is_broken; /* the ranks no longer understand each other: freeing aborts them all */
    bool is_handled[AE_N_STOP_SIGNALS];
    struct sigaction before[AE_N_STOP_SIGNALS];
    bool is_crash_handled[AE_N_CRASH_SIGNALS];
    struct sigaction crash_before[AE_N_CRASH_SIGNALS];
    char *crash_path; /* file for the report of a crash on this rank, or NULL */
};

enum ae_status ae_signals_catch(struct ae_farm *farm, struct ae_error *err);
void ae_signals_restore(struct ae_farm *farm);
/* Between these a crash is that of the job; the sink must stay where it is. */
void ae_signals_enter_job(const struct ae_sink *sink);
void ae_signals_leave_job(void);

/* Has a signal, or ae_farm_request_stop, asked this process to stop? */
bool ae_stop_is_requested(void);

/*
 * Both return AE_OK when the letters of this run have all been sent and taken; any other status
 * means that the farm is broken. Rank 0's *outcome is what its ae_farm_run returns (a failed
 * callback's message in `why`).
 */
enum ae_status ae_dispatch_run(struct ae_farm *farm, ae_job_fn *job, void *job_ctx,
                               const struct ae_farm_source *source, enum ae_status *outcome,
                               struct ae_error *why, struct ae_error *err);
enum ae_status ae_worker_run(struct ae_farm *farm, ae_job_fn *job, void *job_ctx,
                             struct ae_error *err);

#endif
