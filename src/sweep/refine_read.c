/* `refine` of a sweep file: which axes are bisected, how often. */
#include "sweep_private.h"

#include <math.h>
#include <string.h>

#include "aesweep/refine.h"

static bool is_number(enum ae_param_id id)
{
    enum ae_param_type type = ae_param_table[id].type;
    return type == AE_TYPE_COUNT || type == AE_TYPE_SIZE || type == AE_TYPE_REAL;
}

static enum ae_status read_axes(struct ae_reading *r, const struct ae_yaml_node *node,
                                struct ae_error *err)
{
    struct ae_sweep *sweep = r->sweep;
    if (node->kind != AE_YAML_LIST || node->n == 0)
        return ae_reading_fail_kind(r, node, "axes", "a list of parameters, such as [lr]", err);
    for (size_t i = 0; i < node->n; i++) {
        const struct ae_yaml_node *item = node->items[i];
        if (item->kind != AE_YAML_SCALAR)
            return ae_reading_fail_kind(r, item, "axes", "names of parameters", err);
        enum ae_param_id id = ae_param_find(item->text);
        if (id == AE_N_PARAMS)
            return ae_value_fail_param(r->yaml, item, err);
        if (!is_number(id))
            return ae_yaml_fail(r->yaml, item, err,
                                "refine: %s is not a number: there is nothing between its values",
                                item->text);
        if (ae_sweep_is_refined(sweep, id))
            return ae_yaml_fail(r->yaml, item, err, "refine: %s stands in the list twice",
                                item->text);
        sweep->refined[sweep->n_refined++] = id;
    }
    return AE_OK;
}

static enum ae_status read_levels(struct ae_reading *r, const struct ae_yaml_node *node,
                                  struct ae_error *err)
{
    double x = 0.0;
    enum ae_status rc = ae_value_read_plain(r->yaml, node, "levels", &x, err);
    if (rc != AE_OK)
        return rc;
    if (!(x >= 1.0 && x <= AE_REFINE_MAX_LEVELS && x == floor(x)))
        return ae_reading_fail_kind(r, node, "levels", "an integer from 1 to 20", err);
    r->sweep->refine_levels = (size_t)x;
    return AE_OK;
}

enum ae_status ae_refine_read(struct ae_reading *r, const struct ae_yaml_node *node,
                              struct ae_error *err)
{
    static const char *const keys[] = {"axes", "levels", NULL};
    enum ae_status rc = AE_OK;
    if (ae_yaml_is_null(node))
        return AE_OK;
    for (size_t i = 0; node->kind == AE_YAML_MAP && i < node->n && rc == AE_OK; i++) {
        const struct ae_yaml_entry *entry = &node->entries[i];
        if (strcmp(entry->key->text, "axes") == 0)
            rc = read_axes(r, entry->value, err);
        else if (strcmp(entry->key->text, "levels") == 0)
            rc = read_levels(r, entry->value, err);
        else
            rc = ae_value_fail_key(r->yaml, entry->key, "key of refine,", keys, err);
    }
    if (rc == AE_OK && (r->sweep->n_refined == 0 || r->sweep->refine_levels == 0))
        rc = ae_reading_fail_kind(r, node, "refine", "{axes: [lr], levels: 3}, both of them", err);
    return rc;
}

/* ---- does it fit the grid? ---- */

/* How often the parameter is an axis of a grid, and how often it shares one. */
static void count_axes(const struct ae_sweep *sweep, enum ae_param_id id, size_t *n_grid,
                       enum ae_axis_kind *other)
{
    *n_grid = 0;
    *other = AE_AXIS_GRID;
    for (const struct ae_document *d = sweep->documents; d < sweep->documents + sweep->n_documents;
         d++)
        for (size_t k = 0; k < d->n_axes; k++)
            if (d->axes[k].id == id && d->axes[k].kind == AE_AXIS_GRID)
                ++*n_grid;
            else if (d->axes[k].id == id)
                *other = d->axes[k].kind;
}

static bool is_set(const struct ae_reading *r, enum ae_param_id id)
{
    for (size_t i = 0; i < r->n_settings; i++)
        if (r->settings[i].id == id)
            return true;
    return false;
}

enum ae_status ae_refine_check(const struct ae_reading *r, struct ae_error *err)
{
    struct ae_sweep *sweep = r->sweep;
    const struct ae_yaml_node *node = ae_yaml_get(ae_yaml_document(r->yaml, 0), "refine");
    size_t n_kept = 0;
    for (size_t i = 0; i < sweep->n_refined; i++) {
        const struct ae_yaml_node *at = ae_yaml_get(node, "axes")->items[i];
        enum ae_param_id id = sweep->refined[i];
        enum ae_axis_kind other;
        size_t n_grid = 0;
        count_axes(sweep, id, &n_grid, &other);
        if (other != AE_AXIS_GRID)
            return ae_yaml_fail(r->yaml, at, err,
                                "refine: %s is an axis of %s, which cannot be bisected; allowed: "
                                "axes of grid",
                                at->text, other == AE_AXIS_ZIP ? "zip" : "sample");
        if (n_grid == 0 && !is_set(r, id))
            return ae_yaml_fail(r->yaml, at, err,
                                "refine: %s is no axis of this sweep; allowed: axes of grid",
                                at->text);
        if (n_grid > 0)
            sweep->refined[n_kept++] = id;
    }
    sweep->n_refined = n_kept;
    return AE_OK;
}
