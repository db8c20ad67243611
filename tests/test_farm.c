/*
 * The farm. Without arguments: cmocka tests on one rank. `ranks DIR SCENARIO...`: scenarios on as
 * many ranks as mpirun starts (test_farm_mpi.sh); the exit code tells. Where the order of things
 * matters, jobs wait for each other, by files in DIR or by what rank 0 has counted: no verdict
 * hangs on a clock.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "farm_play.h"

/* ---- scenarios ---- */

enum { N_MIXED = 150 };

static enum ae_status until_stop_job(void *ctx, struct ae_bytes in, struct ae_sink *out,
                                     struct ae_error *err)
{
    const struct play *p = ctx;
    (void)in;
    if (p->dir)
        play_mark(p, "running", p->rank);
    while (!ae_sink_should_stop(out))
        play_sleep_ms(1);
    return ae_fail(err, AE_ESTOP, "interrupted");
}

static void play_mixed(struct play *p)
{
    p->n_jobs = N_MIXED;
    p->has_followups = true;
    struct ae_farm_source source = {.done = play_mixed_done};
    (void)play_run(p, play_mixed_job, source, AE_OK, AE_OK);
    CHECK(p, p->rank != 0 || p->n_done == N_MIXED + N_MIXED / 3);
    CHECK(p, p->rank != 0 || p->n_status[AE_EARG] == 1);
    CHECK(p, p->rank != 0 || p->n_status[AE_ENUM] == 34); /* 17, and as many follow-ups */
}

/* One run after the other: no letter of one may be taken for the next one's. */
static void play_again(struct play *p)
{
    struct ae_farm_source source = {.done = play_mixed_done};
    for (int i = 0; i < 40; i++) {
        p->n_given = p->n_done = 0;
        p->n_jobs = (uint64_t)i % 4;
        memset(p->given, 0, sizeof p->given);
        memset(p->done, 0, sizeof p->done);
        (void)play_run(p, play_mixed_job, source, AE_OK, AE_OK);
        int value = p->rank == 0 ? 100 + i : -1;
        if (i % 4 == 0) /* elsewhere nothing but the end of a run keeps it apart from the next */
            CHECK(p, ae_farm_agree(p->farm, &value, NULL) == AE_OK && value == 100 + i);
    }
}

/* Ends when every rank, rank 0 among them, is in such a job. */
static enum ae_status meeting_job(void *ctx, struct ae_bytes in, struct ae_sink *out,
                                  struct ae_error *err)
{
    const struct play *p = ctx;
    if (play_number(in) < p->n_jobs - 12)
        return AE_OK;
    play_mark(p, "met", p->rank);
    while (!play_is_marked_by_all(p, "met") && !ae_sink_should_stop(out))
        play_sleep_ms(1);
    return ae_sink_record(out, (struct ae_bytes){0}, err);
}

static void play_everyone(struct play *p)
{
    p->n_jobs = 12;
    (void)play_run(p, meeting_job, (struct ae_farm_source){0}, AE_OK, AE_OK);
    for (int rank = 0; p->rank == 0 && rank < p->size; rank++)
        CHECK(p, p->n_by_rank[rank] > 0);
}

/* After many jobs of no length workers hold many: the long ones among them must be called back. */
static void play_recall(struct play *p)
{
    p->n_jobs = 500;
    (void)play_run(p, meeting_job, (struct ae_farm_source){0}, AE_OK, AE_OK);
}

/* Rank 0 stays in its job until others have had 50 results accepted meanwhile. */
static enum ae_status serving_job(void *ctx, struct ae_bytes in, struct ae_sink *out,
                                  struct ae_error *err)
{
    const struct play *p = ctx;
    (void)in;
    (void)err;
    if (p->rank == 0)
        play_mark(p, "zero", 0);
    while (p->rank == 0 ? p->n_done < 50 : !play_is_marked(p, "zero", 0)) {
        if (p->rank != 0)
            play_sleep_ms(1);
        (void)ae_sink_should_stop(out);
    }
    return AE_OK;
}

static void play_serve(struct play *p)
{
    p->n_jobs = 80;
    (void)play_run(p, serving_job, (struct ae_farm_source){0}, AE_OK, AE_OK);
    CHECK(p, p->rank != 0 || p->n_by_rank[0] > 0);
}

/* Saves larger and larger states until asked to stop, then two at once, of which the last must
 * arrive; its number is the record. */
static enum ae_status saving_job(void *ctx, struct ae_bytes in, struct ae_sink *out,
                                 struct ae_error *err)
{
    uint64_t job = play_number(in);
    uint64_t k = 1;
    (void)ctx;
    for (; !ae_sink_should_stop(out); k++) {
        play_save_state(out, job, k, k < 10 ? k * 50000 : 10);
        play_sleep_ms(2);
    }
    play_save_state(out, job, k, 700000);
    play_save_state(out, job, ++k, 10);
    (void)ae_sink_record(out, (struct ae_bytes){.data = &k, .size = sizeof k}, NULL);
    return ae_fail(err, AE_ESTOP, "interrupted");
}

