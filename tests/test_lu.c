/* Small dense systems: solutions are put back into the equations. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "aesweep/lu.h"
#include "aesweep/random.h"

enum { MAX = 20, COLUMNS = 3 };

/* |A x - b| for one column. */
static double residual(size_t n, size_t stride, const double *A, const double *x, const double *b,
                       size_t step)
{
    double most = 0.0;
    for (size_t i = 0; i < n; i++) {
        double sum = -b[i * step];
        for (size_t j = 0; j < n; j++)
            sum += A[i * stride + j] * x[j * step];
        most = fmax(most, fabs(sum));
    }
    return most;
}

static void test_solve(void **state)
{
    (void)state;
    for (size_t n = 1; n <= MAX; n++) {
        size_t stride = n + n % 3, pivot[MAX];
        double A[(MAX + 2) * MAX], LU[(MAX + 2) * MAX], b[MAX * COLUMNS], x[MAX * COLUMNS];
        double b_1[MAX], x_1[MAX];
        ae_normals(ae_random_of(3, n), AE_FOR_INPUT, 0, n * stride, A);
        ae_normals(ae_random_of(3, n), AE_FOR_INPUT, 1, n * COLUMNS, b);
        A[0] = 0.0; /* elimination cannot begin here, but where n = 1 */
        if (n == 1)
            A[0] = -2.5;
        memcpy(LU, A, sizeof LU);
        memcpy(x, b, sizeof x);
        assert_true(ae_lu_factor(n, stride, LU, pivot));
        ae_lu_solve(n, stride, LU, pivot, COLUMNS, x);
        for (size_t c = 0; c < COLUMNS; c++)
            assert_true(residual(n, stride, A, x + c, b + c, COLUMNS) < 1e-11);
        for (size_t i = 0; i < n; i++)
            b_1[i] = x_1[i] = b[i * COLUMNS];
        ae_lu_transpose(n, stride, LU);
        ae_lu_solve_one(n, stride, LU, pivot, x_1);
        assert_true(residual(n, stride, A, x_1, b_1, 1) < 1e-11);
    }
}

static void test_no_solution(void **state)
{
    (void)state;
    size_t pivot[3];
    double zero[1] = {0.0};
    assert_false(ae_lu_factor(1, 1, zero, pivot));
    double dependent[9] = {1, 2, 3, 2, 4, 6, 1, 0, 1};
    assert_false(ae_lu_factor(3, 3, dependent, pivot));
    double unknown[4] = {1, 2, (double)NAN, 3};
    assert_false(ae_lu_factor(2, 2, unknown, pivot));
}

static bool stops_at_third(void *ctx)
{
    return ++*(size_t *)ctx >= 3;
}

/* Large systems ask at every column, small ones never. */
static void test_gives_up(void **state)
{
    (void)state;
    enum { LARGE = 1001 };
    static double A[LARGE * LARGE];
    static size_t pivot[LARGE];
    size_t n_asked = 0;
    for (size_t i = 0; i < LARGE; i++)
        A[i * LARGE + i] = 2.0;
    assert_true(ae_lu_factor_unless(stops_at_third, &n_asked, LARGE, LARGE, A, pivot));
    assert_int_equal(n_asked, 2);
    assert_false(ae_lu_factor_unless(stops_at_third, &n_asked, LARGE, LARGE, A, pivot));
    assert_true(ae_lu_factor_unless(stops_at_third, &n_asked, 500, LARGE, A, pivot));
    assert_int_equal(n_asked, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_solve),
        cmocka_unit_test(test_no_solution),
        cmocka_unit_test(test_gives_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
