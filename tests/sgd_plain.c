/* Training written plainly: all gradients first, at the old weights, then all moves. See
 * sgd_plain.h. */
#include "sgd_plain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

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

double sgd_plain_loss(const struct ae_params *p, const struct ae_network *net, const double *x)
{
    double sum = 0.0, *e = calloc(net->n, sizeof *e);
    residual(p, net, x, net->K, e);
    for (size_t i = 0; i < net->n; i++)
        sum += e[i] * e[i];
    free(e);
    return 0.5 * sum;
}

double sgd_plain_step(const struct ae_params *p, struct ae_network *net, const double *x)
{
    size_t n = net->n, K = net->K;
    double loss = sgd_plain_loss(p, net, x), rate = p->lr / p->D;
    struct ae_network old;
    double *e = calloc(n, sizeof *e);
    (void)ae_network_copy(&old, net, NULL);
    for (size_t k = 0; k < K; k++) {
        residual(p, &old, x, p->rule == AE_TRUNCATED ? k + 1 : K, e);
        double at = lambda(&old, k, x), out = g(p->activation, at), slope = dg(p->activation, at);
        double back = 0.0;
        for (size_t i = 0; i < n; i++)
            back += e[i] * old.v[k * old.stride + i];
        for (size_t i = 0; i < n; i++) {
            double down_w = back * slope * x[i], down_v = out * e[i];
            double w = old.w[k * old.stride + i], v = old.v[k * old.stride + i];
            double *new_w = &net->w[k * net->stride + i], *new_v = &net->v[k * net->stride + i];
            if (p->tied) {
                *new_w = w + rate * (down_w + p->tie_scale * p->lr_decoder * down_v) -
                         p->weight_decay / p->D * w;
                *new_v = p->tie_scale * *new_w;
            } else {
                *new_w = w + rate * down_w - p->weight_decay / p->D * w;
                *new_v = v + rate * p->lr_decoder * down_v - p->weight_decay / p->D * v;
            }
        }
        if (p->bias == AE_BIAS_ENCODER || p->bias == AE_BIAS_BOTH)
            net->b[k] += rate * p->lr_bias * back * slope;
    }
    residual(p, &old, x, K, e);
    for (size_t i = 0; i < n; i++)
        if (p->bias == AE_BIAS_DECODER || p->bias == AE_BIAS_BOTH)
            net->c[i] += rate * p->lr_bias * e[i];
    ae_network_clear(&old);
    free(e);
    return loss;
}
