/*
 * The bits behind random numbers, Philox with seven rounds as normals read it (no battery of others
 * is at hand; Salmon et al., SC 2011, ran TestU01's BigCrush on it): frequencies of bits and bytes,
 * pairs of bytes across words, blocks, streams and parts, spacings of birthdays, ranks of matrices,
 * and what becomes of a change of one bit of counter or key. Seeds are fixed; statistics are chi
 * squares and the like, bounds five standard deviations.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <Random123/philox.h>

enum { N_WORDS = 1 << 20 };

/* How numbers follow each other: word i of a simulation's reading. */
enum order { ALONG_BLOCKS, ALONG_STREAMS, ALONG_PARTS, ALONG_KEYS, N_ORDERS };
static const char *const order_name[] = {"blocks", "streams", "parts", "keys"};

static void block_of(enum order order, uint32_t i, uint32_t out[4])
{
    philox4x32_ctr_t counter = {{i, 7, 0, 3}};
    philox4x32_key_t key = {{0x12345678u, 0x9abcdef0u}};
    if (order == ALONG_STREAMS)
        counter = (philox4x32_ctr_t){{5, i, 0, 3}};
    if (order == ALONG_PARTS)
        counter = (philox4x32_ctr_t){{i / 8, 7, 0, 1 + i / 2 % 4 + 256 * (i % 2)}};
    if (order == ALONG_KEYS) {
        counter = (philox4x32_ctr_t){{5, 7, 0, 3}};
        key.v[0] = i;
    }
    counter = philox4x32_R(7, counter, key);
    memcpy(out, counter.v, 4 * sizeof *out);
}

static const uint32_t *words_of(enum order order)
{
    static uint32_t words[N_WORDS];
    for (uint32_t i = 0; i < N_WORDS / 4; i++)
        block_of(order, i, words + 4 * i);
    return words;
}

static void expect(double got, double want, double sigma, const char *what, enum order order)
{
    if (!(fabs(got - want) <= 5.0 * sigma))
        fail_msg("%s along %s: %g, want %g +- %g", what, order_name[order], got, want, sigma);
}

/* Chi square of counts that should be equal. */
static void expect_flat(const uint32_t *count, size_t n_bins, size_t n, const char *what,
                        enum order order)
{
    double want = (double)n / (double)n_bins, chi2 = 0.0, freedom = (double)n_bins - 1.0;
    for (size_t i = 0; i < n_bins; i++)
        chi2 += ((double)count[i] - want) * ((double)count[i] - want) / want;
    expect(chi2, freedom, sqrt(2.0 * freedom), what, order);
}

static void every_bit_is_set_half_of_the_time(void **state)
{
    (void)state;
    for (enum order order = 0; order < N_ORDERS; order++) {
        const uint32_t *word = words_of(order);
        uint32_t ones[128] = {0}, weight[33] = {0};
        for (size_t i = 0; i < N_WORDS; i++) {
            uint32_t sum = 0;
            for (size_t bit = 0; bit < 32; bit++)
                sum += word[i] >> bit & 1u, ones[32 * (i % 4) + bit] += word[i] >> bit & 1u;
            weight[sum]++;
        }
        for (size_t bit = 0; bit < 128; bit++)
            expect(ones[bit], N_WORDS / 8.0, sqrt(N_WORDS / 16.0), "ones of a bit", order);
        double chi2 = 0.0, share = pow(2.0, -32.0);
        for (size_t k = 0; k <= 32; k++) { /* binomial; few expected at the ends */
            double want = N_WORDS * share;
            chi2 += want > 5.0 ? (weight[k] - want) * (weight[k] - want) / want : 0.0;
            share *= (32.0 - (double)k) / ((double)k + 1.0);
        }
        expect(chi2, 24.0, sqrt(48.0), "bits set in a word", order);
    }
}

/* Pairs of bytes: of one word, of neighbours in a block, of neighbouring blocks, streams, ... */
static void pairs_of_bytes_are_equally_frequent(void **state)
{
    (void)state;
    static const size_t lags[] = {1, 2, 3, 4, 8, 64, 128};
    static uint32_t count[65536];
    for (enum order order = 0; order < N_ORDERS; order++) {
        const uint32_t *word = words_of(order);
        for (size_t k = 0; k < sizeof lags / sizeof *lags; k++)
            for (int high = 0; high < 2; high++) {
                size_t n = N_WORDS - lags[k];
                memset(count, 0, sizeof count);
                for (size_t i = 0; i < n; i++)
                    count[(word[i] >> 24) << 8 |
                          (high ? word[i + lags[k]] >> 24 : word[i + lags[k]] & 255u)]++;
                expect_flat(count, 65536, n, "pairs of bytes", order);
            }
    }
}

