/* What run and plan share: the sweep file, settings, selection and folder of the command line. */
#include "cli.h"

#include <stdlib.h>

enum ae_status ae_cli_read_sweep(const struct ae_args *args, struct ae_sweep **sweep,
                                 struct ae_selection *selection, struct ae_error *err)
{
    size_t n = 0;
    *sweep = NULL;
    const char **settings = ae_calloc(args->n_given, 1, sizeof *settings);
    if (!settings)
        return ae_fail_memory(err, args->n_given * sizeof *settings);
    for (const char *text; (text = ae_args_nth(args, "set", n));)
        settings[n++] = text;
    enum ae_status rc = ae_selection_init(selection, ae_args_value(args, "only"),
                                          ae_args_value(args, "shard"), err);
    if (rc == AE_OK)
        rc = ae_sweep_read_set(sweep, args->positional[0], n, settings, err);
    free(settings);
    return rc;
}

enum ae_status ae_cli_choose_dir(const struct ae_args *args, const struct ae_sweep *sweep,
                                 const struct ae_selection *selection, char **dir,
                                 struct ae_error *err)
{
    struct ae_buffer name = {0};
    const char *given = ae_args_value(args, "output");
    if (given && given[0] == '\0')
        return ae_fail(err, AE_EARG, "--output: the name of the results folder is empty");
    if (given)
        ae_buffer_text(&name, given);
    else
        ae_buffer_printf(&name, "results/%s", ae_sweep_name(sweep));
    if (!given && selection->n_shards > 0)
        ae_buffer_printf(&name, "-%zu-of-%zu", (size_t)selection->shard,
                         (size_t)selection->n_shards);
    *dir = name.data;
    return ae_buffer_status(&name, err);
}
