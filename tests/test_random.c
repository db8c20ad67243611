/*
 * Random numbers: the published answers of Philox, Box-Muller in long double from the same words,
 * the same bits on every instruction set. Statistics: test_random_law.c.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <Random123/philox.h>

#include "aesweep/hash.h"

/* The source once more, to see its parts; under other names. */
#define ae_normals_groups_plain inner_normals_groups
#define ae_inputs_wide_plain    inner_inputs_wide
#define ae_inputs_narrow_plain  inner_inputs_narrow
#include "../src/base/random_lanes.h"
#undef ae_normals_groups_plain
#undef ae_inputs_wide_plain
#undef ae_inputs_narrow_plain
ae_normals_groups_fn ae_normals_groups_plain;
ae_inputs_narrow_fn ae_inputs_narrow_plain;
ae_inputs_wide_fn ae_inputs_wide_plain;

/* ---- the numbers themselves ---- */

struct known {
    uint32_t counter[4], key[2], want[4];
};

/* From the file of known answers that comes with Random123. */
static const struct known ten_rounds[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x6627e8d5u, 0xe169c58du, 0xbc57ac4cu, 0x9b00dbd8u}},
    {{UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX},
     {UINT32_MAX, UINT32_MAX},
     {0x408f276du, 0x41c83b0eu, 0xa20bc7c6u, 0x6d5451fdu}},
    {{0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u},
     {0xa4093822u, 0x299f31d0u},
     {0xd16cfe09u, 0x94fdccebu, 0x5001e420u, 0x24126ea1u}},
};
static const struct known seven_rounds[] = {
    {{0, 0, 0, 0}, {0, 0}, {0x5f6fb709u, 0x0d893f64u, 0x4f121f81u, 0x4f730a48u}},
    {{UINT32_MAX, UINT32_MAX, UINT32_MAX, UINT32_MAX},
     {UINT32_MAX, UINT32_MAX},
     {0x5207ddc2u, 0x45165e59u, 0x4d8ee751u, 0x8c52f662u}},
    {{0x243f6a88u, 0x85a308d3u, 0x13198a2eu, 0x03707344u},
     {0xa4093822u, 0x299f31d0u},
     {0x4dfccaba, 0x190a87f0u, 0xc47362bau, 0xb6b5242au}},
};

static void check_known(const struct known *known, uint32_t n_rounds)
{
    struct words lanes; /* the case in an odd lane, other numbers in all others */
    memset(&lanes, 0x5a, sizeof lanes);
    for (size_t k = 0; k < 4; k++)
        lanes.c[k][1] = known->counter[k];
    for (uint32_t round = 0; round < n_rounds; round++)
        philox_round(&lanes, known->key, round);
    for (size_t k = 0; k < 4; k++)
        assert_true((uint32_t)lanes.c[k][1] == known->want[k]);
}

static void philox_gives_its_published_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        check_known(&ten_rounds[i], 10);
        check_known(&seven_rounds[i], N_ROUNDS);
        philox4x32_ctr_t counter;
        philox4x32_key_t key = {{seven_rounds[i].key[0], seven_rounds[i].key[1]}};
        memcpy(counter.v, seven_rounds[i].counter, sizeof seven_rounds[i].counter);
        counter = philox4x32_R(7, counter, key);
        assert_memory_equal(counter.v, seven_rounds[i].want, sizeof seven_rounds[i].want);
    }
}

/* Both normals of radius sqrt(-2 log u), u near 0: u = a, near 1: u = 1 - a; and of the angle whose
 * upper two bits turn and whose others are x / (pi/2) + 1/2. */
static void box_muller_long(long double a, bool is_high, long double x, unsigned turns,
                            long double out[2])
{
    long double radius = sqrtl(-2.0L * (is_high ? log1pl(-a) : logl(a)));
    long double angle = x * acosl(-1.0L) / 2.0L;
    long double c = cosl(angle), s = sinl(angle);
    c = turns & 2u ? -c : c;
    out[0] = radius * (turns & 1u ? s : c);
    out[1] = radius * (turns & 1u ? c : s);
}

