/* Boundaries between phases: found along lines, written as text, CSV and JSON. */
#include "aesweep/boundary.h"

#include <stdlib.h>
#include <string.h>

#include "aesweep/csv.h"
#include "aesweep/json.h"

#include "table_style.h"

/* ---- finding ---- */

void ae_boundaries_clear(struct ae_boundaries *boundaries)
{
    free(boundaries->items);
    *boundaries = (struct ae_boundaries){0};
}

static enum ae_phase phase_of(const struct ae_cell *cell)
{
    return cell->state == AE_CELL_MIXED ? AE_N_PHASES : (enum ae_phase)cell->x;
}

/* Appends those of one line. */
static void find_on_line(struct ae_boundaries *all, const struct ae_lines *lines, size_t line)
{
    const struct ae_line_point *last = NULL; /* whose phase is known */
    size_t n_unknown = 0, n_before = all->n, n_points = 0;
    for (size_t i = lines->first[line]; i < lines->first[line + 1]; i++) {
        const struct ae_line_point *point = &lines->points[i];
        n_points += point->cell.state != AE_CELL_ABSENT;
        n_unknown += point->cell.state == AE_CELL_MISSING || point->cell.state == AE_CELL_FAILED;
        if (point->cell.state < AE_CELL_MIXED)
            continue;
        if (last && phase_of(&last->cell) != phase_of(&point->cell))
            all->items[all->n++] = (struct ae_boundary){.line = line,
                                                        .is_crossed = true,
                                                        .has_phase = true,
                                                        .lo = last->at,
                                                        .hi = point->at,
                                                        .phase_lo = phase_of(&last->cell),
                                                        .phase_hi = phase_of(&point->cell),
                                                        .n_unknown = n_unknown};
        last = point;
        n_unknown = 0;
    }
    if (all->n > n_before || n_points == 0)
        return;
    struct ae_boundary none = {.line = line, .has_phase = last != NULL};
    none.phase_lo = none.phase_hi = last ? phase_of(&last->cell) : AE_N_PHASES;
    for (size_t i = lines->first[line]; i < lines->first[line + 1]; i++)
        none.n_unknown += lines->points[i].cell.state == AE_CELL_MISSING ||
                          lines->points[i].cell.state == AE_CELL_FAILED;
    all->items[all->n++] = none;
}

enum ae_status ae_boundaries_find(struct ae_boundaries *boundaries, const struct ae_lines *lines,
                                  struct ae_error *err)
{
    const size_t n_most = lines->first[lines->n_lines]; /* each line has fewer than points */
    *boundaries = (struct ae_boundaries){.items = ae_calloc(n_most, 1, sizeof *boundaries->items)};
    if (!boundaries->items)
        return ae_fail_memory(err, n_most * sizeof *boundaries->items);
    for (size_t line = 0; line < lines->n_lines; line++)
        find_on_line(boundaries, lines, line);
    return AE_OK;
}

/* ---- writing ---- */

struct page {
    const struct ae_table *table;
    const struct ae_boundaries *all;
    struct ae_buffer *out;
};

static const char *phase_word(enum ae_phase phase)
{
    return phase == AE_N_PHASES ? "mixed" : ae_phase_table[phase].word;
}

static void write_csv(const struct page *page)
{
    const struct ae_table *t = page->table;
    const char *along = ae_table_axis_name(&t->cols);
    struct ae_csv csv = {.out = page->out};
    for (size_t i = 0; i < t->n_panel_axes; i++)
        ae_csv_text(&csv, ae_param_table[t->panel_axes[i].id].name);
    if (t->rows.id < AE_N_PARAMS)
        ae_csv_text(&csv, ae_param_table[t->rows.id].name);
    ae_csv_name(&csv, "%s_lo", along);
    ae_csv_name(&csv, "%s_hi", along);
    ae_csv_text(&csv, "phase_lo");
    ae_csv_text(&csv, "phase_hi");
    ae_csv_text(&csv, "unknown");
    ae_csv_end(&csv);
    for (size_t k = 0; k < page->all->n; k++) {
        const struct ae_boundary *b = &page->all->items[k];
        for (size_t i = 0; i < t->n_panel_axes; i++)
            ae_csv_param(&csv, t->panel_axes[i].id,
                         ae_table_panel_value(t, b->line / t->rows.n, i));
        if (t->rows.id < AE_N_PARAMS)
            ae_csv_param(&csv, t->rows.id, t->rows.values[b->line % t->rows.n]);
        for (int end = 0; end < 2; end++)
            if (b->is_crossed)
                ae_csv_param(&csv, t->cols.id, end == 0 ? b->lo : b->hi);
            else
                ae_csv_empty(&csv);
        ae_csv_text(&csv, b->has_phase ? phase_word(b->phase_lo) : "");
        ae_csv_text(&csv, b->has_phase ? phase_word(b->phase_hi) : "");
        ae_csv_count(&csv, b->n_unknown);
        ae_csv_end(&csv);
    }
}

