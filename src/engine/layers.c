/* Weights of a simulation, and the two passes over them; see layers.h. */
#include "layers_internal.h"

#include <stdlib.h>
#include <string.h>

#include "aesweep/lanes.h"
#include "aesweep/memory.h"

struct ae_layers {
    struct ae_layers_shape shape;
    const struct ae_kernel *kernel;
    size_t per_line;      /* numbers in a line */
    struct ae_lines rows; /* W, then Y */
    struct ae_lines sums; /* like rows; none unless shape.gathers */
    void *scratch;
    double *memory; /* of all of these */
};

/* ---- a block ---- */

/* To a multiple of 8. */
static size_t round_up(size_t n)
{
    return (n + 7) / 8 * 8;
}

size_t ae_block_stride(const struct ae_layers_shape *shape)
{
    size_t n_lines = (round_up(shape->n_inputs) + 2 * round_up(shape->n_y)) / 8;
    return 8 * (n_lines + (n_lines % 2 == 0));
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
    size_t m_at = round_up(shape->n_inputs), t_at = m_at + round_up(shape->n_y);
    size_t stride = ae_block_stride(shape);
    size_t size = (shape->n_w + shape->n_y) * stride;
    *block = (struct ae_block){.shape = *shape, .stride = stride, .keep = 1.0};
    block->m_at = m_at;
    block->t_at = t_at;
    block->w = ae_reals_new(size);
    if (!block->w)
        return ae_fail_memory(err, size * sizeof *block->w);
    block->y = block->w + shape->n_w * stride;
    unmix(block);
    return AE_OK;
}

void ae_block_clear(struct ae_block *block)
{
    free(block->w);
    *block = (struct ae_block){0};
}

/* ---- memory ---- */

const struct ae_kernel *ae_kernel_choose(bool is_single)
{
    return is_single ? AE_CHOOSE(&ae_kernel_single) : AE_CHOOSE(&ae_kernel_double);
}

static struct ae_lines lines_at(const struct ae_layers *layers, size_t n_rows, double **at)
{
    struct ae_lines lines = {.n = layers->rows.n, .n_rows = n_rows, .reals = *at};
    *at += ae_lines_size(lines.n, n_rows);
    return lines;
}

