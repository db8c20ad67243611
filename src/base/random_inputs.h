/*
 * Inputs: normals in single precision, scaled. Included by random_lanes.h, which says what they are
 * drawn from.
 *
 * They read the high halves of h only, but for a radius whose high half is below 2^20, once in 4096
 * pairs: so they are the same numbers, to their precision, out to the same tails.
 *
 * Every normal is one long chain of dependent operations. To have some in every cycle that can start,
 * the loop is a pipeline: a turn draws the words of one place (two vectors of blocks of one stream),
 * takes logarithms of those drawn a turn before, and turns those drawn two turns before into
 * normals. The three stages are written interleaved, because compilers keep to the order.
 */
#include <stdbool.h>

#define BOTH AE_UNROLL(2) for (size_t i = 0; i < 2; i++)

/* Blocks of a turn: even ones in the first vector, odd ones in the second. */
enum { SPAN = 2 * AE_WIDTH };

/* Streams that are drawn side by side. */
enum { MOST_STREAMS = 64 };

/* ---- words ---- */

/* Philox after two rounds is made of these: words c0, c1 and c2 of a span, the same for all streams,
 * and c0, c2 and c3 of a stream, the same for all blocks; c0 and c2 are to be combined by xor. */
struct begun {
    ae_u64s c0[2], c1[2], c2[2];
};
struct by_stream {
    uint64_t c0, c2, c3;
};

AE_INLINE struct begun begun_of(const struct ae_draw *draw, uint64_t first, uint32_t part)
{
    static const uint64_t lane[8] = {0, 2, 4, 6, 8, 10, 12, 14};
    const uint32_t by = (draw->purpose + 256 * part) ^ key_of(draw->key, 1, 0);
    struct begun begun;
    ae_u64s lanes;
    memcpy(&lanes, lane, sizeof lanes);
    BOTH
    {
        begun.c2[i] = ae_mul_low(lanes + (first + i), ae_u64s_of(philox_by[0]));
        begun.c1[i] = ae_mul_low((begun.c2[i] >> 32) ^ by, ae_u64s_of(philox_by[1]));
        begun.c0[i] = begun.c1[i] >> 32;
    }
    return begun;
}

static struct by_stream by_stream_of(const struct ae_draw *draw, uint64_t stream)
{
    const uint64_t p1 = (stream >> 32) * philox_by[1];
    const uint32_t c0 = (uint32_t)(p1 >> 32) ^ (uint32_t)stream ^ key_of(draw->key, 0, 0);
    const uint64_t p0 = (uint64_t)c0 * philox_by[0];
    return (struct by_stream){.c0 = (uint32_t)p1 ^ key_of(draw->key, 0, 1),
                              .c2 = p0 >> 32 ^ key_of(draw->key, 1, 1),
                              .c3 = p0};
}

AE_INLINE void start(const struct begun *begun, const struct by_stream *stream, struct words w[2])
{
    BOTH w[i] = (struct words){{begun->c0[i] ^ ae_u64s_of(stream->c0), begun->c1[i],
                                begun->c2[i] ^ ae_u64s_of(stream->c2), ae_u64s_of(stream->c3)}};
}

/* High halves for the first and for the second pair of all blocks, in order. */
struct bits {
    ae_u32s radius[2], angle[2];
};

/* The last round, in lanes of 32 bits. */
AE_INLINE void finish(const struct words w[2], const uint32_t key[2], struct bits *out)
{
    ae_u64s p[2][2];
    BOTH p[1][i] = ae_mul_low(w[i].c[0], ae_u64s_of(philox_by[0]));
    BOTH p[0][i] = ae_mul_low(w[i].c[2], ae_u64s_of(philox_by[1]));
    BOTH
    {
        out->radius[i] = ae_zip_high(p[i][0], p[i][1]) ^
                         ae_zip_low(w[0].c[2 * i + 1], w[1].c[2 * i + 1]) ^
                         key_of(key, i, N_ROUNDS - 1);
        out->angle[i] = ae_zip_low(p[i][0], p[i][1]);
    }
}

