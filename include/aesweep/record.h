#ifndef AESWEEP_RECORD_H
#define AESWEEP_RECORD_H

/*
 * What is known of one point when its run has ended: numbers at the end, and the way there. Engines
 * fill it, the store keeps it as bytes, reports read it.
 */

#include <stdbool.h>
#include <stddef.h>

#include "aesweep/error.h"
#include "aesweep/memory.h"
#include "aesweep/params.h"

/* X(name): numbers at the end of a run; also columns of the store. nan where not known. */
#define AE_SUMMARY_LIST(X)                                                                         \
    X(pmse_0)        /* pmse at t = 0 */                                                           \
    X(pmse)          /* E|xi - xihat|^2 at the end */                                              \
    X(pca_0)         /* trace of the covariance: the error of xihat = 0 */                         \
    X(pca)           /* trace minus the m largest r_tau, m = min(K, M) */                          \
    X(excess)        /* pmse - pca, free of cancellation */                                        \
    X(drift)         /* change of excess since half the time (observe.h) */                        \
    X(n_main)        /* m */                                                                       \
    X(learned)       /* components among the first m with f_tau < 0.45 */                          \
    X(found)         /* ... with f_tau < 0.9 */                                                    \
    X(alignment)     /* mean over learned components of max_k cos^2 */                             \
    X(diverged)      /* 1: ended because numbers grew beyond bounds */                             \
    X(steps)         /* work done: integrator or SGD steps */                                      \
    X(t_end)         /* time reached */                                                            \
    X(encoder_scale) /* sqrt(mean_k Q_kk) */                                                       \
    X(decoder_scale) /* sqrt(mean_k T_kk) */                                                       \
    X(bias_rms)      /* root mean square of b_k */                                                 \
    X(pmse_train)    /* mean of |xi - xihat|^2 over a training set at the end; nan without one */

struct ae_summary {
#define AE_SUMMARY_FIELD(name) double name;
    AE_SUMMARY_LIST(AE_SUMMARY_FIELD)
#undef AE_SUMMARY_FIELD
};

/* The struct is nothing but these numbers, so that it can be counted. */
enum { AE_N_SUMMARY = sizeof(struct ae_summary) / sizeof(double) };
extern const char *const ae_summary_names[AE_N_SUMMARY];
/* To and from an array of AE_N_SUMMARY numbers in the order of the list. */
void ae_summary_to_reals(const struct ae_summary *summary, double *x);
void ae_summary_from_reals(const double *x, struct ae_summary *summary);

/*
 * The way: row j of `curve` belongs to the j-th observed time. Columns, in this order:
 *   t pmse excess learned found residual_1 ... residual_M                                (curve,
 *   full) Q_k_l (k <= l), T_k_l (k <= l), R_k_l (all), b_k, c_1 ... c_M                       
 *   (full)
 * record: final keeps no rows (n_times = 0).
 */
struct ae_record {
    enum ae_record_level level;
    size_t K, M;
    struct ae_summary summary;
    double *escape; /* [M] first time at which f_tau < 0.75; inf never, nan diverged before */
    size_t n_times, n_cols;
    double *curve; /* [n_times][n_cols] */
};

/* Columns of the curve at that level (0 for final). */
size_t ae_record_n_cols(enum ae_record_level level, size_t K, size_t M);

/* All numbers nan, memory for n_times rows. AE_OK or AE_ENOMEM; ae_record_clear in any case. */
enum ae_status ae_record_init(struct ae_record *record, enum ae_record_level level, size_t K,
                              size_t M, size_t n_times, struct ae_error *err);
void ae_record_clear(struct ae_record *record);

/* All but the summary, as bytes for the store, and back; AE_EIO if the bytes are not a record. The
 * summary is left alone by unpack. ae_record_clear frees what unpack made. */
void ae_record_pack(const struct ae_record *record, struct ae_buffer *out);
enum ae_status ae_record_unpack(struct ae_bytes in, struct ae_record *record, struct ae_error *err);

#endif
