/* How long is left: a made-up sweep whose points take times that the estimate does not know. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "aesweep/progress.h"
#include "aesweep/tally.h"

/* Cheap points come first: the flow in the first half, then simulations, K = 8 the dearest. */
static const char *const yaml =
    "name: mixed\nset: {D: 1000, time: 100}\n"
    "grid: {engine: [ode, sgd], K: [1, 2, 8], lr: {from: 0.1, to: 1, points: 10}}\nreplicates: 2\n";

static double takes(const struct ae_params *p)
{
    return p->engine == AE_ENGINE_ODE ? 0.01 * (double)(p->K * p->K) : 0.5 * (double)p->K;
}

struct course {
    struct ae_sweep *sweep;
    struct ae_tally *tally;
    size_t n;
    double left_s, work_s; /* the truth */
};

static struct ae_params point(const struct course *c, size_t i)
{
    struct ae_params p;
    ae_sweep_point(c->sweep, i / 2, i % 2 + 1, &p);
    return p;
}

/* The estimate is wrong by factors, and not the same ones for both engines. */
static struct ae_tally_task task_of(const struct ae_params *p)
{
    double K = (double)p->K, model_s = p->engine == AE_ENGINE_ODE ? 1e-3 + 1e-3 * K * K : 0.1 * K;
    return (struct ae_tally_task){.params = p, .model_s = model_s, .n_job = 1};
}

static void begin(struct course *c)
{
    struct ae_error err = {0};
    *c = (struct course){0};
    assert_int_equal(ae_sweep_read_text(&c->sweep, yaml, strlen(yaml), "test", &err), AE_OK);
    assert_int_equal(ae_tally_new(&c->tally, c->sweep, &err), AE_OK);
    c->n = 2 * ae_sweep_n_points(c->sweep);
    for (size_t i = 0; i < c->n; i++) {
        struct ae_params p = point(c, i);
        struct ae_tally_task task = task_of(&p);
        assert_int_equal(ae_tally_expect(c->tally, &task, &err), AE_OK);
        c->left_s += takes(&p);
    }
}

static void finish(struct course *c, size_t i, const char *failure)
{
    struct ae_params p = point(c, i);
    const struct ae_summary summary = {
        .pmse_0 = 12, .pmse = 6, .pca_0 = 10, .pca = 5, .excess = i % 3 == 0 ? 0.01 : 1};
    ae_tally_note(c->tally, &(struct ae_tally_result){.point = 0xabcd0000 + i,
                                                      .task = task_of(&p),
                                                      .summary = &summary,
                                                      .failure = failure,
                                                      .wall_s = takes(&p)});
    c->left_s -= takes(&p);
    c->work_s += takes(&p);
}

static void end(struct course *c)
{
    ae_tally_free(c->tally);
    ae_sweep_free(c->sweep);
}

static void time_left(void **state)
{
    (void)state;
    struct course c;
    begin(&c);
    assert_true(isnan(ae_tally_left_s(c.tally)));
    /* One point of each class has come: all are known. */
    for (size_t i = 0; i < c.n; i += 20)
        finish(&c, i, NULL);
    assert_true(fabs(ae_tally_left_s(c.tally) - c.left_s) < 1e-9 * c.left_s);
    for (size_t i = 1; i < c.n; i++)
        if (i % 20 != 0)
            finish(&c, i, NULL);
    assert_true(fabs(ae_tally_left_s(c.tally)) < 1e-9);
    assert_true(fabs(c.left_s) < 1e-9);
    end(&c);
}

/* In the order of the sweep, after the cheap half: the mean rate would promise the end in as long
 * again; what is left takes 100 times as long. */
static void cheap_first(void **state)
{
    (void)state;
    struct course c;
    begin(&c);
    for (size_t i = 0; i < c.n / 2 + 20; i++) /* the simulations of K = 1 have come too */
        finish(&c, i, NULL);
    double guess_s = ae_tally_left_s(c.tally), mean_s = c.work_s / (double)(c.n / 2 + 20);
    assert_true(guess_s > c.left_s / 1.5 && guess_s < c.left_s * 1.5);
    assert_true(40.0 * mean_s < c.left_s / 2.0);
    /* On four processes, as busy as they can be: a quarter of that. */
    double end_s = ae_tally_end_s(c.tally, 4, c.work_s, c.work_s / 4.0);
    assert_true(fabs(end_s - guess_s / 4.0) < 1e-9 * guess_s);
    /* If they wait half of the time, twice as long. */
    end_s = ae_tally_end_s(c.tally, 4, c.work_s, c.work_s / 2.0);
    assert_true(fabs(end_s - guess_s / 2.0) < 1e-9 * guess_s);
    /* Two points are left for four processes. */
    for (size_t i = c.n / 2 + 20; i < c.n - 2; i++)
        finish(&c, i, NULL);
    end_s = ae_tally_end_s(c.tally, 4, c.work_s, c.work_s / 4.0);
    assert_true(fabs(end_s - 4.0) < 1e-9);
    end(&c);
}

