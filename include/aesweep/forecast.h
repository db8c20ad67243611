#ifndef AESWEEP_FORECAST_H
#define AESWEEP_FORECAST_H

/*
 * What can be told of a point before it is run, in closed form: when training must diverge, when a
 * component can be learned at the earliest. Estimates, good to a factor of about two;
 * src/physics/README.md derives them. Without memory for the spectrum nothing is known.
 */

#include <stddef.h>

#include "aesweep/params.h"

/*
 * Learning rate above which simulated training must diverge: its mean square deviation from the
 * solution grows from step to step. inf where nothing is known, and for engine ode, whose flow
 * cannot diverge.
 */
double ae_forecast_lr_limit(const struct ae_params *p);

/*
 * Time t at which component tau (0, 1, ...; tau < min(K, M)) begins to be learned, f_tau < 0.75, by
 * the flow linearised about zero weights. inf if weight decay holds it at zero for ever; 0 if it
 * starts beyond, or where nothing is known.
 */
double ae_forecast_escape(const struct ae_params *p, size_t tau);

#endif
