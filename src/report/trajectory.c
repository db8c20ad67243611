/* Export of trajectories: each record's columns are put under the columns of the largest one. */
#include "aesweep/export.h"

#include "aesweep/csv.h"

enum { N_SCALARS = 5 }; /* t pmse excess learned found */

static void name_pairs(struct ae_csv *csv, const char *letter, size_t K, bool is_symmetric)
{
    for (size_t k = 1; k <= K; k++)
        for (size_t l = is_symmetric ? k : 1; l <= K; l++)
            ae_csv_name(csv, "%s_%zu_%zu", letter, k, l);
}

static void head(struct ae_csv *csv, const struct ae_extent *extent)
{
    ae_buffer_text(csv->out, "point,replicate,t,pmse,excess,learned,found");
    csv->is_begun = true;
    for (size_t m = 1; m <= extent->M; m++)
        ae_csv_name(csv, "residual_%zu", m);
    if (extent->level == AE_RECORD_FULL) {
        name_pairs(csv, "Q", extent->K, true);
        name_pairs(csv, "T", extent->K, true);
        name_pairs(csv, "R", extent->K, false);
        for (size_t k = 1; k <= extent->K; k++)
            ae_csv_name(csv, "b_%zu", k);
        for (size_t m = 1; m <= extent->M; m++)
            ae_csv_name(csv, "c_%zu", m);
    }
    ae_csv_end(csv);
}

/* The next n numbers, padded with empty fields to n_all. Returns what follows them. */
static const double *write_vector(struct ae_csv *csv, const double *x, size_t n, size_t n_all)
{
    for (size_t i = 0; i < n_all; i++)
        if (x && i < n)
            ae_csv_real(csv, x[i]);
        else
            ae_csv_empty(csv);
    return x ? x + n : NULL;
}

/* A K x K matrix (symmetric: its upper triangle), padded to K_all x K_all. */
static const double *write_matrix(struct ae_csv *csv, const double *x, size_t K, size_t K_all,
                                  bool is_symmetric)
{
    for (size_t k = 0; k < K_all; k++) {
        size_t first = is_symmetric ? k : 0;
        size_t n = k < K ? K - first : 0;
        x = write_vector(csv, x, n, K_all - first);
    }
    return x;
}

/* `row` is a row of the record's curve. */
static void write_time(struct ae_csv *csv, const struct ae_row *owner,
                       const struct ae_record *record, const double *row,
                       const struct ae_extent *extent)
{
    size_t K = record->K, M = record->M;
    bool is_full = owner->params.record == AE_RECORD_FULL && record->level == AE_RECORD_FULL;
    ae_csv_point(csv, owner->point);
    ae_csv_count(csv, owner->params.replicate);
    const double *at = write_vector(csv, row, N_SCALARS, N_SCALARS);
    at = write_vector(csv, at, M, extent->M);
    if (extent->level == AE_RECORD_FULL) {
        at = is_full ? at : NULL;
        at = write_matrix(csv, at, K, extent->K, true);
        at = write_matrix(csv, at, K, extent->K, true);
        at = write_matrix(csv, at, K, extent->K, false);
        at = write_vector(csv, at, K, extent->K);
        (void)write_vector(csv, at, M, extent->M);
    }
    ae_csv_end(csv);
}

static enum ae_status write_record(struct ae_results *results, struct ae_csv *csv,
                                   const struct ae_row *row, const struct ae_extent *extent,
                                   struct ae_error *err)
{
    struct ae_record record;
    enum ae_status rc = ae_results_record(results, row, &record, err);
    if (rc == AE_OK && (record.K > extent->K || record.M > extent->M))
        rc = ae_fail(err, AE_EIO,
                     "a stored record has %zu units and %zu components, more than its "
                     "parameters say",
                     record.K, record.M);
    /* More may be kept than the sweep asks for; what is shown depends on the sweep alone. */
    bool is_wanted = row->params.record != AE_RECORD_FINAL;
    for (size_t j = 0; rc == AE_OK && is_wanted && j < record.n_times; j++)
        write_time(csv, row, &record, record.curve + j * record.n_cols, extent);
    ae_record_clear(&record);
    return rc;
}

enum ae_status ae_export_trajectory(struct ae_results *results, const struct ae_expr *where,
                                    struct ae_output *out, struct ae_error *err)
{
    struct ae_csv csv = {.out = &out->text};
    struct ae_extent extent;
    enum ae_status rc = ae_results_extent(results, &extent, err);
    if (rc == AE_OK)
        head(&csv, &extent);
    for (size_t i = 0; i < ae_results_size(results) && rc == AE_OK; i++) {
        struct ae_row row;
        rc = ae_results_row(results, i, &row, err);
        if (rc == AE_OK && row.state == AE_ROW_DONE && ae_expr_holds(where, &row.params))
            rc = write_record(results, &csv, &row, &extent, err);
        if (rc == AE_OK)
            rc = ae_output_flush(out, err);
    }
    return rc;
}
