/* Points that differ in lr alone, run by one integration, and networks that are trained side by side:
 * the same bits as one by one. */
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
    (void)ae_engine_of(p)->run(N, p, host, records, status, &err);
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
}

/* ---- simulations ---- */

static const char *const networks[] = {"K=1 activation=linear",
                                       "K=3 lr=0.5 weight_decay=0.3",
                                       "K=2 activation=relu tied=true bias=both tie_scale=0.9",
                                       "K=4 activation=linear lr=400", /* diverges */
                                       "K=3 rule=truncated bias=decoder lr_decoder=0.5 lr_bias=2",
                                       "K=2 activation=linear tied=true rule=sanger init=0.2",
                                       "K=9 activation=tanh bias=encoder record=full"};
enum { N_NETWORKS = 7 };

static void list_networks(const char *shared, struct ae_params *p)
{
    for (size_t i = 0; i < N_NETWORKS; i++) {
        char text[256];
        (void)snprintf(text, sizeof text, "engine=sgd D=60 time=20 %s %s", shared, networks[i]);
        p[i] = point_of(text);
        assert_true(ae_engine_folds(&p[0], &p[i]));
    }
}

/* Two ways of ending early: asked to stop, and killed; states are those of the last poll before. */
struct class
{
    size_t n_polls, stop_at, save_every;
    struct ae_buffer states[N_NETWORKS];
};

static bool class_ends(void *ctx)
{
    struct class *class = ctx;
    return ++class->n_polls >= class->stop_at;
}

static bool class_saves(void *ctx)
{
    const struct class *class = ctx;
    return class->n_polls % class->save_every == 0;
}

static enum ae_status keep_state(void *ctx, size_t i, struct ae_bytes state, struct ae_error *err)
{
    struct class *class = ctx;
    assert_true(i < N_NETWORKS);
    if (class->n_polls >= class->stop_at && class->save_every < SIZE_MAX)
        return AE_OK; /* it was killed */
    ae_buffer_rewind(&class->states[i]);
    ae_buffer_append(&class->states[i], state.data, state.size);
    return ae_buffer_status(&class->states[i], err);
}

/* Each alone to the end, from the start or from its state. */
static void check_alone(const struct ae_params *p, const struct ae_record *got,
                        const enum ae_status *status, const struct class *class)
{
    for (size_t i = 0; i < N_NETWORKS; i++) {
        struct ae_record alone = run_point(&p[i]), rest = {0};
        if (status[i] == AE_OK) {
            expect_same(&got[i], &alone);
        } else {
            struct ae_host host = {.saved = ae_buffer_bytes(&class->states[i])};
            assert_int_equal(status[i], AE_ESTOP);
            assert_true(host.saved.size > 0);
            assert_int_equal(ae_engine_run(&p[i], &host, &rest, NULL), AE_OK);
            expect_same(&rest, &alone);
        }
        ae_record_clear(&alone);
        ae_record_clear(&rest);
    }
}

static void check_side_by_side(const char *shared, struct class class)
{
    struct ae_params p[N_NETWORKS];
    struct ae_record got[N_NETWORKS], *records[N_NETWORKS];
    enum ae_status status[N_NETWORKS];
    struct ae_error err;
    struct ae_host host = {
        .ctx = &class, .should_stop = class_ends, .should_save = class_saves, .save = keep_state};
    list_networks(shared, p);
    for (size_t i = 0; i < N_NETWORKS; i++) {
        got[i] = (struct ae_record){0};
        records[i] = &got[i];
    }
    enum ae_status rc = ae_engine_of(p)->run(N_NETWORKS, p, &host, records, status, &err);
    assert_int_equal(rc, class.stop_at < SIZE_MAX ? AE_ESTOP : AE_OK);
    assert_true(got[3].summary.diverged == 1.0 && status[3] == AE_OK);
    check_alone(p, got, status, &class);
    for (size_t i = 0; i < N_NETWORKS; i++) {
        ae_record_clear(&got[i]);
        ae_buffer_clear(&class.states[i]);
    }
}

static void test_side_by_side(void **state)
{
    (void)state;
    static const char *const shared[] = {"",           "precision=single",
                                         "batch=3",    "batch=20 time=5",
                                         "samples=50", "samples=300 epochs=true time=19.7"};
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++) {
        check_side_by_side(shared[i], (struct class){.stop_at = SIZE_MAX, .save_every = 7});
        check_side_by_side(shared[i], (struct class){.stop_at = 30, .save_every = SIZE_MAX});
        check_side_by_side(shared[i], (struct class){.stop_at = 25, .save_every = 12});
    }
}

/* Networks fold that see the same inputs at the same times; what does not fit into a cache with
 * others is run alone. */
static void test_which_networks(void **state)
{
    (void)state;
    static const char *const others[] = {
        "K=2 batch=2",          "K=2 samples=100", "K=2 time=7", "K=2 D=999",     "K=2 sigma2=2",
        "K=2 precision=single", "K=2 timeout=7",   "K=33",       "K=2 engine=ode"};
    struct ae_params a = point_of("engine=sgd K=2");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        char text[128];
        (void)snprintf(text, sizeof text, "engine=sgd %s", others[i]);
        struct ae_params b = point_of(text);
        assert_false(ae_engine_folds(&a, &b));
        assert_false(ae_engine_folds(&b, &a));
    }
    struct ae_params b = a;
    b.replicate = 2;
    assert_false(ae_engine_folds(&a, &b));
    assert_int_equal(ae_engine_fold_most(&a), 8);
    a.K = 64;
    assert_int_equal(ae_engine_fold_most(&a), 3);
    a.precision = AE_SINGLE;
    assert_int_equal(ae_engine_fold_most(&a), 7);
    a.D = 1e5;
    assert_int_equal(ae_engine_fold_most(&a), 1);
    a = point_of("engine=ode");
    assert_int_equal(ae_engine_fold_most(&a), SIZE_MAX);
}

/* Networks share a computation until they fill it, and every rank has its part. */
static void point_like(void *ctx, size_t i, struct ae_params *p)
{
    (void)i;
    *p = *(const struct ae_params *)ctx;
}

static void test_how_many(void **state)
{
    (void)state;
    enum { MANY = 200 };
    static struct ae_params p[AE_FOLD_MOST];
    struct ae_fold_item items[MANY];
    struct ae_params network = point_of("engine=sgd K=2"), trajectory = point_of("K=2");
    for (size_t i = 0; i < MANY; i++)
        items[i] = (struct ae_fold_item){1, 1, i};
    static const size_t n[] = {200, 200, 40, 7}, n_ranks[] = {1, 10, 4, 1}, most[] = {8, 5, 2, 1};
    for (size_t i = 0; i < 4; i++) {
        struct ae_fold_most limit = ae_fold_most(n[i], n_ranks[i], false);
        assert_int_equal(ae_fold_take(n[i], items, limit, point_like, &network, p), most[i]);
        assert_int_equal(ae_fold_take(n[i], items, limit, point_like, &trajectory, p),
                         n[i] < AE_FOLD_MOST ? n[i] : AE_FOLD_MOST);
    }
    struct ae_fold_most none = ae_fold_most(MANY, 1, true);
    assert_int_equal(ae_fold_take(MANY, items, none, point_like, &network, p), 1);
    assert_int_equal(ae_fold_take(MANY, items, none, point_like, &trajectory, p), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_bits),     cmocka_unit_test(test_stop),
        cmocka_unit_test(test_keys_in_a_row), cmocka_unit_test(test_what_folds),
        cmocka_unit_test(test_side_by_side),  cmocka_unit_test(test_which_networks),
        cmocka_unit_test(test_how_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
