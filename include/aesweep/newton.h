#ifndef AESWEEP_NEWTON_H
#define AESWEEP_NEWTON_H

/*
 * The Jacobian J of the flow, and Newton's equations (I - gamma J) x = f of an implicit method,
 * solved through their structure. Given the order parameters, each mode obeys a linear equation of
 * its own; so J is one small block per mode plus a correction of low rank through the order
 * parameters (Woodbury). Time and memory are O(n) in the number n of modes.
 */

#include "aesweep/flow.h"

struct ae_newton;

/* Borrows the flow until freed; its methods call those of the flow. AE_OK or AE_ENOMEM. */
enum ae_status ae_newton_new(struct ae_newton **newton, struct ae_flow *flow, struct ae_error *err);
void ae_newton_free(struct ae_newton *newton);

/* Takes J at (s, y). Averages are differentiated by differences, all else exactly: relative errors
 * of J are of order 1e-5, more within 1e-7 of a kink. Allocates nothing. */
void ae_newton_linearise(struct ae_newton *newton, double s, const double *y);
/* Prepares solving with this gamma and the last J. False if a matrix on the way is singular,
 * or if it was told to stop (ae_flow_ask). */
bool ae_newton_factor(struct ae_newton *newton, double gamma);
/* x [dim]: f on entry, (I - gamma J)^-1 f on return. */
void ae_newton_solve(struct ae_newton *newton, double *x);

#endif
