/* The results folder in good times: what is put comes back, to the bit, for writers and readers. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aesweep/memory.h"
#include "aesweep/store.h"
#include "store_fixture.h"

enum { N_NUMBERS = 3, N_MANY = 100000 };
static const char *const names[] = {"pmse", "excess", "an \"odd\" name"};
static const struct ae_store_columns columns = {.n = N_NUMBERS, .names = names};
static const double zeros[N_NUMBERS];

static struct ae_store *open_run(const char *dir)
{
    struct ae_error err = {0};
    struct ae_store *store = NULL;
    char *notice = NULL;
    EXPECT_OK(ae_store_open_run(&store, dir, &columns, &notice, &err));
    assert_null(notice);
    return store;
}

static struct ae_store *open_read(const char *dir)
{
    struct ae_error err = {0};
    struct ae_store *store = NULL;
    EXPECT_OK(ae_store_open_read(&store, dir, &columns, &err));
    return store;
}

static struct ae_store_row plain_row(uint64_t point, uint64_t replicate)
{
    return (struct ae_store_row){.point = point,
                                 .replicate = replicate,
                                 .state = AE_STORE_DONE,
                                 .reason = "",
                                 .params = "{K: 1}",
                                 .level = 1,
                                 .numbers = zeros,
                                 .wall_s = 0.5,
                                 .finished_at = 1.7e9,
                                 .rank = 3,
                                 .host = "node7"};
}

static bool is_same_bits(double a, double b)
{
    return memcmp(&a, &b, sizeof a) == 0 || (isnan(a) && isnan(b));
}

static void expect_row(struct ae_store *store, const struct ae_store_row *want)
{
    struct ae_error err = {0};
    struct ae_store_row row;
    bool found = false;
    enum ae_store_state kind = AE_STORE_DONE;
    int level = -1;
    assert_true(ae_store_has(store, want->point, want->replicate, &kind, &level));
    assert_int_equal(kind, want->state);
    assert_int_equal(level, want->level);
    EXPECT_OK(ae_store_get(store, want->point, want->replicate, &row, &found, &err));
    assert_true(found);
    assert_true(row.point == want->point && row.replicate == want->replicate);
    assert_int_equal(row.state, want->state);
    assert_string_equal(row.reason, want->reason);
    assert_string_equal(row.params, want->params);
    assert_int_equal(row.level, want->level);
    assert_string_equal(row.host, want->host);
    assert_true(row.rank == want->rank);
    assert_true(is_same_bits(row.wall_s, want->wall_s));
    assert_true(is_same_bits(row.finished_at, want->finished_at));
    for (size_t i = 0; i < N_NUMBERS; i++)
        assert_true(is_same_bits(row.numbers[i], want->numbers[i]));
    assert_int_equal(row.extra.size, want->extra.size);
    if (want->extra.size > 0)
        assert_memory_equal(row.extra.data, want->extra.data, want->extra.size);
}

static void every_bit_comes_back(void **state)
{
    static const double numbers[][N_NUMBERS] = {
        {0.1, -0.0, 0.0},
        {(double)NAN, (double)INFINITY, -(double)INFINITY},
        {5e-324, -2.2250738585072009e-308, 1.7976931348623157e308},
        {1.0, -3.0, 9007199254740993.0},
        {1.0000000000000002, 0.30000000000000004, 1e22},
    };
    static const char bytes[] = "a\0b\xff\n";
    size_t n_large = 3000000;
    char *large = malloc(n_large);
    assert_non_null(large);
    for (size_t i = 0; i < n_large; i++)
        large[i] = (char)(i * i >> 7);
    const struct ae_store_row rows[] = {
        {.point = 0, .replicate = 1, .reason = "", .params = "", .host = "", .wall_s = (double)NAN},
        {.point = UINT64_MAX,
         .replicate = INT64_MAX,
         .state = AE_STORE_FAILED,
         .level = 2,
         .reason = "timeout: \"10\" s; it's \xc3\xa9",
         .params = "{a: 'b'}",
         .host = "h",
         .extra = {bytes, sizeof bytes},
         .wall_s = -0.0,
         .finished_at = 1e300,
         .rank = 1u << 31},
        {.point = UINT64_C(0x8000000000000000),
         .replicate = 0,
         .reason = "",
         .params = "x\ny",
         .host = "",
         .level = -7,
         .extra = {large, n_large}},
        {.point = 255, .replicate = 2, .reason = "", .params = "", .host = "", .level = INT32_MAX},
        {.point = 255, .replicate = 3, .reason = "", .params = "", .host = "", .level = INT32_MIN},
    };
    size_t n = sizeof rows / sizeof *rows;
    struct ae_error err = {0};
    struct ae_store *store = open_run(*state);
    for (int pass = 0; pass < 4; pass++) { /* put, committed, reopened, read */
        for (size_t i = 0; i < n; i++) {
            struct ae_store_row row = rows[i];
            row.numbers = numbers[i];
            if (pass == 0)
                EXPECT_OK(ae_store_put(store, &row, &err));
            else
                expect_row(store, &row);
        }
        assert_int_equal(ae_store_size(store), n);
        if (pass == 0)
            EXPECT_OK(ae_store_commit(store, &err));
        else if (pass == 1 || pass == 2) {
            EXPECT_OK(ae_store_close(store, &err));
            store = pass == 1 ? open_run(*state) : open_read(*state);
        }
    }
    EXPECT_OK(ae_store_close(store, &err));
    free(large);
}

