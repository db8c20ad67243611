/*
 * Gaussian averages of the activations: finite for extreme input, tied to one another by
 * derivatives, independent of labels and of the other units, positive as covariances.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "aesweep/moments.h"
#include "moments_sample.h"

static const enum ae_activation all[] = {AE_LINEAR,   AE_ERF,  AE_RELU,     AE_TANH,
                                         AE_LOGISTIC, AE_GELU, AE_SOFTPLUS, AE_LEAKY_RELU};
enum { N_ALL = sizeof all / sizeof *all };

static void test_finite_everywhere(void **state)
{
    (void)state;
    static const double Q[] = {0.0, 5e-324, 1e-307, 1e-200, 1e-12, 1.0, 1e6, 1e100};
    static const double b[] = {0.0, 1e-300, -1e-150, 1e-8, -1.0, 1e3, -1e3, 1e100, -1e100, -1e200};
    static const double minus[] = {0.0, 1e-300, 1e-20, 1e-7, 0.35, 1.0, 2.0};
    static struct sample s;
    const size_t n_Q = sizeof Q / sizeof *Q, n_b = sizeof b / sizeof *b;
    const size_t n = n_Q * n_Q * n_b * n_b;
    size_t n_checked = 0;
    for (size_t c = 0; c < 2 * (sizeof minus / sizeof *minus); c++) {
        double m = c % 2 == 0 ? minus[c / 2] : 2.0 - minus[c / 2];
        double p = c % 2 == 0 ? 2.0 - minus[c / 2] : minus[c / 2];
        for (size_t i = 0; i < n; i++) {
            size_t j = i / n_Q / n_Q;
            struct two t = {Q[i % n_Q], Q[i / n_Q % n_Q], m, p, b[j % n_b], b[j / n_b]};
            sample_two(&s, &t);
            for (size_t a = 0; a < N_ALL; a++) {
                bool is_slow = all[a] == AE_TANH || all[a] == AE_LOGISTIC || all[a] == AE_SOFTPLUS;
                bool is_in_range = all[a] != AE_LEAKY_RELU || fmax(-t.b_k, -t.b_l) < 1e150;
                if (all[a] == AE_LINEAR || !is_in_range || (is_slow && (i + c) % 29 != 0))
                    continue;
                evaluate(all[a], &s);
                double sum = 0.0;
                for (size_t e = 0; e < 9; e++)
                    sum += fabs(s.I[e]) * 1e-20 + fabs(s.J[e]) * 1e-20 + fabs(s.H[e]) * 1e-20 +
                           fabs(s.P[e]) + fabs(s.a2[e % 3]) * 1e-20;
                if (!isfinite(sum) && n_wrong++ < 5)
                    note_two(&t);
                n_checked++;
            }
        }
    }
    assert_true(n_checked > 100000);
    assert_int_equal(n_wrong, 0);
    sample_two(&s, &(struct two){0.5, 1.0, 0.5, 1.5, 1e200, 0.3});
    evaluate(AE_ERF, &s);
    near("saturated", fabs(s.I[3] - 1.0) + fabs(s.I[4] - 1.0) + fabs(s.I[5] - s.I[6]), 0.0, 1e-15);
    near("saturated", fabs(s.a2[1]) + fabs(s.H[3]) + fabs(s.H[5]) + fabs(s.J[5]), 0.0, 0.0);
    assert_int_equal(n_wrong, 0);
    /* a broken state is not hidden */
    sample_two(&s, &(struct two){1.0, 1.0, 0.5, 1.5, (double)NAN, 0.1});
    for (size_t a = 1; a < N_ALL; a++) {
        evaluate(all[a], &s);
        assert_true(isnan(s.I[5]) && isnan(s.J[5]) && isnan(s.P[5]) && isnan(s.I[4]));
        assert_true(isnan(s.H[5]) || all[a] == AE_RELU || all[a] == AE_LEAKY_RELU);
    }
    sample_two(&s, &(struct two){(double)NAN, 1.0, 0.5, 1.5, 0.2, 0.1});
    for (size_t a = 1; a < N_ALL; a++) {
        evaluate(all[a], &s);
        assert_true(isnan(s.I[5]) && isnan(s.P[5]) && isnan(s.I[4]) && !isnan(s.I[8]));
    }
}

