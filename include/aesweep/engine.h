#ifndef AESWEEP_ENGINE_H
#define AESWEEP_ENGINE_H

/* An engine takes one point from its parameters to its record. Pure computation: no files, no
 * clock. */

#include <stdbool.h>

#include "aesweep/error.h"
#include "aesweep/params.h"
#include "aesweep/record.h"

/* What an engine may ask of whoever runs it. */
struct ae_host {
    void *ctx;
    bool (*should_stop)(void *ctx); /* cheap; asked at least every 0.2 s */
};

struct ae_engine {
    const char *name;
    /*
     * Runs the point p, which has passed ae_params_check. `record` is initialised by the engine and
     * cleared by the caller, whatever is returned.
     *   AE_OK    done; divergence is a result (record->summary.diverged)
     *   AE_ESTOP the host asked to stop
     *   AE_ENUM, AE_ENOMEM  the point has failed
     * Unless it is done, record->summary has what it reached: steps, and t_end, the last good time.
     */
    enum ae_status (*run)(const struct ae_params *p, const struct ae_host *host,
                          struct ae_record *record, struct ae_error *err);
};

extern const struct ae_engine ae_engine_flow; /* engine: ode */
extern const struct ae_engine ae_engine_sgd;  /* engine: sgd */

/* The engine of this point. */
const struct ae_engine *ae_engine_of(const struct ae_params *p);

#endif
