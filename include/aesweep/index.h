#ifndef AESWEEP_INDEX_H
#define AESWEEP_INDEX_H

/* Keys of results in memory: (point, replicate) -> state, level. 24 bytes a slot. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ae_index_slot {
    uint64_t point, replicate;
    int32_t level;
    uint8_t state;
    bool is_used;
};

/* Start with {0}, end with ae_index_clear. */
struct ae_index {
    size_t n;
    size_t n_slots; /* 0 or a power of two, at least 4/3 n */
    struct ae_index_slot *slots;
};

void ae_index_clear(struct ae_index *index);
/* Adds the key or replaces what is known of it; false if there is no memory. */
bool ae_index_set(struct ae_index *index, uint64_t point, uint64_t replicate, uint8_t state,
                  int32_t level);
/* Takes the key out; false if it was absent. */
bool ae_index_remove(struct ae_index *index, uint64_t point, uint64_t replicate);
/* NULL if the key is absent. */
const struct ae_index_slot *ae_index_find(const struct ae_index *index, uint64_t point,
                                          uint64_t replicate);

#endif
