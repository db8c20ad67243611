/* The loops of descent_internal.h for one instruction set (simd.h), register by register of columns. */
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

/* n registers of columns, a constant; the loops below take FEW at once, since one alone waits. */
enum { FEW = 4 };
#define EACH AE_UNROLL(4) for (size_t i = 0; i < n; i++)

AE_INLINE void move_columns(size_t n, const struct ae_move *m, size_t stride, const double *q,
                            double *Z)
{
    ae_f64s u[FEW];
    EACH u[i] = ae_f64s_of(0.0);
    for (size_t l = 0; l < m->J; l++)
        EACH u[i] = ae_fma_f64s(ae_f64s_of(m->gamma[l]), load(Z + l * stride + i * AE_WIDTH), u[i]);
    for (size_t j = 0; j < m->J; j++)
        EACH
        {
            double *z = Z + j * stride + i * AE_WIDTH;
            ae_f64s sum = ae_fma_f64s(ae_f64s_of(m->kappa[j]), load(z), u[i] * -m->rho[j]);
            store(z, ae_fma_f64s(ae_f64s_of(m->beta[j]), load(q + i * AE_WIDTH), sum));
        }
}

static void move(const struct ae_move *m, size_t n, size_t stride, const double *q, double *Z)
{
    size_t c = 0;
    for (; c + FEW * AE_WIDTH <= n; c += FEW * AE_WIDTH)
        move_columns(FEW, m, stride, q + c, Z + c);
    for (; c < n; c += AE_WIDTH)
        move_columns(1, m, stride, q + c, Z + c);
}

static void slide(size_t K, size_t n, double keep, const double *slope, const double *q, double *w)
{
    for (size_t c = 0; c < n; c += AE_WIDTH) {
        ae_f64s q_c = load(q + c);
        for (size_t k = 0; k < K; k++) {
            double *at = w + k * n + c;
            store(at, ae_fma_f64s(ae_f64s_of(slope[k]), q_c, load(at) * keep));
        }
    }
}

AE_INLINE void subtract_columns(size_t n, const struct ae_move *m, size_t stride, const double *T,
                                const double *in, double *out)
{
    ae_f64s sum[FEW];
    EACH sum[i] = load(in + i * AE_WIDTH);
    for (size_t l = 0; l < m->J; l++)
        EACH sum[i] =
            ae_fma_f64s(ae_f64s_of(-m->gamma[l]), load(T + l * stride + i * AE_WIDTH), sum[i]);
    EACH store(out + i * AE_WIDTH, sum[i]);
}

static void subtract(const struct ae_move *m, size_t wide, size_t stride, const double *T,
                     const double *in, double *out)
{
    size_t c = 0;
    for (; c + FEW * AE_WIDTH <= wide; c += FEW * AE_WIDTH)
        subtract_columns(FEW, m, stride, T + c, in + c, out + c);
    for (; c < wide; c += AE_WIDTH)
        subtract_columns(1, m, stride, T + c, in + c, out + c);
}
#undef EACH

static void twist(const struct ae_move *m, size_t wide, size_t stride, const double *s,
                  const double *p, double *T)
{
    for (size_t c = 0; c < wide; c += AE_WIDTH) {
        ae_f64s kappa = load(m->kappa + c), rho = load(m->rho + c), s_c = load(s + c);
        ae_f64s alpha = load(m->beta + c) - rho, p_c = load(p + c);
        for (size_t j = 0; j < m->J; j++) {
            double *at = T + j * stride + c;
            ae_f64s sum = kappa * m->kappa[j] * load(at);
            sum = ae_fma_f64s(ae_f64s_of(s[j]), rho, ae_fma_f64s(ae_f64s_of(m->rho[j]), s_c, sum));
            sum = ae_fma_f64s(ae_f64s_of(m->beta[j] - m->rho[j]), p_c, sum);
            store(at, ae_fma_f64s(ae_f64s_of(p[j]), alpha, sum));
        }
    }
}

const struct ae_descent_loops AE_ISA(ae_descent_loops) = {
    .move = move, .slide = slide, .subtract = subtract, .twist = twist};
