/* The loops of descent_internal.h for one instruction set (simd.h), register by register of columns.
 * Letters and formulas are those of descent.c. */
#include "descent_internal.h"

#include "aesweep/simd.h"

AE_INLINE ae_f64s load(const double *x)
{
    ae_f64s out;
    memcpy(&out, x, sizeof out);
    return out;
}

AE_INLINE void store(double *x, ae_f64s a)
{
    memcpy(x, &a, sizeof a);
}

AE_INLINE void copy(size_t n, const double *from, double *to)
{
    for (size_t c = 0; c < n; c += AE_WIDTH)
        store(to + c, load(from + c));
}

/* 8 numbers, whatever the registers; and several registers of columns, a constant n of them: one
 * alone waits for its own sums. */
enum { PARTS = 8 / AE_WIDTH, FEW = 4 };
#define EACH AE_UNROLL(4) for (size_t i = 0; i < n; i++)

/* sum_j x_j y_j, n a multiple of 8. */
AE_INLINE double dot(size_t n, const double *x, const double *y)
{
    ae_f64s sum[PARTS];
    AE_UNROLL(4)
    for (size_t i = 0; i < PARTS; i++)
        sum[i] = load(x + i * AE_WIDTH) * load(y + i * AE_WIDTH);
    for (size_t c = 8; c < n; c += 8) {
        AE_UNROLL(4)
        for (size_t i = 0; i < PARTS; i++)
            sum[i] = ae_fma_f64s(load(x + c + i * AE_WIDTH), load(y + c + i * AE_WIDTH), sum[i]);
    }
    return ae_sum_registers(PARTS, sum);
}

/* out = sum_l gamma_l Z_l, a register of columns. */
AE_INLINE void weigh_columns(size_t J, size_t stride, const double *gamma, const double *Z,
                             double *out)
{
    ae_f64s sum = ae_f64s_of(0.0);
    for (size_t l = 0; l < J; l++, Z += stride)
        sum = ae_fma_f64s(ae_f64s_of(gamma[l]), load(Z), sum);
    store(out, sum);
}

static void subtract(size_t J, size_t wide, size_t stride, const double *gamma, const double *T,
                     const double *in, double *out)
{
    for (size_t c = 0; c < wide; c += AE_WIDTH) {
        weigh_columns(J, stride, gamma, T + c, out + c);
        store(out + c, load(in + c) - load(out + c));
    }
}

static void slide(size_t K, size_t n, size_t stride, double keep, const double *slope,
                  const double *q, double *w)
{
    for (size_t c = 0; c < n; c += AE_WIDTH) {
        ae_f64s q_c = load(q + c);
        double *at = w + c;
        for (size_t k = 0; k < K; k++, at += stride)
            store(at, ae_fma_f64s(ae_f64s_of(slope[k]), q_c, load(at) * keep));
    }
}

/* ---- M, between blocks ---- */

/* Rows j ... j + n_rows - 1 of n registers of columns from c on; n and n_rows are constants. */
AE_INLINE void combine_rows(size_t n_rows, size_t n, struct ae_block *block, const double *rows,
                            size_t j, size_t c)
{
    const size_t J = block->shape.n_y, B = block->shape.n_inputs, stride = block->stride;
    double *y = block->y + j * stride;
    const double *M = y + block->m_at;
    ae_f64s sum[FEW][2];
    AE_UNROLL(4)
    for (size_t k = 0; k < n_rows; k++)
        EACH sum[k][i] = ae_f64s_of(0.0);
    for (size_t l = 0; l < J; l++) {
        ae_f64s z[2];
        EACH z[i] = load(rows + l * B + c + i * AE_WIDTH);
        AE_UNROLL(4)
        for (size_t k = 0; k < n_rows; k++)
            EACH sum[k][i] = ae_fma_f64s(ae_f64s_of(M[k * stride + l]), z[i], sum[k][i]);
    }
    AE_UNROLL(4)
    for (size_t k = 0; k < n_rows; k++)
        EACH store(y + k * stride + c + i * AE_WIDTH, sum[k][i]);
}

