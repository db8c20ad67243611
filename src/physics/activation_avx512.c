/* The activation in lanes, compiled for AVX-512. */
#include "activation_lanes.h"
