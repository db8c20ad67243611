#ifndef AESWEEP_EXPORT_H
#define AESWEEP_EXPORT_H

/* Everything that is stored, as CSV or JSON. Points not computed yet are no rows. */

#include "aesweep/expr.h"
#include "aesweep/output.h"
#include "aesweep/rows.h"

/* point, replicate, the parameters, status, reason, and the result columns; a failed point has its
 * status, reason and last time only. Where data are not all spiked also the eigenvalues r_1 ... r_M
 * of the components. */
enum ae_status ae_export_points(struct ae_results *results, struct ae_output *out,
                                struct ae_error *err);
/* point, replicate, wall_s, finished_at (ISO 8601, UTC), rank, host: what differs from run to run.
 * */
enum ae_status ae_export_timing(struct ae_results *results, struct ae_output *out,
                                struct ae_error *err);
/* The same as one JSON array, an object and a line for each row: point (16 hex digits as a text),
 * replicate, parameters, status, reason, results (escape is a list), r of data that are not spiked (a list); of timing what the CSV has.
 * nan and inf are texts. */
enum ae_status ae_export_points_json(struct ae_results *results, struct ae_output *out,
                                     struct ae_error *err);
enum ae_status ae_export_timing_json(struct ae_results *results, struct ae_output *out,
                                     struct ae_error *err);
/* The way of every done point for which `where` holds (NULL: all): one record for each observed
 * time. The columns are those of all rows, whatever `where` is. */
enum ae_status ae_export_trajectory(struct ae_results *results, const struct ae_expr *where,
                                    struct ae_output *out, struct ae_error *err);

/* ---- for the writers ---- */

enum { AE_EXPORT_DATE_SIZE = 40 };
/* Seconds since 1970 as `2026-11-23T09:57:17Z`; empty if they are not known. Returns text. */
char *ae_export_date(double seconds, char text[AE_EXPORT_DATE_SIZE]);

#endif