/* ---- identities between the averages ---- */

enum { UNITS = 3, SIDE = UNITS + 1 };

/* Sixth-order central difference of all averages by one entry of b (l = UNITS) or of Q. */
static void difference(enum ae_activation activation, const struct sample *at, size_t k, size_t l,
                       struct sample *slope)
{
    static const double weight[] = {45.0 / 60, -9.0 / 60, 1.0 / 60};
    static struct sample moved;
    const double e = 2e-3;
    *slope = (struct sample){.K = UNITS};
    for (int i = -3; i <= 3; i++) {
        if (i == 0)
            continue;
        double w = (i < 0 ? -weight[-i - 1] : weight[i - 1]) / e;
        moved = *at;
        if (l == UNITS) {
            moved.b[k] += i * e;
        } else {
            moved.Q[k * UNITS + l] += i * e;
            if (k != l)
                moved.Q[l * UNITS + k] += i * e;
        }
        correlate(&moved);
        evaluate(activation, &moved);
        for (size_t j = 0; j < SIDE * SIDE; j++) {
            slope->I[j] += w * moved.I[j];
            slope->J[j] += w * moved.J[j];
        }
    }
}

static void check_identities(enum ae_activation activation, const struct sample *at)
{
    static struct sample by;
    /* truncation e^6 times high derivatives of order 1e3, rounding 1e-15/e */
    const double tolerance = 2e-11;
    for (size_t i = 0; i < UNITS; i++) {
        size_t k = i + 1;
        difference(activation, at, i, UNITS, &by);
        near("dm_k/db_k = a_k", by.I[k * SIDE], at->J[k * SIDE], tolerance);
        near("da_k/db_k = a'_k", by.J[k * SIDE], at->H[k * SIDE], tolerance);
        near("dI_kk/db_k = 2 J_kk", by.I[k * SIDE + k], 2.0 * at->J[k * SIDE + k], tolerance);
        near("dJ_kk/db_k = H_kk + P_kk", by.J[k * SIDE + k],
             at->H[k * SIDE + k] + at->P[k * SIDE + k], tolerance);
        for (size_t l = 1; l < SIDE; l++) {
            if (l == k)
                continue;
            near("dI_kl/db_k = J_kl", by.I[k * SIDE + l], at->J[k * SIDE + l], tolerance);
            near("dJ_kl/db_k = H_kl", by.J[k * SIDE + l], at->H[k * SIDE + l], tolerance);
            near("dJ_lk/db_k = P_kl", by.J[l * SIDE + k], at->P[k * SIDE + l], tolerance);
        }
        difference(activation, at, i, i, &by);
        near("dm/dQ = a'/2", by.I[k * SIDE], at->H[k * SIDE] / 2.0, tolerance);
        near("da/dQ = a''/2", by.J[k * SIDE], at->a2[k] / 2.0, tolerance);
        near("dI_kk/dQ_kk = P_kk + H_kk", by.I[k * SIDE + k],
             at->P[k * SIDE + k] + at->H[k * SIDE + k], tolerance);
        for (size_t l = 1; l < SIDE; l++) {
            if (l == k)
                continue;
            near("dI_kl/dQ_kk = H_kl/2", by.I[k * SIDE + l], at->H[k * SIDE + l] / 2.0, tolerance);
            near("dI_lk/dQ_kk = H_kl/2", by.I[l * SIDE + k], at->H[k * SIDE + l] / 2.0, tolerance);
        }
        for (size_t l = 1; l < k; l++) {
            difference(activation, at, i, l - 1, &by);
            near("dI_kl/dQ_kl = P_kl", by.I[k * SIDE + l], at->P[k * SIDE + l], tolerance);
        }
    }
}

