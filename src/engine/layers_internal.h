#ifndef AESWEEP_LAYERS_INTERNAL_H
#define AESWEEP_LAYERS_INTERNAL_H

/* Passes over weights and inputs, for one precision and one instruction set each; layers.c chooses. */

#include "aesweep/layers.h"

enum { AE_LINE_BYTES = 64, AE_MOST_COLUMNS = 32 };

/*
 * Vectors are cut into lines of 64 bytes, and line g of all rows stands together, then line g + 1 of
 * all: reals[g][row][lane]. So a pass goes through memory from one end to the other, and rows never
 * meet in the same set of a cache.
 */
struct ae_lines {
    size_t n;      /* lines of a row; a multiple of 8 */
    size_t n_rows; /* of all that stand together */
    void *reals;   /* [n][n_rows][AE_LINE_BYTES] */
};

struct ae_kernel {
    size_t real_size;
    /* out[a * out_stride + b] += row first_p + a of P times row first_q + b of Q, a < n_p, b < n_q <=
     * AE_MOST_COLUMNS; is_upper: those with b >= a, and perhaps others. */
    void (*products)(const struct ae_lines *P, size_t first_p, size_t n_p, const struct ae_lines *Q,
                     size_t first_q, size_t n_q, bool is_upper, double *out, size_t out_stride);
    /*
     * Row first + j of `out` becomes keep times itself, plus sum_l own[j * stride + l] times row
     * first + l of `out` as it was (l < n_out; own may be NULL), plus sum_a by[j * stride + a] times
     * row a of X (a < n_x). scratch: ae_kernel_scratch bytes, aligned to 64.
     */
    void (*mix)(const struct ae_lines *out, size_t first, size_t n_out, double keep,
                const double *own, const double *by, size_t stride, const struct ae_lines *X,
                size_t n_x, void *scratch);
    /* to = keep to + from, then from = 0; lines of equal shape, rows first ... first + n - 1. */
    void (*settle)(const struct ae_lines *to, const struct ae_lines *from, size_t first, size_t n,
                   double keep);
};
enum { AE_MIX_LINES = 4 }; /* that mix handles at once */
static inline size_t ae_kernel_scratch(size_t n_out, size_t n_x)
{
    return (n_out + n_x) * n_out * sizeof(double) + AE_LINE_BYTES +
           AE_MIX_LINES * n_out * AE_LINE_BYTES;
}

extern const struct ae_kernel ae_kernel_double_plain, ae_kernel_double_avx2,
    ae_kernel_double_avx512, ae_kernel_single_plain, ae_kernel_single_avx2, ae_kernel_single_avx512;

#endif
