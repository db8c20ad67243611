/* Weights and inputs of a simulation, and the two passes over them; see layers.h. */
#include "aesweep/layers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/lanes.h"
#include "aesweep/linalg.h"
#include "aesweep/memory.h"

struct ae_layers {
    struct ae_layers_shape shape;
    size_t stride; /* of a row: n rounded up to whole lanes, 0 beyond n */
    double *rows;  /* [n_w + n_y][stride] */
    double *X;     /* [n_inputs][stride] */
    double *scale; /* [stride] */
    double *old_Y; /* [n_y][AE_LANES] */
    double *sums;  /* [n_w + n_y][stride], NULL unless shape.gathers */
    double *kept;  /* [n_kept][stride], NULL if there are none */
    bool *is_kept; /* [n_kept] */
};

/* ---- a block ---- */

enum ae_status ae_block_init(struct ae_block *block, const struct ae_layers_shape *shape,
                             struct ae_error *err)
{
    size_t B = shape->n_inputs, y_stride = B + 2 * shape->n_y;
    size_t size = shape->n_w * B + shape->n_y * y_stride + B * B;
    *block = (struct ae_block){.shape = *shape, .y_stride = y_stride, .keep = 1.0};
    block->w = ae_reals_new(size);
    if (!block->w)
        return ae_fail_memory(err, size * sizeof *block->w);
    block->y = block->w + shape->n_w * B;
    block->G = block->y + shape->n_y * y_stride;
    return AE_OK;
}

void ae_block_clear(struct ae_block *block)
{
    free(block->w);
    *block = (struct ae_block){0};
}

/* ---- layers ---- */

static size_t n_rows(const struct ae_layers *layers)
{
    return layers->shape.n_w + layers->shape.n_y;
}

enum ae_status ae_layers_new(struct ae_layers **layers, const struct ae_layers_shape *shape,
                             const double *scale, struct ae_error *err)
{
    size_t stride = (shape->n + AE_LANES - 1) / AE_LANES * AE_LANES;
    size_t rows = shape->n_w + shape->n_y;
    size_t n_vectors = (shape->gathers ? 2 : 1) * rows + shape->n_inputs + 1;
    bool is_too_large = stride > SIZE_MAX / (2 * n_vectors);
    struct ae_layers *made = ae_realloc(NULL, 1, sizeof *made);
    double *block =
        made && !is_too_large ? ae_reals_new(n_vectors * stride + shape->n_y * AE_LANES) : NULL;
    *layers = made;
    if (!block) {
        free(made);
        *layers = NULL;
        return ae_fail_memory(err, n_vectors * stride * sizeof *block);
    }
    *made = (struct ae_layers){.shape = *shape, .stride = stride, .rows = block};
    made->X = block + n_rows(made) * stride;
    made->scale = made->X + shape->n_inputs * stride;
    made->old_Y = made->scale + stride;
    if (shape->gathers)
        made->sums = made->old_Y + shape->n_y * AE_LANES;
    memcpy(made->scale, scale, shape->n * sizeof *scale);
    if (shape->n_kept == 0)
        return AE_OK;
    made->kept = ae_realloc(NULL, shape->n_kept * stride, sizeof *made->kept);
    made->is_kept = ae_calloc(1, shape->n_kept, sizeof *made->is_kept);
    if (made->kept && made->is_kept)
        return AE_OK;
    ae_layers_free(made);
    *layers = NULL;
    return ae_fail_memory(err, shape->n_kept * stride * sizeof *block);
}

void ae_layers_free(struct ae_layers *layers)
{
    if (layers) {
        free(layers->rows);
        free(layers->kept);
        free(layers->is_kept);
    }
    free(layers);
}

void ae_layers_set(struct ae_layers *layers, size_t row, const double *x)
{
    memcpy(layers->rows + row * layers->stride, x, layers->shape.n * sizeof *x);
}

void ae_layers_get(const struct ae_layers *layers, size_t row, double *x)
{
    memcpy(x, layers->rows + row * layers->stride, layers->shape.n * sizeof *x);
}

void ae_layers_input(struct ae_layers *layers, size_t a, const double *x)
{
    memcpy(layers->X + a * layers->stride, x, layers->shape.n * sizeof *x);
}

void ae_layers_draw(struct ae_layers *layers, size_t a, struct ae_random random, uint64_t stream)
{
    bool keeps = stream < layers->shape.n_kept;
    size_t stride = layers->stride;
    double *x = layers->X + a * stride, *kept = keeps ? layers->kept + stream * stride : NULL;
    if (keeps && layers->is_kept[stream]) {
        memcpy(x, kept, stride * sizeof *x);
        return;
    }
    ae_normals(random, AE_FOR_INPUT, stream, layers->shape.n, x);
    for (size_t i = 0; i < layers->shape.n; i++)
        x[i] *= layers->scale[i];
    if (keeps) {
        memcpy(kept, x, stride * sizeof *x);
        layers->is_kept[stream] = true;
    }
}

