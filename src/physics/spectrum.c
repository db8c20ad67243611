/*
 * Spectra of the inputs. Letters: r eigenvalues, M leading components, D dimension, alpha exponent
 * of a power law, A_m rows of sinusoidal inputs. Source: arXiv:2201.02115.
 */
#include "aesweep/spectrum.h"

#include <float.h>
#include <gsl/gsl_eigen.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- the variance beyond the leading components ---- */

/* sum_{tau = a}^{b} tau^-alpha for a >= 16 by the Euler-Maclaurin formula; relative error 1e-16. */
static double smooth_tail(double alpha, double a, double b)
{
    /* B_2j / (2j)! */
    static const double c[] = {1.0 / 12.0, -1.0 / 720.0, 1.0 / 30240.0, -1.0 / 1209600.0,
                               1.0 / 47900160.0};
    double f_a = pow(a, -alpha), f_b = pow(b, -alpha);
    double u = (1.0 - alpha) * log(b / a);
    double integral = a * f_a * (fabs(u) < 1e-300 ? log(b / a) : log(b / a) * expm1(u) / u);
    double sum = integral + 0.5 * (f_a + f_b);
    double slope = alpha, at_a = f_a / a, at_b = f_b / b; /* odd derivatives, times -1 */
    for (size_t j = 0; j < sizeof c / sizeof *c; j++) {
        sum += c[j] * slope * (at_a - at_b);
        slope *= (alpha + 2.0 * (double)j + 1.0) * (alpha + 2.0 * (double)j + 2.0);
        at_a /= a * a;
        at_b /= b * b;
    }
    return sum;
}

/* sum_{tau = a}^{b} tau^-alpha, from the small end. */
static double power_sum(double alpha, double a, double b)
{
    double first = fmax(32.0, 2.0 * alpha), sum = 0.0; /* from where on terms change slowly */
    double smooth_from = fmax(a, ceil(first));
    if (b >= smooth_from)
        sum = smooth_tail(alpha, smooth_from, b);
    for (double tau = fmin(b, smooth_from - 1.0); tau >= a; tau -= 1.0)
        sum += pow(tau, -alpha);
    return sum;
}

/* Variance of the directions that n spikes or rows leave. */
static double bulk_variance(const struct ae_params *p)
{
    if (isinf(p->D))
        return p->sigma2;
    return p->sigma2 * (p->D - (double)p->spikes.n) / p->D;
}

/* ---- sinusoidal rows ---- */

/* sum_{i = 1}^{D} cos(theta i) */
static double cosine_sum(double D, double theta)
{
    return theta == 0.0 ? D : 0.5 * (sin((D + 0.5) * theta) / sin(0.5 * theta) - 1.0);
}

/* A_m . A_n of rows m, n = 0, 1, ... before they are normalised. */
static double row_product(double D, size_t m, size_t n)
{
    double a = 0.01 * (double)(m + 2), b = 0.01 * (double)(n + 2);
    return 0.5 * (cosine_sum(D, a - b) - cosine_sum(D, a + b));
}

static int falling(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x < y) - (x > y);
}

/* r [spikes.n]: eigenvalues of the rows' Gram matrix, which are those of the covariance. What is
 * lost in rounding is a small positive number. */
static enum ae_status diagonalise(const struct ae_params *p, double *r, struct ae_error *err)
{
    size_t n = p->spikes.n;
    gsl_matrix *gram = gsl_matrix_alloc(n, n);
    gsl_eigen_symm_workspace *work = gsl_eigen_symm_alloc(n);
    gsl_vector_view values = gsl_vector_view_array(r, n);
    enum ae_status rc = gram && work ? AE_OK : ae_fail_memory(err, n * n * sizeof *r);
    for (size_t i = 0; rc == AE_OK && i < n; i++)
        for (size_t j = 0; j <= i; j++) {
            double norms = row_product(p->D, i, i) * row_product(p->D, j, j);
            double cosine = i == j ? 1.0 : row_product(p->D, i, j) / sqrt(norms);
            gsl_matrix_set(gram, i, j, sqrt(p->spikes.x[i] * p->spikes.x[j]) * cosine);
        }
    if (rc == AE_OK && gsl_eigen_symm(gram, &values.vector, work) != 0)
        rc = ae_fail(err, AE_EINTERNAL, "the eigenvalues of %zu sinusoidal rows were not found", n);
    qsort(r, n, sizeof *r, falling);
    for (size_t i = 0; i < n; i++)
        r[i] = fmax(r[i], DBL_EPSILON * r[0]);
    gsl_eigen_symm_free(work);
    gsl_matrix_free(gram);
    return rc;
}

