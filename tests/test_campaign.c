/*
 * A campaign without a farm: the test hands out, gathers and dies itself. Who is claimed when, who
 * is suspected after a death, who is blamed for it, and what begins before a time limit.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "aesweep/point.h"
#include "campaign_life.h"

static const char five[] = "name: five\nset: {engine: sgd, D: 10}\ngrid: {lr: [1, 2, 3, 4, 5]}\n";

static void test_claimed_before_given(void **state)
{
    struct life life = life_begin(*state, five, life_rules);
    assert_int_equal(life_n_marked(*state, AE_STORE_CLAIMED), 0);
    assert_int_equal(life_take(&life, NULL), 0);
    assert_true(life_n_marked(*state, AE_STORE_CLAIMED) >= 1);
    for (int job = 1; job < 5; job++) {
        assert_int_equal(life_take(&life, NULL), job);
        assert_true(life_n_marked(*state, AE_STORE_CLAIMED) >= (size_t)job + 1);
    }
    assert_int_equal(life_take(&life, NULL), -1);
    for (int job = 0; job < 5; job++)
        life_give_back(&life, job, AE_OK);
    assert_int_equal(life_take(&life, NULL), -1);
    life_end(&life);
    assert_int_equal(life_n_marked(*state, AE_STORE_CLAIMED), 0);
}

/* A stop leaves nothing behind but what never ended. */
static void test_stop_releases(void **state)
{
    struct ae_error err = {0};
    struct life life = life_begin(*state, five, life_rules);
    bool stop = true;
    int first = life_take(&life, NULL), second = life_take(&life, NULL),
        third = life_take(&life, NULL);
    EXPECT_OK(life.source.tick(life.source.ctx, &stop, &err));
    assert_int_equal(life_n_marked(*state, AE_STORE_CLAIMED), 3);
    life_give_back(&life, first, AE_ESTOP);
    life_give_back(&life, second, AE_OK);
    EXPECT_OK(life.source.tick(life.source.ctx, &stop, &err));
    assert_int_equal(life_n_marked(*state, AE_STORE_CLAIMED), 1);
    assert_int_equal(third, 2);
    life_end(&life); /* the rank with the third has died */
    life = life_begin(*state, five, life_rules);
    assert_int_equal(life_counts(&life).n_suspects, 1);
    assert_int_equal(life_counts(&life).n_before, 1);
    life_end(&life);
}

/* Suspects come last, one at a time, and only when nothing else is under way. */
static void test_suspects_last_and_alone(void **state)
{
    struct life life = life_begin(*state, five, life_rules);
    for (int i = 0; i < 2; i++)
        (void)life_take(&life, NULL);
    life_end(&life); /* died with two under way */
    assert_int_equal(life_n_marked(*state, AE_STORE_CLAIMED), 2);

    life = life_begin(*state, five, life_rules);
    assert_int_equal(life_counts(&life).n_suspects, 2);
    assert_int_equal(life_n_marked(*state, AE_STORE_SUSPECT), 2);
    int job[3];
    for (int i = 0; i < 3; i++)
        job[i] = life_take(&life, NULL);
    assert_int_equal(life_take(&life, NULL), -1);
    life_give_back(&life, job[2], AE_OK);
    life_give_back(&life, job[0], AE_OK);
    assert_int_equal(life_take(&life, NULL), -1);
    life_give_back(&life, job[1], AE_OK);
    int alone = life_take(&life, NULL);
    assert_true(alone >= 0);
    assert_int_equal(life_n_marked(*state, AE_STORE_ALONE), 1);
    assert_int_equal(life_n_marked(*state, AE_STORE_CLAIMED), 0);
    assert_int_equal(life_take(&life, NULL), -1);
    life_give_back(&life, alone, AE_OK); /* innocent */
    assert_true(life_take(&life, NULL) >= 0);
    assert_int_equal(life_n_marked(*state, AE_STORE_ALONE), 1);
    life_end(&life);
    assert_int_equal(life_n_marked(*state, AE_STORE_ALONE), 1);
}

/* Dies with `n` under way, of which the last named itself if is_named. */
static void die(const char *dir, const struct ae_campaign_rules *how, size_t n, bool is_named)
{
    struct life life = life_begin(dir, five, *how);
    char path[PATH_SIZE], line[256], name[64] = "";
    for (size_t i = 0; i < n; i++) {
        int job = life_take(&life, NULL);
        assert_true(job >= 0);
        struct ae_params p;
        uint64_t point = 0;
        ae_sweep_point(life.sweep, (size_t)job, 1, &p);
        assert_int_equal(ae_params_hash(&p, &point, NULL), AE_OK);
        (void)snprintf(name, sizeof name, "%016" PRIx64 " replicate 1", point);
    }
    life_end(&life);
    if (!is_named)
        return;
    (void)snprintf(line, sizeof line, "signal 11 rank 1 host h: %s\n", name);
    write_file(in_dir(dir, "crash.1", path), line);
}

