/*
 * Normals in lanes: Philox-4x32-7 and Box-Muller, for one instruction set (simd.h). Included by
 * random.c, random_avx2.c, random_avx512.c and the test that looks inside.
 *
 * Counter words: (block, stream low, stream high, purpose + 256 part), part 0 or 1. A word of part 0
 * is the high half, the same word of part 1 the low half of a number h in [0, 2^64). The four h of
 * a block make two pairs of normals, (h0, h1) and (h2, h3): radius and angle.
 *
 * Positions come in groups of 128 = 32 blocks: the four normals of block 32 g + j are those at
 * 128 g + j, + 32, + 64 and + 96.
 *
 * Single precision reads the high halves only, but for the radius where that is below 2^20, once in
 * 4096 pairs: so it draws the same numbers, to its precision, out to the same tails.
 *
 * Chains of dependent operations are long, so every line handles EACH of N_CHAINS vectors.
 */
#include "random_internal.h"

#include "aesweep/simd.h"

enum { N_CHAINS = 4, HALF = N_CHAINS / 2, GROUP = AE_NORMALS_GROUP, SLOT = GROUP / 4 };
#define EACH AE_UNROLL(4) for (size_t i = 0; i < N_CHAINS; i++)

/* ---- Philox; words live in the low halves of 64-bit lanes, the high halves hold rubbish ---- */

struct words {
    ae_u64s c[4][N_CHAINS];
};

AE_INLINE void philox(struct words *w, const uint32_t key[2], int n_rounds)
{
    const ae_u64s m0 = ae_u64s_of(0xd2511f53u), m1 = ae_u64s_of(0xcd9e8d57u);
    uint32_t k0 = key[0], k1 = key[1];
    for (int round = 0; round < n_rounds; round++) {
        ae_u64s p0[N_CHAINS], p1[N_CHAINS];
        EACH p0[i] = ae_mul_low(w->c[0][i], m0);
        EACH p1[i] = ae_mul_low(w->c[2][i], m1);
        EACH w->c[0][i] = (p1[i] >> 32) ^ w->c[1][i] ^ ae_u64s_of(k0);
        EACH w->c[2][i] = (p0[i] >> 32) ^ w->c[3][i] ^ ae_u64s_of(k1);
        EACH w->c[1][i] = p1[i];
        EACH w->c[3][i] = p0[i];
        k0 += 0x9e3779b9u;
        k1 += 0xbb67ae85u;
    }
}

enum { N_ROUNDS = 7 };

