/*
 * Batches, training sets, epochs and Sanger's rule: trajectories against the plain kernel, the
 * batch's step against finite differences of its loss, and what each of them is for.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "points.h"
#include "sgd_plain.h"

static const char *const ties[] = {"false", "true"};
static const char *const biases[] = {"none", "encoder", "decoder", "both"};
static const char *const rules[] = {"vanilla", "truncated"};
static const char *const inputs[] = {
    "batch=2",  "batch=7 samples=5", "samples=5 epochs=true", "batch=3 samples=10 epochs=true",
    "batch=19", "samples=1e6"};

static void test_trajectories(void **state)
{
    (void)state;
    static const char *const activations[] = {"linear", "erf", "relu"};
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
        for (size_t a = 0; a < 3; a++)
            for (size_t t = 0; t < 2; t++)
                for (size_t b = 0; b < 4; b++)
                    for (size_t r = 0; r < 2; r++) {
                        char text[256];
                        (void)snprintf(text, sizeof text,
                                       "engine=sgd D=37 K=3 init=0.8 lr=1.5 lr_decoder=0.7 "
                                       "lr_bias=1.3 weight_decay=0.4 tie_scale=1.2 bias_init=0.1 "
                                       "record=full %s activation=%s tied=%s bias=%s rule=%s",
                                       inputs[i], activations[a], ties[t], biases[b], rules[r]);
                        struct ae_params p = point_of(text);
                        sgd_plain_follow(&p, 1, 1e-11, text);
                        sgd_plain_follow(&p, 13, 1e-11, text);
                    }
}

/* Weights and inputs in single precision, 40 steps of rounding. */
static void test_trajectories_in_single_precision(void **state)
{
    (void)state;
    static const char *const rest[] = {
        "activation=erf bias=both", "activation=relu tied=true rule=truncated bias=both",
        "activation=linear tied=true rule=sanger weight_decay=0.2 tie_scale=0.7"};
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++)
        for (size_t k = 0; k < 3; k++) {
            char text[256];
            (void)snprintf(text, sizeof text,
                           "engine=sgd precision=single D=37 K=3 init=0.8 lr=1.5 record=full %s %s",
                           inputs[i], rest[k]);
            struct ae_params p = point_of(text);
            sgd_plain_follow(&p, 13, 2e-5, text);
        }
}

static void test_trajectories_of_sanger(void **state)
{
    (void)state;
    static const char *const more[] = {"",
                                       "tie_scale=1.7 weight_decay=0.5",
                                       "tie_scale=0 bias_init=0.3",
                                       "batch=4",
                                       "batch=21 tie_scale=0.3",
                                       "batch=3 samples=10 epochs=true weight_decay=0.2",
                                       "K=1",
                                       "lr_decoder=0"};
    for (size_t i = 0; i < sizeof more / sizeof *more; i++) {
        char text[256];
        (void)snprintf(text, sizeof text,
                       "engine=sgd activation=linear tied=true rule=sanger D=37 K=3 init=3 lr=1.5 "
                       "record=full %s",
                       more[i]);
        struct ae_params p = point_of(text);
        sgd_plain_follow(&p, 1, 1e-11, text);
        sgd_plain_follow(&p, 13, 1e-11, text);
    }
}

/* d loss / d parameter by central differences; the loss is the batch's mean. */
static double loss_slope(const struct ae_params *p, struct ae_network *net, const double *x,
                         double *parameter)
{
    const double h = 1e-5, value = *parameter;
    double loss[2];
    for (size_t i = 0; i < 2; i++) {
        *parameter = value + (i == 0 ? -h : h);
        for (size_t j = 0; p->tied && j < net->K * net->stride; j++)
            net->v[j] = p->tie_scale * net->w[j];
        loss[i] = sgd_plain_loss(p, net, x);
    }
    *parameter = value;
    return (loss[1] - loss[0]) / (2.0 * h);
}

static void check_moves(const struct ae_params *p, struct ae_network *net, const double *x,
                        size_t n, double *old, const double *new)
{
    for (size_t i = 0; i < n; i++) {
        double moved = new[i] - old[i], want = -p->lr / p->D *loss_slope(p, net, x, &old[i]);
        if (!(fabs(moved - want) <= 1e-9))
            fail_msg("moved %.12g, -lr/D times the gradient is %.12g", moved, want);
    }
}

static void test_step_of_a_batch_is_its_gradient(void **state)
{
    (void)state;
    enum { BATCH = 3 };
    static const char *const activations[] = {"linear", "erf", "relu"};
    for (size_t a = 0; a < 3; a++)
        for (size_t t = 0; t < 2; t++) {
            char text[128];
            (void)snprintf(text, sizeof text,
                           "engine=sgd D=9 K=2 init=1.1 bias=both bias_init=0.2 batch=3 "
                           "tie_scale=0.9 activation=%s tied=%s",
                           activations[a], ties[t]);
            struct ae_params p = point_of(text);
            struct ae_network net, moved;
            double x[BATCH * 9];
            assert_int_equal(ae_network_init(&net, &p, false, NULL), AE_OK);
            for (size_t b = 0; b < BATCH; b++)
                sgd_plain_input(&p, &net, b, x + b * 9);
            assert_int_equal(ae_network_copy(&moved, &net, NULL), AE_OK);
            (void)sgd_plain_step(&p, &moved, x);
            for (size_t k = 0; k < 2; k++) {
                check_moves(&p, &net, x, 9, net.w + k * net.stride, moved.w + k * net.stride);
                if (!p.tied)
                    check_moves(&p, &net, x, 9, net.v + k * net.stride, moved.v + k * net.stride);
            }
            check_moves(&p, &net, x, 2, net.b, moved.b);
            check_moves(&p, &net, x, 9, net.c, moved.c);
            ae_network_clear(&net);
            ae_network_clear(&moved);
        }
}

/* ---- what they are for ---- */

/* Sanger's rule ends at the principal components themselves, in their order, and at the error of
 * PCA; the vanilla rule only at their span. The rest is the noise of the last steps. */
static void test_sanger_finds_the_components(void **state)
{
    (void)state;
    static const double spikes[] = {4, 2.5, 1.5};
    static const char *const bases = "engine=sgd activation=linear tied=true D=60 K=3 init=0.5 "
                                     "sigma2=0.2 lr=0.02 batch=16 time=400 record=full";
    for (size_t is_sanger = 0; is_sanger < 2; is_sanger++) {
        char text[256];
        (void)snprintf(text, sizeof text, "%s rule=%s", bases, is_sanger ? "sanger" : "vanilla");
        struct ae_params p = point_with(text, 3, spikes);
        struct ae_record record = run_point(&p);
        if (is_sanger) {
            const double *Q = record.curve + (record.n_times - 1) * record.n_cols + 5 + 3;
            static const double want[] = {4, 0, 0, 2.5, 0, 1.5}; /* w^k . Omega w^l, k <= l */
            for (size_t i = 0; i < 6; i++)
                if (!(fabs(Q[i] - want[i]) < 0.02))
                    fail_msg("Q: entry %zu is %g, not %g", i, Q[i], want[i]);
            assert_true(record.summary.alignment > 0.9999);
        } else {
            assert_true(record.summary.alignment < 0.95);
        }
        assert_true(record.summary.learned == 3.0 && record.summary.excess < 0.01);
        ae_record_clear(&record);
    }
}
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_trajectories),
        cmocka_unit_test(test_trajectories_in_single_precision),
        cmocka_unit_test(test_trajectories_of_sanger),
        cmocka_unit_test(test_step_of_a_batch_is_its_gradient),
        cmocka_unit_test(test_sanger_finds_the_components),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
