/* Axes and values: ranges against closed forms, lists, weights to start from, and what is refused.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "aesweep/axis.h"
#include "aesweep/range.h"

struct fixture {
    struct ae_yaml *doc;
    struct ae_pool pool;
    struct ae_axis axis;
    struct ae_error err;
    enum ae_status rc;
};

static struct fixture read_axis(enum ae_param_id id, const char *text)
{
    struct fixture f = {.rc = AE_OK};
    assert_int_equal(ae_yaml_read_text(&f.doc, text, strlen(text), "f", &f.err), AE_OK);
    f.rc = ae_axis_read(f.doc, ae_yaml_root(f.doc), id, &f.pool, &f.axis, &f.err);
    return f;
}

static void clear(struct fixture *f)
{
    ae_axis_clear(&f->axis);
    ae_pool_clear(&f->pool);
    ae_yaml_free(f->doc);
}

static void expect_axis(enum ae_param_id id, const char *text, size_t n, const double *x)
{
    struct fixture f = read_axis(id, text);
    if (f.rc != AE_OK)
        fail_msg("%s: %s", text, f.err.message);
    if (f.axis.n != n)
        fail_msg("%s: %zu values, want %zu", text, f.axis.n, n);
    for (size_t i = 0; i < n; i++)
        if (f.axis.values[i].x != x[i])
            fail_msg("%s: value %zu is %.17g, want %.17g", text, i, f.axis.values[i].x, x[i]);
    clear(&f);
}

#define EXPECT_AXIS(id, text, ...)                                                                 \
    do {                                                                                           \
        const double want[] = {__VA_ARGS__};                                                       \
        expect_axis(id, text, sizeof want / sizeof *want, want);                                   \
    } while (0)

static void expect_bad(enum ae_param_id id, const char *text, const char *place, const char *words)
{
    struct fixture f = read_axis(id, text);
    assert_int_equal(f.rc, AE_EARG);
    if (strncmp(f.err.message, place, strlen(place)) != 0 || !strstr(f.err.message, words))
        fail_msg("%s: got '%s', want '%s ... %s'", text, f.err.message, place, words);
    ae_axis_clear(&f.axis);
    assert_int_equal(ae_axis_read(f.doc, ae_yaml_root(f.doc), id, &f.pool, &f.axis, NULL), AE_EARG);
    clear(&f);
}

static void lists_keep_their_order(void **state)
{
    (void)state;
    EXPECT_AXIS(AE_PARAM_lr, "[1e1, .5, 3]", 10, 0.5, 3);
    EXPECT_AXIS(AE_PARAM_K, "[4, 1e1, 2]", 4, 10, 2);
    EXPECT_AXIS(AE_PARAM_activation, "[relu, linear]", AE_RELU, AE_LINEAR);
    EXPECT_AXIS(AE_PARAM_activation, "[\"relu\"]", AE_RELU);
    EXPECT_AXIS(AE_PARAM_tied, "[true, false]", 1, 0);
    EXPECT_AXIS(AE_PARAM_init, "[0.1, informed]", 0.1, AE_INIT_INFORMED);
    EXPECT_AXIS(AE_PARAM_timeout, "[none, 60]", HUGE_VAL, 60);
}

/* Needs equality of numbers to tell infinity from what is finite. */
static void infinity_is_a_value_of_its_own(void **state)
{
    (void)state;
    EXPECT_AXIS(AE_PARAM_D, "[100, inf]", 100, HUGE_VAL);
    EXPECT_AXIS(AE_PARAM_D, "[.inf, 1e4]", HUGE_VAL, 1e4);
    expect_bad(AE_PARAM_D, "[inf, 100, .inf]", "f:1:12: ", "twice");
}

