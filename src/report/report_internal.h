#ifndef AESWEEP_REPORT_INTERNAL_H
#define AESWEEP_REPORT_INTERNAL_H

/* What the files of report share. */

#include "aesweep/report.h"

#include <stdint.h>

#include "aesweep/table.h"

/* ---- report_pack.c: arrays as text ---- */

enum ae_pack { AE_PACK_U8, AE_PACK_U16, AE_PACK_U32, AE_PACK_F32, AE_PACK_F64 };

/* Bytes of n numbers of that kind as base64. */
size_t ae_pack_size(enum ae_pack kind, size_t n);
/* The narrowest kind for whole numbers below n. */
enum ae_pack ae_pack_for(size_t n);
/* `{"t":"u16","d":"..."}`: the numbers, little endian, as base64. Appended. */
void ae_pack_put(enum ae_pack kind, size_t n, const double *x, struct ae_buffer *out);
/* The same for numbers that are there as bytes already. */
void ae_pack_put_bytes(enum ae_pack kind, size_t n, const void *bytes, struct ae_buffer *out);
/* A string for a script inside HTML: JSON without `<`, `>` and `&`. */
void ae_pack_text(const char *text, struct ae_buffer *out);
/* A JSON number; nan and inf as strings. */
void ae_pack_number(double x, struct ae_buffer *out);

/* ---- report_curves.c: learning curves ---- */

struct ae_report_curves;
/* n_rows: of the report. AE_ENOMEM. */
enum ae_status ae_report_curves_new(struct ae_report_curves **curves, size_t n_rows,
                                    struct ae_error *err);
void ae_report_curves_free(struct ae_report_curves *curves);
/* Takes the curve of row i, in rising order of i; rows left out have none. */
enum ae_status ae_report_curves_add(struct ae_report_curves *curves, size_t i,
                                    const struct ae_record *record, struct ae_error *err);
/* Row i shows the curve of row i - 1. */
void ae_report_curves_repeat(struct ae_report_curves *curves, size_t i);
/* The value of "curves"; keeps as many times as fit into `bytes`. */
enum ae_status ae_report_curves_put(struct ae_report_curves *curves, size_t bytes,
                                    struct ae_buffer *out, struct ae_error *err);

/* ---- report_data.c: everything the script needs ---- */

/* The object, of about `bytes` at most: learning curves take what the rest leaves them. */
enum ae_status ae_report_data(struct ae_results *results, size_t bytes, struct ae_buffer *out,
                              struct ae_error *err);
/* Its members "params" and "fixed": report_params.c. */
enum ae_status ae_report_params(struct ae_results *results, struct ae_buffer *out,
                                struct ae_error *err);

/* ---- report_text.c: what is written without the script ---- */

/* Text for HTML, also for attributes. Appended. */
void ae_report_escape(const char *text, struct ae_buffer *out);
/* Sections: counts, runs and timing, failures, the sweep itself. */
enum ae_status ae_report_sections(struct ae_results *results, struct ae_buffer *out,
                                  struct ae_error *err);

#endif
