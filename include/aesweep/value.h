#ifndef AESWEEP_VALUE_H
#define AESWEEP_VALUE_H

/* Values of parameters as they stand in a sweep file: scalars, lists of numbers, weights to start
 * from, eigenvalues; and what stands in files that they name. */

#include "aesweep/params.h"
#include "aesweep/pool.h"
#include "aesweep/yaml.h"

/*
 * One value of parameter `id`. Its list, if it has one, is taken from the pool. Type and range are
 * checked; `observe` may be a range. What a file holds is read from it; its path is relative to the
 * file of the document. AE_OK, or AE_EARG with the place and what is allowed.
 */
enum ae_status ae_value_read(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                             enum ae_param_id id, struct ae_pool *pool, struct ae_value *out,
                             struct ae_error *err);

/* The same for a value to compare with, for which the name of a file of eigenvalues is enough. */
enum ae_status ae_value_read_asked(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                   enum ae_param_id id, struct ae_pool *pool, struct ae_value *out,
                                   struct ae_error *err);

/*
 * Does this node hold several values of `id` (a list; of a list-valued parameter a list that holds
 * lists, mappings or words) rather than one?
 */
bool ae_value_is_many(const struct ae_yaml_node *node, enum ae_param_id id);

/* One finite number that the parameter (each entry, if it is a list) may be; words are refused. */
enum ae_status ae_value_read_number(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                    enum ae_param_id id, double *out, struct ae_error *err);

/* Any unquoted YAML number, whatever it is for; `what` names it in the message. */
enum ae_status ae_value_read_plain(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                   const char *what, double *out, struct ae_error *err);

/* "unknown NOUN 'x'; did you mean 'y'?", or the list of `names` (ended by NULL) if none is near. */
enum ae_status ae_value_fail_key(const struct ae_yaml *doc, const struct ae_yaml_node *key,
                                 const char *noun, const char *const *names, struct ae_error *err);
/* The same for a parameter. */
enum ae_status ae_value_fail_param(const struct ae_yaml *doc, const struct ae_yaml_node *key,
                                   struct ae_error *err);

#endif