static void integer_ranges_step_by_one(void **state)
{
    (void)state;
    EXPECT_AXIS(AE_PARAM_K, "{from: 1, to: 4}", 1, 2, 3, 4);
    EXPECT_AXIS(AE_PARAM_K, "{from: 3, to: 3}", 3);
    EXPECT_AXIS(AE_PARAM_K, "{from: 1, to: 8, step: 3}", 1, 4, 7);
    EXPECT_AXIS(AE_PARAM_K, "{from: 1, to: 7, step: 3}", 1, 4, 7);
    EXPECT_AXIS(AE_PARAM_K, "{from: 1, to: 10, points: 4}", 1, 4, 7, 10);
    EXPECT_AXIS(AE_PARAM_D, "{from: 1e2, to: 1e4, points: 3, scale: log}", 100, 1000, 10000);
    EXPECT_AXIS(AE_PARAM_D, "{from: 10, to: 100, step: 2, scale: log}", 10, 20, 40, 80);
    EXPECT_AXIS(AE_PARAM_D, "{from: 10, to: 80, step: 2, scale: log}", 10, 20, 40, 80);
}

/* 10^(i/7) is 1, 1.39, 1.93, 2.68, 3.73, 5.18, 7.20, 10: the first two round to 1. */
static void equal_integers_are_merged_and_counted(void **state)
{
    (void)state;
    EXPECT_AXIS(AE_PARAM_K, "{from: 1, to: 10, points: 8, scale: log}", 1, 2, 3, 4, 5, 7, 10);
    struct fixture f = read_axis(AE_PARAM_K, "{from: 1, to: 10, points: 8, scale: log}");
    assert_int_equal(f.axis.n_merged, 1);
    assert_true(f.axis.is_log);
    clear(&f);
    f = read_axis(AE_PARAM_K, "{from: 1, to: 3, points: 5}"); /* 1 1.5 2 2.5 3 */
    assert_int_equal(f.axis.n, 3);
    assert_int_equal(f.axis.n_merged, 2);
    assert_false(f.axis.is_log);
    clear(&f);
}

static void real_ranges_have_exact_ends(void **state)
{
    (void)state;
    EXPECT_AXIS(AE_PARAM_bias_init, "{from: -1, to: 1, points: 5}", -1, -0.5, 0, 0.5, 1);
    EXPECT_AXIS(AE_PARAM_lr, "{from: 2, to: 2, points: 1}", 2);
    EXPECT_AXIS(AE_PARAM_lr, "{from: 0.1, to: 0.7, step: 0.2}", 0.1, 0.3, 0.5, 0.7);
    EXPECT_AXIS(AE_PARAM_lr, "{from: 0.1, to: 0.8, step: 0.2, scale: linear}", 0.1, 0.3, 0.5, 0.7);
    EXPECT_AXIS(AE_PARAM_lr, "{from: 1, to: 100, step: 10, scale: log}", 1, 10, 100);
    EXPECT_AXIS(AE_PARAM_lr, "{from: 1, to: 99, step: 10, scale: log}", 1, 10);
    EXPECT_AXIS(AE_PARAM_lr, "{from: 0.01, to: 1, points: 5, scale: log}", 0.01, 0.0316227766017,
                0.1, 0.316227766017, 1);
    /* ends with more than 12 digits stay as they are, inner values have at most 12 */
    EXPECT_AXIS(AE_PARAM_lr, "{from: 0.1234567890123456, to: 3.1415926535897931, points: 3}",
                0.1234567890123456, 1.63252472130, 3.1415926535897931);
    EXPECT_AXIS(AE_PARAM_bias_init, "{from: -1.5e308, to: 1.5e308, points: 3}", -1.5e308, 0,
                1.5e308);
    EXPECT_AXIS(AE_PARAM_lr, "{from: 1e-300, to: 1e300, points: 3, scale: log}", 1e-300, 1, 1e300);
}

/* Decades by their exact decimals. */
static void log_ranges_hit_the_decades(void **state)
{
    (void)state;
    struct fixture f = read_axis(AE_PARAM_lr, "{from: 1e-20, to: 1e20, points: 41, scale: log}");
    static const double decades[] = {1e-20, 1e-13, 1e-7, 1e-3, 0.1, 1, 10, 1e3, 1e12, 1e20};
    static const size_t at[] = {0, 7, 13, 17, 19, 20, 21, 23, 32, 40};
    assert_int_equal(f.axis.n, 41);
    for (size_t i = 0; i < sizeof at / sizeof *at; i++)
        assert_true(f.axis.values[at[i]].x == decades[i]);
    clear(&f);
}

