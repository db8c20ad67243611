/* The lock of a results folder: one owner, whatever the others do and however the owner ends. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "aesweep/lock.h"
#include "store_fixture.h"

enum { N_CONTENDERS = 8 };

static char *lock_path(const char *dir, char path[PATH_SIZE])
{
    (void)snprintf(path, PATH_SIZE, "%s/aesweep.lock", dir);
    return path;
}

static size_t read_file(const char *path, char *text, size_t size)
{
    FILE *file = fopen(path, "r");
    if (!file)
        return 0;
    size_t n = fread(text, 1, size - 1, file);
    (void)fclose(file);
    text[n] = '\0';
    return n;
}

static void expect_taken(const char *dir, struct ae_lock **lock, const char *notice_part)
{
    char *notice = NULL;
    struct ae_error err = {0};
    enum ae_status rc = ae_lock_take(lock, dir, &notice, &err);
    if (rc != AE_OK)
        print_message("%s\n", err.message);
    assert_int_equal(rc, AE_OK);
    if (!notice_part)
        assert_null(notice);
    else
        assert_non_null(strstr(notice ? notice : "", notice_part));
    free(notice);
}

static void take_and_give_back(void **state)
{
    struct ae_lock *lock = NULL;
    char path[PATH_SIZE], *who = NULL;
    struct stat info;
    expect_taken(*state, &lock, NULL);
    assert_int_equal(ae_lock_renew(lock, NULL), AE_OK);
    assert_int_equal(ae_lock_holder(*state, &who, NULL), AE_OK);
    char pid[64];
    (void)snprintf(pid, sizeof pid, "pid %ld", (long)getpid());
    assert_non_null(who);
    assert_non_null(strstr(who, pid));
    free(who);
    assert_int_equal(list_dir(*state, false), 1); /* no helper files stay */
    ae_lock_free(lock);
    assert_int_not_equal(stat(lock_path(*state, path), &info), 0);
    assert_int_equal(ae_lock_holder(*state, &who, NULL), AE_OK);
    assert_null(who);
    expect_taken(*state, &lock, NULL);
    ae_lock_free(lock);
    ae_lock_free(NULL);
}

static void second_is_refused(void **state)
{
    struct ae_lock *lock = NULL, *other = NULL;
    struct ae_error err = {0};
    char host[256] = "", pid[64], *notice = NULL;
    assert_int_equal(setenv("SLURM_JOB_ID", "4711", 1), 0);
    expect_taken(*state, &lock, NULL);
    assert_int_equal(unsetenv("SLURM_JOB_ID"), 0);
    assert_int_equal(ae_lock_take(&other, *state, &notice, &err), AE_ELOCKED);
    assert_null(other);
    assert_null(notice);
    assert_int_equal(gethostname(host, sizeof host - 1), 0);
    (void)snprintf(pid, sizeof pid, "pid %ld", (long)getpid());
    assert_non_null(strstr(err.message, host));
    assert_non_null(strstr(err.message, pid));
    assert_non_null(strstr(err.message, "Slurm job 4711"));
    assert_non_null(strstr(err.message, (const char *)*state));
    assert_int_equal(ae_lock_renew(lock, NULL), AE_OK);
    assert_int_equal(list_dir(*state, false), 1);
    ae_lock_free(lock);
}

/* A child takes the lock and is killed: its pid is gone, or, unreaped, a zombie. */
static pid_t die_holding(const char *dir)
{
    pid_t child = fork();
    if (child == 0) {
        struct ae_lock *lock = NULL;
        if (ae_lock_take(&lock, dir, NULL, NULL) == AE_OK)
            (void)kill(getpid(), SIGKILL);
        _exit(1);
    }
    siginfo_t info;
    assert_true(child > 0);
    assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    assert_int_equal(info.si_code, CLD_KILLED);
    return child;
}

static void dead_owner_is_replaced(void **state)
{
    for (int is_reaped = 0; is_reaped < 2; is_reaped++) {
        struct ae_lock *lock = NULL;
        char pid[64], *who = NULL;
        pid_t child = die_holding(*state);
        if (is_reaped)
            assert_int_equal(waitpid(child, NULL, 0), child);
        assert_int_equal(ae_lock_holder(*state, &who, NULL), AE_OK);
        assert_null(who);
        (void)snprintf(pid, sizeof pid, "pid %ld", (long)child);
        expect_taken(*state, &lock, pid);
        assert_int_equal(list_dir(*state, false), 1);
        ae_lock_free(lock);
        if (!is_reaped)
            assert_int_equal(waitpid(child, NULL, 0), child);
    }
}

