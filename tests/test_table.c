/* Tables: choice of axes, reductions, marks, and every format, against tables written by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/table.h"
#include "report_store.h"

#define NOT_A_NUMBER ((double)NAN)
#define INFINITE     ((double)INFINITY)

/* A folder with its results, and the table that `spec` makes of them. */
struct shown {
    char dir[REPORT_PATH];
    struct ae_results *results;
    struct ae_table table;
};

static void show(struct shown *shown, const char *yaml, make_row_fn *make,
                 const struct ae_table_spec *spec)
{
    struct ae_error err = {0};
    make_folder(shown->dir);
    fill_folder(shown->dir, yaml, make);
    if (ae_results_open(&shown->results, shown->dir, false, &err) != AE_OK ||
        ae_table_make(&shown->table, shown->results, spec, &err) != AE_OK)
        fail_msg("%s", err.message);
}

static void hide(struct shown *shown)
{
    ae_table_clear(&shown->table);
    ae_results_free(shown->results);
    remove_folder(shown->dir);
}

static void assert_written(const struct ae_table *table, enum ae_table_format format,
                           const char *want)
{
    struct ae_output out = {0};
    assert_int_equal(ae_table_write(table, format, 80, &out, NULL), AE_OK);
    assert_string_equal(out.text.data, want);
    ae_buffer_clear(&out.text);
}

/* ---- reductions ---- */

static void assert_reduced(enum ae_reduce how, size_t n, const double *x, double want,
                           size_t want_nan)
{
    double copy[8];
    size_t n_nan = 99;
    memcpy(copy, x, n * sizeof *x);
    double got = ae_reduce(how, n, copy, &n_nan);
    bool is_same = isnan(want) ? isnan(got) : got == want || fabs(got - want) < 1e-14;
    if (!is_same)
        fail_msg("%s: got %.17g, want %.17g", ae_reduce_names[how], got, want);
    assert_int_equal(n_nan, want_nan);
}

static void test_reductions_of_finite_numbers(void **state)
{
    (void)state;
    const double x[] = {7, NOT_A_NUMBER, 1, 4, 2}; /* sorted 1 2 4 7; quartiles 1.75, 4.75 */
    assert_reduced(AE_REDUCE_median, 5, x, 3, 1);
    assert_reduced(AE_REDUCE_mean, 5, x, 3.5, 1);
    assert_reduced(AE_REDUCE_min, 5, x, 1, 1);
    assert_reduced(AE_REDUCE_max, 5, x, 7, 1);
    assert_reduced(AE_REDUCE_std, 5, x, sqrt(7.0), 1); /* squares 6.25 2.25 0.25 12.25 over 3 */
    assert_reduced(AE_REDUCE_count, 5, x, 4, 1);
    assert_reduced(AE_REDUCE_iqr, 5, x, 3, 1);
}

static void test_reductions_with_infinities(void **state)
{
    (void)state;
    const double x[] = {INFINITE, 1, INFINITE, 2, 3}; /* quartiles 2 and inf */
    assert_reduced(AE_REDUCE_median, 5, x, 3, 0);
    assert_reduced(AE_REDUCE_mean, 5, x, INFINITE, 0);
    assert_reduced(AE_REDUCE_min, 5, x, 1, 0);
    assert_reduced(AE_REDUCE_max, 5, x, INFINITE, 0);
    assert_reduced(AE_REDUCE_iqr, 5, x, INFINITE, 0);
    const double even[] = {INFINITE, 1, 5, INFINITE};
    assert_reduced(AE_REDUCE_median, 4, even, INFINITE, 0);
    const double low[] = {-INFINITE, 1, 5};
    assert_reduced(AE_REDUCE_min, 3, low, -INFINITE, 0);
    assert_reduced(AE_REDUCE_median, 3, low, 1, 0);
    const double all[] = {INFINITE, INFINITE};
    assert_reduced(AE_REDUCE_median, 2, all, INFINITE, 0);
}

