/* A sweep as a sweep file in which nothing is left to defaults. */
#include "sweep_private.h"

#include <inttypes.h>
#include <string.h>

static bool is_axis(const struct ae_sweep *sweep, enum ae_param_id id)
{
    for (size_t k = 0; k < sweep->n_axes; k++)
        if (sweep->axes[k].id == id)
            return true;
    return false;
}

static void format_set(const struct ae_sweep *sweep, struct ae_buffer *out)
{
    ae_buffer_text(out, "set:\n");
    for (int i = 0; i < AE_N_PARAMS; i++) {
        enum ae_param_id id = (enum ae_param_id)i;
        if (is_axis(sweep, id))
            continue;
        ae_buffer_printf(out, "  %s: ", ae_param_table[id].name);
        ae_value_format(id, ae_param_get(&sweep->fixed, id), out);
        ae_buffer_text(out, "\n");
    }
}

static void format_grid(const struct ae_sweep *sweep, struct ae_buffer *out)
{
    ae_buffer_text(out, sweep->n_axes > 0 ? "grid:\n" : "");
    for (size_t k = 0; k < sweep->n_axes; k++) {
        const struct ae_axis *axis = &sweep->axes[k];
        ae_buffer_printf(out, "  %s: [", ae_param_table[axis->id].name);
        for (size_t i = 0; i < axis->n; i++) {
            ae_buffer_text(out, i > 0 ? ", " : "");
            ae_value_format(axis->id, axis->values[i], out);
        }
        ae_buffer_text(out, "]\n");
    }
}

static void format_exclude(const struct ae_sweep *sweep, struct ae_buffer *out)
{
    ae_buffer_text(out, sweep->n_exclusions > 0 ? "exclude:\n" : "");
    for (size_t i = 0; i < sweep->n_exclusions; i++) {
        const struct ae_exclusion *item = &sweep->exclusions[i];
        ae_buffer_text(out, "  - ");
        ae_buffer_append(out, item->text, strlen(item->text) - 1); /* without its brace */
        if (item->why[0] != '\0') {
            ae_buffer_text(out, ", why: ");
            ae_yaml_quote(item->why, out);
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

void ae_sweep_format(const struct ae_sweep *sweep, struct ae_buffer *out)
{
    ae_buffer_printf(out, "name: %s\n", sweep->name);
    format_set(sweep, out);
    format_grid(sweep, out);
    format_exclude(sweep, out);
    ae_buffer_printf(out, "replicates: %zu\nseed: %" PRIu64 "\n", sweep->n_replicates,
                     sweep->fixed.seed);
    format_table(sweep, out);
}

void ae_sweep_format_point(const struct ae_sweep *sweep, const struct ae_params *p,
                           struct ae_buffer *out)
{
    for (size_t k = 0; k < ae_sweep_n_axes(sweep); k++) {
        enum ae_param_id id = ae_sweep_axis(sweep, k).id;
        ae_buffer_printf(out, "%s%s=", k == 0 ? "" : " ", ae_param_table[id].name);
        ae_value_format(id, ae_param_get(p, id), out);
    }
}
