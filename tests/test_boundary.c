/* Boundaries between phases, with and without points that refine has added, in made-up folders. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/boundary.h"
#include "report_store.h"

static int make_state(void **state)
{
    char *path = calloc(1, REPORT_PATH);
    if (!path)
        return -1;
    make_folder(path);
    *state = path;
    return 0;
}

static int remove_state(void **state)
{
    remove_folder(*state);
    free(*state);
    return 0;
}

/* What the file holds that ae_output wrote. */
static char *read_all(const char *path, char text[], size_t size)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    size_t n = fread(text, 1, size - 1, file);
    assert_int_equal(fclose(file), 0);
    text[n] = '\0';
    return text;
}

static void write_boundary(const char *dir, const char *rows, const char *cols,
                           enum ae_table_format format, char text[], size_t size)
{
    struct ae_error err = {0};
    struct ae_results *results = NULL;
    struct ae_output out = {0};
    char path[REPORT_PATH + 8];
    struct ae_table_spec spec = {.rows = rows, .cols = cols};
    (void)snprintf(path, sizeof path, "%s/out", dir);
    assert_int_equal(ae_results_open(&results, dir, false, &err), AE_OK);
    assert_int_equal(ae_output_open(&out, path, &err), AE_OK);
    enum ae_status rc = ae_boundary_write(results, &spec, format, &out, &err);
    if (ae_output_close(&out, rc, &err) != AE_OK)
        fail_msg("%s", err.message);
    ae_results_free(results);
    (void)read_all(path, text, size);
}

static void expect(const char *dir, const char *rows, const char *cols, enum ae_table_format format,
                   const char *want)
{
    static char got[1 << 16];
    write_boundary(dir, rows, cols, format, got, sizeof got);
    assert_string_equal(got, want);
}

/* pca between the boundaries lr = 0.3 K and lr = 30, diverged above, none below. */
static void band(size_t i, const struct ae_params *p, struct made *made)
{
    (void)i;
    made->record.summary = summary_in(p->lr > 30.0                 ? AE_PHASE_DIVERGED
                                      : p->lr > 0.3 * (double)p->K ? AE_PHASE_PCA
                                                                   : AE_PHASE_NONE);
}

static void test_grid_alone(void **state)
{
    fill_folder(*state, "name: g\ngrid: {K: [1, 4], lr: [100, 0.1, 1, 10]}\n", band);
    expect(*state, NULL, NULL, AE_TABLE_csv,
           "K,lr_lo,lr_hi,phase_lo,phase_hi,unknown\n"
           "1,0.1,1,none,pca,0\n1,10,100,pca,diverged,0\n"
           "4,1,10,none,pca,0\n4,10,100,pca,diverged,0\n");
    expect(*state, NULL, NULL, AE_TABLE_text,
           "g: phase boundaries along lr\n\n"
           "K  phase  from lr  to lr  phase\n"
           "1  none   0.1      1      pca\n"
           "1  pca    10       100    diverged\n"
           "4  none   1        10     pca\n"
           "4  pca    10       100    diverged\n");
    expect(*state, "lr", "K", AE_TABLE_csv,
           "lr,K_lo,K_hi,phase_lo,phase_hi,unknown\n"
           "100,,,diverged,diverged,0\n0.1,,,none,none,0\n1,1,4,pca,none,0\n10,,,pca,pca,0\n");
    expect(*state, "lr", "K", AE_TABLE_text,
           "g: phase boundaries along K\n\n"
           "lr   phase     from K       to K  phase\n"
           "100  diverged  no boundary\n"
           "0.1  none      no boundary\n"
           "1    pca       1            4     none\n"
           "10   pca       no boundary\n");
}

/* Points without a phase widen the interval, and are counted. */
static void gaps(size_t i, const struct ae_params *p, struct made *made)
{
    band(i, p, made);
    made->is_skipped = p->K == 1 && p->lr == 1.0;
    made->reason = p->K == 4 ? "a reason" : NULL;
}

static void test_gaps(void **state)
{
    fill_folder(*state,
                "name: g\ngrid: {K: [1, 4], lr: [0.1, 1, 10]}\n"
                "set: {init: 0.3}\n",
                gaps);
    expect(*state, NULL, NULL, AE_TABLE_csv,
           "K,lr_lo,lr_hi,phase_lo,phase_hi,unknown\n1,0.1,10,none,pca,1\n4,,,,,3\n");
    expect(*state, NULL, NULL, AE_TABLE_text,
           "g: phase boundaries along lr\n\n"
           "K  phase    from lr      to lr  phase\n"
           "1  none     0.1          10     pca  (1 point there without a phase)\n"
           "4  unknown  no boundary  (3 points there without a phase)\n");
    expect(*state, NULL, NULL, AE_TABLE_json,
           "{\"sweep\": \"g\",\n\"along\": \"lr\",\n\"boundaries\": [\n"
           "{\"at\": {\"K\": 1}, \"lo\": 0.1, \"hi\": 10, \"phase_lo\": \"none\", "
           "\"phase_hi\": \"pca\", \"unknown\": 1},\n"
           "{\"at\": {\"K\": 4}, \"lo\": null, \"hi\": null, \"phase_lo\": null, "
           "\"phase_hi\": null, \"unknown\": 3}\n]}\n");
}

