/*
 * Normals in lanes: Philox-4x32-7 and Box-Muller, for one instruction set (simd.h). Included by
 * random.c, random_avx2.c, random_avx512.c and the test that looks inside; inputs, in single
 * precision, are in random_inputs.h.
 *
 * Counter words: (block, stream low, stream high, purpose + 256 part), part 0 or 1. A word of part 0
 * is the high half, the same word of part 1 the low half of a number h in [0, 2^64). The four h of
 * a block make two pairs of normals, (h0, h1) and (h2, h3): radius and angle.
 *
 * Positions come in groups of 128 = 32 blocks: the four normals of block 32 g + j are those at
 * 128 g + j, + 32, + 64 and + 96.
 *
 * Chains of dependent operations are long, so every line handles EACH of N_CHAINS vectors.
 */
#include "random_internal.h"

#include "aesweep/simd.h"

enum { N_CHAINS = 4, HALF = N_CHAINS / 2, GROUP = AE_NORMALS_GROUP, SLOT = GROUP / 4 };
#define EACH AE_UNROLL(4) for (size_t i = 0; i < N_CHAINS; i++)

/* ---- Philox ---- */

enum { N_ROUNDS = 7 };
static const uint32_t philox_by[2] = {0xd2511f53u, 0xcd9e8d57u};

/* Words of AE_WIDTH blocks: the low halves of 64-bit lanes, the high halves hold rubbish. */
struct words {
    ae_u64s c[4];
};

AE_INLINE uint32_t key_of(const uint32_t key[2], size_t word, uint32_t round)
{
    return key[word] + round * (word == 0 ? 0x9e3779b9u : 0xbb67ae85u);
}

AE_INLINE void philox_round(struct words *w, const uint32_t key[2], uint32_t round)
{
    ae_u64s p0 = ae_mul_low(w->c[0], ae_u64s_of(philox_by[0]));
    ae_u64s p1 = ae_mul_low(w->c[2], ae_u64s_of(philox_by[1]));
    w->c[0] = (p1 >> 32) ^ w->c[1] ^ ae_u64s_of(key_of(key, 0, round));
    w->c[2] = (p0 >> 32) ^ w->c[3] ^ ae_u64s_of(key_of(key, 1, round));
    w->c[1] = p1;
    w->c[3] = p0;
}

/* ---- double precision ---- */

/* -2 log(u), u = h 2^-64 with the last bit of h set: u = 2^k m, m in [sqrt(1/2), sqrt(2)), log m =
 * 2 atanh s, s = (m-1)/(m+1); the polynomial is a minimax fit to 2^-59. */
AE_INLINE void minus_two_log(const ae_u64s *hi, const ae_u64s *lo, ae_f64s *out)
{
    static const double fit[] = {0x1.2f058bf284c6fp-3, 0x1.39a1bc2d74526p-3, 0x1.74663ea1000b6p-3,
                                 0x1.c71c520bcc61ep-3, 0x1.24924941ecf5ep-2, 0x1.999999997fe14p-2,
                                 0x1.5555555555592p-1};
    ae_u64s bits[N_CHAINS];
    ae_f64s k[N_CHAINS], m[N_CHAINS], s[N_CHAINS], z[N_CHAINS], sum[N_CHAINS];
    EACH m[i] = (ae_f64s)((hi[i] & 0xffffffffu) | 0x4530000000000000u); /* 2^84 + 2^32 hi */
    EACH k[i] = (ae_f64s)((lo[i] & 0xffffffffu) | 0x4330000000000001u); /* 2^52 + lo */
    EACH bits[i] = (ae_u64s)((m[i] - (0x1p84 + 0x1p52)) + k[i]);
    EACH bits[i] += 0x3ff0000000000000u - 0x3fe6a09e667f3bcdu;
    EACH k[i] = (ae_f64s)((bits[i] >> 52) | 0x4330000000000000u) - (0x1p52 + 1023.0 + 64.0);
    EACH m[i] = (ae_f64s)((bits[i] & 0xfffffffffffffu) + 0x3fe6a09e667f3bcdu);
    EACH s[i] = (m[i] - 1.0) / (m[i] + 1.0);
    EACH z[i] = s[i] * s[i];
    EACH sum[i] = ae_f64s_of(fit[0]);
    for (size_t j = 1; j < 7; j++)
        EACH sum[i] = ae_fma_f64s(sum[i], z[i], ae_f64s_of(fit[j]));
    EACH s[i] = s[i] * -2.0; /* -2 log m = 2 s + s z sum */
    EACH sum[i] = ae_fma_f64s(s[i] * z[i], sum[i], s[i] + s[i]);
    EACH sum[i] = ae_fma_f64s(k[i], ae_f64s_of(-0x1.abc9e3b39803fp-55), sum[i]); /* -2 ln 2 */
    EACH out[i] = ae_fma_f64s(k[i], ae_f64s_of(-0x1.62e42fefa39efp0), sum[i]);
}

/* Two normals from a radius and an angle: the two high bits of h turn it, the others are
 * x / (pi/2) + 1/2. Minimax fits to 2^-58. */
