#ifndef AESWEEP_TABLE_AXES_H
#define AESWEEP_TABLE_AXES_H

/* Between a sweep and its table: which parameters tell the points apart. */

#include "aesweep/sweep.h"
#include "aesweep/table.h"

/*
 * The axes of the table, at most AE_N_PARAMS, all values of the sweep on each: every parameter that
 * is an axis of its own in some document, and those of `named` that vary. If they do not tell all
 * points apart (members of zip and sample, what only differs between documents, computed values),
 * also, one by one, the parameter that tells most of them apart. Slowest first. The caller frees
 * the values, in any case.
 */
enum ae_status ae_table_axes(const struct ae_sweep *sweep, size_t n_named, const char *const *named,
                             size_t *n_axes, struct ae_table_axis axes[AE_N_PARAMS],
                             struct ae_error *err);

/* The index of the point's value; in the order of a grid it is often `guess` or the next. */
uint32_t ae_table_place(const struct ae_table_axis *axis, const struct ae_params *p,
                        uint32_t guess);

/* A row that is not shown has this index. */
enum { AE_TABLE_NOWHERE = UINT32_MAX };
/* Drops the values of the axis that none of n rows has; digits[i * stride] is the index of row i, and
 * follows. AE_OK or AE_ENOMEM. */
enum ae_status ae_table_compact(struct ae_table_axis *axis, size_t n, size_t stride,
                                uint32_t *digits, struct ae_error *err);

#endif
