/*
 * What arXiv:2201.02115 and the theory behind it say of this model, shown by the flow: which
 * networks reach the PCA error, how, and in which order. One test a fact.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "aesweep/phase.h"
#include "points.h"

static const char *const ties[] = {"false", "true"};

static struct ae_record run(const char *format, const char *tied, int K)
{
    char text[256];
    int length = snprintf(text, sizeof text, "tied=%s K=%d ", tied, K);
    (void)snprintf(text + length, sizeof text - (size_t)length, "%s", format);
    struct ae_params p = point_of(text);
    return run_point(&p);
}

/* Linear units reach pca_K, tied or not, for every K up to beyond the number of spikes. */
static void test_linear_reaches_pca(void **state)
{
    (void)state;
    for (size_t t = 0; t < 2; t++)
        for (int K = 1; K <= 4; K++) {
            struct ae_record r = run("activation=linear sigma2=0 time=1e4", ties[t], K);
            assert_true(fabs(r.summary.excess) < 1e-8 && r.summary.learned == K);
            assert_int_equal(ae_phase_of(&r.summary, 0.01), AE_PHASE_PCA);
            ae_record_clear(&r);
        }
}

/* Exponent of a column between t = 1e6 and 1e8. */
static double exponent(const struct ae_record *record, size_t column, double power)
{
    double early = curve_at(record, 1e6, column), late = curve_at(record, 1e8, column);
    double span = curve_at(record, 1e8, 0) / curve_at(record, 1e6, 0);
    return power * log(late / early) / log(span);
}

/* Untied erf retreats into its linear regime: excess ~ t^(-2/3), sqrt(Q) ~ t^(-1/6), sqrt(T) ~
 * t^(1/6). */
static void test_erf_power_laws(void **state)
{
    (void)state;
    static const char *const settings[] = {"sigma2=0 time=1e8 record=full",
                                           "D=inf sigma2=0 time=1e8 record=full"};
    for (int K = 1; K <= 4; K += 3)
        for (size_t i = 0; i < 2; i++) {
            struct ae_record r = run(settings[i], "false", K);
            size_t at_Q = 5 + 4, at_T = at_Q + (size_t)(K * (K + 1) / 2);
            assert_true(fabs(exponent(&r, 2, 1.0) + 2.0 / 3.0) < 0.01);
            assert_true(fabs(exponent(&r, at_Q, 0.5) + 1.0 / 6.0) < 0.01);
            assert_true(fabs(exponent(&r, at_T, 0.5) - 1.0 / 6.0) < 0.01);
            ae_record_clear(&r);
        }
}

/* The floor that a frozen encoder bulk of variance e leaves to one erf unit on one spike:
 * min over Q of r [1 - (Q - e) / ((1 + Q) asin(Q / (1 + Q)))], searched on a fine grid. */
static double erf_floor(double r, double e)
{
    double best = r;
    for (double Q = e * 1.0001; Q < 2.0; Q *= 1.001)
        best = fmin(best, r * (1.0 - (Q - e) / ((1.0 + Q) * asin(Q / (1.0 + Q)))));
    return best;
}

static void test_frozen_bulk_leaves_a_floor(void **state)
{
    (void)state;
    const double spike[] = {1.0};
    struct ae_params p = point_with("D=inf K=1 sigma2=1 init=0.1 time=1e7", 1, spike);
    struct ae_record r = run_point(&p);
    double floor = erf_floor(1.0, 0.01);
    assert_true(fabs(floor - 0.038) < 0.001);
    if (!(fabs(r.summary.excess - floor) < 1e-4 * floor))
        print_error("excess %.8g, floor %.8g\n", r.summary.excess, floor);
    assert_true(fabs(r.summary.excess - floor) < 1e-4 * floor);
    ae_record_clear(&r);
}

/* Tied erf stays a finite distance above, more so for stronger spikes, never beyond a residual of 1
 * - 2/pi. */