static void json_end(const struct page *page, const char *key, const struct ae_boundary *b,
                     struct ae_value value)
{
    ae_buffer_printf(page->out, ", \"%s\": ", key);
    if (b->is_crossed)
        ae_json_param(page->table->cols.id, value, page->out);
    else
        ae_buffer_text(page->out, "null");
}

static void json_phase(const struct page *page, const char *key, const struct ae_boundary *b,
                       enum ae_phase phase)
{
    ae_buffer_printf(page->out, ", \"%s\": ", key);
    if (b->has_phase)
        ae_json_text(phase_word(phase), page->out);
    else
        ae_buffer_text(page->out, "null");
}

static void write_json(const struct page *page)
{
    const struct ae_table *t = page->table;
    struct ae_buffer *out = page->out;
    ae_buffer_text(out, "{\"sweep\": ");
    ae_json_text(t->name, out);
    ae_buffer_printf(out, ",\n\"along\": \"%s\",\n\"boundaries\": [", ae_table_axis_name(&t->cols));
    for (size_t k = 0; k < page->all->n; k++) {
        const struct ae_boundary *b = &page->all->items[k];
        ae_buffer_printf(out, "%s{\"at\": {", k > 0 ? ",\n" : "\n");
        for (size_t i = 0; i < t->n_panel_axes; i++) {
            ae_buffer_printf(out, "%s\"%s\": ", i > 0 ? ", " : "",
                             ae_param_table[t->panel_axes[i].id].name);
            ae_json_param(t->panel_axes[i].id, ae_table_panel_value(t, b->line / t->rows.n, i),
                          out);
        }
        if (t->rows.id < AE_N_PARAMS) {
            ae_buffer_printf(out, "%s\"%s\": ", t->n_panel_axes > 0 ? ", " : "",
                             ae_param_table[t->rows.id].name);
            ae_json_param(t->rows.id, t->rows.values[b->line % t->rows.n], out);
        }
        ae_buffer_text(out, "}");
        json_end(page, "lo", b, b->lo);
        json_end(page, "hi", b, b->hi);
        json_phase(page, "phase_lo", b, b->phase_lo);
        json_phase(page, "phase_hi", b, b->phase_hi);
        ae_buffer_printf(out, ", \"unknown\": %zu}", b->n_unknown);
    }
    ae_buffer_text(out, "\n]}\n");
}

/* ---- text ---- */

/* Columns of the text: panel axes, row axis, phase, from, to, phase. */
enum { N_FIXED = 4, MAX_COLUMNS = AE_N_PARAMS + 1 + N_FIXED };

/* The panel axis of the k-th column, those with one value left out; n_panel_axes: no more. */
static size_t panel_axis(const struct ae_table *t, size_t k)
{
    size_t i = 0;
    for (; i < t->n_panel_axes; i++)
        if (t->panel_axes[i].n > 1 && k-- == 0)
            break;
    return i;
}

static void fixed_text(const struct page *page, const struct ae_boundary *b, size_t k,
                       struct ae_buffer *out)
{
    static const char *const heads[N_FIXED] = {"phase", "from ", "to ", "phase"};
    const enum ae_param_id id = page->table->cols.id;
    if (!b) {
        ae_buffer_text(out, heads[k]);
        ae_buffer_text(out, k == 1 || k == 2 ? ae_table_axis_name(&page->table->cols) : "");
    } else if (k == 0) {
        ae_buffer_text(out, b->has_phase ? phase_word(b->phase_lo) : "unknown");
    } else if (!b->is_crossed) {
        ae_buffer_text(out, k == 1 ? "no boundary" : "");
    } else if (k == 3) {
        ae_buffer_text(out, phase_word(b->phase_hi));
    } else {
        ae_value_format(id, k == 1 ? b->lo : b->hi, out);
    }
}

/* What stands in column k; b NULL: its head. False if there is no such column. */
static bool column_text(const struct page *page, const struct ae_boundary *b, size_t k,
                        struct ae_buffer *out)
{
    const struct ae_table *t = page->table;
    size_t n_panel = 0, has_row = t->rows.id < AE_N_PARAMS;
    while (panel_axis(t, n_panel) < t->n_panel_axes)
        n_panel++;
    ae_buffer_rewind(out);
    ae_buffer_text(out, "");
    if (k < n_panel) {
        size_t i = panel_axis(t, k);
        if (b)
            ae_value_format(t->panel_axes[i].id, ae_table_panel_value(t, b->line / t->rows.n, i),
                            out);
        else
            ae_buffer_text(out, ae_param_table[t->panel_axes[i].id].name);
    } else if (k < n_panel + has_row) {
        if (b)
            ae_table_label(&t->rows, b->line % t->rows.n, out);
        else
            ae_buffer_text(out, ae_param_table[t->rows.id].name);
    } else if (k < n_panel + has_row + N_FIXED) {
        fixed_text(page, b, k - n_panel - has_row, out);
    } else {
        return false;
    }
    return true;
}

