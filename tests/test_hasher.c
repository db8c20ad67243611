/* The remembering hash against the plain one. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "aesweep/hasher.h"
#include "aesweep/sweep.h"

static void check_sweep(struct ae_hasher *hasher, const char *text)
{
    struct ae_sweep *sweep = NULL;
    struct ae_error err = {0};
    if (ae_sweep_read_text(&sweep, text, strlen(text), "f.yaml", &err) != AE_OK)
        fail_msg("%s\n%s", err.message, text);
    for (size_t i = 0; i < ae_sweep_n_points(sweep); i++) {
        struct ae_params p;
        uint64_t got = 0, want = 1;
        ae_sweep_point(sweep, i, 1, &p);
        assert_int_equal(ae_hasher_hash(hasher, &p, &got, NULL), AE_OK);
        assert_int_equal(ae_params_hash(&p, &want, NULL), AE_OK);
        assert_true(got == want);
    }
    ae_sweep_free(sweep);
}

/* Many more values than are remembered; lists that end and begin alike, in memory that is freed in
 * between; words, and parameters that act here and not there; seeds. */
static void it_equals_the_plain_hash(void **state)
{
    (void)state;
    struct ae_hasher *hasher = NULL;
    assert_int_equal(ae_hasher_new(&hasher, NULL), AE_OK);
    static const char *const texts[] = {
        "grid: {lr: {from: 1e-6, to: 1e6, points: 3000, scale: log}, tied: [true, false]}\n",
        "grid: {K: {from: 1, to: 1000}}\n",
        "grid:\n  spikes: [[4, 2], [4], [4, 2, 1], [4.5, 2]]\n  lr: [1, 2]\n  init: [informed, "
        "0]\n",
        "grid:\n  spikes: [[3, 2], [3], [3, 2, 1]]\n  observe: [default, [1], [1, 2]]\n",
        "set: {spikes: [2, 1]}\nseed: 7\ngrid:\n  start: [none, {encoder: [[1, 0]]}, "
        "{encoder: [[1, 0]], bias: [3]}]\n  bias: [none, both]\n  tie_scale: [1, -1, 0]\n",
        "seed: 8\ngrid:\n  bias_init: [0, -1e-300, 1e300, 0.1]\n  timeout: [none, 3]\n"
        "  engine: [ode, sgd]\n  rule: [vanilla, truncated]\n  K: [1, 2]\n  D: [10, 100]\n",
    };
    for (int round = 0; round < 2; round++)
        for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
            check_sweep(hasher, texts[i]);
    ae_hasher_free(hasher);
    ae_hasher_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_equals_the_plain_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