static void test_identities(void **state)
{
    (void)state;
    static struct sample at;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        for (size_t a = 0; a < N_ALL; a++) {
            sample_random(&at, UNITS, seed);
            for (size_t k = 0; k < UNITS; k++) /* keeps the differences well inside the cone */
                at.Q[k * UNITS + k] += 0.5;
            if (seed % 4 == 0)
                at.b[0] = at.b[1] = 0.0; /* the pair without bias fits its neighbours with one */
            correlate(&at);
            evaluate(all[a], &at);
            check_identities(all[a], &at);
        }
    }
    assert_int_equal(n_wrong, 0);
}

/* ---- structure ---- */

/* Relabelling units permutes the averages; pairs do not know of the other units, in any block. */
static void test_relabelling(void **state)
{
    (void)state;
    static struct sample whole, pair;
    const size_t n = N_MAX;
    for (size_t a = 0; a < N_ALL; a++) {
        sample_random(&whole, K_MAX, 77);
        whole.b[3] = whole.b[40] = 0.0;
        evaluate(all[a], &whole);
        for (size_t k = 1; k <= K_MAX; k += 3) {
            for (size_t l = 1; l <= K_MAX; l++) {
                if (l == k)
                    continue;
                size_t from = (k - 1) * K_MAX + l - 1;
                sample_two(&pair, &(struct two){whole.Q[(k - 1) * (K_MAX + 1)],
                                                whole.Q[(l - 1) * (K_MAX + 1)], whole.minus[from],
                                                whole.plus[from], whole.b[k - 1], whole.b[l - 1]});
                pair.Q[1] = pair.Q[2] = whole.Q[from];
                evaluate(all[a], &pair);
                near("I", whole.I[k * n + l], pair.I[5], 5e-15);
                near("J", whole.J[k * n + l], pair.J[5], 5e-15);
                near("H", whole.H[k * n + l], pair.H[5], 5e-15);
                near("P", whole.P[k * n + l], pair.P[5], 5e-15);
                near("m", whole.I[k * n], pair.I[3], 0.0);
                near("I_kk", whole.I[k * n + k], pair.I[4], 0.0);
                near("I symmetric", whole.I[k * n + l], whole.I[l * n + k], 0.0);
                near("P symmetric", whole.P[k * n + l], whole.P[l * n + k], 0.0);
            }
        }
    }
    assert_int_equal(n_wrong, 0);
}

/* Smallest pivot of the Cholesky factorisation of A [n][n], which it overwrites; stops at < 0. */
static double smallest_pivot(size_t n, double *A)
{
    double smallest = (double)INFINITY;
    for (size_t j = 0; j < n; j++) {
        double pivot = A[j * n + j];
        smallest = fmin(smallest, pivot);
        if (!(pivot > 0.0))
            return smallest;
        for (size_t i = j + 1; i < n; i++) {
            double f = A[i * n + j] / pivot;
            for (size_t c = j + 1; c < n; c++)
                A[i * n + c] -= f * A[j * n + c];
        }
    }
    return smallest;
}

/* I and P are covariances of something: no negative eigenvalue. */
static void test_positive(void **state)
{
    (void)state;
    static struct sample s;
    for (uint64_t seed = 100; seed < 260; seed++) {
        enum ae_activation activation = all[1 + seed % (N_ALL - 1)];
        sample_random(&s, 2 + seed % 7, seed);
        evaluate(activation, &s);
        size_t n = s.K + 1;
        for (size_t i = 0; i < n; i++) {
            s.I[i * n + i] += 1e-13;
            s.P[i * n + i] += i == 0 ? 1.0 : 1e-13;
        }
        assert_true(smallest_pivot(n, s.I) > 0.0);
        assert_true(smallest_pivot(n, s.P) > 0.0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_finite_everywhere, setup),
        cmocka_unit_test_setup(test_identities, setup),
        cmocka_unit_test_setup(test_relabelling, setup),
        cmocka_unit_test_setup(test_positive, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
