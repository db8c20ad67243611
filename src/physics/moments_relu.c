/*
 * Gaussian averages of g(x) = max(x, 0), and of its leaky variant below (arXiv:2201.02115;
 * src/physics/README.md).
 *   q = sqrt Q, u = b/q, h = Q_kl/(q_k q_l) = cos th, d = sin th, z_kl = (u_l - h u_k)/d
 * g'' is a delta function: H_kl = a'_k E[g(l_l) | l_k = 0], and given l_k = 0 the other is normal
 * with mean q_l d z_kl and deviation q_l d. Near h = +-1, where trained units end, z is computed
 * from u_l -+ u_k and 1 -+ h; at h = +-1 it is infinite or, for units that coincide, 0.
 * A unit of zero variance is a constant; at b = 0 it sits on the kink, and gets the value of b = 0,
 * Q -> 0 where that exists (a = 1/2) and 0 where it does not (a', a'', its row of H).
 */
#include "moments_internal.h"

#include <float.h>
#include <math.h>

#include "aesweep/normal.h"

static const double inv_2pi = 0.159154943091895335769;
static const double inv_2sqrt_2pi = 0.199471140200716338970;
/* Beyond it phi is 0; the difference of two such is still finite. */
static const double u_max = 1e300;

static void constant_unit(double b, struct ae_unit *out)
{
    out->q = 0.0;
    out->phi = 0.0;
    out->Phi = b > 0.0 ? 1.0 : b < 0.0 ? 0.0 : 0.5;
    out->m = b < 0.0 ? 0.0 : b;
    out->a = out->Phi;
    out->a1 = 0.0;
    out->a2 = 0.0;
}

static void relu_unit(double Q, double b, struct ae_unit *out)
{
    *out = (struct ae_unit){.Q = Q, .b = b};
    if (Q < DBL_MIN) { /* so that 1/Q is finite */
        constant_unit(b, out);
        return;
    }
    out->q = sqrt(Q);
    double u = b / out->q;
    u = u > u_max ? u_max : u;
    u = u < -u_max ? -u_max : u;
    out->u = u;
    out->phi = ae_normal_density(u);
    out->Phi = ae_normal_distribution(u);
    out->m = b * out->Phi + out->q * out->phi;
    if (out->m < 0.0)
        out->m = 0.0;
    out->a = out->Phi;
    out->a1 = out->phi / out->q;
    out->a2 = -u * out->phi / Q;
}

static void relu_self(const struct ae_unit *k, struct ae_pair *out)
{
    double I = k->b * k->m + k->Q * k->Phi;
    *out = (struct ae_pair){
        .I = I < 0.0 ? 0.0 : I, .P = k->Phi, .J_kl = k->m, .J_lk = k->m, .H_kl = 0.0, .H_lk = 0.0};
}

/* At least one of the two is constant. */
static void independent(const struct ae_unit *k, const struct ae_unit *l, struct ae_pair *out)
{
    out->I = k->m * l->m;
    out->P = k->a * l->a;
    out->J_kl = k->a * l->m;
    out->J_lk = l->a * k->m;
    out->H_kl = k->a1 * l->m;
    out->H_lk = l->a1 * k->m;
}

/* Two units without bias. */
static void centred(const struct ae_unit *k, const struct ae_unit *l, const struct ae_link *link,
                    struct ae_pair *out)
{
    double d = sqrt(link->one_minus * link->one_plus);
    double P = ae_normal2_distribution(0.0, 0.0, link->one_minus, link->one_plus);
    double I = k->q * l->q * (d * inv_2pi) + link->Q * P;
    out->I = I < 0.0 ? 0.0 : I;
    out->P = P;
    out->J_kl = l->q * (link->one_plus * inv_2sqrt_2pi);
    out->J_lk = k->q * (link->one_plus * inv_2sqrt_2pi);
    out->H_kl = l->q / k->q * (d * inv_2pi);
    out->H_lk = k->q / l->q * (d * inv_2pi);
}

/* u_l - h u_k, by the difference that is small near h = +-1. */
static double shift(const struct ae_unit *k, const struct ae_unit *l, const struct ae_link *link)
{
    if (link->one_minus <= link->one_plus)
        return (l->u - k->u) + link->one_minus * k->u;
    return (l->u + k->u) - link->one_plus * k->u;
}

/* x / d with its limits for d -> 0; 0/0 is that of units which coincide. */
static double over(double x, double d)
{
    return x == 0.0 ? 0.0 : x / d;
}

