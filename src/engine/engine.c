/* The list of engines. */
#include "aesweep/engine.h"

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
