/* aesweep verify on folders with true results and results that were tampered with. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../src/cli/cli.h"
#include "aesweep/engine.h"
#include "report_store.h"

enum { TEXT_SIZE = 8192, N_POINTS = 12 };

static const char *const yaml =
    "name: some\nset: {D: 20, spikes: [4, 2], time: 1, record: full}\nseed: 5\n"
    "grid: {engine: [ode, sgd], K: [1, 2], lr: [0.5, 1, 2]}\n";

/* `aesweep verify ...` in a process of its own, because MPI starts once only; text gets its output.
 */
static int verify(char text[TEXT_SIZE], const char *dir, const char *sample, const char *seed)
{
    char words[7][REPORT_PATH] = {"verify", "", "--sample", "", "--seed", ""}, *argv[7] = {NULL};
    (void)snprintf(words[1], sizeof words[1], "%s", dir);
    (void)snprintf(words[3], sizeof words[3], "%s", sample);
    (void)snprintf(words[5], sizeof words[5], "%s", seed);
    for (size_t i = 0; i < 6; i++)
        argv[i] = words[i];
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(fflush(NULL), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)dup2(fileno(file), STDOUT_FILENO);
        (void)dup2(fileno(file), STDERR_FILENO);
        int code = ae_command_verify.main(6, argv);
        _exit(fflush(NULL) == 0 ? code : 99);
    }
    int state = 0;
    assert_true(waitpid(child, &state, 0) == child);
    rewind(file);
    text[fread(text, 1, TEXT_SIZE - 1, file)] = '\0';
    assert_int_equal(fclose(file), 0);
    assert_true(WIFEXITED(state));
    return WEXITSTATUS(state);
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' is not in:\n%s", part, text);
}

static void make_true(size_t i, const struct ae_params *p, struct made *made)
{
    struct ae_error err = {0};
    struct ae_host host = {0};
    (void)i;
    ae_record_clear(&made->record);
    assert_int_equal(ae_engine_run(p, &host, &made->record, &err), AE_OK);
}

static void make_tampered(size_t i, const struct ae_params *p, struct made *made)
{
    make_true(i, p, made);
    double *last = &made->record.curve[made->record.n_times * made->record.n_cols - 1];
    if (i == 3)
        made->record.summary.pmse = nextafter(made->record.summary.pmse, 0.0);
    if (i == 7)
        *last = nextafter(*last, 1e9);
    if (i == 9)
        made->reason = "timeout";
    made->is_skipped = i == 10;
}

static void all_true(void **state)
{
    (void)state;
    char dir[REPORT_PATH], text[TEXT_SIZE];
    make_folder(dir);
    fill_folder(dir, yaml, make_true);
    assert_int_equal(verify(text, dir, "100%", "1"), AE_EXIT_DONE);
    assert_has(text, "12 of 12 results");
    assert_has(text, "  same       12\n  different  0\n");
    assert_null(strstr(text, "foreign"));
    assert_int_equal(verify(text, dir, "1%", "1"), AE_EXIT_DONE);
    assert_has(text, "1 of 12 results");
    assert_int_equal(verify(text, dir, "30%", "1"), AE_EXIT_DONE);
    assert_has(text, "4 of 12 results");
    assert_int_equal(verify(text, dir, "99", "1"), AE_EXIT_DONE);
    assert_has(text, "12 of 12 results");
    remove_folder(dir);
}

static void tampered(void **state)
{
    (void)state;
    char dir[REPORT_PATH], text[TEXT_SIZE];
    make_folder(dir);
    fill_folder(dir, yaml, make_tampered);
    assert_int_equal(verify(text, dir, "100%", "1"), AE_EXIT_FAILED);
    assert_has(text, "10 of 10 results"); /* a failed and a missing one are none */
    assert_has(text, "  same       8\n  different  2\n");
    assert_has(text, "  pmse: ");
    assert_has(text, " (stored), ");
    assert_has(text, " (recomputed)\n");
    assert_has(text, "engine: ode, activation: erf, K: 2");
    assert_has(text, "  at t = 1, column ");
    assert_has(text, "engine: sgd, activation: erf, K: 1");
    remove_folder(dir);
}

/* Some seed finds a bad result, some does not, and each does so every time. */
static void samples(void **state)
{
    (void)state;
    char dir[REPORT_PATH], text[TEXT_SIZE], again[TEXT_SIZE], seed[16];
    int n_found = 0;
    make_folder(dir);
    fill_folder(dir, yaml, make_tampered);
    for (int i = 0; i < 20; i++) {
        (void)snprintf(seed, sizeof seed, "%d", i);
        n_found += verify(text, dir, "4", seed) == AE_EXIT_FAILED;
        assert_has(text, "4 of 10 results");
    }
    assert_true(n_found > 0 && n_found < 20);
    (void)verify(again, dir, "4", seed);
    assert_string_equal(text, again);
    remove_folder(dir);
}

/* Results of a sweep that has another seed now are not mistaken for bad ones. */
static void foreign(void **state)
{
    (void)state;
    char dir[REPORT_PATH], text[TEXT_SIZE];
    make_folder(dir);
    fill_folder(dir, "name: some\nset: {D: 20, time: 1}\nseed: 6\n", make_true);
    fill_folder(dir, "name: some\nset: {D: 20, time: 1}\nseed: 7\n", make_true);
    assert_int_equal(verify(text, dir, "2", "1"), AE_EXIT_DONE);
    assert_has(text, "  same       1\n  different  0\n  foreign    1 ");
    remove_folder(dir);
}

static void bad_arguments(void **state)
{
    (void)state;
    static const char *const bad[] = {"0", "101%", "2.5", "%"};
    char dir[REPORT_PATH], text[TEXT_SIZE];
    make_folder(dir);
    assert_int_equal(verify(text, dir, "1%", "1"), AE_EXIT_USAGE);
    assert_has(text, "no results here");
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(verify(text, dir, bad[i], "1"), AE_EXIT_USAGE);
        assert_has(text, "--sample: '");
    }
    assert_int_equal(verify(text, dir, "1%", "-3"), AE_EXIT_USAGE);
    assert_has(text, "--seed: '-3'");
    remove_folder(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_true), cmocka_unit_test(tampered),
                                       cmocka_unit_test(samples), cmocka_unit_test(foreign),
                                       cmocka_unit_test(bad_arguments)};
    return cmocka_run_group_tests_name("verify", tests, NULL, NULL);
}
