/* The file `status`: what is written comes back; what is torn, newer or foreign is no bulletin; and
 * `aesweep status` believes the one of the run that has the lock, without any database. */
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
#include "aesweep/bulletin.h"
#include "aesweep/lock.h"
#include "store_fixture.h"

enum { TEXT_SIZE = 8192 };

static struct ae_bulletin example(void)
{
    struct ae_bulletin b = {.n_ranks = 4,
                            .n_needed = 1000,
                            .n_done = 120,
                            .n_failed = 3,
                            .n_new = 100,
                            .wall_s = 12.25,
                            .rate = 8.0,
                            .left_s = 1.0 / 3.0,
                            .slowest_s = 0.75,
                            .n_groups = 2,
                            .groups = {{"pca", 60}, {"none", 37}},
                            .n_failures = 2};
    ae_bulletin_set(b.sweep, "a name, with blanks");
    ae_bulletin_set(b.run, "host h, pid 7");
    ae_bulletin_set(b.slowest, "0123456789abcdef replicate 1: K=3 lr=1");
    ae_bulletin_set(b.failures[0], "the last");
    ae_bulletin_set(b.failures[1], "the one\nbefore");
    return b;
}

static void comes_back(void **state)
{
    struct ae_error err = {0};
    struct ae_bulletin b = example(), back;
    double age_s = -1e9;
    bool is_there = false;
    EXPECT_OK(ae_bulletin_write(*state, &b, &err));
    b.n_new = 101;
    EXPECT_OK(ae_bulletin_write(*state, &b, &err));
    assert_int_equal(list_dir(*state, false), 1); /* nothing beside it */
    EXPECT_OK(ae_bulletin_read(*state, &back, &age_s, &is_there, &err));
    assert_true(is_there);
    assert_true(age_s > -1.0 && age_s < 600.0);
    assert_string_equal(back.sweep, b.sweep);
    assert_string_equal(back.run, b.run);
    assert_string_equal(back.slowest, b.slowest);
    assert_string_equal(back.failures[0], "the last");
    assert_string_equal(back.failures[1], "the one before");
    assert_true(back.n_ranks == 4 && back.n_needed == 1000 && back.n_done == 120 &&
                back.n_failed == 3 && back.n_new == 101 && back.n_failures == 2);
    assert_true(back.wall_s == 12.25 && back.rate == 8.0 && back.left_s == 1.0 / 3.0 &&
                back.slowest_s == 0.75);
    assert_int_equal(back.n_groups, 2);
    assert_string_equal(back.groups[1].word, "none");
    assert_int_equal(back.groups[1].n, 37);
    b.left_s = (double)NAN;
    EXPECT_OK(ae_bulletin_write(*state, &b, &err));
    EXPECT_OK(ae_bulletin_read(*state, &back, &age_s, &is_there, &err));
    assert_true(is_there && isnan(back.left_s));
    ae_bulletin_remove(*state);
    assert_int_equal(list_dir(*state, false), 0);
    ae_bulletin_remove(*state);
}

static void long_lines(void **state)
{
    (void)state;
    char text[2 * AE_BULLETIN_LINE], line[AE_BULLETIN_LINE];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    ae_bulletin_set(line, text);
    assert_int_equal(strlen(line), AE_BULLETIN_LINE - 1);
    memcpy(text + AE_BULLETIN_LINE - 2, "\xce\xb7", 2); /* a letter of two bytes across the end */
    ae_bulletin_set(line, text);
    assert_int_equal(strlen(line), AE_BULLETIN_LINE - 2);
}

