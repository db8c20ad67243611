/*
 * aesweep status: how far a sweep is. Reads only. While a run is going on it says what that run says
 * of itself, and leaves the database alone; else it counts what is stored.
 */
#include "cli.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "aesweep/bulletin.h"
#include "aesweep/output.h"
#include "aesweep/progress.h"
#include "aesweep/rows.h"
#include "aesweep/store.h"

enum { WATCH_S = 2, MAX_REASONS = 10 };
#define LATE_S 10.0 /* a run that is well speaks every second */

struct reason { /* those that differ in numbers only are one */
    char *text;
    size_t n;
    size_t row; /* the first with it */
};

struct tally {
    size_t n_rows, n_done, n_failed, n_missing;
    size_t n_phase[AE_N_PHASES];
    size_t n_reasons, n_other; /* failures whose reason is not listed */
    struct reason reasons[MAX_REASONS];
    size_t slowest; /* row; n_rows if there is none */
    double slowest_s;
};

static void tally_clear(struct tally *tally)
{
    for (size_t i = 0; i < tally->n_reasons; i++)
        free(tally->reasons[i].text);
}

/* The text behind the number that it begins with; the text itself if it begins with none. */
static const char *skip_number(const char *text)
{
    if (!isdigit((unsigned char)*text))
        return text;
    while (isalnum((unsigned char)*text) || *text == '.' ||
           ((*text == '-' || *text == '+') && text[-1] == 'e'))
        text++;
    return text;
}

/* Do the two say the same but for numbers, such as the time that was reached? */
static bool is_alike(const char *a, const char *b)
{
    for (;;) {
        a = skip_number(a);
        b = skip_number(b);
        if (*a != *b || *a == '\0')
            return *a == *b;
        a++;
        b++;
    }
}

static void note_reason(struct tally *tally, const char *text, size_t row)
{
    for (size_t i = 0; i < tally->n_reasons; i++)
        if (is_alike(tally->reasons[i].text, text)) {
            tally->reasons[i].n++;
            return;
        }
    char *copy = tally->n_reasons < MAX_REASONS ? ae_text_copy(text, strlen(text)) : NULL;
    if (copy)
        tally->reasons[tally->n_reasons++] = (struct reason){copy, 1, row};
    else
        tally->n_other++;
}

static void note_row(struct tally *tally, const struct ae_row *row, size_t i)
{
    tally->n_done += row->state == AE_ROW_DONE;
    tally->n_failed += row->state == AE_ROW_FAILED;
    tally->n_missing += row->state == AE_ROW_MISSING;
    if (row->state == AE_ROW_DONE)
        tally->n_phase[row->phase]++;
    if (row->state == AE_ROW_FAILED)
        note_reason(tally, row->reason, i);
    if (row->wall_s > tally->slowest_s) {
        tally->slowest_s = row->wall_s;
        tally->slowest = i;
    }
}

static enum ae_status take_tally(struct ae_results *results, struct tally *tally,
                                 struct ae_error *err)
{
    size_t n = ae_results_size(results);
    *tally = (struct tally){.n_rows = n, .slowest = n, .slowest_s = -1.0};
    enum ae_status rc = AE_OK;
    for (size_t i = 0; i < n && rc == AE_OK; i++) {
        struct ae_row row;
        rc = ae_results_row(results, i, &row, err);
        if (rc == AE_OK)
            note_row(tally, &row, i);
    }
    return rc;
}

/* ---- writing ---- */

/* `0123456789abcdef replicate 1: activation=erf K=3`: its values on the axes. */
static enum ae_status name_row(struct ae_results *results, size_t i, struct ae_buffer *out,
                               struct ae_error *err)
{
    struct ae_row row;
    const struct ae_sweep *sweep = ae_results_sweep(results);
    enum ae_status rc = ae_results_row(results, i, &row, err);
    if (rc != AE_OK)
        return rc;
    ae_buffer_printf(out, "%016" PRIx64 " replicate %" PRIu64, row.point, row.params.replicate);
    ae_buffer_text(out, ae_sweep_n_axes(sweep) > 0 ? ": " : "");
    ae_sweep_format_point(sweep, &row.params, out);
    ae_buffer_text(out, "\n");
    return AE_OK;
}

static void write_counts(struct ae_results *results, const struct tally *tally, const char *dir,
                         struct ae_buffer *out)
{
    size_t n_left = ae_results_n_needed(results) - ae_results_n_there(results);
    ae_buffer_printf(out, "%s in %s\n", ae_sweep_name(ae_results_sweep(results)), dir);
    ae_buffer_printf(out, "rows: %zu (points times replicates)", tally->n_rows);
    if (ae_results_n_added(results) > 0)
        ae_buffer_printf(out, ", %zu of them added by refine", ae_results_n_added(results));
    ae_buffer_text(out, "\n");
    ae_buffer_printf(out, "  done     %zu\n  failed   %zu\n  missing  %zu", tally->n_done,
                     tally->n_failed, tally->n_missing);
    if (n_left != tally->n_missing)
        ae_buffer_printf(out, " (%zu computations)", n_left);
    ae_buffer_text(out, tally->n_done > 0 ? "\nphases:\n" : "\n");
    for (size_t i = 0; i < AE_N_PHASES; i++)
        if (tally->n_phase[i] > 0)
            ae_buffer_printf(out, "  %-10s %zu\n", ae_phase_table[i].word, tally->n_phase[i]);
}

