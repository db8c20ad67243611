/*
 * The normal distribution against quadrature of another representation, identities and limits.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aesweep/normal.h"
#include "quadrature.h"

static const double pi = 3.14159265358979323846;
static const double inf = (double)INFINITY;
static const double not_a_number = (double)NAN;

#define assert_near(got, want, tolerance)                                                          \
    assert_near_at((double)(got), (double)(want), (tolerance), __LINE__)

static void assert_near_at(double got, double want, double tolerance, int line)
{
    if (!(fabs(got - want) <= tolerance))
        fail_msg("line %d: got %.17g, want %.17g, off by %.2e > %.2e", line, got, want, got - want,
                 tolerance);
}

/* Integral over s < x of phi(s) Phi((y - h s)/d), panels refined where the inner Phi turns over. */
static long double reference(double at_x, double at_y, double one_minus, double one_plus)
{
    static struct rule rule;
    long double x = (long double)at_x, y = (long double)at_y;
    long double minus = (long double)one_minus, plus = (long double)one_plus;
    long double sign = minus < plus ? 1.0L : -1.0L;
    long double rest = minus < plus ? minus : plus; /* h = sign (1 - rest) */
    long double h = sign * (1.0L - rest);
    long double d = sqrtl(minus * plus);
    rule_init(&rule, -14.0L, x, 0.5L);
    if (fabsl(h) > 0.1L)
        rule_refine(&rule, y / h, d / fabsl(h));
    rule_finish(&rule);
    long double sum = 0.0L;
    for (size_t i = 0; i < rule.n; i++) {
        long double s = rule.x[i];
        long double z = ((y - sign * s) + sign * rest * s) / d;
        sum += rule.weight[i] * 0.5L * erfcl(-z * sqrtl(0.5L));
    }
    return sum;
}

static void test_distribution_tails(void **state)
{
    (void)state;
    /* The reference is the continued fraction of Mills' ratio, which knows no erfc. */
    for (double x = 3.0; x <= 37.0; x += 0.37) {
        long double ratio = 0.0L;
        for (int k = 400; k >= 1; k--)
            ratio = k / ((long double)x + ratio);
        long double tail = expl(-0.5L * (long double)x * (long double)x) /
                           sqrtl(2.0L * acosl(-1.0L)) / ((long double)x + ratio);
        assert_near(ae_normal_distribution(-x) / (double)tail, 1.0, 1e-15);
        assert_near(ae_normal_distribution(x), 1.0L - tail, 1e-15);
    }
    assert_near(ae_normal_distribution(0.0), 0.5, 0.0);
    assert_near(ae_normal_distribution(-inf), 0.0, 0.0);
    assert_near(ae_normal_distribution(inf), 1.0, 0.0);
    assert_near(ae_normal_distribution(-1e300), 0.0, 0.0);
    assert_near(ae_normal_distribution(1.959963984540054), 0.975, 1e-15);
    assert_near(ae_normal_density(0.0), 1.0 / sqrt(2.0 * pi), 1e-16);
    assert_near(ae_normal_density(1e200), 0.0, 0.0);
    assert_true(isnan(ae_normal_distribution(not_a_number)));
}

static void test_distribution2_quadrature(void **state)
{
    (void)state;
    static const double h[] = {0.0,    1e-9,   0.1, 0.2499, 0.2501, 0.4,   0.6,
                               0.6999, 0.7001, 0.8, 0.925,  0.98,   0.999, 0.999999};
    static const double at[] = {-8.0, -3.1, -1.0, -0.2,  -1e-3, 0.0,
                                1e-9, 0.3,  1.0,  1.001, 2.5,   6.0};
    for (size_t c = 0; c < 2 * (sizeof h / sizeof *h); c++) {
        double one_minus = 1.0 + (c % 2 == 0 ? -h[c / 2] : h[c / 2]);
        double one_plus = 2.0 - one_minus;
        for (size_t i = 0; i < sizeof at / sizeof *at; i++)
            for (size_t j = 0; j < sizeof at / sizeof *at; j++)
                assert_near(ae_normal2_distribution(at[i], at[j], one_minus, one_plus),
                            reference(at[i], at[j], one_minus, one_plus), 5e-16);
    }
}

