/*
 * The equations of the flow against truths that do not share their code: finite differences of the
 * loss, of the loss of the network cut after unit k (truncated), the full space against the
 * compressed one, a very large D against D = inf.
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
#include "aesweep/random.h"
#include "points.h"

enum { MAX_DIM = 512 };

static const char *const activations[] = {"linear",   "erf",  "relu",     "tanh",
                                          "logistic", "gelu", "softplus", "leaky_relu"};
enum { N_ACTIVATIONS = sizeof activations / sizeof *activations };
static const char *const ties[] = {"false", "true"};
static const char *const biases[] = {"none", "encoder", "decoder", "both"};

static struct ae_params point(const char *activation, const char *tied, const char *bias,
                              const char *rest)
{
    char text[256];
    (void)snprintf(text, sizeof text,
                   "D=12 sigma2=3 K=3 init=0.7 bias_init=0.3 tie_scale=%s activation=%s "
                   "tied=%s bias=%s %s",
                   tied[0] == 't' ? "0.8" : "1", activation, tied, bias, rest);
    return point_of(text);
}

/* A generic state: the start, moved by normals, so that biases and all modes take part. */
static void shake(size_t dim, double *y, uint64_t which)
{
    double z[MAX_DIM];
    assert_true(dim <= MAX_DIM);
    ae_normals(ae_random_of(77, which), AE_FOR_INPUT, 0, dim, z);
    for (size_t i = 0; i < dim; i++)
        y[i] += 0.4 * z[i];
}

/* Central difference of fourth order: error ~ h^4 * fifth derivative / 30 + 1e-16 / h ~ 1e-11. */
static double slope(struct ae_flow *flow, const struct ae_params *p, double *y, size_t i)
{
    const double h = 1e-3, y_i = y[i];
    double value[4];
    const double at[4] = {-2, -1, 1, 2};
    for (size_t j = 0; j < 4; j++) {
        y[i] = y_i + at[j] * h;
        value[j] = half_pmse(flow, p, y);
    }
    y[i] = y_i;
    return (8.0 * (value[2] - value[1]) - (value[3] - value[0])) / (12.0 * h);
}

static void expect_near(double got, double want, double tolerance, const char *what, size_t i)
{
    if (!(fabs(got - want) <= tolerance * fmax(1.0, fabs(want)))) {
        print_error("%s [%zu]: got %.15g, want %.15g\n", what, i, got, want);
        fail();
    }
}

static void check_gradient(const struct ae_params *p, const char *what)
{
    struct ae_network net;
    struct ae_flow *flow = NULL;
    assert_int_equal(ae_network_init(&net, p, true, NULL), AE_OK);
    assert_int_equal(ae_flow_new(&flow, p, &net, NULL), AE_OK);
    double y[MAX_DIM], dyds[MAX_DIM];
    ae_flow_start(flow, y);
    shake(ae_flow_dim(flow), y, p->K);
    ae_flow_rhs(flow, 0.0, y, dyds);
    for (size_t i = 0; i < ae_flow_dim(flow); i++)
        expect_near(dyds[i], -slope(flow, p, y, i), 1e-8, what, i);
    ae_flow_free(flow);
    ae_network_clear(&net);
}

/* The same point with D eigenvalues of a file, some equal, some 0. */
static struct ae_params *of_levels(struct ae_params *p, size_t D)
{
    static double r[100];
    assert_true(D >= 12 && D <= 100);
    for (size_t i = 0; i < D; i++)
        r[i] = i < 3 ? 4.0 - (double)i : i < 4 + D / 3 ? 0.5 : i < D / 2 + 4 ? 0.2 : 0.0;
    p->data = AE_DATA_FILE;
    p->eigenvalues = (struct ae_reals){D, r};
    p->D = (double)D;
    return p;
}

static void test_rhs_is_minus_gradient(void **state)
{
    (void)state;
    for (size_t a = 0; a < N_ACTIVATIONS; a++)
        for (size_t t = 0; t < 2; t++)
            for (size_t b = 0; b < 4; b++) {
                struct ae_params p = point(activations[a], ties[t], biases[b], "");
                char what[64];
                (void)snprintf(what, sizeof what, "%s tied=%s bias=%s", activations[a], ties[t],
                               biases[b]);
                check_gradient(&p, what);
            }
    for (size_t t = 0; t < 2; t++) {
        struct ae_params p = point("erf", ties[t], "both", "data=power alpha=0.7");
        check_gradient(&p, "power");
        p = point("relu", ties[t], "none", "data=sinusoidal");
        check_gradient(&p, "sinusoidal");
        p = point("tanh", ties[t], "encoder", "");
        check_gradient(of_levels(&p, 12), "levels");
    }
}