static void long_of_words(uint64_t radius, uint64_t angle, long double out[2])
{
    double u = (double)(radius | 1) * 0x1p-64;
    bool is_high = u > 0.5;
    long double x = (long double)((angle << 2) >> 12) * 0x1p-52L - 0.5L;
    box_muller_long(is_high ? 1.0L - (long double)u : (long double)u, is_high, x,
                    (unsigned)(angle >> 62), out);
}

static void long_of_high_words(uint32_t radius, uint32_t low, uint32_t angle, long double out[2])
{
    bool is_high = radius >> 31;
    float a = (float)(is_high ? 0u - radius : radius) * 0x1p-32f;
    long double exact = (long double)((uint64_t)radius << 31 | low >> 1 | 1) * 0x1p-63L;
    float x = ((float)(int32_t)((angle << 2 | 2) - 0x80000000u)) * 0x1p-32f;
    box_muller_long(radius < 0x100000u ? exact : (long double)a, is_high, (long double)x,
                    angle >> 30, out);
}

/* As the header promises. */
static void expect_double(double got, long double want)
{
    int exponent;
    (void)frexpl(want, &exponent);
    if (!(fabsl((long double)got - want) <= 4.0L * ldexpl(1.0L, exponent - 53)))
        fail_msg("got %.17g, want %.20Lg", got, want);
}

static void expect_single(double got, long double want)
{
    int exponent;
    (void)frexpl(want, &exponent);
    if (!(fabsl((long double)got - want) <= 4.0L * ldexpl(1.0L, exponent - 24)))
        fail_msg("got %.9g, want %.20Lg", got, want);
}

static const double *ones(void)
{
    static double one[8 * GROUP];
    for (size_t i = 0; i < 8 * GROUP; i++)
        one[i] = 1.0;
    return one;
}

/* Counter, key and places as the source documents them, drawn word by word. */
static void normals_are_box_muller_of_philox(void **state)
{
    (void)state;
    enum { N = 8 * GROUP };
    static const uint64_t streams[] = {0, 1, 12345, UINT32_MAX, (uint64_t)1 << 32, UINT64_MAX};
    static const enum ae_purpose purposes[] = {AE_FOR_ENCODER, AE_FOR_DECODER, AE_FOR_INPUT};
    static double got[N], input[N];
    size_t n_small = 0;
    for (uint64_t i = 0; i < 36; i++) {
        uint64_t stream = streams[i % 6];
        enum ae_purpose purpose = purposes[i / 6 % 3];
        struct ae_random random = ae_random_of(i << (i % 40), i + 1);
        philox4x32_key_t key = {{random.key[0], random.key[1]}};
        ae_normals(random, purpose, stream, N, got);
        ae_inputs(random, purpose, 1, &stream, N / GROUP, ones(), 8, input);
        for (uint32_t block = 0; block < N / 4; block++) {
            philox4x32_ctr_t counter = {
                {block, (uint32_t)stream, (uint32_t)(stream >> 32), (uint32_t)purpose}};
            philox4x32_ctr_t hi = philox4x32_R(7, counter, key);
            counter.v[3] += 256;
            philox4x32_ctr_t lo = philox4x32_R(7, counter, key);
            for (size_t pair = 0; pair < 2; pair++) {
                const uint32_t *h = hi.v + 2 * pair, *l = lo.v + 2 * pair;
                size_t at = block / 32 * GROUP + 64 * pair + block % 32;
                long double want[2];
                long_of_words((uint64_t)h[0] << 32 | l[0], (uint64_t)h[1] << 32 | l[1], want);
                expect_double(got[at], want[0]);
                expect_double(got[at + 32], want[1]);
                long_of_high_words(h[0], l[0], h[1], want);
                expect_single(input[at], want[0]);
                expect_single(input[at + 32], want[1]);
                assert_true(fabs(got[at] - input[at]) < 1e-6);
                assert_true(fabs(got[at + 32] - input[at + 32]) < 1e-6);
                n_small += h[0] < 0x100000u;
            }
        }
    }
    assert_true(n_small > 0); /* low halves were needed */
}

