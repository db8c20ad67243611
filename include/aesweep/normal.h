#ifndef AESWEEP_NORMAL_H
#define AESWEEP_NORMAL_H

/* The normal distribution in one and two dimensions. */

double ae_normal_density(double x);      /* phi(x) */
double ae_normal_distribution(double x); /* Phi(x), full relative precision in both tails */

/*
 * Bivariate normal with unit variances and correlation h, given as one_minus = 1 - h and
 * one_plus = 1 + h (in [0, 2], their sum is 2), so that nothing is lost as h -> +-1.
 * distribution: P(X <= x, Y <= y), to 1e-14; x and y finite or infinite; symmetric in x and y
 * bit for bit.
 * density: with its 1/(2 pi d), d = sqrt(one_minus one_plus); d > 0.
 */
double ae_normal2_distribution(double x, double y, double one_minus, double one_plus);
double ae_normal2_density(double x, double y, double one_minus, double one_plus);

/* A correlation three times over: h, 1 - h and 1 + h, each exact to rounding where it is small. */
struct ae_correlation {
    double h, one_minus, one_plus;
};

struct ae_normal2 {
    double distribution; /* P(X <= x, Y <= y) */
    double excess;       /* that minus Phi(x) Phi(y), to small relative error also for small h */
};

/* The same where Px = Phi(x) and Py = Phi(y) are known already. */
struct ae_normal2 ae_normal2_known(double x, double Px, double y, double Py,
                                   const struct ae_correlation *c);

#endif
