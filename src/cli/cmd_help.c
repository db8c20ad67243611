/* Help: of the program, of one command, of one parameter. All lines fit 80 columns. */
#include "cli.h"

#include <string.h>

#include "aesweep/explain.h"
#include "aesweep/params.h"

enum { WIDTH = 80, LABEL = 24, TAB = 12 };

void ae_wrap(const char *text, size_t column, size_t indent, struct ae_buffer *out)
{
    bool is_first = true;
    while (*text) {
        size_t n = strcspn(text, " ");
        if (!is_first && column + 1 + n > WIDTH) {
            ae_buffer_printf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!is_first) {
            ae_buffer_text(out, " ");
            column++;
        }
        ae_buffer_append(out, text, n);
        column += n;
        text += n;
        text += *text == ' ';
        is_first = false;
    }
    ae_buffer_text(out, "\n");
}

/* `  label      text`, the text wrapped in its own column. */
static void entry(const char *label, const char *text, struct ae_buffer *out)
{
    ae_buffer_printf(out, "  %-*s", LABEL - 2, label);
    if (strlen(label) + 3 > LABEL)
        ae_buffer_printf(out, "\n%*s", LABEL, "");
    ae_wrap(text, LABEL, LABEL, out);
}

/* ---- parameters ---- */

/* What it may be: `linear, erf, relu`; `a number > 0, or none`. */
static void describe_values(const struct ae_param_info *info, struct ae_buffer *out)
{
    bool is_number =
        info->type == AE_TYPE_COUNT || info->type == AE_TYPE_SIZE || info->type == AE_TYPE_REAL;
    if (info->type == AE_TYPE_START)
        ae_buffer_text(out, "a mapping, or the name of a file with one");
    else if (info->type == AE_TYPE_REALS)
        ae_buffer_printf(out, "a list, each entry %s", info->range_text);
    else if (is_number)
        ae_buffer_text(out, info->range_text);
    bool is_mixed = is_number || info->type == AE_TYPE_REALS || info->type == AE_TYPE_START;
    for (const struct ae_word *word = info->words; word->text; word++)
        ae_buffer_printf(out, "%s%s",
                         word != info->words ? ", "
                         : is_mixed          ? ", or "
                                             : "",
                         word->text);
    if (info->type == AE_TYPE_DATA)
        ae_buffer_text(out, ", or the name of a file");
}

/* The lines of `text`, each indented; the first one behind `label`. */
static void lines(const char *label, const char *text, struct ae_buffer *out)
{
    ae_buffer_text(out, label);
    for (; *text; text++)
        if (*text == '\n')
            ae_buffer_printf(out, "\n%*s", TAB, "");
        else
            ae_buffer_append(out, text, 1);
    ae_buffer_text(out, "\n");
}

void ae_help_param(int id, struct ae_buffer *out)
{
    const struct ae_param_info *info = &ae_param_table[id];
    const struct ae_explanation *more = ae_explain((enum ae_param_id)id);
    struct ae_buffer values = {0};
    describe_values(info, &values);
    ae_buffer_printf(out, "%s\n\n  ", info->name);
    ae_wrap(info->meaning, 2, 2, out);
    ae_buffer_text(out, "\n  values    ");
    ae_wrap(values.data ? values.data : "", TAB, TAB, out);
    ae_buffer_printf(out, "  default   %s\n", info->default_text);
    if (more && more->acts[0])
        ae_buffer_printf(out, "  acts on   %s\n", more->acts);
    if (more) {
        lines("  equation  ", more->equation, out);
        lines("  example   ", more->example, out);
    }
    ae_buffer_text(
        out, "\nOne value stands under set, an axis under grid. Symbols: w encoder, v decoder,\n"
             "b and c biases, xi input, lambda pre-activation, r_tau variance along the\n"
             "principal component Gamma_tau, eta = lr, l loss; src/physics/README.md has all.\n");
    out->failed = out->failed || values.failed;
    ae_buffer_clear(&values);
}

static void list_params(struct ae_buffer *out)
{
    ae_buffer_text(out, "\nParameters of a sweep file (aesweep help PARAMETER shows one):\n");
    for (int id = 0; id < AE_N_PARAMS; id++) {
        const struct ae_param_info *info = &ae_param_table[id];
        struct ae_buffer text = {0};
        ae_buffer_printf(&text, "%s (", info->meaning);
        describe_values(info, &text);
        ae_buffer_printf(&text, "; default %s)", info->default_text);
        entry(info->name, text.data ? text.data : "", out);
        out->failed = out->failed || text.failed;
        ae_buffer_clear(&text);
    }
}

