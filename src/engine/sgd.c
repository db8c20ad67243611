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
 *
 * Points that see the same inputs at the same times may be trained side by side: a block of inputs is
 * drawn once for all of them (feed.h). Each does what it would do alone.
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

/* A network in training. */
struct trainee {
    const struct ae_params *p;
    struct ae_record *record;
    struct ae_network net; /* its weights are up to date after fetch */
    struct ae_layers *layers;
    struct ae_descent *descent;
    struct ae_block block;
    struct ae_order *order;
    struct ae_observer *observer;
    double limit;  /* of |e|^2: beyond, it has diverged */
    double error;  /* of a batch that takes several blocks, so far; of the training set */
    bool has_left; /* it has diverged; its result is complete */
};

struct sgd {
    size_t n;
    struct trainee *trainees;  /* [n] */
    const struct ae_params *p; /* of the first: what follows is the same for all */
    const struct ae_host *host;
    struct ae_random random;
    struct ae_picks *picks; /* NULL: every input is fresh */
    struct ae_feed *feed;
    struct ae_schedule schedule;
    uint64_t at;                  /* steps taken */
    uint64_t poll_at, poll_every; /* inputs after which the host is asked, between blocks */
};

/* |e|^2 above this many times the error at the start: no training comes back from there. */
#define DIVERGED_BEYOND 1e12
/* Steps after which Y Y^T is computed anew; a multiple of all sizes of blocks. */
enum { N_BETWEEN_GRAMS = 1024 };

/* The trainees that have not left: the first one, the one after t; NULL if there is none. */
static struct trainee *next(const struct sgd *s, const struct trainee *t)
{
    for (size_t i = (size_t)(t - s->trainees) + 1; i < s->n; i++)
        if (!s->trainees[i].has_left)
            return &s->trainees[i];
    return NULL;
}

static struct trainee *first(const struct sgd *s)
{
    return !s->trainees[0].has_left ? s->trainees : next(s, s->trainees);
}

/* ---- the network, as the observer sees it, and the layers, as training moves them; while M is not
 * 1 (layers.h), decoder rows of both are those of Z ---- */

static void hand_over(struct trainee *t)
{
    const struct ae_network *net = &t->net;
    for (size_t k = 0; k < net->K; k++) {
        ae_layers_set(t->layers, ae_descent_encoder(t->p, k), net->w + k * net->stride);
        if (!t->p->tied)
            ae_layers_set(t->layers, ae_descent_decoder(t->p, k), net->v + k * net->stride);
    }
    if (ae_descent_bias(t->p) != SIZE_MAX)
        ae_layers_set(t->layers, ae_descent_bias(t->p), net->c);
}

static void fetch(struct trainee *t)
{
    struct ae_network *net = &t->net;
    for (size_t k = 0; k < net->K; k++) {
        double *w = net->w + k * net->stride, *v = net->v + k * net->stride;
        ae_layers_get(t->layers, ae_descent_encoder(t->p, k), w);
        if (!t->p->tied)
            ae_layers_get(t->layers, ae_descent_decoder(t->p, k), v);
        for (size_t i = 0; t->p->tied && i < net->n; i++)
            v[i] = t->p->tie_scale * w[i];
    }
    if (ae_descent_bias(t->p) != SIZE_MAX)
        ae_layers_get(t->layers, ae_descent_bias(t->p), net->c);
}

static void see(struct trainee *t, size_t j)
{
    ae_layers_mix(t->layers, &t->block);
    fetch(t);
    ae_order_compute(t->order, (enum ae_activation)t->p->activation, &t->net);
    ae_observer_see(t->observer, j, &t->net, t->order);
}

/* ---- memory ---- */

static enum ae_status open_trainee(struct trainee *t, const struct ae_params *p,
                                   const struct ae_schedule *schedule, struct ae_record *record,
                                   struct ae_error *err)
{
    *t = (struct trainee){.p = p, .record = record};
    enum ae_status rc = ae_record_init(record, (enum ae_record_level)p->record, p->K,
                                       ae_spectrum_n_components(p), schedule->n, err);
    if (rc == AE_OK)
        rc = ae_observer_new(&t->observer, p, schedule, record, err);
    if (rc == AE_OK)
        rc = ae_network_init(&t->net, p, false, err);
    if (rc == AE_OK)
        rc = ae_order_new(&t->order, p->K, err);
    struct ae_layers_shape shape = ae_descent_shape(p, t->net.n);
    if (rc == AE_OK)
        rc = ae_layers_new(&t->layers, &shape, err);
    if (rc == AE_OK)
        rc = ae_descent_new(&t->descent, p, t->net.b, err);
    if (rc == AE_OK)
        rc = ae_block_init(&t->block, &shape, err);
    if (rc == AE_OK)
        hand_over(t);
    return rc;
}

