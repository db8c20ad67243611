/* Combinations of parameters that make no sense. */
#include "aesweep/params.h"

#include <math.h>
#include <stdio.h>

/* Writes the body of the exclude item. */
static void suggest(char *exclude, size_t size, const char *text)
{
    if (exclude && size > 0)
        (void)snprintf(exclude, size, "%s", text);
}

/* The same for a list; nothing if it is too long for that. */
static void suggest_spikes(char *exclude, size_t size, struct ae_reals spikes)
{
    struct ae_buffer text = {0};
    ae_buffer_text(&text, "spikes: ");
    ae_value_format(AE_PARAM_spikes, (struct ae_value){.list = spikes}, &text);
    if (ae_buffer_status(&text, NULL) == AE_OK && text.size < size)
        suggest(exclude, size, text.data);
    ae_buffer_clear(&text);
}

static enum ae_status check_spikes(const struct ae_params *p, char *exclude, size_t size,
                                   struct ae_error *err)
{
    char text[128], number[AE_NUMBER_SIZE];
    for (size_t i = 1; i < p->spikes.n; i++)
        if (p->spikes.x[i] > p->spikes.x[i - 1]) {
            suggest_spikes(exclude, size, p->spikes);
            return ae_fail(err, AE_EARG,
                           "spikes must be given strongest first, but entry %zu is larger "
                           "than entry %zu",
                           i + 1, i);
        }
    if ((double)p->spikes.n > p->D) {
        (void)snprintf(text, sizeof text, "D: %s", ae_number_format(p->D, number));
        suggest(exclude, size, text);
        return ae_fail(err, AE_EARG, "%zu spikes do not fit in D = %s directions", p->spikes.n,
                       number);
    }
    return AE_OK;
}

/* Eigenvalues of a file are those of all directions. */
static enum ae_status check_eigenvalues(const struct ae_params *p, char *exclude, size_t size,
                                        struct ae_error *err)
{
    char text[128], number[AE_NUMBER_SIZE];
    if ((double)p->eigenvalues.n == p->D)
        return AE_OK;
    (void)snprintf(text, sizeof text, "D: %s", ae_number_format(p->D, number));
    suggest(exclude, size, text);
    return ae_fail(
        err, AE_EARG, "data: %s has %zu eigenvalues but D = %s: one for each direction; set D: %zu",
        p->data_file ? p->data_file : "the list", p->eigenvalues.n, number, p->eigenvalues.n);
}

static enum ae_status check_inputs(const struct ae_params *p, char *exclude, size_t size,
                                   struct ae_error *err)
{
    char text[128], number[AE_NUMBER_SIZE];
    if (p->engine == AE_ENGINE_SGD && isinf(p->D)) {
        suggest(exclude, size, "engine: sgd, D: inf");
        return ae_fail(err, AE_EARG, "D = inf needs engine ode; a simulation has a finite D");
    }
    if (p->engine == AE_ENGINE_SGD && p->D > 1e9) {
        (void)snprintf(text, sizeof text, "engine: sgd, D: %s", ae_number_format(p->D, number));
        suggest(exclude, size, text);
        return ae_fail(err, AE_EARG, "D = %s is too large to simulate; at most 1e9", number);
    }
    if (p->data == AE_POWER && isinf(p->D)) {
        suggest(exclude, size, "data: power, D: inf");
        return ae_fail(err, AE_EARG,
                       "data: power needs a finite D: at D = inf it has infinitely many different "
                       "eigenvalues");
    }
    if (p->data == AE_DATA_FILE)
        return check_eigenvalues(p, exclude, size, err);
    return p->data == AE_POWER ? AE_OK : check_spikes(p, exclude, size, err);
}

static enum ae_status check_time(const struct ae_params *p, char *exclude, size_t size,
                                 struct ae_error *err)
{
    if (isinf(p->D))
        return AE_OK;
    double steps = p->time * p->D, inputs = steps * (double)p->batch;
    /* The flow has no steps to count: whole steps are finer than a double there. */
    if (steps >= 0.5 && (inputs < 9e15 || p->engine == AE_ENGINE_ODE))
        return AE_OK;
    char text[128], time[AE_NUMBER_SIZE], D[AE_NUMBER_SIZE];
    (void)snprintf(text, sizeof text, "time: %s, D: %s", ae_number_format(p->time, time),
                   ae_number_format(p->D, D));
    suggest(exclude, size, text);
    if (steps < 0.5)
        return ae_fail(err, AE_EARG, "time = %s is less than one step at D = %s (a step takes 1/D)",
                       time, D);
    return ae_fail(err, AE_EARG, "time = %s at D = %s is more than 9e15 %s", time, D,
                   p->batch > 1 ? "inputs" : "steps");
}

