#ifndef AESWEEP_COLUMN_H
#define AESWEEP_COLUMN_H

/* The one list of result columns: what export writes and what tables can show. */

#include "aesweep/rows.h"

/* X(name, KIND, meaning) in the order of the export. ESCAPE is a family: escape_1 ... escape_M. */
#define AE_COLUMN_LIST(X)                                                                          \
    X(phase, PHASE, "pca, distorted, partial, none or diverged")                                   \
    X(pmse, REAL, "reconstruction error at the end")                                               \
    X(pca, REAL, "error of the best reconstruction by min(K, M) components")                       \
    X(excess, REAL, "pmse - pca")                                                                  \
    X(learned, REAL, "leading components whose residual variance is below 0.45")                   \
    X(found, REAL, "leading components whose residual variance is below 0.9")                      \
    X(alignment, REAL, "mean over learned components of max_k cos^2 to unit k")                    \
    X(converged, FLAG, "did excess stand still over the second half?")                             \
    X(escape, ESCAPE, "first time at which a component's residual variance fell below 0.75")       \
    X(steps, REAL, "steps taken")                                                                  \
    X(t_end, REAL, "time reached")                                                                 \
    X(encoder_scale, REAL, "sqrt(mean_k Q_kk)")                                                    \
    X(decoder_scale, REAL, "sqrt(mean_k T_kk)")                                                    \
    X(bias_rms, REAL, "root mean square of the encoder biases")                                    \
    X(z_score, REAL,                                                                               \
      "sgd against the ode of the same parameters: mean difference of pmse over "                  \
      "the replicates in units of its standard error; absent without such a pair")                 \
    X(pmse_train, REAL,                                                                            \
      "mean error over the training set at the end; absent for fresh inputs, and for a set "       \
      "larger "                                                                                    \
      "than the inputs seen")

enum ae_column_kind { AE_COLUMN_PHASE, AE_COLUMN_REAL, AE_COLUMN_FLAG, AE_COLUMN_ESCAPE };

enum ae_column_id {
#define AE_COLUMN_ID(name, kind, meaning) AE_COLUMN_ID_##name,
    AE_COLUMN_LIST(AE_COLUMN_ID)
#undef AE_COLUMN_ID
        AE_N_COLUMNS
};

struct ae_column_info {
    const char *name;
    enum ae_column_kind kind;
    const char *meaning;
};
extern const struct ae_column_info ae_column_table[AE_N_COLUMNS];

/* Has a done row a number in that column? */
bool ae_column_is_known(enum ae_column_id id, const struct ae_row *row);
/* The number of a done row in that column: of a phase its enum, of a flag 0 or 1. Not for ESCAPE,
 * whose numbers are in the record. */
double ae_column_get(enum ae_column_id id, const struct ae_row *row);

/* One value of a row by name: `excess`, `escape_2` (k = 2; 0 for all others). AE_EARG lists the
 * names and the nearest. */
struct ae_value_ref {
    enum ae_column_id id;
    size_t k;
};
enum ae_status ae_column_find(const char *name, struct ae_value_ref *ref, struct ae_error *err);

#endif
