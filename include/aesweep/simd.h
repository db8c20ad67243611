#ifndef AESWEEP_SIMD_H
#define AESWEEP_SIMD_H

/*
 * Vectors of the widest registers of an instruction set, by the vector extension of GCC and Clang.
 * A source file that includes this is compiled once for each set (NAME_avx2.c and NAME_avx512.c,
 * with flags from the Makefile, beside NAME.c) and must give the same bits in all of them: what is
 * done to one lane may not depend on how many there are, products that are to be fused say fma, and
 * sums over lanes run over 64 bytes in fixed order, however many registers these take.
 *
 * AE_ISA(name) is `name` with the instruction set behind it, for functions that others call.
 */

#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "aesweep/lanes.h"

#define AE_PASTE_AS_IS(a, b) a##b
#define AE_PASTE(a, b)       AE_PASTE_AS_IS(a, b)

#if defined(__AVX512F__)
#include <immintrin.h>
#define AE_ISA(name) AE_PASTE(name, _avx512)
enum { AE_WIDTH = 8 };
#elif defined(__AVX2__) && defined(__FMA__)
#include <immintrin.h>
#define AE_ISA(name) AE_PASTE(name, _avx2)
enum { AE_WIDTH = 4 };
#else
#define AE_ISA(name) AE_PASTE(name, _plain)
enum { AE_WIDTH = 2 };
#endif

/* AE_WIDTH lanes of 64 bits, and twice as many of 32. */
typedef uint64_t ae_u64s __attribute__((vector_size(8 * AE_WIDTH)));
typedef double ae_f64s __attribute__((vector_size(8 * AE_WIDTH)));
typedef uint32_t ae_u32s __attribute__((vector_size(8 * AE_WIDTH)));
typedef int32_t ae_i32s __attribute__((vector_size(8 * AE_WIDTH)));
typedef float ae_f32s __attribute__((vector_size(8 * AE_WIDTH)));

/* The product of the low halves of two lanes. */
AE_INLINE ae_u64s ae_mul_low(ae_u64s a, ae_u64s b)
{
#if defined(__AVX512F__)
    return (ae_u64s)_mm512_mul_epu32((__m512i)a, (__m512i)b);
#elif defined(__AVX2__) && defined(__FMA__)
    return (ae_u64s)_mm256_mul_epu32((__m256i)a, (__m256i)b);
#else
    return (a & 0xffffffffu) * (b & 0xffffffffu);
#endif
}

AE_INLINE ae_f64s ae_fma_f64s(ae_f64s a, ae_f64s b, ae_f64s c)
{
#if defined(__AVX512F__)
    return (ae_f64s)_mm512_fmadd_pd((__m512d)a, (__m512d)b, (__m512d)c);
#elif defined(__AVX2__) && defined(__FMA__)
    return (ae_f64s)_mm256_fmadd_pd((__m256d)a, (__m256d)b, (__m256d)c);
#else
    for (size_t i = 0; i < AE_WIDTH; i++)
        c[i] = fma(a[i], b[i], c[i]);
    return c;
#endif
}

AE_INLINE ae_f32s ae_fma_f32s(ae_f32s a, ae_f32s b, ae_f32s c)
{
#if defined(__AVX512F__)
    return (ae_f32s)_mm512_fmadd_ps((__m512)a, (__m512)b, (__m512)c);
#elif defined(__AVX2__) && defined(__FMA__)
    return (ae_f32s)_mm256_fmadd_ps((__m256)a, (__m256)b, (__m256)c);
#else
    for (size_t i = 0; i < 2 * AE_WIDTH; i++)
        c[i] = fmaf(a[i], b[i], c[i]);
    return c;
#endif
}

AE_INLINE ae_f64s ae_sqrt_f64s(ae_f64s a)
{
#if defined(__AVX512F__)
    return (ae_f64s)_mm512_sqrt_pd((__m512d)a);
#elif defined(__AVX2__) && defined(__FMA__)
    return (ae_f64s)_mm256_sqrt_pd((__m256d)a);
#else
    for (size_t i = 0; i < AE_WIDTH; i++)
        a[i] = sqrt(a[i]);
    return a;
#endif
}

