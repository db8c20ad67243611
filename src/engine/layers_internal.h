#ifndef AESWEEP_LAYERS_INTERNAL_H
#define AESWEEP_LAYERS_INTERNAL_H

/* Passes over weights and inputs, for one precision and one instruction set each; layers.c chooses. */

#include "aesweep/layers.h"

enum { AE_LINE_BYTES = 64 };

/*
 * Vectors are cut into lines of 64 bytes, and line g of all rows stands together, then line g + 1 of
 * all: reals[g][row][lane]. So a pass goes through memory from one end to the other, and rows never
 * meet in the same set of a cache.
 */
struct ae_lines {
    size_t n;      /* lines of a row */
    size_t n_rows; /* of all that stand together */
    void *reals;   /* [n][n_rows][AE_LINE_BYTES] */
};

/*
 * How rows first ... first + n - 1 of some lines change: row j becomes keep times itself (keep = 0
 * forgets it), plus sum_l own[j * stride + l] times row l of the band as it was (own may be NULL),
 * plus sum_a by[j * stride + a] times input a.
 */
struct ae_band {
    size_t first, n;
    double keep;
    const double *own, *by;
    size_t stride;
};

struct ae_kernel {
    size_t real_size;
    /* out[a * out_stride + b] += row first_p + a of P times row first_q + b of Q, a < n_p, b < n_q;
     * is_upper: for the same rows twice, those with b >= a. */
    void (*products)(const struct ae_lines *P, size_t first_p, size_t n_p, const struct ae_lines *Q,
                     size_t first_q, size_t n_q, bool is_upper, double *out, size_t out_stride);
    /* One or two bands of rows, and the first n_x rows of X as inputs. scratch has ae_kernel_scratch
     * bytes and is aligned to 64. */
    void (*mix)(const struct ae_lines *rows, size_t n_bands, const struct ae_band *band,
                const struct ae_lines *X, size_t n_x, void *scratch);
    /* to += from, then from = 0; of equal shape. */
    void (*settle)(const struct ae_lines *to, const struct ae_lines *from);
};

enum { AE_MIX_LINES = 1 }; /* that mix handles at once; 2 and 4 were slower */
static inline size_t ae_kernel_scratch(size_t n_rows, size_t n_x)
{
    return n_rows * (2 * (n_rows + n_x) * sizeof(double) + AE_MIX_LINES * AE_LINE_BYTES);
}

/* Lines that a pass finishes before it goes on: they, and the inputs, stay in the cache meanwhile.
 * Products of such segments are summed in double precision. */
enum { AE_SEGMENT = 256 };
/* The lines from `first` on, AE_SEGMENT of them at most. */
static inline struct ae_lines ae_lines_segment(const struct ae_lines *lines, size_t first)
{
    size_t left = lines->n - first;
    return (struct ae_lines){.n = left < AE_SEGMENT ? left : AE_SEGMENT,
                             .n_rows = lines->n_rows,
                             .reals = (char *)lines->reals + first * lines->n_rows * AE_LINE_BYTES};
}
/* Lines of a row of n numbers. */
static inline size_t ae_lines_of(size_t n, const struct ae_kernel *kernel)
{
    size_t per_line = AE_LINE_BYTES / kernel->real_size;
    return n / per_line + (n % per_line > 0);
}
/* Doubles that n_rows rows of n lines take. */
static inline size_t ae_lines_size(size_t n, size_t n_rows)
{
    return n * n_rows * (AE_LINE_BYTES / sizeof(double));
}

/* The inputs of a block; those beyond ae_feed_n are old. */
const struct ae_lines *ae_feed_lines(const struct ae_feed *feed);

extern const struct ae_kernel ae_kernel_double_plain, ae_kernel_double_avx2,
    ae_kernel_double_avx512, ae_kernel_single_plain, ae_kernel_single_avx2, ae_kernel_single_avx512;
/* The one for this CPU. */
const struct ae_kernel *ae_kernel_choose(bool is_single);

#endif
