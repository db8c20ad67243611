/* What surrounds every command: parsing, the one line that says what went wrong, the exit code. */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int exit_code_of(enum ae_status rc)
{
    switch (rc) {
    case AE_OK:
        return AE_EXIT_DONE;
    case AE_EARG:
        return AE_EXIT_USAGE;
    case AE_ESTOP:
        return AE_EXIT_STOPPED;
    case AE_ENOMEM:
    case AE_EIO:
    case AE_ELOCKED:
    case AE_EMPI:
    case AE_ENUM:
    case AE_ETIMEOUT:
    case AE_EINTERNAL:
        break;
    }
    return AE_EXIT_SYSTEM;
}

int ae_cli_finish(const char *command, enum ae_status rc, const struct ae_error *err)
{
    if (rc != AE_OK)
        (void)fprintf(stderr, "aesweep%s%s: %s\n", command ? " " : "", command ? command : "",
                      err->message);
    return exit_code_of(rc);
}

int ae_cli_run(const struct ae_command *command, int argc, char **argv, ae_command_body *body)
{
    struct ae_error err = {0};
    struct ae_args args;
    int code = AE_EXIT_DONE;
    enum ae_status rc = ae_args_parse(&args, command, argc, argv, &err);
    if (rc == AE_OK)
        rc = body(&args, &code, &err);
    ae_args_clear(&args);
    return rc == AE_OK ? code : ae_cli_finish(command->name, rc, &err);
}

int ae_cli_print(const char *command, struct ae_buffer *text)
{
    struct ae_error err = {0};
    enum ae_status rc = ae_buffer_status(text, &err);
    if (rc == AE_OK &&
        (fwrite(text->data, 1, text->size, stdout) != text->size || fflush(stdout) != 0))
        rc = ae_fail(&err, AE_EIO, "cannot write to standard output: %s", strerror(errno));
    ae_buffer_clear(text);
    return ae_cli_finish(command, rc, &err);
}
