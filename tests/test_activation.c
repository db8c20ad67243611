/* The activation in lanes against the C library in long double, and every instruction set against every
 * other, bit by bit. */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../src/physics/activation_internal.h"
#include "aesweep/moments.h"

enum { N = 8 * 4000 };
static double x[N], g[N], dg[N];

/* Numbers of all sizes that matter, of both signs, and more where the fits meet. */
static void fill(void)
{
    for (size_t i = 0; i < N; i++) {
        double u = ((double)i + 0.5) / N;
        double size = i % 3 == 0   ? exp(-40.0 * u)
                      : i % 3 == 1 ? 12.0 * u
                                   : 1.0 + 1e-3 * (u - 0.5) * (i % 2 == 0 ? 1.0 : 1e-6);
        x[i] = i % 4 < 2 ? size : -size;
    }
}

static double ulp(double y)
{
    int exponent = 0;
    (void)frexp(y, &exponent);
    return ldexp(1.0, exponent - 53);
}

static void test_erf(void **state)
{
    (void)state;
    fill();
    ae_activation_many(AE_ERF, N, x, g, dg);
    for (size_t i = 0; i < N; i++) {
        long double z = (long double)x[i];
        long double want = erfl(z * 0.70710678118654752440084436210485L);
        long double slope = 0.79788456080286535587989211986876L * expl(-0.5L * z * z);
        if (!(fabsl((long double)g[i] - want) <= 2.0L * (long double)ulp((double)want)))
            fail_msg("erf at %.17g: got %.17g, want %.17Lg", x[i], g[i], want);
        if (!(fabsl((long double)dg[i] - slope) <= 3.0L * (long double)ulp((double)slope)))
            fail_msg("slope at %.17g: got %.17g, want %.17Lg", x[i], dg[i], slope);
    }
}

/* Zero, the ends, and what is no number. */
static void test_special_numbers(void **state)
{
    (void)state;
    const double at[8] = {0.0, -0.0, INFINITY, -INFINITY, (double)NAN, DBL_MAX, -1e-310, 38.0};
    double y[8], slope[8];
    ae_activation_many(AE_ERF, 8, at, y, slope);
    assert_true(y[0] == 0.0 && !signbit(y[0]) && y[1] == 0.0 && signbit(y[1]));
    assert_true(y[2] == 1.0 && y[3] == -1.0 && y[5] == 1.0 && y[7] == 1.0);
    assert_true(isnan(y[4]) && isnan(slope[4]));
    assert_true(y[6] < 0.0 && y[6] > -1e-310);
    assert_true(fabs(slope[0] - sqrt(2.0 / acos(-1.0))) < 1e-15 && slope[0] == slope[1]);
    for (size_t i = 2; i < 8; i++)
        assert_true(i == 4 || i == 6 || (slope[i] >= 0.0 && slope[i] < 1e-290));
}

/* Others, some at a time: what is beyond n is not used. */
static void test_others(void **state)
{
    (void)state;
    static const enum ae_activation others[] = {AE_LINEAR, AE_RELU, AE_TANH, AE_GELU, AE_ERF};
    const double at[8] = {0.3, -0.2, 0.0, 1.7, -3.0, NAN, NAN, NAN};
    double y[8], slope[8];
    for (size_t i = 0; i < 5; i++) {
        ae_activation_many(others[i], 5, at, y, slope);
        for (size_t k = 0; k < 5; k++) {
            struct ae_g want = ae_activation_at(others[i], at[k]);
            assert_true(fabs(y[k] - want.g) < 1e-15 && fabs(slope[k] - want.dg) < 1e-15);
        }
    }
}

static void test_every_instruction_set_gives_the_same_bits(void **state)
{
    (void)state;
    static double g2[N], dg2[N];
    bool has_avx2 = false, has_avx512 = false;
#if defined(__x86_64__) && defined(__GNUC__)
    has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    has_avx512 = __builtin_cpu_supports("avx512f");
#endif
    fill();
    ae_erf_lanes_plain(N, x, g, dg);
    if (has_avx2) {
        ae_erf_lanes_avx2(N, x, g2, dg2);
        assert_memory_equal(g, g2, sizeof g);
        assert_memory_equal(dg, dg2, sizeof dg);
    }
    if (has_avx512) {
        ae_erf_lanes_avx512(N, x, g2, dg2);
        assert_memory_equal(g, g2, sizeof g);
        assert_memory_equal(dg, dg2, sizeof dg);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_erf),
        cmocka_unit_test(test_special_numbers),
        cmocka_unit_test(test_others),
        cmocka_unit_test(test_every_instruction_set_gives_the_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
