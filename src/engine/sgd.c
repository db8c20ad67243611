/*
 * engine: sgd. Online stochastic gradient descent in the eigenbasis of the inputs, one fresh input
 * a step:
 *
 *   xi_i = sqrt(r_i) z_i,  lambda_k = w^k . xi + b_k,  e = xi - c - sum_l v^l g(lambda_l)
 *   w^k += (lr/D) (v^k . e) g'(lambda_k) xi        v^k += (lr lr_decoder / D) g(lambda_k) e
 *   b_k += (lr lr_bias / D) (v^k . e) g'(lambda_k)   c += (lr lr_bias / D) e
 *
 * every right-hand side at the weights before the step; weights also lose weight_decay / D of
 * themselves (w first, then the gradient is added). Truncated: in the lines of unit k, e lacks the
 * units l > k. Tied: w gets both gradients, that of v times tie_scale, decays once, and v =
 * tie_scale w. Source: arXiv:2201.02115, in the units of src/physics/README.md.
 */
#include "aesweep/engine.h"

#include <math.h>
#include <stdlib.h>

#include "aesweep/lanes.h"
#include "aesweep/linalg.h"
#include "aesweep/observe.h"
#include "aesweep/random.h"

struct sgd {
    const struct ae_params *p;
    struct ae_random random;
    struct ae_network net;
    struct ae_order *order;
    struct ae_schedule schedule;
    struct ae_observer *observer;
    double *scale;     /* [stride] sqrt(r), 0 beyond n */
    double *x, *e;     /* [stride] input and residual of this step */
    double *g, *dg;    /* [K] */
    double rate, keep; /* lr / D, 1 - weight_decay / D */
    bool has_c, has_b;
};

/* |e|^2 above this many times the error at the start: no training comes back from there. */
#define DIVERGED_BEYOND 1e12
enum { N_BETWEEN_CHECKS = 16 };

static void close_sgd(struct sgd *s)
{
    free(s->scale);
    ae_observer_free(s->observer);
    ae_schedule_clear(&s->schedule);
    ae_order_free(s->order);
    ae_network_clear(&s->net);
}

static enum ae_status open_sgd(struct sgd *s, const struct ae_params *p, struct ae_record *record,
                               struct ae_error *err)
{
    *s = (struct sgd){.p = p,
                      .random = ae_random_of(p->seed, p->replicate),
                      .rate = p->lr / p->D,
                      .keep = 1.0 - p->weight_decay / p->D,
                      .has_c = p->bias == AE_BIAS_DECODER || p->bias == AE_BIAS_BOTH,
                      .has_b = p->bias == AE_BIAS_ENCODER || p->bias == AE_BIAS_BOTH};
    enum ae_status rc = ae_schedule_init(&s->schedule, p, err);
    if (rc == AE_OK)
        rc = ae_record_init(record, (enum ae_record_level)p->record, p->K, p->spikes.n,
                            s->schedule.n, err);
    if (rc == AE_OK)
        rc = ae_observer_new(&s->observer, p, &s->schedule, record, err);
    if (rc == AE_OK)
        rc = ae_network_init(&s->net, p, false, err);
    if (rc == AE_OK)
        rc = ae_order_new(&s->order, p->K, err);
    if (rc != AE_OK)
        return rc;
    size_t stride = s->net.stride;
    s->scale = ae_reals_new(3 * stride + 2 * p->K);
    if (!s->scale)
        return ae_fail_memory(err, (3 * stride + 2 * p->K) * sizeof(double));
    s->x = s->scale + stride;
    s->e = s->x + stride;
    s->g = s->e + stride;
    s->dg = s->g + p->K;
    for (size_t i = 0; i < s->net.n; i++)
        s->scale[i] = sqrt(s->net.r[i]);
    return AE_OK;
}

/* x = scale z and e = x - c. */
AE_CLONES static void make_input(size_t n, const double *restrict scale, const double *restrict c,
                                 double *restrict x, double *restrict e)
{
    for (size_t i = 0; i < n; i++) {
        x[i] *= scale[i];
        e[i] = x[i] - c[i];
    }
}

/* The lines of unit k; e is the residual that this unit sees. */
static void update_unit(struct sgd *s, size_t k)
{
    struct ae_network *net = &s->net;
    size_t n = net->stride;
    double *w = net->w + k * n, *v = net->v + k * n;
    double slope = s->rate * ae_dot(n, v, s->e) * s->dg[k];
    double v_rate = s->rate * s->p->lr_decoder * s->g[k];
    if (s->p->tied) {
        ae_scale_axpy2(n, s->keep, slope, s->x, s->p->tie_scale * v_rate, s->e, w);
        ae_scale_axpy(n, 0.0, s->p->tie_scale, w, v);
    } else {
        ae_scale_axpy(n, s->keep, slope, s->x, w);
        ae_scale_axpy(n, s->keep, v_rate, s->e, v);
    }
    if (s->has_b)
        net->b[k] += s->p->lr_bias * slope;
}

/* One step on the input of that number; |e|^2 / 2 was the loss before it. */
static void step(struct sgd *s, uint64_t number)
{
    struct ae_network *net = &s->net;
    size_t n = net->stride, K = net->K;
    ae_normals(s->random, AE_FOR_INPUT, number, net->n, s->x);
    make_input(n, s->scale, net->c, s->x, s->e);
    for (size_t k = 0; k < K; k++) {
        double lambda = ae_dot(n, net->w + k * n, s->x) + net->b[k];
        struct ae_g at = ae_activation_at((enum ae_activation)s->p->activation, lambda);
        s->g[k] = at.g;
        s->dg[k] = at.dg;
    }
    bool is_truncated = s->p->rule == AE_TRUNCATED;
    for (size_t k = 0; !is_truncated && k < K; k++)
        ae_axpy(n, -s->g[k], net->v + k * n, s->e);
    for (size_t k = 0; k < K; k++) {
        if (is_truncated)
            ae_axpy(n, -s->g[k], net->v + k * n, s->e);
        update_unit(s, k);
    }
    if (s->has_c)
        ae_axpy(n, s->rate * s->p->lr_bias, s->e, net->c);
}

