#ifndef AESWEEP_ENGINE_VECTORS_H
#define AESWEEP_ENGINE_VECTORS_H

#include <nvector/nvector_serial.h>

/*
 * Lets the serial vector v, and all that are cloned from it, do the operations of CVODE's steps by
 * the kernels of aesweep/linalg.h: the same bits on every CPU, and fast whatever way SUNDIALS was
 * compiled (Debian's package is not optimised: a sum takes some ten times as long).
 */
void ae_vectors_use_kernels(N_Vector v);

#endif
