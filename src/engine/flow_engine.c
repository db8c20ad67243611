/*
 * engine: ode. Integrates the flow in s = lr t, so that the learning rate does not change the
 * steps. Points that differ in lr alone are one trajectory: it is integrated once, and each point
 * observes it at the times of its schedule and once more at half the time.
 */
#include "aesweep/engine.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/flow.h"
#include "aesweep/integrate.h"
#include "aesweep/newton.h"
#include "aesweep/observe.h"
#include "aesweep/rest.h"
#include "aesweep/spectrum.h"

/* One point that reads the trajectory. */
struct reader {
    const struct ae_params *p;
    struct ae_record *record;
    struct ae_schedule schedule;
    struct ae_observer *observer;
    size_t n_seen;  /* of schedule.n + 1 */
    double n_steps; /* taken when all were seen */
};

/* Place j among the times of a reader, that of `half` being schedule.n_half and those behind it one
 * place late. */
struct event {
    double s;
    size_t reader, j;
};

struct run {
    const struct ae_host *host;
    size_t n_readers, n_events;
    struct reader *readers;
    struct event *events; /* [n_events] in the order of s */
    double *s;            /* [n_events] */
    struct ae_network start;
    struct ae_flow *flow;
    struct ae_newton *newton;
    struct ae_rest *rest;
    double *y; /* state */
    struct ae_ode_work work;
};

static void rhs(void *ctx, double s, const double *y, double *dyds)
{
    struct run *run = ctx;
    ae_flow_rhs(run->flow, s, y, dyds);
}

static void linearise(void *ctx, double s, const double *y)
{
    struct run *run = ctx;
    ae_newton_linearise(run->newton, s, y);
}

static bool factor(void *ctx, double gamma)
{
    struct run *run = ctx;
    return ae_newton_factor(run->newton, gamma);
}

static void solve(void *ctx, double *x)
{
    struct run *run = ctx;
    ae_newton_solve(run->newton, x);
}

static bool is_at_rest(void *ctx, double s, const double *y, double tol)
{
    struct run *run = ctx;
    return ae_rest_holds(run->rest, s, y, tol);
}

static const struct ae_ode_newton newton = {linearise, factor, solve};

static void see(void *ctx, size_t i, double s, const double *y)
{
    struct run *run = ctx;
    struct reader *reader = &run->readers[run->events[i].reader];
    const struct ae_order *order = NULL;
    const struct ae_network *network = ae_flow_network(run->flow, s, y, &order);
    size_t j = run->events[i].j, at_half = reader->schedule.n_half;
    if (j == at_half)
        ae_observer_see_half(reader->observer, order);
    else
        ae_observer_see(reader->observer, j < at_half ? j : j - 1, network, order);
    if (++reader->n_seen > reader->schedule.n)
        reader->n_steps = run->work.n_steps;
}

static bool should_stop(void *ctx)
{
    struct run *run = ctx;
    return run->host->should_stop && run->host->should_stop(run->host->ctx);
}

static enum ae_status open_reader(struct reader *reader, const struct ae_params *p,
                                  struct ae_record *record, struct ae_error *err)
{
    reader->p = p;
    reader->record = record;
    enum ae_status rc = ae_schedule_init(&reader->schedule, p, err);
    if (rc == AE_OK)
        rc = ae_record_init(record, (enum ae_record_level)p->record, p->K,
                            ae_spectrum_n_components(p), reader->schedule.n, err);
    if (rc == AE_OK)
        rc = ae_observer_new(&reader->observer, p, &reader->schedule, record, err);
    return rc;
}

/* By time, then by reader, and each reader's in their order. */
static int in_order(const void *a, const void *b)
{
    const struct event *x = a, *y = b;
    if (x->s != y->s)
        return x->s < y->s ? -1 : 1;
    if (x->reader != y->reader)
        return x->reader < y->reader ? -1 : 1;
    return (x->j > y->j) - (x->j < y->j);
}

