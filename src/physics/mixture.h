#ifndef AESWEEP_PHYSICS_MIXTURE_H
#define AESWEEP_PHYSICS_MIXTURE_H

/*
 * Gaussian averages of the activations made of tanh (tanh itself, logistic, softplus), which have
 * no closed form: mixture.c says how. Letters as in aesweep/moments.h.
 */

#include "moments_internal.h"

/* Which member of the family. */
enum ae_mixture { AE_MIX_TANH, AE_MIX_LOGISTIC, AE_MIX_SOFTPLUS };

/* Fills *out and its series; out->series must be set. */
void ae_mixture_unit(enum ae_mixture which, double Q, double b, struct ae_unit *out);

/* Averages of two units, or of one with itself (k == l). */
void ae_mixture_pair(enum ae_mixture which, const struct ae_unit *k, const struct ae_unit *l,
                     const struct ae_link *link, struct ae_pair *out);

#endif