AE_INLINE void combine_columns(size_t n, struct ae_block *block, const double *rows, size_t c)
{
    size_t j = 0;
    for (; j + FEW <= block->shape.n_y; j += FEW)
        combine_rows(FEW, n, block, rows, j, c);
    for (; j < block->shape.n_y; j++)
        combine_rows(1, n, block, rows, j, c);
}

static void combine(struct ae_block *block, double *rows)
{
    const size_t B = block->shape.n_inputs;
    size_t c = 0;
    for (size_t j = 0; j < block->shape.n_y; j++)
        copy(B, block->y + j * block->stride, rows + j * B);
    for (; c + 2 * AE_WIDTH <= B; c += 2 * AE_WIDTH)
        combine_columns(2, block, rows, c);
    for (; c < B; c += AE_WIDTH)
        combine_columns(1, block, rows, c);
}

static double distance(const struct ae_block *block)
{
    const size_t J = block->shape.n_y, stride = block->stride;
    const double *M = block->y + block->m_at;
    double most = 0.0;
    for (size_t c = 0; c < J; c += AE_WIDTH) {
        ae_f64s sum = ae_f64s_of(0.0);
        double sums[AE_WIDTH];
        for (size_t j = 0; j < J; j++)
            sum += (ae_f64s)((ae_u64s)load(M + j * stride + c) & ae_u64s_of(INT64_MAX));
        store(sums, sum);
        for (size_t l = c; l < J && l < c + AE_WIDTH; l++) {
            double own = M[l * stride + l], d = sums[l - c] - fabs(own) + fabs(own - 1.0);
            most = d <= most ? most : d;
        }
    }
    return most;
}

/* The rows of a system [M | C] in elimination, n numbers each, a multiple of 8. */
struct system {
    size_t n_rows, n;
    double *rows;
};

/* x -= sum_l by_l y_l over `few` rows y, a constant, from this column on. */
AE_INLINE void subtract_rows(size_t few, const struct system *s, size_t first, const double *by,
                             const double *y, double *x)
{
    ae_f64s factor[FEW];
    AE_UNROLL(4)
    for (size_t l = 0; l < few; l++)
        factor[l] = ae_f64s_of(-by[l]);
    for (size_t c = first; c < s->n; c += AE_WIDTH) {
        ae_f64s sum = load(x + c);
        AE_UNROLL(4)
        for (size_t l = 0; l < few; l++)
            sum = ae_fma_f64s(factor[l], load(y + l * s->n + c), sum);
        store(x + c, sum);
    }
}

/* Makes 0 of columns first ... first + few - 1 below these rows, and 1 of their diagonal. */
AE_INLINE void eliminate(size_t few, const struct system *s, size_t first)
{
    double *y = s->rows + first * s->n, by[FEW];
    for (size_t j = first; j < s->n_rows; j++) {
        double *x = s->rows + j * s->n;
        size_t n_above = j - first < few ? j - first : few;
        for (size_t l = 0; l < n_above; l++) {
            by[l] = x[first + l];
            for (size_t k = 0; k < l; k++)
                by[l] = fma(-by[k], y[k * s->n + first + l], by[l]);
        }
        if (n_above == few) {
            subtract_rows(few, s, first / 8 * 8, by, y, x);
            continue;
        }
        for (size_t l = 0; l < n_above; l++)
            subtract_rows(1, s, first / 8 * 8, by + l, y + l * s->n, x);
        ae_f64s inverse = ae_f64s_of(1.0 / x[j]);
        for (size_t c = first / 8 * 8; c < s->n; c += AE_WIDTH)
            store(x + c, load(x + c) * inverse);
    }
}

/* Makes 0 of the same columns above these rows; what is left of them is 1. */
AE_INLINE void substitute(size_t few, const struct system *s, size_t wide, size_t first)
{
    double *y = s->rows + first * s->n;
    for (size_t j = few - 1; j-- > 0;)
        for (size_t l = j + 1; l < few; l++)
            subtract_rows(1, s, wide, y + j * s->n + first + l, y + l * s->n, y + j * s->n);
    for (size_t i = 0; i < first; i++)
        subtract_rows(few, s, wide, s->rows + i * s->n + first, y, s->rows + i * s->n);
}