static void replacing_leaves_nothing_behind(void **state)
{
    struct ae_error err = {0};
    struct ae_store *store = open_run(*state);
    struct ae_store_row row = plain_row(7, 1), other = plain_row(8, 1);
    row.extra = (struct ae_bytes){"long extra", 10};
    EXPECT_OK(ae_store_put(store, &row, &err));
    EXPECT_OK(ae_store_put(store, &other, &err));
    EXPECT_OK(ae_store_commit(store, &err));
    const double numbers[N_NUMBERS] = {1.0, 2.0, 3.0};
    row.state = AE_STORE_FAILED;
    row.reason = "underflow";
    row.level = 2;
    row.numbers = numbers;
    row.extra = (struct ae_bytes){NULL, 0};
    row.host = "node8";
    EXPECT_OK(ae_store_put(store, &row, &err));
    expect_row(store, &row); /* before its commit */
    EXPECT_OK(ae_store_put(store, &row, &err));
    EXPECT_OK(ae_store_close(store, &err));
    store = open_read(*state);
    assert_int_equal(ae_store_size(store), 2);
    expect_row(store, &row);
    expect_row(store, &other);
    EXPECT_OK(ae_store_close(store, &err));
}

static void absent_rows(void **state)
{
    struct ae_error err = {0};
    struct ae_store *store = open_run(*state);
    struct ae_store_row row = plain_row(7, 1);
    bool found = true;
    assert_false(ae_store_has(store, 7, 1, NULL, NULL));
    EXPECT_OK(ae_store_get(store, 7, 1, &row, &found, &err));
    assert_false(found);
    EXPECT_OK(ae_store_put(store, &row, &err));
    assert_true(ae_store_has(store, 7, 1, NULL, NULL));
    assert_false(ae_store_has(store, 7, 2, NULL, NULL));
    assert_false(ae_store_has(store, 1, 7, NULL, NULL));
    row.replicate = (uint64_t)INT64_MAX + 1;
    assert_int_equal(ae_store_put(store, &row, &err), AE_EARG);
    assert_int_equal(ae_store_size(store), 1);
    EXPECT_OK(ae_store_close(store, &err));
    EXPECT_OK(ae_store_close(NULL, &err));
}

struct walk {
    uint64_t point, replicate;
    size_t n, n_extra, stop_at;
};

static enum ae_status walk_on(void *ctx, const struct ae_store_row *row, struct ae_error *err)
{
    struct walk *walk = ctx;
    if (walk->n == walk->stop_at)
        return ae_fail(err, AE_ESTOP, "enough");
    assert_true(walk->n == 0 || row->point > walk->point ||
                (row->point == walk->point && row->replicate > walk->replicate));
    walk->point = row->point;
    walk->replicate = row->replicate;
    walk->n++;
    walk->n_extra += row->extra.size;
    assert_true(row->numbers[1] == (double)(row->point % 1000));
    return AE_OK;
}

static void each_is_in_order(void **state)
{
    struct ae_error err = {0};
    struct ae_store *store = open_run(*state);
    struct walk walk = {.stop_at = SIZE_MAX};
    EXPECT_OK(ae_store_each(store, true, walk_on, &walk, &err));
    assert_int_equal(walk.n, 0);
    for (uint64_t i = 0; i < 500; i++) {
        struct ae_store_row row = plain_row(i / 2 * UINT64_C(0x9e3779b97f4a7c15), 12 - i % 2 * 9);
        const double numbers[N_NUMBERS] = {0.0, (double)(row.point % 1000), 0.0};
        row.numbers = numbers;
        row.extra = (struct ae_bytes){"four", 4};
        EXPECT_OK(ae_store_put(store, &row, &err));
    }
    for (int with_extra = 0; with_extra < 2; with_extra++) { /* the first also commits */
        walk = (struct walk){.stop_at = SIZE_MAX};
        EXPECT_OK(ae_store_each(store, with_extra, walk_on, &walk, &err));
        assert_int_equal(walk.n, 500);
        assert_int_equal(walk.n_extra, with_extra ? 2000 : 0);
    }
    walk = (struct walk){.stop_at = 17};
    assert_int_equal(ae_store_each(store, false, walk_on, &walk, &err), AE_ESTOP);
    assert_string_equal(err.message, "enough");
    assert_int_equal(walk.n, 17);
    EXPECT_OK(ae_store_close(store, &err));
}

