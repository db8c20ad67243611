/*
 * Steps of training on products of vectors. Rows y_j of Y are the decoder weights v^k (tied: the
 * encoder weights, v^k = s w^k) and in front of them, if it is trained, the decoder bias c, a unit
 * with g = 1. For the input x of a step, with lambda_k = w^k . x + b_k:
 *
 *   gamma_l  weight of y_l in the reconstruction: g(lambda_l), tied: s g(lambda_l), bias: 1
 *   e_j      x - sum_l S_jl gamma_l y_l; truncated: S_jl = 0 if units l > j, else 1
 *   y_j <- kappa_j y_j + rho_j e_j + (beta_j - rho_j) x          w^k <- keep w^k + slope_k x
 *   slope_k  (lr/D) (v^k . e_k) g'(lambda_k)
 *   rho_j    (lr lr_decoder / D) g(lambda_j), tied: times s; bias: lr lr_bias / D
 *   beta_j   rho_j, tied: + slope_j
 *   kappa_j  1 - weight_decay / D; bias: 1
 *
 * Together Y' = L Y + beta x^T, L = diag(kappa) - diag(rho) S diag(gamma), and so for whatever hangs
 * linearly on the rows: products with later inputs, Y' X^T = L (Y X^T) + beta (x X^T); coefficients,
 * M' = L M, C' = L C and beta in the column of this input; U = Y' Y^T = L T + beta (Y x)^T. And
 * T' = Y' Y'^T is the same once more on the other side: T'^T = L U^T + beta (Y' x)^T.
 */
#include "aesweep/descent.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/lanes.h"
#include "aesweep/memory.h"
#include "aesweep/moments.h"

/* L and beta of one step, J rows. */
struct motion {
    size_t J, first_unit; /* rows; 1 if row 0 is the bias */
    bool is_truncated;
    double *gamma, *rho, *beta, *kappa; /* [J] */
};

struct ae_descent {
    const struct ae_params *p;
    double *b; /* [K] borrowed */
    struct motion motion;
    double rate;              /* lr / D */
    double keep;              /* 1 - weight_decay / D */
    double *g, *slope;        /* [K]: g(lambda); g'(lambda), then slope */
    double *x_y, *back;       /* [J]: y . x; y . e */
    double *source, *partial; /* [y_stride] */
};

/* ---- which row is what ---- */

static bool has_bias_row(const struct ae_params *p)
{
    return p->bias == AE_BIAS_DECODER || p->bias == AE_BIAS_BOTH;
}

struct ae_layers_shape ae_descent_shape(const struct ae_params *p, size_t n)
{
    return (struct ae_layers_shape){.n = n,
                                    .n_w = p->tied ? 0 : p->K,
                                    .n_y = p->K + has_bias_row(p),
                                    .n_inputs = p->K <= 8    ? 8
                                                : p->K <= 32 ? 16
                                                             : 32};
}

size_t ae_descent_encoder(const struct ae_params *p, size_t k)
{
    return p->tied ? has_bias_row(p) + k : k;
}

size_t ae_descent_decoder(const struct ae_params *p, size_t k)
{
    return p->tied ? SIZE_MAX : p->K + has_bias_row(p) + k;
}

size_t ae_descent_bias(const struct ae_params *p)
{
    return !has_bias_row(p) ? SIZE_MAX : p->tied ? 0 : p->K;
}

enum ae_status ae_descent_new(struct ae_descent **descent, const struct ae_params *p, double *b,
                              struct ae_error *err)
{
    struct ae_layers_shape shape = ae_descent_shape(p, 1);
    size_t J = shape.n_y, K = p->K, width = shape.n_inputs + 2 * J;
    struct ae_descent *d = ae_realloc(NULL, 1, sizeof *d);
    double *block = d ? ae_reals_new(6 * J + 2 * K + 2 * width) : NULL;
    *descent = d;
    if (!block) {
        free(d);
        *descent = NULL;
        return ae_fail_memory(err, (6 * J + 2 * K + 2 * width) * sizeof(double));
    }
    *d = (struct ae_descent){.p = p, .b = b, .rate = p->lr / p->D};
    d->keep = 1.0 - p->weight_decay / p->D;
    d->motion = (struct motion){.J = J,
                                .first_unit = J - K,
                                .is_truncated = p->rule == AE_TRUNCATED,
                                .gamma = block,
                                .rho = block + J,
                                .beta = block + 2 * J,
                                .kappa = block + 3 * J};
    d->x_y = block + 4 * J;
    d->back = d->x_y + J;
    d->g = d->back + J;
    d->slope = d->g + K;
    d->source = d->slope + K;
    d->partial = d->source + width;
    return AE_OK;
}

void ae_descent_free(struct ae_descent *descent)
{
    if (descent)
        free(descent->motion.gamma);
    free(descent);
}

/* ---- a step ---- */

/* u += a z */
AE_INLINE void add(size_t n, double a, const double *restrict z, double *restrict u)
{
    for (size_t i = 0; i < n; i++)
        u[i] = fma(a, z[i], u[i]);
}

/* z = kappa z + beta q - rho u */
AE_INLINE void move_row(size_t n, const struct motion *m, size_t j, const double *restrict q,
                        const double *restrict u, double *restrict z)
{
    double kappa = m->kappa[j], beta = m->beta[j], rho = m->rho[j];
    for (size_t i = 0; i < n; i++)
        z[i] = fma(beta, q[i], fma(kappa, z[i], -rho * u[i]));
}

