/* Observed times and observables. */
#include "aesweep/observe.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* ---- times ---- */

enum { N_DEFAULT = 60 };

static double on_step(const struct ae_params *p, double t)
{
    return isinf(p->D) ? t : round(t * p->D) / p->D;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double default_time(const struct ae_params *p, size_t i)
{
    double first = fmin(fmax(1.0 / p->D, 1e-6 * p->time), p->time);
    return first * pow(p->time / first, (double)i / (N_DEFAULT - 1));
}

enum ae_status ae_schedule_init(struct ae_schedule *schedule, const struct ae_params *p,
                                struct ae_error *err)
{
    size_t n_asked = p->observe.n > 0 ? p->observe.n : N_DEFAULT;
    *schedule = (struct ae_schedule){.half = on_step(p, 0.5 * p->time)};
    double end = on_step(p, p->time), *t = ae_reals_new(n_asked + 2);
    if (!t)
        return ae_fail_memory(err, (n_asked + 2) * sizeof *t);
    size_t n = 0;
    t[n++] = 0.0;
    t[n++] = end;
    for (size_t i = 0; i < n_asked; i++) {
        double asked = on_step(p, p->observe.n > 0 ? p->observe.x[i] : default_time(p, i));
        if (asked < end)
            t[n++] = asked;
    }
    qsort(t, n, sizeof *t, compare);
    size_t n_kept = 0;
    for (size_t i = 0; i < n; i++)
        if (n_kept == 0 || t[i] > t[n_kept - 1])
            t[n_kept++] = t[i];
    schedule->t = t;
    schedule->n = n_kept;
    while (schedule->n_half < n_kept && t[schedule->n_half] <= schedule->half)
        schedule->n_half++;
    return AE_OK;
}

void ae_schedule_clear(struct ae_schedule *schedule)
{
    free(schedule->t);
    *schedule = (struct ae_schedule){0};
}

/* ---- observables ---- */

#define LEARNED_BELOW 0.45
#define FOUND_BELOW   0.9
#define ESCAPED_BELOW 0.75
enum { N_DRIFT = 5 }; /* observed times whose mean a noisy excess is judged by */

struct ae_observer {
    const struct ae_schedule *schedule;
    struct ae_record *record;
    struct ae_spectrum spectrum;
    bool is_bulk_apart; /* spiked: what lies in the bulk is no component, whatever its r */
    size_t n_main;
    size_t n_seen;
    double half;      /* excess at schedule->half; nan until seen */
    double *excess;   /* [schedule->n] */
    double *f;        /* [M] residuals now */
    double *f_before; /* [M] at the time before */
};

enum ae_status ae_observer_new(struct ae_observer **observer, const struct ae_params *p,
                               const struct ae_schedule *schedule, struct ae_record *record,
                               struct ae_error *err)
{
    size_t M = record->M;
    struct ae_observer *o = ae_calloc(1, 1, sizeof *o);
    double *block = ae_reals_new(schedule->n + 2 * M);
    if (!o || !block) {
        free(o);
        free(block);
        return ae_fail_memory(err, (schedule->n + 2 * M) * sizeof *block);
    }
    *o = (struct ae_observer){.schedule = schedule,
                              .record = record,
                              .is_bulk_apart = p->data == AE_SPIKED,
                              .half = NAN,
                              .excess = block,
                              .f = block + schedule->n,
                              .f_before = block + schedule->n + M};
    enum ae_status rc = ae_spectrum_init(&o->spectrum, p, err);
    if (rc != AE_OK) {
        ae_observer_free(o);
        return rc;
    }
    o->n_main = ae_spectrum_n_main(&o->spectrum, p->K);
    record->summary.pca_0 = o->spectrum.trace;
    record->summary.pca = ae_spectrum_pca(&o->spectrum, o->n_main);
    record->summary.n_main = (double)o->n_main;
    for (size_t tau = 0; tau < M; tau++)
        record->escape[tau] = INFINITY;
    for (size_t j = 0; j < record->n_times; j++)
        record->curve[j * record->n_cols] = schedule->t[j];
    *observer = o;
    return AE_OK;
}

void ae_observer_free(struct ae_observer *observer)
{
    if (observer) {
        ae_spectrum_clear(&observer->spectrum);
        free(observer->excess);
    }
    free(observer);
}

static double count_below(const double *f, size_t m, double threshold)
{
    size_t n = 0;
    for (size_t tau = 0; tau < m; tau++)
        n += f[tau] < threshold;
    return (double)n;
}

/* First crossing, interpolated in log t (from t = 0, which has no logarithm: in t). */
static void note_escapes(struct ae_observer *o, size_t j)
{
    const double *t = o->schedule->t;
    for (size_t tau = 0; tau < o->spectrum.M; tau++) {
        double now = o->f[tau], before = o->f_before[tau], *escape = &o->record->escape[tau];
        if (!isinf(*escape) || !(now < ESCAPED_BELOW))
            continue;
        if (j == 0) {
            *escape = 0.0;
            continue;
        }
        double share = (before - ESCAPED_BELOW) / (before - now);
        *escape = t[j - 1] > 0.0 ? t[j - 1] * pow(t[j] / t[j - 1], share) : t[j] * share;
    }
}

/* max_k cos^2 between v^k and the components tau..end-1 (equal r_tau: one subspace). */
static double best_cos2(const struct ae_network *net, const struct ae_order *order, size_t tau,
                        size_t end)
{
    double best = 0.0;
    for (size_t k = 0; k < net->K; k++) {
        double inside = 0.0, length2 = order->T[(k + 1) * (net->K + 1) + k + 1];
        for (size_t i = tau; i < end; i++)
            inside += net->v[k * net->stride + i] * net->v[k * net->stride + i];
        if (length2 > 0.0)
            best = fmax(best, inside / length2);
    }
    return best;
}

static double alignment(const struct ae_observer *o, const struct ae_network *net,
                        const struct ae_order *order)
{
    const double *r = net->r;
    double sum = 0.0;
    size_t n = 0, n_modes = o->is_bulk_apart ? net->M : net->n;
    for (size_t tau = 0; tau < o->n_main; tau++) {
        if (!(o->f[tau] < LEARNED_BELOW))
            continue;
        size_t begin = tau, end = tau + 1;
        while (begin > 0 && r[begin - 1] == r[tau])
            begin--;
        while (end < n_modes && r[end] == r[tau])
            end++;
        sum += best_cos2(net, order, begin, end);
        n++;
    }
    return n > 0 ? sum / (double)n : (double)NAN;
}

static void note_scales(struct ae_summary *s, const struct ae_network *net,
                        const struct ae_order *order)
{
    size_t K = net->K;
    double Q = 0.0, T = 0.0, b2 = 0.0;
    for (size_t k = 0; k < K; k++) {
        Q += order->Q[k * K + k];
        T += order->T[(k + 1) * (K + 1) + k + 1];
        b2 += net->b[k] * net->b[k];
    }
    s->encoder_scale = sqrt(Q / (double)K);
    s->decoder_scale = sqrt(T / (double)K);
    s->bias_rms = sqrt(b2 / (double)K);
}

/* The columns of record: full beyond those of curve. */
static void note_order(double *x, const struct ae_network *net, const struct ae_order *order)
{
    size_t K = net->K;
    for (size_t k = 0; k < K; k++)
        for (size_t l = k; l < K; l++)
            *x++ = order->Q[k * K + l];
    for (size_t k = 1; k <= K; k++)
        for (size_t l = k; l <= K; l++)
            *x++ = order->T[k * (K + 1) + l];
    for (size_t k = 0; k < K; k++)
        for (size_t l = 0; l < K; l++)
            *x++ = ae_network_R(net, k, l);
    for (size_t k = 0; k < K; k++)
        *x++ = net->b[k];
    for (size_t tau = 0; tau < net->M; tau++)
        *x++ = net->c[tau];
}

void ae_observer_see(struct ae_observer *o, size_t j, const struct ae_network *net,
                     const struct ae_order *order)
{
    struct ae_record *record = o->record;
    struct ae_summary *s = &record->summary;
    double excess = ae_order_excess(order, &o->spectrum, o->n_main), pmse = excess + s->pca;
    for (size_t tau = 0; tau < o->spectrum.M; tau++)
        o->f[tau] = ae_order_residual(order, net, tau);
    note_escapes(o, j);
    s->pmse = pmse;
    s->excess = o->excess[j] = excess;
    s->learned = count_below(o->f, o->n_main, LEARNED_BELOW);
    s->found = count_below(o->f, o->n_main, FOUND_BELOW);
    if (j == 0)
        s->pmse_0 = pmse;
    if (record->n_times > 0) {
        double *row = record->curve + j * record->n_cols;
        row[1] = pmse;
        row[2] = excess;
        row[3] = s->learned;
        row[4] = s->found;
        memcpy(row + 5, o->f, o->spectrum.M * sizeof *row);
        if (record->level == AE_RECORD_FULL)
            note_order(row + 5 + o->spectrum.M, net, order);
    }
    if (j + 1 == o->schedule->n) {
        s->alignment = alignment(o, net, order);
        note_scales(s, net, order);
    }
    memcpy(o->f_before, o->f, o->spectrum.M * sizeof *o->f);
    o->n_seen = j + 1;
}

void ae_observer_see_half(struct ae_observer *o, const struct ae_order *order)
{
    o->half = ae_order_excess(order, &o->spectrum, o->n_main);
}

void ae_observer_pack(const struct ae_observer *o, struct ae_buffer *out)
{
    const struct ae_record *record = o->record;
    double summary[AE_N_SUMMARY];
    ae_summary_to_reals(&record->summary, summary);
    ae_buffer_u64(out, o->n_seen);
    ae_buffer_u64(out, o->spectrum.M);
    ae_buffer_u64(out, record->n_cols);
    ae_buffer_reals(out, 1, &o->half);
    ae_buffer_reals(out, o->n_seen, o->excess);
    ae_buffer_reals(out, o->spectrum.M, o->f_before);
    ae_buffer_reals(out, AE_N_SUMMARY, summary);
    ae_buffer_reals(out, o->spectrum.M, record->escape);
    if (record->n_times > 0)
        ae_buffer_reals(out, o->n_seen * record->n_cols, record->curve);
}

bool ae_observer_unpack(struct ae_observer *o, struct ae_reader *in)
{
    struct ae_record *record = o->record;
    size_t M = o->spectrum.M;
    uint64_t n_seen = 0, n_spikes = 0, n_cols = 0;
    double summary[AE_N_SUMMARY];
    if (!ae_take_u64(in, &n_seen) || !ae_take_u64(in, &n_spikes) || !ae_take_u64(in, &n_cols) ||
        n_seen > o->schedule->n || n_spikes != M || n_cols != record->n_cols)
        return false;
    size_t n_rows = record->n_times > 0 ? (size_t)n_seen : 0;
    if (!ae_take_reals(in, 1, &o->half) || !ae_take_reals(in, (size_t)n_seen, o->excess) ||
        !ae_take_reals(in, M, o->f_before) || !ae_take_reals(in, AE_N_SUMMARY, summary) ||
        !ae_take_reals(in, M, record->escape) ||
        !ae_take_reals(in, n_rows * record->n_cols, record->curve))
        return false;
    ae_summary_from_reals(summary, &record->summary);
    o->n_seen = (size_t)n_seen;
    return true;
}

size_t ae_observer_n_seen(const struct ae_observer *o)
{
    return o->n_seen;
}

static double mean_of_last(const double *x, size_t n)
{
    size_t n_used = n < N_DRIFT ? n : N_DRIFT;
    double sum = 0.0;
    for (size_t i = n - n_used; i < n; i++)
        sum += x[i];
    return sum / (double)n_used;
}

void ae_observer_finish(struct ae_observer *o, bool diverged, double steps, double t_end)
{
    struct ae_summary *s = &o->record->summary;
    bool is_whole = !diverged && o->n_seen == o->schedule->n && isfinite(s->excess);
    s->steps = steps;
    s->t_end = t_end;
    s->diverged = is_whole ? 0.0 : 1.0;
    if (is_whole) {
        s->drift = isfinite(o->half) ? s->excess - o->half
                                     : mean_of_last(o->excess, o->n_seen) -
                                           mean_of_last(o->excess, o->schedule->n_half);
        return;
    }
    s->pmse = s->excess = s->drift = s->learned = s->found = s->alignment = NAN;
    s->encoder_scale = s->decoder_scale = s->bias_rms = NAN;
    for (size_t tau = 0; tau < o->spectrum.M; tau++)
        if (isinf(o->record->escape[tau]))
            o->record->escape[tau] = NAN;
}
