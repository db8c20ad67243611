/*
 * Spectra against sums in long double, against the eigenvalues of the explicit covariance by GSL,
 * and against each other: leading components, levels and totals tell of the same directions.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <gsl/gsl_eigen.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_sort_vector.h>

#include "aesweep/spectrum.h"
#include "points.h"

static const double inf = (double)INFINITY;

static struct ae_spectrum spectrum_of(const struct ae_params *p)
{
    struct ae_spectrum spectrum;
    struct ae_error err = {.message = ""};
    assert_int_equal(ae_params_check(p, NULL, 0, &err), AE_OK);
    assert_int_equal(ae_spectrum_init(&spectrum, p, &err), AE_OK);
    return spectrum;
}

static struct ae_levels levels_of(const struct ae_params *p, const struct ae_spectrum *spectrum)
{
    struct ae_levels levels;
    assert_int_equal(ae_levels_init(&levels, p, spectrum, NULL), AE_OK);
    return levels;
}

static void expect_near(double got, double want, double tolerance, const char *what)
{
    if (!(fabs(got - want) <= tolerance)) {
        print_error("%s: got %.17g, want %.17g\n", what, got, want);
        fail();
    }
}

/* Components and levels: as many directions as D, by falling r, that carry the whole trace. */
static void check_levels(const struct ae_params *p, const struct ae_spectrum *spectrum)
{
    struct ae_levels levels = levels_of(p, spectrum);
    double n = (double)spectrum->M, before = inf;
    long double sum = 0.0L;
    for (size_t i = 0; i < spectrum->M; i++) {
        assert_true(spectrum->r[i] <= before && spectrum->r[i] > 0.0);
        before = spectrum->r[i];
        sum += (long double)spectrum->r[i];
    }
    for (size_t i = 0; i < levels.n; i++) {
        const struct ae_level *level = &levels.at[i];
        assert_true(level->n > 0.0 && level->r <= before);
        assert_true(i == 0 || level->r < levels.at[i - 1].r); /* else they would be one */
        before = level->r;
        n += level->n;
        sum += (long double)level->r * (long double)level->n;
    }
    assert_true(n == p->D);
    expect_near(spectrum->trace, (double)sum, 2e-14 * spectrum->trace, "trace");
    ae_levels_clear(&levels);
}

static void power_law_sums(void **state)
{
    (void)state;
    static const double alphas[] = {0.0, 0.3, 1.0, 1.0 + 1e-9, 1.7, 6.5, 20.0};
    static const double sizes[] = {1, 2, 31, 32, 33, 45, 1000, 30000};
    for (size_t a = 0; a < sizeof alphas / sizeof *alphas; a++)
        for (size_t d = 0; d < sizeof sizes / sizeof *sizes; d++) {
            struct ae_params p = point_of("data=power K=5");
            p.alpha = alphas[a];
            p.D = sizes[d];
            struct ae_spectrum spectrum = spectrum_of(&p);
            assert_int_equal(spectrum.M, sizes[d] < 5 ? sizes[d] : 5);
            long double tail[6] = {0.0L}; /* beyond the m largest */
            for (double tau = p.D; tau >= 1.0; tau -= 1.0)
                for (size_t m = 0; m <= 5 && (double)m < tau; m++)
                    tail[m] += 4.0L * powl((long double)tau, -(long double)p.alpha);
            for (size_t m = 0; m <= spectrum.M; m++)
                expect_near(ae_spectrum_pca(&spectrum, m), (double)tail[m], 4e-15 * (double)tail[m],
                            "pca");
            assert_true(ae_spectrum_pca(&spectrum, 0) == spectrum.trace);
            check_levels(&p, &spectrum);
            ae_spectrum_clear(&spectrum);
        }
}

