/* Values of parameters from nodes of a document; the pool that holds their lists. */
#include "aesweep/value.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "aesweep/formula.h"
#include "aesweep/memory.h"
#include "aesweep/range.h"

/* ---- the pool ---- */

void ae_pool_clear(struct ae_pool *pool)
{
    for (size_t i = 0; i < pool->n; i++)
        free(pool->blocks[i]);
    free(pool->blocks);
    *pool = (struct ae_pool){0};
}

enum ae_status ae_pool_take(struct ae_pool *pool, size_t n, double **x, struct ae_error *err)
{
    *x = NULL;
    if (n > AE_POOL_MAX_NUMBERS - pool->n_numbers)
        return ae_fail(err, AE_EARG, "more than %d numbers in all lists", (int)AE_POOL_MAX_NUMBERS);
    if (pool->n == pool->capacity) {
        size_t capacity = pool->capacity > 0 ? 2 * pool->capacity : 16;
        double **blocks = ae_realloc(pool->blocks, capacity, sizeof *blocks);
        if (!blocks)
            return ae_fail_memory(err, capacity * sizeof *blocks);
        pool->blocks = blocks;
        pool->capacity = capacity;
    }
    double *block = ae_calloc(n, 1, sizeof *block);
    if (!block)
        return ae_fail_memory(err, n * sizeof *block);
    pool->blocks[pool->n++] = block;
    pool->n_numbers += n;
    *x = block;
    return AE_OK;
}

