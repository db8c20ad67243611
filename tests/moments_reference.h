#ifndef AESWEEP_TESTS_MOMENTS_REFERENCE_H
#define AESWEEP_TESTS_MOMENTS_REFERENCE_H

/*
 * All averages of one and of two pre-activations by composite Gauss-Legendre quadrature in long
 * double, and their comparison with ae_moments.
 */

#include <stdbool.h>

#include "moments_sample.h"
#include "quadrature.h"

/* g and its derivatives; the delta functions of relu are handled by the caller. */
struct jet {
    long double g, g1, g2;
};

/* x Phi(x) and, by the same expression, all that is smoothed by a normal of variance 1. */
static inline struct jet jet_gelu(long double x)
{
    long double phi = expl(-0.5L * x * x) / sqrtl(2.0L * acosl(-1.0L));
    long double Phi = 0.5L * erfcl(-x * sqrtl(0.5L));
    return (struct jet){x * Phi, Phi + x * phi, (2.0L - x * x) * phi};
}

/* log(1 + e^x) and three derivatives, the first of which is the logistic function. */
static inline void logistic_family(long double x, long double f[4])
{
    long double e = expl(-fabsl(x));
    long double slope = e / ((1.0L + e) * (1.0L + e));
    f[0] = (x > 0.0L ? x : 0.0L) + log1pl(e);
    f[1] = (x > 0.0L ? 1.0L : e) / (1.0L + e);
    f[2] = slope;
    f[3] = -slope * tanhl(0.5L * x);
}

static inline struct jet jet_at(enum ae_activation activation, long double x)
{
    long double density, f[4];
    switch (activation) {
    case AE_LINEAR:
        break;
    case AE_ERF:
        density = expl(-0.5L * x * x) / sqrtl(2.0L * acosl(-1.0L));
        return (struct jet){erfl(x * sqrtl(0.5L)), 2.0L * density, -2.0L * x * density};
    case AE_RELU:
        return x > 0.0L ? (struct jet){x, 1.0L, 0.0L} : (struct jet){0.0L, 0.0L, 0.0L};
    case AE_LEAKY_RELU:
        return x > 0.0L ? (struct jet){x, 1.0L, 0.0L}
                        : (struct jet){wide(0.01) * x, wide(0.01), 0.0L};
    case AE_TANH:
        logistic_family(2.0L * x, f);
        return (struct jet){tanhl(x), 4.0L * f[2], 8.0L * f[3]};
    case AE_LOGISTIC:
        logistic_family(x, f);
        return (struct jet){f[1], f[2], f[3]};
    case AE_SOFTPLUS:
        logistic_family(x, f);
        return (struct jet){f[0], f[1], f[2]};
    case AE_GELU:
        return jet_gelu(x);
    }
    return (struct jet){x, 1.0L, 0.0L};
}

/* Jump of g' at 0. */
static inline long double kink(enum ae_activation activation)
{
    return activation == AE_RELU ? 1.0L : activation == AE_LEAKY_RELU ? 1.0L - wide(0.01) : 0.0L;
}

static inline bool is_bounded(enum ae_activation activation)
{
    return activation == AE_ERF || activation == AE_TANH || activation == AE_LOGISTIC;
}

/* Size of g over one pre-activation. */
static inline double size_of(enum ae_activation activation, double Q, double b)
{
    if (is_bounded(activation))
        return 1.0;
    bool is_smooth = activation == AE_GELU || activation == AE_SOFTPLUS;
    return sqrt(Q) + fabs(b) + (is_smooth ? 1.0 : 0.0);
}

struct means {
    long double I, P, J_kl, J_lk, H_kl, H_lk;
};

/* Around the turn of g as a function of a normal of deviation q; tails of tanh and the like are long
 * beside those of a normal distribution. */
static inline void turn(struct rule *rule, enum ae_activation activation, long double at,
                        long double width, long double q)
{
    static const int tail[] = {12, 14, 17, 20, 25, 32, 40};
    if (kink(activation) == 0.0L) {
        long double w = sqrtl(width * width + 1.0L / (q * q));
        rule_refine(rule, at, w);
        for (size_t i = 0; i < sizeof tail / sizeof *tail; i++) {
            rule_cut(rule, at - tail[i] * w);
            rule_cut(rule, at + tail[i] * w);
        }
    } else if (width > 0.0L) {
        rule_refine(rule, at, width);
    } else {
        rule_cut(rule, at);
    }
}

/* E[f(l_l) | s] for f = g, g', g'': l_l = b_l + q_l (h s + d t). */
static inline struct jet inner(enum ae_activation activation, const struct two *t, long double s)
{
    static struct rule rule;
    long double q = sqrtl(wide(t->Q_l));
    long double minus = wide(t->minus), plus = wide(t->plus);
    long double hs = minus < plus ? s - minus * s : plus * s - s;
    long double d = sqrtl(minus * plus);
    long double mean = wide(t->b_l) + q * hs;
    struct jet sum = {0.0L, 0.0L, 0.0L};
    rule_init(&rule, -10.0L, 10.0L, 1.25L);
    if (d > 0.0L)
        turn(&rule, activation, -mean / (q * d), 0.0L, q * d);
    rule_finish(&rule);
    for (size_t i = 0; i < rule.n; i++) {
        struct jet f = jet_at(activation, mean + q * d * rule.x[i]);
        sum.g += rule.weight[i] * f.g;
        sum.g1 += rule.weight[i] * f.g1;
        sum.g2 += rule.weight[i] * f.g2;
    }
    return sum;
}

static inline struct two swapped(const struct two *t)
{
    return (struct two){t->Q_l, t->Q_k, t->minus, t->plus, t->b_l, t->b_k};
}

