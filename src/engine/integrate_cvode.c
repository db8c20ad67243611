/*
 * CVODE's variable-order BDF (Hindmarsh et al., SUNDIALS, ACM TOMS 31, 2005), one step at a time;
 * observed times are read from its dense output.
 *
 * Its independent variable is the clock u = log(1 + s/unit), dy/du = (s + unit) dy/ds: near s = 0 it
 * runs like s, and a tail that goes like a power of s is an exponential of u, smooth over steps that
 * are a fixed part of log s. In s itself BDF needs some five times the steps there.
 *
 * ReLU averages have a kink where two units become parallel, and training drives pairs there.
 * Across it the error test fails again and again; then the method starts anew at first order from
 * where it stands.
 */
#include "integrate_internal.h"

#include <cvode/cvode.h>
#include <cvode/cvode_ls.h>
#include <math.h>
#include <nvector/nvector_serial.h>
#include <sundials/sundials_context.h>
#include <stdlib.h>
#include <sunlinsol/sunlinsol_dense.h>
#include <sunmatrix/sunmatrix_dense.h>

#include "aesweep/memory.h"
#include "vectors.h"

/* Clones: 7 for work, 6 for the history of order 5, 3 of Newton's method and its linear equations, one
 * of ours, and some for the versions of SUNDIALS that want more. */
enum { N_CLONES = 20 };
enum { MAX_RESTARTS = 200, MAX_STEPS = 2000000, N_PER_PROGRESS = 1000, N_PER_REST = 8 };

/* What Newton's method leaves undone, as a share of a step's error; a tenth (the default) disturbs
 * the choice of steps, which then takes twice as many. */
#define NEWTON_PART 0.01
/* A step grows once it may by this factor (default 1.5): on tails that go like powers of t it should
 * grow all the time, and setting up Newton's equations anew is cheap. */
#define LONGER_STEP 1.2
/* Newton's equations of a step at another pace of the clock are others. */
#define OTHER_PACE     1.3
#define CLOCK_PER_REST 0.5

/* Rounding of the right-hand side, summed up over a time s: what a solution can be known to, as a
 * share of its largest coordinate per unit of s. */
#define ROUNDING 1e-16

struct solver {
    const struct ae_ode *ode;
    double tol;
    SUNContext context;
    struct ae_vectors *vectors;
    N_Vector y, dense;
    double *jacobian; /* [dim * dim] by columns; NULL with the equations' own method */
    SUNMatrix matrix;
    SUNLinearSolver linear;
    void *cvode;
    double pace; /* ds/du at the last set-up of Newton's equations */
};

/* ---- the clock ---- */

static double time_of(const struct ae_ode *ode, double u)
{
    return ode->unit > 0.0 ? ode->unit * expm1(u) : u;
}

static double clock_of(const struct ae_ode *ode, double s)
{
    return ode->unit > 0.0 ? log1p(s / ode->unit) : s;
}

/* ds/du */
static double pace_of(const struct ae_ode *ode, double u)
{
    return ode->unit > 0.0 ? ode->unit * exp(u) : 1.0;
}

/* ---- what CVODE calls ---- */

static int rhs(realtype u, N_Vector y, N_Vector dyds, void *data)
{
    const struct ae_ode *ode = ((const struct solver *)data)->ode;
    double *out = N_VGetArrayPointer(dyds);
    double pace = pace_of(ode, u), bad = 0.0;
    ode->rhs(ode->ctx, time_of(ode, u), N_VGetArrayPointer(y), out);
    for (size_t i = 0; i < ode->dim; i++) {
        out[i] *= pace;
        bad += out[i] - out[i]; /* 0, or nan */
    }
    return bad == 0.0 ? 0 : 1; /* 1: recoverable, by a smaller step */
}

/*
 * A = I - gamma J, with J by differences unless jok: then it is the last one. CVODE would keep a J of
 * its own, by a clone of A, which like one of a vector is looked into also where it failed.
 */
