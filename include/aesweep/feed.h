#ifndef AESWEEP_FEED_H
#define AESWEEP_FEED_H

/* A block of inputs for simulated networks (layers.h), any number of which may see it: drawing the
 * inputs and their products takes as long as half the steps of a small network. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aesweep/error.h"
#include "aesweep/random.h"

enum { AE_FEED_MOST = 16 }; /* inputs of a block */

struct ae_feed_shape {
    size_t n;        /* entries of an input */
    size_t n_inputs; /* of a block, at most; <= AE_FEED_MOST */
    bool is_single;  /* in single precision */
};

struct ae_feed;

/* All inputs are 0. scale [n] is what ae_feed_draw multiplies with; it is copied. AE_OK, AE_ENOMEM. */
enum ae_status ae_feed_new(struct ae_feed **feed, const struct ae_feed_shape *shape,
                           const double *scale, struct ae_error *err);
void ae_feed_free(struct ae_feed *feed);

/* The block becomes n inputs, each scale[i] times the normal at position i of its stream, purpose
 * AE_FOR_INPUT. */
void ae_feed_draw(struct ae_feed *feed, size_t n, struct ae_random random, const uint64_t *stream);

size_t ae_feed_n(const struct ae_feed *feed);
/* X X^T [n_inputs][n_inputs], from the diagonal on; else 0. Sums run in fixed lanes. */
const double *ae_feed_products(const struct ae_feed *feed);

#endif
