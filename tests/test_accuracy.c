/*
 * The ode engine is right to its tolerance: pmse against explicit integrations at 1e-12, of the same
 * right-hand side by other code and of another one by other formulas; excess against a closed form.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "aesweep/integrate.h"
#include "aesweep/random.h"
#include "points.h"

static const char *const activations[] = {"linear", "erf",  "relu",     "leaky_relu",
                                          "tanh",   "gelu", "logistic", "softplus"};
static const char *const ties[] = {"false", "true"};
static const char *const biases[] = {"none", "encoder", "decoder", "both"};
static const char *const rules[] = {"vanilla", "truncated"};

/* pmse at every observed time, relative to itself. */
static void expect_near(const struct ae_record *got, const struct ae_record *want, double bound,
                        const char *what)
{
    assert_true(got->n_times == want->n_times && got->n_times > 2);
    for (size_t j = 0; j < got->n_times; j++) {
        double a = got->curve[j * got->n_cols + 1], b = want->curve[j * want->n_cols + 1];
        if (!(fabs(a - b) <= bound * b)) {
            print_error("%s, t = %g: pmse %.12g, want %.12g, off by %g of %g\n", what,
                        got->curve[j * got->n_cols], a, b, fabs(a - b) / b, bound);
            fail();
        }
    }
}

/* At tolerance tol against rk8pd at 1e-12. */
static void check(const char *text, const double *tol, size_t n_tol)
{
    struct ae_params p = point_of(text);
    p.integrator = AE_RK8PD;
    p.tol = 1e-12;
    struct ae_record want = run_point(&p);
    p.integrator = AE_CVODE;
    for (size_t i = 0; i < n_tol; i++) {
        p.tol = tol[i];
        struct ae_record got = run_point(&p);
        expect_near(&got, &want, 10.0 * tol[i], text);
        ae_record_clear(&got);
    }
    ae_record_clear(&want);
}

static void test_every_flow(void **state)
{
    (void)state;
    static const double tol[] = {1e-8};
    for (size_t i = 0; i < 8 * 2 * 4 * 2; i++) {
        char text[256];
        (void)snprintf(text, sizeof text, "K=2 D=inf time=20 activation=%s tied=%s bias=%s rule=%s",
                       activations[i / 16], ties[i / 8 % 2], biases[i / 2 % 4], rules[i % 2]);
        check(text, tol, 1);
    }
}

/* Small starts, which wait at saddles, and units that compete: errors grow most there. */
static void test_every_tolerance(void **state)
{
    (void)state;
    static const char *const hard[] = {
        "activation=logistic bias=both rule=truncated",
        "activation=softplus tied=true bias=decoder rule=truncated",
        "activation=linear tied=true bias=both rule=truncated",
        "activation=erf",
        "activation=relu tied=true bias=both rule=truncated",
    };
    static const double tol[] = {1e-4, 1e-6, 1e-10};
    for (size_t i = 0; i < sizeof hard / sizeof *hard; i++) {
        char text[256];
        (void)snprintf(text, sizeof text, "K=3 D=50 init=1e-3 sigma2=0.5 time=60 %s", hard[i]);
        check(text, tol, 3);
    }
}

/* ---- other formulas ---- */

/*
 * Without biases and without a bulk. Averages of erf as D. Saad and S. Solla write them (Phys. Rev.
 * E 52, 4225, 1995), of relu as functions of the angle (Y. Cho and L. Saul, NIPS 2009).
 */
enum { K = 3, M = 4 };

struct plain {
    const struct ae_params *p;
    double *pmse;
};

struct averages {
    double I[K][K], H[K][K], P[K][K], a[K], a2[K];
};

static const double pi = 3.14159265358979323846;

static void average_pair(int activation, double Q_k, double Q_l, double Q_kl, double *I, double *H,
                         double *P)
{
    double cosine = fmin(fmax(Q_kl / sqrt(Q_k * Q_l), -1.0), 1.0), angle = acos(cosine);
    double whole = (1.0 + Q_k) * (1.0 + Q_l);
    if (activation == AE_LINEAR) {
        *I = Q_kl;
        *P = 1.0;
        *H = 0.0;
    } else if (activation == AE_ERF) {
        *I = 2.0 / pi * asin(Q_kl / sqrt(whole));
        *P = 2.0 / pi / sqrt(whole - Q_kl * Q_kl);
        *H = -*P * Q_kl / (1.0 + Q_k);
    } else {
        *I = sqrt(Q_k * Q_l) / (2.0 * pi) * (sin(angle) + (pi - angle) * cosine);
        *P = (pi - angle) / (2.0 * pi);
        *H = sqrt(Q_l / Q_k) * sin(angle) / (2.0 * pi);
    }
}

