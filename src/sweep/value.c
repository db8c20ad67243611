/* Values of parameters from nodes of a document. */
#include "value_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "aesweep/formula.h"
#include "aesweep/memory.h"
#include "aesweep/range.h"

enum ae_status ae_value_take(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                             struct ae_pool *pool, size_t n, double **x, struct ae_error *err)
{
    enum ae_status rc = ae_pool_take(pool, n, x, err);
    return rc == AE_EARG ? ae_yaml_place(doc, node, err) : rc;
}

/* ---- names ---- */

static enum ae_status fail_unknown(const struct ae_yaml *doc, const struct ae_yaml_node *key,
                                   const char *noun, const char *near, const char *const *names,
                                   struct ae_error *err)
{
    char shown[AE_YAML_SHOW_SIZE];
    (void)ae_yaml_show(key, shown);
    if (near)
        return ae_yaml_fail(doc, key, err, "unknown %s %s; did you mean '%s'?", noun, shown, near);
    struct ae_buffer known = {0};
    for (size_t i = 0; names[i]; i++)
        ae_buffer_printf(&known, "%s%s", i > 0 ? ", " : "", names[i]);
    (void)ae_yaml_fail(doc, key, err, "unknown %s %s; known: %s", noun, shown,
                       known.data ? known.data : "");
    ae_buffer_clear(&known);
    return AE_EARG;
}

enum ae_status ae_value_fail_key(const struct ae_yaml *doc, const struct ae_yaml_node *key,
                                 const char *noun, const char *const *names, struct ae_error *err)
{
    return fail_unknown(doc, key, noun, ae_nearest(key->text, names), names, err);
}

enum ae_status ae_value_fail_param(const struct ae_yaml *doc, const struct ae_yaml_node *key,
                                   struct ae_error *err)
{
    const char *names[AE_N_PARAMS + 1];
    for (int id = 0; id < AE_N_PARAMS; id++)
        names[id] = ae_param_table[id].name;
    names[AE_N_PARAMS] = NULL;
    return fail_unknown(doc, key, "parameter", ae_param_nearest(key->text), names, err);
}

/* ---- numbers ---- */

enum ae_status ae_value_read_plain(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                   const char *what, double *out, struct ae_error *err)
{
    char shown[AE_YAML_SHOW_SIZE];
    (void)ae_yaml_show(node, shown);
    double x;
    if (node->kind != AE_YAML_SCALAR || !ae_number_parse(node->text, &x))
        return ae_yaml_fail(doc, node, err, "%s: %s is not a number", what, shown);
    if (!node->is_plain)
        return ae_yaml_fail(doc, node, err, "%s: %s is a text; write the number without quotes",
                            what, shown);
    *out = x;
    return AE_OK;
}

enum ae_status ae_value_read_number(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                    enum ae_param_id id, double *out, struct ae_error *err)
{
    double x = 0.0;
    enum ae_status rc = ae_value_read_plain(doc, node, ae_param_table[id].name, &x, err);
    if (rc != AE_OK)
        return rc;
    if (!isfinite(x))
        return ae_yaml_fail(doc, node, err, "%s: '%s' is not a finite number",
                            ae_param_table[id].name, node->text);
    struct ae_value value = {.x = x, .list = {.n = 1, .x = &x}};
    enum ae_param_type type = ae_param_table[id].type;
    if (type == AE_TYPE_REALS || type == AE_TYPE_START)
        rc = ae_value_check(id, value, err);
    else
        rc = ae_value_parse(id, node->text, &value, err); /* check would take a word's number */
    if (rc != AE_OK)
        return ae_yaml_place(doc, node, err);
    *out = x;
    return AE_OK;
}

/* ---- scalars ---- */

static bool is_old_truth(const char *text)
{
    static const char *const words[] = {"yes", "no", "on", "off"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcasecmp(text, words[i]) == 0)
            return true;
    return false;
}

static enum ae_status read_scalar(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                  enum ae_param_id id, struct ae_value *out, struct ae_error *err)
{
    const char *name = ae_param_table[id].name;
    char shown[AE_YAML_SHOW_SIZE];
    double x;
    enum ae_param_type type = ae_param_table[id].type;
    bool may_be_name = type == AE_TYPE_DATA; /* of a file, and files may be called 1.5 */
    if (!node->is_plain && !may_be_name &&
        (type == AE_TYPE_FLAG || ae_number_parse(node->text, &x)))
        return ae_yaml_fail(doc, node, err, "%s: %s is in quotes and so a text; write it without",
                            name, ae_yaml_show(node, shown));
    enum ae_status rc = ae_value_parse(id, node->text, out, err);
    if (rc != AE_EARG || !err)
        return rc;
    if (node->n == 0 && node->is_plain)
        return ae_yaml_fail(doc, node, err, "%s: nothing stands here; a value is needed", name);
    if (ae_formula_is(node->text))
        return ae_yaml_fail(doc, node, err,
                            "%s: %s; a computed value stands under set, alone, as in time: =1e4/lr",
                            name, ae_yaml_show(node, shown));
    if (node->is_plain && is_old_truth(node->text) && ae_param_table[id].type != AE_TYPE_FLAG) {
        size_t n = strlen(err->message);
        (void)snprintf(err->message + n, sizeof err->message - n,
                       "; truth values are true and false, and this is not one");
    }
    return ae_yaml_place(doc, node, err);
}

