/* Sweep files: what each top-level key means. Entries are read in the order of the file, so that
 * the mistake that is reported is the first one. */
#include "sweep_private.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct reading {
    struct ae_sweep *sweep;
    const struct ae_yaml *doc;
    /* where under set or grid each parameter was given; NULL if not so far */
    const struct ae_yaml_node *taken[AE_N_PARAMS];
};

/* ---- parameters; an empty section says nothing, whatever it should have held ---- */

static enum ae_status fail_kind(const struct reading *r, const struct ae_yaml_node *node,
                                const char *key, const char *allowed, struct ae_error *err)
{
    char shown[AE_YAML_SHOW_SIZE];
    return ae_yaml_fail(r->doc, node, err, "%s: %s; allowed: %s", key, ae_yaml_show(node, shown),
                        allowed);
}

/* The parameter that a key of set or grid names; it must not have been given before. */
static enum ae_status take_param(struct reading *r, const struct ae_yaml_node *key,
                                 enum ae_param_id *id, struct ae_error *err)
{
    *id = ae_param_find(key->text);
    if (*id == AE_N_PARAMS)
        return ae_value_fail_param(r->doc, key, err);
    if (r->taken[*id])
        return ae_yaml_fail(r->doc, key, err,
                            "%s is both under set and under grid; the other one is in line %u",
                            key->text, (unsigned)r->taken[*id]->line);
    r->taken[*id] = key;
    return AE_OK;
}

static enum ae_status read_set(struct reading *r, const struct ae_yaml_node *node,
                               struct ae_error *err)
{
    if (ae_yaml_is_null(node))
        return AE_OK;
    if (node->kind != AE_YAML_MAP)
        return fail_kind(r, node, "set", "a mapping of parameters to values, such as K: 2", err);
    enum ae_status rc = AE_OK;
    for (size_t i = 0; i < node->n && rc == AE_OK; i++) {
        const struct ae_yaml_entry *entry = &node->entries[i];
        enum ae_param_id id = AE_N_PARAMS;
        struct ae_value value = {0};
        rc = take_param(r, entry->key, &id, err);
        if (rc == AE_OK && ae_value_is_many(entry->value, id))
            return ae_yaml_fail(r->doc, entry->value, err,
                                "%s: several values; under set stands one, an axis goes under grid",
                                entry->key->text);
        if (rc == AE_OK)
            rc = ae_value_read(r->doc, entry->value, id, &r->sweep->pool, &value, err);
        if (rc == AE_OK)
            ae_param_set(&r->sweep->fixed, id, value);
    }
    return rc;
}

static enum ae_status read_grid(struct reading *r, const struct ae_yaml_node *node,
                                struct ae_error *err)
{
    if (ae_yaml_is_null(node))
        return AE_OK;
    if (node->kind != AE_YAML_MAP)
        return fail_kind(r, node, "grid", "a mapping of parameters to axes, such as K: [1, 2]",
                         err);
    enum ae_status rc = AE_OK;
    for (size_t i = 0; i < node->n && rc == AE_OK; i++) {
        const struct ae_yaml_entry *entry = &node->entries[i];
        enum ae_param_id id = AE_N_PARAMS;
        rc = take_param(r, entry->key, &id, err);
        if (rc == AE_OK) /* counted first: a half-read axis is freed with the sweep */
            rc = ae_axis_read(r->doc, entry->value, id, &r->sweep->pool,
                              &r->sweep->axes[r->sweep->n_axes++], err);
    }
    return rc;
}

static enum ae_status read_exclude(struct reading *r, const struct ae_yaml_node *node,
                                   struct ae_error *err)
{
    struct ae_sweep *sweep = r->sweep;
    if (ae_yaml_is_null(node))
        return AE_OK;
    if (node->kind != AE_YAML_LIST)
        return fail_kind(r, node, "exclude", "a list of items, such as - {engine: sgd, D: inf}",
                         err);
    sweep->exclusions = ae_calloc(node->n, 1, sizeof *sweep->exclusions);
    sweep->n_dropped = ae_calloc(node->n, 1, sizeof *sweep->n_dropped);
    if (!sweep->exclusions || !sweep->n_dropped)
        return ae_fail_memory(err, node->n * sizeof *sweep->exclusions);
    enum ae_status rc = AE_OK;
    for (size_t i = 0; i < node->n && rc == AE_OK; i++)
        rc = ae_exclusion_read(r->doc, node->items[i], &sweep->pool,
                               &sweep->exclusions[sweep->n_exclusions++], err);
    return rc;
}

