/* Mistakes in sweep files: each has its message, with the place and what is allowed. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "aesweep/sweep.h"

static struct ae_sweep *read_good(const char *text)
{
    struct ae_sweep *sweep = NULL;
    struct ae_error err = {0};
    if (ae_sweep_read_text(&sweep, text, strlen(text), "f.yaml", &err) != AE_OK)
        fail_msg("%s\n%s", err.message, text);
    return sweep;
}

static void expect_bad(const char *text, const char *place, const char *words)
{
    struct ae_sweep *sweep = NULL;
    struct ae_error err = {0};
    assert_int_equal(ae_sweep_read_text(&sweep, text, strlen(text), "f.yaml", &err), AE_EARG);
    assert_null(sweep);
    if (strncmp(err.message, place, strlen(place)) != 0 || !strstr(err.message, words))
        fail_msg("got '%s', want '%s ... %s'", err.message, place, words);
    assert_null(strchr(err.message, '\n'));
    assert_int_equal(ae_sweep_read_text(&sweep, text, strlen(text), "f.yaml", NULL), AE_EARG);
}

static void mistakes_are_named_with_their_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *place, *words;
    } cases[] = {
        /* keys */
        {"set:\n  learning_rate: 1\n", "f.yaml:2:3: unknown parameter 'learning_rate'",
         "did you mean 'lr'?"},
        {"grid:\n  activaton: [erf]\n", "f.yaml:2:3: unknown parameter",
         "did you mean 'activation'?"},
        {"set:\n  qwertyuiop: 1\n", "f.yaml:2:3: unknown parameter", "known: engine, activation"},
        {"gird: {K: [1]}\n", "f.yaml:1:1: unknown key 'gird'", "did you mean 'grid'?"},
        {"qwertyuiop: []\n", "f.yaml:1:1: unknown key", "known: name, set, grid, zip, sample"},
        {"refine: {levels: 3}\n", "f.yaml:1:9: refine: a mapping", "axes: [lr]"},
        {"lr: 3\n", "f.yaml:1:1: lr is a parameter", "under set or under grid"},
        {"set: {K: 1}\nset: {K: 2}\n", "f.yaml:2:1: duplicate key 'set'", "line 1"},
        {"set:\n  K: 1\n  K: 2\n", "f.yaml:3:3: duplicate key 'K'", "line 2"},
        /* types and ranges */
        {"- 1\n", "f.yaml:1:1: ", "a mapping with keys"},
        {"just words\n", "f.yaml:1:1: ", "a mapping with keys"},
        {"set: [K]\n", "f.yaml:1:6: set: a list", "a mapping"},
        {"grid: K\n", "f.yaml:1:7: grid: 'K'", "a mapping"},
        {"set: {K: 0}\n", "f.yaml:1:10: K: '0'", "from 1"},
        {"set: {K: two}\n", "f.yaml:1:10: K: 'two'", "integer"},
        {"set: {K: [1, 2]}\n", "f.yaml:1:10: K: several values", "under grid"},
        {"set: {K: {from: 1, to: 2}}\n", "f.yaml:1:10: K: a mapping", "one value"},
        {"set: {spikes: {from: 1, to: 2}}\n", "f.yaml:1:15: spikes: a mapping", "list of numbers"},
        {"set: {spikes: [[4, 2], [4, 1]]}\n", "f.yaml:1:15: spikes: several", "under grid"},
        {"set: {lr: -1}\n", "f.yaml:1:11: lr: '-1'", "> 0"},
        {"grid: {lr: [=1/K]}\n", "f.yaml:1:13: lr: '=1/K'", "under set"},
        {"set: {lr: }\n", "f.yaml:1:", "nothing stands here"},
        {"set: {tied: yes}\n", "f.yaml:1:13: tied: 'yes'", "did you mean 'true'?"},
        {"set: {tied: OFF}\n", "f.yaml:1:13: tied: 'OFF'", "did you mean 'false'?"},
        {"set: {bias: off}\n", "f.yaml:1:13: bias: 'off'", "true and false"},
        {"set: {lr: \"1\"}\n", "f.yaml:1:11: lr: '1'", "quotes"},
        {"grid: {K: []}\n", "f.yaml:1:11: K: ", "empty axis"},
        {"grid: {K: [1, 1]}\n", "f.yaml:1:15: K: 1 ", "twice"},
        {"set: {K: 1}\ngrid: {K: [1, 2]}\n", "f.yaml:2:8: K is both", "line 1"},
        {"grid: {K: [1, 2]}\nset: {K: 1}\n", "f.yaml:2:7: K is both", "line 1"},
        {"name: a/b\n", "f.yaml:1:7: name: 'a/b'", "letters, digits"},
        {"name: ..\n", "f.yaml:1:7: name: '..'", "letters, digits"},
        {"name: \n", "f.yaml:1:", "letters, digits"},
        {"replicates: 0\n", "f.yaml:1:13: replicates: '0'", "from 1 to 1000000"},
        {"replicates: 1.5\n", "f.yaml:1:13: replicates: '1.5'", "integer"},
        {"replicates: some\n", "f.yaml:1:13: replicates: 'some'", "number"},
        {"replicates: \"3\"\n", "f.yaml:1:13: replicates: '3'", "without quotes"},
        {"seed: 9223372036854775808\n", "f.yaml:1:7: seed: ", "9223372036854775807"},
        {"seed: -1\n", "f.yaml:1:7: seed: '-1'", "from 0"},
        {"seed: 1e17\n", "f.yaml:1:7: seed: '1e17'", "integer"},
        /* exclude and table */
        {"exclude: {K: 1}\n", "f.yaml:1:10: exclude: a mapping", "a list of items"},
        {"exclude: [K]\n", "f.yaml:1:11: exclude: 'K'", "items such as"},
        {"exclude:\n  - {k_: 1}\n", "f.yaml:2:6: unknown parameter 'k_'", "'K'"},
        {"exclude:\n  - {K: []}\n", "f.yaml:2:9: K: ", "empty list"},
        {"exclude:\n  - {K: [1, x]}\n", "f.yaml:2:13: K: 'x'", "integer"},
        {"exclude:\n  - {why: no reason}\n", "f.yaml:2:5: ", "without conditions"},
        {"exclude:\n  - {}\n", "f.yaml:2:5: ", "without conditions"},
        {"exclude:\n  - {if: [K]}\n", "f.yaml:2:10: if: a list", "lr>1"},
        {"exclude:\n  - {if: K==1}\n", "f.yaml:2:10: if: column 2: ", "equal is written ="},
        {"exclude:\n  - {if: replicate=1}\n", "f.yaml:2:10: if: ", "replicates"},
        {"exclude:\n  - {K: 1, why: []}\n", "f.yaml:2:17: why: a list", "a text"},
        {"grid: {K: [1, 2]}\nexclude:\n  - {if: K>0}\n", "f.yaml:3:3: ", "drops all 2 points"},
        {"table: K\n", "f.yaml:1:8: table: 'K'", "rows: K"},
        {"table: {row: K}\n", "f.yaml:1:9: unknown key of table, 'row'", "did you mean 'rows'?"},
        {"table: {rows: l_r}\n", "f.yaml:1:15: unknown parameter 'l_r'", "did you mean 'lr'?"},
        {"table: {rows: [K]}\n", "f.yaml:1:15: rows: a list", "name of a parameter"},
        {"table: {rows: K, cols: K}\n", "f.yaml:1:24: ", "both K"},
        {"table: {value: exces}\n", "f.yaml:1:16: unknown value 'exces'", "did you mean 'excess'?"},
        {"table: {value: escape_0}\n", "f.yaml:1:16: unknown value 'escape_0'", "escape_1"},
        {"table: {reduce: avg}\n", "f.yaml:1:17: unknown reduce 'avg'", "median, mean, min"},
        /* size */
        {"grid:\n  D: {from: 1, to: 2000}\n  K: {from: 1, to: 1000}\n  lr: {from: 1, to: 2, "
         "points: 501}\n",
         "f.yaml:2:3: ", "more than 1000000000 points"},
        {"grid:\n  D: {from: 1, to: 2000}\n  K: {from: 1, to: 2000}\n" /* over 2^64 */
         "  lr: &r {from: 1, to: 2, points: 2000}\n  sigma2: *r\n  time: *r\n  tie_scale: *r\n",
         "f.yaml:2:3: ", "more than 1000000000 points"},
        /* no YAML at all */
        {"set:\n\tK: 1\n", "f.yaml:2:1: ", "a tab"},
        {"grid:\n  K: [1, 2\n", "f.yaml:3:1: ", "the list [...] that begins at line 2, column 6"},
        {"", "f.yaml:1:1: ", "the file is empty"},
        {"\x01\x02\x7f", "f.yaml:1:1: ", "UTF-8 text"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_bad(cases[i].text, cases[i].place, cases[i].words);
}

