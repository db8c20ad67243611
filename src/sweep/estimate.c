/* Sums over computations: costs by kind, pilots, memory, disk, and warnings. */
#include "aesweep/estimate.h"

#include <math.h>
#include <stdlib.h>

#include "aesweep/fold.h"
#include "aesweep/forecast.h"
#include "aesweep/spectrum.h"

enum { N_CANDIDATES = 6 };      /* pilots that a kind can offer */
static const double BASE = 4e7; /* bytes of the program with its libraries and buffers of MPI */

struct candidate {
    struct ae_params p;
    double key; /* the smaller, the earlier it is run */
};

struct kind {
    double model_s, longest_s;
    size_t n_candidates;
    struct candidate candidates[N_CANDIDATES]; /* by rising key */
    struct ae_params cheapest;
    double cheapest_s;
};

struct ae_estimate {
    struct kind kinds[AE_COST_N_KINDS];
    struct ae_cost cost; /* what the pilots showed */
    double memory, disk;
    struct ae_warning warnings[AE_N_WARNINGS];
    double ranks[AE_N_WARNINGS]; /* of their examples */
};

const char *const ae_warning_names[AE_N_WARNINGS] = {
    [AE_WARN_WIDE] = "wide", [AE_WARN_DIVERGES] = "diverges", [AE_WARN_TOO_SHORT] = "too_short"};

enum ae_status ae_estimate_new(struct ae_estimate **estimate, struct ae_error *err)
{
    *estimate = ae_calloc(1, 1, sizeof **estimate);
    return *estimate ? AE_OK : ae_fail_memory(err, sizeof **estimate);
}

void ae_estimate_free(struct ae_estimate *estimate)
{
    free(estimate);
}

/* ---- adding ---- */

/* Weighted sampling without replacement: the smallest of -log(u) / weight (Efraimidis and Spirakis,
 * Inf. Process. Lett. 97, 181, 2006), u uniform in (0, 1) from the point's identity. */
static void offer(struct kind *kind, const struct ae_params *p, uint64_t id, double weight)
{
    double u = ((double)(id >> 11) + 0.5) * 0x1p-53;
    double key = -log(u) / weight;
    size_t at = kind->n_candidates;
    if (at == N_CANDIDATES && key >= kind->candidates[at - 1].key)
        return;
    if (at == N_CANDIDATES)
        at--;
    else
        kind->n_candidates++;
    for (; at > 0 && kind->candidates[at - 1].key > key; at--)
        kind->candidates[at] = kind->candidates[at - 1];
    kind->candidates[at] = (struct candidate){*p, key};
}

/* Keeps the point with the highest rank as the example; the limit is what it would have to keep. */
static void warn(struct ae_estimate *estimate, enum ae_warning_kind kind, const struct ae_params *p,
                 double rank, double limit)
{
    struct ae_warning *warning = &estimate->warnings[kind];
    if (warning->n_points++ > 0 && rank <= estimate->ranks[kind])
        return;
    estimate->ranks[kind] = rank;
    warning->example = *p;
    warning->limit = limit;
}

/* Components that the network is measured by. */
static size_t n_main(const struct ae_params *p)
{
    size_t M = ae_spectrum_n_components(p);
    return p->K < M ? p->K : M;
}

static void look_for_warnings(struct ae_estimate *estimate, const struct ae_params *p)
{
    static const double SMALL = 0.1; /* K/D up to which a network is narrow */
    if ((double)p->K > SMALL * p->D)
        warn(estimate, AE_WARN_WIDE, p, (double)p->K / p->D, floor(SMALL * p->D));
    double lr_limit = ae_forecast_lr_limit(p);
    if (p->lr > lr_limit) {
        warn(estimate, AE_WARN_DIVERGES, p, -p->lr, lr_limit);
        return; /* how long it takes does not matter */
    }
    size_t m = n_main(p);
    double escape = m > 0 ? ae_forecast_escape(p, m - 1) : 0.0;
    if (p->time < escape)
        warn(estimate, AE_WARN_TOO_SHORT, p, escape, escape);
}

void ae_estimate_results(struct ae_estimate *estimate, const struct ae_params *p, size_t n)
{
    estimate->memory = fmax(estimate->memory, ae_cost_memory(p));
    estimate->disk += (double)n * ae_cost_disk(p);
    look_for_warnings(estimate, p);
}