/* As ae_pool_take, with the place in the message. */
static enum ae_status take(const struct ae_yaml *doc, const struct ae_yaml_node *node,
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
    if (!node->is_plain &&
        (ae_param_table[id].type == AE_TYPE_FLAG || ae_number_parse(node->text, &x)))
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

static enum ae_status read_list(const struct ae_yaml *doc, const struct ae_yaml_node *node,
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
    enum ae_status rc = take(doc, node, pool, node->n, &x, err);
    if (rc == AE_OK)
        rc = read_list(doc, node, id, x, err);
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
    rc = take(doc, node, pool, n, &x, err);
    if (rc == AE_OK)
        *out = (struct ae_value){.list = {ae_range_expand(&range, x), x}};
    return rc;
}

/* ---- weights to start from ---- */

/* Shape of a matrix whose rows are lists; *n_cols is set by the first row, then checked. */
static enum ae_status check_matrix(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                   const char *name, size_t *n_cols, struct ae_error *err)
{
    char shown[AE_YAML_SHOW_SIZE];
    if (node->kind != AE_YAML_LIST || node->n == 0)
        return ae_yaml_fail(doc, node, err,
                            "start: %s is %s; allowed: a list of K rows, each a list of M numbers",
                            name, node->kind == AE_YAML_LIST ? "empty" : ae_yaml_show(node, shown));
    for (size_t k = 0; k < node->n; k++) {
        const struct ae_yaml_node *row = node->items[k];
        if (row->kind != AE_YAML_LIST || row->n == 0)
            return ae_yaml_fail(
                doc, row, err, "start: row %zu of %s is %s; allowed: a list of M numbers", k + 1,
                name, row->kind == AE_YAML_LIST ? "empty" : ae_yaml_show(row, shown));
        if (*n_cols == 0)
            *n_cols = row->n;
        if (row->n != *n_cols)
            return ae_yaml_fail(doc, row, err,
                                "start: row %zu of %s has %zu numbers, rows before have %zu", k + 1,
                                name, row->n, *n_cols);
    }
    return AE_OK;
}

static enum ae_status check_rows(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                 const char *name, size_t *n_rows, struct ae_error *err)
{
    if (*n_rows == 0)
        *n_rows = node->n;
    if (node->n == *n_rows)
        return AE_OK;
    return ae_yaml_fail(doc, node, err,
                        "start: %s is for %zu hidden units, what stands before for %zu", name,
                        node->n, *n_rows);
}

static enum ae_status check_bias(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                 struct ae_error *err)
{
    char shown[AE_YAML_SHOW_SIZE];
    if (node->kind == AE_YAML_LIST && node->n > 0)
        return AE_OK;
    return ae_yaml_fail(doc, node, err, "start: bias is %s; allowed: a list of K numbers",
                        node->kind == AE_YAML_LIST ? "empty" : ae_yaml_show(node, shown));
}

enum { ENCODER, DECODER, BIAS, N_PARTS };
static const char *const part_names[N_PARTS + 1] = {"encoder", "decoder", "bias", NULL};

/* Finds the parts and checks that their shapes agree. */
static enum ae_status read_shape(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                 const struct ae_yaml_node *parts[N_PARTS],
                                 struct ae_start_view *shape, struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    if (node->n == 0)
        return ae_yaml_fail(doc, node, err,
                            "start: nothing in it; allowed: encoder, decoder, bias");
    for (size_t i = 0; i < node->n && rc == AE_OK; i++) {
        const struct ae_yaml_node *value = node->entries[i].value;
        int part = 0;
        while (part < N_PARTS && strcmp(part_names[part], node->entries[i].key->text) != 0)
            part++;
        if (part == N_PARTS)
            return ae_value_fail_key(doc, node->entries[i].key, "part of start,", part_names, err);
        parts[part] = value;
        rc = part == BIAS ? check_bias(doc, value, err)
                          : check_matrix(doc, value, part_names[part], &shape->M, err);
        if (rc == AE_OK)
            rc = check_rows(doc, value, part_names[part], &shape->K, err);
    }
    return rc;
}

static enum ae_status read_start(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                 struct ae_pool *pool, struct ae_value *out, struct ae_error *err)
{
    const struct ae_yaml_node *parts[N_PARTS] = {NULL};
    struct ae_start_view view = {0};
    enum ae_status rc = read_shape(doc, node, parts, &view, err);
    if (rc != AE_OK)
        return rc;
    double *x[N_PARTS] = {NULL}, *flat = NULL;
    for (int part = 0; part < N_PARTS && rc == AE_OK; part++) {
        size_t n_cols = part == BIAS ? 1 : view.M;
        if (!parts[part])
            continue;
        rc = take(doc, node, pool, view.K * n_cols, &x[part], err);
        if (rc == AE_OK && part == BIAS)
            rc = read_list(doc, parts[part], AE_PARAM_start, x[part], err);
        for (size_t k = 0; part != BIAS && k < view.K && rc == AE_OK; k++)
            rc = read_list(doc, parts[part]->items[k], AE_PARAM_start, x[part] + k * n_cols, err);
    }
    view.encoder = x[ENCODER];
    view.decoder = x[DECODER];
    view.bias = x[BIAS];
    size_t n = ae_start_size(&view);
    if (rc == AE_OK)
        rc = take(doc, node, pool, n, &flat, err);
    if (rc == AE_OK) {
        ae_start_flatten(&view, flat);
        *out = (struct ae_value){.list = {n, flat}};
    }
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

enum ae_status ae_value_read(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                             enum ae_param_id id, struct ae_pool *pool, struct ae_value *out,
                             struct ae_error *err)
{
    enum ae_param_type type = ae_param_table[id].type;
    if (node->kind == AE_YAML_SCALAR)
        return read_scalar(doc, node, id, out, err);
    if (type == AE_TYPE_START && node->kind == AE_YAML_MAP)
        return read_start(doc, node, pool, out, err);
    if (type == AE_TYPE_REALS && node->kind == AE_YAML_LIST)
        return read_reals(doc, node, id, pool, out, err);
    if (id == AE_PARAM_observe)
        return read_real_range(doc, node, id, pool, out, err);
    char shown[AE_YAML_SHOW_SIZE];
    return ae_yaml_fail(doc, node, err, "%s: %s stands where one value is needed%s",
                        ae_param_table[id].name, ae_yaml_show(node, shown),
                        type == AE_TYPE_REALS ? ", a list of numbers"
                        : type == AE_TYPE_START
                            ? ", a mapping {encoder: K x M, decoder: K x M, bias: K}"
                            : "");
}
