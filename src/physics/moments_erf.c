/*
 * Gaussian averages of g(x) = erf(x/sqrt 2) = 2 Phi(x) - 1 (arXiv:2201.02115;
 * src/physics/README.md).
 *   q = sqrt(1 + Q), u = b/q, h = Q_kl/(q_k q_l), d = sqrt(1 - h^2), z_kl = (u_l - h u_k)/d
 * g adds one unit of variance to the pre-activation: h is not the correlation h0 of the two, and
 * stays away from +-1 by 1/(1 + Q). At large Q both 1 -+ h and z come from 1 -+ h0 without
 * cancellation, through the shares s = Q/(1+Q) and rests r = 1/(1+Q) of the variance:
 *   d^2 = r_l + s_l r_k + s_k s_l (1 - h0)(1 + h0),   h = sqrt(s_k s_l) h0
 */
#include "moments_internal.h"

#include <math.h>

#include "aesweep/normal.h"

static const double pi = 3.14159265358979323846;
static const double inv_sqrt2 = 0.707106781186547524400844362104849039;
static const double inv_sqrt_2pi = 0.398942280401432677940;
/* Beyond it all is saturated; its square is still finite. */
static const double u_max = 1e150;

void ae_smooth_unit(double Q, double b, struct ae_unit *out)
{
    out->Q = Q;
    out->b = b;
    out->rest = 1.0 / (1.0 + Q);
    out->share = Q * out->rest;
    out->root_share = sqrt(out->share);
    out->q = sqrt(1.0 + Q);
    if (b == 0.0) { /* what follows, without the cost of its functions */
        out->u = 0.0;
        out->phi = inv_sqrt_2pi;
        out->Phi = 0.5;
        return;
    }
    double u = b / out->q;
    u = u > u_max ? u_max : u;
    u = u < -u_max ? -u_max : u;
    out->u = u;
    out->phi = ae_normal_density(u);
    out->Phi = ae_normal_distribution(u);
}

static void erf_unit(double Q, double b, struct ae_unit *out)
{
    ae_smooth_unit(Q, b, out);
    double u = out->u;
    out->m = b == 0.0 ? 0.0 : erf(inv_sqrt2 * u);
    out->a = 2.0 * out->phi / out->q;
    out->a1 = -(u / out->q) * out->a;
    out->a2 = (u * u - 1.0) * out->rest * out->a;
}

/* All averages of two units without bias. */
static void centred(const struct ae_unit *k, const struct ae_unit *l, double h, double d,
                    struct ae_pair *out)
{
    double w = 2.0 / (pi * d);
    out->I = 2.0 / pi * atan2(h, d);
    out->P = w / (k->q * l->q);
    out->J_kl = 0.0;
    out->J_lk = 0.0;
    out->H_kl = -w * h * k->rest;
    out->H_lk = -w * h * l->rest;
}

/* z_k = z_kl, z_l = z_lk. The two densities phi(u_k) phi(z_k) and phi(u_l) phi(z_l) are one. */
static void biased(const struct ae_unit *k, const struct ae_unit *l, const struct ae_correlation *c,
                   double d, double z_k, double z_l, struct ae_pair *out)
{
    double g_k = erf(inv_sqrt2 * z_k);
    double g_l = erf(inv_sqrt2 * z_l);
    double w = 4.0 * k->phi * ae_normal_density(z_k) / d;
    out->I = 4.0 * ae_normal2_known(k->u, k->Phi, l->u, l->Phi, c).excess + k->m * l->m;
    out->P = w / (k->q * l->q);
    out->J_kl = k->a * g_k;
    out->J_lk = l->a * g_l;
    out->H_kl = k->a1 * g_k - w * c->h * k->rest;
    out->H_lk = l->a1 * g_l - w * c->h * l->rest;
}

/* 1 - h^2 */
static double uncorrelated(const struct ae_unit *k, const struct ae_unit *l,
                           const struct ae_link *link)
{
    return l->rest + l->share * k->rest + k->share * l->share * (link->one_minus * link->one_plus);
}

void ae_smooth_pair(const struct ae_unit *k, const struct ae_unit *l, const struct ae_link *link,
                    struct ae_smooth *out)
{
    double h = link->Q / k->q / l->q;
    double d2 = uncorrelated(k, l, link);
    double s_k = k->root_share;
    double s_l = l->root_share;
    double delta_k; /* s_k u_l - h0 s_l u_k, and the like with k and l exchanged */
    double delta_l;
    if (h >= 0.0) {
        out->c = (struct ae_correlation){h, d2 / (1.0 + h), 1.0 + h};
        delta_k = (s_k * l->u - s_l * k->u) + link->one_minus * s_l * k->u;
        delta_l = (s_l * k->u - s_k * l->u) + link->one_minus * s_k * l->u;
    } else {
        out->c = (struct ae_correlation){h, 1.0 - h, d2 / (1.0 - h)};
        delta_k = (s_k * l->u + s_l * k->u) - link->one_plus * s_l * k->u;
        delta_l = (s_l * k->u + s_k * l->u) - link->one_plus * s_k * l->u;
    }
    out->d2 = d2;
    out->d = sqrt(d2);
    out->z_k = (k->rest * l->u + s_k * delta_k) / out->d;
    out->z_l = (l->rest * k->u + s_l * delta_l) / out->d;
}

static void erf_self(const struct ae_unit *k, struct ae_pair *out)
{
    struct ae_correlation c = {.h = k->share, .one_minus = k->rest, .one_plus = 1.0 + k->share};
    double d = sqrt(c.one_minus * c.one_plus);
    if (k->b == 0.0) {
        centred(k, k, c.h, d, out);
        return;
    }
    double z = k->u * k->rest / d;
    biased(k, k, &c, d, z, z, out);
}

static void erf_pair(const struct ae_unit *k, const struct ae_unit *l, const struct ae_link *link,
                     struct ae_pair *out)
{
    struct ae_smooth s;
    if (k->b == 0.0 && l->b == 0.0) {
        double h = link->Q / (k->q * l->q);
        centred(k, l, h, sqrt(uncorrelated(k, l, link)), out);
    } else {
        ae_smooth_pair(k, l, link, &s);
        biased(k, l, &s.c, s.d, s.z_k, s.z_l, out);
    }
}

static struct ae_g erf_at(double x)
{
    return (struct ae_g){erf(inv_sqrt2 * x), 2.0 * ae_normal_density(x)};
}

const struct ae_law ae_law_erf = {
    .unit = erf_unit, .self = erf_self, .pair = erf_pair, .at = erf_at};
