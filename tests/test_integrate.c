/* The integrators against closed forms: stiff and oscillating equations, a kink, stopping, giving
 * up. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "aesweep/integrate.h"

static const enum ae_integrator all[] = {AE_CVODE, AE_MSBDF, AE_RK8PD};

struct seen {
    size_t n;
    double s[64], y[64][3];
    size_t dim, n_polls, stop_after;
};

static void see(void *ctx, size_t j, double s, const double *y)
{
    struct seen *seen = ctx;
    assert_true(j == seen->n && j < 64);
    seen->s[j] = s;
    memcpy(seen->y[j], y, seen->dim * sizeof *y);
    seen->n++;
}

static bool should_stop(void *ctx)
{
    struct seen *seen = ctx;
    return ++seen->n_polls > seen->stop_after;
}

static struct ae_ode ode_of(size_t dim, void (*rhs)(void *, double, const double *, double *),
                            struct seen *seen)
{
    return (struct ae_ode){
        .dim = dim, .ctx = seen, .rhs = rhs, .see = see, .should_stop = should_stop};
}

/* y0' = -1000 (y0 - cos s) - sin s: y0 = cos s after a fast transient, stiff; y1' = y2, y2' = -y1.
 * */
static void stiff(void *ctx, double s, const double *y, double *dyds)
{
    (void)ctx;
    dyds[0] = -1000.0 * (y[0] - cos(s)) - sin(s);
    dyds[1] = y[2];
    dyds[2] = -y[1];
}

static void test_closed_form(void **state)
{
    (void)state;
    const double s[] = {0.0, 0.0, 0.5, 1.0, 7.0};
    for (size_t i = 0; i < 3; i++)
        for (double tol = 1e-6; tol > 1e-11; tol *= 1e-2) {
            struct seen seen = {.dim = 3, .stop_after = SIZE_MAX};
            struct ae_ode ode = ode_of(3, stiff, &seen);
            double y[3] = {1.0, 0.0, 1.0};
            struct ae_ode_work work;
            assert_int_equal(ae_integrate(all[i], &ode, tol, 5, s, y, &work, NULL), AE_OK);
            assert_true(seen.n == 5 && work.n_steps > 0 && work.s >= 7.0);
            for (size_t j = 0; j < 5;
                 j++) { /* global error: the local tolerance times some hundred steps */
                assert_true(fabs(seen.y[j][0] - cos(s[j])) <= 300 * tol);
                assert_true(fabs(seen.y[j][1] - sin(s[j])) <= 300 * tol);
            }
        }
}

/* The same by a clock that goes like log s: what is seen is as good, whatever its unit. */
static void test_clock(void **state)
{
    (void)state;
    const double s[] = {0.0, 0.5, 1.0, 7.0};
    for (double unit = 1e-3; unit < 2e3; unit *= 1e3) {
        struct seen seen = {.dim = 3, .stop_after = SIZE_MAX};
        struct ae_ode ode = ode_of(3, stiff, &seen);
        ode.unit = unit;
        double y[3] = {1.0, 0.0, 1.0};
        struct ae_ode_work work;
        assert_int_equal(ae_integrate(AE_CVODE, &ode, 1e-8, 4, s, y, &work, NULL), AE_OK);
        assert_true(seen.n == 4 && work.s >= 7.0);
        for (size_t j = 0; j < 4; j++)
            assert_true(fabs(seen.y[j][0] - cos(s[j])) <= 3e-6 &&
                        fabs(seen.y[j][1] - sin(s[j])) <= 3e-6);
    }
}

/* y0' = -y0^7 (so y0 ~ s^(-1/6)) with y1 on its heels, stiff: tails like those of the flow. */
static void tail(void *ctx, double s, const double *y, double *dyds)
{
    (void)ctx, (void)s;
    dyds[0] = -pow(y[0], 7.0);
    dyds[1] = -(y[1] - y[0]);
    dyds[2] = 0.0;
}

/* Twelve decades take few more steps than one, and a fraction of those in s itself. */
static void test_tail(void **state)
{
    (void)state;
    const double s[] = {10.0, 1e12};
    double n_steps[2] = {0.0, 0.0};
    for (size_t i = 0; i < 2; i++) {
        struct seen seen = {.dim = 3, .stop_after = SIZE_MAX};
        struct ae_ode ode = ode_of(3, tail, &seen);
        ode.unit = i == 0 ? 0.0 : 1.0;
        double y[3] = {1.0, 1.0, 1.0};
        struct ae_ode_work work;
        assert_int_equal(ae_integrate(AE_CVODE, &ode, 1e-8, 2, s, y, &work, NULL), AE_OK);
        for (size_t j = 0; j < 2; j++) {
            double want = pow(1.0 + 6.0 * s[j], -1.0 / 6.0);
            assert_true(fabs(seen.y[j][0] / want - 1.0) < (i == 0 ? 1e-4 : 1e-6));
        }
        n_steps[i] = work.n_steps;
    }
    if (!(n_steps[1] < 0.4 * n_steps[0]))
        print_error("%g steps in log s, %g in s\n", n_steps[1], n_steps[0]);
    assert_true(n_steps[1] < 0.4 * n_steps[0]);
}

