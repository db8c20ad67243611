/* Merging and retrying on folders made up by hand: who wins, what stops, what is left behind. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../src/cli/cli.h"
#include "aesweep/merge.h"
#include "report_store.h"

static const char *const yaml = "name: six\nset: {time: 20}\ngrid: {lr: [1, 2, 3, 4, 5, 6]}\n";
static const char *const full =
    "name: six\nset: {time: 20, record: full}\ngrid: {lr: [1, 2, 3, 4, 5, 6]}\n";

/* What part one holds: points 0 to 3; point 2 has failed. */
static void make_one(size_t i, const struct ae_params *p, struct made *made)
{
    (void)p;
    made->record.summary = summary_in(AE_PHASE_PCA);
    for (size_t k = 0; k < made->record.n_times; k++)
        made->record.curve[k * made->record.n_cols] = (double)k;
    made->is_skipped = i > 3;
    made->reason = i == 2 ? "timeout" : NULL;
}

/* The other half, and again 2, this time done, and 3, failed. */
static void make_two(size_t i, const struct ae_params *p, struct made *made)
{
    make_one(i, p, made);
    made->is_skipped = i < 2;
    made->reason = i == 3 ? "lost: three times" : NULL;
}

/* Point 1 differs from part one in one bit at the end, point 3 on the way. */
static void make_other(size_t i, const struct ae_params *p, struct made *made)
{
    make_one(i, p, made);
    made->is_skipped = i % 2 == 0;
    if (i == 1)
        made->record.summary.pmse = nextafter(6.0, 7.0);
    if (i == 3)
        made->record.curve[made->record.n_cols] = 1.5;
}

struct folders {
    char one[REPORT_PATH], two[REPORT_PATH], out[REPORT_PATH + 8];
};

static void make_parts(struct folders *f, const char *yaml_one, make_row_fn *one,
                       const char *yaml_two, make_row_fn *two)
{
    make_folder(f->one);
    make_folder(f->two);
    (void)snprintf(f->out, sizeof f->out, "%s.out", f->one);
    fill_folder(f->one, yaml_one, one);
    fill_folder(f->two, yaml_two, two);
}

static enum ae_status merge(const struct folders *f, const char *chosen,
                            struct ae_merge_report *report, struct ae_error *err)
{
    const char *const parts[] = {f->one, f->two};
    return ae_merge(f->out, 2, parts, chosen, report, err);
}

static void remove_parts(const struct folders *f)
{
    remove_folder(f->one);
    remove_folder(f->two);
}

static struct ae_row row_of(const char *dir, size_t i, struct ae_results **results)
{
    struct ae_error err = {0};
    struct ae_row row;
    if (!*results)
        assert_int_equal(ae_results_open(results, dir, false, &err), AE_OK);
    assert_int_equal(ae_results_row(*results, i, &row, &err), AE_OK);
    return row;
}

static void halves(void **state)
{
    (void)state;
    struct folders f;
    struct ae_error err = {0};
    struct ae_merge_report report;
    struct ae_results *results = NULL;
    make_parts(&f, yaml, make_one, yaml, make_two);
    assert_int_equal(merge(&f, NULL, &report, &err), AE_OK);
    assert_int_equal(report.n_results, 6);
    assert_int_equal(report.n_twice, 2);
    assert_int_equal(report.n_different, 0);
    for (size_t i = 0; i < 6; i++) { /* done wins, whichever part has it */
        struct ae_row row = row_of(f.out, i, &results);
        assert_int_equal(row.state, AE_ROW_DONE);
        assert_true(row.wall_s == 0.5 + (double)i); /* timing comes along */
        struct ae_record record;
        assert_int_equal(ae_results_record(results, &row, &record, &err), AE_OK);
        assert_true(record.n_times == 2 && record.curve[record.n_cols] == 1.0);
        ae_record_clear(&record);
    }
    ae_results_free(results);
    /* A folder that is there is left alone. */
    assert_int_equal(merge(&f, NULL, &report, &err), AE_EARG);
    assert_non_null(strstr(err.message, "is there already"));
    ae_buffer_clear(&report.differences);
    remove_folder(f.out);
    remove_parts(&f);
}