static void expect_failed(const char *dir, size_t n, const char *text)
{
    struct life life = life_begin(dir, five, life_rules);
    struct ae_error err = {0};
    size_t n_failed = 0;
    for (size_t i = 0; i < 5; i++) {
        struct ae_params p;
        struct ae_store_row row;
        uint64_t point = 0;
        bool found = false;
        ae_sweep_point(life.sweep, i, 1, &p);
        assert_int_equal(ae_params_hash(&p, &point, NULL), AE_OK);
        EXPECT_OK(ae_store_get(life.store, point, 1, &row, &found, &err));
        if (!found || row.state == AE_STORE_DONE)
            continue;
        assert_non_null(strstr(row.reason, text));
        assert_non_null(strstr(row.params, "engine: sgd"));
        n_failed++;
    }
    assert_int_equal(n_failed, n);
    life_end(&life);
}

/* All five die together; that is nobody's fault, however often it happens. Alone it is. */
static void test_only_alone_counts(void **state)
{
    die(*state, &life_rules, 5, false);
    expect_failed(*state, 0, "");
    for (int i = 0; i < 3; i++)
        die(*state, &life_rules, 1, false);
    expect_failed(*state, 1, "lost: the process computing it died 3 times");
    /* The others are suspects still. */
    assert_int_equal(life_n_marked(*state, AE_STORE_SUSPECT), 4);
}

static void test_max_lost(void **state)
{
    struct ae_campaign_rules once = life_rules, never = life_rules;
    once.max_lost = 1;
    never.max_lost = 0;
    die(*state, &never, 5, false);
    for (int i = 0; i < 6; i++)
        die(*state, &never, 1, false);
    struct life life = life_begin(*state, five, never);
    assert_int_equal(life_counts(&life).n_suspects, 5);
    assert_int_equal(life_counts(&life).n_aside, 0);
    life_end(&life);
    life = life_begin(*state, five, once); /* six deaths are enough now */
    assert_int_equal(life_counts(&life).n_aside, 1);
    assert_int_equal(life_counts(&life).n_failed, 1);
    assert_int_equal(life_counts(&life).n_suspects, 4);
    life_end(&life);
    expect_failed(*state, 1, "died 6 times");
}

/* A rank that names its point clears the others, and counts though it was not alone. */
static void test_named_crash(void **state)
{
    struct ae_campaign_rules twice = life_rules;
    char path[PATH_SIZE];
    twice.max_lost = 2;
    die(*state, &twice, 2, true);
    struct life life = life_begin(*state, five, twice);
    assert_int_equal(life_counts(&life).n_suspects, 1);
    FILE *file = fopen(in_dir(*state, "crash.1", path), "r");
    assert_null(file); /* taken into account, and removed */
    for (int i = 0; i < 4; i++)
        life_give_back(&life, life_take(&life, NULL), AE_OK);
    assert_true(life_take(&life, NULL) >= 0);
    life_end(&life);
    life = life_begin(*state, five, twice);
    assert_int_equal(life_counts(&life).n_aside, 1);
    life_end(&life);
    expect_failed(*state, 1, "died 2 times");
}

/* A report that was not removed in time is not counted twice. */
static void test_report_counts_once(void **state)
{
    struct ae_campaign_rules twice = life_rules;
    char path[PATH_SIZE], line[512];
    twice.max_lost = 2;
    die(*state, &twice, 2, true);
    FILE *file = fopen(in_dir(*state, "crash.1", path), "r");
    assert_non_null(file);
    assert_non_null(fgets(line, sizeof line, file));
    (void)fclose(file);
    for (int i = 0; i < 3; i++) {
        struct life life = life_begin(*state, five, twice);
        assert_int_equal(life_counts(&life).n_aside, 0);
        assert_int_equal(life_counts(&life).n_suspects, 1);
        life_end(&life);
        write_file(path, line);
    }
}

/* Reports that are torn or speak of something else change nothing. */
static void test_odd_reports(void **state)
{
    static const char *const lines[] = {"", "signal 11 rank 1 host h: 00", "nonsense\n",
                                        "signal 11 rank 1 host h: 0123456789abcdef replicate 1\n",
                                        "signal 11 rank 1 host h: job 3\n"};
    char path[PATH_SIZE];
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        die(*state, &life_rules, 1, false);
        write_file(in_dir(*state, "crash.0", path), lines[i]);
        write_file(in_dir(*state, "crash.txt", path), "mine\n");
        struct life life = life_begin(*state, five, life_rules);
        assert_true(life_counts(&life).n_suspects >= 1);
        life_end(&life);
        FILE *file = fopen(path, "r");
        assert_non_null(file); /* not ours to remove */
        (void)fclose(file);
    }
}

