/* YAML documents: their memory, reading files, and messages that name a place. */
#include "aesweep/yaml.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/text_file.h"

#include "yaml_tree.h"

enum { BLOCK_SIZE = 64 * 1024 };

struct ae_yaml_block {
    struct ae_yaml_block *next;
    size_t used, capacity;
    alignas(max_align_t) char data[];
};

/* ---- memory ---- */

void *ae_yaml_take(struct ae_yaml *doc, size_t size)
{
    size = (size + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
    if (!doc->blocks || doc->blocks->capacity - doc->blocks->used < size) {
        size_t capacity = size > BLOCK_SIZE ? size : BLOCK_SIZE;
        struct ae_yaml_block *block = ae_calloc(1, 1, sizeof *block + capacity);
        if (!block)
            return NULL;
        block->capacity = capacity;
        block->next = doc->blocks;
        doc->blocks = block;
    }
    void *memory = doc->blocks->data + doc->blocks->used;
    doc->blocks->used += size;
    return memory;
}

void ae_yaml_free(struct ae_yaml *doc)
{
    if (!doc)
        return;
    for (struct ae_yaml_block *block = doc->blocks; block;) {
        struct ae_yaml_block *next = block->next;
        free(block);
        block = next;
    }
    free(doc->name);
    free(doc);
}

/* ---- messages ---- */

enum ae_status ae_yaml_place(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                             struct ae_error *err)
{
    if (!err)
        return AE_EARG;
    return ae_error_prefix(err, "%s:%u:%u", doc->name, (unsigned)(node ? node->line : 1),
                           (unsigned)(node ? node->column : 1));
}

enum ae_status ae_yaml_fail(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                            struct ae_error *err, const char *format, ...)
{
    if (!err)
        return AE_EARG;
    va_list args;
    va_start(args, format);
    err->code = AE_EARG;
    (void)vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    return ae_yaml_place(doc, node, err);
}

char *ae_yaml_show(const struct ae_yaml_node *node, char text[AE_YAML_SHOW_SIZE])
{
    enum { MAX_SHOWN = 40 };
    if (node->kind == AE_YAML_LIST)
        return strcpy(text, "a list");
    if (node->kind == AE_YAML_MAP)
        return strcpy(text, "a mapping");
    if (ae_yaml_is_null(node))
        return strcpy(text, node->n == 0 ? "nothing" : "null");
    size_t n = node->n;
    if (n > MAX_SHOWN)
        for (n = MAX_SHOWN; ((unsigned char)node->text[n] & 0xc0) == 0x80;) /* whole characters */
            n--;
    (void)snprintf(text, AE_YAML_SHOW_SIZE, "'%.*s%s'", (int)n, node->text,
                   n < node->n ? "..." : "");
    for (char *c = text; *c; c++) /* a message is one line */
        if ((unsigned char)*c < 0x20 || *c == 0x7f)
            *c = '?';
    return text;
}

/* ---- reading ---- */

enum ae_status ae_yaml_read_text(struct ae_yaml **doc, const char *text, size_t size,
                                 const char *name, struct ae_error *err)
{
    *doc = NULL;
    if (size > AE_YAML_MAX_BYTES)
        return ae_fail(err, AE_EARG, "%s: larger than %d MB", name, AE_YAML_MAX_BYTES >> 20);
    struct ae_yaml *fresh = ae_calloc(1, 1, sizeof *fresh);
    if (!fresh)
        return ae_fail_memory(err, sizeof *fresh);
    fresh->name = ae_text_copy(name, strlen(name));
    enum ae_status rc = fresh->name ? AE_OK : ae_fail_memory(err, strlen(name));
    if (rc == AE_OK)
        rc = ae_yaml_build(fresh, (struct ae_bytes){text, size}, err);
    if (rc == AE_OK)
        *doc = fresh;
    else
        ae_yaml_free(fresh);
    return rc;
}

enum ae_status ae_yaml_read_file(struct ae_yaml **doc, const char *path, struct ae_error *err)
{
    *doc = NULL;
    struct ae_buffer text = {0};
    enum ae_status rc = ae_text_file_read(path, "a sweep", AE_YAML_MAX_BYTES, &text, err);
    if (rc == AE_OK)
        rc = ae_yaml_read_text(doc, text.data ? text.data : "", text.size, path, err);
    ae_buffer_clear(&text);
    return rc;
}

const char *ae_yaml_name(const struct ae_yaml *doc)
{
    return doc->name;
}

/* ---- nodes ---- */

const struct ae_yaml_node *ae_yaml_root(const struct ae_yaml *doc)
{
    return doc->roots[0];
}

size_t ae_yaml_n_documents(const struct ae_yaml *doc)
{
    return doc->n_roots;
}

const struct ae_yaml_node *ae_yaml_document(const struct ae_yaml *doc, size_t i)
{
    return doc->roots[i];
}

const struct ae_yaml_node *ae_yaml_get(const struct ae_yaml_node *map, const char *key)
{
    for (size_t i = 0; i < map->n; i++)
        if (strcmp(map->entries[i].key->text, key) == 0)
            return map->entries[i].value;
    return NULL;
}

bool ae_yaml_is_null(const struct ae_yaml_node *node)
{
    if (node->kind != AE_YAML_SCALAR || !node->is_plain)
        return false;
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL"};
    for (size_t i = 0; i < sizeof nulls / sizeof *nulls; i++)
        if (strcmp(node->text, nulls[i]) == 0)
            return true;
    return false;
}
