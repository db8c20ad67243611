#ifndef AESWEEP_LANES_H
#define AESWEEP_LANES_H

/*
 * How hot loops are written so that every CPU gives the same bits: sums run in AE_LANES
 * accumulators spelled out in the source, products that are to be fused say fma(), and a function
 * marked AE_CLONES is compiled once for each instruction set and chosen at run time. AE_NO_AVX512
 * leaves the widest out, for the test that compares.
 */

enum { AE_LANES = 16 };

/* FMA on 256 bits. Not arch=haswell, which GCC's dispatch takes for the name of a CPU that others,
 * of AMD say, are not. */
#if defined(__GNUC__) && __GNUC__ >= 12
#define AE_CLONE_256 "arch=x86-64-v3"
#else
#define AE_CLONE_256 "fma"
#endif

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(AE_NO_AVX512)
#define AE_CLONES __attribute__((target_clones(AE_CLONE_256, "default")))
#elif defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define AE_CLONES __attribute__((target_clones("avx512f", AE_CLONE_256, "default")))
#else
#define AE_CLONES
#endif

/* Into the clones, so that a helper is compiled for their instruction set too. */
#if defined(__GNUC__)
#define AE_INLINE static inline __attribute__((always_inline))
#else
#define AE_INLINE static inline
#endif

/* A loop of a fixed number of turns, written out. */
#if defined(__clang__)
#define AE_UNROLL(n) _Pragma("clang loop unroll(full)")
#elif defined(__GNUC__)
#define AE_PRAGMA(text) _Pragma(#text)
#define AE_UNROLL(n)    AE_PRAGMA(GCC unroll n)
#else
#define AE_UNROLL(n)
#endif

/* The version of a function for this CPU, where there is one for each instruction set (simd.h). */
#if defined(__x86_64__) && defined(__GNUC__) && defined(AE_NO_AVX512)
#define AE_CHOOSE(name)                                                                            \
    (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? name##_avx2 : name##_plain)
#elif defined(__x86_64__) && defined(__GNUC__)
#define AE_CHOOSE(name)                                                                            \
    (__builtin_cpu_supports("avx512f")                                 ? name##_avx512             \
     : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? name##_avx2               \
                                                                       : name##_plain)
#else
#define AE_CHOOSE(name) name##_plain
#endif

#endif
