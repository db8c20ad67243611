#ifndef AESWEEP_STORE_SNAPSHOT_H
#define AESWEEP_STORE_SNAPSHOT_H

/*
 * A consistent view of a database file for reading, without locks and without touching it. While
 * nobody writes, that is the file itself; else a private copy, together with the journal of a run
 * that died.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "aesweep/error.h"

/* What changes whenever the database changes. */
struct ae_stamp {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec modified;
    uint32_t counter; /* SQLite's change counter: one more after every commit */
    bool is_hot;      /* the journal holds a commit under way or broken off */
    off_t journal_size;
    bool is_moving; /* a commit was seen in the act */
};

struct ae_snapshot {
    char *path;            /* what to open; owned */
    char *folder;          /* private folder of a copy, else NULL; owned */
    struct ae_stamp stamp; /* of the original */
};

/* Reads the stamp of a database; AE_EIO if there is none. */
enum ae_status ae_stamp_read(struct ae_stamp *stamp, const char *path, struct ae_error *err);

/* Free and the removal of copied files are the caller's (ae_snapshot_remove_files,
 * ae_snapshot_clear), also after a failure; starts from {0}. */
enum ae_status ae_snapshot_take(struct ae_snapshot *snapshot, const char *dir, const char *path,
                                struct ae_error *err);
/* AE_EIO if the original is what is being read and has changed since. */
enum ae_status ae_snapshot_check(const struct ae_snapshot *snapshot, struct ae_error *err);
/* Removes the copied files from disk; a program that has opened them can still read them. */
void ae_snapshot_remove_files(struct ae_snapshot *snapshot);
void ae_snapshot_clear(struct ae_snapshot *snapshot);

#endif
