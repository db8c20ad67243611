#ifndef AESWEEP_CSV_H
#define AESWEEP_CSV_H

/* CSV as RFC 4180, lines ended by \n: fields one after the other, then the end of the record. */

#include <stdbool.h>
#include <stdint.h>

#include "aesweep/memory.h"
#include "aesweep/params.h"

struct ae_csv {
    struct ae_buffer *out; /* borrowed */
    bool is_begun;         /* has this record a field? */
};

void ae_csv_text(struct ae_csv *csv, const char *text); /* quoted where needed */
void ae_csv_name(struct ae_csv *csv, const char *format, ...) AE_PRINTF(2, 3); /* needs no quotes */
void ae_csv_empty(struct ae_csv *csv);
void ae_csv_real(struct ae_csv *csv, double x); /* shortest decimal that reads back; nan inf -inf */
void ae_csv_count(struct ae_csv *csv, uint64_t n);
void ae_csv_flag(struct ae_csv *csv, bool is_true);    /* true, false */
void ae_csv_point(struct ae_csv *csv, uint64_t point); /* 16 hex digits */
/* Lists stand in quotes. */
void ae_csv_param(struct ae_csv *csv, enum ae_param_id id, struct ae_value value);
void ae_csv_end(struct ae_csv *csv);

#endif
