/* Sweep files: what each top-level key means. Entries are read in the order of the file, so that
 * the mistake that is reported is the first one. */
#include "sweep_private.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- single values ---- */

static bool is_name_char(char c)
{
    return isalnum((unsigned char)c) || c == '.' || c == '_' || c == '-';
}

/* Becomes the name of a folder, so it begins with a letter, a digit or _. */
static enum ae_status read_name(struct ae_reading *r, const struct ae_yaml_node *node,
                                struct ae_error *err)
{
    enum { MAX_LENGTH = 100 };
    const char *allowed = "up to 100 letters, digits, . _ and -, the first no . or -";
    bool is_good = node->kind == AE_YAML_SCALAR && node->n > 0 && node->n <= MAX_LENGTH &&
                   node->text[0] != '.' && node->text[0] != '-';
    for (size_t i = 0; is_good && i < node->n; i++)
        is_good = is_name_char(node->text[i]);
    if (!is_good)
        return ae_reading_fail_kind(r, node, "name", allowed, err);
    r->sweep->name = ae_text_copy(node->text, node->n);
    return r->sweep->name ? AE_OK : ae_fail_memory(err, node->n);
}

static enum ae_status read_replicates(struct ae_reading *r, const struct ae_yaml_node *node,
                                      struct ae_error *err)
{
    double x = 0.0;
    enum ae_status rc = ae_value_read_plain(r->yaml, node, "replicates", &x, err);
    if (rc != AE_OK)
        return rc;
    if (!(x >= 1.0 && x <= AE_SWEEP_MAX_REPLICATES && x == floor(x)))
        return ae_reading_fail_kind(r, node, "replicates", "an integer from 1 to 1000000", err);
    r->sweep->n_replicates = (size_t)x;
    return AE_OK;
}

/* Digits are read as an integer, since a double holds no 63 bits; `1e6` is fine where exact. */
static enum ae_status read_seed(struct ae_reading *r, const struct ae_yaml_node *node,
                                struct ae_error *err)
{
    const char *allowed = "an integer from 0 to 9223372036854775807";
    double x = 0.0;
    enum ae_status rc = ae_value_read_plain(r->yaml, node, "seed", &x, err);
    if (rc != AE_OK)
        return rc;
    if (strspn(node->text, "0123456789") == node->n) {
        errno = 0;
        unsigned long long seed = strtoull(node->text, NULL, 10);
        if (errno != 0 || seed > INT64_MAX)
            return ae_reading_fail_kind(r, node, "seed", allowed, err);
        r->document->fixed.seed = seed;
        return AE_OK;
    }
    if (!(x >= 0.0 && x <= 9007199254740992.0 && x == floor(x))) /* 2^53 */
        return ae_reading_fail_kind(r, node, "seed", allowed, err);
    r->document->fixed.seed = (uint64_t)x;
    return AE_OK;
}

/* ---- table ---- */

const char *const ae_table_values[] = {
    "phase",         "pmse",      "pca",      "excess",     "learned", "found",
    "alignment",     "converged", "escape_1", "steps",      "t_end",   "encoder_scale",
    "decoder_scale", "bias_rms",  "z_score",  "pmse_train", NULL};
const char *const ae_table_reduces[] = {"median", "mean", "min",       "max", "std",
                                        "count",  "iqr",  "fractions", NULL};

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

static enum ae_status read_table_param(struct ae_reading *r, const struct ae_yaml_entry *entry,
                                       enum ae_param_id *id, struct ae_error *err)
{
    if (entry->value->kind != AE_YAML_SCALAR)
        return ae_reading_fail_kind(r, entry->value, entry->key->text, "the name of a parameter",
                                    err);
    *id = ae_param_find(entry->value->text);
    return *id < AE_N_PARAMS ? AE_OK : ae_value_fail_param(r->yaml, entry->value, err);
}

static enum ae_status read_table_word(struct ae_reading *r, const struct ae_yaml_entry *entry,
                                      const char *const *names, char **word, struct ae_error *err)
{
    const struct ae_yaml_node *node = entry->value;
    if (node->kind != AE_YAML_SCALAR)
        return ae_reading_fail_kind(r, node, entry->key->text, "a word", err);
    bool is_known =
        is_one_of(node->text, names) || (names == ae_table_values && is_escape(node->text));
    if (!is_known)
        return ae_value_fail_key(r->yaml, node, entry->key->text, names, err);
    free(*word);
    *word = ae_text_copy(node->text, node->n);
    return *word ? AE_OK : ae_fail_memory(err, node->n);
}

