/*
 * Passes over lines of 64 bytes for one instruction set (simd.h), in both precisions. Every sum of
 * products has as many lanes as a line has numbers, summed at the end as a tree; what a tile of rows
 * and columns keeps in registers differs between instruction sets, the order of additions does not.
 */
#include "layers_internal.h"

#include <stdbool.h>
#include <string.h>

#include "aesweep/simd.h"

enum {
    PARTS = AE_LINE_BYTES / (8 * AE_WIDTH), /* registers that hold a line */
    SIDE = AE_WIDTH >= 8 ? 4 : 2,           /* of a tile of products */
    RUN = AE_MIX_LINES,                     /* lines, and ... */
    TALL = AE_WIDTH >= 8 ? 8 : 4            /* ... rows of a tile of mix */
};

#define REAL                 double
#define VECTOR               ae_f64s
#define FMA                  ae_fma_f64s
#define WIDEN(part, wide, n) (wide)[(n)++] = (part)
#define NAME(x)              AE_PASTE(x, _double)
#include "layers_tiles.h"
#undef REAL
#undef VECTOR
#undef FMA
#undef WIDEN
#undef NAME

#define REAL                 float
#define VECTOR               ae_f32s
#define FMA                  ae_fma_f32s
#define WIDEN(part, wide, n) (wide)[(n)++] = ae_widen_low(part), (wide)[(n)++] = ae_widen_high(part)
#define NAME(x)              AE_PASTE(x, _single)
#include "layers_tiles.h"
#undef REAL
#undef VECTOR
#undef FMA
#undef WIDEN
#undef NAME
