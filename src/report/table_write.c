/* Tables as CSV, JSON, Markdown and LaTeX (which wants \usepackage{booktabs}). */
#include "aesweep/table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "aesweep/csv.h"
#include "aesweep/json.h"

const char *const ae_table_format_names[AE_N_TABLE_FORMATS + 1] = {
#define NAME(name) #name,
    AE_TABLE_FORMAT_LIST(NAME)
#undef NAME
        NULL};

enum ae_status ae_table_write(const struct ae_table *table, enum ae_table_format format,
                              size_t width, struct ae_output *out, struct ae_error *err)
{
    switch (format) {
    case AE_TABLE_csv:
        ae_table_csv(table, &out->text);
        break;
    case AE_TABLE_json:
        ae_table_json(table, &out->text);
        break;
    case AE_TABLE_markdown:
        ae_table_markdown(table, &out->text);
        break;
    case AE_TABLE_latex:
        ae_table_latex(table, &out->text);
        break;
    case AE_TABLE_text:
    case AE_N_TABLE_FORMATS:
        ae_table_text(table, width < 60 ? 60 : width, &out->text);
        break;
    }
    return ae_output_flush(out, err);
}

void ae_table_label(const struct ae_table_axis *axis, size_t i, struct ae_buffer *out)
{
    if (axis->id < AE_N_PARAMS)
        ae_value_format(axis->id, axis->values[i], out);
}

char *ae_table_number(double x, char text[AE_TABLE_NUMBER_SIZE])
{
    if (!isfinite(x))
        return strcpy(text, isnan(x) ? "nan" : x > 0 ? "inf" : "-inf");
    (void)snprintf(text, AE_TABLE_NUMBER_SIZE, "%.3g", x == 0.0 ? 0.0 : x);
    char *e = strchr(text, 'e');
    if (e) { /* e-08 becomes e-8, e+04 becomes e4 */
        char *to = e + 1 + (e[1] == '-'), *from = e + 2;
        while (*from == '0')
            from++;
        memmove(to, from, strlen(from) + 1);
    }
    return text;
}

bool ae_table_disagrees(const struct ae_cell *cell)
{
    size_t n = 0;
    for (size_t phase = 0; phase < AE_N_PHASES; phase++)
        n += cell->votes[phase] > 0;
    return n > 1;
}

void ae_table_fractions(const struct ae_cell *cell, struct ae_buffer *out)
{
    bool is_told[AE_N_PHASES] = {false};
    char number[AE_TABLE_NUMBER_SIZE];
    for (size_t i = 0; i < AE_N_PHASES; i++) {
        size_t best = AE_N_PHASES;
        for (size_t phase = 0; phase < AE_N_PHASES; phase++)
            if (!is_told[phase] && cell->votes[phase] > 0 &&
                (best == AE_N_PHASES || cell->votes[phase] > cell->votes[best]))
                best = phase;
        if (best == AE_N_PHASES)
            return;
        is_told[best] = true;
        ae_buffer_printf(out, "%s%s %s", i > 0 ? ", " : "", ae_phase_table[best].word,
                         ae_table_number(cell->votes[best] / (double)cell->n_done, number));
    }
}

const char *ae_table_reduction(const struct ae_table *table)
{
    if (table->has_fractions)
        return "fractions";
    return table->is_phase ? "majority" : ae_reduce_names[table->reduce];
}

/* ---- CSV ---- */

static void csv_head(const struct ae_table *table, struct ae_csv *csv)
{
    for (size_t i = 0; i < table->n_panel_axes; i++)
        ae_csv_text(csv, ae_param_table[table->panel_axes[i].id].name);
    if (table->rows.id < AE_N_PARAMS)
        ae_csv_text(csv, ae_param_table[table->rows.id].name);
    for (size_t col = 0; col < table->cols.n; col++)
        if (table->cols.id < AE_N_PARAMS)
            ae_csv_param(csv, table->cols.id, table->cols.values[col]);
        else
            ae_csv_text(csv, table->value_name);
    ae_csv_end(csv);
}

static void csv_fractions(const struct ae_cell *cell, struct ae_csv *csv)
{
    struct ae_buffer text = {0};
    ae_table_fractions(cell, &text);
    ae_csv_text(csv, text.data ? text.data : "");
    csv->out->failed = csv->out->failed || text.failed;
    ae_buffer_clear(&text);
}

