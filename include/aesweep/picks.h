#ifndef AESWEEP_PICKS_H
#define AESWEEP_PICKS_H

/*
 * Numbers out of 0 ... n - 1, as a training set is gone through: at every position of an endless
 * sequence stands one of them. Either each position is drawn by itself, all numbers equally likely;
 * or every n positions are all n numbers in a random order of their own (all orders equally
 * likely). What stands at a position is a pure function of it and of the key, so that reading may
 * begin anywhere.
 */

#include <stdbool.h>
#include <stdint.h>

#include "aesweep/error.h"
#include "aesweep/random.h"

struct ae_picks;

/* 1 <= n <= 2^53; in epochs n < 2^32, and their order takes 4 n bytes. AE_OK or AE_ENOMEM. */
enum ae_status ae_picks_new(struct ae_picks **picks, struct ae_random random, uint64_t n,
                            bool in_epochs, struct ae_error *err);
void ae_picks_free(struct ae_picks *picks);

/* The number at that position. In rising order of positions it costs nanoseconds; in epochs the
 * first of each costs a few more for every one of the n. */
uint64_t ae_picks_at(struct ae_picks *picks, uint64_t position);

#endif
