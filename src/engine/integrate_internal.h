#ifndef AESWEEP_INTEGRATE_INTERNAL_H
#define AESWEEP_INTEGRATE_INTERNAL_H

#include "aesweep/integrate.h"

/*
 * Relative error that one step may make, for a tolerance tol of what is observed. Errors of the steps
 * add up, above all while weights grow out of a saddle, where an error is a delay and grows with
 * them; and the smaller tol, the more steps there are.
 */
double ae_step_tolerance(double tol);
/* The absolute part (cvode: of the largest coordinate) in units of tol: small, because what grows out
 * of a saddle starts small. */
#define AE_ABSOLUTE_PART 1e-5

enum ae_status ae_integrate_cvode(const struct ae_ode *ode, double tol, size_t n_times,
                                  const double *s, double *y, struct ae_ode_work *work,
                                  struct ae_error *err);
enum ae_status ae_integrate_gsl(enum ae_integrator which, const struct ae_ode *ode, double tol,
                                size_t n_times, const double *s, double *y,
                                struct ae_ode_work *work, struct ae_error *err);
/* A first step that depends on the equations and the tolerance alone. */
double ae_first_step(const struct ae_ode *ode, double tol, const double *y, double *dyds);

/*
 * Column j of the Jacobian of the right-hand side at (s, y) by a forward difference.
 *   f0 [dim]      the right-hand side there
 *   y [dim]       changed in place and put back
 *   column [dim]  overwritten
 * The increment has a floor of its own: components that have died out (1e-30) would give columns
 * that are all rounding.
 */
void ae_jacobian_column(const struct ae_ode *ode, double s, double *y, const double *f0, size_t j,
                        double *column);

#endif
