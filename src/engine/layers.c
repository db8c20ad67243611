/* Weights and inputs of a simulation, and the two passes over them; see layers.h. */
#include "layers_internal.h"

#include <stdlib.h>
#include <string.h>

#include "aesweep/lanes.h"
#include "aesweep/memory.h"

struct ae_layers {
    struct ae_layers_shape shape;
    const struct ae_kernel *kernel;
    size_t per_line;         /* numbers in a line */
    struct ae_lines rows, X; /* W, then Y; inputs */
    struct ae_lines sums;    /* like rows; none unless shape.gathers */
    void *scale;             /* [lines][per_line], 0 beyond n */
    void *scratch;
    double *memory; /* of all of these */
};

/* Lines that a pass finishes before it goes on: they, and the inputs, stay in the cache meanwhile.
 * Products of such segments are summed in double precision. */
enum { SEGMENT = 256 };

/* ---- a block ---- */

/* To a multiple of 8. */
static size_t round_up(size_t n)
{
    return (n + 7) / 8 * 8;
}

/* M = 1 */
static void unmix(struct ae_block *block)
{
    for (size_t j = 0; j < block->shape.n_y; j++)
        for (size_t l = 0; l < block->shape.n_y; l++)
            block->y[j * block->stride + block->m_at + l] = j == l ? 1.0 : 0.0;
}

enum ae_status ae_block_init(struct ae_block *block, const struct ae_layers_shape *shape,
                             struct ae_error *err)
{
    size_t B = shape->n_inputs, m_at = round_up(B), t_at = m_at + round_up(shape->n_y);
    size_t stride = t_at + round_up(shape->n_y);
    size_t size = (shape->n_w + shape->n_y) * stride + B * B;
    *block = (struct ae_block){.shape = *shape, .stride = stride, .keep = 1.0};
    block->m_at = m_at;
    block->t_at = t_at;
    block->w = ae_reals_new(size);
    if (!block->w)
        return ae_fail_memory(err, size * sizeof *block->w);
    block->y = block->w + shape->n_w * stride;
    block->G = block->y + shape->n_y * stride;
    unmix(block);
    return AE_OK;
}

void ae_block_clear(struct ae_block *block)
{
    free(block->w);
    *block = (struct ae_block){0};
}

/* ---- memory ---- */

static const struct ae_kernel *choose(const struct ae_layers_shape *shape)
{
    return shape->is_single ? AE_CHOOSE(&ae_kernel_single) : AE_CHOOSE(&ae_kernel_double);
}

/* Doubles that lines of n_rows rows take. */
static size_t size_of(const struct ae_layers *layers, size_t n_rows)
{
    return layers->rows.n * n_rows * (AE_LINE_BYTES / sizeof(double));
}

static struct ae_lines lines_at(const struct ae_layers *layers, size_t n_rows, double **at)
{
    struct ae_lines lines = {.n = layers->rows.n, .n_rows = n_rows, .reals = *at};
    *at += size_of(layers, n_rows);
    return lines;
}

static enum ae_status allocate(struct ae_layers *layers, struct ae_error *err)
{
    const struct ae_layers_shape *shape = &layers->shape;
    size_t n_rows = shape->n_w + shape->n_y;
    size_t n_vectors = (shape->gathers ? 2 : 1) * n_rows + shape->n_inputs + 1;
    size_t scratch = ae_kernel_scratch(n_rows, shape->n_inputs) / sizeof(double);
    bool is_too_large = layers->rows.n > SIZE_MAX / AE_LINE_BYTES / (n_vectors + 1);
    size_t size = is_too_large ? 0 : size_of(layers, n_vectors) + scratch;
    double *at = is_too_large ? NULL : ae_reals_new(size);
    if (!at)
        return ae_fail_memory(err, size * sizeof *at);
    layers->memory = at;
    layers->rows = lines_at(layers, n_rows, &at);
    layers->X = lines_at(layers, shape->n_inputs, &at);
    if (shape->gathers)
        layers->sums = lines_at(layers, n_rows, &at);
    layers->scale = lines_at(layers, 1, &at).reals;
    layers->scratch = at;
    return AE_OK;
}

