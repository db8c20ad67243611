#ifndef AESWEEP_JOURNAL_H
#define AESWEEP_JOURNAL_H

/*
 * The runs that filled a results folder: a text kept in the store, a line for each run with what
 * differs from run to run. Reports show it; no result depends on it.
 */

#include <stddef.h>
#include <stdint.h>

#include "aesweep/error.h"
#include "aesweep/memory.h"
#include "aesweep/store.h"

enum { AE_JOURNAL_MAX = 200 }; /* runs that are remembered, the latest */

struct ae_journal_entry {
    double began_at;         /* seconds since 1970 */
    double ended_at;         /* nan: it is under way, or has died */
    uint64_t n_ranks, n_new; /* results of this run; 0 while it is under way */
    const char *host, *version, *command;
};

/* `aesweep run 'my sweep.yaml'`: the words as a shell takes them. Appended. */
void ae_journal_command(size_t n, char *const *words, struct ae_buffer *out);

/* The lines kept so far; the caller frees *text, "" if there are none. AE_EIO, AE_ENOMEM. */
enum ae_status ae_journal_read(struct ae_store *store, char **text, struct ae_error *err);
/* Replaces what is kept by `before` and a line for `entry` (NULL: none); durable after the next
 * commit. What is no such line is dropped. */
enum ae_status ae_journal_write(struct ae_store *store, const char *before,
                                const struct ae_journal_entry *entry, struct ae_error *err);
/* Calls visit for every line of a text, in its order. A status other than AE_OK ends it. */
typedef enum ae_status ae_journal_visit_fn(void *ctx, const struct ae_journal_entry *entry,
                                           struct ae_error *err);
enum ae_status ae_journal_each(const char *text, ae_journal_visit_fn *visit, void *ctx,
                               struct ae_error *err);

#endif