AE_INLINE void turn(const ae_f64s *radius, const ae_u64s *hi, const ae_u64s *lo, ae_f64s *first,
                    ae_f64s *second)
{
    static const double sin_fit[] = {0x1.5d93458abae80p-33, -0x1.ae5e6738ec27bp-26,
                                     0x1.71de357915973p-19, -0x1.a01a019c134cbp-13,
                                     0x1.111111110f889p-7,  -0x1.5555555555549p-3};
    static const double cos_fit[] = {-0x1.8fa49932f1043p-37, 0x1.1ee9d7b5c2daep-29,
                                     -0x1.27e4f7eacb03cp-22, 0x1.a01a019c8461dp-16,
                                     -0x1.6c16c16c14f93p-10, 0x1.555555555554bp-5};
    const ae_u64s upper = ae_u64s_of(0x000fffffffc00000u), lower = ae_u64s_of(0x3fffffu);
    ae_f64s x[N_CHAINS], z[N_CHAINS], s[N_CHAINS], c[N_CHAINS];
    ae_u64s bits[N_CHAINS];
    EACH bits[i] = ((hi[i] << 22) & upper) | 0x3ff0000000000000u;
    EACH bits[i] |= (lo[i] >> 10) & lower;
    EACH x[i] = ((ae_f64s)bits[i] - 1.5) * 1.57079632679489661923;
    EACH z[i] = x[i] * x[i];
    EACH s[i] = ae_f64s_of(sin_fit[0]);
    EACH c[i] = ae_f64s_of(cos_fit[0]);
    for (size_t j = 1; j < 6; j++) {
        EACH s[i] = ae_fma_f64s(s[i], z[i], ae_f64s_of(sin_fit[j]));
        EACH c[i] = ae_fma_f64s(c[i], z[i], ae_f64s_of(cos_fit[j]));
    }
    EACH s[i] = ae_fma_f64s(x[i] * z[i], s[i], x[i]);
    EACH x[i] = ae_fma_f64s(z[i], ae_f64s_of(-0.5), ae_f64s_of(1.0));
    EACH c[i] = ae_fma_f64s(z[i] * z[i], c[i], x[i]);
    EACH c[i] = (ae_f64s)((ae_u64s)c[i] ^ ((hi[i] << 32) & 0x8000000000000000u));
    EACH bits[i] = ((ae_u64s)s[i] ^ (ae_u64s)c[i]) & -((hi[i] >> 30) & 1); /* swap them or not */
    EACH first[i] = radius[i] * (ae_f64s)((ae_u64s)c[i] ^ bits[i]);
    EACH second[i] = radius[i] * (ae_f64s)((ae_u64s)s[i] ^ bits[i]);
}

/* Blocks first + AE_WIDTH block and the following ones. */
AE_INLINE struct words words_of(const struct ae_draw *draw, uint64_t first, size_t block,
                                uint32_t part)
{
    static const uint64_t lane[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    ae_u64s lanes;
    memcpy(&lanes, lane, sizeof lanes);
    return (struct words){{lanes + (first + AE_WIDTH * block),
                           ae_u64s_of(draw->stream & 0xffffffffu), ae_u64s_of(draw->stream >> 32),
                           ae_u64s_of(draw->purpose + 256 * part)}};
}

/* Positions GROUP group ... GROUP (group + 1) - 1. */
AE_INLINE void group_of(const struct ae_draw *draw, uint64_t group, double *out)
{
    for (size_t lane = 0; lane < SLOT; lane += HALF * AE_WIDTH) {
        struct words w[N_CHAINS]; /* HALF vectors of blocks, part 0, then part 1 */
        EACH w[i] = words_of(draw, SLOT * group + lane, i % HALF, (uint32_t)(i / HALF));
        for (uint32_t round = 0; round < N_ROUNDS; round++)
            EACH philox_round(&w[i], draw->key, round);
        /* chains from here on: two of the first pair, two of the second */
        ae_u64s hi[2][N_CHAINS], lo[2][N_CHAINS];
        for (size_t word = 0; word < 2; word++) {
            EACH hi[word][i] = w[i % HALF].c[i / HALF * 2 + word];
            EACH lo[word][i] = w[HALF + i % HALF].c[i / HALF * 2 + word];
        }
        ae_f64s radius[N_CHAINS], first[N_CHAINS], second[N_CHAINS];
        minus_two_log(hi[0], lo[0], radius);
        EACH radius[i] = ae_sqrt_f64s(radius[i]);
        turn(radius, hi[1], lo[1], first, second);
        EACH
        {
            double *at = out + 2 * SLOT * (i / HALF) + lane + AE_WIDTH * (i % HALF);
            memcpy(at, &first[i], sizeof first[i]);
            memcpy(at + SLOT, &second[i], sizeof second[i]);
        }
    }
}

void AE_ISA(ae_normals_groups)(const struct ae_draw *draw, uint64_t first, size_t n_groups,
                               double *out)
{
    for (size_t g = 0; g < n_groups; g++)
        group_of(draw, first + g, out + g * GROUP);
}

#undef EACH

#include "random_inputs.h"