/* ---- single values ---- */

static bool is_name_char(char c)
{
    return isalnum((unsigned char)c) || c == '.' || c == '_' || c == '-';
}

/* Becomes the name of a folder, so it begins with a letter, a digit or _. */
static enum ae_status read_name(struct reading *r, const struct ae_yaml_node *node,
                                struct ae_error *err)
{
    enum { MAX_LENGTH = 100 };
    const char *allowed = "up to 100 letters, digits, . _ and -, the first no . or -";
    bool is_good = node->kind == AE_YAML_SCALAR && node->n > 0 && node->n <= MAX_LENGTH &&
                   node->text[0] != '.' && node->text[0] != '-';
    for (size_t i = 0; is_good && i < node->n; i++)
        is_good = is_name_char(node->text[i]);
    if (!is_good)
        return fail_kind(r, node, "name", allowed, err);
    r->sweep->name = ae_text_copy(node->text, node->n);
    return r->sweep->name ? AE_OK : ae_fail_memory(err, node->n);
}

static enum ae_status read_replicates(struct reading *r, const struct ae_yaml_node *node,
                                      struct ae_error *err)
{
    double x = 0.0;
    enum ae_status rc = ae_value_read_plain(r->doc, node, "replicates", &x, err);
    if (rc != AE_OK)
        return rc;
    if (!(x >= 1.0 && x <= AE_SWEEP_MAX_REPLICATES && x == floor(x)))
        return fail_kind(r, node, "replicates", "an integer from 1 to 1000000", err);
    r->sweep->n_replicates = (size_t)x;
    return AE_OK;
}

/* Digits are read as an integer, since a double holds no 63 bits; `1e6` is fine where exact. */
static enum ae_status read_seed(struct reading *r, const struct ae_yaml_node *node,
                                struct ae_error *err)
{
    const char *allowed = "an integer from 0 to 9223372036854775807";
    double x = 0.0;
    enum ae_status rc = ae_value_read_plain(r->doc, node, "seed", &x, err);
    if (rc != AE_OK)
        return rc;
    if (strspn(node->text, "0123456789") == node->n) {
        errno = 0;
        unsigned long long seed = strtoull(node->text, NULL, 10);
        if (errno != 0 || seed > INT64_MAX)
            return fail_kind(r, node, "seed", allowed, err);
        r->sweep->fixed.seed = seed;
        return AE_OK;
    }
    if (!(x >= 0.0 && x <= 9007199254740992.0 && x == floor(x))) /* 2^53 */
        return fail_kind(r, node, "seed", allowed, err);
    r->sweep->fixed.seed = (uint64_t)x;
    return AE_OK;
}

/* ---- table ---- */

const char *const ae_table_values[] = {"phase",         "pmse",     "pca",       "excess",
                                       "learned",       "found",    "alignment", "converged",
                                       "escape_1",      "steps",    "t_end",     "encoder_scale",
                                       "decoder_scale", "bias_rms", NULL};
const char *const ae_table_reduces[] = {"median", "mean",  "min", "max",
                                        "std",    "count", "iqr", NULL};

static bool is_one_of(const char *text, const char *const *names)
{
    while (*names && strcmp(text, *names) != 0)
        names++;
    return *names != NULL;
}

/* escape_1, escape_2, ...: one for every spike. */
static bool is_escape(const char *text)
{
    const char *digits = text + strlen("escape_");
    return strncmp(text, "escape_", strlen("escape_")) == 0 && digits[0] >= '1' &&
           digits[0] <= '9' && strspn(digits, "0123456789") == strlen(digits) &&
           strlen(digits) <= 6;
}

