/* aesweep status on folders made up by hand: counts, exit codes, failures by reason. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../src/cli/cli.h"
#include "report_store.h"

/* Runs `aesweep status DIR --exit-code`; text gets what it printed. */
static int status_of(const char *dir, char *text, size_t size)
{
    char name[] = "status", option[] = "--exit-code", folder[REPORT_PATH];
    char *argv[] = {name, option, folder, NULL};
    (void)snprintf(folder, sizeof folder, "%s", dir);
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(fflush(stdout), 0);
    int keep = dup(STDOUT_FILENO);
    assert_true(keep >= 0 && dup2(fileno(file), STDOUT_FILENO) >= 0);
    int code = ae_command_status.main(3, argv);
    assert_true(dup2(keep, STDOUT_FILENO) >= 0);
    assert_int_equal(close(keep), 0);
    rewind(file);
    text[fread(text, 1, size - 1, file)] = '\0';
    assert_int_equal(fclose(file), 0);
    return code;
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' is not in:\n%s", part, text);
}

static const char *const yaml = "name: six\nset: {time: 20}\ngrid: {lr: [1, 2, 3, 4, 5, 6]}\n";

static void make_done(size_t i, const struct ae_params *p, struct made *made)
{
    (void)p;
    made->record.summary = summary_in(i < 4 ? AE_PHASE_PCA : AE_PHASE_NONE);
}

static void make_failed(size_t i, const struct ae_params *p, struct made *made)
{
    make_done(i, p, made);
    made->reason = i == 1   ? "step too small at t = 1.5e-07, lost"
                   : i == 2 ? "timeout"
                   : i == 3 ? "step too small at t = 12, lost"
                            : NULL;
}

static void make_some(size_t i, const struct ae_params *p, struct made *made)
{
    make_failed(i, p, made);
    made->is_skipped = i >= 4;
}

static void test_done(void **state)
{
    (void)state;
    char dir[REPORT_PATH], text[4096];
    make_folder(dir);
    fill_folder(dir, yaml, make_done);
    assert_int_equal(status_of(dir, text, sizeof text), AE_EXIT_DONE);
    assert_has(text, "rows: 6 ");
    assert_has(text, "  done     6\n  failed   0\n  missing  0\n");
    assert_has(text, "  pca        4\n  none       2\n");
    assert_has(text, "no run is going on\n");
    assert_has(text, "slowest: 5.5 s, ");
    assert_has(text, " replicate 1: lr=6\n");
    assert_null(strstr(text, "failures"));
    remove_folder(dir);
}

static void test_failed(void **state)
{
    (void)state;
    char dir[REPORT_PATH], text[4096];
    make_folder(dir);
    fill_folder(dir, yaml, make_failed);
    assert_int_equal(status_of(dir, text, sizeof text), AE_EXIT_FAILED);
    assert_has(text, "  done     3\n  failed   3\n  missing  0\n");
    assert_has(text, "  2  step too small at t = 1.5e-07, lost\n     first: ");
    assert_has(text, "  1  timeout\n     first: ");
    remove_folder(dir);
}

static void test_missing(void **state)
{
    (void)state;
    char dir[REPORT_PATH], text[4096];
    make_folder(dir);
    fill_folder(dir, yaml, make_some);
    assert_int_equal(status_of(dir, text, sizeof text), AE_EXIT_STOPPED);
    assert_has(text, "  done     1\n  failed   3\n  missing  2\n");
    remove_folder(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_done), cmocka_unit_test(test_failed),
                                       cmocka_unit_test(test_missing)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
