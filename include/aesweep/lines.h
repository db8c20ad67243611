#ifndef AESWEEP_LINES_H
#define AESWEEP_LINES_H

/* The rows of a table as lines along its columns: cells of the grid, and between them the points
 * that refine has put there. */

#include "aesweep/table.h"

struct ae_line_point {
    struct ae_value at;  /* on the axis of the columns */
    size_t col;          /* of the grid; SIZE_MAX: added by refine */
    struct ae_cell cell; /* absent ones of the grid hold their place */
};

/* Line panel * rows.n + row has the points from first[line] up to first[line + 1]: numbers rise,
 * anything else stands in the order of the columns. */
struct ae_lines {
    size_t n_lines;
    size_t *first; /* [n_lines + 1] */
    struct ae_line_point *points;
};

/* `table` was made from these results and this `where`, with nothing to reduce over but
 * replicates. AE_OK, AE_ENOMEM, AE_EIO; ae_lines_clear in any case. */
enum ae_status ae_lines_make(struct ae_lines *lines, const struct ae_table *table,
                             struct ae_results *results, const struct ae_expr *where,
                             struct ae_error *err);
void ae_lines_clear(struct ae_lines *lines);

#endif
