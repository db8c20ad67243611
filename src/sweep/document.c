/*
 * One document of a sweep file: set, grid, zip, sample, exclude. An empty section says nothing,
 * whatever it should have held. A setting of the command line stands in for what the file says of
 * its parameter: in the place of an axis if it is one itself, else as a fixed value.
 */
#include "sweep_private.h"

#include <stdlib.h>
#include <string.h>

enum ae_status ae_reading_fail_kind(const struct ae_reading *r, const struct ae_yaml_node *node,
                                    const char *key, const char *allowed, struct ae_error *err)
{
    char shown[AE_YAML_SHOW_SIZE];
    return ae_yaml_fail(r->yaml, node, err, "%s: %s; allowed: %s", key, ae_yaml_show(node, shown),
                        allowed);
}

/* The parameter that a key names; it must not have been given before. */
static enum ae_status take_param(struct ae_reading *r, const struct ae_yaml_node *key,
                                 const char *section, enum ae_param_id *id, struct ae_error *err)
{
    *id = ae_param_find(key->text);
    if (*id == AE_N_PARAMS)
        return ae_value_fail_param(r->yaml, key, err);
    if (r->taken[*id])
        return ae_yaml_fail(r->yaml, key, err,
                            "%s is both here under %s and elsewhere; the other one is in line %u",
                            key->text, section, (unsigned)r->taken[*id]->line);
    r->taken[*id] = key;
    return AE_OK;
}

/* The last setting of that parameter, or NULL. */
static const struct ae_setting *find_setting(const struct ae_reading *r, enum ae_param_id id)
{
    for (size_t i = r->n_settings; i-- > 0;)
        if (r->settings[i].id == id)
            return &r->settings[i];
    return NULL;
}

/* Does it give an axis rather than a value? */
static bool is_axis(const struct ae_setting *setting)
{
    const struct ae_yaml_node *node = ae_yaml_root(setting->yaml);
    enum ae_param_type type = ae_param_table[setting->id].type;
    bool is_list = type == AE_TYPE_REALS || type == AE_TYPE_START || type == AE_TYPE_DATA;
    bool is_range = node->kind == AE_YAML_MAP && (!is_list || ae_yaml_get(node, "values"));
    return is_range || ae_value_is_many(node, setting->id);
}

/* ---- fixed and computed values ---- */

static enum ae_status read_formula(struct ae_reading *r, struct ae_place at, enum ae_param_id id,
                                   struct ae_error *err)
{
    struct ae_sweep *sweep = r->sweep;
    enum ae_param_type type = ae_param_table[id].type;
    if (type != AE_TYPE_COUNT && type != AE_TYPE_SIZE && type != AE_TYPE_REAL)
        return ae_yaml_fail(at.yaml, at.node, err, "%s: a computed value is a number; this is a %s",
                            ae_param_table[id].name,
                            type == AE_TYPE_REALS || type == AE_TYPE_START ? "list" : "word");
    size_t size = (sweep->n_formulas + 1) * sizeof *sweep->formulas;
    struct ae_formula **formulas = ae_realloc(sweep->formulas, size, 1);
    if (!formulas)
        return ae_fail_memory(err, size);
    sweep->formulas = formulas;
    enum ae_status rc = ae_formula_new(&formulas[sweep->n_formulas], at.node->text, err);
    if (rc == AE_EARG && err)
        (void)ae_error_prefix(err, "%s", ae_param_table[id].name);
    if (rc != AE_OK)
        return rc == AE_EARG ? ae_yaml_place(at.yaml, at.node, err) : rc;
    r->document->formulas[id] = formulas[sweep->n_formulas++];
    r->formula_at[id] = at;
    return AE_OK;
}

static enum ae_status set_value(struct ae_reading *r, struct ae_place at, enum ae_param_id id,
                                struct ae_error *err)
{
    struct ae_value value = {0};
    if (at.node->kind == AE_YAML_SCALAR && ae_formula_is(at.node->text))
        return read_formula(r, at, id, err);
    enum ae_status rc = ae_value_read(at.yaml, at.node, id, &r->sweep->pool, &value, err);
    if (rc == AE_OK)
        ae_param_set(&r->document->fixed, id, value);
    r->document->formulas[id] = NULL;
    return rc;
}

