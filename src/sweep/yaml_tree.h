#ifndef AESWEEP_YAML_TREE_H
#define AESWEEP_YAML_TREE_H

/* What yaml.c (documents) and yaml_build.c (libyaml's events to nodes) share. */

#include "aesweep/memory.h"
#include "aesweep/yaml.h"

struct ae_yaml_block;

struct ae_yaml {
    char *name;                   /* of the file, for messages */
    struct ae_yaml_block *blocks; /* memory of the nodes; the block being filled comes first */
    size_t n_roots;
    const struct ae_yaml_node *roots[AE_YAML_MAX_DOCUMENTS];
};

/* Zeroed memory that lives as long as the document; NULL if there is none left. */
void *ae_yaml_take(struct ae_yaml *doc, size_t size);

/* Reads the text into doc->root. */
enum ae_status ae_yaml_build(struct ae_yaml *doc, struct ae_bytes text, struct ae_error *err);

#endif
