/*
 * Long integrations of the flow as the ode engine does them, beside plain CVODE (dense Jacobian by
 * differences, steps in t itself) and GSL's msbdf, where these end within their share of time;
 * then many different modes, whose time should grow as their number. Takes about twenty seconds.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "aesweep/engine.h"
#include "aesweep/flow.h"
#include "aesweep/integrate.h"

static const double few[] = {4, 2.5, 1.5, 0.8};
static const double ten[] = {8, 6, 4, 3, 2.5, 2, 1.5, 1, 0.8, 0.5};

static double now_s(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static double peak_mb(void)
{
    struct rusage usage;
    (void)getrusage(RUSAGE_SELF, &usage);
    return (double)usage.ru_maxrss / 1024.0;
}

static double run_engine(const struct ae_params *p, double *excess)
{
    struct ae_record record = {0};
    struct ae_host host = {0};
    double start = now_s();
    if (ae_engine_run(p, &host, &record, NULL) != AE_OK)
        exit(1);
    double took = now_s() - start;
    *excess = record.summary.excess;
    ae_record_clear(&record);
    return took;
}

struct plain {
    struct ae_flow *flow;
    double limit;
};

static void rhs(void *ctx, double s, const double *y, double *dyds)
{
    struct plain *plain = ctx;
    ae_flow_rhs(plain->flow, s, y, dyds);
}

static void see(void *ctx, size_t j, double s, const double *y)
{
    (void)ctx, (void)j, (void)s, (void)y;
}

static bool is_late(void *ctx)
{
    const struct plain *plain = ctx;
    return now_s() > plain->limit;
}

/* Nan if it takes more than 3 s. */
static double run_plain(const struct ae_params *p, enum ae_integrator which)
{
    struct ae_network net;
    struct plain plain = {NULL, now_s() + 3.0};
    double start = now_s();
    if (ae_network_init(&net, p, true, NULL) != AE_OK ||
        ae_flow_new(&plain.flow, p, &net, NULL) != AE_OK)
        exit(1);
    struct ae_ode ode = {.dim = ae_flow_dim(plain.flow),
                         .ctx = &plain,
                         .rhs = rhs,
                         .see = see,
                         .should_stop = is_late};
    double *y = ae_reals_new(ode.dim), end = p->lr * p->time;
    struct ae_ode_work work;
    if (!y)
        exit(1);
    ae_flow_start(plain.flow, y);
    enum ae_status rc = ae_integrate(which, &ode, p->tol, 1, &end, y, &work, NULL);
    double took = now_s() - start;
    free(y);
    ae_flow_free(plain.flow);
    ae_network_clear(&net);
    return rc == AE_OK ? took : (double)NAN;
}

static void compare(const char *what, const struct ae_params *p)
{
    double excess, best = run_engine(p, &excess);
    for (int i = 0; i < 4; i++)
        best = fmin(best, run_engine(p, &excess));
    double cvode = run_plain(p, AE_CVODE), gsl = run_plain(p, AE_MSBDF);
    printf("%-34s %8.1f ms   plain cvode %7.1f ms (x %4.1f)   msbdf %7.1f ms (x %4.1f)\n", what,
           1e3 * best, 1e3 * cvode, cvode / best, 1e3 * gsl, gsl / best);
}

static void compare_all(void)
{
    struct ae_params p;
    ae_params_init(&p);
    p.K = 4;
    p.spikes = (struct ae_reals){4, few};
    p.D = (double)INFINITY;
    p.sigma2 = 0.0;
    p.time = 1e8;
    compare("erf K = 4, M = 4 to 1e8", &p);
    p.time = 1e12;
    compare("erf K = 4, M = 4 to 1e12", &p);
    p.time = 1e8;
    p.D = 1000;
    p.sigma2 = 1.0;
    compare("the same with a bulk, D = 1000", &p);
    p.activation = AE_RELU;
    p.bias = AE_BIAS_BOTH;
    compare("relu, both biases, D = 1000", &p);
    p.activation = AE_ERF;
    p.bias = AE_BIAS_NONE;
    p.D = (double)INFINITY;
    p.sigma2 = 0.0;
    p.K = 8;
    p.spikes = (struct ae_reals){10, ten};
    compare("erf K = 8, M = 10 to 1e8", &p);
}

static void scale(void)
{
    struct ae_params p;
    ae_params_init(&p);
    p.K = 4;
    p.D = (double)INFINITY;
    p.sigma2 = 0.0;
    p.time = 1e6;
    p.record = AE_RECORD_FINAL;
    for (size_t n = 100; n <= 10000; n = n * 10) {
        double *r = ae_reals_new(n), excess;
        for (size_t i = 0; r && i < n; i++)
            r[i] = 4.0 / (double)(i + 1);
        p.spikes = (struct ae_reals){r ? n : 1, r ? r : few};
        double took = run_engine(&p, &excess);
        printf("%zu different modes, K = 4 to 1e6    %8.1f ms, %.2f ms a mode, %.1f MB at most\n",
               n, 1e3 * took, 1e3 * took / (double)n, peak_mb());
        free(r);
    }
}

int main(void)
{
    compare_all();
    scale();
    return 0;
}
