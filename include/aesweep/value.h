#ifndef AESWEEP_VALUE_H
#define AESWEEP_VALUE_H

/* Values of parameters as they stand in a sweep file: scalars, lists of numbers, weights to start
 * from. */

#include "aesweep/params.h"
#include "aesweep/yaml.h"

/* Memory of the lists that values point to. Start with {0}; the lists live until ae_pool_clear. */
struct ae_pool {
    double **blocks;
    size_t n, capacity;
    size_t n_numbers; /* in all blocks */
};
enum { AE_POOL_MAX_NUMBERS = 4000000 };
void ae_pool_clear(struct ae_pool *pool);
/* n numbers, zeroed, owned by the pool. AE_ENOMEM, or AE_EARG beyond AE_POOL_MAX_NUMBERS in all. */
enum ae_status ae_pool_take(struct ae_pool *pool, size_t n, double **x, struct ae_error *err);

/*
 * One value of parameter `id`. Its list, if it has one, is taken from the pool. Type and range are
 * checked; `observe` may be a range. AE_OK, or AE_EARG with the place and what is allowed.
 */
enum ae_status ae_value_read(const struct ae_yaml *doc, const struct ae_yaml_node *node,
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
