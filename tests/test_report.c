/* Rows, export, trajectories and output against results folders made up by hand. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aesweep/csv.h"
#include "aesweep/export.h"
#include "aesweep/json.h"
#include "aesweep/rows.h"
#include "aesweep/store.h"
#include "report_store.h"

#define HEAD_PARAMS                                                                                \
    "engine,activation,K,tied,tie_scale,bias,bias_init,rule,lr,lr_decoder,lr_bias,weight_decay,"   \
    "batch,samples,epochs,data,D,spikes,sigma2,alpha,init,start,time,observe,record,tol,"          \
    "integrator,precision,phase_tol,timeout"
#define HEAD_RESULTS                                                                               \
    "status,reason,phase,pmse,pca,excess,learned,found,alignment,converged,escape_1,escape_2,"     \
    "steps,t_end,encoder_scale,decoder_scale,bias_rms,z_score,pmse_train"

static struct ae_results *open_results(const char *dir, bool all)
{
    struct ae_results *results = NULL;
    struct ae_error err = {0};
    if (ae_results_open(&results, dir, all, &err) != AE_OK)
        fail_msg("%s", err.message);
    return results;
}

static struct ae_row row_of(struct ae_results *results, size_t i)
{
    struct ae_row row;
    assert_int_equal(ae_results_row(results, i, &row, NULL), AE_OK);
    return row;
}

/* ---- CSV ---- */

static void test_csv_fields(void **state)
{
    (void)state;
    struct ae_buffer out = {0};
    struct ae_csv csv = {.out = &out};
    ae_csv_text(&csv, "plain");
    ae_csv_text(&csv, "a, \"b\"");
    ae_csv_text(&csv, "two\nlines");
    ae_csv_empty(&csv);
    ae_csv_real(&csv, 0.1);
    ae_csv_real(&csv, 1.0 / 3.0);
    ae_csv_real(&csv, (double)NAN);
    ae_csv_real(&csv, -(double)INFINITY);
    ae_csv_flag(&csv, true);
    ae_csv_count(&csv, UINT64_MAX);
    ae_csv_point(&csv, 0xab);
    ae_csv_end(&csv);
    ae_csv_empty(&csv);
    ae_csv_end(&csv);
    ae_csv_text(&csv, "next");
    ae_csv_end(&csv);
    assert_string_equal(
        out.data, "plain,\"a, \"\"b\"\"\",\"two\nlines\",,0.1,0.3333333333333333,nan,-inf,true,"
                  "18446744073709551615,00000000000000ab\n\nnext\n");
    ae_buffer_clear(&out);
}

/* ---- export ---- */

static const char *const three_points = "name: three\n"
                                        "set: {D: 100, time: 20}\n"
                                        "grid:\n"
                                        "  spikes: [[4, 2.5], [1]]\n"
                                        "  lr: [0.1, 2]\n";

/* Row 0 done, 1 failed, 2 missing, 3 diverged with nothing known. */
static void make_three(size_t i, const struct ae_params *p, struct made *made)
{
    (void)p;
    made->record.summary = summary_in(AE_PHASE_PARTIAL);
    made->record.summary.pmse = 1.0 / 3.0;
    made->record.summary.t_end = 20;
    if (i == 0) {
        made->record.escape[0] = 0.25;
        made->record.escape[1] = (double)INFINITY;
    }
    if (i == 1)
        made->reason = "timeout: late, \"by far\"";
    made->is_skipped = i == 2;
    if (i == 3) {
        double unknown[AE_N_SUMMARY];
        for (size_t k = 0; k < AE_N_SUMMARY; k++)
            unknown[k] = (double)NAN;
        ae_summary_from_reals(unknown, &made->record.summary);
        made->record.summary.diverged = 1;
    }
}

