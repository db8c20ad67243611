#ifndef AESWEEP_ESTIMATE_H
#define AESWEEP_ESTIMATE_H

/*
 * What a set of computations will cost, and what looks wrong about them. Points are added one by
 * one; a few of them, chosen with probabilities in proportion to their cost, may be run as pilots.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aesweep/cost.h"
#include "aesweep/error.h"
#include "aesweep/memory.h"
#include "aesweep/params.h"

struct ae_estimate;

enum ae_status ae_estimate_new(struct ae_estimate **estimate, struct ae_error *err);
void ae_estimate_free(struct ae_estimate *estimate);

/* n replicates of the point p will be results: what they take on disk, what looks wrong about them.
 * The lists of p must live as long as the estimate. */
void ae_estimate_results(struct ae_estimate *estimate, const struct ae_params *p, size_t n);
/* n computations, each of n_points <= AE_FOLD_MOST points (each ae_engine_folds with the first); `id` is
 * their identity, from which chance is taken. */
void ae_estimate_work(struct ae_estimate *estimate, size_t n_points, const struct ae_params *p,
                      uint64_t id, size_t n);
/* Both, for points that are computed one by one. */
void ae_estimate_add(struct ae_estimate *estimate, const struct ae_params *p, uint64_t id,
                     size_t n);

/* How far a pilot came. */
struct ae_pilot {
    double steps;
    bool is_whole;
    double took_s;
};
/*
 * Runs a point for at most about limit_s seconds. False if it failed and says nothing about costs;
 * took_s is set in any case.
 */
typedef bool ae_pilot_fn(void *ctx, const struct ae_params *p, double limit_s,
                         struct ae_pilot *pilot);
/* The pilot of the program: by the point's engine, in seconds of this core. ctx is not used. */
bool ae_pilot_run(void *ctx, const struct ae_params *p, double limit_s, struct ae_pilot *pilot);

/* Runs up to n pilots within about budget_s seconds; the model's constants count where there are
 * none. */
void ae_estimate_pilot(struct ae_estimate *estimate, size_t n, double budget_s, ae_pilot_fn *run,
                       void *ctx);

struct ae_bill {
    size_t n_pilots;
    double work_s;       /* of all computations together */
    double longest_s;    /* of the longest point */
    double memory_bytes; /* of a rank, with the program itself */
    double disk_bytes;
};
struct ae_bill ae_estimate_bill(const struct ae_estimate *estimate);

/* Wall time of n_ranks ranks, at most: an idle rank waits for the longest point (Graham's bound for
 * list scheduling). */
double ae_bill_wall_s(const struct ae_bill *bill, size_t n_ranks);

/* ---- warnings, each with a physical reason ---- */

enum ae_warning_kind {
    AE_WARN_WIDE,      /* K not small against D */
    AE_WARN_DIVERGES,  /* lr above the limit of SGD */
    AE_WARN_TOO_SHORT, /* time below that in which the weakest component is learned */
    AE_N_WARNINGS
};

struct ae_warning {
    size_t n_points;          /* 0: nothing to warn of */
    struct ae_params example; /* widest; of the smallest lr; in need of the longest time */
    double limit;             /* what it would have to keep: K, lr at most; time at least */
};
const struct ae_warning *ae_estimate_warning(const struct ae_estimate *estimate,
                                             enum ae_warning_kind kind);
/* A word for scripts. */
extern const char *const ae_warning_names[AE_N_WARNINGS];
/* The warning as a sentence. */
void ae_warning_format(const struct ae_estimate *estimate, enum ae_warning_kind kind,
                       struct ae_buffer *out);

#endif
