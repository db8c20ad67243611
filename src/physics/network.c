/*
 * Initial networks: drawn, informed or given (src/physics/README.md, "Initial state").
 *
 * Entry i of encoder row k is init * z(encoder, k, i), of decoder row k init / sqrt(D) * z(decoder,
 * k, i), z standard normal; tied weights draw from the encoder's numbers with the decoder's scale.
 * The M leading components are the first coordinates, the levels beyond follow.
 */
#include "aesweep/network.h"

#include <gsl/gsl_linalg.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/lanes.h"
#include "aesweep/linalg.h"
#include "aesweep/random.h"
#include "aesweep/spectrum.h"

static size_t block_size(const struct ae_network *net)
{
    return (2 * net->K + 2) * net->stride + net->K;
}

static enum ae_status allocate(struct ae_network *net, size_t K, size_t n, struct ae_error *err)
{
    net->K = K;
    net->n = n;
    net->stride = (n + AE_LANES - 1) / AE_LANES * AE_LANES;
    bool is_too_large = net->stride > SIZE_MAX / (2 * K + 3);
    double *block = is_too_large ? NULL : ae_reals_new(block_size(net));
    if (!block)
        return ae_fail_memory(err, block_size(net) * sizeof *block);
    net->r = block;
    net->w = net->r + net->stride;
    net->v = net->w + K * net->stride;
    net->c = net->v + K * net->stride;
    net->b = net->c + net->stride;
    return AE_OK;
}

enum ae_status ae_network_copy(struct ae_network *copy, const struct ae_network *net,
                               struct ae_error *err)
{
    *copy = *net; /* the numbers; then memory of its own */
    enum ae_status rc = allocate(copy, net->K, net->n, err);
    if (rc == AE_OK)
        memcpy(copy->r, net->r, block_size(net) * sizeof *net->r);
    else
        *copy = (struct ae_network){0};
    return rc;
}

void ae_network_clear(struct ae_network *net)
{
    free(net->r);
    *net = (struct ae_network){0};
}

/* Standard deviations of the entries of drawn weights. At D = inf the spikes' overlaps are of order
 * init for all of them (arXiv:2201.02115: the start is then a choice, not a draw). */
struct scales {
    double encoder, decoder;
};

static struct scales scales_of(const struct ae_params *p)
{
    double shrink = isinf(p->D) ? 1.0 : 1.0 / sqrt(p->D);
    return (struct scales){.encoder = p->tied ? p->init * shrink : p->init,
                           .decoder = p->init * shrink};
}

static void draw_row(const struct ae_params *p, enum ae_purpose purpose, size_t k, double scale,
                     size_t n, double *row)
{
    ae_normals(ae_random_of(p->seed, p->replicate), purpose, k, n, row);
    for (size_t i = 0; i < n; i++)
        row[i] *= scale;
}

/* Draws the first n coordinates of all rows (decoder rows only if untied) into w and v. */
static void draw(const struct ae_params *p, size_t n, size_t stride, double *w, double *v)
{
    struct scales scale = scales_of(p);
    for (size_t k = 0; k < p->K; k++) {
        draw_row(p, AE_FOR_ENCODER, k, scale.encoder, n, w + k * stride);
        if (!p->tied)
            draw_row(p, AE_FOR_DECODER, k, scale.decoder, n, v + k * stride);
    }
}

static void tie(const struct ae_params *p, struct ae_network *net)
{
    for (size_t i = 0; p->tied && i < net->K * net->stride; i++)
        net->v[i] = p->tie_scale * net->w[i];
}

/* Starts that are not drawn: informed, or given overlaps. */
static void set_overlaps(const struct ae_params *p, struct ae_network *net)
{
    struct ae_start_view start;
    bool is_given = ae_start_view(p->start, &start);
    for (size_t k = 0; k < net->K; k++) {
        double *w = net->w + k * net->stride, *v = net->v + k * net->stride;
        if (is_given && start.encoder)
            memcpy(w, start.encoder + k * start.M, start.M * sizeof *w);
        if (is_given && start.decoder)
            memcpy(v, start.decoder + k * start.M, start.M * sizeof *v);
        if (!is_given && k < net->M)
            w[k] = v[k] = 1.0;
    }
    if (is_given && start.bias)
        memcpy(net->b, start.bias, net->K * sizeof *net->b);
}

