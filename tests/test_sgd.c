/*
 * The simulation: its trajectory against the plain kernel for every variant, the plain kernel's
 * step against finite differences of the loss, the loss formula against simulated inputs,
 * divergence, repeatability.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "aesweep/observe.h"
#include "aesweep/order.h"
#include "points.h"
#include "sgd_plain.h"

static const char *const activations[] = {"linear",   "erf",  "relu",     "tanh",
                                          "logistic", "gelu", "softplus", "leaky_relu"};
enum { N_ACTIVATIONS = sizeof activations / sizeof *activations };
static const char *const ties[] = {"false", "true"};
static const char *const biases[] = {"none", "encoder", "decoder", "both"};
static const char *const rules[] = {"vanilla", "truncated"};

static void test_trajectory_of_plain_kernel(void **state)
{
    (void)state;
    for (size_t a = 0; a < N_ACTIVATIONS; a++)
        for (size_t t = 0; t < 2; t++)
            for (size_t b = 0; b < 4; b++)
                for (size_t r = 0; r < 2; r++) {
                    char text[256];
                    (void)snprintf(text, sizeof text,
                                   "engine=sgd D=37 K=3 init=0.8 lr=1.5 lr_decoder=0.7 lr_bias=1.3 "
                                   "weight_decay=0.4 tie_scale=1.2 bias_init=0.1 record=full "
                                   "activation=%s tied=%s bias=%s rule=%s",
                                   activations[a], ties[t], biases[b], rules[r]);
                    struct ae_params p = point_of(text);
                    sgd_plain_follow(&p, 1, 1e-11, text + 100);
                    sgd_plain_follow(&p, 13, 1e-11, text + 100); /* blocks of several steps */
                    p.precision = AE_SINGLE;
                    sgd_plain_follow(&p, 13, 2e-5, text + 100);
                }
}

/* d loss / d parameter by central differences; minus lr / D times it is the step (vanilla). */
static double loss_slope(const struct ae_params *p, struct ae_network *net, const double *x,
                         double *parameter)
{
    const double h = 1e-5, value = *parameter;
    double loss[2];
    for (size_t i = 0; i < 2; i++) {
        *parameter = value + (i == 0 ? -h : h);
        if (p->tied)
            for (size_t j = 0; j < net->K * net->stride; j++)
                net->v[j] = p->tie_scale * net->w[j];
        loss[i] = sgd_plain_loss(p, net, x);
    }
    *parameter = value;
    return (loss[1] - loss[0]) / (2.0 * h);
}

static void check_step(double moved, double slope, double rate)
{
    if (!(fabs(moved + rate * slope) <= 1e-9)) {
        print_error("moved %.12g, -lr/D times the gradient is %.12g\n", moved, -rate * slope);
        fail();
    }
}

static void test_plain_step_is_gradient(void **state)
{
    (void)state;
    for (size_t a = 0; a < N_ACTIVATIONS; a++)
        for (size_t t = 0; t < 2; t++) {
            char text[128];
            (void)snprintf(text, sizeof text,
                           "engine=sgd D=9 K=2 init=1.1 bias=both bias_init=0.2 "
                           "tie_scale=0.9 activation=%s tied=%s",
                           activations[a], ties[t]);
            struct ae_params p = point_of(text);
            struct ae_network net, moved;
            double x[16];
            assert_int_equal(ae_network_init(&net, &p, false, NULL), AE_OK);
            sgd_plain_input(&p, &net, 3, x);
            assert_int_equal(ae_network_copy(&moved, &net, NULL), AE_OK);
            (void)sgd_plain_step(&p, &moved, x);
            for (size_t k = 0; k < 2; k++) {
                for (size_t i = k * net.stride; i < k * net.stride + net.n; i++) {
                    check_step(moved.w[i] - net.w[i], loss_slope(&p, &net, x, &net.w[i]), 1.0 / 9);
                    if (!p.tied)
                        check_step(moved.v[i] - net.v[i], loss_slope(&p, &net, x, &net.v[i]),
                                   1.0 / 9);
                }
                check_step(moved.b[k] - net.b[k], loss_slope(&p, &net, x, &net.b[k]), 1.0 / 9);
            }
            for (size_t i = 0; i < net.n; i++)
                check_step(moved.c[i] - net.c[i], loss_slope(&p, &net, x, &net.c[i]), 1.0 / 9);
            ae_network_clear(&net);
            ae_network_clear(&moved);
        }
}

