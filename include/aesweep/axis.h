#ifndef AESWEEP_AXIS_H
#define AESWEEP_AXIS_H

/* Axes of a grid: the values that a parameter takes. */

#include "aesweep/params.h"
#include "aesweep/value.h"
#include "aesweep/yaml.h"

enum ae_axis_kind { AE_AXIS_GRID, AE_AXIS_ZIP, AE_AXIS_SAMPLE }; /* from slow to fast */

struct ae_axis {
    enum ae_param_id id;
    enum ae_axis_kind kind; /* set by whoever collects axes */
    bool is_joined;         /* advances with the axis before it; they are one axis of the grid */
    size_t n;
    struct ae_value *values; /* [n] in the order of the file; lists belong to the pool */
    bool is_log;             /* a range on a log scale, or a list that says so */
    bool has_scale;          /* a range, or a list that says how it is spaced */
    size_t n_merged;         /* values of a range that rounding made equal and that were merged */
};

/*
 * Reads the values of parameter `id`: a list of values, a range, or {values: LIST, scale: log} for
 * a list that is spaced as on a log scale. No value may come twice (to 1e-9). AE_OK, or AE_EARG
 * with the place. ae_axis_clear in any case; it frees what read made, not the pool.
 */
enum ae_status ae_axis_read(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                            enum ae_param_id id, struct ae_pool *pool, struct ae_axis *axis,
                            struct ae_error *err);
/* The same for a parameter that shares its axis with others: values may come again. */
enum ae_status ae_axis_read_member(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                   enum ae_param_id id, struct ae_pool *pool, struct ae_axis *axis,
                                   struct ae_error *err);
void ae_axis_clear(struct ae_axis *axis);

/* The first place of an axis of `n_members` parameters whose values all stood at an earlier one;
 * the length of the axis if there is none. */
enum ae_status ae_axis_find_repeat(const struct ae_axis *members, size_t n_members, size_t *at,
                                   struct ae_error *err);

/* Drops every such place, and counts it in n_merged of all members. */
enum ae_status ae_axis_merge_repeats(struct ae_axis *members, size_t n_members,
                                     struct ae_error *err);

#endif