/*
 * Radii are smaller and sines and cosines larger by a factor H, 0x1.06a834p+0: with it the leading
 * coefficients of both and of the logarithm, H, H pi/2, 4 / H^2 and 2 log(2) / H^2, are floats to
 * 2^-30, and the third is below 4, where floats are dense. That takes half an ulp from the error.
 */

/* ---- radius; u = h 2^-64 is d 2^-32 if d > 0, and 1 + d 2^-32 if d < 0: all digits at both ends ---- */

AE_INLINE ae_f32s with_low(ae_f32s d, ae_u32s low)
{
    return d + ae_f32s_of((ae_i32s)(low >> 1 | 1)) * 0x1p-31f;
}

/* d where so small that the high half has too few digits. */
static __attribute__((noinline)) void refine(const struct ae_draw *draw, uint64_t stream,
                                             uint64_t block, const ae_u32s high[2], ae_f32s d[2])
{
    const struct begun begun = begun_of(draw, block, 1);
    const struct by_stream by_stream = by_stream_of(draw, stream);
    struct words w[2];
    struct bits low;
    start(&begun, &by_stream, w);
    for (uint32_t round = 2; round < N_ROUNDS - 1; round++)
        BOTH philox_round(&w[i], draw->key, round);
    finish(w, draw->key, &low);
    BOTH
    {
        ae_u32s is_small = (ae_u32s)(high[i] < 0x100000u);
        ae_u32s exact = (ae_u32s)with_low(d[i], low.radius[i]);
        d[i] = (ae_f32s)(((ae_u32s)d[i] & ~is_small) | (exact & is_small));
    }
}

AE_INLINE void distances(const struct ae_draw *draw, uint64_t stream, uint64_t block,
                         const ae_u32s high[2], ae_f32s d[2])
{
    BOTH d[i] = ae_f32s_of((ae_i32s)high[i]);
    if (__builtin_expect(ae_any_below(ae_min_u32s(high[0], high[1]), 0x100000u), 0)) {
        ae_u32s copy[2] = {high[0], high[1]}; /* so that those of the loop stay in registers */
        ae_f32s refined[2] = {d[0], d[1]};
        refine(draw, stream, block, copy, refined);
        BOTH d[i] = refined[i];
    }
}

/* -2 log u, u = 2^k (1 + f) with f in [-1/2, 0), k = 0 if d < 0; log(1 + f) = 2 atanh s. */
struct logs {
    ae_u32s k[2]; /* 2^23 (k + 32) */
    ae_f32s f[2], s[2];
};

AE_INLINE void split(const ae_f32s d[2], struct logs *at)
{
    const ae_u32s half = (ae_u32s){0} + 0x4f000000u; /* the bits of 2^31; all d < 0 have more */
    BOTH at->k[i] = (ae_min_u32s((ae_u32s)d[i], half) - 0x3f000000u) & 0xff800000u;
    BOTH at->f[i] = (ae_f32s)((ae_u32s)d[i] - at->k[i]); /* 1 + f or, if d < 0, f */
    BOTH at->f[i] -= ae_ceil_f32s(at->f[i]);
}

AE_INLINE void divide(struct logs *at)
{
    BOTH at->s[i] = at->f[i] / (at->f[i] + 2.0f);
}

/* (radius / H)^2. Minimax fit of -4 atanh(s) / (s H^2), to 2^-27.7; nothing cancels,
 * as k <= 0. */
AE_INLINE void join(const struct logs *at, ae_f32s out[2])
{
    ae_f32s z[2], sum[2], k[2];
    BOTH z[i] = at->s[i] * at->s[i];
    BOTH k[i] = ae_f32s_of((ae_i32s)at->k[i]);
    BOTH sum[i] = ae_fma_f32s(ae_f32s_all(-0x1.10905ep-1f), z[i], ae_f32s_all(-0x1.105f20p-1f));
    BOTH sum[i] = ae_fma_f32s(sum[i], z[i], ae_f32s_all(-0x1.854f9ep-1f));
    BOTH k[i] = ae_fma_f32s(k[i], ae_f32s_all(-0x1.51214p-23f), ae_f32s_all(0x1.51214p+5f));
    BOTH sum[i] = ae_fma_f32s(sum[i], z[i], ae_f32s_all(-0x1.443fcap+0f));
    BOTH sum[i] = ae_fma_f32s(sum[i], z[i], ae_f32s_all(-0x1.e66028p+1f));
    BOTH out[i] = ae_fma_f32s(sum[i], at->s[i], k[i]);
}

