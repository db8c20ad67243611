#ifndef AESWEEP_TESTS_SGD_PLAIN_H
#define AESWEEP_TESTS_SGD_PLAIN_H

/* Training written as plainly as it can be: the oracle of the simulation. */

#include <stdint.h>

#include "aesweep/network.h"
#include "aesweep/params.h"

/* One step on the inputs x [batch][n] (already scaled by sqrt(r)); returns their mean loss before
 * it. */
double sgd_plain_step(const struct ae_params *p, struct ae_network *net, const double *x);
/* The loss alone: the mean of |x - xhat|^2 / 2. */
double sgd_plain_loss(const struct ae_params *p, const struct ae_network *net, const double *x);

/* Input number `number` of this point's stream: x [n], scaled. */
void sgd_plain_input(const struct ae_params *p, const struct ae_network *net, uint64_t number,
                     double *x);
/* Runs the first 40 steps of the point by the engine and plainly; fails the test unless all order
 * parameters and biases agree to `tol` (relative above 1) at every pace-th step and at the last.
 * p->D < 64. */
void sgd_plain_follow(const struct ae_params *p, size_t pace, double tol, const char *what);

#endif