static void test_tied_erf_stays_above(void **state)
{
    (void)state;
    double before = 0.0;
    for (int i = 0; i < 4; i++) {
        const double spike[] = {0.5 * pow(8.0, i)};
        struct ae_params p = point_with("tied=true K=1 sigma2=0 time=1e5", 1, spike);
        struct ae_record r = run_point(&p);
        double residual = r.summary.excess / spike[0];
        assert_true(r.summary.excess > 1.5 * before && residual > 0.01);
        assert_true(residual < 1.0 - 2.0 / acos(-1.0));
        assert_int_equal(ae_phase_of(&r.summary, 0.01), AE_PHASE_DISTORTED);
        assert_true(fabs(r.summary.drift) < 1e-9);
        before = r.summary.excess;
        ae_record_clear(&r);
    }
}

/* ReLU: above pca_K without biases; an encoder bias alone helps for K >= 2 (not a tied pair, which
 * settles on opposed units: w . x = relu(w . x) - relu(-w . x), where b = 0 is stationary); both
 * biases reach pca_K. */
static void test_relu_needs_biases(void **state)
{
    (void)state;
    for (size_t t = 0; t < 2; t++)
        for (int K = 1; K <= 4; K++) {
            struct ae_record none = run("activation=relu time=1e5 sigma2=0.5", ties[t], K);
            struct ae_record encoder =
                run("activation=relu bias=encoder time=1e5 sigma2=0.5", ties[t], K);
            struct ae_record both =
                run("activation=relu bias=both time=1e5 sigma2=0.5", ties[t], K);
            assert_true(none.summary.excess > 0.1 * (none.summary.pca_0 - none.summary.pca));
            assert_int_equal(ae_phase_of(&none.summary, 0.01), AE_PHASE_PARTIAL);
            if (K > (t == 0 ? 1 : 2))
                assert_true(encoder.summary.excess < none.summary.excess - 1e-3);
            else
                assert_true(fabs(encoder.summary.excess - none.summary.excess) < 1e-6);
            assert_int_equal(ae_phase_of(&both.summary, 0.01), AE_PHASE_PCA);
            assert_true(both.summary.bias_rms > 2.0);
            ae_record_clear(&none);
            ae_record_clear(&encoder);
            ae_record_clear(&both);
        }
}

/* With both biases b grows on and the excess goes on falling. */
static void test_relu_bias_grows(void **state)
{
    (void)state;
    double before_b = 0.0, before_excess = 1.0;
    for (double time = 1e3; time < 2e7; time *= 100) {
        char text[128];
        (void)snprintf(text, sizeof text, "activation=relu bias=both K=2 sigma2=0.5 time=%g", time);
        struct ae_params p = point_of(text);
        struct ae_record r = run_point(&p);
        assert_true(r.summary.bias_rms > before_b + 0.2 && r.summary.excess < 0.1 * before_excess);
        before_b = r.summary.bias_rms;
        before_excess = r.summary.excess;
        ae_record_clear(&r);
    }
}

/* Strongest component first. */
static void test_sequential_learning(void **state)
{
    (void)state;
    for (size_t t = 0; t < 2; t++) {
        struct ae_record r = run("activation=linear init=1e-3 sigma2=0 time=1e3", ties[t], 4);
        for (size_t tau = 1; tau < 4; tau++)
            assert_true(r.escape[tau] > 1.2 * r.escape[tau - 1] && isfinite(r.escape[tau]));
        assert_true(r.escape[0] > 0.0);
        ae_record_clear(&r);
    }
}

/* Vanilla finds the span, rotated; truncated the components themselves. */
static void test_truncated_finds_the_components(void **state)
{
    (void)state;
    static const char *const activations[] = {"linear", "erf"};
    for (size_t a = 0; a < 2; a++)
        for (size_t t = 0; t < 2; t++) {
            char text[128];
            (void)snprintf(text, sizeof text, "activation=%s sigma2=0 time=1e5 rule=vanilla",
                           activations[a]);
            struct ae_record vanilla = run(text, ties[t], 3);
            (void)snprintf(text, sizeof text, "activation=%s sigma2=0 time=1e5 rule=truncated",
                           activations[a]);
            struct ae_record truncated = run(text, ties[t], 3);
            assert_true(vanilla.summary.learned == 3 && truncated.summary.learned == 3);
            if (!(truncated.summary.alignment > 0.99995))
                print_error("%s tied=%s: alignment %.6f\n", activations[a], ties[t],
                            truncated.summary.alignment);
            assert_true(truncated.summary.alignment > 0.99995);
            assert_true(vanilla.summary.alignment > 0.4 && vanilla.summary.alignment < 0.95);
            ae_record_clear(&vanilla);
            ae_record_clear(&truncated);
        }
}

