/*
 * Time of one evaluation of all Gaussian averages (K = 4), as a multiple of that of erf, and of one
 * bivariate normal distribution, beside direct quadrature of the same averages: a product rule of
 * 64 x 64 points per pair, which for relu is good for three digits. Then tanh and its like as Q
 * grows. Takes about ten seconds.
 */
#include <math.h>
#include <stdio.h>
#include <time.h>

#include "aesweep/moments.h"
#include "aesweep/normal.h"

enum { K = 4, N = K + 1, N_POINTS = 64 };

struct sample {
    double Q[K * K], minus[K * K], plus[K * K], b[K];
    double I[N * N], J[N * N], H[N * N], P[N * N], a2[N];
};

static double now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* Units of mixed size and angle: correlations from -0.9 to 0.95. */
static void sample_init(struct sample *s, double bias, double scale)
{
    static const double W[K][3] = {
        {1.0, 0.2, 0.1}, {0.9, 0.4, -0.1}, {-0.7, 0.3, 0.2}, {0.1, -0.5, 1.1}};
    static const double b[K] = {0.3, -0.5, 0.8, -0.1};
    for (size_t k = 0; k < K; k++) {
        s->b[k] = bias * b[k];
        for (size_t l = 0; l < K; l++)
            s->Q[k * K + l] = scale * (W[k][0] * W[l][0] + W[k][1] * W[l][1] + W[k][2] * W[l][2]);
    }
    for (size_t k = 0; k < K; k++) {
        for (size_t l = 0; l < K; l++) {
            double h = k == l ? 1.0 : s->Q[k * K + l] / sqrt(s->Q[k * N] * s->Q[l * N]);
            s->minus[k * K + l] = 1.0 - h;
            s->plus[k * K + l] = 1.0 + h;
        }
    }
}

static void by_moments(enum ae_activation activation, struct sample *s)
{
    struct ae_gauss in = {.K = K, .Q = s->Q, .one_minus = s->minus, .one_plus = s->plus, .b = s->b};
    struct ae_moments out = {.I = s->I, .J = s->J, .H = s->H, .P = s->P, .a2 = s->a2};
    ae_moments(activation, &in, &out);
}

/* I, J and P only, pair by pair. */
static void by_quadrature(enum ae_activation activation, struct sample *s)
{
    static const double step = 12.0 / N_POINTS;
    for (size_t k = 0; k < K; k++) {
        for (size_t l = k; l < K; l++) {
            double h = 0.5 * (s->plus[k * K + l] - s->minus[k * K + l]);
            double d = sqrt(s->plus[k * K + l] * s->minus[k * K + l]);
            double q_k = sqrt(s->Q[k * N]), q_l = sqrt(s->Q[l * N]);
            double I = 0.0, J_kl = 0.0, J_lk = 0.0, P = 0.0;
            for (int i = 0; i < N_POINTS; i++) {
                double x = -6.0 + (i + 0.5) * step;
                struct ae_g at_k = ae_activation_at(activation, s->b[k] + q_k * x);
                for (int j = 0; j < N_POINTS; j++) {
                    double y = -6.0 + (j + 0.5) * step;
                    double w = step * step * ae_normal_density(x) * ae_normal_density(y);
                    double lambda = s->b[l] + q_l * (h * x + d * y);
                    struct ae_g at_l = ae_activation_at(activation, lambda);
                    I += w * at_k.g * at_l.g;
                    P += w * at_k.dg * at_l.dg;
                    J_kl += w * at_k.dg * at_l.g;
                    J_lk += w * at_k.g * at_l.dg;
                }
            }
            s->I[(k + 1) * N + l + 1] = I;
            s->P[(k + 1) * N + l + 1] = P;
            s->J[(k + 1) * N + l + 1] = J_kl;
            s->J[(l + 1) * N + k + 1] = J_lk;
        }
    }
}

