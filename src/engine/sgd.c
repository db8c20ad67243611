/*
 * engine: sgd. Stochastic gradient descent in the eigenbasis of the inputs, a step on one input being
 *
 *   xi_i = sqrt(r_i) z_i,  lambda_k = w^k . xi + b_k,  e = xi - c - sum_l v^l g(lambda_l)
 *   w^k += (lr/D) (v^k . e) g'(lambda_k) xi        v^k += (lr lr_decoder / D) g(lambda_k) e
 *   b_k += (lr lr_bias / D) (v^k . e) g'(lambda_k)   c += (lr lr_bias / D) e
 *
 * every right-hand side at the weights before the step; weights also lose weight_decay / D of
 * themselves (w first, then the gradient is added). Truncated: in the lines of unit k, e lacks the
 * units l > k. Tied: w gets both gradients, that of v times tie_scale, decays once, and v =
 * tie_scale w. Sanger: w^k += (lr/D) y_k (xi - sum_{l<=k} y_l w^l), y = lambda. A batch: the mean of
 * what its inputs would add. Source: arXiv:2201.02115, in the units of src/physics/README.md.
 *
 * Step s sees the inputs at positions s batch ... s batch + batch - 1: fresh ones, numbered by their
 * position, or out of a training set (picks.h), which are the first of the fresh ones.
 *
 * Steps are taken in blocks, so that the weights are read and written once for several of them
 * (layers.h, descent.h). Blocks end at multiples of their size and at observed times: where they
 * end decides on the last bits of a result, and must not depend on interruptions.
 */
#include "aesweep/engine.h"

#include <math.h>
#include <stdlib.h>

#include "aesweep/descent.h"
#include "aesweep/layers.h"
#include "aesweep/observe.h"
#include "aesweep/picks.h"
#include "aesweep/random.h"
#include "aesweep/spectrum.h"

struct sgd {
    const struct ae_params *p;
    struct ae_random random;
    struct ae_picks *picks; /* NULL: every input is fresh */
    struct ae_network net;  /* its weights are up to date after fetch */
    struct ae_layers *layers;
    struct ae_descent *descent;
    struct ae_block block;
    struct ae_order *order;
    struct ae_schedule schedule;
    struct ae_observer *observer;
};

/* |e|^2 above this many times the error at the start: no training comes back from there. */
#define DIVERGED_BEYOND 1e12
/* Steps after which Y Y^T is computed anew; a multiple of all sizes of blocks. */
enum { N_BETWEEN_GRAMS = 1024 };

static void close_sgd(struct sgd *s)
{
    ae_picks_free(s->picks);
    ae_block_clear(&s->block);
    ae_descent_free(s->descent);
    ae_layers_free(s->layers);
    ae_observer_free(s->observer);
    ae_schedule_clear(&s->schedule);
    ae_order_free(s->order);
    ae_network_clear(&s->net);
}

/* ---- the network, as the observer sees it, and the layers, as training moves them; while M is not
 * 1 (layers.h), decoder rows of both are those of Z ---- */

static void hand_over(struct sgd *s)
{
    const struct ae_network *net = &s->net;
    for (size_t k = 0; k < net->K; k++) {
        ae_layers_set(s->layers, ae_descent_encoder(s->p, k), net->w + k * net->stride);
        if (!s->p->tied)
            ae_layers_set(s->layers, ae_descent_decoder(s->p, k), net->v + k * net->stride);
    }
    if (ae_descent_bias(s->p) != SIZE_MAX)
        ae_layers_set(s->layers, ae_descent_bias(s->p), net->c);
}

static void fetch(struct sgd *s)
{
    struct ae_network *net = &s->net;
    for (size_t k = 0; k < net->K; k++) {
        double *w = net->w + k * net->stride, *v = net->v + k * net->stride;
        ae_layers_get(s->layers, ae_descent_encoder(s->p, k), w);
        if (!s->p->tied)
            ae_layers_get(s->layers, ae_descent_decoder(s->p, k), v);
        for (size_t i = 0; s->p->tied && i < net->n; i++)
            v[i] = s->p->tie_scale * w[i];
    }
    if (ae_descent_bias(s->p) != SIZE_MAX)
        ae_layers_get(s->layers, ae_descent_bias(s->p), net->c);
}

