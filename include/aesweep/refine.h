#ifndef AESWEEP_REFINE_H
#define AESWEEP_REFINE_H

/*
 * The points that `refine` adds to a sweep. Two points of a grid that stand next to each other on a
 * refined axis, all else being the same, and whose phases differ, get a point between them; that
 * one and each of the two are neighbours again, down to the asked depth. The phase of a point is
 * that of most of its replicates (of equals: mixed, which is like a phase of its own); it is known
 * when all of them have ended. A point of which all replicates have failed, or that is excluded, is
 * nobody's neighbour. So the set of points follows from the results alone, not from their order.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aesweep/error.h"
#include "aesweep/params.h"
#include "aesweep/phase.h"
#include "aesweep/store.h"
#include "aesweep/sweep.h"

enum { AE_REFINE_MAX_LEVELS = 20, AE_REFINE_MAX_POINTS = 1000000000 };

struct ae_refine;

/*
 * Asks for a result that may be there: of this point and stored replicate, with at least so much of
 * the way. *is_there is false on entry; a failure is there at every level.
 */
struct ae_refine_result {
    bool is_failed;
    struct ae_summary summary; /* unless it failed */
};
typedef enum ae_status ae_refine_look_fn(void *ctx, uint64_t point, uint64_t replicate, int level,
                                         bool *is_there, struct ae_refine_result *result,
                                         struct ae_error *err);
/* Looks into a store, which is ctx. */
enum ae_status ae_refine_look_store(void *ctx, uint64_t point, uint64_t replicate, int level,
                                    bool *is_there, struct ae_refine_result *result,
                                    struct ae_error *err);

/*
 * The points that follow from what is there now; none if the sweep refines nothing. Borrows the
 * sweep. `look` is called for the results of every point when it becomes known, so also from
 * ae_refine_note. AE_OK, AE_ENOMEM, AE_EARG beyond AE_REFINE_MAX_POINTS, or what `look` returns.
 */
enum ae_status ae_refine_new(struct ae_refine **refine, const struct ae_sweep *sweep,
                             ae_refine_look_fn *look, void *ctx, struct ae_error *err);
void ae_refine_free(struct ae_refine *refine);

/*
 * A result of this point has come, with that much of the way; old_level is what was there of the
 * same replicate before, -1: nothing. `look` finds it already. Further points may follow from it.
 */
enum ae_status ae_refine_note(struct ae_refine *refine, uint64_t point, int old_level, int level,
                              const struct ae_refine_result *result, struct ae_error *err);

/* Points added so far, in the order in which they became known, which depends on that of results.
 * Several may be the same computation, also that of a point of the grid. */
size_t ae_refine_n_points(const struct ae_refine *refine);
void ae_refine_point(const struct ae_refine *refine, size_t i, size_t replicate,
                     struct ae_params *out);
/* Point i of the sweep's grid or, beyond these, of the added ones; without them refine may be NULL. */
void ae_refine_any_point(const struct ae_refine *refine, const struct ae_sweep *sweep, size_t i,
                         size_t replicate, struct ae_params *out);
uint64_t ae_refine_hash(const struct ae_refine *refine, size_t i); /* ae_params_hash */

/*
 * The added points in an order that depends on the points alone: by document, then by their values
 * on the axes, the first axis slowest. Those that the grid or an earlier one of them has with the
 * very same values are left out. The caller frees *order.
 */
enum ae_status ae_refine_order(const struct ae_refine *refine, size_t **order, size_t *n,
                               struct ae_error *err);

/* How many points may still be added at most: if all that are not known yet have phases of their
 * own. */
size_t ae_refine_n_possible(const struct ae_refine *refine);

/* Is this parameter bisected on a log scale in that document (from 0)? Where the axis does not say,
 * if its values are spaced like one. */
bool ae_refine_is_log(const struct ae_refine *refine, size_t document, enum ae_param_id id);

#endif
