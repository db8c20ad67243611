/*
 * The ode engine as a whole: CVODE against GSL's integrators, observed times, what is recorded,
 * stopping, and the numbers a record is summed up by.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "aesweep/observe.h"
#include "aesweep/phase.h"
#include "points.h"

static const char *const activations[] = {"linear", "erf", "relu"};
static const char *const ties[] = {"false", "true"};
static const char *const biases[] = {"none", "both"};

static void compare_curves(const struct ae_record *got, const struct ae_record *want,
                           double tolerance, const char *what)
{
    assert_true(got->n_times == want->n_times && got->n_cols == want->n_cols);
    for (size_t j = 0; j < got->n_times; j++) {
        double a = got->curve[j * got->n_cols + 1], b = want->curve[j * want->n_cols + 1];
        if (!(fabs(a - b) <= tolerance * b)) {
            print_error("%s at t = %g: pmse %.12g, other integrator %.12g\n", what,
                        got->curve[j * got->n_cols], a, b);
            fail();
        }
    }
}

/* tol 1e-8 leaves a relative error of pmse below 1e-7 at every observed time, against GSL's BDF at
 * 1e-11 and, where nothing is stiff, its explicit pair at 1e-12. */
static void test_against_gsl(void **state)
{
    (void)state;
    for (size_t a = 0; a < 3; a++)
        for (size_t t = 0; t < 2; t++)
            for (size_t b = 0; b < 2; b++)
                for (size_t r = 0; r < 2; r++) {
                    char text[256];
                    (void)snprintf(text, sizeof text,
                                   "D=50 K=2 sigma2=2 time=40 activation=%s tied=%s "
                                   "bias=%s rule=%s",
                                   activations[a], ties[t], biases[b],
                                   r == 0 ? "vanilla" : "truncated");
                    struct ae_params p = point_of(text);
                    struct ae_record cvode = run_point(&p);
                    p.tol = 1e-11;
                    p.integrator = r == 0 ? AE_MSBDF : AE_RK8PD;
                    struct ae_record gsl = run_point(&p);
                    compare_curves(&cvode, &gsl, 1e-7, text);
                    ae_record_clear(&cvode);
                    ae_record_clear(&gsl);
                }
}

/* D = inf and weight decay as well, whose frozen bulk makes the equations depend on time. */
static void test_against_gsl_infinite(void **state)
{
    (void)state;
    for (size_t a = 0; a < 3; a++) {
        char text[128];
        (void)snprintf(text, sizeof text,
                       "D=inf K=3 weight_decay=0.02 bias=both time=50 activation=%s",
                       activations[a]);
        struct ae_params p = point_of(text);
        struct ae_record cvode = run_point(&p);
        p.tol = 1e-12;
        p.integrator = AE_RK8PD;
        struct ae_record gsl = run_point(&p);
        compare_curves(&cvode, &gsl, 1e-7, text);
        ae_record_clear(&cvode);
        ae_record_clear(&gsl);
    }
}

/* Many different modes, of a power law: no two blocks of Newton's equations are alike. */
static void test_many_modes(void **state)
{
    (void)state;
    double r[40];
    for (size_t i = 0; i < 40; i++)
        r[i] = 4.0 / (double)(i + 1);
    for (size_t t = 0; t < 2; t++) {
        struct ae_params p = point_with("K=3 D=inf bias=both time=40", 40, r);
        p.tied = t == 1;
        struct ae_record cvode = run_point(&p);
        p.tol = 1e-11;
        p.integrator = AE_RK8PD;
        struct ae_record gsl = run_point(&p);
        compare_curves(&cvode, &gsl, 1e-7, "40 modes");
        ae_record_clear(&cvode);
        ae_record_clear(&gsl);
    }
}

/* Observed times steer nothing: a few and many give the same end, bit for bit. */
static void test_observing_does_not_steer(void **state)
{
    (void)state;
    const double few[] = {3.0};
    struct ae_params p = point_of("activation=relu K=2 bias=both time=30 D=inf");
    struct ae_record many = run_point(&p);
    p.observe = (struct ae_reals){1, few};
    struct ae_record one = run_point(&p);
    assert_true(one.n_times == 3 && many.n_times == 61);
    assert_true(one.summary.excess == many.summary.excess &&
                one.summary.drift == many.summary.drift);
    assert_true(one.summary.steps == many.summary.steps);
    ae_record_clear(&many);
    ae_record_clear(&one);
}

