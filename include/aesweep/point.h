#ifndef AESWEEP_POINT_H
#define AESWEEP_POINT_H

/* One point as a job of the farm: parameters in, summary and record out, all as bytes. */

#include "aesweep/farm.h"
#include "aesweep/params.h"
#include "aesweep/record.h"

/* The input of the job for this point. */
void ae_point_pack(const struct ae_params *p, struct ae_buffer *out);

/*
 * The job: an ae_job_fn; ctx is not used. Enforces `timeout`. Its record is the summary and, if the
 * point is done, the packed record; a failed point's summary says how far it came.
 */
enum ae_status ae_point_run(void *ctx, struct ae_bytes in, struct ae_sink *out,
                            struct ae_error *err);

/* Takes the bytes apart that ae_point_run made; `record` is a view of the packed record, empty if
 * the point failed. AE_EINTERNAL on malformed bytes. */
enum ae_status ae_point_unpack(struct ae_bytes in, struct ae_summary *summary,
                               struct ae_bytes *record, struct ae_error *err);

#endif