static enum ae_status list_events(struct run *run, struct ae_error *err)
{
    for (size_t i = 0; i < run->n_readers; i++)
        run->n_events += run->readers[i].schedule.n + 1;
    run->events = ae_calloc(run->n_events, 1, sizeof *run->events);
    run->s = ae_reals_new(run->n_events);
    if (!run->events || !run->s)
        return ae_fail_memory(err, run->n_events * sizeof *run->events);
    struct event *event = run->events;
    for (size_t i = 0; i < run->n_readers; i++) {
        const struct ae_schedule *schedule = &run->readers[i].schedule;
        size_t at_half = schedule->n_half;
        for (size_t j = 0; j <= schedule->n; j++) {
            double t = j == at_half ? schedule->half : schedule->t[j < at_half ? j : j - 1];
            *event++ = (struct event){.s = run->readers[i].p->lr * t, .reader = i, .j = j};
        }
    }
    qsort(run->events, run->n_events, sizeof *run->events, in_order);
    for (size_t i = 0; i < run->n_events; i++)
        run->s[i] = run->events[i].s;
    return AE_OK;
}

static enum ae_status set_up(struct run *run, const struct ae_params *p,
                             struct ae_record *const *records, struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    run->readers = ae_calloc(run->n_readers, 1, sizeof *run->readers);
    if (!run->readers)
        return ae_fail_memory(err, run->n_readers * sizeof *run->readers);
    for (size_t i = 0; rc == AE_OK && i < run->n_readers; i++)
        rc = open_reader(&run->readers[i], &p[i], records[i], err);
    if (rc == AE_OK)
        rc = list_events(run, err);
    if (rc == AE_OK)
        rc = ae_network_init(&run->start, p, true, err);
    if (rc == AE_OK)
        rc = ae_flow_new(&run->flow, p, &run->start, err);
    if (rc == AE_OK)
        ae_flow_ask(run->flow, should_stop, run);
    if (rc == AE_OK && p->integrator == AE_CVODE)
        rc = ae_newton_new(&run->newton, run->flow, err);
    if (rc == AE_OK && p->integrator == AE_CVODE)
        rc = ae_rest_new(&run->rest, run->flow, err);
    if (rc != AE_OK)
        return rc;
    run->y = ae_reals_new(ae_flow_dim(run->flow));
    if (!run->y)
        return ae_fail_memory(err, ae_flow_dim(run->flow) * sizeof *run->y);
    ae_flow_start(run->flow, run->y);
    return AE_OK;
}

static void tear_down(struct run *run)
{
    for (size_t i = 0; run->readers && i < run->n_readers; i++) {
        ae_observer_free(run->readers[i].observer);
        ae_schedule_clear(&run->readers[i].schedule);
    }
    free(run->y);
    ae_rest_free(run->rest);
    ae_newton_free(run->newton);
    ae_flow_free(run->flow);
    ae_network_clear(&run->start);
    free(run->s);
    free(run->events);
    free(run->readers);
}

/* What becomes of each point when the trajectory has ended with rc: those that have seen all their
 * times are done. */
static void close_readers(struct run *run, enum ae_status rc, enum ae_status *status)
{
    for (size_t i = 0; i < run->n_readers; i++) {
        struct reader *reader = &run->readers[i];
        const struct ae_schedule *schedule = &reader->schedule;
        bool is_done = reader->n_seen > schedule->n;
        status[i] = is_done ? AE_OK : rc;
        if (is_done) {
            ae_observer_finish(reader->observer, false, reader->n_steps,
                               schedule->t[schedule->n - 1]);
        } else {
            reader->record->summary.steps = run->work.n_steps;
            reader->record->summary.t_end = run->work.s / reader->p->lr;
        }
    }
}

static enum ae_status run_flow(size_t n, const struct ae_params *p, const struct ae_host *host,
                               struct ae_record *const *records, enum ae_status *status,
                               struct ae_error *err)
{
    struct run run = {.host = host, .n_readers = n};
    enum ae_status rc = set_up(&run, p, records, err);
    if (rc == AE_OK) {
        double r_max = run.start.n > 0 ? run.start.r[0] : 1.0;
        struct ae_ode ode = {.dim = ae_flow_dim(run.flow),
                             .ctx = &run,
                             .rhs = rhs,
                             .see = see,
                             .should_stop = should_stop,
                             .newton = &newton,
                             .is_at_rest = is_at_rest,
                             .unit = r_max > 0.0 ? 1.0 / r_max : 1.0};
        rc = ae_integrate((enum ae_integrator)p->integrator, &ode, p->tol, run.n_events, run.s,
                          run.y, &run.work, err);
        close_readers(&run, rc, status);
    } else {
        for (size_t i = 0; i < n; i++)
            status[i] = rc;
    }
    tear_down(&run);
    return rc;
}

/* The history of an integrator is part of its bits, and runs are short: no state is saved. */
const struct ae_engine ae_engine_flow = {.name = "ode", .can_resume = false, .run = run_flow};
