/* What pictures are drawn from: places, boundaries, marks, colours and curves, against made-up
 * results whose picture is known. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/plot.h"
#include "report_store.h"

static const struct ae_plot_files files = {
    .format = AE_PLOT_svg, .data = "it's.dat", .picture = "it's.svg"};

static void clear(struct ae_plot *plot)
{
    ae_buffer_clear(&plot->data);
    ae_buffer_clear(&plot->script);
}

/* The plot of the sweep with those results, or what is wrong with it; `value` of curves if
 * is_curves. */
static enum ae_status draw(const char *yaml, make_row_fn *make, const struct ae_table_spec *spec,
                           bool is_curves, struct ae_plot *plot, struct ae_error *err)
{
    char dir[REPORT_PATH];
    struct ae_results *results = NULL;
    *plot = (struct ae_plot){{0}, {0}};
    make_folder(dir);
    fill_folder(dir, yaml, make);
    fill_added(dir, make);
    assert_int_equal(ae_results_open(&results, dir, false, NULL), AE_OK);
    enum ae_status rc = is_curves
                            ? ae_plot_curves(results, spec->value, spec->where, &files, plot, err)
                            : ae_plot_map(results, spec, &files, plot, err);
    ae_results_free(results);
    remove_folder(dir);
    return rc;
}

static struct ae_plot drawn(const char *yaml, make_row_fn *make, const struct ae_table_spec *spec,
                            bool is_curves)
{
    struct ae_plot plot;
    struct ae_error err = {0};
    if (draw(yaml, make, spec, is_curves, &plot, &err) != AE_OK)
        fail_msg("%s", err.message);
    return plot;
}

static void assert_has(const struct ae_buffer *text, const char *part)
{
    if (!strstr(text->data, part))
        fail_msg("'%s' is not in\n%s", part, text->data);
}

static void assert_lacks(const struct ae_buffer *text, const char *part)
{
    if (strstr(text->data, part))
        fail_msg("'%s' is in\n%s", part, text->data);
}

/* Blocks of the data, as gnuplot counts them: parted by two or more blank lines. */
static int count_blocks(const struct ae_buffer *data)
{
    int n = 0, n_blank = 2;
    for (const char *line = data->data; *line; line += strcspn(line, "\n") + 1) {
        if (line[0] == '#')
            continue;
        n += line[0] != '\n' && n_blank >= 2;
        n_blank = line[0] == '\n' ? n_blank + 1 : 0;
    }
    return n;
}

/* Every block is drawn, and no other one. */
static void assert_blocks_match(const struct ae_plot *plot)
{
    int n = count_blocks(&plot->data);
    assert_true(n > 0);
    for (int i = 0; i <= n; i++) {
        char index[40];
        (void)snprintf(index, sizeof index, "data index %d using", i);
        if (i < n)
            assert_has(&plot->script, index);
        else
            assert_lacks(&plot->script, index);
    }
}

/* ---- places and boundaries ---- */

/* K = 1, 2 reach pca from lr = 1 on, K = 3 from 0.1 on. */
static void make_step(size_t i, const struct ae_params *p, struct made *made)
{
    (void)i;
    bool is_pca = p->lr >= 1.0 || (p->K == 3 && p->lr >= 0.1);
    made->record.summary = summary_in(is_pca ? AE_PHASE_PCA : AE_PHASE_PARTIAL);
}

static void test_boundary_lies_between_phases(void **state)
{
    (void)state;
    struct ae_plot plot = drawn("name: step\nset: {record: final}\n"
                                "grid: {K: [1, 2, 3], lr: [0.01, 0.1, 1]}\n",
                                make_step, &(struct ae_table_spec){0}, false);
    /* Cells reach to the geometric mean with their neighbours: sqrt(0.1) = 0.316... */
    assert_has(&plot.data, "\n0.1 2 0.0316227766017 0.316227766017 1.5 2.5 nan partial ");
    assert_has(&plot.data, "\n1 2 0.316227766017 3.16227766017 1.5 2.5 nan pca ");
    assert_has(&plot.data, "# boundary\n"
                           "0.316227766017 0.5\n0.316227766017 1.5\n\n"
                           "0.316227766017 1.5\n0.316227766017 2.5\n\n"
                           "0.0316227766017 2.5\n0.316227766017 2.5\n\n"
                           "0.0316227766017 2.5\n0.0316227766017 3.5\n\n");
    assert_has(&plot.script, "\"lines: phase boundary\"");
    assert_has(&plot.script, "set logscale x\n");
    assert_lacks(&plot.script, "set logscale y\n");
    assert_has(&plot.script, ":3.16227766017]\nset yrange [0.5:3.5]");
    assert_has(&plot.script, "set xtics (\"10^{-2}\" 1e-2, \"10^{-1}\" 1e-1, \"10^{0}\" 1e0)");
    assert_has(&plot.script, "set ytics (\"1\" 1, \"2\" 2, \"3\" 3)");
    assert_has(&plot.script, "set output picture\n");
    assert_has(&plot.script, "picture = 'it''s.svg'\ndata = 'it''s.dat'\n");
    assert_blocks_match(&plot);
    clear(&plot);
}

