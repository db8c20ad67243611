#ifndef AESWEEP_LAYERS_H
#define AESWEEP_LAYERS_H

/*
 * The weights of a simulated network, laid out for speed; all that a training step does with vectors
 * of D entries. Two sets of rows, of n entries each:
 *
 *   W  [n_w]  move along inputs only:                     W = keep W + A X
 *   Y  [n_y]  move along inputs and along each other:     Y = M Y + C X
 *
 * Whatever happens in the steps of a block of inputs X, it is of this form, and everything that
 * decides on the coefficients follows from the products W X^T, Y X^T, X X^T and Y Y^T. So a block
 * of steps costs two passes over the weights: ae_layers_project makes the products, descent.h turns
 * them into coefficients, ae_layers_update applies these.
 *
 * M differs little from 1 after a block, and to mix all rows with each other costs as much as many
 * inputs. So Y may be put off: memory has Z where Y = M Z, M is carried from block to block, and the
 * inputs go to Z with the coefficients M^-1 C. ae_layers_mix makes Z = Y and M = 1.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aesweep/error.h"
#include "aesweep/feed.h"

struct ae_layers_shape {
    size_t n;        /* entries of a row */
    size_t n_w, n_y; /* rows of W and of Y */
    size_t n_inputs; /* of a block, at most; <= AE_FEED_MOST */
    bool gathers;    /* has sums for ae_layers_gather */
    bool is_single;  /* rows and inputs are in single precision */
};

/*
 * What goes back and forth between vectors and coefficients. A row of y holds three parts: products
 * with the inputs, then coefficients C; from m_at on coefficients M; from t_at on T = Y Y^T. All
 * three change alike in a step (descent.c), which is why they stand side by side. Parts begin at
 * multiples of 8; what fills them up is 0. Rows of w and of y are `stride` apart, an odd multiple of
 * 8 (so that rows do not meet in few sets of a cache); those of y follow on those of w.
 */
struct ae_block {
    struct ae_layers_shape shape;
    size_t n;  /* inputs in this block, <= n_inputs */
    double *w; /* [n_w][stride]  W X^T, then A */
    double *y; /* [n_y][stride]  Z X^T, then Y X^T, then coefficients | M | T */
    size_t stride, m_at, t_at;
    const double *G; /* [n_inputs][n_inputs]  X X^T, from the diagonal on; of the feed */
    double keep;     /* of W */
    bool mixes;      /* the update is Y = M Y + C X, and M = 1 before it; else Z = Z + C X */
};
size_t ae_block_stride(const struct ae_layers_shape *shape);
/* Everything is 0, but M = 1. */
enum ae_status ae_block_init(struct ae_block *block, const struct ae_layers_shape *shape,
                             struct ae_error *err);
void ae_block_clear(struct ae_block *block);

struct ae_layers;

/* All rows are 0. Feeds that are given to the other functions are of shape->n, n_inputs, is_single. */
enum ae_status ae_layers_new(struct ae_layers **layers, const struct ae_layers_shape *shape,
                             struct ae_error *err);
void ae_layers_free(struct ae_layers *layers);

/* One row from and to plain storage, x [n]. Rows of W come first: row n_w + j is row j of Y. */
void ae_layers_set(struct ae_layers *layers, size_t row, const double *x);
void ae_layers_get(const struct ae_layers *layers, size_t row, double *x);

/* Products of what is in memory with the inputs: block->n, w, the first part of y; and G, which is
 * there until the feed draws again. Sums run in fixed lanes. */
void ae_layers_project(const struct ae_layers *layers, const struct ae_feed *feed,
                       struct ae_block *block);
/* T, from the weights as they are; M = 1. */
void ae_layers_gram(const struct ae_layers *layers, struct ae_block *block);
/* W = keep W + A X, and Y as block->mixes says, after which M = 1, or Z. */
void ae_layers_update(struct ae_layers *layers, const struct ae_feed *feed, struct ae_block *block);
/* Z = M Z, M = 1. */
void ae_layers_mix(struct ae_layers *layers, struct ae_block *block);
/* For a step on more inputs than a block has. Sums += A X, C X, block by block; then, once, W = keep
 * W + sums, Y = M Y + sums, and the sums are 0 again and M = 1. */
void ae_layers_gather(struct ae_layers *layers, const struct ae_feed *feed,
                      const struct ae_block *block);
void ae_layers_settle(struct ae_layers *layers, struct ae_block *block);

#endif