/* n computations, of which p is or is part of, and which take share_s of job_s for it. */
static void bill(struct ae_estimate *estimate, const struct ae_params *p, uint64_t id, double n,
                 double share_s, double job_s)
{
    struct kind *kind = &estimate->kinds[ae_cost_kind(p)];
    double model_s = ae_cost_model(p);
    if (kind->model_s == 0.0 || model_s < kind->cheapest_s) {
        kind->cheapest = *p;
        kind->cheapest_s = model_s;
    }
    kind->model_s += n * share_s;
    kind->longest_s = fmax(kind->longest_s, job_s);
    offer(kind, p, id, n * share_s);
}

void ae_estimate_work(struct ae_estimate *estimate, size_t n_points, const struct ae_params *p,
                      uint64_t id, size_t n)
{
    double share_s[AE_FOLD_MOST], job_s = ae_cost_fold(n_points, p, share_s);
    double records = 0.0, memory = 0.0;
    bool is_read_off = p->engine == AE_ENGINE_ODE;
    size_t longest = 0;
    for (size_t i = 0; i < n_points; i++) {
        longest = ae_cost_model(&p[i]) > ae_cost_model(&p[longest]) ? i : longest;
        records += i > 0 ? 2.0 * ae_cost_disk(&p[i]) : 0.0; /* one of it is on its way */
        memory += ae_cost_memory(&p[i]);
        if (!is_read_off)
            bill(estimate, &p[i], id + i, (double)n, share_s[i], job_s);
    }
    memory = is_read_off ? ae_cost_memory(&p[longest]) : memory;
    estimate->memory = fmax(estimate->memory, memory + records);
    if (is_read_off)
        bill(estimate, &p[longest], id, (double)n, job_s, job_s);
}

void ae_estimate_add(struct ae_estimate *estimate, const struct ae_params *p, uint64_t id, size_t n)
{
    ae_estimate_results(estimate, p, n);
    ae_estimate_work(estimate, 1, p, id, n);
}

/* ---- pilots ---- */

/* The kind with the largest share that has not had its turn in this round; AE_COST_N_KINDS if none
 * is left. */
static size_t next_kind(const struct ae_estimate *estimate, const bool *is_done)
{
    size_t best = AE_COST_N_KINDS;
    for (size_t k = 0; k < AE_COST_N_KINDS; k++)
        if (!is_done[k] && estimate->kinds[k].n_candidates > 0 &&
            (best == AE_COST_N_KINDS || estimate->kinds[k].model_s > estimate->kinds[best].model_s))
            best = k;
    return best;
}

/* One pilot; returns what it took. */
static double try_point(struct ae_estimate *estimate, const struct ae_params *p, double limit_s,
                        ae_pilot_fn *run, void *ctx)
{
    struct ae_pilot pilot = {0};
    if (run(ctx, p, limit_s, &pilot))
        ae_cost_learn(&estimate->cost, p, pilot.steps, pilot.is_whole, pilot.took_s);
    return pilot.took_s;
}

/* n pilots, kind after kind, those with the largest share first, within budget_s. */
static void try_candidates(struct ae_estimate *estimate, size_t n, double budget_s,
                           ae_pilot_fn *run, void *ctx)
{
    size_t n_run = 0;
    double spent_s = 0.0;
    for (size_t round = 0; round < N_CANDIDATES; round++) {
        bool is_done[AE_COST_N_KINDS] = {false};
        for (size_t k = next_kind(estimate, is_done); k < AE_COST_N_KINDS;
             k = next_kind(estimate, is_done)) {
            const struct kind *kind = &estimate->kinds[k];
            is_done[k] = true;
            if (round >= kind->n_candidates)
                continue;
            if (n_run >= n || spent_s >= budget_s)
                return;
            double limit_s = (budget_s - spent_s) / (double)(n - n_run++);
            spent_s += try_point(estimate, &kind->candidates[round].p, limit_s, run, ctx);
        }
    }
}

