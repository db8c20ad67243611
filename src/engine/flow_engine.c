/*
 * engine: ode. Integrates the flow in s = lr t, so that the learning rate does not change the
 * steps, and observes it at the times of the schedule and once more at half the time.
 */
#include "aesweep/engine.h"

#include <math.h>
#include <stdlib.h>

#include "aesweep/flow.h"
#include "aesweep/integrate.h"
#include "aesweep/observe.h"

struct run {
    const struct ae_host *host;
    struct ae_network start;
    struct ae_schedule schedule;
    struct ae_flow *flow;
    struct ae_observer *observer;
    double *y; /* state */
    double *s; /* [schedule.n + 1] observed times in s, with that of `half` in its place */
};

static void rhs(void *ctx, double s, const double *y, double *dyds)
{
    struct run *run = ctx;
    ae_flow_rhs(run->flow, s, y, dyds);
}

/* Index n_half of the integrator's times is `half`; those behind it are one place late. */
static void see(void *ctx, size_t j, double s, const double *y)
{
    struct run *run = ctx;
    const struct ae_order *order = NULL;
    const struct ae_network *network = ae_flow_network(run->flow, s, y, &order);
    size_t at_half = run->schedule.n_half;
    if (j == at_half)
        ae_observer_see_half(run->observer, order);
    else
        ae_observer_see(run->observer, j < at_half ? j : j - 1, network, order);
}

static bool should_stop(void *ctx)
{
    struct run *run = ctx;
    return run->host->should_stop && run->host->should_stop(run->host->ctx);
}

static enum ae_status set_up(struct run *run, const struct ae_params *p, struct ae_record *record,
                             struct ae_error *err)
{
    enum ae_status rc = ae_schedule_init(&run->schedule, p, err);
    if (rc == AE_OK)
        rc = ae_record_init(record, (enum ae_record_level)p->record, p->K, p->spikes.n,
                            run->schedule.n, err);
    if (rc == AE_OK)
        rc = ae_observer_new(&run->observer, p, &run->schedule, record, err);
    if (rc == AE_OK)
        rc = ae_network_init(&run->start, p, true, err);
    if (rc == AE_OK)
        rc = ae_flow_new(&run->flow, p, &run->start, err);
    if (rc != AE_OK)
        return rc;
    size_t dim = ae_flow_dim(run->flow), n = run->schedule.n, at_half = run->schedule.n_half;
    run->y = ae_reals_new(dim + n + 1);
    if (!run->y)
        return ae_fail_memory(err, (dim + n + 1) * sizeof *run->y);
    run->s = run->y + dim;
    for (size_t j = 0; j < n; j++)
        run->s[j < at_half ? j : j + 1] = p->lr * run->schedule.t[j];
    run->s[at_half] = p->lr * run->schedule.half;
    ae_flow_start(run->flow, run->y);
    return AE_OK;
}

static enum ae_status run_flow(const struct ae_params *p, const struct ae_host *host,
                               struct ae_record *record, struct ae_error *err)
{
    struct run run = {.host = host};
    struct ae_ode_work work = {0};
    enum ae_status rc = set_up(&run, p, record, err);
    if (rc == AE_OK) {
        struct ae_ode ode = {ae_flow_dim(run.flow), &run, rhs, see, should_stop};
        rc = ae_integrate((enum ae_integrator)p->integrator, &ode, p->tol, run.schedule.n + 1,
                          run.s, run.y, &work, err);
        if (rc == AE_OK)
            ae_observer_finish(run.observer, false, work.n_steps,
                               run.schedule.t[run.schedule.n - 1]);
        else
            record->summary.t_end = work.s / p->lr;
    }
    free(run.y);
    ae_flow_free(run.flow);
    ae_observer_free(run.observer);
    ae_network_clear(&run.start);
    ae_schedule_clear(&run.schedule);
    return rc;
}

/* The history of an integrator is part of its bits, and runs are short: no state is saved. */
const struct ae_engine ae_engine_flow = {.name = "ode", .can_resume = false, .run = run_flow};
