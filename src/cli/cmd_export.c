/* aesweep export: every stored point as CSV, JSON or netCDF. */
#include "cli.h"

#include <stdlib.h>

#include "aesweep/arrays.h"
#include "aesweep/export.h"

typedef enum ae_status export_fn(struct ae_results *results, struct ae_output *out,
                                 struct ae_error *err);

enum { CSV, NETCDF = 2 };

static enum ae_status export_arrays(const struct ae_args *args, struct ae_results *results,
                                    bool is_timing, struct ae_error *err)
{
    char *path = NULL;
    enum ae_status rc = ae_cli_choose_file(args, is_timing ? "timing.nc" : "export.nc", &path, err);
    if (rc == AE_OK)
        rc = is_timing ? ae_arrays_write_timing(results, path, err)
                       : ae_arrays_write_points(results, path, err);
    if (rc == AE_OK)
        rc = ae_cli_tell_file(path, err);
    free(path);
    return rc;
}

static enum ae_status export_text(const struct ae_args *args, struct ae_results *results,
                                  export_fn *write, struct ae_error *err)
{
    struct ae_output out = {0};
    enum ae_status rc = ae_output_open(&out, ae_args_value(args, "output"), err);
    if (rc == AE_OK)
        rc = write(results, &out, err);
    return ae_output_close(&out, rc, err);
}

static enum ae_status export_rows(const struct ae_args *args, int *exit_code, struct ae_error *err)
{
    static const char *const formats[] = {"csv", "json", "netcdf", NULL};
    static export_fn *const writers[][2] = {{ae_export_points, ae_export_timing},
                                            {ae_export_points_json, ae_export_timing_json}};
    static const char *const whats[] = {"points", "timing", NULL};
    (void)exit_code;
    struct ae_results *results = NULL;
    size_t format = CSV, what = 0;
    enum ae_status rc = ae_args_choice(args, "format", formats, &format, err);
    if (rc == AE_OK)
        rc = ae_args_choice(args, "what", whats, &what, err);
    if (rc == AE_OK)
        rc = ae_results_open(&results, args->positional[0], ae_args_has(args, "all"), err);
    if (rc == AE_OK)
        rc = format == NETCDF ? export_arrays(args, results, what == 1, err)
                              : export_text(args, results, writers[format][what], err);
    ae_results_free(results);
    return rc;
}

static int export_main(int argc, char **argv)
{
    return ae_cli_run(&ae_command_export, argc, argv, export_rows);
}

static const struct ae_option options[] = {
    {"format", 0, "FORMAT",
     "csv; json (one array, a line a point; nan and inf are texts); netcdf (labelled arrays with a "
     "dimension for each axis)"},
    {"what", 0, "WHAT",
     "points: parameters and results (the default); timing: wall time, date, rank "
     "and host of each point"},
    {"all", 0, NULL,
     "everything stored, also points that the sweep no longer has (after the others)"},
    {"output", 'o', "FILE", "write to a file instead of standard output (netcdf: DIR/export.nc)"},
    {0}};

const struct ae_command ae_command_export = {
    .name = "export",
    .positional = "DIR",
    .n_min = 1,
    .n_max = 1,
    .summary = "write all results as CSV, JSON or netCDF arrays",
    .notes = "Points not computed yet are left out. Columns: point, replicate, the parameters,\n"
             "status, reason, phase, pmse, pca, excess, learned, found, alignment, converged,\n"
             "escape_1 ... escape_M, steps, t_end, encoder_scale, decoder_scale, bias_rms.\n"
             "netCDF has the points that are missing, too: status tells. The path is printed.\n"
             "Points that do not lie on a grid are one dimension, point.\n",
    .options = options,
    .main = export_main,
};
