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
 * Sanger's rule is the truncated one of tied rows with s = lr_decoder = 1 and without slope.
 *
 * Together Y' = L Y + beta x^T, L = diag(kappa) - diag(rho) S diag(gamma), and so for whatever hangs
 * linearly on the rows: products with later inputs, Y' X^T = L (Y X^T) + beta (x X^T); coefficients,
 * M' = L M, C' = L C and beta in the column of this input; U = Y' Y^T = L T + beta (Y x)^T. And
 * T' = Y' Y'^T is the same once more on the other side: T'^T = L U^T + beta (Y' x)^T.
 *
 * From block to block M is carried along, and Y = M Z where Z is what memory has (layers.h): a block
 * begins with Y X^T = M (Z X^T) and ends with coefficients M^-1 C of Z, unless M has gone far from 1.
 *
 * A step on a batch of inputs is the same with sums over them, rates divided by their number: Y' = L
 * Y + sum_i beta_i x_i^T, L = diag(kappa) - sum_i diag(rho_i) S diag(gamma_i). A batch that does not
 * fit into a block is gathered: L, and the sums of inputs over all its parts (layers.h).
 */
#include "descent_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/lanes.h"
#include "aesweep/memory.h"
#include "aesweep/moments.h"

/* L and beta_i of one step on n inputs, J rows; arrays of rows are filled up with 0 to `wide`. */
struct motion {
    size_t J, wide;       /* rows; the next multiple of 8 */
    size_t first_unit, n; /* 1 if row 0 is the bias; inputs */
    bool is_truncated;
    double *kappa;              /* [wide] */
    double *gamma, *rho, *beta; /* [n][wide]; n = 1: two slots, for this step and the next */
};

struct ae_descent {
    const struct ae_params *p;
    const struct ae_descent_loops *loops;
    double *b; /* [K] borrowed */
    struct motion motion;
    double rate;               /* lr / (D batch) */
    double keep;               /* 1 - weight_decay / D */
    double scale, rate_v;      /* v^k = scale y_k in the rule; rate of v */
    double *slope;             /* [n][wide]: g'(lambda), then slope; of the bias 0 */
    double *x_y, *back;        /* [n][wide], [wide]: y . x; y . e */
    double *units;             /* [3][wide]: lambda, g, g' */
    double *T_gamma, *gamma_M; /* [wide]: descent_internal.h */
    size_t slot;               /* of this step, for steps on one input */
    bool is_ahead;             /* it is filled already */
    double e_e;                /* |e|^2, e with all units */
    double *source, *partial;  /* [n][stride] */
    double *mix;               /* [J][J] of a batch in parts: minus the sum in L so far */
    double *sum_b;             /* [K] likewise: how far b is to move */
    double *rows;              /* [J][wide + n_inputs] */
};

/* ---- which row is what ---- */

static bool has_bias_row(const struct ae_params *p)
{
    return p->bias == AE_BIAS_DECODER || p->bias == AE_BIAS_BOTH;
}

struct ae_layers_shape ae_descent_shape(const struct ae_params *p, size_t n)
{
    size_t n_inputs = p->K <= 32 && p->batch <= 8 ? 8 : 16; /* measured */
    return (struct ae_layers_shape){.n = n,
                                    .n_w = p->tied ? 0 : p->K,
                                    .n_y = p->K + has_bias_row(p),
                                    .n_inputs = n_inputs,
                                    .gathers = p->batch > n_inputs,
                                    .is_single = p->precision == AE_SINGLE};
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

size_t ae_descent_steps(const struct ae_params *p)
{
    size_t n_inputs = ae_descent_shape(p, 1).n_inputs, n = 1;
    if (p->batch > n_inputs)
        return 0;
    while (2 * n * p->batch <= n_inputs)
        n *= 2;
    return n;
}

enum ae_status ae_descent_new(struct ae_descent **descent, const struct ae_params *p, double *b,
                              struct ae_error *err)
{
    struct ae_layers_shape shape = ae_descent_shape(p, 1);
    size_t J = shape.n_y, K = p->K, n_inputs = p->batch <= shape.n_inputs ? p->batch : 1;
    size_t n = n_inputs > 1 ? n_inputs : 2; /* slots */
    size_t wide = (J + 7) / 8 * 8, B = shape.n_inputs, width = ae_block_stride(&shape);
    size_t size = 7 * wide + n * (5 * wide + 2 * width) + J * J + K + J * (wide + B);
    struct ae_descent *d = ae_realloc(NULL, 1, sizeof *d);
    double *block = d ? ae_reals_new(size) : NULL;
    *descent = d;
    if (!block) {
        free(d);
        *descent = NULL;
        return ae_fail_memory(err, size * sizeof(double));
    }
    bool is_sanger = p->rule == AE_SANGER;
    *d = (struct ae_descent){.p = p,
                             .loops = AE_CHOOSE(&ae_descent_loops),
                             .b = b,
                             .rate = p->lr / (p->D * (double)p->batch)};
    d->keep = 1.0 - p->weight_decay / p->D;
    d->scale = p->tied && !is_sanger ? p->tie_scale : 1.0;
    d->rate_v = d->scale * d->rate * (is_sanger ? 1.0 : p->lr_decoder);
    d->motion = (struct motion){.J = J,
                                .wide = wide,
                                .first_unit = J - K,
                                .n = n_inputs,
                                .is_truncated = p->rule != AE_VANILLA,
                                .kappa = block,
                                .gamma = block + wide,
                                .rho = block + wide + n * wide,
                                .beta = block + wide + 2 * n * wide};
    d->x_y = d->motion.beta + n * wide;
    d->back = d->x_y + n * wide;
    d->source = d->back + wide;
    d->partial = d->source + n * width;
    d->slope = d->partial + n * width;
    d->mix = d->slope + n * wide;
    d->sum_b = d->mix + J * J;
    d->rows = d->sum_b + K;
    d->units = d->rows + J * (wide + B);
    d->T_gamma = d->units + 3 * wide;
    d->gamma_M = d->T_gamma + wide;
    for (size_t j = 0; j < J; j++)
        d->motion.kappa[j] = j < J - K ? 1.0 : d->keep;
    return AE_OK;
}

void ae_descent_free(struct ae_descent *descent)
{
    if (descent)
        free(descent->motion.kappa);
    free(descent);
}

/* ---- a step ---- */

/* u += a z, n a multiple of 8 */
AE_INLINE void add(size_t n, double a, const double *restrict z, double *restrict u)
{
    for (size_t i = 0; i < n; i++)
        u[i] = fma(a, z[i], u[i]);
}

/* z = kappa z + sum_i (beta_i q_i - rho_i u_i) for row j; q and u have rows of q_stride and n. */
AE_INLINE void move_row(size_t n, const struct motion *m, size_t j, const double *restrict q,
                        size_t q_stride, const double *restrict u, double *restrict z)
{
    double kappa = m->kappa[j];
    for (size_t i = 0; i < m->n; i++) {
        double beta = m->beta[i * m->wide + j], rho = m->rho[i * m->wide + j];
        const double *q_i = q + i * q_stride, *u_i = u + i * n;
        for (size_t k = 0; k < n; k++)
            z[k] = fma(beta, q_i[k], fma(kappa, z[k], -rho * u_i[k]));
        kappa = 1.0;
    }
}

/* u_i += gamma_i z for row j, which has n numbers. */
AE_INLINE void add_row(size_t n, const struct motion *m, size_t j, const double *restrict z,
                       double *restrict u)
{
    for (size_t i = 0; i < m->n; i++)
        add(n, m->gamma[i * m->wide + j], z, u + i * n);
}

/* Z = L Z + sum_i beta_i q_i^T for rows Z [J][stride] of n numbers, a multiple of 8; u [m->n][n] is
 * scratch. */
AE_CLONES static void move_rows(const struct motion *m, size_t n, size_t stride,
                                const double *restrict q, size_t q_stride, double *restrict u,
                                double *restrict Z)
{
    for (size_t i = 0; i < m->n * n; i++)
        u[i] = 0.0;
    for (size_t l = 0; l < (m->is_truncated ? m->first_unit : m->J); l++)
        add_row(n, m, l, Z + l * stride, u);
    for (size_t j = m->first_unit; j < m->J; j++) {
        if (m->is_truncated)
            add_row(n, m, j, Z + j * stride, u);
        move_row(n, m, j, q, q_stride, u, Z + j * stride);
    }
    if (m->first_unit == 1) /* last: it sees all units as they were, by u */
        move_row(n, m, 0, q, q_stride, u, Z);
}

/* back_k = y_k . e with the units up to k. */
static void look_back_truncated(struct ae_descent *d, const struct ae_block *block, size_t i)
{
    const struct motion *m = &d->motion;
    const double *x_y = d->x_y + i * m->wide, *gamma = m->gamma + i * m->wide;
    for (size_t k = 0; k < m->J; k++) {
        const double *T = block->y + k * block->stride + block->t_at;
        d->back[k] = x_y[k];
        for (size_t l = 0; l <= k; l++)
            d->back[k] -= gamma[l] * T[l];
    }
}

/* back_l = y_l . e, where unit k of the truncated rule has its own e. */
static void look_back(struct ae_descent *d, const struct ae_block *block, double x_x, size_t i)
{
    const struct motion *m = &d->motion;
    const double *T = block->y + block->t_at;
    const double *x_y = d->x_y + i * m->wide, *gamma = m->gamma + i * m->wide;
    double *h = d->partial; /* y . e, e with all units */
    d->loops->subtract(m->J, m->wide, block->stride, gamma, T, x_y, h);
    double x_e = x_x;
    for (size_t l = 0; l < m->J; l++)
        x_e -= gamma[l] * x_y[l];
    d->e_e = x_e;
    for (size_t l = 0; l < m->J; l++)
        d->e_e -= gamma[l] * h[l];
    if (m->is_truncated)
        look_back_truncated(d, block, i);
    else
        memcpy(d->back, h, m->J * sizeof *h);
}

/* What input a of the block has in slot i but that which needs y . e; g' times its rate stands in
 * slope. */
static void look_ahead(struct ae_descent *d, const struct ae_block *block, size_t a, size_t i)
{
    const struct ae_params *p = d->p;
    struct motion *m = &d->motion;
    double *x_y = d->x_y + i * m->wide, *slope = d->slope + i * m->wide + m->first_unit;
    double slope_rate = p->rule == AE_SANGER ? 0.0 : d->rate * d->scale;
    double *gamma = m->gamma + i * m->wide, *rho = m->rho + i * m->wide;
    double *beta = m->beta + i * m->wide;
    double *lambda = d->units, *g = lambda + m->wide, *dg = g + m->wide;
    for (size_t j = 0; j < m->J; j++)
        x_y[j] = block->y[j * block->stride + a];
    if (m->first_unit == 1) {
        gamma[0] = 1.0;
        rho[0] = beta[0] = d->rate * p->lr_bias;
    }
    for (size_t k = 0; k < p->K; k++) {
        double w_x = p->tied ? x_y[m->first_unit + k] : block->w[k * block->stride + a];
        lambda[k] = w_x + d->b[k];
    }
    ae_activation_many((enum ae_activation)p->activation, p->K, lambda, g, dg);
    for (size_t k = 0; k < p->K; k++) {
        size_t j = m->first_unit + k;
        slope[k] = slope_rate * dg[k];
        gamma[j] = d->scale * g[k];
        rho[j] = beta[j] = d->rate_v * g[k];
    }
}

/* All of slot i, for input a of the block. Returns |e|^2. */
static double look_at(struct ae_descent *d, const struct ae_block *block, size_t a, size_t i)
{
    const struct motion *m = &d->motion;
    double *slope = d->slope + i * m->wide;
    look_ahead(d, block, a, i);
    look_back(d, block, block->G[a * block->shape.n_inputs + a], i);
    for (size_t j = m->first_unit; j < m->J; j++) {
        slope[j] *= d->back[j];
        if (d->p->tied)
            m->beta[i * m->wide + j] += slope[j];
    }
    return d->e_e;
}

static bool has_trained_b(const struct ae_params *p)
{
    return p->bias == AE_BIAS_ENCODER || p->bias == AE_BIAS_BOTH;
}

/* b moves by slot i. */
static void move_b(struct ae_descent *d, size_t i)
{
    const double *slope = d->slope + i * d->motion.wide + d->motion.first_unit;
    for (size_t k = 0; k < d->p->K && has_trained_b(d->p); k++)
        d->b[k] += d->p->lr_bias * slope[k];
}

/* What hangs on the rows of W moves by slot i. */
static void move_encoder(struct ae_descent *d, struct ae_block *block, size_t i)
{
    const double *slope = d->slope + i * d->motion.wide + d->motion.first_unit;
    const double *q = d->source + i * block->stride;
    double keep = i == 0 ? d->keep : 1.0;
    d->loops->slide(block->shape.n_w, block->shape.n_inputs, block->stride, keep, slope, q,
                    block->w);
}

/* The row that multiplies beta_i in Y' X^T (inputs from `first` on), M', U. */
static void make_source(struct ae_descent *d, const struct ae_block *block, size_t first, size_t i)
{
    size_t B = block->shape.n_inputs, wide = d->motion.wide, a = first + i;
    double *q = d->source + i * block->stride;
    memset(q, 0, block->t_at * sizeof *q);
    for (size_t c = first; c < a; c++)
        q[c] = block->G[c * B + a];
    memcpy(q + a, block->G + a * B + a, (block->n - a) * sizeof *q);
    memcpy(q + block->t_at, d->x_y + i * wide, wide * sizeof *q);
}

/* T' from U = Y' Y^T, which stands in the third part of y; x_y is Y' x now. */
static void finish_T(struct ae_descent *d, struct ae_block *block)
{
    size_t J = d->motion.J, wide = d->motion.wide, stride = block->stride;
    double *T = block->y + block->t_at;
    for (size_t j = 0; j < J; j++)
        for (size_t l = 0; l < j; l++) {
            double swap = T[j * stride + l];
            T[j * stride + l] = T[l * stride + j];
            T[l * stride + j] = swap;
        }
    move_rows(&d->motion, wide, stride, d->x_y, wide, d->partial, T);
}

void ae_descent_begin(struct ae_descent *descent, struct ae_block *block)
{
    block->keep = 1.0;
    descent->is_ahead = false;
    descent->loops->combine(block, descent->rows);
}

/* Beyond this distance from 1, M is not put off any longer: up to there, what is added to Z is at
 * most twice, and stands for at most three halves, of what is added to Y. */
#define FAR 0.5

void ae_descent_end(struct ae_descent *descent, struct ae_block *block)
{
    block->mixes = !(descent->loops->distance(block) <= FAR);
    if (!block->mixes)
        descent->loops->uncombine(block, descent->rows);
}

/* A step on one input whose e is that of all rows. What the next one needs of M and T is made while
 * they move. */
static double step_simply(struct ae_descent *d, struct ae_block *block, size_t a)
{
    const struct motion *m = &d->motion;
    const size_t i = d->slot, at = i * m->wide;
    const struct ae_step step = {.J = m->J,
                                 .wide = m->wide,
                                 .kappa = m->kappa,
                                 .gamma = m->gamma + at,
                                 .rho = m->rho + at,
                                 .beta = m->beta + at,
                                 .slope = d->slope + at,
                                 .is_tied = d->p->tied,
                                 .x_y = d->x_y + at,
                                 .T_gamma = d->T_gamma,
                                 .gamma_M = d->gamma_M,
                                 .scratch = d->partial};
    if (!d->is_ahead) {
        look_ahead(d, block, a, i);
        d->loops->weigh(&step, block);
    }
    double error = d->loops->step(&step, block, a, d->keep);
    move_b(d, i);
    d->is_ahead = a + 1 < block->n;
    if (d->is_ahead) {
        d->slot = 1 - i;
        look_ahead(d, block, a + 1, d->slot);
    }
    d->loops->square(&step, block, d->keep, m->gamma + d->slot * m->wide);
    return error;
}

static double step_on_batch(struct ae_descent *d, struct ae_block *block, size_t a)
{
    size_t n = d->motion.n, J = d->motion.J, wide = d->motion.wide;
    double error = 0.0;
    for (size_t i = 0; i < n; i++) {
        error += look_at(d, block, a + i, i) / (double)n;
        make_source(d, block, a, i);
    }
    for (size_t i = 0; i < n; i++) {
        move_b(d, i);
        move_encoder(d, block, i);
    }
    move_rows(&d->motion, block->stride, block->stride, d->source, block->stride, d->partial,
              block->y);
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < block->shape.n_w; k++)
            block->w[k * block->stride + a + i] = d->slope[i * wide + d->motion.first_unit + k];
        for (size_t j = 0; j < J; j++) {
            double *y = block->y + j * block->stride + a + i;
            d->x_y[i * wide + j] = *y; /* Y' x */
            *y = d->motion.beta[i * wide + j];
        }
    }
    finish_T(d, block);
    return error;
}