static enum ae_status read_table(struct ae_reading *r, const struct ae_yaml_node *node,
                                 struct ae_error *err)
{
    static const char *const keys[] = {"rows", "cols", "value", "reduce", NULL};
    struct ae_sweep *sweep = r->sweep;
    if (ae_yaml_is_null(node))
        return AE_OK;
    if (node->kind != AE_YAML_MAP)
        return ae_reading_fail_kind(r, node, "table",
                                    "a mapping such as {rows: K, cols: lr, value: excess}", err);
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
            rc = ae_value_fail_key(r->yaml, entry->key, "key of table,", keys, err);
        if (rc == AE_OK && sweep->rows < AE_N_PARAMS && sweep->rows == sweep->cols)
            rc = ae_yaml_fail(r->yaml, entry->value, err, "table: rows and cols are both %s",
                              ae_param_table[sweep->rows].name);
    }
    return rc;
}

/* ---- the file ---- */

static const struct {
    const char *name;
    enum ae_status (*read)(struct ae_reading *r, const struct ae_yaml_node *node,
                           struct ae_error *err);
    bool is_shared; /* by all documents: stands in the first one */
} sections[] = {
    {"name", read_name, true},
    {"set", ae_document_set, false},
    {"grid", ae_document_grid, false},
    {"zip", ae_document_zip, false},
    {"sample", ae_document_sample, false},
    {"exclude", ae_document_exclude, false},
    {"seed", read_seed, true},
    {"replicates", read_replicates, true},
    {"table", read_table, true},
    {"refine", ae_refine_read, true},
};
enum { N_SECTIONS = sizeof sections / sizeof *sections };

static enum ae_status fail_section(const struct ae_reading *r, const struct ae_yaml_node *key,
                                   struct ae_error *err)
{
    const char *names[N_SECTIONS + 1] = {NULL};
    for (size_t i = 0; i < N_SECTIONS; i++)
        names[i] = sections[i].name;
    if (ae_param_find(key->text) < AE_N_PARAMS)
        return ae_yaml_fail(r->yaml, key, err,
                            "%s is a parameter; parameters stand under set or under grid",
                            key->text);
    return ae_value_fail_key(r->yaml, key, "key", names, err);
}

static enum ae_status read_document(struct ae_reading *r, struct ae_error *err)
{
    const struct ae_yaml_node *root = r->root;
    const bool is_first = r->document == r->sweep->documents;
    if (root->kind != AE_YAML_MAP)
        return ae_reading_fail_kind(r, root, "sweep", "a mapping with keys such as set and grid",
                                    err);
    enum ae_status rc = AE_OK;
    for (size_t i = 0; i < root->n && rc == AE_OK; i++) {
        const struct ae_yaml_node *key = root->entries[i].key;
        size_t k = 0;
        while (k < N_SECTIONS && strcmp(sections[k].name, key->text) != 0)
            k++;
        if (k == N_SECTIONS)
            return fail_section(r, key, err);
        if (sections[k].is_shared && !is_first)
            return ae_yaml_fail(r->yaml, key, err,
                                "%s is shared by all documents; it stands in the first one",
                                key->text);
        rc = sections[k].read(r, root->entries[i].value, err);
    }
    return rc;
}

/* Settings of what all documents share. */
static enum ae_status apply_shared(const struct ae_reading *r, struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    for (size_t i = 0; i < r->n_settings && rc == AE_OK; i++) {
        const struct ae_setting *setting = &r->settings[i];
        struct ae_reading own = *r;
        own.yaml = setting->yaml;
        if (setting->id == AE_N_PARAMS)
            rc = (strcmp(setting->name, "seed") == 0 ? read_seed : read_replicates)(
                &own, ae_yaml_root(setting->yaml), err);
    }
    return rc;
}

