/*
 * Order parameters, loss and residuals. Letters: Q, R, T overlaps; I, J, H, P, a averages of
 * moments.h; r eigenvalues, w encoder, v decoder, c decoder bias (index 0). Source:
 * arXiv:2201.02115 in the units of src/physics/README.md.
 */
#include "aesweep/order.h"

#include <math.h>
#include <stdlib.h>

#include "aesweep/linalg.h"

enum ae_status ae_order_new(struct ae_order **order, size_t K, struct ae_error *err)
{
    size_t n = K + 1;
    struct ae_order *o = ae_calloc(1, 1, sizeof *o);
    double *block = ae_reals_new(3 * K * K + K + n + 5 * n * n);
    if (!o || !block) {
        free(o);
        free(block);
        return ae_fail_memory(err, (8 * n * n) * sizeof *block);
    }
    o->K = K;
    o->Q = block;
    o->one_minus = o->Q + K * K;
    o->one_plus = o->one_minus + K * K;
    o->R_diag = o->one_plus + K * K;
    o->T = o->R_diag + K;
    o->moments = (struct ae_moments){.I = o->T + n * n,
                                     .J = o->T + 2 * n * n,
                                     .H = o->T + 3 * n * n,
                                     .P = o->T + 4 * n * n,
                                     .a2 = o->T + 5 * n * n};
    *order = o;
    return AE_OK;
}

void ae_order_free(struct ae_order *order)
{
    if (order)
        free(order->Q);
    free(order);
}

/* |w^k / q_k -+ w^l / q_l|^2 / 2 in the metric Q: 1 -+ cos of their angle, without cancellation.
 * The frozen parts are orthogonal to each other. */
static double chord(const struct ae_network *net, size_t k, size_t l, double q_k, double q_l,
                    double sign)
{
    const double *w_k = net->w + k * net->stride, *w_l = net->w + l * net->stride;
    double sum = 0.0, s_k = 1.0 / q_k, s_l = sign / q_l;
    for (size_t tau = 0; tau < net->n_w; tau++) {
        double difference = w_k[tau] * s_k - w_l[tau] * s_l;
        sum += net->r[tau] * difference * difference;
    }
    sum += net->frozen * (s_k * s_k + s_l * s_l);
    return fmin(0.5 * sum, 2.0);
}

static void angle(const struct ae_order *o, const struct ae_network *net, size_t k, size_t l,
                  double *one_minus, double *one_plus)
{
    size_t K = o->K;
    double q_k = sqrt(o->Q[k * K + k]), q_l = sqrt(o->Q[l * K + l]);
    double h = o->Q[k * K + l] / (q_k * q_l);
    *one_minus = 1.0 - h;
    *one_plus = 1.0 + h;
    if (!isfinite(h) || q_k < 1e-150 || q_l < 1e-150) { /* no direction, or no number */
        *one_minus = *one_plus = 1.0;
    } else if (h > 0.9) {
        *one_minus = chord(net, k, l, q_k, q_l, 1.0);
        *one_plus = 2.0 - *one_minus;
    } else if (h < -0.9) {
        *one_plus = chord(net, k, l, q_k, q_l, -1.0);
        *one_minus = 2.0 - *one_plus;
    }
}

static void compute_Q(struct ae_order *o, const struct ae_network *net)
{
    size_t K = o->K;
    for (size_t k = 0; k < K; k++)
        for (size_t l = 0; l <= k; l++) {
            double q = ae_weighted_dot(net->n_w, net->r, net->w + k * net->stride,
                                       net->w + l * net->stride);
            o->Q[k * K + l] = o->Q[l * K + k] = k == l ? q + net->frozen : q;
        }
    for (size_t k = 0; k < K; k++) {
        o->one_minus[k * K + k] = 0.0;
        o->one_plus[k * K + k] = 2.0;
        for (size_t l = 0; l < k; l++) {
            angle(o, net, k, l, &o->one_minus[k * K + l], &o->one_plus[k * K + l]);
            o->one_minus[l * K + k] = o->one_minus[k * K + l];
            o->one_plus[l * K + k] = o->one_plus[k * K + l];
        }
    }
}

static void compute_T(struct ae_order *o, const struct ae_network *net)
{
    size_t n = o->K + 1;
    for (size_t k = 0; k < n; k++) {
        const double *v_k = k == 0 ? net->c : net->v + (k - 1) * net->stride;
        for (size_t l = 0; l <= k; l++) {
            const double *v_l = l == 0 ? net->c : net->v + (l - 1) * net->stride;
            o->T[k * n + l] = o->T[l * n + k] = ae_dot(net->n, v_k, v_l);
        }
    }
}

void ae_order_compute(struct ae_order *o, enum ae_activation activation,
                      const struct ae_network *net)
{
    compute_Q(o, net);
    for (size_t k = 0; k < o->K; k++)
        o->R_diag[k] = ae_network_R(net, k, k);
    compute_T(o, net);
    o->b = net->b;
    struct ae_gauss law = {o->K, o->Q, o->one_minus, o->one_plus, net->b};
    ae_moments(activation, &law, &o->moments);
}

double ae_order_excess(const struct ae_order *o, const struct ae_spectrum *spectrum, size_t m)
{
    size_t n = o->K + 1;
    double sum = ae_dot(n * n, o->T, o->moments.I);
    for (size_t k = 1; k < n; k++)
        sum -= 2.0 * o->moments.J[k * n] * o->R_diag[k - 1];
    double main = 0.0;
    for (size_t tau = m; tau-- > 0;)
        main += spectrum->r[tau];
    return main + sum;
}

double ae_order_residual(const struct ae_order *o, const struct ae_network *net, size_t tau)
{
    size_t n = o->K + 1;
    double quadratic = 0.0, linear = 0.0;
    for (size_t k = 0; k < n; k++) {
        double v_k = k == 0 ? net->c[tau] : net->v[(k - 1) * net->stride + tau];
        double row = 0.0;
        for (size_t l = 0; l < n; l++) {
            double v_l = l == 0 ? net->c[tau] : net->v[(l - 1) * net->stride + tau];
            row += o->moments.I[k * n + l] * v_l;
        }
        quadratic += row * v_k;
        if (k > 0)
            linear += o->moments.J[k * n] * net->w[(k - 1) * net->stride + tau] * v_k;
    }
    return 1.0 + (quadratic - 2.0 * net->r[tau] * linear) / net->r[tau];
}
