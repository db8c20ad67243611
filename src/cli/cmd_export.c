/* aesweep export: every stored point as CSV or JSON. */
#include "cli.h"

#include "aesweep/export.h"

typedef enum ae_status export_fn(struct ae_results *results, struct ae_output *out,
                                 struct ae_error *err);

static enum ae_status export_rows(const struct ae_args *args, int *exit_code, struct ae_error *err)
{
    static const char *const formats[] = {"csv", "json", NULL};
    static export_fn *const writers[][2] = {{ae_export_points, ae_export_timing},
                                            {ae_export_points_json, ae_export_timing_json}};
    static const char *const whats[] = {"points", "timing", NULL};
    (void)exit_code;
    struct ae_results *results = NULL;
    struct ae_output out = {0};
    size_t format = 0, what = 0;
    enum ae_status rc = ae_args_choice(args, "format", formats, &format, err);
    if (rc == AE_OK)
        rc = ae_args_choice(args, "what", whats, &what, err);
    if (rc == AE_OK)
        rc = ae_results_open(&results, args->positional[0], ae_args_has(args, "all"), err);
    if (rc == AE_OK)
        rc = ae_output_open(&out, ae_args_value(args, "output"), err);
    if (rc == AE_OK)
        rc = writers[format][what](results, &out, err);
    rc = ae_output_close(&out, rc, err);
    ae_results_free(results);
    return rc;
}

static int export_main(int argc, char **argv)
{
    return ae_cli_run(&ae_command_export, argc, argv, export_rows);
}

static const struct ae_option options[] = {
    {"format", 0, "FORMAT", "csv or json (one array, a line a point; nan and inf are texts)"},
    {"what", 0, "WHAT",
     "points: parameters and results (the default); timing: wall time, date, rank "
     "and host of each point"},
    {"all", 0, NULL,
     "everything stored, also points that the sweep no longer has (after the others)"},
    {"output", 'o', "FILE", "write to a file instead of standard output"},
    {0}};

const struct ae_command ae_command_export = {
    .name = "export",
    .positional = "DIR",
    .n_min = 1,
    .n_max = 1,
    .summary = "write all results as CSV or JSON, one line a point and replicate",
    .notes = "Points not computed yet are left out. Columns: point, replicate, the parameters,\n"
             "status, reason, phase, pmse, pca, excess, learned, found, alignment, converged,\n"
             "escape_1 ... escape_M, steps, t_end, encoder_scale, decoder_scale, bias_rms.\n",
    .options = options,
    .main = export_main,
};
