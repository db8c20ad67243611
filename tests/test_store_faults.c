/* The results folder in bad times: killed runs, foreign and torn files, no permission, no space. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "aesweep/store.h"
#include "store_fixture.h"

enum { N_ROUNDS = 8, NOBODY = 65534 };

/* Neither way of opening works; the message says `part`. Nothing of the folder changes. */
static void expect_broken(const char *dir, const char *part)
{
    struct ae_error err = {0};
    struct ae_store *store = NULL;
    size_t n = list_dir(dir, false);
    assert_int_equal(ae_store_open_run(&store, dir, &one_column, NULL, &err), AE_EIO);
    assert_null(store);
    if (!strstr(err.message, part) || !strstr(err.message, dir))
        fail_msg("%s", err.message);
    assert_int_equal(ae_store_open_read(&store, dir, &one_column, &err), AE_EIO);
    assert_null(store);
    if (!strstr(err.message, part) || !strstr(err.message, dir))
        fail_msg("%s", err.message);
    assert_int_equal(list_dir(dir, false), n);
}

/* Commits rows 1, 2, ... in small lots, reports the last of each lot, never ends. */
static void write_for_ever(const char *dir, uint64_t last, int report)
{
    struct ae_store *store = NULL;
    if (ae_store_open_run(&store, dir, &one_column, NULL, NULL) != AE_OK)
        _exit(1);
    for (;;) {
        for (uint64_t i = 0; i <= last % 50; i++) {
            if (put_row(store, last + 1 + i, NULL) != AE_OK)
                _exit(1);
        }
        last += last % 50 + 1;
        if (ae_store_commit(store, NULL) != AE_OK ||
            write(report, &last, sizeof last) != sizeof last)
            _exit(1);
        (void)put_row(store, UINT64_MAX,
                      NULL); /* replaced or lost, never there after a kill alone */
    }
}

static void kill_loses_nothing_committed(void **state)
{
    struct ae_error err = {0};
    uint64_t last = 0, word = 0;
    for (int round = 0; round < N_ROUNDS; round++) {
        int report[2];
        assert_int_equal(pipe(report), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            (void)close(report[0]);
            write_for_ever(*state, last, report[1]);
        }
        (void)close(report[1]);
        assert_int_equal(read(report[0], &word, sizeof word), sizeof word);
        struct timespec pause = {.tv_nsec = (round * 7919 % 30) * 1000000L + round * 77777L};
        (void)nanosleep(&pause, NULL);
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, NULL, 0), child);
        last = word;
        while (read(report[0], &word, sizeof word) == sizeof word)
            last = word;
        (void)close(report[0]);

        struct ae_store *reader = NULL, *store = NULL;
        char *notice = NULL;
        EXPECT_OK(ae_store_open_read(&reader, *state, &one_column, &err));
        EXPECT_OK(ae_store_open_run(&store, *state, &one_column, &notice, &err));
        assert_non_null(notice);
        free(notice);
        assert_int_equal(ae_store_size(reader), ae_store_size(store));
        for (uint64_t i = 1; i <= last; i++)
            assert_true(ae_store_has(store, i, 1, NULL, NULL));
        size_t n_rows = 0;
        count_rows(store, &n_rows);
        /* At most one lot more than reported: committed, and killed before the report. */
        assert_in_range(n_rows, last, last + 51);
        last = n_rows - ae_store_has(store, UINT64_MAX, 1, NULL, NULL);
        EXPECT_OK(ae_store_close(reader, &err));
        EXPECT_OK(ae_store_close(store, &err));
    }
}

