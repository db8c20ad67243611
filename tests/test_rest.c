/*
 * Where the flow comes to rest its integration ends; plateaus, slow tails and equations that depend
 * on time are no rest. And runs to very long times, which need it, or must do without.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "aesweep/rest.h"
#include "points.h"

/* Is this start a fixed point, after the time s? */
static bool is_rest(const struct ae_params *p, double s)
{
    struct ae_network net;
    struct ae_flow *flow = NULL;
    struct ae_rest *rest = NULL;
    double y[512];
    assert_int_equal(ae_network_init(&net, p, true, NULL), AE_OK);
    assert_int_equal(ae_flow_new(&flow, p, &net, NULL), AE_OK);
    assert_int_equal(ae_rest_new(&rest, flow, NULL), AE_OK);
    assert_true(ae_flow_dim(flow) <= 512);
    ae_flow_start(flow, y);
    bool answer = ae_rest_holds(rest, s, y, 1e-8);
    ae_rest_free(rest);
    ae_flow_free(flow);
    ae_network_clear(&net);
    return answer;
}

/* Overlaps of one linear unit, tied, with two spikes: PCA is (1, 0), and (0, 1) is a saddle. */
static struct ae_params linear_at(double first, double second, const char *more)
{
    static double flat[16], overlaps[2];
    static const double spikes[] = {2, 1};
    struct ae_start_view view = {.K = 1, .M = 2, .encoder = overlaps};
    char text[128];
    (void)snprintf(text, sizeof text, "activation=linear tied=true D=inf %s", more);
    struct ae_params p = point_with(text, 2, spikes);
    overlaps[0] = first;
    overlaps[1] = second;
    ae_start_flatten(&view, flat);
    p.start = (struct ae_reals){ae_start_size(&view), flat};
    return p;
}

static void test_fixed_points(void **state)
{
    (void)state;
    struct ae_params p = linear_at(1.0, 0.0, "");
    assert_true(is_rest(&p, 1.0));
    p = linear_at(1.0, 1e-12, ""); /* the second one dies out */
    assert_true(is_rest(&p, 1.0));
    p = linear_at(1.0, 1e-3, "");
    assert_false(is_rest(&p, 1.0));
    p = linear_at(0.0, 1.0, ""); /* nothing leads away from the saddle */
    assert_true(is_rest(&p, 1.0));
    for (double seed = 1e-6; seed > 1e-200; seed *= 1e-6) { /* but for a seed */
        p = linear_at(seed, 1.0, "");
        assert_false(is_rest(&p, 1.0));
        p = linear_at(seed, 0.0, "");
        assert_false(is_rest(&p, 1.0));
    }
    p = linear_at(0.0, 0.0, "");
    assert_true(is_rest(&p, 1.0));
}

/* The frozen bulk decays, and whatever depends on it moves, however slowly. */
static void test_time_dependence(void **state)
{
    (void)state;
    struct ae_params p = point_of("D=inf init=0 weight_decay=1e-3");
    assert_true(is_rest(&p, 1e9));
    p = point_of("D=inf init=1e-30 weight_decay=1e-3");
    assert_false(is_rest(&p, 1e9));
}

/* Runs that end early fill all observed times, with what a run to there finds. */
static void test_early_end(void **state)
{
    (void)state;
    static const char *const points[] = {"K=4 tied=true", "K=4 D=inf", "K=2 activation=linear",
                                         "K=4 D=inf bias=both tied=true rule=truncated"};
    for (size_t i = 0; i < 4; i++) {
        struct ae_params p = point_of(points[i]);
        p.time = 1e12;
        struct ae_record r = run_point(&p);
        assert_true(r.summary.steps < 10000 && r.summary.t_end == 1e12);
        assert_true(fabs(r.summary.drift) < 1e-12);
        for (size_t j = 0; j < r.n_times; j++)
            assert_true(isfinite(r.curve[j * r.n_cols + 1]));
        p.time = 1e9; /* the same steps, if it came to rest before */
        struct ae_record shorter = run_point(&p);
        assert_true(shorter.summary.steps == r.summary.steps);
        assert_true(shorter.summary.excess == r.summary.excess);
        ae_record_clear(&r);
        ae_record_clear(&shorter);
    }
}

/* Seeds of 1e-20 must grow through all plateaus. */
static void test_tiny_seeds(void **state)
{
    (void)state;
    for (size_t t = 0; t < 2; t++) {
        struct ae_params p = point_of("K=4 D=inf sigma2=0 init=1e-20 activation=linear time=1e6");
        p.tied = t == 1;
        struct ae_record r = run_point(&p);
        assert_true(r.summary.learned == 4 && r.summary.excess < 1e-9);
        for (size_t tau = 0; tau < 4; tau++)
            assert_true(r.escape[tau] > 5 && r.escape[tau] < 1000);
        ae_record_clear(&r);
    }
}

/* Untied erf without a bulk never rests: excess ~ t^(-2/3) (arXiv:2201.02115). */
static void test_tail(void **state)
{
    (void)state;
    const double times[] = {1e6, 1e9};
    struct ae_params p = point_of("K=2 D=inf sigma2=0 time=1e12");
    p.observe = (struct ae_reals){2, times};
    struct ae_record r = run_point(&p);
    for (size_t j = 1; j < 3; j++) {
        double ratio = r.curve[(j + 1) * r.n_cols + 2] / r.curve[j * r.n_cols + 2];
        assert_true(fabs(ratio / 1e-2 - 1.0) < 0.02);
    }
    ae_record_clear(&r);
}

/* relu units that align and oppose each other, from a small start and for a long time. */
static void test_relu_finishes(void **state)
{
    (void)state;
    static const size_t widths[] = {2, 3, 4, 8};
    for (size_t i = 0; i < 4; i++)
        for (size_t t = 0; t < 2; t++)
            for (size_t b = 0; b < 2; b++) {
                struct ae_params p = point_of("D=inf activation=relu init=1e-6 time=1e8");
                p.K = widths[i];
                p.tied = t == 1;
                p.bias = b == 0 ? AE_BIAS_NONE : AE_BIAS_BOTH;
                struct ae_record r = run_point(&p); /* aborts if it fails */
                assert_true(isfinite(r.summary.pmse) && r.summary.steps < 50000);
                ae_record_clear(&r);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fixed_points), cmocka_unit_test(test_time_dependence),
        cmocka_unit_test(test_early_end),    cmocka_unit_test(test_tiny_seeds),
        cmocka_unit_test(test_tail),         cmocka_unit_test(test_relu_finishes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