static int set_up_dense(realtype u, N_Vector y, N_Vector f0, SUNMatrix A, booleantype jok,
                        booleantype *jcur, realtype gamma, void *data, N_Vector t1, N_Vector t2,
                        N_Vector t3)
{
    (void)t2, (void)t3;
    struct solver *solver = data;
    const struct ae_ode *ode = solver->ode;
    double pace = pace_of(ode, u), *f = N_VGetArrayPointer(t1);
    *jcur = !jok;
    if (!jok)
        N_VScale(1.0 / pace, f0, t1);
    for (size_t j = 0; j < ode->dim; j++) {
        double *column = SUNDenseMatrix_Column(A, (sunindextype)j);
        double *kept = solver->jacobian + j * ode->dim;
        if (!jok)
            ae_jacobian_column(ode, time_of(ode, u), N_VGetArrayPointer(y), f, j, kept);
        for (size_t i = 0; i < ode->dim; i++) {
            kept[i] *= jok ? 1.0 : pace;
            column[i] = -gamma * kept[i] + (i == j ? 1.0 : 0.0);
        }
    }
    return 0;
}

/*
 * One over the error that a step may make in each coordinate: relative to itself, and to the largest
 * one for the sake of those that are absent. Without the part that grows with time, steps of long
 * runs would be ever smaller in pursuit of rounding errors.
 */
static int weights(N_Vector y, N_Vector weight, void *data)
{
    const struct solver *solver = data;
    size_t n = solver->ode->dim;
    const double *at = N_VGetArrayPointer(y);
    double *out = N_VGetArrayPointer(weight);
    double u = 0.0, size = 0.0, relative = ae_step_tolerance(solver->tol);
    (void)CVodeGetCurrentTime(solver->cvode, &u);
    double s = time_of(solver->ode, u);
    for (size_t i = 0; i < n; i++)
        size = fmax(size, fabs(at[i]));
    double floor = (size > 0.0 ? size : 1.0) *
                   (solver->tol * AE_ABSOLUTE_PART + fmin(ROUNDING * s, 0.3 * solver->tol));
    for (size_t i = 0; i < n; i++)
        out[i] = 1.0 / (relative * fabs(at[i]) + floor);
    return 0;
}

/* ---- a linear solver that hands the equations on to struct ae_ode_newton ---- */

/* The matrix has no content: what the solver needs is kept by the owner of the equations. */
static SUNMatrix_ID matrix_id(SUNMatrix A)
{
    (void)A;
    return SUNMATRIX_CUSTOM;
}

static int set_up_newton(realtype u, N_Vector y, N_Vector f0, SUNMatrix A, booleantype jok,
                         booleantype *jcur, realtype gamma, void *data, N_Vector t1, N_Vector t2,
                         N_Vector t3)
{
    (void)f0, (void)A, (void)t1, (void)t2, (void)t3;
    struct solver *solver = data;
    const struct ae_ode *ode = solver->ode;
    solver->pace = pace_of(ode, u);
    *jcur = !jok;
    if (!jok)
        ode->newton->linearise(ode->ctx, time_of(ode, u), N_VGetArrayPointer(y));
    if (ode->newton->factor(ode->ctx, gamma * solver->pace))
        return 0;
    return ode->should_stop(ode->ctx) ? -1 : 1; /* 1: recoverable, by a smaller step */
}

static SUNLinearSolver_Type solver_type(SUNLinearSolver solver)
{
    (void)solver;
    return SUNLINEARSOLVER_DIRECT;
}

static int solve_newton(SUNLinearSolver solver, SUNMatrix A, N_Vector x, N_Vector f, realtype tol)
{
    (void)A, (void)tol;
    const struct ae_ode *ode = solver->content;
    N_VScale(1.0, f, x);
    ode->newton->solve(ode->ctx, N_VGetArrayPointer(x));
    return 0;
}

static int factored_already(SUNLinearSolver solver, SUNMatrix A)
{
    (void)solver, (void)A;
    return 0;
}