static int by_size(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return (x > y) - (x < y);
}

/* Marsaglia's birthday spacings: m birthdays among 2^32 days; equal spacings are Poisson with mean
 * m^3 / 4n. */
static void spacings_of_birthdays_repeat_as_they_should(void **state)
{
    (void)state;
    enum { M = 4096, N_YEARS = N_WORDS / M };
    for (enum order order = 0; order < N_ORDERS; order++) {
        const uint32_t *word = words_of(order);
        double repeats = 0.0, mean = pow(M, 3.0) / pow(2.0, 34.0) * N_YEARS;
        for (size_t year = 0; year < N_YEARS; year++) {
            uint32_t day[M];
            memcpy(day, word + year * M, sizeof day);
            qsort(day, M, sizeof *day, by_size);
            for (size_t i = M - 1; i > 0; i--)
                day[i] -= day[i - 1];
            qsort(day, M, sizeof *day, by_size);
            for (size_t i = 1; i < M; i++)
                repeats += day[i] == day[i - 1];
        }
        expect(repeats, mean, sqrt(mean), "repeated spacings", order);
    }
}

static size_t rank_of(uint32_t row[32])
{
    size_t rank = 0;
    for (size_t bit = 0; bit < 32; bit++) {
        size_t pivot = rank;
        while (pivot < 32 && !(row[pivot] >> bit & 1u))
            pivot++;
        if (pivot == 32)
            continue;
        uint32_t swap = row[pivot];
        row[pivot] = row[rank];
        row[rank] = swap;
        for (size_t i = 0; i < 32; i++)
            if (i != rank && row[i] >> bit & 1u)
                row[i] ^= row[rank];
        rank++;
    }
    return rank;
}

/* Ranks over GF(2): 32, 31, fewer with probabilities 0.2888, 0.5776, 0.1336. */
static void ranks_of_matrices_are_those_of_chance(void **state)
{
    (void)state;
    static const double share[] = {0.288788095, 0.577576190, 0.133635715};
    enum { N = N_WORDS / 32 };
    for (enum order order = 0; order < N_ORDERS; order++) {
        const uint32_t *word = words_of(order);
        double count[3] = {0}, chi2 = 0.0;
        for (size_t i = 0; i < N; i++) {
            uint32_t row[32];
            memcpy(row, word + 32 * i, sizeof row);
            size_t rank = rank_of(row);
            count[rank == 32 ? 0 : rank == 31 ? 1 : 2]++;
        }
        for (size_t i = 0; i < 3; i++)
            chi2 += (count[i] - N * share[i]) * (count[i] - N * share[i]) / (N * share[i]);
        expect(chi2, 2.0, 2.0, "ranks", order);
    }
}

/* One bit of counter or key changes half of the bits of the block, each of them half of the time. */
static void one_bit_changes_everything(void **state)
{
    (void)state;
    enum { N = 4096 };
    for (size_t bit = 0; bit < 192; bit++) {
        uint32_t flips[128] = {0};
        for (uint32_t i = 0; i < N; i++) {
            uint32_t in[2][6] = {{i, 3 * i, 0, 3, 17, i ^ 5u}}, out[2][4];
            memcpy(in[1], in[0], sizeof in[0]);
            in[1][bit / 32] ^= 1u << bit % 32;
            for (size_t k = 0; k < 2; k++) {
                philox4x32_ctr_t counter = {{in[k][0], in[k][1], in[k][2], in[k][3]}};
                philox4x32_key_t key = {{in[k][4], in[k][5]}};
                counter = philox4x32_R(7, counter, key);
                memcpy(out[k], counter.v, sizeof out[k]);
            }
            for (size_t at = 0; at < 128; at++)
                flips[at] += (out[0][at / 32] ^ out[1][at / 32]) >> at % 32 & 1u;
        }
        for (size_t at = 0; at < 128; at++) /* 24576 cells: the largest of them is near 4.2 sigma */
            if (fabs(flips[at] - N / 2.0) > 5.5 * sqrt(N / 4.0))
                fail_msg("bit %zu of the input flips bit %zu %u times of %d", bit, at, flips[at],
                         N);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_bit_is_set_half_of_the_time),
        cmocka_unit_test(pairs_of_bytes_are_equally_frequent),
        cmocka_unit_test(spacings_of_birthdays_repeat_as_they_should),
        cmocka_unit_test(ranks_of_matrices_are_those_of_chance),
        cmocka_unit_test(one_bit_changes_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
