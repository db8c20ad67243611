/* Sweeps: what a file says is what the views show, and it reads back from its own text. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aesweep/sweep.h"

static struct ae_sweep *read_good(const char *text)
{
    struct ae_sweep *sweep = NULL;
    struct ae_error err = {0};
    if (ae_sweep_read_text(&sweep, text, strlen(text), "f.yaml", &err) != AE_OK)
        fail_msg("%s\n%s", err.message, text);
    return sweep;
}

/* All parameters of all points and replicates. */
static void write_everything(const struct ae_sweep *sweep, struct ae_buffer *out)
{
    struct ae_params p;
    for (size_t i = 0; i < ae_sweep_n_points(sweep); i++)
        for (size_t r = 1; r <= ae_sweep_n_replicates(sweep); r++) {
            ae_sweep_point(sweep, i, r, &p);
            ae_params_format(&p, out);
            ae_buffer_printf(out, " %ju %ju\n", (uintmax_t)p.seed, (uintmax_t)p.replicate);
        }
}

static void check_round_trip(const struct ae_sweep *sweep)
{
    struct ae_buffer text = {0}, again = {0}, points = {0}, points_again = {0};
    ae_sweep_format(sweep, &text);
    struct ae_sweep *other = read_good(text.data);
    write_everything(sweep, &points);
    write_everything(other, &points_again);
    assert_string_equal(points.data, points_again.data);
    assert_int_equal(ae_sweep_n_exclusions(sweep), ae_sweep_n_exclusions(other));
    for (size_t i = 0; i < ae_sweep_n_exclusions(sweep); i++) {
        struct ae_exclusion_view a = ae_sweep_exclusion(sweep, i), b = ae_sweep_exclusion(other, i);
        assert_int_equal(a.n_points, b.n_points);
        assert_string_equal(a.text, b.text);
        assert_string_equal(a.why, b.why);
    }
    ae_sweep_format(other, &again);
    assert_string_equal(text.data, again.data);
    ae_sweep_free(other);
    ae_buffer_clear(&text);
    ae_buffer_clear(&again);
    ae_buffer_clear(&points);
    ae_buffer_clear(&points_again);
}

/* ---- what a file says ---- */

static const char quickstart[] = "name: quickstart\n"
                                 "set:                                    # parameters held fixed\n"
                                 "  engine: ode\n"
                                 "  D: 1000\n"
                                 "  spikes: [4, 2.5, 1.5, 0.8]\n"
                                 "  time: 1e4\n"
                                 "grid:\n"
                                 "  activation: [linear, erf, relu]\n"
                                 "  tied: [false, true]\n"
                                 "  bias: [none, both]\n"
                                 "  K: {from: 1, to: 4}\n"
                                 "  lr: {from: 0.01, to: 10, points: 13, scale: log}\n"
                                 "exclude:\n"
                                 "  - {activation: linear, bias: both, why: \"no \\\"gain\\\"\"}\n"
                                 "  - {if: \"lr>1, K>3\"}\n"
                                 "replicates: 4\n"
                                 "seed: 7\n"
                                 "table: {rows: K, cols: lr, value: excess}\n";

static void the_views_show_the_file(void **state)
{
    (void)state;
    struct ae_sweep *sweep = read_good(quickstart);
    assert_string_equal(ae_sweep_name(sweep), "quickstart");
    assert_int_equal(ae_sweep_grid_size(sweep), 3 * 2 * 2 * 4 * 13);
    assert_int_equal(ae_sweep_n_axes(sweep), 5);
    assert_int_equal(ae_sweep_axis(sweep, 0).id, AE_PARAM_activation);
    struct ae_axis_view lr = ae_sweep_axis(sweep, 4);
    assert_int_equal(lr.id, AE_PARAM_lr);
    assert_int_equal(lr.n, 13);
    assert_true(lr.is_log);
    assert_true(lr.values[4].x == 0.1 && lr.values[12].x == 10);
    /* linear and both: 1 * 2 * 1 * 4 * 13; of the other 10 combinations: K = 4 and 4 of the lr */
    assert_int_equal(ae_sweep_n_exclusions(sweep), 2);
    assert_int_equal(ae_sweep_exclusion(sweep, 0).n_points, 104);
    assert_string_equal(ae_sweep_exclusion(sweep, 0).text, "{activation: linear, bias: both}");
    assert_string_equal(ae_sweep_exclusion(sweep, 0).why, "no \"gain\"");
    assert_int_equal(ae_sweep_exclusion(sweep, 1).n_points, 40);
    assert_string_equal(ae_sweep_exclusion(sweep, 1).text, "{if: \"lr>1, K>3\"}");
    assert_string_equal(ae_sweep_exclusion(sweep, 1).why, "");
    assert_int_equal(ae_sweep_n_points(sweep), 624 - 144);
    assert_int_equal(ae_sweep_n_replicates(sweep), 4);
    struct ae_params p;
    ae_sweep_point(sweep, 13, 3, &p);
    assert_int_equal(p.activation, AE_LINEAR);
    assert_int_equal(p.K, 2);
    assert_true(p.lr == 0.01 && p.time == 1e4);
    assert_int_equal(p.spikes.n, 4);
    assert_int_equal(p.seed, 7);
    assert_int_equal(p.replicate, 3);
    struct ae_table_choice table = ae_sweep_table(sweep);
    assert_int_equal(table.rows, AE_PARAM_K);
    assert_int_equal(table.cols, AE_PARAM_lr);
    assert_string_equal(table.value, "excess");
    assert_string_equal(table.reduce, "");
    check_round_trip(sweep);
    ae_sweep_free(sweep);
}