static void test_schedule(void **state)
{
    (void)state;
    const double asked[] = {0.0, 0.24, 0.26, 0.31, 2.0, 7.0, 9.0};
    struct ae_params p = point_of("D=10 time=5.04");
    struct ae_schedule schedule;
    p.observe = (struct ae_reals){7, asked};
    assert_int_equal(ae_schedule_init(&schedule, &p, NULL), AE_OK);
    const double want[] = {0.0, 0.2, 0.3, 2.0,
                           5.0}; /* whole steps, repeats and what is past the end gone */
    assert_true(schedule.n == 5 && schedule.n_half == 4 && schedule.half == 2.5);
    for (size_t j = 0; j < 5; j++)
        assert_true(schedule.t[j] == want[j]);
    ae_schedule_clear(&schedule);

    p = point_of("D=inf time=1e4"); /* default: 60 times, log-spaced from 1e-6 time */
    assert_int_equal(ae_schedule_init(&schedule, &p, NULL), AE_OK);
    assert_true(schedule.n == 61 && schedule.t[0] == 0.0 && schedule.t[60] == 1e4);
    assert_true(fabs(schedule.t[1] - 0.01) < 1e-15);
    for (size_t j = 2; j < 61; j++)
        assert_true(fabs(schedule.t[j] / schedule.t[j - 1] - pow(1e6, 1.0 / 59)) < 1e-9);
    ae_schedule_clear(&schedule);

    p = point_of("D=100 time=10"); /* ... and from one step where that is later */
    assert_int_equal(ae_schedule_init(&schedule, &p, NULL), AE_OK);
    assert_true(schedule.t[1] == 0.01 && schedule.t[schedule.n - 1] == 10.0);
    ae_schedule_clear(&schedule);
}

/* Levels of the record change what is kept and nothing else. */
static void test_record_levels(void **state)
{
    (void)state;
    struct ae_record r[3];
    struct ae_params p = point_of("K=2 bias=both time=20");
    for (int level = 0; level < 3; level++) {
        p.record = level;
        r[level] = run_point(&p);
        assert_memory_equal(&r[level].summary, &r[0].summary, sizeof r[0].summary);
        assert_memory_equal(r[level].escape, r[0].escape, 4 * sizeof(double));
    }
    assert_true(r[0].n_times == 0 && r[1].n_times == r[2].n_times && r[1].n_cols == 5 + 4);
    assert_true(r[2].n_cols == 5 + 4 + 3 + 3 + 4 + 2 + 4);
    const double *last = r[2].curve + (r[2].n_times - 1) * r[2].n_cols;
    const struct ae_summary *s = &r[2].summary;
    assert_true(last[0] == s->t_end && last[1] == s->pmse && last[2] == s->excess &&
                last[3] == s->learned);
    assert_true(fabs(s->encoder_scale - sqrt((last[9] + last[11]) / 2)) < 1e-14);
    assert_true(fabs(s->decoder_scale - sqrt((last[12] + last[14]) / 2)) < 1e-14);
    assert_true(fabs(s->bias_rms - sqrt((last[19] * last[19] + last[20] * last[20]) / 2)) < 1e-14);
    for (int level = 0; level < 3; level++)
        ae_record_clear(&r[level]);
}

/* escape: the flow of one linear unit on one spike, tied, is dy/dt = 2 r y (1 - y) for y = w^2 (v =
 * w), and f = (1 - y)^2; it falls below 0.75 at a time known in closed form. */
static void test_escape_time(void **state)
{
    (void)state;
    const double spike[] = {1.5};
    static double flat[8];
    const double w_0 = 0.01;
    struct ae_start_view view = {.K = 1, .M = 1, .encoder = &w_0};
    ae_start_flatten(&view, flat);
    struct ae_params p = point_with("activation=linear tied=true D=inf time=100", 1, spike);
    p.start = (struct ae_reals){ae_start_size(&view), flat};
    static double times[400];
    for (size_t j = 0; j < 400; j++)
        times[j] = 0.005 * (double)(j + 1);
    p.observe = (struct ae_reals){400, times};
    struct ae_record r = run_point(&p);
    double y_0 = w_0 * w_0, y = 1.0 - sqrt(0.75);
    double want = (log(y / (1 - y)) - log(y_0 / (1 - y_0))) / (4.0 * 1.5);
    if (!(fabs(r.escape[0] - want) < 1e-4))
        print_error("escape %.8g, want %.8g\n", r.escape[0], want);
    assert_true(fabs(r.escape[0] - want) < 1e-4);
    ae_record_clear(&r);
}

