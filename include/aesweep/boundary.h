#ifndef AESWEEP_BOUNDARY_H
#define AESWEEP_BOUNDARY_H

/* Where phases meet: for every row of a table of phases the intervals of its columns, or between the
 * points that refine has put there, at whose ends phases differ. */

#include "aesweep/lines.h"

/* AE_N_PHASES stands for mixed. */
struct ae_boundary {
    size_t line;            /* panel * rows.n + row */
    bool is_crossed;        /* else the whole line has one phase, or none is known */
    bool has_phase;         /* phase_lo and phase_hi are known */
    struct ae_value lo, hi; /* if crossed: phases change between them */
    enum ae_phase phase_lo, phase_hi;
    size_t n_unknown; /* points between lo and hi, or on the line, that are missing or failed */
};

struct ae_boundaries {
    size_t n;
    struct ae_boundary *items; /* by line, then from lo to hi; lines without points are left out */
};

/* The lines are those of a table of phases. AE_OK, AE_ENOMEM; ae_boundaries_clear in any case. */
enum ae_status ae_boundaries_find(struct ae_boundaries *boundaries, const struct ae_lines *lines,
                                  struct ae_error *err);
void ae_boundaries_clear(struct ae_boundaries *boundaries);

/*
 * Makes a table of phases by `spec` (whose value, reduce and over are NULL), and writes its
 * boundaries: along the columns, by default the first refined axis. Formats are text, csv, json.
 * AE_EARG as ae_table_make, or for another format; AE_EIO, AE_ENOMEM.
 */
enum ae_status ae_boundary_write(struct ae_results *results, const struct ae_table_spec *spec,
                                 enum ae_table_format format, struct ae_output *out,
                                 struct ae_error *err);

#endif
