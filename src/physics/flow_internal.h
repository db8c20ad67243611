#ifndef AESWEEP_FLOW_INTERNAL_H
#define AESWEEP_FLOW_INTERNAL_H

/* The flow as its right-hand side (flow.c) and its Jacobian (newton.c) share it. */

#include <stdbool.h>

#include "aesweep/flow.h"

struct ae_flow {
    const struct ae_params *p;
    const struct ae_network *start;
    struct ae_network net; /* what y stands for, with whole rows */
    struct ae_order *order;
    double *dv;                     /* [K+1][stride] right-hand side of c and v */
    double *dw;                     /* [stride] of one row of w */
    bool has_v, has_c, has_b;       /* parts of y */
    double decay;                   /* weight_decay / lr */
    bool (*should_stop)(void *ctx); /* asked in the middle of long work; NULL: never */
    void *stop_ctx;
};

/* Where the parts of y begin. */
struct ae_flow_layout {
    size_t v, c, b, end;
};
struct ae_flow_layout ae_flow_layout_of(const struct ae_flow *flow);

/* The mask S of the truncated rule: unit k sees units l <= k; the constant unit 0 sees and is seen
 * by all. */
bool ae_flow_sees(const struct ae_flow *flow, size_t k, size_t l);

#endif
