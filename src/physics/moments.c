/*
 * Gaussian averages of the activation: the arrays of aesweep/moments.h, filled unit by unit and
 * pair by pair from the law of the activation (moments_erf.c, moments_relu.c, moments_gelu.c,
 * moments_sigmoid.c; linear is here).
 */
#include "aesweep/moments.h"

#include "activation_internal.h"
#include "aesweep/lanes.h"
#include "mixture.h"
#include "moments_internal.h"

/* Units whose own averages are kept at once, so that any K works without allocating. */
enum { N_BLOCK = 8 };

struct block {
    size_t first, n;
    struct ae_unit unit[N_BLOCK];
    struct ae_series series[N_BLOCK];
};

/* Row and column 0 of the constant unit, but for the averages of the other units. */
static void fill_constant_unit(size_t n, struct ae_moments *out)
{
    for (size_t l = 0; l < n; l++) {
        out->J[l] = 0.0;
        out->H[l] = 0.0;
        out->P[l] = 0.0;
        out->P[l * n] = 0.0;
    }
    out->I[0] = 1.0;
    out->a2[0] = 0.0;
}

static void linear_unit(double Q, double b, struct ae_unit *out)
{
    *out = (struct ae_unit){.Q = Q, .b = b, .m = b, .a = 1.0};
}

static void linear_self(const struct ae_unit *k, struct ae_pair *out)
{
    *out = (struct ae_pair){.I = k->Q + k->b * k->b, .P = 1.0, .J_kl = k->b, .J_lk = k->b};
}

static void linear_pair(const struct ae_unit *k, const struct ae_unit *l,
                        const struct ae_link *link, struct ae_pair *out)
{
    *out = (struct ae_pair){.I = link->Q + k->b * l->b, .P = 1.0, .J_kl = l->b, .J_lk = k->b};
}

static struct ae_g linear_at(double x)
{
    return (struct ae_g){x, 1.0};
}

static const struct ae_law law_linear = {
    .unit = linear_unit, .self = linear_self, .pair = linear_pair, .at = linear_at};

static const struct ae_law *const laws[] = {
    [AE_LINEAR] = &law_linear,        [AE_ERF] = &ae_law_erf,
    [AE_RELU] = &ae_law_relu,         [AE_TANH] = &ae_law_tanh,
    [AE_LOGISTIC] = &ae_law_logistic, [AE_GELU] = &ae_law_gelu,
    [AE_SOFTPLUS] = &ae_law_softplus, [AE_LEAKY_RELU] = &ae_law_leaky_relu,
};

static void block_init(struct block *block, const struct ae_law *law, const struct ae_gauss *in,
                       size_t first)
{
    block->first = first;
    block->n = in->K - first < N_BLOCK ? in->K - first : N_BLOCK;
    for (size_t i = 0; i < block->n; i++) {
        block->unit[i].series = &block->series[i];
        law->unit(in->Q[(first + i) * (in->K + 1)], in->b[first + i], &block->unit[i]);
    }
}

/* Column 0 and the diagonal. */
static void fill_units(const struct block *block, const struct ae_law *law, size_t n,
                       struct ae_moments *out)
{
    for (size_t i = 0; i < block->n; i++) {
        const struct ae_unit *unit = &block->unit[i];
        size_t k = block->first + i + 1;
        size_t at = k * n + k;
        struct ae_pair self;
        law->self(unit, &self);
        out->I[k] = unit->m;
        out->I[k * n] = unit->m;
        out->J[k * n] = unit->a;
        out->H[k * n] = unit->a1;
        out->a2[k] = unit->a2;
        out->I[at] = self.I;
        out->J[at] = self.J_kl;
        out->H[at] = self.H_kl;
        out->P[at] = self.P;
    }
}

/* All pairs k < l of a unit of one block with one of another, or of the same. */
static void fill_pairs(const struct block *rows, const struct block *columns,
                       const struct ae_law *law, const struct ae_gauss *in, struct ae_moments *out)
{
    size_t n = in->K + 1;
    for (size_t i = 0; i < rows->n; i++) {
        for (size_t j = rows == columns ? i + 1 : 0; j < columns->n; j++) {
            size_t k = rows->first + i;
            size_t l = columns->first + j;
            size_t from = k * in->K + l;
            size_t kl = (k + 1) * n + l + 1;
            size_t lk = (l + 1) * n + k + 1;
            struct ae_link link = {in->Q[from], in->one_minus[from], in->one_plus[from]};
            struct ae_pair pair;
            law->pair(&rows->unit[i], &columns->unit[j], &link, &pair);
            out->I[kl] = out->I[lk] = pair.I;
            out->P[kl] = out->P[lk] = pair.P;
            out->J[kl] = pair.J_kl;
            out->J[lk] = pair.J_lk;
            out->H[kl] = pair.H_kl;
            out->H[lk] = pair.H_lk;
        }
    }
}

void ae_moments(enum ae_activation activation, const struct ae_gauss *in, struct ae_moments *out)
{
    const struct ae_law *law = laws[activation];
    struct block rows;
    struct block columns;
    fill_constant_unit(in->K + 1, out);
    for (size_t k = 0; k < in->K; k += N_BLOCK) {
        block_init(&rows, law, in, k);
        fill_units(&rows, law, in->K + 1, out);
        fill_pairs(&rows, &rows, law, in, out);
        for (size_t l = k + N_BLOCK; l < in->K; l += N_BLOCK) {
            block_init(&columns, law, in, l);
            fill_pairs(&rows, &columns, law, in, out);
        }
    }
}

struct ae_g ae_activation_at(enum ae_activation activation, double x)
{
    return laws[activation]->at(x);
}

void ae_activation_many(enum ae_activation activation, size_t n, const double *x, double *g,
                        double *dg)
{
    if (activation == AE_ERF) {
        AE_CHOOSE(ae_erf_lanes)((n + 7) / 8 * 8, x, g, dg);
        return;
    }
    for (size_t i = 0; i < n; i++) {
        struct ae_g at = laws[activation]->at(x[i]);
        g[i] = at.g;
        dg[i] = at.dg;
    }
}
