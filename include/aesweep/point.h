#ifndef AESWEEP_POINT_H
#define AESWEEP_POINT_H

/* One point as a job of the farm, or several that fold (engine.h): parameters in, summaries and
 * records out, all as bytes. */

#include "aesweep/farm.h"
#include "aesweep/params.h"
#include "aesweep/record.h"

/* The input of the job for this point, begun at t = 0 and not saved on the way. */
void ae_point_pack(const struct ae_params *p, struct ae_buffer *out);

/* The input for n points, each of which ae_engine_folds with the first. */
void ae_point_pack_folded(size_t n, const struct ae_params *p, struct ae_buffer *out);

/* How the state of a running point is saved. */
struct ae_point_saving {
    double every_s;        /* wall time from one save to the next, more where saving takes long; a
                              point that is asked to stop is saved in any case. inf: only then */
    double bytes_per_s;    /* and more for large states: what this rank may send. inf: no limit */
    struct ae_bytes saved; /* of an earlier run of the point; or empty */
};
/* The same for points that are saved; one alone goes on from `saved`. Bytes that are damaged, of
 * another point or of another version of the program are ignored. */
void ae_point_pack_saved(size_t n, const struct ae_params *p, const struct ae_point_saving *saving,
                         struct ae_buffer *out);
/* What the sink of a job was given becomes the state of its point i. False on malformed bytes. */
bool ae_point_take_saved(struct ae_bytes *saved, size_t *i);
/* What a saved state tells without its engine; all 0 if the bytes are damaged, or of another point
 * than p (NULL: any). AE_OK or AE_ENOMEM. */
struct ae_point_saved {
    double used_s;  /* wall time of the runs that it comes from */
    uint64_t steps; /* taken so far: of two states of a point, the one with more is further on */
};
enum ae_status ae_point_read_saved(struct ae_bytes saved, const struct ae_params *p,
                                   struct ae_point_saved *out, struct ae_error *err);
/* Can this point go on from a saved state? If not, each run of it begins at t = 0. */
bool ae_point_can_resume(const struct ae_params *p);

/*
 * The job: an ae_job_fn; ctx is not used. Enforces `timeout`, which counts the time of all runs
 * that the result comes from; points that are folded take theirs together. Its record is one result
 * for each point, in their order, unless the input was malformed or memory was short. Its status is
 * AE_OK if all points are done; AE_ESTOP if it was asked to stop, although some may be done.
 */
enum ae_status ae_point_run(void *ctx, struct ae_bytes in, struct ae_sink *out,
                            struct ae_error *err);

/* What became of a point. Views are of the job's record. */
struct ae_point_result {
    enum ae_status status;     /* AE_ESTOP: it was interrupted, not finished */
    const char *reason;        /* "" if done */
    struct ae_summary summary; /* of a failed point: how far it came */
    struct ae_bytes record;    /* packed; empty unless done */
};
/* Takes the next result from the record of a job. AE_EINTERNAL on malformed bytes, or if there is
 * none. */
enum ae_status ae_point_take(struct ae_reader *in, struct ae_point_result *result,
                             struct ae_error *err);

#endif
