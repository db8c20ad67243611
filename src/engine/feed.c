/* A block of inputs, in lines like the rows of the networks that see it (layers_internal.h). */
#include "aesweep/feed.h"

#include <stdlib.h>
#include <string.h>

#include "aesweep/memory.h"
#include "layers_internal.h"

struct ae_feed {
    struct ae_feed_shape shape;
    const struct ae_kernel *kernel;
    struct ae_lines X; /* inputs; memory has room for whole groups of normals */
    size_t n_groups;
    void *scale;      /* like a row; 0 beyond n */
    double *products; /* [n_inputs][n_inputs] */
    size_t n;
    double *memory; /* of all of these */
};

static enum ae_status allocate(struct ae_feed *feed, struct ae_error *err)
{
    const size_t B = feed->shape.n_inputs, n_vectors = B + 1;
    const size_t n = feed->n_groups * AE_NORMALS_GROUP * feed->kernel->real_size / AE_LINE_BYTES;
    bool is_too_large =
        feed->n_groups > SIZE_MAX / AE_NORMALS_GROUP / sizeof(double) / (n_vectors + 1);
    size_t size = is_too_large ? 0 : ae_lines_size(n, n_vectors) + B * B;
    double *at = is_too_large ? NULL : ae_reals_new(size);
    if (!at)
        return ae_fail_memory(err, size * sizeof *at);
    feed->memory = feed->X.reals = at;
    feed->scale = at + ae_lines_size(n, B);
    feed->products = at + ae_lines_size(n, n_vectors);
    return AE_OK;
}

enum ae_status ae_feed_new(struct ae_feed **feed, const struct ae_feed_shape *shape,
                           const double *scale, struct ae_error *err)
{
    struct ae_feed *made = *feed = ae_realloc(NULL, 1, sizeof *made);
    if (!made)
        return ae_fail_memory(err, sizeof *made);
    *made = (struct ae_feed){.shape = *shape, .kernel = ae_kernel_choose(shape->is_single)};
    made->n_groups = shape->n / AE_NORMALS_GROUP + (shape->n % AE_NORMALS_GROUP > 0);
    made->X.n = ae_lines_of(shape->n, made->kernel);
    made->X.n_rows = shape->n_inputs;
    enum ae_status rc = allocate(made, err);
    if (rc != AE_OK) {
        ae_feed_free(made);
        *feed = NULL;
        return rc;
    }
    for (size_t i = 0; i < shape->n; i++)
        if (shape->is_single)
            ((float *)made->scale)[i] = (float)scale[i];
        else
            ((double *)made->scale)[i] = scale[i];
    return AE_OK;
}

void ae_feed_free(struct ae_feed *feed)
{
    if (feed)
        free(feed->memory);
    free(feed);
}

void ae_feed_draw(struct ae_feed *feed, size_t n, struct ae_random random, const uint64_t *stream)
{
    const size_t B = feed->shape.n_inputs, n_groups = feed->n_groups;
    const size_t stride = B * (AE_LINE_BYTES / feed->kernel->real_size);
    if (feed->shape.is_single)
        ae_inputs_single(random, AE_FOR_INPUT, n, stream, n_groups, feed->scale, stride,
                         feed->X.reals);
    else
        ae_inputs(random, AE_FOR_INPUT, n, stream, n_groups, feed->scale, stride, feed->X.reals);
    feed->n = n;
    memset(feed->products, 0, B * B * sizeof *feed->products);
    for (size_t g = 0; g < feed->X.n; g += AE_SEGMENT) {
        struct ae_lines X = ae_lines_segment(&feed->X, g);
        feed->kernel->products(&X, 0, n, &X, 0, n, true, feed->products, B);
    }
}

size_t ae_feed_n(const struct ae_feed *feed)
{
    return feed->n;
}

const double *ae_feed_products(const struct ae_feed *feed)
{
    return feed->products;
}

const struct ae_lines *ae_feed_lines(const struct ae_feed *feed)
{
    return &feed->X;
}