/* Reads the documents one after the other; each begins with what was set so far. */
static enum ae_status read_documents(struct ae_reading *start, struct ae_error *err)
{
    struct ae_sweep *sweep = start->sweep;
    size_t n = ae_yaml_n_documents(start->yaml);
    sweep->documents = ae_calloc(n, 1, sizeof *sweep->documents);
    if (!sweep->documents)
        return ae_fail_memory(err, n * sizeof *sweep->documents);
    enum ae_status rc = AE_OK;
    for (size_t i = 0; i < n && rc == AE_OK; i++) {
        start->root = ae_yaml_document(start->yaml, i);
        if (i > 0 && ae_yaml_is_null(start->root)) /* a last line of --- */
            continue;
        struct ae_document *document = &sweep->documents[sweep->n_documents++];
        document->first_exclusion = sweep->n_exclusions;
        ae_params_init(&document->fixed);
        if (document > sweep->documents) {
            document->fixed = document[-1].fixed;
            memcpy(document->formulas, document[-1].formulas, sizeof document->formulas);
        }
        struct ae_reading r = *start; /* formula_at goes on from document to document */
        r.document = document;
        rc = read_document(&r, err);
        if (rc == AE_OK && i == 0)
            rc = apply_shared(&r, err);
        if (rc == AE_OK)
            rc = ae_document_finish(&r, err);
        if (rc == AE_OK)
            rc = ae_document_lay_out(&r, err);
        memcpy(start->formula_at, r.formula_at, sizeof r.formula_at);
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
static enum ae_status sweep_new(struct ae_sweep **sweep, const struct ae_yaml *yaml,
                                const char *path, size_t n_settings,
                                const struct ae_setting *settings, struct ae_error *err)
{
    struct ae_sweep *fresh = ae_calloc(1, 1, sizeof *fresh);
    if (!fresh)
        return ae_fail_memory(err, sizeof *fresh);
    struct ae_reading reading = {
        .sweep = fresh, .yaml = yaml, .n_settings = n_settings, .settings = settings};
    fresh->n_replicates = 1;
    fresh->rows = AE_N_PARAMS;
    fresh->cols = AE_N_PARAMS;
    enum ae_status rc = read_documents(&reading, err);
    if (rc == AE_OK)
        rc = ae_refine_check(&reading, err);
    if (rc == AE_OK)
        rc = fill_gaps(fresh, path, err);
    if (rc == AE_OK)
        rc = ae_sweep_drop_repeats(fresh, err);
    if (rc == AE_OK && fresh->n_points == fresh->grid_size) {
        free(fresh->left); /* the identity */
        fresh->left = NULL;
    }
    if (rc == AE_OK)
        *sweep = fresh;
    else
        ae_sweep_free(fresh);
    return rc;
}

/* ---- settings ---- */

static void setting_clear(struct ae_setting *setting)
{
    free(setting->name);
    ae_yaml_free(setting->yaml);
}

static enum ae_status fail_setting(const char *name, struct ae_error *err)
{
    static const char *const others[] = {"seed", "replicates", NULL};
    const char *near = ae_nearest(name, others);
    if (!near)
        near = ae_param_nearest(name);
    return ae_fail(err, AE_EARG, "--set: unknown parameter '%.60s'%s%s%s", name,
                   near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static enum ae_status setting_read(struct ae_setting *setting, const char *text,
                                   struct ae_error *err)
{
    const char *equals = strchr(text, '=');
    if (!equals || equals == text || equals[1] == '\0')
        return ae_fail(err, AE_EARG,
                       "--set: '%.60s'; allowed: name=VALUE, such as K=2 or "
                       "'lr=[0.1, 1]'",
                       text);
    setting->name = ae_text_copy(text, (size_t)(equals - text));
    if (!setting->name)
        return ae_fail_memory(err, strlen(text));
    setting->id = ae_param_find(setting->name);
    if (setting->id == AE_N_PARAMS && strcmp(setting->name, "seed") != 0 &&
        strcmp(setting->name, "replicates") != 0)
        return fail_setting(setting->name, err);
    struct ae_buffer place = {0};
    ae_buffer_printf(&place, "--set %s", setting->name);
    enum ae_status rc = ae_buffer_status(&place, err);
    if (rc == AE_OK)
        rc = ae_yaml_read_text(&setting->yaml, equals + 1, strlen(equals + 1), place.data, err);
    if (rc == AE_OK && ae_yaml_n_documents(setting->yaml) > 1)
        rc = ae_fail(err, AE_EARG, "%s: more than one YAML document", place.data);
    ae_buffer_clear(&place);
    return rc;
}

enum ae_status ae_sweep_read_set(struct ae_sweep **sweep, const char *path, size_t n_settings,
                                 const char *const *texts, struct ae_error *err)
{
    struct ae_yaml *yaml = NULL;
    *sweep = NULL;
    struct ae_setting *settings = ae_calloc(n_settings, 1, sizeof *settings);
    enum ae_status rc = settings ? AE_OK : ae_fail_memory(err, n_settings * sizeof *settings);
    for (size_t i = 0; i < n_settings && rc == AE_OK; i++)
        rc = setting_read(&settings[i], texts[i], err);
    if (rc == AE_OK)
        rc = ae_yaml_read_file(&yaml, path, err);
    if (rc == AE_OK)
        rc = sweep_new(sweep, yaml, path, n_settings, settings, err);
    ae_yaml_free(yaml);
    for (size_t i = 0; settings && i < n_settings; i++)
        setting_clear(&settings[i]);
    free(settings);
    return rc;
}

enum ae_status ae_sweep_read_file(struct ae_sweep **sweep, const char *path, struct ae_error *err)
{
    return ae_sweep_read_set(sweep, path, 0, NULL, err);
}

enum ae_status ae_sweep_read_text(struct ae_sweep **sweep, const char *text, size_t size,
                                  const char *name, struct ae_error *err)
{
    struct ae_yaml *yaml = NULL;
    *sweep = NULL;
    enum ae_status rc = ae_yaml_read_text(&yaml, text, size, name, err);
    if (rc == AE_OK)
        rc = sweep_new(sweep, yaml, "sweep", 0, NULL, err);
    ae_yaml_free(yaml);
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
