#ifndef AESWEEP_STORE_IMPL_H
#define AESWEEP_STORE_IMPL_H

/* What the files of the store share: store.c opens, read.c reads, write.c writes rows. */

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "aesweep/index.h"
#include "aesweep/lock.h"
#include "aesweep/memory.h"
#include "aesweep/store.h"
#include "snapshot.h"

enum { AE_STORE_N_REMOVE = 3 };
enum { AE_N_MARK_STATEMENTS = 4 };

struct ae_store {
    char *dir, *path, *journal_path;
    struct ae_lock *lock; /* NULL: for reading only */
    bool is_unsaved;      /* the last run could not save its end, and what it claimed stands here */
    struct ae_snapshot snapshot;
    sqlite3 *db;
    sqlite3_stmt *get, *put_result, *put_extra, *put_timing, *put_text;
    sqlite3_stmt *remove[AE_STORE_N_REMOVE];   /* of one key from each table, `result` last */
    sqlite3_stmt *marks[AE_N_MARK_STATEMENTS]; /* of mark.c */
    char **names;                              /* of the numbers */
    size_t n_names;
    double *numbers; /* of the row last got, or being written */
    struct ae_index index;
    struct ae_buffer pending; /* what was put since the last commit */
    size_t n_pending;
    dev_t device; /* of the database as it was opened for writing */
    ino_t inode;
    int guard; /* the database opened once more, to lock it against other programs; or -1 */
};

/* The message for the last failure on the store's database. */
enum ae_status ae_store_fail(const struct ae_store *store, const char *doing, struct ae_error *err);
enum ae_status ae_store_bad_row(const struct ae_store *store, struct ae_error *err);
/* 16 hex digits; false for any other text. */
bool ae_store_read_point(const char *text, uint64_t *point);
/* SELECT ... of whole rows, then `tail`; numbers that this database does not have are NULL. */
enum ae_status ae_store_prepare_select(struct ae_store *store, bool with_extra, const char *tail,
                                       sqlite3_stmt **statement, struct ae_error *err);
enum ae_status ae_store_prepare_put(struct ae_store *store, struct ae_error *err);
/* May this store be written to, and are n_bytes not too many for one row? */
enum ae_status ae_store_check_writable(const struct ae_store *store, uint64_t n_bytes,
                                       struct ae_error *err);
/* After an append to what is pending, which had n bytes: takes it back if it failed. */
enum ae_status ae_store_settle(struct ae_store *store, size_t n, struct ae_error *err);
/* Runs a statement whose values are bound; `code` is what binding returned. */
bool ae_store_run_bound(sqlite3_stmt *statement, int code);

#endif
