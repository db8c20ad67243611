#ifndef AESWEEP_CLI_H
#define AESWEEP_CLI_H

/*
 * The command line: one struct ae_command for each subcommand, in its own file. The same table
 * drives parsing, messages and --help.
 */

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "aesweep/error.h"
#include "aesweep/journal.h"
#include "aesweep/memory.h"
#include "aesweep/selection.h"
#include "aesweep/sweep.h"

/* What the program returns; a promise to scripts. */
enum ae_exit {
    AE_EXIT_DONE = 0,
    AE_EXIT_USAGE = 2,   /* bad arguments or sweep file; nothing was run */
    AE_EXIT_FAILED = 3,  /* done, but some points failed */
    AE_EXIT_SYSTEM = 74, /* the system failed; finished work is saved */
    AE_EXIT_STOPPED = 75 /* stopped early, or not all done; the same command goes on */
};

struct ae_option {
    const char *name;    /* without its dashes */
    char letter;         /* the o of -o; 0 if there is none */
    const char *value;   /* what the help calls its value; NULL: a flag */
    const char *meaning; /* for the help */
};

struct ae_command {
    const char *name;
    const char *positional; /* what stands beside the options: "DIR"; "" if nothing may */
    size_t n_min, n_max;    /* how many of them */
    const char *summary;    /* one line for the list of commands */
    const char *notes;      /* further text of its help, paragraphs ended by newlines; may be "" */
    const struct ae_option *options;    /* ended by name NULL */
    int (*main)(int argc, char **argv); /* argv[0] is the command's name; returns an ae_exit */
};

extern const struct ae_command ae_command_run; /* cmd_run.c */
extern const struct ae_command ae_command_plan;
extern const struct ae_command ae_command_status;
extern const struct ae_command ae_command_table;
extern const struct ae_command ae_command_plot;
extern const struct ae_command ae_command_report;
extern const struct ae_command ae_command_export;
extern const struct ae_command ae_command_trajectory;
extern const struct ae_command ae_command_merge;
extern const struct ae_command ae_command_retry;
extern const struct ae_command ae_command_verify;
extern const struct ae_command ae_command_schema;
extern const struct ae_command ae_command_help;

/* All commands in the order of the help, ended by NULL. */
extern const struct ae_command *const ae_commands[];
/* NULL if there is none of that name. */
const struct ae_command *ae_command_find(const char *name);
/* The name of the command most like `name`, or NULL. */
const char *ae_command_nearest(const char *name);

int ae_cmd_run(int argc, char **argv);

/* ---- arguments: args.c ---- */

struct ae_given {
    const struct ae_option *option;
    const char *value; /* NULL for a flag; a view into argv */
};

struct ae_args {
    const struct ae_command *command;
    size_t n_given, n_positional;
    struct ae_given *given; /* in the order of the command line */
    const char **positional;
};

/*
 * Takes argv apart: `--name VALUE`, `--name=VALUE`, `-o VALUE`, `-oVALUE`, flags, and positional
 * arguments in between; after `--` all are positional. AE_EARG names what is wrong and the nearest
 * option; AE_ENOMEM. ae_args_clear in any case.
 */
enum ae_status ae_args_parse(struct ae_args *args, const struct ae_command *command, int argc,
                             char **argv, struct ae_error *err);
void ae_args_clear(struct ae_args *args);

bool ae_args_has(const struct ae_args *args, const char *name);
/* The value of an option, the last one if it was given several times; NULL if it was not given. */
const char *ae_args_value(const struct ae_args *args, const char *name);
/* Value i = 0, 1, ... of an option that may be repeated; NULL beyond the last. */
const char *ae_args_nth(const struct ae_args *args, const char *name, size_t i);
/* Which of `names` (ended by NULL) the value of an option is. *choice is left alone if the option
 * was not given. AE_OK, or AE_EARG that lists what is allowed and names the nearest. */
enum ae_status ae_args_choice(const struct ae_args *args, const char *name,
                              const char *const *names, size_t *choice, struct ae_error *err);

/* ---- a sweep on the command line: sweep_args.c ---- */

