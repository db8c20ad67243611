/*
 * Random numbers: the published answers of Philox, Box-Muller in long double from the same words,
 * the same bits on every instruction set, and the statistics of independent standard normals. Seeds
 * are fixed, so that a bound of 5 standard deviations holds today and tomorrow or never.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include <Random123/philox.h>

#include "aesweep/hash.h"
#include "aesweep/lanes.h"
#include "aesweep/random.h"

/* The source once more, not cloned but inlined into one function for each instruction set. */
struct ae_random again_random_of(uint64_t seed, uint64_t replicate);
#undef AE_CLONES
#define AE_CLONES    AE_INLINE
#define ae_normals   again_normals
#define ae_random_of again_random_of
#include "../src/base/random.c"
#undef ae_normals
#undef ae_random_of

/* ---- the numbers themselves ---- */

static void philox_gives_its_published_answers(void **state)
{
    (void)state;
    static const struct {
        uint32_t counter[4], key[2], want[4];
    } cases[] = {
        {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u}},
        {{UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX},
         {UINT32_MAX, UINT32_MAX},
         {0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu}},
        {{0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u},
         {0xa4093822u, 0x299f31d0u},
         {0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct words lanes; /* the case in an odd lane, other numbers in all others */
        memset(&lanes, 0x5a, sizeof lanes);
        philox4x32_ctr_t counter;
        philox4x32_key_t key = {{cases[i].key[0], cases[i].key[1]}};
        for (size_t k = 0; k < 4; k++) {
            counter.v[k] = cases[i].counter[k];
            lanes.c[k][3 + i] = cases[i].counter[k];
        }
        counter = philox4x32(counter, key);
        philox(&lanes, (struct ae_random){.key = {cases[i].key[0], cases[i].key[1]}});
        for (size_t k = 0; k < 4; k++) {
            assert_true(counter.v[k] == cases[i].want[k]);
            assert_true(lanes.c[k][3 + i] == cases[i].want[k]);
        }
    }
}

/* Radius from u = n_u / 2^52, angle 2 pi n_t / 2^52, both numerators in (0, 2^52]. The angle is
 * reduced in integers to the nearest quarter turn. */
static void box_muller_long(uint64_t n_u, uint64_t n_t, long double out[2])
{
    const long double two_pi = 2.0L * acosl(-1.0L);
    long double radius = sqrtl(-2.0L * logl((long double)n_u * 0x1p-52L));
    uint64_t quarter = (n_t + ((uint64_t)1 << 49)) >> 50;
    int64_t rest = (int64_t)n_t - (int64_t)(quarter << 50);
    long double angle = two_pi * ((long double)rest * 0x1p-52L);
    long double c = cosl(angle), s = sinl(angle);
    const long double turned[4][2] = {{c, s}, {-s, c}, {-c, -s}, {s, -c}};
    out[0] = radius * turned[quarter % 4][0];
    out[1] = radius * turned[quarter % 4][1];
}

static void expect_normal(double got, long double want)
{
    long double off = fabsl((long double)got - want);
    if (!(off <= 1e-14L * fabsl(want) || off <= 1e-15L)) /* as the header promises */
        fail_msg("got %.17g, want %.20Lg, off by %Lg", got, want, off);
}

/* Counter and key as the source documents them, drawn word by word. */
static void normals_are_box_muller_of_philox(void **state)
{
    (void)state;
    enum { N = 1001 };
    static const uint64_t streams[] = {0, 1, 12345, UINT32_MAX, (uint64_t)1 << 32, UINT64_MAX};
    static const enum ae_purpose purposes[] = {AE_FOR_ENCODER, AE_FOR_DECODER, AE_FOR_INPUT};
    double got[N];
    for (uint64_t i = 0; i < 36; i++) {
        uint64_t stream = streams[i % 6];
        enum ae_purpose purpose = purposes[i / 6 % 3];
        struct ae_random random = ae_random_of(i << (i % 40), i + 1);
        ae_normals(random, purpose, stream, N, got);
        for (uint32_t k = 0; k < N; k += 2) {
            philox4x32_ctr_t counter = {
                {k / 2, (uint32_t)stream, (uint32_t)(stream >> 32), (uint32_t)purpose}};
            philox4x32_key_t key = {{random.key[0], random.key[1]}};
            philox4x32_ctr_t w = philox4x32(counter, key);
            const uint64_t one = (uint64_t)1 << 52;
            uint64_t n_u = one - ((uint64_t)w.v[0] << 20 | w.v[1] >> 12);
            uint64_t n_t = one - ((uint64_t)w.v[2] << 20 | w.v[3] >> 12);
            long double want[2];
            box_muller_long(n_u, n_t, want);
            expect_normal(got[k], want[0]);
            if (k + 1 < N)
                expect_normal(got[k + 1], want[1]);
        }
    }
}

/* Words that no reasonable number of draws meets: both ends of the radius, the turns of the angle,
 * and where the logarithm changes its exponent. */
static void rare_words_are_exact_too(void **state)
{
    (void)state;
    const uint64_t one = (uint64_t)1 << 52, root_half = 3184525836262886u; /* 2^52 sqrt(1/2) */
    uint64_t n_u[80], n_t[80];
    size_t n = 0;
    for (uint64_t d = 0; d < 4; d++) {
        n_u[n] = 1 + d, n_t[n++] = 1 + d;
        n_u[n] = one - d, n_t[n++] = one - d;
        n_u[n] = root_half - 2 + d, n_t[n++] = one / 2 - 2 + d;
        n_u[n] = root_half / 2 - 2 + d, n_t[n++] = one / 4 - 2 + d;
        n_u[n] = one / 2 - 2 + d, n_t[n++] = 3 * (one / 4) - 2 + d;
        for (uint64_t eighth = 1; eighth < 8; eighth++)
            n_u[n] = one / 1000 * (eighth + 7 * d), n_t[n++] = eighth * (one / 8) - 2 + d;
    }
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            double first, second;
            long double want[2];
            box_muller((double)n_u[i] * 0x1p-52, (double)n_t[k] * 0x1p-52, &first, &second);
            box_muller_long(n_u[i], n_t[k], want);
            expect_normal(first, want[0]);
            expect_normal(second, want[1]);
        }
    assert_true(uniform(0, 0) == 1.0);
    assert_true(uniform(UINT32_MAX, UINT32_MAX) == 0x1p-52);
    assert_true(uniform((uint64_t)1 << 31, 0) == 0.5);
}

