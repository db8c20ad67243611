/*
 * Gaussian averages of the activations against two-dimensional quadrature, and the limits in which
 * closed forms lose their digits: parallel and opposed units, zero and huge variance.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aesweep/moments.h"
#include "aesweep/normal.h"
#include "moments_reference.h"
#include "moments_sample.h"

static const double pi = 3.14159265358979323846;

static void test_quadrature(void **state)
{
    (void)state;
    static const enum ae_activation activation[] = {AE_LINEAR, AE_ERF, AE_RELU};
    static const struct two at[] = {
        {1.0, 1.0, 0.7, 1.3, 0.0, 0.0},    {0.3, 2.0, 1.6, 0.4, 0.0, 0.0},
        {1.0, 2.0, 1.0, 1.0, 0.4, -0.9},   {0.5, 3.0, 0.1, 1.9, 0.8, 1.5},
        {4.0, 0.2, 1.95, 0.05, -1.2, 0.3}, {1e-3, 2e-3, 0.5, 1.5, 0.02, -0.7},
        {1e4, 2e3, 0.8, 1.2, 30.0, -50.0}, {1.0, 1.0, 0.01, 1.99, 2.5, 2.4},
        {0.09, 25.0, 0.4, 1.6, -0.5, 0.0}, {2.0, 2.0, 0.5, 1.5, 3.0, -2.0},
        {1.0, 1e6, 0.6, 1.4, 1e3, -9e2},   {1e6, 4e5, 1.3, 0.7, -1e3, 7e2},
    };
    for (size_t a = 0; a < 3; a++) {
        for (size_t i = 0; i < sizeof at / sizeof *at; i++) {
            check_two(activation[a], &at[i], 3e-15);
            check_one(activation[a], at[i].Q_k, at[i].b_k, 3e-15);
            check_one(activation[a], at[i].Q_l, at[i].b_l, 3e-15);
        }
    }
    assert_int_equal(n_wrong, 0);
}

/* Units that almost align or oppose, where h itself has lost the angle. */
static void test_quadrature_at_small_angles(void **state)
{
    (void)state;
    static const double angle[] = {1e-2, 1e-4, 1e-7};
    for (size_t i = 0; i < sizeof angle / sizeof *angle; i++) {
        double near_0 = 2.0 * pow(sin(angle[i] / 2.0), 2.0);
        struct two t = {1.3, 0.8, near_0, 2.0 - near_0, 0.6, 0.0};
        t.b_l = sqrt(t.Q_l) * (t.b_k / sqrt(t.Q_k) + 0.7 * angle[i]);
        check_two(AE_RELU, &t, 3e-15);
        check_two(AE_ERF, &t, 3e-15);
        t.b_k = t.b_l = 0.0;
        check_two(AE_RELU, &t, 3e-15);
        t = (struct two){0.4, 1.7, 2.0 - near_0, near_0, -0.5, 0.0};
        t.b_l = -sqrt(t.Q_l) * (t.b_k / sqrt(t.Q_k) + 1.1 * angle[i]);
        check_two(AE_RELU, &t, 3e-15);
        check_two(AE_ERF, &t, 3e-15);
    }
    /* erf at large variance: 1 - h of the smoothed units is 1e-6 and less */
    check_two(AE_ERF, &(struct two){1e6, 1e6, 1e-9, 2.0 - 1e-9, 700.0, 701.0}, 1e-14);
    check_two(AE_ERF, &(struct two){1e6, 3e5, 2.0 - 1e-7, 1e-7, -200.0, 100.0}, 1e-14);
    check_two(AE_ERF, &(struct two){1e6, 1e6, 1e-9, 2.0 - 1e-9, 0.0, 0.0}, 1e-14);
    assert_int_equal(n_wrong, 0);
}

/* ---- angles beyond quadrature ---- */

/* z Phi(z) + phi(z) */
static double ramp(double z)
{
    return z * ae_normal_distribution(z) + ae_normal_density(z);
}

