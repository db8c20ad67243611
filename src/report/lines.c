/* Lines along the columns of a table. A point that refine has added belongs to a line if it has the
 * values of that line on all other axes, and none of the grid on this one. */
#include "aesweep/lines.h"

#include <stdint.h>
#include <stdlib.h>

#include "table_axes.h"
#include "table_cells.h"

/* One row of the results that was added. */
struct entry {
    size_t line, i; /* i: which row of the results */
    struct ae_value at;
    struct ae_table_vote vote;
};

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    if (x->at.x != y->at.x)
        return x->at.x < y->at.x ? -1 : 1;
    return x->i < y->i ? -1 : x->i > y->i;
}

void ae_lines_clear(struct ae_lines *lines)
{
    free(lines->first);
    free(lines->points);
    *lines = (struct ae_lines){0};
}

/* ---- places ---- */

/* Which value of the axis the point has; false if none. An axis that does not exist has one. */
static bool find_place(const struct ae_table_axis *axis, const struct ae_params *p, size_t *place)
{
    *place = 0;
    if (axis->id == AE_N_PARAMS)
        return true;
    *place = ae_table_place(axis, p, 0);
    return ae_value_matches(axis->id, ae_param_get(p, axis->id), axis->values[*place]);
}

static int compare_digits(size_t n, const size_t *a, const size_t *b)
{
    for (size_t k = 0; k < n; k++)
        if (a[k] != b[k])
            return a[k] < b[k] ? -1 : 1;
    return 0;
}

/* Panels stand in rising order of their digits. */
static bool find_panel(const struct ae_table *t, const struct ae_params *p, size_t *panel)
{
    size_t digits[AE_N_PARAMS], n = t->n_panel_axes, lo = 0, hi = t->n_panels;
    for (size_t k = 0; k < n; k++)
        if (!find_place(&t->panel_axes[k], p, &digits[k]))
            return false;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (compare_digits(n, t->panel_digits + mid * n, digits) < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    *panel = lo;
    return lo < t->n_panels && compare_digits(n, t->panel_digits + lo * n, digits) == 0;
}

/* Does the point lie on a line, between the values of the grid? */
static bool find_line(const struct ae_table *t, const struct ae_params *p, size_t *line)
{
    size_t panel = 0, row = 0, col = 0;
    if (t->cols.id == AE_N_PARAMS || !find_panel(t, p, &panel) || !find_place(&t->rows, p, &row) ||
        find_place(&t->cols, p, &col))
        return false;
    *line = panel * t->rows.n + row;
    return true;
}

/* ---- what refine has added ---- */

static enum ae_status collect(const struct ae_table *t, struct ae_results *results,
                              const struct ae_expr *where, struct entry *entries, size_t *n,
                              struct ae_error *err)
{
    const size_t end = ae_results_size(results), begin = end - ae_results_n_added(results);
    enum ae_status rc = AE_OK;
    for (size_t i = begin; i < end && rc == AE_OK; i++) {
        struct ae_row row;
        struct entry entry = {.i = i};
        rc = ae_results_row(results, i, &row, err);
        if (rc != AE_OK || !ae_expr_holds(where, &row.params) ||
            !find_line(t, &row.params, &entry.line))
            continue;
        entry.at = ae_param_get(&row.params, t->cols.id);
        rc = ae_table_vote_of(t, results, &row, &entry.vote, err);
        entries[(*n)++] = entry;
    }
    if (*n > 0)
        qsort(entries, *n, sizeof *entries, compare_entries);
    return rc;
}

/* Rows of one point become one; returns how many points there are. */
static size_t judge(const struct ae_table *t, size_t n, const struct entry *entries,
                    struct ae_line_point *points, size_t *lines, struct ae_table_vote *votes,
                    double *x)
{
    size_t n_points = 0;
    for (size_t i = 0, k; i < n; i = k) {
        for (k = i;
             k < n && entries[k].line == entries[i].line && entries[k].at.x == entries[i].at.x; k++)
            votes[k - i] = entries[k].vote;
        lines[n_points] = entries[i].line;
        points[n_points++] = (struct ae_line_point){
            .at = entries[i].at, .col = SIZE_MAX, .cell = ae_table_judge(t, k - i, votes, x)};
    }
    return n_points;
}

/* ---- the lines ---- */

/* Columns in the order of the line. */
static void order_columns(const struct ae_table_axis *axis, size_t *order)
{
    enum ae_param_type type = axis->id < AE_N_PARAMS ? ae_param_table[axis->id].type : AE_TYPE_WORD;
    bool is_number = type == AE_TYPE_COUNT || type == AE_TYPE_SIZE || type == AE_TYPE_REAL;
    for (size_t k = 0; k < axis->n; k++) { /* by insertion: axes are mostly in order already */
        size_t j = k;
        for (; is_number && j > 0 && axis->values[order[j - 1]].x > axis->values[k].x; j--)
            order[j] = order[j - 1];
        order[j] = k;
    }
}

static void merge(struct ae_lines *lines, const struct ae_table *t, const size_t *order,
                  size_t n_added, const struct ae_line_point *added, const size_t *line_of)
{
    size_t n = 0, a = 0;
    for (size_t line = 0; line < lines->n_lines; line++) {
        lines->first[line] = n;
        for (size_t k = 0; k < t->cols.n; k++) {
            const bool has_axis = t->cols.id < AE_N_PARAMS;
            struct ae_line_point point = {.at = has_axis ? t->cols.values[order[k]]
                                                         : (struct ae_value){0},
                                          .col = order[k],
                                          .cell = t->cells[line * t->cols.n + order[k]]};
            for (; a < n_added && line_of[a] == line && added[a].at.x < point.at.x; a++)
                lines->points[n++] = added[a];
            lines->points[n++] = point;
        }
        for (; a < n_added && line_of[a] == line; a++) /* beyond the last column: none by refine */
            lines->points[n++] = added[a];
    }
    lines->first[lines->n_lines] = n;
}

enum ae_status ae_lines_make(struct ae_lines *lines, const struct ae_table *table,
                             struct ae_results *results, const struct ae_expr *where,
                             struct ae_error *err)
{
    const size_t n_rows = ae_results_n_added(results), n_lines = table->n_panels * table->rows.n;
    const size_t n_most = n_lines * table->cols.n + n_rows;
    *lines = (struct ae_lines){.n_lines = n_lines,
                               .first = ae_calloc(n_lines + 1, 1, sizeof *lines->first),
                               .points = ae_calloc(n_most, 1, sizeof *lines->points)};
    struct entry *entries = ae_calloc(n_rows, 1, sizeof *entries);
    struct ae_line_point *added = ae_calloc(n_rows, 1, sizeof *added);
    struct ae_table_vote *votes = ae_calloc(n_rows, 1, sizeof *votes);
    size_t *line_of = ae_calloc(n_rows, 1, sizeof *line_of);
    size_t *order = ae_calloc(table->cols.n, 1, sizeof *order);
    double *x = ae_reals_new(n_rows);
    size_t n = 0;
    bool is_good =
        lines->first && lines->points && entries && added && votes && line_of && order && x;
    enum ae_status rc = is_good ? collect(table, results, where, entries, &n, err)
                                : ae_fail_memory(err, n_most * sizeof *lines->points);
    if (rc == AE_OK) {
        size_t n_added = judge(table, n, entries, added, line_of, votes, x);
        order_columns(&table->cols, order);
        merge(lines, table, order, n_added, added, line_of);
    }
    free(entries);
    free(added);
    free(votes);
    free(line_of);
    free(order);
    free(x);
    return rc;
}
