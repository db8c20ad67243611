/* aesweep schema: the JSON Schema of sweep files, for editors. */
#include "cli.h"

#include "aesweep/schema.h"

static enum ae_status schema(const struct ae_args *args, int *exit_code, struct ae_error *err)
{
    struct ae_buffer text = {0};
    (void)args, (void)err;
    ae_schema_write(&text);
    *exit_code = ae_cli_print("schema", &text);
    return AE_OK;
}

static int schema_main(int argc, char **argv)
{
    return ae_cli_run(&ae_command_schema, argc, argv, schema);
}

const struct ae_command ae_command_schema = {
    .name = "schema",
    .positional = "",
    .summary = "print the JSON Schema of sweep files, with which editors complete and check them",
    .notes = "For editors with a YAML language server: aesweep schema > sweep.schema.json, and\n"
             "as first line of a sweep file\n"
             "  # yaml-language-server: $schema=sweep.schema.json\n",
    .options = (const struct ae_option[]){{0}},
    .main = schema_main,
};
