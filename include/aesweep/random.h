#ifndef AESWEEP_RANDOM_H
#define AESWEEP_RANDOM_H

/*
 * Counter-based random numbers: every number is a pure function of (seed, replicate, purpose,
 * stream, position), by Philox-4x32 (Salmon et al., SC 2011; Random123). Nothing depends on what was
 * drawn before, so reading may start anywhere and in any order.
 *
 *   key            two words made of seed and replicate (by Philox itself)
 *   counter words  (position / 128 * 32 + position % 32, stream low, stream high,
 *                  purpose + 256 part), part 0 for the high halves of numbers, 1 for the low ones
 *
 * Seven rounds, the fewest that passed all of TestU01's BigCrush (Salmon et al.), against the usual
 * ten with a margin: a simulation spends more than a third of its time here, and ten would cost it
 * a quarter of that more. test_random_bits.c has tests of its own.
 *
 * Normals by Box-Muller, by own polynomials in operations that every CPU rounds alike: the same bits
 * whatever the instruction set.
 */

#include <stddef.h>
#include <stdint.h>

/* Positions that are drawn at once. */
enum { AE_NORMALS_GROUP = 128 };

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
 * out[i] = the standard normal at position i of the stream, i < n, n < 2^34. Radius and angle from
 * 64-bit uniforms: tails to 9 sigma. The transformation errs by less than 4 ulp.
 */
void ae_normals(struct ae_random random, enum ae_purpose purpose, uint64_t stream, size_t n,
                double *out);

/*
 * Inputs, one for each stream: scale[i] times the normal at position i, i < AE_NORMALS_GROUP
 * n_groups; scale has that many. They go to lines of 64 bytes: line l of input s to out + l stride +
 * 8 s (single: 16 s); stride 8 (16) is contiguous for one stream.
 *
 * The normals are those of ae_normals in single precision: less than 4 ulp off as floats, and within
 * 1e-6 of them; tails to 9 sigma. ae_inputs has the very same ones, so that training in single and
 * in double precision sees the same inputs. Rounding of uniforms to 32 bits, and of draws to 24,
 * moves the first four moments by less than 2e-8.
 */
void ae_inputs(struct ae_random random, enum ae_purpose purpose, size_t n_streams,
               const uint64_t *stream, size_t n_groups, const double *scale, size_t stride,
               double *out);
void ae_inputs_single(struct ae_random random, enum ae_purpose purpose, size_t n_streams,
                      const uint64_t *stream, size_t n_groups, const float *scale, size_t stride,
                      float *out);

#endif