enum ae_status ae_document_set(struct ae_reading *r, const struct ae_yaml_node *node,
                               struct ae_error *err)
{
    if (ae_yaml_is_null(node))
        return AE_OK;
    if (node->kind != AE_YAML_MAP)
        return ae_reading_fail_kind(r, node, "set",
                                    "a mapping of parameters to values, such as K: 2", err);
    enum ae_status rc = AE_OK;
    for (size_t i = 0; i < node->n && rc == AE_OK; i++) {
        const struct ae_yaml_entry *entry = &node->entries[i];
        enum ae_param_id id = AE_N_PARAMS;
        rc = take_param(r, entry->key, "set", &id, err);
        if (rc != AE_OK || find_setting(r, id))
            continue;
        if (ae_value_is_many(entry->value, id))
            return ae_yaml_fail(r->yaml, entry->value, err,
                                "%s: several values; under set stands one, an axis goes under grid",
                                entry->key->text);
        rc = set_value(r, (struct ae_place){r->yaml, entry->value}, id, err);
    }
    return rc;
}

/* ---- axes ---- */

/* Reads an axis, of the file or of the setting that replaces it; none if that is a single value. */
static enum ae_status read_axis(struct ae_reading *r, const struct ae_yaml_node *node,
                                enum ae_param_id id, enum ae_axis_kind kind, struct ae_error *err)
{
    struct ae_document *document = r->document;
    const struct ae_setting *setting = find_setting(r, id);
    struct ae_place at = {r->yaml, node};
    if (setting && !is_axis(setting))
        return AE_OK;
    if (setting) {
        at = (struct ae_place){setting->yaml, ae_yaml_root(setting->yaml)};
        r->is_placed[id] = true;
    }
    /* counted first: a half-read axis is freed with the sweep */
    struct ae_axis *axis = &document->axes[document->n_axes++];
    enum ae_status rc = kind == AE_AXIS_GRID
                            ? ae_axis_read(at.yaml, at.node, id, &r->sweep->pool, axis, err)
                            : ae_axis_read_member(at.yaml, at.node, id, &r->sweep->pool, axis, err);
    axis->kind = kind;
    return rc;
}

enum ae_status ae_document_grid(struct ae_reading *r, const struct ae_yaml_node *node,
                                struct ae_error *err)
{
    if (ae_yaml_is_null(node))
        return AE_OK;
    if (node->kind != AE_YAML_MAP)
        return ae_reading_fail_kind(r, node, "grid",
                                    "a mapping of parameters to axes, such as K: [1, 2]", err);
    enum ae_status rc = AE_OK;
    for (size_t i = 0; i < node->n && rc == AE_OK; i++) {
        enum ae_param_id id = AE_N_PARAMS;
        rc = take_param(r, node->entries[i].key, "grid", &id, err);
        if (rc == AE_OK)
            rc = read_axis(r, node->entries[i].value, id, AE_AXIS_GRID, err);
    }
    return rc;
}

/* The place of a member: of the setting that replaces it, else of the file. */
static struct ae_place member_place(const struct ae_reading *r, const struct ae_yaml_node *group,
                                    enum ae_param_id id)
{
    if (r->is_placed[id])
        return (struct ae_place){find_setting(r, id)->yaml,
                                 ae_yaml_root(find_setting(r, id)->yaml)};
    return (struct ae_place){r->yaml, ae_yaml_get(group, ae_param_table[id].name)};
}

