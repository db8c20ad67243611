#ifndef AESWEEP_STORE_MARK_H
#define AESWEEP_STORE_MARK_H

/* What mark.c does for the other files of the store: its tables, and its part of a commit. */

#include "impl.h"

/* Creates the tables where they are missing (databases of earlier versions), and prepares. */
enum ae_status ae_mark_open(struct ae_store *store, struct ae_error *err);
void ae_mark_close(struct ae_store *store);

/* Kinds of pending entries that are written here; write.c has those from 0 on. */
enum { AE_PENDING_MARK = 16, AE_PENDING_UNMARK, AE_PENDING_STATE };
/* Takes one entry of that kind and writes it. False: SQLite's failure, or, if *is_garbled, an entry
 * that is none. */
bool ae_mark_write(struct ae_store *store, uint64_t kind, struct ae_reader *reader,
                   bool *is_garbled);
/* A result has been written: nothing of it is under way any more. */
bool ae_mark_forget(struct ae_store *store, uint64_t point, uint64_t replicate);

#endif