/* Number i of a vector of reals. */
static double get(const struct ae_layers *layers, const void *reals, size_t i)
{
    return layers->shape.is_single ? (double)((const float *)reals)[i] : ((const double *)reals)[i];
}

static void set(const struct ae_layers *layers, void *reals, size_t i, double x)
{
    if (layers->shape.is_single)
        ((float *)reals)[i] = (float)x;
    else
        ((double *)reals)[i] = x;
}

enum ae_status ae_layers_new(struct ae_layers **layers, const struct ae_layers_shape *shape,
                             const double *scale, struct ae_error *err)
{
    struct ae_layers *made = *layers = ae_realloc(NULL, 1, sizeof *made);
    if (!made)
        return ae_fail_memory(err, sizeof *made);
    *made = (struct ae_layers){.shape = *shape, .kernel = choose(shape)};
    made->per_line = AE_LINE_BYTES / made->kernel->real_size;
    size_t n_groups = shape->n / AE_NORMALS_GROUP + (shape->n % AE_NORMALS_GROUP > 0);
    made->rows.n = n_groups * (AE_NORMALS_GROUP / made->per_line);
    enum ae_status rc = allocate(made, err);
    if (rc != AE_OK) {
        ae_layers_free(made);
        *layers = NULL;
        return rc;
    }
    for (size_t i = 0; i < shape->n; i++)
        set(made, made->scale, i, scale[i]);
    return AE_OK;
}

void ae_layers_free(struct ae_layers *layers)
{
    if (layers)
        free(layers->memory);
    free(layers);
}

/* Where number i of this row stands. */
static size_t place_of(const struct ae_layers *layers, const struct ae_lines *lines, size_t row,
                       size_t i)
{
    return (i / layers->per_line * lines->n_rows + row) * layers->per_line + i % layers->per_line;
}

void ae_layers_set(struct ae_layers *layers, size_t row, const double *x)
{
    for (size_t i = 0; i < layers->shape.n; i++)
        set(layers, layers->rows.reals, place_of(layers, &layers->rows, row, i), x[i]);
}

void ae_layers_get(const struct ae_layers *layers, size_t row, double *x)
{
    for (size_t i = 0; i < layers->shape.n; i++)
        x[i] = get(layers, layers->rows.reals, place_of(layers, &layers->rows, row, i));
}

void ae_layers_draw(struct ae_layers *layers, size_t n, struct ae_random random,
                    const uint64_t *stream)
{
    size_t n_groups = layers->X.n * layers->per_line / AE_NORMALS_GROUP;
    size_t stride = layers->X.n_rows * layers->per_line;
    if (layers->shape.is_single)
        ae_inputs_single(random, AE_FOR_INPUT, n, stream, n_groups, layers->scale, stride,
                         layers->X.reals);
    else
        ae_inputs(random, AE_FOR_INPUT, n, stream, n_groups, layers->scale, stride,
                  layers->X.reals);
}

/* ---- passes ---- */

/* The lines from `first` on, SEGMENT of them at most. */
static struct ae_lines segment(const struct ae_lines *lines, size_t first)
{
    size_t left = lines->n - first;
    return (struct ae_lines){.n = left < SEGMENT ? left : SEGMENT,
                             .n_rows = lines->n_rows,
                             .reals = (char *)lines->reals + first * lines->n_rows * AE_LINE_BYTES};
}

static void clear(size_t n_rows, size_t n, size_t stride, double *out)
{
    for (size_t j = 0; j < n_rows; j++)
        memset(out + j * stride, 0, n * sizeof *out);
}