/* ---- words that no reasonable number of draws meets ---- */

enum { N_RARE = 64 };

/* Both ends of u, where its logarithm changes exponent or sign of it, halves and quarters; +-2. */
static void fill_rare(uint32_t rare[N_RARE])
{
    static const uint32_t near[] = {2u,          0x00100000u, 0x40000000u, 0x80000000u, 0xb504f333u,
                                    0x5a827999u, 0xfffffffdu, 0x20000000u, 0x60000000u, 0xa0000000u,
                                    0xe0000000u, 0x0000b505u, 0xc0000000u};
    for (size_t i = 0; i < N_RARE; i++)
        rare[i] = near[i / 5 % 13] + (uint32_t)(i % 5) - 2u;
}

static void check_rare(uint32_t radius, uint32_t low, uint32_t angle)
{
    ae_u64s hi[2][N_CHAINS], lo[N_CHAINS];
    ae_f64s r[N_CHAINS], first[N_CHAINS], second[N_CHAINS];
    for (size_t i = 0; i < N_CHAINS; i++) { /* with rubbish in the upper halves */
        hi[0][i] = ae_u64s_of((uint64_t)0xdeadbeefu << 32 | radius);
        hi[1][i] = ae_u64s_of((uint64_t)0x12345678u << 32 | angle);
        lo[i] = ae_u64s_of((uint64_t)0x87654321u << 32 | low);
    }
    minus_two_log(hi[0], lo, r);
    for (size_t i = 0; i < N_CHAINS; i++)
        r[i] = ae_sqrt_f64s(r[i]);
    turn(r, hi[1], lo, first, second);
    long double want[2];
    long_of_words((uint64_t)radius << 32 | low, (uint64_t)angle << 32 | low, want);
    expect_double(first[1][0], want[0]);
    expect_double(second[3][1], want[1]);
}

static void check_rare_single(uint32_t radius, uint32_t low, uint32_t angle)
{
    struct logs logs;
    struct turn turn;
    ae_u32s turns[2];
    ae_f32s d[2], first[2], second[2];
    for (size_t i = 0; i < 2; i++) {
        turns[i] = (ae_u32s){0} + angle;
        d[i] = ae_f32s_of((ae_i32s)((ae_u32s){0} + radius));
        if (radius < 0x100000u)
            d[i] = with_low(d[i], (ae_u32s){0} + low);
    }
    split(d, &logs);
    divide(&logs);
    join(&logs, d);
    for (size_t i = 0; i < 2; i++)
        d[i] = ae_sqrt_f32s(d[i]);
    aim(turns, &turn);
    wind(&turn);
    stretch(&turn, turns, d, first, second);
    long double want[2];
    long_of_high_words(radius, low, angle, want);
    expect_single((double)first[0][0], want[0]);
    expect_single((double)second[1][1], want[1]);
}

static void rare_words_are_exact_too(void **state)
{
    (void)state;
    uint32_t rare[N_RARE];
    fill_rare(rare);
    for (size_t i = 0; i < N_RARE; i++)
        for (size_t k = 0; k < N_RARE; k++) {
            check_rare(rare[i], rare[(i + k) % N_RARE], rare[k]);
            check_rare_single(rare[i], rare[(i + k) % N_RARE], rare[k]);
        }
    long double want[2]; /* the largest draw there is */
    long_of_words(0, 0, want);
    assert_true(fabsl(want[0]) > 6.5L && sqrtl(128.0L * logl(2.0L)) > 9.4L);
}