void ae_layers_project(const struct ae_layers *layers, size_t n, struct ae_block *block)
{
    const struct ae_layers_shape *shape = &layers->shape;
    size_t stride = layers->stride, B = shape->n_inputs;
    block->n = n;
    for (size_t a = 0; a < n; a++) {
        const double *x = layers->X + a * stride, *Y = layers->rows + shape->n_w * stride;
        for (size_t k = 0; k < shape->n_w; k++)
            block->w[k * B + a] = ae_dot(stride, layers->rows + k * stride, x);
        for (size_t j = 0; j < shape->n_y; j++)
            block->y[j * block->y_stride + a] = ae_dot(stride, Y + j * stride, x);
        for (size_t b = a; b < n; b++)
            block->G[a * B + b] = ae_dot(stride, x, layers->X + b * stride);
    }
}

void ae_layers_gram(const struct ae_layers *layers, struct ae_block *block)
{
    size_t J = layers->shape.n_y, stride = layers->stride;
    const double *Y = layers->rows + layers->shape.n_w * stride;
    double *T = block->y + block->shape.n_inputs + J;
    for (size_t j = 0; j < J; j++)
        for (size_t l = 0; l <= j; l++) {
            double sum = ae_dot(stride, Y + j * stride, Y + l * stride);
            T[j * block->y_stride + l] = T[l * block->y_stride + j] = sum;
        }
}

/* out += a x over the lanes from i on */
AE_INLINE void add_lanes(double a, const double *restrict x, double *restrict out)
{
    for (size_t j = 0; j < AE_LANES; j++)
        out[j] = fma(a, x[j], out[j]);
}

AE_CLONES void ae_layers_update(struct ae_layers *layers, const struct ae_block *block)
{
    const struct ae_layers_shape *shape = &layers->shape;
    size_t stride = layers->stride, B = shape->n_inputs, J = shape->n_y;
    double *Y = layers->rows + shape->n_w * stride, *old = layers->old_Y;
    for (size_t i = 0; i < stride; i += AE_LANES) {
        for (size_t k = 0; k < shape->n_w; k++) {
            double *w = layers->rows + k * stride + i;
            for (size_t j = 0; j < AE_LANES; j++)
                w[j] *= block->keep;
            for (size_t a = 0; a < block->n; a++)
                add_lanes(block->w[k * B + a], layers->X + a * stride + i, w);
        }
        for (size_t j = 0; j < J; j++)
            memcpy(old + j * AE_LANES, Y + j * stride + i, AE_LANES * sizeof *old);
        for (size_t j = 0; j < J; j++) {
            const double *C = block->y + j * block->y_stride, *M = C + B;
            double sum[AE_LANES] = {0};
            for (size_t l = 0; l < J; l++)
                add_lanes(M[l], old + l * AE_LANES, sum);
            for (size_t a = 0; a < block->n; a++)
                add_lanes(C[a], layers->X + a * stride + i, sum);
            memcpy(Y + j * stride + i, sum, sizeof sum);
        }
    }
}

AE_CLONES void ae_layers_gather(struct ae_layers *layers, const struct ae_block *block)
{
    const struct ae_layers_shape *shape = &layers->shape;
    size_t stride = layers->stride;
    for (size_t i = 0; i < stride; i += AE_LANES)
        for (size_t row = 0; row < n_rows(layers); row++) {
            const double *coefficients = row < shape->n_w
                                             ? block->w + row * shape->n_inputs
                                             : block->y + (row - shape->n_w) * block->y_stride;
            for (size_t a = 0; a < block->n; a++)
                add_lanes(coefficients[a], layers->X + a * stride + i,
                          layers->sums + row * stride + i);
        }
}

AE_CLONES void ae_layers_settle(struct ae_layers *layers, const struct ae_block *block)
{
    const struct ae_layers_shape *shape = &layers->shape;
    size_t stride = layers->stride, J = shape->n_y;
    for (size_t i = 0; i < shape->n_w * stride; i++)
        layers->rows[i] = fma(block->keep, layers->rows[i], layers->sums[i]);
    double *Y = layers->rows + shape->n_w * stride, *sums = layers->sums + shape->n_w * stride;
    for (size_t i = 0; i < stride; i += AE_LANES) {
        for (size_t j = 0; j < J; j++)
            for (size_t l = 0; l < J; l++)
                add_lanes(block->y[j * block->y_stride + shape->n_inputs + l], Y + l * stride + i,
                          sums + j * stride + i);
        for (size_t j = 0; j < J; j++)
            memcpy(Y + j * stride + i, sums + j * stride + i, AE_LANES * sizeof *Y);
    }
    memset(layers->sums, 0, n_rows(layers) * stride * sizeof *layers->sums);
}