/* A setting that cvode did not take: it had no memory, or it is a mistake of ours. */
static enum ae_status fail_settings(int flag, const struct ae_ode *ode, struct ae_error *err)
{
    if (flag == CV_MEM_FAIL || flag == CVLS_MEM_FAIL)
        return ae_fail_memory(err, ode->dim * sizeof(double));
    return ae_fail(err, AE_EINTERNAL, "cvode refused its settings");
}

static enum ae_status open_newton(struct solver *solver, const struct ae_ode *ode,
                                  struct ae_error *err)
{
    solver->matrix = SUNMatNewEmpty(solver->context);
    solver->linear = SUNLinSolNewEmpty(solver->context);
    if (!solver->matrix || !solver->linear)
        return ae_fail_memory(err, sizeof *solver);
    solver->matrix->ops->getid = matrix_id;
    solver->linear->content = (void *)(uintptr_t)ode;
    solver->linear->ops->gettype = solver_type;
    solver->linear->ops->setup = factored_already;
    solver->linear->ops->solve = solve_newton;
    int flag = CVodeSetLinearSolver(solver->cvode, solver->linear, solver->matrix);
    if (flag == CV_SUCCESS)
        flag = CVodeSetLinSysFn(solver->cvode, set_up_newton);
    return flag == CV_SUCCESS ? AE_OK : fail_settings(flag, ode, err);
}

static enum ae_status open_dense(struct solver *solver, const struct ae_ode *ode,
                                 struct ae_error *err)
{
    sunindextype n = (sunindextype)ode->dim;
    solver->jacobian = ae_calloc(ode->dim, ode->dim, sizeof *solver->jacobian);
    if (!solver->jacobian)
        return ae_fail_memory(err, ode->dim * ode->dim * sizeof(double));
    solver->matrix = SUNDenseMatrix(n, n, solver->context);
    if (solver->matrix)
        solver->linear = SUNLinSol_Dense(solver->y, solver->matrix, solver->context);
    if (!solver->matrix || !solver->linear)
        return ae_fail_memory(err, ode->dim * ode->dim * sizeof(double));
    int flag = CVodeSetLinearSolver(solver->cvode, solver->linear, solver->matrix);
    if (flag == CV_SUCCESS)
        flag = CVodeSetLinSysFn(solver->cvode, set_up_dense);
    return flag == CV_SUCCESS ? AE_OK : fail_settings(flag, ode, err);
}

/* A matrix or solver made empty has to be freed as such. */
static void close_linear(struct solver *solver, bool is_dense)
{
    if (solver->linear && is_dense)
        (void)SUNLinSolFree(solver->linear);
    else if (solver->linear)
        SUNLinSolFreeEmpty(solver->linear);
    if (solver->matrix && is_dense)
        SUNMatDestroy(solver->matrix);
    else if (solver->matrix)
        SUNMatFreeEmpty(solver->matrix);
}

/* ---- steps ---- */

static void no_message(int code, const char *module, const char *function, char *message,
                       void *data)
{
    (void)code, (void)module, (void)function, (void)message, (void)data;
}

static enum ae_status set_up(struct solver *solver, double first, struct ae_error *err)
{
    void *cvode = solver->cvode;
    int flag = CVodeSetErrHandlerFn(cvode, no_message, NULL);
    if (flag == CV_SUCCESS)
        flag = CVodeInit(cvode, rhs, 0.0, solver->y);
    if (flag == CV_SUCCESS)
        flag = CVodeSetUserData(cvode, solver);
    if (flag == CV_SUCCESS)
        flag = CVodeWFtolerances(cvode, weights);
    if (flag == CV_SUCCESS)
        flag = CVodeSetInitStep(cvode, clock_of(solver->ode, first));
    if (flag == CV_SUCCESS)
        flag = CVodeSetMaxHnilWarns(cvode, -1);
    if (flag == CV_SUCCESS)
        flag = CVodeSetMaxErrTestFails(cvode, 20);
    if (flag == CV_SUCCESS)
        flag = CVodeSetNonlinConvCoef(cvode, NEWTON_PART);
    if (flag == CV_SUCCESS)
        flag = CVodeSetEtaFixedStepBounds(cvode, 0.0, LONGER_STEP);
    return flag == CV_SUCCESS ? AE_OK : fail_settings(flag, solver->ode, err);
}