static enum ae_status check_group(const struct ae_reading *r, const struct ae_yaml_node *group,
                                  size_t first, struct ae_error *err)
{
    const struct ae_document *document = r->document;
    const struct ae_axis *members = &document->axes[first];
    size_t n_members = document->n_axes - first, at = 0;
    for (size_t k = 1; k < n_members; k++) {
        struct ae_place place = member_place(r, group, members[k].id);
        if (members[k].n != members[0].n)
            return ae_yaml_fail(place.yaml, place.node, err,
                                "zip: %s has %zu value%s but %s has %zu; axes that advance "
                                "together are equally long",
                                ae_param_table[members[k].id].name, members[k].n,
                                members[k].n == 1 ? "" : "s", ae_param_table[members[0].id].name,
                                members[0].n);
    }
    if (n_members == 0) /* the command line fixed them all */
        return AE_OK;
    enum ae_status rc = ae_axis_find_repeat(members, n_members, &at, err);
    if (rc != AE_OK || at == members[0].n)
        return rc;
    struct ae_buffer text = {0};
    for (size_t k = 0; k < n_members; k++) {
        ae_buffer_printf(&text, "%s%s: ", k == 0 ? "" : ", ", ae_param_table[members[k].id].name);
        ae_value_format(members[k].id, members[k].values[at], &text);
    }
    (void)ae_yaml_fail(r->yaml, group, err, "zip: {%.200s} stands in the group twice",
                       text.data ? text.data : "");
    ae_buffer_clear(&text);
    return AE_EARG;
}

static enum ae_status read_group(struct ae_reading *r, const struct ae_yaml_node *group,
                                 struct ae_error *err)
{
    size_t first = r->document->n_axes;
    if (group->kind != AE_YAML_MAP || group->n == 0)
        return ae_reading_fail_kind(r, group, "zip",
                                    "groups such as {init: [0.01, 0.1], time: [1e5, 1e4]}", err);
    enum ae_status rc = AE_OK;
    for (size_t i = 0; i < group->n && rc == AE_OK; i++) {
        enum ae_param_id id = AE_N_PARAMS;
        rc = take_param(r, group->entries[i].key, "zip", &id, err);
        if (rc == AE_OK)
            rc = read_axis(r, group->entries[i].value, id, AE_AXIS_ZIP, err);
    }
    for (size_t k = first + 1; k < r->document->n_axes; k++)
        r->document->axes[k].is_joined = true;
    return rc == AE_OK ? check_group(r, group, first, err) : rc;
}

enum ae_status ae_document_zip(struct ae_reading *r, const struct ae_yaml_node *node,
                               struct ae_error *err)
{
    if (ae_yaml_is_null(node))
        return AE_OK;
    if (node->kind != AE_YAML_LIST)
        return ae_reading_fail_kind(
            r, node, "zip", "a list of groups, such as - {init: [0.01, 0.1], time: [1e5, 1e4]}",
            err);
    enum ae_status rc = AE_OK;
    for (size_t i = 0; i < node->n && rc == AE_OK; i++)
        rc = read_group(r, node->items[i], err);
    return rc;
}

/* ---- samples ---- */

static enum ae_status read_over(struct ae_reading *r, const struct ae_yaml_node *over, size_t n,
                                struct ae_error *err)
{
    struct ae_document *document = r->document;
    struct ae_range ranges[AE_N_PARAMS];
    size_t first = document->n_axes, n_members = 0;
    if (over->kind != AE_YAML_MAP || over->n == 0)
        return ae_reading_fail_kind(
            r, over, "over", "a mapping such as {lr: {from: 0.01, to: 10, scale: log}}", err);
    if (over->n > AE_SWEEP_MAX_VALUES / n)
        return ae_yaml_fail(r->yaml, over, err, "sample: more than %d values",
                            (int)AE_SWEEP_MAX_VALUES);
    enum ae_status rc = AE_OK;
    for (size_t i = 0; i < over->n && rc == AE_OK; i++) {
        enum ae_param_id id = AE_N_PARAMS;
        rc = take_param(r, over->entries[i].key, "sample", &id, err);
        if (rc != AE_OK)
            return rc;
        const struct ae_setting *setting = find_setting(r, id);
        struct ae_place at = {r->yaml, over->entries[i].value};
        if (setting && ae_yaml_root(setting->yaml)->kind != AE_YAML_MAP)
            continue;
        if (setting)
            at = (struct ae_place){setting->yaml, ae_yaml_root(setting->yaml)};
        char shown[AE_YAML_SHOW_SIZE];
        if (at.node->kind != AE_YAML_MAP)
            return ae_yaml_fail(at.yaml, at.node, err,
                                "%s: %s; allowed: {from, to, scale}, between which points are laid",
                                ae_param_table[id].name, ae_yaml_show(at.node, shown));
        r->is_placed[id] = setting != NULL;
        const bool is_joined = document->n_axes > first;
        document->axes[document->n_axes++] =
            (struct ae_axis){.id = id, .kind = AE_AXIS_SAMPLE, .is_joined = is_joined};
        rc = ae_range_read_ends(at.yaml, at.node, id, &ranges[n_members++], err);
    }
    return rc == AE_OK && n_members > 0
               ? ae_sample_fill(&document->axes[first], ranges, n_members, n, err)
               : rc;
}

