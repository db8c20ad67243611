/* Folders and stores that the tests of the store share. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "store_fixture.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static const char *const names[] = {"pmse"};
const struct ae_store_columns one_column = {.n = 1, .names = names};
static const double one_number[] = {0.25};

int make_dir(void **state)
{
    char *dir = malloc(PATH_SIZE);
    const char *base = getenv("TMPDIR");
    if (!dir)
        return -1;
    (void)snprintf(dir, PATH_SIZE, "%s/aesweep-test-XXXXXX", base && *base ? base : "/tmp");
    *state = dir;
    return mkdtemp(dir) ? 0 : -1;
}

size_t list_dir(const char *dir, bool is_removing)
{
    size_t n = 0;
    DIR *handle = opendir(dir);
    if (!handle)
        return 0;
    for (const struct dirent *entry = readdir(handle); entry; entry = readdir(handle)) {
        if (entry->d_name[0] == '.')
            continue;
        n++;
        if (is_removing && unlinkat(dirfd(handle), entry->d_name, 0) != 0)
            (void)unlinkat(dirfd(handle), entry->d_name, AT_REMOVEDIR);
    }
    (void)closedir(handle);
    return n;
}

int remove_dir(void **state)
{
    (void)chmod(*state, 0700);
    (void)list_dir(*state, true);
    (void)rmdir(*state);
    free(*state);
    return 0;
}

char *in_dir(const char *dir, const char *name, char path[PATH_SIZE])
{
    (void)snprintf(path, PATH_SIZE, "%s/%s", dir, name);
    return path;
}

void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

void set_age(const char *path, int64_t age_s)
{
    const struct timespec then = {.tv_sec = time(NULL) - (time_t)age_s};
    const struct timespec times[2] = {then, then};
    assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

enum ae_status put_row(struct ae_store *store, uint64_t point, struct ae_error *err)
{
    static const char extra[3000] = "curve";
    const struct ae_store_row row = {.point = point,
                                     .replicate = 1,
                                     .reason = "",
                                     .params = "{}",
                                     .host = "h",
                                     .level = 1,
                                     .numbers = one_number,
                                     .extra = {extra, sizeof extra}};
    return ae_store_put(store, &row, err);
}

void make_store(const char *dir, uint64_t n)
{
    struct ae_error err = {0};
    struct ae_store *store = NULL;
    EXPECT_OK(ae_store_open_run(&store, dir, &one_column, NULL, &err));
    for (uint64_t i = 1; i <= n; i++)
        EXPECT_OK(put_row(store, i, &err));
    EXPECT_OK(ae_store_close(store, &err));
}

static enum ae_status count_row(void *ctx, const struct ae_store_row *row, struct ae_error *err)
{
    size_t *n = ctx;
    (*n)++;
    if (row->extra.size != 3000 || row->numbers[0] != 0.25)
        return ae_fail(err, AE_EINTERNAL, "a row is not as it was put");
    return AE_OK;
}

void count_rows(struct ae_store *store, size_t *n)
{
    struct ae_error err = {0};
    *n = 0;
    EXPECT_OK(ae_store_each(store, true, count_row, n, &err));
}

void expect_rows(struct ae_store *store, uint64_t n)
{
    size_t n_rows = 0;
    assert_int_equal(ae_store_size(store), n);
    for (uint64_t i = 1; i <= n; i++)
        assert_true(ae_store_has(store, i, 1, NULL, NULL));
    count_rows(store, &n_rows);
    assert_int_equal(n_rows, n);
}

void expect_readable(const char *dir, uint64_t n)
{
    struct ae_error err = {0};
    struct ae_store *store = NULL;
    EXPECT_OK(ae_store_open_read(&store, dir, &one_column, &err));
    expect_rows(store, n);
    EXPECT_OK(ae_store_close(store, &err));
}

void take_image(const char *dir, const char *name, struct image *image)
{
    char path[PATH_SIZE];
    int fd = open(in_dir(dir, name, path), O_RDONLY);
    assert_true(fd >= 0);
    ssize_t n = read(fd, image->data, sizeof image->data);
    assert_true(n > 0 && (size_t)n < sizeof image->data);
    image->size = (size_t)n;
    (void)close(fd);
}

void die_in_transaction(const char *dir)
{
    char path[PATH_SIZE];
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        sqlite3 *db = NULL;
        if (sqlite3_open_v2(in_dir(dir, "aesweep.db", path), &db, SQLITE_OPEN_READWRITE,
                            "unix-none") == SQLITE_OK &&
            sqlite3_exec(db,
                         "PRAGMA journal_mode=TRUNCATE; PRAGMA cache_size=2; BEGIN;"
                         "UPDATE result SET pmse = 7; UPDATE extra SET data = zeroblob(3000);"
                         "DELETE FROM result WHERE replicate = 1",
                         NULL, NULL, NULL) == SQLITE_OK)
            (void)kill(getpid(), SIGKILL);
        _exit(1);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status));
}