/* relu and its like: g'' is a delta function, so H is an integral over the line l_k = 0. */
static inline long double on_the_kink(enum ae_activation activation, const struct two *t)
{
    long double q = sqrtl(wide(t->Q_k));
    long double u = wide(t->b_k) / q;
    long double density = expl(-0.5L * u * u) / sqrtl(2.0L * acosl(-1.0L)) / q;
    return kink(activation) * density * inner(activation, t, -u).g;
}

static inline struct means integrate(enum ae_activation activation, const struct two *t)
{
    static struct rule rule;
    long double q = sqrtl(wide(t->Q_k)), q_l = sqrtl(wide(t->Q_l));
    long double h = 0.5L * (wide(t->plus) - wide(t->minus));
    long double d = sqrtl(wide(t->minus) * wide(t->plus));
    struct means sum = {0.0L, 0.0L, 0.0L, 0.0L, 0.0L, 0.0L};
    rule_init(&rule, -10.0L, 10.0L, 1.0L);
    if (activation != AE_LINEAR) {
        turn(&rule, activation, -wide(t->b_k) / q, 0.0L, q);
        if (fabsl(h) > 0.05L)
            turn(&rule, activation, -wide(t->b_l) / q_l / h, d / fabsl(h), q_l * fabsl(h));
    }
    rule_finish(&rule);
    for (size_t i = 0; i < rule.n; i++) {
        struct jet k = jet_at(activation, wide(t->b_k) + q * rule.x[i]);
        struct jet l = inner(activation, t, rule.x[i]);
        sum.I += rule.weight[i] * k.g * l.g;
        sum.P += rule.weight[i] * k.g1 * l.g1;
        sum.J_kl += rule.weight[i] * k.g1 * l.g;
        sum.J_lk += rule.weight[i] * k.g * l.g1;
        sum.H_kl += rule.weight[i] * k.g2 * l.g;
        sum.H_lk += rule.weight[i] * k.g * l.g2;
    }
    if (kink(activation) != 0.0L) {
        struct two other = swapped(t);
        sum.H_kl = on_the_kink(activation, t);
        sum.H_lk = on_the_kink(activation, &other);
    }
    return sum;
}

/* Averages of the pair; `digits` is relative to the size of the numbers that are summed. */
static inline void check_two(enum ae_activation activation, const struct two *t, double digits)
{
    static struct sample s;
    int before = n_wrong;
    struct means want = integrate(activation, t);
    sample_two(&s, t);
    evaluate(activation, &s);
    double k = size_of(activation, t->Q_k, t->b_k);
    double l = size_of(activation, t->Q_l, t->b_l);
    double slope = is_bounded(activation) ? 1.0 + fabs(t->b_k) + fabs(t->b_l) : 1.0;
    near("I_kl", s.I[5], (double)want.I, digits * k * l);
    near("P_kl", s.P[5], (double)want.P, digits * slope);
    near("J_kl", s.J[5], (double)want.J_kl, digits * l * slope);
    near("J_lk", s.J[7], (double)want.J_lk, digits * k * slope);
    near("H_kl", s.H[5], (double)want.H_kl, digits * (1.0 + l / sqrt(t->Q_k)) * slope);
    near("H_lk", s.H[7], (double)want.H_lk, digits * (1.0 + k / sqrt(t->Q_l)) * slope);
    if (n_wrong > before)
        note_two(t);
}

static inline void check_one(enum ae_activation activation, double Q, double b, double digits)
{
    static struct rule rule;
    static struct sample s;
    long double q = sqrtl(wide(Q));
    rule_init(&rule, -10.0L, 10.0L, 1.0L);
    if (activation != AE_LINEAR)
        turn(&rule, activation, -wide(b) / q, 0.0L, q);
    rule_finish(&rule);
    long double m = 0.0L, a = 0.0L, a1 = 0.0L, I = 0.0L, J = 0.0L, P = 0.0L, H = 0.0L;
    for (size_t i = 0; i < rule.n; i++) {
        struct jet f = jet_at(activation, wide(b) + q * rule.x[i]);
        long double w = rule.weight[i];
        m += w * f.g, a += w * f.g1, a1 += w * f.g2;
        I += w * f.g * f.g, J += w * f.g1 * f.g, P += w * f.g1 * f.g1, H += w * f.g2 * f.g;
    }
    long double u = wide(b) / q;
    if (kink(activation) != 0.0L)
        a1 = kink(activation) * expl(-0.5L * u * u) / sqrtl(2.0L * acosl(-1.0L)) / q;
    s.K = 1;
    s.Q[0] = Q, s.minus[0] = 0.0, s.plus[0] = 2.0, s.b[0] = b;
    evaluate(activation, &s);
    double size = size_of(activation, Q, b);
    int before = n_wrong;
    near("m", s.I[2], (double)m, digits * size);
    near("a", s.J[2], (double)a, digits);
    near("a'", s.H[2], (double)a1, digits * (1.0 + fabs((double)a1)));
    near("I_kk", s.I[3], (double)I, digits * size * size);
    near("J_kk", s.J[3], (double)J, digits * size);
    near("P_kk", s.P[3], (double)P, digits);
    near("H_kk", s.H[3], (double)H, digits);
    near("row 0 of I", fabs(s.I[0] - 1.0) + fabs(s.I[1] - s.I[2]), 0.0, 0.0);
    near("row 0 of J, H", fabs(s.J[0]) + fabs(s.J[1]) + fabs(s.H[0]) + fabs(s.H[1]), 0.0, 0.0);
    near("row 0 of P", fabs(s.P[0]) + fabs(s.P[1]) + fabs(s.P[2]), 0.0, 0.0);
    near("row 0", s.a2[0], 0.0, 0.0);
    if (n_wrong > before)
        print_error("  at Q = %g, b = %g\n", Q, b);
}

#endif