enum ae_status ae_document_sample(struct ae_reading *r, const struct ae_yaml_node *node,
                                  struct ae_error *err)
{
    static const char *const keys[] = {"sobol", "over", NULL};
    if (ae_yaml_is_null(node))
        return AE_OK;
    const struct ae_yaml_node *count = NULL, *over = NULL;
    for (size_t i = 0; node->kind == AE_YAML_MAP && i < node->n; i++) {
        const struct ae_yaml_entry *entry = &node->entries[i];
        if (strcmp(entry->key->text, "sobol") == 0)
            count = entry->value;
        else if (strcmp(entry->key->text, "over") == 0)
            over = entry->value;
        else
            return ae_value_fail_key(r->yaml, entry->key, "key of sample,", keys, err);
    }
    if (!count || !over)
        return ae_reading_fail_kind(
            r, node, "sample",
            "{sobol: 256, over: {lr: {from: 0.01, to: 10, scale: log}}}, both of them", err);
    double n = 0.0;
    enum ae_status rc = ae_value_read_plain(r->yaml, count, "sobol", &n, err);
    if (rc != AE_OK)
        return rc;
    if (!(n >= 1.0 && n <= AE_SAMPLE_MAX_POINTS && n == (double)(size_t)n))
        return ae_reading_fail_kind(r, count, "sobol", "an integer from 1 to 1000000", err);
    return read_over(r, over, (size_t)n, err);
}

/* ---- exclusions ---- */

enum ae_status ae_document_exclude(struct ae_reading *r, const struct ae_yaml_node *node,
                                   struct ae_error *err)
{
    struct ae_sweep *sweep = r->sweep;
    if (ae_yaml_is_null(node))
        return AE_OK;
    if (node->kind != AE_YAML_LIST)
        return ae_reading_fail_kind(r, node, "exclude",
                                    "a list of items, such as - {engine: sgd, D: inf}", err);
    size_t n = sweep->n_exclusions + node->n;
    struct ae_exclusion *exclusions = ae_realloc(sweep->exclusions, n + 1, sizeof *exclusions);
    if (!exclusions)
        return ae_fail_memory(err, n * sizeof *exclusions);
    sweep->exclusions = exclusions;
    size_t *n_dropped = ae_realloc(sweep->n_dropped, n + 1, sizeof *n_dropped);
    if (!n_dropped)
        return ae_fail_memory(err, n * sizeof *n_dropped);
    sweep->n_dropped = n_dropped;
    enum ae_status rc = AE_OK;
    for (size_t i = 0; i < node->n && rc == AE_OK; i++) {
        n_dropped[sweep->n_exclusions] = 0;
        r->document->n_exclusions++;
        rc = ae_exclusion_read(r->yaml, node->items[i], &sweep->pool,
                               &exclusions[sweep->n_exclusions++], err);
    }
    return rc;
}

/* ---- the end of a document ---- */

static enum ae_status place_settings(struct ae_reading *r, struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    for (size_t i = 0; i < r->n_settings && rc == AE_OK; i++) {
        const struct ae_setting *setting = &r->settings[i];
        enum ae_param_id id = setting->id;
        if (id == AE_N_PARAMS || r->is_placed[id] || find_setting(r, id) != setting)
            continue;
        struct ae_place at = {setting->yaml, ae_yaml_root(setting->yaml)};
        rc = is_axis(setting) ? read_axis(r, at.node, id, AE_AXIS_GRID, err)
                              : set_value(r, at, id, err);
    }
    return rc;
}

