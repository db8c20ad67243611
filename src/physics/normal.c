/*
 * The normal distribution in one and two dimensions.
 *
 * Phi2 starts from the angle form of Plackett's identity d Phi2 / dh = phi2. With the correlation
 * as h = cos(th), tau = tan(th/2) = sqrt((1-h)/(1+h)), A = |x-y|/sqrt 8 and B = |x+y|/sqrt 8 it is
 *
 *   d Phi2 / d tau = -(1/pi) exp(-A^2 (1 + 1/tau^2) - B^2 (1 + tau^2)) / (1 + tau^2),
 *
 * so that every coefficient is exact where h -> 1. Two ways to integrate it:
 *   |h| small   from h = 0. The substitution sigma = (1-tau)/(1+tau) = h/(1+d) puts h = 0 at the
 *               origin, far from the singular ends; Gauss-Legendre then converges in few nodes.
 *   h -> 1      from h = 1, where Phi2 = min(Phi(x), Phi(y)). All but exp(-A^2/tau^2) is expanded
 *               in powers of tau^2 and integrated in closed form: the idea of Drezner & Wesolowsky,
 *               J. Stat. Comput. Simul. 35 (1990) 101, carried to convergence. Terms of order n
 *               are below tau^(2n), whatever x and y, because of the factor exp(-B^2).
 *   h -> -1     by Phi2(x,y;h) = Phi(x) - Phi2(x,-y;-h), which exchanges A with B and 1-h with 1+h.
 */
#include "aesweep/normal.h"

#include <math.h>
#include <stddef.h>

static const double pi = 3.14159265358979323846;
static const double sqrt_pi = 1.77245385090551602730;
static const double inv_sqrt_2pi = 0.398942280401432677940;
/* 1/sqrt 2 as a sum of two doubles. */
static const double inv_sqrt2 = 0.707106781186547524400844362104849039;
static const double inv_sqrt2_low = -4.83364665672645672552734986488e-17;

/* Up to this |h| quadrature, beyond it the series. */
static const double h_small = 0.25, h_moderate = 0.7;

struct node {
    double x, weight;
};

/* Gauss-Legendre on [-1, 1], the positive half. */
static const struct node gauss6[] = {
    {0.932469514203152028, 0.171324492379170345},
    {0.661209386466264514, 0.360761573048138608},
    {0.238619186083196909, 0.467913934572691047},
};
static const struct node gauss12[] = {
    {0.981560634246719251, 0.0471753363865118272}, {0.904117256370474857, 0.106939325995318431},
    {0.769902674194304687, 0.160078328543346226},  {0.587317954286617447, 0.203167426723065922},
    {0.367831498998180194, 0.233492536538354809},  {0.125233408511468915, 0.249147045813402785},
};

/* 1/n at [n]; the series stops before it runs out of them. */
enum { N_TERMS = 24 };
static const double inverse[2 * N_TERMS + 2] = {
    0.0,      1.0,      1.0 / 2,  1.0 / 3,  1.0 / 4,  1.0 / 5,  1.0 / 6,  1.0 / 7,  1.0 / 8,
    1.0 / 9,  1.0 / 10, 1.0 / 11, 1.0 / 12, 1.0 / 13, 1.0 / 14, 1.0 / 15, 1.0 / 16, 1.0 / 17,
    1.0 / 18, 1.0 / 19, 1.0 / 20, 1.0 / 21, 1.0 / 22, 1.0 / 23, 1.0 / 24, 1.0 / 25, 1.0 / 26,
    1.0 / 27, 1.0 / 28, 1.0 / 29, 1.0 / 30, 1.0 / 31, 1.0 / 32, 1.0 / 33, 1.0 / 34, 1.0 / 35,
    1.0 / 36, 1.0 / 37, 1.0 / 38, 1.0 / 39, 1.0 / 40, 1.0 / 41, 1.0 / 42, 1.0 / 43, 1.0 / 44,
    1.0 / 45, 1.0 / 46, 1.0 / 47, 1.0 / 48, 1.0 / 49,
};

double ae_normal_density(double x)
{
    return inv_sqrt_2pi * exp(-0.5 * x * x);
}

double ae_normal_distribution(double x)
{
    double t = -x * inv_sqrt2;
    double p = 0.5 * erfc(t);
    /* t is rounded, too small by e: this makes the tail too large by a factor exp(2 t e). */
    if (t > 1.0 && t < 40.0) {
        double e = fma(-x, inv_sqrt2, -t) - x * inv_sqrt2_low;
        p -= p * 2.0 * t * e;
    }
    return p;
}

/* exp(-(quadratic form)/2) at sin(angle) = 2 g/(1+g^2), over 1 + g^2. */
static double slope(double g, double minus2, double plus2)
{
    double s = 1.0 + g * g;
    double l = 1.0 - g;
    double r = 1.0 + g;
    return exp(-0.25 * s * (minus2 / (l * l) + plus2 / (r * r))) / s;
}

