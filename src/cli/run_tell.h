#ifndef AESWEEP_RUN_TELL_H
#define AESWEEP_RUN_TELL_H

/* What a run says on stderr before its first point and after its last. */

#include <stdbool.h>
#include <stddef.h>

#include "aesweep/campaign.h"

struct ae_run_tell {
    const char *name, *dir; /* of the sweep, of the results */
    bool refines, is_shard;
    bool is_quiet; /* only what went wrong */
    bool is_terminal;
};

void ae_run_tell_start(const struct ae_run_tell *tell, const struct ae_campaign_counts *counts,
                       size_t n_ranks);
/* After the last commit. is_whole: nothing is missing. */
void ae_run_tell_end(const struct ae_run_tell *tell, const struct ae_campaign_counts *counts,
                     bool is_whole);

#endif
