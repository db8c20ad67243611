/*
 * Simulations that are interrupted and go on: the same bits as without interruption, for every
 * variant of the engine, however often and wherever it happens; and states that are none.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "aesweep/observe.h"
#include "points.h"

/* Stops at every n-th poll, or, if is_killed, ends without a save there and has saved at times. */
struct life {
    size_t n_polls, stop_at, save_every;
    bool is_killed;
    size_t n_saves;
    struct ae_buffer state; /* the newest */
};

static bool should_stop(void *ctx)
{
    struct life *life = ctx;
    life->n_polls++;
    return life->stop_at > 0 && life->n_polls >= life->stop_at;
}

static bool should_save(void *ctx)
{
    const struct life *life = ctx;
    return life->save_every > 0 && life->n_polls % life->save_every == 0;
}

static enum ae_status save(void *ctx, size_t i, struct ae_bytes state, struct ae_error *err)
{
    assert_true(i == 0);
    struct life *life = ctx;
    if (life->is_killed && life->n_polls >= life->stop_at)
        return AE_OK;
    life->n_saves++;
    ae_buffer_rewind(&life->state);
    ae_buffer_append(&life->state, state.data, state.size);
    return ae_buffer_status(&life->state, err);
}

/* Lives until the point is done; *n_lives counts them. */
static struct ae_record run_in_lives(const struct ae_params *p, struct life *life, size_t *n_lives)
{
    struct ae_record record = {0};
    struct ae_error err = {.message = ""};
    enum ae_status rc = AE_ESTOP;
    for (*n_lives = 0; rc == AE_ESTOP && *n_lives < 200; ++*n_lives) {
        struct ae_buffer saved = life->state;
        life->state = (struct ae_buffer){0};
        life->n_polls = 0;
        struct ae_host host = {.ctx = life,
                               .should_stop = should_stop,
                               .saved = ae_buffer_bytes(&saved),
                               .should_save = should_save,
                               .save = save};
        ae_record_clear(&record);
        rc = ae_engine_run(p, &host, &record, &err);
        if (!life->state.data) /* died before it saved anything */
            life->state = saved;
        else
            ae_buffer_clear(&saved);
    }
    if (rc != AE_OK)
        fail_msg("%s", err.message);
    ae_buffer_clear(&life->state);
    return record;
}

static void expect_same(const struct ae_record *a, const struct ae_record *b, const char *what)
{
    struct ae_buffer x = {0}, y = {0};
    ae_record_pack(a, &x);
    ae_record_pack(b, &y);
    if (x.size != y.size || memcmp(x.data, y.data, x.size) != 0 ||
        memcmp(&a->summary, &b->summary, sizeof a->summary) != 0)
        fail_msg("another result: %s", what);
    ae_buffer_clear(&x);
    ae_buffer_clear(&y);
}

static void check_point(const char *settings)
{
    struct ae_params p = point_of(settings);
    struct ae_record whole = run_point(&p);
    static const struct life kinds[] = {{.stop_at = 2},
                                        {.stop_at = 7},
                                        {.stop_at = 9, .save_every = 4, .is_killed = true},
                                        {.stop_at = 0, .save_every = 1}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct life life = kinds[i];
        size_t n_lives = 0;
        struct ae_record record = run_in_lives(&p, &life, &n_lives);
        assert_true(life.n_saves >= 2 && (life.stop_at == 0) == (n_lives == 1));
        expect_same(&whole, &record, settings);
        ae_record_clear(&record);
    }
    ae_record_clear(&whole);
}

