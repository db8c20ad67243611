/*
 * Passes over weights and inputs against plain loops over rows: products, moves, sums over batches
 * that take several blocks, for sizes around those of lines, tiles and segments; and every
 * instruction set against every other, bit by bit.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "../src/engine/layers_internal.h"
#include "aesweep/layers.h"
#include "aesweep/memory.h"

/* Numbers between -1 and 1 that mean nothing. */
static double some(size_t i)
{
    return sin(1.0 + 1.7 * (double)i + 1e-3 * (double)(i * i % 1009));
}

struct plain {
    struct ae_layers_shape shape;
    double *rows, *X; /* [n_w + n_y][n], [n_inputs][n] */
};

static size_t n_rows(const struct plain *plain)
{
    return plain->shape.n_w + plain->shape.n_y;
}

static double dot(const struct plain *plain, const double *x, const double *y)
{
    double sum = 0.0;
    for (size_t i = 0; i < plain->shape.n; i++)
        sum += x[i] * y[i];
    return sum;
}

static double tol(const struct plain *plain)
{
    return (plain->shape.is_single ? 1e-5 : 1e-13) * sqrt((double)plain->shape.n);
}

static void check(const struct plain *plain, double got, double want, const char *what, size_t i,
                  size_t j)
{
    if (!(fabs(got - want) <= tol(plain) * fmax(1.0, fabs(want))))
        fail_msg("n = %zu, n_w = %zu, n_y = %zu, %s: %s %zu %zu: got %.9g, want %.9g",
                 plain->shape.n, plain->shape.n_w, plain->shape.n_y,
                 plain->shape.is_single ? "single" : "double", what, i, j, got, want);
}

/* The same rows and inputs on both sides. The oracle takes the inputs from the generator. */
static struct ae_layers *make(struct plain *plain, uint64_t first, size_t n_in_block,
                              struct ae_feed **feed)
{
    const size_t n = plain->shape.n, n_groups = n / AE_NORMALS_GROUP + 1;
    struct ae_layers *layers = NULL;
    double *scale = ae_reals_new(2 * n_groups * AE_NORMALS_GROUP);
    double *x = scale + n_groups * AE_NORMALS_GROUP;
    uint64_t stream[AE_FEED_MOST];
    plain->rows = ae_reals_new((n_rows(plain) + plain->shape.n_inputs) * n);
    plain->X = plain->rows + n_rows(plain) * n;
    for (size_t i = 0; i < n; i++)
        scale[i] = 1.0 + 0.5 * some(3 * i);
    const struct ae_feed_shape of_feed = {
        .n = n, .n_inputs = plain->shape.n_inputs, .is_single = plain->shape.is_single};
    assert_int_equal(ae_feed_new(feed, &of_feed, scale, NULL), AE_OK);
    assert_int_equal(ae_layers_new(&layers, &plain->shape, NULL), AE_OK);
    for (size_t j = 0; j < n_rows(plain); j++) {
        for (size_t i = 0; i < n; i++)
            plain->rows[j * n + i] = some(j * n + i);
        ae_layers_set(layers, j, plain->rows + j * n);
    }
    for (size_t a = 0; a < plain->shape.n_inputs; a++) {
        stream[a] = first + a * a;
        ae_inputs(ae_random_of(1, 2), AE_FOR_INPUT, 1, &stream[a], n_groups, scale, 8, x);
        memcpy(plain->X + a * n, x, n * sizeof *x);
    }
    ae_feed_draw(*feed, n_in_block, ae_random_of(1, 2), stream);
    free(scale);
    return layers;
}

static void check_products(const struct plain *plain, const struct ae_block *block)
{
    size_t n = plain->shape.n, n_w = plain->shape.n_w, B = plain->shape.n_inputs;
    const double *Y = plain->rows + n_w * n;
    for (size_t a = 0; a < block->n; a++) {
        const double *x = plain->X + a * n;
        for (size_t k = 0; k < n_w; k++)
            check(plain, block->w[k * block->stride + a], dot(plain, plain->rows + k * n, x), "w x",
                  k, a);
        for (size_t j = 0; j < plain->shape.n_y; j++)
            check(plain, block->y[j * block->stride + a], dot(plain, Y + j * n, x), "y x", j, a);
        for (size_t b = 0; b < a; b++)
            assert_true(block->G[a * B + b] == 0.0);
        for (size_t b = a; b < block->n; b++)
            check(plain, block->G[a * B + b], dot(plain, x, plain->X + b * n), "x x", a, b);
    }
    for (size_t j = 0; j < plain->shape.n_y; j++)
        for (size_t l = 0; l < plain->shape.n_y; l++)
            check(plain, block->y[j * block->stride + block->t_at + l],
                  dot(plain, Y + j * n, Y + l * n), "y y", j, l);
}

