/*
 * Philox-4x32-10 in lanes, and Box-Muller on top of it.
 *
 * Counter words: (block, stream low, stream high, purpose); block j gives positions 2j and 2j + 1.
 * Its first two words make the radius, its last two the angle, each from 52 bits.
 */
#include "aesweep/random.h"

#include <math.h>
#include <string.h>

#include <Random123/philox.h>

#include "aesweep/lanes.h"

struct ae_random ae_random_of(uint64_t seed, uint64_t replicate)
{
    philox4x32_ctr_t counter = {
        {(uint32_t)seed, (uint32_t)(seed >> 32), (uint32_t)replicate, (uint32_t)(replicate >> 32)}};
    philox4x32_key_t key = {{0x6b657973u, 0}}; /* any fixed key */
    philox4x32_ctr_t mixed = philox4x32(counter, key);
    return (struct ae_random){.key = {mixed.v[0], mixed.v[1]}};
}

AE_INLINE double as_double(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

AE_INLINE uint64_t as_bits(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return bits;
}

/* The words live in the low halves of 64-bit lanes: the widening product is one instruction there.
 * */
struct words {
    uint64_t c[4][AE_LANES];
};

AE_INLINE void philox_round(struct words *w, uint64_t k0, uint64_t k1)
{
    const uint64_t low = 0xffffffffu;
    for (size_t j = 0; j < AE_LANES; j++) {
        uint64_t p0 = (w->c[0][j] & low) * PHILOX_M4x32_0;
        uint64_t p1 = (w->c[2][j] & low) * PHILOX_M4x32_1;
        w->c[0][j] = (p1 >> 32) ^ w->c[1][j] ^ k0;
        w->c[1][j] = p1 & low;
        w->c[2][j] = (p0 >> 32) ^ w->c[3][j] ^ k1;
        w->c[3][j] = p0 & low;
    }
}

AE_INLINE void philox(struct words *w, struct ae_random random)
{
    uint32_t k0 = random.key[0], k1 = random.key[1];
    for (int round = 0; round < 10; round++) {
        philox_round(w, k0, k1);
        k0 += PHILOX_W32_0;
        k1 += PHILOX_W32_1;
    }
}

/* 1 - u, u uniform on the multiples of 2^-52 in [0, 1). */
AE_INLINE double uniform(uint64_t hi, uint64_t lo)
{
    uint64_t bits = (hi << 20) | (lo >> 12);
    return 2.0 - as_double(bits | 0x3ff0000000000000u);
}

/* log(u) for u in (0, 1]: u = 2^e m, m in [sqrt(1/2), sqrt(2)), log m = 2 atanh((m-1)/(m+1)) by its
 * series, whose first term left out is below 1e-17 of the sum. */
AE_INLINE double log_of(double u)
{
    uint64_t bits = as_bits(u) + (0x3ff0000000000000u - 0x3fe6a09e667f3bcdu);
    double e = as_double((bits >> 52) | 0x4330000000000000u) - (0x1p52 + 1023.0);
    double m = as_double((bits & 0xfffffffffffffu) + 0x3fe6a09e667f3bcdu);
    double s = (m - 1.0) / (m + 1.0), z = s * s;
    double sum = 1.0 / 21.0;
    sum = fma(sum, z, 1.0 / 19.0);
    sum = fma(sum, z, 1.0 / 17.0);
    sum = fma(sum, z, 1.0 / 15.0);
    sum = fma(sum, z, 1.0 / 13.0);
    sum = fma(sum, z, 1.0 / 11.0);
    sum = fma(sum, z, 1.0 / 9.0);
    sum = fma(sum, z, 1.0 / 7.0);
    sum = fma(sum, z, 1.0 / 5.0);
    sum = fma(sum, z, 1.0 / 3.0);
    double log_m = fma(2.0 * s * z, sum, 2.0 * s);
    return fma(e, 0x1.62e42fefa39efp-1,
               fma(e, 0x1.abc9e3b39803fp-56, log_m)); /* ln 2 in two parts */
}

AE_INLINE double sin_series(double x, double z) /* x^17/17! < 5e-17 for |x| <= pi/4 */
{
    double sum = -1.0 / 1307674368000.0;
    sum = fma(sum, z, 1.0 / 6227020800.0);
    sum = fma(sum, z, -1.0 / 39916800.0);
    sum = fma(sum, z, 1.0 / 362880.0);
    sum = fma(sum, z, -1.0 / 5040.0);
    sum = fma(sum, z, 1.0 / 120.0);
    sum = fma(sum, z, -1.0 / 6.0);
    return fma(x * z, sum, x);
}

AE_INLINE double cos_series(double z)
{
    double sum = 1.0 / 20922789888000.0;
    sum = fma(sum, z, -1.0 / 87178291200.0);
    sum = fma(sum, z, 1.0 / 479001600.0);
    sum = fma(sum, z, -1.0 / 3628800.0);
    sum = fma(sum, z, 1.0 / 40320.0);
    sum = fma(sum, z, -1.0 / 720.0);
    sum = fma(sum, z, 1.0 / 24.0);
    return fma(z * z, sum, fma(-0.5, z, 1.0));
}

/* The two normals of one block: radius from u, angle 2 pi t. */
AE_INLINE void box_muller(double u, double t, double *first, double *second)
{
    const double magic = 0x1.8p52; /* adding it rounds to an integer, kept in the low bits */
    double radius = sqrt(-2.0 * log_of(u));
    double shifted = fma(t, 4.0, magic);
    uint64_t quadrant = as_bits(shifted);
    double x = fma(shifted - magic, -0.25, t) * 6.283185307179586476925;
    double z = x * x, s = sin_series(x, z), c = cos_series(z);
    uint64_t swap = -(quadrant & 1u); /* all ones in odd quadrants */
    uint64_t cos_bits = (as_bits(c) & ~swap) | (as_bits(s) & swap);
    uint64_t sin_bits = (as_bits(s) & ~swap) | (as_bits(c) & swap);
    cos_bits ^= ((quadrant + 1) & 2u) << 62;
    sin_bits ^= (quadrant & 2u) << 62;
    *first = radius * as_double(cos_bits);
    *second = radius * as_double(sin_bits);
}

/* Positions 2 block ... 2 block + 2 AE_LANES - 1. */
AE_INLINE void normals_of_blocks(struct ae_random random, uint32_t purpose, uint64_t stream,
                                 uint64_t block, double *restrict out)
{
    struct words w;
    for (size_t j = 0; j < AE_LANES; j++) {
        w.c[0][j] = block + j;
        w.c[1][j] = stream & 0xffffffffu;
        w.c[2][j] = stream >> 32;
        w.c[3][j] = purpose;
    }
    philox(&w, random);
    double first[AE_LANES], second[AE_LANES];
    for (size_t j = 0; j < AE_LANES; j++)
        box_muller(uniform(w.c[0][j], w.c[1][j]), uniform(w.c[2][j], w.c[3][j]), &first[j],
                   &second[j]);
    for (size_t j = 0; j < AE_LANES; j++) {
        out[2 * j] = first[j];
        out[2 * j + 1] = second[j];
    }
}

AE_CLONES void ae_normals(struct ae_random random, enum ae_purpose purpose, uint64_t stream,
                          size_t n, double *out)
{
    const size_t n_whole = n / (2 * AE_LANES) * (2 * AE_LANES);
    for (size_t i = 0; i < n_whole; i += 2 * AE_LANES)
        normals_of_blocks(random, (uint32_t)purpose, stream, i / 2, out + i);
    if (n_whole < n) {
        double last[2 * AE_LANES];
        normals_of_blocks(random, (uint32_t)purpose, stream, n_whole / 2, last);
        memcpy(out + n_whole, last, (n - n_whole) * sizeof *out);
    }
}
