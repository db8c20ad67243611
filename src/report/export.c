/* Export of points and timing as CSV. */
#include "aesweep/export.h"

#include <math.h>
#include <stdio.h>
#include <time.h>

#include "aesweep/column.h"
#include "aesweep/csv.h"
#include "aesweep/spectrum.h"

static void head(struct ae_csv *csv, const struct ae_extent *extent)
{
    size_t n_escapes = extent->M;
    ae_csv_text(csv, "point");
    ae_csv_text(csv, "replicate");
    for (int id = 0; id < AE_N_PARAMS; id++)
        ae_csv_text(csv, ae_param_table[id].name);
    ae_csv_text(csv, "status");
    ae_csv_text(csv, "reason");
    for (size_t i = 0; i < AE_N_COLUMNS; i++) {
        if (ae_column_table[i].kind != AE_COLUMN_ESCAPE) {
            ae_csv_text(csv, ae_column_table[i].name);
            continue;
        }
        for (size_t k = 1; k <= n_escapes; k++)
            ae_csv_name(csv, "%s_%zu", ae_column_table[i].name, k);
    }
    for (size_t k = 1; extent->has_spectra && k <= extent->M; k++)
        ae_csv_name(csv, "r_%zu", k);
    ae_csv_end(csv);
}

static void write_escapes(struct ae_csv *csv, const struct ae_record *record, size_t n_escapes)
{
    for (size_t k = 0; k < n_escapes; k++)
        if (k < record->M)
            ae_csv_real(csv, record->escape[k]);
        else
            ae_csv_empty(csv);
}

/* The result columns of a row; `record` is empty if it failed. */
static void write_values(struct ae_csv *csv, const struct ae_row *row,
                         const struct ae_record *record, size_t n_escapes)
{
    bool is_done = row->state == AE_ROW_DONE;
    for (size_t i = 0; i < AE_N_COLUMNS; i++) {
        enum ae_column_id id = (enum ae_column_id)i;
        enum ae_column_kind kind = ae_column_table[i].kind;
        bool is_known = (is_done && ae_column_is_known(id, row)) ||
                        (id == AE_COLUMN_ID_t_end && !isnan(row->summary.t_end));
        if (kind == AE_COLUMN_ESCAPE)
            write_escapes(csv, record, n_escapes);
        else if (!is_known)
            ae_csv_empty(csv);
        else if (kind == AE_COLUMN_PHASE)
            ae_csv_text(csv, ae_phase_table[row->phase].word);
        else if (kind == AE_COLUMN_FLAG)
            ae_csv_flag(csv, ae_column_get(id, row) != 0.0);
        else
            ae_csv_real(csv, ae_column_get(id, row));
    }
}

static enum ae_status write_eigenvalues(struct ae_csv *csv, const struct ae_params *p, size_t n,
                                        struct ae_error *err)
{
    struct ae_spectrum spectrum;
    enum ae_status rc = ae_spectrum_init(&spectrum, p, err);
    for (size_t k = 0; rc == AE_OK && k < n; k++)
        if (k < spectrum.M)
            ae_csv_real(csv, spectrum.r[k]);
        else
            ae_csv_empty(csv);
    ae_spectrum_clear(&spectrum);
    return rc;
}

static enum ae_status write_point(struct ae_results *results, struct ae_csv *csv,
                                  const struct ae_row *row, const struct ae_extent *extent,
                                  struct ae_error *err)
{
    struct ae_record record = {0};
    bool is_done = row->state == AE_ROW_DONE;
    enum ae_status rc = is_done ? ae_results_record(results, row, &record, err) : AE_OK;
    if (rc == AE_OK) {
        ae_csv_point(csv, row->point);
        ae_csv_count(csv, row->params.replicate);
        for (int i = 0; i < AE_N_PARAMS; i++) {
            enum ae_param_id id = (enum ae_param_id)i;
            ae_csv_param(csv, id, ae_param_get(&row->params, id));
        }
        ae_csv_text(csv, is_done ? "done" : "failed");
        ae_csv_text(csv, row->reason);
        write_values(csv, row, &record, extent->M);
        if (extent->has_spectra)
            rc = write_eigenvalues(csv, &row->params, extent->M, err);
        ae_csv_end(csv);
    }
    ae_record_clear(&record);
    return rc;
}

enum ae_status ae_export_points(struct ae_results *results, struct ae_output *out,
                                struct ae_error *err)
{
    struct ae_csv csv = {.out = &out->text};
    struct ae_extent extent;
    enum ae_status rc = ae_results_extent(results, &extent, err);
    if (rc == AE_OK)
        head(&csv, &extent);
    for (size_t i = 0; i < ae_results_size(results) && rc == AE_OK; i++) {
        struct ae_row row;
        rc = ae_results_row(results, i, &row, err);
        if (rc == AE_OK && row.state != AE_ROW_MISSING)
            rc = write_point(results, &csv, &row, &extent, err);
        if (rc == AE_OK)
            rc = ae_output_flush(out, err);
    }
    return rc;
}

char *ae_export_date(double seconds, char text[AE_EXPORT_DATE_SIZE])
{
    struct tm date;
    time_t time = isfinite(seconds) && fabs(seconds) < 1e11 ? (time_t)floor(seconds) : 0;
    text[0] = '\0';
    if (isfinite(seconds) && gmtime_r(&time, &date))
        (void)strftime(text, AE_EXPORT_DATE_SIZE, "%Y-%m-%dT%H:%M:%SZ", &date);
    return text;
}

enum ae_status ae_export_timing(struct ae_results *results, struct ae_output *out,
                                struct ae_error *err)
{
    struct ae_csv csv = {.out = &out->text};
    enum ae_status rc = AE_OK;
    char date[AE_EXPORT_DATE_SIZE];
    ae_buffer_text(&out->text, "point,replicate,wall_s,finished_at,rank,host\n");
    for (size_t i = 0; i < ae_results_size(results) && rc == AE_OK; i++) {
        struct ae_row row;
        rc = ae_results_row(results, i, &row, err);
        if (rc != AE_OK || row.state == AE_ROW_MISSING)
            continue;
        ae_csv_point(&csv, row.point);
        ae_csv_count(&csv, row.params.replicate);
        ae_csv_real(&csv, row.wall_s);
        ae_csv_text(&csv, ae_export_date(row.finished_at, date));
        ae_csv_count(&csv, row.rank);
        ae_csv_text(&csv, row.host);
        ae_csv_end(&csv);
        rc = ae_output_flush(out, err);
    }
    return rc;
}
