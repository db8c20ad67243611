/* Pilots: points run for their cost alone, in seconds of processor time, so that whatever else this
 * machine does at the moment does not count. */
#include <math.h>
#include <time.h>

#include "aesweep/engine.h"
#include "aesweep/estimate.h"
#include "aesweep/record.h"

struct watch {
    double start_s, limit_s;
};

static double now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static bool should_stop(void *ctx)
{
    const struct watch *watch = ctx;
    return now_s() - watch->start_s > watch->limit_s;
}

bool ae_pilot_run(void *ctx, const struct ae_params *p, double limit_s, struct ae_pilot *pilot)
{
    (void)ctx;
    struct watch watch = {.start_s = now_s(), .limit_s = limit_s};
    struct ae_host host = {.ctx = &watch, .should_stop = should_stop};
    struct ae_record record = {.summary = {.steps = (double)NAN}};
    enum ae_status rc = ae_engine_run(p, &host, &record, NULL);
    *pilot = (struct ae_pilot){
        .steps = record.summary.steps, .is_whole = rc == AE_OK, .took_s = now_s() - watch.start_s};
    ae_record_clear(&record);
    return (rc == AE_OK || rc == AE_ESTOP) && isfinite(pilot->steps);
}
