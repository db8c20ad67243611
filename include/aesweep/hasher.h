#ifndef AESWEEP_HASHER_H
#define AESWEEP_HASHER_H

/* ae_params_hash for many points of one sweep, which share most of their values: remembers how
 * values are written. */

#include "aesweep/error.h"
#include "aesweep/params.h"

struct ae_hasher;

enum ae_status ae_hasher_new(struct ae_hasher **hasher, struct ae_error *err);
void ae_hasher_free(struct ae_hasher *hasher);

/* The hash that ae_params_hash gives. AE_OK or AE_ENOMEM. */
enum ae_status ae_hasher_hash(struct ae_hasher *hasher, const struct ae_params *p, uint64_t *hash,
                              struct ae_error *err);

#endif