static void test_reductions_of_little(void **state)
{
    (void)state;
    const double one[] = {5}, none[] = {NOT_A_NUMBER, NOT_A_NUMBER};
    assert_reduced(AE_REDUCE_median, 1, one, 5, 0);
    assert_reduced(AE_REDUCE_iqr, 1, one, 0, 0);
    assert_reduced(AE_REDUCE_std, 1, one, NOT_A_NUMBER, 0);
    for (int how = 0; how < AE_N_REDUCES; how++)
        assert_reduced((enum ae_reduce)how, 2, none, how == AE_REDUCE_count ? 0 : NOT_A_NUMBER, 2);
}

static void test_three_digits(void **state)
{
    (void)state;
    static const struct {
        double x;
        const char *want;
    } cases[] = {{0, "0"},           {0.012345, "0.0123"}, {1.25e-8, "1.25e-8"}, {12345, "1.23e4"},
                 {-3e120, "-3e120"}, {999.6, "1e3"},       {100, "100"},         {-0.0, "0"}};
    char text[AE_TABLE_NUMBER_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(ae_table_number(cases[i].x, text), cases[i].want);
    assert_string_equal(ae_table_number(NOT_A_NUMBER, text), "nan");
    assert_string_equal(ae_table_number(-INFINITE, text), "-inf");
}

/* ---- a phase diagram with every mark ---- */

static const char *const marks_yaml =
    "name: marks\nreplicates: 2\nset: {time: 20}\n"
    "grid: {tied: [false, true], K: [1, 2], lr: [0.1, 1, 2, 5, 10]}\n"
    "exclude:\n  - {tied: true, K: 2, lr: 10}\n";

/* tied false, K = 1: one phase a column. K = 2: tie, failed, missing, one of two missing, majority
 * of one. */
static void make_marks(size_t i, const struct ae_params *p, struct made *made)
{
    size_t col = i / 2 % 5, row = i / 10;
    enum ae_phase phase = AE_PHASE_PCA;
    if (row == 0)
        phase = (enum ae_phase)col;
    if (row == 1 && col == 0)
        phase = p->replicate == 1 ? AE_PHASE_PCA : AE_PHASE_NONE;
    if (row == 1 && col == 1)
        made->reason = "broken";
    made->is_skipped = row == 1 && (col == 2 || (col == 3 && p->replicate == 2));
    if (row == 1 && col == 4 && p->replicate == 1)
        made->reason = "broken";
    made->record.summary = summary_in(phase);
}

static void test_marks_in_text(void **state)
{
    (void)state;
    struct shown s;
    show(&s, marks_yaml, make_marks, &(struct ae_table_spec){0});
    assert_written(&s.table, AE_TABLE_text,
                   "marks: phase, K down, lr across, majority of 2 replicates\n"
                   "\n"
                   "tied=false   tied=true\n"
                   "1 XPDp.      1 PPPPP\n"
                   "2 ~!?PP      2 PPPP-\n"
                   "  0.1 10       0.1 10\n"
                   "\n"
                   "X diverged  P pca  D distorted  p partial  . none  - no such point\n"
                   "? not computed yet  ! failed  ~ mixed (replicates disagree)\n"
                   "cells that lack some of their replicates: 2\n");
    hide(&s);
}

static void test_marks_in_other_formats(void **state)
{
    (void)state;
    struct shown s;
    struct ae_expr *where = NULL;
    assert_int_equal(ae_expr_new(&where, "tied=false, lr<5", NULL), AE_OK);
    show(&s, marks_yaml, make_marks, &(struct ae_table_spec){.where = where});
    assert_written(&s.table, AE_TABLE_csv,
                   "tied,K,0.1,1,2\nfalse,1,diverged,pca,distorted\nfalse,2,mixed,,\n");
    assert_written(&s.table, AE_TABLE_markdown,
                   "**phase, tied=false**\n\n"
                   "| K / lr | 0.1 | 1 | 2 |\n|---|---:|---:|---:|\n"
                   "| 1 | diverged | pca | distorted |\n| 2 | mixed | ! | ? |\n");
    assert_written(&s.table, AE_TABLE_latex,
                   "\\begin{table}\n\\caption{phase, tied=false}\n\\begin{tabular}{lrrr}\n"
                   "K / lr & 0.1 & 1 & 2 \\\\\n\\hline\n1 & diverged & pca & distorted \\\\\n"
                   "2 & mixed & ! & ? \\\\\n\\end{tabular}\n\\end{table}\n");
    assert_written(
        &s.table, AE_TABLE_json,
        "{\"sweep\": \"marks\",\n\"value\": \"phase\",\n\"reduce\": \"majority\",\n"
        "\"replicates\": 2,\n\"rows\": {\"name\": \"K\", \"values\": [1, 2]},\n"
        "\"cols\": {\"name\": \"lr\", \"values\": [0.1, 1, 2]},\n\"panels\": [\n"
        "{\"at\": {\"tied\": false},\n"
        " \"cells\": [[\"diverged\", \"pca\", \"distorted\"], [\"mixed\", null, null]],\n"
        " \"states\": [[\"done\", \"done\", \"done\"], [\"done\", \"failed\", \"missing\"]]}\n"
        "]}\n");
    assert_written(&s.table, AE_TABLE_text,
                   "marks: phase, K down, lr across, majority of 2 replicates\n"
                   "tied=false\n"
                   "\n"
                   "K \\ lr        0.1          1          2\n"
                   "     1   diverged        pca  distorted\n"
                   "     2      mixed          !          ?\n"
                   "\n"
                   "? not computed yet  ! failed\n");
    ae_expr_free(where);
    hide(&s);
}

/* ---- numbers ---- */

/* Replicates 1, 2, 3 of lr = 1: 1, 2, 6; of lr = 2: nan, inf, 4. */
static void make_numbers(size_t i, const struct ae_params *p, struct made *made)
{
    static const double excess[] = {1, 2, 6, (double)NAN, (double)INFINITY, 4};
    (void)p;
    made->record.summary = summary_in(AE_PHASE_PARTIAL);
    made->record.summary.excess = excess[i];
    made->record.escape[0] = 10.0 * (double)i;
}

static void test_numbers_of_one_axis(void **state)
{
    (void)state;
    static const char *const yaml =
        "name: one\nreplicates: 3\nset: {time: 20}\ngrid: {lr: [1, 2]}\n";
    static const struct {
        const char *reduce, *want;
    } cases[] = {{"median", "1,2\n2,inf\n"}, {"mean", "1,2\n3,inf\n"}, {"min", "1,2\n1,4\n"},
                 {"max", "1,2\n6,inf\n"},    {"count", "1,2\n3,2\n"},  {"iqr", "1,2\n2.5,nan\n"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct shown s;
        show(&s, yaml, make_numbers,
             &(struct ae_table_spec){.value = "excess", .reduce = cases[i].reduce});
        assert_int_equal(s.table.rows.id, AE_N_PARAMS);
        assert_int_equal(s.table.cols.id, AE_PARAM_lr);
        assert_int_equal(ae_table_cell(&s.table, 0, 0, 1)->n_nan, 1);
        assert_written(&s.table, AE_TABLE_csv, cases[i].want);
        hide(&s);
    }
    struct shown s;
    show(&s, yaml, make_numbers, &(struct ae_table_spec){.value = "excess", .reduce = "mean"});
    assert_written(&s.table, AE_TABLE_text,
                   "one: excess, lr across, mean of 3 replicates\n\nlr    1    2\n      3  inf\n\n"
                   "values left out because they were nan: 1\n");
    assert_written(
        &s.table, AE_TABLE_json,
        "{\"sweep\": \"one\",\n\"value\": \"excess\",\n\"reduce\": \"mean\",\n"
        "\"replicates\": 3,\n\"rows\": null,\n"
        "\"cols\": {\"name\": \"lr\", \"values\": [1, 2]},\n\"panels\": [\n{\"at\": {},\n"
        " \"cells\": [[3, \"inf\"]],\n \"states\": [[\"done\", \"done\"]]}\n]}\n");
    hide(&s);
    struct ae_expr *where = NULL;
    assert_int_equal(ae_expr_new(&where, "replicate=2", NULL), AE_OK);
    show(&s, yaml, make_numbers, &(struct ae_table_spec){.value = "excess", .where = where});
    assert_written(&s.table, AE_TABLE_text,
                   "one: excess, lr across\n\nlr    1    2\n      2  inf\n\n");
    hide(&s);
    ae_expr_free(where);
    show(&s, yaml, make_numbers, &(struct ae_table_spec){.value = "escape_1", .reduce = "max"});
    assert_written(&s.table, AE_TABLE_csv, "1,2\n20,50\n");
    hide(&s);
    show(&s, yaml, make_numbers, &(struct ae_table_spec){.value = "escape_2"});
    assert_written(&s.table, AE_TABLE_csv, "1,2\nnan,nan\n"); /* there is one component only */
    hide(&s);
}

static void make_same(size_t i, const struct ae_params *p, struct made *made)
{
    (void)i;
    (void)p;
    made->record.summary = summary_in(AE_PHASE_PCA);
}

static void test_a_single_point(void **state)
{
    (void)state;
    struct shown s;
    show(&s, "name: point\nset: {time: 20}\n", make_same, &(struct ae_table_spec){0});
    assert_written(&s.table, AE_TABLE_csv, "phase\npca\n");
    assert_written(&s.table, AE_TABLE_text, "point: phase\n\n  pca\n\n");
    hide(&s);
}

/* ---- choice of axes ---- */

static const char *const axes_yaml =
    "name: axes\nset: {time: 20}\n"
    "grid: {engine: [ode, sgd], K: [1, 2], lr: [1, 2], sigma2: [1]}\n";

static void assert_axes(const char *yaml, const struct ae_table_spec *spec, enum ae_param_id rows,
                        enum ae_param_id cols, size_t n_panels)
{
    struct shown s;
    show(&s, yaml, make_same, spec);
    assert_int_equal(s.table.rows.id, rows);
    assert_int_equal(s.table.cols.id, cols);
    assert_int_equal(s.table.n_panels, n_panels);
    hide(&s);
}

static void test_axes_chosen(void **state)
{
    (void)state;
    char yaml[512];
    struct ae_expr *where = NULL;
    assert_axes(axes_yaml, &(struct ae_table_spec){0}, AE_PARAM_K, AE_PARAM_lr, 2);
    assert_axes(axes_yaml, &(struct ae_table_spec){.cols = "engine"}, AE_PARAM_lr, AE_PARAM_engine,
                2);
    assert_axes(axes_yaml, &(struct ae_table_spec){.rows = "lr"}, AE_PARAM_lr, AE_PARAM_K, 2);
    assert_axes(axes_yaml, &(struct ae_table_spec){.rows = "lr", .cols = "sigma2"}, AE_PARAM_lr,
                AE_PARAM_sigma2, 4);
    assert_int_equal(ae_expr_new(&where, "lr=2", NULL), AE_OK);
    assert_axes(axes_yaml, &(struct ae_table_spec){.where = where}, AE_PARAM_engine, AE_PARAM_K, 1);
    ae_expr_free(where);
    (void)snprintf(yaml, sizeof yaml,
                   "%stable: {rows: engine, cols: K, value: excess, reduce: max}\n", axes_yaml);
    assert_axes(yaml, &(struct ae_table_spec){0}, AE_PARAM_engine, AE_PARAM_K, 2);
    assert_axes(yaml, &(struct ae_table_spec){.rows = "K"}, AE_PARAM_K, AE_PARAM_lr, 2);
    struct shown s;
    show(&s, yaml, make_same, &(struct ae_table_spec){0});
    assert_string_equal(s.table.value_name, "excess");
    assert_int_equal(s.table.reduce, AE_REDUCE_max);
    hide(&s);
}

static void assert_refused(const struct ae_table_spec *spec, const char *part)
{
    char dir[REPORT_PATH];
    struct ae_results *results = NULL;
    struct ae_table table = {0};
    struct ae_error err = {0};
    make_folder(dir);
    fill_folder(dir, axes_yaml, make_same);
    assert_int_equal(ae_results_open(&results, dir, false, &err), AE_OK);
    assert_int_equal(ae_table_make(&table, results, spec, &err), AE_EARG);
    if (!strstr(err.message, part))
        fail_msg("'%s' is not in '%s'", part, err.message);
    ae_table_clear(&table);
    ae_results_free(results);
    remove_folder(dir);
}

static void test_wrong_choices(void **state)
{
    (void)state;
    struct ae_expr *where = NULL;
    assert_refused(&(struct ae_table_spec){.rows = "activation"}, "engine, K, lr, sigma2");
    assert_refused(&(struct ae_table_spec){.cols = "sigma"}, "did you mean 'sigma2'");
    assert_refused(&(struct ae_table_spec){.rows = "K", .cols = "K"}, "same axis");
    assert_refused(&(struct ae_table_spec){.value = "exces"}, "did you mean 'excess'");
    assert_refused(&(struct ae_table_spec){.value = "escape_0"}, "unknown value 'escape_0'");
    assert_refused(&(struct ae_table_spec){.value = "excess", .reduce = "meen"},
                   "did you mean 'mean'");
    assert_int_equal(ae_expr_new(&where, "K=7", NULL), AE_OK);
    assert_refused(&(struct ae_table_spec){.where = where}, "no point");
    ae_expr_free(where);
}

static void test_every_column_has_a_name(void **state)
{
    (void)state;
    struct ae_value_ref ref;
    for (size_t i = 0; i < AE_N_COLUMNS; i++) {
        bool is_family = ae_column_table[i].kind == AE_COLUMN_ESCAPE;
        assert_int_equal(
            ae_column_find(is_family ? "escape_12" : ae_column_table[i].name, &ref, NULL), AE_OK);
        assert_int_equal(ref.id, i);
        assert_int_equal(ref.k, is_family ? 12 : 0);
    }
    assert_int_equal(ae_column_find("escape", &ref, NULL), AE_EARG);
    assert_int_equal(ae_column_find("escape_x", &ref, NULL), AE_EARG);
    assert_int_equal(ae_column_find("", &ref, NULL), AE_EARG);
}

/* ---- width ---- */

static void assert_narrow(const char *yaml, const struct ae_table_spec *spec,
                          size_t n_lines_at_least)
{
    struct shown s;
    struct ae_output out = {0};
    size_t n_lines = 0;
    show(&s, yaml, make_same, spec);
    assert_int_equal(ae_table_write(&s.table, AE_TABLE_text, 80, &out, NULL), AE_OK);
    for (const char *line = out.text.data; *line; n_lines++) {
        size_t n = strcspn(line, "\n");
        if (n > 80)
            fail_msg("%zu columns: %.*s", n, (int)n, line);
        line += n + 1;
    }
    assert_true(n_lines >= n_lines_at_least);
    ae_buffer_clear(&out.text);
    hide(&s);
}

static void test_lines_fit(void **state)
{
    (void)state;
    static const char *const wide = "name: wide\nset: {time: 20}\n"
                                    "grid: {tied: [false, true], K: {from: 1, to: 2},\n"
                                    "       lr: {from: 0.001, to: 10, points: 150, scale: log}}\n";
    static const char *const lists = "name: lists\nset: {time: 20}\ngrid:\n  lr: [1, 2, 3, 4]\n"
                                     "  spikes: [[9.123456, 8.123456, 7.123456, 6.123456, 5.12345, "
                                     "4.12345, 3.12345, 2.12345, 1.12345],\n"
                                     "           [1]]\n  K: [1, 2]\n";
    assert_narrow(wide, &(struct ae_table_spec){0}, 10);                 /* two blocks a panel */
    assert_narrow(wide, &(struct ae_table_spec){.value = "excess"}, 60); /* many blocks */
    assert_narrow(wide, &(struct ae_table_spec){.rows = "lr"}, 150);     /* a tall one */
    assert_narrow(lists, &(struct ae_table_spec){0}, 8);                 /* lists down */
    assert_narrow(lists, &(struct ae_table_spec){.cols = "spikes"}, 8);  /* lists across */
    assert_narrow(lists, &(struct ae_table_spec){.rows = "K", .cols = "lr"},
                  8); /* lists as titles */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reductions_of_finite_numbers),
        cmocka_unit_test(test_reductions_with_infinities),
        cmocka_unit_test(test_reductions_of_little),
        cmocka_unit_test(test_three_digits),
        cmocka_unit_test(test_marks_in_text),
        cmocka_unit_test(test_marks_in_other_formats),
        cmocka_unit_test(test_numbers_of_one_axis),
        cmocka_unit_test(test_a_single_point),
        cmocka_unit_test(test_axes_chosen),
        cmocka_unit_test(test_wrong_choices),
        cmocka_unit_test(test_every_column_has_a_name),
        cmocka_unit_test(test_lines_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
