/* The pool that holds the lists and names of values. */
#include "aesweep/pool.h"

#include <stdlib.h>
#include <string.h>

#include "aesweep/memory.h"

void ae_pool_clear(struct ae_pool *pool)
{
    for (size_t i = 0; i < pool->n; i++)
        free(pool->blocks[i]);
    free(pool->blocks);
    free(pool->sources);
    *pool = (struct ae_pool){0};
}

enum ae_status ae_pool_take(struct ae_pool *pool, size_t n, double **x, struct ae_error *err)
{
    *x = NULL;
    if (n > AE_POOL_MAX_NUMBERS - pool->n_numbers)
        return ae_fail(err, AE_EARG, "more than %d numbers in all lists", (int)AE_POOL_MAX_NUMBERS);
    if (pool->n == pool->capacity) {
        size_t capacity = pool->capacity > 0 ? 2 * pool->capacity : 16;
        double **blocks = ae_realloc(pool->blocks, capacity, sizeof *blocks);
        if (!blocks)
            return ae_fail_memory(err, capacity * sizeof *blocks);
        pool->blocks = blocks;
        pool->capacity = capacity;
    }
    double *block = ae_calloc(n, 1, sizeof *block);
    if (!block)
        return ae_fail_memory(err, n * sizeof *block);
    pool->blocks[pool->n++] = block;
    pool->n_numbers += n;
    *x = block;
    return AE_OK;
}

enum ae_status ae_pool_keep_text(struct ae_pool *pool, const char *text, const char **copy,
                                 struct ae_error *err)
{
    double *block = NULL;
    size_t n = strlen(text) + 1;
    enum ae_status rc = ae_pool_take(pool, (n + sizeof *block - 1) / sizeof *block, &block, err);
    if (rc == AE_OK)
        *copy = memcpy(block, text, n);
    return rc;
}

static bool is_same(const struct ae_source *a, const struct ae_source *b)
{
    bool is_named = a->name && b->name;
    return a->hash == b->hash && a->numbers.n == b->numbers.n &&
           (is_named ? strcmp(a->name, b->name) == 0 : a->name == b->name);
}

enum ae_status ae_pool_note_source(struct ae_pool *pool, struct ae_source source,
                                   struct ae_error *err)
{
    size_t n = pool->n_sources;
    for (size_t i = 0; i < n; i++)
        if (is_same(&pool->sources[i], &source))
            return AE_OK;
    struct ae_source *sources = ae_realloc(pool->sources, n + 1, sizeof *sources);
    if (!sources)
        return ae_fail_memory(err, (n + 1) * sizeof *sources);
    sources[n] = source;
    pool->sources = sources;
    pool->n_sources++;
    return AE_OK;
}
