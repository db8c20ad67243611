/* Coefficients of the modes' linear equations, and their derivatives by the order parameters. */
#include "newton_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * Steps of the differences, relative to what is changed: averages vary with the logarithm of Q_kk
 * and of 1 -+ h at most. The floors keep the rounding of averages of order one out of J, whose
 * entries have a factor sqrt(Q_kk) more.
 */
#define RELATIVE_STEP 1e-5
#define Q_FLOOR       1e-10
#define H_FLOOR       1e-7

static struct ae_newton_places places_of(const struct ae_flow *f)
{
    size_t K = f->net.K;
    struct ae_newton_places at = {.R = K, .h = 2 * K};
    at.T = at.h + K * (K - 1) / 2;
    at.T0 = at.T + K * (K + 1) / 2;
    at.b = at.T0 + (f->has_c ? K : 0);
    at.n = at.b + (f->has_b ? K : 0);
    return at;
}

enum ae_status ae_newton_slopes_init(struct ae_newton_slopes *s, const struct ae_flow *flow,
                                     struct ae_error *err)
{
    size_t K = flow->net.K, n = K + 1, n_phi = n_phi_of(K);
    *s = (struct ae_newton_slopes){.K = K, .at = places_of(flow)};
    s->width = (s->at.n + AE_N_PER_ROW - 1) / AE_N_PER_ROW * AE_N_PER_ROW;
    size_t size = n_phi * (s->width + 2) + 4 * K * K + K + 5 * n * n;
    s->by_p = ae_reals_new(size);
    if (!s->by_p)
        return ae_fail_memory(err, size * sizeof(double));
    s->phi = s->by_p + n_phi * s->width;
    s->changed = s->phi + n_phi;
    s->Q = s->changed + n_phi;
    s->one_minus = s->Q + K * K;
    s->one_plus = s->one_minus + K * K;
    s->step = s->one_plus + K * K;
    s->b = s->step + K * K;
    double *I = s->b + K;
    s->moments = (struct ae_moments){
        .I = I, .J = I + n * n, .H = I + 2 * n * n, .P = I + 3 * n * n, .a2 = I + 4 * n * n};
    return AE_OK;
}

void ae_newton_slopes_clear(struct ae_newton_slopes *s)
{
    free(s->by_p);
    *s = (struct ae_newton_slopes){0};
}

static void coefficients(const struct ae_flow *f, const struct ae_moments *mean, double *phi)
{
    size_t K = f->net.K, n = K + 1;
    for (size_t k = 0; k < K; k++) {
        size_t row = (k + 1) * n;
        double own = -mean->a2[k + 1] * f->order->R_diag[k];
        double beta = -mean->H[row] * f->order->R_diag[k];
        for (size_t l = 0; l <= K; l++) {
            bool is_seen = ae_flow_sees(f, k + 1, l);
            double T = is_seen ? f->order->T[row + l] : 0.0;
            own += T * mean->H[row + l];
            beta += T * mean->J[row + l];
            phi[phi_N(K, k, l)] = is_seen ? mean->I[row + l] : 0.0;
            if (l > 0)
                phi[phi_G(K, k, l - 1)] = T * mean->P[row + l];
        }
        phi[phi_G(K, k, k)] += own;
        phi[phi_a(K, k)] = mean->J[row];
        phi[phi_beta(K, k)] = -f->p->lr_bias * beta;
    }
}

/* Averages and coefficients of the changed law in s. */
static void evaluate(struct ae_newton_slopes *s, const struct ae_flow *f)
{
    struct ae_gauss law = {s->K, s->Q, s->one_minus, s->one_plus, s->b};
    ae_moments((enum ae_activation)f->p->activation, &law, &s->moments);
}

static void put_law_back(struct ae_newton_slopes *s, const struct ae_flow *f)
{
    size_t K = s->K;
    memcpy(s->Q, f->order->Q, K * K * sizeof(double));
    memcpy(s->one_minus, f->order->one_minus, K * K * sizeof(double));
    memcpy(s->one_plus, f->order->one_plus, K * K * sizeof(double));
    memcpy(s->b, f->net.b, K * sizeof(double));
}

static void difference(struct ae_newton_slopes *s, const struct ae_flow *f, size_t p, double step)
{
    evaluate(s, f);
    coefficients(f, &s->moments, s->changed);
    for (size_t i = 0; i < n_phi_of(s->K); i++)
        s->by_p[i * s->width + p] = (s->changed[i] - s->phi[i]) / step;
    put_law_back(s, f);
}

static void by_variances(struct ae_newton_slopes *s, const struct ae_flow *f)
{
    size_t K = s->K;
    for (size_t k = 0; k < K; k++) {
        double Q = s->Q[k * K + k], step = RELATIVE_STEP * fmax(Q, Q_FLOOR);
        double stretch = Q > 0.0 ? sqrt((Q + step) / Q) : 1.0;
        for (size_t l = 0; l < K; l++) /* the angles stay */
            s->Q[k * K + l] = s->Q[l * K + k] *= stretch;
        s->Q[k * K + k] = Q + step;
        difference(s, f, s->at.Q + k, step);
    }
}

