/* Choice of the integrator, and what they share. */
#include "integrate_internal.h"

#include <math.h>

double ae_step_tolerance(double tol)
{
    double part = 0.003 * pow(tol / 1e-8, 0.4); /* measured: tests/test_accuracy.c */
    double least = fmin(0.1 * tol, 3e-14);      /* rounding */
    return fmax(tol * fmin(part, 0.015), least);
}

double ae_first_step(const struct ae_ode *ode, double tol, const double *y, double *dyds)
{
    ode->rhs(ode->ctx, 0.0, y, dyds);
    double size2 = 0.0, speed2 = 0.0;
    for (size_t i = 0; i < ode->dim; i++) {
        size2 += y[i] * y[i];
        speed2 += dyds[i] * dyds[i];
    }
    double scale = speed2 > 0.0 ? sqrt(size2 / speed2) : 1.0;
    double step = 0.1 * sqrt(tol) * fmin(fmax(scale, 1e-6), 1.0);
    return isfinite(step) ? step : 1e-6 * sqrt(tol);
}

void ae_jacobian_column(const struct ae_ode *ode, double s, double *y, const double *f0, size_t j,
                        double *column)
{
    double y_j = y[j], increment = 1.5e-8 * fmax(fabs(y_j), 1e-3);
    y[j] = y_j + increment;
    increment = y[j] - y_j; /* as represented */
    ode->rhs(ode->ctx, s, y, column);
    y[j] = y_j;
    for (size_t i = 0; i < ode->dim; i++)
        column[i] = (column[i] - f0[i]) / increment;
}

enum ae_status ae_integrate(enum ae_integrator which, const struct ae_ode *ode, double tol,
                            size_t n_times, const double *s, double *y, struct ae_ode_work *work,
                            struct ae_error *err)
{
    *work = (struct ae_ode_work){0};
    if (which == AE_CVODE)
        return ae_integrate_cvode(ode, tol, n_times, s, y, work, err);
    return ae_integrate_gsl(which, ode, tol, n_times, s, y, work, err);
}
