#ifndef AESWEEP_TESTS_MOMENTS_SAMPLE_H
#define AESWEEP_TESTS_MOMENTS_SAMPLE_H

/* Inputs of ae_moments, its outputs, and comparison, for the tests of the averages. */

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "aesweep/moments.h"

enum { K_MAX = 70, N_MAX = K_MAX + 1 };

/* Input and output of one evaluation. */
struct sample {
    size_t K;
    double Q[K_MAX * K_MAX], minus[K_MAX * K_MAX], plus[K_MAX * K_MAX], b[K_MAX];
    double I[N_MAX * N_MAX], J[N_MAX * N_MAX], H[N_MAX * N_MAX], P[N_MAX * N_MAX], a2[N_MAX];
};

static inline void evaluate(enum ae_activation activation, struct sample *s)
{
    struct ae_gauss in = {s->K, s->Q, s->minus, s->plus, s->b};
    struct ae_moments out = {.I = s->I, .J = s->J, .H = s->H, .P = s->P, .a2 = s->a2};
    /* Nothing of the output may be left from before. */
    for (size_t i = 0; i < (s->K + 1) * (s->K + 1); i++)
        s->I[i] = s->J[i] = s->H[i] = s->P[i] = s->a2[i % (s->K + 1)] = 1e250;
    ae_moments(activation, &in, &out);
}

/* 1 -+ correlation from Q: good enough where units are neither parallel nor opposed. */
static inline void correlate(struct sample *s)
{
    size_t K = s->K;
    for (size_t k = 0; k < K; k++) {
        for (size_t l = 0; l < K; l++) {
            double scale = sqrt(s->Q[k * K + k] * s->Q[l * K + l]);
            double h = k == l ? 1.0 : s->Q[k * K + l] / scale;
            s->minus[k * K + l] = 1.0 - h;
            s->plus[k * K + l] = 1.0 + h;
        }
    }
}

struct two {
    double Q_k, Q_l, minus, plus, b_k, b_l;
};

static inline void sample_two(struct sample *s, const struct two *t)
{
    double h = t->minus < t->plus ? 1.0 - t->minus : t->plus - 1.0;
    double cross = h * sqrt(t->Q_k) * sqrt(t->Q_l);
    s->K = 2;
    memcpy(s->Q, (double[]){t->Q_k, cross, cross, t->Q_l}, 4 * sizeof(double));
    memcpy(s->minus, (double[]){0.0, t->minus, t->minus, 0.0}, 4 * sizeof(double));
    memcpy(s->plus, (double[]){2.0, t->plus, t->plus, 2.0}, 4 * sizeof(double));
    memcpy(s->b, (double[]){t->b_k, t->b_l}, 2 * sizeof(double));
}

/* Reproducible uniform numbers in (-1, 1). */
static inline double uniform(uint64_t *state)
{
    *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (double)(*state >> 11) * 0x1p-52 - 1.0;
}

/* Q = W W^T of K random vectors of dimension K + 1, biases of order one. */
static inline void sample_random(struct sample *s, size_t K, uint64_t seed)
{
    uint64_t state = seed;
    double W[K_MAX][16];
    assert_true(K <= K_MAX);
    size_t D = K + 1 < 16 ? K + 1 : 16;
    for (size_t k = 0; k < K; k++) {
        for (size_t i = 0; i < D; i++)
            W[k][i] = 1.5 * uniform(&state);
        s->b[k] = 1.2 * uniform(&state);
    }
    s->K = K;
    for (size_t k = 0; k < K; k++) {
        for (size_t l = 0; l < K; l++) {
            double sum = 0.0;
            for (size_t i = 0; i < D; i++)
                sum += W[k][i] * W[l][i];
            s->Q[k * K + l] = sum;
        }
    }
    correlate(s);
}

static int n_wrong;

/* |got - want| <= tolerance, reported with its name. */
static inline void near(const char *name, double got, double want, double tolerance)
{
    if (!(fabs(got - want) <= tolerance)) {
        print_error("%s: got %.17g, want %.17g, off by %.2e > %.2e\n", name, got, want, got - want,
                    tolerance);
        n_wrong++;
    }
}

static inline void note_two(const struct two *t)
{
    print_error("  at Q = %g, %g, 1 - h = %g, 1 + h = %g, b = %g, %g\n", t->Q_k, t->Q_l, t->minus,
                t->plus, t->b_k, t->b_l);
}

static inline int setup(void **state)
{
    (void)state;
    n_wrong = 0;
    return 0;
}

static inline long double wide(double x)
{
    return (long double)x;
}

#endif