static bool is_drawn(const struct ae_params *p)
{
    return p->start.n == 0 && p->init != AE_INIT_INFORMED;
}

/* ---- compressed ---- */

/*
 * Coordinates of n_rows vectors of n_bulk entries, row by row in `rows`, in an orthonormal basis of
 * their span: the rows of R^T of the QR decomposition of the matrix that has them as columns.
 * n_rows <= n_bulk.
 */
static enum ae_status factor(size_t n_rows, size_t n_bulk, size_t stride, const double *rows,
                             double *coordinates, struct ae_error *err)
{
    gsl_matrix *A = gsl_matrix_alloc(n_bulk, n_rows);
    gsl_vector *tau = gsl_vector_alloc(n_rows);
    enum ae_status rc = AE_OK;
    if (!A || !tau)
        rc = ae_fail_memory(err, n_rows * n_bulk * sizeof(double));
    if (rc == AE_OK) {
        for (size_t j = 0; j < n_rows; j++)
            for (size_t i = 0; i < n_bulk; i++)
                gsl_matrix_set(A, i, j, rows[j * stride + i]);
        if (gsl_linalg_QR_decomp(A, tau) != 0)
            rc = ae_fail(err, AE_EINTERNAL, "QR decomposition of the initial weights failed");
    }
    for (size_t j = 0; rc == AE_OK && j < n_rows; j++)
        for (size_t i = 0; i < n_rows; i++)
            coordinates[j * n_rows + i] = i <= j ? gsl_matrix_get(A, i, j) : 0.0;
    gsl_vector_free(tau);
    gsl_matrix_free(A);
    return rc;
}

/* Modes that a level becomes where the bulk parts of n_rows vectors are compressed. */
static size_t n_modes_of(struct ae_level level, size_t n_rows)
{
    return (size_t)fmin(level.n, (double)n_rows);
}

static size_t n_drawn_rows(const struct ae_params *p)
{
    return p->tied ? p->K : 2 * p->K;
}

/* The coordinates of one level, n drawn directions from `from` on, which go to mode `to`. */
static enum ae_status compress(const struct ae_params *p, const double *rows, size_t from,
                               struct ae_level level, size_t to, struct ae_network *net,
                               struct ae_error *err)
{
    size_t D = (size_t)p->D, n_rows = n_drawn_rows(p), n = n_modes_of(level, n_rows);
    bool is_whole = (double)n == level.n; /* so few that they are their own coordinates */
    double *coordinates = is_whole ? NULL : ae_reals_new(n_rows * n_rows);
    enum ae_status rc = AE_OK;
    if (!is_whole && !coordinates)
        rc = ae_fail_memory(err, n_rows * n_rows * sizeof *rows);
    if (rc == AE_OK && !is_whole)
        rc = factor(n_rows, (size_t)level.n, D, rows + from, coordinates, err);
    for (size_t j = 0; rc == AE_OK && j < n_rows; j++) {
        double *row = j < p->K ? net->w + j * net->stride : net->v + (j - p->K) * net->stride;
        const double *part = is_whole ? rows + j * D + from : coordinates + j * n_rows;
        bool is_seen = j >= p->K || to < net->n_w;
        memcpy(row + to, part, is_seen ? n * sizeof *row : 0);
    }
    free(coordinates);
    return rc;
}

/* Finite D, drawn: the leading modes as drawn, levels by their coordinates. */
static enum ae_status draw_compressed(const struct ae_params *p, const struct ae_levels *levels,
                                      struct ae_network *net, struct ae_error *err)
{
    size_t D = (size_t)p->D, K = p->K, n_rows = n_drawn_rows(p), from = net->M, to = net->M;
    double *rows = D > SIZE_MAX / n_rows ? NULL : ae_reals_new(n_rows * D);
    enum ae_status rc = rows ? AE_OK : ae_fail_memory(err, n_rows * D * sizeof *rows);
    if (rc == AE_OK)
        draw(p, D, D, rows, rows + K * D);
    for (size_t j = 0; rc == AE_OK && j < n_rows; j++)
        memcpy(j < K ? net->w + j * net->stride : net->v + (j - K) * net->stride, rows + j * D,
               net->M * sizeof *rows);
    for (size_t i = 0; rc == AE_OK && i < levels->n; i++) {
        rc = compress(p, rows, from, levels->at[i], to, net, err);
        from += (size_t)levels->at[i].n;
        to += n_modes_of(levels->at[i], n_rows);
    }
    free(rows);
    return rc;
}

