/* Results as netCDF arrays, read back through the library itself. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <netcdf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aesweep/arrays.h"
#include "aesweep/record.h"
#include "report_store.h"

enum { PATH = REPORT_PATH + 16, MAX_VALUES = 256 };

/* 2 activations x 3 rates x 2 replicates, but for one excluded corner. */
static const char *const grid = "name: arrays\n"
                                "set: {D: 100, time: 20, K: 2, spikes: [4, 2.5], record: full}\n"
                                "grid:\n"
                                "  activation: [linear, erf]\n"
                                "  lr: [0.1, 1, 10]\n"
                                "exclude:\n"
                                "  - {activation: erf, lr: 10}\n"
                                "replicates: 2\n";

/* Numbers that tell their place: row, time, column. */
static double number_at(size_t i, size_t time, size_t column)
{
    return (double)(1000 * i + 100 * time + column);
}

/* Row 3 failed, row 4 is missing, all others are done with pmse = 1 + row. */
static void make_grid(size_t i, const struct ae_params *p, struct made *made)
{
    (void)p;
    made->level = AE_RECORD_FULL;
    made->record.summary = summary_in(AE_PHASE_PARTIAL);
    made->record.summary.pmse = 1.0 + (double)i;
    made->record.escape[0] = 0.5 * (double)i;
    for (size_t j = 0; j < made->record.n_times; j++) {
        made->record.curve[j * made->record.n_cols] = (double)j;
        for (size_t k = 1; k < made->record.n_cols; k++)
            made->record.curve[j * made->record.n_cols + k] = number_at(i, j, k);
    }
    if (i == 3)
        made->reason = "timeout: late";
    made->is_skipped = i == 4;
}

/* The same, but each row has been observed at times of its own. */
static void make_unlike(size_t i, const struct ae_params *p, struct made *made)
{
    make_grid(i, p, made);
    for (size_t j = 0; j < made->record.n_times; j++)
        made->record.curve[j * made->record.n_cols] = (double)(i + 1) * (double)j;
}

struct scene {
    char dir[REPORT_PATH], path[PATH];
    struct ae_results *results;
    int file;
};

static void begin(struct scene *s, const char *yaml, make_row_fn *make, bool all)
{
    struct ae_error err = {0};
    make_folder(s->dir);
    (void)snprintf(s->path, sizeof s->path, "%s/out.nc", s->dir);
    fill_folder(s->dir, yaml, make);
    if (ae_results_open(&s->results, s->dir, all, &err) != AE_OK)
        fail_msg("%s", err.message);
}

static void end(struct scene *s)
{
    ae_results_free(s->results);
    remove_folder(s->dir);
}

static void open_file(struct scene *s)
{
    assert_int_equal(nc_open(s->path, NC_NOWRITE, &s->file), NC_NOERR);
}

/* The dimensions of a variable as `lr=3 replicate=2`, and the variable's number. */
static int shape_of(const struct scene *s, const char *name, char *text, size_t size)
{
    int var, n, dims[NC_MAX_VAR_DIMS];
    text[0] = '\0';
    assert_int_equal(nc_inq_varid(s->file, name, &var), NC_NOERR);
    assert_int_equal(nc_inq_varndims(s->file, var, &n), NC_NOERR);
    assert_int_equal(nc_inq_vardimid(s->file, var, dims), NC_NOERR);
    for (int k = 0; k < n; k++) {
        char dim[NC_MAX_NAME + 1];
        size_t length, used = strlen(text);
        assert_int_equal(nc_inq_dim(s->file, dims[k], dim, &length), NC_NOERR);
        (void)snprintf(text + used, size - used, "%s%s=%zu", k > 0 ? " " : "", dim, length);
    }
    return var;
}

static void read_numbers(const struct scene *s, const char *name, const char *shape, double *x)
{
    char found[512];
    int var = shape_of(s, name, found, sizeof found);
    assert_string_equal(found, shape);
    assert_int_equal(nc_get_var_double(s->file, var, x), NC_NOERR);
}

/* Texts are characters along a last dimension of their own. */
static void assert_texts(const struct scene *s, const char *name, const char *shape, size_t n,
                         const char *const *want)
{
    char found[512], texts[MAX_VALUES * 32];
    int var = shape_of(s, name, found, sizeof found);
    char *last = strstr(found, " string");
    assert_non_null(last);
    size_t length = strtoul(strchr(last, '=') + 1, NULL, 10);
    *last = '\0';
    assert_string_equal(found, shape);
    assert_true(n * length <= sizeof texts);
    assert_int_equal(nc_get_var_text(s->file, var, texts), NC_NOERR);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(strnlen(texts + i * length, length), strlen(want[i]));
        assert_memory_equal(texts + i * length, want[i], strlen(want[i]));
    }
}

static void assert_attribute(const struct scene *s, int var, const char *name, const char *want)
{
    char text[512] = "";
    size_t n;
    assert_int_equal(nc_inq_attlen(s->file, var, name, &n), NC_NOERR);
    assert_true(n < sizeof text);
    assert_int_equal(nc_get_att_text(s->file, var, name, text), NC_NOERR);
    assert_string_equal(text, want);
}

