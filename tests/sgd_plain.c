/* Training written plainly: all gradients first, at the old weights, then all moves. See
 * sgd_plain.h. */
#include "sgd_plain.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "aesweep/order.h"
#include "aesweep/picks.h"
#include "aesweep/random.h"
#include "points.h"

static double g(int activation, double x)
{
    switch (activation) {
    case AE_ERF:
        return erf(x / sqrt(2.0));
    case AE_RELU:
        return x > 0.0 ? x : 0.0;
    case AE_LEAKY_RELU:
        return x > 0.0 ? x : 0.01 * x;
    case AE_TANH:
        return (exp(x) - exp(-x)) / (exp(x) + exp(-x));
    case AE_LOGISTIC:
        return 1.0 / (1.0 + exp(-x));
    case AE_SOFTPLUS:
        return log(1.0 + exp(x));
    case AE_GELU:
        return x * (1.0 + erf(x / sqrt(2.0))) / 2.0;
    default:
        return x;
    }
}

static double dg(int activation, double x)
{
    switch (activation) {
    case AE_ERF:
        return sqrt(2.0 / acos(-1.0)) * exp(-x * x / 2.0);
    case AE_RELU:
        return x > 0.0 ? 1.0 : 0.0;
    case AE_LEAKY_RELU:
        return x > 0.0 ? 1.0 : 0.01;
    case AE_TANH:
        return 1.0 - g(AE_TANH, x) * g(AE_TANH, x);
    case AE_LOGISTIC:
        return g(AE_LOGISTIC, x) * g(AE_LOGISTIC, -x);
    case AE_SOFTPLUS:
        return g(AE_LOGISTIC, x);
    case AE_GELU:
        return (1.0 + erf(x / sqrt(2.0))) / 2.0 + x * exp(-x * x / 2.0) / sqrt(2.0 * acos(-1.0));
    default:
        return 1.0;
    }
}

static double lambda(const struct ae_network *net, size_t k, const double *x)
{
    double sum = net->b[k];
    for (size_t i = 0; i < net->n; i++)
        sum += net->w[k * net->stride + i] * x[i];
    return sum;
}

/* Residual e with units l < n_units only. */
static void residual(const struct ae_params *p, const struct ae_network *net, const double *x,
                     size_t n_units, double *e)
{
    for (size_t i = 0; i < net->n; i++)
        e[i] = x[i] - net->c[i];
    for (size_t l = 0; l < n_units; l++) {
        double out = g(p->activation, lambda(net, l, x));
        for (size_t i = 0; i < net->n; i++)
            e[i] -= out * net->v[l * net->stride + i];
    }
}

static double loss_of_one(const struct ae_params *p, const struct ae_network *net, const double *x)
{
    double sum = 0.0, *e = calloc(net->n, sizeof *e);
    residual(p, net, x, net->K, e);
    for (size_t i = 0; i < net->n; i++)
        sum += e[i] * e[i];
    free(e);
    return 0.5 * sum;
}

double sgd_plain_loss(const struct ae_params *p, const struct ae_network *net, const double *x)
{
    double sum = 0.0;
    for (size_t b = 0; b < p->batch; b++)
        sum += loss_of_one(p, net, x + b * net->n);
    return sum / (double)p->batch;
}

/* Minus the gradients of the loss of one input by w, v, b, c of unit k, added to `down`; of the
 * truncated loss if that is the rule. */
static void add_down(const struct ae_params *p, const struct ae_network *net, const double *x,
                     struct ae_network *down)
{
    size_t n = net->n, stride = net->stride;
    double *e = calloc(n, sizeof *e);
    for (size_t k = 0; k < net->K; k++) {
        residual(p, net, x, p->rule == AE_TRUNCATED ? k + 1 : net->K, e);
        double at = lambda(net, k, x), out = g(p->activation, at), slope = dg(p->activation, at);
        double back = 0.0;
        for (size_t i = 0; i < n; i++)
            back += e[i] * net->v[k * stride + i];
        for (size_t i = 0; i < n; i++) {
            down->w[k * stride + i] += back * slope * x[i];
            down->v[k * stride + i] += out * e[i];
        }
        down->b[k] += back * slope;
    }
    residual(p, net, x, net->K, e);
    for (size_t i = 0; i < n; i++)
        down->c[i] += e[i];
    free(e);
}