/* D = inf, drawn: overlaps with all but the endless bulk; the decoder's parts in there orthogonal,
 * of length init (tied: those of the encoder). */
static void draw_infinite(const struct ae_params *p, struct ae_network *net)
{
    size_t n_finite = net->n - net->K;
    draw(p, n_finite, net->stride, net->w, net->v);
    double *rows = p->tied ? net->w : net->v;
    for (size_t k = 0; k < net->K; k++)
        rows[k * net->stride + n_finite + k] = p->init;
    net->frozen = p->tied ? 0.0 : p->sigma2 * p->init * p->init;
}

/* How many modes each level becomes at most: all of it in the full space, else what the weights
 * drawn there span. */
static double most_of_level(const struct ae_params *p, bool compressed)
{
    if (!compressed)
        return p->D;
    return isinf(p->D) ? (double)p->K : (double)n_drawn_rows(p);
}

/* Modes of this network: the leading ones, those that `start` has columns for, and, where weights
 * are drawn there or the space is full, those of all levels. */
static size_t count_modes(const struct ae_params *p, bool compressed, size_t M,
                          const struct ae_levels *levels)
{
    struct ae_start_view start;
    bool has_weights = ae_start_view(p->start, &start) && start.M > M;
    size_t n = M;
    if (compressed && !(is_drawn(p) && p->init > 0.0))
        return has_weights ? start.M : M;
    for (size_t i = 0; i < levels->n; i++)
        n += (size_t)fmin(levels->at[i].n, most_of_level(p, compressed));
    return n;
}

static void set_r(const struct ae_params *p, bool compressed, const struct ae_spectrum *spectrum,
                  const struct ae_levels *levels, struct ae_network *net)
{
    double most = most_of_level(p, compressed);
    size_t i = 0;
    for (; i < spectrum->M; i++)
        net->r[i] = spectrum->r[i];
    for (size_t l = 0; l < levels->n; l++)
        for (double j = 0.0; j < fmin(levels->at[l].n, most) && i < net->n; j += 1.0)
            net->r[i++] = levels->at[l].r;
    net->n_w = net->n;
    while (compressed && !p->tied && net->n_w > 0 && net->r[net->n_w - 1] == 0.0)
        net->n_w--; /* nothing depends on w there */
}

static enum ae_status set_weights(const struct ae_params *p, bool compressed,
                                  const struct ae_levels *levels, struct ae_network *net,
                                  struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    for (size_t k = 0; k < net->K; k++)
        net->b[k] = p->bias_init;
    if (!is_drawn(p))
        set_overlaps(p, net);
    else if (p->init > 0.0 && !compressed)
        draw(p, net->n, net->stride, net->w, net->v);
    else if (p->init > 0.0 && isinf(p->D))
        draw_infinite(p, net);
    else if (p->init > 0.0)
        rc = draw_compressed(p, levels, net, err);
    tie(p, net);
    return rc;
}

enum ae_status ae_network_init(struct ae_network *net, const struct ae_params *p, bool compressed,
                               struct ae_error *err)
{
    struct ae_spectrum spectrum = {0};
    struct ae_levels levels = {0};
    *net = (struct ae_network){0};
    enum ae_status rc = ae_spectrum_init(&spectrum, p, err);
    if (rc == AE_OK)
        rc = ae_levels_init(&levels, p, &spectrum, err);
    if (rc == AE_OK)
        rc = allocate(net, p->K, count_modes(p, compressed, spectrum.M, &levels), err);
    if (rc == AE_OK) {
        net->M = spectrum.M;
        set_r(p, compressed, &spectrum, &levels, net);
        rc = set_weights(p, compressed, &levels, net, err);
    }
    if (rc != AE_OK)
        ae_network_clear(net);
    ae_levels_clear(&levels);
    ae_spectrum_clear(&spectrum);
    return rc;
}

double ae_network_R(const struct ae_network *net, size_t k, size_t l)
{
    return ae_weighted_dot(net->n_w, net->r, net->w + k * net->stride, net->v + l * net->stride);
}