/* pmse of the order parameters is the mean of 2 loss over inputs, within five standard errors. */
static void test_pmse_is_mean_loss(void **state)
{
    (void)state;
    enum { N = 40000 };
    for (size_t a = 0; a < N_ACTIVATIONS; a++) {
        char text[128];
        (void)snprintf(text, sizeof text,
                       "engine=sgd D=11 K=3 init=0.9 bias_init=0.4 activation=%s", activations[a]);
        struct ae_params p = point_of(text);
        struct ae_spectrum spectrum;
        struct ae_network net;
        struct ae_order *order = NULL;
        double x[16], sum = 0.0, sum2 = 0.0;
        assert_int_equal(ae_spectrum_init(&spectrum, &p, NULL), AE_OK);
        assert_int_equal(ae_network_init(&net, &p, false, NULL), AE_OK);
        for (size_t i = 0; i < net.n; i++)
            net.c[i] = 0.1 * (double)i;
        assert_int_equal(ae_order_new(&order, p.K, NULL), AE_OK);
        ae_order_compute(order, (enum ae_activation)p.activation, &net);
        for (uint64_t step = 0; step < N; step++) {
            sgd_plain_input(&p, &net, step, x);
            double error = 2.0 * sgd_plain_loss(&p, &net, x);
            sum += error;
            sum2 += error * error;
        }
        double mean = sum / N, se = sqrt((sum2 / N - mean * mean) / N);
        double pmse = ae_order_excess(order, &spectrum, 0) + spectrum.trace;
        if (!(fabs(mean - pmse) <= 5.0 * se))
            print_error("%s: mean %.6g +- %.2g, formula %.6g\n", activations[a], mean, se, pmse);
        assert_true(fabs(mean - pmse) <= 5.0 * se && se < 0.02 * pmse);
        ae_order_free(order);
        ae_network_clear(&net);
        ae_spectrum_clear(&spectrum);
    }
}

static void test_divergence_is_a_result(void **state)
{
    (void)state;
    struct ae_params p = point_of("engine=sgd activation=linear D=100 K=2 lr=500 time=1000");
    struct ae_record record = run_point(&p);
    assert_true(record.summary.diverged == 1.0 && isnan(record.summary.pmse));
    assert_true(record.summary.steps < 2000 && record.summary.t_end == record.summary.steps / 100);
    assert_true(record.curve[(record.n_times - 1) * record.n_cols] == 1000.0);
    assert_true(isnan(record.curve[(record.n_times - 1) * record.n_cols + 1]));
    ae_record_clear(&record);
}

/* The same bits again; other replicates and seeds differ; so does nothing else. */
static void test_repeatable(void **state)
{
    (void)state;
    struct ae_params p = point_of("engine=sgd D=50 K=2 time=4");
    struct ae_params other = p;
    other.replicate = 2;
    struct ae_record a = run_point(&p), b = run_point(&p), c = run_point(&other);
    assert_memory_equal(a.curve, b.curve, a.n_times * a.n_cols * sizeof *a.curve);
    assert_true(a.summary.pmse == b.summary.pmse && a.summary.pmse != c.summary.pmse);
    ae_record_clear(&a);
    ae_record_clear(&b);
    ae_record_clear(&c);
}

/* ode and sgd begin with the same order parameters for the same seed and replicate. */
static void test_same_start_as_flow(void **state)
{
    (void)state;
    for (size_t t = 0; t < 2; t++) {
        char text[128];
        (void)snprintf(text, sizeof text, "D=60 K=3 init=0.5 time=0.1 record=full tied=%s",
                       ties[t]);
        struct ae_params p = point_of(text);
        struct ae_record ode = run_point(&p);
        p.engine = AE_ENGINE_SGD;
        struct ae_record sgd = run_point(&p);
        assert_true(ode.n_times == sgd.n_times && ode.n_cols == sgd.n_cols);
        for (size_t i = 0; i < ode.n_cols; i++)
            assert_true(fabs(sgd.curve[i] - ode.curve[i]) <= 1e-11 * fmax(1.0, fabs(ode.curve[i])));
        for (size_t j = 0; j < ode.n_times; j++)
            assert_true(sgd.curve[j * sgd.n_cols] == ode.curve[j * ode.n_cols]);
        ae_record_clear(&ode);
        ae_record_clear(&sgd);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trajectory_of_plain_kernel),
        cmocka_unit_test(test_plain_step_is_gradient),
        cmocka_unit_test(test_pmse_is_mean_loss),
        cmocka_unit_test(test_divergence_is_a_result),
        cmocka_unit_test(test_repeatable),
        cmocka_unit_test(test_same_start_as_flow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
