#ifndef AESWEEP_MERGE_H
#define AESWEEP_MERGE_H

/* Results folders of one sweep made one. */

#include <stddef.h>

#include "aesweep/error.h"
#include "aesweep/memory.h"

struct ae_merge_report {
    size_t n_results;             /* in the new folder */
    size_t n_twice;               /* of these, found in several parts */
    size_t n_states;              /* saved states of unfinished points in the new folder */
    size_t n_different;           /* results that contradict each other */
    struct ae_buffer differences; /* the first of these as text; ae_buffer_clear in any case */
};

/*
 * Writes the results of all parts into the new folder dir, which appears when it is complete, or
 * not at all. The sweep is the one that all parts have; if `chosen` is not NULL, that of this one
 * of the parts, whatever the others have.
 *
 * A point found twice: results are one if every number agrees bit for bit, and the one with more of
 * the way is kept. A done result wins over a failure; of two failures the first part's stays.
 * Results that differ stop the merge. Of a point without a result the saved state that is furthest
 * on is kept, and that it was under way when a run died.
 *   AE_EARG  a part is no results folder, sweeps or results differ, dir is there already
 *   AE_EIO, AE_ENOMEM  as those of the store
 */
enum ae_status ae_merge(const char *dir, size_t n_parts, const char *const *parts,
                        const char *chosen, struct ae_merge_report *report, struct ae_error *err);

#endif
