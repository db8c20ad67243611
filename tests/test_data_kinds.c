/*
 * Kinds of data against each other where they must agree, and the flow of a power law against the
 * gradient written with matrices.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "aesweep/flow.h"
#include "points.h"

/* ---- spiked data as a file ---- */

enum { D = 60, N_SPIKES = 4 };

/* Both see the same inputs and start from the same weights: the way is the same, and what is told of
 * the components that both tell of. */
static void expect_same_way(const struct ae_params *a, const struct ae_params *b, double tolerance)
{
    struct ae_record x = run_point(a), y = run_point(b);
    assert_int_equal(x.n_times, y.n_times);
    for (size_t j = 0; j < x.n_times; j++) {
        const double *row_x = x.curve + j * x.n_cols, *row_y = y.curve + j * y.n_cols;
        size_t n_same = 5 + (x.M < y.M ? x.M : y.M);
        for (size_t i = 0; i < n_same; i++)
            if (!(fabs(row_x[i] - row_y[i]) <= tolerance * fabs(row_x[i])))
                fail_msg("row %zu, column %zu: %.17g and %.17g", j, i, row_x[i], row_y[i]);
    }
    double aligned[] = {x.summary.alignment, y.summary.alignment};
    assert_true(fabs(aligned[0] - aligned[1]) <= tolerance || isnan(aligned[0] + aligned[1]));
    ae_record_clear(&x);
    ae_record_clear(&y);
}

static void a_file_of_the_same_eigenvalues_is_spiked_data(void **state)
{
    (void)state;
    static const double sigma2[] = {0.0, 1.5};
    static const char *const rest[] = {
        "K=2 time=20 bias=both", "K=1 tied=true time=20 activation=relu",
        "K=2 start=none init=informed time=5", "K=2 engine=sgd time=5",
        "K=2 engine=sgd rule=truncated tied=true time=5"};
    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < sizeof rest / sizeof *rest; i++) {
            double r[D];
            struct ae_params spiked = point_of(rest[i]), file;
            spiked.D = D;
            spiked.sigma2 = sigma2[s];
            for (size_t tau = 0; tau < D; tau++)
                r[tau] = tau < N_SPIKES ? spiked.spikes.x[tau] : sigma2[s] / D;
            file = spiked;
            file.data = AE_DATA_FILE;
            file.eigenvalues = (struct ae_reals){D, r};
            /* not drawn: components that only one of them tells of weigh in its steps */
            expect_same_way(&spiked, &file, spiked.init == AE_INIT_INFORMED ? 1e-7 : 1e-12);
        }
}

static void orthogonal_rows_are_spikes(void **state)
{
    (void)state;
    static const char *const rest[] = {"D=inf K=2 time=50", "D=inf K=4 tied=true time=50",
                                       "D=inf K=3 sigma2=0 bias=both time=50"};
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++) {
        struct ae_params spiked = point_of(rest[i]), rows = spiked;
        rows.data = AE_SINUSOIDAL;
        expect_same_way(&spiked, &rows, 1e-12);
    }
}

/* ---- components ---- */

static void results_tell_of_the_leading_K(void **state)
{
    (void)state;
    struct ae_params p = point_of("data=power alpha=1.2 D=40 K=3 activation=linear time=1e4 lr=1");
    struct ae_record r = run_point(&p);
    assert_int_equal(r.M, 3);
    assert_true(r.summary.n_main == 3.0 && r.summary.learned == 3.0);
    assert_true(fabs(r.summary.excess) < 1e-6); /* linear units reach pca_K */
    double pca = 0.0;
    for (int tau = 40; tau > 3; tau--)
        pca += 4.0 * pow(tau, -1.2);
    assert_true(fabs(r.summary.pca - pca) < 1e-14 * pca);
    for (size_t tau = 0; tau < 3; tau++)
        assert_true(isfinite(r.escape[tau]));
    ae_record_clear(&r);
}

/* Of a level wider than the network any K directions are as good: what lies in it is aligned. */
static void a_level_is_one_subspace(void **state)
{
    (void)state;
    double r[D];
    for (size_t tau = 0; tau < D; tau++)
        r[tau] = tau < 6 ? 2.0 : 0.01;
    struct ae_params p = point_of("K=2 activation=linear time=1e4 init=0.01");
    p.data = AE_DATA_FILE;
    p.eigenvalues = (struct ae_reals){D, r};
    p.D = D;
    /* rotated so that each component of the level is learned in part, the first one well enough */
    static const double start[] = {2,   6, 1,   1,   0, 0.9, 0.3, 0, 0.2, 0, 0,   0, 0,   0.9, 0,
                                   0.3, 0, 0.9, 0.3, 0, 0.2, 0,   0, 0,   0, 0.9, 0, 0.3, 0};
    p.start = (struct ae_reals){sizeof start / sizeof *start, start};
    struct ae_record record = run_point(&p);
    assert_true(record.summary.learned >= 1.0);
    assert_true(fabs(record.summary.alignment - 1.0) < 1e-9);
    assert_true(fabs(record.summary.excess) < 1e-6);
    ae_record_clear(&record);
}

/* ---- the flow with matrices ---- */

/*
 * Linear units in the full space: with E = 1 - V W (V [n][K], W [K][n]) and Omega = diag(4
 * tau^-alpha), minus the gradient of tr(E Omega E^T) / 2 is E Omega W^T for V, V^T E Omega for W.
 */
static void flow_of_a_power_law_is_minus_the_gradient(void **state)
{
    (void)state;
    enum { N = 20, K = 3 };
    static double E[N][N];
    struct ae_params p = point_of("data=power alpha=0.8 D=20 K=3 activation=linear init=0.8");
    struct ae_network net;
    struct ae_flow *flow = NULL;
    assert_int_equal(ae_network_init(&net, &p, false, NULL), AE_OK);
    assert_int_equal(ae_flow_new(&flow, &p, &net, NULL), AE_OK);
    double y[2 * K * N], dyds[2 * K * N];
    assert_int_equal(ae_flow_dim(flow), 2 * K * N);
    ae_flow_start(flow, y);
    ae_flow_rhs(flow, 0.0, y, dyds);
    const double *W = y, *V = y + K * N; /* both [K][N] */
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            E[i][j] = i == j ? 1.0 : 0.0;
            for (size_t k = 0; k < K; k++)
                E[i][j] -= V[k * N + i] * W[k * N + j];
        }
    for (size_t k = 0; k < K; k++)
        for (size_t i = 0; i < N; i++) {
            double dW = 0.0, dV = 0.0;
            for (size_t j = 0; j < N; j++) {
                double omega_i = 4.0 * pow((double)(i + 1), -0.8);
                double omega_j = 4.0 * pow((double)(j + 1), -0.8);
                dV += E[i][j] * omega_j * W[k * N + j];
                dW += V[k * N + j] * E[j][i] * omega_i;
            }
            assert_true(fabs(dyds[k * N + i] - dW) <= 1e-13 * fmax(1.0, fabs(dW)));
            assert_true(fabs(dyds[(K + k) * N + i] - dV) <= 1e-13 * fmax(1.0, fabs(dV)));
        }
    ae_flow_free(flow);
    ae_network_clear(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_of_the_same_eigenvalues_is_spiked_data),
        cmocka_unit_test(orthogonal_rows_are_spikes),
        cmocka_unit_test(results_tell_of_the_leading_K),
        cmocka_unit_test(a_level_is_one_subspace),
        cmocka_unit_test(flow_of_a_power_law_is_minus_the_gradient),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