/* Refined: the same boundaries as of a uniform grid of the same resolution, of which every
 * 16th point is on the coarse one. */
static void test_refined_against_uniform(void **state)
{
    static char uniform[1 << 16], refined[1 << 16];
    char other[REPORT_PATH];
    struct ae_error err = {0};
    struct ae_results *results = NULL;
    make_folder(other);
    fill_folder(*state,
                "name: g\ngrid: {tied: [false, true], K: [1, 2, 3, 4], lr: {from: 0.01, to: "
                "100, points: 257, scale: log}}\nreplicates: 2\n",
                band);
    fill_folder(other,
                "name: g\ngrid: {tied: [false, true], K: [1, 2, 3, 4], lr: {from: 0.01, to: "
                "100, points: 9, scale: log}}\nrefine: {axes: [lr], levels: 5}\nreplicates: 2\n",
                band);
    fill_added(other, band);
    write_boundary(*state, NULL, NULL, AE_TABLE_csv, uniform, sizeof uniform);
    write_boundary(other, NULL, NULL, AE_TABLE_csv, refined, sizeof refined);
    size_t n = 0;
    const char *a = uniform, *b = refined;
    for (; *a && *b; n++) { /* line by line: numbers differ in the last of 12 digits */
        char tied_a[8], tied_b[8], from_a[16], from_b[16], to_a[16], to_b[16];
        double lo_a, lo_b, hi_a, hi_b;
        int k_a = 0, k_b = 0;
        if (n > 0) {
            assert_int_equal(sscanf(a, "%7[^,],%d,%lf,%lf,%15[^,],%15[^,]", tied_a, &k_a, &lo_a,
                                    &hi_a, from_a, to_a),
                             6);
            assert_int_equal(sscanf(b, "%7[^,],%d,%lf,%lf,%15[^,],%15[^,]", tied_b, &k_b, &lo_b,
                                    &hi_b, from_b, to_b),
                             6);
            assert_true(k_a == k_b && strcmp(tied_a, tied_b) == 0);
            assert_true(ae_number_matches(lo_a, lo_b) && ae_number_matches(hi_a, hi_b));
            assert_true(strcmp(from_a, from_b) == 0 && strcmp(to_a, to_b) == 0);
            assert_true(lo_a < hi_a && hi_a / lo_a < 1.04);
        }
        a = strchr(a, '\n') + 1;
        b = strchr(b, '\n') + 1;
    }
    assert_true(*a == '\0' && *b == '\0' && n == 1 + 8 * 2);
    assert_int_equal(ae_results_open(&results, other, false, &err), AE_OK);
    assert_int_equal(ae_results_size(results), 2 * 8 * (9 + 2 * 5));
    assert_true(10 * ae_results_size(results) < 2 * 8 * 257);
    ae_results_free(results);
    remove_folder(other);
}

/* Islands that a coarse grid hits are closed in from both sides; the order of columns is that of
 * values; a second refined axis does not disturb. */
static void island(size_t i, const struct ae_params *p, struct made *made)
{
    (void)i;
    made->record.summary = summary_in(p->lr > 0.8 && p->lr < 1.3 ? AE_PHASE_PARTIAL : AE_PHASE_PCA);
}

static void test_island(void **state)
{
    fill_folder(*state,
                "name: i\nset: {activation: relu}\ngrid: {init: [0.1, 0.2], lr: [10, 1, 0.1]}\n"
                "refine: {axes: [lr, init], levels: 3}\n",
                island);
    fill_added(*state, island);
    expect(*state, NULL, NULL, AE_TABLE_csv,
           "init,lr_lo,lr_hi,phase_lo,phase_hi,unknown\n"
           "0.1,0.749894209332,1,pca,partial,0\n0.1,1,1.33352143216,partial,pca,0\n"
           "0.2,0.749894209332,1,pca,partial,0\n0.2,1,1.33352143216,partial,pca,0\n");
}

/* Replicates that disagree are a phase of their own. */
static void split(size_t i, const struct ae_params *p, struct made *made)
{
    (void)i;
    double limit = p->replicate == 1 ? 2.0 : 5.0;
    made->record.summary = summary_in(p->lr > limit ? AE_PHASE_PCA : AE_PHASE_NONE);
}

static void test_mixed(void **state)
{
    fill_folder(*state,
                "name: m\nset: {engine: sgd}\ngrid: {lr: {from: 1, to: 9, points: 2}}\n"
                "replicates: 2\nrefine: {axes: [lr], levels: 3}\n",
                split);
    fill_added(*state, split);
    expect(*state, NULL, NULL, AE_TABLE_csv,
           "lr_lo,lr_hi,phase_lo,phase_hi,unknown\n2,3,none,mixed,0\n5,6,mixed,pca,0\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_grid_alone, make_state, remove_state),
        cmocka_unit_test_setup_teardown(test_gaps, make_state, remove_state),
        cmocka_unit_test_setup_teardown(test_refined_against_uniform, make_state, remove_state),
        cmocka_unit_test_setup_teardown(test_island, make_state, remove_state),
        cmocka_unit_test_setup_teardown(test_mixed, make_state, remove_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
