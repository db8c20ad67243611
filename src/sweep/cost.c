/*
 * The model of costs. Its constants are those of one core of 2020s make, and their ratios matter
 * more than their size, since measured points correct it. n modes, K units, dim numbers in the
 * state:
 *
 *   sgd   steps batch (c0 + n (c1 + c2 K) + c3 K + c4 K^2)      steps = time D
 *   ode   steps (rhs + solves with n blocks + factorisation of rank K (K + 3)),
 *         steps ~ log(lr r time)
 */
#include "aesweep/cost.h"

#include <math.h>

#include "aesweep/descent.h"
#include "aesweep/forecast.h"
#include "aesweep/record.h"
#include "aesweep/spectrum.h"

enum { N_TIMES = 62 }; /* observed times unless `observe` says more */

static bool trains_encoder_bias(const struct ae_params *p)
{
    return p->bias == AE_BIAS_ENCODER || p->bias == AE_BIAS_BOTH;
}

static bool trains_decoder_bias(const struct ae_params *p)
{
    return p->bias == AE_BIAS_DECODER || p->bias == AE_BIAS_BOTH;
}

size_t ae_cost_kind(const struct ae_params *p)
{
    size_t kind = (size_t)p->engine * AE_COST_N_ACTIVATIONS + (size_t)p->activation;
    return (2 * kind + p->tied) * 2 + (p->bias != AE_BIAS_NONE);
}

/* ---- the shape of a point ---- */

/* Modes that the flow moves: the leading ones, and the span of the weights' parts in others. */
static double n_modes(const struct ae_params *p)
{
    double M = (double)ae_spectrum_n_components(p), K = (double)p->K;
    bool has_bulk = p->start.n == 0 && p->init != AE_INIT_INFORMED && p->init > 0.0;
    double n_extra = p->tied || isinf(p->D) ? K : 2.0 * K;
    return M + (has_bulk ? ae_levels_n_modes(p, n_extra) : 0.0);
}

static double flow_dim(const struct ae_params *p)
{
    double n = n_modes(p), K = (double)p->K;
    return n * ((p->tied ? K : 2.0 * K) + trains_decoder_bias(p)) +
           (trains_encoder_bias(p) ? K : 0.0);
}

static double n_times(const struct ae_params *p)
{
    return p->observe.n > 0 ? (double)p->observe.n + 2.0 : N_TIMES;
}

/* ---- seconds ---- */

/* Steps of the integrator to time p->time: evenly spaced in log t, and few once all is learned. */
static double flow_steps(const struct ae_params *p)
{
    const struct ae_reals *strongest = p->data == AE_DATA_FILE ? &p->eigenvalues : &p->spikes;
    double r = strongest->n > 0 ? strongest->x[0] : 1.0;
    double clock = log1p(p->lr * r * p->time);
    return (150.0 + 105.0 * fmin(clock, 9.0) + 20.0 * fmax(clock - 9.0, 0.0)) *
           pow(p->tol / 1e-8, -0.2);
}

/* What the averages of a step cost, in units of K^2; biases double it. */
static double averages_s(const struct ae_params *p)
{
    static const double ns[] = {
        [AE_LINEAR] = 0,     [AE_ERF] = 20,   [AE_RELU] = 150,     [AE_TANH] = 350,
        [AE_LOGISTIC] = 450, [AE_GELU] = 250, [AE_SOFTPLUS] = 900, [AE_LEAKY_RELU] = 80};
    return 1e-9 * ns[p->activation] * (p->bias == AE_BIAS_NONE ? 1.0 : 2.0);
}

static double flow_s(const struct ae_params *p, double steps)
{
    double K = (double)p->K, n = n_modes(p), rank = K * (K + 3.0), m = p->tied ? K : 2.0 * K;
    double solves = n * m * rank;
    double factors = (n * m * m * rank + rank * rank * rank / 1.5) / 8.0; /* every eighth step */
    return steps * (1.3e-6 + K * K * (180e-9 + averages_s(p)) + 0.25e-9 * (solves + factors));
}

