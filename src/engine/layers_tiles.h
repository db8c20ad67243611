/* Passes over lines of REAL; included by layers_lanes.h once for each precision. */

enum { NAME(LANES) = AE_LINE_BYTES / sizeof(REAL) };

struct NAME(line) {
    VECTOR part[PARTS];
};

/* Register by register: what is copied as a whole stays in memory. */
AE_INLINE struct NAME(line) NAME(load)(const REAL *from)
{
    struct NAME(line) line;
    AE_UNROLL(4)
    for (size_t i = 0; i < PARTS; i++)
        memcpy(&line.part[i], from + i * (NAME(LANES) / PARTS), sizeof line.part[i]);
    return line;
}

AE_INLINE void NAME(store)(REAL *to, struct NAME(line) line)
{
    AE_UNROLL(4)
    for (size_t i = 0; i < PARTS; i++)
        memcpy(to + i * (NAME(LANES) / PARTS), &line.part[i], sizeof line.part[i]);
}

AE_INLINE struct NAME(line) NAME(fill)(REAL x)
{
    struct NAME(line) line;
    AE_UNROLL(4)
    for (size_t i = 0; i < PARTS; i++)
        line.part[i] = x - (VECTOR){0};
    return line;
}

/* a b + c */
AE_INLINE struct NAME(line) NAME(fma)(struct NAME(line) a, struct NAME(line) b, struct NAME(line) c)
{
    AE_UNROLL(4)
    for (size_t i = 0; i < PARTS; i++)
        c.part[i] = FMA(a.part[i], b.part[i], c.part[i]);
    return c;
}

static const REAL *NAME(at)(const struct ae_lines *lines, size_t line, size_t row)
{
    return (const REAL *)lines->reals + (line * lines->n_rows + row) * NAME(LANES);
}

/* All lanes in double precision, as a tree: lane i + lane i + half, again and again. */
AE_INLINE double NAME(sum)(struct NAME(line) line)
{
    ae_f64s wide[8];
    size_t n = 0;
    AE_UNROLL(4)
    for (size_t i = 0; i < PARTS; i++)
        WIDEN(line.part[i], wide, n);
    return ae_sum_registers(n, wide);
}

/* ---- products ---- */

/* out[a][b] += P_a Q_b over n lines; a < n_p, b < n_q, and b >= a if `is_upper`, which are constants.
 * P and Q advance by p_step and q_step reals from line to line. */
AE_INLINE void NAME(tile)(size_t n, const REAL *P, size_t p_step, size_t n_p, const REAL *Q,
                          size_t q_step, size_t n_q, bool is_upper, double *out, size_t out_stride)
{
    struct NAME(line) sum[SIDE][SIDE], q[SIDE];
    AE_UNROLL(4)
    for (size_t a = 0; a < n_p; a++) {
        AE_UNROLL(4)
        for (size_t b = is_upper ? a : 0; b < n_q; b++)
            sum[a][b] = NAME(fill)(0);
    }
    for (size_t g = 0; g < n; g++, P += p_step, Q += q_step) {
        AE_UNROLL(4)
        for (size_t b = 0; b < n_q; b++)
            q[b] = NAME(load)(Q + b * NAME(LANES));
        AE_UNROLL(4)
        for (size_t a = 0; a < n_p; a++) {
            struct NAME(line) p = NAME(load)(P + a * NAME(LANES));
            AE_UNROLL(4)
            for (size_t b = is_upper ? a : 0; b < n_q; b++)
                sum[a][b] = NAME(fma)(p, q[b], sum[a][b]);
        }
    }
    AE_UNROLL(4)
    for (size_t a = 0; a < n_p; a++) {
        AE_UNROLL(4)
        for (size_t b = is_upper ? a : 0; b < n_q; b++)
            out[a * out_stride + b] += NAME(sum)(sum[a][b]);
    }
}

/* The same for the sizes that there are. */
#define AE_TILE(p, q)                                                                              \
    case 4 * (p) + (q):                                                                            \
        NAME(tile)(n, P, p_step, p, Q, q_step, q, false, out, out_stride);                         \
        break;