static void write_unfinished(size_t n_under_way, size_t n_suspects, size_t n_saved,
                             struct ae_buffer *out)
{
    if (n_under_way > 0)
        ae_buffer_printf(out, "under way: %zu\n", n_under_way);
    if (n_suspects > 0)
        ae_buffer_printf(out, "suspected: %zu (under way when a run died; they run last%s)\n",
                         n_suspects, n_suspects > 1 ? ", one at a time" : "");
    if (n_saved > 0)
        ae_buffer_printf(out, "saved on the way: %zu\n", n_saved);
}

/* What is known of points that are missing. */
static enum ae_status write_marks(struct ae_results *results, struct ae_buffer *out,
                                  struct ae_error *err)
{
    struct ae_results_marks marks;
    enum ae_status rc = ae_results_marks(results, &marks, err);
    if (rc == AE_OK)
        write_unfinished(0, marks.n_suspects + marks.n_under_way, marks.n_saved, out);
    return rc;
}

static enum ae_status write_slowest(struct ae_results *results, const struct tally *tally,
                                    struct ae_buffer *out, struct ae_error *err)
{
    if (tally->slowest == tally->n_rows)
        return AE_OK;
    ae_buffer_text(out, "slowest: ");
    ae_duration_format(tally->slowest_s, out);
    ae_buffer_text(out, ", ");
    return name_row(results, tally->slowest, out, err);
}

static enum ae_status write_failures(struct ae_results *results, const struct tally *tally,
                                     const char *dir, struct ae_buffer *out, struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    if (tally->n_failed == 0)
        return AE_OK;
    ae_buffer_text(out, "failures:\n");
    for (size_t i = 0; i < tally->n_reasons && rc == AE_OK; i++) {
        ae_buffer_printf(out, "  %zu  %s\n     first: ", tally->reasons[i].n,
                         tally->reasons[i].text);
        rc = name_row(results, tally->reasons[i].row, out, err);
    }
    if (tally->n_other > 0)
        ae_buffer_printf(out, "  %zu  for other reasons\n", tally->n_other);
    ae_buffer_printf(out,
                     "  all of them: aesweep export %s --format csv, where status is failed\n"
                     "  once more: aesweep retry %s --failed, then run again\n",
                     dir, dir);
    return rc;
}

/* ---- a run that is going on ---- */

static void write_pace(const struct ae_bulletin *bulletin, struct ae_buffer *out)
{
    if (!(bulletin->rate > 0.0))
        return;
    ae_buffer_printf(out, "rate: %.3g/s", bulletin->rate);
    if (isfinite(bulletin->left_s)) {
        time_t end = time(NULL) + (time_t)fmin(bulletin->left_s, 1e9);
        struct tm date;
        char text[64] = "?";
        if (localtime_r(&end, &date))
            (void)strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &date);
        ae_buffer_text(out, ", ");
        ae_duration_format(bulletin->left_s, out);
        ae_buffer_printf(out, " left, until about %s", text);
    }
    ae_buffer_text(out, "\n");
}

static void write_bulletin(const struct ae_bulletin *bulletin, double age_s, const char *dir,
                           struct ae_buffer *out)
{
    size_t n_there = bulletin->n_done + bulletin->n_failed;
    ae_buffer_printf(out, "%s in %s\nrunning: %s; %zu rank%s\n", bulletin->sweep, dir,
                     bulletin->run, bulletin->n_ranks, bulletin->n_ranks == 1 ? "" : "s");
    if (age_s > LATE_S) {
        ae_buffer_text(out, "not heard of for ");
        ae_duration_format(age_s, out);
        ae_buffer_text(out, ": it may be stopped, or its host or disk may hang\n");
    }
    ae_buffer_printf(out, "results: %zu\n  done     %zu\n  failed   %zu\n  missing  %zu\n",
                     bulletin->n_needed, bulletin->n_done, bulletin->n_failed,
                     bulletin->n_needed - n_there);
    ae_buffer_printf(out, "in this run: %zu in ", bulletin->n_new);
    ae_duration_format(bulletin->wall_s, out);
    ae_buffer_text(out, "\n");
    for (size_t i = 0; i < bulletin->n_groups; i++)
        ae_buffer_printf(out, "  %-10s %zu\n", bulletin->groups[i].word, bulletin->groups[i].n);
    write_unfinished(bulletin->n_under_way, bulletin->n_suspects, bulletin->n_saved, out);
    write_pace(bulletin, out);
    if (bulletin->slowest[0]) {
        ae_buffer_text(out, "slowest: ");
        ae_duration_format(bulletin->slowest_s, out);
        ae_buffer_printf(out, ", %s\n", bulletin->slowest);
    }
    ae_buffer_text(out, bulletin->n_failures > 0 ? "failures, the latest first:\n" : "");
    for (size_t i = 0; i < bulletin->n_failures; i++)
        ae_buffer_printf(out, "  %s\n", bulletin->failures[i]);
}

