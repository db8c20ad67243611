/* Keys of rows in memory: open addressing with linear probing. A key that is removed leaves no mark:
 * those behind it that would no longer be found move up. */
#include "aesweep/index.h"

#include <stdlib.h>

#include "aesweep/memory.h"

/* The finaliser of MurmurHash3 over both words of the key. */
static size_t first_slot(const struct ae_index *index, uint64_t point, uint64_t replicate)
{
    uint64_t h = point ^ replicate * UINT64_C(0x9e3779b97f4a7c15);
    h = (h ^ h >> 33) * UINT64_C(0xff51afd7ed558ccd);
    h = (h ^ h >> 33) * UINT64_C(0xc4ceb9fe1a85ec53);
    return (size_t)(h ^ h >> 33) & (index->n_slots - 1);
}

/* The slot of the key, or the free one where it belongs. There is always a free slot. */
static struct ae_index_slot *locate(const struct ae_index *index, uint64_t point,
                                    uint64_t replicate)
{
    size_t i = first_slot(index, point, replicate);
    for (;; i = (i + 1) & (index->n_slots - 1)) {
        struct ae_index_slot *slot = &index->slots[i];
        if (!slot->is_used || (slot->point == point && slot->replicate == replicate))
            return slot;
    }
}

static bool grow(struct ae_index *index)
{
    struct ae_index larger = {.n = index->n, .n_slots = index->n_slots ? 2 * index->n_slots : 1024};
    larger.slots = ae_calloc(larger.n_slots, 1, sizeof *larger.slots);
    if (!larger.slots)
        return false;
    for (size_t i = 0; i < index->n_slots; i++) {
        const struct ae_index_slot *slot = &index->slots[i];
        if (slot->is_used)
            *locate(&larger, slot->point, slot->replicate) = *slot;
    }
    free(index->slots);
    *index = larger;
    return true;
}

void ae_index_clear(struct ae_index *index)
{
    free(index->slots);
    *index = (struct ae_index){0};
}

bool ae_index_set(struct ae_index *index, uint64_t point, uint64_t replicate, uint8_t state,
                  int32_t level)
{
    if (index->n >= index->n_slots / 4 * 3 && !grow(index))
        return false;
    struct ae_index_slot *slot = locate(index, point, replicate);
    index->n += !slot->is_used;
    *slot = (struct ae_index_slot){
        .point = point, .replicate = replicate, .level = level, .state = state, .is_used = true};
    return true;
}

bool ae_index_remove(struct ae_index *index, uint64_t point, uint64_t replicate)
{
    if (index->n == 0)
        return false;
    struct ae_index_slot *hole = locate(index, point, replicate);
    if (!hole->is_used)
        return false;
    size_t mask = index->n_slots - 1, at = (size_t)(hole - index->slots);
    for (size_t i = (at + 1) & mask; index->slots[i].is_used; i = (i + 1) & mask) {
        const struct ae_index_slot *slot = &index->slots[i];
        size_t first = first_slot(index, slot->point, slot->replicate);
        if (((i - first) & mask) < ((i - at) & mask))
            continue; /* its search begins behind the hole */
        index->slots[at] = *slot;
        at = i;
    }
    index->slots[at] = (struct ae_index_slot){0};
    index->n--;
    return true;
}

const struct ae_index_slot *ae_index_find(const struct ae_index *index, uint64_t point,
                                          uint64_t replicate)
{
    if (index->n == 0)
        return NULL;
    const struct ae_index_slot *slot = locate(index, point, replicate);
    return slot->is_used ? slot : NULL;
}