static void see(struct sgd *s, size_t j)
{
    ae_order_compute(s->order, (enum ae_activation)s->p->activation, &s->net);
    ae_observer_see(s->observer, j, &s->net, s->order);
}

/* ---- going on after an interruption: the step counter is the position in the random numbers ---- */

static void pack(const struct sgd *s, uint64_t at, struct ae_buffer *out)
{
    const struct ae_network *net = &s->net;
    size_t n = net->K * net->stride;
    ae_buffer_u64(out, at);
    ae_buffer_u64(out, net->K);
    ae_buffer_u64(out, net->stride);
    ae_buffer_reals(out, n, net->w);
    ae_buffer_reals(out, n, net->v);
    ae_buffer_reals(out, net->stride, net->c);
    ae_buffer_reals(out, net->K, net->b);
    ae_observer_pack(s->observer, out);
}

/* False if these bytes are no state of this point; *s may have been changed then. */
static bool unpack(struct sgd *s, struct ae_bytes state, uint64_t *at)
{
    struct ae_network *net = &s->net;
    struct ae_reader in = ae_reader_of(state);
    uint64_t number = 0, K = 0, stride = 0;
    size_t n = net->K * net->stride;
    if (!ae_take_u64(&in, &number) || !ae_take_u64(&in, &K) || !ae_take_u64(&in, &stride) ||
        K != net->K || stride != net->stride || !ae_take_reals(&in, n, net->w) ||
        !ae_take_reals(&in, n, net->v) || !ae_take_reals(&in, net->stride, net->c) ||
        !ae_take_reals(&in, net->K, net->b) || !ae_observer_unpack(s->observer, &in) ||
        in.left != 0)
        return false;
    *at = number;
    return true;
}

static enum ae_status save(const struct sgd *s, const struct ae_host *host, uint64_t at,
                           struct ae_error *err)
{
    struct ae_buffer state = {0};
    pack(s, at, &state);
    enum ae_status rc = ae_buffer_status(&state, err);
    if (rc == AE_OK)
        rc = host->save(host->ctx, ae_buffer_bytes(&state), err);
    ae_buffer_clear(&state);
    return rc;
}

/* Saves the state before step `at` if it is time, and stops if asked to. */
static enum ae_status heed(const struct sgd *s, const struct ae_host *host, uint64_t at,
                           struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    bool stops = host->should_stop && host->should_stop(host->ctx);
    bool saves = stops || (host->should_save && host->should_save(host->ctx));
    if (host->save && saves)
        rc = save(s, host, at, err);
    return rc == AE_OK && stops
               ? ae_fail(err, AE_ESTOP, "stopped at t = %.6g", (double)at / s->p->D)
               : rc;
}

/* Steps from *at to `target`. *diverged is set, and the way ends, once the residual is beyond any
 * return. */
static enum ae_status advance(struct sgd *s, const struct ae_host *host, uint64_t target,
                              double limit, uint64_t *at, bool *diverged, struct ae_error *err)
{
    uint64_t n_between_polls = 1 + (uint64_t)(20000.0 / s->p->D / (double)s->p->K);
    while (*at < target && !*diverged) {
        enum ae_status rc = *at % n_between_polls == 0 ? heed(s, host, *at, err) : AE_OK;
        if (rc != AE_OK)
            return rc;
        step(s, *at);
        ++*at;
        if (*at % N_BETWEEN_CHECKS == 0 || *at == target)
            *diverged = !(ae_dot(s->net.stride, s->e, s->e) <= limit);
    }
    return AE_OK;
}

/* The state that was saved, or the start: also if the saved one turns out to be none. */
static enum ae_status open_at(struct sgd *s, const struct ae_params *p, const struct ae_host *host,
                              struct ae_record *record, uint64_t *at, struct ae_error *err)
{
    enum ae_status rc = open_sgd(s, p, record, err);
    if (rc != AE_OK || host->saved.size == 0 || unpack(s, host->saved, at))
        return rc;
    close_sgd(s);
    ae_record_clear(record);
    return open_sgd(s, p, record, err);
}

static enum ae_status run_sgd(const struct ae_params *p, const struct ae_host *host,
                              struct ae_record *record, struct ae_error *err)
{
    struct sgd s;
    uint64_t at = 0;
    bool diverged = false;
    enum ae_status rc = open_at(&s, p, host, record, &at, err);
    for (size_t j = rc == AE_OK ? ae_observer_n_seen(s.observer) : 0;
         rc == AE_OK && !diverged && j < s.schedule.n; j++) {
        uint64_t target = (uint64_t)round(s.schedule.t[j] * p->D);
        double limit = DIVERGED_BEYOND * fmax(record->summary.pmse_0, record->summary.pca_0);
        rc = advance(&s, host, target, limit, &at, &diverged, err);
        if (rc == AE_OK && !diverged)
            see(&s, j);
    }
    if (rc == AE_OK)
        ae_observer_finish(s.observer, diverged, (double)at, (double)at / p->D);
    else {
        record->summary.steps = (double)at;
        record->summary.t_end = (double)at / p->D;
    }
    close_sgd(&s);
    return rc;
}

const struct ae_engine ae_engine_sgd = {.name = "sgd", .can_resume = true, .run = run_sgd};
