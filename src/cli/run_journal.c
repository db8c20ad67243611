/* What a run leaves behind of itself in its folder: when, where and how it was started. */
#include "cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static double now(void)
{
    struct timespec t = {0};
    (void)clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

enum ae_status ae_run_journal_begin(struct ae_run_journal *journal, struct ae_store *store,
                                    int argc, char *const *argv, size_t n_ranks,
                                    struct ae_error *err)
{
    if (gethostname(journal->host, sizeof journal->host - 1) != 0)
        journal->host[0] = '\0';
    ae_buffer_text(&journal->command, "aesweep ");
    ae_journal_command((size_t)argc, argv, &journal->command);
    enum ae_status rc = ae_buffer_status(&journal->command, err);
    if (rc == AE_OK)
        rc = ae_journal_read(store, &journal->before, err);
    if (rc != AE_OK)
        return rc;
    journal->entry = (struct ae_journal_entry){.began_at = now(),
                                               .ended_at = (double)NAN,
                                               .n_ranks = n_ranks,
                                               .host = journal->host,
                                               .version = AE_VERSION,
                                               .command = journal->command.data};
    rc = ae_journal_write(store, journal->before, &journal->entry, err);
    return rc == AE_OK ? ae_store_commit(store, err) : rc;
}

enum ae_status ae_run_journal_end(struct ae_run_journal *journal, struct ae_store *store,
                                  size_t n_new, struct ae_error *err)
{
    journal->entry.ended_at = now();
    journal->entry.n_new = n_new;
    return ae_journal_write(store, journal->before, n_new > 0 ? &journal->entry : NULL, err);
}

void ae_run_journal_clear(struct ae_run_journal *journal)
{
    free(journal->before);
    ae_buffer_clear(&journal->command);
}