static enum ae_status read_table_param(struct reading *r, const struct ae_yaml_entry *entry,
                                       enum ae_param_id *id, struct ae_error *err)
{
    if (entry->value->kind != AE_YAML_SCALAR)
        return fail_kind(r, entry->value, entry->key->text, "the name of a parameter", err);
    *id = ae_param_find(entry->value->text);
    return *id < AE_N_PARAMS ? AE_OK : ae_value_fail_param(r->doc, entry->value, err);
}

static enum ae_status read_table_word(struct reading *r, const struct ae_yaml_entry *entry,
                                      const char *const *names, char **word, struct ae_error *err)
{
    const struct ae_yaml_node *node = entry->value;
    if (node->kind != AE_YAML_SCALAR)
        return fail_kind(r, node, entry->key->text, "a word", err);
    bool is_known =
        is_one_of(node->text, names) || (names == ae_table_values && is_escape(node->text));
    if (!is_known)
        return ae_value_fail_key(r->doc, node, entry->key->text, names, err);
    free(*word);
    *word = ae_text_copy(node->text, node->n);
    return *word ? AE_OK : ae_fail_memory(err, node->n);
}

static enum ae_status read_table(struct reading *r, const struct ae_yaml_node *node,
                                 struct ae_error *err)
{
    static const char *const keys[] = {"rows", "cols", "value", "reduce", NULL};
    struct ae_sweep *sweep = r->sweep;
    if (ae_yaml_is_null(node))
        return AE_OK;
    if (node->kind != AE_YAML_MAP)
        return fail_kind(r, node, "table", "a mapping such as {rows: K, cols: lr, value: excess}",
                         err);
    enum ae_status rc = AE_OK;
    for (size_t i = 0; i < node->n && rc == AE_OK; i++) {
        const struct ae_yaml_entry *entry = &node->entries[i];
        const char *key = entry->key->text;
        if (strcmp(key, "rows") == 0)
            rc = read_table_param(r, entry, &sweep->rows, err);
        else if (strcmp(key, "cols") == 0)
            rc = read_table_param(r, entry, &sweep->cols, err);
        else if (strcmp(key, "value") == 0)
            rc = read_table_word(r, entry, ae_table_values, &sweep->value, err);
        else if (strcmp(key, "reduce") == 0)
            rc = read_table_word(r, entry, ae_table_reduces, &sweep->reduce, err);
        else
            rc = ae_value_fail_key(r->doc, entry->key, "key of table,", keys, err);
        if (rc == AE_OK && sweep->rows < AE_N_PARAMS && sweep->rows == sweep->cols)
            rc = ae_yaml_fail(r->doc, entry->value, err, "table: rows and cols are both %s",
                              ae_param_table[sweep->rows].name);
    }
    return rc;
}

/* ---- the file ---- */

static const struct {
    const char *name;
    enum ae_status (*read)(struct reading *r, const struct ae_yaml_node *node,
                           struct ae_error *err);
} sections[] = {
    {"name", read_name},       {"set", read_set},   {"grid", read_grid},
    {"exclude", read_exclude}, {"seed", read_seed}, {"replicates", read_replicates},
    {"table", read_table},
};
enum { N_SECTIONS = sizeof sections / sizeof *sections };

static enum ae_status fail_section(const struct reading *r, const struct ae_yaml_node *key,
                                   struct ae_error *err)
{
    const char *names[N_SECTIONS + 1] = {NULL};
    for (size_t i = 0; i < N_SECTIONS; i++)
        names[i] = sections[i].name;
    if (ae_param_find(key->text) < AE_N_PARAMS)
        return ae_yaml_fail(r->doc, key, err,
                            "%s is a parameter; parameters stand under set or under grid",
                            key->text);
    return ae_value_fail_key(r->doc, key, "key", names, err);
}