static void csv_cell(const struct ae_table *table, const struct ae_cell *cell, struct ae_csv *csv)
{
    if (cell->state >= AE_CELL_MIXED && table->has_fractions)
        csv_fractions(cell, csv);
    else if (cell->state == AE_CELL_MIXED)
        ae_csv_text(csv, "mixed");
    else if (cell->state != AE_CELL_VALUE)
        ae_csv_empty(csv);
    else if (table->is_phase)
        ae_csv_text(csv, ae_phase_table[(size_t)cell->x].word);
    else
        ae_csv_real(csv, cell->x);
}

void ae_table_csv(const struct ae_table *table, struct ae_buffer *out)
{
    struct ae_csv csv = {.out = out};
    csv_head(table, &csv);
    for (size_t panel = 0; panel < table->n_panels; panel++)
        for (size_t row = 0; row < table->rows.n; row++) {
            for (size_t i = 0; i < table->n_panel_axes; i++)
                ae_csv_param(&csv, table->panel_axes[i].id, ae_table_panel_value(table, panel, i));
            if (table->rows.id < AE_N_PARAMS)
                ae_csv_param(&csv, table->rows.id, table->rows.values[row]);
            for (size_t col = 0; col < table->cols.n; col++)
                csv_cell(table, ae_table_cell(table, panel, row, col), &csv);
            ae_csv_end(&csv);
        }
}

/* ---- JSON ---- */

static void json_axis(const char *key, const struct ae_table_axis *axis, struct ae_buffer *out)
{
    ae_buffer_printf(out, "\"%s\": ", key);
    if (axis->id == AE_N_PARAMS) {
        ae_buffer_text(out, "null,\n");
        return;
    }
    ae_buffer_printf(out, "{\"name\": \"%s\", \"values\": [", ae_param_table[axis->id].name);
    for (size_t i = 0; i < axis->n; i++) {
        ae_buffer_text(out, i > 0 ? ", " : "");
        ae_json_param(axis->id, axis->values[i], out);
    }
    ae_buffer_text(out, "]},\n");
}

static void json_fractions(const struct ae_cell *cell, struct ae_buffer *out)
{
    bool is_first = true;
    ae_buffer_text(out, "{");
    for (size_t phase = 0; phase < AE_N_PHASES; phase++) {
        if (cell->votes[phase] == 0)
            continue;
        ae_buffer_printf(out, "%s\"%s\": ", is_first ? "" : ", ", ae_phase_table[phase].word);
        ae_json_number(cell->votes[phase] / (double)cell->n_done, out);
        is_first = false;
    }
    ae_buffer_text(out, "}");
}

static void json_cell(const struct ae_table *table, const struct ae_cell *cell,
                      struct ae_buffer *out)
{
    if (cell->state >= AE_CELL_MIXED && table->has_fractions)
        json_fractions(cell, out);
    else if (cell->state == AE_CELL_MIXED)
        ae_buffer_text(out, "\"mixed\"");
    else if (cell->state != AE_CELL_VALUE)
        ae_buffer_text(out, "null");
    else if (table->is_phase)
        ae_json_text(ae_phase_table[(size_t)cell->x].word, out);
    else
        ae_json_number(cell->x, out);
}

static void json_state(const struct ae_cell *cell, struct ae_buffer *out)
{
    static const char *const words[] = {[AE_CELL_ABSENT] = "absent",
                                        [AE_CELL_MISSING] = "missing",
                                        [AE_CELL_FAILED] = "failed",
                                        [AE_CELL_MIXED] = "done",
                                        [AE_CELL_VALUE] = "done"};
    ae_json_text(words[cell->state], out);
}

static void json_matrix(const struct ae_table *table, size_t panel, bool is_state,
                        struct ae_buffer *out)
{
    ae_buffer_text(out, "[");
    for (size_t row = 0; row < table->rows.n; row++) {
        ae_buffer_text(out, row > 0 ? ", [" : "[");
        for (size_t col = 0; col < table->cols.n; col++) {
            const struct ae_cell *cell = ae_table_cell(table, panel, row, col);
            ae_buffer_text(out, col > 0 ? ", " : "");
            if (is_state)
                json_state(cell, out);
            else
                json_cell(table, cell, out);
        }
        ae_buffer_text(out, "]");
    }
    ae_buffer_text(out, "]");
}

