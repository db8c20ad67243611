/* The activation in lanes, compiled for AVX2 and FMA. */
#include "activation_lanes.h"
