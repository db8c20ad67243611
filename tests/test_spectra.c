/* Eigenvalues in a results folder: kept once, found again by the parameters of a point, taken over
 * by another folder, missed where they are not there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "aesweep/spectra.h"

static const struct ae_store_columns columns = {0, NULL};
static const char text[] = "set: {D: 3, time: 5}\n"
                           "grid: {data: [{eigenvalues: [4, 2, 0.1]}, power, {file: 'a b.txt', "
                           "eigenvalues: [3, 1e-300, 0]}], K: [1, 2]}\n";

struct fixture {
    char dir[2][64];
    struct ae_store *store[2];
    struct ae_sweep *sweep;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    for (size_t i = 0; i < 2; i++) {
        strcpy(f->dir[i], "/tmp/test_spectra.XXXXXX");
        assert_non_null(mkdtemp(f->dir[i]));
        assert_int_equal(ae_store_open_run(&f->store[i], f->dir[i], &columns, NULL, NULL), AE_OK);
    }
    assert_int_equal(ae_sweep_read_text(&f->sweep, text, strlen(text), "f", NULL), AE_OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < 2; i++)
        ae_store_discard(f->store[i]);
    for (size_t i = 0; i < 2; i++)
        (void)rmdir(f->dir[i]);
    ae_sweep_free(f->sweep);
    free(f);
    return 0;
}

/* Every point of the sweep comes back from its text. */
static void expect_all_points(struct fixture *f, struct ae_store *store)
{
    for (size_t i = 0; i < ae_sweep_n_points(f->sweep); i++) {
        struct ae_params want, got;
        struct ae_sweep *one = NULL;
        struct ae_buffer params = {0}, again = {0};
        struct ae_error err = {.message = ""};
        uint64_t hash_want = 0, hash_got = 1;
        ae_sweep_point(f->sweep, i, 1, &want);
        ae_params_format(&want, &params);
        assert_true(params.size < 600); /* whatever is in the list */
        if (ae_spectra_read_point(store, &one, params.data, want.seed, &err) != AE_OK)
            fail_msg("%s", err.message);
        ae_sweep_point(one, 0, 1, &got);
        assert_int_equal(ae_params_hash(&want, &hash_want, NULL), AE_OK);
        assert_int_equal(ae_params_hash(&got, &hash_got, NULL), AE_OK);
        assert_true(hash_want == hash_got);
        ae_params_format(&got, &again);
        assert_string_equal(again.data, params.data);
        ae_buffer_clear(&params);
        ae_buffer_clear(&again);
        ae_sweep_free(one);
    }
}

static enum ae_status count_text(void *ctx, const char *name, const char *list,
                                 struct ae_error *err)
{
    size_t *n = ctx;
    assert_true(strncmp(name, "eigenvalues ", 12) == 0 && strlen(name) == 28);
    assert_true(list[0] == '[');
    return ++*n > 2 ? ae_fail(err, AE_EINTERNAL, "enough") : AE_OK;
}

static size_t n_texts(struct ae_store *store)
{
    size_t n = 0;
    assert_int_equal(ae_store_each_text(store, "eigenvalues ", count_text, &n, NULL), AE_OK);
    return n;
}

static void lists_are_kept_once(void **state)
{
    struct fixture *f = *state;
    for (size_t again = 0; again < 2; again++) {
        assert_int_equal(ae_spectra_keep(f->sweep, f->store[0], NULL), AE_OK);
        assert_int_equal(ae_store_commit(f->store[0], NULL), AE_OK);
        assert_int_equal(n_texts(f->store[0]), 2);
    }
    expect_all_points(f, f->store[0]);
}

static void another_folder_takes_them_over(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(ae_spectra_keep(f->sweep, f->store[0], NULL), AE_OK);
    assert_int_equal(ae_store_set_text(f->store[0], "eigenvalue", "other", NULL), AE_OK);
    assert_int_equal(ae_store_commit(f->store[0], NULL), AE_OK);
    assert_int_equal(ae_spectra_take(f->store[0], f->store[1], NULL), AE_OK);
    assert_int_equal(ae_store_commit(f->store[1], NULL), AE_OK);
    assert_int_equal(n_texts(f->store[1]), 2);
    expect_all_points(f, f->store[1]);
}

static void what_is_missing_is_said(void **state)
{
    struct fixture *f = *state;
    struct ae_sweep *one = NULL;
    struct ae_error err;
    const char *params = "{D: 3, data: {file: r.txt, eigenvalues: @0123456789abcdef}, K: 1}";
    assert_int_equal(ae_spectra_read_point(f->store[0], &one, params, 1, &err), AE_EIO);
    assert_string_equal(err.message, "the eigenvalues 0123456789abcdef are not in the folder");
    assert_null(one);
    /* no name of a list */
    params = "{D: 3, data: {eigenvalues: @xyz}}";
    assert_int_equal(ae_spectra_read_point(f->store[0], &one, params, 1, &err), AE_EARG);
    /* a walk that is ended */
    for (char name[] = "eigenvalues 000000000000000a"; name[27] <= 'd'; name[27]++)
        assert_int_equal(ae_store_set_text(f->store[0], name, "[1]", NULL), AE_OK);
    assert_int_equal(ae_store_commit(f->store[0], NULL), AE_OK);
    size_t n = 0;
    assert_int_equal(ae_store_each_text(f->store[0], "eigenvalues ", count_text, &n, NULL),
                     AE_EINTERNAL);
    assert_int_equal(n, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(lists_are_kept_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_folder_takes_them_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_missing_is_said, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
