/*
 * Time of a training step, whole and in parts: the inputs (their normals, and with these the products
 * among themselves), their products with the weights, the steps on these products, moving the weights.
 * Beside it the plain kernel (one pass over D for every product and every row) and the FMA peak of
 * one core in the same run: `share` is what the two passes over the weights reach of it, 10 K D operations a step
 * being counted, whatever is really done. At the end what is won where networks are trained side by
 * side on the same inputs. CPU times, the least of several: what else runs on the machine still slows
 * memory and clock. Takes about fifteen seconds.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "aesweep/descent.h"
#include "aesweep/lanes.h"
#include "aesweep/linalg.h"
#include "aesweep/moments.h"

enum { N_REPEATS = 12 };

static double now_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return 1e6 * (double)t.tv_sec + 1e-3 * (double)t.tv_nsec;
}

/* ---- what the core can do: 12 independent chains of FMA; GFLOP/s in double precision, 0 = unknown ---- */

#if defined(__x86_64__) && defined(__GNUC__)
#define FMA4(r, a, b, c, d)                                                                        \
    "vfmadd132pd %%" r "12, %%" r "13, %%" r a "\n\tvfmadd132pd %%" r "12, %%" r "13, %%" r b      \
    "\n\tvfmadd132pd %%" r "12, %%" r "13, %%" r c "\n\tvfmadd132pd %%" r "12, %%" r "13, %%" r d  \
    "\n\t"
#define FMA12(r)                                                                                   \
    FMA4(r, "0", "1", "2", "3") FMA4(r, "4", "5", "6", "7") FMA4(r, "8", "9", "10", "11")
#define CLOBBERS                                                                                   \
    "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10",       \
        "xmm11", "xmm12", "xmm13"

static void fma_512(size_t n)
{
    __asm__ volatile("vpxord %%zmm12, %%zmm12, %%zmm12\n\tvpxord %%zmm13, %%zmm13, %%zmm13" ::
                         : CLOBBERS);
    for (size_t i = 0; i < n; i++)
        __asm__ volatile(FMA12("zmm")::: CLOBBERS);
}

static void fma_256(size_t n)
{
    __asm__ volatile("vzeroall" ::: CLOBBERS);
    for (size_t i = 0; i < n; i++)
        __asm__ volatile(FMA12("ymm")::: CLOBBERS);
}

static double peak_gflops(void)
{
    enum { N = 200000 };
    bool is_wide = __builtin_cpu_supports("avx512f");
    if (!is_wide && !__builtin_cpu_supports("fma"))
        return 0.0;
    double best = HUGE_VAL;
    for (int i = 0; i < 20; i++) {
        double start = now_us();
        (is_wide ? fma_512 : fma_256)(N);
        best = fmin(best, now_us() - start);
    }
    return 12.0 * N * 2.0 * (is_wide ? 8.0 : 4.0) / best * 1e-3;
}
#else
static double peak_gflops(void)
{
    return 0.0;
}
#endif

/* ---- one network ---- */

struct bench {
    struct ae_params p;
    size_t n, B;
    struct ae_random random;
    struct ae_feed *feed;
    struct ae_layers *layers;
    struct ae_descent *descent;
    struct ae_block block;
    double *scale, *w, *v, *x, *e; /* plain: [n], [K][n], [K][n], [n], [n] */
    double *ones;                  /* scales of the normals alone, in either precision */
    double *lines;                 /* [B][whole groups of n]: normals alone */
    double b[64];
};

static void fail(void)
{
    fprintf(stderr, "bench_sgd: no memory\n");
    exit(1);
}

static void bench_init(struct bench *t, size_t D, size_t K, int activation, int precision)
{
    ae_params_init(&t->p);
    t->p.engine = AE_ENGINE_SGD;
    t->p.D = (double)D;
    t->p.K = K;
    t->p.lr = 0.1;
    t->p.activation = activation;
    t->p.precision = precision;
    t->n = D;
    t->random = ae_random_of(1, 1);
    struct ae_layers_shape shape = ae_descent_shape(&t->p, D);
    t->B = shape.n_inputs;
    t->scale = ae_reals_new((2 * K + 3) * D);
    t->lines = ae_reals_new(t->B * (D + AE_NORMALS_GROUP));
    t->ones = ae_reals_new(D + AE_NORMALS_GROUP);
    if (!t->scale || !t->lines || !t->ones)
        fail();
    t->w = t->scale + D;
    t->v = t->w + K * D;
    t->x = t->v + K * D;
    t->e = t->x + D;
    for (size_t i = 0; i < D; i++)
        t->scale[i] = i < 2 ? 2.0 : sqrt(1.0 / (double)D);
    struct ae_feed_shape of_feed = {.n = D, .n_inputs = t->B, .is_single = shape.is_single};
    if (ae_feed_new(&t->feed, &of_feed, t->scale, NULL) != AE_OK ||
        ae_layers_new(&t->layers, &shape, NULL) != AE_OK ||
        ae_descent_new(&t->descent, &t->p, t->b, NULL) != AE_OK ||
        ae_block_init(&t->block, &shape, NULL) != AE_OK)
        fail();
    for (size_t k = 0; k < K; k++) {
        ae_normals(t->random, AE_FOR_ENCODER, k, D, t->w + k * D);
        ae_normals(t->random, AE_FOR_DECODER, k, D, t->v + k * D);
        for (size_t i = 0; i < D; i++) {
            t->w[k * D + i] *= 0.1;
            t->v[k * D + i] *= 0.1 / sqrt((double)D);
        }
        ae_layers_set(t->layers, ae_descent_encoder(&t->p, k), t->w + k * D);
        ae_layers_set(t->layers, ae_descent_decoder(&t->p, k), t->v + k * D);
    }
    ae_layers_gram(t->layers, &t->block);
}