static void average_all(int activation, double Q[K][K], struct averages *mean)
{
    for (size_t k = 0; k < K; k++) {
        for (size_t l = 0; l < K; l++)
            average_pair(activation, Q[k][k], Q[l][l], Q[k][l], &mean->I[k][l], &mean->H[k][l],
                         &mean->P[k][l]);
        if (activation == AE_RELU) {
            mean->I[k][k] = 0.5 * Q[k][k];
            mean->P[k][k] = 0.5;
            mean->H[k][k] = 0.0;
        }
        mean->a[k] = activation == AE_LINEAR ? 1.0
                     : activation == AE_RELU ? 0.5
                                             : sqrt(2.0 / pi / (1.0 + Q[k][k]));
        mean->a2[k] = activation == AE_ERF ? -mean->a[k] / (1.0 + Q[k][k]) : 0.0;
    }
}

/* Order parameters and averages of y = w [K][M], v [K][M] (untied). */
static void look(const struct ae_params *p, const double *w, const double *v, double Q[K][K],
                 double R[K], double T[K][K], struct averages *mean)
{
    memset(Q, 0, K * K * sizeof(double));
    memset(T, 0, K * K * sizeof(double));
    memset(R, 0, K * sizeof(double));
    for (size_t k = 0; k < K; k++)
        for (size_t i = 0; i < M; i++) {
            for (size_t l = 0; l < K; l++) {
                Q[k][l] += p->spikes.x[i] * w[k * M + i] * w[l * M + i];
                T[k][l] += v[k * M + i] * v[l * M + i];
            }
            R[k] += p->spikes.x[i] * w[k * M + i] * v[k * M + i];
        }
    average_all(p->activation, Q, mean);
}

static void plain_rhs(void *ctx, double s, const double *y, double *dyds)
{
    const struct ae_params *p = ((const struct plain *)ctx)->p;
    const double *w = y, *v = p->tied ? y : y + K * M;
    double Q[K][K], R[K], T[K][K];
    struct averages mean;
    (void)s;
    look(p, w, v, Q, R, T, &mean);
    for (size_t k = 0; k < K; k++)
        for (size_t i = 0; i < M; i++) {
            double r = p->spikes.x[i], w_k = w[k * M + i];
            double dv = mean.a[k] * r * w_k;
            double dw = mean.a2[k] * R[k] * w_k + mean.a[k] * v[k * M + i];
            for (size_t l = 0; l < (p->rule == AE_TRUNCATED ? k + 1 : K); l++) {
                dv -= mean.I[k][l] * v[l * M + i];
                dw -= T[k][l] * (mean.H[k][l] * w_k + mean.P[k][l] * w[l * M + i]);
            }
            dyds[k * M + i] = r * dw + (p->tied ? dv : 0.0);
            if (!p->tied)
                dyds[(K + k) * M + i] = dv;
        }
}

static void plain_see(void *ctx, size_t j, double s, const double *y)
{
    struct plain *plain = ctx;
    double Q[K][K], R[K], T[K][K], sum = 0.0;
    struct averages mean;
    (void)s;
    look(plain->p, y, plain->p->tied ? y : y + K * M, Q, R, T, &mean);
    for (size_t k = 0; k < K; k++) {
        sum -= 2.0 * mean.a[k] * R[k];
        for (size_t l = 0; l < K; l++)
            sum += T[k][l] * mean.I[k][l];
    }
    for (size_t i = 0; i < M; i++)
        sum += plain->p->spikes.x[i];
    plain->pmse[j] = sum;
}

static bool go_on(void *ctx)
{
    (void)ctx;
    return false;
}

static void check_plain(struct ae_params *p, double *y, const char *what)
{
    struct ae_record got = run_point(p);
    double times[64], pmse[64];
    struct plain plain = {p, pmse};
    struct ae_ode ode = {.dim = (p->tied ? 1 : 2) * K * M,
                         .ctx = &plain,
                         .rhs = plain_rhs,
                         .see = plain_see,
                         .should_stop = go_on};
    struct ae_ode_work work;
    assert_true(got.n_times <= 64);
    for (size_t j = 0; j < got.n_times; j++)
        times[j] = got.curve[j * got.n_cols];
    assert_int_equal(ae_integrate(AE_RK8PD, &ode, 1e-12, got.n_times, times, y, &work, NULL),
                     AE_OK);
    for (size_t j = 0; j < got.n_times; j++) {
        double a = got.curve[j * got.n_cols + 1];
        if (!(fabs(a - pmse[j]) <= 1e-7 * pmse[j])) {
            print_error("%s, t = %g: pmse %.12g, want %.12g\n", what, times[j], a, pmse[j]);
            fail();
        }
    }
    ae_record_clear(&got);
}