static void a_short_draw_begins_a_long_one(void **state)
{
    (void)state;
    enum { N = 300 };
    double whole[N], part[N + 1];
    struct ae_random random = ae_random_of(7, 3);
    ae_normals(random, AE_FOR_INPUT, 99, N, whole);
    for (size_t n = 0; n <= N; n++) {
        for (size_t i = 0; i <= N; i++)
            part[i] = -77.0;
        ae_normals(random, AE_FOR_INPUT, 99, n, part);
        assert_memory_equal(part, whole, n * sizeof *part);
        for (size_t i = n; i <= N; i++) /* not a number further */
            assert_true(part[i] == -77.0);
    }
}

/* Results in results folders rest on these, to the last bit. */
static void draws_of_stored_results_stay(void **state)
{
    (void)state;
    static const double want[] = {-0x1.1a851272b2304p+0, 0x1.3829dad30486p+0, 0x1.4c2abadabd18p-1,
                                  -0x1.caac21a0ac24ep-1};
    static double got[20000];
    ae_normals(ae_random_of(1, 1), AE_FOR_INPUT, 7, 20000, got);
    for (size_t i = 0; i < 4; i++)
        assert_memory_equal(&got[13 * i], &want[i], sizeof want[i]);
    assert_true(ae_hash(got, sizeof got) == 0xa0f455c504ecd27au);
}

/* ---- instruction sets; inputs ---- */

static size_t list_sets(ae_normals_groups_fn *normals[3], ae_inputs_wide_fn *wide[3],
                        ae_inputs_narrow_fn *narrow[3])
{
    size_t n = 0;
    normals[n] = ae_normals_groups_plain;
    wide[n] = ae_inputs_wide_plain;
    narrow[n++] = ae_inputs_narrow_plain;
#if defined(__x86_64__) && defined(__GNUC__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
        normals[n] = ae_normals_groups_avx2;
        wide[n] = ae_inputs_wide_avx2;
        narrow[n++] = ae_inputs_narrow_avx2;
    }
    if (__builtin_cpu_supports("avx512f")) {
        normals[n] = ae_normals_groups_avx512;
        wide[n] = ae_inputs_wide_avx512;
        narrow[n++] = ae_inputs_narrow_avx512;
    }
#endif
    return n;
}

static void every_instruction_set_gives_the_same_bits(void **state)
{
    (void)state;
    enum { N_GROUPS = 5, N = N_GROUPS * GROUP };
    static double want[N], got[N], scale[N], want_wide[N];
    static float scale_narrow[N], want_narrow[N], got_narrow[N];
    ae_normals_groups_fn *normals[3];
    ae_inputs_wide_fn *wide[3];
    ae_inputs_narrow_fn *narrow[3];
    size_t n_sets = list_sets(normals, wide, narrow);
    for (size_t i = 0; i < N; i++)
        scale[i] = (double)(scale_narrow[i] = 1.0f / (float)(i + 1));
    for (uint64_t stream = 0; stream < 400; stream++) {
        struct ae_draw draw = {.key = {5, (uint32_t)stream}, .purpose = 3, .stream = stream << 25};
        struct ae_random random = {.key = {5, (uint32_t)stream}};
        ae_normals(random, AE_FOR_INPUT, draw.stream, N, want);
        ae_inputs(random, AE_FOR_INPUT, 1, &draw.stream, N_GROUPS, scale, 8, want_wide);
        ae_inputs_single(random, AE_FOR_INPUT, 1, &draw.stream, N_GROUPS, scale_narrow, 16,
                         want_narrow);
        for (size_t i = 0; i < n_sets; i++) {
            normals[i](&draw, 0, N_GROUPS, got);
            assert_memory_equal(got, want, sizeof got);
            wide[i](draw, 1, &draw.stream, N_GROUPS, scale, 8, got);
            assert_memory_equal(got, want_wide, sizeof got);
            narrow[i](draw, 1, &draw.stream, N_GROUPS, scale_narrow, 16, got_narrow);
            assert_memory_equal(got_narrow, want_narrow, sizeof got_narrow);
        }
    }
}

