#ifndef AESWEEP_POOL_H
#define AESWEEP_POOL_H

/* Memory of what values of a sweep point to, and which files they came from. */

#include <stddef.h>
#include <stdint.h>

#include "aesweep/error.h"
#include "aesweep/params.h"

/* A file that a value was read from, or eigenvalues wherever they stood. Owned by the pool. */
struct ae_source {
    const char *name;        /* as the user wrote it; NULL if they stood in the sweep */
    uint64_t hash;           /* of the numbers in it */
    struct ae_reals numbers; /* eigenvalues; empty of other files */
};

/* Memory of the lists and names that values point to. Start with {0}; they live until
 * ae_pool_clear. */
struct ae_pool {
    double **blocks;
    size_t n, capacity;
    size_t n_numbers; /* in all blocks */
    size_t n_sources;
    struct ae_source *sources; /* [n_sources] each once */
};
enum { AE_POOL_MAX_NUMBERS = 4000000 };
void ae_pool_clear(struct ae_pool *pool);
/* n numbers, zeroed, owned by the pool. AE_ENOMEM, or AE_EARG beyond AE_POOL_MAX_NUMBERS in all. */
enum ae_status ae_pool_take(struct ae_pool *pool, size_t n, double **x, struct ae_error *err);

/* A copy of a text, owned by the pool; else as above. */
enum ae_status ae_pool_keep_text(struct ae_pool *pool, const char *text, const char **copy,
                                 struct ae_error *err);
/* Remembers it; what it points to lives as long as the pool. AE_OK or AE_ENOMEM. */
enum ae_status ae_pool_note_source(struct ae_pool *pool, struct ae_source source,
                                   struct ae_error *err);

#endif