/* By elimination without pivots, as the diagonal dominates, a few columns at a time. */
static void uncombine(struct ae_block *block, double *rows)
{
    const size_t J = block->shape.n_y, B = block->shape.n_inputs;
    const size_t wide = block->t_at - block->m_at;
    const struct system s = {.n_rows = J, .n = wide + B, .rows = rows};
    size_t l = 0;
    for (size_t j = 0; j < J; j++) {
        const double *y = block->y + j * block->stride;
        copy(wide, y + block->m_at, rows + j * s.n);
        copy(B, y, rows + j * s.n + wide);
    }
    for (; l + FEW <= J; l += FEW)
        eliminate(FEW, &s, l);
    for (; l < J; l++)
        eliminate(1, &s, l);
    while (l > 0 && l % FEW != 0)
        substitute(1, &s, wide, --l);
    while (l > 0)
        substitute(FEW, &s, wide, l -= FEW);
    for (size_t j = 0; j < J; j++)
        copy(B, rows + j * s.n + wide, block->y + j * block->stride);
}

/* ---- a step on one input ---- */

/* What the loops over rows read again and again: stores could change it, for all the compiler knows,
 * if it stood in memory. */
struct rows {
    size_t J, stride;
    const double *kappa, *gamma, *rho, *beta;
};

/* Columns of products with inputs. In the column of this input, where `own` has all bits set, is the
 * coefficient beta afterwards. */
AE_INLINE void move_products(size_t n, struct rows r, bool decays, const double *q,
                             const uint64_t *own, double *Z)
{
    ae_f64s u[FEW], q_c[FEW];
    ae_u64s own_c[FEW];
    double *z = Z;
    EACH u[i] = ae_f64s_of(0.0);
    EACH q_c[i] = load(q + i * AE_WIDTH);
    EACH memcpy(&own_c[i], own + i * AE_WIDTH, sizeof own_c[i]);
    for (size_t l = 0; l < r.J; l++, z += r.stride)
        EACH u[i] = ae_fma_f64s(ae_f64s_of(r.gamma[l]), load(z + i * AE_WIDTH), u[i]);
    EACH u[i] = -u[i];
    z = Z;
    for (size_t j = 0; j < r.J; j++, z += r.stride) {
        ae_f64s beta = ae_f64s_of(r.beta[j]), kappa = ae_f64s_of(r.kappa[j]);
        ae_f64s rho = ae_f64s_of(r.rho[j]), sum[FEW];
        EACH sum[i] = load(z + i * AE_WIDTH);
        if (decays)
            EACH sum[i] *= kappa;
        EACH sum[i] = ae_fma_f64s(beta, q_c[i], ae_fma_f64s(u[i], rho, sum[i]));
        EACH sum[i] = (ae_f64s)(((ae_u64s)sum[i] & ~own_c[i]) | ((ae_u64s)beta & own_c[i]));
        EACH store(z + i * AE_WIDTH, sum[i]);
    }
}

AE_INLINE void move(struct rows r, bool decays, size_t n_inputs, const double *q,
                    const uint64_t *own, double *y)
{
    size_t c = 0;
    for (; c + 2 * AE_WIDTH <= n_inputs; c += 2 * AE_WIDTH)
        move_products(2, r, decays, q + c, own + c, y + c);
    for (; c < n_inputs; c += AE_WIDTH)
        move_products(1, r, decays, q + c, own + c, y + c);
}

/* The encoder rows, likewise. */
AE_INLINE void move_encoder(size_t K, size_t n_inputs, size_t stride, double keep,
                            const double *slope, const double *q, const uint64_t *own, double *w)
{
    for (size_t c = 0; c < n_inputs; c += AE_WIDTH) {
        ae_u64s own_c;
        ae_f64s q_c = load(q + c);
        double *at = w + c;
        memcpy(&own_c, own + c, sizeof own_c);
        for (size_t k = 0; k < K; k++, at += stride) {
            ae_f64s by = ae_f64s_of(slope[k]), sum = ae_fma_f64s(by, q_c, load(at) * keep);
            store(at, (ae_f64s)(((ae_u64s)sum & ~own_c) | ((ae_u64s)by & own_c)));
        }
    }
}

