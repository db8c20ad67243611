/* Normals, compiled for AVX2 and FMA. */
#include "random_lanes.h"