static enum ae_status open_layers(struct sgd *s, struct ae_error *err)
{
    struct ae_layers_shape shape = ae_descent_shape(s->p, s->net.n);
    double *scale = ae_reals_new(s->net.n);
    if (!scale)
        return ae_fail_memory(err, s->net.n * sizeof *scale);
    for (size_t i = 0; i < s->net.n; i++)
        scale[i] = sqrt(s->net.r[i]);
    enum ae_status rc = ae_layers_new(&s->layers, &shape, scale, err);
    if (rc == AE_OK)
        rc = ae_descent_new(&s->descent, s->p, s->net.b, err);
    if (rc == AE_OK)
        rc = ae_block_init(&s->block, &shape, err);
    if (rc == AE_OK)
        hand_over(s);
    free(scale);
    return rc;
}

static enum ae_status open_sgd(struct sgd *s, const struct ae_params *p, struct ae_record *record,
                               struct ae_error *err)
{
    *s = (struct sgd){.p = p, .random = ae_random_of(p->seed, p->replicate)};
    enum ae_status rc = ae_schedule_init(&s->schedule, p, err);
    if (rc == AE_OK)
        rc = ae_record_init(record, (enum ae_record_level)p->record, p->K,
                            ae_spectrum_n_components(p), s->schedule.n, err);
    if (rc == AE_OK)
        rc = ae_observer_new(&s->observer, p, &s->schedule, record, err);
    if (rc == AE_OK)
        rc = ae_network_init(&s->net, p, false, err);
    if (rc == AE_OK)
        rc = ae_order_new(&s->order, p->K, err);
    if (rc == AE_OK)
        rc = open_layers(s, err);
    if (rc == AE_OK && isfinite(p->samples))
        rc = ae_picks_new(&s->picks, s->random, (uint64_t)p->samples, p->epochs, err);
    return rc;
}

static void see(struct sgd *s, size_t j)
{
    ae_layers_mix(s->layers, &s->block);
    fetch(s);
    ae_order_compute(s->order, (enum ae_activation)s->p->activation, &s->net);
    ae_observer_see(s->observer, j, &s->net, s->order);
}

/* ---- going on after an interruption: the step counter is the position in the random numbers ---- */

/* Row j of M and T, side by side. */
static double *row_of(const struct sgd *s, size_t j, size_t *n)
{
    *n = s->block.stride - s->block.m_at;
    return s->block.y + j * s->block.stride + s->block.m_at;
}

static void pack(struct sgd *s, uint64_t at, struct ae_buffer *out)
{
    const struct ae_network *net = &s->net;
    size_t n = net->K * net->stride;
    fetch(s);
    ae_buffer_u64(out, at);
    ae_buffer_u64(out, net->K);
    ae_buffer_u64(out, net->stride);
    ae_buffer_reals(out, n, net->w);
    ae_buffer_reals(out, n, net->v);
    ae_buffer_reals(out, net->stride, net->c);
    ae_buffer_reals(out, net->K, net->b);
    for (size_t j = 0; j < s->block.shape.n_y; j++) {
        const double *row = row_of(s, j, &n);
        ae_buffer_reals(out, n, row);
    }
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
        !ae_take_reals(&in, net->K, net->b))
        return false;
    for (size_t j = 0; j < s->block.shape.n_y; j++) {
        double *row = row_of(s, j, &n);
        if (!ae_take_reals(&in, n, row))
            return false;
    }
    if (!ae_observer_unpack(s->observer, &in) || in.left != 0)
        return false;
    hand_over(s);
    *at = number;
    return true;
}

