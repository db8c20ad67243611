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

/* tanh and its like are averages of a sum of 24 terms that differs from g by 2e-16 and from g'' by
 * 7e-15 (from its third derivative by 6e-14), in a series cut where 1e-15 is left. */
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
    static const double angle[] = {0.2, 1e-2, 1e-7};
    static const double Q[] = {0.2, 1.3, 30.0, 1e6};
    for (size_t a = 0; a < N_LAWS; a++) {
        for (size_t i = 0; i < sizeof angle / sizeof *angle; i++) {
            for (size_t j = 0; j < sizeof Q / sizeof *Q; j++) {
                double near_0 = 2.0 * pow(sin(angle[i] / 2.0), 2.0);
                struct two t = {Q[j], 1.7 * Q[j], 2.0 - near_0, near_0, 0.0, 0.0};
                if ((i + j) % 2 == 0) {
                    t = (struct two){Q[j], 0.7 * Q[j], near_0, 2.0 - near_0, 0.6, 0.0};
                    t.b_l = sqrt(t.Q_l) * (t.b_k / sqrt(t.Q_k) + 0.7 * angle[i]);
                }
                check_two(laws[a], &t, digits);
            }
        }
    }
    assert_int_equal(n_wrong, 0);
}

/* g and g' at one number. */
static void test_activation_at(void **state)
{
    (void)state;
    static const double at[] = {-700.0, -40.0, -3.0, -0.4, 1e-8, 0.7, 5.0, 30.0, 700.0};
    for (size_t a = 0; a < N_LAWS; a++) {
        for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
            struct jet want = jet_at(laws[a], wide(at[i]));
            struct ae_g got = ae_activation_at(laws[a], at[i]);
            near("g", got.g, (double)want.g, 3e-16 * fmax(1.0, fabs((double)want.g)));
            near("dg", got.dg, (double)want.g1, 3e-16);
            if (fabs(at[i]) < 40.0 && laws[a] != AE_GELU)
                near("dg, relative", got.dg / (double)want.g1, 1.0, 1e-14);
        }
        struct ae_g nothing = ae_activation_at(laws[a], (double)NAN);
        assert_true(isnan(nothing.g));
        assert_true(isfinite(ae_activation_at(laws[a], 1e300).g));
        assert_true(isfinite(ae_activation_at(laws[a], -1e300).dg));
    }
    assert_int_equal(n_wrong, 0);
}

/* At zero variance the averages are g, g' and g'' at the biases; and they get there smoothly. */
static void test_zero_variance(void **state)
{
    (void)state;
    static const double b[] = {0.7, -0.4, 2.5};
    static const double Q[] = {0.0, 1e-26, 5e-324};
    static struct sample s;
    for (size_t a = 0; a + 1 < N_LAWS; a++) {
        for (size_t i = 0; i < 9; i++) {
            struct two t = {Q[i % 3], Q[(i + i / 3) % 3], 0.37, 1.63, b[i % 3], b[i / 3]};
            struct jet k = jet_at(laws[a], wide(t.b_k)), l = jet_at(laws[a], wide(t.b_l));
            sample_two(&s, &t);
            evaluate(laws[a], &s);
            near("m", s.I[3], (double)k.g, 2e-15);
            near("a", s.J[3], (double)k.g1, 2e-15);
            near("a'", s.H[3], (double)k.g2, 1e-14);
            near("I", s.I[5], (double)(k.g * l.g), 1e-14);
            near("J", s.J[5], (double)(k.g1 * l.g), 1e-14);
            near("P", s.P[5], (double)(k.g1 * l.g1), 1e-14);
            near("H", s.H[5], (double)(k.g2 * l.g), 1e-14);
            near("H_kk", s.H[4], (double)(k.g2 * k.g), 1e-14);
        }
    }
    assert_int_equal(n_wrong, 0);
}