/* Best of several batches that take `budget_s` together; ns per evaluation. */
static double time_ns(void (*evaluate)(enum ae_activation, struct sample *),
                      enum ae_activation activation, struct sample *s, int batch, double budget_s)
{
    double best = HUGE_VAL;
    double start = now_s();
    double t = start;
    do {
        for (int i = 0; i < batch; i++)
            evaluate(activation, s);
        double end = now_s();
        best = fmin(best, (end - t) / batch * 1e9);
        t = end;
    } while (t - start < budget_s);
    return best;
}

static const struct {
    enum ae_activation activation;
    const char *name;
} laws[] = {
    {AE_LINEAR, "linear"},         {AE_ERF, "erf"},           {AE_RELU, "relu"},
    {AE_LEAKY_RELU, "leaky_relu"}, {AE_GELU, "gelu"},         {AE_TANH, "tanh"},
    {AE_LOGISTIC, "logistic"},     {AE_SOFTPLUS, "softplus"},
};
enum { N_LAWS = sizeof laws / sizeof *laws, FIRST_SLOW = 5 };

static double moments_ns(enum ae_activation activation, double bias, double scale)
{
    static struct sample s;
    sample_init(&s, bias, scale);
    return time_ns(by_moments, activation, &s, 200, 0.15);
}

static void moments_row(size_t law, double bias)
{
    static struct sample s, reference;
    sample_init(&s, bias, 1.0);
    reference = s;
    double erf_ns = moments_ns(AE_ERF, bias, 1.0);
    double fast = time_ns(by_moments, laws[law].activation, &s, 200, 0.15);
    double slow = time_ns(by_quadrature, laws[law].activation, &reference, 1, 0.15);
    double worst = 0.0;
    for (size_t k = 1; k < N; k++)
        for (size_t l = k; l < N; l++)
            worst = fmax(worst, fabs(s.I[k * N + l] - reference.I[k * N + l]));
    printf("%-10s %-5s %10.0f %8.1f %14.0f %12.1e\n", laws[law].name, bias > 0.0 ? "yes" : "no",
           fast, fast / erf_ns, slow, worst);
}

static void growth_row(size_t law, double bias)
{
    static const double scale[] = {1e-3, 1.0, 10.0, 100.0, 1e4};
    printf("%-10s %-5s", laws[law].name, bias > 0.0 ? "yes" : "no");
    for (size_t i = 0; i < sizeof scale / sizeof *scale; i++)
        printf(" %9.1f", moments_ns(laws[law].activation, bias, scale[i]) /
                             moments_ns(AE_ERF, bias, scale[i]));
    printf("\n");
}

static void distribution_row(double h)
{
    enum { CALLS = 100000 };
    double best = HUGE_VAL;
    double sum = 0.0;
    for (int repeat = 0; repeat < 3; repeat++) {
        double start = now_s();
        for (int i = 0; i < CALLS; i++)
            sum += ae_normal2_distribution(-1.0 + 2e-5 * i, 0.4, 1.0 - h, 1.0 + h);
        best = fmin(best, (now_s() - start) / CALLS * 1e9);
    }
    printf("%-16.4g %12.0f    (mean value %.6f)\n", h, best, sum / (3.0 * CALLS));
}

int main(void)
{
    printf("all averages, K = 4\n%-10s %-5s %10s %8s %14s %12s\n", "activation", "bias", "ns",
           "x erf", "quadrature ns", "its error");
    for (size_t law = 0; law < N_LAWS; law++)
        for (int bias = 0; bias < 2; bias++)
            moments_row(law, bias);
    printf("\ntime as a multiple of erf's, at multiples of Q\n%-10s %-5s", "activation", "bias");
    printf(" %9g %9g %9g %9g %9g\n", 1e-3, 1.0, 10.0, 100.0, 1e4);
    for (size_t law = FIRST_SLOW; law < N_LAWS; law++)
        for (int bias = 0; bias < 2; bias++)
            growth_row(law, bias);
    printf("\nbivariate normal distribution\n%-16s %12s\n", "h", "ns");
    static const double h[] = {0.1, 0.5, 0.75, 0.95, 0.9999, -0.95};
    for (size_t i = 0; i < sizeof h / sizeof *h; i++)
        distribution_row(h[i]);
    return 0;
}
