#ifndef AESWEEP_VERIFY_H
#define AESWEEP_VERIFY_H

/*
 * Stored results computed once more, and compared bit for bit: the proof that a folder holds what
 * this program computes on this machine. Runs on rank 0; the points go through the farm.
 */

#include <stddef.h>
#include <stdint.h>

#include "aesweep/farm.h"
#include "aesweep/store.h"

struct ae_verify;

/* How many results: `fraction` of those that are done, at least one; or, if that is 0, `n`. */
struct ae_verify_sample {
    double fraction;
    size_t n;
    uint64_t seed; /* another seed takes others */
};

struct ae_verify_counts {
    size_t n_done;    /* results that are stored, and did not fail */
    size_t n_chosen;  /* of these */
    size_t n_same;    /* of the chosen ones; the rest was not reached */
    size_t n_changed; /* recomputed, and not the same */
    size_t n_foreign; /* cannot be computed: of another seed, or another version of the physics */
};

/* Chooses. Borrows the store until freed. AE_EARG if no sweep is stored; AE_EIO, AE_ENOMEM. */
enum ae_status ae_verify_new(struct ae_verify **verify, struct ae_store *store,
                             const struct ae_verify_sample *sample, struct ae_error *err);
void ae_verify_free(struct ae_verify *verify);

/* The farm's source; valid as long as `verify`. The job is ae_point_run. */
struct ae_farm_source ae_verify_source(struct ae_verify *verify);
/* After the farm has run: could all chosen results be read? AE_OK, or as the store says. */
enum ae_status ae_verify_status(const struct ae_verify *verify, struct ae_error *err);

struct ae_verify_counts ae_verify_counts_of(const struct ae_verify *verify);
/* The first results that are not the same: parameters and both values, as text. */
const char *ae_verify_differences(const struct ae_verify *verify);

#endif
