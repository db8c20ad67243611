/* From axes to points: one walk over the grid drops what is excluded and checks what is left. */
#include "sweep_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A walk over the grid, the last axis fastest. */
struct walk {
    const struct ae_sweep *sweep;
    struct ae_params point;
    size_t digits[AE_N_PARAMS]; /* which value of each axis */
};

static void walk_start(struct walk *walk, const struct ae_sweep *sweep)
{
    *walk = (struct walk){.sweep = sweep, .point = sweep->fixed};
    for (size_t k = 0; k < sweep->n_axes; k++)
        ae_param_set(&walk->point, sweep->axes[k].id, sweep->axes[k].values[0]);
}

/* The next point; sets only what differs. After the last point begins again. */
static void walk_step(struct walk *walk)
{
    for (size_t k = walk->sweep->n_axes; k-- > 0;) {
        const struct ae_axis *axis = &walk->sweep->axes[k];
        bool is_carry = ++walk->digits[k] == axis->n;
        if (is_carry)
            walk->digits[k] = 0;
        ae_param_set(&walk->point, axis->id, axis->values[walk->digits[k]]);
        if (!is_carry)
            return;
    }
}

/* ---- messages ---- */

/* Does the body of an exclude item name a parameter that the grid varies? */
static bool names_axis(const struct ae_sweep *sweep, const char *body)
{
    for (const char *at = body; at && *at; at = strstr(at, ", ")) {
        at += *at == ',' ? 2 : 0;
        for (size_t k = 0; k < sweep->n_axes; k++) {
            const char *name = ae_param_table[sweep->axes[k].id].name;
            size_t n = strlen(name);
            if (strncmp(at, name, n) == 0 && at[n] == ':')
                return true;
        }
    }
    return false;
}

/* `{activation: erf, K: 2}`: the point's values on the axes. */
static void format_point(const struct walk *walk, struct ae_buffer *out)
{
    for (size_t k = 0; k < walk->sweep->n_axes; k++) {
        const struct ae_axis *axis = &walk->sweep->axes[k];
        ae_buffer_printf(out, "%s%s: ", k == 0 ? "{" : ", ", ae_param_table[axis->id].name);
        ae_value_format(axis->id, axis->values[walk->digits[k]], out);
    }
    ae_buffer_text(out, "}");
}

/* A point makes no sense, as err says; adds place, point, and the line that drops such points. */
static enum ae_status fail_point(const struct walk *walk, const struct ae_yaml *doc,
                                 const char *exclude, struct ae_error *err)
{
    const struct ae_yaml_node *root = ae_yaml_root(doc);
    const struct ae_yaml_node *set = ae_yaml_get(root, "set"), *grid = ae_yaml_get(root, "grid");
    if (!err)
        return AE_EARG;
    if (walk->sweep->n_axes == 0) /* one point only: `exclude` would leave none */
        return ae_yaml_place(doc, set ? set : root, err);
    if (names_axis(walk->sweep, exclude)) {
        size_t n = strlen(err->message);
        (void)snprintf(err->message + n, sizeof err->message - n,
                       "; to drop such points add under exclude:   - {%s}", exclude);
    }
    struct ae_buffer point = {0};
    format_point(walk, &point);
    (void)ae_error_prefix(err, "point %.300s%s", point.data ? point.data : "",
                          point.size > 300 ? "..." : "");
    ae_buffer_clear(&point);
    return ae_yaml_place(doc, grid, err);
}

/* ---- laying out ---- */

static enum ae_status count_points(struct ae_sweep *sweep, const struct ae_yaml *doc,
                                   struct ae_error *err)
{
    sweep->grid_size = 1;
    for (size_t k = 0; k < sweep->n_axes; k++) {
        if (sweep->axes[k].n > AE_SWEEP_MAX_POINTS / sweep->grid_size)
            return ae_yaml_fail(doc, ae_yaml_get(ae_yaml_root(doc), "grid"), err,
                                "the grid has more than %d points", (int)AE_SWEEP_MAX_POINTS);
        sweep->grid_size *= sweep->axes[k].n;
    }
    return AE_OK;
}

/* The first exclude item that drops the point; n_exclusions if none does. */
static size_t find_exclusion(const struct ae_sweep *sweep, const struct ae_params *point)
{
    size_t i = 0;
    while (i < sweep->n_exclusions && !ae_exclusion_drops(&sweep->exclusions[i], point))
        i++;
    return i;
}

/* Appends a grid index to the list of points left, which grows as needed. */
static enum ae_status keep(struct ae_sweep *sweep, size_t *capacity, size_t index,
                           struct ae_error *err)
{
    if (sweep->n_points == *capacity) {
        size_t more = *capacity > 0 ? *capacity + *capacity / 2 : 1024;
        uint32_t *left = ae_realloc(sweep->left, more, sizeof *left);
        if (!left)
            return ae_fail_memory(err, more * sizeof *left);
        sweep->left = left;
        *capacity = more;
    }
    sweep->left[sweep->n_points++] = (uint32_t)index;
    return AE_OK;
}

static enum ae_status walk_grid(struct ae_sweep *sweep, const struct ae_yaml *doc,
                                struct ae_error *err)
{
    struct walk walk;
    size_t capacity = 0;
    char exclude[256];
    walk_start(&walk, sweep);
    for (size_t i = 0; i < sweep->grid_size; i++, walk_step(&walk)) {
        size_t item = find_exclusion(sweep, &walk.point);
        if (item < sweep->n_exclusions) {
            sweep->n_dropped[item]++;
            continue;
        }
        enum ae_status rc = ae_params_check(&walk.point, exclude, sizeof exclude, err);
        if (rc != AE_OK)
            return fail_point(&walk, doc, exclude, err);
        if (sweep->n_exclusions > 0)
            rc = keep(sweep, &capacity, i, err);
        else
            sweep->n_points++;
        if (rc != AE_OK)
            return rc;
    }
    return AE_OK;
}

enum ae_status ae_sweep_lay_out(struct ae_sweep *sweep, const struct ae_yaml *doc,
                                struct ae_error *err)
{
    enum ae_status rc = count_points(sweep, doc, err);
    if (rc == AE_OK)
        rc = walk_grid(sweep, doc, err);
    if (rc == AE_OK && sweep->n_points == 0)
        rc = ae_yaml_fail(doc, ae_yaml_get(ae_yaml_root(doc), "exclude"), err,
                          "exclude drops all %zu points of the grid; nothing is left",
                          sweep->grid_size);
    if (rc == AE_OK && sweep->n_points == sweep->grid_size) {
        free(sweep->left); /* the identity */
        sweep->left = NULL;
    }
    return rc;
}
