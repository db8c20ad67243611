/* Text tables: short labels, and the widths that follow from them. */
#include "table_style.h"

#include <stdio.h>
#include <string.h>

enum { FEW_COLUMNS = 3 }; /* so many are written out even where one character would do */

static size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t max_size(size_t a, size_t b)
{
    return a > b ? a : b;
}

/* ---- short texts ---- */

void ae_table_cut(struct ae_buffer *text, size_t n)
{
    if (text->failed || text->size <= n)
        return;
    text->size = n;
    memcpy(text->data + n - 3, "...", 4);
}

void ae_table_short_label(const struct ae_table_axis *axis, size_t i, size_t n,
                          struct ae_buffer *text)
{
    char number[AE_TABLE_NUMBER_SIZE];
    double x = 0.0;
    ae_buffer_rewind(text);
    ae_buffer_text(text, "");
    ae_table_label(axis, i, text);
    if (text->size > 8 && ae_number_parse(text->data, &x)) {
        ae_buffer_rewind(text);
        ae_buffer_text(text, ae_table_number(x, number));
    }
    ae_table_cut(text, n);
}

static size_t label_width(const struct ae_table_axis *axis, size_t n)
{
    struct ae_buffer text = {0};
    size_t width = 0;
    for (size_t i = 0; i < axis->n; i++) {
        ae_table_short_label(axis, i, n, &text);
        width = max_size(width, text.size);
    }
    ae_buffer_clear(&text);
    return width;
}

char ae_table_glyph(const struct ae_cell *cell)
{
    switch (cell->state) {
    case AE_CELL_ABSENT:
        return '-';
    case AE_CELL_MISSING:
        return '?';
    case AE_CELL_FAILED:
        return '!';
    case AE_CELL_MIXED:
        return '~';
    case AE_CELL_VALUE:
        break;
    }
    return ae_phase_table[(size_t)cell->x].glyph;
}

/* `P75 p25`: percent of each phase, in the order of the legend; at most three. */
static const char *shares(const struct ae_cell *cell, char text[AE_TABLE_NUMBER_SIZE])
{
    size_t at = 0;
    text[0] = '\0';
    for (size_t phase = 0; phase < AE_N_PHASES && at + 6 < AE_TABLE_NUMBER_SIZE; phase++)
        if (cell->votes[phase] > 0)
            at += (size_t)snprintf(text + at, AE_TABLE_NUMBER_SIZE - at, "%s%c%.0f",
                                   at > 0 ? " " : "", ae_phase_table[phase].glyph,
                                   100.0 * cell->votes[phase] / (double)cell->n_done);
    return text;
}

const char *ae_table_word(const struct ae_table *table, const struct ae_cell *cell,
                          char number[AE_TABLE_NUMBER_SIZE])
{
    if (cell->state >= AE_CELL_MIXED && table->has_fractions)
        return shares(cell, number);
    if (cell->state == AE_CELL_MIXED)
        return "mixed";
    if (cell->state == AE_CELL_VALUE)
        return table->is_phase ? ae_phase_table[(size_t)cell->x].word
                               : ae_table_number(cell->x, number);
    number[0] = ae_table_glyph(cell);
    number[1] = '\0';
    return number;
}

const char *ae_table_axis_name(const struct ae_table_axis *axis)
{
    return axis->id < AE_N_PARAMS ? ae_param_table[axis->id].name : "";
}

void ae_table_corner(const struct ae_table *table, struct ae_buffer *out)
{
    const char *row = ae_table_axis_name(&table->rows), *col = ae_table_axis_name(&table->cols);
    ae_buffer_printf(out, "%s%s%s", row, row[0] && col[0] ? " \\ " : "", col);
}

/* ---- the style ---- */

static bool is_numeric(const struct ae_table_axis *axis)
{
    double x = 0.0;
    bool is_all = axis->id < AE_N_PARAMS;
    struct ae_buffer text = {0};
    for (size_t i = 0; i < axis->n && is_all; i++) {
        ae_buffer_rewind(&text);
        ae_table_label(axis, i, &text);
        is_all = text.data && ae_number_parse(text.data, &x);
    }
    ae_buffer_clear(&text);
    return is_all;
}

