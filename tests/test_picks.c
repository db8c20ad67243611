/* Picks: their distribution, orders that are orders, reading from anywhere, published words. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include <Random123/philox.h>

#include "aesweep/picks.h"

static struct ae_picks *new_picks(uint64_t n, bool in_epochs)
{
    struct ae_picks *picks = NULL;
    assert_int_equal(ae_picks_new(&picks, ae_random_of(3, 1), n, in_epochs, NULL), AE_OK);
    return picks;
}

/* Chi-square of equally likely counts, in standard deviations of it (by Wilson and Hilferty). */
static double too_uneven(size_t n, const size_t *counts, double n_all)
{
    double want = n_all / (double)n, sum = 0.0, k = (double)n - 1.0;
    for (size_t i = 0; i < n; i++)
        sum += ((double)counts[i] - want) * ((double)counts[i] - want) / want;
    return (cbrt(sum / k) - (1.0 - 2.0 / (9.0 * k))) / sqrt(2.0 / (9.0 * k));
}

static void assert_even(size_t n, const size_t *counts, double n_all, const char *what)
{
    double deviation = too_uneven(n, counts, n_all);
    if (!(fabs(deviation) < 5.0))
        fail_msg("%s: %g standard deviations", what, deviation);
}

/* Singles, and pairs that follow each other. */
static void test_draws_are_even(void **state)
{
    (void)state;
    enum { N = 13, N_DRAWS = 200000 };
    struct ae_picks *picks = new_picks(N, false);
    size_t single[N] = {0}, pair[N * N] = {0};
    uint64_t before = 0;
    for (uint64_t i = 0; i < N_DRAWS; i++) {
        uint64_t now = ae_picks_at(picks, i);
        assert_true(now < N);
        single[now]++;
        if (i % 2 == 1)
            pair[before * N + now]++;
        before = now;
    }
    assert_even(N, single, N_DRAWS, "single draws");
    assert_even(N * N, pair, N_DRAWS / 2.0, "pairs");
    ae_picks_free(picks);
}

/* All 24 orders of four are equally likely, and those of two epochs in a row independent. */
static void test_orders_are_even(void **state)
{
    (void)state;
    enum { N = 4, N_EPOCHS = 60000 };
    struct ae_picks *picks = new_picks(N, true);
    size_t single[24] = {0}, pair[24 * 24] = {0}, before = 0;
    for (uint64_t epoch = 0; epoch < N_EPOCHS; epoch++) {
        uint64_t x[N];
        size_t rank = 0;
        for (uint64_t i = 0; i < N; i++)
            x[i] = ae_picks_at(picks, epoch * N + i);
        for (size_t i = 0; i < N; i++) { /* Lehmer's code */
            size_t n_smaller = 0;
            for (size_t j = i + 1; j < N; j++)
                n_smaller += x[j] < x[i];
            rank = rank * (N - i) + n_smaller;
        }
        single[rank]++;
        if (epoch % 2 == 1)
            pair[before * 24 + rank]++;
        before = rank;
    }
    assert_even(24, single, N_EPOCHS, "orders");
    assert_even(24 * 24, pair, N_EPOCHS / 2.0, "pairs of orders");
    ae_picks_free(picks);
}

/* Each number once in an epoch, for sizes around those of a block. */
static void test_epochs_hold_each_once(void **state)
{
    (void)state;
    for (uint64_t n = 1; n <= 200; n += n < 70 ? 1 : 43) {
        struct ae_picks *picks = new_picks(n, true);
        for (uint64_t epoch = 0; epoch < 3; epoch++) {
            bool is_seen[200] = {false};
            for (uint64_t i = 0; i < n; i++) {
                uint64_t x = ae_picks_at(picks, epoch * n + i);
                assert_true(x < n && !is_seen[x]);
                is_seen[x] = true;
            }
        }
        ae_picks_free(picks);
    }
}

/* The same at a position whatever was read before; other keys differ. */
static void test_reading_from_anywhere(void **state)
{
    (void)state;
    static const uint64_t starts[] = {0, 1, 99, 100, 12345, (uint64_t)1 << 40};
    for (size_t in_epochs = 0; in_epochs < 2; in_epochs++)
        for (size_t s = 0; s < sizeof starts / sizeof *starts; s++) {
            struct ae_picks *ahead = new_picks(100, in_epochs == 1), *other = NULL;
            uint64_t seen[300];
            size_t n_same = 0;
            for (uint64_t i = 0; i < 300; i++)
                seen[i] = ae_picks_at(ahead, starts[s] + i);
            struct ae_picks *back = new_picks(100, in_epochs == 1);
            for (uint64_t i = 300; i-- > 0;)
                assert_true(ae_picks_at(back, starts[s] + i) == seen[i]);
            assert_int_equal(ae_picks_new(&other, ae_random_of(3, 2), 100, in_epochs == 1, NULL),
                             AE_OK);
            for (uint64_t i = 0; i < 300; i++)
                n_same += ae_picks_at(other, starts[s] + i) == seen[i];
            assert_true(n_same < 30);
            ae_picks_free(ahead);
            ae_picks_free(back);
            ae_picks_free(other);
        }
}

/* The largest sets, whose numbers are the leading bits of the words themselves. */
static void test_words(void **state)
{
    (void)state;
    const uint64_t n = (uint64_t)1 << 53, position = ((uint64_t)77 << 32 | 5) * 64 + 3;
    struct ae_random random = ae_random_of(3, 1);
    struct ae_picks *picks = new_picks(n, false);
    philox4x32_ctr_t counter = {{1, 5, 77, 4}};
    philox4x32_key_t key = {{random.key[0], random.key[1]}};
    philox4x32_ctr_t want = philox4x32(counter, key);
    uint64_t word = (uint64_t)want.v[2] << 32 | want.v[3];
    assert_true(ae_picks_at(picks, position) == word >> 11);
    ae_picks_free(picks);
    struct ae_picks *one = new_picks(1, false);
    for (uint64_t i = 0; i < 1000; i++)
        assert_true(ae_picks_at(one, i) == 0);
    ae_picks_free(one);
    ae_picks_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_draws_are_even),
        cmocka_unit_test(test_orders_are_even),
        cmocka_unit_test(test_epochs_hold_each_once),
        cmocka_unit_test(test_reading_from_anywhere),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