/* Where the candidates were too long to tell anything, the cheapest point may. */
static void try_cheapest(struct ae_estimate *estimate, double budget_s, ae_pilot_fn *run, void *ctx)
{
    double spent_s = 0.0;
    bool is_done[AE_COST_N_KINDS] = {false};
    for (size_t k = next_kind(estimate, is_done); k < AE_COST_N_KINDS && spent_s < budget_s;
         k = next_kind(estimate, is_done)) {
        is_done[k] = true;
        if (estimate->cost.model_s[k] == 0.0)
            spent_s +=
                try_point(estimate, &estimate->kinds[k].cheapest, budget_s - spent_s, run, ctx);
    }
}

void ae_estimate_pilot(struct ae_estimate *estimate, size_t n, double budget_s, ae_pilot_fn *run,
                       void *ctx)
{
    static const double RESERVE = 0.25; /* part of the budget for the cheapest points */
    size_t n_offered = 0;
    for (size_t k = 0; k < AE_COST_N_KINDS; k++)
        n_offered += estimate->kinds[k].n_candidates;
    try_candidates(estimate, n < n_offered ? n : n_offered, (1.0 - RESERVE) * budget_s, run, ctx);
    if (n >= n_offered)
        try_cheapest(estimate, RESERVE * budget_s, run, ctx);
}

/* ---- the bill ---- */

struct ae_bill ae_estimate_bill(const struct ae_estimate *estimate)
{
    struct ae_bill bill = {.n_pilots = estimate->cost.n,
                           .memory_bytes = BASE + estimate->memory,
                           .disk_bytes = estimate->disk};
    for (size_t k = 0; k < AE_COST_N_KINDS; k++) {
        double factor = ae_cost_factor(&estimate->cost, k);
        bill.work_s += factor * estimate->kinds[k].model_s;
        bill.longest_s = fmax(bill.longest_s, factor * estimate->kinds[k].longest_s);
    }
    return bill;
}

double ae_bill_wall_s(const struct ae_bill *bill, size_t n_ranks)
{
    double n = (double)n_ranks;
    return bill->work_s / n + bill->longest_s * (1.0 - 1.0 / n);
}

/* ---- warnings as text ---- */

/* r of component tau, for people; nan without memory. */
static double eigenvalue(const struct ae_params *p, size_t tau)
{
    struct ae_spectrum spectrum;
    double r = (double)NAN;
    if (ae_spectrum_init(&spectrum, p, NULL) == AE_OK)
        r = spectrum.r[tau];
    ae_spectrum_clear(&spectrum);
    return r;
}

const struct ae_warning *ae_estimate_warning(const struct ae_estimate *estimate,
                                             enum ae_warning_kind kind)
{
    return &estimate->warnings[kind];
}

void ae_warning_format(const struct ae_estimate *estimate, enum ae_warning_kind kind,
                       struct ae_buffer *out)
{
    const struct ae_warning *warning = &estimate->warnings[kind];
    const struct ae_params *p = &warning->example;
    size_t m = n_main(p);
    ae_buffer_printf(out, "%zu point%s: ", warning->n_points, warning->n_points == 1 ? "" : "s");
    switch (kind) {
    case AE_WARN_WIDE:
        ae_buffer_printf(out,
                         "K is not small against D, up to K = %zu at D = %g: the flow and its "
                         "scalings hold for K << D, SGD departs from them",
                         p->K, p->D);
        break;
    case AE_WARN_DIVERGES:
        ae_buffer_printf(out,
                         "SGD must diverge, from lr = %g (%s, K = %zu, where mean square "
                         "deviations grow above %.3g)",
                         p->lr, ae_param_table[AE_PARAM_activation].words[p->activation].text, p->K,
                         warning->limit);
        break;
    case AE_WARN_TOO_SHORT:
        ae_buffer_printf(out, "time is too short to learn the weakest component: it is %g, ",
                         p->time);
        if (isinf(warning->limit))
            ae_buffer_printf(out, "and for ever: weight_decay = %g holds r = %g at zero",
                             p->weight_decay, eigenvalue(p, m - 1));
        else
            ae_buffer_printf(out,
                             "and component %zu (r = %g) leaves zero at t = %.2g where lr = %g", m,
                             eigenvalue(p, m - 1), warning->limit, p->lr);
        break;
    case AE_N_WARNINGS:
        break;
    }
}