static void uncommitted_is_lost_whole(void **state)
{
    make_store(*state, 3);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct ae_store *store = NULL;
        if (ae_store_open_run(&store, *state, &one_column, NULL, NULL) == AE_OK &&
            put_row(store, 4, NULL) == AE_OK && put_row(store, 5, NULL) == AE_OK)
            (void)kill(getpid(), SIGKILL);
        _exit(1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    expect_readable(*state, 3);
}

static void hot_journal(void **state)
{
    static struct image whole, torn, journal, after;
    char scratch[PATH_SIZE];
    struct ae_error err = {0};
    struct ae_store *store = NULL;
    make_store(*state, 60);
    take_image(*state, "aesweep.db", &whole);
    die_in_transaction(*state);
    take_image(*state, "aesweep.db", &torn);
    take_image(*state, "aesweep.db-journal", &journal);
    assert_true(whole.size != torn.size || memcmp(whole.data, torn.data, whole.size) != 0);

    /* Readers see the state before, in a copy of which nothing stays, and change nothing. */
    const char *tmpdir = getenv("TMPDIR");
    char *kept = tmpdir ? strdup(tmpdir) : NULL;
    assert_int_equal(mkdir(in_dir(*state, "scratch", scratch), 0700), 0);
    assert_int_equal(setenv("TMPDIR", scratch, 1), 0);
    EXPECT_OK(ae_store_open_read(&store, *state, &one_column, &err));
    assert_int_equal(list_dir(scratch, false), 0);
    expect_rows(store, 60);
    EXPECT_OK(ae_store_close(store, &err));
    assert_int_equal(list_dir(scratch, false), 0);
    assert_int_equal(rmdir(scratch), 0);
    assert_int_equal(ae_store_open_read(&store, *state, &one_column, &err), AE_EIO);
    assert_non_null(strstr(err.message, "TMPDIR"));
    assert_int_equal(kept ? setenv("TMPDIR", kept, 1) : unsetenv("TMPDIR"), 0);
    free(kept);
    take_image(*state, "aesweep.db", &after);
    assert_int_equal(after.size, torn.size);
    assert_memory_equal(after.data, torn.data, torn.size);
    take_image(*state, "aesweep.db-journal", &after);
    assert_int_equal(after.size, journal.size);
    assert_memory_equal(after.data, journal.data, journal.size);

    /* The next run goes back to it. */
    EXPECT_OK(ae_store_open_run(&store, *state, &one_column, NULL, &err));
    expect_rows(store, 60);
    EXPECT_OK(ae_store_close(store, &err));
    assert_int_equal(list_dir(*state, false), 1);
    expect_readable(*state, 60);
}

/* Readers open while a run commits as fast as it can; each sees whole commits, never going back. */
static void readers_of_a_busy_run(void **state)
{
    struct ae_error err = {0};
    int report[2];
    uint64_t word = 0;
    size_t n_before = 0;
    assert_int_equal(pipe(report), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        (void)close(report[0]);
        struct ae_store *store = NULL;
        if (ae_store_open_run(&store, *state, &one_column, NULL, NULL) != AE_OK)
            _exit(1);
        for (uint64_t i = 0;; i += 3) {
            const struct timespec pause = {.tv_nsec = 20000000};
            for (uint64_t j = 1; j <= 3; j++) {
                if (put_row(store, i + j, NULL) != AE_OK)
                    _exit(1);
            }
            if (ae_store_commit(store, NULL) != AE_OK || write(report[1], &i, sizeof i) < 0)
                _exit(1);
            (void)nanosleep(&pause, NULL);
        }
    }
    (void)close(report[1]);
    for (int i = 0; i < 10; i++) {
        struct ae_store *store = NULL;
        assert_int_equal(read(report[0], &word, sizeof word), sizeof word);
        EXPECT_OK(ae_store_open_read(&store, *state, &one_column, &err));
        size_t n = ae_store_size(store);
        assert_int_equal(n % 3, 0);
        assert_true(n >= n_before && n >= word + 3);
        n_before = n;
        expect_rows(store, n);
        EXPECT_OK(ae_store_close(store, &err));
    }
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    (void)close(report[0]);
}

static void run_sql(const char *dir, const char *sql)
{
    char path[PATH_SIZE];
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(in_dir(dir, "aesweep.db", path), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* SQLite's own locks, as its command line takes them, beside a run that commits all the time. */
static void sqlite_reads_beside_a_run(void **state)
{
    struct ae_error err = {0};
    struct ae_store *store = NULL;
    char path[PATH_SIZE];
    uint64_t n = 0;
    make_store(*state, 1);
    pid_t parent = getpid(), child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        while (getppid() == parent) {
            const struct timespec pause = {.tv_nsec = 100000};
            sqlite3 *db = NULL;
            if (sqlite3_open(in_dir(*state, "aesweep.db", path), &db) == SQLITE_OK)
                (void)sqlite3_exec(db, "SELECT count(*) FROM result", NULL, NULL, NULL);
            (void)sqlite3_close(db);
            (void)nanosleep(&pause, NULL);
        }
        _exit(0);
    }
    EXPECT_OK(ae_store_open_run(&store, *state, &one_column, NULL, &err));
    while (n < 1500) {
        for (int i = 0; i < 10; i++)
            EXPECT_OK(put_row(store, ++n, &err));
        EXPECT_OK(ae_store_commit(store, &err));
    }
    EXPECT_OK(ae_store_close(store, &err));
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    expect_readable(*state, n);
}

static void second_run_is_refused(void **state)
{
    struct ae_error err = {0};
    struct ae_store *store = NULL, *other = NULL;
    char pid[64], *notice = NULL, path[PATH_SIZE];
    EXPECT_OK(ae_store_open_run(&store, *state, &one_column, NULL, &err));
    assert_int_equal(ae_store_open_run(&other, *state, &one_column, &notice, &err), AE_ELOCKED);
    assert_null(other);
    assert_null(notice);
    (void)snprintf(pid, sizeof pid, "pid %ld", (long)getpid());
    assert_non_null(strstr(err.message, pid));
    /* After a silence of an hour it may be taken over: then the first must not write any more. */
    EXPECT_OK(put_row(store, 1, &err));
    set_age(in_dir(*state, "aesweep.lock", path), 3600);
    EXPECT_OK(ae_store_open_run(&other, *state, &one_column, &notice, &err));
    assert_non_null(strstr(notice, pid));
    free(notice);
    EXPECT_OK(put_row(other, 1, &err));
    EXPECT_OK(put_row(other, 2, &err));
    assert_int_equal(ae_store_commit(store, &err), AE_ELOCKED);
    EXPECT_OK(ae_store_commit(other, &err));
    assert_int_equal(ae_store_close(store, &err), AE_ELOCKED);
    expect_rows(other, 2);
    EXPECT_OK(ae_store_close(other, &err));
    expect_readable(*state, 2);
}

static void not_ours(void **state)
{
    char path[PATH_SIZE];
    (void)in_dir(*state, "aesweep.db", path);
    write_file(path, "point,replicate\n1,2\nthis is a table, and no database at all");
    expect_broken(*state, "not a database");
    write_file(path, "short");
    expect_broken(*state, "not a database");
    assert_int_equal(unlink(path), 0);
    run_sql(*state, "CREATE TABLE result(x); INSERT INTO result VALUES(1)");
    expect_broken(*state, "another program");
    assert_int_equal(unlink(path), 0);
    make_store(*state, 2);
    run_sql(*state, "PRAGMA user_version = 2");
    expect_broken(*state, "newer version");
    run_sql(*state, "PRAGMA user_version = 1; UPDATE result SET point = 'xyz' WHERE replicate = 1"
                    " AND point LIKE '%2'");
    expect_broken(*state, "damaged");
    run_sql(*state, "ALTER TABLE result RENAME COLUMN reason TO why");
    expect_broken(*state, "cannot use its tables");
}

static void torn_files(void **state)
{
    static struct image whole;
    char path[PATH_SIZE];
    make_store(*state, 40);
    take_image(*state, "aesweep.db", &whole);
    (void)in_dir(*state, "aesweep.db", path);
    const size_t cuts[] = {whole.size - 1, whole.size - 8192, whole.size / 2, 8192, 200};
    for (size_t i = 0; i < sizeof cuts / sizeof *cuts; i++) {
        assert_int_equal(truncate(path, (off_t)cuts[i]), 0);
        expect_broken(*state, "damaged");
    }
    /* Pages that are junk inside are noticed when they are read. */
    memset(whole.data + 8192, 0x5a, whole.size - 8192);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(whole.data, 1, whole.size, file), whole.size);
    assert_int_equal(fclose(file), 0);
    expect_broken(*state, "damaged");
}

static void wrong_folders(void **state)
{
    struct ae_error err = {0};
    struct ae_store *store = NULL;
    char path[PATH_SIZE], deeper[PATH_SIZE + 32];
    assert_int_equal(ae_store_open_read(&store, *state, &one_column, &err), AE_EARG);
    assert_int_equal(ae_store_open_read(&store, in_dir(*state, "none", path), &one_column, &err),
                     AE_EARG);
    assert_int_equal(ae_store_open_run(&store, "", &one_column, NULL, &err), AE_EARG);
    write_file(in_dir(*state, "file", path), "x");
    assert_int_equal(ae_store_open_run(&store, path, &one_column, NULL, &err), AE_EIO);
    assert_non_null(strstr(err.message, "not a folder"));
    assert_int_equal(ae_store_open_read(&store, path, &one_column, &err), AE_EARG);
    (void)snprintf(deeper, sizeof deeper, "%s/below", path);
    assert_int_equal(ae_store_open_run(&store, deeper, &one_column, NULL, &err), AE_EIO);
    /* A folder that cannot be used is not left behind: its last part is too long a name. */
    (void)snprintf(deeper, sizeof deeper, "%s/new", (const char *)*state);
    char endless[PATH_SIZE + 400];
    (void)snprintf(endless, sizeof endless, "%s/%0300d", deeper, 0);
    assert_int_equal(ae_store_open_run(&store, endless, &one_column, NULL, &err), AE_EIO);
    assert_non_null(strstr(err.message, strerror(ENAMETOOLONG)));
    assert_int_equal(list_dir(*state, false), 1);
    /* An empty database is one that a run has not begun. */
    write_file(in_dir(*state, "aesweep.db", path), "");
    assert_int_equal(ae_store_open_read(&store, *state, &one_column, &err), AE_EARG);
    make_store(*state, 1);
    expect_readable(*state, 1);
}

static void folder_deleted_under_a_run(void **state)
{
    struct ae_error err = {0};
    struct ae_store *store = NULL;
    char path[PATH_SIZE];
    EXPECT_OK(ae_store_open_run(&store, *state, &one_column, NULL, &err));
    EXPECT_OK(put_row(store, 1, &err));
    EXPECT_OK(ae_store_commit(store, &err));
    EXPECT_OK(put_row(store, 2, &err));
    (void)list_dir(*state, true);
    assert_int_equal(rmdir(*state), 0);
    assert_int_equal(ae_store_commit(store, &err), AE_EIO);
    assert_non_null(strstr(err.message, "deleted"));
    assert_int_equal(mkdir(*state, 0700), 0);
    write_file(in_dir(*state, "aesweep.db", path), "");
    assert_int_equal(ae_store_commit(store, &err), AE_EIO);
    assert_non_null(strstr(err.message, "replaced"));
    assert_int_equal(ae_store_close(store, &err), AE_EIO);
}

/* Runs check in a child that is not root; its exit code is the number of the check that failed. */
static int as_nobody(int (*check)(const char *dir), const char *dir)
{
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(geteuid() == 0 && setuid(NOBODY) != 0 ? 99 : check(dir));
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

static int check_read_only(const char *dir)
{
    struct ae_error err = {0};
    struct ae_store *store = NULL;
    if (ae_store_open_run(&store, dir, &one_column, NULL, &err) != AE_EIO ||
        !strstr(err.message, strerror(EACCES)))
        return 1;
    if (ae_store_open_read(&store, dir, &one_column, &err) != AE_OK || ae_store_size(store) != 5)
        return 2;
    return ae_store_close(store, &err) == AE_OK ? 0 : 3;
}

static int check_no_access(const char *dir)
{
    struct ae_error err = {0};
    struct ae_store *store = NULL;
    if (ae_store_open_read(&store, dir, &one_column, &err) != AE_EIO ||
        !strstr(err.message, strerror(EACCES)))
        return 1;
    return 0;
}

static void without_permission(void **state)
{
    char path[PATH_SIZE];
    make_store(*state, 5);
    assert_int_equal(chmod(in_dir(*state, "aesweep.db", path), 0444), 0);
    assert_int_equal(chmod(*state, 0555), 0);
    assert_int_equal(as_nobody(check_read_only, *state), 0);
    /* The same beside a run that was killed: the reader needs a copy, and makes it elsewhere. */
    assert_int_equal(chmod(path, 0644), 0);
    die_in_transaction(*state);
    assert_int_equal(chmod(path, 0444), 0);
    assert_int_equal(as_nobody(check_read_only, *state), 0);
    assert_int_equal(chmod(path, 0000), 0);
    assert_int_equal(as_nobody(check_no_access, *state), 0);
}

/* A limit on the size of files stands in for a full disk. */
static void disk_full(void **state)
{
    make_store(*state, 20);
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct ae_error err = {0};
        struct ae_store *store = NULL;
        const struct rlimit small = {.rlim_cur = 200000, .rlim_max = RLIM_INFINITY};
        const struct rlimit large = {.rlim_cur = RLIM_INFINITY, .rlim_max = RLIM_INFINITY};
        (void)signal(SIGXFSZ, SIG_IGN);
        if (ae_store_open_run(&store, *state, &one_column, NULL, &err) != AE_OK)
            _exit(1);
        if (setrlimit(RLIMIT_FSIZE, &small) != 0)
            _exit(2);
        for (uint64_t i = 21; i <= 120; i++) {
            if (put_row(store, i, &err) != AE_OK)
                _exit(3);
        }
        if (ae_store_commit(store, &err) != AE_EIO || !strstr(err.message, "aesweep.db"))
            _exit(4);
        if (!strstr(err.message, strerror(EFBIG)) && !strstr(err.message, "full"))
            _exit(5);
        (void)setrlimit(RLIMIT_FSIZE, &large); /* space again: nothing that was put is lost */
        _exit(ae_store_commit(store, &err) != AE_OK || ae_store_size(store) != 120 ||
                      ae_store_close(store, &err) != AE_OK
                  ? 6
                  : 0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    expect_readable(*state, 120);
}

static void disk_full_and_killed(void **state)
{
    make_store(*state, 20);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct ae_store *store = NULL;
        const struct rlimit small = {.rlim_cur = 200000, .rlim_max = 200000};
        (void)signal(SIGXFSZ, SIG_IGN);
        if (ae_store_open_run(&store, *state, &one_column, NULL, NULL) != AE_OK ||
            setrlimit(RLIMIT_FSIZE, &small) != 0)
            _exit(1);
        for (uint64_t i = 21; i <= 120; i++)
            (void)put_row(store, i, NULL);
        if (ae_store_commit(store, NULL) == AE_EIO)
            (void)kill(getpid(), SIGKILL);
        _exit(2);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
    expect_readable(*state, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(kill_loses_nothing_committed, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(uncommitted_is_lost_whole, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(hot_journal, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(readers_of_a_busy_run, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(sqlite_reads_beside_a_run, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(second_run_is_refused, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(not_ours, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(torn_files, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(wrong_folders, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(folder_deleted_under_a_run, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(without_permission, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(disk_full, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(disk_full_and_killed, make_dir, remove_dir),
    };
    return cmocka_run_group_tests_name("store faults", tests, NULL, NULL);
}