/* Wide and narrow inputs are the same numbers; several go side by side, and nothing else is written. */
static void inputs_go_where_they_should(void **state)
{
    (void)state;
    enum { N = 3 * GROUP, APART = 80, N_STREAMS = 3 };
    static const uint64_t streams[N_STREAMS] = {5, 77, 6};
    static double wide[N_STREAMS][N], apart[N / 8 * APART];
    static float apart_narrow[N / 16 * APART], one[N];
    for (size_t i = 0; i < N; i++)
        one[i] = 1.0f;
    for (size_t i = 0; i < N / 8 * APART; i++)
        apart[i] = -77.0;
    for (size_t i = 0; i < N / 16 * APART; i++)
        apart_narrow[i] = -77.0f;
    struct ae_random random = ae_random_of(3, 4);
    for (size_t s = 0; s < N_STREAMS; s++)
        ae_inputs(random, AE_FOR_INPUT, 1, &streams[s], 3, ones(), 8, wide[s]);
    ae_inputs(random, AE_FOR_INPUT, N_STREAMS, streams, 3, ones(), APART, apart);
    ae_inputs_single(random, AE_FOR_INPUT, N_STREAMS, streams, 3, one, APART, apart_narrow);
    for (size_t i = 0; i < N / 8 * APART; i++) {
        size_t s = i % APART / 8, at = i / APART * 8 + i % 8;
        assert_true(apart[i] == (s < N_STREAMS ? wide[s][at] : -77.0));
    }
    for (size_t i = 0; i < N / 16 * APART; i++) {
        size_t s = i % APART / 16, at = i / APART * 16 + i % 16;
        assert_true((double)apart_narrow[i] == (s < N_STREAMS ? wide[s][at] : -77.0));
    }
}

/* More than are drawn side by side; none at all. */
static void streams_may_be_many_or_none(void **state)
{
    (void)state;
    enum { N_STREAMS = 2 * MOST_STREAMS + 3, APART = 8 * N_STREAMS };
    static uint64_t streams[N_STREAMS];
    static double want[GROUP], apart[GROUP / 8 * APART];
    static float narrow[GROUP / 16 * 2 * APART], one[GROUP];
    struct ae_random random = ae_random_of(5, 6);
    for (size_t i = 0; i < GROUP; i++)
        one[i] = 1.0f;
    for (size_t s = 0; s < N_STREAMS; s++)
        streams[s] = (uint64_t)s << 31;
    ae_inputs(random, AE_FOR_INPUT, 0, streams, 1, ones(), APART, apart);
    ae_inputs(random, AE_FOR_INPUT, N_STREAMS, streams, 0, ones(), APART, apart);
    ae_inputs_single(random, AE_FOR_INPUT, N_STREAMS, streams, 0, one, 2 * APART, narrow);
    for (size_t i = 0; i < GROUP / 8 * APART; i++)
        assert_true(apart[i] == 0.0 && narrow[i] == 0.0f);
    ae_inputs(random, AE_FOR_INPUT, N_STREAMS, streams, 1, ones(), APART, apart);
    ae_inputs_single(random, AE_FOR_INPUT, N_STREAMS, streams, 1, one, 2 * APART, narrow);
    for (size_t s = 0; s < N_STREAMS; s++) {
        ae_inputs(random, AE_FOR_INPUT, 1, &streams[s], 1, ones(), 8, want);
        for (size_t i = 0; i < GROUP; i++) {
            assert_true(apart[i / 8 * APART + 8 * s + i % 8] == want[i]);
            assert_true((double)narrow[i / 16 * 2 * APART + 16 * s + i % 16] == want[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(philox_gives_its_published_answers),
        cmocka_unit_test(normals_are_box_muller_of_philox),
        cmocka_unit_test(rare_words_are_exact_too),
        cmocka_unit_test(a_short_draw_begins_a_long_one),
        cmocka_unit_test(draws_of_stored_results_stay),
        cmocka_unit_test(every_instruction_set_gives_the_same_bits),
        cmocka_unit_test(inputs_go_where_they_should),
        cmocka_unit_test(streams_may_be_many_or_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
