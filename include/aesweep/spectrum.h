#ifndef AESWEEP_SPECTRUM_H
#define AESWEEP_SPECTRUM_H

/*
 * Spectrum of the inputs xi = x / sqrt(D): M leading eigenvalues r_tau (variances of xi along the
 * principal components), and a bulk of D - M equal ones, r = sigma2 / D (0 at D = inf, where the
 * bulk still carries the variance sigma2).
 */

#include <stddef.h>

#include "aesweep/params.h"

struct ae_spectrum {
    size_t M;
    const double *spikes; /* [M] borrowed from the parameters; not increasing */
    double n_bulk;        /* D - M, may be inf */
    double r_bulk;        /* of one bulk direction */
    double bulk;          /* variance of the whole bulk: n_bulk r_bulk, sigma2 at D = inf */
    double trace;         /* sum of all r_tau = pca_0 */
};

struct ae_spectrum ae_spectrum_of(const struct ae_params *p);

/* pca_m: trace minus the m largest eigenvalues, m <= M. Summed from the small end. */
double ae_spectrum_pca(const struct ae_spectrum *spectrum, size_t m);
/* Number of components that a network of width K is measured by: min(K, M). */
size_t ae_spectrum_n_main(const struct ae_spectrum *spectrum, size_t K);

#endif