static void close_trainee(struct trainee *t)
{
    ae_block_clear(&t->block);
    ae_descent_free(t->descent);
    ae_layers_free(t->layers);
    ae_observer_free(t->observer);
    ae_order_free(t->order);
    ae_network_clear(&t->net);
}

static enum ae_status open_feed(struct sgd *s, struct ae_error *err)
{
    const struct ae_network *net = &s->trainees[0].net;
    const struct ae_layers_shape *shape = &s->trainees[0].block.shape;
    struct ae_feed_shape of_feed = {
        .n = shape->n, .n_inputs = shape->n_inputs, .is_single = shape->is_single};
    double *scale = ae_reals_new(net->n);
    if (!scale)
        return ae_fail_memory(err, net->n * sizeof *scale);
    for (size_t i = 0; i < net->n; i++)
        scale[i] = sqrt(net->r[i]);
    enum ae_status rc = ae_feed_new(&s->feed, &of_feed, scale, err);
    free(scale);
    return rc;
}

/* Inputs that take about so long, or less. */
static uint64_t pace(const struct sgd *s, double seconds)
{
    double n_units = 0.0;
    for (size_t i = 0; i < s->n; i++)
        n_units += (double)s->trainees[i].p->K;
    return 1 + (uint64_t)(1e9 * seconds / s->p->D / n_units);
}

static enum ae_status open_sgd(struct sgd *s, size_t n, const struct ae_params *p,
                               const struct ae_host *host, struct ae_record *const *records,
                               struct ae_error *err)
{
    *s = (struct sgd){.n = n, .p = p, .host = host};
    s->random = ae_random_of(p->seed, p->replicate);
    s->trainees = ae_calloc(n, 1, sizeof *s->trainees);
    if (!s->trainees)
        return ae_fail_memory(err, n * sizeof *s->trainees);
    enum ae_status rc = ae_schedule_init(&s->schedule, p, err);
    for (size_t i = 0; i < n && rc == AE_OK; i++)
        rc = open_trainee(&s->trainees[i], &p[i], &s->schedule, records[i], err);
    if (rc == AE_OK)
        rc = open_feed(s, err);
    if (rc == AE_OK && isfinite(p->samples))
        rc = ae_picks_new(&s->picks, s->random, (uint64_t)p->samples, p->epochs, err);
    if (rc == AE_OK)
        s->poll_every = pace(s, 1e-4);
    return rc;
}

static void close_sgd(struct sgd *s)
{
    for (size_t i = 0; s->trainees && i < s->n; i++)
        close_trainee(&s->trainees[i]);
    ae_picks_free(s->picks);
    ae_feed_free(s->feed);
    ae_schedule_clear(&s->schedule);
    free(s->trainees);
}

/* ---- going on after an interruption: the step counter is the position in the random numbers ---- */

/* Row j of M and T, side by side. */
static double *row_of(const struct trainee *t, size_t j, size_t *n)
{
    *n = t->block.stride - t->block.m_at;
    return t->block.y + j * t->block.stride + t->block.m_at;
}

static void pack(struct trainee *t, uint64_t at, struct ae_buffer *out)
{
    const struct ae_network *net = &t->net;
    size_t n = net->K * net->stride;
    fetch(t);
    ae_buffer_u64(out, at);
    ae_buffer_u64(out, net->K);
    ae_buffer_u64(out, net->stride);
    ae_buffer_reals(out, n, net->w);
    ae_buffer_reals(out, n, net->v);
    ae_buffer_reals(out, net->stride, net->c);
    ae_buffer_reals(out, net->K, net->b);
    for (size_t j = 0; j < t->block.shape.n_y; j++) {
        const double *row = row_of(t, j, &n);
        ae_buffer_reals(out, n, row);
    }
    ae_observer_pack(t->observer, out);
}

/* False if these bytes are no state of this point; *t may have been changed then. */
static bool unpack(struct trainee *t, struct ae_bytes state, uint64_t *at)
{
    struct ae_network *net = &t->net;
    struct ae_reader in = ae_reader_of(state);
    uint64_t number = 0, K = 0, stride = 0;
    size_t n = net->K * net->stride;
    if (!ae_take_u64(&in, &number) || !ae_take_u64(&in, &K) || !ae_take_u64(&in, &stride) ||
        K != net->K || stride != net->stride || !ae_take_reals(&in, n, net->w) ||
        !ae_take_reals(&in, n, net->v) || !ae_take_reals(&in, net->stride, net->c) ||
        !ae_take_reals(&in, net->K, net->b))
        return false;
    for (size_t j = 0; j < t->block.shape.n_y; j++) {
        double *row = row_of(t, j, &n);
        if (!ae_take_reals(&in, n, row))
            return false;
    }
    if (!ae_observer_unpack(t->observer, &in) || in.left != 0)
        return false;
    hand_over(t);
    *at = number;
    return true;
}