/* Correlations that no double but 1 - h can hold. */
static void test_distribution2_near_the_ends(void **state)
{
    (void)state;
    static const double rest[] = {1e-8, 1e-14, 1e-20, 1e-24};
    static const double x[] = {-2.0, 0.0, 0.7};
    for (size_t c = 0; c < sizeof rest / sizeof *rest; c++) {
        double width = sqrt(rest[c]);
        for (size_t i = 0; i < sizeof x / sizeof *x; i++) {
            for (double s = -3.0; s <= 3.0; s += 0.75) {
                double y = x[i] + s * width;
                assert_near(ae_normal2_distribution(x[i], y, rest[c], 2.0 - rest[c]),
                            reference(x[i], y, rest[c], 2.0 - rest[c]), 5e-16);
                y = -x[i] + s * width;
                assert_near(ae_normal2_distribution(x[i], y, 2.0 - rest[c], rest[c]),
                            reference(x[i], y, 2.0 - rest[c], rest[c]), 5e-16);
            }
        }
    }
}

static void test_distribution2_identities(void **state)
{
    (void)state;
    for (double h = -1.0; h <= 1.0; h += 0.0625) {
        double minus = 1.0 - h, plus = 1.0 + h;
        assert_near(ae_normal2_distribution(0.0, 0.0, minus, plus), 0.25 + asin(h) / (2.0 * pi),
                    2e-16);
        for (double x = -4.0; x <= 4.0; x += 0.5) {
            for (double y = -4.0; y <= 4.0; y += 0.5) {
                double p = ae_normal2_distribution(x, y, minus, plus);
                /* symmetric, bit for bit */
                assert_true(p == ae_normal2_distribution(y, x, minus, plus));
                /* P(X <= x, Y <= y) + P(X <= x, Y > y) = P(X <= x) */
                assert_near(p + ae_normal2_distribution(x, -y, plus, minus),
                            ae_normal_distribution(x), 4e-16);
                assert_true(p >= 0.0);
                assert_true(p <= ae_normal_distribution(fmin(x, y)) + 1e-16);
            }
        }
    }
}

/* d Phi2 / dh = phi2, and d Phi2 / dx = phi(x) Phi((y - h x)/d). */
static void test_distribution2_derivatives(void **state)
{
    (void)state;
    const double e = 1e-3;
    for (double h = -0.9; h <= 0.95; h += 0.15) {
        for (double x = -2.0; x <= 2.0; x += 0.8) {
            double y = 0.4 - 0.7 * x;
            double d = sqrt((1.0 - h) * (1.0 + h));
            double by_h = 0.0, by_x = 0.0;
            static const double weight[] = {45.0 / 60, -9.0 / 60, 1.0 / 60};
            for (int i = 1; i <= 3; i++) {
                double w = weight[i - 1] / e;
                double s = i * e;
                by_h += w * (ae_normal2_distribution(x, y, 1.0 - h - s, 1.0 + h + s) -
                             ae_normal2_distribution(x, y, 1.0 - h + s, 1.0 + h - s));
                by_x += w * (ae_normal2_distribution(x + s, y, 1.0 - h, 1.0 + h) -
                             ae_normal2_distribution(x - s, y, 1.0 - h, 1.0 + h));
            }
            /* sixth order: truncation ~ e^6 times a derivative of up to d^-12, rounding 1e-16/e */
            assert_near(by_h, ae_normal2_density(x, y, 1.0 - h, 1.0 + h), 1e-9);
            double rest = ae_normal_distribution((y - h * x) / d);
            assert_near(by_x, ae_normal_density(x) * rest, 1e-11);
        }
    }
}