static void biased(const struct ae_unit *k, const struct ae_unit *l, const struct ae_link *link,
                   struct ae_pair *out)
{
    struct ae_correlation c = {.h = 0.5 * (link->one_plus - link->one_minus),
                               .one_minus = link->one_minus,
                               .one_plus = link->one_plus};
    double d = sqrt(c.one_minus * c.one_plus);
    double x_k = shift(k, l, link);
    double x_l = shift(l, k, link);
    double z_k = over(x_k, d);
    double z_l = over(x_l, d);
    double f_k = k->phi * ae_normal_distribution(z_k);
    double f_l = l->phi * ae_normal_distribution(z_l);
    double ff = d * k->phi * ae_normal_density(z_k); /* = d phi(u_l) phi(z_l) */
    double e_k = x_k * f_k + ff;                     /* phi(u_k) E[g(l_l) | l_k = 0] / q_l */
    double e_l = x_l * f_l + ff;
    e_k = e_k < 0.0 ? 0.0 : e_k;
    e_l = e_l < 0.0 ? 0.0 : e_l;
    double P = ae_normal2_known(k->u, k->Phi, l->u, l->Phi, &c).distribution;
    double J_kl = l->b * P + l->q * (f_l + c.h * f_k);
    double J_lk = k->b * P + k->q * (f_k + c.h * f_l);
    double I = k->b * J_kl + k->q * l->q * e_k + link->Q * P;
    out->I = I < 0.0 ? 0.0 : I;
    out->P = P;
    out->J_kl = J_kl < 0.0 ? 0.0 : J_kl;
    out->J_lk = J_lk < 0.0 ? 0.0 : J_lk;
    out->H_kl = l->q / k->q * e_k;
    out->H_lk = k->q / l->q * e_l;
}

static void relu_pair(const struct ae_unit *k, const struct ae_unit *l, const struct ae_link *link,
                      struct ae_pair *out)
{
    if (k->q == 0.0 || l->q == 0.0)
        independent(k, l, out);
    else if (k->b == 0.0 && l->b == 0.0)
        centred(k, l, link, out);
    else
        biased(k, l, link, out);
}

/* Written so that NaN stays NaN. */
static struct ae_g relu_at(double x)
{
    return (struct ae_g){x < 0.0 ? 0.0 : x, x > 0.0 ? 1.0 : 0.0};
}

/* ---- leaky relu: g(x) = s x + (1 - s) max(x, 0) ---- */

static const double leak = 0.01; /* s */

static double ramp_mean(const struct ae_unit *k)
{
    double m = k->b * k->Phi + k->q * k->phi;
    return m < 0.0 ? 0.0 : m;
}

static void leaky_unit(double Q, double b, struct ae_unit *out)
{
    relu_unit(Q, b, out);
    out->m = leak * b + (1.0 - leak) * out->m;
    out->a = leak + (1.0 - leak) * out->a;
    out->a1 *= 1.0 - leak;
    out->a2 *= 1.0 - leak;
}

static void leaky_self(const struct ae_unit *k, struct ae_pair *out)
{
    const double s2 = leak * leak;
    double m = k->q == 0.0 ? (k->b < 0.0 ? 0.0 : k->b) : ramp_mean(k);
    double I = k->b * m + k->Q * k->Phi;
    out->I = s2 * (k->Q + k->b * k->b) + (1.0 - s2) * (I < 0.0 ? 0.0 : I);
    out->P = s2 + (1.0 - s2) * k->Phi;
    out->J_kl = out->J_lk = s2 * k->b + (1.0 - s2) * m;
    out->H_kl = out->H_lk = 0.0;
}

/* E g_k' g_l and E g_k'' g_l from those of relu. */
static double leaky_J(const struct ae_unit *k, const struct ae_unit *l, const struct ae_link *link,
                      double J)
{
    double step_line = l->b * k->Phi + link->Q / k->q * k->phi; /* E step(l_k) l_l */
    return leak * (leak * l->b + (1.0 - leak) * (ramp_mean(l) + step_line)) +
           (1.0 - leak) * (1.0 - leak) * J;
}

static double leaky_H(const struct ae_unit *k, const struct ae_unit *l, const struct ae_link *link,
                      double H)
{
    double kink_line = l->q / k->q * (k->phi * shift(k, l, link)); /* E delta(l_k) l_l */
    return (1.0 - leak) * (leak * kink_line + (1.0 - leak) * H);
}

static void leaky_pair(const struct ae_unit *k, const struct ae_unit *l, const struct ae_link *link,
                       struct ae_pair *out)
{
    const double s = leak, rest = 1.0 - leak;
    if (k->q == 0.0 || l->q == 0.0) {
        independent(k, l, out);
        return;
    }
    struct ae_pair relu;
    relu_pair(k, l, link, &relu);
    double line_ramp = k->b * ramp_mean(l) + l->b * ramp_mean(k) + link->Q * (k->Phi + l->Phi);
    out->I = s * (s * (link->Q + k->b * l->b) + rest * line_ramp) + rest * rest * relu.I;
    out->P = s * (s + rest * (k->Phi + l->Phi)) + rest * rest * relu.P;
    out->J_kl = leaky_J(k, l, link, relu.J_kl);
    out->J_lk = leaky_J(l, k, link, relu.J_lk);
    out->H_kl = leaky_H(k, l, link, relu.H_kl);
    out->H_lk = leaky_H(l, k, link, relu.H_lk);
}

static struct ae_g leaky_at(double x)
{
    return (struct ae_g){x < 0.0 ? leak * x : x, x > 0.0 ? 1.0 : leak};
}

const struct ae_law ae_law_relu = {
    .unit = relu_unit, .self = relu_self, .pair = relu_pair, .at = relu_at};
const struct ae_law ae_law_leaky_relu = {
    .unit = leaky_unit, .self = leaky_self, .pair = leaky_pair, .at = leaky_at};
