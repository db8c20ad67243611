/*
 * Simulation against theory: from overlaps of order one the mean pmse of SGD runs follows the
 * finite-D flow, for every variant, at ten times of the way. The mean scatters as 1/sqrt(D n) for n
 * replicates, at a cost of D^2 n: D = 500, n = 16 follow within 5 %, three standard errors or more.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "points.h"

enum { N_TIMES = 10 };
#ifdef __SANITIZE_ADDRESS__
enum {
    D = 250,
    N_REPLICATES = 2
}; /* twenty times slower: what is followed is memory, not theory */
static const double closeness = 0.1;
#else
enum { D = 500, N_REPLICATES = 16 };
static const double closeness = 0.05;
#endif

static void check_variant(const char *variant, struct ae_reals start)
{
    static const double spikes[] = {2.0, 1.0};
    static const double times[] = {0.1, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 2.75, 3.5, 4.5};
    char text[256];
    (void)snprintf(text, sizeof text, "D=%d K=2 sigma2=0.5 time=4.5 %s", D, variant);
    struct ae_params p = point_with(text, 2, spikes);
    p.start = start;
    p.observe = (struct ae_reals){N_TIMES, times};
    struct ae_record flow = run_point(&p);
    double mean[N_TIMES + 1] = {0}, moved = 0.0;
    p.engine = AE_ENGINE_SGD;
    for (p.replicate = 1; p.replicate <= N_REPLICATES; p.replicate++) {
        struct ae_record sgd = run_point(&p);
        assert_true(sgd.n_times == N_TIMES + 1 && flow.n_times == N_TIMES + 1);
        for (size_t j = 0; j <= N_TIMES; j++)
            mean[j] += sgd.curve[j * sgd.n_cols + 1] / N_REPLICATES;
        ae_record_clear(&sgd);
    }
    for (size_t j = 0; j <= N_TIMES; j++) {
        double want = flow.curve[j * flow.n_cols + 1];
        moved = fmax(moved, fabs(want / flow.curve[1] - 1.0));
        if (!(fabs(mean[j] - want) <= closeness * want)) {
            print_error("%s at t = %g: sgd %.5g, flow %.5g\n", variant, flow.curve[j * flow.n_cols],
                        mean[j], want);
            fail();
        }
    }
    assert_true(moved > 0.1); /* there was something to follow */
    ae_record_clear(&flow);
}

static void check_activation(const char *activation)
{
    static const char *const rest[] = {"bias=none rule=vanilla", "bias=none rule=truncated",
                                       "bias=both rule=vanilla", "bias=both rule=truncated"};
    const double encoder[] = {0.8, 0.5, -0.4, 0.9}, decoder[] = {0.2, -0.3, 0.4, 0.1};
    for (size_t tied = 0; tied < 2; tied++)
        for (size_t i = 0; i < 4; i++) {
            double flat[16];
            struct ae_start_view view = {.K = 2, .M = 2, .encoder = encoder};
            view.decoder = tied ? NULL : decoder;
            ae_start_flatten(&view, flat);
            char variant[128];
            (void)snprintf(variant, sizeof variant, "activation=%s tied=%s %s", activation,
                           tied ? "true" : "false", rest[i]);
            check_variant(variant, (struct ae_reals){ae_start_size(&view), flat});
        }
}

static void test_erf_follows_the_flow(void **state)
{
    (void)state;
    check_activation("erf");
}

static void test_relu_follows_the_flow(void **state)
{
    (void)state;
    check_activation("relu");
}

static void test_tanh_follows_the_flow(void **state)
{
    (void)state;
    check_activation("tanh");
}

/* The others share its way through the code: untied or tied, with both biases. */
static void test_others_follow_the_flow(void **state)
{
    (void)state;
    static const char *const activation[] = {"logistic", "gelu", "softplus", "leaky_relu"};
    const double encoder[] = {0.8, 0.5, -0.4, 0.9}, decoder[] = {0.2, -0.3, 0.4, 0.1};
    for (size_t i = 0; i < 4; i++) {
        double flat[16];
        bool is_tied = i % 2 == 1;
        struct ae_start_view view = {.K = 2, .M = 2, .encoder = encoder};
        view.decoder = is_tied ? NULL : decoder;
        ae_start_flatten(&view, flat);
        char variant[128];
        (void)snprintf(variant, sizeof variant, "activation=%s tied=%s bias=both", activation[i],
                       is_tied ? "true" : "false");
        check_variant(variant, (struct ae_reals){ae_start_size(&view), flat});
    }
}

/* Spectra without gaps, rows that are not orthogonal: the start has overlaps with two of the modes. */
static void test_other_data_follow_the_flow(void **state)
{
    (void)state;
    static const char *const data[] = {"data=power alpha=1.5 activation=erf bias=both",
                                       "data=power alpha=1.1 activation=relu rule=truncated",
                                       "data=sinusoidal activation=linear tied=true"};
    const double encoder[] = {0.8, 0.5, -0.4, 0.9}, decoder[] = {0.2, -0.3, 0.4, 0.1};
    for (size_t i = 0; i < sizeof data / sizeof *data; i++) {
        double flat[16];
        struct ae_start_view view = {.K = 2, .M = 2, .encoder = encoder};
        view.decoder = strstr(data[i], "tied") ? NULL : decoder;
        ae_start_flatten(&view, flat);
        check_variant(data[i], (struct ae_reals){ae_start_size(&view), flat});
    }
}

static void test_linear_follows_the_flow(void **state)
{
    (void)state;
    check_activation("linear");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_erf_follows_the_flow),
        cmocka_unit_test(test_relu_follows_the_flow),
        cmocka_unit_test(test_linear_follows_the_flow),
        cmocka_unit_test(test_tanh_follows_the_flow),
        cmocka_unit_test(test_others_follow_the_flow),
        cmocka_unit_test(test_other_data_follow_the_flow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