static void by_biases(struct ae_newton_slopes *s, const struct ae_flow *f)
{
    for (size_t k = 0; f->has_b && k < s->K; k++) {
        double step = RELATIVE_STEP * sqrt(fmax(s->Q[k * (s->K + 1)], Q_FLOOR));
        s->b[k] += step;
        difference(s, f, s->at.b + k, step);
    }
}

/* All angles at once, towards a right angle: pair k, l has averages of its own. */
static void turn_all(struct ae_newton_slopes *s)
{
    size_t K = s->K;
    for (size_t k = 0; k < K; k++)
        for (size_t l = k + 1; l < K; l++) {
            size_t kl = k * K + l, lk = l * K + k;
            double near = fmin(s->one_minus[kl], s->one_plus[kl]);
            double step = RELATIVE_STEP * fmax(near, H_FLOOR);
            step = s->one_minus[kl] < s->one_plus[kl] ? -step : step;
            s->step[kl] = step;
            s->one_minus[kl] = s->one_minus[lk] = s->one_minus[kl] - step;
            s->one_plus[kl] = s->one_plus[lk] = s->one_plus[kl] + step;
            s->Q[kl] = s->Q[lk] += step * sqrt(s->Q[k * (K + 1)] * s->Q[l * (K + 1)]);
        }
}

/* What unit k sees of unit l changes with their angle. */
static void put_angle(struct ae_newton_slopes *s, const struct ae_flow *f, size_t k, size_t l,
                      size_t p, double step)
{
    if (!ae_flow_sees(f, k + 1, l + 1))
        return;
    size_t K = s->K, i = (k + 1) * (K + 1) + l + 1;
    const struct ae_moments *now = &f->order->moments, *then = &s->moments;
    double T = f->order->T[i];
    s->by_p[phi_G(K, k, l) * s->width + p] += T * (then->P[i] - now->P[i]) / step;
    s->by_p[phi_G(K, k, k) * s->width + p] += T * (then->H[i] - now->H[i]) / step;
    s->by_p[phi_N(K, k, l + 1) * s->width + p] += (then->I[i] - now->I[i]) / step;
    s->by_p[phi_beta(K, k) * s->width + p] -= f->p->lr_bias * T * (then->J[i] - now->J[i]) / step;
}

static void by_angles(struct ae_newton_slopes *s, const struct ae_flow *f)
{
    size_t K = s->K, p = s->at.h;
    turn_all(s);
    evaluate(s, f);
    for (size_t k = 0; k < K; k++)
        for (size_t l = k + 1; l < K; l++, p++) {
            double step = s->step[k * K + l];
            put_angle(s, f, k, l, p, step);
            put_angle(s, f, l, k, p, step);
        }
    put_law_back(s, f);
}

/* What unit k sees of unit l changes with T_kl; l_0 = 0 is the constant unit. */
static void put_overlap(struct ae_newton_slopes *s, const struct ae_flow *f, size_t k, size_t l_0,
                        size_t p)
{
    if (!ae_flow_sees(f, k + 1, l_0))
        return;
    size_t K = s->K, i = (k + 1) * (K + 1) + l_0;
    const struct ae_moments *mean = &f->order->moments;
    if (l_0 > 0)
        s->by_p[phi_G(K, k, l_0 - 1) * s->width + p] += mean->P[i];
    s->by_p[phi_G(K, k, k) * s->width + p] += mean->H[i];
    s->by_p[phi_beta(K, k) * s->width + p] -= f->p->lr_bias * mean->J[i];
}

/* R_kk, T_kl, T_k0 enter linearly. */
static void by_overlaps(struct ae_newton_slopes *s, const struct ae_flow *f)
{
    size_t K = s->K, p = s->at.T;
    const struct ae_moments *mean = &f->order->moments;
    for (size_t k = 0; k < K; k++) {
        s->by_p[phi_G(K, k, k) * s->width + s->at.R + k] = -mean->a2[k + 1];
        s->by_p[phi_beta(K, k) * s->width + s->at.R + k] =
            f->p->lr_bias * mean->H[(k + 1) * (K + 1)];
        for (size_t l = k; l < K; l++, p++) {
            put_overlap(s, f, k, l + 1, p);
            if (l > k)
                put_overlap(s, f, l, k + 1, p);
        }
        if (f->has_c)
            put_overlap(s, f, k, 0, s->at.T0 + k);
    }
}

void ae_newton_slopes_take(struct ae_newton_slopes *s, const struct ae_flow *f)
{
    coefficients(f, &f->order->moments, s->phi);
    memset(s->by_p, 0, n_phi_of(s->K) * s->width * sizeof(double));
    put_law_back(s, f);
    by_variances(s, f);
    by_biases(s, f);
    by_angles(s, f);
    by_overlaps(s, f);
}
