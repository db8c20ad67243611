/* What the store knows of results that are not there yet: marks and saved states. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store_fixture.h"

struct seen {
    size_t n;
    struct ae_store_mark marks[8];
};

static enum ae_status see(void *ctx, const struct ae_store_mark *mark, struct ae_error *err)
{
    struct seen *seen = ctx;
    (void)err;
    assert_true(seen->n < 8);
    seen->marks[seen->n++] = *mark;
    return AE_OK;
}

static struct seen all_marks(struct ae_store *store)
{
    struct ae_error err = {0};
    struct seen seen = {0};
    EXPECT_OK(ae_store_each_mark(store, see, &seen, &err));
    return seen;
}

static struct ae_store *open_run(const char *dir)
{
    struct ae_store *store = NULL;
    struct ae_error err = {0};
    EXPECT_OK(ae_store_open_run(&store, dir, &one_column, NULL, &err));
    return store;
}

static void put_mark(struct ae_store *store, uint64_t point, enum ae_store_kind kind, uint64_t lost)
{
    struct ae_error err = {0};
    struct ae_store_mark mark = {.point = point, .replicate = 1, .kind = kind, .n_lost = lost};
    EXPECT_OK(ae_store_put_mark(store, &mark, &err));
}

static void put_state(struct ae_store *store, uint64_t point, const char *text)
{
    struct ae_error err = {0};
    struct ae_bytes bytes = {.data = text, .size = strlen(text)};
    EXPECT_OK(ae_store_put_state(store, point, 1, bytes, &err));
}

static void expect_state(struct ae_store *store, uint64_t point, const char *want)
{
    struct ae_buffer state = {0};
    struct ae_error err = {0};
    EXPECT_OK(ae_store_get_state(store, point, 1, &state, &err));
    assert_true(state.size == strlen(want) &&
                (!*want || memcmp(state.data, want, state.size) == 0));
    ae_buffer_clear(&state);
}

static void test_marks_last(void **state)
{
    const char *dir = *state;
    struct ae_error err = {0};
    struct ae_store *store = open_run(dir);
    assert_int_equal(all_marks(store).n, 0);
    put_mark(store, 7, AE_STORE_CLAIMED, 0);
    put_mark(store, 5, AE_STORE_ALONE, 2);
    put_mark(store, UINT64_MAX, AE_STORE_CLAIMED, 0);
    put_mark(store, 7, AE_STORE_SUSPECT, 1);
    put_state(store, 5, "old");
    put_state(store, 5, "new");
    put_state(store, 3, "");
    put_mark(store, UINT64_MAX, AE_STORE_FREE, 0);
    EXPECT_OK(ae_store_close(store, &err));
    EXPECT_OK(ae_store_open_read(&store, dir, &one_column, &err));
    struct seen seen = all_marks(store);
    assert_int_equal(seen.n, 3);
    assert_true(seen.marks[0].point == 3 && seen.marks[0].kind == AE_STORE_FREE);
    assert_true(seen.marks[1].point == 5 && seen.marks[1].kind == AE_STORE_ALONE);
    assert_true(seen.marks[2].point == 7 && seen.marks[2].kind == AE_STORE_SUSPECT);
    assert_true(seen.marks[1].n_lost == 2 && seen.marks[2].n_lost == 1);
    assert_true(seen.marks[0].has_state && seen.marks[1].has_state && !seen.marks[2].has_state);
    expect_state(store, 5, "new");
    expect_state(store, 3, "");
    expect_state(store, 7, "");
    assert_int_equal(ae_store_put_state(store, 1, 1, (struct ae_bytes){"x", 1}, &err), AE_EARG);
    EXPECT_OK(ae_store_close(store, &err));
}

/* A result takes mark and state of its key away, and of no other. */
static void test_a_result_forgets(void **state)
{
    struct ae_error err = {0};
    struct ae_store *store = open_run(*state);
    for (uint64_t point = 1; point <= 2; point++) {
        put_mark(store, point, AE_STORE_CLAIMED, 0);
        put_state(store, point, "state");
    }
    EXPECT_OK(put_row(store, 1, &err));
    EXPECT_OK(ae_store_commit(store, &err));
    struct seen seen = all_marks(store);
    assert_true(seen.n == 1 && seen.marks[0].point == 2 && seen.marks[0].has_state);
    expect_state(store, 1, "");
    expect_state(store, 2, "state");
    EXPECT_OK(ae_store_close(store, &err));
    expect_readable(*state, 1);
}

/* What was put and not committed is not there after a death. */
static void test_claims_are_durable_after_commit(void **state)
{
    struct ae_error err = {0};
    struct ae_store *store = open_run(*state), *reader = NULL;
    put_mark(store, 1, AE_STORE_CLAIMED, 0);
    EXPECT_OK(ae_store_commit(store, &err));
    put_mark(store, 2, AE_STORE_CLAIMED, 0);
    EXPECT_OK(ae_store_open_read(&reader, *state, &one_column, &err));
    struct seen seen = all_marks(reader);
    assert_true(seen.n == 1 && seen.marks[0].point == 1);
    EXPECT_OK(ae_store_close(reader, &err));
    EXPECT_OK(ae_store_close(store, &err));
}