static void a_flat_power_law_is_one_level(void **state)
{
    (void)state;
    struct ae_params p = point_of("data=power K=3 D=50 alpha=0");
    struct ae_spectrum spectrum = spectrum_of(&p);
    struct ae_levels levels = levels_of(&p, &spectrum);
    assert_int_equal(levels.n, 1);
    assert_true(levels.at[0].n == 47.0 && levels.at[0].r == 4.0);
    assert_true(ae_levels_n_modes(&p, 6.0) == 6.0);
    p.alpha = 0.5;
    assert_true(ae_levels_n_modes(&p, 6.0) == 47.0);
    ae_levels_clear(&levels);
    ae_spectrum_clear(&spectrum);
}

/* ---- sinusoidal ---- */

/* r [D] by falling size: of sum_m spikes[m] A_m A_m^T / D + sigma2/D (1 - projection on all A_m). */
static gsl_vector *explicit_eigenvalues(const struct ae_params *p)
{
    size_t D = (size_t)p->D, M = p->spikes.n;
    gsl_matrix *covariance = gsl_matrix_calloc(D, D), *rows = gsl_matrix_alloc(D, M);
    gsl_matrix *Q = gsl_matrix_alloc(D, D), *R = gsl_matrix_alloc(D, M);
    gsl_vector *tau = gsl_vector_alloc(M), *r = gsl_vector_alloc(D);
    for (size_t m = 0; m < M; m++) {
        double norm2 = 0.0;
        for (size_t i = 0; i < D; i++)
            norm2 += pow(sin((double)((m + 2) * (i + 1)) / 100.0), 2);
        for (size_t i = 0; i < D; i++)
            gsl_matrix_set(rows, i, m, sin((double)((m + 2) * (i + 1)) / 100.0) / sqrt(norm2));
    }
    for (size_t i = 0; i < D; i++)
        for (size_t j = 0; j < D; j++)
            for (size_t m = 0; m < M; m++)
                *gsl_matrix_ptr(covariance, i, j) +=
                    p->spikes.x[m] * gsl_matrix_get(rows, i, m) * gsl_matrix_get(rows, j, m);
    gsl_linalg_QR_decomp(rows, tau);
    gsl_linalg_QR_unpack(rows, tau, Q, R);
    for (size_t i = 0; i < D; i++)
        for (size_t j = 0; j < D; j++)
            for (size_t m = M; m < D; m++)
                *gsl_matrix_ptr(covariance, i, j) +=
                    p->sigma2 / p->D * gsl_matrix_get(Q, i, m) * gsl_matrix_get(Q, j, m);
    gsl_eigen_symm_workspace *work = gsl_eigen_symm_alloc(D);
    assert_int_equal(gsl_eigen_symm(covariance, r, work), 0);
    gsl_sort_vector(r);
    gsl_vector_reverse(r);
    gsl_eigen_symm_free(work);
    gsl_vector_free(tau);
    gsl_matrix_free(covariance);
    gsl_matrix_free(rows);
    gsl_matrix_free(Q);
    gsl_matrix_free(R);
    return r;
}

static void check_sinusoidal(const char *settings, size_t n_spikes, const double *spikes)
{
    struct ae_params p = point_with(settings, n_spikes, spikes);
    struct ae_spectrum spectrum = spectrum_of(&p);
    gsl_vector *want = explicit_eigenvalues(&p);
    for (size_t tau = 0; tau < spectrum.M; tau++)
        expect_near(spectrum.r[tau], gsl_vector_get(want, tau), 1e-13 * gsl_vector_get(want, 0),
                    settings);
    struct ae_levels levels = levels_of(&p, &spectrum);
    size_t tau = spectrum.M;
    for (size_t i = 0; i < levels.n; i++)
        for (double j = 0.0; j < levels.at[i].n; j += 1.0)
            expect_near(levels.at[i].r, gsl_vector_get(want, tau++),
                        1e-13 * gsl_vector_get(want, 0), settings);
    assert_int_equal(tau, (size_t)p.D);
    check_levels(&p, &spectrum);
    ae_levels_clear(&levels);
    gsl_vector_free(want);
    ae_spectrum_clear(&spectrum);
}

