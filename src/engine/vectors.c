/* A pool of vectors for SUNDIALS, with its operations by our kernels. */
#include "vectors.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/linalg.h"
#include "aesweep/memory.h"

/* SUNDIALS' own operations know the first part. */
struct content {
    struct _N_VectorContent_Serial serial;
    struct ae_vectors *pool;
};

struct slot {
    struct _generic_N_Vector vector;
    struct content content;
    bool is_taken;
};

struct ae_vectors {
    struct _generic_N_Vector_Ops ops; /* of all its vectors */
    size_t n, stride;                 /* clones; numbers from one to the next */
    bool has_run_out;
    double *data;       /* [n * stride] */
    struct slot around; /* the vector around the caller's numbers */
    struct slot *slots; /* [n] */
};

/* ---- operations ---- */

static size_t length_of(N_Vector v)
{
    return (size_t)NV_LENGTH_S(v);
}

static void multiply(size_t n, double s, double *y)
{
    for (size_t i = 0; i < n; i++)
        y[i] *= s;
}

/* z = a x + b y, where z may be x or y. */
static void linear_sum(realtype a, N_Vector x, realtype b, N_Vector y, N_Vector z)
{
    size_t n = length_of(z);
    double *out = NV_DATA_S(z);
    const double *from_x = NV_DATA_S(x), *from_y = NV_DATA_S(y);
    if (from_x == from_y) {
        if (out != from_x)
            memcpy(out, from_x, n * sizeof *out);
        multiply(n, a + b, out);
    } else if (out == from_x) {
        ae_scale_axpy(n, a, b, from_y, out);
    } else {
        if (out != from_y)
            memcpy(out, from_y, n * sizeof *out);
        ae_scale_axpy(n, b, a, from_x, out);
    }
}

static void scale(realtype c, N_Vector x, N_Vector z)
{
    size_t n = length_of(z);
    if (NV_DATA_S(z) != NV_DATA_S(x))
        memcpy(NV_DATA_S(z), NV_DATA_S(x), n * sizeof(double));
    if (c != 1.0)
        multiply(n, c, NV_DATA_S(z));
}

static void constant(realtype c, N_Vector z)
{
    double *out = NV_DATA_S(z);
    for (size_t i = 0; i < length_of(z); i++)
        out[i] = c;
}

/* sqrt(mean (x w)^2) */
static realtype weighted_norm(N_Vector x, N_Vector w)
{
    size_t n = length_of(x);
    return sqrt(ae_product_norm2(n, NV_DATA_S(x), NV_DATA_S(w)) / (double)n);
}

/* ---- the pool ---- */

/* A vector like w. Never NULL: the last one once more if there is no other. */
static N_Vector take(N_Vector w)
{
    struct ae_vectors *pool = ((struct content *)w->content)->pool;
    size_t i = 0;
    while (i < pool->n && pool->slots[i].is_taken)
        i++;
    if (i == pool->n) {
        pool->has_run_out = true;
        i--;
    }
    pool->slots[i].is_taken = true;
    return &pool->slots[i].vector;
}

static void give_back(N_Vector v)
{
    struct ae_vectors *pool = ((struct content *)v->content)->pool;
    for (size_t i = 0; i < pool->n; i++)
        if (v == &pool->slots[i].vector)
            pool->slots[i].is_taken = false;
}

static void init_slot(struct ae_vectors *pool, struct slot *slot, size_t length, double *data,
                      SUNContext context)
{
    slot->content.serial.length = (sunindextype)length;
    slot->content.serial.own_data = SUNFALSE;
    slot->content.serial.data = data;
    slot->content.pool = pool;
    slot->vector.content = &slot->content;
    slot->vector.ops = &pool->ops;
    slot->vector.sunctx = context;
}

/* SUNDIALS' operations for serial vectors, and ours where it matters. */
static enum ae_status init_ops(struct ae_vectors *pool, SUNContext context, struct ae_error *err)
{
    N_Vector serial = N_VNewEmpty_Serial(0, context);
    if (!serial)
        return ae_fail_memory(err, sizeof *serial);
    pool->ops = *serial->ops;
    N_VDestroy(serial);
    pool->ops.nvclone = take;
    pool->ops.nvcloneempty = take;
    pool->ops.nvdestroy = give_back;
    pool->ops.nvlinearsum = linear_sum;
    pool->ops.nvscale = scale;
    pool->ops.nvconst = constant;
    pool->ops.nvwrmsnorm = weighted_norm;
    return AE_OK;
}

static enum ae_status fill(struct ae_vectors *pool, size_t length, SUNContext context,
                           struct ae_error *err)
{
    enum { LINE = 8 }; /* every vector begins a line of the cache */
    if (length > SIZE_MAX / sizeof(double) / (pool->n + 1) - LINE)
        return ae_fail_memory(err, SIZE_MAX);
    pool->stride = (length + LINE - 1) / LINE * LINE;
    pool->data = ae_reals_new(pool->n * pool->stride);
    pool->slots = ae_calloc(pool->n, 1, sizeof *pool->slots);
    if (!pool->data || !pool->slots)
        return ae_fail_memory(err, pool->n * pool->stride * sizeof *pool->data);
    init_slot(pool, &pool->around, length, NULL, context);
    for (size_t i = 0; i < pool->n; i++)
        init_slot(pool, &pool->slots[i], length, pool->data + i * pool->stride, context);
    return init_ops(pool, context, err);
}

enum ae_status ae_vectors_new(struct ae_vectors **pool, size_t n_vectors, size_t length,
                              SUNContext context, struct ae_error *err)
{
    *pool = NULL;
    struct ae_vectors *made = ae_calloc(1, 1, sizeof *made);
    if (!made)
        return ae_fail_memory(err, sizeof *made);
    made->n = n_vectors;
    enum ae_status rc = fill(made, length, context, err);
    if (rc == AE_OK)
        *pool = made;
    else
        ae_vectors_free(made);
    return rc;
}

void ae_vectors_free(struct ae_vectors *pool)
{
    if (!pool)
        return;
    free(pool->slots);
    free(pool->data);
    free(pool);
}

N_Vector ae_vectors_around(struct ae_vectors *pool, double *data)
{
    pool->around.content.serial.data = data;
    return &pool->around.vector;
}

bool ae_vectors_ran_out(const struct ae_vectors *pool)
{
    return pool->has_run_out;
}
