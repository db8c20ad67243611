#ifndef AESWEEP_POINT_H
#define AESWEEP_POINT_H

/* One point as a job of the farm: parameters in, summary and record out, all as bytes. */

#include "aesweep/farm.h"
#include "aesweep/params.h"
#include "aesweep/record.h"

/* The input of the job for this point, begun at t = 0 and not saved on the way. */
void ae_point_pack(const struct ae_params *p, struct ae_buffer *out);

/* How the state of a running point is saved. */
struct ae_point_saving {
    double every_s;        /* wall time from one save to the next, more where saving takes long; a
                              point that is asked to stop is saved in any case. inf: only then */
    double bytes_per_s;    /* and more for large states: what this rank may send. inf: no limit */
    struct ae_bytes saved; /* what the sink of an earlier run of the point was given; or empty */
};
/* The same for a point that is saved, and goes on from `saved`. Bytes that are damaged, of another
 * point or of another version of the program are ignored. */
void ae_point_pack_saved(const struct ae_params *p, const struct ae_point_saving *saving,
                         struct ae_buffer *out);
/* Can this point go on from a saved state? If not, each run of it begins at t = 0. */
bool ae_point_can_resume(const struct ae_params *p);

/*
 * The job: an ae_job_fn; ctx is not used. Enforces `timeout`, which counts the time of all runs
 * that the result comes from. Its record is the summary and, if the point is done, the packed
 * record; a failed point's summary says how far it came.
 */
enum ae_status ae_point_run(void *ctx, struct ae_bytes in, struct ae_sink *out,
                            struct ae_error *err);

/* Takes the bytes apart that ae_point_run made; `record` is a view of the packed record, empty if
 * the point failed. AE_EINTERNAL on malformed bytes. */
enum ae_status ae_point_unpack(struct ae_bytes in, struct ae_summary *summary,
                               struct ae_bytes *record, struct ae_error *err);

#endif