static void test_distribution2_limits(void **state)
{
    (void)state;
    static const double minus[] = {0.0, 1e-320, 1e-12, 0.3, 1.0, 1.9, 2.0};
    for (size_t c = 0; c < sizeof minus / sizeof *minus; c++) {
        double m = minus[c], p = 2.0 - minus[c];
        assert_near(ae_normal2_distribution(inf, 0.3, m, p), ae_normal_distribution(0.3), 0.0);
        assert_near(ae_normal2_distribution(-0.7, inf, m, p), ae_normal_distribution(-0.7), 0.0);
        assert_near(ae_normal2_distribution(-inf, inf, m, p), 0.0, 0.0);
        assert_near(ae_normal2_distribution(-inf, -inf, m, p), 0.0, 0.0);
        assert_near(ae_normal2_distribution(inf, inf, m, p), 1.0, 0.0);
        assert_near(ae_normal2_distribution(1e200, 0.3, m, p), ae_normal_distribution(0.3), 1e-16);
        assert_near(ae_normal2_distribution(1e200, 1e200, m, p), 1.0, 0.0);
        assert_near(ae_normal2_distribution(-1e200, 1e200, m, p), 0.0, 0.0);
        assert_near(ae_normal2_distribution(-1e200, -1e200, m, p), 0.0, 0.0);
    }
    /* X = Y and X = -Y, exactly or all but */
    assert_near(ae_normal2_distribution(0.3, -0.4, 1e-320, 2.0), ae_normal_distribution(-0.4), 0.0);
    assert_near(ae_normal2_distribution(0.3, -0.4, 2.0, 1e-320), 0.0, 0.0);
    assert_near(ae_normal2_distribution(0.3, -0.4, 0.0, 2.0), ae_normal_distribution(-0.4), 0.0);
    assert_near(ae_normal2_distribution(0.3, -0.4, 2.0, 0.0), 0.0, 0.0);
    assert_near(ae_normal2_distribution(0.5, -0.4, 2.0, 0.0),
                ae_normal_distribution(0.5) - ae_normal_distribution(0.4), 1e-16);
    assert_true(isnan(ae_normal2_distribution(not_a_number, 0.0, 0.5, 1.5)));
    assert_true(isnan(ae_normal2_distribution(1.0, 0.5, not_a_number, not_a_number)));
}

/* The excess over independence keeps its digits where it is tiny: h phi phi (1 + h x y/2 + ...). */
static void test_excess(void **state)
{
    (void)state;
    for (double h = 1e-3; h > 1e-250; h *= 1e-7) {
        for (double x = -2.0; x <= 2.0; x += 0.5) {
            double y = 0.3 + x / 3.0;
            struct ae_correlation c = {h, 1.0 - h, 1.0 + h};
            double got =
                ae_normal2_known(x, ae_normal_distribution(x), y, ae_normal_distribution(y), &c)
                    .excess;
            double series = 1.0 + h * x * y / 2.0 + h * h * (x * x - 1.0) * (y * y - 1.0) / 6.0 +
                            h * h * h * (x * x - 3.0) * x * (y * y - 3.0) * y / 24.0;
            double want = h * ae_normal_density(x) * ae_normal_density(y) * series;
            assert_near(got / want, 1.0, h > 1e-4 ? 1e-11 : 2e-15);
        }
    }
    /* both results tell the same story at any h */
    for (double h = -0.95; h < 1.0; h += 0.05) {
        struct ae_correlation c = {h, 1.0 - h, 1.0 + h};
        double Px = ae_normal_distribution(0.3), Py = ae_normal_distribution(-0.8);
        struct ae_normal2 both = ae_normal2_known(0.3, Px, -0.8, Py, &c);
        assert_near(both.distribution, both.excess + Px * Py, 2e-16);
        assert_near(both.distribution, ae_normal2_distribution(0.3, -0.8, 1.0 - h, 1.0 + h), 2e-16);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distribution_tails),
        cmocka_unit_test(test_distribution2_quadrature),
        cmocka_unit_test(test_distribution2_near_the_ends),
        cmocka_unit_test(test_distribution2_identities),
        cmocka_unit_test(test_distribution2_derivatives),
        cmocka_unit_test(test_distribution2_limits),
        cmocka_unit_test(test_excess),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