static void test_export_points(void **state)
{
    (void)state;
    char dir[REPORT_PATH], want[4096];
    make_folder(dir);
    fill_folder(dir, three_points, make_three);
    struct ae_results *results = open_results(dir, false);
    struct ae_output out = {0};
    assert_int_equal(ae_export_points(results, &out, NULL), AE_OK);
    (void)snprintf(
        want, sizeof want,
        "point,replicate," HEAD_PARAMS "," HEAD_RESULTS "\n"
        "%016" PRIx64
        ",1,ode,erf,1,false,1,none,0,vanilla,0.1,1,1,0,1,inf,false,spiked,100,\"[4, 2.5]\",1,1,0.1,"
        "none,20,default,curve,1e-08,cvode,double,0.01,none,done,,partial,0.3333333333333333,5,1,0,"
        "1,1,"
        "true,"
        "0.25,inf,100,20,1,1,0,,\n"
        "%016" PRIx64
        ",1,ode,erf,1,false,1,none,0,vanilla,2,1,1,0,1,inf,false,spiked,100,\"[4, 2.5]\",1,1,0.1,"
        "none,20,default,curve,1e-08,cvode,double,0.01,none,failed,\"timeout: late, \"\"by "
        "far\"\"\",,,,,,,,,"
        ",,,20,,,,,\n"
        "%016" PRIx64
        ",1,ode,erf,1,false,1,none,0,vanilla,2,1,1,0,1,inf,false,spiked,100,\"[1]\",1,1,0.1,"
        "none,20,default,curve,1e-08,cvode,double,0.01,none,done,,diverged,nan,nan,nan,nan,nan,nan,"
        "false,"
        "nan,,nan,nan,nan,nan,nan,,\n",
        row_of(results, 0).point, row_of(results, 1).point, row_of(results, 3).point);
    assert_string_equal(out.text.data, want);
    ae_buffer_clear(&out.text);
    ae_results_free(results);
    remove_folder(dir);
}

static void test_export_timing(void **state)
{
    (void)state;
    char dir[REPORT_PATH], want[1024];
    make_folder(dir);
    fill_folder(dir, three_points, make_three);
    struct ae_results *results = open_results(dir, false);
    struct ae_output out = {0};
    assert_int_equal(ae_export_timing(results, &out, NULL), AE_OK);
    (void)snprintf(want, sizeof want,
                   "point,replicate,wall_s,finished_at,rank,host\n"
                   "%016" PRIx64 ",1,0.5,2001-09-09T01:46:40Z,0,\"node, one\"\n"
                   "%016" PRIx64 ",1,1.5,2001-09-09T01:46:41Z,1,two\n"
                   "%016" PRIx64 ",1,3.5,2001-09-09T01:46:43Z,3,two\n",
                   row_of(results, 0).point, row_of(results, 1).point, row_of(results, 3).point);
    assert_string_equal(out.text.data, want);
    ae_buffer_clear(&out.text);
    ae_results_free(results);
    remove_folder(dir);
}

#define JSON_PARAMS(lr, spikes)                                                                    \
    "\"parameters\": {\"engine\": \"ode\", \"activation\": \"erf\", \"K\": 1, \"tied\": false, "   \
    "\"tie_scale\": 1, \"bias\": \"none\", \"bias_init\": 0, \"rule\": \"vanilla\", \"lr\": " lr   \
    ", \"lr_decoder\": 1, \"lr_bias\": 1, \"weight_decay\": 0, \"batch\": 1, "                     \
    "\"samples\": \"inf\", \"epochs\": false, \"data\": \"spiked\", \"D\": 100, "                  \
    "\"spikes\": " spikes                                                                          \
    ", \"sigma2\": 1, \"alpha\": 1, \"init\": 0.1, \"start\": \"none\", \"time\": 20, "            \
    "\"observe\": \"default\", \"record\": \"curve\", \"tol\": 1e-08, \"integrator\": \"cvode\", " \
    "\"precision\": \"double\", \"phase_tol\": 0.01, \"timeout\": \"none\"}, "

