/* Items of `exclude`. */
#include "aesweep/exclude.h"

#include <stdlib.h>
#include <string.h>

#include "aesweep/json.h"
#include "aesweep/memory.h"

void ae_exclusion_clear(struct ae_exclusion *item)
{
    for (size_t i = 0; i < item->n_conditions; i++)
        free(item->conditions[i].values);
    free(item->conditions);
    ae_expr_free(item->expr);
    free(item->text);
    free(item->why);
    *item = (struct ae_exclusion){0};
}

bool ae_exclusion_drops(const struct ae_exclusion *item, const struct ae_params *p)
{
    for (size_t i = 0; i < item->n_conditions; i++)
        if (!ae_condition_holds(&item->conditions[i], p))
            return false;
    return ae_expr_holds(item->expr, p);
}

static enum ae_status read_condition(const struct ae_yaml *doc, const struct ae_yaml_entry *entry,
                                     struct ae_pool *pool, struct ae_exclusion *item,
                                     struct ae_error *err)
{
    enum ae_param_id id = ae_param_find(entry->key->text);
    if (id == AE_N_PARAMS)
        return ae_value_fail_param(doc, entry->key, err);
    bool is_many = ae_value_is_many(entry->value, id);
    size_t n = is_many ? entry->value->n : 1;
    if (n == 0)
        return ae_yaml_fail(doc, entry->value, err, "%s: an empty list matches nothing",
                            ae_param_table[id].name);
    struct ae_value *values = ae_calloc(n, 1, sizeof *values);
    if (!values)
        return ae_fail_memory(err, n * sizeof *values);
    item->conditions[item->n_conditions++] =
        (struct ae_condition){.id = id, .compare = AE_COMPARE_IN, .n = n, .values = values};
    enum ae_status rc = AE_OK;
    for (size_t i = 0; i < n && rc == AE_OK; i++)
        rc = ae_value_read_asked(doc, is_many ? entry->value->items[i] : entry->value, id, pool,
                                 &values[i], err);
    return rc;
}

static enum ae_status read_if(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                              struct ae_exclusion *item, struct ae_error *err)
{
    char shown[AE_YAML_SHOW_SIZE];
    if (node->kind != AE_YAML_SCALAR)
        return ae_yaml_fail(doc, node, err,
                            "if: %s; allowed: a condition such as \"lr>1, K in [1,2]\"",
                            ae_yaml_show(node, shown));
    enum ae_status rc = ae_expr_new(&item->expr, node->text, err);
    if (rc == AE_OK && ae_expr_asks_replicate(item->expr))
        return ae_yaml_fail(doc, node, err, "if: replicates cannot be excluded one by one");
    if (rc == AE_EARG && err)
        (void)ae_error_prefix(err, "if");
    return rc == AE_EARG ? ae_yaml_place(doc, node, err) : rc;
}

static enum ae_status read_why(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                               struct ae_exclusion *item, struct ae_error *err)
{
    char shown[AE_YAML_SHOW_SIZE];
    if (node->kind != AE_YAML_SCALAR)
        return ae_yaml_fail(doc, node, err, "why: %s; allowed: a text", ae_yaml_show(node, shown));
    item->why = ae_text_copy(node->text, node->n);
    return item->why ? AE_OK : ae_fail_memory(err, node->n);
}

static void format_condition(const struct ae_condition *condition, struct ae_buffer *out)
{
    ae_buffer_printf(out, "%s: ", ae_param_table[condition->id].name);
    for (size_t i = 0; i < condition->n; i++) {
        ae_buffer_text(out, condition->n == 1 ? "" : i == 0 ? "[" : ", ");
        if (condition->values[i].list.n > 0) /* what stands in a file decides, not its name */
            ae_value_format_whole(condition->id, condition->values[i], out);
        else
            ae_value_format(condition->id, condition->values[i], out);
    }
    ae_buffer_text(out, condition->n == 1 ? "" : "]");
}

/* The item again as text, its entries in the order of the file. */
static enum ae_status keep_text(const struct ae_yaml_node *node, struct ae_exclusion *item,
                                struct ae_error *err)
{
    struct ae_buffer text = {0};
    ae_buffer_text(&text, "{");
    for (size_t i = 0, k = 0; i < node->n; i++) {
        const char *key = node->entries[i].key->text;
        if (strcmp(key, "why") == 0)
            continue;
        ae_buffer_text(&text, text.size > 1 ? ", " : "");
        if (strcmp(key, "if") == 0) {
            ae_buffer_text(&text, "if: ");
            ae_json_text(node->entries[i].value->text, &text);
        } else {
            format_condition(&item->conditions[k++], &text);
        }
    }
    ae_buffer_text(&text, "}");
    enum ae_status rc = ae_buffer_status(&text, err);
    if (rc == AE_OK)
        item->text = text.data;
    else
        ae_buffer_clear(&text);
    return rc;
}

enum ae_status ae_exclusion_read(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                 struct ae_pool *pool, struct ae_exclusion *item,
                                 struct ae_error *err)
{
    char shown[AE_YAML_SHOW_SIZE];
    *item = (struct ae_exclusion){0};
    if (node->kind != AE_YAML_MAP)
        return ae_yaml_fail(
            doc, node, err,
            "exclude: %s; allowed: items such as {K: [3, 4], why: ...} or {if: \"lr>1\"}",
            ae_yaml_show(node, shown));
    item->conditions = ae_calloc(node->n, 1, sizeof *item->conditions);
    if (!item->conditions)
        return ae_fail_memory(err, node->n * sizeof *item->conditions);
    enum ae_status rc = AE_OK;
    for (size_t i = 0; i < node->n && rc == AE_OK; i++) {
        const struct ae_yaml_entry *entry = &node->entries[i];
        if (strcmp(entry->key->text, "why") == 0)
            rc = read_why(doc, entry->value, item, err);
        else if (strcmp(entry->key->text, "if") == 0)
            rc = read_if(doc, entry->value, item, err);
        else
            rc = read_condition(doc, entry, pool, item, err);
    }
    if (rc == AE_OK && item->n_conditions == 0 && !item->expr)
        rc = ae_yaml_fail(doc, node, err,
                          "exclude: an item without conditions would drop every point");
    if (rc == AE_OK && !item->why) {
        item->why = ae_text_copy("", 0);
        rc = item->why ? AE_OK : ae_fail_memory(err, 1);
    }
    return rc == AE_OK ? keep_text(node, item, err) : rc;
}
