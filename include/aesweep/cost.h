#ifndef AESWEEP_COST_H
#define AESWEEP_COST_H

/*
 * What a point costs: a model of the work (steps x K x D for simulations, steps x dimension of the
 * state for the flow) in seconds of a typical core, and what measured points say about this
 * machine: a factor for each kind of point.
 */

#include <stdbool.h>
#include <stddef.h>

#include "aesweep/params.h"

/* Points of one kind cost the same up to what the model knows. */
#define AE_COST_ONE(code, word) +1
enum {
    AE_COST_N_ENGINES = 0 AE_WORDS_engine(AE_COST_ONE),
    AE_COST_N_ACTIVATIONS = 0 AE_WORDS_activation(AE_COST_ONE),
    AE_COST_N_KINDS = AE_COST_N_ENGINES * AE_COST_N_ACTIVATIONS * 4
};
#undef AE_COST_ONE
/* Engine, activation, tied or not, biases trained or not. */
size_t ae_cost_kind(const struct ae_params *p);

/* Seconds of the whole point by the model. Simulations that must diverge end early. */
double ae_cost_model(const struct ae_params *p);
/* Seconds of n >= 1 points that are run together (ae_engine_folds); of one, the same. share_s [n]
 * becomes what each takes of them. */
double ae_cost_fold(size_t n, const struct ae_params *p, double *share_s);

/* Bytes that the point needs in memory, and that its result takes on disk. */
double ae_cost_memory(const struct ae_params *p);
double ae_cost_disk(const struct ae_params *p);

/* What was measured, by kind: seconds by the model, and by the clock. Start with {0}. */
struct ae_cost {
    double model_s[AE_COST_N_KINDS];
    double wall_s[AE_COST_N_KINDS];
    size_t n; /* points */
};

/* A point took wall_s for so many steps, which were all of it or not. The mere start of an
 * integration tells nothing. */
void ae_cost_learn(struct ae_cost *cost, const struct ae_params *p, double steps, bool is_whole,
                   double wall_s);

/* A point took wall_s, as its share of a computation of several, and model_s by the model. */
void ae_cost_learn_share(struct ae_cost *cost, const struct ae_params *p, double model_s,
                         double wall_s);

/* Measured over model seconds: of this kind; if there is none, of this engine; of all; else 1. */
double ae_cost_factor(const struct ae_cost *cost, size_t kind);

/* Seconds of work that is model_s[kind] by the model. */
double ae_cost_total(const struct ae_cost *cost, const double model_s[AE_COST_N_KINDS]);

#endif