/* ---- commands ---- */

void ae_help_command(const struct ae_command *command, struct ae_buffer *out)
{
    ae_buffer_printf(out, "Usage: aesweep %s%s%s%s\n\n", command->name,
                     command->positional[0] ? " " : "", command->positional,
                     command->options[0].name ? " [OPTION]..." : "");
    ae_wrap(command->summary, 0, 0, out);
    ae_buffer_text(out, "\n");
    for (const struct ae_option *option = command->options; option->name; option++) {
        struct ae_buffer label = {0};
        if (option->letter)
            ae_buffer_printf(&label, "-%c%s%s, ", option->letter, option->value ? " " : "",
                             option->value ? option->value : "");
        ae_buffer_printf(&label, "--%s%s%s", option->name, option->value ? " " : "",
                         option->value ? option->value : "");
        entry(label.data ? label.data : "", option->meaning, out);
        out->failed = out->failed || label.failed;
        ae_buffer_clear(&label);
    }
    entry("-h, --help", "this text", out);
    if (command->notes[0])
        ae_buffer_printf(out, "\n%s", command->notes);
}

void ae_help_program(struct ae_buffer *out)
{
    ae_buffer_text(out,
                   "Usage: aesweep COMMAND [ARGUMENT]...\n\n"
                   "Maps how shallow autoencoders learn: a sweep file lists points, run computes\n"
                   "them (under mpirun on many cores), tables show their phases.\n\n"
                   "Commands (aesweep COMMAND --help tells more):\n");
    for (size_t i = 0; ae_commands[i]; i++) {
        struct ae_buffer label = {0};
        ae_buffer_printf(&label, "%s %s", ae_commands[i]->name, ae_commands[i]->positional);
        entry(label.data ? label.data : "", ae_commands[i]->summary, out);
        out->failed = out->failed || label.failed;
        ae_buffer_clear(&label);
    }
    ae_buffer_text(out, "  --version             the version of this program\n"
                        "\nExit status:\n"
                        "   0  everything done\n"
                        "   2  bad arguments or sweep file; nothing was run\n"
                        "   3  done, but some points failed\n"
                        "  74  the system failed (disk, lock, MPI); finished work is saved\n"
                        "  75  stopped early; finished work is saved, the same command goes on\n"
                        "\nConditions (--where): activation=erf, lr<=1, K in [1,2]\n"
                        "  the comma means and; = != < <= > >= in; reals match to 1e-9\n");
    list_params(out);
}

/* ---- aesweep help [COMMAND|PARAMETER] ---- */

static enum ae_status fail_topic(const char *topic, struct ae_error *err)
{
    const char *near = ae_param_nearest(topic);
    if (!near)
        near = ae_command_nearest(topic);
    if (near)
        return ae_fail(err, AE_EARG, "no parameter or command '%.60s'; did you mean '%s'?", topic,
                       near);
    return ae_fail(err, AE_EARG, "no parameter or command '%.60s'; try 'aesweep --help'", topic);
}

static enum ae_status help(const struct ae_args *args, int *exit_code, struct ae_error *err)
{
    struct ae_buffer text = {0};
    const char *topic = args->n_positional > 0 ? args->positional[0] : NULL;
    const struct ae_command *command = topic ? ae_command_find(topic) : NULL;
    enum ae_param_id id = topic ? ae_param_find(topic) : AE_N_PARAMS;
    if (command)
        ae_help_command(command, &text);
    else if (id != AE_N_PARAMS)
        ae_help_param((int)id, &text);
    else if (topic)
        return fail_topic(topic, err);
    else
        ae_help_program(&text);
    *exit_code = ae_cli_print("help", &text);
    return AE_OK;
}

static int help_main(int argc, char **argv)
{
    return ae_cli_run(&ae_command_help, argc, argv, help);
}

const struct ae_command ae_command_help = {
    .name = "help",
    .positional = "[PARAMETER|COMMAND]",
    .n_max = 1,
    .summary = "explain one parameter of a sweep file, or one command",
    .notes = "",
    .options = (const struct ae_option[]){{0}},
    .main = help_main,
};