double ae_descent_step(struct ae_descent *descent, struct ae_block *block, size_t a)
{
    bool is_simple = descent->motion.n == 1 && !descent->motion.is_truncated;
    block->keep *= descent->keep;
    return is_simple ? step_simply(descent, block, a) : step_on_batch(descent, block, a);
}

double ae_descent_error(struct ae_descent *descent, const struct ae_block *block)
{
    struct ae_descent *d = descent;
    double error = 0.0, scale = d->scale;
    d->scale = d->p->tied ? d->p->tie_scale : 1.0; /* v^k = s w^k, also of Sanger's rule */
    for (size_t a = 0; a < block->n; a++)
        error += look_at(d, block, a, 0) / (double)block->n;
    d->scale = scale;
    return error;
}

/* ---- a batch in parts ---- */

/* mix += rho_j S_jl gamma_l of slot 0. */
AE_CLONES static void add_mix(struct ae_descent *d)
{
    const struct motion *m = &d->motion;
    for (size_t j = 0; j < m->J; j++) {
        bool sees_all = !m->is_truncated || j < m->first_unit;
        for (size_t l = 0; l < (sees_all ? m->J : j + 1); l++)
            d->mix[j * m->J + l] = fma(m->rho[j], m->gamma[l], d->mix[j * m->J + l]);
    }
}

