/* The loops of a training step, compiled for AVX-512. */
#include "descent_lanes.h"
