#ifndef AESWEEP_SOURCES_H
#define AESWEEP_SOURCES_H

/* Files that a sweep names, and whether they are what they were when a results folder was last run. */

#include "aesweep/store.h"
#include "aesweep/sweep.h"

/* Appends the names, with commas, of those whose content is not what it was at the last run. AE_OK,
 * AE_ENOMEM, AE_EIO, as those below. */
enum ae_status ae_sources_list_changed(const struct ae_sweep *sweep, struct ae_store *store,
                                       struct ae_buffer *names, struct ae_error *err);
/* Notes in the store what they are now. */
enum ae_status ae_sources_keep(const struct ae_sweep *sweep, struct ae_store *store,
                               struct ae_error *err);
/* Takes over what another folder has noted of files that this one has noted nothing of. */
enum ae_status ae_sources_take(struct ae_store *from, struct ae_store *store, struct ae_error *err);

#endif