/* Options of run and plan, for their tables. */
#define AE_SWEEP_OPTIONS                                                                           \
    {"set", 0, "NAME=VALUE",                                                                       \
     "replace a parameter's value or axis, seed or replicates; VALUE is YAML (repeatable)"},       \
        {"only", 0, "EXPR", "only points for which this holds, such as 'activation=erf, K<=2'"},   \
    {                                                                                              \
        "shard", 0, "I/N", "only part I of N; its default folder is results/NAME-I-of-N"           \
    }

/* Reads the sweep file with its settings, and what of it is chosen. ae_sweep_free and
 * ae_selection_clear in any case. */
enum ae_status ae_cli_read_sweep(const struct ae_args *args, struct ae_sweep **sweep,
                                 struct ae_selection *selection, struct ae_error *err);
/* The results folder; free() it in any case. */
enum ae_status ae_cli_choose_dir(const struct ae_args *args, const struct ae_sweep *sweep,
                                 const struct ae_selection *selection, char **dir,
                                 struct ae_error *err);

/* ---- what a run leaves of itself: run_journal.c ---- */

struct ae_run_journal {
    char *before; /* the lines of earlier runs */
    struct ae_buffer command;
    char host[256];
    struct ae_journal_entry entry; /* views into the above */
};
/* Notes in the store that a run begins; argv[0] is `run`. AE_EIO, AE_ENOMEM; ae_run_journal_clear
 * in any case. */
enum ae_status ae_run_journal_begin(struct ae_run_journal *journal, struct ae_store *store,
                                    int argc, char *const *argv, size_t n_ranks,
                                    struct ae_error *err);
/* Notes its end; a run that computed nothing leaves no line. */
enum ae_status ae_run_journal_end(struct ae_run_journal *journal, struct ae_store *store,
                                  size_t n_new, struct ae_error *err);
void ae_run_journal_clear(struct ae_run_journal *journal);

/* ---- options of run: run_options.c ---- */

/* The options of run that say how it goes: limit_s, checkpoint_s and max_lost of the rules. Looks
 * at the clock and at SLURM_JOB_END_TIME. AE_OK or AE_EARG. */
struct ae_campaign_rules;
enum ae_status ae_run_options(const struct ae_args *args, struct ae_campaign_rules *rules,
                              struct ae_error *err);

/* `90`, `90s`, `1.5h`, `1h30m`, `2d`: seconds; false if the text is no duration. */
bool ae_duration_read(const char *text, double *seconds);
/* `2026-11-24T08:00`, with seconds, or the date alone, or `08:00`, the next one after `now`: local
 * time, in seconds since 1970. False if the text is no time. */
bool ae_time_read(const char *text, time_t now, time_t *out);

/* ---- pages, pictures and arrays: folder_file.c ---- */

/* Where they go: -o, or FOLDER/NAME. free() it in any case. */
enum ae_status ae_cli_choose_file(const struct ae_args *args, const char *name, char **path,
                                  struct ae_error *err);
/* Says on standard output where the file is. */
enum ae_status ae_cli_tell_file(const char *path, struct ae_error *err);

/* ---- around a command: exit.c, cmd_help.c ---- */

/* The body of a command; *exit_code is AE_EXIT_DONE on entry and counts if AE_OK is returned. */
typedef enum ae_status ae_command_body(const struct ae_args *args, int *exit_code,
                                       struct ae_error *err);
/* Parses the arguments, runs the body, says on stderr what went wrong; returns the exit code. */
int ae_cli_run(const struct ae_command *command, int argc, char **argv, ae_command_body *body);

/* Prints `aesweep COMMAND: MESSAGE` on stderr if rc is not AE_OK (command may be NULL), and returns
 * the exit code that belongs to rc. */
int ae_cli_finish(const char *command, enum ae_status rc, const struct ae_error *err);

/* The help of one command, of a parameter, or of the program. */
void ae_help_command(const struct ae_command *command, struct ae_buffer *out);
void ae_help_param(int id, struct ae_buffer *out);
void ae_help_program(struct ae_buffer *out);
/* Appends words of `text`, wrapped to 80 columns; `column` is where the line stands now, later
 * lines begin at `indent`. Ends the line. */
void ae_wrap(const char *text, size_t column, size_t indent, struct ae_buffer *out);
/* Writes the text to standard output and returns the exit code. */
int ae_cli_print(const char *command, struct ae_buffer *text);

#endif