static void list_parameters_take_lists_of_lists(void **state)
{
    (void)state;
    struct fixture f = read_axis(AE_PARAM_spikes, "[[4, 2.5], [4], [3, 2, 1]]");
    assert_int_equal(f.rc, AE_OK);
    assert_int_equal(f.axis.n, 3);
    assert_int_equal(f.axis.values[0].list.n, 2);
    assert_true(f.axis.values[0].list.x[1] == 2.5);
    assert_int_equal(f.axis.values[1].list.n, 1);
    assert_true(f.axis.values[2].list.x[2] == 1);
    clear(&f);
    f = read_axis(AE_PARAM_observe, "[default, [1, 2], {from: 1, to: 100, points: 3, scale: log}]");
    assert_int_equal(f.rc, AE_OK);
    assert_int_equal(f.axis.values[0].list.n, 0);
    assert_int_equal(f.axis.values[1].list.n, 2);
    assert_int_equal(f.axis.values[2].list.n, 3);
    assert_true(f.axis.values[2].list.x[1] == 10);
    clear(&f);
    expect_bad(AE_PARAM_spikes, "[4, 2]", "f:1:1: ", "list of lists");
    expect_bad(AE_PARAM_spikes, "[[4, 2], 3]", "f:1:10: ", "3");
    expect_bad(AE_PARAM_spikes, "[[4, 2], []]", "f:1:10: ", "empty");
    expect_bad(AE_PARAM_spikes, "[[4, -2]]", "f:1:6: ", "> 0");
    expect_bad(AE_PARAM_spikes, "[[4, inf]]", "f:1:6: ", "finite");
    expect_bad(AE_PARAM_spikes, "[[4, x]]", "f:1:6: ", "not a number");
    expect_bad(AE_PARAM_spikes, "[[4, '2']]", "f:1:6: ", "quotes");
    expect_bad(AE_PARAM_spikes, "[[4, [2]]]", "f:1:6: ", "a list");
    expect_bad(AE_PARAM_spikes, "[[4, 2], [1], [4, 2.0]]",
               "f:1:15: ", "[4, 2] stands in the list twice");
    expect_bad(AE_PARAM_spikes, "{from: 1, to: 2}", "f:1:1: ", "list of values");
    expect_bad(AE_PARAM_observe, "[{from: -1, to: 1, points: 2}]", "f:1:9: ", ">= 0");
    expect_bad(AE_PARAM_observe, "[{from: 1, to: 2}]", "f:1:2: ", "points or step");
}

