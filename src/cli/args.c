/* Arguments of one command, taken apart by its table of options. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

#include "aesweep/params.h"

enum { MAX_OPTIONS = 32 };

static const struct ae_option *find_option(const struct ae_command *command, const char *name,
                                           size_t n)
{
    for (const struct ae_option *option = command->options; option->name; option++)
        if (strncmp(option->name, name, n) == 0 && option->name[n] == '\0')
            return option;
    return NULL;
}

static const struct ae_option *find_letter(const struct ae_command *command, char letter)
{
    for (const struct ae_option *option = command->options; option->name; option++)
        if (option->letter != 0 && option->letter == letter)
            return option;
    return NULL;
}

/* `text` is the argument as it was given, `name` (n characters) what it might have meant. */
static enum ae_status fail_unknown(const struct ae_command *command, const char *name, size_t n,
                                   struct ae_error *err)
{
    const char *names[MAX_OPTIONS + 2];
    size_t n_names = 0;
    for (const struct ae_option *option = command->options; option->name; option++)
        if (n_names < MAX_OPTIONS)
            names[n_names++] = option->name;
    names[n_names++] = "help";
    names[n_names] = NULL;
    char *copy = ae_text_copy(name, n);
    if (!copy)
        return ae_fail_memory(err, n);
    const char *near = ae_nearest(copy, names);
    if (near)
        ae_fail(err, AE_EARG, "unknown option '--%.60s'; did you mean '--%s'?", copy, near);
    else
        ae_fail(err, AE_EARG, "unknown option '--%.60s'; try 'aesweep %s --help'", copy,
                command->name);
    free(copy);
    return AE_EARG;
}

static void give(struct ae_args *args, const struct ae_option *option, const char *value)
{
    args->given[args->n_given++] = (struct ae_given){.option = option, .value = value};
}

/* Takes the option at argv[*i]; *i moves on to the last argument that belongs to it. */
static enum ae_status take_long(struct ae_args *args, int argc, char **argv, int *i,
                                struct ae_error *err)
{
    const char *name = argv[*i] + 2, *equals = strchr(name, '=');
    size_t n = equals ? (size_t)(equals - name) : strlen(name);
    const struct ae_option *option = find_option(args->command, name, n);
    if (!option)
        return fail_unknown(args->command, name, n, err);
    if (!option->value && equals)
        return ae_fail(err, AE_EARG, "--%s takes no value, but '%.60s' was given", option->name,
                       equals + 1);
    if (option->value && !equals && *i + 1 >= argc)
        return ae_fail(err, AE_EARG, "--%s needs a value: --%s %s", option->name, option->name,
                       option->value);
    if (!option->value)
        give(args, option, NULL);
    else
        give(args, option, equals ? equals + 1 : argv[++*i]);
    return AE_OK;
}

static enum ae_status take_short(struct ae_args *args, int argc, char **argv, int *i,
                                 struct ae_error *err)
{
    const char *text = argv[*i];
    const struct ae_option *option = find_letter(args->command, text[1]);
    const struct ae_option *meant = find_option(args->command, text + 1, strlen(text + 1));
    if (meant)
        return ae_fail(err, AE_EARG, "unknown option '%.60s'; did you mean '--%s'?", text,
                       meant->name);
    if (!option)
        return ae_fail(err, AE_EARG, "unknown option '%.60s'; try 'aesweep %s --help'", text,
                       args->command->name);
    bool is_joined = text[2] != '\0';
    if (!option->value && is_joined)
        return ae_fail(err, AE_EARG, "-%c takes no value, but '%.60s' was given", option->letter,
                       text + 2);
    if (option->value && !is_joined && *i + 1 >= argc)
        return ae_fail(err, AE_EARG, "-%c needs a value: -%c %s", option->letter, option->letter,
                       option->value);
    if (!option->value)
        give(args, option, NULL);
    else
        give(args, option, is_joined ? text + 2 : argv[++*i]);
    return AE_OK;
}

static enum ae_status check_positional(const struct ae_args *args, struct ae_error *err)
{
    const struct ae_command *command = args->command;
    if (args->n_positional < command->n_min)
        return ae_fail(err, AE_EARG, "%s is missing; usage: aesweep %s %s", command->positional,
                       command->name, command->positional);
    if (args->n_positional > command->n_max)
        return ae_fail(err, AE_EARG, "unexpected argument '%.60s'; usage: aesweep %s%s%s",
                       args->positional[command->n_max], command->name,
                       command->positional[0] ? " " : "", command->positional);
    return AE_OK;
}

enum ae_status ae_args_parse(struct ae_args *args, const struct ae_command *command, int argc,
                             char **argv, struct ae_error *err)
{
    *args = (struct ae_args){.command = command};
    size_t n = argc > 0 ? (size_t)argc : 1;
    args->given = ae_calloc(n, 1, sizeof *args->given);
    args->positional = ae_calloc(n, 1, sizeof *args->positional);
    if (!args->given || !args->positional)
        return ae_fail_memory(err, n * sizeof *args->given);
    enum ae_status rc = AE_OK;
    bool is_ended = false;
    for (int i = 1; i < argc && rc == AE_OK; i++) {
        const char *text = argv[i];
        if (is_ended || text[0] != '-' || text[1] == '\0')
            args->positional[args->n_positional++] = text;
        else if (strcmp(text, "--") == 0)
            is_ended = true;
        else if (text[1] == '-')
            rc = take_long(args, argc, argv, &i, err);
        else
            rc = take_short(args, argc, argv, &i, err);
    }
    return rc == AE_OK ? check_positional(args, err) : rc;
}

void ae_args_clear(struct ae_args *args)
{
    free(args->given);
    free(args->positional);
    *args = (struct ae_args){.command = args->command};
}

bool ae_args_has(const struct ae_args *args, const char *name)
{
    for (size_t i = 0; i < args->n_given; i++)
        if (strcmp(args->given[i].option->name, name) == 0)
            return true;
    return false;
}

const char *ae_args_value(const struct ae_args *args, const char *name)
{
    for (size_t i = args->n_given; i-- > 0;)
        if (strcmp(args->given[i].option->name, name) == 0)
            return args->given[i].value;
    return NULL;
}

const char *ae_args_nth(const struct ae_args *args, const char *name, size_t i)
{
    for (size_t j = 0; j < args->n_given; j++)
        if (strcmp(args->given[j].option->name, name) == 0 && i-- == 0)
            return args->given[j].value;
    return NULL;
}

enum ae_status ae_args_choice(const struct ae_args *args, const char *name,
                              const char *const *names, size_t *choice, struct ae_error *err)
{
    const char *value = ae_args_value(args, name);
    if (!value)
        return AE_OK;
    for (size_t i = 0; names[i]; i++)
        if (strcmp(names[i], value) == 0) {
            *choice = i;
            return AE_OK;
        }
    struct ae_buffer allowed = {0};
    for (size_t i = 0; names[i]; i++)
        ae_buffer_printf(&allowed, "%s%s", i > 0 ? ", " : "", names[i]);
    const char *near = ae_nearest(value, names);
    ae_fail(err, AE_EARG, "--%s: '%.60s' is not allowed; allowed: %s%s%s%s", name, value,
            allowed.data ? allowed.data : "", near ? "; did you mean '" : "", near ? near : "",
            near ? "'?" : "");
    ae_buffer_clear(&allowed);
    return AE_EARG;
}