/* Chain i: blocks first + AE_WIDTH block[i] and the following ones, part[i]. */
AE_INLINE struct words words_of(const struct ae_draw *draw, uint64_t first,
                                const size_t block[N_CHAINS], const uint32_t part[N_CHAINS])
{
    static const uint64_t lane[8] = {0, 1, 2, 3, 4, 5, 6, 7};
    struct words w;
    ae_u64s lanes;
    memcpy(&lanes, lane, sizeof lanes);
    EACH w.c[0][i] = lanes + (first + AE_WIDTH * block[i]);
    EACH w.c[1][i] = ae_u64s_of(draw->stream & 0xffffffffu);
    EACH w.c[2][i] = ae_u64s_of(draw->stream >> 32);
    EACH w.c[3][i] = ae_u64s_of(draw->purpose + 256 * part[i]);
    philox(&w, draw->key, N_ROUNDS);
    return w;
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

/* Positions GROUP group ... GROUP (group + 1) - 1. */
AE_INLINE void group_of(const struct ae_draw *draw, uint64_t group, double *out)
{
    static const size_t block[N_CHAINS] = {0, 1, 0, 1};
    static const uint32_t part[N_CHAINS] = {0, 0, 1, 1};
    for (size_t lane = 0; lane < SLOT; lane += HALF * AE_WIDTH) {
        struct words w = words_of(draw, SLOT * group + lane, block, part);
        /* chains from here on: two of the first pair, two of the second */
        ae_u64s hi[2][N_CHAINS], lo[2][N_CHAINS];
        for (size_t word = 0; word < 2; word++) {
            EACH hi[word][i] = w.c[i / HALF * 2 + word][i % HALF];
            EACH lo[word][i] = w.c[i / HALF * 2 + word][HALF + i % HALF];
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

/* ---- single precision ---- */

/* The end of (0, 1) that u = h 2^-64 is nearer to, and how far it is: a from 0, or 1 - a; is_high
 * says which. `fine` are low halves for where the high ones are small. */
AE_INLINE ae_f32s near_end(ae_u32s hi, ae_u32s is_high)
{
    return (ae_f32s_of((ae_i32s)(hi ^ is_high)) + 0.5f) * 0x1p-32f;
}
AE_INLINE ae_f32s near_zero(ae_u32s hi, ae_u32s lo)
{
    return ae_fma_f32s(ae_f32s_of((ae_i32s)(lo >> 1 | 1)), ae_f32s_all(0x1p-63f),
                       ae_f32s_of((ae_i32s)hi) * 0x1p-32f);
}

/* -2 log(u), both ends of (0, 1) with all their digits; u = 2^k (1 + f), 1 + f in [sqrt(1/2),
 * sqrt(2)), log(1 + f) = 2 atanh s. Fit to 2^-30. */
AE_INLINE void minus_two_log_single(const ae_f32s *a, const ae_u32s *is_high, ae_f32s *out)
{
    const ae_f32s one = ae_f32s_all(1.0f);
    ae_f32s d[N_CHAINS], f[N_CHAINS], s[N_CHAINS], z[N_CHAINS], sum[N_CHAINS];
    ae_u32s k[N_CHAINS];
    EACH d[i] = (ae_f32s)((ae_u32s)a[i] ^ (is_high[i] & 0x80000000u));
    EACH f[i] = (ae_f32s)((ae_u32s)one & is_high[i]) + d[i]; /* u */
    EACH k[i] = ((ae_u32s)f[i] - 0x3f3504f3u) & 0xff800000u;
    EACH f[i] = (ae_f32s)(0x3f800000u - k[i]);                                        /* 2^-k */
    EACH f[i] = ae_fma_f32s(d[i], f[i], (ae_f32s)((ae_u32s)f[i] & is_high[i]) - one); /* exact */
    EACH s[i] = f[i] / (f[i] + 2.0f);
    EACH z[i] = s[i] * s[i];
    EACH sum[i] = ae_f32s_all(0x1.31e3425d9aefcp-2f);
    EACH sum[i] = ae_fma_f32s(sum[i], z[i], ae_f32s_all(0x1.995eb75317f8fp-2f));
    EACH sum[i] = ae_fma_f32s(sum[i], z[i], ae_f32s_all(0x1.55557a282df60p-1f));
    EACH s[i] = s[i] * -2.0f;
    EACH sum[i] = ae_fma_f32s(s[i] * z[i], sum[i], s[i] + s[i]);
    EACH d[i] = ae_f32s_of((ae_i32s)k[i]); /* 2^23 k */
    EACH out[i] = ae_fma_f32s(d[i], ae_f32s_all(-0x1.62e42fefa39efp-23f), sum[i]);
}

AE_INLINE void turn_single(const ae_f32s *radius, const ae_u32s *angle, ae_f32s *first,
                           ae_f32s *second)
{
    ae_f32s x[N_CHAINS], z[N_CHAINS], s[N_CHAINS], c[N_CHAINS];
    ae_u32s swap[N_CHAINS];
    EACH x[i] = ae_f32s_of((ae_i32s)(angle[i] << 2 ^ 0x80000000u)) * 0x1.921fb54442d18p-32f;
    EACH z[i] = x[i] * x[i];
    EACH s[i] = ae_f32s_all(-0x1.994eac97fdc79p-13f);
    EACH c[i] = ae_f32s_all(0x1.99ec20d2aa47bp-16f);
    EACH s[i] = ae_fma_f32s(s[i], z[i], ae_f32s_all(0x1.1107606694ee4p-7f));
    EACH c[i] = ae_fma_f32s(c[i], z[i], ae_f32s_all(-0x1.6c0c365442884p-10f));
    EACH s[i] = ae_fma_f32s(s[i], z[i], ae_f32s_all(-0x1.5555459aa52b9p-3f));
    EACH c[i] = ae_fma_f32s(c[i], z[i], ae_f32s_all(0x1.55554a180dec7p-5f));
    EACH s[i] = ae_fma_f32s(x[i] * z[i], s[i], x[i]);
    EACH x[i] = ae_fma_f32s(z[i], ae_f32s_all(-0.5f), ae_f32s_all(1.0f));
    EACH c[i] = ae_fma_f32s(z[i] * z[i], c[i], x[i]);
    EACH c[i] = (ae_f32s)((ae_u32s)c[i] ^ (angle[i] & 0x80000000u));
    EACH swap[i] = ((ae_u32s)s[i] ^ (ae_u32s)c[i]) & (ae_u32s)((ae_i32s)(angle[i] << 1) >> 31);
    EACH first[i] = radius[i] * (ae_f32s)((ae_u32s)c[i] ^ swap[i]);
    EACH second[i] = radius[i] * (ae_f32s)((ae_u32s)s[i] ^ swap[i]);
}

/* Eight or sixteen inputs of a line: scale z, narrow or wide. */
AE_INLINE void put(ae_f32s z, const float *scale, float *out)
{
    ae_f32s by;
    memcpy(&by, scale, sizeof by);
    z *= by;
    memcpy(out, &z, sizeof z);
}

AE_INLINE void put_wide(ae_f32s z, const double *scale, double *low, double *high)
{
    ae_f64s by;
    memcpy(&by, scale, sizeof by);
    by *= ae_widen_low(z);
    memcpy(low, &by, sizeof by);
    memcpy(&by, scale + AE_WIDTH, sizeof by);
    by *= ae_widen_high(z);
    memcpy(high, &by, sizeof by);
}

static const size_t single_block[N_CHAINS] = {0, 1, 2, 3};

/* Word `word` of both pairs, packed: two chains of the first pair, two of the second. */
AE_INLINE void pack(const struct words *w, size_t word, ae_u32s out[N_CHAINS])
{
    EACH out[i] = ae_pack_low(w->c[i / HALF * 2 + word][i % HALF * 2],
                              w->c[i / HALF * 2 + word][i % HALF * 2 + 1]);
}

/* a of the radius where it is so small that the high half has too few digits. */
static __attribute__((noinline)) void refine(const struct ae_draw *draw, uint64_t first,
                                             const ae_u32s hi[N_CHAINS], ae_f32s a[N_CHAINS])
{
    static const uint32_t part[N_CHAINS] = {1, 1, 1, 1};
    struct words w = words_of(draw, first, single_block, part);
    ae_u32s lo[N_CHAINS];
    pack(&w, 0, lo);
    EACH
    {
        ae_u32s is_small = (ae_u32s)(hi[i] < 0x100000u), exact = (ae_u32s)near_zero(hi[i], lo[i]);
        a[i] = (ae_f32s)(((ae_u32s)a[i] & ~is_small) | (exact & is_small));
    }
}

/* Normals of blocks 32 group + lane and the following ones: first [i] and second [i] of chain i. */
AE_INLINE void chains_single(const struct ae_draw *draw, uint64_t block, ae_f32s *first,
                             ae_f32s *second)
{
    static const uint32_t part[N_CHAINS] = {0, 0, 0, 0};
    struct words w = words_of(draw, block, single_block, part);
    ae_u32s hi[N_CHAINS], angle[N_CHAINS], is_high[N_CHAINS], is_small[N_CHAINS];
    ae_f32s a[N_CHAINS];
    pack(&w, 0, hi);
    pack(&w, 1, angle);
    EACH is_high[i] = (ae_u32s)((ae_i32s)hi[i] >> 31);
    EACH is_small[i] = (ae_u32s)(hi[i] < 0x100000u);
    EACH a[i] = near_end(hi[i], is_high[i]);
    if (__builtin_expect(ae_any(is_small[0] | is_small[1] | is_small[2] | is_small[3]), 0))
        refine(draw, block, hi, a);
    minus_two_log_single(a, is_high, a);
    EACH a[i] = ae_sqrt_f32s(a[i]);
    turn_single(a, angle, first, second);
}

/* Position, within its group, of the first lane of first[i]. */
AE_INLINE size_t position_of(size_t i, size_t lane)
{
    return 2 * SLOT * (i / HALF) + lane + 2 * AE_WIDTH * (i % HALF);
}

AE_INLINE void group_narrow(const struct ae_draw *draw, uint64_t group, const float *scale,
                            size_t stride, float *out)
{
    for (size_t lane = 0; lane < SLOT; lane += N_CHAINS * AE_WIDTH) {
        ae_f32s first[N_CHAINS], second[N_CHAINS];
        chains_single(draw, SLOT * group + lane, first, second);
        EACH
        {
            size_t at = position_of(i, lane), next = at + SLOT;
            put(first[i], scale + at, out + at / 16 * stride + at % 16);
            put(second[i], scale + next, out + next / 16 * stride + next % 16);
        }
    }
}

AE_INLINE void group_wide(const struct ae_draw *draw, uint64_t group, const double *scale,
                          size_t stride, double *out)
{
    for (size_t lane = 0; lane < SLOT; lane += N_CHAINS * AE_WIDTH) {
        ae_f32s first[N_CHAINS], second[N_CHAINS];
        chains_single(draw, SLOT * group + lane, first, second);
        EACH
        {
            size_t at = position_of(i, lane), high = at + AE_WIDTH;
            put_wide(first[i], scale + at, out + at / 8 * stride + at % 8,
                     out + high / 8 * stride + high % 8);
            at += SLOT, high += SLOT;
            put_wide(second[i], scale + at, out + at / 8 * stride + at % 8,
                     out + high / 8 * stride + high % 8);
        }
    }
}

/* Group by group, so that what is written stays close. */
void AE_ISA(ae_inputs_narrow)(struct ae_draw draw, size_t n_streams, const uint64_t *stream,
                              size_t n_groups, const float *scale, size_t stride, float *out)
{
    for (size_t g = 0; g < n_groups; g++, scale += GROUP, out += GROUP / 16 * stride)
        for (size_t s = 0; s < n_streams; s++) {
            draw.stream = stream[s];
            group_narrow(&draw, g, scale, stride, out + s * 16);
        }
}

void AE_ISA(ae_inputs_wide)(struct ae_draw draw, size_t n_streams, const uint64_t *stream,
                            size_t n_groups, const double *scale, size_t stride, double *out)
{
    for (size_t g = 0; g < n_groups; g++, scale += GROUP, out += GROUP / 8 * stride)
        for (size_t s = 0; s < n_streams; s++) {
            draw.stream = stream[s];
            group_wide(&draw, g, scale, stride, out + s * 8);
        }
}

#undef EACH