static enum ae_status saving_tick(void *ctx, bool *stop, struct ae_error *err)
{
    const struct play *p = ctx;
    (void)err;
    *stop = true;
    for (int job = 0; job < p->size; job++)
        *stop = *stop && p->newest[job] >= 2;
    return AE_OK;
}

static enum ae_status saving_done(void *ctx, const struct ae_farm_result *result,
                                  struct ae_error *err)
{
    struct play *p = ctx;
    CHECK(p, result->status == AE_ESTOP && strcmp(result->reason, "interrupted") == 0);
    CHECK(p, play_number(result->record) == p->newest[result->job]);
    return play_done(ctx, result, err);
}

static void play_saves(struct play *p)
{
    struct ae_farm_source source = {.saved = play_saved, .tick = saving_tick, .done = saving_done};
    p->n_jobs = (uint64_t)p->size;
    (void)play_run(p, saving_job, source, AE_ESTOP, AE_ESTOP);
}

static enum ae_status flood_job(void *ctx, struct ae_bytes in, struct ae_sink *out,
                                struct ae_error *err)
{
    (void)ctx;
    for (uint64_t k = 1; k <= 300; k++)
        play_save_state(out, play_number(in), k, 100000);
    (void)ae_sink_should_stop(out);
    struct ae_bytes huge = {.data = "", .size = (size_t)3 << 30};
    if (ae_sink_save(out, huge, NULL) != AE_EARG)
        return ae_fail(err, AE_EINTERNAL, "a state of 3 GiB was taken");
    return AE_OK;
}

static void play_flood(struct play *p)
{
    p->n_jobs = 3 * (uint64_t)p->size;
    (void)play_run(p, flood_job, (struct ae_farm_source){.saved = play_saved}, AE_OK, AE_OK);
    CHECK(p, p->n_status[AE_OK] == p->n_done);
}

static void play_failing_saved(struct play *p)
{
    struct ae_farm_source source = {.saved = play_saved, .tick = saving_tick, .done = saving_done};
    p->n_jobs = (uint64_t)p->size;
    p->fail_saved_at = 3;
    struct ae_error err = play_run(p, saving_job, source, AE_EIO, AE_ESTOP);
    CHECK(p, p->rank != 0 || strcmp(err.message, "state 3") == 0);
}

static enum ae_status short_job(void *ctx, struct ae_bytes in, struct ae_sink *out,
                                struct ae_error *err)
{
    (void)ctx;
    (void)in;
    play_sleep_ms(1);
    return ae_sink_should_stop(out) ? ae_fail(err, AE_ESTOP, "interrupted") : AE_OK;
}

/* A tick asks to stop while the source has more and workers hold jobs. */
static void play_tick_stop(struct play *p)
{
    p->n_jobs = LATER;
    p->stop_at_done = 20;
    (void)play_run(p, short_job, (struct ae_farm_source){0}, AE_ESTOP, AE_ESTOP);
    CHECK(p, p->rank != 0 || (p->n_given < p->n_jobs && p->n_done >= 20));
}

static void play_failing_done(struct play *p)
{
    p->n_jobs = LATER;
    p->fail_done_at = 10;
    struct ae_error err = play_run(p, short_job, (struct ae_farm_source){0}, AE_EIO, AE_ESTOP);
    CHECK(p, p->rank != 0 || err.code == AE_EIO);
    CHECK(p, p->rank != 0 || strcmp(err.message, "disk full after 10") == 0);
}

static void play_failing_tick(struct play *p)
{
    p->n_jobs = LATER;
    p->fail_tick_at = 2;
    struct ae_error err = play_run(p, until_stop_job, (struct ae_farm_source){0}, AE_EIO, AE_ESTOP);
    CHECK(p, p->rank != 0 || strcmp(err.message, "tick 2") == 0);
}

/* The last rank gets a signal while all are in jobs that end by being stopped only. */
static enum ae_status signalled_job(void *ctx, struct ae_bytes in, struct ae_sink *out,
                                    struct ae_error *err)
{
    const struct play *p = ctx;
    if (p->rank == p->size - 1 && raise(SIGUSR1) != 0)
        return ae_fail(err, AE_EINTERNAL, "no signal");
    return until_stop_job(ctx, in, out, err);
}

static void play_signal_busy(struct play *p)
{
    p->n_jobs = LATER;
    (void)play_run(p, signalled_job, (struct ae_farm_source){0}, AE_ESTOP, AE_ESTOP);
    CHECK(p, p->n_status[AE_OK] == 0);
}

