/*
 * What steps on products rely on: the products among decoder weights, and the mixture M that is put
 * off, are carried along for 1024 steps and must still be those of the weights; loops over M against
 * plain ones; and every instruction set against every other, bit by bit. (That the steps are right:
 * test_sgd.c.)
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../src/engine/descent_internal.h"
#include "aesweep/descent.h"
#include "aesweep/memory.h"
#include "points.h"

struct training {
    struct ae_params p;
    struct ae_feed *feed;
    struct ae_layers *layers;
    struct ae_descent *descent;
    struct ae_block block, fresh; /* carried along; from the weights */
    double b[8];
    size_t n_put_off, n_mixed; /* blocks */
};

static void open_training(struct training *t, const char *settings)
{
    *t = (struct training){.p = point_of(settings)};
    size_t n = (size_t)t->p.D;
    struct ae_layers_shape shape = ae_descent_shape(&t->p, n);
    double *row = ae_reals_new(n);
    for (size_t i = 0; i < n; i++)
        row[i] = i < 2 ? 1.5 : 1.0 / sqrt(t->p.D);
    struct ae_feed_shape of_feed = {
        .n = n, .n_inputs = shape.n_inputs, .is_single = shape.is_single};
    assert_int_equal(ae_feed_new(&t->feed, &of_feed, row, NULL), AE_OK);
    assert_int_equal(ae_layers_new(&t->layers, &shape, NULL), AE_OK);
    assert_int_equal(ae_descent_new(&t->descent, &t->p, t->b, NULL), AE_OK);
    assert_int_equal(ae_block_init(&t->block, &shape, NULL), AE_OK);
    assert_int_equal(ae_block_init(&t->fresh, &shape, NULL), AE_OK);
    for (size_t j = 0; j < shape.n_w + shape.n_y; j++) {
        ae_normals(ae_random_of(1, 1), AE_FOR_ENCODER, j, n, row);
        for (size_t i = 0; i < n; i++)
            row[i] /= sqrt(t->p.D);
        ae_layers_set(t->layers, j, row);
    }
    free(row);
}

static void close_training(struct training *t)
{
    ae_block_clear(&t->block);
    ae_block_clear(&t->fresh);
    ae_descent_free(t->descent);
    ae_layers_free(t->layers);
    ae_feed_free(t->feed);
}

static void train(struct training *t, size_t n_steps)
{
    size_t batch = t->p.batch, B = ae_descent_steps(&t->p) * batch;
    uint64_t stream[AE_FEED_MOST];
    ae_layers_gram(t->layers, &t->block);
    for (size_t done = 0; done < n_steps; done += B / batch) {
        for (size_t a = 0; a < B; a++)
            stream[a] = done * batch + a;
        ae_feed_draw(t->feed, B, ae_random_of(2, 1), stream);
        ae_layers_project(t->layers, t->feed, &t->block);
        ae_descent_begin(t->descent, &t->block);
        for (size_t a = 0; a < B; a += batch)
            assert_true(ae_descent_step(t->descent, &t->block, a) < 100.0);
        ae_descent_end(t->descent, &t->block);
        ae_layers_update(t->layers, t->feed, &t->block);
        t->n_mixed += t->block.mixes;
        t->n_put_off += !t->block.mixes;
    }
    ae_layers_mix(t->layers, &t->block);
}

static void check_drift(const char *settings, double most)
{
    struct training t;
    open_training(&t, settings);
    ae_layers_gram(t.layers, &t.fresh);
    double start = t.fresh.y[t.fresh.t_at], worst = 0.0;
    train(&t, 1024);
    assert_true(t.n_put_off > 0 && t.n_mixed > 0);
    ae_layers_gram(t.layers, &t.fresh);
    for (size_t j = 0; j < t.block.shape.n_y; j++)
        for (size_t l = 0; l < t.block.shape.n_y; l++) {
            size_t at = j * t.block.stride + t.block.t_at + l;
            worst = fmax(worst, fabs(t.block.y[at] - t.fresh.y[at]));
        }
    if (!(worst <= most))
        fail_msg("%s: after 1024 steps products are off by %g", settings, worst);
    assert_true(fabs(t.fresh.y[t.fresh.t_at] - start) > 1e-3); /* the weights have moved */
    close_training(&t);
}

