/* Passes over weights and inputs, compiled for AVX2 and FMA. */
#include "layers_lanes.h"
