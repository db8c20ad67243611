/* Tables: choice of axes, marks, shares, and every format, against tables written by hand. */
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
                   "cells that lack some of their replicates: 2\n"
                   "replicates disagree in 1 cell:\n"
                   "  tied=false K=2 lr=0.1: pca 0.5, none 0.5\n");
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
                   "| 1 | diverged | pca | distorted |\n| 2 | mixed | ! | ? |\n\n"
                   "? not computed yet; ! failed; mixed no phase has more replicates than all "
                   "others\n");
    assert_written(&s.table, AE_TABLE_latex,
                   "\\begin{table}\n\\centering\n\\caption{phase, "
                   "tied=false}\n\\begin{tabular}{lrrr}\n\\toprule\n"
                   "K / lr & 0.1 & 1 & 2 \\\\\n\\midrule\n1 & diverged & pca & distorted \\\\\n"
                   "2 & mixed & ! & ? \\\\\n\\bottomrule\n\\end{tabular}\n\n\\smallskip\n"
                   "{\\footnotesize ? not computed yet; ! failed; mixed no phase has more "
                   "replicates than all others}\n\\end{table}\n");
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
                   "? not computed yet  ! failed\n"
                   "replicates disagree in 1 cell:\n"
                   "  K=2 lr=0.1: pca 0.5, none 0.5\n");
    ae_expr_free(where);
    hide(&s);
}

/* ---- replicates that disagree; more to reduce over ---- */

/* Of the four replicates of lr = 1 three are pca; those of lr = 2 agree. */
static void make_disagreeing(size_t i, const struct ae_params *p, struct made *made)
{
    (void)p;
    made->record.summary = summary_in(i == 1 ? AE_PHASE_PARTIAL : AE_PHASE_PCA);
}

static void test_fractions(void **state)
{
    (void)state;
    static const char *const yaml =
        "name: shares\nreplicates: 4\nset: {time: 20}\ngrid: {lr: [1, 2]}\n";
    struct ae_table_spec spec = {.reduce = "fractions"};
    struct shown s;
    show(&s, yaml, make_disagreeing, &spec);
    assert_written(&s.table, AE_TABLE_csv, "1,2\n\"pca 0.75, partial 0.25\",pca 1\n");
    assert_written(&s.table, AE_TABLE_text,
                   "shares: phase, lr across, fractions of 4 replicates\n\n"
                   "lr        1        2\n"
                   "    P75 p25     P100\n\n"
                   "percent of the replicates in each phase:  X diverged  P pca  D distorted\n"
                   "p partial  . none\n");
    assert_written(
        &s.table, AE_TABLE_json,
        "{\"sweep\": \"shares\",\n\"value\": \"phase\",\n\"reduce\": \"fractions\",\n"
        "\"replicates\": 4,\n\"rows\": null,\n"
        "\"cols\": {\"name\": \"lr\", \"values\": [1, 2]},\n\"panels\": [\n{\"at\": {},\n"
        " \"cells\": [[{\"pca\": 0.75, \"partial\": 0.25}, {\"pca\": 1}]],\n"
        " \"states\": [[\"done\", \"done\"]]}\n]}\n");
    hide(&s);
    show(&s, yaml, make_disagreeing, &(struct ae_table_spec){.over = "lr"});
    assert_int_equal(s.table.n_replicates, 8);
    assert_int_equal(ae_table_cell(&s.table, 0, 0, 0)->votes[AE_PHASE_PCA], 7);
    assert_written(&s.table, AE_TABLE_csv, "phase\npca\n");
    hide(&s);
}

/* pmse grows with the place: row 10 K + lr - 10, replicate r adds r / 10. */
static void make_places(size_t i, const struct ae_params *p, struct made *made)
{
    (void)i;
    made->record.summary = summary_in(AE_PHASE_PARTIAL);
    made->record.summary.pmse = 10.0 * (double)p->K - 10.0 + p->lr + 0.1 * (double)p->replicate;
}

