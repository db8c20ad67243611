/* Passes over lines of REAL; included by layers_lanes.h once for each precision. */

enum { NAME(LANES) = AE_LINE_BYTES / sizeof(REAL) };

struct NAME(line) {
    VECTOR part[PARTS];
};

AE_INLINE struct NAME(line) NAME(load)(const REAL *from)
{
    struct NAME(line) line;
    memcpy(&line, from, sizeof line);
    return line;
}

AE_INLINE void NAME(store)(REAL *to, struct NAME(line) line)
{
    memcpy(to, &line, sizeof line);
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

static double NAME(sum)(const REAL *lane)
{
    double sum[NAME(LANES)];
    for (size_t i = 0; i < NAME(LANES); i++)
        sum[i] = (double)lane[i];
    for (size_t half = NAME(LANES) / 2; half > 0; half /= 2)
        for (size_t i = 0; i < half; i++)
            sum[i] += sum[i + half];
    return sum[0];
}

/* ---- products ---- */

/* sums[a][b] += line by line P_a Q_b over n lines; a < n_p, b < n_q, which are constants. P and Q
 * advance by p_step and q_step reals from line to line. */
AE_INLINE void NAME(tile)(size_t n, const REAL *P, size_t p_step, size_t n_p, const REAL *Q,
                          size_t q_step, size_t n_q, REAL *sums, size_t sums_step)
{
    struct NAME(line) sum[SIDE][SIDE], q[SIDE];
    AE_UNROLL(4)
    for (size_t a = 0; a < n_p; a++) {
        AE_UNROLL(4)
        for (size_t b = 0; b < n_q; b++)
            sum[a][b] = NAME(load)(sums + a * sums_step + b * NAME(LANES));
    }
    for (size_t g = 0; g < n; g++, P += p_step, Q += q_step) {
        AE_UNROLL(4)
        for (size_t b = 0; b < n_q; b++)
            q[b] = NAME(load)(Q + b * NAME(LANES));
        AE_UNROLL(4)
        for (size_t a = 0; a < n_p; a++) {
            struct NAME(line) p = NAME(load)(P + a * NAME(LANES));
            AE_UNROLL(4)
            for (size_t b = 0; b < n_q; b++)
                sum[a][b] = NAME(fma)(p, q[b], sum[a][b]);
        }
    }
    AE_UNROLL(4)
    for (size_t a = 0; a < n_p; a++) {
        AE_UNROLL(4)
        for (size_t b = 0; b < n_q; b++)
            NAME(store)(sums + a * sums_step + b * NAME(LANES), sum[a][b]);
    }
}

/* The same for the sizes that there are. */
#define AE_TILE(p, q)                                                                              \
    case 4 * (p) + (q):                                                                            \
        NAME(tile)(n, P, p_step, p, Q, q_step, q, sums, sums_step);                                \
        break;
static void NAME(any_tile)(size_t n, const REAL *P, size_t p_step, size_t n_p, const REAL *Q,
                           size_t q_step, size_t n_q, REAL *sums, size_t sums_step)
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

/* sums[a][b] of a few rows with rows first_q + b, b_first <= b < n_q. */
static void NAME(band)(const struct ae_lines *P, size_t first_p, size_t n_p,
                       const struct ae_lines *Q, size_t first_q, size_t b_first, size_t n_q,
                       REAL *sums)
{
    const size_t L = NAME(LANES), step = AE_MOST_COLUMNS * L;
    memset(sums, 0, n_p * step * sizeof *sums);
    for (size_t g = 0; g < P->n; g += CHUNK) {
        size_t n = P->n - g < CHUNK ? P->n - g : CHUNK;
        for (size_t b = b_first; b < n_q; b += SIDE)
            NAME(any_tile)
        (n, NAME(at)(P, g, first_p), P->n_rows * L, n_p, NAME(at)(Q, g, first_q + b), Q->n_rows * L,
         n_q - b < SIDE ? n_q - b : SIDE, sums + b * L, step);
    }
}

static void NAME(products)(const struct ae_lines *P, size_t first_p, size_t n_p,
                           const struct ae_lines *Q, size_t first_q, size_t n_q, bool is_upper,
                           double *out, size_t out_stride)
{
    _Alignas(AE_LINE_BYTES) REAL sums[SIDE * AE_MOST_COLUMNS * NAME(LANES)];
    for (size_t a = 0; a < n_p; a += SIDE) {
        size_t n = n_p - a < SIDE ? n_p - a : SIDE, b_first = is_upper ? a : 0;
        NAME(band)(P, first_p + a, n, Q, first_q, b_first, n_q, sums);
        for (size_t i = 0; i < n; i++)
            for (size_t b = b_first; b < n_q; b++)
                out[(a + i) * out_stride + b] +=
                    NAME(sum)(sums + (i * AE_MOST_COLUMNS + b) * NAME(LANES));
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
        AE_UNROLL(4)
        for (size_t g = 0; g < RUN; g++)
            line[g] = NAME(load)(lines + g * terms->step);
        AE_UNROLL(4)
        for (size_t j = 0; j < n_out; j++) {
            struct NAME(line) factor = NAME(fill)(by[j]);
            AE_UNROLL(4)
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
    AE_UNROLL(4)
    for (size_t j = 0; j < n_out; j++) {
        AE_UNROLL(4)
        for (size_t g = 0; g < RUN; g++) {
            sum[j][g] = NAME(fill)(0);
            if (keep != 0)
                sum[j][g] = NAME(fma)(NAME(fill)(keep),
                                      NAME(load)(out + g * out_step + j * NAME(LANES)), sum[j][g]);
        }
    }
    NAME(add_terms)(own, by_step, n_out, sum);
    NAME(add_terms)(inputs, by_step, n_out, sum);
    AE_UNROLL(4)
    for (size_t j = 0; j < n_out; j++) {
        AE_UNROLL(4)
        for (size_t g = 0; g < RUN; g++)
            NAME(store)(out + g * out_step + j * NAME(LANES), sum[j][g]);
    }
}

/* All n_out rows of RUN lines. */
static void NAME(mix_lines)(size_t n_out, REAL keep, struct NAME(terms) own,
                            struct NAME(terms) inputs, REAL *out, size_t out_step)
{
    for (size_t j = 0; j < n_out; j += TALL) {
        switch (n_out - j) {
        case 1:
            NAME(mix_tile)(1, keep, &own, &inputs, n_out, out, out_step);
            break;
        case 2:
            NAME(mix_tile)(2, keep, &own, &inputs, n_out, out, out_step);
            break;
        case 3:
            NAME(mix_tile)(3, keep, &own, &inputs, n_out, out, out_step);
            break;
        default:
            NAME(mix_tile)(TALL, keep, &own, &inputs, n_out, out, out_step);
        }
        own.by += TALL;
        inputs.by += TALL;
        out += TALL * NAME(LANES);
    }
}

/* to[l][j] = from[j][l] */
static REAL *NAME(turn)(const double *from, size_t n_out, size_t n, size_t stride, REAL *to)
{
    for (size_t l = 0; l < n; l++)
        for (size_t j = 0; j < n_out; j++)
            to[l * n_out + j] = (REAL)from[j * stride + l];
    return to + n * n_out;
}

static void NAME(mix)(const struct ae_lines *out, size_t first, size_t n_out, double keep,
                      const double *own, const double *by, size_t stride, const struct ae_lines *X,
                      size_t n_x, void *scratch)
{
    const size_t L = NAME(LANES);
    REAL *old = scratch, *by_own = old + AE_MIX_LINES * n_out * L;
    REAL *by_inputs = own ? NAME(turn)(own, n_out, n_out, stride, by_own) : by_own;
    (void)NAME(turn)(by, n_out, n_x, stride, by_inputs);
    for (size_t g = 0; g < out->n; g += RUN) {
        REAL *lines = (REAL *)out->reals + (g * out->n_rows + first) * L;
        for (size_t i = 0; i < RUN && own; i++)
            memcpy(old + i * n_out * L, lines + i * out->n_rows * L, n_out * AE_LINE_BYTES);
        struct NAME(terms)
            past = {.lines = old, .n = own ? n_out : 0, .step = n_out * L, .by = by_own};
        struct NAME(terms)
            inputs = {.lines = NAME(at)(X, g, 0), .n = n_x, .step = X->n_rows * L, .by = by_inputs};
        NAME(mix_lines)(n_out, (REAL)keep, past, inputs, lines, out->n_rows * L);
    }
}

static void NAME(settle)(const struct ae_lines *to, const struct ae_lines *from, size_t first,
                         size_t n, double keep)
{
    const struct NAME(line) by = NAME(fill)((REAL)keep);
    for (size_t g = 0; g < to->n; g++) {
        REAL *at = (REAL *)to->reals + (g * to->n_rows + first) * NAME(LANES);
        REAL *sums = (REAL *)from->reals + (g * from->n_rows + first) * NAME(LANES);
        for (size_t j = 0; j < n; j++, at += NAME(LANES), sums += NAME(LANES)) {
            NAME(store)(at, NAME(fma)(by, NAME(load)(at), NAME(load)(sums)));
            NAME(store)(sums, NAME(fill)(0));
        }
    }
}

const struct ae_kernel AE_ISA(NAME(ae_kernel)) = {.real_size = sizeof(REAL),
                                                  .products = NAME(products),
                                                  .mix = NAME(mix),
                                                  .settle = NAME(settle)};