static void fill(struct ae_block *block)
{
    const struct ae_layers_shape *shape = &block->shape;
    block->keep = 0.7;
    block->mixes = false;
    for (size_t i = 0; i < (shape->n_w + shape->n_y) * block->stride; i++)
        block->w[i] = 0.3 * some(7 * i);
}

/* rows = keep W + n_times A X, M Y + n_times C X; M = 1 unless the block mixes. */
static void move_plainly(const struct plain *plain, const struct ae_block *block, double n_times)
{
    const struct ae_layers_shape *shape = &plain->shape;
    size_t n = shape->n, n_w = shape->n_w, J = shape->n_y;
    double *old = ae_reals_new(J);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < J; j++)
            old[j] = plain->rows[(n_w + j) * n + i];
        for (size_t row = 0; row < n_w + J; row++) {
            const double *y = block->y + (row - n_w) * block->stride;
            const double *by = block->w + row * block->stride;
            double sum = (row < n_w ? block->keep : 1.0) * plain->rows[row * n + i];
            for (size_t l = 0; l < J && row >= n_w && block->mixes; l++)
                sum += (y[block->m_at + l] - (l == row - n_w)) * old[l];
            for (size_t a = 0; a < block->n; a++)
                sum += n_times * by[a] * plain->X[a * n + i];
            plain->rows[row * n + i] = sum;
        }
    }
    free(old);
}

static void check_rows(const struct plain *plain, const struct ae_layers *layers, const char *what)
{
    size_t n = plain->shape.n;
    double *x = ae_reals_new(n);
    for (size_t row = 0; row < n_rows(plain); row++) {
        ae_layers_get(layers, row, x);
        for (size_t i = 0; i < n; i++)
            check(plain, x[i], plain->rows[row * n + i], what, row, i);
    }
    free(x);
}

static void check_unmixed(const struct ae_block *block)
{
    for (size_t j = 0; j < block->shape.n_y; j++)
        for (size_t l = 0; l < block->shape.n_y; l++)
            assert_true(block->y[j * block->stride + block->m_at + l] == (j == l));
}

/* Inputs alone, with and without decay of W; mixed; mixed without inputs. */
static void check_updates(struct plain *plain, struct ae_layers *layers, struct ae_feed *feed,
                          struct ae_block *block)
{
    for (size_t decays = 0; decays < 2; decays++) {
        block->keep = decays == 1 ? 0.7 : 1.0;
        move_plainly(plain, block, 1.0);
        ae_layers_update(layers, feed, block);
        check_rows(plain, layers, "moved");
    }
    block->mixes = true;
    move_plainly(plain, block, 1.0);
    ae_layers_update(layers, feed, block);
    check_rows(plain, layers, "mixed and moved");
    check_unmixed(block);
    fill(block);
    block->mixes = true;
    block->keep = 1.0;
    move_plainly(plain, block, 0.0);
    ae_layers_mix(layers, block);
    check_rows(plain, layers, "mixed");
    check_unmixed(block);
}

static void check_shape(struct ae_layers_shape shape, size_t n_in_block)
{
    struct plain plain = {.shape = shape};
    struct ae_block block;
    struct ae_feed *feed = NULL;
    struct ae_layers *layers = make(&plain, 11, n_in_block, &feed);
    assert_int_equal(ae_block_init(&block, &shape, NULL), AE_OK);
    ae_layers_project(layers, feed, &block);
    assert_int_equal(block.n, n_in_block);
    assert_false(block.mixes);
    check_unmixed(&block);
    ae_layers_gram(layers, &block);
    check_products(&plain, &block);
    fill(&block);
    check_updates(&plain, layers, feed, &block);
    for (size_t times = 2; times < 4; times++) { /* the second time the sums begin at 0 again */
        fill(&block);
        block.mixes = true;
        move_plainly(&plain, &block, (double)times);
        for (size_t i = 0; i < times; i++)
            ae_layers_gather(layers, feed, &block);
        ae_layers_settle(layers, &block);
        check_rows(&plain, layers, "settled");
        check_unmixed(&block);
    }
    ae_block_clear(&block);
    ae_layers_free(layers);
    ae_feed_free(feed);
    free(plain.rows);
}

