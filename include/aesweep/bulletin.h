#ifndef AESWEEP_BULLETIN_H
#define AESWEEP_BULLETIN_H

/*
 * What a running sweep says of itself: the small file `status` in its results folder, one line
 * `key value` for each thing, replaced about once a second. Who wants to know how far a run is
 * reads it instead of the database.
 */

#include <stdbool.h>
#include <stddef.h>

#include "aesweep/error.h"

enum {
    AE_BULLETIN_LINE = 512, /* bytes of a text with its NUL; longer ones are cut */
    AE_BULLETIN_WORD = 32,
    AE_BULLETIN_GROUPS = 8,
    AE_BULLETIN_FAILURES = 5
};

struct ae_bulletin {
    char sweep[AE_BULLETIN_LINE]; /* its name */
    char run[AE_BULLETIN_LINE];   /* who runs it, as ae_store_running says */
    size_t n_ranks;
    size_t n_needed; /* results in all */
    size_t n_done, n_failed;
    size_t n_under_way, n_suspects, n_saved; /* of those missing: handed out; under way when an
                                                earlier run died; with a state to go on from */
    size_t n_new;                            /* of these, in this run */
    double wall_s;                           /* of this run so far */
    double rate;                             /* results a second, lately; 0 if not known yet */
    double left_s;                           /* estimate; nan if not known yet */
    double slowest_s;
    char slowest[AE_BULLETIN_LINE]; /* the slowest point of this run; "" if there is none */
    size_t n_groups;                /* phases of what was done in this run */
    struct ae_bulletin_group {
        char word[AE_BULLETIN_WORD];
        size_t n;
    } groups[AE_BULLETIN_GROUPS];
    size_t n_failures; /* the latest failures of this run, the last one first */
    char failures[AE_BULLETIN_FAILURES][AE_BULLETIN_LINE];
};

/* Puts text into a line of a bulletin: cut to fit, without line ends. */
void ae_bulletin_set(char line[AE_BULLETIN_LINE], const char *text);

/* Replaces the file in dir at once, so that readers find the old or the new one. AE_EIO,
 * AE_ENOMEM. */
enum ae_status ae_bulletin_write(const char *dir, const struct ae_bulletin *bulletin,
                                 struct ae_error *err);
/*
 * Reads it; *age_s: how long ago it was written. *is_there is false if there is none, or one that
 * this version does not understand, which is the same to a reader. AE_EIO, AE_ENOMEM.
 */
enum ae_status ae_bulletin_read(const char *dir, struct ae_bulletin *bulletin, double *age_s,
                                bool *is_there, struct ae_error *err);
/* Takes the file away; nothing happens if there is none. */
void ae_bulletin_remove(const char *dir);

#endif
