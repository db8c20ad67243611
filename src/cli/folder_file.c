/* Pages, pictures and arrays go into the results folder, and their path is printed. */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum ae_status ae_cli_choose_file(const struct ae_args *args, const char *name, char **path,
                                  struct ae_error *err)
{
    const char *asked = ae_args_value(args, "output"), *dir = args->positional[0];
    size_t n = strlen(dir);
    struct ae_buffer text = {0};
    if (asked)
        ae_buffer_text(&text, asked);
    else
        ae_buffer_printf(&text, "%s%s%s", dir, n > 0 && dir[n - 1] == '/' ? "" : "/", name);
    *path = text.data;
    return ae_buffer_status(&text, err);
}

enum ae_status ae_cli_tell_file(const char *path, struct ae_error *err)
{
    if (printf("%s\n", path) < 0 || fflush(stdout) != 0)
        return ae_fail(err, AE_EIO, "cannot write to standard output: %s", strerror(errno));
    return AE_OK;
}
