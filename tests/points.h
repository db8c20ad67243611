#ifndef AESWEEP_TESTS_POINTS_H
#define AESWEEP_TESTS_POINTS_H

/* Points for tests, written as text, and running them without a farm. */

#include "aesweep/engine.h"
#include "aesweep/flow.h"
#include "aesweep/params.h"
#include "aesweep/record.h"

/* Defaults changed by `settings`, such as "K=2 activation=relu D=inf"; spikes 4, 2.5, 1.5, 0.8
 * unless n_spikes says fewer are wanted. Aborts on a mistake. */
struct ae_params point_of(const char *settings);
struct ae_params point_with(const char *settings, size_t n_spikes, const double *spikes);

/* Runs the point; aborts with its message if that fails. The caller clears the record. */
struct ae_record run_point(const struct ae_params *p);

/* Value of a column of the curve (by its place) at the observed time nearest to t. */
double curve_at(const struct ae_record *record, double t, size_t column);

/* Half the error, which the flow descends, at the coordinates y of the flow. */
double half_pmse(struct ae_flow *flow, const struct ae_params *p, const double *y);

#endif
