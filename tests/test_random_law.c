/*
 * The statistics of random numbers: independent standard normals, from random bits. Seeds are fixed,
 * so that a bound of 5 standard deviations holds today and tomorrow or never.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "aesweep/random.h"

/* ---- normals ---- */

enum { N_STEPS = 1000, N_COORDINATES = 500, N_DRAWS = N_STEPS * N_COORDINATES };
static const double *draws_of(uint64_t seed)
{
    static double draws[N_DRAWS];
    struct ae_random random = ae_random_of(seed, 1);
    for (size_t s = 0; s < N_STEPS; s++)
        ae_normals(random, AE_FOR_INPUT, s, N_COORDINATES, draws + s * N_COORDINATES);
    return draws;
}

#define assert_within(got, want, sigma)                                                            \
    assert_within_at((double)(got), (double)(want), (double)(sigma), __LINE__)
static void assert_within_at(double got, double want, double sigma, int line)
{
    if (!(fabs(got - want) <= 5.0 * sigma))
        fail_msg("line %d: got %g, want %g +- %g", line, got, want, sigma);
}

static void moments_are_those_of_a_normal(void **state)
{
    (void)state;
    static const double want[] = {1, 0, 1, 0, 3, 0, 15, 0, 105, 0, 945, 0, 10395}; /* E x^k */
    for (uint64_t seed = 1; seed <= 3; seed++) {
        const double *x = draws_of(seed);
        double sum[7] = {0};
        for (size_t i = 0; i < N_DRAWS; i++) {
            double power = 1.0;
            for (size_t k = 1; k <= 6; k++)
                sum[k] += power *= x[i];
        }
        for (size_t k = 1; k <= 6; k++)
            assert_within(sum[k] / N_DRAWS, want[k],
                          sqrt((want[2 * k] - want[k] * want[k]) / N_DRAWS));
    }
}

static double distribution(double x)
{
    return 0.5 * erfc(-x * sqrt(0.5));
}

/* Bins of a quarter from -4 to 4, and what lies outside. */
static void draws_fall_into_bins_as_they_should(void **state)
{
    (void)state;
    enum { N_BINS = 34 };
    for (uint64_t seed = 4; seed <= 6; seed++) {
        const double *x = draws_of(seed);
        size_t count[N_BINS] = {0};
        for (size_t i = 0; i < N_DRAWS; i++) {
            double bin = floor((x[i] + 4.0) * 4.0) + 1.0;
            count[(size_t)fmin(fmax(bin, 0.0), N_BINS - 1)]++;
        }
        double chi2 = 0.0;
        for (size_t k = 0; k < N_BINS; k++) {
            double edge = -4.0 + 0.25 * ((double)k - 1.0);
            double below = k == 0 ? 0.0 : distribution(edge);
            double above = k == N_BINS - 1 ? 1.0 : distribution(edge + 0.25);
            double want = N_DRAWS * (above - below);
            chi2 += ((double)count[k] - want) * ((double)count[k] - want) / want;
        }
        assert_within(chi2, N_BINS - 1, sqrt(2.0 * (N_BINS - 1)));
    }
}

static void tails_are_neither_thin_nor_fat(void **state)
{
    (void)state;
    double largest = 0.0;
    size_t count[10] = {0}; /* beyond 2, 2.5, 3, ... 6.5 */
    for (uint64_t seed = 1; seed <= 6; seed++) {
        const double *x = draws_of(seed);
        for (size_t i = 0; i < N_DRAWS; i++) {
            largest = fmax(largest, fabs(x[i]));
            for (size_t k = 0; k < 10 && fabs(x[i]) > 2.0 + 0.5 * (double)k; k++)
                count[k]++;
        }
    }
    for (size_t k = 0; k < 10; k++) {
        double want = 6.0 * N_DRAWS * 2.0 * distribution(-2.0 - 0.5 * (double)k);
        assert_within(count[k], want, fmax(sqrt(want), 0.2)); /* 0.2: none where none is due */
    }
    assert_true(largest <= sqrt(2.0 * 52.0 * log(2.0)));
}

/* Correlation of x with y, and of their squares, is nil. */
static void expect_uncorrelated(size_t n, const double *x, const double *y, int line)
{
    double linear = 0.0, square = 0.0, mixed = 0.0;
    for (size_t i = 0; i < n; i++) {
        linear += x[i] * y[i];
        square += (x[i] * x[i] - 1.0) * (y[i] * y[i] - 1.0);
        mixed += x[i] * (y[i] * y[i] - 1.0);
    }
    double sigma = sqrt((double)n);
    assert_within_at(linear, 0.0, sigma, line);
    assert_within_at(square, 0.0, 2.0 * sigma, line);
    assert_within_at(mixed, 0.0, sqrt(2.0) * sigma, line);
}

