/* The activation in lanes, for any CPU. */
#include "activation_lanes.h"
