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
#include "moments_sample.h"
#include "quadrature.h"

static const double pi = 3.14159265358979323846;

/* g and its derivatives; the delta functions of relu are handled by the caller. */
struct jet {
    long double g, g1, g2;
};

static struct jet jet_at(enum ae_activation activation, long double x)
{
    if (activation == AE_LINEAR)
        return (struct jet){x, 1.0L, 0.0L};
    if (activation == AE_RELU)
        return x > 0.0L ? (struct jet){x, 1.0L, 0.0L} : (struct jet){0.0L, 0.0L, 0.0L};
    long double density = expl(-0.5L * x * x) / sqrtl(2.0L * acosl(-1.0L));
    return (struct jet){erfl(x * sqrtl(0.5L)), 2.0L * density, -2.0L * x * density};
}

struct means {
    long double I, P, J_kl, J_lk, H_kl, H_lk;
};

/* Width of the turn of g as a function of a normal of deviation q. */
static void turn(struct rule *rule, enum ae_activation activation, long double at,
                 long double width, long double q)
{
    if (activation == AE_ERF)
        rule_refine(rule, at, sqrtl(width * width + 1.0L / (q * q)));
    else if (width > 0.0L)
        rule_refine(rule, at, width);
    else
        rule_cut(rule, at);
}

/* E[f(l_l) | s] for f = g, g', g'': l_l = b_l + q_l (h s + d t). */
static struct jet inner(enum ae_activation activation, const struct two *t, long double s)
{
    static struct rule rule;
    long double q = sqrtl(wide(t->Q_l));
    long double minus = wide(t->minus), plus = wide(t->plus);
    long double hs = minus < plus ? s - minus * s : plus * s - s;
    long double d = sqrtl(minus * plus);
    long double mean = wide(t->b_l) + q * hs;
    struct jet sum = {0.0L, 0.0L, 0.0L};
    rule_init(&rule, -10.0L, 10.0L, 1.25L);
    if (d > 0.0L)
        turn(&rule, activation, -mean / (q * d), 0.0L, q * d);
    rule_finish(&rule);
    for (size_t i = 0; i < rule.n; i++) {
        struct jet f = jet_at(activation, mean + q * d * rule.x[i]);
        sum.g += rule.weight[i] * f.g;
        sum.g1 += rule.weight[i] * f.g1;
        sum.g2 += rule.weight[i] * f.g2;
    }
    return sum;
}

static struct two swapped(const struct two *t)
{
    return (struct two){t->Q_l, t->Q_k, t->minus, t->plus, t->b_l, t->b_k};
}

/* relu: g'' is a delta function, so H is an integral over the line l_k = 0. */
static long double on_the_kink(const struct two *t)
{
    long double q = sqrtl(wide(t->Q_k));
    long double u = wide(t->b_k) / q;
    long double density = expl(-0.5L * u * u) / sqrtl(2.0L * acosl(-1.0L)) / q;
    return density * inner(AE_RELU, t, -u).g;
}

static struct means integrate(enum ae_activation activation, const struct two *t)
{
    static struct rule rule;
    long double q = sqrtl(wide(t->Q_k)), q_l = sqrtl(wide(t->Q_l));
    long double h = 0.5L * (wide(t->plus) - wide(t->minus));
    long double d = sqrtl(wide(t->minus) * wide(t->plus));
    struct means sum = {0.0L, 0.0L, 0.0L, 0.0L, 0.0L, 0.0L};
    rule_init(&rule, -10.0L, 10.0L, 1.0L);
    if (activation != AE_LINEAR) {
        turn(&rule, activation, -wide(t->b_k) / q, 0.0L, q);
        if (fabsl(h) > 0.05L)
            turn(&rule, activation, -wide(t->b_l) / q_l / h, d / fabsl(h), q_l * fabsl(h));
    }
    rule_finish(&rule);
    for (size_t i = 0; i < rule.n; i++) {
        struct jet k = jet_at(activation, wide(t->b_k) + q * rule.x[i]);
        struct jet l = inner(activation, t, rule.x[i]);
        sum.I += rule.weight[i] * k.g * l.g;
        sum.P += rule.weight[i] * k.g1 * l.g1;
        sum.J_kl += rule.weight[i] * k.g1 * l.g;
        sum.J_lk += rule.weight[i] * k.g * l.g1;
        sum.H_kl += rule.weight[i] * k.g2 * l.g;
        sum.H_lk += rule.weight[i] * k.g * l.g2;
    }
    if (activation == AE_RELU) {
        struct two other = swapped(t);
        sum.H_kl = on_the_kink(t);
        sum.H_lk = on_the_kink(&other);
    }
    return sum;
}