AE_INLINE ae_f32s ae_sqrt_f32s(ae_f32s a)
{
#if defined(__AVX512F__)
    return (ae_f32s)_mm512_sqrt_ps((__m512)a);
#elif defined(__AVX2__) && defined(__FMA__)
    return (ae_f32s)_mm256_sqrt_ps((__m256)a);
#else
    for (size_t i = 0; i < 2 * AE_WIDTH; i++)
        a[i] = sqrtf(a[i]);
    return a;
#endif
}

/* Signed integers to the nearest float. */
AE_INLINE ae_f32s ae_f32s_of(ae_i32s a)
{
    return __builtin_convertvector(a, ae_f32s);
}

/* The first and the second half of the lanes, in double precision. */
AE_INLINE ae_f64s ae_widen_low(ae_f32s a)
{
#if defined(__AVX512F__)
    return (ae_f64s)_mm512_cvtps_pd(_mm512_castps512_ps256((__m512)a));
#elif defined(__AVX2__) && defined(__FMA__)
    return (ae_f64s)_mm256_cvtps_pd(_mm256_castps256_ps128((__m256)a));
#else
    return (ae_f64s){(double)a[0], (double)a[1]};
#endif
}

AE_INLINE ae_f64s ae_widen_high(ae_f32s a)
{
#if defined(__AVX512F__)
    __m256d high = _mm512_extractf64x4_pd((__m512d)a, 1);
    return (ae_f64s)_mm512_cvtps_pd((__m256)high);
#elif defined(__AVX2__) && defined(__FMA__)
    return (ae_f64s)_mm256_cvtps_pd(_mm256_extractf128_ps((__m256)a, 1));
#else
    return (ae_f64s){(double)a[2], (double)a[3]};
#endif
}

/* All lanes: lane i + lane i + half, again and again. */
AE_INLINE double ae_sum_f64s(ae_f64s a)
{
#if defined(__AVX512F__)
    __m256d quad =
        _mm256_add_pd(_mm512_castpd512_pd256((__m512d)a), _mm512_extractf64x4_pd((__m512d)a, 1));
    __m128d both = _mm_add_pd(_mm256_castpd256_pd128(quad), _mm256_extractf128_pd(quad, 1));
    return both[0] + both[1];
#elif defined(__AVX2__) && defined(__FMA__)
    __m128d both =
        _mm_add_pd(_mm256_castpd256_pd128((__m256d)a), _mm256_extractf128_pd((__m256d)a, 1));
    return both[0] + both[1];
#else
    return a[0] + a[1];
#endif
}

/* All lanes of n registers, a power of two and a constant: register i + register i + half, again and
 * again, then lanes likewise. */
AE_INLINE double ae_sum_registers(size_t n, ae_f64s *x)
{
    AE_UNROLL(3)
    for (size_t half = n / 2; half > 0; half /= 2) {
        AE_UNROLL(4)
        for (size_t i = 0; i < half; i++)
            x[i] += x[i + half];
    }
    return ae_sum_f64s(x[0]);
}

/* The halves of 64-bit lanes as lanes of 32 bits: low (high) halves of a in the even ones, of b in the
 * odd ones. */
AE_INLINE ae_u32s ae_zip_low(ae_u64s a, ae_u64s b)
{
#if defined(__AVX512F__)
    return (ae_u32s)_mm512_mask_shuffle_epi32((__m512i)a, 0xaaaa, (__m512i)b, 0xa0);
#elif defined(__AVX2__) && defined(__FMA__)
    return (ae_u32s)_mm256_blend_epi32((__m256i)a, _mm256_shuffle_epi32((__m256i)b, 0xa0), 0xaa);
#else
    return (ae_u32s)((a & 0xffffffffu) | b << 32);
#endif
}

