#ifndef AESWEEP_PHASE_H
#define AESWEEP_PHASE_H

/* Verdicts on a finished point, computed when results are read, so that phase_tol may change
 * afterwards. */

#include <stdbool.h>

#include "aesweep/record.h"

/* In the order in which they are decided. */
#define AE_PHASE_LIST(X)                                                                           \
    X(AE_PHASE_DIVERGED, "diverged", 'X')   /* not finite, or pmse > 10 max(pmse_0, pca_0) */      \
    X(AE_PHASE_PCA, "pca", 'P')             /* excess <= phase_tol (pca_0 - pca) */                \
    X(AE_PHASE_DISTORTED, "distorted", 'D') /* all m leading components learned, error higher */   \
    X(AE_PHASE_PARTIAL, "partial", 'p')     /* some components found */                            \
    X(AE_PHASE_NONE, "none", '.')           /* no component found */
enum ae_phase {
#define AE_PHASE_CODE(code, word, glyph) code,
    AE_PHASE_LIST(AE_PHASE_CODE)
#undef AE_PHASE_CODE
        AE_N_PHASES
};
struct ae_phase_info {
    const char *word;
    char glyph; /* one character for text tables */
};
extern const struct ae_phase_info ae_phase_table[AE_N_PHASES];

enum ae_phase ae_phase_of(const struct ae_summary *summary, double phase_tol);
/* |drift| < 0.1 phase_tol (pca_0 - pca); false if diverged. */
bool ae_phase_is_converged(const struct ae_summary *summary, double phase_tol);

#endif
