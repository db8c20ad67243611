#ifndef AESWEEP_RANGE_H
#define AESWEEP_RANGE_H

/* Ranges {from, to, points | step, scale} of a sweep file, and the numbers they stand for. */

#include "aesweep/params.h"
#include "aesweep/yaml.h"

enum { AE_RANGE_MAX_POINTS = 1000000 };

struct ae_range {
    double from, to; /* from <= to; from > 0 if is_log */
    size_t points;   /* 0 if a step is given */
    double step;     /* > 0; on a log scale a factor > 1 */
    bool is_log;
    bool is_integer; /* values are rounded, and equal ones merged */
};

/*
 * Reads a mapping as a range of values of `id` (of entries, if id is a list). Integers step by 1 on
 * a linear scale if nothing is said. AE_OK, or AE_EARG with the place.
 */
enum ae_status ae_range_read(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                             enum ae_param_id id, struct ae_range *out, struct ae_error *err);

/* The same for {from, to, scale} alone, which says between what and not which. */
enum ae_status ae_range_read_ends(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                  enum ae_param_id id, struct ae_range *out, struct ae_error *err);

/* `linear` or `log`. AE_OK, or AE_EARG with the place. */
enum ae_status ae_range_read_scale(const struct ae_yaml *doc, const struct ae_yaml_node *node,
                                   bool *is_log, struct ae_error *err);

/* How many numbers before merging; at most AE_RANGE_MAX_POINTS + 1, which means too many. */
size_t ae_range_size(const struct ae_range *range);

/*
 * The numbers, rising. Ends are exact (the upper one of a stepped range only if it is hit to 1e-9),
 * inner ones rounded to 12 significant digits. x has room for ae_range_size numbers; returns how
 * many are left after equal neighbours were merged.
 */
size_t ae_range_expand(const struct ae_range *range, double *x);

#endif
