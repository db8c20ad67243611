/*
 * Estimates in closed form. Symbols: r_tau eigenvalues, tr their sum, S = sum of the first
 * min(K, M), s = tie_scale, d = lr_decoder, eta = lr. Derivations: src/physics/README.md.
 */
#include "aesweep/forecast.h"

#include <math.h>

#include "aesweep/moments.h"
#include "aesweep/spectrum.h"

/* ---- divergence ---- */

/* a D beyond which |u|^2 grows that a step on the mean of `batch` inputs takes, on average, to
 * |u|^2 (1 - 2 a down + a^2 (one / batch + all (1 - 1 / batch))): `one` is of the step on one input,
 * `all` of the mean step. */
static double growth_limit(const struct ae_params *p, double down, double one, double all)
{
    double share = 1.0 / (double)p->batch;
    return 2.0 * p->D * down / (one * share + all * (1.0 - share));
}

/* Units with unbounded g, at the PCA solution with balanced layers: the mean square of a deviation
 * along the strongest component. */
static double limit_unbounded(const struct ae_params *p)
{
    struct ae_spectrum spectrum;
    if (ae_spectrum_init(&spectrum, p, NULL) != AE_OK)
        return HUGE_VAL;
    double r = spectrum.r[0], tr = spectrum.trace, d = p->lr_decoder, s = fabs(p->tie_scale);
    double S = tr - ae_spectrum_pca(&spectrum, ae_spectrum_n_main(&spectrum, p->K));
    ae_spectrum_clear(&spectrum);
    if (p->rule == AE_SANGER)
        return growth_limit(p, 2.0, tr + 11.0 * r + 4.0 * (S - r), 4.0 * r);
    if (p->tied)
        return growth_limit(p, 1.0 + d,
                            2.0 * s * (tr + (2.0 + 6.0 * d + 3.0 * d * d) * r + d * d * (S - r)),
                            2.0 * s * (1.0 + d) * (1.0 + d) * r);
    return growth_limit(p, 1.0, sqrt(d) * (tr + S + 4.0 * r), 2.0 * sqrt(d) * r);
}

/* Bounded units once saturated, E g^2 = g2: the decoder alone, a linear regression on K two-valued
 * numbers and, for the decoder bias, on 1. */
static double limit_saturated(const struct ae_params *p, double g2)
{
    bool has_c = p->bias == AE_BIAS_DECODER || p->bias == AE_BIAS_BOTH;
    double s = p->tied ? p->tie_scale : 1.0;
    double of_unit = s * s * p->lr_decoder * g2, of_c = has_c ? p->lr_bias : 0.0;
    return growth_limit(p, 1.0, of_unit * (double)p->K + of_c, fmax(of_unit, of_c));
}

double ae_forecast_lr_limit(const struct ae_params *p)
{
    if (p->engine == AE_ENGINE_ODE || p->spikes.n == 0)
        return HUGE_VAL;
    switch ((enum ae_activation)p->activation) {
    case AE_LINEAR:
    case AE_RELU:
    case AE_LEAKY_RELU:
    case AE_GELU:
    case AE_SOFTPLUS:
        return limit_unbounded(p);
    case AE_ERF:
    case AE_TANH:
        return limit_saturated(p, 1.0);
    case AE_LOGISTIC: /* 0 or 1 */
        return limit_saturated(p, 0.5);
    }
    return HUGE_VAL;
}

/* ---- escape ---- */

/* E g'(lambda) at the start, for pre-activations of mean b and variance Q. */
static double start_slope(const struct ae_params *p, double Q)
{
    const double one_minus = 0.0, one_plus = 2.0;
    const struct ae_gauss law = {1, &Q, &one_minus, &one_plus, &p->bias_init};
    double I[4], J[4], H[4], P[4], a2[2];
    struct ae_moments mean = {I, J, H, P, a2};
    ae_moments((enum ae_activation)p->activation, &law, &mean);
    return J[2]; /* a_1 = J_10 */
}

/* Growing part of the overlaps with component tau: (w + v / sqrt d) / 2, w if tied, root of the sum
 * over the units that stronger components leave free. */
static double start_overlap(const struct ae_params *p, size_t tau)
{
    struct ae_start_view start;
    double root_d = sqrt(p->lr_decoder), sum = 0.0;
    double shrink = isinf(p->D) ? 1.0 : 1.0 / sqrt(p->D);
    if (!ae_start_view(p->start, &start)) {
        double free = sqrt((double)(p->K - tau));
        return p->tied ? p->init * shrink * free
                       : 0.5 * p->init * hypot(1.0, shrink / root_d) * free;
    }
    for (size_t k = 0; k < p->K; k++) {
        double w = start.encoder ? start.encoder[k * start.M + tau] : 0.0;
        double v = start.decoder ? start.decoder[k * start.M + tau] : 0.0;
        double part = p->tied ? w : 0.5 * (w + v / root_d);
        sum += part * part;
    }
    return sqrt(sum);
}

/* Variance of a pre-activation at the start. */
static double start_variance(const struct ae_params *p, double trace)
{
    if (p->start.n > 0)
        return 0.0;
    return p->init * p->init * (p->tied && isfinite(p->D) ? trace / p->D : trace);
}

double ae_forecast_escape(const struct ae_params *p, size_t tau)
{
    struct ae_spectrum spectrum;
    bool is_informed = p->init == AE_INIT_INFORMED && p->start.n == 0;
    if (is_informed || ae_spectrum_init(&spectrum, p, NULL) != AE_OK)
        return 0.0;
    double d = p->lr_decoder, r = spectrum.r[tau];
    double a = start_slope(p, start_variance(p, spectrum.trace));
    ae_spectrum_clear(&spectrum);
    double gain = p->rule == AE_SANGER ? 1.0 : p->tied ? fabs(p->tie_scale) * (1.0 + d) : sqrt(d);
    double slope = p->tied ? fabs(p->tie_scale) : sqrt(d); /* v / w of the growing part */
    double w = start_overlap(p, tau);
    if (!(gain > 0.0 && slope > 0.0 && a > 0.0 && w > 0.0))
        return 0.0;
    /* f = (1 - a w v)^2 = 0.75 of a linear unit of slope a */
    double target = sqrt((1.0 - sqrt(0.75)) / (a * slope));
    double rate = p->lr * a * gain * r - p->weight_decay;
    if (w >= target)
        return 0.0;
    return rate > 0.0 ? log(target / w) / rate : HUGE_VAL;
}
