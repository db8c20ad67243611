/* aesweep plot: heat maps and learning curves, drawn by gnuplot. */
#include "cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aesweep/gnuplot.h"
#include "aesweep/output.h"
#include "aesweep/plot.h"

/* Where everything goes: DIR/plot.png beside DIR/plot.gp and DIR/plot.dat. */
struct target {
    enum ae_plot_format format;
    char *dir;                                 /* folder of all */
    char *picture, *script, *data, *temporary; /* names within it */
};

static void target_clear(struct target *t)
{
    free(t->dir);
    free(t->picture);
    free(t->script);
    free(t->data);
    free(t->temporary);
}

/* `stem` (n characters) and an ending; NULL if there is no memory. */
static char *name_of(const char *stem, size_t n, const char *ending)
{
    struct ae_buffer name = {0};
    ae_buffer_append(&name, stem, n);
    ae_buffer_text(&name, ending);
    if (name.failed)
        ae_buffer_clear(&name);
    return name.data;
}

/* The ending of a file's name without its dot; "" if there is none. */
static const char *ending_of(const char *file)
{
    const char *dot = strrchr(file, '.');
    return dot && dot != file ? dot + 1 : "";
}

/* --format; else what -o ends with; else png. */
static enum ae_status choose_format(const struct ae_args *args, const char *file,
                                    enum ae_plot_format *format, struct ae_error *err)
{
    size_t choice = AE_PLOT_png;
    for (size_t i = 0; file && i < AE_N_PLOT_FORMATS; i++)
        if (strcmp(ending_of(file), ae_plot_format_names[i]) == 0)
            choice = i;
    enum ae_status rc = ae_args_choice(args, "format", ae_plot_format_names, &choice, err);
    *format = (enum ae_plot_format)choice;
    return rc;
}

static enum ae_status target_init(struct target *t, const struct ae_args *args,
                                  struct ae_error *err)
{
    *t = (struct target){0};
    const char *path = ae_args_value(args, "output");
    const char *slash = path ? strrchr(path, '/') : NULL;
    const char *file = slash ? slash + 1 : path;
    if (path && (file[0] == '\0' || strcmp(path, "-") == 0))
        return ae_fail(err, AE_EARG, "-o '%.60s': name a file; its script and data go beside it",
                       path);
    enum ae_status rc = choose_format(args, file, &t->format, err);
    if (rc != AE_OK)
        return rc;
    char ending[16], temporary[48];
    (void)snprintf(ending, sizeof ending, ".%s", ae_plot_format_names[t->format]);
    (void)snprintf(temporary, sizeof temporary, ".%ld.tmp", (long)getpid());
    const char *stem = file ? file : ae_args_has(args, "curves") ? "curves" : "plot";
    const char *dir = args->positional[0];
    bool is_own = strcmp(ending_of(stem), ending + 1) == 0; /* fig.png: fig.gp, not fig.png.gp */
    size_t n = strlen(stem) - (is_own ? strlen(ending) : 0);
    if (path)
        t->dir = slash ? name_of(path, (size_t)(slash - path) + 1, "") : name_of(".", 1, "");
    else
        t->dir = name_of(dir, strlen(dir), "");
    t->picture = path ? name_of(file, strlen(file), "") : name_of(stem, n, ending);
    t->script = name_of(stem, n, ".gp");
    t->data = name_of(stem, n, ".dat");
    t->temporary = name_of(stem, n, temporary);
    bool is_good = t->dir && t->picture && t->script && t->data && t->temporary;
    return is_good ? AE_OK : ae_fail_memory(err, strlen(stem));
}

/* DIR/NAME; the picture's own path as the user gave it. */
static void join(const struct target *t, const char *name, struct ae_buffer *path)
{
    bool is_here = strcmp(t->dir, ".") == 0;
    size_t n = strlen(t->dir);
    ae_buffer_rewind(path);
    ae_buffer_printf(path, "%s%s%s", is_here ? "" : t->dir,
                     is_here || (n > 0 && t->dir[n - 1] == '/') ? "" : "/", name);
}

static enum ae_status save(const struct target *t, const char *name, struct ae_buffer *text,
                           struct ae_error *err)
{
    struct ae_buffer path = {0};
    struct ae_output out = {0};
    join(t, name, &path);
    enum ae_status rc = ae_buffer_status(&path, err);
    if (rc == AE_OK)
        rc = ae_output_open(&out, path.data, err);
    if (rc == AE_OK)
        ae_buffer_append(&out.text, text->data, text->size);
    rc = ae_output_close(&out, rc, err);
    ae_buffer_clear(&path);
    return rc;
}