static void sinusoidal_rows_are_diagonalised(void **state)
{
    (void)state;
    static const double strong[] = {4, 2.5, 1.5, 0.8}, weak[] = {1, 0.9, 0.02, 0.001};
    check_sinusoidal("data=sinusoidal D=120 K=2", 4, strong);
    check_sinusoidal("data=sinusoidal D=120 K=4", 4, strong);
    check_sinusoidal("data=sinusoidal D=120 K=7", 4, strong); /* components in the bulk */
    check_sinusoidal("data=sinusoidal D=120 K=1", 1, strong);
    check_sinusoidal("data=sinusoidal D=60 K=9 sigma2=6", 4, weak); /* a bulk stronger than rows */
    check_sinusoidal("data=sinusoidal D=60 K=2 sigma2=6", 4, weak);
    check_sinusoidal("data=sinusoidal D=30 K=9 sigma2=0", 4, strong); /* nearly the same rows */
}

static void without_a_bulk_there_are_as_many_components_as_rows(void **state)
{
    (void)state;
    struct ae_params p = point_of("data=sinusoidal D=500 K=9 sigma2=0");
    assert_int_equal(ae_spectrum_n_components(&p), 4);
    p.sigma2 = 1.0;
    assert_int_equal(ae_spectrum_n_components(&p), 9);
    p.D = 6.0;
    assert_int_equal(ae_spectrum_n_components(&p), 6);
    p.D = inf;
    assert_int_equal(ae_spectrum_n_components(&p), 4);
}

/* The larger D, the closer are the rows to orthogonal; at D = inf their strengths are r_tau. */
static void rows_become_orthogonal(void **state)
{
    (void)state;
    double before = inf;
    for (double D = 1e3; D < 1e8; D *= 100.0) {
        struct ae_params p = point_of("data=sinusoidal K=4");
        p.D = D;
        struct ae_spectrum spectrum = spectrum_of(&p);
        double distance = 0.0;
        for (size_t tau = 0; tau < 4; tau++)
            distance += fabs(spectrum.r[tau] - p.spikes.x[tau]);
        assert_true(distance < before && distance < 1e3 / D);
        before = distance;
        ae_spectrum_clear(&spectrum);
    }
    struct ae_params p = point_of("data=sinusoidal K=4 D=inf");
    struct ae_spectrum spectrum = spectrum_of(&p);
    for (size_t tau = 0; tau < 4; tau++)
        assert_true(spectrum.r[tau] == p.spikes.x[tau]);
    assert_true(spectrum.trace == 4.0 + 2.5 + 1.5 + 0.8 + 1.0);
    ae_spectrum_clear(&spectrum);
}

static void spikes_keep_their_order_and_number(void **state)
{
    (void)state;
    static const double spikes[] = {4, 1e-4}; /* weaker than a bulk direction */
    struct ae_params p = point_with("D=10 K=5", 2, spikes);
    struct ae_spectrum spectrum = spectrum_of(&p);
    struct ae_levels levels = levels_of(&p, &spectrum);
    assert_true(spectrum.M == 2 && spectrum.r == spikes);
    assert_true(levels.n == 1 && levels.at[0].n == 8.0 && levels.at[0].r == 0.1);
    expect_near(ae_spectrum_pca(&spectrum, 1), 1e-4 + 0.8, 1e-15, "pca_1");
    ae_levels_clear(&levels);
    ae_spectrum_clear(&spectrum);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(power_law_sums),
        cmocka_unit_test(a_flat_power_law_is_one_level),
        cmocka_unit_test(sinusoidal_rows_are_diagonalised),
        cmocka_unit_test(without_a_bulk_there_are_as_many_components_as_rows),
        cmocka_unit_test(rows_become_orthogonal),
        cmocka_unit_test(spikes_keep_their_order_and_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
