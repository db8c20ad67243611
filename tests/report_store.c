/* Made-up results folders. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "report_store.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aesweep/memory.h"
#include "aesweep/store.h"

void make_folder(char path[REPORT_PATH])
{
    const char *base = getenv("TMPDIR");
    (void)snprintf(path, REPORT_PATH, "%s/aesweep-report-XXXXXX", base && *base ? base : "/tmp");
    assert_non_null(mkdtemp(path));
}

void remove_folder(const char *path)
{
    DIR *dir = opendir(path);
    assert_non_null(dir);
    for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            assert_int_equal(unlinkat(dirfd(dir), entry->d_name, 0), 0);
    assert_int_equal(closedir(dir), 0);
    assert_int_equal(rmdir(path), 0);
}

static void put_row(struct ae_store *store, const struct ae_params *p, size_t i,
                    const struct made *made)
{
    struct ae_error err = {0};
    struct ae_buffer params = {0}, extra = {0};
    double numbers[AE_N_SUMMARY];
    ae_params_format(p, &params);
    ae_summary_to_reals(&made->record.summary, numbers);
    if (!made->reason)
        ae_record_pack(&made->record, &extra);
    struct ae_store_row row = {.replicate = ae_params_stored_replicate(p),
                               .state = made->reason ? AE_STORE_FAILED : AE_STORE_DONE,
                               .reason = made->reason ? made->reason : "",
                               .params = params.data,
                               .level = made->level,
                               .numbers = numbers,
                               .extra = ae_buffer_bytes(&extra),
                               .wall_s = 0.5 + (double)i,
                               .finished_at = 1e9 + (double)i,
                               .rank = i,
                               .host = i % 2 == 0 ? "node, one" : "two"};
    assert_int_equal(ae_params_hash(p, &row.point, &err), AE_OK);
    assert_int_equal(ae_store_put(store, &row, &err), AE_OK);
    ae_buffer_clear(&params);
    ae_buffer_clear(&extra);
}

void fill_folder(const char *path, const char *yaml, make_row_fn *make)
{
    static const struct ae_store_columns columns = {AE_N_SUMMARY, ae_summary_names};
    struct ae_error err = {0};
    struct ae_sweep *sweep = NULL;
    struct ae_store *store = NULL;
    struct ae_buffer text = {0};
    if (ae_sweep_read_text(&sweep, yaml, strlen(yaml), "test.yaml", &err) != AE_OK)
        fail_msg("%s", err.message);
    assert_int_equal(ae_store_open_run(&store, path, &columns, NULL, &err), AE_OK);
    ae_sweep_format(sweep, &text);
    assert_int_equal(ae_store_set_text(store, "sweep", text.data, &err), AE_OK);
    size_t n_rep = ae_sweep_n_replicates(sweep);
    for (size_t i = 0; i < ae_sweep_n_points(sweep) * n_rep; i++) {
        struct ae_params p;
        struct made made = {0};
        ae_sweep_point(sweep, i / n_rep, i % n_rep + 1, &p);
        assert_int_equal(
            ae_record_init(&made.record, (enum ae_record_level)p.record, p.K, p.spikes.n, 2, &err),
            AE_OK);
        made.level = p.record;
        make(i, &p, &made);
        if (!made.is_skipped)
            put_row(store, &p, i, &made);
        ae_record_clear(&made.record);
    }
    assert_int_equal(ae_store_close(store, &err), AE_OK);
    ae_buffer_clear(&text);
    ae_sweep_free(sweep);
}

/* One round: what follows from what is there; returns how many rows were missing. */
static size_t fill_missing(const char *path, make_row_fn *make)
{
    static const struct ae_store_columns columns = {AE_N_SUMMARY, ae_summary_names};
    struct ae_error err = {0};
    struct ae_results *results = NULL;
    struct ae_store *store = NULL;
    size_t n = 0;
    assert_int_equal(ae_results_open(&results, path, false, &err), AE_OK);
    assert_int_equal(ae_store_open_run(&store, path, &columns, NULL, &err), AE_OK);
    size_t end = ae_results_size(results);
    for (size_t i = end - ae_results_n_added(results); i < end; i++) {
        struct ae_row row;
        struct made made = {0};
        assert_int_equal(ae_results_row(results, i, &row, &err), AE_OK);
        const struct ae_params *p = &row.params;
        if (row.state != AE_ROW_MISSING)
            continue;
        assert_int_equal(ae_record_init(&made.record, (enum ae_record_level)p->record, p->K,
                                        p->spikes.n, 2, &err),
                         AE_OK);
        made.level = p->record;
        make(i, p, &made);
        if (!made.is_skipped)
            put_row(store, p, i, &made);
        n += !made.is_skipped;
        ae_record_clear(&made.record);
    }
    assert_int_equal(ae_store_close(store, &err), AE_OK);
    ae_results_free(results);
    return n;
}

void fill_added(const char *path, make_row_fn *make)
{
    while (fill_missing(path, make) > 0)
        ;
}

struct ae_summary summary_in(enum ae_phase phase)
{
    struct ae_summary s = {.pmse_0 = 12,
                           .pmse = 6,
                           .pca_0 = 10,
                           .pca = 5,
                           .excess = 1,
                           .drift = 0,
                           .n_main = 2,
                           .steps = 100,
                           .t_end = 20,
                           .alignment = 1,
                           .encoder_scale = 1,
                           .decoder_scale = 1,
                           .bias_rms = 0,
                           .pmse_train = (double)NAN};
    s.diverged = phase == AE_PHASE_DIVERGED;
    if (phase == AE_PHASE_PCA)
        s.excess = 0.01;
    s.learned = phase == AE_PHASE_PCA || phase == AE_PHASE_DISTORTED ? 2 : 0;
    s.found = phase == AE_PHASE_NONE ? 0 : phase == AE_PHASE_PARTIAL ? 1 : 2;
    return s;
}
