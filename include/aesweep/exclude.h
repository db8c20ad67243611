#ifndef AESWEEP_EXCLUDE_H
#define AESWEEP_EXCLUDE_H

/* One item of `exclude`: conditions that together drop points from a grid. */

#include "aesweep/condition.h"
#include "aesweep/expr.h"
#include "aesweep/value.h"
#include "aesweep/yaml.h"

struct ae_exclusion {
    size_t n_conditions;
    struct ae_condition *conditions;
    struct ae_expr *expr; /* of `if`; NULL if there is none */
    char *text;           /* the item as YAML flow, without `why` */
    char *why;            /* "" if none is given */
};

/* AE_OK, or AE_EARG with the place. Lists of values belong to the pool; ae_exclusion_clear in any
 * case. */
enum ae_status ae_exclusion_read(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                 struct ae_pool *pool, struct ae_exclusion *item,
                                 struct ae_error *err);
void ae_exclusion_clear(struct ae_exclusion *item);

/* Do all its conditions hold? */
bool ae_exclusion_drops(const struct ae_exclusion *item, const struct ae_params *p);

#endif
