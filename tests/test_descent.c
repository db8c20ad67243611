/*
 * What steps on products rely on: the products among decoder weights are carried along for 1024 steps
 * and must still be those of the weights. (That the steps are right: test_sgd.c.)
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "aesweep/descent.h"
#include "aesweep/memory.h"
#include "points.h"

struct training {
    struct ae_params p;
    struct ae_layers *layers;
    struct ae_descent *descent;
    struct ae_block block, fresh; /* carried along; from the weights */
    double b[8];
};

static void open_training(struct training *t, const char *settings)
{
    *t = (struct training){.p = point_of(settings)};
    size_t n = (size_t)t->p.D;
    struct ae_layers_shape shape = ae_descent_shape(&t->p, n);
    double *row = ae_reals_new(n);
    for (size_t i = 0; i < n; i++)
        row[i] = i < 2 ? 1.5 : 1.0 / sqrt(t->p.D);
    assert_int_equal(ae_layers_new(&t->layers, &shape, row, NULL), AE_OK);
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
}

static void train(struct training *t, size_t n_steps)
{
    size_t batch = t->p.batch, B = ae_descent_steps(&t->p) * batch;
    uint64_t stream[AE_LAYERS_MOST_INPUTS];
    ae_layers_gram(t->layers, &t->block);
    for (size_t done = 0; done < n_steps; done += B / batch) {
        for (size_t a = 0; a < B; a++)
            stream[a] = done * batch + a;
        ae_layers_draw(t->layers, B, ae_random_of(2, 1), stream);
        ae_layers_project(t->layers, B, &t->block);
        ae_descent_begin(t->descent, &t->block);
        for (size_t a = 0; a < B; a += batch)
            assert_true(ae_descent_step(t->descent, &t->block, a) < 100.0);
        ae_layers_update(t->layers, &t->block);
    }
}

static void check_drift(const char *settings, double most)
{
    struct training t;
    open_training(&t, settings);
    ae_layers_gram(t.layers, &t.fresh);
    double start = t.fresh.y[t.fresh.t_at], worst = 0.0;
    train(&t, 1024);
    ae_layers_gram(t.layers, &t.fresh);
    for (size_t j = 0; j < t.block.shape.n_y; j++)
        for (size_t l = 0; l < t.block.shape.n_y; l++) {
            size_t at = j * t.block.y_stride + t.block.t_at + l;
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

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_carried_products_do_not_drift)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
