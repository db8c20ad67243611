#ifndef AESWEEP_VALUE_INTERNAL_H
#define AESWEEP_VALUE_INTERNAL_H

/* What the readers of values share. */

#include "aesweep/value.h"

/* As ae_pool_take, with the place in the message. */
enum ae_status ae_value_take(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                             struct ae_pool *pool, size_t n, double **x, struct ae_error *err);
/* x [node->n]: the numbers of a list. */
enum ae_status ae_value_read_list(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                  enum ae_param_id id, double *x, struct ae_error *err);

/* The mapping {encoder, decoder, bias}. */
enum ae_status ae_value_read_start(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                   struct ae_pool *pool, struct ae_value *out,
                                   struct ae_error *err);

/* Is this the name of a file with such a mapping? */
bool ae_value_is_start_file(const struct ae_yaml_node *node, enum ae_param_id id);
enum ae_status ae_value_read_start_file(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                        struct ae_pool *pool, struct ae_value *out,
                                        struct ae_error *err);
/* Reads the eigenvalues of the file that out->file names. */
enum ae_status ae_value_open_spectrum(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                      struct ae_pool *pool, struct ae_value *out,
                                      struct ae_error *err);
/* The mapping {file: r.txt, eigenvalues: [4, 2.5]}: what was read from a file. */
enum ae_status ae_value_read_spectrum(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                      struct ae_pool *pool, struct ae_value *out,
                                      struct ae_error *err);

#endif
