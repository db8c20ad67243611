/* Export of points and timing as JSON: one array, an object and a line for each row. */
#include "aesweep/export.h"

#include <inttypes.h>
#include <math.h>

#include "aesweep/column.h"
#include "aesweep/json.h"
#include "aesweep/spectrum.h"

/* Begins an object in the array that `out` holds. */
static void begin(const struct ae_row *row, bool *is_begun, struct ae_buffer *out)
{
    ae_buffer_printf(out, "%s\n{\"point\": \"%016" PRIx64 "\", \"replicate\": %" PRIu64,
                     *is_begun ? "," : "", row->point, row->params.replicate);
    *is_begun = true;
}

static void write_params(const struct ae_params *params, struct ae_buffer *out)
{
    ae_buffer_text(out, ", \"parameters\": {");
    for (int i = 0; i < AE_N_PARAMS; i++) {
        enum ae_param_id id = (enum ae_param_id)i;
        ae_buffer_printf(out, "%s\"%s\": ", i > 0 ? ", " : "", ae_param_table[i].name);
        ae_json_param(id, ae_param_get(params, id), out);
    }
    ae_buffer_text(out, "}");
}

static void write_value(const struct ae_row *row, const struct ae_record *record,
                        enum ae_column_id id, struct ae_buffer *out)
{
    switch (ae_column_table[id].kind) {
    case AE_COLUMN_PHASE:
        ae_json_text(ae_phase_table[row->phase].word, out);
        break;
    case AE_COLUMN_FLAG:
        ae_buffer_text(out, ae_column_get(id, row) != 0.0 ? "true" : "false");
        break;
    case AE_COLUMN_REAL:
        ae_json_number(ae_column_get(id, row), out);
        break;
    case AE_COLUMN_ESCAPE:
        ae_buffer_text(out, "[");
        for (size_t k = 0; k < record->M; k++) {
            ae_buffer_text(out, k > 0 ? ", " : "");
            ae_json_number(record->escape[k], out);
        }
        ae_buffer_text(out, "]");
        break;
    }
}

/* Eigenvalues that the sweep file does not say: of all data but spiked. */
static enum ae_status write_spectrum(const struct ae_params *p, struct ae_buffer *out,
                                     struct ae_error *err)
{
    struct ae_spectrum spectrum;
    enum ae_status rc = p->data == AE_SPIKED ? AE_OK : ae_spectrum_init(&spectrum, p, err);
    if (rc != AE_OK || p->data == AE_SPIKED)
        return rc;
    ae_buffer_text(out, ", \"r\": [");
    for (size_t k = 0; k < spectrum.M; k++) {
        ae_buffer_text(out, k > 0 ? ", " : "");
        ae_json_number(spectrum.r[k], out);
    }
    ae_buffer_text(out, "]");
    ae_spectrum_clear(&spectrum);
    return AE_OK;
}

/* Of a failed point only the time it reached may be known. */
static void write_results(const struct ae_row *row, const struct ae_record *record,
                          struct ae_buffer *out)
{
    bool is_first = true;
    ae_buffer_text(out, ", \"results\": {");
    for (size_t i = 0; i < AE_N_COLUMNS; i++) {
        bool is_known =
            (row->state == AE_ROW_DONE && ae_column_is_known((enum ae_column_id)i, row)) ||
            (i == AE_COLUMN_ID_t_end && !isnan(row->summary.t_end));
        if (!is_known)
            continue;
        ae_buffer_printf(out, "%s\"%s\": ", is_first ? "" : ", ", ae_column_table[i].name);
        write_value(row, record, (enum ae_column_id)i, out);
        is_first = false;
    }
    ae_buffer_text(out, "}");
}

enum ae_status ae_export_points_json(struct ae_results *results, struct ae_output *out,
                                     struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    bool is_begun = false;
    ae_buffer_text(&out->text, "[");
    for (size_t i = 0; i < ae_results_size(results) && rc == AE_OK; i++) {
        struct ae_row row;
        struct ae_record record = {0};
        rc = ae_results_row(results, i, &row, err);
        if (rc != AE_OK || row.state == AE_ROW_MISSING)
            continue;
        bool is_done = row.state == AE_ROW_DONE;
        if (is_done)
            rc = ae_results_record(results, &row, &record, err);
        if (rc == AE_OK) {
            begin(&row, &is_begun, &out->text);
            write_params(&row.params, &out->text);
            ae_buffer_printf(&out->text,
                             ", \"status\": \"%s\", \"reason\": ", is_done ? "done" : "failed");
            ae_json_text(row.reason, &out->text);
            write_results(&row, &record, &out->text);
            rc = write_spectrum(&row.params, &out->text, err);
            ae_buffer_text(&out->text, "}");
        }
        if (rc == AE_OK)
            rc = ae_output_flush(out, err);
        ae_record_clear(&record);
    }
    ae_buffer_text(&out->text, "\n]\n");
    return rc;
}

enum ae_status ae_export_timing_json(struct ae_results *results, struct ae_output *out,
                                     struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    bool is_begun = false;
    char date[AE_EXPORT_DATE_SIZE];
    ae_buffer_text(&out->text, "[");
    for (size_t i = 0; i < ae_results_size(results) && rc == AE_OK; i++) {
        struct ae_row row;
        rc = ae_results_row(results, i, &row, err);
        if (rc != AE_OK || row.state == AE_ROW_MISSING)
            continue;
        begin(&row, &is_begun, &out->text);
        ae_buffer_text(&out->text, ", \"wall_s\": ");
        ae_json_number(row.wall_s, &out->text);
        ae_buffer_printf(&out->text, ", \"finished_at\": \"%s\", \"rank\": %" PRIu64 ", \"host\": ",
                         ae_export_date(row.finished_at, date), row.rank);
        ae_json_text(row.host, &out->text);
        ae_buffer_text(&out->text, "}");
        rc = ae_output_flush(out, err);
    }
    ae_buffer_text(&out->text, "\n]\n");
    return rc;
}
