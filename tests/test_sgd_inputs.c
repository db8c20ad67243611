/*
 * Which inputs training sees, against the flow: larger batches follow it with less noise, large
 * training sets as well as fresh inputs do, and small ones are learned by heart.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "points.h"

enum { N_TIMES = 4, MAX_START = 16 };
static const double times[N_TIMES] = {0.5, 1.0, 1.5, 2.0};

/* Overlaps of order one, and no bulk: what differs between replicates is due to the inputs. */
static struct ae_params point_at(const char *settings, double *flat)
{
    static const double spikes[] = {2.0, 1.0};
    static const double encoder[] = {0.8, 0.5, -0.4, 0.9}, decoder[] = {0.2, -0.3, 0.4, 0.1};
    struct ae_params p = point_with(settings, 2, spikes);
    struct ae_start_view view = {.K = 2, .M = 2, .encoder = encoder};
    view.decoder = p.tied ? NULL : decoder;
    ae_start_flatten(&view, flat);
    p.start = (struct ae_reals){ae_start_size(&view), flat};
    p.observe = (struct ae_reals){N_TIMES, times};
    return p;
}

/* Mean and variance of pmse over replicates at the observed times after 0. */
struct spread {
    double mean[N_TIMES], variance[N_TIMES];
};

static struct spread spread_of(const char *settings, uint64_t n_replicates)
{
    double flat[MAX_START], n = (double)n_replicates;
    struct ae_params p = point_at(settings, flat);
    struct spread s = {{0}, {0}};
    for (p.replicate = 1; p.replicate <= n_replicates; p.replicate++) {
        struct ae_record record = run_point(&p);
        for (size_t j = 0; j < N_TIMES; j++) {
            double pmse = record.curve[(j + 1) * record.n_cols + 1];
            s.mean[j] += pmse / n;
            s.variance[j] += pmse * pmse / n;
        }
        ae_record_clear(&record);
    }
    for (size_t j = 0; j < N_TIMES; j++)
        s.variance[j] = (s.variance[j] - s.mean[j] * s.mean[j]) * n / (n - 1.0);
    return s;
}

static void check_near_flow(const struct spread *s, const char *settings, double tol)
{
    double flat[MAX_START];
    struct ae_params p = point_at(settings, flat);
    struct ae_record flow = run_point(&p);
    for (size_t j = 0; j < N_TIMES; j++) {
        double want = flow.curve[(j + 1) * flow.n_cols + 1];
        if (!(fabs(s->mean[j] - want) <= tol * want))
            fail_msg("%s at t = %g: %g, the flow is at %g", settings, times[j], s->mean[j], want);
    }
    ae_record_clear(&flow);
}

/* Batches of 16 against single inputs: the variance falls to 1/16, within 3.5 standard deviations of
 * what 60 replicates tell of a ratio of variances (26 %). On the way: at rest pmse is quadratic in the
 * deviations, and its variance falls as 1/16^2. */
static void test_noise_falls_with_the_batch(void **state)
{
    (void)state;
    static const char *const variants[] = {"activation=erf", "activation=linear tied=true",
                                           "activation=relu bias=both rule=truncated"};
    for (size_t i = 0; i < 3; i++) {
        char base[160], one[200], many[200];
        (void)snprintf(base, sizeof base, "D=100 K=2 sigma2=0.5 lr=0.1 time=2 %s", variants[i]);
        (void)snprintf(one, sizeof one, "%s engine=sgd", base);
        (void)snprintf(many, sizeof many, "%s engine=sgd batch=16", base);
        struct spread a = spread_of(one, 60), b = spread_of(many, 60);
        for (size_t j = 0; j < N_TIMES; j++) {
            double ratio = a.variance[j] / b.variance[j];
            if (!(ratio > 16.0 / 2.5 && ratio < 16.0 * 2.5))
                fail_msg("%s at t = %g: variances %g and %g", variants[i], times[j], a.variance[j],
                         b.variance[j]);
        }
        check_near_flow(&b, base, 0.01);
    }
}

/* Two epochs, two, and five. */
static void test_large_sets_follow_the_flow(void **state)
{
    (void)state;
    static const char *const sets[] = {"samples=1000", "samples=1000 epochs=true",
                                       "samples=2000 epochs=true batch=5"};
    for (size_t i = 0; i < 3; i++) {
        char settings[160];
        const char *base = "D=1000 K=2 sigma2=0.5 time=2 bias=both";
        (void)snprintf(settings, sizeof settings, "%s engine=sgd %s", base, sets[i]);
        struct spread s = spread_of(settings, 8);
        check_near_flow(&s, base, 0.03);
    }
}

/* The error on new inputs, after many epochs: the fewer samples, the larger. */
static void test_small_sets_are_learned_by_heart(void **state)
{
    (void)state;
    static const char *const sets[] = {"samples=4", "samples=100", "samples=10000"};
    for (size_t epochs = 0; epochs < 2; epochs++) {
        double before = HUGE_VAL;
        for (size_t i = 0; i < 3; i++) {
            char text[160];
            (void)snprintf(text, sizeof text,
                           "engine=sgd activation=linear D=100 K=2 time=100 lr=0.5 epochs=%s %s",
                           epochs ? "true" : "false", sets[i]);
            struct ae_params p = point_of(text);
            struct ae_record record = run_point(&p);
            double excess = record.summary.excess;
            if (!(excess < (i == 0 ? before : 0.5 * before)))
                fail_msg("%s: excess %g, with fewer samples %g", text, excess, before);
            assert_true(i == 0 ? excess > 0.5 : i == 1 || excess < 0.1);
            /* of the network at the end, which knows its own inputs better than new ones */
            double gap = record.summary.pmse - record.summary.pmse_train;
            assert_true(i == 2 ? fabs(gap) < 0.1 : gap > 0.1);
            before = excess;
            ae_record_clear(&record);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_noise_falls_with_the_batch),
        cmocka_unit_test(test_large_sets_follow_the_flow),
        cmocka_unit_test(test_small_sets_are_learned_by_heart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
