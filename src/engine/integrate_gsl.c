/*
 * GSL's integrators: msbdf (variable-order BDF with an own step control) and rk8pd (explicit
 * Prince-Dormand 8,9), which share no code with CVODE and serve as its check. They step onto every
 * observed time.
 */
#include "integrate_internal.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_odeiv2.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

struct problem {
    const struct ae_ode *ode;
    double *y, *f0, *column; /* [dim] scratch of the Jacobian */
};

enum { MAX_STEPS = 20000000 };

static int rhs(double s, const double *y, double *dyds, void *data)
{
    const struct problem *problem = data;
    problem->ode->rhs(problem->ode->ctx, s, y, dyds);
    for (size_t i = 0; i < problem->ode->dim; i++)
        if (!isfinite(dyds[i]))
            return GSL_EBADFUNC;
    return GSL_SUCCESS;
}

static int jacobian(double s, const double *y, double *dfdy, double *dfds, void *data)
{
    const struct problem *problem = data;
    size_t n = problem->ode->dim;
    memcpy(problem->y, y, n * sizeof *y);
    problem->ode->rhs(problem->ode->ctx, s, y, problem->f0);
    for (size_t j = 0; j < n; j++) {
        ae_jacobian_column(problem->ode, s, problem->y, problem->f0, j, problem->column);
        for (size_t i = 0; i < n; i++)
            dfdy[i * n + j] = problem->column[i];
    }
    memset(dfds, 0, n * sizeof *dfds); /* msbdf makes no use of it */
    return GSL_SUCCESS;
}

/* From *s to `target`. */
static enum ae_status advance(gsl_odeiv2_driver *driver, const struct ae_ode *ode, double target,
                              double *y, struct ae_ode_work *work, struct ae_error *err)
{
    while (work->s < target) {
        if (ode->should_stop(ode->ctx))
            return ae_fail(err, AE_ESTOP, "stopped at lr t = %.6g", work->s);
        int flag = gsl_odeiv2_evolve_apply(driver->e, driver->c, driver->s, driver->sys, &work->s,
                                           target, &driver->h, y);
        if (flag != GSL_SUCCESS)
            return ae_fail(err, AE_ENUM, "gsl gave up at lr t = %.6g: %s", work->s,
                           gsl_strerror(flag));
        if (++work->n_steps >= MAX_STEPS)
            return ae_fail(err, AE_ENUM, "gsl took %d steps to lr t = %.6g", MAX_STEPS, work->s);
    }
    return AE_OK;
}

enum ae_status ae_integrate_gsl(enum ae_integrator which, const struct ae_ode *ode, double tol,
                                size_t n_times, const double *s, double *y,
                                struct ae_ode_work *work, struct ae_error *err)
{
    size_t n = ode->dim;
    double *scratch = ae_reals_new(3 * n);
    if (!scratch)
        return ae_fail_memory(err, 3 * n * sizeof *scratch);
    struct problem problem = {
        .ode = ode, .y = scratch, .f0 = scratch + n, .column = scratch + 2 * n};
    gsl_odeiv2_system system = {rhs, jacobian, n, &problem};
    double first = ae_first_step(ode, tol, y, problem.f0);
    gsl_odeiv2_driver *driver = gsl_odeiv2_driver_alloc_y_new(
        &system, which == AE_MSBDF ? gsl_odeiv2_step_msbdf : gsl_odeiv2_step_rk8pd, first,
        tol * AE_ABSOLUTE_PART, ae_step_tolerance(tol));
    enum ae_status rc = driver ? AE_OK : ae_fail_memory(err, n * n * sizeof(double));
    for (size_t j = 0; rc == AE_OK && j < n_times; j++) {
        rc = advance(driver, ode, s[j], y, work, err);
        if (rc == AE_OK)
            ode->see(ode->ctx, j, s[j], y);
    }
    if (driver)
        gsl_odeiv2_driver_free(driver);
    free(scratch);
    return rc;
}