/* The last rank gets it before it has seen a job; there is one, which ends by being stopped only.
 * */
static void play_signal_idle(struct play *p)
{
    p->n_jobs = 1;
    CHECK(p, p->rank != p->size - 1 || raise(SIGTERM) == 0);
    (void)play_run(p, until_stop_job, (struct ae_farm_source){0}, AE_ESTOP, AE_ESTOP);
}

/* Asked for again once it has been, a run gives no job at all. */
static enum ae_status requesting_job(void *ctx, struct ae_bytes in, struct ae_sink *out,
                                     struct ae_error *err)
{
    ae_farm_request_stop();
    return until_stop_job(ctx, in, out, err);
}

static void play_request_stop(struct play *p)
{
    p->n_jobs = LATER;
    (void)play_run(p, requesting_job, (struct ae_farm_source){0}, AE_ESTOP, AE_ESTOP);
    CHECK(p, p->n_done <= (uint64_t)p->size && p->n_status[AE_ESTOP] == p->n_done);
}

/* For a signal from outside; leaves with the status that a user would see. */
static void play_until_signal(struct play *p)
{
    p->n_jobs = LATER;
    (void)play_run(p, until_stop_job, (struct ae_farm_source){0}, AE_ESTOP, AE_ESTOP);
    if (p->n_wrong > 0 || p->rank != 0)
        return;
    ae_farm_free(p->farm);
    exit(75);
}

static enum ae_status sleeping_job(void *ctx, struct ae_bytes in, struct ae_sink *out,
                                   struct ae_error *err)
{
    (void)ctx;
    (void)in;
    (void)err;
    for (int i = 0; i < 100; i++) {
        play_sleep_ms(10);
        (void)ae_sink_should_stop(out);
    }
    return AE_OK;
}

/* Nobody computes here, so whoever uses a core is spinning. A spinning rank uses about 100 %, 50 %
 * where two share a core. */
static void play_idle(struct play *p)
{
    int value = p->rank == 0;
    p->n_jobs = 1;
    double wall = -play_clock_s(CLOCK_MONOTONIC);
    double cpu = -play_clock_s(CLOCK_PROCESS_CPUTIME_ID);
    (void)play_run(p, sleeping_job, (struct ae_farm_source){0}, AE_OK, AE_OK);
    if (p->rank == 0)
        play_sleep_ms(700);
    CHECK(p, ae_farm_agree(p->farm, &value, NULL) == AE_OK && value == 1);
    wall += play_clock_s(CLOCK_MONOTONIC);
    cpu += play_clock_s(CLOCK_PROCESS_CPUTIME_ID);
    (void)printf("rank %d: %.1f %% of a core while waiting\n", p->rank, 100.0 * cpu / wall);
    CHECK(p, cpu < 0.2 * wall);
}

static const struct {
    const char *name;
    void (*play)(struct play *p);
} scenarios[] = {
    {"mixed", play_mixed},
    {"again", play_again},
    {"everyone", play_everyone},
    {"recall", play_recall},
    {"serve", play_serve},
    {"saves", play_saves},
    {"flood", play_flood},
    {"tick_stop", play_tick_stop},
    {"failing_done", play_failing_done},
    {"failing_saved", play_failing_saved},
    {"failing_tick", play_failing_tick},
    {"signal_busy", play_signal_busy},
    {"signal_idle", play_signal_idle},
    {"request_stop", play_request_stop},
    {"until_signal", play_until_signal},
    {"idle", play_idle},
};
enum { N_SCENARIOS = sizeof scenarios / sizeof *scenarios };

/* ---- one rank ---- */

static int play_by_name(struct ae_farm *farm, const char *name, const char *dir)
{
    for (size_t i = 0; i < N_SCENARIOS; i++) {
        if (strcmp(scenarios[i].name, name) != 0)
            continue;
        struct play *p = calloc(1, sizeof *p);
        if (!p)
            return 2;
        p->farm = farm;
        p->rank = (int)ae_farm_rank(farm);
        p->size = (int)ae_farm_size(farm);
        p->name = name;
        p->dir = dir;
        scenarios[i].play(p);
        bool is_wrong = p->n_wrong > 0;
        free(p);
        return is_wrong;
    }
    (void)fprintf(stderr, "no scenario `%s`\n", name);
    return 2;
}

static struct ae_farm *new_farm(void)
{
    struct ae_error err = {0};
    struct ae_farm *farm = NULL;
    if (ae_farm_new(&farm, NULL, NULL, &err) != AE_OK)
        (void)fprintf(stderr, "%s: %s\n", ae_status_word(err.code), err.message);
    return farm;
}

static int start(void **state)
{
    *state = new_farm();
    return *state ? 0 : -1;
}

static int finish(void **state)
{
    ae_farm_free(*state);
    return 0;
}

