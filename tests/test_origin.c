/* The hash of a sweep that pictures, arrays and pages name. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "aesweep/hash.h"
#include "aesweep/origin.h"

static uint64_t hash_of(const char *yaml)
{
    struct ae_sweep *sweep = NULL;
    struct ae_error err = {0};
    uint64_t hash = 0;
    if (ae_sweep_read_text(&sweep, yaml, strlen(yaml), "test", &err) != AE_OK)
        fail_msg("%s", err.message);
    assert_int_equal(ae_origin_hash(sweep, &hash, &err), AE_OK);
    ae_sweep_free(sweep);
    return hash;
}

/* So that a parameter that is added to the program changes no hash. */
static void test_defaults_are_no_part_of_it(void **state)
{
    (void)state;
    static const char set[] = "name: a\nreplicates: 1\nseed: 1\nset:\n  lr: 2\n";
    static const char grid[] = "name: a\nreplicates: 3\nseed: 1\nset:\ngrid:\n  K: [1]\n"
                               "  lr: [1, 2]\n";
    assert_true(hash_of("name: a\nset: {lr: 2}\n") == ae_hash(set, strlen(set)));
    assert_true(hash_of("name: a\nset: {lr: 2, K: 1, spikes: [1]}\n") == ae_hash(set, strlen(set)));
    assert_true(hash_of("name: a\nreplicates: 3\ngrid: {K: [1], lr: [1, 2]}\n") ==
                ae_hash(grid, strlen(grid)));
}

static void test_every_setting_is_part_of_it(void **state)
{
    (void)state;
    static const char *const others[] = {
        "name: b\nset: {lr: 2}\ngrid: {K: [1, 2]}\n",
        "name: a\nset: {lr: 3}\ngrid: {K: [1, 2]}\n",
        "name: a\nset: {lr_bias: 2}\ngrid: {K: [1, 2]}\n",
        "name: a\nset: {lr: 2}\ngrid: {K: [1, 3]}\n",
        "name: a\nset: {lr: 2}\ngrid: {K: [2, 1]}\n",
        "name: a\nseed: 2\nset: {lr: 2}\ngrid: {K: [1, 2]}\n",
        "name: a\nset: {lr: 2, spikes: [1, 1]}\ngrid: {K: [1, 2]}\n"};
    uint64_t hash = hash_of("name: a\nset: {lr: 2}\ngrid: {K: [1, 2]}\n");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_true(hash_of(others[i]) != hash);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_defaults_are_no_part_of_it),
                                       cmocka_unit_test(test_every_setting_is_part_of_it)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
