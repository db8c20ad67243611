/* Phases; the order of the questions is the order of AE_PHASE_LIST. */
#include "aesweep/phase.h"

#include <math.h>

const struct ae_phase_info ae_phase_table[AE_N_PHASES] = {
#define INFO(code, word, glyph) {word, glyph},
    AE_PHASE_LIST(INFO)
#undef INFO
};

static bool has_diverged(const struct ae_summary *s)
{
    return s->diverged != 0.0 || !isfinite(s->pmse) || s->pmse > 10.0 * fmax(s->pmse_0, s->pca_0);
}

enum ae_phase ae_phase_of(const struct ae_summary *s, double phase_tol)
{
    if (has_diverged(s))
        return AE_PHASE_DIVERGED;
    if (s->excess <= phase_tol * (s->pca_0 - s->pca))
        return AE_PHASE_PCA;
    if (s->learned >= s->n_main)
        return AE_PHASE_DISTORTED;
    return s->found > 0.0 ? AE_PHASE_PARTIAL : AE_PHASE_NONE;
}

bool ae_phase_is_converged(const struct ae_summary *s, double phase_tol)
{
    return !has_diverged(s) && fabs(s->drift) < 0.1 * phase_tol * (s->pca_0 - s->pca);
}
