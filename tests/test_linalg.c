/*
 * Vector kernels against plain loops in long double, at every length and alignment, on every
 * instruction set.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "aesweep/lanes.h"
#include "aesweep/linalg.h"

/* The source once more, not cloned but inlined into functions for each instruction set. */
#undef AE_CLONES
#define AE_CLONES        AE_INLINE
#define ae_dot           again_dot
#define ae_weighted_dot  again_weighted_dot
#define ae_product_norm2 again_product_norm2
#define ae_axpy          again_axpy
#define ae_scale_axpy    again_scale_axpy
#define ae_scale_axpy2   again_scale_axpy2
#include "../src/base/linalg.c"
#undef ae_dot
#undef ae_weighted_dot
#undef ae_product_norm2
#undef ae_axpy
#undef ae_scale_axpy
#undef ae_scale_axpy2

enum { N_MAX = 5000, MARGIN = 16 };

/* Inputs, and all results of the kernels on the first n of them. */
struct vectors {
    double r[N_MAX + MARGIN], x[N_MAX + MARGIN], z[N_MAX + MARGIN], y[N_MAX + MARGIN];
};
struct results {
    double dot, weighted, product;
    double axpy[N_MAX + MARGIN], scale[N_MAX + MARGIN], scale2[N_MAX + MARGIN];
};
static const double a = 0.7312, b = -1.9177, s = 0.9991;

/* SplitMix64 in (-1, 1), now and then scaled by powers of ten. */
static double next_real(uint64_t *state)
{
    uint64_t bits = *state += 0x9e3779b97f4a7c15u;
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9u;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebu;
    double x = (double)(int64_t)(bits ^ (bits >> 31)) * 0x1p-63;
    return bits % 8 == 0 ? 1e3 * x : bits % 8 == 1 ? 1e-6 * x : x;
}

static void fill(struct vectors *v, uint64_t seed)
{
    for (size_t i = 0; i < N_MAX + MARGIN; i++) {
        v->r[i] = fabs(next_real(&seed));
        v->x[i] = next_real(&seed);
        v->z[i] = next_real(&seed);
        v->y[i] = next_real(&seed);
    }
}

/* Lengths 0 to 100, then some around powers of two and a large one. */
static size_t length(size_t i)
{
    static const size_t large[] = {127,  128,  129,  255,  256,  257,
                                   1000, 1023, 1024, 1025, 4999, N_MAX};
    const size_t n_large = sizeof large / sizeof *large;
    return i <= 100 ? i : i - 101 < n_large ? large[i - 101] : SIZE_MAX;
}

static void run_library(size_t n, const struct vectors *v, struct results *out)
{
    out->dot = ae_dot(n, v->x, v->z);
    out->weighted = ae_weighted_dot(n, v->r, v->x, v->z);
    out->product = ae_product_norm2(n, v->x, v->z);
    memcpy(out->axpy, v->y, sizeof v->y);
    memcpy(out->scale, v->y, sizeof v->y);
    memcpy(out->scale2, v->y, sizeof v->y);
    ae_axpy(n, a, v->x, out->axpy);
    ae_scale_axpy(n, s, a, v->x, out->scale);
    ae_scale_axpy2(n, s, a, v->x, b, v->z, out->scale2);
}

static void expect_near(const char *kernel, size_t n, double got, long double want,
                        long double bound)
{
    if (!(fabsl((long double)got - want) <= bound))
        fail_msg("%s, n = %zu: got %.17g, want %.20Lg, off by more than %Lg", kernel, n, got, want,
                 bound);
}

/* Roundings of DBL_EPSILON/2 of the sum of sizes: a product or two, one for each step of a lane,
 * four to add the lanes up. */
static void sums_agree_with_plain_loops(void **state)
{
    (void)state;
    static struct vectors v;
    static struct results out;
    fill(&v, 1);
    for (size_t i = 0, n; (n = length(i)) != SIZE_MAX; i++) {
        long double dot = 0.0L, weighted = 0.0L, size = 0.0L, weighted_size = 0.0L, norm = 0.0L;
        long double squares = 0.0L;
        for (size_t k = 0; k < n; k++) {
            long double product = (long double)v.x[k] * (long double)v.z[k];
            dot += product;
            squares += product * product;
            weighted += (long double)v.r[k] * product;
            size += fabsl(product);
            weighted_size += fabsl((long double)v.r[k] * product);
            norm += (long double)v.r[k] * (long double)v.x[k] * (long double)v.x[k];
        }
        run_library(n, &v, &out);
        long double unit = (long double)DBL_EPSILON * (3.0L + (long double)n / AE_LANES);
        expect_near("dot", n, out.dot, dot, unit * size);
        expect_near("weighted dot", n, out.weighted, weighted, unit * weighted_size);
        expect_near("norm of the product", n, out.product, squares, unit * squares);
        expect_near("weighted norm", n, ae_weighted_dot(n, v.r, v.x, v.x), norm, unit * norm);
    }
}