/* tanh is x - x^3/3 near 0, and retreats there by the power laws of erf. */
static void test_tanh_power_laws(void **state)
{
    (void)state;
    struct ae_record r = run("activation=tanh sigma2=0 time=1e8 record=full", "false", 2);
    size_t at_Q = 5 + 4, at_T = at_Q + 3;
    assert_true(fabs(exponent(&r, 2, 1.0) + 2.0 / 3.0) < 0.01);
    assert_true(fabs(exponent(&r, at_Q, 0.5) + 1.0 / 6.0) < 0.01);
    assert_true(fabs(exponent(&r, at_T, 0.5) - 1.0 / 6.0) < 0.01);
    assert_int_equal(ae_phase_of(&r.summary, 0.01), AE_PHASE_PCA);
    ae_record_clear(&r);
}

/* logistic(x) = (1 + tanh(x/2))/2: tied, v g(w x) with w = 2 w' is that of tanh with w' but for a
 * constant, which the decoder bias takes up. So both end at the same error, above the PCA error. */
static void test_tied_logistic_is_tied_tanh(void **state)
{
    (void)state;
    for (int K = 1; K <= 2; K++) {
        struct ae_record one = run("activation=logistic bias=decoder time=1e5 D=inf", "true", K);
        struct ae_record two = run("activation=tanh time=1e5 D=inf", "true", K);
        assert_true(two.summary.excess > 0.5);
        assert_true(fabs(one.summary.excess - two.summary.excess) < 1e-6);
        ae_record_clear(&one);
        ae_record_clear(&two);
    }
}

/* Activations with a straight arm become linear along it if both biases can move; else they stay
 * above the PCA error. */
static void test_straight_arms_need_biases(void **state)
{
    (void)state;
    static const char *const activation[] = {"gelu", "softplus", "leaky_relu"};
    for (size_t a = 0; a < 3; a++)
        for (size_t t = 0; t < 2; t++) {
            char text[128];
            (void)snprintf(text, sizeof text, "activation=%s bias=none sigma2=0 time=1e5",
                           activation[a]);
            struct ae_record none = run(text, ties[t], 2);
            (void)snprintf(text, sizeof text, "activation=%s bias=both sigma2=0 time=1e5",
                           activation[a]);
            struct ae_record both = run(text, ties[t], 2);
            bool is_straight_at_0 = a == 0 && t == 0; /* untied gelu retreats there, like erf */
            assert_true(is_straight_at_0 || none.summary.excess > 0.5);
            assert_true(both.summary.excess < 1e-3);
            assert_int_equal(ae_phase_of(&both.summary, 0.01), AE_PHASE_PCA);
            ae_record_clear(&none);
            ae_record_clear(&both);
        }
}

/* lr is a unit of time in the flow: the same bits at the same lr t. */
static void test_lr_is_a_unit_of_time(void **state)
{
    (void)state;
    struct ae_params slow = point_of("activation=relu bias=both K=2 lr=0.5 time=256 D=inf");
    struct ae_params fast = point_of("activation=relu bias=both K=2 lr=8 time=16 D=inf");
    struct ae_record a = run_point(&slow), b = run_point(&fast);
    assert_true(a.summary.pmse == b.summary.pmse && a.summary.steps == b.summary.steps);
    assert_true(a.summary.alignment == b.summary.alignment && a.summary.drift == b.summary.drift);
    ae_record_clear(&a);
    ae_record_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_linear_reaches_pca),
        cmocka_unit_test(test_erf_power_laws),
        cmocka_unit_test(test_frozen_bulk_leaves_a_floor),
        cmocka_unit_test(test_tied_erf_stays_above),
        cmocka_unit_test(test_relu_needs_biases),
        cmocka_unit_test(test_relu_bias_grows),
        cmocka_unit_test(test_sequential_learning),
        cmocka_unit_test(test_truncated_finds_the_components),
        cmocka_unit_test(test_tanh_power_laws),
        cmocka_unit_test(test_tied_logistic_is_tied_tanh),
        cmocka_unit_test(test_straight_arms_need_biases),
        cmocka_unit_test(test_lr_is_a_unit_of_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