/* Z = L Z + beta q^T for rows Z [J][stride] of n numbers; u [n] is scratch. */
AE_CLONES static void move_rows(const struct motion *m, size_t n, size_t stride,
                                const double *restrict q, double *restrict u, double *restrict Z)
{
    for (size_t i = 0; i < n; i++)
        u[i] = 0.0;
    for (size_t l = 0; l < (m->is_truncated ? m->first_unit : m->J); l++)
        add(n, m->gamma[l], Z + l * stride, u);
    for (size_t j = m->first_unit; j < m->J; j++) {
        if (m->is_truncated)
            add(n, m->gamma[j], Z + j * stride, u);
        move_row(n, m, j, q, u, Z + j * stride);
    }
    if (m->first_unit == 1) /* last: it sees all units as they were, by u */
        move_row(n, m, 0, q, u, Z);
}

/* back_l = y_l . e, where unit k of the truncated rule has its own e. Returns |e|^2. */
static double look_back(struct ae_descent *d, const struct ae_block *block, double x_x)
{
    const struct motion *m = &d->motion;
    size_t J = m->J;
    const double *T = block->y + block->shape.n_inputs + J;
    double *h = d->partial, error = x_x;
    memcpy(h, d->x_y, J * sizeof *h);
    for (size_t l = 0; l < J; l++) {
        add(J, -m->gamma[l], T + l * block->y_stride, h);
        if (m->is_truncated)
            d->back[l] = h[l];
    }
    for (size_t l = 0; l < J; l++)
        error -= m->gamma[l] * (d->x_y[l] + h[l]);
    if (!m->is_truncated)
        memcpy(d->back, h, J * sizeof *h);
    return error;
}

/* All coefficients of the step on input a but those that need y . e; g' stands in slope. */
static void look_ahead(struct ae_descent *d, const struct ae_block *block, size_t a)
{
    const struct ae_params *p = d->p;
    struct motion *m = &d->motion;
    double scale = p->tied ? p->tie_scale : 1.0;
    for (size_t j = 0; j < m->J; j++)
        d->x_y[j] = block->y[j * block->y_stride + a];
    if (m->first_unit == 1) {
        m->gamma[0] = m->kappa[0] = 1.0;
        m->rho[0] = m->beta[0] = d->rate * p->lr_bias;
    }
    for (size_t k = 0; k < p->K; k++) {
        size_t j = m->first_unit + k;
        double w_x = p->tied ? d->x_y[j] : block->w[k * block->shape.n_inputs + a];
        struct ae_g at = ae_activation_at((enum ae_activation)p->activation, w_x + d->b[k]);
        d->g[k] = at.g;
        d->slope[k] = at.dg;
        m->gamma[j] = scale * at.g;
        m->kappa[j] = d->keep;
        m->rho[j] = m->beta[j] = scale * d->rate * p->lr_decoder * at.g;
    }
}

/* T' from U = Y' Y^T, which stands in the third part of y; y_x is Y' x. */
static void finish_T(struct ae_descent *d, struct ae_block *block, const double *y_x)
{
    size_t J = d->motion.J, stride = block->y_stride;
    double *T = block->y + block->shape.n_inputs + J;
    for (size_t j = 0; j < J; j++)
        for (size_t l = 0; l < j; l++) {
            double swap = T[j * stride + l];
            T[j * stride + l] = T[l * stride + j];
            T[l * stride + j] = swap;
        }
    move_rows(&d->motion, J, stride, y_x, d->partial, T);
}

void ae_descent_begin(struct ae_descent *descent, struct ae_block *block)
{
    size_t J = descent->motion.J, B = block->shape.n_inputs;
    block->keep = 1.0;
    for (size_t j = 0; j < J; j++)
        for (size_t l = 0; l < J; l++)
            block->y[j * block->y_stride + B + l] = j == l ? 1.0 : 0.0;
}

double ae_descent_step(struct ae_descent *descent, struct ae_block *block, size_t a)
{
    struct ae_descent *d = descent;
    struct motion *m = &d->motion;
    size_t J = m->J, K = d->p->K, B = block->shape.n_inputs;
    const double *G = block->G + a * B;
    look_ahead(d, block, a);
    double error = look_back(d, block, G[a]), scale = d->p->tied ? d->p->tie_scale : 1.0;
    bool has_b = d->p->bias == AE_BIAS_ENCODER || d->p->bias == AE_BIAS_BOTH;
    for (size_t k = 0; k < K; k++) {
        d->slope[k] *= d->rate * scale * d->back[m->first_unit + k];
        if (d->p->tied)
            m->beta[m->first_unit + k] += d->slope[k];
        if (has_b)
            d->b[k] += d->p->lr_bias * d->slope[k];
    }
    double *q = d->source;
    memset(q, 0, (B + J) * sizeof *q);
    memcpy(q + a, G + a, (block->n - a) * sizeof *q);
    memcpy(q + B + J, d->x_y, J * sizeof *q);
    for (size_t k = 0; k < block->shape.n_w; k++) {
        double *w = block->w + k * B;
        for (size_t i = 0; i < block->n; i++)
            w[i] = fma(d->slope[k], q[i], d->keep * w[i]);
        w[a] = d->slope[k];
    }
    block->keep *= d->keep;
    move_rows(m, B + 2 * J, block->y_stride, q, d->partial, block->y);
    for (size_t j = 0; j < J; j++) {
        d->x_y[j] = block->y[j * block->y_stride + a]; /* Y' x */
        block->y[j * block->y_stride + a] = m->beta[j];
    }
    finish_T(d, block, d->x_y);
    return error;
}