static void test_one_rank(void **state)
{
    struct ae_farm *farm = *state;
    int value = 41;
    assert_int_equal(ae_farm_rank(farm), 0);
    assert_int_equal(ae_farm_size(farm), 1);
    assert_int_equal(ae_farm_agree(farm, &value, NULL), AE_OK);
    assert_int_equal(value, 41);
}

static void test_second_farm_is_refused(void **state)
{
    struct ae_error err = {0};
    struct ae_farm *second = *state;
    assert_int_equal(ae_farm_new(&second, NULL, NULL, &err), AE_EINTERNAL);
    assert_null(second);
    assert_true(err.message[0] != '\0');
    ae_farm_free(NULL);
}

static void test_play_mixed_jobs(void **state)
{
    assert_int_equal(play_by_name(*state, "mixed", NULL), 0);
}

static void test_successive_runs(void **state)
{
    assert_int_equal(play_by_name(*state, "again", NULL), 0);
}

static void test_saved_states(void **state)
{
    assert_int_equal(play_by_name(*state, "saves", NULL), 0);
    assert_int_equal(play_by_name(*state, "flood", NULL), 0);
}

static void test_stop_by_tick(void **state)
{
    assert_int_equal(play_by_name(*state, "tick_stop", NULL), 0);
}

static void test_failing_callbacks(void **state)
{
    assert_int_equal(play_by_name(*state, "failing_done", NULL), 0);
    assert_int_equal(play_by_name(*state, "failing_saved", NULL), 0);
    assert_int_equal(play_by_name(*state, "failing_tick", NULL), 0);
}

/* The last test: a process that was asked to stop does not forget it. */
static void test_request_stop(void **state)
{
    assert_int_equal(play_by_name(*state, "request_stop", NULL), 0);
    assert_int_equal(play_by_name(*state, "request_stop", NULL), 0);
}

/* ---- programs of their own, as MPI starts once only ---- */

/* Is a farm refused under the launcher that the environment tells of? 0: yes, 3: no. */
static int play_launcher(void)
{
    struct ae_error err = {0};
    struct ae_farm *farm = NULL;
    enum ae_status rc = ae_farm_new(&farm, NULL, NULL, &err);
    (void)printf("%s\n", err.message);
    ae_farm_free(farm);
    return rc == AE_OK ? 3 : rc == AE_EMPI && !farm && strstr(err.message, "mpirun") ? 0 : 1;
}

static void ignore_number(int number)
{
    (void)number;
}

static void (*handler_of(int number))(int)
{
    struct sigaction now = {0};
    return sigaction(number, NULL, &now) == 0 ? now.sa_handler : SIG_ERR;
}

/* Handlers of the program are back in place after the farm; an ignored SIGHUP (nohup) stays
 * ignored. */
static int play_handlers(void)
{
    struct sigaction mine = {.sa_handler = ignore_number};
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    if (sigaction(SIGUSR1, &mine, NULL) != 0 || sigaction(SIGHUP, &ignore, NULL) != 0)
        return 2;
    struct ae_farm *farm = new_farm();
    if (!farm)
        return 2;
    bool is_right = handler_of(SIGUSR1) != ignore_number && handler_of(SIGTERM) != SIG_DFL &&
                    handler_of(SIGHUP) == SIG_IGN;
    ae_farm_free(farm);
    is_right = is_right && handler_of(SIGUSR1) == ignore_number && handler_of(SIGTERM) == SIG_DFL;
    return is_right ? 0 : 1;
}

/* Several scenarios in a row; rank 0 prints those that were right as far as it knows. */
static int play_ranks(const char *dir, int n_names, char **names)
{
    struct ae_farm *farm = new_farm();
    int code = farm ? 0 : 2;
    for (int i = 0; i < n_names && code == 0; i++) {
        code = play_by_name(farm, names[i], dir);
        if (code == 0 && ae_farm_rank(farm) == 0)
            (void)printf("ok %s (%zu ranks)\n", names[i], ae_farm_size(farm));
    }
    ae_farm_free(farm);
    return code;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_rank),          cmocka_unit_test(test_second_farm_is_refused),
        cmocka_unit_test(test_play_mixed_jobs),   cmocka_unit_test(test_successive_runs),
        cmocka_unit_test(test_saved_states),      cmocka_unit_test(test_stop_by_tick),
        cmocka_unit_test(test_failing_callbacks), cmocka_unit_test(test_request_stop),
    };
    if (argc > 3 && strcmp(argv[1], "ranks") == 0)
        return play_ranks(argv[2], argc - 3, argv + 3);
    if (argc == 2 && strcmp(argv[1], "launcher") == 0)
        return play_launcher();
    if (argc == 2 && strcmp(argv[1], "handlers") == 0)
        return play_handlers();
    return cmocka_run_group_tests(tests, start, finish);
}
