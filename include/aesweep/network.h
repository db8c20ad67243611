#ifndef AESWEEP_NETWORK_H
#define AESWEEP_NETWORK_H

/*
 * A network in coordinates along the modes of the inputs. The simulation uses all D modes. The flow
 * needs fewer: it moves vectors that lie in the bulk by the same linear map in every direction, so
 * that the bulk parts of all weights stay in the space they span at the start; coordinates in an
 * orthonormal basis of that space (a factor of their Gram matrix) are a few modes more with r =
 * r_bulk, exact at any D; likewise for every set of directions of equal r. At D = inf the bulk of the encoder is frozen but for its decay and enters
 * only as a variance.
 */

#include <stdbool.h>
#include <stddef.h>

#include "aesweep/error.h"
#include "aesweep/params.h"

struct ae_network {
    size_t K; /* hidden units */
    size_t M; /* leading components that results tell of: the first M modes */
    size_t n; /* modes */
    size_t
        n_w; /* modes whose w matters: n, but (compressed, untied) those with r > 0; w is 0 beyond
                 */
    size_t stride; /* from one row to the next, >= n; entries beyond n are 0 */
    double *r;     /* [n]         variance of xi along each mode */
    double *w;     /* [K][stride] encoder */
    double *v;     /* [K][stride] decoder */
    double *c;     /* [stride]    decoder bias */
    double *b;     /* [K]         encoder bias */
    double
        frozen; /* variance that each pre-activation gets from an encoder bulk outside the modes */
};

/*
 * The network of this point at t = 0. `compressed`: the few modes that the flow needs; else all D
 * modes (finite D). Both start from the same draw of weights for the same seed and replicate.
 * Returns AE_OK or AE_ENOMEM; ae_network_clear frees (an all-zero struct is fine).
 */
enum ae_status ae_network_init(struct ae_network *network, const struct ae_params *p,
                               bool compressed, struct ae_error *err);
/* A copy with memory of its own. AE_OK or AE_ENOMEM. */
enum ae_status ae_network_copy(struct ae_network *copy, const struct ae_network *network,
                               struct ae_error *err);
void ae_network_clear(struct ae_network *network);

/* R_kl = sum_tau r w^k v^l, k and l from 0. */
double ae_network_R(const struct ae_network *network, size_t k, size_t l);

#endif
