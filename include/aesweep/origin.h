#ifndef AESWEEP_ORIGIN_H
#define AESWEEP_ORIGIN_H

/* What every picture, array and report names as its source: the same words and the same hash in
 * all of them. */

#include <stdint.h>

#include "aesweep/memory.h"
#include "aesweep/sweep.h"

/* Hash of the sweep as ae_sweep_format writes it but for what is at its default: equal for sweeps
 * whose every setting is, also if the program has learned further parameters in between. AE_OK or
 * AE_ENOMEM. */
enum ae_status ae_origin_hash(const struct ae_sweep *sweep, uint64_t *hash, struct ae_error *err);
/* `quickstart, sweep 0123456789abcdef, aesweep 0.1.0, physics 2`, appended to out. */
enum ae_status ae_origin_text(const struct ae_sweep *sweep, struct ae_buffer *out,
                              struct ae_error *err);

#endif