static enum ae_status save(struct sgd *s, struct trainee *t, struct ae_error *err)
{
    struct ae_buffer state = {0};
    pack(t, s->at, &state);
    enum ae_status rc = ae_buffer_status(&state, err);
    if (rc == AE_OK)
        rc = s->host->save(s->host->ctx, (size_t)(t - s->trainees), ae_buffer_bytes(&state), err);
    ae_buffer_clear(&state);
    return rc;
}

/* Asks the host, if it is time: saves all states as they are before the next step, and stops. */
static enum ae_status poll(struct sgd *s, uint64_t position, struct ae_error *err)
{
    const struct ae_host *host = s->host;
    enum ae_status rc = AE_OK;
    if (position < s->poll_at)
        return AE_OK;
    s->poll_at = position + s->poll_every;
    bool stops = host->should_stop && host->should_stop(host->ctx);
    bool saves = stops || (host->should_save && host->should_save(host->ctx));
    if (host->save && saves)
        for (struct trainee *t = first(s); t; t = next(s, t))
            rc = rc == AE_OK ? save(s, t, err) : rc;
    return rc == AE_OK && stops
               ? ae_fail(err, AE_ESTOP, "stopped at t = %.6g", (double)s->at / s->p->D)
               : rc;
}

/* ---- training ---- */

/* The n inputs from this position on. */
static void take_inputs(struct sgd *s, uint64_t position, size_t n)
{
    uint64_t number[AE_FEED_MOST];
    for (size_t a = 0; a < n; a++)
        number[a] = s->picks ? ae_picks_at(s->picks, position + a) : position + a;
    ae_feed_draw(s->feed, n, s->random, number);
}

/* t has taken `at` steps and no more will come of it. */
static void leave(struct trainee *t, uint64_t at)
{
    t->has_left = true;
    ae_observer_finish(t->observer, true, (double)at, (double)at / t->p->D);
}

/* The next n steps, on the inputs of the feed. */
static void train_on_feed(struct sgd *s, struct trainee *t, size_t n)
{
    if (s->at % N_BETWEEN_GRAMS == 0) {
        ae_layers_mix(t->layers, &t->block);
        ae_layers_gram(t->layers, &t->block);
    }
    ae_layers_project(t->layers, s->feed, &t->block);
    ae_descent_begin(t->descent, &t->block);
    for (size_t i = 0; i < n; i++)
        if (!(ae_descent_step(t->descent, &t->block, i * t->p->batch) <= t->limit)) {
            leave(t, s->at + i); /* the weights are of no more use */
            return;
        }
    ae_descent_end(t->descent, &t->block);
    ae_layers_update(t->layers, s->feed, &t->block);
}

/* The next n steps, which fit into a block. */
static enum ae_status train_on_block(struct sgd *s, size_t n, struct ae_error *err)
{
    const size_t batch = s->p->batch;
    enum ae_status rc = poll(s, s->at * batch, err);
    if (rc != AE_OK)
        return rc;
    take_inputs(s, s->at * batch, n * batch);
    for (struct trainee *t = first(s); t; t = next(s, t))
        train_on_feed(s, t, n);
    return AE_OK;
}

/* The next step, whose batch takes several blocks. Until the last one the weights are those before it, so
 * that a step that is interrupted begins anew. */
static enum ae_status train_on_batch(struct sgd *s, struct ae_error *err)
{
    const size_t B = s->trainees[0].block.shape.n_inputs, batch = s->p->batch;
    for (struct trainee *t = first(s); t; t = next(s, t)) {
        t->error = 0.0;
        ae_layers_gram(t->layers, &t->block);
    }
    for (size_t i = 0; i < batch; i += B) {
        enum ae_status rc = poll(s, s->at * batch + i, err);
        if (rc != AE_OK)
            return rc;
        size_t n = batch - i < B ? batch - i : B;
        take_inputs(s, s->at * batch + i, n);
        for (struct trainee *t = first(s); t; t = next(s, t)) {
            ae_layers_project(t->layers, s->feed, &t->block);
            t->error += ae_descent_gather(t->descent, &t->block) * (double)n / (double)batch;
            ae_layers_gather(t->layers, s->feed, &t->block);
        }
    }
    for (struct trainee *t = first(s); t; t = next(s, t)) {
        ae_descent_settle(t->descent, &t->block);
        ae_layers_settle(t->layers, &t->block);
        if (!(t->error <= t->limit))
            leave(t, s->at);
    }
    return AE_OK;
}

