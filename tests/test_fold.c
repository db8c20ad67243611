/* Points that differ in lr alone, run by one integration: the same bits as one by one. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "aesweep/fold.h"
#include "points.h"

enum { N = 5 };
static const double rates[N] = {0.3, 10.0, 1.0, 0.01, 1.0 + 0x1p-52};

/* The same numbers, nan included. */
static void expect_same(const struct ae_record *a, const struct ae_record *b)
{
    struct ae_buffer bytes[2] = {{0}, {0}};
    assert_memory_equal(&a->summary, &b->summary, sizeof a->summary);
    ae_record_pack(a, &bytes[0]);
    ae_record_pack(b, &bytes[1]);
    assert_true(bytes[0].size == bytes[1].size && bytes[0].size > 0);
    assert_memory_equal(bytes[0].data, bytes[1].data, bytes[0].size);
    ae_buffer_clear(&bytes[0]);
    ae_buffer_clear(&bytes[1]);
}

/* The keys of points in a row are those of each alone, whichever of them are one trajectory. */
static void test_keys_in_a_row(void **state)
{
    (void)state;
    static const char *const texts[] = {"K=2 time=3", "K=2 time=9 tol=1e-9", "K=1 time=3",
                                        "engine=sgd K=1 time=3", "K=1 time=3 lr_bias=2 bias=both"};
    struct ae_hasher *hasher = NULL;
    struct ae_fold_memo memo = {0};
    size_t n_equal = 0;
    uint64_t last = 0;
    assert_int_equal(ae_hasher_new(&hasher, NULL), AE_OK);
    for (size_t i = 0; i < 60; i++) {
        struct ae_params p = point_of(texts[i / 3 * 7 % 5]);
        uint64_t one = 1, next = 2;
        p.lr = rates[i % N];
        p.weight_decay = i % 4 == 0 ? 0.25 : 0.0;
        p.replicate = 1 + i % 2;
        assert_int_equal(ae_fold_key(hasher, &p, &one, NULL), AE_OK);
        assert_int_equal(ae_fold_next_key(hasher, &memo, &p, &next, NULL), AE_OK);
        assert_true(one == next);
        n_equal += next == last;
        last = next;
    }
    assert_true(n_equal > 5 && n_equal < 50);
    ae_hasher_free(hasher);
}

static void run_all(const struct ae_params *p, const struct ae_host *host, struct ae_record *got,
                    enum ae_status *status)
{
    struct ae_record *records[N];
    struct ae_error err;
    for (size_t i = 0; i < N; i++) {
        assert_true(ae_engine_folds(&p[0], &p[i]));
        got[i] = (struct ae_record){0};
        records[i] = &got[i];
    }
    (void)ae_engine_run_folded(N, p, host, records, status, &err);
}

static void check(const char *text, double decay)
{
    struct ae_params p[N];
    struct ae_record got[N];
    enum ae_status status[N];
    struct ae_host host = {0};
    for (size_t i = 0; i < N; i++) {
        p[i] = point_of(text);
        p[i].lr = rates[i];
        p[i].weight_decay = decay * rates[i];
    }
    p[1].record = AE_RECORD_FULL; /* and times of its own */
    p[1].time *= 0.5;
    run_all(p, &host, got, status);
    for (size_t i = 0; i < N; i++) {
        assert_int_equal(status[i], AE_OK);
        struct ae_record alone = run_point(&p[i]);
        expect_same(&got[i], &alone);
        ae_record_clear(&alone);
        ae_record_clear(&got[i]);
    }
}

static void test_same_bits(void **state)
{
    (void)state;
    check("K=2 D=50 time=100", 0.0);
    check("K=3 D=inf bias=both time=300 activation=relu", 0.0);
    check("K=2 D=inf time=40 activation=linear", 0.25); /* decay / lr is exact */
    check("K=4 tied=true time=1e7", 0.0);               /* ends early */
}

struct patience {
    size_t n_polls, n_most;
};

static bool is_out_of_patience(void *ctx)
{
    struct patience *patience = ctx;
    return ++patience->n_polls > patience->n_most;
}

/* Stopped half-way: slow points have seen all their times, and are done. */
static void test_stop(void **state)
{
    (void)state;
    struct ae_params p[N];
    struct ae_record got[N];
    enum ae_status status[N];
    struct patience patience = {0, 450};
    struct ae_host host = {.ctx = &patience, .should_stop = is_out_of_patience};
    for (size_t i = 0; i < N; i++) {
        p[i] = point_of("K=2 D=50 time=100");
        p[i].lr = rates[i];
    }
    run_all(p, &host, got, status);
    assert_int_equal(status[1], AE_ESTOP);
    assert_int_equal(status[3], AE_OK);
    assert_true(got[1].summary.t_end > 0.0 && got[1].summary.t_end < 100.0);
    struct ae_record alone = run_point(&p[3]);
    expect_same(&got[3], &alone);
    ae_record_clear(&alone);
    for (size_t i = 0; i < N; i++)
        ae_record_clear(&got[i]);
}

static void test_what_folds(void **state)
{
    (void)state;
    struct ae_params a = point_of("K=2"), b = point_of("K=2 lr=0.1 time=7 record=final");
    assert_true(ae_engine_folds(&a, &b) && ae_engine_folds(&b, &a));
    static const char *const others[] = {"K=3",
                                         "K=2 init=0.2",
                                         "K=2 tol=1e-9",
                                         "K=2 lr=0.1 weight_decay=0.1",
                                         "K=2 integrator=msbdf",
                                         "K=2 engine=sgd"};
    for (size_t i = 0; i < 6; i++) {
        b = point_of(others[i]);
        assert_false(ae_engine_folds(&a, &b));
        assert_false(ae_engine_folds(&b, &a));
    }
    /* What does not act does not matter, nor does the last digit of lr. */
    b = point_of("K=2 tie_scale=3");
    b.lr = nextafter(1.0, 2.0);
    assert_true(ae_engine_folds(&a, &b) && ae_engine_folds(&b, &a));
    b.weight_decay = 0.1;
    a.weight_decay = 0.1;
    assert_false(ae_engine_folds(&a, &b));
    a.weight_decay = 0.0;
    b = a;
    b.timeout = 7.0;
    assert_false(ae_engine_folds(&a, &b));
    b = a;
    b.replicate = 2;
    assert_false(ae_engine_folds(&a, &b));
    a.engine = AE_ENGINE_SGD; /* simulations are one by one */
    b = a;
    assert_false(ae_engine_folds(&a, &b));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_bits),
        cmocka_unit_test(test_stop),
        cmocka_unit_test(test_keys_in_a_row),
        cmocka_unit_test(test_what_folds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