static void check_sizes(bool is_single)
{
    static const size_t n[] = {1, 7, 128, 129, 1000, 4500};
    static const size_t n_w[] = {0, 1, 2, 3, 4, 5, 9}, n_y[] = {1, 2, 3, 4, 6, 8, 17};
    static const size_t n_inputs[] = {1, 2, 3, 8, 16, 7, 5};
    for (size_t i = 0; i < sizeof n / sizeof *n; i++)
        for (size_t k = 0; k < 7; k++) {
            struct ae_layers_shape shape = {.n = n[i],
                                            .n_w = n_w[k],
                                            .n_y = n_y[(k + i) % 7],
                                            .n_inputs = n_inputs[(k + 2 * i) % 7],
                                            .gathers = true,
                                            .is_single = is_single};
            check_shape(shape, shape.n_inputs);
            check_shape(shape, (shape.n_inputs + 1) / 2);
        }
}

static void test_double_precision(void **state)
{
    (void)state;
    check_sizes(false);
}

static void test_single_precision(void **state)
{
    (void)state;
    check_sizes(true);
}

/* As many units and inputs as there may be. */
static void test_many_rows(void **state)
{
    (void)state;
    struct ae_layers_shape shape = {
        .n = 150, .n_w = 64, .n_y = 65, .n_inputs = AE_FEED_MOST, .gathers = true};
    check_shape(shape, AE_FEED_MOST);
    shape.is_single = true;
    check_shape(shape, AE_FEED_MOST - 1);
}

/* ---- instruction sets ---- */

static size_t list_kernels(bool is_single, const struct ae_kernel *kernels[3])
{
    size_t n = 0;
    kernels[n++] = is_single ? &ae_kernel_single_plain : &ae_kernel_double_plain;
#if defined(__x86_64__) && defined(__GNUC__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        kernels[n++] = is_single ? &ae_kernel_single_avx2 : &ae_kernel_double_avx2;
    if (__builtin_cpu_supports("avx512f"))
        kernels[n++] = is_single ? &ae_kernel_single_avx512 : &ae_kernel_double_avx512;
#endif
    return n;
}

enum { ROWS = 7, INPUTS = 6, LINES = 24, LINE = AE_LINE_BYTES / sizeof(double) };

/* Everything that a kernel computes from the same numbers, one after the other. */
static void run_kernel(const struct ae_kernel *kernel, double *rows, double *X, double *products)
{
    double factors[ROWS * (ROWS + INPUTS)], *scratch;
    struct ae_lines all = {.n = LINES, .n_rows = ROWS, .reals = rows};
    struct ae_lines inputs = {.n = LINES, .n_rows = INPUTS, .reals = X};
    for (size_t i = 0; i < LINES * ROWS * AE_LINE_BYTES / kernel->real_size; i++)
        if (kernel->real_size == sizeof(float))
            ((float *)all.reals)[i] = (float)some(i);
        else
            rows[i] = some(i);
    for (size_t i = 0; i < LINES * INPUTS * AE_LINE_BYTES / kernel->real_size; i++)
        if (kernel->real_size == sizeof(float))
            ((float *)inputs.reals)[i] = (float)some(i + 5);
        else
            X[i] = some(i + 5);
    for (size_t i = 0; i < ROWS * (ROWS + INPUTS); i++)
        factors[i] = some(9 * i);
    const struct ae_band band[2] = {
        {.n = 2, .keep = 0.9, .by = factors, .stride = INPUTS + ROWS},
        {.first = 2, .n = 5, .own = factors + INPUTS, .by = factors, .stride = INPUTS + ROWS}};
    memset(products, 0, ROWS * INPUTS * sizeof *products);
    scratch = ae_reals_new(ae_kernel_scratch(ROWS, INPUTS) / sizeof *scratch + 1);
    for (size_t i = 0; i < 3; i++) {
        kernel->mix(&all, 2, band, &inputs, INPUTS, scratch);
        kernel->products(&all, 0, ROWS, &inputs, 0, INPUTS, false, products, INPUTS);
    }
    free(scratch);
}

static void test_every_instruction_set_gives_the_same_bits(void **state)
{
    (void)state;
    static _Alignas(64) double rows[3][LINES * ROWS * LINE], X[LINES * INPUTS * LINE];
    static double products[3][ROWS * INPUTS];
    for (int is_single = 0; is_single < 2; is_single++) {
        const struct ae_kernel *kernels[3];
        size_t n = list_kernels(is_single == 1, kernels);
        for (size_t i = 0; i < n; i++) {
            run_kernel(kernels[i], rows[i], X, products[i]);
            assert_memory_equal(rows[i], rows[0], sizeof rows[0]);
            assert_memory_equal(products[i], products[0], sizeof products[0]);
        }
        assert_true(fabs(products[0][0]) > 0.0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_double_precision),
        cmocka_unit_test(test_single_precision),
        cmocka_unit_test(test_many_rows),
        cmocka_unit_test(test_every_instruction_set_gives_the_same_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