/* Forty results in two jobs keep two processes busy, whatever there are. */
static void jobs_bound_the_workers(void **state)
{
    (void)state;
    struct course c;
    begin(&c);
    ae_tally_free(c.tally);
    assert_int_equal(ae_tally_new(&c.tally, c.sweep, NULL), AE_OK);
    struct ae_params p = point(&c, 0);
    struct ae_tally_task task = {.params = &p, .model_s = 1.0, .n_job = 20};
    for (size_t i = 0; i < 60; i++)
        assert_int_equal(ae_tally_expect(c.tally, &task, NULL), AE_OK);
    const struct ae_summary summary = {.pmse = 1};
    for (size_t i = 0; i < 20; i++)
        ae_tally_note(c.tally,
                      &(struct ae_tally_result){.task = task, .summary = &summary, .wall_s = 0.5});
    assert_true(fabs(ae_tally_left_s(c.tally) - 20.0) < 1e-9);
    assert_true(fabs(ae_tally_end_s(c.tally, 8, 10.0, 10.0) - 10.0) < 1e-9);
    end(&c);
}

static void rate_of_late(void **state)
{
    (void)state;
    struct course c;
    begin(&c);
    double rate = ae_tally_rate(c.tally, 0.0);
    assert_true(rate == 0.0);
    size_t i = 0;
    double t = 0.0;
    for (; i < 40; i++, t += 0.25) /* four a second */
        finish(&c, i, NULL), rate = ae_tally_rate(c.tally, t + 0.25);
    assert_true(fabs(rate - 4.0) < 0.2);
    for (; i < 80; i++, t += 2.0) /* then one in two seconds, for 80 s */
        finish(&c, i, NULL), rate = ae_tally_rate(c.tally, t + 2.0);
    assert_true(fabs(rate - 0.5) < 0.05);
    end(&c);
}

static void news(void **state)
{
    (void)state;
    struct course c;
    struct ae_bulletin b = {0};
    begin(&c);
    ae_tally_report(c.tally, &b);
    assert_true(b.n_new == 0 && b.n_groups == 0 && b.n_failures == 0 && b.slowest[0] == '\0');
    for (size_t i = 0; i < c.n; i++) {
        char why[32];
        (void)snprintf(why, sizeof why, "reason %zu", i);
        finish(&c, i, i % 10 == 7 ? why : NULL);
    }
    ae_tally_report(c.tally, &b);
    assert_int_equal(b.n_new, c.n);
    assert_int_equal(b.n_failures, AE_BULLETIN_FAILURES);
    assert_string_equal(b.failures[0], "00000000abcd0075 replicate 2: engine=sgd K=8 lr=0.9: "
                                       "reason 117");
    assert_non_null(strstr(b.failures[4], "reason 77"));
    assert_true(b.slowest_s == 4.0);
    assert_string_equal(b.slowest, "00000000abcd0064 replicate 1: engine=sgd K=8 lr=0.1");
    size_t n = 0;
    for (size_t i = 0; i < b.n_groups; i++)
        n += b.groups[i].n;
    assert_int_equal(n, c.n - 12);
    end(&c);
}

static void progress_line(void **state)
{
    (void)state;
    struct ae_buffer text = {0};
    struct ae_progress p = {.n_total = 5000, .n_there = 1234, .rate = 87.2, .left_s = 43.0};
    ae_progress_format(&p, &text);
    assert_string_equal(text.data, "1234/5000 points, 87.2/s, 43 s left");
    ae_buffer_rewind(&text);
    p = (struct ae_progress){.n_total = 7, .left_s = (double)NAN, .n_failed = 2};
    ae_progress_format(&p, &text);
    assert_string_equal(text.data, "0/7 points, 2 failed");
    ae_buffer_clear(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(time_left),
                                       cmocka_unit_test(cheap_first),
                                       cmocka_unit_test(jobs_bound_the_workers),
                                       cmocka_unit_test(rate_of_late),
                                       cmocka_unit_test(news),
                                       cmocka_unit_test(progress_line)};
    return cmocka_run_group_tests_name("tally", tests, NULL, NULL);
}
