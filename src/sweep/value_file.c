/* Values that stand in files of their own: eigenvalues, weights to start from. */
#include "value_internal.h"

#include <stdio.h>
#include <string.h>

#include "aesweep/eigenvalues.h"
#include "aesweep/hash.h"

/* ---- paths ---- */

/* The path of a file that the document names, as seen from where the program runs. */
static enum ae_status make_path(const struct ae_yaml *doc, const char *name, struct ae_buffer *path,
                                struct ae_error *err)
{
    const char *own = ae_yaml_name(doc), *slash = strrchr(own, '/');
    if (name[0] != '/' && slash)
        ae_buffer_append(path, own, (size_t)(slash - own) + 1);
    ae_buffer_text(path, name);
    return ae_buffer_status(path, err);
}

/* A file that cannot be read is a mistake where its name stands; what is wrong in it has a place of
 * its own. */
static enum ae_status place_missing(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                    const char *path, enum ae_status rc, struct ae_error *err)
{
    size_t n = strlen(path);
    bool is_inside = err && strncmp(err->message, path, n) == 0 && err->message[n] == ':' &&
                     err->message[n + 1] >= '0' && err->message[n + 1] <= '9';
    return rc == AE_EARG && !is_inside ? ae_yaml_place(doc, node, err) : rc;
}

static enum ae_status note_eigenvalues(const struct ae_value *value, struct ae_pool *pool,
                                       struct ae_error *err)
{
    struct ae_source source = {value->file, ae_eigenvalues_hash(value->list), value->list};
    return ae_pool_note_source(pool, source, err);
}

/* ---- eigenvalues ---- */

enum ae_status ae_value_open_spectrum(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                      struct ae_pool *pool, struct ae_value *out,
                                      struct ae_error *err)
{
    struct ae_buffer path = {0};
    struct ae_value value = *out;
    enum ae_status rc = make_path(doc, value.file, &path, err);
    if (rc == AE_OK)
        rc = place_missing(doc, node, path.data,
                           ae_eigenvalues_read(path.data, pool, &value.list, err), err);
    if (rc == AE_OK)
        rc = ae_pool_keep_text(pool, value.file, &value.file, err);
    if (rc == AE_OK)
        rc = note_eigenvalues(&value, pool, err);
    if (rc == AE_OK)
        *out = value;
    ae_buffer_clear(&path);
    return rc;
}

static enum ae_status read_eigenvalues(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                       struct ae_pool *pool, struct ae_value *out,
                                       struct ae_error *err)
{
    char shown[AE_YAML_SHOW_SIZE];
    if (node->kind != AE_YAML_LIST || node->n == 0 || node->n > AE_EIGENVALUES_MAX)
        return ae_yaml_fail(doc, node, err,
                            "data: eigenvalues: %s; allowed: a list of 1 to %d numbers, one for "
                            "each direction",
                            node->n == 0 ? "an empty list" : ae_yaml_show(node, shown),
                            (int)AE_EIGENVALUES_MAX);
    double *x = NULL;
    enum ae_status rc = ae_value_take(doc, node, pool, node->n, &x, err);
    for (size_t i = 0; i < node->n && rc == AE_OK; i++)
        rc = ae_value_read_plain(doc, node->items[i], "data: eigenvalues", &x[i], err);
    out->list = (struct ae_reals){node->n, x};
    if (rc != AE_OK)
        return rc;
    rc = ae_value_check(AE_PARAM_data, *out, err);
    return rc == AE_OK ? AE_OK : ae_yaml_place(doc, node, err);
}

enum ae_status ae_value_read_spectrum(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                      struct ae_pool *pool, struct ae_value *out,
                                      struct ae_error *err)
{
    static const char *const keys[] = {"file", "eigenvalues", NULL};
    char shown[AE_YAML_SHOW_SIZE];
    struct ae_value value = {.x = AE_DATA_FILE};
    enum ae_status rc = AE_OK;
    for (size_t i = 0; i < node->n && rc == AE_OK; i++) {
        const struct ae_yaml_node *key = node->entries[i].key, *item = node->entries[i].value;
        if (strcmp(key->text, "eigenvalues") == 0)
            rc = read_eigenvalues(doc, item, pool, &value, err);
        else if (strcmp(key->text, "file") != 0)
            rc = ae_value_fail_key(doc, key, "key of data,", keys, err);
        else if (item->kind != AE_YAML_SCALAR)
            rc = ae_yaml_fail(doc, item, err, "data: file: %s; allowed: where eigenvalues are from",
                              ae_yaml_show(item, shown));
        else if (item->n > 0)
            rc = ae_pool_keep_text(pool, item->text, &value.file, err);
    }
    if (rc == AE_OK && value.list.n == 0)
        rc = ae_yaml_fail(doc, node, err,
                          "data: a mapping without eigenvalues; a file is given by its name alone");
    if (rc == AE_OK)
        rc = note_eigenvalues(&value, pool, err);
    if (rc == AE_OK)
        *out = value;
    return rc;
}

/* ---- weights to start from ---- */

bool ae_value_is_start_file(const struct ae_yaml_node *node, enum ae_param_id id)
{
    return id == AE_PARAM_start && node->kind == AE_YAML_SCALAR && strpbrk(node->text, "./");
}

/* The root of the file is the mapping. */
static enum ae_status read_start_root(const struct ae_yaml *doc, struct ae_pool *pool,
                                      struct ae_value *out, struct ae_error *err)
{
    char shown[AE_YAML_SHOW_SIZE];
    const struct ae_yaml_node *root = ae_yaml_root(doc);
    if (ae_yaml_n_documents(doc) > 1)
        return ae_yaml_fail(doc, ae_yaml_document(doc, 1), err,
                            "start: a second document; weights to start from are one");
    if (root->kind != AE_YAML_MAP)
        return ae_yaml_fail(doc, root, err,
                            "start: %s; allowed: the keys encoder (K x M), decoder (K x M), "
                            "bias (K)",
                            ae_yaml_show(root, shown));
    return ae_value_read_start(doc, root, pool, out, err);
}

enum ae_status ae_value_read_start_file(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                        struct ae_pool *pool, struct ae_value *out,
                                        struct ae_error *err)
{
    struct ae_buffer path = {0};
    struct ae_yaml *inner = NULL;
    struct ae_source source = {0};
    enum ae_status rc = make_path(doc, node->text, &path, err);
    if (rc == AE_OK)
        rc = place_missing(doc, node, path.data, ae_yaml_read_file(&inner, path.data, err), err);
    if (rc == AE_OK)
        rc = read_start_root(inner, pool, out, err);
    if (rc == AE_OK)
        rc = ae_pool_keep_text(pool, node->text, &source.name, err);
    source.hash = rc == AE_OK ? ae_hash(out->list.x, out->list.n * sizeof *out->list.x) : 0;
    if (rc == AE_OK)
        rc = ae_pool_note_source(pool, source, err);
    ae_yaml_free(inner);
    ae_buffer_clear(&path);
    return rc;
}