static void positions_and_steps_are_independent(void **state)
{
    (void)state;
    const double *x = draws_of(7);
    static const size_t lags[] = {1, 2, 3, 4, 5, 8, 16, 31, 32, 33, 64, 256};
    for (size_t i = 0; i < sizeof lags / sizeof *lags; i++) {
        expect_uncorrelated(N_DRAWS - lags[i], x, x + lags[i], __LINE__);
        size_t steps = lags[i] * N_COORDINATES;
        expect_uncorrelated(N_DRAWS - steps, x, x + steps, __LINE__);
    }
    /* The two of one block share their radius, and odd positions their angle with even ones. */
    static double first[N_DRAWS / 2], second[N_DRAWS / 2];
    for (size_t i = 0; i < N_DRAWS / 2; i++) {
        first[i] = x[2 * i];
        second[i] = x[2 * i + 1];
    }
    expect_uncorrelated(N_DRAWS / 2, first, second, __LINE__);
    expect_uncorrelated(N_DRAWS / 2, second, first, __LINE__);
}

/* What a number is drawn for: change any part of it and the numbers are others. */
static void every_part_of_the_key_matters(void **state)
{
    (void)state;
    enum { N = 4000 };
    static const struct {
        uint64_t seed, replicate;
        enum ae_purpose purpose;
        uint64_t stream;
    } keys[] = {
        {1, 1, AE_FOR_INPUT, 0},
        {2, 1, AE_FOR_INPUT, 0},
        {1, 2, AE_FOR_INPUT, 0},
        {2, 2, AE_FOR_INPUT, 0},
        {0, 1, AE_FOR_INPUT, 0},
        {1, 1, AE_FOR_ENCODER, 0},
        {1, 1, AE_FOR_DECODER, 0},
        {1, 1, AE_FOR_INPUT, 1},
        {1, 1, AE_FOR_INPUT, 2},
        {1, 1, AE_FOR_ENCODER, 1},
        {1, 1, AE_FOR_INPUT, (uint64_t)1 << 32},
        {1, 1, AE_FOR_INPUT, (uint64_t)1 << 63},
        {1 + ((uint64_t)1 << 32), 1, AE_FOR_INPUT, 0},
        {1, 1 + ((uint64_t)1 << 32), AE_FOR_INPUT, 0},
        {UINT64_MAX, UINT64_MAX, AE_FOR_INPUT, UINT64_MAX},
    };
    enum { N_KEYS = sizeof keys / sizeof *keys };
    static double x[N_KEYS][N];
    for (size_t i = 0; i < N_KEYS; i++) {
        struct ae_random random = ae_random_of(keys[i].seed, keys[i].replicate);
        ae_normals(random, keys[i].purpose, keys[i].stream, N, x[i]);
        for (size_t k = 0; k < i; k++) {
            expect_uncorrelated(N, x[i], x[k], __LINE__);
            expect_uncorrelated(N - 2, x[i], x[k] + 2, __LINE__);
        }
    }
}

/* Means over streams at one position are normal too: unit k of replicate r, coordinate fixed. */
static void replicates_and_units_are_independent(void **state)
{
    (void)state;
    enum { N_REPLICATES = 400, N_UNITS = 8, N = 4 };
    double sum = 0.0, sum2 = 0.0;
    for (uint64_t replicate = 1; replicate <= N_REPLICATES; replicate++)
        for (size_t position = 0; position < N; position++) {
            double mean = 0.0, x[N];
            for (uint64_t unit = 0; unit < N_UNITS; unit++) {
                ae_normals(ae_random_of(1, replicate), AE_FOR_ENCODER, unit, N, x);
                mean += x[position] / sqrt((double)N_UNITS);
            }
            sum += mean;
            sum2 += mean * mean;
        }
    const double n = N_REPLICATES * N;
    assert_within(sum / n, 0.0, sqrt(1.0 / n));
    assert_within(sum2 / n, 1.0, sqrt(2.0 / n));
}

/* Inputs are normals rounded to 24 bits: that moves moments by less than 2e-8. */
static void rounding_of_inputs_keeps_moments(void **state)
{
    (void)state;
    enum { N_GROUPS = 8, N = N_GROUPS * AE_NORMALS_GROUP, N_STREAMS = 4000 };
    static double normal[N], input[N], one[N];
    double shift[4] = {0}, square[4] = {0};
    for (size_t i = 0; i < N; i++)
        one[i] = 1.0;
    for (uint64_t stream = 0; stream < N_STREAMS; stream++) {
        struct ae_random random = ae_random_of(9, 1);
        ae_normals(random, AE_FOR_INPUT, stream, N, normal);
        ae_inputs(random, AE_FOR_INPUT, 1, &stream, N_GROUPS, one, 8, input);
        for (size_t i = 0; i < N; i++) {
            double x = 1.0, y = 1.0;
            for (size_t k = 0; k < 4; k++) {
                x *= normal[i], y *= input[i];
                shift[k] += y - x;
                square[k] += (y - x) * (y - x);
            }
        }
    }
    const double n = (double)N * N_STREAMS;
    for (size_t k = 0; k < 4; k++)
        assert_true(fabs(shift[k] / n) + 5.0 * sqrt(square[k]) / n < 2e-8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_are_those_of_a_normal),
        cmocka_unit_test(draws_fall_into_bins_as_they_should),
        cmocka_unit_test(tails_are_neither_thin_nor_fat),
        cmocka_unit_test(positions_and_steps_are_independent),
        cmocka_unit_test(every_part_of_the_key_matters),
        cmocka_unit_test(replicates_and_units_are_independent),
        cmocka_unit_test(rounding_of_inputs_keeps_moments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