static void test_export_json(void **state)
{
    (void)state;
    char dir[REPORT_PATH], want[8192];
    make_folder(dir);
    fill_folder(dir, three_points, make_three);
    struct ae_results *results = open_results(dir, false);
    struct ae_output out = {0};
    assert_int_equal(ae_export_points_json(results, &out, NULL), AE_OK);
    (void)snprintf(
        want, sizeof want,
        "[\n{\"point\": \"%016" PRIx64 "\", \"replicate\": 1, " JSON_PARAMS(
            "0.1",
            "[4, 2.5]") "\"status\": \"done\", \"reason\": \"\", \"results\": {\"phase\": "
                        "\"partial\", "
                        "\"pmse\": 0.3333333333333333, \"pca\": 5, \"excess\": 1, \"learned\": 0, "
                        "\"found\": 1, "
                        "\"alignment\": 1, \"converged\": true, \"escape\": [0.25, \"inf\"], "
                        "\"steps\": 100, "
                        "\"t_end\": 20, \"encoder_scale\": 1, \"decoder_scale\": 1, \"bias_rms\": "
                        "0}},\n"
                        "{\"point\": \"%016" PRIx64 "\", \"replicate\": 1, " JSON_PARAMS(
                            "2",
                            "[4, 2.5]") "\"status\": \"failed\", \"reason\": \"timeout: late, "
                                        "\\\"by far\\\"\", "
                                        "\"results\": {\"t_end\": 20}},\n"
                                        "{\"point\": \"%016" PRIx64
                                        "\", \"replicate\": 1, " JSON_PARAMS(
                                            "2",
                                            "[1]") "\"status\": \"done\", \"reason\": \"\", "
                                                   "\"results\": {\"phase\": \"diverged\", "
                                                   "\"pmse\": \"nan\", \"pca\": \"nan\", "
                                                   "\"excess\": \"nan\", \"learned\": \"nan\", "
                                                   "\"found\": \"nan\", \"alignment\": \"nan\", "
                                                   "\"converged\": false, \"escape\": [\"nan\"], "
                                                   "\"steps\": \"nan\", \"t_end\": \"nan\", "
                                                   "\"encoder_scale\": \"nan\", "
                                                   "\"decoder_scale\": \"nan\", \"bias_rms\": "
                                                   "\"nan\"}}\n]\n",
        row_of(results, 0).point, row_of(results, 1).point, row_of(results, 3).point);
    assert_string_equal(out.text.data, want);
    ae_buffer_rewind(&out.text);
    assert_int_equal(ae_export_timing_json(results, &out, NULL), AE_OK);
    (void)snprintf(want, sizeof want,
                   "[\n{\"point\": \"%016" PRIx64 "\", \"replicate\": 1, \"wall_s\": 0.5, "
                   "\"finished_at\": \"2001-09-09T01:46:40Z\", \"rank\": 0, "
                   "\"host\": \"node, one\"},\n",
                   row_of(results, 0).point);
    assert_int_equal(strncmp(out.text.data, want, strlen(want)), 0);
    ae_buffer_clear(&out.text);
    ae_results_free(results);
    remove_folder(dir);
}

static void test_json_values(void **state)
{
    (void)state;
    const double encoder[] = {1, 0.5, -2, 3e-7}, bias[] = {0, 0.25};
    double flat[32];
    struct ae_start_view view = {.K = 2, .M = 2, .encoder = encoder, .bias = bias};
    assert_true(ae_start_size(&view) <= sizeof flat / sizeof *flat);
    ae_start_flatten(&view, flat);
    struct ae_value start = {.list = {.n = ae_start_size(&view), .x = flat}};
    struct ae_buffer out = {0};
    ae_json_param(AE_PARAM_start, start, &out);
    assert_string_equal(out.data, "{\"encoder\": [[1, 0.5], [-2, 3e-07]], \"bias\": [0, 0.25]}");
    ae_buffer_rewind(&out);
    ae_json_param(AE_PARAM_D, (struct ae_value){.x = (double)INFINITY}, &out);
    ae_json_text("a\tb\\\xe2\x80", &out); /* what is no UTF-8 stays */
    assert_string_equal(out.data, "\"inf\"\"a\\u0009b\\\\\xe2\x80\"");
    ae_buffer_clear(&out);
}

