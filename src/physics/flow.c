/* The right-hand side of the flow; equations and letters in flow.h. */
#include "flow_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/lanes.h"

enum ae_status ae_flow_new(struct ae_flow **flow, const struct ae_params *p,
                           const struct ae_network *start, struct ae_error *err)
{
    struct ae_flow *f = ae_calloc(1, 1, sizeof *f);
    if (!f)
        return ae_fail_memory(err, sizeof *f);
    f->p = p;
    f->start = start;
    f->has_v = !p->tied;
    f->has_c = p->bias == AE_BIAS_DECODER || p->bias == AE_BIAS_BOTH;
    f->has_b = p->bias == AE_BIAS_ENCODER || p->bias == AE_BIAS_BOTH;
    f->decay = p->weight_decay / p->lr;
    f->dv = ae_reals_new((start->K + 2) * start->stride);
    enum ae_status rc = f->dv ? ae_network_copy(&f->net, start, err) : ae_fail_memory(err, 0);
    if (rc == AE_OK)
        rc = ae_order_new(&f->order, start->K, err);
    if (rc != AE_OK) {
        ae_flow_free(f);
        return rc;
    }
    f->dw = f->dv + (start->K + 1) * start->stride;
    *flow = f;
    return AE_OK;
}

void ae_flow_ask(struct ae_flow *f, bool (*should_stop)(void *ctx), void *ctx)
{
    f->should_stop = should_stop;
    f->stop_ctx = ctx;
}

void ae_flow_free(struct ae_flow *f)
{
    if (!f)
        return;
    ae_order_free(f->order);
    ae_network_clear(&f->net);
    free(f->dv);
    free(f);
}

struct ae_flow_layout ae_flow_layout_of(const struct ae_flow *f)
{
    const struct ae_network *net = f->start;
    struct ae_flow_layout at = {.v = net->K * net->n_w};
    at.c = at.v + (f->has_v ? net->K * net->n : 0);
    at.b = at.c + (f->has_c ? net->n : 0);
    at.end = at.b + (f->has_b ? net->K : 0);
    return at;
}

size_t ae_flow_dim(const struct ae_flow *f)
{
    return ae_flow_layout_of(f).end;
}

void ae_flow_start(const struct ae_flow *f, double *y)
{
    const struct ae_network *net = f->start;
    struct ae_flow_layout at = ae_flow_layout_of(f);
    for (size_t k = 0; k < net->K; k++) {
        memcpy(y + k * net->n_w, net->w + k * net->stride, net->n_w * sizeof *y);
        if (f->has_v)
            memcpy(y + at.v + k * net->n, net->v + k * net->stride, net->n * sizeof *y);
    }
    if (f->has_c)
        memcpy(y + at.c, net->c, net->n * sizeof *y);
    if (f->has_b)
        memcpy(y + at.b, net->b, net->K * sizeof *y);
}

/* y into whole rows; tied: v = tie_scale w. */
static void unpack(struct ae_flow *f, double s, const double *y)
{
    struct ae_network *net = &f->net;
    struct ae_flow_layout at = ae_flow_layout_of(f);
    for (size_t k = 0; k < net->K; k++) {
        double *w = net->w + k * net->stride, *v = net->v + k * net->stride;
        memcpy(w, y + k * net->n_w, net->n_w * sizeof *y);
        if (f->has_v)
            memcpy(v, y + at.v + k * net->n, net->n * sizeof *y);
        else
            for (size_t i = 0; i < net->n; i++)
                v[i] = f->p->tie_scale * w[i];
    }
    if (f->has_c)
        memcpy(net->c, y + at.c, net->n * sizeof *y);
    if (f->has_b)
        memcpy(net->b, y + at.b, net->K * sizeof *y);
    if (f->start->frozen > 0.0)
        net->frozen = f->start->frozen * exp(-2.0 * f->decay * s);
}

const struct ae_network *ae_flow_network(struct ae_flow *f, double s, const double *y,
                                         const struct ae_order **order)
{
    unpack(f, s, y);
    ae_order_compute(f->order, (enum ae_activation)f->p->activation, &f->net);
    *order = f->order;
    return &f->net;
}

bool ae_flow_sees(const struct ae_flow *f, size_t k, size_t l)
{
    return f->p->rule == AE_VANILLA || k == 0 || l <= k;
}