static void weights_to_start_from_are_rectangular(void **state)
{
    (void)state;
    struct fixture f =
        read_axis(AE_PARAM_start, "[none, {bias: [1, 2], encoder: [[1, 0, 3], [0, 1, 4]]},"
                                  " {decoder: [[5]]}, {bias: [7]}]");
    if (f.rc != AE_OK)
        fail_msg("%s", f.err.message);
    struct ae_start_view view;
    assert_false(ae_start_view(f.axis.values[0].list, &view));
    assert_true(ae_start_view(f.axis.values[1].list, &view));
    assert_int_equal(view.K, 2);
    assert_int_equal(view.M, 3);
    assert_null(view.decoder);
    const double encoder[] = {1, 0, 3, 0, 1, 4};
    assert_memory_equal(view.encoder, encoder, sizeof encoder);
    assert_true(view.bias[1] == 2);
    assert_true(ae_start_view(f.axis.values[2].list, &view));
    assert_true(!view.encoder && view.decoder[0] == 5 && !view.bias);
    assert_true(ae_start_view(f.axis.values[3].list, &view));
    assert_int_equal(view.K, 1);
    assert_int_equal(view.M, 0);
    clear(&f);
    expect_bad(AE_PARAM_start, "[{encoder: [[1, 2], [3]]}]",
               "f:1:21: ", "row 2 of encoder has 1 numbers");
    expect_bad(AE_PARAM_start, "[{encoder: [[1]], decoder: [[1, 2]]}]",
               "f:1:29: ", "row 1 of decoder");
    expect_bad(AE_PARAM_start, "[{encoder: [[1]], decoder: [[1], [2]]}]",
               "f:1:28: ", "2 hidden units");
    expect_bad(AE_PARAM_start, "[{encoder: [[1]], bias: [1, 2]}]", "f:1:25: ", "2 hidden units");
    expect_bad(AE_PARAM_start, "[{encoder: [1, 2]}]", "f:1:13: ", "row 1");
    expect_bad(AE_PARAM_start, "[{encoder: []}]", "f:1:12: ", "empty");
    expect_bad(AE_PARAM_start, "[{encoder: [[]]}]", "f:1:13: ", "empty");
    expect_bad(AE_PARAM_start, "[{bias: 3}]", "f:1:9: ", "K numbers");
    expect_bad(AE_PARAM_start, "[{bias: [x]}]", "f:1:10: ", "not a number");
    expect_bad(AE_PARAM_start, "[{}]", "f:1:2: ", "encoder");
    expect_bad(AE_PARAM_start, "[{decodr: [[1]]}]", "f:1:3: ", "did you mean 'decoder'?");
    expect_bad(AE_PARAM_start, "[{bias: [1]}, {bias: [1.0]}]", "f:1:15: ", "twice");
}

static void mistakes_in_lists_are_named(void **state)
{
    (void)state;
    expect_bad(AE_PARAM_K, "[]", "f:1:1: K: ", "empty axis");
    expect_bad(AE_PARAM_K, "3", "f:1:1: K: ", "under set");
    expect_bad(AE_PARAM_K, "~", "f:1:1: K: ", "null");
    expect_bad(AE_PARAM_K, "[1, 0]", "f:1:5: K: '0'", "from 1");
    expect_bad(AE_PARAM_K, "[1, 2.5]", "f:1:5: K: '2.5'", "integer");
    expect_bad(AE_PARAM_K, "[1, [2]]", "f:1:5: K: ", "a list");
    expect_bad(AE_PARAM_K, "[1, \"2\"]", "f:1:5: K: ", "quotes");
    expect_bad(AE_PARAM_lr, "[1, 2, 1.0]", "f:1:8: lr: 1 ", "twice");
    expect_bad(AE_PARAM_lr, "[1, 2, 1.0000000001]", "f:1:8: lr: ", "twice");
    expect_bad(AE_PARAM_activation, "[erf, rellu]", "f:1:7: ", "did you mean 'relu'?");
    expect_bad(AE_PARAM_tied, "[yes, no]", "f:1:2: ", "did you mean 'true'?");
    expect_bad(AE_PARAM_tied, "[Off]", "f:1:2: ", "did you mean 'false'?");
    expect_bad(AE_PARAM_tied, "['true']", "f:1:2: ", "quotes");
    expect_bad(AE_PARAM_bias, "[no]", "f:1:2: ", "true and false");
}

