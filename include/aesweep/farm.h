#ifndef AESWEEP_FARM_H
#define AESWEEP_FARM_H

/*
 * Jobs handed out by rank 0 over MPI, records gathered from all ranks. The farm knows nothing of
 * what a job computes: bytes go out, bytes return. No other module knows of MPI.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aesweep/error.h"
#include "aesweep/memory.h"

struct ae_farm; /* the ranks of this run: communicator, rank, size */

/*
 * Initialises MPI (a program started without mpirun is one rank) and, on every rank, lets SIGUSR1,
 * SIGTERM, SIGINT and SIGHUP ask for a stop instead of killing. Fails with AE_EMPI, also if the
 * program was started by another launcher than its MPI understands, so that every process believes
 * it is alone. *farm is owned by the caller; ae_farm_free, collective, finalises MPI (NULL is
 * fine), or aborts all ranks after a failure of MPI. One farm a process.
 */
enum ae_status ae_farm_new(struct ae_farm **farm, int *argc, char ***argv, struct ae_error *err);
void ae_farm_free(struct ae_farm *farm);
size_t ae_farm_rank(const struct ae_farm *farm);
size_t ae_farm_size(const struct ae_farm *farm);

/* Gives every rank the value of rank 0 (a status: go on, or leave together). Collective. */
enum ae_status ae_farm_agree(struct ae_farm *farm, int *value, struct ae_error *err);

/*
 * From now on a rank that crashes inside a job (SIGSEGV, SIGFPE, SIGBUS, SIGILL, SIGABRT) appends a
 * line to the file crash.RANK in this folder before it dies (crash.h reads it), and says the same
 * on stderr. Collective; `folder` counts on rank 0, absolute if ranks may have been started
 * elsewhere; NULL: no reports. A rank that cannot write there says it on stderr only. AE_OK,
 * AE_ENOMEM, AE_EMPI.
 */
enum ae_status ae_farm_report_crashes(struct ae_farm *farm, const char *folder,
                                      struct ae_error *err);

/* Asks this run to stop as a signal would; any rank may call it, also from a signal handler. The
 * process does not forget: its later runs stop too. */
void ae_farm_request_stop(void);

/* ---- the side of a job ----------------------------------------------------------------------- */

struct ae_sink; /* where a running job leaves what it makes */

/* What this job is called in the report of a crash, should the process die in it. At most 127
 * characters without a line end; a job that says nothing is called by its number. */
void ae_sink_name(struct ae_sink *sink, const char *name);
/* Appends to the job's record, which reaches rank 0 when the job returns, whatever its status. */
enum ae_status ae_sink_record(struct ae_sink *sink, struct ae_bytes part, struct ae_error *err);
/* Hands rank 0 a state from which the job could go on; the newest one counts. */
enum ae_status ae_sink_save(struct ae_sink *sink, struct ae_bytes state, struct ae_error *err);
/*
 * Should the job save its state and return AE_ESTOP? Cheap: jobs call it at least every 0.2 s and
 * may call it every few microseconds. On rank 0 this is where the farm serves the other ranks
 * meanwhile.
 */
bool ae_sink_should_stop(struct ae_sink *sink);

/*
 * One job, run on any rank: a function of `in` alone. Its status and message reach rank 0; a status
 * other than AE_OK never ends the farm.
 */
typedef enum ae_status ae_job_fn(void *ctx, struct ae_bytes in, struct ae_sink *out,
                                 struct ae_error *err);

/* ---- the side of rank 0 ---------------------------------------------------------------------- */

struct ae_farm_result {
    uint64_t job;
    enum ae_status status; /* what the job returned; AE_ESTOP: it was interrupted, not finished */
    const char *reason;    /* its message; "" if AE_OK */
    struct ae_bytes record;
    double wall_s; /* spent in the job */
    size_t rank;
    const char *host; /* of that rank */
};

/*
 * Called on rank 0 only, never two at once; but any of them may be called while rank 0 itself is
 * inside a job, from ae_sink_should_stop. Views passed in end with the call.
 */
struct ae_farm_source {
    void *ctx;
    /* The next job: its number, its input appended to the empty `in`. False if there is none now;
     * asked again after further results. */
    bool (*next)(void *ctx, uint64_t *job, struct ae_buffer *in);
    /* A job has ended. Exactly one call for each job that `next` gave, also those interrupted. */
    enum ae_status (*done)(void *ctx, const struct ae_farm_result *result, struct ae_error *err);
    /* A running job has saved its state. May be NULL. */
    enum ae_status (*saved)(void *ctx, uint64_t job, struct ae_bytes state, struct ae_error *err);
    /* Called at least every 0.2 s, and as soon as the run is known to be stopping: commits,
     * progress. On entry *stop tells whether it is stopping; *stop = true asks for that. */
    enum ae_status (*tick)(void *ctx, bool *stop, struct ae_error *err);
};

/*
 * Runs jobs until `next` has none and all have ended. Collective: every rank calls it with the same
 * job; `source` is read on rank 0 only and may be NULL elsewhere. A callback that fails stops the
 * farm: nothing new is handed out, running jobs are asked to stop, and its status and message are
 * returned; until they have ended the callbacks go on being called.
 * Returns on every rank: AE_OK everything done; AE_ESTOP stopped early, all ended jobs reported; on
 * rank 0 the status of a failed callback; AE_EMPI (or AE_ENOMEM, AE_EINTERNAL): the ranks have lost
 * each other, jobs under way are not reported, and the farm can only be freed.
 */
enum ae_status ae_farm_run(struct ae_farm *farm, ae_job_fn *job, void *job_ctx,
                           const struct ae_farm_source *source, struct ae_error *err);

#endif
