/* From rows of a sweep to cells of a table. */
#include "aesweep/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "table_axes.h"
#include "table_cells.h"

/* One row of the results that is shown: where it goes and what it says. */
struct entry {
    uint64_t panel; /* mixed radix over the panel axes, first axis highest */
    size_t cell;    /* row * n_cols + col */
    struct ae_table_vote vote;
};

/* The axes of the sweep with the values that occur, and for each row shown its value on each axis.
 * */
struct layout {
    size_t n_axes;
    struct ae_table_axis axes[AE_N_PARAMS];
    bool is_over[AE_N_PARAMS]; /* [n_axes] reduced over, as the replicates are */
    size_t n_shown;
    size_t *shown;    /* [n_shown] rows of the results */
    uint32_t *digits; /* [n_shown][n_axes] */
};

static void layout_clear(struct layout *l)
{
    for (size_t k = 0; k < l->n_axes; k++)
        free(l->axes[k].values);
    free(l->shown);
    free(l->digits);
}

void ae_table_clear(struct ae_table *table)
{
    free(table->name);
    free(table->value_name);
    free(table->over);
    free(table->rows.values);
    free(table->cols.values);
    for (size_t k = 0; k < table->n_panel_axes; k++)
        free(table->panel_axes[k].values);
    free(table->panel_digits);
    free(table->cells);
    *table = (struct ae_table){0};
}

/* ---- which rows are shown, and their places on the axes ---- */

static const char *param_name(enum ae_param_id id)
{
    return id < AE_N_PARAMS ? ae_param_table[id].name : NULL;
}

static enum ae_status place_rows(struct layout *l, struct ae_results *results,
                                 const struct ae_expr *where, struct ae_error *err)
{
    const struct ae_sweep *sweep = ae_results_sweep(results);
    size_t n_rep = ae_sweep_n_replicates(sweep), n = ae_sweep_n_points(sweep) * n_rep;
    l->shown = ae_calloc(n, 1, sizeof *l->shown);
    l->digits = ae_calloc(n, l->n_axes, sizeof *l->digits);
    if (!l->shown || !l->digits)
        return ae_fail_memory(err, n * (l->n_axes + 1) * sizeof *l->shown);
    uint32_t last[AE_N_PARAMS] = {0};
    for (size_t i = 0; i < n; i++) {
        struct ae_params p;
        ae_sweep_point(sweep, i / n_rep, i % n_rep + 1, &p);
        if (!ae_expr_holds(where, &p))
            continue;
        for (size_t k = 0; k < l->n_axes; k++) {
            last[k] = ae_table_place(&l->axes[k], &p, last[k]);
            l->digits[l->n_shown * l->n_axes + k] = last[k];
        }
        l->shown[l->n_shown++] = i;
    }
    if (l->n_shown == 0)
        return ae_fail(err, AE_EARG, "no point of the sweep fits --where");
    return AE_OK;
}

static enum ae_status lay_out(struct layout *l, struct ae_results *results,
                              const struct ae_table_spec *spec,
                              const struct ae_table_choice *choice, struct ae_error *err)
{
    const char *named[] = {spec->rows, spec->cols, param_name(choice->rows),
                           param_name(choice->cols)};
    enum ae_status rc = ae_table_axes(ae_results_sweep(results), sizeof named / sizeof *named,
                                      named, &l->n_axes, l->axes, err);
    if (rc == AE_OK)
        rc = place_rows(l, results, spec->where, err);
    for (size_t k = 0; k < l->n_axes && rc == AE_OK; k++)
        rc = ae_table_compact(&l->axes[k], l->n_shown, l->n_axes, l->digits + k, err);
    return rc;
}

/* ---- rows, columns, panels ---- */

static enum ae_status fail_axis(const struct layout *l, const char *what, const char *name,
                                struct ae_error *err)
{
    const char *names[AE_N_PARAMS + 1] = {NULL};
    struct ae_buffer list = {0};
    for (size_t k = 0; k < l->n_axes; k++) {
        names[k] = ae_param_table[l->axes[k].id].name;
        ae_buffer_printf(&list, "%s%s", k > 0 ? ", " : "", names[k]);
    }
    const char *near = ae_nearest(name, names);
    if (!near && ae_param_find(name) == AE_N_PARAMS)
        near = ae_param_nearest(name);
    ae_fail(err, AE_EARG, "%s: '%.60s' is not an axis of this sweep; its axes are %s%s%s%s", what,
            name, list.data ? list.data : "none (it has one point)", near ? "; did you mean '" : "",
            near ? near : "", near ? "'?" : "");
    ae_buffer_clear(&list);
    return AE_EARG;
}

