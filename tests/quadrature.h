#ifndef AESWEEP_TESTS_QUADRATURE_H
#define AESWEEP_TESTS_QUADRATURE_H

/*
 * Composite Gauss-Legendre quadrature in long double against the normal density, for references
 * that know nothing of closed forms. A rule starts with rule_init, is refined where the integrand
 * turns fast or has a kink, and ends with rule_finish.
 */

#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>

enum { RULE_ORDER = 16, RULE_CUTS = 128 };

struct rule {
    long double lo, hi;
    long double cut[RULE_CUTS];
    size_t n_cuts, n;
    long double x[RULE_CUTS * RULE_ORDER], weight[RULE_CUTS * RULE_ORDER];
};

static inline void rule_cut(struct rule *rule, long double x)
{
    if (!(x > rule->lo && x < rule->hi))
        return;
    assert(rule->n_cuts < RULE_CUTS);
    rule->cut[rule->n_cuts++] = x;
}

/* Panels of width at most `step` on [lo, hi]. */
static inline void rule_init(struct rule *rule, long double lo, long double hi, long double step)
{
    rule->lo = lo;
    rule->hi = hi;
    rule->n_cuts = 0;
    rule->n = 0;
    rule->cut[rule->n_cuts++] = lo;
    rule->cut[rule->n_cuts++] = hi;
    for (long double x = lo + step; x < hi; x += step)
        rule_cut(rule, x);
}

/* Around a turn at `centre`, such as that of a normal distribution of deviation `width`. */
static inline void rule_refine(struct rule *rule, long double centre, long double width)
{
    rule_cut(rule, centre);
    for (int s = 1; s <= 10; s++) {
        rule_cut(rule, centre - (long double)s * width);
        rule_cut(rule, centre + (long double)s * width);
    }
}

static inline int rule_order(const void *a, const void *b)
{
    long double x = *(const long double *)a;
    long double y = *(const long double *)b;
    return (x > y) - (x < y);
}

/* Nodes and weights; the weights contain the standard normal density. */
static inline void rule_finish(struct rule *rule)
{
    static const long double inv_sqrt_2pi = 0.398942280401432677939946059934381868L;
    long double node[RULE_ORDER], weight[RULE_ORDER];
    for (size_t i = 0; i < RULE_ORDER; i++) {
        long double n = RULE_ORDER;
        long double x = cosl(acosl(-1.0L) * ((long double)i + 0.75L) / (n + 0.5L));
        long double slope = 0.0L;
        for (int newton = 0; newton < 8; newton++) {
            long double p0 = 1.0L, p1 = x;
            for (int j = 2; j <= RULE_ORDER; j++) {
                long double p2 = ((2 * j - 1) * x * p1 - (j - 1) * p0) / j;
                p0 = p1;
                p1 = p2;
            }
            slope = n * (x * p1 - p0) / (x * x - 1.0L);
            x -= p1 / slope;
        }
        node[i] = x;
        weight[i] = 2.0L / ((1.0L - x * x) * slope * slope);
    }
    qsort(rule->cut, rule->n_cuts, sizeof *rule->cut, rule_order);
    for (size_t c = 0; c + 1 < rule->n_cuts; c++) {
        long double half = 0.5L * (rule->cut[c + 1] - rule->cut[c]);
        for (size_t i = 0; half > 0.0L && i < RULE_ORDER; i++) {
            long double x = rule->cut[c] + half * (1.0L + node[i]);
            rule->x[rule->n] = x;
            rule->weight[rule->n] = half * weight[i] * inv_sqrt_2pi * expl(-0.5L * x * x);
            rule->n++;
        }
    }
}

#endif