static void a_short_draw_begins_a_long_one(void **state)
{
    (void)state;
    enum { N = 300 };
    double whole[N], part[N + 1];
    struct ae_random random = ae_random_of(7, 3);
    ae_normals(random, AE_FOR_INPUT, 99, N, whole);
    for (size_t n = 0; n <= N; n++) {
        for (size_t i = 0; i <= N; i++)
            part[i] = -77.0;
        ae_normals(random, AE_FOR_INPUT, 99, n, part);
        assert_memory_equal(part, whole, n * sizeof *part);
        for (size_t i = n; i <= N; i++) /* not a number further */
            assert_true(part[i] == -77.0);
    }
}

/* Results in results folders rest on these, to the last bit. */
static void draws_of_stored_results_stay(void **state)
{
    (void)state;
    static const double want[] = {-0x1.1a4fde0ade2ccp-1, 0x1.018d446778a29p-3, 0x1.ca1ee7a6c1588p-4,
                                  0x1.b0fa4a63831ffp-1};
    static double got[20000];
    ae_normals(ae_random_of(1, 1), AE_FOR_INPUT, 7, 20000, got);
    for (size_t i = 0; i < 4; i++)
        assert_memory_equal(&got[13 * i], &want[i], sizeof want[i]);
    assert_true(ae_hash(got, sizeof got) == 0x3818de30a5ff10eeu);
}

/* ---- instruction sets ---- */

typedef void draw(struct ae_random random, uint64_t stream, size_t n, double *out);

static void draw_plain(struct ae_random random, uint64_t stream, size_t n, double *out)
{
    again_normals(random, AE_FOR_INPUT, stream, n, out);
}

#if defined(__x86_64__) && defined(__GNUC__)
__attribute__((target("avx2,fma"))) static void draw_avx2(struct ae_random random, uint64_t stream,
                                                          size_t n, double *out)
{
    again_normals(random, AE_FOR_INPUT, stream, n, out);
}

__attribute__((target("avx512f"))) static void draw_avx512(struct ae_random random, uint64_t stream,
                                                           size_t n, double *out)
{
    again_normals(random, AE_FOR_INPUT, stream, n, out);
}

static size_t list_draws(draw *draws[3])
{
    size_t n = 0;
    draws[n++] = draw_plain;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        draws[n++] = draw_avx2;
    if (__builtin_cpu_supports("avx512f"))
        draws[n++] = draw_avx512;
    return n;
}
#else
static size_t list_draws(draw *draws[3])
{
    draws[0] = draw_plain;
    return 1;
}
#endif

static void every_instruction_set_gives_the_same_bits(void **state)
{
    (void)state;
    enum { N = 2000 };
    double library[N], here[N];
    draw *draws[3];
    size_t n_draws = list_draws(draws);
    for (uint64_t stream = 0; stream < 25; stream++) {
        struct ae_random random = ae_random_of(5, stream);
        size_t n = N - (size_t)stream;
        ae_normals(random, AE_FOR_INPUT, stream, n, library);
        for (size_t i = 0; i < n_draws; i++) {
            memset(here, 0, sizeof here);
            draws[i](random, stream, n, here);
            assert_memory_equal(here, library, n * sizeof *here);
        }
    }
}

/* ---- statistics ---- */

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_its_published_answers),
        cmocka_unit_test(normals_are_box_muller_of_philox),
        cmocka_unit_test(rare_words_are_exact_too),
        cmocka_unit_test(a_short_draw_begins_a_long_one),
        cmocka_unit_test(draws_of_stored_results_stay),
        cmocka_unit_test(every_instruction_set_gives_the_same_bits),
        cmocka_unit_test(moments_are_those_of_a_normal),
        cmocka_unit_test(draws_fall_into_bins_as_they_should),
        cmocka_unit_test(tails_are_neither_thin_nor_fat),
        cmocka_unit_test(positions_and_steps_are_independent),
        cmocka_unit_test(every_part_of_the_key_matters),
        cmocka_unit_test(replicates_and_units_are_independent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