/* The axis of that name, or n_axes if name is NULL. */
static enum ae_status find_axis(const struct layout *l, const char *what, const char *name,
                                size_t *k, struct ae_error *err)
{
    *k = l->n_axes;
    if (!name)
        return AE_OK;
    for (*k = 0; *k < l->n_axes; ++*k)
        if (strcmp(ae_param_table[l->axes[*k].id].name, name) == 0)
            return AE_OK;
    return fail_axis(l, what, name, err);
}

/* The last axis with more than one value that is not `other`; else the last one at all; else
 * n_axes. */
static size_t default_axis(const struct layout *l, size_t other)
{
    for (size_t k = l->n_axes; k-- > 0;)
        if (k != other && !l->is_over[k] && l->axes[k].n > 1)
            return k;
    for (size_t k = l->n_axes; k-- > 0;)
        if (k != other && !l->is_over[k])
            return k;
    return l->n_axes;
}

/* Marks the axes named in spec->over. */
static enum ae_status choose_over(struct layout *l, const struct ae_table_spec *spec,
                                  struct ae_table *table, struct ae_error *err)
{
    struct ae_buffer name = {0}, all = {0};
    enum ae_status rc = AE_OK;
    ae_buffer_text(&all, "");
    for (const char *at = spec->over; at && rc == AE_OK;) {
        size_t n = strcspn(at, ","), k = 0, skip = strspn(at, " ");
        ae_buffer_rewind(&name);
        ae_buffer_append(&name, at + skip, n > skip ? n - skip : 0);
        while (name.size > 0 && name.data[name.size - 1] == ' ')
            name.data[--name.size] = '\0';
        rc = ae_buffer_status(&name, err);
        if (rc == AE_OK)
            rc = find_axis(l, "--over", name.data ? name.data : "", &k, err);
        if (rc == AE_OK) {
            l->is_over[k] = true;
            ae_buffer_printf(&all, "%s, ", name.data);
        }
        at = at[n] ? at + n + 1 : NULL;
    }
    if (rc == AE_OK)
        rc = ae_buffer_status(&all, err);
    ae_buffer_clear(&name);
    table->over = all.data;
    return rc;
}

/* Is the axis of that name reduced over? */
static bool is_named(const struct layout *l, const char *name)
{
    for (size_t k = 0; k < l->n_axes; k++)
        if (l->is_over[k] && strcmp(ae_param_table[l->axes[k].id].name, name) == 0)
            return true;
    return false;
}

/* An axis that is reduced over cannot be shown. */
static enum ae_status check_over(const struct layout *l, const char *what, size_t k,
                                 struct ae_error *err)
{
    if (k >= l->n_axes || !l->is_over[k])
        return AE_OK;
    return ae_fail(err, AE_EARG, "%s: %s is reduced over (--over)", what,
                   ae_param_table[l->axes[k].id].name);
}

/* The name of the sweep's own choice; NULL if it made none, or the command line took that axis away.
 */
static const char *own_axis(const struct layout *l, enum ae_param_id id)
{
    for (size_t k = 0; k < l->n_axes; k++)
        if (l->axes[k].id == id)
            return param_name(id);
    return NULL;
}

