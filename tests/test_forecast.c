/* Estimates before a run against runs: simulated training above and below the learning rate at
 * which it must diverge, and the times at which the flow begins to learn a component. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>

#include "aesweep/forecast.h"
#include "aesweep/phase.h"
#include "points.h"

static bool diverges(struct ae_params p, double lr)
{
    p.lr = lr;
    struct ae_record record = run_point(&p);
    bool is_diverged = ae_phase_of(&record.summary, p.phase_tol) == AE_PHASE_DIVERGED;
    ae_record_clear(&record);
    return is_diverged;
}

/* Both sides of the limit, within factors that leave room for fluctuations. */
static void check_limit(struct ae_params p, const char *what)
{
    enum { N_SEEDS = 3 };
    double limit = ae_forecast_lr_limit(&p);
    assert_true(limit > 0.0 && isfinite(limit));
    for (p.replicate = 1; p.replicate <= N_SEEDS; p.replicate++) {
        if (!diverges(p, 2.5 * limit))
            fail_msg("%s: no divergence at 2.5 times the limit %g", what, limit);
        if (diverges(p, 0.25 * limit))
            fail_msg("%s: divergence at a quarter of the limit %g", what, limit);
    }
}

static void test_limit(void **state)
{
    (void)state;
    static const char *const points[] = {
        "activation=linear",
        "activation=linear K=4",
        "activation=linear K=2 tied=true",
        "activation=linear tied=true tie_scale=0.5",
        "activation=linear K=2 lr_decoder=4",
        "activation=linear K=2 rule=truncated",
        "activation=linear tied=true lr_decoder=3",
        "activation=linear K=2 sigma2=20",
        "activation=relu K=1",
        "activation=relu K=4 bias=both",
        "activation=relu K=2 tied=true",
        "activation=erf",
        "activation=erf K=4 bias=both",
        "activation=erf K=2 tied=true tie_scale=2",
        "activation=erf K=3 lr_decoder=0.5",
        "activation=linear batch=10",
        "activation=linear K=2 tied=true lr_decoder=2 batch=20",
        "activation=relu K=2 batch=10",
        "activation=erf K=4 bias=both batch=10",
        "activation=erf K=2 tied=true batch=20",
        "activation=linear tied=true rule=sanger",
        "activation=linear tied=true rule=sanger K=4 batch=5",
        "activation=linear K=2 samples=50",
    };
    for (size_t i = 0; i < sizeof points / sizeof *points; i++) {
        char settings[200];
        (void)snprintf(settings, sizeof settings, "engine=sgd D=100 time=60 %s", points[i]);
        check_limit(point_of(settings), points[i]);
    }
    double one_spike[] = {10.0};
    check_limit(point_with("engine=sgd D=150 time=60 activation=linear", 1, one_spike),
                "one spike");
}

static void test_no_limit(void **state)
{
    (void)state;
    struct ae_params flow = point_of("activation=linear lr=1e6");
    assert_true(isinf(ae_forecast_lr_limit(&flow))); /* a flow does not diverge */
    struct ae_params frozen = point_of("engine=sgd activation=linear lr_decoder=0");
    assert_true(isinf(ae_forecast_lr_limit(&frozen))); /* no balanced solution to be near */
    struct ae_params signs = point_of("engine=sgd activation=erf lr_decoder=0");
    assert_true(isinf(ae_forecast_lr_limit(&signs)));
}

/* The limit has the units of D over a variance. */
static void test_limit_scaling(void **state)
{
    (void)state;
    double spikes[] = {3, 1}, tenfold[] = {30, 10};
    struct ae_params p = point_with("engine=sgd activation=linear K=2 D=200", 2, spikes);
    struct ae_params q = point_with("engine=sgd activation=linear K=2 D=200", 2, tenfold);
    q.sigma2 = 10.0 * p.sigma2;
    assert_true(fabs(ae_forecast_lr_limit(&p) / ae_forecast_lr_limit(&q) - 10.0) < 1e-9);
    q = p;
    q.D = 4.0 * p.D;
    q.sigma2 = p.sigma2 * (1.0 - 2.0 / p.D) / (1.0 - 2.0 / q.D); /* the same trace */
    assert_true(fabs(ae_forecast_lr_limit(&q) / ae_forecast_lr_limit(&p) - 4.0) < 1e-9);
}

/* ---- escape ---- */

