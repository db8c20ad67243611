#ifndef AESWEEP_TESTS_SGD_PLAIN_H
#define AESWEEP_TESTS_SGD_PLAIN_H

/* Training written as plainly as it can be: the oracle of the simulation. */

#include "aesweep/network.h"
#include "aesweep/params.h"

/* One step on input x [n] (already scaled by sqrt(r)); returns the loss before it. */
double sgd_plain_step(const struct ae_params *p, struct ae_network *net, const double *x);
/* The loss |x - xhat|^2 / 2 alone. */
double sgd_plain_loss(const struct ae_params *p, const struct ae_network *net, const double *x);

#endif