/* The state of a point under way reaches the next one that computes it. */
static void test_state_goes_along(void **state)
{
    struct ae_error err = {0};
    struct ae_buffer with = {0}, without = {0};
    struct life life = life_begin(*state, five, life_rules);
    int job = life_take(&life, &without);
    static const char saved[] = "what was computed so far";
    struct ae_buffer sent = {0};
    ae_buffer_u64(&sent, 0);
    ae_buffer_append(&sent, saved, sizeof saved);
    EXPECT_OK(life.source.saved(life.source.ctx, (uint64_t)job, ae_buffer_bytes(&sent), &err));
    ae_buffer_clear(&sent);
    life_give_back(&life, job, AE_ESTOP);
    life_end(&life);
    life = life_begin(*state, five, life_rules);
    assert_int_equal(life_take(&life, &with), job);
    assert_int_equal(with.size, without.size + sizeof saved);
    assert_memory_equal(with.data + with.size - sizeof saved, saved, sizeof saved);
    life_give_back(&life, job, AE_OK);
    life_end(&life);
    assert_int_equal(life_n_marked(*state, AE_STORE_FREE), 0);
    ae_buffer_clear(&with);
    ae_buffer_clear(&without);
}

/* Two widths of ode points, and simulations. A point took 100 s: no other of its width begins in
 * the minute that is left. */
static void test_too_little_time(void **state)
{
    static const char mixed[] = "name: mixed\nset: {D: 10}\n"
                                "grid: {engine: [ode, sgd], K: [1, 2], init: [0.1, 0.2, 0.3]}\n";
    struct ae_campaign_rules minute = life_rules;
    struct ae_error err = {0};
    minute.n_ranks = 1;
    minute.is_unfolded = true;
    minute.limit_s = 60.0;
    struct life life = life_begin(*state, mixed, minute);
    size_t n_given = 0;
    for (int job = life_take(&life, NULL); job >= 0; job = life_take(&life, NULL), n_given++)
        life_give_back(&life, job, AE_OK);
    /* Of each width one, perhaps one that was claimed together with it, and all simulations. */
    struct ae_campaign_counts counts = life_counts(&life);
    assert_true(n_given == 2 + 6 || n_given == 3 + 6);
    assert_int_equal(counts.n_left_out, 12 - n_given);
    assert_true(counts.left_out_s == 100.0);
    assert_int_equal(counts.n_done, n_given);
    assert_int_equal(ae_campaign_end(life.campaign, AE_OK, &err), AE_ESTOP);
    life_end(&life);
    assert_int_equal(life_n_marked(*state, AE_STORE_CLAIMED), 0);
    minute.limit_s = (double)INFINITY;
    life = life_begin(*state, mixed, minute);
    for (int job = life_take(&life, NULL); job >= 0; job = life_take(&life, NULL))
        life_give_back(&life, job, AE_OK);
    assert_int_equal(life_counts(&life).n_done, 12 - n_given);
    assert_int_equal(ae_campaign_end(life.campaign, AE_OK, &err), AE_OK);
    life_end(&life);
}

/* Points that a stop takes by surprise: which of them have not come on, and what they want. */
static void test_what_a_stop_undoes(void **state)
{
    static const char two[] = "name: two\nset: {D: 10}\ngrid: {engine: [ode, sgd]}\n";
    struct life life = life_begin(*state, two, life_rules);
    assert_int_equal(life_take(&life, NULL), 0);
    assert_int_equal(life_take(&life, NULL), 1);
    life_give_back(&life, 0, AE_ESTOP); /* each after 100 s, without a step */
    life_give_back(&life, 1, AE_ESTOP);
    struct ae_campaign_stopped stopped = life_counts(&life).stopped;
    assert_int_equal(stopped.n_anew, 1);
    assert_true(stopped.anew_s == 100.0 && stopped.wanted_s > 0.0 && stopped.wanted_s < 100.0);
    assert_int_equal(stopped.n_stuck, 1);
    assert_true(stopped.stuck_s == 100.0);
    life_end(&life);
}

static void test_limit_asks_for_a_stop(void **state)
{
    struct ae_error err = {0};
    struct ae_campaign_rules over = life_rules;
    over.limit_s = 0.0;
    bool stop = false;
    struct life life = life_begin(*state, five, life_rules);
    EXPECT_OK(life.source.tick(life.source.ctx, &stop, &err));
    assert_false(stop);
    life_end(&life);
    life = life_begin(*state, five, over);
    EXPECT_OK(life.source.tick(life.source.ctx, &stop, &err));
    assert_true(stop);
    life_end(&life);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, make_dir, remove_dir)
    const struct CMUnitTest tests[] = {
        TEST(test_claimed_before_given),
        TEST(test_stop_releases),
        TEST(test_suspects_last_and_alone),
        TEST(test_only_alone_counts),
        TEST(test_max_lost),
        TEST(test_named_crash),
        TEST(test_report_counts_once),
        TEST(test_odd_reports),
        TEST(test_state_goes_along),
        TEST(test_too_little_time),
        TEST(test_what_a_stop_undoes),
        TEST(test_limit_asks_for_a_stop),
    };
#undef TEST
    return cmocka_run_group_tests(tests, NULL, NULL);
}
