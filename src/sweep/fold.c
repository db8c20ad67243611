/* Which results are computed together. */
#include "aesweep/fold.h"

#include <stdlib.h>
#include <string.h>

#include "aesweep/cost.h"
#include "aesweep/engine.h"

#define MOST_BYTES 64e6 /* of records that one computation returns */

enum ae_status ae_fold_key(struct ae_hasher *hasher, const struct ae_params *p, uint64_t *key,
                           struct ae_error *err)
{
    if (!ae_engine_can_fold(p))
        return ae_hasher_hash(hasher, p, key, err);
    struct ae_params trajectory = ae_engine_trajectory(p);
    return ae_hasher_hash(hasher, &trajectory, key, err);
}

/* Have both the very same values, in the same places, but for the replicate? */
static bool is_same(const struct ae_params *a, const struct ae_params *b)
{
    if (memcmp(a, b, sizeof *a) == 0) /* often; bytes between members may also differ */
        return true;
    bool is_all = a->seed == b->seed;
    for (int i = 0; i < AE_N_PARAMS && is_all; i++) {
        struct ae_value x = ae_param_get(a, (enum ae_param_id)i);
        struct ae_value y = ae_param_get(b, (enum ae_param_id)i);
        is_all = x.x == y.x && x.list.n == y.list.n && x.list.x == y.list.x;
    }
    return is_all;
}

enum ae_status ae_fold_next_key(struct ae_hasher *hasher, struct ae_fold_memo *memo,
                                const struct ae_params *p, uint64_t *key, struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    if (!ae_engine_can_fold(p))
        return ae_hasher_hash(hasher, p, key, err);
    struct ae_params trajectory = ae_engine_trajectory(p);
    if (!memo->is_known || !is_same(&memo->trajectory, &trajectory)) {
        rc = ae_hasher_hash(hasher, &trajectory, &memo->key, err);
        memo->is_known = rc == AE_OK;
        memo->trajectory = trajectory;
    }
    *key = memo->key;
    return rc;
}

static int compare_items(const void *a, const void *b)
{
    const struct ae_fold_item *x = a, *y = b;
    if (x->key != y->key)
        return x->key < y->key ? -1 : 1;
    if (x->replicate != y->replicate)
        return x->replicate < y->replicate ? -1 : 1;
    return (x->i > y->i) - (x->i < y->i);
}

void ae_fold_sort(size_t n, struct ae_fold_item *items)
{
    if (n > 0)
        qsort(items, n, sizeof *items, compare_items);
}

struct ae_fold_most ae_fold_most(size_t n, size_t n_ranks, bool is_unfolded)
{
    enum { JOBS_PER_RANK = 4 }; /* at least, so that none waits long for the last one */
    size_t part = n / (JOBS_PER_RANK * (n_ranks > 0 ? n_ranks : 1));
    return is_unfolded
               ? (struct ae_fold_most){1, 1}
               : (struct ae_fold_most){.read_off = AE_FOLD_MOST,
                                       .side_by_side = part < 1              ? 1
                                                       : part < AE_FOLD_MOST ? part
                                                                             : AE_FOLD_MOST};
}

size_t ae_fold_take(size_t n, const struct ae_fold_item *items, struct ae_fold_most most,
                    ae_fold_point_fn *point, void *ctx, struct ae_params *p)
{
    size_t n_taken = 1;
    point(ctx, items[0].i, &p[0]);
    size_t limit = p[0].engine == AE_ENGINE_ODE ? most.read_off : most.side_by_side;
    double bytes = ae_cost_disk(&p[0]);
    double part = 1.0 / (double)ae_engine_fold_most(&p[0]); /* of one computation */
    for (; n_taken < n && n_taken < limit; n_taken++) {
        const struct ae_fold_item *item = &items[n_taken];
        if (item->key != items[0].key || item->replicate != items[0].replicate)
            break;
        point(ctx, item->i, &p[n_taken]);
        bytes += ae_cost_disk(&p[n_taken]);
        part += 1.0 / (double)ae_engine_fold_most(&p[n_taken]);
        if (bytes > MOST_BYTES || part > 1.0 || !ae_engine_folds(&p[0], &p[n_taken]))
            break;
    }
    return n_taken;
}
