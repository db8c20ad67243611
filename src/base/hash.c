/* Hash of a byte string; see hash.h. */
#include "aesweep/hash.h"

#include <string.h>

#include <Random123/threefry.h>

static void absorb(threefry2x64_key_t *state, threefry2x64_ctr_t block)
{
    threefry2x64_ctr_t mixed = threefry2x64(block, *state);
    state->v[0] = mixed.v[0] ^ block.v[0];
    state->v[1] = mixed.v[1] ^ block.v[1];
}

uint64_t ae_hash(const void *data, size_t size)
{
    threefry2x64_key_t state = {{0x6165737765657031u, 0}}; /* any fixed start */
    const char *at = data;
    for (size_t left = size; left > 0;) {
        threefry2x64_ctr_t block = {{0, 0}};
        size_t n = left < sizeof block.v ? left : sizeof block.v;
        memcpy(block.v, at, n);
        absorb(&state, block);
        at += n;
        left -= n;
    }
    absorb(&state, (threefry2x64_ctr_t){{(uint64_t)size, 1}});
    return state.v[0];
}