static void mistakes_in_ranges_are_named(void **state)
{
    (void)state;
    expect_bad(AE_PARAM_lr, "{from: 1, to: 2}", "f:1:1: lr: ", "points or step");
    expect_bad(AE_PARAM_K, "{from: 1, to: 2, scale: log}", "f:1:1: K: ", "points or step");
    expect_bad(AE_PARAM_lr, "{from: 1, points: 3}", "f:1:1: lr: ", "both from and to");
    expect_bad(AE_PARAM_lr, "{to: 1, points: 3}", "f:1:1: lr: ", "both from and to");
    expect_bad(AE_PARAM_lr, "{from: 1, to: 2, points: 3, step: 1}", "f:1:1: lr: ", "not both");
    expect_bad(AE_PARAM_lr, "{from: 1, to: 2, points: 1}", "f:1:26: points: 1", "both ends");
    expect_bad(AE_PARAM_lr, "{from: 2, to: 2, points: 3}", "f:1:26: points: 3", "both ends are 2");
    expect_bad(AE_PARAM_lr, "{from: 3, to: 2, points: 3}", "f:1:8: from: 3", "greater");
    expect_bad(AE_PARAM_K, "{from: 4, to: 1}", "f:1:8: from: 4", "greater");
    expect_bad(AE_PARAM_sigma2, "{from: 0, to: 2, points: 3, scale: log}", "f:1:8: from: 0", "> 0");
    expect_bad(AE_PARAM_lr, "{from: 1, to: 2, step: 0}", "f:1:24: step: 0", "> 0");
    expect_bad(AE_PARAM_lr, "{from: 1, to: 2, step: -1}", "f:1:24: step: -1", "> 0");
    expect_bad(AE_PARAM_lr, "{from: 1, to: 2, step: inf}", "f:1:24: step: inf", "> 0");
    expect_bad(AE_PARAM_lr, "{from: 1, to: 2, step: 1, scale: log}", "f:1:24: step: 1",
               "factor > 1");
    expect_bad(AE_PARAM_K, "{from: 1, to: 2, step: 0.5}", "f:1:24: step: 0.5", "integers");
    expect_bad(AE_PARAM_lr, "{from: 1, to: 2, points: 2.5}", "f:1:26: points: '2.5'", "integer");
    expect_bad(AE_PARAM_lr, "{from: 1, to: 2, points: 0}", "f:1:26: points: '0'", "integer from 1");
    expect_bad(AE_PARAM_lr, "{from: 1, to: 2, points: many}", "f:1:26: points: 'many'", "number");
    expect_bad(AE_PARAM_lr, "{from: 1, to: 2, points: 2, scale: lg}", "f:1:36: scale: 'lg'",
               "linear, log");
    expect_bad(AE_PARAM_lr, "{from: 1, to: 2, point: 2}", "f:1:18: ", "did you mean 'points'?");
    expect_bad(AE_PARAM_lr, "{from: 0, to: 2, points: 2}", "f:1:8: lr: '0'", "> 0");
    expect_bad(AE_PARAM_init, "{from: informed, to: 2, points: 2}",
               "f:1:8: init: ", "not a number");
    expect_bad(AE_PARAM_D, "{from: 1, to: inf}", "f:1:15: D: ", "finite");
    expect_bad(AE_PARAM_D, "{from: 1, to: 1e9}", "f:1:1: D: ", "more than 1000000");
    expect_bad(AE_PARAM_lr, "{from: 1, to: 2, step: 1e-300}", "f:1:1: lr: ", "more than 1000000");
    expect_bad(AE_PARAM_activation, "{from: erf, to: relu}", "f:1:1: activation: ", "numbers");
    expect_bad(AE_PARAM_lr, "{from: 1, to: 1.00000000001, points: 100}",
               "f:1:1: lr: ", "fewer points");
}

static void a_long_list_with_one_repeat_is_found(void **state)
{
    (void)state;
    struct ae_buffer text = {0};
    ae_buffer_text(&text, "[");
    for (int i = 0; i < 20000; i++)
        ae_buffer_printf(&text, "%d,\n",
                         (i * 7919) % 20011 + 1); /* a permutation: 20011 is prime */
    ae_buffer_text(&text, "1]");
    expect_bad(AE_PARAM_lr, text.data, "f:20001:1: lr: 1 ", "twice");
    ae_buffer_clear(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lists_keep_their_order),
        cmocka_unit_test(infinity_is_a_value_of_its_own),
        cmocka_unit_test(integer_ranges_step_by_one),
        cmocka_unit_test(equal_integers_are_merged_and_counted),
        cmocka_unit_test(real_ranges_have_exact_ends),
        cmocka_unit_test(log_ranges_hit_the_decades),
        cmocka_unit_test(list_parameters_take_lists_of_lists),
        cmocka_unit_test(weights_to_start_from_are_rectangular),
        cmocka_unit_test(mistakes_in_lists_are_named),
        cmocka_unit_test(mistakes_in_ranges_are_named),
        cmocka_unit_test(a_long_list_with_one_repeat_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