/* ---- angle: the two high bits turn, the others are x / (pi/2) + 1/2 ---- */

struct turn {
    ae_f32s x[2], z[2], s[2], c[2]; /* in units of pi/2 */
};

/* x / (pi/2) is centred in its 30 bits, so never 0, and a smaller exponent divides it by 2^32. */
AE_INLINE void aim(const ae_u32s angle[2], struct turn *at)
{
    BOTH at->x[i] = ae_f32s_of((ae_i32s)(angle[i] << 2 ^ 0x80000002u));
    BOTH at->x[i] = (ae_f32s)((ae_u32s)at->x[i] - (32u << 23));
    BOTH at->z[i] = at->x[i] * at->x[i];
}

/* H times sine and cosine: minimax fits to 2^-28 and 2^-31, given their first coefficients. */
AE_INLINE void wind(struct turn *at)
{
    const ae_f32s *z = at->z;
    ae_f32s *s = at->s, *c = at->c;
    BOTH s[i] = ae_fma_f32s(ae_f32s_all(-0x1.35a92ep-8f), z[i], ae_f32s_all(0x1.4edce4p-4f));
    BOTH c[i] = ae_fma_f32s(ae_f32s_all(0x1.e19428p-11f), z[i], ae_f32s_all(-0x1.5e977ep-6f));
    BOTH s[i] = ae_fma_f32s(s[i], z[i], ae_f32s_all(-0x1.535574p-1f));
    BOTH c[i] = ae_fma_f32s(c[i], z[i], ae_f32s_all(0x1.0a82ecp-2f));
    BOTH s[i] = ae_fma_f32s(s[i], z[i], ae_f32s_all(0x1.9c94aap+0f));
    BOTH c[i] = ae_fma_f32s(c[i], z[i], ae_f32s_all(-0x1.440a46p+0f));
    BOTH s[i] *= at->x[i];
    BOTH c[i] = ae_fma_f32s(c[i], z[i], ae_f32s_all(0x1.06a834p+0f));
}

AE_INLINE void stretch(struct turn *at, const ae_u32s angle[2], const ae_f32s radius[2],
                       ae_f32s first[2], ae_f32s second[2])
{
    BOTH at->c[i] = (ae_f32s)((ae_u32s)at->c[i] ^ (angle[i] & 0x80000000u));
    BOTH ae_swap_f32s(angle[i], &at->c[i], &at->s[i]);
    BOTH first[i] = radius[i] * at->c[i];
    BOTH second[i] = radius[i] * at->s[i];
}

/* ---- the pipeline ---- */

/* A span of blocks, from `block` on, of one stream. */
struct place {
    uint64_t block;
    size_t stream;
};

/* What one turn leaves to the next: words, and angles and squares of radii of those before. */
struct pipe {
    struct bits bits;
    ae_u32s angle[2];
    ae_f32s square[2];
};

/* A turn: words `w`, started, go to pipe->bits; distances d of the words before to pipe->square; what
 * stood there and pipe->angle to normals. The fastest of eighty orders that were tried. */
AE_INLINE void advance(struct pipe *pipe, struct words w[2], const uint32_t key[2],
                       const ae_f32s d[2], ae_f32s first[2], ae_f32s second[2])
{
    struct logs logs;
    struct turn turn;
    ae_f32s radius[2];
    BOTH radius[i] = ae_sqrt_f32s(pipe->square[i]);
    aim(pipe->angle, &turn);
    BOTH philox_round(&w[i], key, 2);
    BOTH philox_round(&w[i], key, 3);
    wind(&turn);
    stretch(&turn, pipe->angle, radius, first, second);
    split(d, &logs);
    BOTH philox_round(&w[i], key, 4);
    divide(&logs);
    BOTH philox_round(&w[i], key, 5);
    BOTH pipe->angle[i] = pipe->bits.angle[i];
    finish(w, key, &pipe->bits);
    join(&logs, pipe->square);
}

