#ifndef AESWEEP_RANDOM_H
#define AESWEEP_RANDOM_H

/*
 * Counter-based random numbers: every number is a pure function of (seed, replicate, purpose,
 * stream, position), by Philox-4x32-10 (Salmon et al., SC 2011; Random123). Nothing depends on what
 * was drawn before, so reading may start anywhere and in any order.
 */

#include <stddef.h>
#include <stdint.h>

/* What numbers are for: different purposes are independent. The values are part of every result. */
enum ae_purpose {
    AE_FOR_ENCODER = 1, /* stream: hidden unit, position: coordinate */
    AE_FOR_DECODER = 2, /* stream: hidden unit, position: coordinate */
    AE_FOR_INPUT = 3,   /* stream: number of the input, position: coordinate */
    AE_FOR_PICK = 4     /* which input of a training set comes next: picks.h */
};

/* Key of all numbers of one replicate of one sweep. */
struct ae_random {
    uint32_t key[2];
};
struct ae_random ae_random_of(uint64_t seed, uint64_t replicate);

/*
 * out[i] = the standard normal at position i of the stream, i < n, n < 2^32. Box-Muller on 53-bit
 * uniforms in (0, 1]: tails to 8.5 sigma. Own polynomials for the logarithm and the sine and
 * cosine, in operations that every CPU rounds alike: the same bits whatever the instruction set.
 * Relative error of a draw below 1e-14 (absolute below 1e-15 near 0).
 */
void ae_normals(struct ae_random random, enum ae_purpose purpose, uint64_t stream, size_t n,
                double *out);

#endif
