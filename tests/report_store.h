#ifndef REPORT_STORE_H
#define REPORT_STORE_H

/* Results folders with contents that a test makes up. */

#include <stdbool.h>

#include "aesweep/rows.h"

enum { REPORT_PATH = 256 };

/* Makes an empty folder with a path of its own; remove_folder takes it away with all it holds. */
void make_folder(char path[REPORT_PATH]);
void remove_folder(const char *path);

/* What is to be stored for one row of the sweep. */
struct made {
    bool is_skipped;    /* nothing is stored */
    const char *reason; /* not NULL: the point failed, and this is why */
    int level;          /* of the record */
    struct ae_record record;
};
/* Fills `made`, which holds a record as ae_record_init left it, for row i of the sweep. */
typedef void make_row_fn(size_t i, const struct ae_params *p, struct made *made);

/* Stores the sweep `yaml` in the folder, and what `make` says for every row. Keeps what is there.
 * */
void fill_folder(const char *path, const char *yaml, make_row_fn *make);

/* The same for the points that refine adds to the sweep of the folder, until there are no more. */
void fill_added(const char *path, make_row_fn *make);

/* A summary that has this phase at phase_tol 0.01 and pca_0 = 10, pca = 5; all numbers finite. */
struct ae_summary summary_in(enum ae_phase phase);

#endif