static void texts(void **state)
{
    struct ae_error err = {0};
    struct ae_store *store = open_run(*state);
    char *text = NULL;
    EXPECT_OK(ae_store_get_text(store, "sweep", &text, &err));
    assert_null(text);
    EXPECT_OK(ae_store_set_text(store, "sweep", "one", &err));
    EXPECT_OK(ae_store_set_text(store, "sweep", "two\nlines", &err));
    EXPECT_OK(ae_store_set_text(store, "empty", "", &err));
    EXPECT_OK(ae_store_close(store, &err));
    store = open_read(*state);
    EXPECT_OK(ae_store_get_text(store, "sweep", &text, &err));
    assert_string_equal(text, "two\nlines");
    free(text);
    EXPECT_OK(ae_store_get_text(store, "empty", &text, &err));
    assert_string_equal(text, "");
    free(text);
    assert_int_equal(ae_store_set_text(store, "sweep", "x", &err), AE_EARG);
    struct ae_store_row row = plain_row(1, 1);
    assert_int_equal(ae_store_put(store, &row, &err), AE_EARG);
    EXPECT_OK(ae_store_close(store, &err));
}

/* A later program knows more numbers: its runs add the columns, its readers do without. */
static void columns_come_and_go(void **state)
{
    static const char *const more[] = {"excess", "new", "pmse", "newer"};
    const struct ae_store_columns later = {.n = 4, .names = more};
    static const double one[N_NUMBERS] = {1.0, 2.0, 3.0}, two[4] = {4.0, 5.0, 6.0, 7.0};
    struct ae_error err = {0};
    struct ae_store *store = open_run(*state);
    struct ae_store_row row = plain_row(1, 1);
    row.numbers = one;
    EXPECT_OK(ae_store_put(store, &row, &err));
    EXPECT_OK(ae_store_close(store, &err));
    bool found = false;
    for (int is_run = 0; is_run < 2; is_run++) {
        EXPECT_OK(is_run ? ae_store_open_run(&store, *state, &later, NULL, &err)
                         : ae_store_open_read(&store, *state, &later, &err));
        EXPECT_OK(ae_store_get(store, 1, 1, &row, &found, &err));
        assert_true(found && row.numbers[0] == 2.0 && row.numbers[2] == 1.0);
        assert_true(isnan(row.numbers[1]) && isnan(row.numbers[3]));
        if (!is_run)
            EXPECT_OK(ae_store_close(store, &err));
    }
    struct ae_store_row added = plain_row(2, 1);
    added.numbers = two;
    EXPECT_OK(ae_store_put(store, &added, &err));
    EXPECT_OK(ae_store_close(store, &err));
    store = open_run(*state); /* the earlier program again */
    EXPECT_OK(ae_store_get(store, 2, 1, &row, &found, &err));
    assert_true(found && row.numbers[0] == 6.0 && row.numbers[1] == 4.0 && isnan(row.numbers[2]));
    EXPECT_OK(ae_store_close(store, &err));
    static const char *const taken[] = {"pmse", "LEVEL"}, *const twice[] = {"a", "A"};
    const struct ae_store_columns wrong[] = {{2, taken}, {2, twice}};
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(ae_store_open_run(&store, *state, &wrong[i], NULL, &err), AE_EARG);
}

static char *slurp(const char *dir, const char *name, size_t *size)
{
    char path[PATH_SIZE + 32], *data = NULL;
    struct stat info;
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    int fd = open(path, O_RDONLY);
    assert_true(fd >= 0);
    assert_int_equal(fstat(fd, &info), 0);
    *size = (size_t)info.st_size;
    data = malloc(*size + 1);
    assert_non_null(data);
    assert_int_equal(read(fd, data, *size), *size);
    (void)close(fd);
    return data;
}

