/* One number for the replicates of a point. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <string.h>

#include "aesweep/reduce.h"

#define NOT_A_NUMBER ((double)NAN)
#define INFINITE     ((double)INFINITY)
static void assert_reduced(enum ae_reduce how, size_t n, const double *x, double want,
                           size_t want_nan)
{
    double copy[8];
    size_t n_nan = 99;
    memcpy(copy, x, n * sizeof *x);
    double got = ae_reduce(how, n, copy, &n_nan);
    bool is_same = isnan(want) ? isnan(got) : got == want || fabs(got - want) < 1e-14;
    if (!is_same)
        fail_msg("%s: got %.17g, want %.17g", ae_reduce_names[how], got, want);
    assert_int_equal(n_nan, want_nan);
}

static void test_reductions_of_finite_numbers(void **state)
{
    (void)state;
    const double x[] = {7, NOT_A_NUMBER, 1, 4, 2}; /* sorted 1 2 4 7; quartiles 1.75, 4.75 */
    assert_reduced(AE_REDUCE_median, 5, x, 3, 1);
    assert_reduced(AE_REDUCE_mean, 5, x, 3.5, 1);
    assert_reduced(AE_REDUCE_min, 5, x, 1, 1);
    assert_reduced(AE_REDUCE_max, 5, x, 7, 1);
    assert_reduced(AE_REDUCE_std, 5, x, sqrt(7.0), 1); /* squares 6.25 2.25 0.25 12.25 over 3 */
    assert_reduced(AE_REDUCE_count, 5, x, 4, 1);
    assert_reduced(AE_REDUCE_iqr, 5, x, 3, 1);
}

static void test_reductions_with_infinities(void **state)
{
    (void)state;
    const double x[] = {INFINITE, 1, INFINITE, 2, 3}; /* quartiles 2 and inf */
    assert_reduced(AE_REDUCE_median, 5, x, 3, 0);
    assert_reduced(AE_REDUCE_mean, 5, x, INFINITE, 0);
    assert_reduced(AE_REDUCE_min, 5, x, 1, 0);
    assert_reduced(AE_REDUCE_max, 5, x, INFINITE, 0);
    assert_reduced(AE_REDUCE_iqr, 5, x, INFINITE, 0);
    const double even[] = {INFINITE, 1, 5, INFINITE};
    assert_reduced(AE_REDUCE_median, 4, even, INFINITE, 0);
    const double low[] = {-INFINITE, 1, 5};
    assert_reduced(AE_REDUCE_min, 3, low, -INFINITE, 0);
    assert_reduced(AE_REDUCE_median, 3, low, 1, 0);
    const double all[] = {INFINITE, INFINITE};
    assert_reduced(AE_REDUCE_median, 2, all, INFINITE, 0);
}

static void test_reductions_of_little(void **state)
{
    (void)state;
    const double one[] = {5}, none[] = {NOT_A_NUMBER, NOT_A_NUMBER};
    assert_reduced(AE_REDUCE_median, 1, one, 5, 0);
    assert_reduced(AE_REDUCE_iqr, 1, one, 0, 0);
    assert_reduced(AE_REDUCE_std, 1, one, NOT_A_NUMBER, 0);
    for (int how = 0; how < AE_N_REDUCES; how++)
        assert_reduced((enum ae_reduce)how, 2, none, how == AE_REDUCE_count ? 0 : NOT_A_NUMBER, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reductions_of_finite_numbers),
        cmocka_unit_test(test_reductions_with_infinities),
        cmocka_unit_test(test_reductions_of_little),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
