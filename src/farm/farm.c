/*
 * The farm: ranks, and a run.
 *
 * PROTOCOL of one run, on a communicator of its own. 0 is rank 0, w any other rank.
 *
 *   tag        from  payload                    meaning, and its answer
 *   HELLO      w     host name                  first letter of w: it can work. JOBS may follow
 *   JOBS       0     {number, input} ...        w runs them in this order. Each job is answered
 *                                               once, by a RESULT or a place in a RETURNED
 *   RESULT     w     header, record, reason     one job has ended, whatever its status
 *   SAVED      w     number, state              the running job could go on from here; no answer
 *   ASK_STOP   w     -                          a signal has reached w; at most once. Answered by
 *                                               STOP, or not at all if END is already under way
 *   STOP       0     -                          to all w, at most once. w asks its job to stop, and
 *                                               answers by RETURNED
 *   RECALL     0     -                          others are idle. Answered by RETURNED
 *   RETURNED   w     as JOBS, may be empty      the jobs that w had not started
 *   END        0     -                          last letter of 0. Answered by BYE
 *   BYE        w     -                          last letter of w
 *
 * Then rank 0 broadcasts the outcome (ae_farm_agree).
 *
 * Every job gets one `done`. `n_open` counts jobs that the source gave and `done` has not had; such
 * a job is in rank 0's pool, or in rank 0's hands, or among the n_jobs of one worker. A worker's
 * job leaves by RESULT, which is `done`, or by RETURNED, which is the pool. It is popped from the
 * worker's queue to be run, then RESULT follows whatever it returns, so no job takes both ways or
 * none. After a stop the pool is reported as interrupted instead of being handed out.
 *
 * The loop ends. Jobs return when asked to, so n_open falls to zero once the source has no more or
 * the run is stopping; then no worker has a job, and END is sent. A worker runs no job after a
 * signal, STOP will come for those it holds: it has sent ASK_STOP, and rank 0 cannot end while
 * n_open counts them.
 *
 * No letter is left over. Letters between two ranks are taken in the order sent. What w was sent is
 * taken when it takes END, the last; what w has sent is taken when rank 0 takes its BYE, the last.
 * The broadcast keeps a quick worker's HELLO of the next run out of this one: rank 0 enters it
 * after the last BYE.
 *
 * Rank 0 never waits for one worker: it looks at its mail between its own jobs and, through
 * ae_sink_should_stop, inside them. Nobody waits inside MPI (mail.c).
 *
 * If MPI fails, or memory for letters, the ranks no longer understand each other. The rank that
 * notices returns from ae_farm_run, so that rank 0 can close its files, and its ae_farm_free aborts
 * all.
 */
#include "farm_internal.h"

#include <stdlib.h>
#include <string.h>

enum {
    ABORT_CODE = 74, /* EX_IOERR of sysexits.h: the system failed */
    CRASH_FOLDER_SIZE = 4096
};

/* ---- beginning and end ---- */

/* The number of processes that a launcher says it has started together; 0 if it says nothing. */
static long launched(const char *variable)
{
    const char *text = getenv(variable);
    char *end = NULL;
    long n = text ? strtol(text, &end, 10) : 0;
    return text && end != text && *end == '\0' && n > 0 ? n : 0;
}

/*
 * Under the launcher of another MPI every process would be rank 0 of 1 and run the whole sweep.
 * SLURM_NTASKS is no evidence: it is also set where one process runs alone inside a batch job.
 */
static enum ae_status check_launcher(int size, struct ae_error *err)
{
    long n_open_mpi = launched("OMPI_COMM_WORLD_SIZE");
    long n_pmi = launched("PMI_SIZE");
    long n = n_open_mpi > n_pmi ? n_open_mpi : n_pmi;
    if (n == 0)
        n = launched("SLURM_STEP_NUM_TASKS");
    if (n <= size)
        return AE_OK;
    char library[MPI_MAX_LIBRARY_VERSION_STRING + 1] = "";
    int length = 0;
    if (MPI_Get_library_version(library, &length) != MPI_SUCCESS)
        library[0] = '\0';
    library[strcspn(library, ",\n")] = '\0';
    return ae_fail(err, AE_EMPI,
                   "this is one of %ld processes, but MPI sees only %d: the launcher does not "
                   "belong to the MPI library of the program (%s); start it with the mpirun of "
                   "that library, or under Slurm with srun --mpi=pmix",
                   n, size, library);
}

