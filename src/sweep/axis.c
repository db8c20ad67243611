/* Axes: explicit lists and ranges of one parameter's values. */
#include "aesweep/axis.h"

#include <stdlib.h>
#include <string.h>

#include "aesweep/memory.h"
#include "aesweep/range.h"

void ae_axis_clear(struct ae_axis *axis)
{
    free(axis->values);
    *axis = (struct ae_axis){0};
}

/* ---- repeated values ---- */

struct ranked {
    const struct ae_value *value;
    size_t at; /* in the file */
};

static int compare_numbers(double a, double b)
{
    return (a > b) - (a < b);
}

/* By value (lists number by number), then by place. */
static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    int order = compare_numbers(x->value->x, y->value->x);
    size_t n = x->value->list.n < y->value->list.n ? x->value->list.n : y->value->list.n;
    for (size_t i = 0; i < n && order == 0; i++)
        order = compare_numbers(x->value->list.x[i], y->value->list.x[i]);
    if (order == 0)
        order = (x->value->list.n > y->value->list.n) - (x->value->list.n < y->value->list.n);
    return order != 0 ? order : (x->at > y->at) - (x->at < y->at);
}

/* The first value in the file that stands there a second time; axis->n if there is none. Sorting
 * brings equal values together. */
static enum ae_status find_repeat(const struct ae_axis *axis, size_t *at, struct ae_error *err)
{
    struct ranked *ranked = ae_calloc(axis->n, 1, sizeof *ranked);
    if (!ranked)
        return ae_fail_memory(err, axis->n * sizeof *ranked);
    for (size_t i = 0; i < axis->n; i++)
        ranked[i] = (struct ranked){&axis->values[i], i};
    qsort(ranked, axis->n, sizeof *ranked, compare_ranked);
    *at = axis->n;
    for (size_t i = 1; i < axis->n; i++) {
        size_t later = ranked[i].at > ranked[i - 1].at ? ranked[i].at : ranked[i - 1].at;
        if (later < *at && ae_value_matches(axis->id, *ranked[i - 1].value, *ranked[i].value))
            *at = later;
    }
    free(ranked);
    return AE_OK;
}

static enum ae_status check_repeats(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                    const struct ae_axis *axis, struct ae_error *err)
{
    size_t at = axis->n;
    enum ae_status rc = find_repeat(axis, &at, err);
    if (rc != AE_OK || at == axis->n)
        return rc;
    struct ae_buffer text = {0};
    ae_value_format(axis->id, axis->values[at], &text);
    (void)ae_yaml_fail(doc, node->items[at], err, "%s: %.200s stands in the list twice",
                       ae_param_table[axis->id].name, text.data ? text.data : "a value");
    ae_buffer_clear(&text);
    return AE_EARG;
}

/* ---- reading ---- */

static enum ae_status fail_size(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                const struct ae_axis *axis, struct ae_error *err)
{
    return ae_yaml_fail(doc, node, err, "%s: more than %d values", ae_param_table[axis->id].name,
                        (int)AE_RANGE_MAX_POINTS);
}

static enum ae_status values_new(struct ae_axis *axis, size_t n, struct ae_error *err)
{
    axis->values = ae_calloc(n, 1, sizeof *axis->values);
    return axis->values ? AE_OK : ae_fail_memory(err, n * sizeof *axis->values);
}

static enum ae_status read_list(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                struct ae_pool *pool, struct ae_axis *axis, struct ae_error *err)
{
    const char *name = ae_param_table[axis->id].name;
    if (node->n == 0)
        return ae_yaml_fail(doc, node, err, "%s: an empty axis; leave it out, or list values",
                            name);
    if (node->n > AE_RANGE_MAX_POINTS)
        return fail_size(doc, node, axis, err);
    if (!ae_value_is_many(node, axis->id))
        return ae_yaml_fail(
            doc, node, err,
            "%s: each value is a list; an axis is a list of lists, such as [[4, 2], [4, 1]]", name);
    enum ae_status rc = values_new(axis, node->n, err);
    for (size_t i = 0; i < node->n && rc == AE_OK; i++)
        rc = ae_value_read(doc, node->items[i], axis->id, pool, &axis->values[i], err);
    axis->n = node->n;
    return rc == AE_OK ? check_repeats(doc, node, axis, err) : rc;
}

static enum ae_status read_range(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                 struct ae_axis *axis, struct ae_error *err)
{
    struct ae_range range;
    enum ae_status rc = ae_range_read(doc, node, axis->id, &range, err);
    if (rc != AE_OK)
        return rc;
    size_t n = ae_range_size(&range);
    if (n > AE_RANGE_MAX_POINTS)
        return fail_size(doc, node, axis, err);
    double *x = ae_reals_new(n);
    if (!x)
        return ae_fail_memory(err, n * sizeof *x);
    axis->n = ae_range_expand(&range, x);
    axis->n_merged = n - axis->n;
    axis->is_log = range.is_log;
    rc = values_new(axis, axis->n, err);
    for (size_t i = 0; i < axis->n && rc == AE_OK; i++)
        axis->values[i].x = x[i];
    free(x);
    if (rc != AE_OK)
        return rc;
    bool is_distinct = range.is_integer || axis->n_merged == 0;
    for (size_t i = 1; i < axis->n && is_distinct; i++)
        is_distinct = !ae_value_matches(axis->id, axis->values[i - 1], axis->values[i]);
    if (is_distinct)
        return AE_OK;
    return ae_yaml_fail(doc, node, err,
                        "%s: values of this range are equal to 1e-9; use fewer points",
                        ae_param_table[axis->id].name);
}

enum ae_status ae_axis_read(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                            enum ae_param_id id, struct ae_pool *pool, struct ae_axis *axis,
                            struct ae_error *err)
{
    *axis = (struct ae_axis){.id = id};
    enum ae_param_type type = ae_param_table[id].type;
    bool is_list = type == AE_TYPE_REALS || type == AE_TYPE_START;
    if (node->kind == AE_YAML_LIST)
        return read_list(doc, node, pool, axis, err);
    if (node->kind == AE_YAML_MAP && !is_list)
        return read_range(doc, node, axis, err);
    char shown[AE_YAML_SHOW_SIZE];
    return ae_yaml_fail(
        doc, node, err,
        "%s: %s is no axis; allowed: a list of values%s (a single value goes under set)",
        ae_param_table[id].name, ae_yaml_show(node, shown),
        is_list ? "" : ", or a range {from, to, points, step, scale}");
}