/* Drawing inputs, and their products with each other. */
static double inputs_s(const struct ae_params *p, double steps)
{
    double share = p->precision == AE_SINGLE ? 0.5 : 1.0;
    return steps * (double)p->batch * (20e-9 + p->D * (0.43e-9 + share * 0.25e-9));
}

static double sgd_s(const struct ae_params *p, double steps)
{
    double K = (double)p->K, inputs = steps * (double)p->batch;
    double rows = (p->tied ? 0.6 : 1.0) * K, share = p->precision == AE_SINGLE ? 0.5 : 1.0;
    return inputs_s(p, steps) +
           inputs * (20e-9 + p->D * share * 0.145e-9 * rows + K * (16e-9 + 0.42e-9 * K));
}

static double steps_s(const struct ae_params *p, double steps)
{
    return p->engine == AE_ENGINE_ODE ? flow_s(p, steps) : sgd_s(p, steps);
}

/* Besides the steps: the job's way out and back; the draw, and for the flow its QR; what is seen of
 * all D modes at the observed times. */
static double other_s(const struct ae_params *p)
{
    static const double JOB_S = 200e-6;
    double K = (double)p->K;
    if (isinf(p->D))
        return JOB_S;
    if (p->engine == AE_ENGINE_ODE)
        return JOB_S + K * p->D * (10e-9 + 4e-9 * K);
    return JOB_S + n_times(p) * K * K * (2e-9 * p->D + 100e-9);
}

static double n_steps(const struct ae_params *p)
{
    static const double DIVERGING_STEPS = 1000; /* most end after tens, near the limit much later */
    double steps = p->engine == AE_ENGINE_ODE ? flow_steps(p) : p->time * p->D;
    return p->lr > ae_forecast_lr_limit(p) ? fmin(steps, DIVERGING_STEPS) : steps;
}

double ae_cost_model(const struct ae_params *p)
{
    return other_s(p) + steps_s(p, n_steps(p));
}

/* What one point more costs on a trajectory that is computed anyway: its record is made, sent and
 * stored. */
static double reading_s(const struct ae_params *p)
{
    static const double RECORD_S = 60e-6, LOOK_S = 0.4e-6;
    double K = (double)p->K, M = (double)p->spikes.n;
    return RECORD_S + n_times(p) * (LOOK_S + K * (K + M) * 20e-9);
}

static double cost_of_trajectory(size_t n, const struct ae_params *p)
{
    double longest_s = 0.0, all_s = 0.0;
    for (size_t i = 0; i < n; i++) {
        longest_s = fmax(longest_s, ae_cost_model(&p[i]));
        all_s += i > 0 ? reading_s(&p[i]) : 0.0;
    }
    return longest_s + all_s;
}

double ae_cost_fold(size_t n, const struct ae_params *p, double *share_s)
{
    bool is_read_off = n > 1 && p->engine == AE_ENGINE_ODE;
    double all_s = is_read_off ? cost_of_trajectory(n, p) : 0.0;
    for (size_t i = 0; i < n; i++) {
        if (is_read_off) {
            share_s[i] = all_s / (double)n;
            continue;
        }
        share_s[i] = ae_cost_model(&p[i]);
        if (n > 1)
            share_s[i] -= (1.0 - 1.0 / (double)n) * inputs_s(&p[i], n_steps(&p[i]));
        all_s += share_s[i];
    }
    return all_s;
}

/* ---- bytes ---- */

/* Numbers that a record keeps. */
static double n_kept(const struct ae_params *p)
{
    size_t M = ae_spectrum_n_components(p);
    return (double)M +
           n_times(p) * (double)ae_record_n_cols((enum ae_record_level)p->record, p->K, M);
}

/* Numbers that the flow works on: vectors of the integrator, and two sets of a block for each mode;
 * GSL's implicit method has whole matrices. */