/* ---- rows ---- */

static void make_pca(size_t i, const struct ae_params *p, struct made *made)
{
    (void)i;
    (void)p;
    made->record.summary = summary_in(AE_PHASE_PCA);
}

static void make_nothing(size_t i, const struct ae_params *p, struct made *made)
{
    (void)i;
    (void)p;
    made->is_skipped = true;
}

static void test_replicates_share_what_is_not_random(void **state)
{
    (void)state;
    char dir[REPORT_PATH];
    make_folder(dir);
    fill_folder(dir, "name: fold\nreplicates: 3\nset: {time: 20}\ngrid: {init: [informed, 0.1]}\n",
                make_pca);
    struct ae_results *results = open_results(dir, false);
    assert_int_equal(ae_results_size(results), 6);
    assert_int_equal(ae_results_n_needed(results), 4);
    assert_int_equal(ae_results_n_there(results), 4);
    for (size_t i = 0; i < 6; i++) {
        struct ae_row row = row_of(results, i);
        assert_int_equal(row.state, AE_ROW_DONE);
        assert_int_equal(row.params.replicate, i % 3 + 1);
        assert_int_equal(row.stored_replicate, i < 3 ? 1 : i % 3 + 1);
    }
    ae_results_free(results);
    remove_folder(dir);
}

static void make_less(size_t i, const struct ae_params *p, struct made *made)
{
    make_pca(i, p, made);
    made->level = i == 0 ? AE_RECORD_FINAL : AE_RECORD_FULL;
    made->reason = i == 2 ? "broken" : NULL;
    if (i == 2)
        made->level = AE_RECORD_FINAL;
}

static void test_less_than_asked_for_is_missing(void **state)
{
    (void)state;
    char dir[REPORT_PATH];
    make_folder(dir);
    fill_folder(dir, "name: less\nset: {time: 20, record: curve}\ngrid: {lr: [1, 2, 3]}\n",
                make_less);
    struct ae_results *results = open_results(dir, false);
    assert_int_equal(row_of(results, 0).state, AE_ROW_MISSING);
    assert_int_equal(row_of(results, 1).state, AE_ROW_DONE);
    assert_int_equal(row_of(results, 2).state, AE_ROW_FAILED);
    assert_int_equal(ae_results_n_there(results), 2);
    ae_results_free(results);
    remove_folder(dir);
}

static void test_all_shows_what_the_sweep_left_behind(void **state)
{
    (void)state;
    char dir[REPORT_PATH];
    make_folder(dir);
    fill_folder(
        dir, "name: old\nreplicates: 2\nset: {time: 20}\ngrid: {K: [1, 2], spikes: [[4, 3, 2]]}\n",
        make_pca);
    fill_folder(dir, "name: new\nset: {time: 20, spikes: [4, 3, 2]}\ngrid: {K: [2, 5]}\n",
                make_nothing);
    struct ae_results *results = open_results(dir, false);
    assert_int_equal(ae_results_size(results), 2);
    assert_int_equal(row_of(results, 0).state, AE_ROW_DONE);
    assert_int_equal(row_of(results, 1).state, AE_ROW_MISSING);
    ae_results_free(results);
    results = open_results(dir, true);
    assert_int_equal(ae_results_size(results), 5);
    size_t n_one = 0, n_second = 0;
    for (size_t i = 2; i < 5; i++) {
        struct ae_row row = row_of(results, i);
        uint64_t point = 0;
        assert_int_equal(row.state, AE_ROW_DONE);
        assert_int_equal(row.phase, AE_PHASE_PCA);
        assert_int_equal(row.params.spikes.n, 3);
        assert_int_equal(ae_params_hash(&row.params, &point, NULL), AE_OK);
        assert_true(point == row.point); /* the parameters are those of the point */
        n_one += row.params.K == 1;
        n_second += row.params.replicate == 2;
    }
    assert_int_equal(n_one, 2);
    assert_int_equal(n_second, 2);
    struct ae_extent extent;
    assert_int_equal(ae_results_extent(results, &extent, NULL), AE_OK);
    assert_int_equal(extent.K, 5);
    assert_int_equal(extent.M, 3);
    ae_results_free(results);
    remove_folder(dir);
}