/* The directions of sinusoidal inputs by falling r: eigenvalues of the rows and the bulk, merged. */
struct cursor {
    size_t n_rows, row;
    const double *rows;    /* [n_rows] */
    double n_bulk, r_bulk; /* directions that are left of it */
};

static bool is_row_next(const struct cursor *at)
{
    return at->row < at->n_rows && (at->n_bulk == 0.0 || at->rows[at->row] >= at->r_bulk);
}

static double take_direction(struct cursor *at)
{
    if (is_row_next(at))
        return at->rows[at->row++];
    at->n_bulk -= 1.0;
    return at->r_bulk;
}

static struct cursor first_direction(const struct ae_params *p, const double *rows)
{
    double n = (double)p->spikes.n;
    return (struct cursor){
        .n_rows = p->spikes.n, .rows = rows, .n_bulk = p->D - n, .r_bulk = p->sigma2 / p->D};
}

static enum ae_status find_sinusoidal(struct ae_spectrum *spectrum, const struct ae_params *p,
                                      struct ae_error *err)
{
    size_t n = p->spikes.n;
    double *rows = ae_reals_new(n + spectrum->M), *leading = rows + n;
    if (!rows)
        return ae_fail_memory(err, (n + spectrum->M) * sizeof *rows);
    spectrum->own = rows;
    enum ae_status rc = AE_OK;
    if (isinf(p->D))
        memcpy(rows, p->spikes.x, n * sizeof *rows);
    else
        rc = diagonalise(p, rows, err);
    if (rc != AE_OK)
        return rc;
    struct cursor at = first_direction(p, rows);
    for (size_t i = 0; i < spectrum->M; i++)
        leading[i] = take_direction(&at);
    spectrum->r = leading;
    spectrum->rest = isinf(p->D) ? p->sigma2 : at.n_bulk * at.r_bulk;
    for (size_t i = n; i-- > at.row;)
        spectrum->rest += rows[i];
    return AE_OK;
}

/* ---- spectra ---- */

/* How many of the first n_most eigenvalues are positive. */
static size_t count_positive(struct ae_reals r, size_t n_most)
{
    size_t n = r.n < n_most ? r.n : n_most;
    while (n > 0 && r.x[n - 1] == 0.0)
        n--;
    return n;
}

size_t ae_spectrum_n_components(const struct ae_params *p)
{
    double n = (double)p->spikes.n;
    switch ((enum ae_data)p->data) {
    case AE_SPIKED:
        return p->spikes.n;
    case AE_POWER:
        n = p->D;
        break;
    case AE_SINUSOIDAL:
        if (p->sigma2 / p->D > 0.0)
            n = p->D;
        break;
    case AE_DATA_FILE:
        n = (double)count_positive(p->eigenvalues, p->K);
        break;
    }
    return (double)p->K < n ? p->K : (size_t)n;
}

static enum ae_status find_power(struct ae_spectrum *spectrum, const struct ae_params *p,
                                 struct ae_error *err)
{
    size_t M = spectrum->M;
    spectrum->own = ae_reals_new(M);
    spectrum->r = spectrum->own;
    if (!spectrum->own)
        return ae_fail_memory(err, M * sizeof(double));
    for (size_t i = 0; i < M; i++)
        spectrum->own[i] = p->spikes.x[0] * pow((double)(i + 1), -p->alpha);
    spectrum->rest = p->spikes.x[0] * power_sum(p->alpha, (double)(M + 1), p->D);
    return AE_OK;
}

enum ae_status ae_spectrum_init(struct ae_spectrum *spectrum, const struct ae_params *p,
                                struct ae_error *err)
{
    *spectrum = (struct ae_spectrum){.M = ae_spectrum_n_components(p)};
    enum ae_status rc = AE_OK;
    switch ((enum ae_data)p->data) {
    case AE_SPIKED:
        spectrum->r = p->spikes.x;
        spectrum->rest = bulk_variance(p);
        break;
    case AE_POWER:
        rc = find_power(spectrum, p, err);
        break;
    case AE_SINUSOIDAL:
        rc = find_sinusoidal(spectrum, p, err);
        break;
    case AE_DATA_FILE:
        spectrum->r = p->eigenvalues.x;
        for (size_t i = p->eigenvalues.n; i-- > spectrum->M;)
            spectrum->rest += p->eigenvalues.x[i];
        break;
    }
    if (rc == AE_OK)
        spectrum->trace = ae_spectrum_pca(spectrum, 0);
    else
        ae_spectrum_clear(spectrum);
    return rc;
}

