#ifndef AESWEEP_SWEEP_REFINE_INTERNAL_H
#define AESWEEP_SWEEP_REFINE_INTERNAL_H

/* What the files of refine share: refine.c grows the set of points, refine_axes.c knows neighbours
 * and middles, refine_order.c puts the points in order. */

#include "aesweep/refine.h"

#include "sweep_private.h"

#define AE_REFINE_NOWHERE SIZE_MAX

/* A refined axis of a document. Combinations are counted within the document. */
struct ae_refine_axis {
    const struct ae_axis *of;
    size_t place;  /* among the axes of the document */
    size_t stride; /* combinations from one value of the file to the next */
    bool is_log, is_integer;
    size_t n;      /* finite numbers among its values; words are not */
    size_t *order; /* [n] their places, by rising value */
    size_t *rank;  /* [of->n] which of these a place is; AE_REFINE_NOWHERE */
};
/* AE_OK, AE_ENOMEM; ae_refine_axis_clear in any case. */
enum ae_status ae_refine_axis_init(struct ae_refine_axis *axis, const struct ae_document *document,
                                   size_t place, struct ae_error *err);
void ae_refine_axis_clear(struct ae_refine_axis *axis);
/* Which value of the axis a combination has. */
size_t ae_refine_axis_digit(const struct ae_refine_axis *axis, size_t local);
/* The combination next to one along the axis, or AE_REFINE_NOWHERE. */
size_t ae_refine_axis_next(const struct ae_refine_axis *axis, size_t local, bool is_up);
/* The middle of a < b, to 12 digits, integers rounded down; false if it is none, because it equals
 * one of them. */
bool ae_refine_axis_middle(const struct ae_refine_axis *axis, double a, double b, double *middle);
/* How many points at most lie between a < b, n_levels deep. */
size_t ae_refine_axis_room(const struct ae_refine_axis *axis, double a, double b, size_t n_levels);

/* One document. */
struct ae_refine_part {
    const struct ae_document *document;
    size_t n_axes; /* refined ones */
    struct ae_refine_axis axes[AE_N_PARAMS];
};

enum ae_refine_verdict {
    AE_REFINE_UNKNOWN = -3, /* results are missing */
    AE_REFINE_NOTHING = -2, /* excluded, or no result but failures */
    AE_REFINE_MIXED = -1    /* from 0: a phase */
};

/* A point, of a grid or added: its results so far. */
struct ae_refine_node {
    uint64_t point;
    double phase_tol;
    uint32_t next;      /* with the same end of its hash; AE_REFINE_NO_NODE */
    uint32_t n_missing; /* results */
    uint32_t votes[AE_N_PHASES];
    int8_t verdict;
    int8_t level;    /* of the record that is asked for */
    bool is_absent;  /* excluded: it has no results, and is in no list */
    bool is_settled; /* it has been compared with its neighbours */
};
#define AE_REFINE_NO_NODE UINT32_MAX

/* An added point: the number x on an axis, the rest as at a combination. */
struct ae_refine_added {
    uint32_t base;   /* combination of the whole grid */
    uint32_t lo, hi; /* the neighbours it was put between: nodes */
    uint16_t part, axis;
    uint16_t depth; /* 1 ... levels */
    double x;
};

/* Nodes: all combinations of all grids, then the added points. */
struct ae_refine {
    const struct ae_sweep *sweep;
    ae_refine_look_fn *look;
    void *look_ctx;
    struct ae_hasher *hasher;
    size_t n_parts;
    struct ae_refine_part *parts;
    size_t n_grid, n_added, capacity; /* nodes of the grid; added points; room for both */
    struct ae_refine_node *nodes;
    struct ae_refine_added *added; /* [capacity - n_grid] */
    size_t n_heads;                /* a power of two */
    uint32_t *heads;               /* [n_heads] of the lists of nodes with one end of their hash */
    size_t n_ready;
    uint32_t *ready; /* [capacity] nodes whose verdict is known and that are not settled */
};

/* Parameters of a node, replicate 1. */
void ae_refine_params(const struct ae_refine *refine, size_t node, struct ae_params *out);
/* The number that a node has on a refined axis. */
double ae_refine_place(const struct ae_refine *refine, size_t node,
                       const struct ae_refine_part *part, const struct ae_refine_axis *axis);

#endif
