#ifndef AESWEEP_INTEGRATE_H
#define AESWEEP_INTEGRATE_H

/* Ordinary differential equations by library integrators, behind one function. */

#include <stdbool.h>
#include <stddef.h>

#include "aesweep/params.h"

/* Newton's equations (I - gamma J) x = f of an implicit method, J = d(rhs)/dy, solved by whoever
 * knows the structure of J. */
struct ae_ode_newton {
    void (*linearise)(void *ctx, double s, const double *y); /* takes J there */
    bool (*factor)(void *ctx, double gamma); /* prepares; false if a matrix is singular,
                                                or if should_stop has said true */
    void (*solve)(void *ctx, double *x);     /* x [dim]: f becomes the solution */
};

struct ae_ode {
    size_t dim;
    void *ctx;
    /* dy/ds; must not modify y */
    void (*rhs)(void *ctx, double s, const double *y, double *dyds);
    /* The solution at s[j]; j = 0, 1, ... each once, in order. y must not be modified. */
    void (*see)(void *ctx, size_t j, double s, const double *y);
    /* Asked once a step; true ends the integration with AE_ESTOP. */
    bool (*should_stop)(void *ctx);
    /* For cvode; NULL: a dense Jacobian by differences. */
    const struct ae_ode_newton *newton;
    /* For cvode, may be NULL: will the solution stay at y, to tolerance tol, for ever? Asked every
     * few steps; if so, it is seen at all later times and the integration ends. */
    bool (*is_at_rest)(void *ctx, double s, const double *y, double tol);
    /* For cvode; > 0: a time below which nothing happens. Steps are then taken in log(1 + s/unit), in
     * which tails that go like powers of s are smooth; 0: in s. */
    double unit;
};

struct ae_ode_work {
    double n_steps; /* steps taken until the last time was passed */
    double s;       /* time reached */
};

/*
 * Integrates from s = 0 through s[0] <= s[1] <= ... <= s[n_times-1] to relative tolerance tol.
 *   y [dim]  start value; overwritten
 * With cvode neither the number of observed times nor where they lie changes the steps: first step
 * and steps are the integrator's own, what is seen is its dense output.
 * AE_OK; AE_ESTOP; AE_ENUM if the integrator gave up (message says where); AE_ENOMEM. `work` is set
 * in any case.
 */
enum ae_status ae_integrate(enum ae_integrator which, const struct ae_ode *ode, double tol,
                            size_t n_times, const double *s, double *y, struct ae_ode_work *work,
                            struct ae_error *err);

#endif