static enum ae_status get_ready(struct ae_farm *farm, struct ae_error *err)
{
    MPI_Comm comm = MPI_COMM_NULL;
    int length = 0;
    enum ae_status rc = ae_mpi_check(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN),
                                     "MPI_Comm_set_errhandler", err);
    if (rc == AE_OK)
        rc = ae_mpi_check(MPI_Comm_size(MPI_COMM_WORLD, &farm->size), "MPI_Comm_size", err);
    if (rc == AE_OK)
        rc = check_launcher(farm->size, err);
    if (rc == AE_OK)
        rc = ae_mpi_check(MPI_Comm_dup(MPI_COMM_WORLD, &comm), "MPI_Comm_dup", err);
    farm->mail.comm = comm;
    if (rc == AE_OK)
        rc = ae_mpi_check(MPI_Comm_set_errhandler(comm, MPI_ERRORS_RETURN),
                          "MPI_Comm_set_errhandler", err);
    if (rc == AE_OK)
        rc = ae_mpi_check(MPI_Comm_rank(comm, &farm->rank), "MPI_Comm_rank", err);
    if (rc == AE_OK)
        rc = ae_mpi_check(MPI_Get_processor_name(farm->host, &length), "MPI_Get_processor_name",
                          err);
    if (rc == AE_OK)
        rc = ae_signals_catch(farm, err);
    return rc;
}

enum ae_status ae_farm_new(struct ae_farm **farm, int *argc, char ***argv, struct ae_error *err)
{
    int is_initialized = 0;
    *farm = NULL;
    enum ae_status rc = ae_mpi_check(MPI_Initialized(&is_initialized), "MPI_Initialized", err);
    if (rc != AE_OK)
        return rc;
    if (is_initialized)
        return ae_fail(err, AE_EINTERNAL, "MPI is in use already: a process can have one farm");
    struct ae_farm *made = ae_calloc(1, 1, sizeof *made);
    if (!made)
        return ae_fail_memory(err, sizeof *made);
    made->mail.comm = MPI_COMM_NULL;
    rc = ae_mpi_check(MPI_Init(argc, argv), "MPI_Init", err);
    if (rc != AE_OK) {
        free(made);
        return rc;
    }
    rc = get_ready(made, err);
    if (rc == AE_OK) {
        *farm = made;
        return AE_OK;
    }
    /* Alone it can leave; the others may be waiting inside a collective call. */
    made->is_broken = made->size != 1;
    ae_farm_free(made);
    return rc;
}

/* Waits for all ranks by napping: MPI_Finalize would wait by spinning. */
static enum ae_status meet(struct ae_farm *farm, struct ae_error *err)
{
    MPI_Request request = MPI_REQUEST_NULL;
    enum ae_status rc = ae_mpi_check(MPI_Ibarrier(farm->mail.comm, &request), "MPI_Ibarrier", err);
    return rc == AE_OK ? ae_mpi_wait(&request, "MPI_Ibarrier", err) : rc;
}

void ae_farm_free(struct ae_farm *farm)
{
    if (!farm)
        return;
    if (!farm->is_broken && farm->size > 1)
        farm->is_broken = meet(farm, NULL) != AE_OK;
    if (!farm->is_broken && farm->mail.comm != MPI_COMM_NULL)
        farm->is_broken =
            ae_mpi_check(MPI_Comm_free(&farm->mail.comm), "MPI_Comm_free", NULL) != AE_OK;
    if (farm->is_broken || MPI_Finalize() != MPI_SUCCESS)
        (void)MPI_Abort(MPI_COMM_WORLD, ABORT_CODE); /* does not return */
    ae_signals_restore(farm);
    free(farm->crash_path);
    free(farm);
}

