/* Weights to start from: a mapping of matrices and a list. */
#include "value_internal.h"

#include <string.h>

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

enum ae_status ae_value_read_start(const struct ae_yaml *doc, const struct ae_yaml_node *node,
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
        rc = ae_value_take(doc, node, pool, view.K * n_cols, &x[part], err);
        if (rc == AE_OK && part == BIAS)
            rc = ae_value_read_list(doc, parts[part], AE_PARAM_start, x[part], err);
        for (size_t k = 0; part != BIAS && k < view.K && rc == AE_OK; k++)
            rc = ae_value_read_list(doc, parts[part]->items[k], AE_PARAM_start,
                                    x[part] + k * n_cols, err);
    }
    view.encoder = x[ENCODER];
    view.decoder = x[DECODER];
    view.bias = x[BIAS];
    size_t n = ae_start_size(&view);
    if (rc == AE_OK)
        rc = ae_value_take(doc, node, pool, n, &flat, err);
    if (rc == AE_OK) {
        ae_start_flatten(&view, flat);
        *out = (struct ae_value){.list = {n, flat}};
    }
    return rc;
}
