/* The list of engines, and which of their points are run together. */
#include "aesweep/engine.h"

#include <math.h>
#include <string.h>

#include "aesweep/descent.h"

const struct ae_engine *ae_engine_of(const struct ae_params *p)
{
    switch ((enum ae_engine_name)p->engine) {
    case AE_ENGINE_ODE:
        return &ae_engine_flow;
    case AE_ENGINE_SGD:
        return &ae_engine_sgd;
    }
    return &ae_engine_flow;
}

enum ae_status ae_engine_run(const struct ae_params *p, const struct ae_host *host,
                             struct ae_record *record, struct ae_error *err)
{
    enum ae_status status = AE_OK;
    return ae_engine_of(p)->run(1, p, host, &record, &status, err);
}

/* A point with a time limit is simulated alone, so that what it takes is its own. */
bool ae_engine_can_fold(const struct ae_params *p)
{
    if (p->engine == AE_ENGINE_ODE)
        return p->integrator == AE_CVODE;
    return isinf(p->timeout);
}

/* lr = 1, weight_decay by lr; time and observe the same always. */
static struct ae_params trajectory_of_flow(const struct ae_params *p)
{
    struct ae_params one = *p;
    one.lr = 1.0;
    one.weight_decay = p->weight_decay / p->lr;
    one.time = 1.0;
    one.observe = (struct ae_reals){0};
    return one;
}

/* The inputs and the times; and any network for which blocks have the same size. */
static struct ae_params inputs_of_sgd(const struct ae_params *p)
{
    struct ae_params one = *p;
    one.activation = AE_LINEAR;
    one.tied = false;
    one.tie_scale = 1.0;
    one.bias = AE_BIAS_NONE;
    one.bias_init = 0.0;
    one.rule = AE_VANILLA;
    one.lr = one.lr_decoder = one.lr_bias = 1.0;
    one.weight_decay = 0.0;
    one.init = 1.0;
    one.start = (struct ae_reals){0};
    one.K = 1;
    if (ae_descent_shape(&one, 1).n_inputs != ae_descent_shape(p, 1).n_inputs)
        one.K = p->K;
    return one;
}

struct ae_params ae_engine_trajectory(const struct ae_params *p)
{
    return p->engine == AE_ENGINE_ODE ? trajectory_of_flow(p) : inputs_of_sgd(p);
}

static bool is_equal(struct ae_value a, struct ae_value b)
{
    bool is_same = a.x == b.x && a.list.n == b.list.n;
    for (size_t i = 0; is_same && i < a.list.n; i++)
        is_same = a.list.x[i] == b.list.x[i];
    return is_same;
}

bool ae_engine_folds(const struct ae_params *a, const struct ae_params *b)
{
    struct ae_params x = ae_engine_trajectory(a), y = ae_engine_trajectory(b);
    bool is_one = ae_engine_can_fold(a) && ae_engine_can_fold(b) && a->seed == b->seed &&
                  a->replicate == b->replicate && a->timeout == b->timeout;
    if (is_one && memcmp(&x, &y, sizeof x) == 0) /* often; bytes between members may also differ */
        return true;
    for (int i = 0; is_one && i < AE_N_PARAMS; i++) {
        enum ae_param_id id = (enum ae_param_id)i;
        is_one = is_equal(ae_param_get(&x, id), ae_param_get(&y, id)) ||
                 !(ae_param_table[id].acts(&x) || ae_param_table[id].acts(&y));
    }
    return is_one;
}

/* Trajectories are read off at little cost. Simulations that share their inputs are moved in turn,
 * block by block: their weights should stay in the cache, and what is shared is soon small beside
 * what is not. */
size_t ae_engine_fold_most(const struct ae_params *p)
{
    static const double CACHE = 4e6; /* bytes */
    enum { AT_MOST = 8 };
    if (p->engine == AE_ENGINE_ODE)
        return SIZE_MAX;
    struct ae_layers_shape shape = ae_descent_shape(p, 1);
    double bytes = p->D * (double)(shape.n_w + shape.n_y) * (shape.is_single ? 4.0 : 8.0);
    return bytes * AT_MOST < CACHE ? AT_MOST : (size_t)fmax(1.0, CACHE / bytes);
}
