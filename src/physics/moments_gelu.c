/*
 * Gaussian averages of g(x) = x Phi(x) (Hendrycks and Gimpel, arXiv:1606.08415), in closed form.
 * Phi(x) is the mean of a step at x plus a standard normal, so that u, h, d, z are those of erf
 * (moments_erf.c): q = sqrt(1 + Q), u = b/q, h = Q_kl/(q_k q_l), d = sqrt(1 - h^2). With
 *   F = Phi2(u_k, u_l; h)    W = phi2(u_k, u_l; h)    f_k = phi(u_k) Phi(z_k)
 *   r = 1/(1 + Q)   S = Q/(1 + Q)
 * the factors x come in by Gaussian integration by parts, E l_k f = b_k E f + sum_j Q_kj E d_j f,
 * and J, H, P are derivatives of I by the biases. Terms that cancel for |h| -> 1 or large Q are
 * combined by hand; src/physics/README.md has the result.
 */
#include "moments_internal.h"

#include <math.h>

/* Beyond it all is saturated; its third power is still finite. */
static const double u_max = 1e90;

static void gelu_unit(double Q, double b, struct ae_unit *out)
{
    ae_smooth_unit(Q, b, out);
    double u = out->u > u_max ? u_max : out->u;
    u = u < -u_max ? -u_max : u;
    out->u = u;
    double r = out->rest;
    out->m = b * out->Phi + out->share * out->q * out->phi;
    out->a = out->Phi + r * u * out->phi;
    out->a1 = (1.0 + r * (1.0 - u * u)) * out->phi / out->q;
    out->a2 = -(1.0 + r * (3.0 - u * u)) * u * out->phi * r;
}

/* What J_kl and H_kl need of the pair, in one order of k and l. */
struct side {
    double f_k, f_l, z_k, z_l;
};

static double side_J(const struct ae_unit *k, const struct ae_unit *l, const struct ae_smooth *s,
                     const struct side *f, double F, double W)
{
    double r = k->rest, u = k->u, h = s->c.h;
    double from_k = r * u * l->b + h * l->q * (1.0 + r * (1.0 - u * u));
    return l->b * F + from_k * f->f_k + l->share * l->q * f->f_l +
           l->q * r * W * (s->d2 * u - l->rest / s->d * f->z_l);
}

static double side_H(const struct ae_unit *k, const struct ae_unit *l, const struct ae_smooth *s,
                     const struct side *f, double d2_of_inputs, double W)
{
    double r = k->rest, u = k->u, rr = r * l->rest;
    double from_k = l->u * (1.0 + r * (1.0 - u * u)) - s->c.h * u * (1.0 + r * (3.0 - u * u));
    double from_W = k->share * l->share * d2_of_inputs - rr + r * s->d2 * (2.0 - u * u) -
                    rr / s->d2 * (1.0 - f->z_l * f->z_l);
    return l->q / k->q * (from_k * f->f_k + from_W * W);
}

static void gelu_pair(const struct ae_unit *k, const struct ae_unit *l, const struct ae_link *link,
                      struct ae_pair *out)
{
    struct ae_smooth s;
    ae_smooth_pair(k, l, link, &s);
    double h = s.c.h, rr = k->rest * l->rest, d2_of_inputs = link->one_minus * link->one_plus;
    double F = k->b == 0.0 && l->b == 0.0
                   ? ae_normal2_distribution(0.0, 0.0, s.c.one_minus, s.c.one_plus)
                   : ae_normal2_known(k->u, k->Phi, l->u, l->Phi, &s.c).distribution;
    double W = k->phi * ae_normal_density(s.z_k) / s.d;
    struct side kl = {k->phi * ae_normal_distribution(s.z_k),
                      l->phi * ae_normal_distribution(s.z_l), s.z_k, s.z_l};
    struct side lk = {kl.f_l, kl.f_k, s.z_l, s.z_k};
    double e = 1.0 - k->rest - l->rest;
    double top = e > 0.0 ? e * s.d2 + rr : k->share * l->share - h * h * e;
    out->I = k->b * (l->b * F) + link->Q * F + k->q * l->q * top * W +
             (k->rest * k->u * link->Q + k->share * k->q * l->b) * kl.f_k +
             (l->rest * l->u * link->Q + l->share * l->q * k->b) * kl.f_l;
    out->P = F + k->rest * k->u * kl.f_k + l->rest * l->u * kl.f_l +
             W * (h * (k->rest + l->rest) + rr / s.d2 * (h + s.z_k * s.z_l));
    out->J_kl = side_J(k, l, &s, &kl, F, W);
    out->J_lk = side_J(l, k, &s, &lk, F, W);
    out->H_kl = side_H(k, l, &s, &kl, d2_of_inputs, W);
    out->H_lk = side_H(l, k, &s, &lk, d2_of_inputs, W);
}

static void gelu_self(const struct ae_unit *k, struct ae_pair *out)
{
    const struct ae_link link = {k->Q, 0.0, 2.0};
    gelu_pair(k, k, &link, out);
    out->J_lk = out->J_kl;
    out->H_lk = out->H_kl;
}

static struct ae_g gelu_at(double x)
{
    double Phi = ae_normal_distribution(x);
    return (struct ae_g){x * Phi, Phi + x * ae_normal_density(x)};
}

const struct ae_law ae_law_gelu = {
    .unit = gelu_unit, .self = gelu_self, .pair = gelu_pair, .at = gelu_at};
