#ifndef AESWEEP_ENGINE_VECTORS_H
#define AESWEEP_ENGINE_VECTORS_H

#include <nvector/nvector_serial.h>
#include <stdbool.h>
#include <stddef.h>

#include "aesweep/error.h"

/*
 * Serial vectors for CVODE. They do the operations of its steps by the kernels of
 * aesweep/linalg.h: the same bits on every CPU, and fast whatever way SUNDIALS was compiled
 * (Debian's package is not optimised: a sum takes some ten times as long).
 *
 * All their memory is taken at once: N_VClone of SUNDIALS 6 goes through the NULL of a clone that
 * failed. So a clone is handed out of this pool and never fails.
 */
struct ae_vectors;

/* Room for n_vectors >= 1 clones of `length` numbers. AE_OK; AE_ENOMEM, and *pool is NULL. */
enum ae_status ae_vectors_new(struct ae_vectors **pool, size_t n_vectors, size_t length,
                              SUNContext context, struct ae_error *err);
/* Frees the vectors as well. pool may be NULL. */
void ae_vectors_free(struct ae_vectors *pool);

/* The pool's vector around data [length], which stays the caller's: always the same vector. Its
 * clones, and theirs, come from the pool, and N_VDestroy gives them back. */
N_Vector ae_vectors_around(struct ae_vectors *pool, double *data);

/* Were more than n_vectors clones wanted at once? Then some share their numbers, and what was
 * computed with them means nothing. */
bool ae_vectors_ran_out(const struct ae_vectors *pool);

#endif