static void test_folders_without_results(void **state)
{
    (void)state;
    static const struct ae_store_columns columns = {AE_N_SUMMARY, ae_summary_names};
    char dir[REPORT_PATH];
    struct ae_results *results = NULL;
    struct ae_store *store = NULL;
    struct ae_error err = {0};
    make_folder(dir);
    assert_int_equal(ae_results_open(&results, dir, false, &err), AE_EARG);
    assert_null(results);
    assert_int_equal(ae_store_open_run(&store, dir, &columns, NULL, &err), AE_OK);
    assert_int_equal(ae_store_close(store, &err), AE_OK);
    assert_int_equal(ae_results_open(&results, dir, false, &err), AE_EARG);
    assert_non_null(strstr(err.message, "no sweep"));
    assert_int_equal(ae_store_open_run(&store, dir, &columns, NULL, &err), AE_OK);
    assert_int_equal(ae_store_set_text(store, "sweep", "name: [", &err), AE_OK);
    assert_int_equal(ae_store_close(store, &err), AE_OK);
    assert_int_equal(ae_results_open(&results, dir, false, &err), AE_EIO);
    assert_null(results);
    remove_folder(dir);
}

/* ---- trajectories ---- */

/* Entry c of row j is 1000 j + c, so that every number says where it came from. */
static void make_ramp(size_t i, const struct ae_params *p, struct made *made)
{
    (void)i;
    (void)p;
    made->record.summary = summary_in(AE_PHASE_PCA);
    for (size_t j = 0; j < made->record.n_times; j++)
        for (size_t c = 0; c < made->record.n_cols; c++)
            made->record.curve[j * made->record.n_cols + c] = (double)(1000 * j + c);
}

static void test_trajectory_columns(void **state)
{
    (void)state;
    char dir[REPORT_PATH], want[4096];
    make_folder(dir);
    fill_folder(dir,
                "name: way\nset: {time: 20}\n"
                "grid: {record: [final, curve, full], K: [1, 2]}\n",
                make_ramp);
    struct ae_results *results = open_results(dir, false);
    struct ae_output out = {0};
    struct ae_expr *where = NULL;
    assert_int_equal(ae_expr_new(&where, "record=full, K=1", NULL), AE_OK);
    assert_int_equal(ae_export_trajectory(results, where, &out, NULL), AE_OK);
    (void)snprintf(
        want, sizeof want,
        "point,replicate,t,pmse,excess,learned,found,residual_1,Q_1_1,Q_1_2,Q_2_2,T_1_1,T_1_2,"
        "T_2_2,R_1_1,R_1_2,R_2_1,R_2_2,b_1,b_2,c_1\n"
        "%016" PRIx64 ",1,0,1,2,3,4,5,6,,,7,,,8,,,,9,,10\n"
        "%016" PRIx64 ",1,1000,1001,1002,1003,1004,1005,1006,,,1007,,,1008,,,,1009,,1010\n",
        row_of(results, 4).point, row_of(results, 4).point);
    assert_string_equal(out.text.data, want);
    ae_buffer_clear(&out.text);
    ae_expr_free(where);
    ae_results_free(results);
    remove_folder(dir);
}