/* Of zip, samples, computed values and several documents. */
static void mistakes_in_axes_are_named_too(void **state)
{
    (void)state;
    static const struct {
        const char *text, *place, *words;
    } cases[] = {
        /* zip */
        {"zip: {init: [1], time: [2]}\n", "f.yaml:1:6: zip: a mapping", "a list of groups"},
        {"zip: [init]\n", "f.yaml:1:7: zip: 'init'", "groups such as"},
        {"zip: [{}]\n", "f.yaml:1:7: zip: a mapping", "groups such as"},
        {"zip:\n  - {init: [1, 2], tim: [1, 2]}\n", "f.yaml:2:20: unknown parameter 'tim'",
         "did you mean 'time'?"},
        {"zip:\n  - {init: [1, 2], time: [1, 2, 3]}\n", "f.yaml:2:26: zip: time has 3 values",
         "init has 2"},
        {"zip:\n  - {K: [1, 2, 1], lr: [1, 2, 1]}\n", "f.yaml:2:5: zip: {K: 1, lr: 1}", "twice"},
        {"zip:\n  - {K: [1, 2], lr: [1, -2]}\n", "f.yaml:2:25: lr: '-2'", "> 0"},
        {"zip:\n  - {K: [1, 2]}\n  - {K: [1, 2]}\n", "f.yaml:3:6: K is both", "line 2"},
        {"grid: {K: [3]}\nzip: [{K: [1, 2]}]\n", "f.yaml:2:8: K is both", "line 1"},
        {"zip: [{K: 3}]\n", "f.yaml:1:11: K: '3' is no axis", "a list of values"},
        /* axes with a scale */
        {"grid: {lr: {values: 3}}\n", "f.yaml:1:21: values: '3'", "a list"},
        {"grid: {lr: {values: [1], step: 2}}\n", "f.yaml:1:26: unknown key of an axis",
         "values, scale, merged"},
        {"grid: {lr: {values: [1, 1]}}\n", "f.yaml:1:25: lr: 1", "twice"},
        {"grid: {lr: {values: [1], merged: -1}}\n", "f.yaml:1:34: merged", "counts"},
        /* samples */
        {"sample: 256\n", "f.yaml:1:9: sample: '256'", "{sobol: 256, over: "},
        {"sample: {sobol: 8}\n", "f.yaml:1:9: sample: a mapping", "both"},
        {"sample: {sobol: 8, ower: {}}\n", "f.yaml:1:20: unknown key of sample", "'over'"},
        {"sample: {sobol: 8, over: {}}\n", "f.yaml:1:26: over: a mapping", "{lr: "},
        {"sample: {sobol: 0, over: {lr: {from: 1, to: 2}}}\n", "f.yaml:1:17: sobol: '0'",
         "from 1 to 1000000"},
        {"sample: {sobol: 8, over: {lr: [1, 2]}}\n", "f.yaml:1:31: lr: a list",
         "{from, to, scale}"},
        {"sample: {sobol: 8, over: {lr: {from: 1, to: 2, points: 3}}}\n", "f.yaml:1:48: unknown",
         "from, to, scale"},
        {"sample: {sobol: 8, over: {tied: {from: 0, to: 1}}}\n", "f.yaml:1:33: tied: ", "numbers"},
        {"sample: {sobol: 8, over: {lr: {from: 0, to: 1}}}\n", "f.yaml:1:38: lr: '0'", "> 0"},
        {"sample: {sobol: 8, over: {sigma2: {from: 0, to: 1, scale: log}}}\n",
         "f.yaml:1:42: from: 0", "> 0"},
        {"sample: {sobol: 8, over: {lr: {from: 2, to: 1}}}\n", "f.yaml:1:38: from: 2", "rises"},
        {"sample: {sobol: 1e6, over: {lr: &r {from: 1, to: 2}, lr_bias: *r, time: *r, init: *r}}\n",
         "f.yaml:1:28: sample: ", "more than 3000000 values"},
        {"grid:\n  lr: {from: 1, to: 2, points: 1e6}\n---\ngrid: {lr: {from: 3, to: 4, points: "
         "1e6}}\n---\ngrid: {lr: {from: 5, to: 6, points: 1e6}, K: [1, 2]}\n",
         "f.yaml:6:1: ", "more than 3000000 values on all axes"},
        /* computed values */
        {"set: {lr: =1/k_}\n", "f.yaml:1:11: lr: column 4 of '=1/k_'", "did you mean 'K'?"},
        {"set:\n  activation: =K\n", "f.yaml:2:15: activation: ", "a word"},
        {"set:\n  spikes: =K\n", "f.yaml:2:11: spikes: ", "a list"},
        {"set: {time: =2*time}\n", "f.yaml:1:13: time depends on itself", "time -> time"},
        {"set:\n  lr: =K\n  K: =D\n  D: =lr\n", "f.yaml:3:6: K depends on itself",
         "K -> D -> lr -> K"},
        {"set:\n  sigma2: =lr\n  lr: =K\n  K: =lr\n", "f.yaml:4:6: K depends on itself",
         "K -> lr -> K"},
        {"set: {K: =lr}\ngrid: {lr: [1, 2, 2.5]}\n",
         "f.yaml:1:10: point {lr: 2.5}: computed by '=lr': K: '2.5'", "an integer from 1"},
        {"set: {K: =lr/3}\n", "f.yaml:1:10: computed by '=lr/3': K: '0.333333333333'", "integer"},
        {"set: {lr: =0*K}\n", "f.yaml:1:11: computed by '=0*K': lr: '0'", "> 0"},
        {"set: {lr: =sqrt(-1)}\n", "f.yaml:1:11: computed by ", "lr: 'nan'"},
        {"set: {lr: =1/0}\n", "f.yaml:1:11: computed by ", "lr: 'inf'"},
        {"set: {init: =0-1}\n", "f.yaml:1:13: computed by ", "init: '-1'"}, /* not informed */
        {"set: {timeout: =1/0}\n", "f.yaml:1:16: computed by ", "timeout: 'inf'"},
        {"set: {lr: =init}\ngrid: {init: [1, informed]}\n",
         "f.yaml:1:11: point {init: informed}: ", "lr: 'nan'"},
        {"exclude: [{lr: =K}]\n", "f.yaml:1:16: lr: '=K'", "under set"},
        /* documents */
        {"set: {K: 1}\n---\nseed: 3\n", "f.yaml:3:1: seed is shared", "the first one"},
        {"set: {K: 1}\n---\nname: b\n", "f.yaml:3:1: name is shared", "the first one"},
        {"set: {K: 1}\n---\nset: {K: 0}\n", "f.yaml:3:10: K: '0'", "from 1"},
        {"grid: {K: [1, 2]}\n---\n- 1\n", "f.yaml:3:1: sweep: a list", "a mapping"},
        {"---\n---\nset: {K: 1}\n", "f.yaml:", "a mapping"},
        {"grid: {K: [1, 2]}\n---\ngrid: {K: [3]}\nexclude: [{K: 3}]\n",
         "f.yaml:4:10: ", "drops all 1 points"},
        {"set: {lr: =init}\n---\nset: {init: 0}\n", "f.yaml:1:11: computed by '=init'", "> 0"},
        {"set: {engine: sgd}\n---\ngrid: {D: [inf, 100]}\n",
         "f.yaml:3:7: point {D: inf}: ", "  - {engine: sgd, D: inf}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_bad(cases[i].text, cases[i].place, cases[i].words);
}

/* The mistake that is reported is the first of the file, whatever section it stands in. */
static void the_first_mistake_is_reported(void **state)
{
    (void)state;
    expect_bad("table: {rows: Q1}\nset: {K: 0}\n", "f.yaml:1:15: ", "Q1");
    expect_bad("set: {K: 0}\ntable: {rows: Q1}\n", "f.yaml:1:10: ", "K");
    expect_bad("grid: {lr: [1, x], K: [0]}\n", "f.yaml:1:16: ", "lr");
}

static void points_without_sense_print_the_way_out(void **state)
{
    (void)state;
    expect_bad("set: {time: 10}\ngrid:\n  engine: [ode, sgd]\n  D: [100, inf]\n",
               "f.yaml:3:3: point {engine: sgd, D: inf}: ",
               "add under exclude:   - {engine: sgd, D: inf}");
    expect_bad("set: {engine: sgd}\ngrid: {D: [inf, 100]}\n",
               "f.yaml:2:7: point {D: inf}: ", "  - {engine: sgd, D: inf}");
    /* nothing to exclude: no axis is involved */
    expect_bad("set: {engine: sgd, D: inf}\n", "f.yaml:1:6: ", "D = inf");
    const char *text =
        "set: {tied: true, spikes: [2, 1], start: {encoder: [[1, 0]], decoder: [[0.5, 0]]}}\n"
        "grid: {lr: [1, 2]}\n";
    expect_bad(text, "f.yaml:2:7: point {lr: 1}: ", "tied");
    struct ae_sweep *sweep = NULL;
    struct ae_error err = {0};
    assert_int_equal(ae_sweep_read_text(&sweep, text, strlen(text), "f.yaml", &err), AE_EARG);
    assert_null(strstr(err.message, "exclude:"));
}

/* The line that is printed does what it says. */
static void the_way_out_works(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "grid:\n  engine: [ode, sgd]\n  D: [100, inf]\n",
        "set: {spikes: [3, 2, 1]}\ngrid:\n  D: [2, 1000]\n",
        "grid:\n  K: [1, 2]\n  start: [none, {encoder: [[1]]}]\n",
        "grid:\n  engine: [ode, sgd]\n  batch: [1, 8]\n",
        "grid:\n  engine: [ode, sgd]\n  samples: [inf, 1e3]\n",
        "set: {engine: sgd, activation: linear}\n"
        "grid:\n  tied: [false, true]\n  rule: [vanilla, sanger]\n",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct ae_sweep *sweep = NULL;
        struct ae_error err = {0};
        struct ae_buffer text = {0};
        assert_int_equal(ae_sweep_read_text(&sweep, texts[i], strlen(texts[i]), "f.yaml", &err),
                         AE_EARG);
        const char *line = strstr(err.message, "  - {");
        if (!line)
            fail_msg("no line to add in '%s'", err.message);
        ae_buffer_printf(&text, "%sexclude:\n%s\n", texts[i], line);
        sweep = read_good(text.data);
        assert_true(ae_sweep_n_points(sweep) < ae_sweep_grid_size(sweep));
        ae_sweep_free(sweep);
        ae_buffer_clear(&text);
    }
}

static void a_long_point_leaves_room_for_the_way_out(void **state)
{
    (void)state;
    struct ae_buffer text = {0};
    ae_buffer_text(&text, "set: {spikes: [1, 1]}\ngrid:\n  observe:\n  - [1");
    for (int i = 2; i < 2000; i++)
        ae_buffer_printf(&text, ", %d", i);
    ae_buffer_text(&text, "]\n  D: [1, 100]\n");
    expect_bad(text.data, "f.yaml:3:3: point {observe: [1, 2,", "...: ");
    expect_bad(text.data, "f.yaml:3:3: ", "  - {D: 1}");
    ae_buffer_clear(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mistakes_are_named_with_their_place),
        cmocka_unit_test(mistakes_in_axes_are_named_too),
        cmocka_unit_test(the_first_mistake_is_reported),
        cmocka_unit_test(points_without_sense_print_the_way_out),
        cmocka_unit_test(the_way_out_works),
        cmocka_unit_test(a_long_point_leaves_room_for_the_way_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
