/* The hash against the chain written anew over a Threefry of our own, checked by published answers.
 * */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/hash.h"

static uint64_t rotate(uint64_t x, unsigned n)
{
    return (x << n) | (x >> (64 - n));
}

/* Threefry-2x64-20 as in Salmon et al., SC 2011. */
static void threefry(const uint64_t key[2], const uint64_t counter[2], uint64_t out[2])
{
    static const unsigned rotation[8] = {16, 42, 12, 31, 16, 32, 24, 21};
    const uint64_t schedule[3] = {key[0], key[1], 0x1bd11bdaa9fc1a22u ^ key[0] ^ key[1]};
    uint64_t x = counter[0] + schedule[0], y = counter[1] + schedule[1];
    for (unsigned round = 0; round < 20; round++) {
        x += y;
        y = rotate(y, rotation[round % 8]) ^ x;
        if (round % 4 == 3) {
            unsigned s = round / 4 + 1;
            x += schedule[s % 3];
            y += schedule[(s + 1) % 3] + s;
        }
    }
    out[0] = x;
    out[1] = y;
}

static void published_answers_hold(void **state)
{
    (void)state;
    static const struct {
        uint64_t counter[2], key[2], want[2];
    } cases[] = {
        {{0, 0}, {0, 0}, {0xc2b6e3a8c2c69865u, 0x6f81ed42f350084du}},
        {{UINT64_MAX, UINT64_MAX},
         {UINT64_MAX, UINT64_MAX},
         {0xe02cb7c4d95d277au, 0xd06633d0893b8b68u}},
        {{0x243f6a8885a308d3u, 0x13198a2e03707344u},
         {0xa4093822299f31d0u, 0x082efa98ec4e6c89u},
         {0x263c7d30bb0f0af1u, 0x56be8361d3311526u}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint64_t got[2];
        threefry(cases[i].key, cases[i].counter, got);
        assert_memory_equal(got, cases[i].want, sizeof got);
    }
}

/* One step of Matyas-Meyer-Oseas: the state is the key, the block is fed forward. */
static void absorb(uint64_t chain[2], const uint64_t block[2])
{
    uint64_t mixed[2];
    threefry(chain, block, mixed);
    chain[0] = mixed[0] ^ block[0];
    chain[1] = mixed[1] ^ block[1];
}

static uint64_t reference(const unsigned char *text, size_t size)
{
    uint64_t chain[2] = {0x6165737765657031u, 0};
    for (size_t at = 0; at < size; at += 16) {
        uint64_t block[2] = {0, 0}; /* little endian, the last one filled up with zeros */
        for (size_t i = at; i < size && i < at + 16; i++)
            block[(i - at) / 8] |= (uint64_t)text[i] << (8 * (i % 8));
        absorb(chain, block);
    }
    absorb(chain, (const uint64_t[2]){size, 1});
    return chain[0];
}

static void hash_is_the_documented_chain(void **state)
{
    (void)state;
    unsigned char text[300];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (unsigned char)(i * i + 7 * i + 3);
    for (size_t n = 0; n <= 200; n++)
        for (size_t offset = 0; offset < 16; offset++) {
            uint64_t got = ae_hash(text + offset, n), want = reference(text + offset, n);
            if (got != want)
                fail_msg("%zu bytes at offset %zu: got %016" PRIx64 ", want %016" PRIx64, n, offset,
                         got, want);
        }
    assert_true(ae_hash(NULL, 0) == reference(text, 0));
}

/* Points on disk are found by these numbers: they may never change. */
static void hashes_of_stored_points_stay(void **state)
{
    (void)state;
    static const char text[] = "The quick brown fox jumps over the lazy dog";
    assert_true(ae_hash("", 0) == 0xcf40b73d4df6007bu);
    assert_true(ae_hash("a", 1) == 0xf73d2354f2f4fba5u);
    assert_true(ae_hash(text, sizeof text - 1) == 0x8d1ddba3f77c9da9u);
}

static int compare_u64(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static void expect_all_different(size_t n, uint64_t *hashes)
{
    qsort(hashes, n, sizeof *hashes, compare_u64);
    for (size_t i = 1; i < n; i++)
        if (hashes[i] == hashes[i - 1])
            fail_msg("two texts have the hash %016" PRIx64, hashes[i]);
}

static void texts_that_are_alike_hash_apart(void **state)
{
    (void)state;
    enum { N = 50000 };
    static uint64_t hashes[N];
    for (int i = 0; i < N; i++) {
        char text[64];
        int n = snprintf(text, sizeof text, "physics=1 engine=ode K=%d lr=0.%d", i % 10, i);
        hashes[i] = ae_hash(text, (size_t)n);
    }
    expect_all_different(N, hashes);
    static const char zeros[100] = {0};
    for (size_t n = 0; n < sizeof zeros; n++) /* only the length differs */
        hashes[n] = ae_hash(zeros, n);
    expect_all_different(sizeof zeros, hashes);
}

/* Each bit of the text turns each bit of the hash over half of the time. */
static void every_bit_matters(void **state)
{
    (void)state;
    enum { N_TEXTS = 400, N_BYTES = 20 };
    static int flips[8 * N_BYTES][64];
    memset(flips, 0, sizeof flips);
    for (int i = 0; i < N_TEXTS; i++) {
        char text[64];
        (void)snprintf(text, sizeof text, "lr=%d, some more text", i);
        uint64_t before = ae_hash(text, N_BYTES);
        for (size_t bit = 0; bit < 8 * N_BYTES; bit++) {
            text[bit / 8] = (char)(text[bit / 8] ^ (1 << bit % 8));
            uint64_t turned = before ^ ae_hash(text, N_BYTES);
            text[bit / 8] = (char)(text[bit / 8] ^ (1 << bit % 8));
            for (int k = 0; k < 64; k++)
                flips[bit][k] += (int)(turned >> k & 1);
        }
    }
    /* Six standard deviations of a fair coin: 1e4 coins stay inside but for once in 5e4 tests. */
    for (size_t bit = 0; bit < 8 * N_BYTES; bit++)
        for (int k = 0; k < 64; k++)
            if (fabs(flips[bit][k] - N_TEXTS / 2.0) > 6.0 * sqrt(N_TEXTS / 4.0))
                fail_msg("bit %zu of the text turned bit %d in %d of %d cases", bit, k,
                         flips[bit][k], N_TEXTS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_answers_hold),
        cmocka_unit_test(hash_is_the_documented_chain),
        cmocka_unit_test(hashes_of_stored_points_stay),
        cmocka_unit_test(texts_that_are_alike_hash_apart),
        cmocka_unit_test(every_bit_matters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
