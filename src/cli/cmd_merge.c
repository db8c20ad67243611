/* aesweep merge: shards of a sweep, or any folders with its results, made one. */
#include "cli.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "aesweep/merge.h"
#include "aesweep/store.h"

/* A part that is still being written is taken as it is now; that is worth a line. */
static void tell_running(const struct ae_args *args)
{
    for (size_t i = 0; i < args->n_positional; i++) {
        char *who = NULL;
        if (ae_store_running(args->positional[i], &who, NULL) == AE_OK && who)
            (void)fprintf(stderr,
                          "aesweep merge: %s: a run is going on (%s); what it has saved so far is "
                          "taken\n",
                          args->positional[i], who);
        free(who);
    }
}

static enum ae_status merge(const struct ae_args *args, int *exit_code, struct ae_error *err)
{
    const char *dir = ae_args_value(args, "output");
    struct ae_merge_report report = {0};
    if (!dir)
        return ae_fail(err, AE_EARG, "-o DIR is missing: where the merged results go");
    tell_running(args);
    enum ae_status rc = ae_merge(dir, args->n_positional, args->positional,
                                 ae_args_value(args, "sweep"), &report, err);
    if (report.n_different > 0 && report.differences.data)
        (void)fputs(report.differences.data, stderr);
    if (rc == AE_OK) {
        struct ae_buffer text = {0};
        ae_buffer_printf(&text, "%zu results in %s", report.n_results, dir);
        if (report.n_twice > 0)
            ae_buffer_printf(&text, "; %zu were found again in a later part", report.n_twice);
        if (report.n_states > 0)
            ae_buffer_printf(&text, "; %zu unfinished simulation%s can go on", report.n_states,
                             report.n_states == 1 ? "" : "s");
        ae_buffer_text(&text, "\n");
        *exit_code = ae_cli_print("merge", &text);
    }
    ae_buffer_clear(&report.differences);
    return rc;
}

static int merge_main(int argc, char **argv)
{
    return ae_cli_run(&ae_command_merge, argc, argv, merge);
}

static const struct ae_option options[] = {
    {"output", 'o', "DIR", "the new folder; it must not be there yet"},
    {"sweep", 0, "PART", "where the parts hold different sweeps: take that of this part"},
    {0}};

const struct ae_command ae_command_merge = {
    .name = "merge",
    .positional = "PART...",
    .n_min = 1,
    .n_max = SIZE_MAX,
    .summary = "make one results folder of several: shards of one sweep",
    .notes = "The parts stay as they are. A point found twice is one if the results agree bit\n"
             "for bit; the one with more of the way is kept. Done wins over failed. If results\n"
             "differ, they are shown and nothing is merged (exit status 2). A simulation that\n"
             "no part has finished goes on from the state that is furthest on. The new folder\n"
             "appears when it is complete. Results that the sweep does not ask for are kept\n"
             "too (aesweep export --all shows them).\n",
    .options = options,
    .main = merge_main,
};
