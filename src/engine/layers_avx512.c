/* Passes over weights and inputs, compiled for AVX-512. */
#include "layers_lanes.h"