double ae_descent_gather(struct ae_descent *descent, struct ae_block *block)
{
    struct ae_descent *d = descent;
    size_t J = d->motion.J;
    double error = 0.0;
    for (size_t a = 0; a < block->n; a++) {
        error += look_at(d, block, a, 0) / (double)block->n;
        add_mix(d);
        const double *slope = d->slope + d->motion.first_unit;
        for (size_t k = 0; k < d->p->K && has_trained_b(d->p); k++)
            d->sum_b[k] += d->p->lr_bias * slope[k];
        for (size_t k = 0; k < block->shape.n_w; k++)
            block->w[k * block->stride + a] = slope[k];
        for (size_t j = 0; j < J; j++)
            block->y[j * block->stride + a] = d->motion.beta[j];
    }
    return error;
}

void ae_descent_settle(struct ae_descent *descent, struct ae_block *block)
{
    struct ae_descent *d = descent;
    size_t J = d->motion.J, K = d->p->K;
    for (size_t j = 0; j < J; j++) {
        double *M = block->y + j * block->stride + block->m_at;
        for (size_t l = 0; l < J; l++)
            M[l] = (j == l ? d->motion.kappa[j] : 0.0) - d->mix[j * J + l];
    }
    block->keep = d->keep;
    for (size_t k = 0; k < K; k++)
        d->b[k] += d->sum_b[k];
    memset(d->mix, 0, J * J * sizeof *d->mix);
    memset(d->sum_b, 0, K * sizeof *d->sum_b);
}