AE_INLINE ae_u32s ae_zip_high(ae_u64s a, ae_u64s b)
{
#if defined(__AVX512F__)
    return (ae_u32s)_mm512_mask_shuffle_epi32((__m512i)b, 0x5555, (__m512i)a, 0xf5);
#elif defined(__AVX2__) && defined(__FMA__)
    return (ae_u32s)_mm256_blend_epi32((__m256i)b, _mm256_shuffle_epi32((__m256i)a, 0xf5), 0x55);
#else
    return (ae_u32s)(a >> 32 | (b & 0xffffffff00000000u));
#endif
}

AE_INLINE ae_u32s ae_min_u32s(ae_u32s a, ae_u32s b)
{
#if defined(__AVX512F__)
    return (ae_u32s)_mm512_min_epu32((__m512i)a, (__m512i)b);
#elif defined(__AVX2__) && defined(__FMA__)
    return (ae_u32s)_mm256_min_epu32((__m256i)a, (__m256i)b);
#else
    ae_u32s is_less = (ae_u32s)(a < b);
    return (a & is_less) | (b & ~is_less);
#endif
}

/* To the next integer above. */
AE_INLINE ae_f32s ae_ceil_f32s(ae_f32s a)
{
#if defined(__AVX512F__)
    return (ae_f32s)_mm512_roundscale_ps((__m512)a, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC);
#elif defined(__AVX2__) && defined(__FMA__)
    return (ae_f32s)_mm256_round_ps((__m256)a, _MM_FROUND_TO_POS_INF | _MM_FROUND_NO_EXC);
#else
    for (size_t i = 0; i < 2 * AE_WIDTH; i++)
        a[i] = ceilf(a[i]);
    return a;
#endif
}

/* Exchanges the lanes of a and b where bit 30 of `bits` is set. */
AE_INLINE void ae_swap_f32s(ae_u32s bits, ae_f32s *a, ae_f32s *b)
{
    ae_f32s c = *a, d = *b;
#if defined(__AVX512F__)
    __mmask16 is_set = _mm512_test_epi32_mask((__m512i)bits, _mm512_set1_epi32(1 << 30));
    *a = (ae_f32s)_mm512_mask_blend_ps(is_set, (__m512)c, (__m512)d);
    *b = (ae_f32s)_mm512_mask_blend_ps(is_set, (__m512)d, (__m512)c);
#elif defined(__AVX2__) && defined(__FMA__)
    *a = (ae_f32s)_mm256_blendv_ps((__m256)c, (__m256)d, (__m256)(bits << 1));
    *b = (ae_f32s)_mm256_blendv_ps((__m256)d, (__m256)c, (__m256)(bits << 1));
#else
    ae_u32s differ = ((ae_u32s)c ^ (ae_u32s)d) & (ae_u32s)((ae_i32s)(bits << 1) >> 31);
    *a = (ae_f32s)((ae_u32s)c ^ differ);
    *b = (ae_f32s)((ae_u32s)d ^ differ);
#endif
}

/* Is any lane below the bound? */
AE_INLINE int ae_any_below(ae_u32s a, uint32_t bound)
{
#if defined(__AVX512F__)
    return _mm512_cmplt_epu32_mask((__m512i)a, _mm512_set1_epi32((int)bound)) != 0;
#elif defined(__AVX2__) && defined(__FMA__)
    return _mm256_movemask_epi8((__m256i)(a < bound)) != 0;
#else
    ae_u64s wide = (ae_u64s)(a < bound);
    return (wide[0] | wide[1]) != 0;
#endif
}

AE_INLINE ae_u64s ae_u64s_of(uint64_t x)
{
    return x - (ae_u64s){0};
}

AE_INLINE ae_f64s ae_f64s_of(double x)
{
    return x - (ae_f64s){0};
}

AE_INLINE ae_f32s ae_f32s_all(float x)
{
    return x - (ae_f32s){0};
}

#endif