/* Grid before zip before sample, each in the order of the file. */
static enum ae_status order_axes(struct ae_reading *r, struct ae_error *err)
{
    struct ae_document *document = r->document;
    struct ae_axis axes[AE_N_PARAMS];
    size_t n = 0, n_values = 0;
    for (int kind = AE_AXIS_GRID; kind <= AE_AXIS_SAMPLE; kind++)
        for (size_t k = 0; k < document->n_axes; k++)
            if ((int)document->axes[k].kind == kind)
                axes[n++] = document->axes[k];
    memcpy(document->axes, axes, n * sizeof *axes);
    for (const struct ae_document *d = r->sweep->documents; d <= document; d++)
        for (size_t k = 0; k < d->n_axes; k++)
            n_values += d->axes[k].n;
    if (n_values <= AE_SWEEP_MAX_VALUES)
        return AE_OK;
    return ae_yaml_fail(r->yaml, r->root, err, "more than %d values on all axes",
                        (int)AE_SWEEP_MAX_VALUES);
}

static bool is_on_axis(const struct ae_document *document, enum ae_param_id id)
{
    for (size_t k = 0; k < document->n_axes; k++)
        if (document->axes[k].id == id)
            return true;
    return false;
}

/* Some computed value needs itself; follows what each needs until one comes again. */
static enum ae_status fail_cycle(const struct ae_reading *r, const bool *is_open,
                                 struct ae_error *err)
{
    struct ae_buffer path = {0};
    bool is_met[AE_N_PARAMS] = {false};
    int id = 0;
    while (!is_open[id])
        id++;
    for (int i = 0; !is_met[id]; id = i) {
        is_met[id] = true;
        for (i = 0;
             !is_open[i] || !ae_formula_uses(r->document->formulas[id], (enum ae_param_id)i);)
            i++;
    }
    int first = id; /* on the cycle, which the way there need not be */
    do {
        int i = 0;
        ae_buffer_printf(&path, "%s -> ", ae_param_table[id].name);
        while (!is_open[i] || !ae_formula_uses(r->document->formulas[id], (enum ae_param_id)i))
            i++;
        id = i;
    } while (id != first);
    struct ae_place at = r->formula_at[first];
    (void)ae_yaml_fail(at.yaml ? at.yaml : r->yaml, at.yaml ? at.node : r->root, err,
                       "%s depends on itself: %.300s%s", ae_param_table[first].name,
                       path.data ? path.data : "", ae_param_table[first].name);
    ae_buffer_clear(&path);
    return AE_EARG;
}

/* Each computed value after those it uses. */
static enum ae_status order_computed(struct ae_reading *r, struct ae_error *err)
{
    struct ae_document *document = r->document;
    bool is_open[AE_N_PARAMS];
    size_t n_open = 0;
    for (int i = 0; i < AE_N_PARAMS; i++) {
        is_open[i] = document->formulas[i] && !is_on_axis(document, (enum ae_param_id)i);
        n_open += is_open[i];
    }
    for (bool is_moving = true; is_moving && n_open > 0;) {
        is_moving = false;
        for (int i = 0; i < AE_N_PARAMS; i++) {
            bool is_ready = is_open[i];
            for (int k = 0; is_ready && k < AE_N_PARAMS; k++)
                is_ready =
                    !(is_open[k] && ae_formula_uses(document->formulas[i], (enum ae_param_id)k));
            if (!is_ready)
                continue;
            document->computed[document->n_computed++] = (enum ae_param_id)i;
            is_open[i] = false;
            is_moving = true;
            n_open--;
        }
    }
    return n_open == 0 ? AE_OK : fail_cycle(r, is_open, err);
}

enum ae_status ae_document_finish(struct ae_reading *r, struct ae_error *err)
{
    enum ae_status rc = place_settings(r, err);
    if (rc == AE_OK)
        rc = order_axes(r, err);
    return rc == AE_OK ? order_computed(r, err) : rc;
}