/* ---- results ---- */

#define CELLS "activation=2 lr=3 replicate=2"
/* The row of the sweep in each place of the grid, -1 for the excluded corner. */
static const int rows[12] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, -1, -1};

static void test_grid(void **state)
{
    (void)state;
    static const char *const words[] = {"linear", "erf"};
    static const double status[] = {3, 3, 3, 2, 1, 3, 3, 3, 3, 3, 0, 0};
    double x[MAX_VALUES];
    char shape[512];
    struct scene s;
    begin(&s, grid, make_grid, false);
    assert_int_equal(ae_arrays_write_points(s.results, s.path, NULL), AE_OK);
    open_file(&s);
    assert_texts(&s, "activation", "activation=2", 2, words);
    read_numbers(&s, "lr", "lr=3", x);
    assert_true(x[0] == 0.1 && x[1] == 1 && x[2] == 10);
    read_numbers(&s, "replicate", "replicate=2", x);
    assert_true(x[0] == 1 && x[1] == 2);
    read_numbers(&s, "K", "", x);
    assert_true(x[0] == 2);
    read_numbers(&s, "status", CELLS, x);
    for (size_t i = 0; i < 12; i++)
        assert_true(x[i] == status[i]);
    read_numbers(&s, "pmse", CELLS, x);
    for (size_t i = 0; i < 12; i++)
        assert_true(status[i] == 3 ? x[i] == 1.0 + rows[i] : isnan(x[i]));
    read_numbers(&s, "phase", CELLS, x);
    for (size_t i = 0; i < 12; i++)
        assert_true(x[i] == (status[i] == 3 ? (double)AE_PHASE_PARTIAL : -1.0));
    read_numbers(&s, "escape", CELLS " component=2", x);
    for (size_t i = 0; i < 12; i++)
        assert_true(status[i] == 3 ? x[2 * i] == 0.5 * rows[i] : isnan(x[2 * i]));
    assert_attribute(&s, shape_of(&s, "phase", shape, sizeof shape), "flag_meanings",
                     "unknown diverged pca distorted partial none");
    assert_attribute(&s, NC_GLOBAL, "title", "arrays: results at the end of each point");
    assert_attribute(&s, NC_GLOBAL, "Conventions", "CF-1.8");
    static const char *const reasons[12] = {"", "", "", "timeout: late", "", "", "", "", "",
                                            "", "", ""};
    assert_texts(&s, "reason", CELLS, 12, reasons);
    assert_int_equal(nc_close(s.file), NC_NOERR);
    end(&s);
}

/* What is no grid is a list of points: here two lines across a plane. */
static void test_list(void **state)
{
    (void)state;
    static const char *const sparse = "name: sparse\n"
                                      "set: {D: 100, time: 20, spikes: [4, 2.5]}\n"
                                      "grid: {lr: [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]}\n"
                                      "---\n"
                                      "grid: {init: [1, 2, 3, 4, 5, 6, 7, 8]}\n";
    double x[MAX_VALUES];
    struct scene s;
    begin(&s, sparse, make_grid, false);
    assert_int_equal(ae_arrays_write_points(s.results, s.path, NULL), AE_OK);
    open_file(&s);
    read_numbers(&s, "pmse", "point=16 replicate=1", x);
    assert_true(x[0] == 1 && x[15] == 16);
    read_numbers(&s, "lr", "point=16", x);
    assert_true(x[1] == 0.2 && x[15] == 1);
    read_numbers(&s, "init", "point=16", x);
    assert_true(x[0] == 0.1 && x[15] == 8);
    read_numbers(&s, "status", "point=16 replicate=1", x);
    assert_true(x[2] == 3 && x[3] == 2 && x[4] == 1);
    assert_int_equal(nc_close(s.file), NC_NOERR);
    end(&s);
}

static void test_timing(void **state)
{
    (void)state;
    double x[MAX_VALUES];
    struct scene s;
    begin(&s, grid, make_grid, false);
    assert_int_equal(ae_arrays_write_timing(s.results, s.path, NULL), AE_OK);
    open_file(&s);
    read_numbers(&s, "wall_s", CELLS, x);
    assert_true(x[0] == 0.5 && x[1] == 1.5 && isnan(x[4]) && isnan(x[11]));
    int var;
    assert_int_equal(nc_inq_varid(s.file, "finished_at", &var), NC_NOERR);
    assert_attribute(&s, var, "units", "seconds since 1970-01-01T00:00:00Z");
    assert_int_equal(nc_close(s.file), NC_NOERR);
    end(&s);
}

/* ---- curves ---- */

