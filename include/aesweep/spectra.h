#ifndef AESWEEP_SPECTRA_H
#define AESWEEP_SPECTRA_H

/*
 * Eigenvalues in a results folder: each list is kept once, as the text `eigenvalues HASH`, and the
 * parameters of its points refer to it as `@HASH` (ae_params_format).
 */

#include "aesweep/store.h"
#include "aesweep/sweep.h"

/* Keeps all lists that this sweep has. AE_OK, AE_ENOMEM, AE_EIO. */
enum ae_status ae_spectra_keep(const struct ae_sweep *sweep, struct ae_store *store,
                               struct ae_error *err);
/* Takes over the lists of another folder. */
enum ae_status ae_spectra_take(struct ae_store *from, struct ae_store *store, struct ae_error *err);

/* The sweep of the one point with these parameters, as the store has them (a view of its own is
 * fine). As ae_sweep_read_point; AE_EIO if the list is not there. */
enum ae_status ae_spectra_read_point(struct ae_store *store, struct ae_sweep **sweep,
                                     const char *params, uint64_t seed, struct ae_error *err);

#endif