static void make_by_lr(size_t i, const struct ae_params *p, struct made *made)
{
    (void)i;
    made->record.summary = summary_in(p->lr > 0.5 ? AE_PHASE_PCA : AE_PHASE_NONE);
    made->record.summary.excess = p->lr;
}

static void test_axes_out_of_order_and_without_numbers(void **state)
{
    (void)state;
    struct ae_plot plot = drawn("name: order\nset: {record: final}\n"
                                "grid: {activation: [relu, erf], lr: [1, 0.4, 0.2, 0.6, 0.8]}\n",
                                make_by_lr, &(struct ae_table_spec){.value = "phase"}, false);
    assert_has(&plot.data, "# boundary\n0.5 0.5\n0.5 1.5\n\n0.5 1.5\n0.5 2.5\n\n\n\n");
    assert_has(&plot.data, "\n0.2 1 0.1 0.3 0.5 1.5 nan none ");
    assert_lacks(&plot.script, "logscale");
    assert_has(&plot.script, "set ytics (\"relu\" 1, \"erf\" 2)");
    assert_has(&plot.script, "set yrange [2.5:0.5]"); /* words from top to bottom */
    clear(&plot);
}

static void test_axis_spaced_like_log_is_log(void **state)
{
    (void)state;
    struct ae_plot plot =
        drawn("name: log\nset: {record: final}\ngrid:\n  lr: [0.2, 0.4, 0.6]\n"
              "  K: {from: 1, to: 40, points: 8, scale: log}\n", /* 1 2 3 5 8 14 24 40 */
              make_by_lr, &(struct ae_table_spec){.rows = "lr", .cols = "K"}, false);
    assert_has(&plot.script, "set logscale x\n");
    assert_lacks(&plot.script, "set logscale y\n");
    assert_has(&plot.script, "\"14\" 14, \"24\" 24, \"40\" 40)");
    clear(&plot);
}

static void test_axis_said_to_be_log_is_log(void **state)
{
    (void)state;
    static const char *const yaml[] = {
        "name: said\nset: {record: final}\ngrid:\n  lr: {values: [1, 2], scale: log}\n  K: [1, "
        "2]\n",
        "name: not_said\nset: {record: final}\ngrid: {lr: [1, 2], K: [1, 2]}\n"};
    for (int i = 0; i < 2; i++) {
        struct ae_plot plot =
            drawn(yaml[i], make_by_lr, &(struct ae_table_spec){.rows = "K", .cols = "lr"}, false);
        assert_lacks(&plot.script, "set logscale y\n");
        if (i == 0)
            assert_has(&plot.script, "set logscale x\n");
        else
            assert_lacks(&plot.script, "set logscale x\n");
        clear(&plot);
    }
}

/* K = 1 reaches pca between lr = 1 and 2, K = 2 nowhere. */
static void make_edge(size_t i, const struct ae_params *p, struct made *made)
{
    (void)i;
    bool is_pca = p->K == 1 && p->lr > 1.1;
    made->record.summary = summary_in(is_pca ? AE_PHASE_PCA : AE_PHASE_NONE);
    made->record.summary.alignment = p->lr;
}