static size_t cell_width(const struct ae_table *table)
{
    char number[AE_TABLE_NUMBER_SIZE];
    size_t width = 1, n = table->n_panels * table->rows.n * table->cols.n;
    for (size_t i = 0; i < n; i++)
        width = max_size(width, strlen(ae_table_word(table, &table->cells[i], number)));
    return width;
}

static size_t ends_width(const struct ae_table_axis *axis, size_t from, size_t n)
{
    struct ae_buffer text = {0};
    ae_table_short_label(axis, from, AE_TABLE_MAX_HEADING, &text);
    size_t width = text.size;
    if (n > 1) {
        ae_table_short_label(axis, from + n - 1, AE_TABLE_MAX_HEADING, &text);
        width += 1 + text.size;
    }
    ae_buffer_clear(&text);
    return width;
}

static void choose_body(struct ae_table_style *s)
{
    const struct ae_table *t = s->table;
    s->is_narrow =
        t->is_phase && !t->has_fractions && t->cols.n > FEW_COLUMNS && is_numeric(&t->cols);
    s->label = label_width(&t->rows, AE_TABLE_MAX_LABEL);
    if (s->is_narrow) {
        s->column = 1;
        s->per_block = min_size(t->cols.n, s->width - s->label - 1);
        size_t columns = s->per_block;
        for (size_t from = 0; from < t->cols.n; from += s->per_block)
            columns = max_size(
                columns, ends_width(&t->cols, from, min_size(s->per_block, t->cols.n - from)));
        s->body = s->label + 1 + columns;
        return;
    }
    struct ae_buffer text = {0};
    ae_table_corner(t, &text);
    s->label = max_size(s->label, min_size(text.size, AE_TABLE_MAX_LABEL));
    ae_buffer_clear(&text);
    s->column = 2 + max_size(cell_width(t), label_width(&t->cols, AE_TABLE_MAX_HEADING));
    s->per_block = max_size(1, min_size(t->cols.n, (s->width - s->label) / s->column));
    s->body = s->label + s->per_block * s->column;
}

void ae_table_title_part(const struct ae_table *t, size_t panel, size_t i, size_t width,
                         struct ae_buffer *text)
{
    ae_buffer_rewind(text);
    ae_buffer_printf(text, "%s=", ae_table_axis_name(&t->panel_axes[i]));
    ae_value_format(t->panel_axes[i].id, ae_table_panel_value(t, panel, i), text);
    ae_table_cut(text, width);
}

/* The widest title part of panel axis i. */
static size_t title_width(const struct ae_table_style *s, size_t i)
{
    struct ae_buffer text = {0};
    size_t width = 0;
    for (size_t panel = 0; panel < s->table->n_panels; panel++) {
        ae_table_title_part(s->table, panel, i, s->width, &text);
        width = max_size(width, text.size);
    }
    ae_buffer_clear(&text);
    return width;
}

/* As many of the fastest panel axes go into the boxes' titles as let a group fit into one line of
 * boxes. */
static void choose_boxes(struct ae_table_style *s)
{
    const struct ae_table *t = s->table;
    size_t n_boxes = 1;
    s->first_inner = t->n_panel_axes;
    s->box = s->body;
    while (s->first_inner > 0) {
        size_t i = s->first_inner - 1;
        bool is_varied = t->panel_axes[i].n > 1;
        size_t box = is_varied ? max_size(s->box, title_width(s, i)) : s->box;
        size_t per_line = (s->width + AE_TABLE_GAP) / (box + AE_TABLE_GAP);
        if (n_boxes > 1 && n_boxes * t->panel_axes[i].n > per_line)
            break;
        s->box = box;
        n_boxes *= t->panel_axes[i].n;
        s->first_inner = i;
    }
    s->per_line = max_size(1, (s->width + AE_TABLE_GAP) / (s->box + AE_TABLE_GAP));
}

struct ae_table_style ae_table_style_of(const struct ae_table *table, size_t width)
{
    struct ae_table_style s = {.table = table, .width = width};
    choose_body(&s);
    choose_boxes(&s);
    return s;
}