static void a_file_may_say_almost_nothing(void **state)
{
    (void)state;
    struct ae_sweep *sweep = read_good("{set: , grid: ~, exclude: null, table: }");
    struct ae_params p, defaults;
    ae_params_init(&defaults);
    ae_sweep_point(sweep, 0, 1, &p);
    struct ae_buffer got = {0}, want = {0};
    ae_params_format(&p, &got);
    ae_params_format(&defaults, &want);
    assert_string_equal(got.data, want.data);
    assert_string_equal(ae_sweep_name(sweep), "sweep");
    assert_int_equal(ae_sweep_n_points(sweep), 1);
    assert_int_equal(ae_sweep_n_replicates(sweep), 1);
    assert_int_equal(p.seed, 1);
    assert_int_equal(ae_sweep_table(sweep).rows, AE_N_PARAMS);
    assert_string_equal(ae_sweep_table(sweep).value, "");
    check_round_trip(sweep);
    ae_buffer_clear(&got);
    ae_buffer_clear(&want);
    ae_sweep_free(sweep);
    ae_sweep_free(NULL);
}

static void lists_weights_and_aliases_round_trip(void **state)
{
    (void)state;
    struct ae_sweep *sweep = read_good(
        "set: &fixed {K: 2, spikes: [4, 2], time: 1e3, timeout: 0.5, phase_tol: 0.05}\n"
        "grid:\n"
        "  start: [none, {encoder: [[1, 0], [0, 1e-7]], bias: [0.5, -0.5]}, {decoder: [[1, 2], [3, "
        "4]]}]\n"
        "  observe: [default, [0.1, 1], {from: 1, to: 1000, points: 4, scale: log}]\n"
        "  D: {from: 10, to: 100, points: 3, scale: log}\n"
        "exclude:\n"
        "  - {<<: *fixed, start: none, observe: [[0.1, 1], default], why: \"\\u00e4\\n\\x80\"}\n"
        "  - {start: {decoder: [[1, 2], [3, 4]]}, D: [10, 100]}\n"
        "table: {reduce: iqr, value: escape_12}\n"
        "seed: 9223372036854775807\n");
    assert_int_equal(ae_sweep_grid_size(sweep), 27);
    assert_int_equal(ae_sweep_exclusion(sweep, 0).n_points, 6);
    assert_int_equal(ae_sweep_exclusion(sweep, 1).n_points, 6);
    assert_string_equal(ae_sweep_exclusion(sweep, 1).text,
                        "{start: {decoder: [[1, 2], [3, 4]]}, D: [10, 100]}");
    struct ae_params p;
    ae_sweep_point(sweep, 0, 1, &p); /* start none and the range remain of the first item */
    assert_int_equal(p.observe.n, 4);
    assert_true(p.observe.x[1] == 10);
    assert_true(p.D == 10);
    assert_true(p.seed == INT64_MAX);
    assert_string_equal(ae_sweep_table(sweep).reduce, "iqr");
    check_round_trip(sweep);
    ae_sweep_free(sweep);
}

static void excluded_points_need_not_make_sense(void **state)
{
    (void)state;
    struct ae_sweep *sweep = read_good("grid: {engine: [ode, sgd], D: [100, inf]}\n"
                                       "exclude:\n  - {engine: sgd, D: inf}\n");
    assert_int_equal(ae_sweep_n_points(sweep), 3);
    assert_int_equal(ae_sweep_exclusion(sweep, 0).n_points, 1);
    check_round_trip(sweep);
    ae_sweep_free(sweep);
}

static void a_million_points_are_read(void **state)
{
    (void)state;
    struct ae_sweep *sweep = read_good("grid:\n  D: {from: 1001, to: 2000}\n"
                                       "  lr: {from: 1, to: 1000, points: 1000}\n"
                                       "exclude:\n  - {if: \"D>1500, lr>500\"}\n");
    assert_int_equal(ae_sweep_grid_size(sweep), 1000000);
    assert_int_equal(ae_sweep_n_points(sweep), 750000);
    struct ae_params p;
    ae_sweep_point(sweep, 500 * 1000 + 500, 1, &p); /* the first point after a gap */
    assert_true(p.D == 1502 && p.lr == 1);
    ae_sweep_free(sweep);
}

/* ---- names ---- */

static void names_come_from_the_file(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"phase.yaml", "phase"},
        {"my sweep.v2.yaml", "my_sweep.v2"},
        {".hidden", "_hidden"},
        {"plain", "plain"},
    };
    char dir[] = "sweep-test-XXXXXX";
    assert_non_null(mkdtemp(dir));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "%s/%s", dir, cases[i][0]);
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        assert_true(fputs("set: {K: 2}\n", file) >= 0);
        assert_int_equal(fclose(file), 0);
        struct ae_sweep *sweep = NULL;
        struct ae_error err = {0};
        if (ae_sweep_read_file(&sweep, path, &err) != AE_OK)
            fail_msg("%s", err.message);
        assert_string_equal(ae_sweep_name(sweep), cases[i][1]);
        check_round_trip(sweep);
        ae_sweep_free(sweep);
        assert_int_equal(unlink(path), 0);
        assert_int_equal(ae_sweep_read_file(&sweep, path, &err), AE_EARG);
        assert_non_null(strstr(err.message, path));
    }
    struct ae_sweep *sweep = NULL;
    struct ae_error err = {0};
    assert_int_equal(ae_sweep_read_file(&sweep, dir, &err), AE_EARG);
    assert_non_null(strstr(err.message, "folder"));
    assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_views_show_the_file),
        cmocka_unit_test(a_file_may_say_almost_nothing),
        cmocka_unit_test(lists_weights_and_aliases_round_trip),
        cmocka_unit_test(excluded_points_need_not_make_sense),
        cmocka_unit_test(a_million_points_are_read),
        cmocka_unit_test(names_come_from_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
