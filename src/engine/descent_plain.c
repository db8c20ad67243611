/* The loops of a training step, for any CPU. */
#include "descent_lanes.h"