void ae_table_json(const struct ae_table *table, struct ae_buffer *out)
{
    ae_buffer_text(out, "{\"sweep\": ");
    ae_json_text(table->name, out);
    ae_buffer_printf(out, ",\n\"value\": \"%s\",\n\"reduce\": \"%s\",\n\"replicates\": %zu,\n",
                     table->value_name, ae_table_reduction(table), table->n_replicates);
    json_axis("rows", &table->rows, out);
    json_axis("cols", &table->cols, out);
    ae_buffer_text(out, "\"panels\": [");
    for (size_t panel = 0; panel < table->n_panels; panel++) {
        ae_buffer_text(out, panel > 0 ? ",\n{\"at\": {" : "\n{\"at\": {");
        for (size_t i = 0; i < table->n_panel_axes; i++) {
            enum ae_param_id id = table->panel_axes[i].id;
            ae_buffer_printf(out, "%s\"%s\": ", i > 0 ? ", " : "", ae_param_table[id].name);
            ae_json_param(id, ae_table_panel_value(table, panel, i), out);
        }
        ae_buffer_text(out, "},\n \"cells\": ");
        json_matrix(table, panel, false, out);
        ae_buffer_text(out, ",\n \"states\": ");
        json_matrix(table, panel, true, out);
        ae_buffer_text(out, "}");
    }
    ae_buffer_text(out, "\n]}\n");
}

/* ---- Markdown and LaTeX ---- */

/* How a kind of table is put together. */
struct markup {
    const char *panel_begin, *title_begin, *title_end;
    const char *row_begin, *cell_between, *row_end;
    const char *table_end, *legend_begin, *legend_end, *panel_end;
    const char *absent; /* a cell without a point */
    void (*escape)(const char *text, struct ae_buffer *out);
    void (*after_head)(size_t n_cols, struct ae_buffer *out);
    void (*before_head)(size_t n_cols, struct ae_buffer *out);
};

static void markup_cell(const struct ae_table *table, const struct ae_cell *cell,
                        const struct markup *m, struct ae_buffer *out)
{
    char number[AE_TABLE_NUMBER_SIZE];
    if (cell->state >= AE_CELL_MIXED && table->has_fractions) {
        ae_table_fractions(cell, out);
        return;
    }
    switch (cell->state) {
    case AE_CELL_ABSENT:
        ae_buffer_text(out, m->absent);
        break;
    case AE_CELL_MISSING:
        ae_buffer_text(out, "?");
        break;
    case AE_CELL_FAILED:
        ae_buffer_text(out, "!");
        break;
    case AE_CELL_MIXED:
        ae_buffer_text(out, "mixed");
        break;
    case AE_CELL_VALUE:
        m->escape(table->is_phase ? ae_phase_table[(size_t)cell->x].word
                                  : ae_table_number(cell->x, number),
                  out);
        break;
    }
}

static void markup_label(const struct ae_table_axis *axis, size_t i, const struct markup *m,
                         struct ae_buffer *out)
{
    struct ae_buffer text = {0};
    ae_table_label(axis, i, &text);
    m->escape(text.data ? text.data : "", out);
    out->failed = out->failed || text.failed;
    ae_buffer_clear(&text);
}

static void markup_title(const struct ae_table *table, size_t panel, const struct markup *m,
                         struct ae_buffer *out)
{
    struct ae_buffer text = {0};
    ae_buffer_text(&text, table->value_name);
    for (size_t i = 0; i < table->n_panel_axes; i++) {
        ae_buffer_printf(&text, ", %s=", ae_param_table[table->panel_axes[i].id].name);
        ae_value_format(table->panel_axes[i].id, ae_table_panel_value(table, panel, i), &text);
    }
    ae_buffer_text(out, m->title_begin);
    m->escape(text.data ? text.data : "", out);
    ae_buffer_text(out, m->title_end);
    out->failed = out->failed || text.failed;
    ae_buffer_clear(&text);
}

static void markup_head(const struct ae_table *table, const struct markup *m, struct ae_buffer *out)
{
    const char *row_name = table->rows.id < AE_N_PARAMS ? ae_param_table[table->rows.id].name : "";
    const char *col_name = table->cols.id < AE_N_PARAMS ? ae_param_table[table->cols.id].name : "";
    ae_buffer_text(out, m->row_begin);
    m->escape(row_name, out);
    ae_buffer_text(out, row_name[0] && col_name[0] ? " / " : "");
    m->escape(col_name, out);
    for (size_t col = 0; col < table->cols.n; col++) {
        ae_buffer_text(out, m->cell_between);
        markup_label(&table->cols, col, m, out);
    }
    ae_buffer_text(out, m->row_end);
}