static enum ae_status save(struct sgd *s, const struct ae_host *host, uint64_t at,
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
static enum ae_status heed(struct sgd *s, const struct ae_host *host, uint64_t at,
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

/* ---- training ---- */

/* Inputs of these n numbers, and their products with the weights. */
static void load_inputs(struct sgd *s, const uint64_t *number, size_t n)
{
    ae_layers_draw(s->layers, n, s->random, number);
    ae_layers_project(s->layers, n, &s->block);
}

/* The n inputs from this position on. */
static void take_inputs(struct sgd *s, uint64_t position, size_t n)
{
    uint64_t number[AE_LAYERS_MOST_INPUTS];
    for (size_t a = 0; a < n; a++)
        number[a] = s->picks ? ae_picks_at(s->picks, position + a) : position + a;
    load_inputs(s, number, n);
}

/* When the host is asked next, by position; it is asked between blocks. */
struct poll {
    const struct ae_host *host;
    uint64_t every, at;
};

static enum ae_status poll(struct sgd *s, struct poll *poll, uint64_t position, uint64_t step,
                           struct ae_error *err)
{
    if (position < poll->at)
        return AE_OK;
    poll->at = position + poll->every;
    return heed(s, poll->host, step, err);
}

/* Steps at ... at + n - 1, which fit into a block. *n_done of them were taken: fewer than n if the
 * squared error of the next one was above `limit`, and then the weights are of no more use. */
static enum ae_status train_block(struct sgd *s, struct poll *when, uint64_t at, size_t n,
                                  double limit, size_t *n_done, struct ae_error *err)
{
    const size_t batch = s->p->batch;
    enum ae_status rc = poll(s, when, at * batch, at, err);
    if (rc != AE_OK)
        return rc;
    if (at % N_BETWEEN_GRAMS == 0) {
        ae_layers_mix(s->layers, &s->block);
        ae_layers_gram(s->layers, &s->block);
    }
    take_inputs(s, at * batch, n * batch);
    ae_descent_begin(s->descent, &s->block);
    for (size_t i = 0; i < n; i++, ++*n_done)
        if (!(ae_descent_step(s->descent, &s->block, i * batch) <= limit))
            return AE_OK;
    ae_descent_end(s->descent, &s->block);
    ae_layers_update(s->layers, &s->block);
    return AE_OK;
}

/* Step `at`, whose batch takes several blocks. Until the last one the weights are those before it, so
 * that a step that is interrupted begins anew. */
static enum ae_status train_batch(struct sgd *s, struct poll *when, uint64_t at, double limit,
                                  size_t *n_done, struct ae_error *err)
{
    const size_t B = s->block.shape.n_inputs, batch = s->p->batch;
    double error = 0.0;
    ae_layers_gram(s->layers, &s->block);
    for (size_t i = 0; i < batch; i += B) {
        enum ae_status rc = poll(s, when, at * batch + i, at, err);
        if (rc != AE_OK)
            return rc;
        size_t n = batch - i < B ? batch - i : B;
        take_inputs(s, at * batch + i, n);
        error += ae_descent_gather(s->descent, &s->block) * (double)n / (double)batch;
        ae_layers_gather(s->layers, &s->block);
    }
    ae_descent_settle(s->descent, &s->block);
    ae_layers_settle(s->layers, &s->block);
    *n_done = error <= limit;
    return AE_OK;
}

/* Steps from *at to `target`. *diverged is set, and the way ends, once the residual is beyond any
 * return. */
static enum ae_status advance(struct sgd *s, const struct ae_host *host, uint64_t target,
                              double limit, uint64_t *at, bool *diverged, struct ae_error *err)
{
    const size_t n_steps = ae_descent_steps(s->p), batch = s->p->batch;
    struct poll when = {.host = host,
                        .every = 1 + (uint64_t)(100000.0 / s->p->D / (double)s->p->K),
                        .at = *at * batch};
    while (*at < target && !*diverged) {
        uint64_t to_end = n_steps > 0 ? n_steps - *at % n_steps : 1, to_target = target - *at;
        size_t n = (size_t)(to_target < to_end ? to_target : to_end), n_done = 0;
        enum ae_status rc = n_steps > 0 ? train_block(s, &when, *at, n, limit, &n_done, err)
                                        : train_batch(s, &when, *at, limit, &n_done, err);
        if (rc != AE_OK)
            return rc;
        *at += n_done;
        *diverged = n_done < n;
    }
    return AE_OK;
}

/* The mean error over the training set, after `at` steps, if they saw as many inputs as it has. */
static enum ae_status measure_on_set(struct sgd *s, const struct ae_host *host, uint64_t at,
                                     double *pmse, struct ae_error *err)
{
    const size_t B = s->block.shape.n_inputs;
    const double n_set = s->p->samples;
    double sum = 0.0;
    if (!(n_set <= (double)at * (double)s->p->batch))
        return AE_OK;
    const uint64_t pace = 1 + (uint64_t)(1e8 / s->p->D / (double)s->p->K);
    struct poll when = {.host = host, .every = pace, .at = pace};
    ae_layers_gram(s->layers, &s->block);
    for (uint64_t i = 0, n = (uint64_t)n_set; i < n; i += B) {
        enum ae_status rc = poll(s, &when, i, at, err);
        if (rc != AE_OK)
            return rc;
        uint64_t number[AE_LAYERS_MOST_INPUTS];
        size_t n_block = n - i < B ? (size_t)(n - i) : B;
        for (size_t a = 0; a < n_block; a++)
            number[a] = i + a;
        load_inputs(s, number, n_block);
        sum += ae_descent_error(s->descent, &s->block) * (double)n_block;
    }
    *pmse = sum / n_set;
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
    if (rc == AE_OK && !diverged)
        rc = measure_on_set(&s, host, at, &record->summary.pmse_train, err);
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
