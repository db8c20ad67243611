/* What a run computes: shards are disjoint, complete, even, and keep together what belongs so. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "aesweep/selection.h"
#include "aesweep/sweep.h"

static struct ae_sweep *read_good(const char *text)
{
    struct ae_sweep *sweep = NULL;
    struct ae_error err = {0};
    if (ae_sweep_read_text(&sweep, text, strlen(text), "f.yaml", &err) != AE_OK)
        fail_msg("%s\n%s", err.message, text);
    return sweep;
}

static bool holds(const struct ae_selection *selection, const struct ae_params *p)
{
    bool is_held = false;
    assert_int_equal(ae_selection_holds(selection, p, &is_held, NULL), AE_OK);
    return is_held;
}

/* The shard of n that holds the row; there must be exactly one. */
static size_t shard_of(const struct ae_selection *shards, size_t n, const struct ae_params *p)
{
    size_t found = 0, n_found = 0;
    for (size_t k = 1; k <= n; k++)
        if (holds(&shards[k], p)) {
            found = k;
            n_found++;
        }
    assert_int_equal(n_found, 1);
    return found;
}

static void each_row_is_in_one_shard_with_its_kin(void **state)
{
    (void)state;
    enum { N = 4, N_LR = 5 };
    struct ae_sweep *sweep = read_good("set: {time: 10, D: 100}\n"
                                       "grid: {engine: [ode, sgd], K: {from: 1, to: 200}, lr: "
                                       "[0.1, 0.2, 0.3, 1, 3]}\nreplicates: 2\n");
    struct ae_selection shards[N + 1];
    size_t n_rows[N + 1] = {0}, n_apart = 0, last = 0;
    for (size_t k = 1; k <= N; k++) {
        char text[16];
        (void)snprintf(text, sizeof text, "%zu/%d", k, N);
        assert_int_equal(ae_selection_init(&shards[k], NULL, text, NULL), AE_OK);
        assert_false(ae_selection_is_all(&shards[k]));
    }
    for (size_t i = 0; i < ae_sweep_n_points(sweep); i++) {
        struct ae_params p;
        ae_sweep_point(sweep, i, 1, &p);
        size_t shard = shard_of(shards, N, &p);
        n_rows[shard]++;
        p.replicate = 2;
        assert_int_equal(shard_of(shards, N, &p), shard);
        if (i % N_LR > 0 && p.engine == AE_ENGINE_ODE) /* the same trajectory */
            assert_int_equal(shard, last);
        n_apart += i % N_LR > 0 && shard != last;
        last = shard;
    }
    assert_true(n_apart > 400);     /* simulations are spread */
    for (size_t k = 1; k <= N; k++) /* 2000 / 4, of which 1000 in 200 lumps of 5 */
        assert_in_range(n_rows[k], 350, 650);
    for (size_t k = 1; k <= N; k++)
        ae_selection_clear(&shards[k]);
    ae_sweep_free(sweep);
}

static void only_and_shard_go_together(void **state)
{
    (void)state;
    struct ae_selection only, shard, both;
    struct ae_params p;
    ae_params_init(&p);
    assert_int_equal(ae_selection_init(&only, "K<=10", NULL, NULL), AE_OK);
    assert_int_equal(ae_selection_init(&shard, NULL, "1/2", NULL), AE_OK);
    assert_int_equal(ae_selection_init(&both, "K<=10", "1/2", NULL), AE_OK);
    size_t n = 0;
    for (p.K = 1; p.K <= 20; p.K++) {
        bool want = holds(&only, &p) && holds(&shard, &p);
        assert_int_equal(holds(&only, &p), p.K <= 10);
        assert_int_equal(holds(&both, &p), want);
        n += want;
    }
    assert_in_range(n, 1, 9);
    ae_selection_clear(&only);
    ae_selection_clear(&shard);
    ae_selection_clear(&both);
}

static void all_is_everything(void **state)
{
    (void)state;
    struct ae_selection all;
    struct ae_params p;
    ae_params_init(&p);
    assert_int_equal(ae_selection_init(&all, NULL, NULL, NULL), AE_OK);
    assert_true(ae_selection_is_all(&all) && ae_selection_is_all(NULL));
    assert_true(holds(&all, &p) && holds(NULL, &p));
    ae_selection_clear(&all);
    assert_int_equal(ae_selection_init(&all, NULL, "1/1", NULL), AE_OK);
    assert_true(holds(&all, &p));
    ae_selection_clear(&all);
}

static void mistakes_name_the_option(void **state)
{
    (void)state;
    static const char *const shards[] = {
        "",    "1",     "0/3", "4/3", "1/0",  "1/3/2", "-1/3",      "1/ 3",
        "a/b", "1.5/3", "/3",  "1/",  " 1/3", "+1/3",  "1/1000001", "1/99999999999999999999"};
    struct ae_selection selection;
    struct ae_error err = {0};
    for (size_t i = 0; i < sizeof shards / sizeof *shards; i++) {
        assert_int_equal(ae_selection_init(&selection, NULL, shards[i], &err), AE_EARG);
        assert_non_null(strstr(err.message, "--shard: "));
        assert_non_null(strstr(err.message, "i/n"));
        ae_selection_clear(&selection);
    }
    assert_int_equal(ae_selection_init(&selection, "K==2", NULL, &err), AE_EARG);
    assert_int_equal(strncmp(err.message, "--only: column 2: ", 18), 0);
    ae_selection_clear(&selection);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_is_in_one_shard_with_its_kin),
        cmocka_unit_test(only_and_shard_go_together),
        cmocka_unit_test(all_is_everything),
        cmocka_unit_test(mistakes_name_the_option),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