/* With cvode neither the number nor the place of the observed times changes what is seen, bit for
 * bit. */
static void test_observing_does_not_steer(void **state)
{
    (void)state;
    const double many[] = {0.0, 0.1, 0.2, 0.25, 0.3, 1.0, 2.0, 2.5, 3.0}, few[] = {2.5, 3.0};
    struct seen seen[2] = {{.dim = 3, .stop_after = SIZE_MAX}, {.dim = 3, .stop_after = SIZE_MAX}};
    struct ae_ode_work work[2];
    for (size_t i = 0; i < 2; i++) {
        struct ae_ode ode = ode_of(3, stiff, &seen[i]);
        double y[3] = {1.0, 0.0, 1.0};
        assert_int_equal(ae_integrate(AE_CVODE, &ode, 1e-8, i == 0 ? 9 : 2, i == 0 ? many : few, y,
                                      &work[i], NULL),
                         AE_OK);
    }
    assert_memory_equal(seen[0].y[7], seen[1].y[0], sizeof seen[0].y[0]);
    assert_memory_equal(seen[0].y[8], seen[1].y[1], sizeof seen[0].y[0]);
    assert_true(work[0].n_steps == work[1].n_steps);
}

/* y' = -y + |z|, z = 1/4 - s/10: a kink in the middle of the way. */
static void kink(void *ctx, double s, const double *y, double *dyds)
{
    (void)ctx;
    dyds[0] = -y[0] + fabs(0.25 - 0.1 * s);
}

static void test_kink(void **state)
{
    (void)state;
    const double s[] = {5.0};
    for (size_t i = 0; i < 3; i++) {
        struct seen seen = {.dim = 1, .stop_after = SIZE_MAX};
        struct ae_ode ode = ode_of(1, kink, &seen);
        double y[1] = {0.0};
        struct ae_ode_work work;
        assert_int_equal(ae_integrate(all[i], &ode, 1e-9, 1, s, y, &work, NULL), AE_OK);
        /* piece by piece: y = a + b (1 - s) + const e^-s for y' = -y + a - b s */
        double y_kink = 0.35 - 0.25 - 0.35 * exp(-2.5);
        double want = -0.35 + 0.5 + (y_kink + 0.35 - 0.25) * exp(-2.5);
        if (fabs(seen.y[0][0] - want) > 1e-6)
            print_error("integrator %zu: got %.12g, want %.12g\n", i, seen.y[0][0], want);
        assert_true(fabs(seen.y[0][0] - want) <= 1e-6);
    }
}

static void test_stop(void **state)
{
    (void)state;
    const double s[] = {1000.0};
    for (size_t i = 0; i < 3; i++) {
        struct seen seen = {.dim = 3, .stop_after = 20};
        struct ae_ode ode = ode_of(3, stiff, &seen);
        double y[3] = {1.0, 0.0, 1.0};
        struct ae_ode_work work;
        struct ae_error err;
        assert_int_equal(ae_integrate(all[i], &ode, 1e-8, 1, s, y, &work, &err), AE_ESTOP);
        assert_true(seen.n == 0 && work.s < 1000.0 && seen.n_polls == 21);
    }
}

/* y' = y^2 from 1 has no solution beyond s = 1: the integrator must say so, and where. */
static void blow_up(void *ctx, double s, const double *y, double *dyds)
{
    (void)ctx, (void)s;
    dyds[0] = y[0] * y[0];
}

static void test_no_solution(void **state)
{
    (void)state;
    const double s[] = {0.5, 2.0};
    for (size_t i = 0; i < 3; i++) {
        struct seen seen = {.dim = 1, .stop_after = 100000};
        struct ae_ode ode = ode_of(1, blow_up, &seen);
        double y[1] = {1.0};
        struct ae_ode_work work;
        struct ae_error err = {.message = ""};
        enum ae_status rc = ae_integrate(all[i], &ode, 1e-8, 2, s, y, &work, &err);
        if (rc != AE_ENUM)
            print_error("integrator %zu: status %d at s = %.17g: %s\n", i, (int)rc, work.s,
                        err.message);
        assert_int_equal(rc, AE_ENUM);
        assert_true(seen.n == 1 && fabs(seen.y[0][0] - 2.0) < 1e-5);
        assert_true(fabs(work.s - 1.0) < 1e-3 && strstr(err.message, "lr t = "));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_closed_form), cmocka_unit_test(test_observing_does_not_steer),
        cmocka_unit_test(test_clock),       cmocka_unit_test(test_tail),
        cmocka_unit_test(test_kink),        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_no_solution),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