/* SUNContext_Create of SUNDIALS 6 does not look whether it got the kilobyte that it asks for in small
 * pieces. So room for it is made sure of before: what was given back last is there to be had. */
static enum ae_status open_context(SUNContext *context, struct ae_error *err)
{
    enum { ROOM = 16384 };
    void *room = ae_realloc(NULL, ROOM, 1);
    if (!room)
        return ae_fail_memory(err, ROOM);
    free(room);
    return SUNContext_Create(NULL, context) == 0 ? AE_OK : ae_fail_memory(err, ROOM);
}

static enum ae_status open_solver(struct solver *solver, const struct ae_ode *ode, double tol,
                                  double *y, struct ae_error *err)
{
    solver->ode = ode;
    solver->tol = tol;
    enum ae_status rc = open_context(&solver->context, err);
    if (rc == AE_OK)
        rc = ae_vectors_new(&solver->vectors, N_CLONES, ode->dim, solver->context, err);
    if (rc != AE_OK)
        return rc;
    solver->y = ae_vectors_around(solver->vectors, y);
    solver->dense = N_VClone(solver->y);
    solver->cvode = CVodeCreate(CV_BDF, solver->context);
    if (!solver->cvode)
        return ae_fail_memory(err, ode->dim * sizeof(double));
    double first = ae_first_step(ode, tol, y, N_VGetArrayPointer(solver->dense));
    rc = set_up(solver, first, err);
    if (rc != AE_OK)
        return rc;
    return ode->newton ? open_newton(solver, ode, err) : open_dense(solver, ode, err);
}

static void close_solver(struct solver *solver, const struct ae_ode *ode)
{
    if (solver->cvode)
        CVodeFree(&solver->cvode);
    close_linear(solver, !ode->newton);
    free(solver->jacobian);
    ae_vectors_free(solver->vectors);
    if (solver->context)
        (void)SUNContext_Free(&solver->context);
}

/* Starts the method anew at (u, y) after a step that would not succeed. */
static int restart(struct solver *solver, double tol, double u, long n_restarts)
{
    int flag = CVodeReInit(solver->cvode, u, solver->y);
    double s = time_of(solver->ode, u);
    double step = tol * fmax(s, 1.0) * pow(2.0, (double)-(n_restarts % 8));
    if (flag == CV_SUCCESS)
        flag = CVodeSetInitStep(solver->cvode, step / pace_of(solver->ode, u));
    return flag;
}

/* CVODE knows when its step has changed, but not that the clock did: then it is to set up Newton's
 * equations at once, not after the failure that leads to it. 0 is its own choice. */
static void follow_clock(struct solver *solver, double u)
{
    long every = pace_of(solver->ode, u) > OTHER_PACE * solver->pace ? 1 : 0;
    (void)CVodeSetLSetupFrequency(solver->cvode, every);
    (void)CVodeSetJacEvalFrequency(solver->cvode, every);
}

static enum ae_status fail_stopped(double s, struct ae_error *err)
{
    return ae_fail(err, AE_ESTOP, "stopped at lr t = %.6g", s);
}

