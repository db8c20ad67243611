/*
 * Tables for the terminal: a box for each panel, as many boxes side by side as the width allows.
 *
 * Phases over a numeric axis are one character a column, everything else is written out in columns.
 * The panel axes that vary slowest head a group of boxes, the others stand as title on each box.
 */
#include "aesweep/table.h"

#include <stdlib.h>
#include <string.h>

#include "table_style.h"

static size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t max_size(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* ---- one box ---- */

/* Appends `text` and blanks up to n characters. */
static void pad(const char *text, size_t n, struct ae_buffer *out)
{
    ae_buffer_printf(out, "%-*s", (int)n, text);
}

static void pad_left(const char *text, size_t n, struct ae_buffer *out)
{
    ae_buffer_printf(out, "%*s", (int)n, text);
}

/* The first and last value of a block of one-character columns, and the middle one if there is
 * room. */
static void scale_line(const struct ae_table_style *s, size_t from, size_t n, struct ae_buffer *out)
{
    struct ae_buffer first = {0}, last = {0}, middle = {0};
    const struct ae_table_axis *axis = &s->table->cols;
    ae_table_short_label(axis, from, AE_TABLE_MAX_HEADING, &first);
    ae_table_short_label(axis, from + n - 1, AE_TABLE_MAX_HEADING, &last);
    ae_table_short_label(axis, from + (n - 1) / 2, AE_TABLE_MAX_HEADING, &middle);
    pad("", s->label + 1, out);
    ae_buffer_append(out, first.data, first.size);
    if (n > 1) {
        size_t at_last = n >= last.size ? n - last.size : 0;
        at_last = max_size(at_last, first.size + 1);
        size_t half = middle.size / 2, at = (n - 1) / 2 >= half ? (n - 1) / 2 - half : 0;
        bool has_middle = n % 2 == 1 && at > first.size && at + middle.size < at_last;
        size_t column = first.size;
        if (has_middle) {
            pad("", at - column, out);
            ae_buffer_append(out, middle.data, middle.size);
            column = at + middle.size;
        }
        pad("", at_last - column, out);
        ae_buffer_append(out, last.data, last.size);
    }
    ae_buffer_text(out, "\n");
    out->failed = out->failed || first.failed || last.failed || middle.failed;
    ae_buffer_clear(&first);
    ae_buffer_clear(&last);
    ae_buffer_clear(&middle);
}

static void heading_line(const struct ae_table_style *s, size_t from, size_t n,
                         struct ae_buffer *out)
{
    struct ae_buffer text = {0};
    ae_table_corner(s->table, &text);
    ae_table_cut(&text, s->label);
    pad(text.data ? text.data : "", s->label, out);
    for (size_t col = from; col < from + n; col++) {
        ae_table_short_label(&s->table->cols, col, AE_TABLE_MAX_HEADING, &text);
        pad_left(text.data ? text.data : "", s->column, out);
    }
    ae_buffer_text(out, "\n");
    out->failed = out->failed || text.failed;
    ae_buffer_clear(&text);
}

static void row_line(const struct ae_table_style *s, size_t panel, size_t row, size_t from,
                     size_t n, struct ae_buffer *out)
{
    struct ae_buffer text = {0};
    char number[AE_TABLE_NUMBER_SIZE];
    ae_table_short_label(&s->table->rows, row, AE_TABLE_MAX_LABEL, &text);
    pad_left(text.data ? text.data : "", s->label, out);
    ae_buffer_text(out, s->is_narrow ? " " : "");
    for (size_t col = from; col < from + n; col++) {
        const struct ae_cell *cell = ae_table_cell(s->table, panel, row, col);
        if (s->is_narrow)
            ae_buffer_printf(out, "%c", ae_table_glyph(cell));
        else
            pad_left(ae_table_word(s->table, cell, number), s->column, out);
    }
    ae_buffer_text(out, "\n");
    out->failed = out->failed || text.failed;
    ae_buffer_clear(&text);
}

/* The lines of one panel, each ended by a newline. */
static void box(const struct ae_table_style *s, size_t panel, struct ae_buffer *out)
{
    const struct ae_table *t = s->table;
    struct ae_buffer text = {0};
    for (size_t i = s->first_inner; i < t->n_panel_axes; i++) {
        if (t->panel_axes[i].n == 1)
            continue;
        ae_table_title_part(t, panel, i, s->width, &text);
        ae_buffer_printf(out, "%s\n", text.data ? text.data : "");
    }
    for (size_t from = 0; from < t->cols.n; from += s->per_block) {
        size_t n = min_size(s->per_block, t->cols.n - from);
        bool is_headed = t->rows.id < AE_N_PARAMS || t->cols.id < AE_N_PARAMS;
        if (!s->is_narrow && is_headed)
            heading_line(s, from, n, out);
        for (size_t row = 0; row < t->rows.n; row++)
            row_line(s, panel, row, from, n, out);
        if (s->is_narrow)
            scale_line(s, from, n, out);
        if (from + n < t->cols.n)
            ae_buffer_text(out, "\n");
    }
    out->failed = out->failed || text.failed;
    ae_buffer_clear(&text);
}

/* ---- boxes side by side ---- */

static void trim_blanks(struct ae_buffer *out)
{
    while (out->size > 0 && out->data[out->size - 1] == ' ')
        out->data[--out->size] = '\0';
}

/* n boxes of equally many lines, beginning with panel `first`. */
static void line_of_boxes(const struct ae_table_style *s, size_t first, size_t n,
                          struct ae_buffer *boxes, struct ae_buffer *out)
{
    const char *at[128];
    n = min_size(n, sizeof at / sizeof *at);
    for (size_t i = 0; i < n; i++) {
        ae_buffer_rewind(&boxes[i]);
        box(s, first + i, &boxes[i]);
        at[i] = boxes[i].data;
        out->failed = out->failed || boxes[i].failed;
    }
    while (!out->failed && *at[0]) {
        for (size_t i = 0; i < n; i++) {
            size_t length = strcspn(at[i], "\n");
            ae_buffer_append(out, at[i], length);
            if (i + 1 < n)
                pad("", s->box + AE_TABLE_GAP - length, out);
            at[i] += length + 1;
        }
        trim_blanks(out);
        ae_buffer_text(out, "\n");
    }
    ae_buffer_text(out, "\n");
}

static bool is_same_group(const struct ae_table_style *s, size_t a, size_t b)
{
    size_t n = s->table->n_panel_axes;
    return memcmp(s->table->panel_digits + a * n, s->table->panel_digits + b * n,
                  s->first_inner * sizeof *s->table->panel_digits) == 0;
}

/* Pieces separated by `gap`, in lines of at most `width`. */
static void wrapped(const char *text, const char *gap, size_t width, struct ae_buffer *out)
{
    size_t column = 0, n_gap = strlen(gap);
    while (*text) {
        const char *end = strstr(text, gap);
        size_t whole = end ? (size_t)(end - text) : strlen(text), n = min_size(whole, width);
        if (column > 0 && column + n_gap + n > width) {
            ae_buffer_text(out, "\n");
            column = 0;
        }
        ae_buffer_text(out, column > 0 ? gap : "");
        ae_buffer_append(out, text, n);
        column += n + (column > 0 ? n_gap : 0);
        text += n;
        if (n == whole && end)
            text += n_gap;
    }
    ae_buffer_text(out, "\n");
}

/* `activation=erf tied=false` of the panel axes from..to; those with one value if is_single, else
 * the others. */
static void name_panel(const struct ae_table_style *s, size_t panel, size_t to, bool is_single,
                       struct ae_buffer *out)
{
    const struct ae_table *t = s->table;
    struct ae_buffer words = {0}, part = {0};
    for (size_t i = 0; i < to; i++) {
        if ((t->panel_axes[i].n == 1) != is_single)
            continue;
        ae_table_title_part(t, panel, i, s->width, &part);
        ae_buffer_printf(&words, "%s%s", words.size > 0 ? " " : "", part.data ? part.data : "");
    }
    if (words.size > 0)
        wrapped(words.data, " ", s->width, out);
    out->failed = out->failed || words.failed || part.failed;
    ae_buffer_clear(&words);
    ae_buffer_clear(&part);
}

static void panels(const struct ae_table_style *s, struct ae_buffer *out)
{
    enum { MAX_BOXES = 128 };
    struct ae_buffer *boxes = ae_calloc(MAX_BOXES, 1, sizeof *boxes);
    size_t per_line = min_size(s->per_line, MAX_BOXES), n_panels = s->table->n_panels;
    out->failed = out->failed || !boxes;
    for (size_t first = 0, n; first < n_panels && boxes; first += n) {
        for (n = 1; n < per_line && first + n < n_panels && is_same_group(s, first, first + n);)
            n++;
        if (first == 0 || !is_same_group(s, first - 1, first))
            name_panel(s, first, s->first_inner, false, out);
        line_of_boxes(s, first, n, boxes, out);
    }
    for (size_t i = 0; i < MAX_BOXES && boxes; i++)
        ae_buffer_clear(&boxes[i]);
    free(boxes);
}

/* ---- above and below ---- */

static void headline(const struct ae_table_style *s, struct ae_buffer *out)
{
    const struct ae_table *t = s->table;
    struct ae_buffer words = {0};
    const char *row = ae_table_axis_name(&t->rows), *col = ae_table_axis_name(&t->cols);
    ae_buffer_printf(&words, "%s: %s", t->name, t->value_name);
    if (row[0])
        ae_buffer_printf(&words, ", %s down", row);
    if (col[0])
        ae_buffer_printf(&words, ", %s across", col);
    if (t->n_replicates > 1)
        ae_buffer_printf(&words, ", %s of %zu %s%s%s", ae_table_reduction(t), t->n_replicates,
                         t->over[0] ? "values (over " : "", t->over[0] ? t->over : "",
                         t->over[0] ? "replicates)" : "replicates");
    wrapped(words.data ? words.data : "", " ", s->width, out);
    if (t->n_panels > 0)
        name_panel(s, 0, t->n_panel_axes, true, out);
    ae_buffer_text(out, "\n");
    out->failed = out->failed || words.failed;
    ae_buffer_clear(&words);
}

struct totals {
    size_t cells[AE_CELL_VALUE + 1]; /* by state */
    size_t n_nan, n_short;           /* values left out; cells that lack some of their replicates */
};

static struct totals count_cells(const struct ae_table *t)
{
    struct totals totals = {0};
    for (size_t i = 0; i < t->n_panels * t->rows.n * t->cols.n; i++) {
        const struct ae_cell *cell = &t->cells[i];
        totals.cells[cell->state]++;
        totals.n_nan += cell->n_nan;
        totals.n_short += cell->n_done > 0 && cell->n_failed + cell->n_missing > 0;
    }
    return totals;
}

static void legend(const struct ae_table_style *s, struct ae_buffer *out)
{
    static const char *const meanings[] = {[AE_CELL_ABSENT] = "no such point",
                                           [AE_CELL_MISSING] = "not computed yet",
                                           [AE_CELL_FAILED] = "failed",
                                           [AE_CELL_MIXED] = "mixed (replicates disagree)"};
    struct totals totals = count_cells(s->table);
    struct ae_buffer words = {0};
    bool has_glyphs = s->is_narrow || s->table->has_fractions;
    if (s->table->has_fractions)
        ae_buffer_text(&words, "percent of the replicates in each phase:  ");
    for (size_t i = 0; has_glyphs && i < AE_N_PHASES; i++)
        ae_buffer_printf(&words, "%s%c %s", i > 0 ? "  " : "", ae_phase_table[i].glyph,
                         ae_phase_table[i].word);
    for (size_t state = 0; state < AE_CELL_VALUE; state++) {
        struct ae_cell cell = {.state = (enum ae_cell_state)state};
        bool is_explained = totals.cells[state] > 0 && (s->is_narrow || state != AE_CELL_MIXED) &&
                            !(s->table->has_fractions && state == AE_CELL_MIXED);
        if (is_explained)
            ae_buffer_printf(&words, "%s%c %s", words.size > 0 ? "  " : "", ae_table_glyph(&cell),
                             meanings[state]);
    }
    if (words.size > 0)
        wrapped(words.data, "  ", s->width, out);
    ae_buffer_rewind(&words);
    if (totals.n_short > 0)
        ae_buffer_printf(&words, "cells that lack some of their replicates: %zu  ", totals.n_short);
    if (totals.n_nan > 0)
        ae_buffer_printf(&words, "values left out because they were nan: %zu", totals.n_nan);
    if (words.size > 0)
        wrapped(words.data, "  ", s->width, out);
    out->failed = out->failed || words.failed;
    ae_buffer_clear(&words);
}

/* `K=3 lr=0.1 tied=false: pca 0.75, partial 0.25` */
static void tell_cell(const struct ae_table *t, size_t panel, size_t row, size_t col,
                      struct ae_buffer *out)
{
    struct ae_buffer label = {0};
    bool is_first = true;
    for (size_t i = 0; i < t->n_panel_axes; i++) {
        if (t->panel_axes[i].n == 1)
            continue;
        ae_buffer_printf(out, "%s%s=", is_first ? "" : " ", ae_table_axis_name(&t->panel_axes[i]));
        ae_value_format(t->panel_axes[i].id, ae_table_panel_value(t, panel, i), out);
        is_first = false;
    }
    const struct ae_table_axis *axes[2] = {&t->rows, &t->cols};
    const size_t at[2] = {row, col};
    for (size_t i = 0; i < 2; i++) {
        if (axes[i]->id == AE_N_PARAMS)
            continue;
        ae_table_short_label(axes[i], at[i], AE_TABLE_MAX_LABEL, &label);
        ae_buffer_printf(out, "%s%s=%s", is_first ? "" : " ", ae_table_axis_name(axes[i]),
                         label.data ? label.data : "");
        is_first = false;
    }
    ae_buffer_text(out, ": ");
    ae_table_fractions(ae_table_cell(t, panel, row, col), out);
    out->failed = out->failed || label.failed;
    ae_buffer_clear(&label);
}

/* Where the replicates differ in phase: the cells themselves if they are few. */
static void disagreements(const struct ae_table_style *s, struct ae_buffer *out)
{
    enum { MAX_TOLD = 8 };
    const struct ae_table *t = s->table;
    struct ae_buffer line = {0};
    size_t n = 0, n_told = 0, n_row = t->rows.n * t->cols.n;
    if (!t->is_phase || t->has_fractions)
        return;
    for (size_t i = 0; i < t->n_panels * n_row; i++)
        n += ae_table_disagrees(&t->cells[i]);
    if (n == 0)
        return;
    ae_buffer_printf(out, "replicates disagree in %zu cell%s%s\n", n, n > 1 ? "s" : "",
                     n > MAX_TOLD ? " (--reduce fractions shows how)" : ":");
    for (size_t i = 0; i < t->n_panels * n_row && n <= MAX_TOLD && n_told < n; i++) {
        if (!ae_table_disagrees(&t->cells[i]))
            continue;
        ae_buffer_rewind(&line);
        tell_cell(t, i / n_row, i % n_row / t->cols.n, i % t->cols.n, &line);
        ae_buffer_text(out, "  ");
        wrapped(line.data ? line.data : "", " ", s->width - 2, out);
        n_told++;
    }
    out->failed = out->failed || line.failed;
    ae_buffer_clear(&line);
}

void ae_table_text(const struct ae_table *table, size_t width, struct ae_buffer *out)
{
    struct ae_table_style s = ae_table_style_of(table, width);
    headline(&s, out);
    panels(&s, out);
    legend(&s, out);
    disagreements(&s, out);
}
