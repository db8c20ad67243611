/* What a run says before its first point and after its last. */
#include "run_tell.h"

#include <stdio.h>

#include "aesweep/memory.h"
#include "aesweep/progress.h"

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

void ae_run_tell_start(const struct ae_run_tell *tell, const struct ae_campaign_counts *counts,
                       size_t n_ranks)
{
    if (tell->is_quiet)
        return;
    (void)fprintf(stderr, "%s: %zu points", tell->name, counts->n_needed);
    if (counts->n_before > 0)
        (void)fprintf(stderr, ", %zu of them already in %s", counts->n_before, tell->dir);
    if (tell->refines && !tell->is_shard)
        (void)fprintf(stderr, ", refine may add more");
    else if (tell->refines)
        (void)fprintf(stderr, ", not refined in a shard (run the merged folder for that)");
    (void)fprintf(stderr, "; %zu rank%s\n", n_ranks, plural(n_ranks));
    if (counts->n_folded > 0)
        (void)fprintf(stderr, "%zu of them read off %zu trajector%s\n", counts->n_folded,
                      counts->n_trajectories, counts->n_trajectories == 1 ? "y" : "ies");
    if (counts->n_side_by_side > 0)
        (void)fprintf(stderr, "%zu of them simulated side by side, on the same inputs\n",
                      counts->n_side_by_side);
    if (counts->n_aside > 0)
        (void)fprintf(stderr, "%zu of them set aside as failed: processes died computing them\n",
                      counts->n_aside);
    if (counts->n_suspects > 0)
        (void)fprintf(stderr,
                      "%zu of them may have killed an earlier run: computed last, one at a time\n",
                      counts->n_suspects);
}

/* A duration as text; text is the caller's. */
enum { TIME_SIZE = 40 };
static const char *show_time(double seconds, char text[TIME_SIZE])
{
    struct ae_buffer buffer = {0};
    ae_duration_format(seconds, &buffer);
    (void)snprintf(text, TIME_SIZE, "%s", buffer.failed ? "?" : buffer.data);
    ae_buffer_clear(&buffer);
    return text;
}

/* `cost: 1 min 31 s of one core; 1 min 27 s were expected after 83 points` */
static void tell_cost(const struct ae_campaign_counts *counts)
{
    char took[TIME_SIZE], expected[TIME_SIZE];
    (void)fprintf(stderr, "cost: %s of one core; %s were expected ",
                  show_time(counts->work_s, took), show_time(counts->predicted_s, expected));
    if (counts->n_predicted_from > 0)
        (void)fprintf(stderr, "after %zu points\n", counts->n_predicted_from);
    else
        (void)fprintf(stderr, "by built-in constants\n");
}

/* Which points have not come on for want of time, and how much they want. */
static void tell_want_of_time(const struct ae_campaign_counts *counts)
{
    const struct ae_campaign_stopped *stopped = &counts->stopped;
    char had[TIME_SIZE], wanted[TIME_SIZE];
    if (counts->n_left_out > 0)
        (void)fprintf(
            stderr, "%zu point%s not begun: too little time was left, they take up to %s\n",
            counts->n_left_out, plural(counts->n_left_out), show_time(counts->left_out_s, had));
    if (stopped->n_anew > 0) {
        (void)fprintf(stderr, "%zu point%s of engine ode %s anew next time: %s cannot be saved\n",
                      stopped->n_anew, plural(stopped->n_anew),
                      stopped->n_anew == 1 ? "begins" : "begin",
                      stopped->n_anew == 1 ? "it" : "they");
        (void)fprintf(stderr, "  stopped after up to %s", show_time(stopped->anew_s, had));
        if (stopped->wanted_s > stopped->anew_s)
            (void)fprintf(stderr, ", to the end it may take %s\n",
                          show_time(stopped->wanted_s, wanted));
        else
            (void)fprintf(stderr, ", which is longer than was expected of them\n");
    }
    if (stopped->n_stuck > 0)
        (void)fprintf(stderr, "%zu simulation%s not come on: one step takes longer than %s\n",
                      stopped->n_stuck, stopped->n_stuck == 1 ? " has" : "s have",
                      show_time(stopped->stuck_s, had));
}

void ae_run_tell_end(const struct ae_run_tell *tell, const struct ae_campaign_counts *counts,
                     bool is_whole)
{
    size_t n_new = counts->n_done + counts->n_failed;
    size_t n_failed = counts->n_failed + counts->n_failed_before;
    char took[TIME_SIZE];
    if (!tell->is_quiet)
        (void)fprintf(stderr, "%s%zu of %zu points in %s, %zu new in %s\n",
                      tell->is_terminal ? "\r\033[K" : "", counts->n_before + n_new,
                      counts->n_needed, tell->dir, n_new, show_time(counts->wall_s, took));
    if (!tell->is_quiet && counts->n_added > 0)
        (void)fprintf(stderr, "refine added %zu of these points%s\n", counts->n_added,
                      is_whole ? "" : " so far");
    if (!tell->is_quiet && is_whole && n_new > 0)
        tell_cost(counts);
    if (n_failed > 0)
        (void)fprintf(stderr, "%zu point%s failed; `aesweep status %s` says why\n", n_failed,
                      plural(n_failed), tell->dir);
    tell_want_of_time(counts);
    if (!is_whole)
        (void)fprintf(stderr, "stopped early; what was done is saved, the same command goes on\n");
}
