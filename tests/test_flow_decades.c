/*
 * The right-hand side of the flow is minus the gradient of the loss for weights from tiny to huge.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "aesweep/flow.h"
#include "aesweep/random.h"
#include "aesweep/spectrum.h"
#include "points.h"

enum { MAX_DIM = 512 };

static const char *const activations[] = {"linear",   "erf",  "relu",     "tanh",
                                          "logistic", "gelu", "softplus", "leaky_relu"};
enum { N_ACTIVATIONS = sizeof activations / sizeof *activations };

/* Weights of unit k of size w_size, v_size, biases of random size; h [dim] are steps in which the
 * loss changes by some thousandths. */
static void stretch(struct ae_network *net, const double *z, double w_size, double v_size)
{
    for (size_t k = 0; k < net->K; k++) {
        double jitter = exp(0.3 * z[k]);
        for (size_t i = 0; i < net->n; i++) {
            net->w[k * net->stride + i] *= i < net->n_w ? w_size * jitter : 0.0;
            net->v[k * net->stride + i] *= v_size / jitter;
        }
        net->b[k] = copysign(pow(10.0, 1.5 * z[net->K + k]), z[2 * net->K + k]);
    }
}

/* Central difference of second order by one coordinate that is changed through *x. */
static double plain_slope(struct ae_flow *flow, const struct ae_params *p, double *y, size_t i,
                          double h)
{
    double y_i = y[i];
    y[i] = y_i + h;
    double up = half_pmse(flow, p, y);
    y[i] = y_i - h;
    double down = half_pmse(flow, p, y);
    y[i] = y_i;
    return (up - down) / (2.0 * h);
}

/* Size of the terms that pmse is the sum of. */
static double size_of_terms(struct ae_flow *flow, const double *y, double trace)
{
    const struct ae_order *order = NULL;
    ae_flow_network(flow, 0.0, y, &order);
    double size = trace;
    for (size_t k = 0; k <= order->K; k++) {
        size_t kk = k * (order->K + 2);
        size += (double)(order->K + 1) * order->T[kk] * order->moments.I[kk];
        size += k > 0 ? 2.0 * fabs(order->moments.J[k * (order->K + 1)] * order->R_diag[k - 1]) : 0;
    }
    return size;
}

static void check_stretched(const struct ae_params *p, double w_size, double v_size, uint64_t which,
                            const char *what)
{
    struct ae_network net;
    struct ae_flow *flow = NULL;
    double y[MAX_DIM], dyds[MAX_DIM], z[16];
    assert_int_equal(ae_network_init(&net, p, true, NULL), AE_OK);
    ae_normals(ae_random_of(78, which), AE_FOR_INPUT, 0, 16, z);
    stretch(&net, z, w_size, v_size);
    assert_int_equal(ae_flow_new(&flow, p, &net, NULL), AE_OK);
    size_t n_weights = 2 * net.K * net.n, dim = ae_flow_dim(flow);
    assert_true(dim == n_weights + net.K && net.n_w == net.n);
    ae_flow_start(flow, y);
    ae_flow_rhs(flow, 0.0, y, dyds);
    double size = size_of_terms(flow, y, 20.0);
    for (size_t i = 0; i < dim; i++) {
        double scale = i < n_weights / 2 ? w_size : i < n_weights ? v_size : 1.0 + w_size;
        double want = -plain_slope(flow, p, y, i, 1e-4 * scale);
        if (!(fabs(dyds[i] - want) <= 1e-6 * fabs(want) + 1e-7 * size / scale)) {
            print_error("%s, w %g, v %g [%zu]: got %.12g, want %.12g\n", what, w_size, v_size, i,
                        dyds[i], want);
            fail();
        }
    }
    ae_flow_free(flow);
    ae_network_clear(&net);
}

/* Ten decades of Q and of T, biases from 1e-3 to 1e3. */
static void test_gradient_over_decades(void **state)
{
    (void)state;
    for (size_t a = 0; a < N_ACTIVATIONS; a++)
        for (int i = -5; i <= 5; i++)
            for (int j = 0; j < 3; j++) {
                char text[128];
                (void)snprintf(text, sizeof text,
                               "D=12 sigma2=3 K=3 init=0.7 bias=encoder activation=%s",
                               activations[a]);
                struct ae_params p = point_of(text);
                double Q = pow(10.0, i), T = pow(10.0, (3 * i + 5 * j + 20) % 11 - 5);
                check_stretched(&p, sqrt(Q), sqrt(T), (uint64_t)(i + 5 + 11 * j), activations[a]);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gradient_over_decades),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