static void no_bulletin(void **state)
{
    static const char *const texts[] = {"",
                                        "aesweep status 1",
                                        "aesweep status 2\nneeded 5\n",
                                        "not ours\nneeded 5\n",
                                        "aesweep status 1\ndone 3\n", /* not said how many */
                                        "aesweep status 1\nneeded 5\ndone 3",         /* torn */
                                        "aesweep status 1\nneeded 5\ndone\nfailed 1", /* no value */
                                        "aesweep status 1\nneeded -5\n",
                                        "aesweep status 1\nneeded 5x\n",
                                        "aesweep status 1\nneeded 5\nrate fast\n",
                                        "aesweep status 1\nneeded 5\ndone 6\n",
                                        "aesweep status 1\nneeded 5\nphase pca\n",
                                        "aesweep status 1\nneeded 5\ndone 5\nfailed 1\n"};
    struct ae_error err = {0};
    struct ae_bulletin b;
    double age_s = 0.0;
    bool is_there = true;
    char path[PATH_SIZE];
    EXPECT_OK(ae_bulletin_read(*state, &b, &age_s, &is_there, &err));
    assert_false(is_there);
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        write_file(in_dir(*state, "status", path), texts[i]);
        EXPECT_OK(ae_bulletin_read(*state, &b, &age_s, &is_there, &err));
        if (is_there)
            fail_msg("taken for a bulletin: %s", texts[i]);
    }
    /* What a later version adds does not disturb. */
    write_file(path, "aesweep status 1\nneeded 5\nmood good\n");
    EXPECT_OK(ae_bulletin_read(*state, &b, &age_s, &is_there, &err));
    assert_true(is_there && b.n_needed == 5);
    /* The folder is gone. */
    assert_int_equal(ae_bulletin_write(in_dir(*state, "gone", path), &b, &err), AE_EIO);
    assert_non_null(strstr(err.message, "gone/status.new"));
}

/* ---- aesweep status ---- */

static int status_of(const char *dir, char text[TEXT_SIZE])
{
    char name[] = "status", option[] = "--exit-code", folder[PATH_SIZE];
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
    text[fread(text, 1, TEXT_SIZE - 1, file)] = '\0';
    assert_int_equal(fclose(file), 0);
    return code;
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("'%s' is not in:\n%s", part, text);
}

static void of_a_run(void **state)
{
    struct ae_error err = {0};
    struct ae_lock *lock = NULL;
    struct ae_bulletin b = example();
    char *who = NULL, text[TEXT_SIZE], path[PATH_SIZE];
    EXPECT_OK(ae_lock_take(&lock, *state, NULL, &err));
    EXPECT_OK(ae_lock_holder(*state, &who, &err));
    ae_bulletin_set(b.run, who);
    EXPECT_OK(ae_bulletin_write(*state, &b, &err));
    assert_int_equal(status_of(*state, text), AE_EXIT_STOPPED);
    assert_has(text, "a name, with blanks in ");
    assert_has(text, who);
    assert_has(text, "; 4 ranks\n");
    assert_has(text, "  done     120\n  failed   3\n  missing  877\n");
    assert_has(text, "in this run: 100 in 12 s\n  pca        60\n");
    assert_has(text, "rate: 8/s, 0.33 s left, until about ");
    assert_has(text, "slowest: 0.75 s, 0123456789abcdef replicate 1: K=3 lr=1\n");
    assert_has(text, "failures, the latest first:\n  the last\n  the one before\n");
    assert_null(strstr(text, "not heard of"));
    set_age(in_dir(*state, "status", path), 45);
    assert_int_equal(status_of(*state, text), AE_EXIT_STOPPED);
    assert_has(text, "not heard of for 4"); /* 45 s, and a little later 46 */
    ae_lock_free(lock);
    free(who);
}

/* What is not to be believed sends status to the database; here there is none. */
static void of_no_run(void **state)
{
    struct ae_error err = {0};
    struct ae_lock *lock = NULL;
    struct ae_bulletin b = example();
    char *who = NULL, text[TEXT_SIZE];
    EXPECT_OK(ae_bulletin_write(*state, &b, &err)); /* left by a run that died */
    assert_int_equal(status_of(*state, text), AE_EXIT_USAGE);
    EXPECT_OK(ae_lock_take(&lock, *state, NULL, &err)); /* somebody else has the folder now */
    assert_int_equal(status_of(*state, text), AE_EXIT_USAGE);
    EXPECT_OK(ae_lock_holder(*state, &who, &err));
    ae_bulletin_set(b.run, who);
    b.n_done = b.n_needed - b.n_failed; /* all is done: the last commit decides */
    EXPECT_OK(ae_bulletin_write(*state, &b, &err));
    assert_int_equal(status_of(*state, text), AE_EXIT_USAGE);
    ae_lock_free(lock);
    free(who);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(comes_back, make_dir, remove_dir),
        cmocka_unit_test(long_lines),
        cmocka_unit_test_setup_teardown(no_bulletin, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(of_a_run, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(of_no_run, make_dir, remove_dir),
    };
    return cmocka_run_group_tests_name("bulletin", tests, NULL, NULL);
}