/* Ratio of the time the flow takes to the estimate, for component tau. */
static double escape_ratio(const char *settings, size_t tau)
{
    struct ae_params p = point_of(settings);
    struct ae_record record = run_point(&p);
    double ratio = record.escape[tau] / ae_forecast_escape(&p, tau);
    ae_record_clear(&record);
    return ratio;
}

static void test_escape(void **state)
{
    (void)state;
    static const struct {
        const char *settings;
        size_t tau;
        double most; /* erf units have less slope left for components that come late */
    } cases[] = {
        {"activation=linear init=0.01", 0, 1.3},
        {"activation=linear init=0.01 lr=0.1", 0, 1.3},
        {"activation=linear init=0.01 lr_decoder=4", 0, 1.3},
        {"activation=linear init=0.01 D=inf", 0, 1.3},
        {"activation=linear init=0.01 K=4", 3, 1.3},
        {"activation=linear init=0.01 tied=true K=4", 3, 1.3},
        {"activation=linear init=0.01 tied=true tie_scale=0.5", 0, 1.3},
        {"activation=linear init=0.01 weight_decay=1", 0, 1.3},
        {"activation=erf init=0.01 K=2", 1, 2.0},
        {"activation=erf init=0.01 tied=true D=10000 K=2", 1, 2.0},
        {"activation=erf init=0.01 K=4 tied=true D=10000", 3, 4.0},
        {"activation=relu init=0.01", 0, 1.3},
        {"activation=relu init=0.01 K=4", 1, 1.3},
        {"activation=relu init=0.01 K=4 tied=true D=10000", 1, 1.3},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double ratio = escape_ratio(cases[i].settings, cases[i].tau);
        if (!(ratio > 0.75 && ratio < cases[i].most))
            fail_msg("%s: component %zu takes %g times the estimate", cases[i].settings,
                     cases[i].tau + 1, ratio);
    }
}

static void test_escape_ends(void **state)
{
    (void)state;
    struct ae_params there = point_of("init=informed");
    assert_true(ae_forecast_escape(&there, 0) == 0.0);
    struct ae_params far = point_of("init=3 activation=linear");
    assert_true(ae_forecast_escape(&far, 0) == 0.0);
    struct ae_params held = point_of("activation=linear weight_decay=5"); /* r_1 = 4 */
    assert_true(isinf(ae_forecast_escape(&held, 0)));
    struct ae_record record = run_point(&held);
    assert_true(isinf(record.escape[0]));
    ae_record_clear(&record);
    struct ae_params zero = point_of("init=0");
    assert_true(ae_forecast_escape(&zero, 0) == 0.0); /* a saddle: nothing is said */
}

static void test_escape_from_start(void **state)
{
    (void)state;
    double spikes[] = {2, 1}, encoder[] = {1e-4, 2e-4}, decoder[] = {1e-4, 0}, flat[9];
    struct ae_params p = point_with("activation=linear sigma2=0", 2, spikes);
    struct ae_start_view view = {.K = 1, .M = 2, .encoder = encoder, .decoder = decoder};
    ae_start_flatten(&view, flat);
    p.start = (struct ae_reals){ae_start_size(&view), flat};
    struct ae_record record = run_point(&p);
    double ratio = record.escape[0] / ae_forecast_escape(&p, 0);
    assert_true(ratio > 0.9 && ratio < 1.1);
    ae_record_clear(&record);
}

/* From overlaps of order one, with batches that leave little noise. */
static void test_escape_of_sanger(void **state)
{
    (void)state;
    double spikes[] = {2, 1}, encoder[] = {0.05, 0.02}, flat[7];
    struct ae_params p = point_with("engine=sgd activation=linear tied=true rule=sanger sigma2=0.5 "
                                    "D=500 lr=0.5 batch=10 time=10 tie_scale=0.8 lr_decoder=3",
                                    2, spikes);
    struct ae_start_view view = {.K = 1, .M = 2, .encoder = encoder};
    ae_start_flatten(&view, flat);
    p.start = (struct ae_reals){ae_start_size(&view), flat};
    struct ae_record record = run_point(&p);
    double ratio = record.escape[0] / ae_forecast_escape(&p, 0);
    if (!(ratio > 0.9 && ratio < 1.3))
        fail_msg("%g times the estimate", ratio);
    ae_record_clear(&record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_no_limit),
        cmocka_unit_test(test_limit_scaling),
        cmocka_unit_test(test_escape),
        cmocka_unit_test(test_escape_ends),
        cmocka_unit_test(test_escape_from_start),
        cmocka_unit_test(test_escape_of_sanger),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