static bool stop_at_once(void *ctx)
{
    size_t *n = ctx;
    return ++*n > 30;
}

static void test_stop(void **state)
{
    (void)state;
    struct ae_params p = point_of("K=2 time=1e6");
    for (int engine = 0; engine < 2; engine++) {
        size_t n = 0;
        struct ae_host host = {.ctx = &n, .should_stop = stop_at_once};
        struct ae_record record = {0};
        struct ae_error err = {.message = ""};
        p.engine = engine;
        assert_int_equal(ae_engine_run(&p, &host, &record, &err), AE_ESTOP);
        assert_non_null(strstr(err.message, "stopped"));
        assert_true(record.summary.t_end > 0.0 && record.summary.t_end < 1e6);
        ae_record_clear(&record);
    }
}

static void test_record_bytes(void **state)
{
    (void)state;
    struct ae_params p = point_of("K=2 time=20 record=full");
    struct ae_record r = run_point(&p), back = {0};
    struct ae_buffer bytes = {0};
    struct ae_error err;
    ae_record_pack(&r, &bytes);
    assert_int_equal(ae_record_unpack(ae_buffer_bytes(&bytes), &back, &err), AE_OK);
    assert_true(back.n_times == r.n_times && back.n_cols == r.n_cols && back.M == 4 && back.K == 2);
    assert_memory_equal(back.curve, r.curve, r.n_times * r.n_cols * sizeof *r.curve);
    assert_memory_equal(back.escape, r.escape, 4 * sizeof *r.escape);
    ae_record_clear(&back);
    for (size_t size = 0; size < bytes.size; size += 1 + bytes.size / 50) {
        assert_int_equal(ae_record_unpack((struct ae_bytes){bytes.data, size}, &back, &err),
                         AE_EIO);
        ae_record_clear(&back);
    }
    ae_buffer_clear(&bytes);
    ae_record_clear(&r);
}

static void test_phases(void **state)
{
    (void)state;
    struct ae_summary s = {.pmse_0 = 5,
                           .pmse = 3,
                           .pca_0 = 5,
                           .pca = 1,
                           .excess = 2,
                           .drift = 0.01,
                           .n_main = 2,
                           .learned = 1,
                           .found = 1,
                           .diverged = 0};
    assert_int_equal(ae_phase_of(&s, 0.01), AE_PHASE_PARTIAL);
    assert_false(ae_phase_is_converged(&s, 0.01)); /* 0.01 against 0.1 * 0.01 * 4 */
    assert_true(ae_phase_is_converged(&s, 0.05));
    assert_int_equal(ae_phase_of(&s, 0.5), AE_PHASE_PCA);
    s.learned = 2;
    assert_int_equal(ae_phase_of(&s, 0.01), AE_PHASE_DISTORTED);
    s.learned = s.found = 0;
    assert_int_equal(ae_phase_of(&s, 0.01), AE_PHASE_NONE);
    s.pmse = 50.5;
    assert_int_equal(ae_phase_of(&s, 0.5), AE_PHASE_DIVERGED);
    assert_false(ae_phase_is_converged(&s, 0.5));
    s.pmse = (double)NAN;
    assert_int_equal(ae_phase_of(&s, 0.5), AE_PHASE_DIVERGED);
    s.pmse = 3;
    s.diverged = 1;
    assert_int_equal(ae_phase_of(&s, 0.5), AE_PHASE_DIVERGED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_gsl),  cmocka_unit_test(test_against_gsl_infinite),
        cmocka_unit_test(test_many_modes),   cmocka_unit_test(test_observing_does_not_steer),
        cmocka_unit_test(test_schedule),     cmocka_unit_test(test_record_levels),
        cmocka_unit_test(test_escape_time),  cmocka_unit_test(test_stop),
        cmocka_unit_test(test_record_bytes), cmocka_unit_test(test_phases),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
