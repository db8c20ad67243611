#ifndef AESWEEP_STORE_H
#define AESWEEP_STORE_H

/*
 * The results folder: one SQLite database, aesweep.db, with every finished point. It knows nothing
 * of physics: a row is a key, a state, named numbers and bytes. One process writes (rank 0 of a
 * run); any number may read.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aesweep/error.h"
#include "aesweep/memory.h"

struct ae_store;

enum ae_store_state { AE_STORE_DONE, AE_STORE_FAILED };

/* One stored result. The key is (point, replicate). */
struct ae_store_row {
    uint64_t point; /* hash of what identifies it; shown as 16 hex digits */
    uint64_t replicate;
    enum ae_store_state state;
    const char *reason; /* why it failed; "" if done */
    const char *params; /* every parameter as text, for people and for readers of other sweeps */
    int level;          /* how much of the way `extra` holds; a larger number includes a smaller */
    const double
        *numbers; /* one for each name given when the store was opened; nan is kept as NULL */
    struct ae_bytes extra; /* opaque */
    double wall_s;         /* timing, kept apart from the results: */
    double finished_at;    /* seconds since 1970 */
    uint64_t rank;
    const char *host;
};

/* Names of the numbers of every row: columns of the table, in this order. */
struct ae_store_columns {
    size_t n;
    const char *const *names;
};

/*
 * Opens the folder for a run, creating folder and database where they are missing, and takes its
 * lock.
 *   AE_ELOCKED  another run has it; the message names host, pid and (if any) Slurm job of that run
 *   AE_EIO      folder or database cannot be used: no permission, full disk, torn, not ours, newer
 *               version
 * A lock left by a process that no longer exists on this host, or whose heartbeat is older than 60
 * s, is taken over; then *notice (may be NULL) is set to a message that the caller frees, else to
 * NULL.
 */
enum ae_status ae_store_open_run(struct ae_store **store, const char *dir,
                                 const struct ae_store_columns *columns, char **notice,
                                 struct ae_error *err);
/* Opens for reading only; never changes anything, works while a run is going on. AE_EARG if there
 * is no results folder there; AE_EIO as above. */
enum ae_status ae_store_open_read(struct ae_store **store, const char *dir,
                                  const struct ae_store_columns *columns, struct ae_error *err);
/* Commits, gives the lock back, frees. NULL is fine. Returns the status of that last commit. */
enum ae_status ae_store_close(struct ae_store *store, struct ae_error *err);

/* Closes a store that was opened for a run, as ae_store_close does, and then gives its folder the
 * name `dir`, where nothing may be. If that fails the store is gone (AE_EIO). */
enum ae_status ae_store_close_as(struct ae_store *store, const char *dir, struct ae_error *err);
/* Gives a store that was opened for a run back without a commit, and removes its database; the
 * folder too if nothing else is in it. */
void ae_store_discard(struct ae_store *store);

/* The stored row's state and level, without touching the disk; false if there is none. */
bool ae_store_has(const struct ae_store *store, uint64_t point, uint64_t replicate,
                  enum ae_store_state *state, int *level);
size_t ae_store_size(const struct ae_store *store); /* number of rows */

/* Adds a row, or replaces the one with its key. It is on disk after the next commit. */
enum ae_status ae_store_put(struct ae_store *store, const struct ae_store_row *row,
                            struct ae_error *err);
/* Forgets the row with this key, if there is one: as durable as a row that is put. */
enum ae_status ae_store_remove(struct ae_store *store, uint64_t point, uint64_t replicate,
                               struct ae_error *err);
/* Makes all rows put so far durable; also renews the heartbeat of the lock. Cheap if nothing is
 * new. */
enum ae_status ae_store_commit(struct ae_store *store, struct ae_error *err);

/* One row; views stay valid until the next call on this store. *found = false if there is none. */
enum ae_status ae_store_get(struct ae_store *store, uint64_t point, uint64_t replicate,
                            struct ae_store_row *row, bool *found, struct ae_error *err);
/* Calls visit for every row, in the order of (point, replicate); with_extra = false leaves
 * row.extra empty and is much faster. Views end with each call. A status other than AE_OK ends the
 * walk and is returned. */
typedef enum ae_status ae_store_visit_fn(void *ctx, const struct ae_store_row *row,
                                         struct ae_error *err);
enum ae_status ae_store_each(struct ae_store *store, bool with_extra, ae_store_visit_fn *visit,
                             void *ctx, struct ae_error *err);

/*
 * What is known of a result that is not there yet. Putting the result forgets it all.
 * A computation is claimed before it begins, so that after a death it is known who was under way.
 */
enum ae_store_kind {
    AE_STORE_FREE,    /* nothing */
    AE_STORE_SUSPECT, /* it was under way when a run died */
    AE_STORE_CLAIMED, /* it is under way, maybe with others */
    AE_STORE_ALONE    /* it is under way, and nothing else */
};
struct ae_store_mark {
    uint64_t point, replicate;
    enum ae_store_kind kind;
    uint64_t n_lost; /* deaths that count against it */
    bool has_state;  /* each_mark only: a state is kept */
};
/* Sets kind and n_lost; AE_STORE_FREE forgets both. Durable after the next commit, as a row is. */
enum ae_status ae_store_put_mark(struct ae_store *store, const struct ae_store_mark *mark,
                                 struct ae_error *err);
/* Keeps the newest state of a computation. */
enum ae_status ae_store_put_state(struct ae_store *store, uint64_t point, uint64_t replicate,
                                  struct ae_bytes state, struct ae_error *err);
/* Calls visit for every result that has a mark or a state. */
typedef enum ae_status ae_store_mark_fn(void *ctx, const struct ae_store_mark *mark,
                                        struct ae_error *err);
enum ae_status ae_store_each_mark(struct ae_store *store, ae_store_mark_fn *visit, void *ctx,
                                  struct ae_error *err);
/* Appends the committed state to a buffer; nothing if there is none. */
enum ae_status ae_store_get_state(struct ae_store *store, uint64_t point, uint64_t replicate,
                                  struct ae_buffer *state, struct ae_error *err);

/* Named texts kept beside the rows (the resolved sweep). Get: the caller frees *text; NULL if
 * absent. */
enum ae_status ae_store_set_text(struct ae_store *store, const char *name, const char *text,
                                 struct ae_error *err);
enum ae_status ae_store_get_text(struct ae_store *store, const char *name, char **text,
                                 struct ae_error *err);

/* Calls visit for every committed text whose name begins with `prefix`, by name. A status other than
 * AE_OK ends the walk and is returned. */
typedef enum ae_status ae_store_text_fn(void *ctx, const char *name, const char *text,
                                        struct ae_error *err);
enum ae_status ae_store_each_text(struct ae_store *store, const char *prefix,
                                  ae_store_text_fn *visit, void *ctx, struct ae_error *err);

/* Is a run writing to this folder now? If so, a text that names it (caller frees), else NULL. */
enum ae_status ae_store_running(const char *dir, char **who, struct ae_error *err);

#endif
