/*
 * The flow of power-law data, every direction a mode of its own: time and memory should grow as
 * their number. Takes about twenty seconds.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "aesweep/engine.h"

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

int main(void)
{
    static const double strongest[] = {4.0};
    printf("data: power, alpha = 1, K = 4, erf, to t = 1e6, tol 1e-8\n");
    for (double D = 100.0; D <= 1e4; D *= 10.0) {
        struct ae_params p;
        struct ae_record record = {0};
        struct ae_host host = {0};
        ae_params_init(&p);
        p.data = AE_POWER;
        p.spikes = (struct ae_reals){1, strongest};
        p.D = D;
        p.K = 4;
        p.time = 1e6;
        double start = now_s();
        if (ae_engine_of(&p)->run(&p, &host, &record, NULL) != AE_OK)
            return 1;
        double took = now_s() - start;
        printf("%6g modes  %9.1f ms  %6.3f ms a mode  %4g steps  %6.1f MB at most\n", D, 1e3 * took,
               1e3 * took / D, record.summary.steps, peak_mb());
        ae_record_clear(&record);
    }
    return 0;
}
