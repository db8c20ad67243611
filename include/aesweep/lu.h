#ifndef AESWEEP_LU_H
#define AESWEEP_LU_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Small dense systems. A [n][stride] row-major, stride >= n, becomes its LU factors with rows
 * exchanged (partial pivoting); pivot [n]. False if a pivot is 0 or not finite.
 */
bool ae_lu_factor(size_t n, size_t stride, double *restrict A, size_t *restrict pivot);
/* The same, which for large n asks before each column and gives up with false if it is to stop. */
bool ae_lu_factor_unless(bool (*should_stop)(void *ctx), void *ctx, size_t n, size_t stride,
                         double *restrict A, size_t *restrict pivot);
/* X [n][n_columns] becomes A^-1 X. */
void ae_lu_solve(size_t n, size_t stride, const double *restrict LU, const size_t *restrict pivot,
                 size_t n_columns, double *restrict X);

/* The same for one column, from the transposed factors: row j of LU_t is column j of LU. */
void ae_lu_solve_one(size_t n, size_t stride, const double *restrict LU_t,
                     const size_t *restrict pivot, double *restrict x);
/* A [n][stride] becomes its transpose. */
void ae_lu_transpose(size_t n, size_t stride, double *A);

#endif