/*
 * T' without a second product: with alpha = beta - rho, y'_j = kappa_j y_j + rho_j e + alpha_j x, so
 *   T'_jl = kappa_j kappa_l T_jl + s_j rho_l + rho_j s_l + p_j alpha_l + alpha_j p_l
 *   s = kappa (y . e) + rho |e|^2 / 2 + alpha (x . e),   p = kappa (y . x) + alpha |x|^2 / 2
 * and alpha = 0 unless rows are tied.
 */
AE_INLINE void twist_columns(size_t n, struct rows r, bool decays, bool is_tied, size_t c,
                             const double *s, const double *p, const double *next, double *T,
                             double *T_next)
{
    ae_f64s kappa[FEW], rho[FEW], s_c[FEW], alpha[FEW], p_c[FEW], sum_next[FEW];
    EACH kappa[i] = load(r.kappa + c + i * AE_WIDTH);
    EACH rho[i] = load(r.rho + c + i * AE_WIDTH);
    EACH s_c[i] = load(s + c + i * AE_WIDTH);
    EACH alpha[i] = load(r.beta + c + i * AE_WIDTH) - rho[i];
    EACH p_c[i] = is_tied ? load(p + c + i * AE_WIDTH) : alpha[i];
    EACH sum_next[i] = ae_f64s_of(0.0);
    T += c;
    for (size_t j = 0; j < r.J; j++, T += r.stride) {
        ae_f64s kappa_j = ae_f64s_of(r.kappa[j]), rho_j = ae_f64s_of(r.rho[j]);
        ae_f64s s_j = ae_f64s_of(s[j]), next_j = ae_f64s_of(next[j]), sum[FEW];
        EACH sum[i] = load(T + i * AE_WIDTH);
        if (decays)
            EACH sum[i] *= kappa[i] * kappa_j;
        EACH sum[i] = ae_fma_f64s(s_j, rho[i], ae_fma_f64s(rho_j, s_c[i], sum[i]));
        if (is_tied) {
            ae_f64s alpha_j = ae_f64s_of(r.beta[j]) - rho_j, p_j = ae_f64s_of(p[j]);
            EACH sum[i] = ae_fma_f64s(p_j, alpha[i], ae_fma_f64s(alpha_j, p_c[i], sum[i]));
        }
        EACH store(T + i * AE_WIDTH, sum[i]);
        EACH sum_next[i] = ae_fma_f64s(next_j, sum[i], sum_next[i]);
    }
    EACH store(T_next + c + i * AE_WIDTH, sum_next[i]);
}

/* Columns of M, where `gamma_M` is sum_l gamma_l M_l before and for the next gamma afterwards. */
AE_INLINE void mix_columns(size_t n, struct rows r, bool decays, size_t c, const double *next,
                           double *M, double *gamma_M)
{
    ae_f64s u[FEW], sum_next[FEW];
    EACH u[i] = -load(gamma_M + c + i * AE_WIDTH);
    EACH sum_next[i] = ae_f64s_of(0.0);
    M += c;
    for (size_t j = 0; j < r.J; j++, M += r.stride) {
        ae_f64s kappa = ae_f64s_of(r.kappa[j]), rho = ae_f64s_of(r.rho[j]), sum[FEW];
        ae_f64s next_j = ae_f64s_of(next[j]);
        EACH sum[i] = load(M + i * AE_WIDTH);
        if (decays)
            EACH sum[i] *= kappa;
        EACH sum[i] = ae_fma_f64s(u[i], rho, sum[i]);
        EACH store(M + i * AE_WIDTH, sum[i]);
        EACH sum_next[i] = ae_fma_f64s(next_j, sum[i], sum_next[i]);
    }
    EACH store(gamma_M + c + i * AE_WIDTH, sum_next[i]);
}