static void write_line(const struct page *page, const struct ae_boundary *b, const size_t *widths,
                       struct ae_buffer *text)
{
    struct ae_buffer *out = page->out;
    for (size_t k = 0; column_text(page, b, k, text); k++)
        ae_buffer_printf(out, "%s%-*s", k > 0 ? "  " : "", (int)widths[k],
                         text->data ? text->data : "");
    while (!out->failed && out->size > 0 && out->data[out->size - 1] == ' ')
        out->data[--out->size] = '\0';
    if (b && b->n_unknown > 0)
        ae_buffer_printf(out, "  (%zu point%s there without a phase)", b->n_unknown,
                         b->n_unknown == 1 ? "" : "s");
    ae_buffer_text(out, "\n");
}

static void write_text(const struct page *page)
{
    const struct ae_table *t = page->table;
    struct ae_buffer text = {0};
    size_t widths[MAX_COLUMNS] = {0};
    for (size_t i = 0; i <= page->all->n; i++)
        for (size_t k = 0; column_text(page, i > 0 ? &page->all->items[i - 1] : NULL, k, &text);
             k++)
            widths[k] = text.size > widths[k] ? text.size : widths[k];
    ae_buffer_printf(page->out, "%s: phase boundaries along %s\n", t->name,
                     ae_table_axis_name(&t->cols));
    const size_t begun = page->out->size;
    for (size_t i = 0; i < t->n_panel_axes; i++)
        if (t->panel_axes[i].n == 1) {
            ae_table_title_part(t, 0, i, AE_TABLE_MAX_LABEL, &text);
            ae_buffer_printf(page->out, "%s%s", page->out->size > begun ? ", " : "",
                             text.data ? text.data : "");
        }
    ae_buffer_text(page->out, page->out->size > begun ? "\n\n" : "\n");
    for (size_t i = 0; i <= page->all->n; i++)
        write_line(page, i > 0 ? &page->all->items[i - 1] : NULL, widths, &text);
    page->out->failed = page->out->failed || text.failed;
    ae_buffer_clear(&text);
}

/* ---- the whole ---- */

/* Columns by default: the refined axis. */
static struct ae_table_spec whole_spec(const struct ae_results *results,
                                       const struct ae_table_spec *spec)
{
    struct ae_table_spec whole = *spec;
    const struct ae_refine_choice refined = ae_sweep_refine(ae_results_sweep(results));
    const char *first = refined.n_axes > 0 ? ae_param_table[refined.axes[0]].name : NULL;
    whole.value = "phase";
    whole.reduce = "median";
    if (!whole.cols && first && !(whole.rows && strcmp(whole.rows, first) == 0))
        whole.cols = first;
    return whole;
}

enum ae_status ae_boundary_write(struct ae_results *results, const struct ae_table_spec *spec,
                                 enum ae_table_format format, struct ae_output *out,
                                 struct ae_error *err)
{
    struct ae_table table = {0};
    struct ae_lines lines = {0};
    struct ae_boundaries all = {0};
    struct ae_table_spec whole = whole_spec(results, spec);
    if (format != AE_TABLE_text && format != AE_TABLE_csv && format != AE_TABLE_json)
        return ae_fail(err, AE_EARG, "--boundary: no format %s; allowed: text, csv, json",
                       ae_table_format_names[format]);
    enum ae_status rc = ae_table_make(&table, results, &whole, err);
    if (rc == AE_OK && table.cols.id == AE_N_PARAMS)
        rc = ae_fail(err, AE_EARG, "--boundary: the sweep has one point, and no axis to go along");
    if (rc == AE_OK)
        rc = ae_lines_make(&lines, &table, results, spec->where, err);
    if (rc == AE_OK)
        rc = ae_boundaries_find(&all, &lines, err);
    if (rc == AE_OK) {
        const struct page page = {&table, &all, &out->text};
        (format == AE_TABLE_csv    ? write_csv
         : format == AE_TABLE_json ? write_json
                                   : write_text)(&page);
        rc = ae_output_flush(out, err);
    }
    ae_boundaries_clear(&all);
    ae_lines_clear(&lines);
    ae_table_clear(&table);
    return rc;
}