static void bench_clear(struct bench *t)
{
    ae_block_clear(&t->block);
    ae_descent_free(t->descent);
    ae_layers_free(t->layers);
    ae_feed_free(t->feed);
    free(t->scale);
    free(t->lines);
    free(t->ones);
}

static void draw(struct bench *t, uint64_t first, bool is_alone)
{
    const size_t n_groups = (t->n + AE_NORMALS_GROUP - 1) / AE_NORMALS_GROUP;
    uint64_t number[AE_FEED_MOST];
    for (size_t a = 0; a < t->B; a++)
        number[a] = first + a;
    if (!is_alone)
        ae_feed_draw(t->feed, t->B, t->random, number);
    else if (t->p.precision == AE_SINGLE)
        ae_inputs_single(t->random, AE_FOR_INPUT, t->B, number, n_groups, (const float *)t->ones,
                         16 * t->B, (float *)t->lines);
    else
        ae_inputs(t->random, AE_FOR_INPUT, t->B, number, n_groups, t->ones, 8 * t->B, t->lines);
}

static void descend(struct bench *t)
{
    ae_descent_begin(t->descent, &t->block);
    for (size_t a = 0; a < t->B; a++)
        (void)ae_descent_step(t->descent, &t->block, a);
    ae_descent_end(t->descent, &t->block);
}

/* A step without blocks, row by row. */
static void plain_step(struct bench *t, uint64_t number)
{
    size_t n = t->n, K = t->p.K;
    double g[64], dg[64], rate = t->p.lr / t->p.D;
    ae_normals(t->random, AE_FOR_INPUT, number, n, t->x);
    for (size_t i = 0; i < n; i++)
        t->e[i] = t->x[i] *= t->scale[i];
    for (size_t k = 0; k < K; k++) {
        struct ae_g at = ae_activation_at((enum ae_activation)t->p.activation,
                                          ae_dot(n, t->w + k * n, t->x) + t->b[k]);
        g[k] = at.g;
        dg[k] = at.dg;
    }
    for (size_t k = 0; k < K; k++)
        ae_axpy(n, -g[k], t->v + k * n, t->e);
    for (size_t k = 0; k < K; k++) {
        double slope = rate * ae_dot(n, t->v + k * n, t->e) * dg[k];
        ae_scale_axpy(n, 1.0, slope, t->x, t->w + k * n);
        ae_scale_axpy(n, 1.0, rate * g[k], t->e, t->v + k * n);
    }
}

/* ---- times, us a step ---- */

enum { WHOLE, NORMALS, FEED, PROJECT, DESCEND, UPDATE, PLAIN, N_TIMES };

/* Part `what` of steps first ... first + B - 1. */
static void run(struct bench *t, int what, uint64_t first)
{
    if (what == WHOLE || what == FEED || what == NORMALS)
        draw(t, first, what == NORMALS);
    if (what == WHOLE || what == PROJECT)
        ae_layers_project(t->layers, t->feed, &t->block);
    if (what == WHOLE || what == DESCEND)
        descend(t);
    if (what == WHOLE || what == UPDATE)
        ae_layers_update(t->layers, t->feed, &t->block);
    for (size_t a = 0; what == PLAIN && a < t->B; a++)
        plain_step(t, first + a);
}

/* Of reading the clock once. */
static double clock_us(void)
{
    enum { N = 1000 };
    double start = now_us();
    for (int i = 1; i < N; i++)
        (void)now_us();
    return (now_us() - start) / N;
}