/* Another process got the pid: the same number, started at another time. */
/* The owner lives, and whoever comes may have the lock: it was left. So it is if he, too, ends so. */
static void left_lock_is_taken_and_known(void **state)
{
    const char *dir = *state;
    struct ae_lock *lock = NULL;
    char *who = NULL;
    expect_taken(dir, &lock, NULL);
    assert_false(ae_lock_follows_failure(lock) || ae_lock_was_left(dir));
    assert_int_equal(chmod(dir, 0555), 0); /* no file can be made: its place is on the disk */
    ae_lock_leave(lock);
    assert_int_equal(chmod(dir, 0755), 0);
    assert_true(ae_lock_was_left(dir));
    assert_int_equal(ae_lock_holder(dir, &who, NULL), AE_OK);
    assert_null(who);
    for (int i = 0; i < 2; i++) {
        expect_taken(dir, &lock, "could not write here");
        assert_true(ae_lock_follows_failure(lock) && !ae_lock_was_left(dir));
        assert_int_equal(ae_lock_renew(lock, NULL), AE_OK);
        if (i == 0)
            ae_lock_leave(lock);
    }
    ae_lock_free(lock);
    expect_taken(dir, &lock, NULL);
    ae_lock_free(lock);
    ae_lock_leave(NULL);
}

static void reused_pid_is_noticed(void **state)
{
    struct ae_lock *lock = NULL, *other = NULL;
    char path[PATH_SIZE], text[2048], changed[2048];
    expect_taken(*state, &lock, NULL);
    assert_true(read_file(lock_path(*state, path), text, sizeof text) > 0);
    const char *start = strstr(text, "\nstart ");
    assert_non_null(start);
    const char *rest = strchr(start + 1, '\n');
    assert_non_null(rest);
    (void)snprintf(changed, sizeof changed, "%.*s\nstart 1%s", (int)(start - text), text, rest);
    write_file(path, changed);
    expect_taken(*state, &other, "taking over from a run that died");
    assert_int_equal(ae_lock_renew(lock, NULL), AE_ELOCKED);
    ae_lock_free(lock); /* must leave the other's lock alone */
    assert_int_equal(ae_lock_renew(other, NULL), AE_OK);
    ae_lock_free(other);
}

/* On another machine a pid says nothing: only the heartbeat counts. */
static void other_machine_lapses_by_age(void **state)
{
    struct ae_lock *lock = NULL;
    struct ae_error err = {0};
    char path[PATH_SIZE];
    write_file(lock_path(*state, path),
               "host elsewhere\npid 1\nstart 1\nmachine another\njob 12\nsince 2026-01-01\nid 1\n");
    set_age(path, 50);
    assert_int_equal(ae_lock_take(&lock, *state, NULL, &err), AE_ELOCKED);
    assert_non_null(strstr(err.message, "host elsewhere, pid 1, Slurm job 12"));
    set_age(path, 70);
    expect_taken(*state, &lock, "host elsewhere, pid 1");
    ae_lock_free(lock);
}

static void silent_owner_loses(void **state)
{
    struct ae_lock *lock = NULL, *other = NULL;
    struct ae_error err = {0};
    char path[PATH_SIZE];
    struct stat info;
    expect_taken(*state, &lock, NULL);
    set_age(lock_path(*state, path), 3600);
    assert_int_equal(ae_lock_renew(lock, &err), AE_OK);
    assert_int_equal(stat(path, &info), 0);
    assert_true(difftime(time(NULL), info.st_mtime) < 60.0);
    assert_int_equal(ae_lock_take(&other, *state, NULL, NULL), AE_ELOCKED);
    set_age(path, 3600);
    expect_taken(*state, &other, "taking over");
    assert_int_equal(ae_lock_renew(lock, &err), AE_ELOCKED);
    assert_non_null(strstr(err.message, "taken this folder over"));
    ae_lock_free(lock);
    ae_lock_free(other);
}

static void junk_lapses_by_age(void **state)
{
    struct ae_lock *lock = NULL;
    char path[PATH_SIZE];
    const char *const junk[] = {"", "pid\npid x\n\n", "\n\n\xff\xfe", "pid -5\n"};
    for (size_t i = 0; i < sizeof junk / sizeof *junk; i++) {
        write_file(lock_path(*state, path), junk[i]);
        assert_int_equal(ae_lock_take(&lock, *state, NULL, NULL), AE_ELOCKED);
        set_age(path, 100);
        expect_taken(*state, &lock, "does not say whose");
        ae_lock_free(lock);
    }
}