/* Phi2 - Phi Phi for |h| <= h_moderate: the integral from h = 0. */
static double excess_from_zero(double x, double y, double h, double one_minus, double one_plus)
{
    double sigma = h / (1.0 + sqrt(one_minus * one_plus));
    double half = 0.5 * sigma;
    double minus2 = (x - y) * (x - y);
    double plus2 = (x + y) * (x + y);
    int is_small = fabs(h) <= h_small;
    const struct node *rule = is_small ? gauss6 : gauss12;
    size_t n = is_small ? sizeof gauss6 / sizeof *gauss6 : sizeof gauss12 / sizeof *gauss12;
    double sum = 0.0;
    for (size_t i = 0; i < n; i++) {
        double step = half * rule[i].x;
        double lower = slope(half - step, minus2, plus2);
        sum += rule[i].weight * (lower + slope(half + step, minus2, plus2));
    }
    return half * sum / pi;
}

/*
 * (1/pi) integral over tau from 0 to sqrt(w) of the slope at the top: what Phi2 lacks from its
 * value at h = 1. Needs w <= (1 - h_moderate)/(1 + h_moderate).
 *   f_n = integral_0^1 s^(2n) exp(-z^2/s^2) ds,      z = A / sqrt(w), by parts from f_(n-1)
 *   g_n = w^n times the n-th coefficient of exp(-B^2 w) / (1 + w),    p_n those of the exponential
 */
static double shortfall(double A, double B, double w)
{
    double tau = sqrt(w);
    double z = A / tau;
    double weight = A * A + B * B;
    if (z > 27.0 || weight > 700.0)
        return 0.0; /* below the smallest number in use; the recursion must not see infinities */
    double e = exp(-z * z);
    double f = e - sqrt_pi * z * erfc(z);
    double p = 1.0;
    double g = 1.0;
    double sum = f;
    double bound = 1.0;
    double two_z2 = 2.0 * z * z;
    double step = -B * B * w;
    for (size_t n = 1; n < N_TERMS && bound > 2e-16; n++) {
        f = inverse[2 * n + 1] * e - inverse[2 * n + 1] * two_z2 * f;
        p *= inverse[n] * step;
        g = p - w * g;
        sum += g * f;
        bound *= w;
    }
    return tau * exp(-weight) * sum / pi;
}

/* Phi2 for |h| > h_moderate. Px = Phi(x), Py = Phi(y). */
static double from_the_end(double x, double Px, double y, double Py, double one_minus,
                           double one_plus)
{
    static const double inv_sqrt8 = 0.353553390593273762200;
    double minus = inv_sqrt8 * fabs(x - y);
    double plus = inv_sqrt8 * fabs(x + y);
    double top = x < y ? Px : Py;
    double p;
    if (one_minus < one_plus) {
        p = top;
        if (one_minus != 0.0)
            p -= shortfall(minus, plus, one_minus / one_plus);
    } else {
        p = x + y > 0.0 ? (Px - 0.5) + (Py - 0.5) : 0.0;
        if (one_plus != 0.0)
            p += shortfall(plus, minus, one_plus / one_minus);
    }
    if (p < 0.0)
        p = 0.0;
    return p > top ? top : p;
}

struct ae_normal2 ae_normal2_known(double x, double Px, double y, double Py,
                                   const struct ae_correlation *c)
{
    struct ae_normal2 out;
    if (isinf(x) || isinf(y)) {
        out.excess = 0.0;
        out.distribution = Px * Py;
    } else if (fabs(c->h) <= h_moderate) {
        out.excess = excess_from_zero(x, y, c->h, c->one_minus, c->one_plus);
        out.distribution = Px * Py + out.excess;
        if (out.distribution < 0.0)
            out.distribution = 0.0;
    } else {
        out.distribution = from_the_end(x, Px, y, Py, c->one_minus, c->one_plus);
        out.excess = out.distribution - Px * Py;
    }
    return out;
}

double ae_normal2_distribution(double x, double y, double one_minus, double one_plus)
{
    if (x == 0.0 && y == 0.0) { /* 1/4 + asin(h)/(2 pi) */
        if (one_minus <= one_plus)
            return 0.5 - atan(sqrt(one_minus / one_plus)) / pi;
        return atan(sqrt(one_plus / one_minus)) / pi;
    }
    struct ae_correlation c = {
        .h = 0.5 * (one_plus - one_minus), .one_minus = one_minus, .one_plus = one_plus};
    double Px = ae_normal_distribution(x);
    double Py = ae_normal_distribution(y);
    return ae_normal2_known(x, Px, y, Py, &c).distribution;
}

double ae_normal2_density(double x, double y, double one_minus, double one_plus)
{
    double minus2 = (x - y) * (x - y);
    double plus2 = (x + y) * (x + y);
    double d = sqrt(one_minus * one_plus);
    return exp(-0.25 * (minus2 / one_minus + plus2 / one_plus)) / (2.0 * pi * d);
}
