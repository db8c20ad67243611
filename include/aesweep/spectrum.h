#ifndef AESWEEP_SPECTRUM_H
#define AESWEEP_SPECTRUM_H

/*
 * Spectrum of the inputs xi = x / sqrt(D): eigenvalues r_tau, the variances of xi along its
 * principal components. Results tell of the M leading components; the others come in levels of
 * equal r.
 *
 *   spiked      M spikes, and a bulk of D - M directions, r = sigma2 / D (0 at D = inf, where the
 *               bulk still carries the variance sigma2)
 *   power       r_tau = spikes[0] tau^-alpha, tau = 1..D
 *   sinusoidal  rows A_m,i = sin((m+1) i / 100), i = 1..D, one for each spike, normalised to
 *               |A_m|^2 = D, give E xi xi^T = sum_m spikes[m] A_m A_m^T / D. They are not
 *               orthogonal; r_tau are the eigenvalues. Other directions as in `spiked`. At D = inf
 *               the rows are orthogonal and the spikes are the eigenvalues.
 *   a file      r_tau as they stand there, one for each of the D directions
 */

#include <stddef.h>

#include "aesweep/error.h"
#include "aesweep/params.h"

struct ae_spectrum {
    size_t M;        /* components that results tell of (ae_spectrum_n_components) */
    const double *r; /* [M] their eigenvalues: spikes as given, others not increasing */
    double rest;     /* variance of all other directions together */
    double trace;    /* sum of all r_tau = pca_0 */
    double *own;     /* what was computed; r may point into it */
};

/* Components that results tell of: the spikes; of other data the K leading ones, fewer if fewer
 * have any variance. */
size_t ae_spectrum_n_components(const struct ae_params *p);

/* The spectrum of this point; may borrow from p. AE_OK, or AE_ENOMEM; ae_spectrum_clear in any
 * case. Takes O(K) for all data but those of a file. */
enum ae_status ae_spectrum_init(struct ae_spectrum *spectrum, const struct ae_params *p,
                                struct ae_error *err);
void ae_spectrum_clear(struct ae_spectrum *spectrum);

/* pca_m: trace minus the m largest eigenvalues, m <= M. Summed from the small end. */
double ae_spectrum_pca(const struct ae_spectrum *spectrum, size_t m);
/* Number of components that a network of width K is measured by: min(K, M). */
size_t ae_spectrum_n_main(const struct ae_spectrum *spectrum, size_t K);

/* n directions whose eigenvalues are all r; n may be inf. */
struct ae_level {
    double r, n;
};
struct ae_levels {
    size_t n;
    struct ae_level *at; /* [n] by falling r */
};
/* The directions beyond the M of the spectrum; levels differ in r. AE_OK or AE_ENOMEM;
 * ae_levels_clear in any case. */
enum ae_status ae_levels_init(struct ae_levels *levels, const struct ae_params *p,
                              const struct ae_spectrum *spectrum, struct ae_error *err);
void ae_levels_clear(struct ae_levels *levels);
/* How many modes these levels are if each is at most n_most of them (a fair guess for rows that
 * are weaker than the bulk). Needs no memory. */
double ae_levels_n_modes(const struct ae_params *p, double n_most);

#endif