/* Where inputs go: lines of single precision or, if wide, double. */
struct target {
    const void *scale;
    void *out;
    size_t stride;
    bool is_wide;
};

/* Lanes at `position` and the following ones. */
AE_INLINE void put(const struct target *to, size_t stream, size_t position, ae_f32s x)
{
    if (to->is_wide) {
        double *out = (double *)to->out + stream * 8;
        const double *scale = (const double *)to->scale + position;
        const size_t next = position + AE_WIDTH;
        ae_f64s low, high;
        memcpy(&low, scale, sizeof low);
        memcpy(&high, scale + AE_WIDTH, sizeof high);
        low *= ae_widen_low(x);
        high *= ae_widen_high(x);
        memcpy(out + position / 8 * to->stride + position % 8, &low, sizeof low);
        memcpy(out + next / 8 * to->stride + next % 8, &high, sizeof high);
    } else {
        float *out = (float *)to->out + stream * 16;
        ae_f32s by;
        memcpy(&by, (const float *)to->scale + position, sizeof by);
        by *= x;
        memcpy(out + position / 16 * to->stride + position % 16, &by, sizeof by);
    }
}

/* In the first two turns the pipeline is not full: what they put is overwritten in the third. */
AE_INLINE void inputs(const struct ae_draw *draw, size_t n_streams, const uint64_t *stream,
                      size_t n_groups, const struct target *to)
{
    struct by_stream by_stream[MOST_STREAMS];
    for (size_t s = 0; s < n_streams; s++)
        by_stream[s] = by_stream_of(draw, stream[s]);
    struct place at[3] = {{0, 0}}; /* drawn now, a turn ago, two turns ago */
    struct begun begun = begun_of(draw, 0, 0);
    struct pipe pipe = {.square = {{0}}};
    BOTH pipe.bits.radius[i] = ~(ae_u32s){0};
    const size_t n_turns = n_streams * n_groups * (SLOT / SPAN);
    for (size_t turn = 0; turn < n_turns + 2; turn++) {
        struct words w[2];
        ae_f32s d[2], first[2], second[2];
        start(&begun, &by_stream[at[0].stream], w);
        distances(draw, stream[at[1].stream], at[1].block, pipe.bits.radius, d);
        advance(&pipe, w, draw->key, d, first, second);
        size_t position = (size_t)at[2].block / SLOT * GROUP + (size_t)at[2].block % SLOT;
        BOTH
        {
            put(to, at[2].stream, position + i * 2 * SLOT, first[i]);
            put(to, at[2].stream, position + i * 2 * SLOT + SLOT, second[i]);
        }
        at[2] = at[1];
        at[1] = at[0];
        if (++at[0].stream == n_streams) {
            at[0] = (struct place){.block = at[0].block + SPAN, .stream = 0};
            begun = begun_of(draw, at[0].block, 0);
        }
    }
}

/* All streams of a span, then the next span, so that what is written stays close. */
void AE_ISA(ae_inputs_narrow)(struct ae_draw draw, size_t n_streams, const uint64_t *stream,
                              size_t n_groups, const float *scale, size_t stride, float *out)
{
    for (size_t s = 0; s < n_streams && n_groups > 0; s += MOST_STREAMS) {
        const size_t n = n_streams - s < MOST_STREAMS ? n_streams - s : MOST_STREAMS;
        const struct target to = {.scale = scale, .out = out + s * 16, .stride = stride};
        inputs(&draw, n, stream + s, n_groups, &to);
    }
}

void AE_ISA(ae_inputs_wide)(struct ae_draw draw, size_t n_streams, const uint64_t *stream,
                            size_t n_groups, const double *scale, size_t stride, double *out)
{
    for (size_t s = 0; s < n_streams && n_groups > 0; s += MOST_STREAMS) {
        const size_t n = n_streams - s < MOST_STREAMS ? n_streams - s : MOST_STREAMS;
        const struct target to = {
            .scale = scale, .out = out + s * 8, .stride = stride, .is_wide = true};
        inputs(&draw, n, stream + s, n_groups, &to);
    }
}

#undef BOTH