static void contradictions(void **state)
{
    (void)state;
    struct folders f;
    struct stat info;
    struct ae_error err = {0};
    struct ae_merge_report report;
    make_parts(&f, yaml, make_one, yaml, make_other);
    assert_int_equal(merge(&f, NULL, &report, &err), AE_EARG);
    assert_int_equal(report.n_different, 2);
    assert_non_null(strstr(report.differences.data, "lr: 2,"));
    assert_non_null(strstr(report.differences.data, "  pmse: 6 ("));
    assert_non_null(strstr(report.differences.data, "6.000000000000001 ("));
    assert_non_null(strstr(report.differences.data, "  at t = 1, t: 1 ("));
    assert_non_null(strstr(report.differences.data, f.two));
    assert_int_not_equal(stat(f.out, &info), 0);
    ae_buffer_clear(&report.differences);
    remove_parts(&f);
}

/* The one that kept more of the way wins, in either order. */
static void levels(void **state)
{
    (void)state;
    for (int order = 0; order < 2; order++) {
        struct folders f;
        struct ae_error err = {0};
        struct ae_merge_report report;
        struct ae_results *results = NULL;
        make_parts(&f, order ? yaml : full, make_one, order ? full : yaml, make_one);
        assert_int_equal(merge(&f, NULL, &report, &err), AE_EARG);
        assert_non_null(strstr(err.message, "record: curve"));
        assert_non_null(strstr(err.message, "record: full"));
        assert_int_equal(merge(&f, order ? f.two : f.one, &report, &err), AE_OK);
        struct ae_row row = row_of(f.out, 1, &results);
        struct ae_record record;
        assert_int_equal(row.state, AE_ROW_DONE);
        assert_int_equal(ae_results_record(results, &row, &record, &err), AE_OK);
        assert_int_equal(record.level, AE_RECORD_FULL);
        ae_record_clear(&record);
        ae_results_free(results);
        ae_buffer_clear(&report.differences);
        remove_folder(f.out);
        assert_int_equal(merge(&f, "elsewhere", &report, &err), AE_EARG);
        remove_parts(&f);
    }
}

/* ---- retry ---- */

static int retry(const char *dir, const char *option)
{
    char name[] = "retry", folder[REPORT_PATH], what[32];
    char *argv[] = {name, folder, what, NULL};
    (void)snprintf(folder, sizeof folder, "%s", dir);
    (void)snprintf(what, sizeof what, "%s", option);
    return ae_command_retry.main(3, argv);
}

static size_t count_state(const char *dir, enum ae_row_state state)
{
    struct ae_results *results = NULL;
    size_t n = 0;
    for (size_t i = 0; i < 6; i++)
        n += row_of(dir, i, &results).state == state;
    ae_results_free(results);
    return n;
}

static void make_failing(size_t i, const struct ae_params *p, struct made *made)
{
    make_one(0, p, made);
    made->reason = i < 2 ? "lost: its process died 3 times" : i < 4 ? "timeout: lost: 1" : NULL;
}

static void lost_and_failed(void **state)
{
    (void)state;
    char dir[REPORT_PATH];
    make_folder(dir);
    fill_folder(dir, yaml, make_failing);
    assert_int_equal(retry(dir, "--lost"), AE_EXIT_DONE);
    assert_int_equal(count_state(dir, AE_ROW_FAILED), 2);
    assert_int_equal(count_state(dir, AE_ROW_MISSING), 2);
    assert_int_equal(retry(dir, "--failed"), AE_EXIT_DONE);
    assert_int_equal(count_state(dir, AE_ROW_MISSING), 4);
    assert_int_equal(count_state(dir, AE_ROW_DONE), 2);
    remove_folder(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(halves), cmocka_unit_test(contradictions),
                                       cmocka_unit_test(levels), cmocka_unit_test(lost_and_failed)};
    return cmocka_run_group_tests_name("merge", tests, NULL, NULL);
}