static void removed_lock_and_folder(void **state)
{
    struct ae_lock *lock = NULL;
    char path[PATH_SIZE];
    struct ae_error err = {0};
    expect_taken(*state, &lock, NULL);
    assert_int_equal(unlink(lock_path(*state, path)), 0);
    assert_int_equal(ae_lock_renew(lock, &err), AE_ELOCKED);
    assert_int_equal(rmdir(*state), 0);
    assert_int_equal(ae_lock_renew(lock, &err), AE_EIO);
    ae_lock_free(lock);
    assert_int_equal(ae_lock_take(&lock, *state, NULL, &err), AE_EIO);
    assert_null(lock);
    assert_non_null(strstr(err.message, strerror(ENOENT)));
}

/* A killed contender left its claim on the takeover behind. */
static void left_over_takeover(void **state)
{
    struct ae_lock *lock = NULL;
    char path[PATH_SIZE], text[2048], guard[PATH_SIZE + 16];
    (void)waitpid(die_holding(*state), NULL, 0);
    assert_true(read_file(lock_path(*state, path), text, sizeof text) > 0);
    (void)snprintf(guard, sizeof guard, "%s.takeover", path);
    write_file(guard, text);
    expect_taken(*state, &lock, "taking over");
    assert_int_equal(list_dir(*state, false), 1);
    ae_lock_free(lock);
}

/* Contenders start together; the winner keeps the lock until all have reported. */
static size_t contend(const char *dir)
{
    int start[2], report[2], end[2];
    assert_int_equal(pipe(start) | pipe(report) | pipe(end), 0);
    pid_t children[N_CONTENDERS];
    for (size_t i = 0; i < N_CONTENDERS; i++) {
        children[i] = fork();
        assert_true(children[i] >= 0);
        if (children[i] == 0) {
            struct ae_lock *lock = NULL;
            char byte = 0;
            (void)close(start[1]);
            (void)close(end[1]);
            (void)!read(start[0], &byte, 1); /* returns when the parent closes it */
            enum ae_status rc = ae_lock_take(&lock, dir, NULL, NULL);
            byte = rc == AE_OK ? 'w' : rc == AE_ELOCKED ? 'l' : '?';
            if (write(report[1], &byte, 1) != 1)
                _exit(1);
            (void)!read(end[0], &byte, 1);
            rc = lock ? ae_lock_renew(lock, NULL) : AE_OK;
            _exit(rc == AE_OK ? 0 : 1);
        }
    }
    (void)close(start[1]);
    size_t n_won = 0, n_lost = 0;
    for (size_t i = 0; i < N_CONTENDERS; i++) {
        char byte = 0;
        assert_int_equal(read(report[0], &byte, 1), 1);
        n_won += byte == 'w';
        n_lost += byte == 'l';
    }
    (void)close(end[1]);
    for (size_t i = 0; i < N_CONTENDERS; i++) {
        int status = 0;
        assert_int_equal(waitpid(children[i], &status, 0), children[i]);
        assert_int_equal(status, 0);
    }
    (void)close(start[0]);
    (void)close(report[0]);
    (void)close(report[1]);
    (void)close(end[0]);
    assert_int_equal(n_won + n_lost, N_CONTENDERS);
    return n_won;
}

static void one_contender_wins(void **state)
{
    char path[PATH_SIZE];
    for (int round = 0; round < 12; round++) {
        /* First without a lock; then against the one that the winner, now dead, has left. */
        assert_int_equal(contend(*state), 1);
        assert_int_equal(list_dir(*state, false), 1);
        assert_int_equal(contend(*state), 1);
        assert_int_equal(list_dir(*state, false), 1);
        assert_int_equal(unlink(lock_path(*state, path)), 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(take_and_give_back, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(second_is_refused, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(dead_owner_is_replaced, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(left_lock_is_taken_and_known, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(reused_pid_is_noticed, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(other_machine_lapses_by_age, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(silent_owner_loses, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(junk_lapses_by_age, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(removed_lock_and_folder, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(left_over_takeover, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(one_contender_wins, make_dir, remove_dir),
    };
    return cmocka_run_group_tests_name("lock", tests, NULL, NULL);
}