/* Averages of the pair; `digits` is relative to the size of the numbers that are summed. */
static void check_two(enum ae_activation activation, const struct two *t, double digits)
{
    static struct sample s;
    int before = n_wrong;
    struct means want = integrate(activation, t);
    sample_two(&s, t);
    evaluate(activation, &s);
    double k = activation == AE_ERF ? 1.0 : sqrt(t->Q_k) + fabs(t->b_k);
    double l = activation == AE_ERF ? 1.0 : sqrt(t->Q_l) + fabs(t->b_l);
    double slope = activation == AE_ERF ? 1.0 + fabs(t->b_k) + fabs(t->b_l) : 1.0;
    near("I_kl", s.I[5], (double)want.I, digits * k * l);
    near("P_kl", s.P[5], (double)want.P, digits * slope);
    near("J_kl", s.J[5], (double)want.J_kl, digits * l * slope);
    near("J_lk", s.J[7], (double)want.J_lk, digits * k * slope);
    near("H_kl", s.H[5], (double)want.H_kl, digits * (1.0 + l / sqrt(t->Q_k)) * slope);
    near("H_lk", s.H[7], (double)want.H_lk, digits * (1.0 + k / sqrt(t->Q_l)) * slope);
    if (n_wrong > before)
        note_two(t);
}

static void check_one(enum ae_activation activation, double Q, double b, double digits)
{
    static struct rule rule;
    static struct sample s;
    long double q = sqrtl(wide(Q));
    rule_init(&rule, -10.0L, 10.0L, 1.0L);
    if (activation != AE_LINEAR)
        turn(&rule, activation, -wide(b) / q, 0.0L, q);
    rule_finish(&rule);
    long double m = 0.0L, a = 0.0L, a1 = 0.0L, I = 0.0L, J = 0.0L, P = 0.0L, H = 0.0L;
    for (size_t i = 0; i < rule.n; i++) {
        struct jet f = jet_at(activation, wide(b) + q * rule.x[i]);
        long double w = rule.weight[i];
        m += w * f.g, a += w * f.g1, a1 += w * f.g2;
        I += w * f.g * f.g, J += w * f.g1 * f.g, P += w * f.g1 * f.g1, H += w * f.g2 * f.g;
    }
    long double u = wide(b) / q;
    if (activation == AE_RELU)
        a1 = expl(-0.5L * u * u) / sqrtl(2.0L * acosl(-1.0L)) / q;
    s.K = 1;
    s.Q[0] = Q, s.minus[0] = 0.0, s.plus[0] = 2.0, s.b[0] = b;
    evaluate(activation, &s);
    double size = activation == AE_ERF ? 1.0 : sqrt(Q) + fabs(b);
    int before = n_wrong;
    near("m", s.I[2], (double)m, digits * size);
    near("a", s.J[2], (double)a, digits);
    near("a'", s.H[2], (double)a1, digits * (1.0 + fabs((double)a1)));
    near("I_kk", s.I[3], (double)I, digits * size * size);
    near("J_kk", s.J[3], (double)J, digits * size);
    near("P_kk", s.P[3], (double)P, digits);
    near("H_kk", s.H[3], (double)H, digits);
    near("row 0 of I", fabs(s.I[0] - 1.0) + fabs(s.I[1] - s.I[2]), 0.0, 0.0);
    near("row 0 of J, H", fabs(s.J[0]) + fabs(s.J[1]) + fabs(s.H[0]) + fabs(s.H[1]), 0.0, 0.0);
    near("row 0 of P", fabs(s.P[0]) + fabs(s.P[1]) + fabs(s.P[2]), 0.0, 0.0);
    near("row 0", s.a2[0], 0.0, 0.0);
    if (n_wrong > before)
        print_error("  at Q = %g, b = %g\n", Q, b);
}

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
