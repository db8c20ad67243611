/*
 * Ranges. Inner values are rounded to 12 digits, which also hides the last digits of exp and log,
 * where C libraries differ.
 */
#include "aesweep/range.h"

#include <math.h>
#include <string.h>

#include "aesweep/value.h"

static const double HIT = 1e-9; /* a step that comes this near the end (relative) hits it */

static bool is_integer_param(enum ae_param_id id)
{
    enum ae_param_type type = ae_param_table[id].type;
    return type == AE_TYPE_COUNT || type == AE_TYPE_SIZE;
}

/* ---- reading ---- */

static enum ae_status read_points(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                  size_t *out, struct ae_error *err)
{
    double x = 0.0;
    char shown[AE_YAML_SHOW_SIZE];
    enum ae_status rc = ae_value_read_plain(doc, node, "points", &x, err);
    if (rc != AE_OK)
        return rc;
    if (!(x >= 1.0 && x <= AE_RANGE_MAX_POINTS && x == floor(x)))
        return ae_yaml_fail(doc, node, err, "points: %s; allowed: an integer from 1 to %d",
                            ae_yaml_show(node, shown), (int)AE_RANGE_MAX_POINTS);
    *out = (size_t)x;
    return AE_OK;
}

enum ae_status ae_range_read_scale(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                   bool *is_log, struct ae_error *err)
{
    static const char *const scales[] = {"linear", "log", NULL};
    char shown[AE_YAML_SHOW_SIZE];
    for (size_t i = 0; scales[i]; i++)
        if (node->kind == AE_YAML_SCALAR && strcmp(node->text, scales[i]) == 0) {
            *is_log = i == 1;
            return AE_OK;
        }
    return ae_yaml_fail(doc, node, err, "scale: %s is not allowed; allowed: linear, log",
                        ae_yaml_show(node, shown));
}

/* Reads one entry; which keys there were is checked afterwards. */
static enum ae_status read_entry(const struct ae_yaml *doc, const struct ae_yaml_entry *entry,
                                 enum ae_param_id id, const char *const *keys, struct ae_range *out,
                                 struct ae_error *err)
{
    const char *key = entry->key->text;
    size_t k = 0;
    while (keys[k] && strcmp(keys[k], key) != 0)
        k++;
    if (!keys[k])
        return ae_value_fail_key(doc, entry->key, "key of a range,", keys, err);
    if (strcmp(key, "from") == 0)
        return ae_value_read_number(doc, entry->value, id, &out->from, err);
    if (strcmp(key, "to") == 0)
        return ae_value_read_number(doc, entry->value, id, &out->to, err);
    if (strcmp(key, "points") == 0)
        return read_points(doc, entry->value, &out->points, err);
    if (strcmp(key, "step") == 0)
        return ae_value_read_plain(doc, entry->value, "step", &out->step, err);
    return ae_range_read_scale(doc, entry->value, &out->is_log, err);
}

static enum ae_status check_step(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                 const struct ae_range *range, struct ae_error *err)
{
    char text[AE_NUMBER_SIZE];
    (void)ae_number_format(range->step, text);
    if (range->is_log && !(range->step > 1.0 && isfinite(range->step)))
        return ae_yaml_fail(doc, node, err, "step: %s; on a log scale it is a factor > 1", text);
    if (!(range->step > 0.0 && isfinite(range->step)))
        return ae_yaml_fail(doc, node, err, "step: %s; allowed: a number > 0", text);
    if (!range->is_log && range->is_integer && range->step != floor(range->step))
        return ae_yaml_fail(doc, node, err, "step: %s; steps between integers are integers", text);
    return AE_OK;
}

static enum ae_status check_ends(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                 const struct ae_range *range, struct ae_error *err)
{
    char from[AE_NUMBER_SIZE], to[AE_NUMBER_SIZE];
    const struct ae_yaml_node *at = ae_yaml_get(node, "from");
    (void)ae_number_format(range->from, from);
    (void)ae_number_format(range->to, to);
    if (range->from > range->to)
        return ae_yaml_fail(doc, at, err, "from: %s is greater than to: %s; a range rises", from,
                            to);
    if (range->is_log && range->from <= 0.0)
        return ae_yaml_fail(doc, at, err, "from: %s; on a log scale it must be > 0", from);
    if (range->points == 1 && range->from < range->to)
        return ae_yaml_fail(doc, ae_yaml_get(node, "points"), err,
                            "points: 1 cannot hold both ends %s and %s", from, to);
    if (range->points > 1 && range->from == range->to)
        return ae_yaml_fail(doc, ae_yaml_get(node, "points"), err,
                            "points: %zu, but both ends are %s", range->points, from);
    return AE_OK;
}

