/* SUNDIALS' vector operations by our kernels. */
#include "vectors.h"

#include <math.h>
#include <string.h>

#include "aesweep/linalg.h"

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

void ae_vectors_use_kernels(N_Vector v)
{
    v->ops->nvlinearsum = linear_sum;
    v->ops->nvscale = scale;
    v->ops->nvconst = constant;
    v->ops->nvwrmsnorm = weighted_norm;
}
