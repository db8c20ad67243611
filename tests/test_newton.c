/*
 * Newton's equations of the flow: what the structured solver returns is put back into
 * (I - gamma J) x = f, with J x by a central difference of the right-hand side along x.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "aesweep/newton.h"
#include "aesweep/random.h"
#include "points.h"

enum { MAX_DIM = 1 << 17 };

static const char *const activations[] = {"linear", "erf", "relu"};
static const char *const ties[] = {"false", "true"};
static const char *const biases[] = {"none", "encoder", "decoder", "both"};
static const char *const rules[] = {"vanilla", "truncated"};

static double norm(size_t n, const double *x)
{
    double sum = 0.0;
    for (size_t i = 0; i < n; i++)
        sum += x[i] * x[i];
    return sqrt(sum);
}

/* J x by central differences, h small against the distance to a kink. */
static void slope_along(struct ae_flow *flow, const double *y, const double *x, double h,
                        double *out)
{
    static double there[MAX_DIM], plus[MAX_DIM], minus[MAX_DIM];
    size_t n = ae_flow_dim(flow);
    double step = h / norm(n, x);
    for (size_t i = 0; i < n; i++)
        there[i] = y[i] + step * x[i];
    ae_flow_rhs(flow, 0.0, there, plus);
    for (size_t i = 0; i < n; i++)
        there[i] = y[i] - step * x[i];
    ae_flow_rhs(flow, 0.0, there, minus);
    for (size_t i = 0; i < n; i++)
        out[i] = (plus[i] - minus[i]) / (2.0 * step);
}

static void check_solve(const struct ae_params *p, double shake, double h, double gamma,
                        double tolerance, const char *what)
{
    struct ae_network net;
    struct ae_flow *flow = NULL;
    struct ae_newton *newton = NULL;
    static double y[MAX_DIM], f[MAX_DIM], x[MAX_DIM], Jx[MAX_DIM], off[MAX_DIM];
    assert_int_equal(ae_network_init(&net, p, true, NULL), AE_OK);
    assert_int_equal(ae_flow_new(&flow, p, &net, NULL), AE_OK);
    assert_int_equal(ae_newton_new(&newton, flow, NULL), AE_OK);
    size_t n = ae_flow_dim(flow);
    assert_true(n <= MAX_DIM);
    ae_flow_start(flow, y);
    ae_normals(ae_random_of(5, 1), AE_FOR_INPUT, 0, n, f);
    ae_normals(ae_random_of(5, 2), AE_FOR_INPUT, 0, n, x);
    for (size_t i = 0; i < n; i++)
        y[i] += shake * x[i];
    ae_newton_linearise(newton, 0.0, y);
    for (double g = gamma; g >= 1e-3 * gamma; g *= 0.1) { /* one J serves many gamma */
        assert_true(ae_newton_factor(newton, g));
        for (size_t i = 0; i < n; i++)
            x[i] = f[i];
        ae_newton_solve(newton, x);
        slope_along(flow, y, x, h, Jx);
        for (size_t i = 0; i < n; i++)
            off[i] = x[i] - g * Jx[i] - f[i];
        double scale = norm(n, f) + g * norm(n, Jx);
        if (!(norm(n, off) <= tolerance * scale)) {
            print_error("%s, gamma %g: off by %g of %g\n", what, g, norm(n, off), scale);
            fail();
        }
    }
    ae_newton_free(newton);
    ae_flow_free(flow);
    ae_network_clear(&net);
}

static void check_all(const char *rest)
{
    for (size_t a = 0; a < 3; a++)
        for (size_t t = 0; t < 2; t++)
            for (size_t b = 0; b < 4; b++)
                for (size_t r = 0; r < 2; r++) {
                    char text[256];
                    (void)snprintf(text, sizeof text,
                                   "K=3 init=0.7 bias_init=0.3 lr_decoder=0.7 lr_bias=1.3 "
                                   "activation=%s tied=%s bias=%s rule=%s %s",
                                   activations[a], ties[t], biases[b], rules[r], rest);
                    struct ae_params p = point_of(text);
                    p.tie_scale = p.tied ? 0.8 : 1.0;
                    check_solve(&p, 0.4, 1e-4, 10.0, 1e-3, text);
                }
}

struct asking {
    size_t n_asked, stop_at; /* 0: never */
};

static bool should_stop(void *ctx)
{
    struct asking *asking = ctx;
    return ++asking->n_asked == asking->stop_at;
}

