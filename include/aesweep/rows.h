#ifndef AESWEEP_ROWS_H
#define AESWEEP_ROWS_H

/*
 * The results of a folder as the rows of its sweep: the points of its grid in the order of the sweep
 * as last run, then the points that refine has added to it, in the order of refine.h; replicate
 * fastest. What all reports read.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aesweep/error.h"
#include "aesweep/params.h"
#include "aesweep/phase.h"
#include "aesweep/record.h"
#include "aesweep/sweep.h"

enum ae_row_state {
    AE_ROW_DONE,
    AE_ROW_FAILED,
    AE_ROW_MISSING /* not computed yet, or less was kept of it than the sweep asks for */
};

/* One row. The views end with the next call on the same results. */
struct ae_row {
    uint64_t point;
    uint64_t stored_replicate; /* under which the result is kept; rows may share one result */
    struct ae_params params;   /* with the row's own replicate; lists are borrowed */
    enum ae_row_state state;
    const char *reason;        /* why it failed; "" else */
    struct ae_summary summary; /* nan if missing */
    enum ae_phase phase;       /* of a done row; AE_N_PHASES else */
    bool is_converged;
    double z_score;             /* of a simulation with a flow beside it; nan else */
    double wall_s, finished_at; /* nan if missing */
    uint64_t rank;
    const char *host;
};

struct ae_results;

/*
 * Opens the folder for reading and loads all but the trajectories. `all` appends every stored
 * result that no row of the sweep shows, in the order of (point, replicate). *results is owned by
 * the caller. AE_EARG if no results are there, AE_EIO, AE_ENOMEM.
 */
enum ae_status ae_results_open(struct ae_results **results, const char *dir, bool all,
                               struct ae_error *err);
void ae_results_free(struct ae_results *results);

const struct ae_sweep *ae_results_sweep(const struct ae_results *results); /* as last run */
size_t ae_results_size(const struct ae_results *results);                  /* rows */
/* Rows of points that refine has added; they follow those of the grid. */
size_t ae_results_n_added(const struct ae_results *results);
/* Results that the rows need, each counted once however many rows share it, and how many of them
 * are there (done or failed). */
size_t ae_results_n_needed(const struct ae_results *results);
size_t ae_results_n_there(const struct ae_results *results);

/* What is known of results that are not there. */
struct ae_results_marks {
    size_t n_under_way; /* claimed by a run; if none is going on, it has died */
    size_t n_suspects;  /* under way when an earlier run died; they run last, one at a time */
    size_t n_saved;     /* there is a state from which they go on */
};
enum ae_status ae_results_marks(struct ae_results *results, struct ae_results_marks *marks,
                                struct ae_error *err);

/* Row i < size. */
enum ae_status ae_results_row(struct ae_results *results, size_t i, struct ae_row *row,
                              struct ae_error *err);
/* The record of a done row, with its summary. ae_record_clear in any case. AE_OK, AE_EIO,
 * AE_ENOMEM. */
enum ae_status ae_results_record(struct ae_results *results, const struct ae_row *row,
                                 struct ae_record *record, struct ae_error *err);

/* The journal of runs (journal.h) kept in the folder; the caller frees *text. AE_EIO, AE_ENOMEM. */
enum ae_status ae_results_journal(struct ae_results *results, char **text, struct ae_error *err);

/* The largest hidden width, the largest number of spikes, and the highest record level of all rows.
 * */
struct ae_extent {
    bool has_spectra; /* data that are not spiked, whose eigenvalues no parameter lists */
    size_t K, M;
    enum ae_record_level level;
};
enum ae_status ae_results_extent(struct ae_results *results, struct ae_extent *extent,
                                 struct ae_error *err);

#endif
