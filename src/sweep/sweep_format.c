/* A sweep as a sweep file in which nothing is left to defaults. */
#include "sweep_private.h"

#include <inttypes.h>
#include <string.h>

#include "aesweep/json.h"

static bool is_axis(const struct ae_document *document, enum ae_param_id id)
{
    for (size_t k = 0; k < document->n_axes; k++)
        if (document->axes[k].id == id)
            return true;
    return false;
}

static void format_set(const struct ae_document *document, struct ae_buffer *out)
{
    ae_buffer_text(out, "set:\n");
    for (int i = 0; i < AE_N_PARAMS; i++) {
        enum ae_param_id id = (enum ae_param_id)i;
        if (is_axis(document, id))
            continue;
        ae_buffer_printf(out, "  %s: ", ae_param_table[id].name);
        if (document->formulas[id])
            ae_json_text(ae_formula_text(document->formulas[id]), out);
        else
            ae_value_format_whole(id, ae_param_get(&document->fixed, id), out);
        ae_buffer_text(out, "\n");
    }
}

/* How a list is spaced that does not say so matters to what is refined. */
static void format_axis(const struct ae_sweep *sweep, const struct ae_axis *axis,
                        struct ae_buffer *out)
{
    bool is_linear = !axis->is_log && axis->has_scale && ae_sweep_is_refined(sweep, axis->id);
    bool is_scaled = axis->is_log || is_linear || axis->n_merged > 0;
    ae_buffer_printf(out, "%s: %s[", ae_param_table[axis->id].name, is_scaled ? "{values: " : "");
    for (size_t i = 0; i < axis->n; i++) {
        ae_buffer_text(out, i > 0 ? ", " : "");
        ae_value_format_whole(axis->id, axis->values[i], out);
    }
    ae_buffer_text(out, "]");
    ae_buffer_text(out, axis->is_log ? ", scale: log" : is_linear ? ", scale: linear" : "");
    if (axis->n_merged > 0)
        ae_buffer_printf(out, ", merged: %zu", axis->n_merged);
    ae_buffer_text(out, is_scaled ? "}" : "");
}

/* Samples are written as what they came to, a group of axes that advance together. */
static void format_axes(const struct ae_sweep *sweep, const struct ae_document *document,
                        struct ae_buffer *out)
{
    size_t k = 0;
    for (; k < document->n_axes && document->axes[k].kind == AE_AXIS_GRID; k++) {
        ae_buffer_text(out, k == 0 ? "grid:\n  " : "  ");
        format_axis(sweep, &document->axes[k], out);
        ae_buffer_text(out, "\n");
    }
    ae_buffer_text(out, k < document->n_axes ? "zip:\n" : "");
    for (; k < document->n_axes; k++) {
        bool is_last = k + 1 == document->n_axes || !document->axes[k + 1].is_joined;
        ae_buffer_text(out, document->axes[k].is_joined ? ", " : "  - {");
        format_axis(sweep, &document->axes[k], out);
        ae_buffer_text(out, is_last ? "}\n" : "");
    }
}

static void format_exclude(const struct ae_sweep *sweep, const struct ae_document *document,
                           struct ae_buffer *out)
{
    ae_buffer_text(out, document->n_exclusions > 0 ? "exclude:\n" : "");
    for (size_t i = 0; i < document->n_exclusions; i++) {
        const struct ae_exclusion *item = &sweep->exclusions[document->first_exclusion + i];
        ae_buffer_text(out, "  - ");
        ae_buffer_append(out, item->text, strlen(item->text) - 1); /* without its brace */
        if (item->why[0] != '\0') {
            ae_buffer_text(out, ", why: ");
            ae_json_text(item->why, out);
        }
        ae_buffer_text(out, "}\n");
    }
}

static void format_table(const struct ae_sweep *sweep, struct ae_buffer *out)
{
    const char *entries[][2] = {
        {"rows", sweep->rows < AE_N_PARAMS ? ae_param_table[sweep->rows].name : ""},
        {"cols", sweep->cols < AE_N_PARAMS ? ae_param_table[sweep->cols].name : ""},
        {"value", sweep->value},
        {"reduce", sweep->reduce},
    };
    bool is_first = true;
    for (size_t i = 0; i < sizeof entries / sizeof *entries; i++) {
        if (entries[i][1][0] == '\0')
            continue;
        ae_buffer_printf(out, "%s%s: %s", is_first ? "table: {" : ", ", entries[i][0],
                         entries[i][1]);
        is_first = false;
    }
    ae_buffer_text(out, is_first ? "" : "}\n");
}

static void format_refine(const struct ae_sweep *sweep, struct ae_buffer *out)
{
    for (size_t i = 0; i < sweep->n_refined; i++)
        ae_buffer_printf(out, "%s%s", i == 0 ? "refine: {axes: [" : ", ",
                         ae_param_table[sweep->refined[i]].name);
    if (sweep->n_refined > 0)
        ae_buffer_printf(out, "], levels: %zu}\n", sweep->refine_levels);
}

void ae_sweep_format(const struct ae_sweep *sweep, struct ae_buffer *out)
{
    ae_buffer_printf(out, "name: %s\nreplicates: %zu\nseed: %" PRIu64 "\n", sweep->name,
                     sweep->n_replicates, sweep->documents->fixed.seed);
    format_table(sweep, out);
    format_refine(sweep, out);
    for (size_t i = 0; i < sweep->n_documents; i++) {
        const struct ae_document *document = &sweep->documents[i];
        ae_buffer_text(out, i > 0 ? "---\n" : "");
        format_set(document, out);
        format_axes(sweep, document, out);
        format_exclude(sweep, document, out);
    }
}

void ae_sweep_format_point(const struct ae_sweep *sweep, const struct ae_params *p,
                           struct ae_buffer *out)
{
    bool is_said[AE_N_PARAMS] = {false}; /* documents may have the same axes */
    for (size_t k = 0; k < ae_sweep_n_axes(sweep); k++) {
        enum ae_param_id id = ae_sweep_axis(sweep, k).id;
        if (is_said[id])
            continue;
        is_said[id] = true;
        ae_buffer_printf(out, "%s%s=", k == 0 ? "" : " ", ae_param_table[id].name);
        ae_value_format(id, ae_param_get(p, id), out);
    }
}
