/* Jobs of a campaign: points that are one trajectory, what becomes of them when the job ends or a rank
 * dies in it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "campaign_life.h"

/* Two trajectories, K = 2 the longer one, and a simulation. */
static const char folded[] = "name: folded\nset: {D: 10, time: 1}\n"
                             "grid: {K: [1, 2], lr: [1, 2, 3]}\n---\n"
                             "set: {engine: sgd, K: 1}\ngrid: {lr: [1]}\n";

/* Points of one trajectory are one job, the longest job first; each comes to its own end. */
static void test_folded(void **state)
{
    static const enum ae_status ends[] = {AE_OK, AE_ENUM, AE_ESTOP};
    struct life life = life_begin(*state, folded, life_rules);
    assert_int_equal(life_counts(&life).n_folded, 6);
    assert_int_equal(life_counts(&life).n_trajectories, 2);
    assert_int_equal(life_take(&life, NULL), 0);
    assert_int_equal(life_take(&life, NULL), 3);
    assert_int_equal(life_take(&life, NULL), 6);
    assert_int_equal(life_take(&life, NULL), -1);
    assert_int_equal(life_n_marked(*state, AE_STORE_CLAIMED), 7);
    life_give_back_all(&life, 0, AE_ESTOP, 3, ends);
    life_give_back_all(&life, 3, AE_ENOMEM, 0, NULL); /* it could not even begin */
    life_give_back(&life, 6, AE_OK);
    struct ae_campaign_counts counts = life_counts(&life);
    assert_true(counts.n_done == 2 && counts.n_failed == 1 + 3);
    assert_true(fabs(counts.work_s - (100.0 + 200.0 / 3.0 + 100.0)) < 1e-9);
    life_end(&life);
    life = life_begin(*state, folded, life_rules);
    assert_int_equal(life_counts(&life).n_before, 6);
    assert_int_equal(life_counts(&life).n_folded, 0);
    struct ae_params p;
    ae_sweep_point(life.sweep, 5, 1, &p);
    assert_true(p.K == 2 && p.lr == 3.0);
    assert_int_equal(life_take(&life, NULL), 0);
    life_end(&life);
}

static void test_unfolded(void **state)
{
    struct ae_campaign_rules one_by_one = life_rules;
    one_by_one.is_unfolded = true;
    struct life life = life_begin(*state, folded, one_by_one);
    assert_int_equal(life_counts(&life).n_folded, 0);
    for (int job = 0; job < 7; job++)
        assert_int_equal(life_take(&life, NULL), job);
    assert_int_equal(life_take(&life, NULL), -1);
    life_end(&life);
}

/* Simulations on the same inputs are one job, and each has a state of its own; from that it goes on
 * alone. */
static void test_side_by_side(void **state)
{
    static const char simulated[] = "name: simulated\nset: {engine: sgd, D: 10, time: 1}\n"
                                    "grid: {K: [1, 2], lr: [1, 2, 3, 4, 5, 6]}\n";
    static const enum ae_status ends[] = {AE_OK, AE_ESTOP, AE_ENUM};
    struct ae_campaign_rules alone = life_rules;
    struct ae_error err = {0};
    struct ae_buffer saved = {0}, in = {0};
    alone.n_ranks = 1;
    struct life life = life_begin(*state, simulated, alone);
    assert_int_equal(life_counts(&life).n_side_by_side, 12);
    assert_int_equal(life_counts(&life).n_folded, 0);
    assert_int_equal(life_take(&life, NULL), 0);
    for (int job = 3; job < 12; job += 3)
        assert_int_equal(life_take(&life, NULL), job);
    ae_buffer_u64(&saved, 1);
    ae_buffer_text(&saved, "the second one's state");
    EXPECT_OK(life.source.saved(life.source.ctx, 0, ae_buffer_bytes(&saved), &err));
    assert_int_equal(life_counts(&life).n_saved, 1);
    saved.data[0] = 3; /* there is none */
    assert_int_equal(life.source.saved(life.source.ctx, 0, ae_buffer_bytes(&saved), &err),
                     AE_EINTERNAL);
    life_give_back_all(&life, 0, AE_ESTOP, 3, ends);
    for (int job = 3; job < 12; job += 3)
        life_give_back_all(&life, job, AE_ESTOP, 0, NULL);
    assert_true(life_counts(&life).n_done == 1 && life_counts(&life).n_failed == 1);
    life_end(&life);
    life = life_begin(*state, simulated, alone);
    assert_int_equal(life_counts(&life).n_side_by_side, 8); /* 9 in jobs of 2, but the one saved */
    bool is_there = false;
    for (int job = life_take(&life, &in); job >= 0; job = life_take(&life, &in)) {
        for (size_t i = 0; i + 22 <= in.size; i++)
            is_there = is_there || memcmp(in.data + i, "the second one's state", 22) == 0;
        ae_buffer_clear(&in);
    }
    assert_true(is_there);
    life_end(&life);
    ae_buffer_clear(&saved);
    ae_buffer_clear(&in);
}

/* A rank dies in a job of three: any of them may be to blame, nobody else is. They run alone. */
static void test_folded_crash(void **state)
{
    struct ae_params p;
    struct ae_campaign_rules once = life_rules;
    uint64_t point = 0;
    char path[PATH_SIZE], line[256];
    once.max_lost = 1;
    struct life life = life_begin(*state, folded, once);
    while (life_take(&life, NULL) >= 0)
        ;
    ae_sweep_point(life.sweep, 3, 1, &p);
    assert_int_equal(ae_params_hash(&p, &point, NULL), AE_OK);
    life_end(&life);
    (void)snprintf(line, sizeof line,
                   "signal 11 rank 1 host h: %016" PRIx64 " replicate 1 and 2 more\n", point);
    write_file(in_dir(*state, "crash.1", path), line);
    life = life_begin(*state, folded, once);
    assert_int_equal(life_counts(&life).n_suspects, 3);
    assert_int_equal(life_counts(&life).n_aside, 0);
    assert_int_equal(life_counts(&life).n_folded, 3);
    int job = life_take(&life, NULL), other = life_take(&life, NULL);
    static const enum ae_status well[3] = {AE_OK, AE_OK, AE_OK};
    assert_int_equal(life_take(&life, NULL), -1);
    life_give_back_all(&life, job, AE_OK, job == 0 ? 3 : 1, well);
    life_give_back_all(&life, other, AE_OK, other == 0 ? 3 : 1, well);
    assert_true(life_take(&life, NULL) >= 0); /* the first suspect */
    assert_int_equal(life_take(&life, NULL), -1);
    assert_int_equal(life_n_marked(*state, AE_STORE_ALONE), 1);
    life_end(&life);
    life = life_begin(*state, folded, once); /* it was alone when the process died */
    assert_int_equal(life_counts(&life).n_aside, 1);
    assert_int_equal(life_counts(&life).n_suspects, 2);
    life_end(&life);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)
    const struct CMUnitTest tests[] = {
        TEST(test_folded),
        TEST(test_unfolded),
        TEST(test_side_by_side),
        TEST(test_folded_crash),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