/* The network of the first K units. */
static struct ae_network cut(const struct ae_network *net, size_t K)
{
    struct ae_network part = *net; /* rows are in order, so the views serve */
    part.K = K;
    return part;
}

/*
 * Truncated, untied: unit k moves down the gradient of the loss of the network cut after unit k.
 * The flow of the cut network, vanilla, is that gradient (previous test); its own unit k must
 * agree.
 */
static void test_truncated_is_gradient_of_cut_network(void **state)
{
    (void)state;
    for (size_t a = 0; a < N_ACTIVATIONS; a++)
        for (size_t t = 0; t < 2; t++) {
            struct ae_params p = point(activations[a], ties[t], "both", "rule=truncated");
            struct ae_network net;
            struct ae_flow *flow = NULL;
            double y[MAX_DIM], dyds[MAX_DIM];
            assert_int_equal(ae_network_init(&net, &p, true, NULL), AE_OK);
            for (size_t i = 0; i < 2 * net.K * net.stride; i++)
                net.w[i] +=
                    i % net.stride < net.n && i < net.K * net.stride ? 0.1 * (double)(i % 7) : 0.0;
            for (size_t i = 0; i < net.K * net.stride; i++)
                net.v[i] = p.tied ? p.tie_scale * net.w[i]
                                  : net.v[i] + (i % net.stride < net.n ? 0.2 : 0.0);
            for (size_t i = 0; i < net.n; i++)
                net.c[i] = 0.05 * (double)(i % 3);
            assert_int_equal(ae_flow_new(&flow, &p, &net, NULL), AE_OK);
            ae_flow_start(flow, y);
            ae_flow_rhs(flow, 0.0, y, dyds);
            for (size_t K = 1; K <= net.K; K++) {
                struct ae_network part = cut(&net, K);
                struct ae_params vanilla = p;
                vanilla.rule = AE_VANILLA;
                vanilla.K = K;
                struct ae_flow *part_flow = NULL;
                double part_y[MAX_DIM], part_dyds[MAX_DIM];
                assert_int_equal(ae_flow_new(&part_flow, &vanilla, &part, NULL), AE_OK);
                ae_flow_start(part_flow, part_y);
                ae_flow_rhs(part_flow, 0.0, part_y, part_dyds);
                for (size_t i = 0; i < net.n; i++) {
                    size_t at = (K - 1) * net.n + i;
                    expect_near(dyds[at], part_dyds[at], 1e-13, "dw", i);
                    if (!p.tied)
                        expect_near(dyds[net.K * net.n + at], part_dyds[K * net.n + at], 1e-13,
                                    "dv", i);
                }
                size_t n_bodies = p.tied ? 1 : 2; /* w, or w and v; then c, then b */
                expect_near(dyds[(n_bodies * net.K + 1) * net.n + K - 1],
                            part_dyds[(n_bodies * K + 1) * net.n + K - 1], 1e-13, "db", K);
                if (K == net.K) /* c is never masked */
                    for (size_t i = 0; i < net.n; i++)
                        expect_near(dyds[n_bodies * net.K * net.n + i],
                                    part_dyds[n_bodies * K * net.n + i], 1e-13, "dc", i);
                ae_flow_free(part_flow);
            }
            ae_flow_free(flow);
            ae_network_clear(&net);
        }
}

/* Rates and decay: linear in lr_decoder, lr_bias and weight_decay / lr, each on its own part. */
static void test_rates_and_decay(void **state)
{
    (void)state;
    for (size_t t = 0; t < 2; t++) {
        struct ae_params base = point("erf", ties[t], "both", "lr=2");
        struct ae_params changed = base;
        changed.lr_decoder = 0.5;
        changed.lr_bias = 3.0;
        changed.weight_decay = 0.6;
        struct ae_params half = base;
        half.lr_decoder = 0.5;
        struct ae_network net;
        assert_int_equal(ae_network_init(&net, &base, true, NULL), AE_OK);
        const struct ae_params *points[] = {&base, &changed, &half};
        double y[MAX_DIM], dyds[3][MAX_DIM];
        size_t dim = 0;
        for (size_t i = 0; i < 3; i++) {
            struct ae_flow *flow = NULL;
            assert_int_equal(ae_flow_new(&flow, points[i], &net, NULL), AE_OK);
            dim = ae_flow_dim(flow);
            if (i == 0) {
                ae_flow_start(flow, y);
                shake(dim, y, 5);
            }
            ae_flow_rhs(flow, 0.0, y, dyds[i]);
            ae_flow_free(flow);
        }
        size_t n_w = net.K * net.n, n_weights = base.tied ? n_w : 2 * n_w;
        for (size_t i = 0; i < dim; i++) {
            double want = i >= n_weights           ? 3.0 * dyds[0][i]
                          : !base.tied && i >= n_w ? 0.5 * dyds[0][i] - 0.3 * y[i]
                          : base.tied              ? dyds[2][i] - 0.3 * y[i]
                                                   : dyds[0][i] - 0.3 * y[i];
            expect_near(dyds[1][i], want, 1e-13, "rate", i);
        }
        ae_network_clear(&net);
    }
}