/* Reads the entries; from and to must be among them. */
static enum ae_status read_entries(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                   enum ae_param_id id, const char *const *keys,
                                   struct ae_range *out, struct ae_error *err)
{
    const char *name = ae_param_table[id].name;
    enum ae_param_type type = ae_param_table[id].type;
    *out = (struct ae_range){.is_integer = is_integer_param(id)};
    if (type == AE_TYPE_WORD || type == AE_TYPE_FLAG || type == AE_TYPE_DATA)
        return ae_yaml_fail(doc, node, err, "%s: a range needs numbers; list the words instead",
                            name);
    enum ae_status rc = AE_OK;
    for (size_t i = 0; i < node->n && rc == AE_OK; i++)
        rc = read_entry(doc, &node->entries[i], id, keys, out, err);
    if (rc == AE_OK && (!ae_yaml_get(node, "from") || !ae_yaml_get(node, "to")))
        return ae_yaml_fail(doc, node, err, "%s: a range needs both from and to", name);
    return rc;
}

enum ae_status ae_range_read_ends(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                  enum ae_param_id id, struct ae_range *out, struct ae_error *err)
{
    static const char *const keys[] = {"from", "to", "scale", NULL};
    enum ae_status rc = read_entries(doc, node, id, keys, out, err);
    return rc == AE_OK ? check_ends(doc, node, out, err) : rc;
}

enum ae_status ae_range_read(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                             enum ae_param_id id, struct ae_range *out, struct ae_error *err)
{
    static const char *const keys[] = {"from", "to", "points", "step", "scale", NULL};
    const char *name = ae_param_table[id].name;
    enum ae_status rc = read_entries(doc, node, id, keys, out, err);
    if (rc != AE_OK)
        return rc;
    const struct ae_yaml_node *step = ae_yaml_get(node, "step");
    const struct ae_yaml_node *points = ae_yaml_get(node, "points");
    if (step && points)
        return ae_yaml_fail(doc, node, err, "%s: points or step, not both", name);
    if (!step && !points) {
        if (!out->is_integer || out->is_log)
            return ae_yaml_fail(doc, node, err, "%s: a range %s needs points or step", name,
                                out->is_log ? "on a log scale" : "of real numbers");
        out->step = 1.0;
    }
    if (step)
        rc = check_step(doc, step, out, err);
    return rc == AE_OK ? check_ends(doc, node, out, err) : rc;
}

/* ---- expanding ---- */

/* Steps from the lower to the upper end, and whether the last one hits it. */
static double n_steps(const struct ae_range *range, bool *is_hit)
{
    double steps = range->is_log ? (log(range->to) - log(range->from)) / log(range->step)
                                 : (range->to - range->from) / range->step;
    double nearest = round(steps);
    *is_hit = fabs(steps - nearest) <= HIT * fmax(1.0, steps);
    return *is_hit ? nearest : floor(steps);
}

size_t ae_range_size(const struct ae_range *range)
{
    if (range->points > 0)
        return range->points;
    bool is_hit;
    double steps = n_steps(range, &is_hit);
    return steps < AE_RANGE_MAX_POINTS ? (size_t)steps + 1 : AE_RANGE_MAX_POINTS + 1;
}

static double inner_value(const struct ae_range *range, size_t i)
{
    double at = (double)i;
    if (range->points == 0)
        return range->is_log ? exp(log(range->from) + at * log(range->step))
                             : range->from + at * range->step;
    double b = at / (double)(range->points - 1); /* both ends weighted: no overflow between */
    if (range->is_log)
        return exp((1.0 - b) * log(range->from) + b * log(range->to));
    return (1.0 - b) * range->from + b * range->to;
}

size_t ae_range_expand(const struct ae_range *range, double *x)
{
    size_t n = ae_range_size(range), n_kept = 0;
    bool is_hit = true;
    if (range->points == 0)
        (void)n_steps(range, &is_hit);
    for (size_t i = 0; i < n; i++) {
        double value = range->from;
        if (i > 0 && i == n - 1 && is_hit)
            value = range->to;
        else if (i > 0)
            value = ae_number_round12(inner_value(range, i));
        if (range->is_integer)
            value = round(value);
        if (n_kept == 0 || value > x[n_kept - 1])
            x[n_kept++] = value;
    }
    return n_kept;
}