static void NAME(any_tile)(size_t n, const REAL *P, size_t p_step, size_t n_p, const REAL *Q,
                           size_t q_step, size_t n_q, double *out, size_t out_stride)
{
    switch (4 * n_p + n_q) {
        AE_TILE(1, 1)
        AE_TILE(1, 2)
        AE_TILE(2, 1)
        AE_TILE(2, 2)
#if defined(__AVX512F__)
        AE_TILE(1, 3)
        AE_TILE(1, 4)
        AE_TILE(2, 3)
        AE_TILE(2, 4)
        AE_TILE(3, 1)
        AE_TILE(3, 2)
        AE_TILE(3, 3)
        AE_TILE(3, 4)
        AE_TILE(4, 1)
        AE_TILE(4, 2)
        AE_TILE(4, 3)
        AE_TILE(4, 4)
#endif
    default:
        break;
    }
}
#undef AE_TILE

/* Rows with themselves: the products from the diagonal on. */
static void NAME(diagonal_tile)(size_t n, const REAL *P, size_t step, size_t n_p, double *out,
                                size_t out_stride)
{
    switch (n_p) {
    case 1:
        NAME(tile)(n, P, step, 1, P, step, 1, true, out, out_stride);
        break;
    case 2:
        NAME(tile)(n, P, step, 2, P, step, 2, true, out, out_stride);
        break;
#if defined(__AVX512F__)
    case 3:
        NAME(tile)(n, P, step, 3, P, step, 3, true, out, out_stride);
        break;
    case 4:
        NAME(tile)(n, P, step, 4, P, step, 4, true, out, out_stride);
        break;
#endif
    default:
        break;
    }
}

static void NAME(products)(const struct ae_lines *P, size_t first_p, size_t n_p,
                           const struct ae_lines *Q, size_t first_q, size_t n_q, bool is_upper,
                           double *out, size_t out_stride)
{
    const size_t p_step = P->n_rows * NAME(LANES), q_step = Q->n_rows * NAME(LANES);
    for (size_t a = 0; a < n_p; a += SIDE) {
        const REAL *p = NAME(at)(P, 0, first_p + a);
        size_t n_a = n_p - a < SIDE ? n_p - a : SIDE;
        double *to = out + a * out_stride;
        if (is_upper)
            NAME(diagonal_tile)(P->n, p, p_step, n_a, to + a, out_stride);
        for (size_t b = is_upper ? a + SIDE : 0; b < n_q; b += SIDE)
            NAME(any_tile)
        (P->n, p, p_step, n_a, NAME(at)(Q, 0, first_q + b), q_step, n_q - b < SIDE ? n_q - b : SIDE,
         to + b, out_stride);
    }
}

/* ---- mixing ---- */

/* Rows of numbers that a line of one row after the other is multiplied with. */
struct NAME(terms) {
    const REAL *lines; /* row l of line g: lines + g * step + l * LANES */
    size_t n, step;
    const REAL *by; /* [n][by_step]: row l into row j of the tile: by[l * by_step + j] */
};

/* sum[j][g] += sum_l by[l][j] row l */
AE_INLINE void NAME(add_terms)(const struct NAME(terms) * terms, size_t by_step, size_t n_out,
                               struct NAME(line) sum[TALL][RUN])
{
    const REAL *lines = terms->lines, *by = terms->by;
    for (size_t l = 0; l < terms->n; l++, lines += NAME(LANES), by += by_step) {
        struct NAME(line) line[RUN];
        AE_UNROLL(8)
        for (size_t g = 0; g < RUN; g++)
            line[g] = NAME(load)(lines + g * terms->step);
        AE_UNROLL(8)
        for (size_t j = 0; j < n_out; j++) {
            struct NAME(line) factor = NAME(fill)(by[j]);
            AE_UNROLL(8)
            for (size_t g = 0; g < RUN; g++)
                sum[j][g] = NAME(fma)(factor, line[g], sum[j][g]);
        }
    }
}

/* A tile of n_out rows, a constant, of RUN lines: out = keep out + terms; keep = 0 forgets it. */
AE_INLINE void NAME(mix_tile)(size_t n_out, REAL keep, const struct NAME(terms) * own,
                              const struct NAME(terms) * inputs, size_t by_step, REAL *out,
                              size_t out_step)
{
    struct NAME(line) sum[TALL][RUN];
    AE_UNROLL(8)
    for (size_t j = 0; j < n_out; j++) {
        AE_UNROLL(8)
        for (size_t g = 0; g < RUN; g++) {
            const REAL *old = out + g * out_step + j * NAME(LANES);
            sum[j][g] = NAME(fill)(0);
            if (keep == 1)
                sum[j][g] = NAME(load)(old);
            else if (keep != 0)
                sum[j][g] = NAME(fma)(NAME(fill)(keep), NAME(load)(old), sum[j][g]);
        }
    }
    NAME(add_terms)(own, by_step, n_out, sum);
    NAME(add_terms)(inputs, by_step, n_out, sum);
    AE_UNROLL(8)
    for (size_t j = 0; j < n_out; j++) {
        AE_UNROLL(8)
        for (size_t g = 0; g < RUN; g++)
            NAME(store)(out + g * out_step + j * NAME(LANES), sum[j][g]);
    }
}

