#ifndef AESWEEP_SELECTION_H
#define AESWEEP_SELECTION_H

/*
 * What a run computes of a sweep: the rows for which a condition holds (--only), and of those one
 * of n shards (--shard). It never changes what the sweep is.
 */

#include <stdbool.h>

#include "aesweep/expr.h"
#include "aesweep/hasher.h"
#include "aesweep/params.h"

struct ae_selection {
    struct ae_expr *only;     /* owned; NULL: all */
    uint64_t shard, n_shards; /* 1 ... n_shards; 0, 0: all */
    struct ae_hasher *hasher; /* owned; NULL without shards */
};

/* NULL texts choose everything. `shard` is `i/n`. AE_EARG begins with --only or --shard.
 * ae_selection_clear in any case. */
enum ae_status ae_selection_init(struct ae_selection *selection, const char *only,
                                 const char *shard, struct ae_error *err);
void ae_selection_clear(struct ae_selection *selection);

bool ae_selection_is_all(const struct ae_selection *selection); /* NULL is all */

/*
 * Does it hold the row of these parameters? Every point is in exactly one shard, with all its
 * replicates, and with those that are the same trajectory (fold.h). AE_OK or AE_ENOMEM.
 */
enum ae_status ae_selection_holds(const struct ae_selection *selection, const struct ae_params *p,
                                  bool *holds, struct ae_error *err);

#endif
