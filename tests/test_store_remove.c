/* Rows that are taken away, and a store that is: against a plain set of keys, on disk and off it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "aesweep/store.h"
#include "store_fixture.h"

enum { N_KEYS = 700, N_STEPS = 20000 };

static struct ae_store *open_run(const char *dir)
{
    struct ae_error err = {0};
    struct ae_store *store = NULL;
    EXPECT_OK(ae_store_open_run(&store, dir, &one_column, NULL, &err));
    return store;
}

/* Exactly the keys of the set are there. */
static void expect_set(struct ae_store *store, const bool *is_in)
{
    struct ae_error err = {0};
    size_t n = 0;
    for (uint64_t i = 0; i < N_KEYS; i++) {
        struct ae_store_row row;
        bool found = false;
        EXPECT_OK(ae_store_get(store, i, 1, &row, &found, &err));
        assert_int_equal(found, is_in[i]);
        assert_int_equal(ae_store_has(store, i, 1, NULL, NULL), is_in[i]);
        n += is_in[i];
    }
    assert_int_equal(ae_store_size(store), n);
}

/* Many keys in few slots: searches run over one another. Some steps are committed, some wait. */
static void as_a_set_does(void **state)
{
    struct ae_error err = {0};
    static bool is_in[N_KEYS];
    struct ae_store *store = open_run(*state);
    uint64_t random = 1;
    for (size_t step = 0; step < N_STEPS; step++) {
        random = random * UINT64_C(6364136223846793005) + 1442695040888963407;
        uint64_t i = random >> 33;
        uint64_t key = i % N_KEYS;
        bool is_put = (i / N_KEYS) % 2 == 0;
        if (is_put)
            EXPECT_OK(put_row(store, key, &err));
        else
            EXPECT_OK(ae_store_remove(store, key, 1, &err));
        is_in[key] = is_put;
        if (step % 1000 == 999)
            EXPECT_OK(ae_store_commit(store, &err));
    }
    expect_set(store, is_in);
    EXPECT_OK(ae_store_close(store, &err));
    EXPECT_OK(ae_store_open_read(&store, *state, &one_column, &err));
    expect_set(store, is_in);
    EXPECT_OK(ae_store_close(store, &err));
}

static long long count(const char *dir, const char *sql)
{
    char path[PATH_SIZE];
    sqlite3 *db = NULL;
    sqlite3_stmt *query = NULL;
    assert_int_equal(
        sqlite3_open_v2(in_dir(dir, "aesweep.db", path), &db, SQLITE_OPEN_READONLY, NULL),
        SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &query, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_step(query), SQLITE_ROW);
    long long n = sqlite3_column_int64(query, 0);
    (void)sqlite3_finalize(query);
    (void)sqlite3_close(db);
    return n;
}

static void nothing_of_it_stays(void **state)
{
    struct ae_error err = {0};
    make_store(*state, 20);
    struct ae_store *store = open_run(*state);
    for (uint64_t i = 1; i <= 20; i += 2)
        EXPECT_OK(ae_store_remove(store, i, 1, &err));
    EXPECT_OK(ae_store_remove(store, 999, 1, &err)); /* never there */
    EXPECT_OK(ae_store_remove(store, 2, 2, &err));   /* another replicate */
    EXPECT_OK(ae_store_close(store, &err));
    assert_int_equal(count(*state, "SELECT count(*) FROM result"), 10);
    assert_int_equal(count(*state, "SELECT count(*) FROM timing"), 10);
    assert_int_equal(count(*state, "SELECT count(*) FROM extra"), 10);
    assert_int_equal(count(*state, "SELECT count(*) FROM result JOIN extra USING (id)"
                                   " JOIN timing USING (id)"),
                     10);
}

static void readers_cannot(void **state)
{
    struct ae_error err = {0};
    struct ae_store *store = NULL;
    make_store(*state, 3);
    EXPECT_OK(ae_store_open_read(&store, *state, &one_column, &err));
    assert_int_equal(ae_store_remove(store, 1, 1, &err), AE_EARG);
    EXPECT_OK(ae_store_close(store, &err));
    expect_readable(*state, 3);
}

static void discarding(void **state)
{
    struct ae_error err = {0};
    struct stat info;
    char inner[PATH_SIZE], other[PATH_SIZE];
    struct ae_store *store = open_run(in_dir(*state, "inner", inner));
    EXPECT_OK(put_row(store, 1, &err));
    EXPECT_OK(ae_store_commit(store, &err));
    EXPECT_OK(put_row(store, 2, &err));
    ae_store_discard(store);
    assert_int_not_equal(stat(inner, &info), 0);
    /* What is not the store's stays. */
    store = open_run(inner);
    write_file(in_dir(inner, "notes", other), "mine");
    ae_store_discard(store);
    assert_int_equal(list_dir(inner, false), 1);
    assert_int_equal(stat(other, &info), 0);
    assert_int_equal(list_dir(inner, true), 1);
    ae_store_discard(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(as_a_set_does, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(nothing_of_it_stays, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(readers_cannot, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(discarding, make_dir, remove_dir),
    };
    return cmocka_run_group_tests_name("store_remove", tests, NULL, NULL);
}