/* Sanger's rule as it is printed: y_k (x - sum_{l<=k} y_l w^l), with nothing for v, b, c. */
static void add_sanger(const struct ae_network *net, const double *x, struct ae_network *down)
{
    for (size_t k = 0; k < net->K; k++)
        for (size_t i = 0; i < net->n; i++) {
            double rest = x[i];
            for (size_t l = 0; l <= k; l++)
                rest -= lambda(net, l, x) * net->w[l * net->stride + i];
            down->w[k * net->stride + i] += lambda(net, k, x) * rest;
        }
}

/* All parameters go down by `rate` times `down`; weights decay. */
static void move(const struct ae_params *p, const struct ae_network *down, double rate,
                 struct ae_network *net)
{
    double decay = p->weight_decay / p->D;
    bool has_b = p->bias == AE_BIAS_ENCODER || p->bias == AE_BIAS_BOTH;
    bool has_c = p->bias == AE_BIAS_DECODER || p->bias == AE_BIAS_BOTH;
    for (size_t j = 0; j < net->K * net->stride; j++) {
        double w = net->w[j], v = net->v[j];
        if (p->rule == AE_SANGER)
            net->w[j] = w + rate * down->w[j] - decay * w;
        else if (p->tied)
            net->w[j] =
                w + rate * (down->w[j] + p->tie_scale * p->lr_decoder * down->v[j]) - decay * w;
        else
            net->w[j] = w + rate * down->w[j] - decay * w;
        net->v[j] =
            p->tied ? p->tie_scale * net->w[j] : v + rate * p->lr_decoder * down->v[j] - decay * v;
    }
    for (size_t k = 0; has_b && k < net->K; k++)
        net->b[k] += rate * p->lr_bias * down->b[k];
    for (size_t i = 0; has_c && i < net->n; i++)
        net->c[i] += rate * p->lr_bias * down->c[i];
}

double sgd_plain_step(const struct ae_params *p, struct ae_network *net, const double *x)
{
    double loss = sgd_plain_loss(p, net, x);
    struct ae_network down;
    (void)ae_network_copy(&down, net, NULL);
    size_t size = net->K * net->stride * sizeof *net->w;
    memset(down.w, 0, size);
    memset(down.v, 0, size);
    memset(down.c, 0, net->stride * sizeof *net->c);
    memset(down.b, 0, net->K * sizeof *net->b);
    for (size_t b = 0; b < p->batch; b++) {
        if (p->rule == AE_SANGER)
            add_sanger(net, x + b * net->n, &down);
        else
            add_down(p, net, x + b * net->n, &down);
    }
    move(p, &down, p->lr / p->D / (double)p->batch, net);
    ae_network_clear(&down);
    return loss;
}

/* ---- against the engine ---- */

void sgd_plain_input(const struct ae_params *p, const struct ae_network *net, uint64_t number,
                     double *x)
{
    size_t n_groups = net->n / AE_NORMALS_GROUP + 1, n = n_groups * AE_NORMALS_GROUP;
    double *scale = calloc(2 * n, sizeof *scale);
    for (size_t i = 0; i < net->n; i++)
        scale[i] = sqrt(net->r[i]);
    ae_inputs(ae_random_of(p->seed, p->replicate), AE_FOR_INPUT, 1, &number, n_groups, scale, 8,
              scale + n);
    memcpy(x, scale + n, net->n * sizeof *x);
    free(scale);
}

static void check_close(double got, double want, double tol, const char *what, size_t step)
{
    if (!(fabs(got - want) <= tol * fmax(1.0, fabs(want))))
        fail_msg("%s at step %zu: got %.17g, want %.17g\n", what, step, got, want);
}

