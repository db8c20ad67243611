/* aesweep table: one value over the grid. */
#include "cli.h"

#include <stdlib.h>
#include <unistd.h>

#include "aesweep/boundary.h"
#include "aesweep/number.h"
#include "aesweep/table.h"

enum { DEFAULT_WIDTH = 80, MAX_WIDTH = 400 };

/* The terminal's width if the table goes there, else 80. */
static size_t text_width(const char *path)
{
    const char *columns = getenv("COLUMNS");
    double n = 0.0;
    bool is_terminal = !path && isatty(STDOUT_FILENO);
    if (!is_terminal || !columns || !ae_number_parse(columns, &n) || !(n >= 1 && n <= MAX_WIDTH))
        return DEFAULT_WIDTH;
    return (size_t)n;
}

static enum ae_status make_and_write(const struct ae_args *args, struct ae_results *results,
                                     const struct ae_expr *where, size_t format,
                                     struct ae_error *err)
{
    const char *path = ae_args_value(args, "output");
    struct ae_table_spec spec = {.value = ae_args_value(args, "value"),
                                 .rows = ae_args_value(args, "rows"),
                                 .cols = ae_args_value(args, "cols"),
                                 .reduce = ae_args_value(args, "reduce"),
                                 .over = ae_args_value(args, "over"),
                                 .where = where};
    struct ae_table table = {0};
    struct ae_output out = {0};
    enum ae_status rc =
        ae_args_has(args, "boundary") ? AE_OK : ae_table_make(&table, results, &spec, err);
    if (rc == AE_OK)
        rc = ae_output_open(&out, path, err);
    if (rc == AE_OK && ae_args_has(args, "boundary"))
        rc = ae_boundary_write(results, &spec, (enum ae_table_format)format, &out, err);
    else if (rc == AE_OK)
        rc = ae_table_write(&table, (enum ae_table_format)format, text_width(path), &out, err);
    rc = ae_output_close(&out, rc, err);
    ae_table_clear(&table);
    return rc;
}

static enum ae_status check_boundary(const struct ae_args *args, struct ae_error *err)
{
    static const char *const of_cells[] = {"value", "reduce", "over", NULL};
    for (size_t i = 0; of_cells[i] && ae_args_has(args, "boundary"); i++)
        if (ae_args_has(args, of_cells[i]))
            return ae_fail(err, AE_EARG,
                           "--boundary shows where the phase changes; it goes without --%s",
                           of_cells[i]);
    return AE_OK;
}

static enum ae_status table(const struct ae_args *args, int *exit_code, struct ae_error *err)
{
    (void)exit_code;
    struct ae_results *results = NULL;
    struct ae_expr *where = NULL;
    size_t format = AE_TABLE_text;
    const char *condition = ae_args_value(args, "where");
    enum ae_status rc = ae_args_choice(args, "format", ae_table_format_names, &format, err);
    if (rc == AE_OK)
        rc = check_boundary(args, err);
    if (rc == AE_OK && condition) {
        rc = ae_expr_new(&where, condition, err);
        if (rc != AE_OK)
            (void)ae_error_prefix(err, "--where");
    }
    if (rc == AE_OK)
        rc = ae_results_open(&results, args->positional[0], false, err);
    if (rc == AE_OK)
        rc = make_and_write(args, results, where, format, err);
    ae_results_free(results);
    ae_expr_free(where);
    return rc;
}

static int table_main(int argc, char **argv)
{
    return ae_cli_run(&ae_command_table, argc, argv, table);
}

static const struct ae_option options[] = {
    {"value", 0, "VALUE", "what to show: phase, excess, escape_1, ... (see below)"},
    {"rows", 0, "PARAMETER", "the axis that runs down"},
    {"cols", 0, "PARAMETER", "the axis that runs across; the other axes become panels"},
    {"where", 0, "EXPR", "only these points: 'activation=erf, lr<=1'"},
    {"reduce", 0, "HOW",
     "over replicates: median, mean, min, max, std, count or iqr; a phase is the "
     "majority, ties are mixed; fractions: the share of each phase"},
    {"over", 0, "PARAMETERS", "reduce over these axes too: --over init,D"},
    {"boundary", 0, NULL,
     "where the phase changes along the columns (default: the refined axis), as intervals between "
     "neighbouring points; text, csv or json"},
    {"format", 0, "FORMAT", "text, csv, markdown, latex or json"},
    {"output", 'o', "FILE", "write to a file instead of standard output"},
    {0}};

const struct ae_command ae_command_table = {
    .name = "table",
    .positional = "DIR",
    .n_min = 1,
    .n_max = 1,
    .summary = "show one value over the grid: a phase diagram, or numbers",
    .notes = "Defaults are those under table: in the sweep file; else value phase, columns the\n"
             "last axis with more than one value, rows the one before. Points that refine has\n"
             "added stand between the columns; --boundary counts them in.\n\n"
             "Values: phase, pmse, pca, excess, learned, found, alignment, converged (0 or 1),\n"
             "escape_1 ... escape_M, steps, t_end, encoder_scale, decoder_scale, bias_rms,\n"
             "z_score (of sgd against ode), pmse_train.\n"
             "inf sorts last; nan is left out and counted. LaTeX wants the package booktabs.\n",
    .options = options,
    .main = table_main,
};
