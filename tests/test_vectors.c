/* SUNDIALS' vector operations by our kernels against its own, also where vectors are the same; and
 * the pool that clones come from. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "../src/engine/vectors.h"
#include <sundials/sundials_context.h>

#include "aesweep/random.h"

enum { N = 37, N_VECTORS = 3 };

struct pair {
    SUNContext context;
    struct ae_vectors *pool;
    double around[N];
    N_Vector ours[N_VECTORS], theirs[N_VECTORS];
};

static void set_up(struct pair *pair)
{
    assert_int_equal(SUNContext_Create(NULL, &pair->context), 0);
    assert_int_equal(ae_vectors_new(&pair->pool, N_VECTORS - 1, N, pair->context, NULL), AE_OK);
    for (size_t i = 0; i < N_VECTORS; i++) {
        pair->theirs[i] = N_VNew_Serial(N, pair->context);
        pair->ours[i] =
            i == 0 ? ae_vectors_around(pair->pool, pair->around) : N_VClone(pair->ours[i - 1]);
        assert_true(pair->theirs[i] && pair->ours[i]);
        ae_normals(ae_random_of(7, i), AE_FOR_INPUT, 0, N, NV_DATA_S(pair->ours[i]));
        memcpy(NV_DATA_S(pair->theirs[i]), NV_DATA_S(pair->ours[i]), N * sizeof(double));
    }
}

/* A sum of two products is rounded three times there, twice here. */
static void expect_same_and_tear_down(struct pair *pair)
{
    for (size_t i = 0; i < N_VECTORS; i++) {
        for (size_t j = 0; j < N; j++)
            assert_true(fabs(NV_Ith_S(pair->ours[i], j) - NV_Ith_S(pair->theirs[i], j)) < 1e-14);
        N_VDestroy(pair->ours[i]);
        N_VDestroy(pair->theirs[i]);
    }
    assert_false(ae_vectors_ran_out(pair->pool));
    ae_vectors_free(pair->pool);
    (void)SUNContext_Free(&pair->context);
}

/* Every way in which x, y and z can be the same, and factors that are special. */
static void test_linear_sum(void **state)
{
    (void)state;
    static const double factors[] = {0.0, 1.0, -1.0, 0.37};
    for (size_t ways = 0; ways < N_VECTORS * N_VECTORS * N_VECTORS; ways++)
        for (size_t a = 0; a < 4; a++)
            for (size_t b = 0; b < 4; b++) {
                size_t x = ways % 3, y = ways / 3 % 3, z = ways / 9;
                struct pair pair;
                set_up(&pair);
                N_VLinearSum(factors[a], pair.ours[x], factors[b], pair.ours[y], pair.ours[z]);
                N_VLinearSum(factors[a], pair.theirs[x], factors[b], pair.theirs[y],
                             pair.theirs[z]);
                expect_same_and_tear_down(&pair);
            }
}

static void test_the_rest(void **state)
{
    (void)state;
    for (size_t z = 0; z < 2; z++)
        for (int c = -1; c <= 2; c++) {
            struct pair pair;
            set_up(&pair);
            N_VScale(c, pair.ours[0], pair.ours[z]);
            N_VScale(c, pair.theirs[0], pair.theirs[z]);
            N_VConst(0.5 * c, pair.ours[2]);
            N_VConst(0.5 * c, pair.theirs[2]);
            double ours = N_VWrmsNorm(pair.ours[0], pair.ours[1]);
            assert_true(fabs(ours - N_VWrmsNorm(pair.theirs[0], pair.theirs[1])) < 1e-14);
            expect_same_and_tear_down(&pair);
        }
}

/* A vector given back is handed out again; with none left a clone is no NULL, and it is known. */
static void test_pool(void **state)
{
    (void)state;
    SUNContext context;
    struct ae_vectors *pool = NULL;
    struct ae_error err = {.message = ""};
    double around[N] = {0};
    assert_int_equal(SUNContext_Create(NULL, &context), 0);
    assert_int_equal(ae_vectors_new(&pool, 2, SIZE_MAX / 8, context, &err), AE_ENOMEM);
    assert_null(pool);
    assert_int_equal(ae_vectors_new(&pool, 2, N, context, &err), AE_OK);
    N_Vector first = ae_vectors_around(pool, around);
    assert_ptr_equal(N_VGetArrayPointer(first), around);
    N_Vector a = N_VClone(first), b = N_VClone(a);
    assert_true(a != b && N_VGetLength(b) == N);
    N_VDestroy(a);
    assert_ptr_equal(N_VClone(b), a);
    assert_false(ae_vectors_ran_out(pool));
    N_Vector more = N_VClone(first);
    assert_non_null(more);
    N_VConst(1.0, more);
    assert_true(ae_vectors_ran_out(pool) && around[0] == 0.0);
    ae_vectors_free(pool);
    ae_vectors_free(NULL);
    (void)SUNContext_Free(&context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_linear_sum),
        cmocka_unit_test(test_the_rest),
        cmocka_unit_test(test_pool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