/* All n_out rows of RUN lines, TALL at a time and then the others. */
#define AE_TALL(n)                                                                                 \
    case n:                                                                                        \
        NAME(mix_tile)(n, keep, &own, &inputs, n_out, out, out_step);                              \
        break;
static void NAME(mix_lines)(size_t n_out, REAL keep, struct NAME(terms) own,
                            struct NAME(terms) inputs, REAL *out, size_t out_step)
{
    for (size_t j = 0; j < n_out; j += TALL) {
        switch (n_out - j) {
            AE_TALL(1)
            AE_TALL(2)
            AE_TALL(3)
#if defined(__AVX512F__)
            AE_TALL(4)
            AE_TALL(5)
            AE_TALL(6)
            AE_TALL(7)
#endif
        default:
            NAME(mix_tile)(TALL, keep, &own, &inputs, n_out, out, out_step);
        }
        own.by += TALL;
        inputs.by += TALL;
        out += TALL * NAME(LANES);
    }
}
#undef AE_TALL

/* to[l][j] = from[j][l] */
static REAL *NAME(turn)(const double *from, size_t n_out, size_t n, size_t stride, REAL *to)
{
    for (size_t l = 0; l < n; l++)
        for (size_t j = 0; j < n_out; j++)
            to[l * n_out + j] = (REAL)from[j * stride + l];
    return to + n * n_out;
}

/* A band, its factors turned and rounded, its rows before they change. */
struct NAME(plan) {
    struct NAME(terms) own, inputs;
    REAL keep, *old; /* NULL: a single tile reads all rows before it writes */
};

static struct NAME(plan) NAME(prepare)(const struct ae_band *band, size_t n_x, REAL **scratch)
{
    struct NAME(plan) plan = {.keep = (REAL)band->keep};
    bool has_copy = band->own && band->n > TALL;
    plan.old = has_copy ? *scratch : NULL;
    *scratch += has_copy ? AE_MIX_LINES * band->n * NAME(LANES) : 0;
    plan.own.n = band->own ? band->n : 0;
    plan.own.by = *scratch;
    *scratch = NAME(turn)(band->own, band->n, plan.own.n, band->stride, *scratch);
    plan.inputs.n = n_x;
    plan.inputs.by = *scratch;
    *scratch = NAME(turn)(band->by, band->n, n_x, band->stride, *scratch);
    return plan;
}

static void NAME(mix)(const struct ae_lines *rows, size_t n_bands, const struct ae_band *band,
                      const struct ae_lines *X, size_t n_x, void *scratch)
{
    const size_t L = NAME(LANES), step = rows->n_rows * L;
    REAL *free = scratch;
    struct NAME(plan) plan[2];
    for (size_t i = 0; i < n_bands; i++)
        plan[i] = NAME(prepare)(&band[i], n_x, &free);
    for (size_t g = 0; g < rows->n; g += RUN)
        for (size_t i = 0; i < n_bands; i++) {
            struct NAME(plan) *p = &plan[i];
            REAL *lines = (REAL *)rows->reals + (g * rows->n_rows + band[i].first) * L;
            for (size_t k = 0; k < RUN && p->old; k++)
                memcpy(p->old + k * band[i].n * L, lines + k * step, band[i].n * AE_LINE_BYTES);
            p->own.lines = p->old ? p->old : lines;
            p->own.step = p->old ? band[i].n * L : step;
            p->inputs.lines = NAME(at)(X, g, 0);
            p->inputs.step = X->n_rows * L;
            NAME(mix_lines)(band[i].n, p->keep, p->own, p->inputs, lines, step);
        }
}

static void NAME(settle)(const struct ae_lines *to, const struct ae_lines *from)
{
    REAL *x = to->reals, *sums = from->reals;
    for (size_t i = 0; i < to->n * to->n_rows * NAME(LANES); i++) {
        x[i] += sums[i];
        sums[i] = 0;
    }
}

const struct ae_kernel AE_ISA(NAME(ae_kernel)) = {.real_size = sizeof(REAL),
                                                  .products = NAME(products),
                                                  .mix = NAME(mix),
                                                  .settle = NAME(settle)};
