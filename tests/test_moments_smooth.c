/*
 * Averages of the smooth activations tanh, logistic, softplus and gelu, and of leaky relu, against
 * two-dimensional quadrature of g itself, from zero to huge variance and bias and at small angles.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aesweep/moments.h"
#include "moments_reference.h"
#include "moments_sample.h"

static const enum ae_activation laws[] = {AE_TANH, AE_LOGISTIC, AE_SOFTPLUS, AE_GELU,
                                          AE_LEAKY_RELU};
enum { N_LAWS = sizeof laws / sizeof *laws };

/* tanh and its like are the averages of a sum of 24 terms that differs from g by 2e-16 and from g''
 * by 7e-15; 1e-13 at large variance is the rounding of 1 - h. */
static const double digits = 1e-14;

static void test_quadrature(void **state)
{
    (void)state;
    static const struct two at[] = {
        {1.0, 1.0, 0.7, 1.3, 0.0, 0.0},     {0.3, 2.0, 1.6, 0.4, 0.0, 0.0},
        {1.0, 2.0, 1.0, 1.0, 0.4, -0.9},    {0.5, 3.0, 0.1, 1.9, 0.8, 1.5},
        {4.0, 0.2, 1.95, 0.05, -1.2, 0.3},  {1e-3, 2e-3, 0.5, 1.5, 0.02, -0.7},
        {1e4, 2e3, 0.8, 1.2, 30.0, -50.0},  {1.0, 1.0, 0.01, 1.99, 2.5, 2.4},
        {0.09, 25.0, 0.4, 1.6, -0.5, 0.0},  {2.0, 2.0, 0.5, 1.5, 3.0, -2.0},
        {1.0, 1e6, 0.6, 1.4, 1e3, -9e2},    {1e6, 4e5, 1.3, 0.7, -1e3, 7e2},
        {30.0, 50.0, 1.8, 0.2, 4.0, -20.0}, {300.0, 100.0, 0.3, 1.7, 0.0, 0.0},
    };
    for (size_t a = 0; a < N_LAWS; a++) {
        for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
            check_two(laws[a], &at[i], digits);
            check_one(laws[a], at[i].Q_k, at[i].b_k, digits);
            check_one(laws[a], at[i].Q_l, at[i].b_l, digits);
        }
    }
    assert_int_equal(n_wrong, 0);
}

/* Units that almost align or oppose; at large variance the sum over pairs of widths takes over. */
static void test_small_angles(void **state)
{
    (void)state;
    static const double angle[] = {1e-1, 1e-2, 1e-4, 1e-7};
    static const double Q[] = {0.2, 1.3, 9.0, 200.0, 1e6};
    for (size_t a = 0; a < N_LAWS; a++) {
        for (size_t i = 0; i < 4; i++) {
            for (size_t j = 0; j < 5; j++) {
                double near_0 = 2.0 * pow(sin(angle[i] / 2.0), 2.0);
                struct two t = {Q[j], 0.7 * Q[j], near_0, 2.0 - near_0, 0.6, 0.0};
                t.b_l = sqrt(t.Q_l) * (t.b_k / sqrt(t.Q_k) + 0.7 * angle[i]);
                check_two(laws[a], &t, digits);
                t = (struct two){Q[j], 1.7 * Q[j], 2.0 - near_0, near_0, 0.0, 0.0};
                check_two(laws[a], &t, digits);
            }
        }
    }
    assert_int_equal(n_wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_quadrature, setup),
        cmocka_unit_test_setup(test_small_angles, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
