/*
 * The laws of tanh, logistic and softplus: their averages are those of a mixture (mixture.c).
 */
#include "moments_internal.h"

#include <math.h>

#include "mixture.h"

/* 1/(1 + e^-x) without overflow. */
static double logistic(double x)
{
    double e = exp(-fabs(x));
    return (x < 0.0 ? e : 1.0) / (1.0 + e);
}

static void tanh_unit(double Q, double b, struct ae_unit *out)
{
    ae_mixture_unit(AE_MIX_TANH, Q, b, out);
}

/* The slope as 4 e/(1 + e)^2, e = exp(-2|x|), keeps its digits in the tails. */
static struct ae_g tanh_at(double x)
{
    double e = exp(-2.0 * fabs(x));
    double f = 1.0 + e;
    return (struct ae_g){tanh(x), 4.0 * e / (f * f)};
}

static void logistic_unit(double Q, double b, struct ae_unit *out)
{
    ae_mixture_unit(AE_MIX_LOGISTIC, Q, b, out);
}

static struct ae_g logistic_at(double x)
{
    double e = exp(-fabs(x));
    double f = 1.0 + e;
    return (struct ae_g){logistic(x), e / (f * f)};
}

static void softplus_unit(double Q, double b, struct ae_unit *out)
{
    ae_mixture_unit(AE_MIX_SOFTPLUS, Q, b, out);
}

static struct ae_g softplus_at(double x)
{
    double top = x < 0.0 ? 0.0 : x;
    return (struct ae_g){top + log1p(exp(-fabs(x))), logistic(x)};
}

const struct ae_law ae_law_tanh = {
    .unit = tanh_unit, .self = ae_mixture_self, .pair = ae_mixture_pair, .at = tanh_at};
const struct ae_law ae_law_logistic = {
    .unit = logistic_unit, .self = ae_mixture_self, .pair = ae_mixture_pair, .at = logistic_at};
const struct ae_law ae_law_softplus = {
    .unit = softplus_unit, .self = ae_mixture_self, .pair = ae_mixture_pair, .at = softplus_at};
