#ifndef AESWEEP_DESCENT_H
#define AESWEEP_DESCENT_H

/*
 * Training steps worked out on products of vectors alone (layers.h): what every step of a block does
 * to the weights, as coefficients of the weights before the block and of its inputs. Exact, but for
 * rounding: one step sees what the steps before it did.
 */

#include "aesweep/layers.h"
#include "aesweep/params.h"

struct ae_descent;

/* Rows of the layers that this point needs, of n entries, and the inputs of a block that suit it. */
struct ae_layers_shape ae_descent_shape(const struct ae_params *p, size_t n);
/* Which row of the layers is encoder row k (tied: also decoder row k, but for tie_scale), decoder
 * row k, the decoder bias; SIZE_MAX if there is no such row. */
size_t ae_descent_encoder(const struct ae_params *p, size_t k);
size_t ae_descent_decoder(const struct ae_params *p, size_t k);
size_t ae_descent_bias(const struct ae_params *p);

/* Steps that a block takes at most: a power of two; 0 if a single one, of more inputs than a block
 * has, takes several blocks. */
size_t ae_descent_steps(const struct ae_params *p);

/* Borrows p, and b [K], the encoder biases, which its steps move. */
enum ae_status ae_descent_new(struct ae_descent **descent, const struct ae_params *p, double *b,
                              struct ae_error *err);
void ae_descent_free(struct ae_descent *descent);

/* Before the first step of a block that has just been projected and whose T and M are those of the
 * weights. */
void ae_descent_begin(struct ae_descent *descent, struct ae_block *block);
/*
 * The step on inputs a ... a + batch - 1 of the block, a = 0, batch, ... in their order: afterwards
 * the coefficients, T and b are those of the weights after this step. Returns the mean of |e|^2, the
 * squared error before it. O(batch (J^2 + J n_inputs)), J = K and one more if there is a decoder
 * bias. For ae_descent_steps > 0.
 */
double ae_descent_step(struct ae_descent *descent, struct ae_block *block, size_t a);

/* After the last step: coefficients of ae_layers_update. */
void ae_descent_end(struct ae_descent *descent, struct ae_block *block);

/* Mean |xi - xihat|^2 of the block's inputs, which has just been projected and whose T is that of the
 * weights, M = 1. Nothing moves. */
double ae_descent_error(struct ae_descent *descent, const struct ae_block *block);

/*
 * A step in parts, whatever the size of its batch. Each part is a block, projected at the weights
 * before the step, M = 1; ae_descent_gather turns it into the coefficients of ae_layers_gather and returns
 * the mean |e|^2. After the last part ae_descent_settle gives those of ae_layers_settle and moves b;
 * T is for ae_layers_gram.
 */
double ae_descent_gather(struct ae_descent *descent, struct ae_block *block);
void ae_descent_settle(struct ae_descent *descent, struct ae_block *block);

#endif