/* One rounding for each product that is not fused and one for the sum. */
static void updates_agree_with_plain_loops(void **state)
{
    (void)state;
    static struct vectors v;
    static struct results out;
    const long double la = (long double)a, lb = (long double)b, ls = (long double)s;
    const long double unit = (long double)DBL_EPSILON / 2.0L * 1.001L;
    fill(&v, 2);
    for (size_t i = 0, n; (n = length(i)) != SIZE_MAX; i++) {
        run_library(n, &v, &out);
        for (size_t k = 0; k < n; k++) {
            long double x = (long double)v.x[k], y = (long double)v.y[k], z = (long double)v.z[k];
            long double sum = ls * y + la * x, whole = sum + lb * z;
            expect_near("axpy", n, out.axpy[k], y + la * x, unit * fabsl(y + la * x));
            expect_near("scale_axpy", n, out.scale[k], sum, unit * (fabsl(ls * y) + fabsl(sum)));
            expect_near("scale_axpy2", n, out.scale2[k], whole,
                        unit * (fabsl(ls * y) + fabsl(sum) + fabsl(whole)));
        }
        /* nothing behind the end is touched */
        assert_memory_equal(out.axpy + n, v.y + n, MARGIN * sizeof *v.y);
        assert_memory_equal(out.scale + n, v.y + n, MARGIN * sizeof *v.y);
        assert_memory_equal(out.scale2 + n, v.y + n, MARGIN * sizeof *v.y);
    }
}

/* Whole numbers are added without rounding: each index counts once, whatever the order. */
static void whole_numbers_are_exact(void **state)
{
    (void)state;
    static double r[N_MAX], x[N_MAX], y[N_MAX];
    for (size_t i = 0; i < N_MAX; i++) {
        r[i] = (double)(i % 7) + 1.0;
        x[i] = (double)i + 1.0;
        y[i] = (double)(i % 11) - 5.0;
    }
    for (size_t i = 0, n; (n = length(i)) != SIZE_MAX; i++) {
        int64_t dot = 0, weighted = 0, square = 0;
        for (size_t k = 0; k < n; k++) {
            int64_t product = (int64_t)(k + 1) * ((int64_t)(k % 11) - 5);
            dot += product;
            weighted += ((int64_t)(k % 7) + 1) * product;
            square += (int64_t)((k + 1) * (k + 1));
        }
        assert_true(ae_dot(n, x, y) == (double)dot);
        assert_true(ae_weighted_dot(n, r, x, y) == (double)weighted);
        assert_true(ae_dot(n, x, x) == (double)square);
    }
}

static void not_finite_numbers_pass_through(void **state)
{
    (void)state;
    double x[40], y[40];
    for (size_t bad = 0; bad < 40; bad++) {
        for (size_t i = 0; i < 40; i++)
            x[i] = y[i] = 1.0;
        x[bad] = (double)NAN;
        assert_true(isnan(ae_dot(40, x, y)));
        assert_true(isnan(ae_weighted_dot(40, y, y, x)));
        assert_true(isnan(ae_product_norm2(40, x, y)) && isnan(ae_product_norm2(40, y, x)));
        assert_true(isnan(ae_weighted_dot(40, x, y, y)));
        x[bad] = (double)INFINITY;
        assert_true(ae_dot(40, x, y) == (double)INFINITY);
        ae_axpy(40, -1.0, x, y);
        for (size_t i = 0; i < 40; i++)
            assert_true(i == bad ? y[i] == -(double)INFINITY : y[i] == 0.0);
    }
}