/* ---- lists ---- */

enum ae_status ae_value_read_list(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                  enum ae_param_id id, double *x, struct ae_error *err)
{
    for (size_t i = 0; i < node->n; i++) {
        enum ae_status rc = ae_value_read_number(doc, node->items[i], id, &x[i], err);
        if (rc != AE_OK)
            return rc;
    }
    return AE_OK;
}

static enum ae_status read_reals(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                 enum ae_param_id id, struct ae_pool *pool, struct ae_value *out,
                                 struct ae_error *err)
{
    if (node->n == 0)
        return ae_yaml_fail(doc, node, err, "%s: an empty list", ae_param_table[id].name);
    double *x = NULL;
    enum ae_status rc = ae_value_take(doc, node, pool, node->n, &x, err);
    if (rc == AE_OK)
        rc = ae_value_read_list(doc, node, id, x, err);
    if (rc == AE_OK)
        *out = (struct ae_value){.list = {node->n, x}};
    return rc;
}

/* A list given as a range of real numbers. */
static enum ae_status read_real_range(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                      enum ae_param_id id, struct ae_pool *pool,
                                      struct ae_value *out, struct ae_error *err)
{
    struct ae_range range;
    enum ae_status rc = ae_range_read(doc, node, id, &range, err);
    if (rc != AE_OK)
        return rc;
    size_t n = ae_range_size(&range);
    if (n > AE_RANGE_MAX_POINTS)
        return ae_yaml_fail(doc, node, err, "%s: a range of more than %d points",
                            ae_param_table[id].name, (int)AE_RANGE_MAX_POINTS);
    double *x = NULL;
    rc = ae_value_take(doc, node, pool, n, &x, err);
    if (rc == AE_OK)
        *out = (struct ae_value){.list = {ae_range_expand(&range, x), x}};
    return rc;
}

/* ---- any value ---- */

bool ae_value_is_many(const struct ae_yaml_node *node, enum ae_param_id id)
{
    if (node->kind != AE_YAML_LIST)
        return false;
    if (ae_param_table[id].type != AE_TYPE_REALS)
        return true;
    double x;
    for (size_t i = 0; i < node->n; i++) {
        const struct ae_yaml_node *item = node->items[i];
        if (item->kind != AE_YAML_SCALAR || !ae_number_parse(item->text, &x))
            return true;
    }
    return false;
}

static enum ae_status read_map(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                               enum ae_param_id id, struct ae_pool *pool, struct ae_value *out,
                               struct ae_error *err)
{
    if (ae_param_table[id].type == AE_TYPE_START)
        return ae_value_read_start(doc, node, pool, out, err);
    if (ae_param_table[id].type == AE_TYPE_DATA)
        return ae_value_read_spectrum(doc, node, pool, out, err);
    return read_real_range(doc, node, id, pool, out, err);
}

static const char *needed(enum ae_param_type type)
{
    switch (type) {
    case AE_TYPE_REALS:
        return ", a list of numbers";
    case AE_TYPE_START:
        return ", a mapping {encoder: K x M, decoder: K x M, bias: K}";
    case AE_TYPE_DATA:
        return ", a word or the name of a file";
    default:
        return "";
    }
}

enum ae_status ae_value_read(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                             enum ae_param_id id, struct ae_pool *pool, struct ae_value *out,
                             struct ae_error *err)
{
    enum ae_param_type type = ae_param_table[id].type;
    if (ae_value_is_start_file(node, id))
        return ae_value_read_start_file(doc, node, pool, out, err);
    if (node->kind == AE_YAML_SCALAR) {
        enum ae_status rc = read_scalar(doc, node, id, out, err);
        return rc == AE_OK && out->file ? ae_value_open_spectrum(doc, node, pool, out, err) : rc;
    }
    bool is_mapped = type == AE_TYPE_START || type == AE_TYPE_DATA || id == AE_PARAM_observe;
    if (node->kind == AE_YAML_MAP && is_mapped)
        return read_map(doc, node, id, pool, out, err);
    if (type == AE_TYPE_REALS && node->kind == AE_YAML_LIST)
        return read_reals(doc, node, id, pool, out, err);
    char shown[AE_YAML_SHOW_SIZE];
    return ae_yaml_fail(doc, node, err, "%s: %s stands where one value is needed%s",
                        ae_param_table[id].name, ae_yaml_show(node, shown), needed(type));
}

enum ae_status ae_value_read_asked(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                   enum ae_param_id id, struct ae_pool *pool, struct ae_value *out,
                                   struct ae_error *err)
{
    if (ae_param_table[id].type != AE_TYPE_DATA || node->kind != AE_YAML_SCALAR)
        return ae_value_read(doc, node, id, pool, out, err);
    enum ae_status rc = read_scalar(doc, node, id, out, err);
    return rc == AE_OK && out->file ? ae_pool_keep_text(pool, out->file, &out->file, err) : rc;
}