void ae_layers_project(const struct ae_layers *layers, size_t n, struct ae_block *block)
{
    const struct ae_layers_shape *shape = &layers->shape;
    const struct ae_kernel *kernel = layers->kernel;
    size_t B = shape->n_inputs, n_rows = shape->n_w + shape->n_y;
    block->n = n;
    clear(n_rows, n, block->stride, block->w);
    clear(n, B, B, block->G);
    for (size_t g = 0; g < layers->rows.n; g += SEGMENT) {
        struct ae_lines rows = segment(&layers->rows, g), X = segment(&layers->X, g);
        kernel->products(&rows, 0, n_rows, &X, 0, n, false, block->w, block->stride);
        kernel->products(&X, 0, n, &X, 0, n, true, block->G, B);
    }
}

void ae_layers_gram(const struct ae_layers *layers, struct ae_block *block)
{
    size_t J = layers->shape.n_y, n_w = layers->shape.n_w;
    double *T = block->y + block->t_at;
    clear(J, J, block->stride, T);
    for (size_t g = 0; g < layers->rows.n; g += SEGMENT) {
        struct ae_lines rows = segment(&layers->rows, g);
        layers->kernel->products(&rows, n_w, J, &rows, n_w, J, false, T, block->stride);
    }
}

/* Bands of rows of lines like layers->rows, and the first n_x inputs. */
static void mix(const struct ae_layers *layers, const struct ae_lines *all, size_t n_bands,
                const struct ae_band *band, size_t n_x)
{
    for (size_t g = 0; g < all->n; g += SEGMENT) {
        struct ae_lines rows = segment(all, g), X = segment(&layers->X, g);
        layers->kernel->mix(&rows, n_bands, band, &X, n_x, layers->scratch);
    }
}

/* W = keep W + A X, Y = M Y + C X */
static void mix_all(struct ae_layers *layers, struct ae_block *block, size_t n_x)
{
    const struct ae_band band[2] = {
        {.n = block->shape.n_w, .keep = block->keep, .by = block->w, .stride = block->stride},
        {.first = block->shape.n_w,
         .n = block->shape.n_y,
         .own = block->y + block->m_at,
         .by = block->y,
         .stride = block->stride}};
    mix(layers, &layers->rows, 2, band, n_x);
    unmix(block);
}

void ae_layers_update(struct ae_layers *layers, struct ae_block *block)
{
    const struct ae_layers_shape *shape = &block->shape;
    if (block->mixes) {
        mix_all(layers, block, block->n);
        return;
    }
    const struct ae_band band[2] = {
        {.n = shape->n_w, .keep = block->keep, .by = block->w, .stride = block->stride},
        {.first = shape->n_w,
         .n = shape->n_y,
         .keep = 1.0,
         .by = block->y,
         .stride = block->stride}};
    const struct ae_band both = {
        .n = shape->n_w + shape->n_y, .keep = 1.0, .by = block->w, .stride = block->stride};
    bool is_one = block->keep == 1.0;
    mix(layers, &layers->rows, is_one ? 1 : 2, is_one ? &both : band, block->n);
}

void ae_layers_mix(struct ae_layers *layers, struct ae_block *block)
{
    const struct ae_band band = {.first = block->shape.n_w,
                                 .n = block->shape.n_y,
                                 .own = block->y + block->m_at,
                                 .by = block->y,
                                 .stride = block->stride};
    mix(layers, &layers->rows, 1, &band, 0);
    unmix(block);
}

void ae_layers_gather(struct ae_layers *layers, const struct ae_block *block)
{
    const struct ae_band band = {.n = block->shape.n_w + block->shape.n_y,
                                 .keep = 1.0,
                                 .by = block->w,
                                 .stride = block->stride};
    mix(layers, &layers->sums, 1, &band, block->n);
}

void ae_layers_settle(struct ae_layers *layers, struct ae_block *block)
{
    mix_all(layers, block, 0);
    layers->kernel->settle(&layers->rows, &layers->sums);
}