static enum ae_status allocate(struct ae_layers *layers, struct ae_error *err)
{
    const struct ae_layers_shape *shape = &layers->shape;
    size_t n_rows = shape->n_w + shape->n_y;
    size_t n_vectors = (shape->gathers ? 2 : 1) * n_rows;
    size_t scratch = ae_kernel_scratch(n_rows, shape->n_inputs) / sizeof(double);
    bool is_too_large = layers->rows.n > SIZE_MAX / AE_LINE_BYTES / (n_vectors + 1);
    size_t size = is_too_large ? 0 : ae_lines_size(layers->rows.n, n_vectors) + scratch;
    double *at = is_too_large ? NULL : ae_reals_new(size);
    if (!at)
        return ae_fail_memory(err, size * sizeof *at);
    layers->memory = at;
    layers->rows = lines_at(layers, n_rows, &at);
    if (shape->gathers)
        layers->sums = lines_at(layers, n_rows, &at);
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
                             struct ae_error *err)
{
    struct ae_layers *made = *layers = ae_realloc(NULL, 1, sizeof *made);
    if (!made)
        return ae_fail_memory(err, sizeof *made);
    *made = (struct ae_layers){.shape = *shape, .kernel = ae_kernel_choose(shape->is_single)};
    made->per_line = AE_LINE_BYTES / made->kernel->real_size;
    made->rows.n = ae_lines_of(shape->n, made->kernel);
    enum ae_status rc = allocate(made, err);
    if (rc != AE_OK) {
        ae_layers_free(made);
        *layers = NULL;
        return rc;
    }
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

/* ---- passes ---- */

static void clear(size_t n_rows, size_t n, size_t stride, double *out)
{
    for (size_t j = 0; j < n_rows; j++)
        memset(out + j * stride, 0, n * sizeof *out);
}

void ae_layers_project(const struct ae_layers *layers, const struct ae_feed *feed,
                       struct ae_block *block)
{
    const struct ae_lines *inputs = ae_feed_lines(feed);
    size_t n = ae_feed_n(feed), n_rows = layers->rows.n_rows;
    block->n = n;
    block->G = ae_feed_products(feed);
    clear(n_rows, n, block->stride, block->w);
    for (size_t g = 0; g < layers->rows.n; g += AE_SEGMENT) {
        struct ae_lines rows = ae_lines_segment(&layers->rows, g), X = ae_lines_segment(inputs, g);
        layers->kernel->products(&rows, 0, n_rows, &X, 0, n, false, block->w, block->stride);
    }
}

void ae_layers_gram(const struct ae_layers *layers, struct ae_block *block)
{
    size_t J = layers->shape.n_y, n_w = layers->shape.n_w;
    double *T = block->y + block->t_at;
    clear(J, J, block->stride, T);
    for (size_t g = 0; g < layers->rows.n; g += AE_SEGMENT) {
        struct ae_lines rows = ae_lines_segment(&layers->rows, g);
        layers->kernel->products(&rows, n_w, J, &rows, n_w, J, false, T, block->stride);
    }
}

/* Bands of rows of lines like layers->rows, and the inputs of the feed, which may be NULL. */
static void mix(const struct ae_layers *layers, const struct ae_lines *all, size_t n_bands,
                const struct ae_band *band, const struct ae_feed *feed)
{
    size_t n_x = feed ? ae_feed_n(feed) : 0;
    for (size_t g = 0; g < all->n; g += AE_SEGMENT) {
        struct ae_lines rows = ae_lines_segment(all, g);
        struct ae_lines X = feed ? ae_lines_segment(ae_feed_lines(feed), g) : rows;
        layers->kernel->mix(&rows, n_bands, band, &X, n_x, layers->scratch);
    }
}

/* W = keep W + A X, Y = M Y + C X */
static void mix_all(struct ae_layers *layers, const struct ae_feed *feed, struct ae_block *block)
{
    const struct ae_band band[2] = {
        {.n = block->shape.n_w, .keep = block->keep, .by = block->w, .stride = block->stride},
        {.first = block->shape.n_w,
         .n = block->shape.n_y,
         .own = block->y + block->m_at,
         .by = block->y,
         .stride = block->stride}};
    mix(layers, &layers->rows, 2, band, feed);
    unmix(block);
}

void ae_layers_update(struct ae_layers *layers, const struct ae_feed *feed, struct ae_block *block)
{
    const struct ae_layers_shape *shape = &block->shape;
    if (block->mixes) {
        mix_all(layers, feed, block);
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
    mix(layers, &layers->rows, is_one ? 1 : 2, is_one ? &both : band, feed);
}

void ae_layers_mix(struct ae_layers *layers, struct ae_block *block)
{
    const struct ae_band band = {.first = block->shape.n_w,
                                 .n = block->shape.n_y,
                                 .own = block->y + block->m_at,
                                 .by = block->y,
                                 .stride = block->stride};
    mix(layers, &layers->rows, 1, &band, NULL);
    unmix(block);
}

void ae_layers_gather(struct ae_layers *layers, const struct ae_feed *feed,
                      const struct ae_block *block)
{
    const struct ae_band band = {.n = block->shape.n_w + block->shape.n_y,
                                 .keep = 1.0,
                                 .by = block->w,
                                 .stride = block->stride};
    mix(layers, &layers->sums, 1, &band, feed);
}

void ae_layers_settle(struct ae_layers *layers, struct ae_block *block)
{
    mix_all(layers, NULL, block);
    layers->kernel->settle(&layers->rows, &layers->sums);
}