static void test_carried_products_do_not_drift(void **state)
{
    (void)state;
    static const char *const settings[] = {
        "engine=sgd D=200 K=3 lr=1",
        "engine=sgd D=200 K=3 lr=1 bias=both weight_decay=0.1",
        "engine=sgd D=200 K=3 lr=1 tied=true bias=both tie_scale=0.9",
        "engine=sgd D=200 K=3 lr=1 rule=truncated bias=decoder",
        "engine=sgd D=200 K=3 lr=1 tied=true rule=truncated activation=relu",
        "engine=sgd D=200 K=3 lr=1 batch=3 bias=both",
    };
    for (size_t i = 0; i < sizeof settings / sizeof *settings; i++) {
        char single[128];
        (void)snprintf(single, sizeof single, "%s precision=single", settings[i]);
        check_drift(settings[i], 1e-13);
        check_drift(single, 3e-6);
    }
}

/* ---- loops ---- */

static size_t list_loops(const struct ae_descent_loops *loops[3])
{
    size_t n = 0;
    loops[n++] = &ae_descent_loops_plain;
#if defined(__x86_64__) && defined(__GNUC__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        loops[n++] = &ae_descent_loops_avx2;
    if (__builtin_cpu_supports("avx512f"))
        loops[n++] = &ae_descent_loops_avx512;
#endif
    return n;
}

/* Numbers between -1 and 1 that mean nothing. */
static double some(size_t i)
{
    return sin(1.0 + 1.7 * (double)i + 1e-3 * (double)(i * i % 1009));
}

/* A block of J rows that are part of nothing, M at a distance below 1/2 from 1; G [B][B]. */
static void open_block(struct ae_block *block, size_t K, size_t J, size_t B, double *G)
{
    const struct ae_layers_shape shape = {.n = 1, .n_w = K, .n_y = J, .n_inputs = B};
    assert_int_equal(ae_block_init(block, &shape, NULL), AE_OK);
    for (size_t k = 0; k < K; k++)
        for (size_t a = 0; a < B; a++)
            block->w[k * block->stride + a] = some(k + 7 * a);
    for (size_t j = 0; j < J; j++) {
        double *y = block->y + j * block->stride;
        for (size_t a = 0; a < B; a++)
            y[a] = some(3 * j + 5 * a + 1);
        for (size_t l = 0; l < J; l++) {
            y[block->m_at + l] += 0.45 * some(j + 11 * l) / (double)J;
            y[block->t_at + l] = cos((double)j - (double)l) + (j == l);
        }
    }
    block->G = memset(G, 0, B * B * sizeof *G);
    for (size_t a = 0; a < B; a++)
        for (size_t b = a; b < B; b++)
            G[a * B + b] = (a == b ? 3.0 : 0.2) + 0.1 * some(a + 3 * b);
}

static double M_at(const struct ae_block *block, size_t j, size_t l)
{
    return block->y[j * block->stride + block->m_at + l];
}

/* Combining against a plain product, then back again. */
static void check_mixture(const struct ae_descent_loops *loops, size_t J, size_t B)
{
    struct ae_block block, before;
    double *rows = ae_reals_new(J * (J + 7 + B)), distance = 0.0, G[AE_FEED_MOST * AE_FEED_MOST];
    open_block(&block, 0, J, B, G);
    open_block(&before, 0, J, B, G);
    loops->combine(&block, rows);
    for (size_t j = 0; j < J; j++) {
        double column = 0.0;
        for (size_t l = 0; l < J; l++)
            column += fabs(M_at(&before, l, j) - (l == j));
        distance = fmax(distance, column);
        for (size_t a = 0; a < B; a++) {
            double sum = 0.0;
            for (size_t l = 0; l < J; l++)
                sum += M_at(&before, j, l) * before.y[l * before.stride + a];
            assert_true(fabs(block.y[j * block.stride + a] - sum) < 1e-13);
        }
    }
    assert_true(fabs(loops->distance(&block) - distance) < 1e-13);
    loops->uncombine(&block, rows);
    for (size_t j = 0; j < J; j++)
        for (size_t a = 0; a < B; a++) {
            size_t at = j * block.stride + a;
            assert_true(fabs(block.y[at] - before.y[at]) < 1e-13);
        }
    block.y[block.m_at + J - 1] = (double)NAN;
    assert_true(isnan(loops->distance(&block)));
    free(rows);
    ae_block_clear(&block);
    ae_block_clear(&before);
}

