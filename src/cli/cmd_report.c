/* aesweep report: one HTML page. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

#include "aesweep/output.h"
#include "aesweep/report.h"

static enum ae_status write_page(const char *dir, const char *path, struct ae_error *err)
{
    struct ae_results *results = NULL;
    struct ae_output out = {0};
    enum ae_status rc = ae_results_open(&results, dir, false, err);
    if (rc == AE_OK)
        rc = ae_output_open(&out, path, err);
    if (rc == AE_OK)
        rc = ae_report_write(results, &out, err);
    rc = ae_output_close(&out, rc, err);
    ae_results_free(results);
    return rc;
}

static enum ae_status report(const struct ae_args *args, int *exit_code, struct ae_error *err)
{
    char *path = NULL;
    (void)exit_code;
    enum ae_status rc = ae_cli_choose_file(args, "report.html", &path, err);
    if (rc == AE_OK)
        rc = write_page(args->positional[0], path, err);
    if (rc == AE_OK && strcmp(path, "-") != 0)
        rc = ae_cli_tell_file(path, err);
    free(path);
    return rc;
}

static int report_main(int argc, char **argv)
{
    return ae_cli_run(&ae_command_report, argc, argv, report);
}

static const struct ae_option options[] = {
    {"output", 'o', "FILE", "the page (default DIR/report.html; - for standard output)"}, {0}};

const struct ae_command ae_command_report = {
    .name = "report",
    .positional = "DIR",
    .n_min = 1,
    .n_max = 1,
    .summary = "write one HTML page: phase diagrams, every point with its learning curve",
    .notes = "The page needs no network and no server: open it from disk, send it, print it.\n"
             "It shows the diagrams of all values, and of every cell the parameters, results\n"
             "and learning curves, by pointer, touch or keyboard; also how, when and where the\n"
             "sweep was run. Of 100 000 points it takes less than 20 MB: curves are rounded to\n"
             "0.06 %, and where there are many points fewer times are kept, as the page says.\n",
    .options = options,
    .main = report_main,
};
