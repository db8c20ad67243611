#ifndef AESWEEP_LOCK_H
#define AESWEEP_LOCK_H

/*
 * One writer for a folder, on local and on network file systems: the file aesweep.lock names its
 * owner, and its modification time is the owner's heartbeat. No lock of the operating system is
 * involved.
 *
 * A lock has lapsed if its process no longer exists on this machine, or after 60 s without a
 * heartbeat. So has one whose owner has ended and left it, because it could not write to the folder.
 */

#include <stdbool.h>

#include "aesweep/error.h"

struct ae_lock;

/*
 * Takes the lock of the existing folder dir. *lock is owned by the caller. If a lapsed lock was
 * taken over, *notice (may be NULL) is set to a message that the caller frees, else to NULL.
 *   AE_ELOCKED  somebody has it; the message names host, pid and (if any) Slurm job
 *   AE_EIO      the folder cannot be written to
 */
enum ae_status ae_lock_take(struct ae_lock **lock, const char *dir, char **notice,
                            struct ae_error *err);

/*
 * Makes sure that the lock is still this one, and renews its heartbeat.
 *   AE_ELOCKED  it was taken over or removed: the owner must not write any more
 *   AE_EIO      it cannot be read or renewed (the folder is gone, ...)
 */
enum ae_status ae_lock_renew(struct ae_lock *lock, struct ae_error *err);

/* Gives the lock back, if it is still this one, and frees. NULL is fine. */
void ae_lock_free(struct ae_lock *lock);

/* The same for an owner that could not write to the folder what it should have: it leaves the lock to
 * the next one, who learns of it. NULL is fine. */
void ae_lock_leave(struct ae_lock *lock);
/* Was this lock taken over from an owner that had left it? */
bool ae_lock_follows_failure(const struct ae_lock *lock);
/* Is there a lock in dir that was left? */
bool ae_lock_was_left(const char *dir);

/* Who has the lock of dir: a text that the caller frees, or NULL if nobody has. Writes nothing. */
enum ae_status ae_lock_holder(const char *dir, char **who, struct ae_error *err);

#endif