/* To first order in the angle; u_l = u_k + s angle, and its mirror image. */
static void test_relu_leading_order(void **state)
{
    (void)state;
    static struct sample s;
    for (double angle = 1e-8; angle > 1e-40; angle *= 1e-4) {
        for (double shift = -3.0; shift <= 3.0; shift += 0.5) {
            double rest = 0.5 * angle * angle, q_k = 1.3, q_l = 0.6, b_k = shift * q_k * angle;
            struct two t = {q_k * q_k, q_l * q_l, rest, 2.0 - rest, b_k, 2.0 * shift * q_l * angle};
            double rate = q_l * ramp(shift) / (q_k * sqrt(2.0 * pi)) * angle;
            sample_two(&s, &t);
            evaluate(AE_RELU, &s);
            near("aligned H_kl / angle", s.H[5] / rate, 1.0, 1e-7 + angle * 1e2);
            near("aligned P", s.P[5], 0.5, angle * 5.0 + 2e-16);
            near("aligned J", s.J[5], q_l / sqrt(2.0 * pi), angle * 5.0 + 2e-16);
            near("aligned I", s.I[5], q_k * q_l / 2.0, angle * 5.0 + 2e-16);
            t = (struct two){q_k * q_k, q_l * q_l, 2.0 - rest, rest, b_k, 0.0};
            sample_two(&s, &t);
            evaluate(AE_RELU, &s);
            near("opposed H_kl / angle", s.H[5] / rate, 1.0, 1e-7 + angle * 1e2);
            near("opposed P", s.P[5], angle * ramp(shift) / sqrt(2.0 * pi), angle * angle + 1e-16);
            near("opposed J", s.J[5], 0.0, angle * angle * 10.0 + 1e-16);
            near("opposed I", s.I[5], 0.0, angle * angle * angle * 10.0 + 1e-16);
        }
    }
    assert_int_equal(n_wrong, 0);
}

/* Exactly parallel: a unit and its copy share all averages with the unit itself; opposed: with its
 * mirror image, which for erf is odd. */
static void test_copies(void **state)
{
    (void)state;
    static const double Q[] = {1e-9, 0.04, 1.0, 30.0, 1e6, 1e12};
    static const double u[] = {0.0, 1e-9, -0.3, 1.0, -2.0, 4.0};
    static struct sample s;
    for (size_t i = 0; i < sizeof Q / sizeof *Q; i++) {
        for (size_t j = 0; j < sizeof u / sizeof *u; j++) {
            double b = u[j] * sqrt(Q[i]);
            sample_two(&s, &(struct two){Q[i], Q[i], 0.0, 2.0, b, b});
            evaluate(AE_ERF, &s);
            near("copy I", s.I[5], s.I[4], 2e-15);
            near("copy P", s.P[5], s.P[4], 2e-15);
            near("copy J", s.J[5], s.J[4], 2e-15);
            near("copy H", s.H[5], s.H[4], 2e-15);
            evaluate(AE_RELU, &s);
            near("relu copy I", s.I[5], s.I[4], 2e-15 * (Q[i] + b * b));
            near("relu copy P", s.P[5], s.P[4], 2e-15);
            near("relu copy J", s.J[5], s.J[4], 2e-15 * (sqrt(Q[i]) + fabs(b)));
            near("relu copy H", s.H[5], 0.0, 0.0);
            sample_two(&s, &(struct two){Q[i], Q[i], 2.0, 0.0, b, -b});
            evaluate(AE_ERF, &s);
            near("mirror I", s.I[5], -s.I[4], 2e-15);
            near("mirror P", s.P[5], s.P[4], 2e-15);
            near("mirror J", s.J[5], -s.J[4], 2e-15);
            near("mirror H", s.H[5], -s.H[4], 2e-15);
            evaluate(AE_RELU, &s);
            near("relu mirror", fabs(s.I[5]) + fabs(s.J[5]) + fabs(s.H[5]), 0.0, 2e-15 * Q[i]);
        }
    }
    /* (2/pi) asin(Q/(1+Q)) where asin has no digits left: asin = pi/2 - sqrt(2/Q) (1 + O(1/Q)) */
    for (double big = 1e6; big < 1e15; big *= 1e3) {
        sample_two(&s, &(struct two){big, big, 0.0, 2.0, 0.0, 0.0});
        evaluate(AE_ERF, &s);
        double gap = 2.0 / pi * sqrt(2.0 / big);
        near("1 - I_kk", (1.0 - s.I[4]) / gap, 1.0, 1e-6 + 1e-15 * sqrt(big));
        near("P_kk", s.P[4] * sqrt(1.0 + 2.0 * big), 2.0 / pi, 1e-15);
        near("H_kk", s.H[4] * sqrt(1.0 + 2.0 * big), -2.0 / pi * big / (1.0 + big), 1e-15);
    }
    assert_int_equal(n_wrong, 0);
}

