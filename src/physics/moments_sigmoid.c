/*
 * The laws of tanh, logistic and softplus: their averages are those of a mixture (mixture.c).
 */
#include "moments_internal.h"

#include <math.h>

#include "mixture.h"

static void self(enum ae_mixture which, const struct ae_unit *k, struct ae_pair *out)
{
    const struct ae_link link = {k->Q, 0.0, 2.0};
    ae_mixture_pair(which, k, k, &link, out);
    out->J_lk = out->J_kl;
    out->H_lk = out->H_kl;
}

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

static void tanh_self(const struct ae_unit *k, struct ae_pair *out)
{
    self(AE_MIX_TANH, k, out);
}

static void tanh_pair(const struct ae_unit *k, const struct ae_unit *l, const struct ae_link *link,
                      struct ae_pair *out)
{
    ae_mixture_pair(AE_MIX_TANH, k, l, link, out);
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

static void logistic_self(const struct ae_unit *k, struct ae_pair *out)
{
    self(AE_MIX_LOGISTIC, k, out);
}

static void logistic_pair(const struct ae_unit *k, const struct ae_unit *l,
                          const struct ae_link *link, struct ae_pair *out)
{
    ae_mixture_pair(AE_MIX_LOGISTIC, k, l, link, out);
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

static void softplus_self(const struct ae_unit *k, struct ae_pair *out)
{
    self(AE_MIX_SOFTPLUS, k, out);
}

static void softplus_pair(const struct ae_unit *k, const struct ae_unit *l,
                          const struct ae_link *link, struct ae_pair *out)
{
    ae_mixture_pair(AE_MIX_SOFTPLUS, k, l, link, out);
}

static struct ae_g softplus_at(double x)
{
    double top = x < 0.0 ? 0.0 : x;
    return (struct ae_g){top + log1p(exp(-fabs(x))), logistic(x)};
}

const struct ae_law ae_law_tanh = {
    .unit = tanh_unit, .self = tanh_self, .pair = tanh_pair, .at = tanh_at};
const struct ae_law ae_law_logistic = {
    .unit = logistic_unit, .self = logistic_self, .pair = logistic_pair, .at = logistic_at};
const struct ae_law ae_law_softplus = {
    .unit = softplus_unit, .self = softplus_self, .pair = softplus_pair, .at = softplus_at};
