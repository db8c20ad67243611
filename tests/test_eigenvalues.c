/* Files of eigenvalues: what is read, and what each mistake is called, with its line. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "aesweep/eigenvalues.h"

static char path[64];

static int make_place(void **state)
{
    (void)state;
    strcpy(path, "/tmp/test_eigenvalues.XXXXXX");
    int file = mkstemp(path);
    return file < 0 ? 1 : close(file);
}

static int remove_place(void **state)
{
    (void)state;
    return unlink(path);
}

static void write_bytes(const char *bytes, size_t n)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, n, file), n);
    assert_int_equal(fclose(file), 0);
}

static void expect_values(const char *text, size_t n, const double *want)
{
    struct ae_pool pool = {0};
    struct ae_reals r = {0, NULL};
    struct ae_error err = {.message = ""};
    write_bytes(text, strlen(text));
    if (ae_eigenvalues_read(path, &pool, &r, &err) != AE_OK)
        fail_msg("%s", err.message);
    assert_int_equal(r.n, n);
    for (size_t i = 0; i < n; i++)
        assert_true(r.x[i] == want[i] && !signbit(r.x[i]));
    ae_pool_clear(&pool);
}

static void values_and_comments(void **state)
{
    (void)state;
    static const double three[] = {4, 2.5, 0}, equal[] = {2, 2, 2e-300}, one[] = {1};
    expect_values("4\n2.5\n0\n", 3, three);
    expect_values("4\n2.5\n0", 3, three);
    expect_values("# of digits\r\n\r\n 4.0\t\r\n2.5# two\r\n# between\r\n-0 \r\n\r\n\r\n", 3,
                  three);
    expect_values("2\n2e0\n2e-300\n", 3, equal);
    expect_values("\n\n1", 1, one);
}

/* `want` follows the path. */
static void expect_bad(const char *text, size_t size, const char *want)
{
    struct ae_pool pool = {0};
    struct ae_reals r = {0, NULL};
    struct ae_error err = {.message = ""};
    write_bytes(text, size);
    assert_int_equal(ae_eigenvalues_read(path, &pool, &r, &err), AE_EARG);
    assert_int_equal(err.code, AE_EARG);
    if (strncmp(err.message, path, strlen(path)) != 0 ||
        strncmp(err.message + strlen(path), want, strlen(want)) != 0)
        fail_msg("got '%s', want '%s%s'", err.message, path, want);
    assert_null(strchr(err.message, '\n'));
    assert_true(r.n == 0 && pool.n_numbers == 0);
    assert_int_equal(ae_eigenvalues_read(path, &pool, &r, NULL), AE_EARG);
    ae_pool_clear(&pool);
}

static void mistakes_are_named_with_their_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want;
    } cases[] = {
        {"4\n-0.5\n", ":2: '-0.5' is negative; an eigenvalue is a number >= 0"},
        {"4\n2\n3\n", ":3: 3 is larger than 2 in line 2; eigenvalues stand strongest first"},
        {"4\n# x\n2\n#y\n2.0000001\n", ":5: 2.0000001 is larger than 2 in line 3"},
        {"4\nfour\n", ":2: 'four' is not a finite number; a line holds one eigenvalue"},
        {"4\nnan\n", ":2: 'nan' is not a finite number"},
        {"inf\n4\n", ":1: 'inf' is not a finite number"},
        {"1e999\n", ":1: '1e999' is not a finite number"},
        {"0x10\n", ":1: '0x10' is not a finite number"},
        {"4\n\n2\n", ":2: a line without a value between values"},
        {"4\n3\n\n\n2\n1\n", ":3: a line without a value between values"},
        {"4 3 2\n", ":1: '4 3 2' is more than one value; a line holds one eigenvalue"},
        {"4,3\n", ":1: '4,3' is more than one value"},
        {"0\n0\n", ":1: '0' stands first; the strongest eigenvalue is a number > 0"},
        {"", ": no eigenvalue in it; they are written one a line"},
        {"# nothing\n\n", ": no eigenvalue in it"},
        {"4\n\x01\xff\n", ":2: '\?\?' is not a finite number"},
        {"4\n11111111111111111111111111111111111111111111111111x\n",
         ":2: '1111111111111111111111111111111111111111...' is not"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        expect_bad(cases[i].text, strlen(cases[i].text), cases[i].want);
    expect_bad("4\n2\0\n", 5, ": not a text file; eigenvalues are written one a line");
}

static void too_long_a_file_is_refused(void **state)
{
    (void)state;
    size_t n = AE_EIGENVALUES_MAX + 1;
    char *text = malloc(2 * n + 1), want[64];
    assert_non_null(text);
    for (size_t i = 0; i < n; i++)
        memcpy(text + 2 * i, "7\n", 2);
    (void)snprintf(want, sizeof want, ":%zu: more than %d eigenvalues", n, (int)AE_EIGENVALUES_MAX);
    expect_bad(text, 2 * n, want);
    struct ae_pool pool = {0};
    struct ae_reals r = {0, NULL};
    write_bytes(text, 2 * n - 2);
    assert_int_equal(ae_eigenvalues_read(path, &pool, &r, NULL), AE_OK);
    assert_true(r.n == n - 1 && r.x[n - 2] == 7.0);
    ae_pool_clear(&pool);
    free(text);
    assert_int_equal(truncate(path, (off_t)AE_EIGENVALUES_MAX_BYTES + 1), 0);
    assert_int_equal(ae_eigenvalues_read(path, &pool, &r, NULL), AE_EARG);
}

static void files_that_are_none(void **state)
{
    (void)state;
    struct ae_pool pool = {0};
    struct ae_reals r;
    struct ae_error err;
    assert_int_equal(ae_eigenvalues_read("/tmp", &pool, &r, &err), AE_EARG);
    assert_string_equal(err.message, "/tmp: a folder; a list of eigenvalues is a file");
    assert_int_equal(ae_eigenvalues_read("/nowhere/r.txt", &pool, &r, &err), AE_EARG);
    assert_string_equal(err.message, "/nowhere/r.txt: cannot be read: No such file or directory");
    assert_int_equal(chmod(path, 0), 0);
    if (geteuid() != 0) {
        assert_int_equal(ae_eigenvalues_read(path, &pool, &r, &err), AE_EARG);
        assert_non_null(strstr(err.message, "Permission denied"));
    }
    assert_int_equal(chmod(path, 0600), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_and_comments),
        cmocka_unit_test(mistakes_are_named_with_their_line),
        cmocka_unit_test(too_long_a_file_is_refused),
        cmocka_unit_test(files_that_are_none),
    };
    return cmocka_run_group_tests(tests, make_place, remove_place);
}