/* Tied: d pmse/2 / dw counts both paths; with lr_decoder = 0 only the encoder's is left, which is
 * the untied encoder's right-hand side at v = s w. */
static void test_tied_without_decoder_path(void **state)
{
    (void)state;
    struct ae_params tied = point("relu", "true", "none", "lr_decoder=0");
    struct ae_params untied = point("relu", "false", "none", "");
    struct ae_network net;
    struct ae_flow *flow[2] = {NULL, NULL};
    double y[2][MAX_DIM], dyds[2][MAX_DIM];
    assert_int_equal(ae_network_init(&net, &tied, true, NULL), AE_OK);
    assert_int_equal(ae_flow_new(&flow[0], &tied, &net, NULL), AE_OK);
    assert_int_equal(ae_flow_new(&flow[1], &untied, &net, NULL), AE_OK);
    for (size_t i = 0; i < 2; i++) {
        ae_flow_start(flow[i], y[i]);
        ae_flow_rhs(flow[i], 0.0, y[i], dyds[i]);
        ae_flow_free(flow[i]);
    }
    for (size_t i = 0; i < net.K * net.n; i++)
        expect_near(dyds[0][i], dyds[1][i], 1e-14, "dw", i);
    ae_network_clear(&net);
}

/* Order parameters of the compressed start are those of the full one; and f over all modes adds up.
 * */
static void test_compressed_start_and_residuals(void **state)
{
    (void)state;
    for (size_t t = 0; t < 2; t++)
        for (double D = 6; D < 400;
             D *= 4) { /* fewer bulk directions than vectors; as many; more */
            struct ae_params p = point("relu", ties[t], "encoder", "");
            p.D = D;
            struct ae_spectrum spectrum;
            struct ae_network net[2];
            struct ae_order *order[2] = {NULL, NULL};
            assert_int_equal(ae_spectrum_init(&spectrum, &p, NULL), AE_OK);
            for (size_t i = 0; i < 2; i++) {
                assert_int_equal(ae_network_init(&net[i], &p, i == 1, NULL), AE_OK);
                assert_int_equal(ae_order_new(&order[i], p.K, NULL), AE_OK);
                ae_order_compute(order[i], AE_RELU, &net[i]);
            }
            assert_true(net[0].n == (size_t)D);
            assert_true(net[1].n <= net[0].n && net[1].n <= 4 + 6);
            for (size_t i = 0; i < 9; i++) {
                expect_near(order[1]->Q[i], order[0]->Q[i], 1e-13, "Q", i);
                expect_near(ae_network_R(&net[1], i / 3, i % 3),
                            ae_network_R(&net[0], i / 3, i % 3), 1e-13, "R", i);
            }
            for (size_t i = 0; i < 16; i++)
                expect_near(order[1]->T[i], order[0]->T[i], 1e-13, "T", i);
            double sum = 0.0;
            for (size_t tau = 0; tau < net[0].n; tau++)
                sum += net[0].r[tau] * ae_order_residual(order[0], &net[0], tau);
            double pmse = ae_order_excess(order[0], &spectrum, 0) + spectrum.trace;
            expect_near(sum, pmse, 1e-13, "sum of r f", t);
            for (size_t m = 0; m <= 3; m++)
                expect_near(ae_order_excess(order[0], &spectrum, m) + ae_spectrum_pca(&spectrum, m),
                            pmse, 1e-13, "excess + pca", m);
            for (size_t i = 0; i < 2; i++) {
                ae_order_free(order[i]);
                ae_network_clear(&net[i]);
            }
            ae_spectrum_clear(&spectrum);
        }
}

/* The right-hand side of the full network, projected, is that of the compressed one: dQ, dT agree.
 * */