/* One internal step, with restarts; *u is where it ends. */
static enum ae_status step(struct solver *solver, double tol, double *u, long *n_restarts,
                           struct ae_error *err)
{
    for (;;) {
        double target = *u + fmax(*u, 1.0); /* only its sign matters */
        double reached = *u;
        follow_clock(solver, *u);
        int flag = CVode(solver->cvode, target, solver->y, &reached, CV_ONE_STEP);
        if (ae_vectors_ran_out(solver->vectors))
            return ae_fail(err, AE_EINTERNAL, "cvode wants more than %d vectors", N_CLONES);
        if (flag >= 0) {
            *u = reached;
            return AE_OK;
        }
        if (solver->ode->should_stop(solver->ode->ctx)) /* which may be why */
            return fail_stopped(time_of(solver->ode, *u), err);
        bool is_hard = flag == CV_ERR_FAILURE || flag == CV_CONV_FAILURE ||
                       flag == CV_TOO_MUCH_WORK || flag == CV_REPTD_RHSFUNC_ERR ||
                       flag == CV_LSETUP_FAIL;
        if (is_hard && (*n_restarts)++ < MAX_RESTARTS && restart(solver, tol, *u, *n_restarts) == 0)
            continue;
        char *name = CVodeGetReturnFlagName(flag);
        enum ae_status rc =
            ae_fail(err, AE_ENUM, "cvode gave up at lr t = %.6g after %ld restarts: %s",
                    time_of(solver->ode, *u), *n_restarts - 1, name ? name : "?");
        free(name);
        return rc;
    }
}

/* Steps as small as the last digits of s lead nowhere: the solution ends here. Asked every step. */
static enum ae_status check_progress(const struct ae_ode_work *work, double *s_before,
                                     struct ae_error *err)
{
    if (work->n_steps >= MAX_STEPS)
        return ae_fail(err, AE_ENUM, "cvode took %d steps to lr t = %.6g", MAX_STEPS, work->s);
    if (fmod(work->n_steps, N_PER_PROGRESS) != 0.0)
        return AE_OK;
    if (work->n_steps > 0.0 && work->s - *s_before <= 1e-12 * work->s)
        return ae_fail(err, AE_ENUM, "cvode came to a standstill at lr t = %.6g", work->s);
    *s_before = work->s;
    return AE_OK;
}

/* Asked every few steps, and every few parts of log s where one step goes over them. */
static bool is_at_rest(const struct ae_ode *ode, const struct ae_ode_work *work, double u,
                       double *u_asked, const double *y, double tol)
{
    if (!ode->is_at_rest ||
        (fmod(work->n_steps, N_PER_REST) != 0.0 && u < *u_asked + CLOCK_PER_REST))
        return false;
    *u_asked = u;
    return ode->is_at_rest(ode->ctx, work->s, y, tol);
}

enum ae_status ae_integrate_cvode(const struct ae_ode *ode, double tol, size_t n_times,
                                  const double *s, double *y, struct ae_ode_work *work,
                                  struct ae_error *err)
{
    struct solver solver = {0};
    enum ae_status rc = open_solver(&solver, ode, tol, y, err);
    size_t j = 0;
    for (; rc == AE_OK && j < n_times && s[j] <= 0.0; j++)
        ode->see(ode->ctx, j, 0.0, y);
    long n_restarts = 0;
    double u = 0.0, u_asked = 0.0, s_before = 0.0;
    while (rc == AE_OK && j < n_times) {
        if (ode->should_stop(ode->ctx))
            rc = fail_stopped(work->s, err);
        else
            rc = check_progress(work, &s_before, err);
        if (rc == AE_OK)
            rc = step(&solver, tol, &u, &n_restarts, err);
        work->s = time_of(ode, u);
        work->n_steps += rc == AE_OK;
        for (; rc == AE_OK && j < n_times && s[j] <= work->s; j++) {
            double at = fmin(clock_of(ode, s[j]), u);
            if (CVodeGetDky(solver.cvode, at, 0, solver.dense) != CV_SUCCESS)
                rc = ae_fail(err, AE_EINTERNAL, "cvode has no dense output at lr t = %.17g", s[j]);
            else
                ode->see(ode->ctx, j, s[j], N_VGetArrayPointer(solver.dense));
        }
        bool is_over = rc == AE_OK && is_at_rest(ode, work, u, &u_asked, y, tol);
        for (; is_over && j < n_times; j++)
            ode->see(ode->ctx, j, s[j], y);
    }
    close_solver(&solver, ode);
    return rc;
}
