#ifndef AESWEEP_PHYSICS_MIXTURE_H
#define AESWEEP_PHYSICS_MIXTURE_H

/*
 * Gaussian averages of the activations made of tanh (tanh itself, logistic, softplus), which have
 * no closed form: mixture.c says how. Letters as in aesweep/moments.h.
 */

#include <stdbool.h>
#include <stddef.h>

#include "moments_internal.h"

/* Which member of the family. */
enum ae_mixture { AE_MIX_TANH, AE_MIX_LOGISTIC, AE_MIX_SOFTPLUS };

enum { AE_WIDTHS = 24, AE_LANE_GROUP = 8, AE_TERMS = 1024, AE_STRIDE = 16 };

/*
 * Hermite series of g, g' and g'' over one pre-activation: with a scale c a little above sqrt(Q),
 * term n is c^n / sqrt(n!) times E g^(n), E g^(n+1), E g^(n+2). Pairs extend it as far as they
 * need, so that what is in it does not depend on who asked first.
 */
struct ae_series {
    double g[AE_TERMS + 1], dg[AE_TERMS + 1], d2g[AE_TERMS]; /* one entry is written ahead */
    double bound[AE_TERMS / AE_STRIDE]; /* largest |term| of tanh', by strides */
    double scale;                       /* c */
    size_t n;                           /* terms that are filled, a multiple of AE_STRIDE */
    /* The recursion that makes the terms, one for each width of the mixture; those before `first`
     * have faded away. */
    double t[AE_WIDTHS], before[AE_WIDTHS];
    double x[AE_WIDTHS], y[AE_WIDTHS];      /* -rho u, -rho^2 */
    double fade[AE_WIDTHS / AE_LANE_GROUP]; /* bound of rho^n, by groups of widths */
    double step[AE_WIDTHS / AE_LANE_GROUP]; /* its factor for a stride */
    size_t first;
    bool is_centred;
    enum ae_mixture which;
};

/* Fills *out and the beginning of its series; out->series must be set. */
void ae_mixture_unit(enum ae_mixture which, double Q, double b, struct ae_unit *out);

/* Averages of two units, or of one with itself, in which case link is {Q, 0, 2}. */
void ae_mixture_pair(const struct ae_unit *k, const struct ae_unit *l, const struct ae_link *link,
                     struct ae_pair *out);
void ae_mixture_self(const struct ae_unit *k, struct ae_pair *out);

/* I, P, J_kl and H_kl of a softplus unit with itself, Q > 4 (softplus.c); k->a, k->a1 are known. */
void ae_softplus_self(const struct ae_unit *k, struct ae_pair *out);

#endif