static void test_curves(void **state)
{
    (void)state;
    double *x = calloc(1 << 14, sizeof *x);
    assert_non_null(x);
    struct scene s;
    begin(&s, grid, make_grid, false);
    struct ae_row row;
    struct ae_record record;
    assert_int_equal(ae_results_row(s.results, 0, &row, NULL), AE_OK);
    assert_int_equal(ae_results_record(s.results, &row, &record, NULL), AE_OK);
    size_t n = record.n_times;
    ae_record_clear(&record);
    char shape[128], with_units[160];
    (void)snprintf(shape, sizeof shape, CELLS " t=%zu", n);
    assert_int_equal(ae_arrays_write_trajectory(s.results, NULL, s.path, NULL), AE_OK);
    open_file(&s);
    read_numbers(&s, "excess", shape, x); /* column 2 */
    for (size_t i = 0; i < 12; i++)
        for (size_t j = 0; j < n; j++)
            assert_true(i == 3 || i == 4 || i >= 10
                            ? isnan(x[i * n + j])
                            : x[i * n + j] == number_at((size_t)rows[i], j, 2));
    /* t, five scalars with residuals to column 6, then Q_1_1 Q_1_2 Q_2_2, T, R_1_1 ... R_2_2 */
    (void)snprintf(with_units, sizeof with_units, "%s unit=2 other_unit=2", shape);
    read_numbers(&s, "Q", with_units, x);
    for (size_t k = 0; k < 4; k++)
        assert_true(x[4 + k] == number_at(0, 1, k == 0 ? 7 : k == 3 ? 9 : 8));
    read_numbers(&s, "R", with_units, x);
    for (size_t k = 0; k < 4; k++)
        assert_true(x[4 + k] == number_at(0, 1, 13 + k));
    (void)snprintf(with_units, sizeof with_units, "%s component=2", shape);
    read_numbers(&s, "c", with_units, x);
    assert_true(x[0] == number_at(0, 0, 19) && x[1] == number_at(0, 0, 20));
    assert_int_equal(nc_close(s.file), NC_NOERR);
    free(x);
    end(&s);
}

static void test_own_times(void **state)
{
    (void)state;
    double *x = calloc(1 << 14, sizeof *x);
    assert_non_null(x);
    struct scene s;
    begin(&s, grid, make_unlike, false);
    assert_int_equal(ae_arrays_write_trajectory(s.results, NULL, s.path, NULL), AE_OK);
    open_file(&s);
    char shape[128];
    int var = shape_of(&s, "t", shape, sizeof shape);
    assert_non_null(strstr(shape, CELLS " observation="));
    size_t n = strtoul(strrchr(shape, '=') + 1, NULL, 10);
    assert_int_equal(nc_get_var_double(s.file, var, x), NC_NOERR);
    assert_true(x[1] == 1 && x[n + 1] == 2 && isnan(x[3 * n]));
    assert_int_equal(nc_close(s.file), NC_NOERR);
    free(x);
    end(&s);
}

static void test_where(void **state)
{
    (void)state;
    static const char *const words[] = {"erf"};
    char shape[128];
    struct ae_expr *where = NULL;
    struct ae_error err = {0};
    struct scene s;
    begin(&s, grid, make_grid, false);
    assert_int_equal(ae_expr_new(&where, "activation=erf", NULL), AE_OK);
    assert_int_equal(ae_arrays_write_trajectory(s.results, where, s.path, NULL), AE_OK);
    open_file(&s);
    assert_texts(&s, "activation", "activation=1", 1, words);
    (void)shape_of(&s, "lr", shape, sizeof shape);
    assert_string_equal(shape, "lr=2"); /* the third is excluded there */
    assert_int_equal(nc_close(s.file), NC_NOERR);
    ae_expr_free(where);
    assert_int_equal(ae_expr_new(&where, "activation=relu", NULL), AE_OK);
    assert_int_equal(ae_arrays_write_trajectory(s.results, where, s.path, &err), AE_EARG);
    assert_non_null(strstr(err.message, "no point of the sweep fits --where"));
    ae_expr_free(where);
    end(&s);
}

/* ---- failures ---- */

static void test_failures(void **state)
{
    (void)state;
    struct ae_error err = {0};
    char path[PATH + 32];
    struct scene s;
    begin(&s, grid, make_grid, false);
    (void)snprintf(path, sizeof path, "%s/no/such.nc", s.dir);
    assert_int_equal(ae_arrays_write_points(s.results, path, &err), AE_EIO);
    assert_non_null(strstr(err.message, path));
    assert_non_null(strstr(err.message, "No such file"));
    assert_int_equal(ae_arrays_write_points(s.results, "-", &err), AE_EARG);
    /* What is in the way stays, and nothing half-written is left beside it. */
    assert_int_equal(mkdir(s.path, 0777), 0);
    assert_int_equal(ae_arrays_write_points(s.results, s.path, &err), AE_EIO);
    (void)snprintf(path, sizeof path, "%s.%ld.tmp", s.path, (long)getpid());
    assert_int_not_equal(access(path, F_OK), 0);
    assert_int_equal(rmdir(s.path), 0);
    end(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grid),      cmocka_unit_test(test_list),
        cmocka_unit_test(test_timing),    cmocka_unit_test(test_curves),
        cmocka_unit_test(test_own_times), cmocka_unit_test(test_where),
        cmocka_unit_test(test_failures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