void ae_spectrum_clear(struct ae_spectrum *spectrum)
{
    free(spectrum->own);
    *spectrum = (struct ae_spectrum){0};
}

double ae_spectrum_pca(const struct ae_spectrum *spectrum, size_t m)
{
    double left = spectrum->rest;
    for (size_t tau = spectrum->M; tau-- > m;)
        left += spectrum->r[tau];
    return left;
}

size_t ae_spectrum_n_main(const struct ae_spectrum *spectrum, size_t K)
{
    return K < spectrum->M ? K : spectrum->M;
}

/* ---- levels ---- */

/* Directions by falling r; equal ones become one level. */
static void push(struct ae_levels *levels, double r, double n)
{
    bool is_same = levels->n > 0 && levels->at[levels->n - 1].r == r;
    if (!is_same && n > 0.0)
        levels->at[levels->n++] = (struct ae_level){.r = r, .n = 0.0};
    if (n > 0.0)
        levels->at[levels->n - 1].n += n;
}

static void push_power(struct ae_levels *levels, const struct ae_params *p, size_t M)
{
    for (double tau = (double)(M + 1); tau <= p->D; tau += 1.0)
        push(levels, p->spikes.x[0] * pow(tau, -p->alpha), 1.0);
}

static void push_sinusoidal(struct ae_levels *levels, const struct ae_params *p, size_t M,
                            const double *rows)
{
    struct cursor at = first_direction(p, rows);
    for (size_t i = 0; i < M; i++)
        (void)take_direction(&at);
    while (is_row_next(&at))
        push(levels, take_direction(&at), 1.0);
    push(levels, at.r_bulk, at.n_bulk);
    for (; at.row < at.n_rows; at.row++)
        push(levels, at.rows[at.row], 1.0);
}

enum ae_status ae_levels_init(struct ae_levels *levels, const struct ae_params *p,
                              const struct ae_spectrum *spectrum, struct ae_error *err)
{
    size_t M = spectrum->M, n_most = 1 + p->spikes.n;
    if (p->data == AE_POWER || p->data == AE_DATA_FILE)
        n_most = (size_t)p->D - M;
    *levels = (struct ae_levels){.at = ae_calloc(n_most, 1, sizeof *levels->at)};
    if (!levels->at)
        return ae_fail_memory(err, n_most * sizeof *levels->at);
    switch ((enum ae_data)p->data) {
    case AE_SPIKED:
        push(levels, p->sigma2 / p->D, p->D - (double)M);
        break;
    case AE_POWER:
        push_power(levels, p, M);
        break;
    case AE_SINUSOIDAL:
        push_sinusoidal(levels, p, M, spectrum->own);
        break;
    case AE_DATA_FILE:
        for (size_t i = M; i < p->eigenvalues.n; i++)
            push(levels, p->eigenvalues.x[i], 1.0);
        break;
    }
    return AE_OK;
}

void ae_levels_clear(struct ae_levels *levels)
{
    free(levels->at);
    *levels = (struct ae_levels){0};
}

static double count_modes(struct ae_reals r, size_t from, double n_most)
{
    double sum = 0.0, n = 0.0; /* of the present level */
    for (size_t i = from; i < r.n; i++) {
        n = i > from && r.x[i] == r.x[i - 1] ? n + 1.0 : 1.0;
        sum += n <= n_most ? 1.0 : 0.0;
    }
    return sum;
}

double ae_levels_n_modes(const struct ae_params *p, double n_most)
{
    double M = (double)ae_spectrum_n_components(p), n = (double)p->spikes.n;
    double n_beyond = p->D - M;
    switch ((enum ae_data)p->data) {
    case AE_SPIKED:
        break;
    case AE_POWER:
        return p->alpha > 0.0 ? n_beyond : fmin(n_beyond, n_most);
    case AE_SINUSOIDAL: /* nearly always rows come first */
        return fmin(n_beyond, fmax(n - M, 0.0) + n_most);
    case AE_DATA_FILE:
        return count_modes(p->eigenvalues, (size_t)M, n_most);
    }
    return fmin(n_beyond, n_most);
}