static void order_rates(struct ae_params *p, bool compressed, double *rates)
{
    struct ae_network net;
    struct ae_flow *flow = NULL;
    static double y[4096], dyds[4096];
    assert_int_equal(ae_network_init(&net, p, compressed, NULL), AE_OK);
    assert_int_equal(ae_flow_new(&flow, p, &net, NULL), AE_OK);
    assert_true(ae_flow_dim(flow) <= 4096);
    ae_flow_start(flow, y);
    ae_flow_rhs(flow, 0.0, y, dyds);
    size_t K = net.K, n = net.n, n_w = net.n_w;
    for (size_t k = 0; k < K; k++)
        for (size_t l = 0; l < K; l++) {
            const double *w = y + l * n_w, *dw = dyds + k * n_w, *v = y + K * n_w + l * n,
                         *dv = dyds + K * n_w + k * n;
            for (size_t i = 0; i < n; i++)
                rates[K * K + k * K + l] += dv[i] * v[i];
            for (size_t i = 0; i < n_w; i++) {
                rates[k * K + l] += net.r[i] * dw[i] * w[i];
                rates[2 * K * K + k * K + l] += net.r[i] * dw[i] * v[i];
            }
        }
    ae_flow_free(flow);
    ae_network_clear(&net);
}

static void test_compressed_flow_is_full_flow(void **state)
{
    (void)state;
    for (size_t a = 0; a < N_ACTIVATIONS; a++) {
        struct ae_params p =
            point(activations[a], "false", "none", "rule=truncated weight_decay=0.1");
        p.D = 100;
        double rates[2][27] = {{0}};
        order_rates(&p, false, rates[0]);
        order_rates(&p, true, rates[1]);
        for (size_t i = 0; i < 27; i++)
            expect_near(rates[1][i], rates[0][i], 1e-13, activations[a], i);
        double others[2][27] = {{0}};
        order_rates(of_levels(&p, 100), false, others[0]);
        order_rates(&p, true, others[1]);
        for (size_t i = 0; i < 27; i++)
            expect_near(others[1][i], others[0][i], 1e-13, "levels", i);
    }
}

/*
 * D = inf against a network at D' = 1e14 made by hand: the same spikes and decoder bulk, and an
 * encoder bulk of the right variance in directions of its own, which hardly moves.
 */
static void test_infinite_D_is_the_limit(void **state)
{
    (void)state;
    for (size_t a = 0; a < N_ACTIVATIONS; a++) {
        struct ae_params p = point(activations[a], "false", "both", "");
        p.D = INFINITY;
        struct ae_network inf, big;
        assert_int_equal(ae_network_init(&inf, &p, true, NULL), AE_OK);
        struct ae_params q = p;
        q.D = 11; /* for the memory: 4 spikes, 3 decoder and 3 encoder directions, one to spare */
        q.init = 0.5;
        assert_int_equal(ae_network_init(&big, &q, false, NULL), AE_OK);
        memset(big.w, 0, 2 * big.K * big.stride * sizeof *big.w);
        const double huge = 1e14;
        for (size_t i = 4; i < big.n; i++)
            big.r[i] = p.sigma2 / huge;
        for (size_t k = 0; k < 3; k++) {
            memcpy(big.w + k * big.stride, inf.w + k * inf.stride, 4 * sizeof *big.w);
            memcpy(big.v + k * big.stride, inf.v + k * inf.stride, inf.n * sizeof *big.v);
            big.w[k * big.stride + 7 + k] = p.init * sqrt(huge);
        }
        struct ae_flow *flow[2] = {NULL, NULL};
        double y[MAX_DIM], dyds[2][MAX_DIM];
        assert_int_equal(ae_flow_new(&flow[0], &p, &inf, NULL), AE_OK);
        assert_int_equal(ae_flow_new(&flow[1], &q, &big, NULL), AE_OK);
        ae_flow_start(flow[0], y);
        ae_flow_rhs(flow[0], 0.0, y, dyds[0]);
        ae_flow_start(flow[1], y);
        ae_flow_rhs(flow[1], 0.0, y, dyds[1]);
        for (size_t k = 0; k < 3; k++) {
            for (size_t i = 0; i < 4; i++)
                expect_near(dyds[0][k * inf.n_w + i], dyds[1][k * big.n_w + i], 1e-10, "dw", i);
            for (size_t i = 0; i < inf.n; i++)
                expect_near(dyds[0][3 * inf.n_w + k * inf.n + i],
                            dyds[1][3 * big.n_w + k * big.n + i], 1e-6, "dv",
                            i); /* r w = sqrt(sigma2 ...) 1e-7 is left in the bulk of dv */
        }
        for (size_t i = 0; i < 2; i++)
            ae_flow_free(flow[i]);
        ae_network_clear(&inf);
        ae_network_clear(&big);
    }
}