size_t ae_farm_rank(const struct ae_farm *farm)
{
    return (size_t)farm->rank;
}

size_t ae_farm_size(const struct ae_farm *farm)
{
    return (size_t)farm->size;
}

/* ---- together ---- */

static enum ae_status check_sound(const struct ae_farm *farm, struct ae_error *err)
{
    return farm->is_broken ? ae_fail(err, AE_EMPI, "the connection between the ranks is broken")
                           : AE_OK;
}

enum ae_status ae_farm_agree(struct ae_farm *farm, int *value, struct ae_error *err)
{
    MPI_Request request = MPI_REQUEST_NULL;
    enum ae_status rc = check_sound(farm, err);
    if (rc != AE_OK || farm->size == 1)
        return rc;
    rc = ae_mpi_check(MPI_Ibcast(value, 1, MPI_INT, 0, farm->mail.comm, &request), "MPI_Ibcast",
                      err);
    if (rc == AE_OK)
        rc = ae_mpi_wait(&request, "MPI_Ibcast", err);
    farm->is_broken = rc != AE_OK;
    return rc;
}

/* A number of bytes that is the same on all ranks, from rank 0. */
static enum ae_status broadcast(struct ae_farm *farm, void *data, int size, struct ae_error *err)
{
    MPI_Request request = MPI_REQUEST_NULL;
    enum ae_status rc = ae_mpi_check(MPI_Ibcast(data, size, MPI_BYTE, 0, farm->mail.comm, &request),
                                     "MPI_Ibcast", err);
    if (rc == AE_OK)
        rc = ae_mpi_wait(&request, "MPI_Ibcast", err);
    farm->is_broken = rc != AE_OK;
    return rc;
}

enum ae_status ae_farm_report_crashes(struct ae_farm *farm, const char *folder,
                                      struct ae_error *err)
{
    char where[CRASH_FOLDER_SIZE] = "";
    struct ae_buffer path = {0};
    enum ae_status rc = check_sound(farm, err);
    if (rc == AE_OK && farm->rank == 0 && folder && strlen(folder) < sizeof where)
        memcpy(where, folder, strlen(folder));
    if (rc == AE_OK && farm->size > 1)
        rc = broadcast(farm, where, (int)sizeof where, err);
    if (rc != AE_OK || !where[0])
        return rc;
    ae_buffer_printf(&path, "%s/crash.%d", where, farm->rank);
    rc = ae_buffer_status(&path, err);
    if (rc != AE_OK) {
        ae_buffer_clear(&path);
        return rc;
    }
    free(farm->crash_path);
    farm->crash_path = path.data;
    return AE_OK;
}

enum ae_status ae_farm_run(struct ae_farm *farm, ae_job_fn *job, void *job_ctx,
                           const struct ae_farm_source *source, struct ae_error *err)
{
    enum ae_status outcome = AE_OK;
    struct ae_error why = {0};
    enum ae_status rc = check_sound(farm, err);
    if (rc != AE_OK)
        return rc;
    if (farm->rank == 0)
        rc = ae_dispatch_run(farm, job, job_ctx, source, &outcome, &why, err);
    else
        rc = ae_worker_run(farm, job, job_ctx, err);
    farm->is_broken = rc != AE_OK;
    int word = outcome == AE_OK ? AE_OK : AE_ESTOP;
    if (rc == AE_OK)
        rc = ae_farm_agree(farm, &word, err);
    if (rc != AE_OK)
        return rc;
    if (outcome != AE_OK && outcome != AE_ESTOP) {
        if (err)
            *err = why;
        return outcome;
    }
    return word == AE_OK ? AE_OK : ae_fail(err, AE_ESTOP, "stopped on request");
}
