#ifndef AESWEEP_TABLE_CELLS_H
#define AESWEEP_TABLE_CELLS_H

/* Between rows of results and the cells of a table. */

#include "aesweep/table.h"

/* What one row says. */
struct ae_table_vote {
    enum ae_row_state state;
    double x; /* of a done row; a phase as its number */
};
enum ae_status ae_table_vote_of(const struct ae_table *table, struct ae_results *results,
                                const struct ae_row *row, struct ae_table_vote *vote,
                                struct ae_error *err);

/* The cell of these n rows; x has room for their numbers. */
struct ae_cell ae_table_judge(const struct ae_table *table, size_t n,
                              const struct ae_table_vote *votes, double *x);

#endif
