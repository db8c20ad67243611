#ifndef AESWEEP_RANDOM_INTERNAL_H
#define AESWEEP_RANDOM_INTERNAL_H

/* Normals for one instruction set each; random.c chooses. Contracts are those of random.h. */

#include "aesweep/random.h"

/* What is drawn: all that a number depends on but its position. */
struct ae_draw {
    uint32_t key[2], purpose;
    uint64_t stream;
};

/* n_groups groups of positions from group `first` on. */
typedef void ae_normals_groups_fn(const struct ae_draw *draw, uint64_t first, size_t n_groups,
                                  double *out);
ae_normals_groups_fn ae_normals_groups_plain, ae_normals_groups_avx2, ae_normals_groups_avx512;

typedef void ae_inputs_narrow_fn(struct ae_draw draw, size_t n_streams, const uint64_t *stream,
                                 size_t n_groups, const float *scale, size_t stride, float *out);
ae_inputs_narrow_fn ae_inputs_narrow_plain, ae_inputs_narrow_avx2, ae_inputs_narrow_avx512;

typedef void ae_inputs_wide_fn(struct ae_draw draw, size_t n_streams, const uint64_t *stream,
                               size_t n_groups, const double *scale, size_t stride, double *out);
ae_inputs_wide_fn ae_inputs_wide_plain, ae_inputs_wide_avx2, ae_inputs_wide_avx512;

#endif