/* Steps up to `target`. */
static enum ae_status advance(struct sgd *s, uint64_t target, struct ae_error *err)
{
    const size_t n_steps = ae_descent_steps(s->p);
    enum ae_status rc = AE_OK;
    s->poll_at = s->at * s->p->batch;
    while (s->at < target && first(s) && rc == AE_OK) {
        uint64_t to_end = n_steps > 0 ? n_steps - s->at % n_steps : 1, to_target = target - s->at;
        size_t n = (size_t)(to_target < to_end ? to_target : to_end);
        rc = n_steps > 0 ? train_on_block(s, n, err) : train_on_batch(s, err);
        s->at += rc == AE_OK ? n : 0;
    }
    return rc;
}

/* The mean error over the training set, if training saw as many inputs as it has. */
static enum ae_status measure_on_set(struct sgd *s, struct ae_error *err)
{
    const size_t B = s->trainees[0].block.shape.n_inputs;
    const double n_set = s->p->samples;
    if (!(n_set <= (double)s->at * (double)s->p->batch) || !first(s))
        return AE_OK;
    s->poll_at = s->poll_every = pace(s, 0.1); /* what is done now begins anew after a stop */
    for (struct trainee *t = first(s); t; t = next(s, t)) {
        t->error = 0.0;
        ae_layers_gram(t->layers, &t->block);
    }
    for (uint64_t i = 0, n = (uint64_t)n_set; i < n; i += B) {
        uint64_t number[AE_FEED_MOST];
        size_t n_block = n - i < B ? (size_t)(n - i) : B;
        enum ae_status rc = poll(s, i, err);
        if (rc != AE_OK)
            return rc;
        for (size_t a = 0; a < n_block; a++)
            number[a] = i + a;
        ae_feed_draw(s->feed, n_block, s->random, number);
        for (struct trainee *t = first(s); t; t = next(s, t)) {
            ae_layers_project(t->layers, s->feed, &t->block);
            t->error += ae_descent_error(t->descent, &t->block) * (double)n_block;
        }
    }
    for (struct trainee *t = first(s); t; t = next(s, t))
        t->record->summary.pmse_train = t->error / n_set;
    return AE_OK;
}

/* All observed times from number `from` on. */
static enum ae_status train(struct sgd *s, size_t from, struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    for (size_t j = from; j < s->schedule.n && rc == AE_OK; j++) {
        for (struct trainee *t = first(s); t; t = next(s, t)) {
            const struct ae_summary *summary = &t->record->summary;
            t->limit = DIVERGED_BEYOND * fmax(summary->pmse_0, summary->pca_0);
        }
        rc = advance(s, (uint64_t)round(s->schedule.t[j] * s->p->D), err);
        for (struct trainee *t = first(s); t; t = next(s, t))
            if (rc == AE_OK)
                see(t, j);
    }
    return rc == AE_OK ? measure_on_set(s, err) : rc;
}

/* The state that was saved, or the start: also if the saved one turns out to be none. */
static enum ae_status open_at(struct sgd *s, const struct ae_params *p, const struct ae_host *host,
                              struct ae_record *const *record, struct ae_error *err)
{
    enum ae_status rc = open_sgd(s, 1, p, host, record, err);
    if (rc != AE_OK || host->saved.size == 0)
        return rc;
    if (unpack(&s->trainees[0], host->saved, &s->at))
        return rc;
    close_sgd(s);
    ae_record_clear(record[0]);
    return open_sgd(s, 1, p, host, record, err);
}

/* What becomes of each point. */
static void dismiss(struct sgd *s, enum ae_status rc, enum ae_status *status)
{
    for (size_t i = 0; i < s->n; i++)
        status[i] = s->trainees && s->trainees[i].has_left ? AE_OK : rc;
    if (!s->trainees)
        return;
    for (struct trainee *t = first(s); t; t = next(s, t)) {
        double n_steps = (double)s->at;
        if (rc == AE_OK)
            ae_observer_finish(t->observer, false, n_steps, n_steps / s->p->D);
        else if (t->record) {
            t->record->summary.steps = n_steps;
            t->record->summary.t_end = n_steps / s->p->D;
        }
    }
}

static enum ae_status run_sgd(size_t n, const struct ae_params *p, const struct ae_host *host,
                              struct ae_record *const *records, enum ae_status *status,
                              struct ae_error *err)
{
    struct sgd s;
    enum ae_status rc =
        n == 1 ? open_at(&s, p, host, records, err) : open_sgd(&s, n, p, host, records, err);
    if (rc == AE_OK)
        rc = train(&s, ae_observer_n_seen(s.trainees[0].observer), err);
    dismiss(&s, rc, status);
    close_sgd(&s);
    return rc;
}

const struct ae_engine ae_engine_sgd = {.name = "sgd", .can_resume = true, .run = run_sgd};
