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

/* One place of an axis. */
struct ranked {
    const struct ae_axis *members;
    size_t n_members, at;
};

static int compare_numbers(double a, double b)
{
    return (a > b) - (a < b);
}

/* Lists number by number. */
static int compare_values(const struct ae_value *x, const struct ae_value *y)
{
    int order = compare_numbers(x->x, y->x);
    size_t n = x->list.n < y->list.n ? x->list.n : y->list.n;
    for (size_t i = 0; i < n && order == 0; i++)
        order = compare_numbers(x->list.x[i], y->list.x[i]);
    return order != 0 ? order : (x->list.n > y->list.n) - (x->list.n < y->list.n);
}

/* By value, then by place. */
static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    int order = 0;
    for (size_t k = 0; k < x->n_members && order == 0; k++)
        order = compare_values(&x->members[k].values[x->at], &y->members[k].values[y->at]);
    return order != 0 ? order : (x->at > y->at) - (x->at < y->at);
}

static bool is_repeat(const struct ranked *x, const struct ranked *y)
{
    for (size_t k = 0; k < x->n_members; k++)
        if (!ae_value_matches(x->members[k].id, x->members[k].values[x->at],
                              x->members[k].values[y->at]))
            return false;
    return true;
}

/* is_again[i]: do the values of place i stand at an earlier one? Sorting brings equals together. */
static enum ae_status mark_repeats(const struct ae_axis *members, size_t n_members, bool **is_again,
                                   struct ae_error *err)
{
    size_t n = members[0].n;
    struct ranked *ranked = ae_calloc(n, 1, sizeof *ranked);
    *is_again = ae_calloc(n, 1, sizeof **is_again);
    enum ae_status rc = ranked && *is_again ? AE_OK : ae_fail_memory(err, n * sizeof *ranked);
    for (size_t i = 0; i < n && rc == AE_OK; i++)
        ranked[i] = (struct ranked){members, n_members, i};
    if (rc == AE_OK)
        qsort(ranked, n, sizeof *ranked, compare_ranked);
    for (size_t i = 1; i < n && rc == AE_OK; i++) {
        size_t later = ranked[i].at > ranked[i - 1].at ? ranked[i].at : ranked[i - 1].at;
        if (is_repeat(&ranked[i - 1], &ranked[i]))
            (*is_again)[later] = true;
    }
    free(ranked);
    return rc;
}

enum ae_status ae_axis_find_repeat(const struct ae_axis *members, size_t n_members, size_t *at,
                                   struct ae_error *err)
{
    bool *is_again = NULL;
    enum ae_status rc = mark_repeats(members, n_members, &is_again, err);
    *at = 0;
    while (rc == AE_OK && *at < members[0].n && !is_again[*at])
        ++*at;
    free(is_again);
    return rc;
}

enum ae_status ae_axis_merge_repeats(struct ae_axis *members, size_t n_members,
                                     struct ae_error *err)
{
    bool *is_again = NULL;
    size_t n = members[0].n, n_kept = 0;
    enum ae_status rc = mark_repeats(members, n_members, &is_again, err);
    for (size_t i = 0; i < n && rc == AE_OK; i++) {
        if (is_again[i])
            continue;
        for (size_t k = 0; k < n_members; k++)
            members[k].values[n_kept] = members[k].values[i];
        n_kept++;
    }
    for (size_t k = 0; k < n_members && rc == AE_OK; k++) {
        members[k].n = n_kept;
        members[k].n_merged += n - n_kept;
    }
    free(is_again);
    return rc;
}

static enum ae_status check_repeats(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                    const struct ae_axis *axis, struct ae_error *err)
{
    size_t at = axis->n;
    enum ae_status rc = ae_axis_find_repeat(axis, 1, &at, err);
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
    return rc;
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
    axis->has_scale = true;
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

/* {values: LIST, scale: log, merged: 2}: what a resolved sweep says of an axis that was a range. */
static enum ae_status read_scaled(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                  struct ae_pool *pool, struct ae_axis *axis, struct ae_error *err)
{
    static const char *const keys[] = {"values", "scale", "merged", NULL};
    char shown[AE_YAML_SHOW_SIZE];
    enum ae_status rc = AE_OK;
    for (size_t i = 0; i < node->n && rc == AE_OK; i++) {
        const struct ae_yaml_entry *entry = &node->entries[i];
        const struct ae_yaml_node *value = entry->value;
        double merged = 0.0;
        if (strcmp(entry->key->text, "scale") == 0) {
            rc = ae_range_read_scale(doc, value, &axis->is_log, err);
            axis->has_scale = true;
        } else if (strcmp(entry->key->text, "merged") == 0) {
            rc = ae_value_read_plain(doc, value, "merged", &merged, err);
            if (rc == AE_OK && !(merged >= 0.0 && merged < 1e9))
                return ae_yaml_fail(doc, value, err, "merged: %s; it counts values",
                                    ae_yaml_show(value, shown));
            axis->n_merged = (size_t)merged;
        } else if (strcmp(entry->key->text, "values") != 0) {
            rc = ae_value_fail_key(doc, entry->key, "key of an axis,", keys, err);
        } else if (value->kind != AE_YAML_LIST) {
            rc = ae_yaml_fail(doc, value, err, "values: %s; allowed: a list of values",
                              ae_yaml_show(value, shown));
        } else {
            rc = read_list(doc, value, pool, axis, err);
        }
    }
    return rc;
}

enum ae_status ae_axis_read_member(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                   enum ae_param_id id, struct ae_pool *pool, struct ae_axis *axis,
                                   struct ae_error *err)
{
    *axis = (struct ae_axis){.id = id};
    enum ae_param_type type = ae_param_table[id].type;
    bool is_list = type == AE_TYPE_REALS || type == AE_TYPE_START || type == AE_TYPE_DATA;
    if (node->kind == AE_YAML_LIST)
        return read_list(doc, node, pool, axis, err);
    if (node->kind == AE_YAML_MAP && ae_yaml_get(node, "values"))
        return read_scaled(doc, node, pool, axis, err);
    if (node->kind == AE_YAML_MAP && !is_list)
        return read_range(doc, node, axis, err);
    char shown[AE_YAML_SHOW_SIZE];
    return ae_yaml_fail(
        doc, node, err,
        "%s: %s is no axis; allowed: a list of values%s (a single value goes under set)",
        ae_param_table[id].name, ae_yaml_show(node, shown),
        is_list ? "" : ", or a range {from, to, points, step, scale}");
}

enum ae_status ae_axis_read(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                            enum ae_param_id id, struct ae_pool *pool, struct ae_axis *axis,
                            struct ae_error *err)
{
    enum ae_status rc = ae_axis_read_member(doc, node, id, pool, axis, err);
    const struct ae_yaml_node *list = node;
    if (rc == AE_OK && node->kind == AE_YAML_MAP)
        list = ae_yaml_get(node, "values"); /* a range repeats nothing */
    return rc == AE_OK && list ? check_repeats(doc, list, axis, err) : rc;
}