/* A reader beside a run sees what is committed, keeps seeing it, and changes no byte. */
static void reader_beside_a_run(void **state)
{
    struct ae_error err = {0};
    struct ae_store *writer = open_run(*state);
    struct ae_store_row one = plain_row(1, 1), two = plain_row(2, 1);
    EXPECT_OK(ae_store_put(writer, &one, &err));
    EXPECT_OK(ae_store_commit(writer, &err));
    EXPECT_OK(ae_store_put(writer, &two, &err));
    char *who = NULL;
    EXPECT_OK(ae_store_running(*state, &who, &err));
    assert_non_null(who);
    free(who);
    size_t size = 0, size_after = 0, n_files = list_dir(*state, false);
    char *before = slurp(*state, "aesweep.db", &size);
    struct ae_store *reader = open_read(*state);
    expect_row(reader, &one);
    assert_int_equal(ae_store_size(reader), 1);
    assert_int_equal(list_dir(*state, false), n_files);
    char *after = slurp(*state, "aesweep.db", &size_after);
    assert_int_equal(size, size_after);
    assert_memory_equal(before, after, size);
    free(before);
    free(after);
    EXPECT_OK(ae_store_commit(writer, &err));
    expect_row(reader, &one);
    assert_false(ae_store_has(reader, 2, 1, NULL, NULL));
    EXPECT_OK(ae_store_close(reader, &err));
    reader = open_read(*state);
    expect_row(reader, &two);
    EXPECT_OK(ae_store_close(reader, &err));
    EXPECT_OK(ae_store_close(writer, &err));
    EXPECT_OK(ae_store_running(*state, &who, &err));
    assert_null(who);
    assert_int_equal(list_dir(*state, false), 1); /* lock and journal are gone */
}

/* A reader of a folder at rest reads the file itself: it must notice a run that begins meanwhile.
 */
static void run_begins_while_reading(void **state)
{
    struct ae_error err = {0};
    struct ae_store *store = open_run(*state);
    struct ae_store_row row = plain_row(1, 1);
    bool found = false;
    EXPECT_OK(ae_store_put(store, &row, &err));
    EXPECT_OK(ae_store_close(store, &err));
    struct ae_store *reader = open_read(*state);
    expect_row(reader, &row);
    store = open_run(*state);
    row.point = 2;
    EXPECT_OK(ae_store_put(store, &row, &err));
    EXPECT_OK(ae_store_commit(store, &err));
    assert_int_equal(ae_store_get(reader, 1, 1, &row, &found, &err), AE_EIO);
    assert_false(found);
    assert_non_null(strstr(err.message, "try again"));
    EXPECT_OK(ae_store_close(reader, &err));
    EXPECT_OK(ae_store_close(store, &err));
}

static void odd_folder_names(void **state)
{
    static const char *const odd[] = {"a b?c#d%41&x=y", "deep/er//folder", "\xc3\xa4'\"", "end/"};
    struct ae_error err = {0};
    for (size_t i = 0; i < sizeof odd / sizeof *odd; i++) {
        char dir[2 * PATH_SIZE];
        (void)snprintf(dir, sizeof dir, "%s/%s", (const char *)*state, odd[i]);
        struct ae_store *store = open_run(dir);
        struct ae_store_row row = plain_row(1, 1);
        EXPECT_OK(ae_store_put(store, &row, &err));
        EXPECT_OK(ae_store_close(store, &err));
        store = open_read(dir);
        expect_row(store, &row);
        EXPECT_OK(ae_store_close(store, &err));
        assert_int_equal(list_dir(dir, true), 1);
        for (char *end = dir + strlen(dir); strlen(dir) > strlen(*state); end = strrchr(dir, '/')) {
            *end = '\0';
            (void)rmdir(dir);
        }
    }
    assert_int_equal(list_dir(*state, false), 0);
}

static void many_rows(void **state)
{
    struct ae_error err = {0};
    struct ae_store *store = open_run(*state);
    for (uint64_t i = 0; i < N_MANY; i++) {
        struct ae_store_row row = plain_row(i * UINT64_C(0x9e3779b97f4a7c15), i % 3);
        row.level = (int)(i % 5);
        row.extra = (struct ae_bytes){names, sizeof names};
        EXPECT_OK(ae_store_put(store, &row, &err));
    }
    EXPECT_OK(ae_store_close(store, &err));
    store = open_read(*state);
    assert_int_equal(ae_store_size(store), N_MANY);
    for (uint64_t i = 0; i < N_MANY; i++) {
        int level = -1;
        assert_true(ae_store_has(store, i * UINT64_C(0x9e3779b97f4a7c15), i % 3, NULL, &level));
        assert_int_equal(level, i % 5);
        assert_false(ae_store_has(store, i * UINT64_C(0x9e3779b97f4a7c15), i % 3 + 1, NULL, NULL));
    }
    EXPECT_OK(ae_store_close(store, &err));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_bit_comes_back, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(replacing_leaves_nothing_behind, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(absent_rows, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(each_is_in_order, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(texts, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(columns_come_and_go, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(reader_beside_a_run, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(run_begins_while_reading, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(odd_folder_names, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(many_rows, make_dir, remove_dir),
    };
    return cmocka_run_group_tests_name("store", tests, NULL, NULL);
}
