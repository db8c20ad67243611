#ifndef AESWEEP_TESTS_SHIMS_FAILING_H
#define AESWEEP_TESTS_SHIMS_FAILING_H

/*
 * Memory and files that fail when told to. A program linked with failing.c has its own malloc,
 * open, write, ...: they stand before those of the C library, also for the shared libraries that
 * the program uses, and pass every call on until it is the turn of one to fail. For one thread.
 */

#include <stdbool.h>
#include <stdint.h>

enum failing_kind { FAILING_MEMORY, FAILING_FILES, FAILING_N_KINDS };

/* From here on counts the calls of this kind. Call number `at` (1, 2, ...; 0: none) fails, with
 * `is_lasting` all after it too. */
void failing_start(enum failing_kind kind, uint64_t at, bool is_lasting);
/* Until it is called with false, no call counts or fails; blocks of memory are counted still. */
void failing_pause(bool is_paused);
struct failing_report {
    uint64_t n_calls;
    /* Blocks of memory taken since the start and not given back: by the program itself; by it and
     * the libraries it uses (negative: more were given back). */
    int64_t n_own, n_blocks;
    bool is_library; /* the first call that failed came from a library */
};
void failing_stop(struct failing_report *report);

#endif
