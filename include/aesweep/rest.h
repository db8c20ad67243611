#ifndef AESWEEP_REST_H
#define AESWEEP_REST_H

/* Has the flow come to rest? At a fixed point that it will not leave, integration can end. */

#include "aesweep/flow.h"

struct ae_rest;

/* Borrows the flow until freed; its methods call those of the flow. AE_OK or AE_ENOMEM. */
enum ae_status ae_rest_new(struct ae_rest **rest, struct ae_flow *flow, struct ae_error *err);
void ae_rest_free(struct ae_rest *rest);

/*
 * True if y is a fixed point to working precision, by three proofs: the equations linearised at y
 * move no coordinate by more than tol (of the largest one) within 10^3 times the time s
 * that has passed; modes that are absent, or nearly so, do not grow; and the equations do not depend
 * on time. So a plateau, on which the seeds of the next component grow, is no fixed point, nor is a
 * tail that goes like a power of t. Cheap as long as the right-hand side is not small.
 */
bool ae_rest_holds(struct ae_rest *rest, double s, const double *y, double tol);

#endif