/* lr = 1.5, then 1.25, then 1.125 is added to the row of K = 1: cells meet halfway to them. */
static void test_refined_points_are_cells(void **state)
{
    (void)state;
    static const char yaml[] =
        "name: refined\nset: {record: final}\n"
        "grid: {K: [1, 2], lr: [1, 2, 3]}\nrefine: {axes: [lr], levels: 3}\n";
    struct ae_plot plot = drawn(yaml, make_edge, &(struct ae_table_spec){0}, false);
    assert_has(&plot.data, "\n1 1 0.5 1.0625 0.5 1.5 nan none ");
    assert_has(&plot.data, "\n1.125 1 1.0625 1.1875 0.5 1.5 nan pca ");
    assert_has(&plot.data, "\n2 1 1.75 2.5 0.5 1.5 nan pca ");
    assert_has(&plot.data, "\n2 2 1.5 2.5 1.5 2.5 nan none ");
    assert_has(&plot.data, "# boundary\n1.0625 0.5\n1.0625 1.5\n\n" /* where it is, */
                           "1.0625 1.5\n1.1875 1.5\n\n"             /* and to the row above */
                           "1.1875 1.5\n1.375 1.5\n\n1.375 1.5\n1.5 1.5\n\n");
    assert_has(&plot.script, "set xrange [0.5:3.5]");
    assert_blocks_match(&plot);
    clear(&plot);
    plot = drawn(yaml, make_edge, &(struct ae_table_spec){.value = "alignment"}, false);
    assert_has(&plot.data, "\n1.25 1 1.1875 1.375 0.5 1.5 1.25 number\n");
    clear(&plot);
}

/* ---- marks ---- */

static const char *const marks_yaml =
    "name: marks_of\nreplicates: 2\nset: {record: final}\n"
    "grid: {tied: [false, true], K: [1, 2], lr: [0.1, 1, 2, 5, 10]}\n"
    "exclude:\n  - {tied: true, K: 2, lr: 10}\n  - {tied: true, K: 1}\n";

/* tied false, K = 1: diverged, pca, never, not a number, pca; K = 2: disagreement, failed, missing,
 * one of two missing, pca. */
static void make_marks(size_t i, const struct ae_params *p, struct made *made)
{
    size_t col = i / 2 % 5, row = i / 10;
    enum ae_phase phase = AE_PHASE_PCA;
    if (row == 0 && col == 0)
        phase = AE_PHASE_DIVERGED;
    if (row == 1 && col == 0 && p->replicate == 2)
        phase = AE_PHASE_NONE;
    if (row == 1 && col == 1)
        made->reason = "broken";
    made->is_skipped = row == 1 && (col == 2 || (col == 3 && p->replicate == 2));
    made->record.summary = summary_in(phase);
    made->record.summary.alignment = row == 0 && col == 3   ? (double)NAN
                                     : row == 0 && col == 2 ? (double)INFINITY
                                                            : 0.5;
}

static void test_marks_of_values(void **state)
{
    (void)state;
    struct ae_plot plot =
        drawn(marks_yaml, make_marks, &(struct ae_table_spec){.value = "alignment"}, false);
    assert_has(&plot.data, "diverged 11674146 \"X\" 16777215\n");
    assert_has(&plot.data, "0.5 number\n");
    assert_has(&plot.data, " inf infinite ");
    assert_has(&plot.data, " nan nan ");
    assert_has(&plot.data, " nan failed 0 \"!\" 16777215\n");
    assert_has(&plot.data, " nan missing ");
    assert_lacks(&plot.data, "absent");
    static const char *const in_key[] = {"\"diverged\"",     "\"failed\"",
                                         "\"not computed\"", "\"no such point\"",
                                         "\"not a number\"", "\"infinite\""};
    for (size_t i = 0; i < sizeof in_key / sizeof *in_key; i++)
        assert_has(&plot.script, in_key[i]);
    assert_lacks(&plot.script, "\"partial\"");
    assert_lacks(&plot.script, "\"mixed\"");
    assert_has(&plot.script, "marks\\\\_of: alignment, median of 2 replicates");
    assert_has(&plot.script, "lack some of their replicates: 1\"");
    assert_has(&plot.script, "set cbrange [lowest:0.75]"); /* a single value */
    assert_blocks_match(&plot);
    clear(&plot);
}