static enum ae_status check_start(const struct ae_params *p, char *exclude, size_t size,
                                  struct ae_error *err)
{
    struct ae_start_view view;
    char text[128];
    if (!ae_start_view(p->start, &view))
        return AE_OK;
    bool has_weights = view.encoder || view.decoder;
    bool is_spiked = p->data == AE_SPIKED;
    (void)snprintf(text, sizeof text, "K: %zu", p->K);
    if (view.K != p->K) {
        suggest(exclude, size, text);
        return ae_fail(err, AE_EARG, "start has %zu rows but K = %zu: one row for each hidden unit",
                       view.K, p->K);
    }
    if (has_weights && is_spiked && view.M != p->spikes.n) {
        suggest(exclude, size, text);
        return ae_fail(err, AE_EARG,
                       "start has %zu columns but there are %zu spikes: one column for "
                       "each spike",
                       view.M, p->spikes.n);
    }
    if (has_weights && (double)view.M > p->D) {
        (void)snprintf(text, sizeof text, "D: %g", p->D);
        suggest(exclude, size, text);
        return ae_fail(err, AE_EARG,
                       "start has %zu columns but there are %g directions: a column for each of "
                       "the leading ones, those left out are 0",
                       view.M, p->D);
    }
    if (!p->tied || !view.decoder)
        return AE_OK;
    for (size_t i = 0; i < view.K * view.M; i++) {
        double w = view.encoder ? view.encoder[i] : 0.0;
        if (!ae_number_matches(view.decoder[i], p->tie_scale * w)) {
            suggest(exclude, size, "tied: true");
            return ae_fail(
                err, AE_EARG,
                "start: tied weights need decoder = tie_scale * encoder, but "
                "%g is not %g * %g (row %zu, column %zu); leave the decoder out, or untie",
                view.decoder[i], p->tie_scale, w, i / view.M + 1, i % view.M + 1);
        }
    }
    return AE_OK;
}

/* Both parameters as the point has them: `rule: sanger, tied: false`. */
static void suggest_both(char *exclude, size_t size, const struct ae_params *p,
                         enum ae_param_id first, enum ae_param_id second)
{
    struct ae_buffer text = {0};
    ae_buffer_printf(&text, "%s: ", ae_param_table[first].name);
    ae_value_format(first, ae_param_get(p, first), &text);
    ae_buffer_printf(&text, ", %s: ", ae_param_table[second].name);
    ae_value_format(second, ae_param_get(p, second), &text);
    if (ae_buffer_status(&text, NULL) == AE_OK)
        suggest(exclude, size, text.data);
    ae_buffer_clear(&text);
}

/* Sanger's rule is one for tied linear units, without a line for biases. */
static enum ae_status check_sanger(const struct ae_params *p, char *exclude, size_t size,
                                   struct ae_error *err)
{
    enum ae_param_id wrong = p->engine != AE_ENGINE_SGD   ? AE_PARAM_engine
                             : p->activation != AE_LINEAR ? AE_PARAM_activation
                             : !p->tied                   ? AE_PARAM_tied
                             : p->bias != AE_BIAS_NONE    ? AE_PARAM_bias
                                                          : AE_N_PARAMS;
    if (p->rule != AE_SANGER || wrong == AE_N_PARAMS)
        return AE_OK;
    suggest_both(exclude, size, p, AE_PARAM_rule, wrong);
    struct ae_buffer value = {0};
    ae_value_format(wrong, ae_param_get(p, wrong), &value);
    enum ae_status rc = ae_fail(
        err, AE_EARG,
        "rule sanger is for engine sgd, activation linear, tied true, bias none; here %s is %s",
        ae_param_table[wrong].name, value.data ? value.data : "another");
    ae_buffer_clear(&value);
    return rc;
}

/* Which inputs a step sees. */
static enum ae_status check_training(const struct ae_params *p, char *exclude, size_t size,
                                     struct ae_error *err)
{
    char number[AE_NUMBER_SIZE];
    if (p->engine != AE_ENGINE_SGD && p->batch > 1) {
        suggest_both(exclude, size, p, AE_PARAM_engine, AE_PARAM_batch);
        return ae_fail(err, AE_EARG, "batch = %zu needs engine sgd; the flow has no batches",
                       p->batch);
    }
    if (isinf(p->samples))
        return AE_OK;
    (void)ae_number_format(p->samples, number);
    if (p->engine != AE_ENGINE_SGD) {
        suggest_both(exclude, size, p, AE_PARAM_engine, AE_PARAM_samples);
        return ae_fail(err, AE_EARG,
                       "samples = %s needs engine sgd; the flow is that of fresh inputs", number);
    }
    double limit = p->epochs ? AE_MAX_SHUFFLED : AE_MAX_SAMPLES;
    if (p->samples <= limit)
        return AE_OK;
    suggest_both(exclude, size, p, AE_PARAM_samples, AE_PARAM_epochs);
    return ae_fail(err, AE_EARG, "samples = %s%s is more than %.0f; inf is for fresh inputs",
                   number, p->epochs ? " in epochs" : "", limit);
}

enum ae_status ae_params_check(const struct ae_params *p, char *exclude, size_t size,
                               struct ae_error *err)
{
    suggest(exclude, size, "");
    enum ae_status rc = check_inputs(p, exclude, size, err);
    if (rc == AE_OK)
        rc = check_time(p, exclude, size, err);
    if (rc == AE_OK)
        rc = check_start(p, exclude, size, err);
    if (rc == AE_OK)
        rc = check_sanger(p, exclude, size, err);
    if (rc == AE_OK)
        rc = check_training(p, exclude, size, err);
    return rc;
}