static enum ae_status choose_axes(const struct layout *l, const struct ae_table_spec *spec,
                                  const struct ae_table_choice *choice, size_t *row, size_t *col,
                                  struct ae_error *err)
{
    const char *rows = spec->rows, *cols = spec->cols;
    /* The sweep's own choices fill what is not said, unless that axis was asked for elsewhere. */
    const char *own_rows = own_axis(l, choice->rows), *own_cols = own_axis(l, choice->cols);
    if (!rows && own_rows && !(cols && strcmp(cols, own_rows) == 0) && !is_named(l, own_rows))
        rows = own_rows;
    if (!cols && own_cols && !(rows && strcmp(rows, own_cols) == 0) && !is_named(l, own_cols))
        cols = own_cols;
    enum ae_status rc = find_axis(l, "--rows", rows, row, err);
    if (rc == AE_OK)
        rc = find_axis(l, "--cols", cols, col, err);
    if (rc == AE_OK)
        rc = check_over(l, "--rows", *row, err);
    if (rc == AE_OK)
        rc = check_over(l, "--cols", *col, err);
    if (rc == AE_OK && rows && cols && *row == *col)
        rc = ae_fail(err, AE_EARG, "rows and columns are the same axis, %s", rows);
    if (rc != AE_OK)
        return rc;
    if (!cols)
        *col = default_axis(l, *row);
    if (!rows)
        *row = default_axis(l, *col);
    return AE_OK;
}

/* Moves axis k to the table; n_axes stands for none, which has one place without a name. */
static void take_axis(struct layout *l, size_t k, struct ae_table_axis *to)
{
    *to = (struct ae_table_axis){.id = AE_N_PARAMS, .n = 1};
    if (k < l->n_axes) {
        *to = l->axes[k];
        l->axes[k].values = NULL;
    }
}

