/* Normals, compiled for AVX-512. */
#include "random_lanes.h"