static void expect_same(const struct results *got, const struct results *want, size_t n,
                        size_t detail)
{
    bool is_same = memcmp(&got->dot, &want->dot, sizeof got->dot) == 0 &&
                   memcmp(&got->weighted, &want->weighted, sizeof got->weighted) == 0 &&
                   memcmp(&got->product, &want->product, sizeof got->product) == 0 &&
                   memcmp(got->axpy, want->axpy, n * sizeof *got->axpy) == 0 &&
                   memcmp(got->scale, want->scale, n * sizeof *got->scale) == 0 &&
                   memcmp(got->scale2, want->scale2, n * sizeof *got->scale2) == 0;
    if (!is_same)
        fail_msg("n = %zu: other bits in case %zu", n, detail);
}

static void alignment_changes_no_bit(void **state)
{
    (void)state;
    enum { N = 100 };
    static struct vectors v;
    static struct results want, got;
    static _Alignas(64) double at[4][N + 16];
    fill(&v, 3);
    for (size_t n = 0; n <= N; n++) {
        run_library(n, &v, &want);
        for (size_t offset = 0; offset < 8; offset++) {
            double *r = at[0] + offset, *x = at[1] + (offset * 3 + 1) % 8;
            double *z = at[2] + (offset * 5 + 2) % 8, *y = at[3] + (offset * 7 + 3) % 8;
            memcpy(r, v.r, n * sizeof *r);
            memcpy(x, v.x, n * sizeof *x);
            memcpy(z, v.z, n * sizeof *z);
            got.dot = ae_dot(n, x, z);
            got.weighted = ae_weighted_dot(n, r, x, z);
            got.product = ae_product_norm2(n, x, z);
            memcpy(y, v.y, n * sizeof *y);
            ae_axpy(n, a, x, y);
            memcpy(got.axpy, y, n * sizeof *y);
            memcpy(y, v.y, n * sizeof *y);
            ae_scale_axpy(n, s, a, x, y);
            memcpy(got.scale, y, n * sizeof *y);
            memcpy(y, v.y, n * sizeof *y);
            ae_scale_axpy2(n, s, a, x, b, z, y);
            memcpy(got.scale2, y, n * sizeof *y);
            expect_same(&got, &want, n, offset);
        }
    }
}

/* ---- instruction sets ---- */

AE_INLINE void run_again(size_t n, const struct vectors *v, struct results *out)
{
    out->dot = again_dot(n, v->x, v->z);
    out->weighted = again_weighted_dot(n, v->r, v->x, v->z);
    out->product = again_product_norm2(n, v->x, v->z);
    memcpy(out->axpy, v->y, sizeof v->y);
    memcpy(out->scale, v->y, sizeof v->y);
    memcpy(out->scale2, v->y, sizeof v->y);
    again_axpy(n, a, v->x, out->axpy);
    again_scale_axpy(n, s, a, v->x, out->scale);
    again_scale_axpy2(n, s, a, v->x, b, v->z, out->scale2);
}

typedef void run(size_t n, const struct vectors *v, struct results *out);

static void run_plain(size_t n, const struct vectors *v, struct results *out)
{
    run_again(n, v, out);
}

#if defined(__x86_64__) && defined(__GNUC__)
__attribute__((target("avx2,fma"))) static void run_avx2(size_t n, const struct vectors *v,
                                                         struct results *out)
{
    run_again(n, v, out);
}

__attribute__((target("avx512f"))) static void run_avx512(size_t n, const struct vectors *v,
                                                          struct results *out)
{
    run_again(n, v, out);
}

static size_t list_runs(run *runs[3])
{
    size_t n = 0;
    runs[n++] = run_plain;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        runs[n++] = run_avx2;
    if (__builtin_cpu_supports("avx512f"))
        runs[n++] = run_avx512;
    return n;
}
#else
static size_t list_runs(run *runs[3])
{
    runs[0] = run_plain;
    return 1;
}
#endif

static void every_instruction_set_gives_the_same_bits(void **state)
{
    (void)state;
    static struct vectors v;
    static struct results want, got;
    run *runs[3];
    size_t n_runs = list_runs(runs);
    fill(&v, 4);
    for (size_t i = 0, n; (n = length(i)) != SIZE_MAX; i++) {
        run_library(n, &v, &want);
        for (size_t k = 0; k < n_runs; k++) {
            runs[k](n, &v, &got);
            expect_same(&got, &want, n, k);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_agree_with_plain_loops),
        cmocka_unit_test(updates_agree_with_plain_loops),
        cmocka_unit_test(whole_numbers_are_exact),
        cmocka_unit_test(not_finite_numbers_pass_through),
        cmocka_unit_test(alignment_changes_no_bit),
        cmocka_unit_test(every_instruction_set_gives_the_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
