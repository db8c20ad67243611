#ifndef AESWEEP_EIGENVALUES_H
#define AESWEEP_EIGENVALUES_H

/* Files of eigenvalues: text, one r_tau a line, strongest first; `#` begins a comment. */

#include "aesweep/value.h"

enum { AE_EIGENVALUES_MAX = 100000, AE_EIGENVALUES_MAX_BYTES = 16 * 1024 * 1024 };

/*
 * The eigenvalues of that file, taken from the pool: finite numbers >= 0, not increasing, the first
 * one > 0. Empty lines may stand before the first and after the last. Anything else is AE_EARG with
 * `PATH:LINE: ` (or `PATH: `), what stands there and what should.
 */
enum ae_status ae_eigenvalues_read(const char *path, struct ae_pool *pool, struct ae_reals *r,
                                   struct ae_error *err);
/* The same of text; `path` stands for the file in messages. */
enum ae_status ae_eigenvalues_read_text(const char *path, struct ae_bytes text,
                                        struct ae_pool *pool, struct ae_reals *r,
                                        struct ae_error *err);

#endif