static void test_trajectory_shows_what_the_sweep_asks_for(void **state)
{
    (void)state;
    char dir[REPORT_PATH], want[1024];
    make_folder(dir);
    fill_folder(dir, "name: way\nset: {time: 20, record: full, spikes: [2, 1]}\n", make_ramp);
    fill_folder(dir, "name: way\nset: {time: 20, record: curve, spikes: [2, 1]}\n", make_nothing);
    struct ae_results *results = open_results(dir, false);
    struct ae_output out = {0};
    uint64_t point = row_of(results, 0).point;
    assert_int_equal(ae_export_trajectory(results, NULL, &out, NULL), AE_OK);
    (void)snprintf(want, sizeof want,
                   "point,replicate,t,pmse,excess,learned,found,residual_1,residual_2\n"
                   "%016" PRIx64 ",1,0,1,2,3,4,5,6\n"
                   "%016" PRIx64 ",1,1000,1001,1002,1003,1004,1005,1006\n",
                   point, point);
    assert_string_equal(out.text.data, want);
    ae_buffer_clear(&out.text);
    ae_results_free(results);
    remove_folder(dir);
}

/* ---- output ---- */

static char *read_all(const char *path)
{
    static char text[256];
    FILE *file = fopen(path, "r");
    if (!file)
        return NULL;
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    assert_int_equal(fclose(file), 0);
    return text;
}

static void test_output_appears_when_complete(void **state)
{
    (void)state;
    char dir[REPORT_PATH], path[REPORT_PATH + 16];
    struct ae_output out;
    make_folder(dir);
    (void)snprintf(path, sizeof path, "%s/table.csv", dir);
    assert_int_equal(ae_output_open(&out, path, NULL), AE_OK);
    ae_buffer_text(&out.text, "one\n");
    assert_int_equal(ae_output_flush(&out, NULL), AE_OK);
    assert_int_equal(access(path, F_OK), -1);
    assert_int_equal(ae_output_close(&out, AE_OK, NULL), AE_OK);
    assert_string_equal(read_all(path), "one\n");

    assert_int_equal(ae_output_open(&out, path, NULL), AE_OK);
    ae_buffer_text(&out.text, "two\n");
    assert_int_equal(ae_output_close(&out, AE_EIO, NULL), AE_EIO);
    assert_string_equal(read_all(path), "one\n"); /* a failed report leaves the old file alone */
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0); /* and nothing beside it */
}

static void test_output_to_where_nothing_can_be(void **state)
{
    (void)state;
    struct ae_output out;
    struct ae_error err = {0};
    assert_int_equal(ae_output_open(&out, "/nonexistent/folder/file", &err), AE_EIO);
    assert_int_equal(ae_output_close(&out, AE_EIO, &err), AE_EIO);
    assert_int_equal(ae_output_open(&out, "/dev/full", &err), AE_OK);
    ae_buffer_text(&out.text, "x");
    assert_int_equal(ae_output_close(&out, AE_OK, &err), AE_EIO);
    assert_non_null(strstr(err.message, "/dev/full"));
    assert_int_equal(access("/dev/full", F_OK), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_csv_fields),
        cmocka_unit_test(test_export_points),
        cmocka_unit_test(test_export_timing),
        cmocka_unit_test(test_export_json),
        cmocka_unit_test(test_json_values),
        cmocka_unit_test(test_replicates_share_what_is_not_random),
        cmocka_unit_test(test_less_than_asked_for_is_missing),
        cmocka_unit_test(test_all_shows_what_the_sweep_left_behind),
        cmocka_unit_test(test_folders_without_results),
        cmocka_unit_test(test_trajectory_columns),
        cmocka_unit_test(test_trajectory_shows_what_the_sweep_asks_for),
        cmocka_unit_test(test_output_appears_when_complete),
        cmocka_unit_test(test_output_to_where_nothing_can_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
