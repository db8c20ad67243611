/* The one list of commands. */
#include "cli.h"

#include <string.h>

#include "aesweep/params.h"

const struct ae_command *const ae_commands[] = {&ae_command_run,        &ae_command_plan,
                                                &ae_command_status,     &ae_command_table,
                                                &ae_command_plot,       &ae_command_report,
                                                &ae_command_trajectory, &ae_command_export,
                                                &ae_command_merge,      &ae_command_retry,
                                                &ae_command_verify,     &ae_command_schema,
                                                &ae_command_help,       NULL};

const struct ae_command *ae_command_find(const char *name)
{
    for (size_t i = 0; ae_commands[i]; i++)
        if (strcmp(ae_commands[i]->name, name) == 0)
            return ae_commands[i];
    return NULL;
}

const char *ae_command_nearest(const char *name)
{
    const char *names[sizeof ae_commands / sizeof *ae_commands];
    size_t n = 0;
    for (; ae_commands[n]; n++)
        names[n] = ae_commands[n]->name;
    names[n] = NULL;
    return ae_nearest(name, names);
}