/* What the marks in this panel mean. */
static void markup_legend(const struct ae_table *table, size_t panel, const struct markup *m,
                          struct ae_buffer *out)
{
    const char *marks[AE_CELL_VALUE] = {m->absent, "?", "!", "mixed"};
    static const char *const meanings[AE_CELL_VALUE] = {
        "no such point", "not computed yet", "failed",
        "no phase has more replicates than all others"};
    bool is_there[AE_CELL_VALUE + 1] = {false}, is_begun = false;
    for (size_t row = 0; row < table->rows.n; row++)
        for (size_t col = 0; col < table->cols.n; col++)
            is_there[ae_table_cell(table, panel, row, col)->state] = true;
    for (size_t state = 0; state < AE_CELL_VALUE; state++) {
        if (!is_there[state] || (state == AE_CELL_MIXED && table->has_fractions))
            continue;
        ae_buffer_printf(out, "%s%s %s", is_begun ? "; " : m->legend_begin, marks[state],
                         meanings[state]);
        is_begun = true;
    }
    ae_buffer_text(out, is_begun ? m->legend_end : "");
}

static void markup_table(const struct ae_table *table, const struct markup *m,
                         struct ae_buffer *out)
{
    for (size_t panel = 0; panel < table->n_panels; panel++) {
        ae_buffer_text(out, panel > 0 ? "\n" : "");
        ae_buffer_text(out, m->panel_begin);
        markup_title(table, panel, m, out);
        m->before_head(table->cols.n, out);
        markup_head(table, m, out);
        m->after_head(table->cols.n, out);
        for (size_t row = 0; row < table->rows.n; row++) {
            ae_buffer_text(out, m->row_begin);
            markup_label(&table->rows, row, m, out);
            for (size_t col = 0; col < table->cols.n; col++) {
                ae_buffer_text(out, m->cell_between);
                markup_cell(table, ae_table_cell(table, panel, row, col), m, out);
            }
            ae_buffer_text(out, m->row_end);
        }
        ae_buffer_text(out, m->table_end);
        markup_legend(table, panel, m, out);
        ae_buffer_text(out, m->panel_end);
    }
}

static void markdown_escape(const char *text, struct ae_buffer *out)
{
    for (; *text; text++)
        ae_buffer_printf(out, "%s%c", strchr("|\\*_`<[", *text) ? "\\" : "", *text);
}

static void markdown_rule(size_t n_cols, struct ae_buffer *out)
{
    ae_buffer_text(out, "|---|");
    for (size_t i = 0; i < n_cols; i++)
        ae_buffer_text(out, "---:|");
    ae_buffer_text(out, "\n");
}

static void nothing(size_t n_cols, struct ae_buffer *out)
{
    (void)n_cols;
    (void)out;
}

void ae_table_markdown(const struct ae_table *table, struct ae_buffer *out)
{
    static const struct markup markdown = {.panel_begin = "",
                                           .title_begin = "**",
                                           .title_end = "**\n\n",
                                           .row_begin = "| ",
                                           .cell_between = " | ",
                                           .row_end = " |\n",
                                           .table_end = "",
                                           .legend_begin = "\n",
                                           .legend_end = "\n",
                                           .panel_end = "",
                                           .absent = "–",
                                           .escape = markdown_escape,
                                           .before_head = nothing,
                                           .after_head = markdown_rule};
    markup_table(table, &markdown, out);
}

static void latex_escape(const char *text, struct ae_buffer *out)
{
    for (; *text; text++)
        if (*text == '\\' || *text == '~' || *text == '^')
            ae_buffer_printf(out, "\\char`\\%c{}", *text);
        else
            ae_buffer_printf(out, "%s%c", strchr("_#%&${}", *text) ? "\\" : "", *text);
}

static void latex_begin(size_t n_cols, struct ae_buffer *out)
{
    ae_buffer_text(out, "\\begin{tabular}{l");
    for (size_t i = 0; i < n_cols; i++)
        ae_buffer_text(out, "r");
    ae_buffer_text(out, "}\n\\toprule\n");
}

static void latex_rule(size_t n_cols, struct ae_buffer *out)
{
    (void)n_cols;
    ae_buffer_text(out, "\\midrule\n");
}

void ae_table_latex(const struct ae_table *table, struct ae_buffer *out)
{
    static const struct markup latex = {.panel_begin = "\\begin{table}\n\\centering\n",
                                        .title_begin = "\\caption{",
                                        .title_end = "}\n",
                                        .row_begin = "",
                                        .cell_between = " & ",
                                        .row_end = " \\\\\n",
                                        .table_end = "\\bottomrule\n\\end{tabular}\n",
                                        .legend_begin = "\n\\smallskip\n{\\footnotesize ",
                                        .legend_end = "}\n",
                                        .panel_end = "\\end{table}\n",
                                        .absent = "--",
                                        .escape = latex_escape,
                                        .before_head = latex_begin,
                                        .after_head = latex_rule};
    markup_table(table, &latex, out);
}