static enum ae_status choose_value(struct ae_table *table, const struct ae_table_spec *spec,
                                   const struct ae_table_choice *choice, struct ae_error *err)
{
    const char *value = spec->value ? spec->value : choice->value[0] ? choice->value : "phase";
    enum ae_status rc = ae_column_find(value, &table->value, err);
    if (rc != AE_OK)
        return rc;
    table->is_phase = ae_column_table[table->value.id].kind == AE_COLUMN_PHASE;
    /* The sweep's own choice was made for its own value. */
    bool is_own =
        choice->reduce[0] && (table->is_phase || strcmp(choice->reduce, "fractions") != 0);
    const char *reduce = spec->reduce ? spec->reduce : is_own ? choice->reduce : "median";
    table->value_name = ae_text_copy(value, strlen(value));
    if (!table->value_name)
        return ae_fail_memory(err, strlen(value));
    table->has_fractions = table->is_phase && strcmp(reduce, "fractions") == 0;
    if (table->has_fractions)
        return AE_OK;
    if (strcmp(reduce, "fractions") == 0)
        return ae_fail(err, AE_EARG, "--reduce fractions is for the value phase, not for %s",
                       value);
    for (size_t i = 0; i < AE_N_REDUCES; i++)
        if (strcmp(ae_reduce_names[i], reduce) == 0) {
            table->reduce = (enum ae_reduce)i;
            return AE_OK;
        }
    const char *near = ae_nearest(reduce, ae_reduce_names);
    return ae_fail(err, AE_EARG,
                   "--reduce: '%.60s' is not allowed; allowed: median, mean, min, max, "
                   "std, count, iqr; of phases also fractions%s%s%s",
                   reduce, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

/* ---- cells ---- */

static int compare_entries(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    if (x->panel != y->panel)
        return x->panel < y->panel ? -1 : 1;
    return x->cell < y->cell ? -1 : x->cell > y->cell;
}

static enum ae_status make_entries(const struct ae_table *table, const struct layout *l, size_t row,
                                   size_t col, struct ae_results *results, struct entry *entries,
                                   struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    for (size_t i = 0; i < l->n_shown && rc == AE_OK; i++) {
        const uint32_t *digits = l->digits + i * l->n_axes;
        struct entry *entry = &entries[i];
        *entry = (struct entry){0};
        for (size_t k = 0; k < l->n_axes; k++)
            if (k != row && k != col && !l->is_over[k])
                entry->panel = entry->panel * l->axes[k].n + digits[k];
        entry->cell = (row < l->n_axes ? digits[row] : 0) * table->cols.n +
                      (col < l->n_axes ? digits[col] : 0);
        struct ae_row result;
        rc = ae_results_row(results, l->shown[i], &result, err);
        if (rc == AE_OK)
            rc = ae_table_vote_of(table, results, &result, &entry->vote, err);
    }
    return rc;
}

/* entries are sorted; panels are those that occur. */
static enum ae_status fill_cells(struct ae_table *table, size_t n, const struct entry *entries,
                                 struct ae_error *err)
{
    size_t n_cells = table->rows.n * table->cols.n, n_axes = table->n_panel_axes;
    for (size_t i = 0; i < n; i++)
        table->n_panels += i == 0 || entries[i].panel != entries[i - 1].panel;
    table->cells = ae_calloc(table->n_panels, n_cells, sizeof *table->cells);
    table->panel_digits = ae_calloc(table->n_panels, n_axes, sizeof *table->panel_digits);
    struct ae_table_vote *votes = ae_calloc(n, 1, sizeof *votes);
    double *x = ae_reals_new(n);
    if (!table->cells || !table->panel_digits || !votes || !x) {
        free(votes);
        free(x);
        return ae_fail(err, AE_ENOMEM, "out of memory for %zu panels of %zu cells", table->n_panels,
                       n_cells);
    }
    size_t panel = 0;
    for (size_t i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && compare_entries(&entries[i], &entries[end]) == 0;)
            end++;
        panel += i > 0 && entries[i].panel != entries[i - 1].panel;
        uint64_t rest = entries[i].panel;
        for (size_t k = n_axes; k-- > 0; rest /= table->panel_axes[k].n)
            table->panel_digits[panel * n_axes + k] = (size_t)(rest % table->panel_axes[k].n);
        for (size_t k = i; k < end; k++)
            votes[k - i] = entries[k].vote;
        table->cells[panel * n_cells + entries[i].cell] = ae_table_judge(table, end - i, votes, x);
        if (end - i > table->n_replicates)
            table->n_replicates = end - i;
    }
    free(votes);
    free(x);
    return AE_OK;
}

static enum ae_status make_cells(struct ae_table *table, struct layout *l, size_t row, size_t col,
                                 struct ae_results *results, struct ae_error *err)
{
    struct entry *entries = ae_calloc(l->n_shown, 1, sizeof *entries);
    enum ae_status rc = entries ? AE_OK : ae_fail_memory(err, l->n_shown * sizeof *entries);
    if (rc == AE_OK)
        rc = make_entries(table, l, row, col, results, entries, err);
    if (rc == AE_OK) {
        qsort(entries, l->n_shown, sizeof *entries, compare_entries);
        for (size_t k = 0; k < l->n_axes; k++)
            if (k != row && k != col && !l->is_over[k])
                take_axis(l, k, &table->panel_axes[table->n_panel_axes++]);
        rc = fill_cells(table, l->n_shown, entries, err);
    }
    free(entries);
    return rc;
}

enum ae_status ae_table_make(struct ae_table *table, struct ae_results *results,
                             const struct ae_table_spec *spec, struct ae_error *err)
{
    const struct ae_sweep *sweep = ae_results_sweep(results);
    struct ae_table_choice choice = ae_sweep_table(sweep);
    struct layout l = {0};
    size_t row = 0, col = 0;
    const char *name = ae_sweep_name(sweep);
    *table = (struct ae_table){0};
    table->name = ae_text_copy(name, strlen(name));
    enum ae_status rc = table->name ? AE_OK : ae_fail_memory(err, strlen(name));
    if (rc == AE_OK)
        rc = choose_value(table, spec, &choice, err);
    if (rc == AE_OK)
        rc = lay_out(&l, results, spec, &choice, err);
    if (rc == AE_OK)
        rc = choose_over(&l, spec, table, err);
    if (rc == AE_OK)
        rc = choose_axes(&l, spec, &choice, &row, &col, err);
    if (rc == AE_OK) {
        take_axis(&l, row, &table->rows);
        take_axis(&l, col, &table->cols);
        rc = make_cells(table, &l, row, col, results, err);
    }
    layout_clear(&l);
    return rc;
}

const struct ae_cell *ae_table_cell(const struct ae_table *table, size_t panel, size_t row,
                                    size_t col)
{
    return &table->cells[(panel * table->rows.n + row) * table->cols.n + col];
}

struct ae_value ae_table_panel_value(const struct ae_table *table, size_t panel, size_t i)
{
    return table->panel_axes[i].values[table->panel_digits[panel * table->n_panel_axes + i]];
}
