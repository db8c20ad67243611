#ifndef AESWEEP_MOMENTS_INTERNAL_H
#define AESWEEP_MOMENTS_INTERNAL_H

/*
 * What the files of the Gaussian averages share. Letters as in aesweep/moments.h; an activation is
 * one const struct ae_law.
 */

#include "aesweep/moments.h"
#include "aesweep/normal.h"

struct ae_series; /* mixture.h */

/* Of one pre-activation, computed once per evaluation. */
struct ae_unit {
    double Q, b;         /* variance and mean */
    double q, u;         /* scale (erf, gelu: sqrt(1 + Q); relu: sqrt Q), u = b/q, kept finite */
    double phi, Phi;     /* density and distribution at u */
    double m, a, a1, a2; /* E g, E g', E g'', E g''' */
    double rest, share;  /* erf, gelu: 1/(1 + Q), Q/(1 + Q) */
    double root_share;   /* erf, gelu: sqrt(share) */
    struct ae_series
        *series; /* set before the law sees the unit; tanh, logistic, softplus use it */
};

/* Covariance of two pre-activations, and one minus and plus their correlation. */
struct ae_link {
    double Q, one_minus, one_plus;
};

/* Averages of two units k, l; the derivative sits on the first index. */
struct ae_pair {
    double I, P, J_kl, J_lk, H_kl, H_lk;
};

/* Two pre-activations that got a normal of variance 1 each in addition (erf, gelu). */
struct ae_smooth {
    struct ae_correlation c;
    double d2, d, z_k, z_l; /* 1 - h^2, its root, (u_l - h u_k)/d, (u_k - h u_l)/d */
};

/* All of *out but the averages m, a, a1, a2. */
void ae_smooth_unit(double Q, double b, struct ae_unit *out);
void ae_smooth_pair(const struct ae_unit *k, const struct ae_unit *l, const struct ae_link *link,
                    struct ae_smooth *out);

struct ae_law {
    void (*unit)(double Q, double b, struct ae_unit *out);
    void (*self)(const struct ae_unit *k, struct ae_pair *out); /* k = l */
    void (*pair)(const struct ae_unit *k, const struct ae_unit *l, const struct ae_link *link,
                 struct ae_pair *out);
    struct ae_g (*at)(double x); /* g and g' at one number */
};

extern const struct ae_law ae_law_erf;
extern const struct ae_law ae_law_relu;
extern const struct ae_law ae_law_leaky_relu;
extern const struct ae_law ae_law_gelu;
extern const struct ae_law ae_law_tanh;
extern const struct ae_law ae_law_logistic;
extern const struct ae_law ae_law_softplus;

#endif
