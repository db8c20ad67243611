/* Passes over weights and inputs, for any CPU. */
#include "layers_lanes.h"