static void test_over(void **state)
{
    (void)state;
    static const char *const yaml = "name: over\nreplicates: 2\nset: {time: 20}\n"
                                    "grid: {tied: [false, true], K: [1, 2], lr: [1, 2, 3]}\n"
                                    "table: {rows: K, cols: lr, value: pmse}\n";
    struct ae_error err = {0};
    struct ae_table table = {0};
    struct shown s;
    show(&s, yaml, make_places, &(struct ae_table_spec){.over = "lr", .reduce = "max"});
    assert_int_equal(s.table.rows.id, AE_PARAM_K); /* the sweep's own; its columns are gone */
    assert_int_equal(s.table.cols.id, AE_PARAM_tied);
    assert_written(&s.table, AE_TABLE_csv, "K,false,true\n1,3.2,3.2\n2,13.2,13.2\n");
    ae_table_clear(&s.table);
    struct ae_table_spec both = {.over = " K , lr", .rows = "tied", .reduce = "count"};
    assert_int_equal(ae_table_make(&s.table, s.results, &both, NULL), AE_OK);
    assert_written(&s.table, AE_TABLE_csv, "tied,pmse\nfalse,12\ntrue,12\n");
    struct ae_table_spec wrong = {.over = "lr", .cols = "lr"};
    assert_int_equal(ae_table_make(&table, s.results, &wrong, &err), AE_EARG);
    assert_string_equal(err.message, "--cols: lr is reduced over (--over)");
    ae_table_clear(&table);
    wrong = (struct ae_table_spec){.over = "K,,lr"};
    assert_int_equal(ae_table_make(&table, s.results, &wrong, &err), AE_EARG);
    assert_non_null(strstr(err.message, "--over: '' is not an axis"));
    ae_table_clear(&table);
    wrong = (struct ae_table_spec){.reduce = "fractions", .value = "pmse"};
    assert_int_equal(ae_table_make(&table, s.results, &wrong, &err), AE_EARG);
    ae_table_clear(&table);
    hide(&s);
}

/* The flow reaches 1, 2, 3, the simulations of lr = 1 lie 1, 2, 3 above it: mean 2, deviation 1.
 * Those of lr = 2 have one replicate that failed. Nothing can be said of lr = 3, all alike. */
static void make_pairs(size_t i, const struct ae_params *p, struct made *made)
{
    double k = (double)p->replicate;
    (void)i;
    made->record.summary = summary_in(AE_PHASE_PARTIAL);
    made->record.summary.pmse = p->engine == AE_ENGINE_ODE ? k : p->lr > 2 ? k + 1 : 2 * k;
    if (p->engine == AE_ENGINE_SGD && p->lr == 2 && p->replicate == 2)
        made->reason = "broken";
}

static void test_z_scores(void **state)
{
    (void)state;
    static const char *const yaml = "name: pairs\nreplicates: 3\nset: {time: 20}\n"
                                    "grid: {engine: [sgd, ode], lr: [1, 2, 3]}\n";
    struct shown s;
    show(&s, yaml, make_pairs, &(struct ae_table_spec){.value = "z_score"});
    assert_true(fabs(ae_table_cell(&s.table, 0, 0, 0)->x - 2.0 * sqrt(3.0)) < 1e-14);
    /* 1 and 3: mean 2, deviation sqrt(2), over sqrt(2) */
    assert_true(fabs(ae_table_cell(&s.table, 0, 0, 1)->x - 2.0) < 1e-14);
    assert_true(isnan(ae_table_cell(&s.table, 0, 0, 2)->x));
    assert_true(isnan(ae_table_cell(&s.table, 0, 1, 0)->x));
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
        cmocka_unit_test(test_three_digits),
        cmocka_unit_test(test_marks_in_text),
        cmocka_unit_test(test_marks_in_other_formats),
        cmocka_unit_test(test_fractions),
        cmocka_unit_test(test_over),
        cmocka_unit_test(test_z_scores),
        cmocka_unit_test(test_numbers_of_one_axis),
        cmocka_unit_test(test_a_single_point),
        cmocka_unit_test(test_axes_chosen),
        cmocka_unit_test(test_wrong_choices),
        cmocka_unit_test(test_every_column_has_a_name),
        cmocka_unit_test(test_lines_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