static enum ae_status read_root(struct reading *r, struct ae_error *err)
{
    const struct ae_yaml_node *root = ae_yaml_root(r->doc);
    if (root->kind != AE_YAML_MAP)
        return fail_kind(r, root, "sweep", "a mapping with keys such as set and grid", err);
    enum ae_status rc = AE_OK;
    for (size_t i = 0; i < root->n && rc == AE_OK; i++) {
        size_t k = 0;
        while (k < N_SECTIONS && strcmp(sections[k].name, root->entries[i].key->text) != 0)
            k++;
        if (k == N_SECTIONS)
            return fail_section(r, root->entries[i].key, err);
        rc = sections[k].read(r, root->entries[i].value, err);
    }
    return rc;
}

/* `sweeps/my sweep.yaml` is called my_sweep. */
static char *default_name(const char *path)
{
    const char *base = strrchr(path, '/');
    base = base ? base + 1 : path;
    const char *dot = strrchr(base, '.');
    size_t n = dot && dot > base ? (size_t)(dot - base) : strlen(base);
    char *name = n > 0 ? ae_text_copy(base, n) : ae_text_copy("sweep", strlen("sweep"));
    for (size_t i = 0; name && i < n; i++)
        if (!is_name_char(name[i]) || (i == 0 && (name[i] == '.' || name[i] == '-')))
            name[i] = '_';
    return name;
}

static enum ae_status fill_gaps(struct ae_sweep *sweep, const char *path, struct ae_error *err)
{
    if (!sweep->name)
        sweep->name = default_name(path);
    if (!sweep->value)
        sweep->value = ae_text_copy("", 0);
    if (!sweep->reduce)
        sweep->reduce = ae_text_copy("", 0);
    return sweep->name && sweep->value && sweep->reduce ? AE_OK : ae_fail_memory(err, strlen(path));
}

/* `path` gives the default name. */
static enum ae_status sweep_new(struct ae_sweep **sweep, const struct ae_yaml *doc,
                                const char *path, struct ae_error *err)
{
    struct ae_sweep *fresh = ae_calloc(1, 1, sizeof *fresh);
    if (!fresh)
        return ae_fail_memory(err, sizeof *fresh);
    struct reading reading = {.sweep = fresh, .doc = doc};
    fresh->n_replicates = 1;
    fresh->rows = AE_N_PARAMS;
    fresh->cols = AE_N_PARAMS;
    ae_params_init(&fresh->fixed);
    enum ae_status rc = read_root(&reading, err);
    if (rc == AE_OK)
        rc = fill_gaps(fresh, path, err);
    if (rc == AE_OK)
        rc = ae_sweep_lay_out(fresh, doc, err);
    if (rc == AE_OK)
        *sweep = fresh;
    else
        ae_sweep_free(fresh);
    return rc;
}

enum ae_status ae_sweep_read_file(struct ae_sweep **sweep, const char *path, struct ae_error *err)
{
    struct ae_yaml *doc = NULL;
    *sweep = NULL;
    enum ae_status rc = ae_yaml_read_file(&doc, path, err);
    if (rc == AE_OK)
        rc = sweep_new(sweep, doc, path, err);
    ae_yaml_free(doc);
    return rc;
}

enum ae_status ae_sweep_read_text(struct ae_sweep **sweep, const char *text, size_t size,
                                  const char *name, struct ae_error *err)
{
    struct ae_yaml *doc = NULL;
    *sweep = NULL;
    enum ae_status rc = ae_yaml_read_text(&doc, text, size, name, err);
    if (rc == AE_OK)
        rc = sweep_new(sweep, doc, "sweep", err);
    ae_yaml_free(doc);
    return rc;
}

enum ae_status ae_sweep_read_point(struct ae_sweep **sweep, const char *params, uint64_t seed,
                                   struct ae_error *err)
{
    struct ae_buffer text = {0};
    *sweep = NULL;
    ae_buffer_printf(&text, "name: one\nset: %s\nseed: %" PRIu64 "\n", params, seed);
    enum ae_status rc = ae_buffer_status(&text, err);
    if (rc == AE_OK)
        rc = ae_sweep_read_text(sweep, text.data, text.size, "point", err);
    ae_buffer_clear(&text);
    return rc;
}