/* Parts run in their order, block by block, so that each finds the caches as it would. */
static void time_all(struct bench *t, double us[N_TIMES])
{
    size_t n_blocks = 1 + (size_t)(2e6 / (t->p.D * (double)(t->p.K * t->B)));
    double steps = (double)(n_blocks * t->B);
    for (int what = 0; what < N_TIMES; what++)
        us[what] = HUGE_VAL;
    for (int repeat = 0; repeat < N_REPEATS; repeat++) {
        double part[N_TIMES] = {0}, tick = clock_us(), start = now_us();
        for (size_t i = 0; i < n_blocks; i++)
            run(t, WHOLE, i * t->B);
        part[WHOLE] = now_us() - start;
        for (size_t i = 0; i < n_blocks; i++)
            for (int what = NORMALS; what <= UPDATE; what++) {
                start = now_us();
                run(t, what, i * t->B);
                part[what] += now_us() - start - tick;
            }
        start = now_us();
        for (size_t i = 0; i < n_blocks; i++)
            run(t, PLAIN, i * t->B);
        part[PLAIN] = now_us() - start;
        for (int what = 0; what < N_TIMES; what++)
            us[what] = fmin(us[what], part[what] / steps);
    }
}

static void row(size_t D, size_t K, int activation, int precision, double peak)
{
    static struct bench t;
    double us[N_TIMES];
    t = (struct bench){.n = 0};
    bench_init(&t, D, K, activation, precision);
    time_all(&t, us);
    bench_clear(&t);
    double pairs = us[FEED] - us[NORMALS]; /* products among inputs: part of the first pass */
    double gflops = 10e-3 * (double)(K * D) / (pairs + us[PROJECT] + us[UPDATE]);
    double can = precision == AE_SINGLE ? 2.0 * peak : peak;
    printf("%5zu %3zu %-5s %-7s %7.2f %9.0f %7.2f %6.2f %8.2f %7.2f %6.2f %5.0f%% %7.1f %9.1f\n", D,
           K, activation == AE_ERF ? "erf" : "relu", precision == AE_SINGLE ? "single" : "double",
           us[WHOLE], 1e6 / us[WHOLE], us[NORMALS], pairs, us[PROJECT], us[DESCEND], us[UPDATE],
           can > 0.0 ? 100.0 * gflops / can : (double)NAN, us[PLAIN] / us[WHOLE],
           us[WHOLE] / us[NORMALS]);
}

/* ---- side by side ---- */

enum { N_TOGETHER = 8 };

/* n networks on the inputs of the first; us a step of each. */
static double together_us(struct bench *t, size_t n)
{
    size_t n_blocks = 1 + (size_t)(2e6 / (t->p.D * (double)(t->p.K * t->B)));
    double best = HUGE_VAL;
    for (int repeat = 0; repeat < N_REPEATS; repeat++) {
        double start = now_us();
        for (size_t i = 0; i < n_blocks; i++) {
            draw(t, i * t->B, false);
            for (size_t k = 0; k < n; k++) {
                ae_layers_project(t[k].layers, t->feed, &t[k].block);
                descend(&t[k]);
                ae_layers_update(t[k].layers, t->feed, &t[k].block);
            }
        }
        best = fmin(best, now_us() - start);
    }
    return best / (double)(n_blocks * t->B * n);
}

static void row_together(size_t D, size_t K, int precision)
{
    static struct bench t[N_TOGETHER];
    for (size_t i = 0; i < N_TOGETHER; i++) {
        t[i] = (struct bench){.n = 0};
        bench_init(&t[i], D, K, AE_ERF, precision);
    }
    double alone = together_us(t, 1), pair = together_us(t, 2), all = together_us(t, N_TOGETHER);
    for (size_t i = 0; i < N_TOGETHER; i++)
        bench_clear(&t[i]);
    printf("%5zu %3zu %-5s %-7s %8.2f %10.2f %8.2f %8.1f\n", D, K, "erf",
           precision == AE_SINGLE ? "single" : "double", alone, pair, all, alone / all);
}

int main(void)
{
    static const size_t cases[][2] = {{500, 2}, {1000, 4}, {1000, 10}, {3072, 16}};
    double peak = peak_gflops();
    printf("one step of sgd; FMA peak %.0f GFLOP/s in double, %.0f in single precision\n"
           "%5s %3s %-5s %-7s %7s %9s %7s %6s %8s %7s %6s %6s %7s %9s\n",
           peak, 2.0 * peak, "D", "K", "g", "", "us", "steps/s", "normals", "pairs", "products",
           "descent", "update", "share", "plain /", "/ normals");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int precision = 0; precision < 2; precision++)
            for (int g = 0; g < 2; g++)
                row(cases[i][0], cases[i][1], g == 0 ? AE_ERF : AE_RELU, precision, peak);
    printf("\nfew and many units\n");
    static const size_t corners[][2] = {{100, 1},  {100, 8},   {100, 64},
                                        {1000, 1}, {1000, 64}, {100000, 4}};
    for (size_t i = 0; i < sizeof corners / sizeof *corners; i++)
        row(corners[i][0], corners[i][1], AE_RELU, AE_DOUBLE, peak);
    printf("\nside by side, us a step of each network\n%5s %3s %-5s %-7s %8s %10s %8s %8s\n", "D",
           "K", "g", "", "alone", "of two", "of eight", "gain");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        for (int precision = 0; precision < 2; precision++)
            row_together(cases[i][0], cases[i][1], precision);
    return 0;
}