static double flow_state(const struct ae_params *p)
{
    double dim = flow_dim(p), m = 2.0 * (double)p->K + 1.0;
    double blocks = p->integrator == AE_CVODE ? 2.0 * n_modes(p) * m * m : 0.0;
    return 40.0 * dim + (p->integrator == AE_MSBDF ? 3.0 * dim * dim : blocks);
}

/* Numbers that a simulation works on: the network as it is looked at, its rows as they are moved (and
 * what they are to move by), the inputs of a block, the order of an epoch. */
static double sgd_state(const struct ae_params *p)
{
    struct ae_layers_shape shape = ae_descent_shape(p, (size_t)p->D);
    double n_rows = (double)(shape.n_w + shape.n_y) * (shape.gathers ? 2.0 : 1.0);
    double order = p->epochs && isfinite(p->samples) ? 0.5 * p->samples : 0.0; /* 4 bytes each */
    double share = shape.is_single ? 0.5 : 1.0;
    return (2.0 * (double)p->K + 4.0 + share * (n_rows + (double)shape.n_inputs)) * p->D + order;
}

double ae_cost_memory(const struct ae_params *p)
{
    double K = (double)p->K;
    double state = p->engine == AE_ENGINE_ODE
                       ? flow_state(p) + (isfinite(p->D) ? 2.0 * K * p->D : 0.0)
                       : sgd_state(p);
    return 8.0 * (state + 2.0 * n_kept(p) + 8.0 * K * K);
}

double ae_cost_disk(const struct ae_params *p)
{
    double text = 20.0 * (double)p->start.n; /* that tells the parameters; eigenvalues once */
    return 2000.0 + 1.5 * (8.0 * n_kept(p) + text); /* pages of the database are not full */
}

/* ---- what was measured ---- */

void ae_cost_learn(struct ae_cost *cost, const struct ae_params *p, double steps, bool is_whole,
                   double wall_s)
{
    size_t kind = ae_cost_kind(p);
    static const double START = 200; /* the integrator's first steps cost more than later ones */
    bool is_start = !is_whole && p->engine == AE_ENGINE_ODE && steps < START;
    if (!(steps >= 0.0 && wall_s >= 0.0) || is_start)
        return;
    /* Of a whole run of the flow the model has to guess the number of steps too. */
    bool is_guess = is_whole && p->engine == AE_ENGINE_ODE;
    cost->model_s[kind] +=
        (is_whole ? other_s(p) : 0.0) + steps_s(p, is_guess ? flow_steps(p) : steps);
    cost->wall_s[kind] += wall_s;
    cost->n++;
}

void ae_cost_learn_share(struct ae_cost *cost, const struct ae_params *p, double model_s,
                         double wall_s)
{
    size_t kind = ae_cost_kind(p);
    if (!(model_s >= 0.0 && wall_s >= 0.0))
        return;
    cost->model_s[kind] += model_s;
    cost->wall_s[kind] += wall_s;
    cost->n++;
}

/* Sums over kinds first ... end - 1. */
static double factor_of(const struct ae_cost *cost, size_t first, size_t end)
{
    double model_s = 0.0, wall_s = 0.0;
    for (size_t kind = first; kind < end; kind++) {
        model_s += cost->model_s[kind];
        wall_s += cost->wall_s[kind];
    }
    return model_s > 0.0 ? wall_s / model_s : 0.0;
}

double ae_cost_factor(const struct ae_cost *cost, size_t kind)
{
    size_t n = AE_COST_N_KINDS / AE_COST_N_ENGINES, first = kind / n * n;
    double factor = factor_of(cost, kind, kind + 1);
    if (factor == 0.0)
        factor = factor_of(cost, first, first + n);
    if (factor == 0.0)
        factor = factor_of(cost, 0, AE_COST_N_KINDS);
    return factor > 0.0 ? factor : 1.0;
}

double ae_cost_total(const struct ae_cost *cost, const double model_s[AE_COST_N_KINDS])
{
    double total_s = 0.0;
    for (size_t kind = 0; kind < AE_COST_N_KINDS; kind++)
        total_s += ae_cost_factor(cost, kind) * model_s[kind];
    return total_s;
}
