#ifndef AESWEEP_CRASH_H
#define AESWEEP_CRASH_H

/* Reports that crashed ranks have left in a folder (ae_farm_report_crashes). */

#include "aesweep/error.h"

struct ae_crash {
    int signal;
    unsigned rank;
    const char *host;
    const char *name; /* of the job, as ae_sink_name was told */
};

/* Calls visit for each report in the folder; lines that are not whole are passed over. Views end
 * with the call. AE_OK; AE_EIO if the folder cannot be read; what visit returned. */
typedef enum ae_status ae_crash_fn(void *ctx, const struct ae_crash *crash, struct ae_error *err);
enum ae_status ae_crash_each(const char *folder, ae_crash_fn *visit, void *ctx,
                             struct ae_error *err);

/* Removes the reports: they have been taken into account. AE_OK or AE_EIO. */
enum ae_status ae_crash_forget(const char *folder, struct ae_error *err);

#endif