/* ---- the command ---- */

struct view {
    const char *dir;
    bool is_watched, is_terminal;
    bool is_over; /* complete, or nobody runs it */
    int exit_code;
};

/* What is stored; `who` runs the sweep, or nobody (NULL). */
static enum ae_status show_stored(struct view *view, const char *who, struct ae_output *out,
                                  struct ae_error *err)
{
    struct ae_results *results = NULL;
    struct tally tally = {0};
    enum ae_status rc = ae_results_open(&results, view->dir, false, err);
    if (rc == AE_OK)
        rc = take_tally(results, &tally, err);
    if (rc == AE_OK) {
        write_counts(results, &tally, view->dir, &out->text);
        ae_buffer_printf(&out->text, "%s%s\n", who ? "running: " : "no run is going on",
                         who ? who : "");
        rc = write_marks(results, &out->text, err);
    }
    if (rc == AE_OK) {
        rc = write_slowest(results, &tally, &out->text, err);
    }
    if (rc == AE_OK)
        rc = write_failures(results, &tally, view->dir, &out->text, err);
    bool is_whole = tally.n_missing == 0;
    view->exit_code = !is_whole            ? AE_EXIT_STOPPED
                      : tally.n_failed > 0 ? AE_EXIT_FAILED
                                           : AE_EXIT_DONE;
    view->is_over = is_whole || !who;
    tally_clear(&tally);
    ae_results_free(results);
    return rc;
}

/*
 * A run counts what it has computed, also what is not on disk yet; so one that says that nothing is
 * missing is not believed, it ends in a moment. What a run that died has left is not believed
 * either: it names another process than the lock does.
 */
static bool is_to_believe(const struct ae_bulletin *bulletin, const char *who)
{
    char line[AE_BULLETIN_LINE];
    ae_bulletin_set(line, who);
    return strcmp(bulletin->run, line) == 0 &&
           bulletin->n_done + bulletin->n_failed < bulletin->n_needed;
}

static enum ae_status show(struct view *view, struct ae_output *out, struct ae_error *err)
{
    struct ae_bulletin bulletin;
    double age_s = 0.0;
    bool is_there = false;
    char *who = NULL;
    enum ae_status rc = ae_store_running(view->dir, &who, err);
    if (rc == AE_OK && who)
        rc = ae_bulletin_read(view->dir, &bulletin, &age_s, &is_there, err);
    if (rc == AE_OK && view->is_watched && view->is_terminal)
        ae_buffer_text(&out->text, "\033[H\033[J");
    if (rc == AE_OK && is_there && is_to_believe(&bulletin, who)) {
        write_bulletin(&bulletin, age_s, view->dir, &out->text);
        view->exit_code = AE_EXIT_STOPPED;
        view->is_over = false;
    } else if (rc == AE_OK) {
        rc = show_stored(view, who, out, err);
    }
    if (rc == AE_OK && !view->is_over && view->is_watched && !view->is_terminal)
        ae_buffer_text(&out->text, "\n");
    free(who);
    return rc;
}

static enum ae_status status(const struct ae_args *args, int *exit_code, struct ae_error *err)
{
    struct view view = {.dir = args->positional[0],
                        .is_watched = ae_args_has(args, "watch"),
                        .is_terminal = isatty(STDOUT_FILENO) == 1};
    enum ae_status rc = AE_OK;
    for (;;) {
        struct ae_output out = {0};
        rc = ae_output_open(&out, NULL, err);
        if (rc == AE_OK)
            rc = show(&view, &out, err);
        rc = ae_output_close(&out, rc, err);
        if (rc != AE_OK || !view.is_watched || view.is_over)
            break;
        struct timespec pause = {.tv_sec = WATCH_S};
        (void)nanosleep(&pause, NULL);
    }
    if (ae_args_has(args, "exit-code"))
        *exit_code = view.exit_code;
    return rc;
}

static int status_main(int argc, char **argv)
{
    return ae_cli_run(&ae_command_status, argc, argv, status);
}

static const struct ae_option options[] = {
    {"watch", 0, NULL, "show it again every 2 s until the sweep is complete or no run is going on"},
    {"exit-code", 0, NULL,
     "return 0 if all is done, 3 if all is done but some points failed, 75 if "
     "points are missing"},
    {0}};

const struct ae_command ae_command_status = {
    .name = "status",
    .positional = "DIR",
    .n_min = 1,
    .n_max = 1,
    .summary = "show how far a sweep is: states, phases, rate, failures",
    .notes = "",
    .options = options,
    .main = status_main,
};