/* With many modes it asks on the way, which changes nothing, or gives up. */
static void test_gives_up(void **state)
{
    (void)state;
    struct ae_params p = point_of("K=8 D=4000 data=power alpha=1 init=0.7 bias=both");
    struct ae_network net;
    struct ae_flow *flow = NULL;
    struct ae_newton *newton = NULL;
    struct asking asking = {0};
    static double y[MAX_DIM], x[2][MAX_DIM];
    assert_int_equal(ae_network_init(&net, &p, true, NULL), AE_OK);
    assert_int_equal(ae_flow_new(&flow, &p, &net, NULL), AE_OK);
    assert_int_equal(ae_newton_new(&newton, flow, NULL), AE_OK);
    size_t n = ae_flow_dim(flow);
    assert_true(n <= MAX_DIM);
    ae_flow_start(flow, y);
    ae_newton_linearise(newton, 0.0, y);
    for (size_t turn = 0; turn < 2; turn++) {
        assert_true(ae_newton_factor(newton, 10.0));
        for (size_t i = 0; i < n; i++)
            x[turn][i] = y[i];
        ae_newton_solve(newton, x[turn]);
        ae_flow_ask(flow, should_stop, &asking);
    }
    assert_true(asking.n_asked >= 1);
    assert_memory_equal(x[0], x[1], n * sizeof *x[0]);
    asking.stop_at = asking.n_asked + 1;
    assert_false(ae_newton_factor(newton, 10.0));
    assert_int_equal(asking.n_asked, asking.stop_at);
    ae_newton_free(newton);
    ae_flow_free(flow);
    ae_network_clear(&net);
}

/* A bulk at finite D, its limit, none in the encoder, and decay. */
static void test_every_flow(void **state)
{
    (void)state;
    check_all("D=12 sigma2=3");
    check_all("D=inf sigma2=0.5");
    check_all("D=30 sigma2=0 weight_decay=0.1");
}

/* K = 1 has no pairs. */
static void test_one_unit(void **state)
{
    (void)state;
    for (size_t t = 0; t < 2; t++)
        for (size_t b = 0; b < 4; b++) {
            char text[128];
            (void)snprintf(text, sizeof text, "K=1 D=8 init=0.5 tied=%s bias=%s", ties[t],
                           biases[b]);
            struct ae_params p = point_of(text);
            check_solve(&p, 0.3, 1e-4, 10.0, 1e-3, text);
        }
}

/* relu units a thousandth apart, or opposed but for it: near the kink derivatives are steep. */
static void test_near_the_kink(void **state)
{
    (void)state;
    for (int sign = -1; sign <= 1; sign += 2)
        for (size_t t = 0; t < 2; t++) {
            char text[128];
            (void)snprintf(text, sizeof text, "K=2 D=inf sigma2=0 activation=relu tied=%s",
                           ties[t]);
            struct ae_params p = point_of(text);
            double flat[64], w[8] = {1.0, 0.5, 0.2, -0.3}, v[8] = {0.3, 0.7, -0.2, 0.1};
            for (size_t i = 0; i < 4; i++) {
                w[4 + i] = sign * w[i] + (i == 1 ? 1e-3 : 0.0);
                v[4 + i] = 0.2 * (double)i - 0.3;
            }
            struct ae_start_view view = {
                .K = 2, .M = 4, .encoder = w, .decoder = t == 0 ? v : NULL};
            ae_start_flatten(&view, flat);
            p.start = (struct ae_reals){ae_start_size(&view), flat};
            check_solve(&p, 0.0, 1e-6, 1.0, 1e-3, text);
        }
}

/* Units that are 0 have no angles: their columns are wrong, but nothing may turn into nan. */
static void test_zero_units(void **state)
{
    (void)state;
    for (size_t a = 0; a < 3; a++) {
        char text[128];
        (void)snprintf(text, sizeof text, "K=6 D=inf init=informed bias=both activation=%s",
                       activations[a]);
        struct ae_params p = point_of(text);
        check_solve(&p, 0.0, 1e-7, 0.1, 1.0, text);
    }
}

/* So many modes that what belongs to them is not kept, but made anew in every solution. */
static void test_many_modes(void **state)
{
    (void)state;
    enum { N = 7400 };
    static double r[N];
    for (size_t i = 0; i < N; i++)
        r[i] = 4.0 / (double)(i + 1);
    struct ae_params p = point_with("K=6 D=inf init=0.3 bias=both bias_init=0.2", N, r);
    check_solve(&p, 0.0, 1e-4, 1.0, 1e-3, "many modes");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gives_up),   cmocka_unit_test(test_every_flow),
        cmocka_unit_test(test_one_unit),   cmocka_unit_test(test_near_the_kink),
        cmocka_unit_test(test_zero_units), cmocka_unit_test(test_many_modes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
