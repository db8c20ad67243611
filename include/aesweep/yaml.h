#ifndef AESWEEP_YAML_H
#define AESWEEP_YAML_H

/*
 * YAML documents as trees that know where everything stood, so that whoever reads values from them
 * can name file, line and column. Aliases and merge keys (`<<`) are resolved: readers see plain
 * lists and mappings. Tags and keys that are not scalars are refused.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aesweep/error.h"
#include "aesweep/memory.h"

/* What a document may hold; beyond that it is refused, in time and memory that stay small. */
enum {
    AE_YAML_MAX_BYTES = 64 * 1024 * 1024,
    AE_YAML_MAX_DEPTH = 64,      /* lists and mappings within each other */
    AE_YAML_MAX_NODES = 4000000, /* counted as if every alias were written out */
    AE_YAML_MAX_KEYS = 256,      /* in one mapping */
    AE_YAML_MAX_ANCHORS = 1000,  /* in one document */
    AE_YAML_MAX_DOCUMENTS = 256
};

enum ae_yaml_kind { AE_YAML_SCALAR, AE_YAML_LIST, AE_YAML_MAP };

struct ae_yaml_node;

struct ae_yaml_entry {
    const struct ae_yaml_node *key; /* a scalar; keys of one mapping differ */
    const struct ae_yaml_node *value;
};

struct ae_yaml_node {
    enum ae_yaml_kind kind;
    bool is_plain;         /* a scalar without quotes */
    uint32_t line, column; /* from 1; what an alias stands for keeps its own place */
    size_t n;              /* bytes of a scalar, items of a list, entries of a mapping */
    union {
        const char *text; /* UTF-8, ended by NUL, none within */
        const struct ae_yaml_node *const *items;
        const struct ae_yaml_entry *entries;
    };
};

struct ae_yaml; /* the documents of one text; owns their nodes */

/*
 * Reads the documents of a file, or of text in UTF-8 (`name` stands for the file in messages).
 * Anything wrong with it is AE_EARG: `FILE:LINE:COLUMN: ...`, or `FILE: ...` if it cannot be read.
 * The caller owns *doc.
 */
enum ae_status ae_yaml_read_file(struct ae_yaml **doc, const char *path, struct ae_error *err);
enum ae_status ae_yaml_read_text(struct ae_yaml **doc, const char *text, size_t size,
                                 const char *name, struct ae_error *err);
void ae_yaml_free(struct ae_yaml *doc);
const char *ae_yaml_name(const struct ae_yaml *doc); /* its path, or what stands for it */

size_t ae_yaml_n_documents(const struct ae_yaml *doc);              /* at least 1 */
const struct ae_yaml_node *ae_yaml_root(const struct ae_yaml *doc); /* of the first */
const struct ae_yaml_node *ae_yaml_document(const struct ae_yaml *doc, size_t i);

/* The value of that key of a mapping, or NULL. */
const struct ae_yaml_node *ae_yaml_get(const struct ae_yaml_node *map, const char *key);

/* An unquoted `null`, `~` or nothing at all. */
bool ae_yaml_is_null(const struct ae_yaml_node *node);

/* AE_EARG with `FILE:LINE:COLUMN: ` of the node (NULL: line 1, column 1) before the message. */
enum ae_status ae_yaml_fail(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                            struct ae_error *err, const char *format, ...) AE_PRINTF(4, 5);

/* The same before the message that err already holds; returns err's code (AE_EARG if err is NULL).
 */
enum ae_status ae_yaml_place(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                             struct ae_error *err);

/* What stands there, in a few words: `a list`, `'erf'`; for messages. Returns text. */
enum { AE_YAML_SHOW_SIZE = 64 };
char *ae_yaml_show(const struct ae_yaml_node *node, char text[AE_YAML_SHOW_SIZE]);

#endif
