/* What the rows of one cell come to. */
#include "table_cells.h"

#include <math.h>

enum ae_status ae_table_vote_of(const struct ae_table *table, struct ae_results *results,
                                const struct ae_row *row, struct ae_table_vote *vote,
                                struct ae_error *err)
{
    *vote = (struct ae_table_vote){.state = row->state};
    if (row->state != AE_ROW_DONE)
        return AE_OK;
    if (ae_column_table[table->value.id].kind != AE_COLUMN_ESCAPE) {
        vote->x = ae_column_get(table->value.id, row);
        return AE_OK;
    }
    struct ae_record record;
    enum ae_status rc = ae_results_record(results, row, &record, err);
    if (rc == AE_OK)
        vote->x = table->value.k <= record.M ? record.escape[table->value.k - 1] : (double)NAN;
    ae_record_clear(&record);
    return rc;
}

static void vote(struct ae_cell *cell, size_t n, const double *x)
{
    size_t best = 0, n_best = 0;
    uint32_t *votes = cell->votes;
    for (size_t i = 0; i < n; i++)
        votes[(size_t)x[i]]++;
    for (size_t phase = 1; phase < AE_N_PHASES; phase++)
        best = votes[phase] > votes[best] ? phase : best;
    for (size_t phase = 0; phase < AE_N_PHASES; phase++)
        n_best += votes[phase] == votes[best];
    cell->state = n_best > 1 ? AE_CELL_MIXED : AE_CELL_VALUE;
    cell->x = (double)best;
}

struct ae_cell ae_table_judge(const struct ae_table *table, size_t n,
                              const struct ae_table_vote *votes, double *x)
{
    struct ae_cell cell = {.state = AE_CELL_ABSENT};
    for (size_t i = 0; i < n; i++)
        if (votes[i].state == AE_ROW_DONE)
            x[cell.n_done++] = votes[i].x;
        else if (votes[i].state == AE_ROW_FAILED)
            cell.n_failed++;
        else
            cell.n_missing++;
    if (cell.n_done == 0) {
        cell.state = cell.n_missing > 0 ? AE_CELL_MISSING : AE_CELL_FAILED;
    } else if (table->is_phase) {
        vote(&cell, cell.n_done, x);
    } else {
        cell.state = AE_CELL_VALUE;
        cell.x = ae_reduce(table->reduce, cell.n_done, x, &cell.n_nan);
    }
    return cell;
}
