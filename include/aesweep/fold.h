#ifndef AESWEEP_FOLD_H
#define AESWEEP_FOLD_H

/*
 * Points of a sweep that are computed together (ae_engine_folds), found among many: those that are
 * one trajectory, and simulations that see the same inputs.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aesweep/error.h"
#include "aesweep/hasher.h"
#include "aesweep/params.h"

/* One computation takes at most so many points: with more, reading them off is most of the work,
 * and is better shared. */
enum { AE_FOLD_MOST = 128 };

/* Equal for all points that fold, whatever their replicate. A point that is not folded has its own
 * (ae_params_hash). AE_OK or AE_ENOMEM. */
enum ae_status ae_fold_key(struct ae_hasher *hasher, const struct ae_params *p, uint64_t *key,
                           struct ae_error *err);
/* The same for many points in a row, of which neighbours often fold. Starts as {0};
 * serves the points of one sweep, whose lists stay where they are. */
struct ae_fold_memo {
    bool is_known;
    struct ae_params trajectory;
    uint64_t key;
};
enum ae_status ae_fold_next_key(struct ae_hasher *hasher, struct ae_fold_memo *memo,
                                const struct ae_params *p, uint64_t *key, struct ae_error *err);

/* A result to compute. */
struct ae_fold_item {
    uint64_t key, replicate;
    size_t i; /* what the caller knows it by */
};

/* Puts items of one key and replicate side by side, those in the order of i. */
void ae_fold_sort(size_t n, struct ae_fold_item *items);

/* Most points of a computation: read off a trajectory; simulated side by side, where each point
 * takes its time, and all ranks should have their part. */
struct ae_fold_most {
    size_t read_off, side_by_side;
};
/* For so many computations on so many ranks; 1 and 1 if `is_unfolded`. */
struct ae_fold_most ae_fold_most(size_t n, size_t n_ranks, bool is_unfolded);

/* Fills in the parameters of item i. */
typedef void ae_fold_point_fn(void *ctx, size_t i, struct ae_params *p);
/*
 * How many of the n >= 1 sorted items, from the first, one computation takes: at least 1, at most
 * `most` and AE_FOLD_MOST, fewer where their records or networks are large. p [AE_FOLD_MOST] gets
 * their parameters.
 */
size_t ae_fold_take(size_t n, const struct ae_fold_item *items, struct ae_fold_most most,
                    ae_fold_point_fn *point, void *ctx, struct ae_params *p);

#endif