/* One row of minus the gradient by the decoder, k = 0..K: out = - sum_l S I_kl v^l + a_k r w^k. */
AE_CLONES static void decoder_row(const struct ae_flow *f, size_t k, double *restrict out)
{
    const struct ae_network *net = &f->net;
    const struct ae_moments *mean = &f->order->moments;
    size_t K = net->K, n = net->n;
    memset(out, 0, n * sizeof *out);
    for (size_t l = 0; l <= K; l++) {
        const double *restrict v_l = l == 0 ? net->c : net->v + (l - 1) * net->stride;
        double I = ae_flow_sees(f, k, l) ? mean->I[k * (K + 1) + l] : 0.0;
        for (size_t i = 0; i < n; i++)
            out[i] -= I * v_l[i];
    }
    if (k == 0)
        return;
    const double *restrict w_k = net->w + (k - 1) * net->stride, *restrict r = net->r;
    double a = mean->J[k * (K + 1)];
    for (size_t i = 0; i < net->n_w; i++)
        out[i] += a * r[i] * w_k[i];
}

/* One row of minus the gradient by the encoder, k = 1..K. */
AE_CLONES static void encoder_row(const struct ae_flow *f, size_t k, double *restrict out)
{
    const struct ae_network *net = &f->net;
    const struct ae_moments *mean = &f->order->moments;
    const double *T = f->order->T;
    size_t K = net->K, n_w = net->n_w, row = k * (K + 1);
    const double *restrict r = net->r;
    double own = -mean->a2[k] * f->order->R_diag[k - 1];
    for (size_t l = 0; l <= K; l++)
        own += ae_flow_sees(f, k, l) ? T[row + l] * mean->H[row + l] : 0.0;
    const double *restrict w_k = net->w + (k - 1) * net->stride;
    const double *restrict v_k = net->v + (k - 1) * net->stride;
    double a = mean->J[row];
    for (size_t i = 0; i < n_w; i++)
        out[i] = own * w_k[i] - a * v_k[i];
    for (size_t l = 1; l <= K; l++) {
        const double *restrict w_l = net->w + (l - 1) * net->stride;
        double TP = ae_flow_sees(f, k, l) ? T[row + l] * mean->P[row + l] : 0.0;
        for (size_t i = 0; i < n_w; i++)
            out[i] += TP * w_l[i];
    }
    for (size_t i = 0; i < n_w; i++)
        out[i] *= -r[i];
}

/* Minus the gradient by the encoder bias of unit k = 1..K. */
static double bias_slope(const struct ae_flow *f, size_t k)
{
    const struct ae_moments *mean = &f->order->moments;
    size_t K = f->net.K, row = k * (K + 1);
    double sum = -mean->H[row] * f->order->R_diag[k - 1];
    for (size_t l = 0; l <= K; l++)
        sum += ae_flow_sees(f, k, l) ? f->order->T[row + l] * mean->J[row + l] : 0.0;
    return -sum;
}

static void weight_slopes(struct ae_flow *f, size_t k, double *dw_out, double *dv_out)
{
    const struct ae_network *net = &f->net;
    const double *w = net->w + (k - 1) * net->stride, *v = net->v + (k - 1) * net->stride;
    const double *dv = f->dv + k * net->stride;
    double rate = f->p->lr_decoder;
    encoder_row(f, k, f->dw);
    double through_decoder = f->has_v ? 0.0 : f->p->tie_scale * rate;
    for (size_t i = 0; i < net->n_w; i++)
        dw_out[i] = f->dw[i] + through_decoder * dv[i] - f->decay * w[i];
    if (f->has_v)
        for (size_t i = 0; i < net->n; i++)
            dv_out[i] = rate * dv[i] - f->decay * v[i];
}

void ae_flow_rhs(struct ae_flow *f, double s, const double *y, double *dyds)
{
    const struct ae_network *net = &f->net;
    struct ae_flow_layout at = ae_flow_layout_of(f);
    unpack(f, s, y);
    ae_order_compute(f->order, (enum ae_activation)f->p->activation, net);
    for (size_t k = f->has_c ? 0 : 1; k <= net->K; k++)
        decoder_row(f, k, f->dv + k * net->stride);
    for (size_t k = 1; k <= net->K; k++)
        weight_slopes(f, k, dyds + (k - 1) * net->n_w,
                      f->has_v ? dyds + at.v + (k - 1) * net->n : NULL);
    for (size_t i = 0; f->has_c && i < net->n; i++)
        dyds[at.c + i] = f->p->lr_bias * f->dv[i];
    for (size_t k = 0; f->has_b && k < net->K; k++)
        dyds[at.b + k] = f->p->lr_bias * bias_slope(f, k + 1);
}