/* The columns of a full record from Q on. */
static void check_state(const struct ae_network *net, const struct ae_order *order,
                        const double *at, double tol, const char *what, size_t step)
{
    size_t K = net->K, n = K + 1;
    for (size_t k = 0; k < K; k++)
        for (size_t l = k; l < K; l++)
            check_close(*at++, order->Q[k * K + l], tol, what, step);
    for (size_t k = 1; k <= K; k++)
        for (size_t l = k; l <= K; l++)
            check_close(*at++, order->T[k * n + l], tol, what, step);
    for (size_t k = 0; k < K; k++)
        for (size_t l = 0; l < K; l++)
            check_close(*at++, ae_network_R(net, k, l), tol, what, step);
    for (size_t k = 0; k < K; k++)
        check_close(*at++, net->b[k], tol, what, step);
    for (size_t tau = 0; tau < net->M; tau++)
        check_close(*at++, net->c[tau], tol, what, step);
}

/* The inputs of step number `step`, [batch][n]. */
static void batch_of(const struct ae_params *p, const struct ae_network *net, uint64_t step,
                     struct ae_picks *picks, double *x)
{
    for (size_t b = 0; b < p->batch; b++) {
        uint64_t position = step * p->batch + b;
        sgd_plain_input(p, net, picks ? ae_picks_at(picks, position) : position, x + b * net->n);
    }
}

/* The mean over the training set, inputs 0 ... samples - 1, if the steps saw as many. */
static void check_error_on_set(const struct ae_params *p, const struct ae_network *net,
                               size_t n_steps, double got, double tol, const char *what)
{
    double x[64], sum = 0.0;
    struct ae_params one = *p;
    one.batch = 1;
    if (!(p->samples <= (double)(n_steps * p->batch))) {
        assert_true(isnan(got));
        return;
    }
    for (uint64_t i = 0; i < (uint64_t)p->samples; i++) {
        sgd_plain_input(p, net, i, x);
        sum += 2.0 * sgd_plain_loss(&one, net, x);
    }
    check_close(got, sum / p->samples, tol, what, n_steps);
}

void sgd_plain_follow(const struct ae_params *p, size_t pace, double tol, const char *what)
{
    enum { N = 40 };
    double times[N + 1];
    size_t n_times = 0, n_seen = 0;
    for (size_t j = 0; j <= N; j += pace)
        times[n_times++] = (double)j / p->D;
    struct ae_params point = *p;
    point.observe = (struct ae_reals){n_times, times};
    point.time = N / p->D;
    struct ae_record record = run_point(&point);
    assert_true(record.n_times == N / pace + 1 + (N % pace > 0));
    struct ae_network net;
    struct ae_order *order = NULL;
    struct ae_picks *picks = NULL;
    double *x = calloc(p->batch * 64, sizeof *x);
    assert_int_equal(ae_network_init(&net, p, false, NULL), AE_OK);
    assert_int_equal(ae_order_new(&order, p->K, NULL), AE_OK);
    if (isfinite(p->samples))
        assert_int_equal(ae_picks_new(&picks, ae_random_of(p->seed, p->replicate),
                                      (uint64_t)p->samples, p->epochs, NULL),
                         AE_OK);
    for (size_t j = 0; j <= N; j++) {
        if (j % pace == 0 || j == N) {
            const double *row = record.curve + n_seen++ * record.n_cols;
            ae_order_compute(order, (enum ae_activation)p->activation, &net);
            check_state(&net, order, row + 5 + record.M, tol, what, j);
        }
        if (j == N)
            check_error_on_set(p, &net, N, record.summary.pmse_train, tol, what);
        batch_of(p, &net, j, picks, x);
        (void)sgd_plain_step(p, &net, x);
    }
    free(x);
    ae_picks_free(picks);
    ae_order_free(order);
    ae_network_clear(&net);
    ae_record_clear(&record);
}