static void run_sql(const char *dir, const char *sql)
{
    char path[PATH_SIZE];
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(in_dir(dir, "aesweep.db", path), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* The first version had no such tables: it is read as it is, and a run adds them. */
static void test_earlier_database(void **state)
{
    const char *dir = *state;
    struct ae_error err = {0};
    struct ae_store *store = NULL;
    make_store(dir, 3);
    run_sql(dir, "DROP TABLE under_way; DROP TABLE state");
    EXPECT_OK(ae_store_open_read(&store, dir, &one_column, &err));
    assert_int_equal(all_marks(store).n, 0);
    expect_state(store, 1, "");
    EXPECT_OK(ae_store_close(store, &err));
    store = open_run(dir);
    put_mark(store, 9, AE_STORE_CLAIMED, 0);
    EXPECT_OK(ae_store_commit(store, &err));
    assert_int_equal(all_marks(store).n, 1);
    EXPECT_OK(ae_store_close(store, &err));
    expect_readable(dir, 3);
}

/* A disk fills up under a run: who was under way has not died, and is no suspect afterwards. */
static void test_full_disk_is_no_death(void **state)
{
    const char *dir = *state;
    struct ae_error err = {0};
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct ae_store *store = open_run(dir);
        const struct rlimit small = {.rlim_cur = 100000, .rlim_max = 100000};
        (void)signal(SIGXFSZ, SIG_IGN);
        put_mark(store, 1, AE_STORE_CLAIMED, 0);
        put_mark(store, 2, AE_STORE_ALONE, 1);
        put_mark(store, 3, AE_STORE_SUSPECT, 2);
        if (ae_store_commit(store, &err) != AE_OK || setrlimit(RLIMIT_FSIZE, &small) != 0)
            _exit(1);
        for (uint64_t i = 10; i <= 120; i++)
            (void)put_row(store, i, NULL);
        put_mark(store, 1, AE_STORE_FREE, 0);
        _exit(ae_store_close(store, &err) == AE_EIO ? 0 : 2);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    struct ae_store *store = NULL;
    for (int i = 0; i < 2; i++) { /* as readers see it, and after a run has begun */
        if (i == 0)
            EXPECT_OK(ae_store_open_read(&store, dir, &one_column, &err));
        else
            store = open_run(dir);
        struct seen seen = all_marks(store);
        for (size_t k = 0; k < seen.n; k++)
            assert_int_equal(seen.marks[k].kind,
                             seen.marks[k].point == 1 ? AE_STORE_FREE : AE_STORE_SUSPECT);
        assert_int_equal(seen.n, i == 0 ? 3 : 2);
        assert_int_equal(seen.marks[seen.n - 2].n_lost, 1); /* no death was added */
        EXPECT_OK(ae_store_close(store, &err));
    }
    store = open_run(dir); /* the next one claims as ever, and dies */
    put_mark(store, 5, AE_STORE_CLAIMED, 0);
    EXPECT_OK(ae_store_commit(store, &err));
    EXPECT_OK(ae_store_close(store, &err));
    store = open_run(dir);
    assert_int_equal(all_marks(store).marks[2].kind, AE_STORE_CLAIMED);
    EXPECT_OK(ae_store_close(store, &err));
}

static void test_damaged_mark(void **state)
{
    const char *dir = *state;
    struct ae_error err = {0};
    struct seen seen = {0};
    make_store(dir, 1);
    run_sql(dir, "INSERT INTO under_way VALUES('not a point', 1, 2, 0)");
    struct ae_store *store = open_run(dir);
    assert_int_equal(ae_store_each_mark(store, see, &seen, &err), AE_EIO);
    assert_non_null(strstr(err.message, "damaged"));
    EXPECT_OK(ae_store_close(store, &err));
}

/* A large state is kept whole, and waits in memory no longer than it must. */
static void test_large_state(void **state)
{
    struct ae_error err = {0};
    struct ae_buffer got = {0};
    size_t size = (size_t)20 << 20;
    char *data = malloc(size);
    assert_non_null(data);
    for (size_t i = 0; i < size; i++)
        data[i] = (char)(i * 7 + i / 1000);
    struct ae_store *store = open_run(*state);
    for (uint64_t i = 0; i < 3; i++)
        EXPECT_OK(ae_store_put_state(store, 1, 1, (struct ae_bytes){data, size - i}, &err));
    EXPECT_OK(ae_store_commit(store, &err));
    EXPECT_OK(ae_store_get_state(store, 1, 1, &got, &err));
    assert_true(got.size == size - 2 && memcmp(got.data, data, got.size) == 0);
    EXPECT_OK(ae_store_close(store, &err));
    ae_buffer_clear(&got);
    free(data);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_marks_last, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_a_result_forgets, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_claims_are_durable_after_commit, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_earlier_database, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_full_disk_is_no_death, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_damaged_mark, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_large_state, make_dir, remove_dir),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