/* The frozen bulk decays as exp(-2 (weight_decay / lr) s), tied or not it leaves the dimension
 * small. */
static void test_infinite_D_frozen_bulk_decays(void **state)
{
    (void)state;
    struct ae_params p = point_of("D=inf K=2 sigma2=2 init=0.5 weight_decay=0.3 lr=2");
    struct ae_network net;
    struct ae_flow *flow = NULL;
    double y[MAX_DIM];
    const struct ae_order *order = NULL;
    assert_int_equal(ae_network_init(&net, &p, true, NULL), AE_OK);
    assert_int_equal(ae_flow_new(&flow, &p, &net, NULL), AE_OK);
    assert_true(ae_flow_dim(flow) == 2 * 4 + 2 * 6);
    ae_flow_start(flow, y);
    double Q_0 = ae_flow_network(flow, 0.0, y, &order) ? order->Q[0] : 0.0;
    double Q_3 = ae_flow_network(flow, 3.0, y, &order) ? order->Q[0] : 0.0;
    expect_near(Q_0 - Q_3, 2.0 * 0.25 * (1.0 - exp(-2.0 * 0.15 * 3.0)), 1e-14, "frozen", 0);
    ae_flow_free(flow);
    ae_network_clear(&net);
}

/*
 * Tied at D = inf: the Gram matrix of the bulk parts of w obeys dG/ds = A G + G A^T with
 * A_kl = -tie_scale^2 lr_decoder S_kl I_kl - d delta_kl, the quadratic form of the flow of directions
 * that carry no variance.
 */
static void test_infinite_D_tied_bulk(void **state)
{
    (void)state;
    struct ae_params p = point_of("D=inf K=2 tied=true tie_scale=0.8 lr_decoder=0.6 lr=2 init=0.5 "
                                  "weight_decay=0.3 rule=truncated activation=erf");
    struct ae_network net;
    struct ae_flow *flow = NULL;
    const struct ae_order *order = NULL;
    double y[MAX_DIM], dyds[MAX_DIM], A[4], G[4] = {0}, dG[4] = {0};
    assert_int_equal(ae_network_init(&net, &p, true, NULL), AE_OK);
    assert_int_equal(ae_flow_new(&flow, &p, &net, NULL), AE_OK);
    assert_true(ae_flow_dim(flow) == 2 * 6);
    ae_flow_start(flow, y);
    shake(12, y, 9);
    ae_flow_rhs(flow, 0.0, y, dyds);
    (void)ae_flow_network(flow, 0.0, y, &order);
    for (size_t k = 0; k < 2; k++)
        for (size_t l = 0; l < 2; l++) {
            double I = l <= k ? order->moments.I[(k + 1) * 3 + l + 1] : 0.0;
            A[2 * k + l] = -0.8 * 0.8 * 0.6 * I - (k == l ? 0.15 : 0.0);
            for (size_t i = 4; i < 6; i++) {
                G[2 * k + l] += y[6 * k + i] * y[6 * l + i];
                dG[2 * k + l] += dyds[6 * k + i] * y[6 * l + i] + y[6 * k + i] * dyds[6 * l + i];
            }
        }
    for (size_t k = 0; k < 2; k++)
        for (size_t l = 0; l < 2; l++) {
            double want = 0.0;
            for (size_t j = 0; j < 2; j++)
                want += A[2 * k + j] * G[2 * j + l] + G[2 * k + j] * A[2 * l + j];
            expect_near(dG[2 * k + l], want, 1e-14, "dG", 2 * k + l);
        }
    ae_flow_free(flow);
    ae_network_clear(&net);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rhs_is_minus_gradient),
        cmocka_unit_test(test_truncated_is_gradient_of_cut_network),
        cmocka_unit_test(test_rates_and_decay),
        cmocka_unit_test(test_tied_without_decoder_path),
        cmocka_unit_test(test_compressed_start_and_residuals),
        cmocka_unit_test(test_compressed_flow_is_full_flow),
        cmocka_unit_test(test_infinite_D_is_the_limit),
        cmocka_unit_test(test_infinite_D_frozen_bulk_decays),
        cmocka_unit_test(test_infinite_D_tied_bulk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
