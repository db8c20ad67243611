/*
 * Uniform integers from Philox-4x32-10, and orders by the shuffle of Fisher and Yates (Durstenfeld,
 * Comm. ACM 7, 420, 1964).
 *
 * Counter words: (j, block low, block high, purpose); word 2 j + i of a block, of 64 bits, is made
 * of the counter's results 2 i (its high half) and 2 i + 1.
 */
#include "aesweep/picks.h"

#include <stdlib.h>

#include <Random123/philox.h>

#include "aesweep/memory.h"

enum { BLOCK = 64 };

struct ae_picks {
    struct ae_random random;
    uint64_t n;
    uint64_t block, epoch; /* of which words and order are; UINT64_MAX = none yet */
    uint32_t *order;       /* [n] of this epoch; NULL if each position is drawn by itself */
    uint64_t words[BLOCK];
};

enum ae_status ae_picks_new(struct ae_picks **out, struct ae_random random, uint64_t n,
                            bool in_epochs, struct ae_error *err)
{
    struct ae_picks *picks = ae_calloc(1, 1, sizeof *picks);
    if (!picks)
        return ae_fail_memory(err, sizeof *picks);
    *picks = (struct ae_picks){.random = random, .n = n, .block = UINT64_MAX, .epoch = UINT64_MAX};
    if (in_epochs) {
        picks->order = ae_calloc(1, (size_t)n, sizeof *picks->order);
        if (!picks->order) {
            ae_picks_free(picks);
            return ae_fail_memory(err, (size_t)n * sizeof *picks->order);
        }
    }
    *out = picks;
    return AE_OK;
}

void ae_picks_free(struct ae_picks *picks)
{
    if (picks)
        free(picks->order);
    free(picks);
}

static void draw_block(struct ae_picks *picks, uint64_t block)
{
    philox4x32_key_t key = {{picks->random.key[0], picks->random.key[1]}};
    for (uint32_t j = 0; j < BLOCK / 2; j++) {
        philox4x32_ctr_t counter = {
            {j, (uint32_t)block, (uint32_t)(block >> 32), (uint32_t)AE_FOR_PICK}};
        philox4x32_ctr_t word = philox4x32(counter, key);
        for (size_t i = 0; i < 2; i++)
            picks->words[2 * j + i] = (uint64_t)word.v[2 * i] << 32 | word.v[2 * i + 1];
    }
    picks->block = block;
}

/* floor(u n), u uniform on the multiples of 2^-53 in [0, 1). */
static uint64_t below(uint64_t n, uint64_t word)
{
    return (uint64_t)((double)(word >> 11) * 0x1p-53 * (double)n);
}

/* The order of an epoch takes whole blocks of its own. */
static void shuffle(struct ae_picks *picks, uint64_t epoch)
{
    uint64_t n = picks->n, first_block = epoch * ((n + BLOCK - 1) / BLOCK);
    uint32_t *order = picks->order;
    for (uint64_t i = 0; i < n; i++) {
        if (i % BLOCK == 0)
            draw_block(picks, first_block + i / BLOCK);
        uint64_t j = below(i + 1, picks->words[i % BLOCK]);
        order[i] = order[j];
        order[j] = (uint32_t)i;
    }
    picks->epoch = epoch;
}

uint64_t ae_picks_at(struct ae_picks *picks, uint64_t position)
{
    if (picks->order) {
        uint64_t epoch = position / picks->n;
        if (epoch != picks->epoch)
            shuffle(picks, epoch);
        return picks->order[position % picks->n];
    }
    if (position / BLOCK != picks->block)
        draw_block(picks, position / BLOCK);
    return below(picks->n, picks->words[position % BLOCK]);
}
