/* aesweep: from the command line to a command. */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include <gsl/gsl_errno.h>

#include "cli.h"

static int show_version(void)
{
    struct ae_buffer text = {0};
    ae_buffer_text(&text, "aesweep " AE_VERSION "\n");
    return ae_cli_print(NULL, &text);
}

static int show_help(const struct ae_command *command)
{
    struct ae_buffer text = {0};
    if (command)
        ae_help_command(command, &text);
    else
        ae_help_program(&text);
    return ae_cli_print(NULL, &text);
}

/* Is one of these words among the arguments, before a `--`? */
static bool asks_for(int argc, char **argv, const char *word, const char *short_word)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], word) == 0 || (short_word && strcmp(argv[i], short_word) == 0))
            return true;
    return false;
}

static int fail_unknown(const char *name)
{
    struct ae_error err = {0};
    const char *near = ae_command_nearest(name);
    bool is_option = name[0] == '-';
    if (near && !is_option)
        (void)ae_fail(&err, AE_EARG, "unknown command '%.60s'; did you mean '%s'?", name, near);
    else
        (void)ae_fail(&err, AE_EARG, "unknown %s '%.60s'; try 'aesweep --help'",
                      is_option ? "option" : "command", name);
    return ae_cli_finish(NULL, AE_EARG, &err);
}

static int fail_nothing(void)
{
    struct ae_error err = {0};
    (void)ae_fail(&err, AE_EARG, "a command is missing; try 'aesweep --help'");
    return ae_cli_finish(NULL, AE_EARG, &err);
}

int main(int argc, char **argv)
{
    (void)gsl_set_error_handler_off();
    if (argc < 2)
        return fail_nothing();
    const struct ae_command *command = ae_command_find(argv[1]);
    /* A reader that leaves early (| head) ends us quietly, also where the parent ignores SIGPIPE. What
     * runs under mpirun leaves this to MPI. */
    if (command != &ae_command_run && command != &ae_command_verify)
        (void)signal(SIGPIPE, SIG_DFL);
    if (!command && (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0))
        return show_help(NULL);
    if (!command && strcmp(argv[1], "--version") == 0)
        return show_version();
    if (!command)
        return fail_unknown(argv[1]);
    if (asks_for(argc - 1, argv + 1, "--help", "-h"))
        return show_help(command);
    if (asks_for(argc - 1, argv + 1, "--version", NULL))
        return show_version();
    return command->main(argc - 1, argv + 1);
}
