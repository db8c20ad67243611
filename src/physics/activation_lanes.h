/*
 * The activation erf(x / sqrt 2) in lanes, for one instruction set (simd.h), by minimax fits (Remez) in
 * operations that every CPU rounds alike:
 *
 *   |x| < 1   g = x P(x^2), to 2^-55 of g
 *   else      g = 1 - exp(-x^2/2) Q(t), t = (|x| - 2) / (|x| + 3), Q the scaled complementary error
 *             function to 2^-60 of exp(x^2/2), up to |x| = 9, from where g = 1
 *   exp(-y)   2^-k exp(r), |r| < log(2) / 2, exp(r) to 2^-58
 */
#include "activation_internal.h"

#include "aesweep/simd.h"

enum { PARTS = 8 / AE_WIDTH };
#define EACH AE_UNROLL(4) for (size_t i = 0; i < PARTS; i++)

/* sum = polynomial of z, coefficients from the highest on. */
#define POLYNOMIAL(fit, z, sum)                                                                    \
    do {                                                                                           \
        EACH(sum)[i] = ae_f64s_of((fit)[0]);                                                       \
        for (size_t j = 1; j < sizeof(fit) / sizeof *(fit); j++)                                   \
            EACH(sum)[i] = ae_fma_f64s((sum)[i], (z)[i], ae_f64s_of((fit)[j]));                    \
    } while (0)

AE_INLINE ae_f64s choose(ae_u64s is_first, ae_f64s first, ae_f64s second)
{
    return (ae_f64s)(((ae_u64s)first & is_first) | ((ae_u64s)second & ~is_first));
}

/* exp(-a^2/2), 0 <= a <= 37 or nan. */
AE_INLINE void gauss(const ae_f64s *a, ae_f64s *out)
{
    static const double fit[] = {0x1.ad6643a274fc0p-26,
                                 0x1.28b3121af94d7p-22,
                                 0x1.71df450188012p-19,
                                 0x1.a01992d08ead1p-16,
                                 0x1.a01a0110695efp-13,
                                 0x1.6c16c1878147cp-10,
                                 0x1.1111111130d8ap-7,
                                 0x1.555555554f36ep-5,
                                 0x1.55555555554a2p-3,
                                 0x1.0000000000010p-1,
                                 1.0,
                                 1.0};
    const ae_f64s magic = ae_f64s_of(0x1.8p52);
    ae_f64s y[PARTS], low[PARTS], k[PARTS], r[PARTS];
    ae_u64s bits[PARTS];
    EACH y[i] = a[i] * 0.5 * a[i];
    EACH low[i] = ae_fma_f64s(a[i] * 0.5, a[i], -y[i]);
    EACH k[i] = ae_fma_f64s(y[i], ae_f64s_of(0x1.71547652b82fep+0), magic); /* 1 / ln 2 */
    EACH bits[i] = 0x3ff0000000000000u - ((ae_u64s)k[i] << 52);             /* 2^-k */
    EACH k[i] -= magic;
    EACH r[i] = ae_fma_f64s(k[i], ae_f64s_of(0x1.62e42fefa39efp-1), -y[i]); /* ln 2 */
    EACH r[i] = ae_fma_f64s(k[i], ae_f64s_of(0x1.abc9e3b39803fp-56), r[i] - low[i]);
    POLYNOMIAL(fit, r, out);
    EACH out[i] *= (ae_f64s)bits[i];
}

static void erf_of_8(const double *x_at, double *g_at, double *dg_at)
{
    static const double small[] = {-0x1.8cb7531000ba6p-33, 0x1.320d091a339dap-28,
                                   -0x1.61ab7e4923c34p-24, 0x1.6584e2ba35237p-20,
                                   -0x1.3ce8d5ed496a5p-16, 0x1.e42b0c163cf40p-13,
                                   -0x1.37403f68952a5p-9,  0x1.46d0429761754p-6,
                                   -0x1.1058377e2ce69p-3,  0x1.9884533d43650p-1};
    static const double large[] = {
        0x1.95f3a8d67e778p-16,  -0x1.3b6e09ba6599cp-19, -0x1.4c30c80a0afb2p-14,
        -0x1.b44dc1bd2c63dp-14, 0x1.59d01c9545797p-13,  0x1.5d877697903bep-11,
        0x1.19b439c0e9051p-15,  -0x1.a95b081342b0ap-9,  -0x1.3f3bdfae9fedap-9,
        0x1.3296a592d2358p-6,   0x1.7490f9a2665d9p-7,   -0x1.609fdb15c7efep-3,
        0x1.c0c57caeb1606p-2,   -0x1.413850d07d507p-1,  0x1.5845dcad2a54ep-2};
    const ae_u64s sign = ae_u64s_of(0x8000000000000000u);
    ae_f64s x[PARTS], a[PARTS], u[PARTS], t[PARTS], e[PARTS], near[PARTS], far[PARTS];
    EACH memcpy(&x[i], x_at + i * AE_WIDTH, sizeof x[i]);
    EACH a[i] = (ae_f64s)((ae_u64s)x[i] & ~sign);
    EACH u[i] = choose((ae_u64s)(a[i] > 37.0), ae_f64s_of(37.0), a[i]);
    gauss(u, e);
    EACH u[i] = a[i] * a[i];
    POLYNOMIAL(small, u, near);
    EACH t[i] = choose((ae_u64s)(a[i] > 9.0), ae_f64s_of(9.0), a[i]);
    EACH t[i] = (t[i] - 2.0) / (t[i] + 3.0);
    POLYNOMIAL(large, t, far);
    EACH far[i] = ae_fma_f64s(-e[i], far[i], ae_f64s_of(1.0));
    EACH far[i] = choose((ae_u64s)(a[i] < 1.0), a[i] * near[i], far[i]);
    EACH far[i] = (ae_f64s)((ae_u64s)far[i] | ((ae_u64s)x[i] & sign));
    EACH e[i] *= 0x1.9884533d43651p-1; /* sqrt(2 / pi) */
    EACH memcpy(g_at + i * AE_WIDTH, &far[i], sizeof far[i]);
    EACH memcpy(dg_at + i * AE_WIDTH, &e[i], sizeof e[i]);
}

void AE_ISA(ae_erf_lanes)(size_t n, const double *x, double *g, double *dg)
{
    for (size_t i = 0; i < n; i += 8)
        erf_of_8(x + i, g + i, dg + i);
}
#undef EACH