/* ---- zero variance ---- */

static void test_zero_variance(void **state)
{
    (void)state;
    static const double b[] = {0.7, -0.4, 0.0};
    static const double Q[] = {0.0, 1e-26};
    static struct sample s;
    for (size_t i = 0; i < 9; i++) {
        for (size_t v = 0; v < 4; v++) {
            struct two t = {Q[v % 2], Q[v / 2], 0.37, 1.63, b[i % 3], b[i / 3]};
            struct jet k = jet_at(AE_ERF, wide(t.b_k)), l = jet_at(AE_ERF, wide(t.b_l));
            sample_two(&s, &t);
            evaluate(AE_ERF, &s);
            near("erf I", s.I[5], (double)(k.g * l.g), 1e-15);
            near("erf J", s.J[5], (double)(k.g1 * l.g), 1e-15);
            near("erf P", s.P[5], (double)(k.g1 * l.g1), 1e-15);
            near("erf H", s.H[5], (double)(k.g2 * l.g), 1e-15);
            near("erf H_kk", s.H[4], (double)(k.g2 * k.g), 1e-15);
            near("erf m", s.I[3], (double)k.g, 1e-15);
            near("erf a", s.J[3], (double)k.g1, 1e-15);
            near("erf a'", s.H[3], (double)k.g2, 1e-15);
            near("erf a''", s.a2[1], (t.b_k * t.b_k - 1.0) * (double)k.g1, 1e-15);
            if (t.b_k == 0.0 || t.b_l == 0.0)
                continue;
            evaluate(AE_RELU, &s);
            k = jet_at(AE_RELU, wide(t.b_k)), l = jet_at(AE_RELU, wide(t.b_l));
            near("relu I", s.I[5], (double)(k.g * l.g), 1e-12);
            near("relu J", s.J[5], (double)(k.g1 * l.g), 1e-12);
            near("relu P", s.P[5], (double)(k.g1 * l.g1), 1e-15);
            near("relu H", s.H[5], 0.0, 0.0);
        }
    }
    /* on the kink: the documented values, and unit l still feels its own */
    sample_two(&s, &(struct two){0.0, 4.0, 1.0, 1.0, 0.0, 0.5});
    evaluate(AE_RELU, &s);
    near("kink a", s.J[3], 0.5, 0.0);
    near("kink m, a', a''", fabs(s.I[3]) + fabs(s.H[3]) + fabs(s.a2[1]) + fabs(s.H[5]), 0.0, 0.0);
    near("kink J_kl = a_k m_l", s.J[5], 0.5 * s.I[6], 0.0);
    near("kink P = a_k a_l", s.P[5], 0.5 * s.J[6], 0.0);
    near("kink H_lk = a'_l m_k", s.H[7], 0.0, 0.0);
    assert_int_equal(n_wrong, 0);
}

static void test_activation_at(void **state)
{
    (void)state;
    for (double x = -3.0; x <= 3.0; x += 0.25) {
        struct ae_g linear = ae_activation_at(AE_LINEAR, x), relu = ae_activation_at(AE_RELU, x);
        struct ae_g smooth = ae_activation_at(AE_ERF, x);
        struct jet want = jet_at(AE_ERF, wide(x));
        near("linear", fabs(linear.g - x) + fabs(linear.dg - 1.0), 0.0, 0.0);
        near("relu g", relu.g, fmax(x, 0.0), 0.0);
        near("relu g'", relu.dg, x > 0.0 ? 1.0 : 0.0, 0.0);
        near("erf g", smooth.g, (double)want.g, 2e-16);
        near("erf g'", smooth.dg, (double)want.g1, 2e-16);
    }
    assert_true(isnan(ae_activation_at(AE_RELU, (double)NAN).g));
    assert_int_equal(n_wrong, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_quadrature, setup),
        cmocka_unit_test_setup(test_quadrature_at_small_angles, setup),
        cmocka_unit_test_setup(test_relu_leading_order, setup),
        cmocka_unit_test_setup(test_copies, setup),
        cmocka_unit_test_setup(test_zero_variance, setup),
        cmocka_unit_test_setup(test_activation_at, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