static void test_every_variant(void **state)
{
    (void)state;
    static const char *const activations[] = {"linear", "erf", "relu"};
    static const char *const biases[] = {"none", "encoder", "decoder", "both"};
    char text[256];
    for (size_t a = 0; a < 3; a++)
        for (size_t t = 0; t < 2; t++)
            for (size_t b = 0; b < 4; b++)
                for (size_t r = 0; r < 2; r++) {
                    (void)snprintf(text, sizeof text,
                                   "engine=sgd D=97 K=3 init=0.5 time=12 lr_decoder=0.7 "
                                   "weight_decay=0.1 tie_scale=1.2 bias_init=0.1 record=%s "
                                   "activation=%s tied=%s bias=%s rule=%s",
                                   b == 0   ? "final"
                                   : b == 1 ? "curve"
                                            : "full",
                                   activations[a], t == 0 ? "false" : "true", biases[b],
                                   r == 0 ? "vanilla" : "truncated");
                    check_point(text);
                }
}

/* The position in an epoch is a function of the step; what was seen of a batch at a stop is seen again. */
static void test_batches_and_training_sets(void **state)
{
    (void)state;
    static const char *const variants[] = {
        "batch=3",
        "batch=60 time=1",
        "samples=50",
        "samples=50 epochs=true",
        "samples=500 epochs=true batch=7",
        "samples=20 epochs=true batch=45 time=1",
        "samples=30 batch=4 rule=sanger activation=linear tied=true bias=none",
        "samples=50 epochs=true batch=11 precision=single time=2",
    };
    char text[256];
    for (size_t i = 0; i < sizeof variants / sizeof *variants; i++) {
        (void)snprintf(text, sizeof text,
                       "engine=sgd D=97 K=3 init=0.5 time=12 bias=both record=full %s",
                       variants[i]);
        check_point(text);
    }
}

static void test_divergence(void **state)
{
    (void)state;
    check_point("engine=sgd D=400 K=8 activation=linear lr=30 time=40 record=full");
}

/* Whatever is given as a state, the result is that of a run without. */
static void test_states_that_are_none(void **state)
{
    (void)state;
    struct ae_params p = point_of("engine=sgd D=97 K=3 time=4");
    struct ae_params other = point_of("engine=sgd D=97 K=2 time=4 record=full");
    struct life life = {.stop_at = 5};
    struct ae_host host = {.ctx = &life, .should_stop = should_stop, .save = save};
    struct ae_record record = {0}, whole = run_point(&p), of_other = run_point(&other);
    assert_int_equal(ae_engine_run(&p, &host, &record, NULL), AE_ESTOP);
    ae_record_clear(&record);
    assert_true(life.state.size > 1000);
    for (size_t size = 0; size < life.state.size; size += size < 60 ? 1 : 397) {
        host = (struct ae_host){.saved = {life.state.data, size}};
        assert_int_equal(ae_engine_run(&p, &host, &record, NULL), AE_OK);
        expect_same(&whole, &record, "a part of a state");
        ae_record_clear(&record);
    }
    host.saved = ae_buffer_bytes(&life.state);
    assert_int_equal(ae_engine_run(&other, &host, &record, NULL), AE_OK);
    expect_same(&of_other, &record, "the state of another point");
    ae_record_clear(&record);
    ae_record_clear(&whole);
    ae_record_clear(&of_other);
    ae_buffer_clear(&life.state);
}

static enum ae_status fail_to_save(void *ctx, size_t i, struct ae_bytes state, struct ae_error *err)
{
    (void)ctx;
    (void)i;
    return ae_fail_memory(err, state.size);
}

static void test_failing_save(void **state)
{
    (void)state;
    struct ae_params p = point_of("engine=sgd D=97 K=3 time=4");
    struct life life = {.stop_at = 5};
    struct ae_host host = {.ctx = &life, .should_stop = should_stop, .save = fail_to_save};
    struct ae_record record = {0};
    assert_int_equal(ae_engine_run(&p, &host, &record, NULL), AE_ENOMEM);
    assert_true(record.summary.t_end > 0.0 && record.summary.t_end < 4.0);
    ae_record_clear(&record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_variant), cmocka_unit_test(test_batches_and_training_sets),
        cmocka_unit_test(test_divergence),    cmocka_unit_test(test_states_that_are_none),
        cmocka_unit_test(test_failing_save),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