static void test_marks_of_phases(void **state)
{
    (void)state;
    struct ae_plot plot = drawn(marks_yaml, make_marks, &(struct ae_table_spec){0}, false);
    assert_has(&plot.data, " nan mixed ");
    assert_has(&plot.script, "\"mixed\"");
    assert_lacks(&plot.script, "palette");
    /* Diverged and pca; diverged and mixed; the failed and the missing cell are no neighbours. */
    assert_has(&plot.data, "# boundary: tied=false\n0.316227766017 0.5\n0.316227766017 1.5\n\n"
                           "0.0316227766017 1.5\n0.316227766017 1.5\n\n\n\n");
    assert_blocks_match(&plot);
    clear(&plot);
}

/* ---- colours ---- */

static void make_excess(size_t i, const struct ae_params *p, struct made *made)
{
    (void)i;
    made->record.summary = summary_in(AE_PHASE_PARTIAL);
    made->record.summary.excess = p->tol < 2e-8 ? -1e-16 : p->lr;
}

static void test_colours_over_decades_are_log(void **state)
{
    (void)state;
    struct ae_table_spec spec = {.value = "excess"};
    struct ae_plot plot = drawn("name: wide\nset: {record: final, tol: 1e-6}\n"
                                "grid: {lr: [0.5, 1, 50]}\n",
                                make_excess, &spec, false);
    assert_has(&plot.script, "set logscale cb\nlowest = 0.5\nset cbrange [lowest:50]");
    assert_lacks(&plot.script, "\342\211\244");
    clear(&plot);
    plot = drawn("name: narrow\nset: {record: final, tol: 1e-6}\ngrid: {lr: [0.5, 1, 40]}\n",
                 make_excess, &spec, false);
    assert_lacks(&plot.script, "set logscale cb");
    assert_has(&plot.script, "lowest = 0.5\nset cbrange [lowest:40]");
    assert_lacks(&plot.script, "phase boundary"); /* there is none */
    clear(&plot);
    plot = drawn("name: zero\nset: {record: final}\n" /* as good as zero, and a way up to 100 */
                 "grid: {tol: [1e-8, 1e-6], lr: [0.0001, 0.1, 100]}\n",
                 make_excess, &spec, false);
    assert_has(&plot.script, "set logscale cb\nlowest = 0.001\nset cbrange [lowest:100]");
    assert_has(&plot.script, "\"\342\211\244 0.001\" lowest");
    assert_has(&plot.data, " -1e-16 number\n"); /* the data say what it is */
    clear(&plot);
}

/* ---- panels ---- */

static void test_panels_name_what_differs(void **state)
{
    (void)state;
    struct ae_plot plot =
        drawn("name: panels\nset: {record: final}\n"
              "grid: {activation: [erf, relu], tied: [false, true], bias: [none, both],\n"
              "  K: [1, 2], lr: [0.1, 1]}\nexclude:\n  - {tied: true, bias: both}\n",
              make_step, &(struct ae_table_spec){0}, false);
    assert_has(&plot.script, "\"tied=false, bias=both\" at");
    assert_has(&plot.script, "\"activation=relu\" at");
    assert_lacks(&plot.script, "\"tied=true, bias=both\" at");
    size_t n = 0;
    for (const char *at = plot.script.data; (at = strstr(at, "\nplot ")); at++)
        n++;
    assert_int_equal(n, 6);
    assert_blocks_match(&plot);
    clear(&plot);
}

static void test_too_many_panels(void **state)
{
    (void)state;
    struct ae_plot plot;
    struct ae_error err = {0};
    enum ae_status rc =
        draw("name: many\nset: {record: final}\n"
             "grid: {bias_init: {from: 0, to: 400, step: 1}, K: [1], lr: [1]}\n",
             make_step, &(struct ae_table_spec){.rows = "K", .cols = "lr"}, false, &plot, &err);
    assert_int_equal(rc, AE_EARG);
    assert_non_null(strstr(err.message, "401 panels are too many"));
    clear(&plot);
}

/* ---- curves ---- */

/* Two times, 0 and 4, at which pmse is 10 and replicate + K. */
static void make_curve(size_t i, const struct ae_params *p, struct made *made)
{
    struct ae_record *r = &made->record;
    r->summary = summary_in(AE_PHASE_PCA);
    r->summary.pca = 5.0 - (double)p->K;
    r->summary.n_main = (double)p->K;
    made->is_skipped = p->lr > 2.5;
    for (size_t j = 0; j < r->n_times && r->n_cols > 2; j++) {
        double *at = r->curve + j * r->n_cols;
        at[0] = j == 0 ? 0.0 : 4.0;
        at[1] = j == 0 ? 10.0 : (double)(p->replicate + p->K);
        at[2] = 0.25;
    }
    if (i == 0 && r->n_times > 1)
        r->curve[r->n_cols + 1] = (double)NAN; /* one replicate that says nothing */
}