/* Slopes from y . e; beta, s and p from them. Returns |e|^2. */
AE_INLINE double prepare(const struct ae_step *m, bool is_tied, double x_x, double *s, double *p)
{
    double *y_e = s;
    for (size_t c = 0; c < m->wide; c += AE_WIDTH)
        store(y_e + c, load(m->x_y + c) - load(m->T_gamma + c));
    double x_e = x_x - dot(m->wide, m->gamma, m->x_y);
    double e_e = x_e - dot(m->wide, m->gamma, y_e);
    for (size_t c = 0; c < m->wide; c += AE_WIDTH) {
        ae_f64s back = load(y_e + c), slope = load(m->slope + c) * back;
        ae_f64s rho = load(m->rho + c), kappa = load(m->kappa + c);
        ae_f64s sum = ae_fma_f64s(kappa, back, rho * (0.5 * e_e));
        store(m->slope + c, slope);
        if (is_tied) {
            store(m->beta + c, rho + slope);
            sum = ae_fma_f64s(slope, ae_f64s_of(x_e), sum);
            store(p + c, ae_fma_f64s(kappa, load(m->x_y + c), slope * (0.5 * x_x)));
        }
        store(s + c, sum);
    }
    return e_e;
}

AE_INLINE struct rows rows_of(const struct ae_step *m, const struct ae_block *block)
{
    return (struct rows){.J = m->J,
                         .stride = block->stride,
                         .kappa = m->kappa,
                         .gamma = m->gamma,
                         .rho = m->rho,
                         .beta = m->beta};
}

AE_INLINE double step_of(const struct ae_step *m, bool decays, bool is_tied, struct ae_block *block,
                         size_t a, double keep)
{
    static const uint64_t one_of_many[2 * AE_FEED_MOST] = {[AE_FEED_MOST] = UINT64_MAX};
    const uint64_t *own = one_of_many + AE_FEED_MOST - a;
    const size_t K = block->shape.n_w, B = block->shape.n_inputs;
    const double *q = block->G + a * B;
    double e_e = prepare(m, is_tied, q[a], m->scratch, m->scratch + m->wide);
    move_encoder(K, B, block->stride, keep, m->slope + (m->J - K), q, own, block->w);
    move(rows_of(m, block), decays, B, q, own, block->y);
    return e_e;
}

static double step(const struct ae_step *m, struct ae_block *block, size_t a, double keep)
{
    if (keep != 1.0)
        return step_of(m, true, m->is_tied, block, a, keep);
    return m->is_tied ? step_of(m, false, true, block, a, keep)
                      : step_of(m, false, false, block, a, keep);
}

AE_INLINE void square_of(const struct ae_step *m, bool decays, bool is_tied, struct ae_block *block,
                         const double *next)
{
    const struct rows r = rows_of(m, block);
    const double *s = m->scratch, *p = s + m->wide;
    double *M = block->y + block->m_at, *T = block->y + block->t_at;
    double *T_gamma = m->T_gamma, *gamma_M = m->gamma_M;
    const size_t wide = m->wide;
    size_t c = 0;
    for (; c + 2 * AE_WIDTH <= wide; c += 2 * AE_WIDTH) {
        twist_columns(2, r, decays, is_tied, c, s, p, next, T, T_gamma);
        mix_columns(2, r, decays, c, next, M, gamma_M);
    }
    for (; c < wide; c += AE_WIDTH) {
        twist_columns(1, r, decays, is_tied, c, s, p, next, T, T_gamma);
        mix_columns(1, r, decays, c, next, M, gamma_M);
    }
}

static void square(const struct ae_step *m, struct ae_block *block, double keep, const double *next)
{
    if (keep != 1.0)
        square_of(m, true, m->is_tied, block, next);
    else if (m->is_tied)
        square_of(m, false, true, block, next);
    else
        square_of(m, false, false, block, next);
}

static void weigh(const struct ae_step *m, const struct ae_block *block)
{
    const double *M = block->y + block->m_at, *T = block->y + block->t_at;
    for (size_t c = 0; c < m->wide; c += AE_WIDTH) {
        weigh_columns(m->J, block->stride, m->gamma, T + c, m->T_gamma + c);
        weigh_columns(m->J, block->stride, m->gamma, M + c, m->gamma_M + c);
    }
}
#undef EACH

const struct ae_descent_loops AE_ISA(ae_descent_loops) = {.weigh = weigh,
                                                          .step = step,
                                                          .square = square,
                                                          .slide = slide,
                                                          .subtract = subtract,
                                                          .combine = combine,
                                                          .distance = distance,
                                                          .uncombine = uncombine};
