/* The loops of a training step, compiled for AVX2 and FMA. */
#include "descent_lanes.h"