/* The picture appears when it is complete, and its path is printed. */
static enum ae_status draw(const struct target *t, const char *program, struct ae_error *err)
{
    struct ae_buffer temporary = {0}, picture = {0};
    join(t, t->temporary, &temporary);
    join(t, t->picture, &picture);
    enum ae_status rc = ae_buffer_status(&temporary, err);
    if (rc == AE_OK)
        rc = ae_buffer_status(&picture, err);
    if (rc == AE_OK)
        rc = ae_gnuplot_run(program, t->dir, t->script, t->temporary, err);
    if (rc == AE_OK && rename(temporary.data, picture.data) != 0)
        rc = ae_fail(err, AE_EIO, "cannot write %s: %s", picture.data, strerror(errno));
    if (rc != AE_OK && temporary.data)
        (void)unlink(temporary.data);
    if (rc == AE_OK)
        rc = ae_cli_tell_file(picture.data, err);
    ae_buffer_clear(&temporary);
    ae_buffer_clear(&picture);
    return rc;
}

static enum ae_status make(const struct ae_args *args, const struct target *t,
                           const struct ae_expr *where, struct ae_plot *plot, struct ae_error *err)
{
    struct ae_table_spec spec = {.value = ae_args_value(args, "value"),
                                 .rows = ae_args_value(args, "rows"),
                                 .cols = ae_args_value(args, "cols"),
                                 .reduce = ae_args_value(args, "reduce"),
                                 .where = where};
    struct ae_plot_files files = {.format = t->format, .data = t->data, .picture = t->picture};
    struct ae_results *results = NULL;
    enum ae_status rc = ae_results_open(&results, args->positional[0], false, err);
    if (rc == AE_OK)
        rc = ae_args_has(args, "curves")
                 ? ae_plot_curves(results, spec.value, where, &files, plot, err)
                 : ae_plot_map(results, &spec, &files, plot, err);
    ae_results_free(results);
    return rc;
}

static enum ae_status check_options(const struct ae_args *args, struct ae_error *err)
{
    static const char *const of_maps[] = {"rows", "cols", "reduce", NULL};
    for (size_t i = 0; of_maps[i] && ae_args_has(args, "curves"); i++)
        if (ae_args_has(args, of_maps[i]))
            return ae_fail(err, AE_EARG, "--%s is for heat maps; --curves has no use for it",
                           of_maps[i]);
    return AE_OK;
}

static enum ae_status plot(const struct ae_args *args, int *exit_code, struct ae_error *err)
{
    (void)exit_code;
    struct target target = {0};
    struct ae_plot made = {{0}, {0}};
    struct ae_buffer program = {0};
    struct ae_expr *where = NULL;
    const char *condition = ae_args_value(args, "where");
    enum ae_status rc = check_options(args, err);
    if (rc == AE_OK)
        rc = target_init(&target, args, err);
    if (rc == AE_OK && condition) {
        rc = ae_expr_new(&where, condition, err);
        if (rc != AE_OK)
            (void)ae_error_prefix(err, "--where");
    }
    if (rc == AE_OK)
        rc = make(args, &target, where, &made, err);
    if (rc == AE_OK)
        rc = ae_gnuplot_find(&program, err);
    if (rc == AE_OK)
        rc = save(&target, target.data, &made.data, err);
    if (rc == AE_OK)
        rc = save(&target, target.script, &made.script, err);
    if (rc == AE_OK)
        rc = draw(&target, program.data, err);
    ae_expr_free(where);
    ae_buffer_clear(&program);
    ae_buffer_clear(&made.data);
    ae_buffer_clear(&made.script);
    target_clear(&target);
    return rc;
}

static int plot_main(int argc, char **argv)
{
    return ae_cli_run(&ae_command_plot, argc, argv, plot);
}

static const struct ae_option options[] = {
    {"value", 0, "VALUE", "what to show: phase, excess, escape_1, ... (see help table)"},
    {"rows", 0, "PARAMETER", "the axis that runs up"},
    {"cols", 0, "PARAMETER", "the axis that runs across; the other axes become panels"},
    {"where", 0, "EXPR", "only these points: 'activation=erf, lr<=1'"},
    {"reduce", 0, "HOW", "over replicates: median, mean, min, max, std, count or iqr"},
    {"curves", 0, NULL,
     "learning curves: pmse (or --value excess) against t, median and range of the replicates, "
     "errors of PCA as lines"},
    {"format", 0, "FORMAT", "png (the default), svg or pdf"},
    {"output", 'o', "FILE", "the picture; its ending says the format"},
    {0}};

const struct ae_command ae_command_plot = {
    .name = "plot",
    .positional = "DIR",
    .n_min = 1,
    .n_max = 1,
    .summary = "draw heat maps with phase boundaries, or learning curves (needs gnuplot)",
    .notes = "The picture goes to DIR/plot.png (curves: DIR/curves.png) and its path is\n"
             "printed; what gnuplot drew it from stays beside it, plot.gp and plot.dat:\n"
             "change the script and run gnuplot plot.gp there. Defaults are those of table.\n"
             "Numbers spaced like a log scale get one. Lines part neighbours whose phase\n"
             "differs; what is no number has a colour of its own, which the key explains.\n",
    .options = options,
    .main = plot_main,
};
