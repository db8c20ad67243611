/* aesweep trajectory: the way of every done point. */
#include "cli.h"

#include <stdlib.h>

#include "aesweep/arrays.h"
#include "aesweep/export.h"

enum { CSV, NETCDF };

static enum ae_status write_arrays(const struct ae_args *args, struct ae_results *results,
                                   const struct ae_expr *where, struct ae_error *err)
{
    char *path = NULL;
    enum ae_status rc = ae_cli_choose_file(args, "trajectory.nc", &path, err);
    if (rc == AE_OK)
        rc = ae_arrays_write_trajectory(results, where, path, err);
    if (rc == AE_OK)
        rc = ae_cli_tell_file(path, err);
    free(path);
    return rc;
}

static enum ae_status write_text(const struct ae_args *args, struct ae_results *results,
                                 const struct ae_expr *where, struct ae_error *err)
{
    struct ae_output out = {0};
    enum ae_status rc = ae_output_open(&out, ae_args_value(args, "output"), err);
    if (rc == AE_OK)
        rc = ae_export_trajectory(results, where, &out, err);
    return ae_output_close(&out, rc, err);
}

static enum ae_status trajectory(const struct ae_args *args, int *exit_code, struct ae_error *err)
{
    static const char *const formats[] = {"csv", "netcdf", NULL};
    (void)exit_code;
    struct ae_results *results = NULL;
    struct ae_expr *where = NULL;
    size_t format = CSV;
    const char *condition = ae_args_value(args, "where");
    enum ae_status rc = ae_args_choice(args, "format", formats, &format, err);
    if (rc == AE_OK && condition) {
        rc = ae_expr_new(&where, condition, err);
        if (rc != AE_OK)
            (void)ae_error_prefix(err, "--where");
    }
    if (rc == AE_OK)
        rc = ae_results_open(&results, args->positional[0], false, err);
    if (rc == AE_OK)
        rc = format == NETCDF ? write_arrays(args, results, where, err)
                              : write_text(args, results, where, err);
    ae_results_free(results);
    ae_expr_free(where);
    return rc;
}

static int trajectory_main(int argc, char **argv)
{
    return ae_cli_run(&ae_command_trajectory, argc, argv, trajectory);
}

static const struct ae_option options[] = {
    {"where", 0, "EXPR", "only these points: 'activation=erf, lr<=1, replicate=1'"},
    {"format", 0, "FORMAT", "csv, or netcdf: labelled arrays, t their last dimension"},
    {"output", 'o', "FILE",
     "write to a file instead of standard output (netcdf: DIR/trajectory.nc)"},
    {0}};

const struct ae_command ae_command_trajectory = {
    .name = "trajectory",
    .positional = "DIR",
    .n_min = 1,
    .n_max = 1,
    .summary = "write the learning curves as CSV or netCDF arrays",
    .notes = "Columns: point, replicate, t, pmse, excess, learned, found, residual_1 ...\n"
             "residual_M; with record: full also Q_k_l, T_k_l (k <= l), R_k_l, b_k, c_1 ...\n"
             "c_M.\n",
    .options = options,
    .main = trajectory_main,
};