static void test_other_formulas(void **state)
{
    (void)state;
    double flat[3 * K * M + 16], y[2 * K * M];
    for (size_t i = 0; i < 3 * 2 * 2; i++) {
        char text[256];
        (void)snprintf(text, sizeof text,
                       "K=3 D=inf sigma2=0 time=60 activation=%s tied=%s rule=%s",
                       activations[i / 4], ties[i / 2 % 2], rules[i % 2]);
        struct ae_params p = point_of(text);
        ae_normals(ae_random_of(11, i), AE_FOR_INPUT, 0, 2 * K * M, y);
        for (size_t j = 0; j < 2 * K * M; j++)
            y[j] *= 0.05;
        struct ae_start_view view = {
            .K = K, .M = M, .encoder = y, .decoder = p.tied ? NULL : y + K * M};
        ae_start_flatten(&view, flat);
        p.start = (struct ae_reals){ae_start_size(&view), flat};
        check_plain(&p, y, text);
    }
}

/* ---- excess ---- */

/* One linear unit, tied, on one spike: excess = r (1 - y)^2 with y = w^2, dy/dt = 2 r y (1 - y) for
 * lr = 1 each for encoder and decoder, 4 r in all: down to 1e-10 of the trace, to 1 %. */
static void test_small_excess(void **state)
{
    (void)state;
    const double spike[] = {1.5}, w_0 = 0.1;
    static double flat[8];
    struct ae_start_view view = {.K = 1, .M = 1, .encoder = &w_0};
    ae_start_flatten(&view, flat);
    struct ae_params p = point_with("activation=linear tied=true D=inf time=5", 1, spike);
    p.start = (struct ae_reals){ae_start_size(&view), flat};
    static double times[50];
    for (size_t j = 0; j < 50; j++)
        times[j] = 0.1 * (double)(j + 1);
    p.observe = (struct ae_reals){50, times};
    struct ae_record r = run_point(&p);
    double least = 1.0;
    for (size_t j = 0; j < r.n_times; j++) {
        double t = r.curve[j * r.n_cols], got = r.curve[j * r.n_cols + 2];
        double odds = w_0 * w_0 / (1.0 - w_0 * w_0) * exp(4.0 * spike[0] * t);
        double want = spike[0] / ((1.0 + odds) * (1.0 + odds));
        if (want < 1e-10 * r.summary.pca_0)
            continue;
        if (!(fabs(got - want) <= 0.01 * want)) {
            print_error("t = %g: excess %.10g, want %.10g\n", t, got, want);
            fail();
        }
        least = fmin(least, want);
    }
    assert_true(least < 1e-9);
    ae_record_clear(&r);
}

/* Long tails: erf's power law, relu with both biases close to PCA, against a hundredth of tol. */
static void test_small_excess_of_tails(void **state)
{
    (void)state;
    static const char *const tails[] = {
        "K=2 D=inf sigma2=0 time=1e12",
        "K=2 D=inf sigma2=0 activation=tanh time=1e8",
        "K=4 activation=relu bias=both time=1e5",
        "K=2 D=100 activation=gelu bias=both tied=true time=1e6",
    };
    for (size_t i = 0; i < sizeof tails / sizeof *tails; i++) {
        struct ae_params p = point_of(tails[i]);
        struct ae_record got = run_point(&p);
        p.tol = 1e-10;
        struct ae_record want = run_point(&p);
        for (size_t j = 0; j < got.n_times; j++) {
            double a = got.curve[j * got.n_cols + 2], b = want.curve[j * want.n_cols + 2];
            double bound = fmax(0.01 * fabs(b), 1e-12 * got.summary.pca_0);
            if (!(fabs(a - b) <= bound)) {
                print_error("%s, t = %g: excess %.10g, want %.10g\n", tails[i],
                            got.curve[j * got.n_cols], a, b);
                fail();
            }
        }
        expect_near(&got, &want, 1e-7, tails[i]);
        ae_record_clear(&got);
        ae_record_clear(&want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_flow),
        cmocka_unit_test(test_every_tolerance),
        cmocka_unit_test(test_other_formulas),
        cmocka_unit_test(test_small_excess),
        cmocka_unit_test(test_small_excess_of_tails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
