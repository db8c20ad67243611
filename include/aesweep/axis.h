#ifndef AESWEEP_AXIS_H
#define AESWEEP_AXIS_H

/* One axis of a grid: the values that one parameter takes. */

#include "aesweep/params.h"
#include "aesweep/value.h"
#include "aesweep/yaml.h"

struct ae_axis {
    enum ae_param_id id;
    size_t n;
    struct ae_value *values; /* [n] in the order of the file; lists belong to the pool */
    bool is_log;             /* a range on a log scale */
    size_t n_merged;         /* values of a range that rounding made equal and that were merged */
};

/*
 * Reads the values of parameter `id`: a list of values, or a range. No value may come twice (to
 * 1e-9). AE_OK, or AE_EARG with the place. ae_axis_clear in any case; it frees what read made, not
 * the pool.
 */
enum ae_status ae_axis_read(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                            enum ae_param_id id, struct ae_pool *pool, struct ae_axis *axis,
                            struct ae_error *err);
void ae_axis_clear(struct ae_axis *axis);

#endif
