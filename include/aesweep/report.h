#ifndef AESWEEP_REPORT_H
#define AESWEEP_REPORT_H

/*
 * A sweep as one HTML page that needs nothing else: how it was run, its phase diagrams, and of every
 * cell the parameters, results and learning curves. The numbers stand in the page as JSON with packed
 * arrays (report_data.c says how), the pictures are drawn from them by the page's own script.
 */

#include "aesweep/error.h"
#include "aesweep/output.h"
#include "aesweep/rows.h"

/*
 * Results are exact in pages of up to AE_REPORT_EXACT_ROWS rows, else rounded to 7 digits. Learning
 * curves are rounded to 0.06 %; of each as many times are kept as let the page stay below
 * AE_REPORT_BYTES. The page says both.
 */
enum { AE_REPORT_BYTES = 19000000, AE_REPORT_EXACT_ROWS = 20000 };

/* Writes the page. AE_EARG if the sweep has no row, AE_EIO, AE_ENOMEM. */
enum ae_status ae_report_write(struct ae_results *results, struct ae_output *out,
                               struct ae_error *err);

#endif