/* tanh of small weights is linear, to relative precision: what remains when units retreat there. */
static void test_linear_limit(void **state)
{
    (void)state;
    static struct sample s;
    for (double Q = 1e-2; Q > 1e-200; Q *= 1e-6) {
        sample_two(&s, &(struct two){Q, 2.0 * Q, 0.4, 1.6, 0.0, 0.0});
        evaluate(AE_TANH, &s);
        near("I_kk / Q", s.I[4] / Q, 1.0 - 2.0 * Q, 10.0 * Q * Q + 2e-15);
        near("I_kl / Q_kl", s.I[5] / s.Q[1], 1.0 - 3.0 * Q, 30.0 * Q * Q + 2e-15);
        near("a", s.J[3], 1.0 - Q, 4.0 * Q * Q + 2e-15);
        near("P", s.P[5], 1.0 - 3.0 * Q, 30.0 * Q * Q + 2e-15);
        near("H / Q_kl", s.H[5] / s.Q[1], -2.0, 40.0 * Q + 1e-13);
        evaluate(AE_LOGISTIC, &s);
        near("logistic a", s.J[3], 0.25 - Q / 16.0, Q * Q + 2e-15);
        evaluate(AE_SOFTPLUS, &s);
        near("softplus m", s.I[3], log(2.0) + Q / 8.0, Q * Q + 2e-15);
        near("softplus a", s.J[3], 0.5, 2e-15);
        evaluate(AE_GELU, &s);
        near("gelu m", s.I[3], Q / sqrt(8.0 * atan(1.0)), Q * Q + 2e-15);
        near("gelu I / Q_kl", s.I[5] / s.Q[1], 0.25, 3.0 * Q + 2e-15);
    }
    assert_int_equal(n_wrong, 0);
}

/* Averages do not jump where the series gives way to the sum over pairs, or to g' = 1 - g^2. */
static void test_no_seams(void **state)
{
    (void)state;
    static struct sample s, t;
    for (size_t a = 0; a < 3; a++) {
        for (double Q = 0.1; Q < 1e3; Q *= 1.07) {
            struct two one = {Q, 0.9 * Q, 0.01, 1.99, 0.3, 0.2}, two = one;
            two.Q_k = Q * (1.0 + 1e-9);
            sample_two(&s, &one);
            sample_two(&t, &two);
            evaluate(laws[a], &s);
            evaluate(laws[a], &t);
            double cross = t.Q[1] - s.Q[1], own = t.Q[0] - s.Q[0];
            double slope = s.P[5] * cross + 0.5 * s.H[5] * own;
            near("I_kl", t.I[5], s.I[5] + slope, 1e-14 * (1.0 + Q));
            near("I_kk", t.I[4], s.I[4] + (s.P[4] + s.H[4]) * own, 1e-14 * (1.0 + Q));
        }
    }
    assert_int_equal(n_wrong, 0);
}

/* Where few widths of the mixture begin to do: c = 6 and 20 left of the smaller variance (logistic,
 * softplus: four times that), and where softplus leaves its series. */
static void test_few_widths(void **state)
{
    (void)state;
    static const double least[] = {6.0, 20.0}, ratios[] = {1.0, 50.0}, biases[] = {0.0, 0.8, -2.5};
    for (size_t i = 0; i < 3 * 2; i++) {
        enum ae_activation law = laws[i % 3];
        double c = 1.001 * (law == AE_TANH ? 1.0 : 4.0) * least[i / 3], Q = 10.0 * c;
        double ratio = ratios[i % 2], b = biases[(i + i / 3) % 3];
        double h = sqrt(1.0 - c / Q);
        struct two t = {Q, ratio * Q, c / Q / (1.0 + h), 1.0 + h, b, -0.6 * b * sqrt(ratio * Q)};
        check_two(law, &t, 3e-15);
    }
    for (double b = -3.0; b < 4.0; b += 3.0)
        check_one(AE_SOFTPLUS, 4.001, b, 3e-15);
    assert_int_equal(n_wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_activation_at, setup),
        cmocka_unit_test_setup(test_zero_variance, setup),
        cmocka_unit_test_setup(test_linear_limit, setup),
        cmocka_unit_test_setup(test_no_seams, setup),
        cmocka_unit_test_setup(test_few_widths, setup),
        cmocka_unit_test_setup(test_quadrature, setup),
        cmocka_unit_test_setup(test_small_angles, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