static void test_curves_of_replicates(void **state)
{
    (void)state;
    struct ae_plot plot = drawn("name: curves\nreplicates: 4\nset: {spikes: [4, 2.5], init: 0.3}\n"
                                "grid: {engine: [ode, sgd], K: [1, 2], lr: [1, 3]}\n",
                                make_curve, &(struct ae_table_spec){0}, true);
    assert_has(&plot.data, "# engine=ode, K=1, 4 replicates\n0 10 10 10\n4 4 3 5\n\n\n");
    assert_has(&plot.data, "# engine=sgd, K=2, 4 replicates\n0 10 10 10\n4 4.5 3 6\n\n\n");
    assert_has(&plot.script, "set logscale x\n");
    assert_has(&plot.script, "set logscale y\n");
    assert_has(&plot.script, "title \"K=1\"");
    assert_has(&plot.script, "title \"ode\"");
    assert_has(&plot.script, "title \"sgd\"");
    assert_has(&plot.script, "data index 0 using 1:3:4 with filledcurves");
    assert_has(&plot.script, "median and range of 4 replicates\\nlr=1\"");
    assert_has(&plot.script, "without a curve: 16\"");
    /* PCA errors: the trace, and those of one and of two components. */
    assert_has(&plot.script, "set arrow from graph 0, first 10 to graph 1, first 10 ");
    assert_has(&plot.script, "set arrow from graph 0, first 4 to graph 1, first 4 ");
    assert_has(&plot.script, "set label \"pca_{2}\" at graph 0.01, first 3 ");
    assert_has(&plot.script, "set yrange [1.6:12.5]");
    assert_blocks_match(&plot);
    clear(&plot);
}

static void test_curves_of_excess(void **state)
{
    (void)state;
    struct ae_plot plot = drawn("name: one\nset: {D: inf, init: informed}\ngrid: {K: [1]}\n",
                                make_curve, &(struct ae_table_spec){.value = "excess"}, true);
    assert_has(&plot.data, "\n4 0.25 0.25 0.25\n");
    assert_lacks(&plot.script, "set arrow");
    assert_lacks(&plot.script, "filledcurves");
    assert_has(&plot.script, "set yrange [0.2:0.3125]");
    clear(&plot);
}

static void test_curves_refused(void **state)
{
    (void)state;
    static const struct {
        const char *yaml, *value, *message;
    } cases[] = {
        {"name: many\ngrid: {K: {from: 1, to: 9}}\n", NULL,
         "more than 8 points fit, too many for one picture: choose with --where; they differ in K"},
        {"name: final\nset: {record: final}\n", NULL, "no curve to draw"},
        {"name: none\nset: {lr: 3}\n", NULL, "no curve to draw"},
        {"name: value\n", "alignment", "'alignment' has no curve; allowed: pmse, excess"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ae_plot plot;
        struct ae_error err = {0};
        struct ae_table_spec spec = {.value = cases[i].value};
        assert_int_equal(draw(cases[i].yaml, make_curve, &spec, true, &plot, &err), AE_EARG);
        if (!strstr(err.message, cases[i].message))
            fail_msg("got: %s", err.message);
        clear(&plot);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_boundary_lies_between_phases),
        cmocka_unit_test(test_axes_out_of_order_and_without_numbers),
        cmocka_unit_test(test_axis_spaced_like_log_is_log),
        cmocka_unit_test(test_axis_said_to_be_log_is_log),
        cmocka_unit_test(test_refined_points_are_cells),
        cmocka_unit_test(test_marks_of_values),
        cmocka_unit_test(test_marks_of_phases),
        cmocka_unit_test(test_colours_over_decades_are_log),
        cmocka_unit_test(test_panels_name_what_differs),
        cmocka_unit_test(test_too_many_panels),
        cmocka_unit_test(test_curves_of_replicates),
        cmocka_unit_test(test_curves_of_excess),
        cmocka_unit_test(test_curves_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