static void test_mixture(void **state)
{
    (void)state;
    const struct ae_descent_loops *loops[3];
    size_t n = list_loops(loops);
    for (size_t i = 0; i < n; i++)
        for (size_t J = 1; J <= 65; J += J < 20 ? 1 : 15)
            check_mixture(loops[i], J, J % 2 == 0 ? 8 : 16);
}

/* Everything that the loops compute from the same numbers, one after the other. */
static void run_loops(const struct ae_descent_loops *loops, bool is_tied, double keep,
                      struct ae_block *block, double *out)
{
    const size_t J = block->shape.n_y, wide = block->t_at - block->m_at;
    double numbers[11 * 24] = {0}, rows[17 * (24 + 16)];
    double *at[7];
    for (size_t i = 0; i < 7; i++) {
        at[i] = numbers + i * wide;
        for (size_t j = 0; j < J; j++)
            at[i][j] = i == 0 ? 0.9 : 0.1 * some(i + 9 * j);
    }
    const struct ae_step step = {.J = J,
                                 .wide = wide,
                                 .kappa = at[0],
                                 .gamma = at[1],
                                 .rho = at[2],
                                 .beta = at[3],
                                 .slope = at[4],
                                 .is_tied = is_tied,
                                 .x_y = at[5],
                                 .T_gamma = numbers + 7 * wide,
                                 .gamma_M = numbers + 8 * wide,
                                 .scratch = numbers + 9 * wide};
    loops->combine(block, rows);
    for (size_t a = 0; a < 3; a++) {
        loops->weigh(&step, block);
        out[a] = loops->step(&step, block, a, keep);
        loops->square(&step, block, keep, at[6]);
        out[28 + a] = step.T_gamma[1] + step.gamma_M[J - 1];
    }
    loops->slide(block->shape.n_w, 8, block->stride, 0.9, at[4], block->G, block->w);
    loops->subtract(J, wide, block->stride, at[1], block->y + block->t_at, at[5], at[6]);
    memcpy(out + 4, at[6], J * sizeof *at[6]);
    out[3] = loops->distance(block);
    loops->uncombine(block, rows);
}

static void test_every_instruction_set_gives_the_same_bits(void **state)
{
    (void)state;
    const struct ae_descent_loops *loops[3];
    size_t n = list_loops(loops);
    for (size_t mode = 0; mode < 6; mode++) {
        struct ae_block block[3];
        double G[AE_FEED_MOST * AE_FEED_MOST], out[3][32] = {{0}};
        size_t J = mode < 3 ? 17 : 6, B = mode < 3 ? 16 : 8, K = mode % 2 == 0 ? 0 : J - 1;
        for (size_t i = 0; i < n; i++) {
            open_block(&block[i], K, J, B, G);
            run_loops(loops[i], K == 0, mode % 3 == 0 ? 1.0 : 0.99, &block[i], out[i]);
            assert_memory_equal(out[i], out[0], sizeof out[0]);
            assert_memory_equal(block[i].w, block[0].w, (K + J) * block[0].stride * sizeof(double));
        }
        for (size_t i = 0; i < n; i++)
            ae_block_clear(&block[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_carried_products_do_not_drift),
        cmocka_unit_test(test_mixture),
        cmocka_unit_test(test_every_instruction_set_gives_the_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
