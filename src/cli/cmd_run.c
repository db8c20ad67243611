/*
 * aesweep run: the only command that starts MPI. Rank 0 reads the sweep, opens the store, hands out
 * what is missing and speaks; the other ranks compute and are silent.
 */
#define _XOPEN_SOURCE 700 /* realpath */
#include "cli.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "aesweep/campaign.h"
#include "aesweep/farm.h"
#include "aesweep/point.h"
#include "aesweep/progress.h"
#include "aesweep/record.h"
#include "aesweep/sources.h"
#include "aesweep/store.h"
#include "aesweep/sweep.h"
#include "run_check.h"
#include "run_tell.h"

static const struct ae_option options[] = {
    {"output", 'o', "DIR", "results folder (default results/NAME)"},
    AE_SWEEP_OPTIONS,
    {"for", 0, "DURATION", "stop after that long: 90 (seconds), 90m, 2h, 1h30m, 1d"},
    {"until", 0, "TIME", "stop then: 2026-11-24T08:00 (local time), or 08:00, the next one"},
    {"checkpoint", 0, "SECONDS", "save running simulations that often (default 60)"},
    {"max-lost", 0, "N",
     "set a point aside as failed when N processes have died computing it (default 3; 0: never)"},
    {"no-fold", 0, NULL,
     "compute every point by itself: also those that are one trajectory (they differ in lr alone) "
     "or "
     "that would be simulated side by side"},
    {"check-tol", 0, "FRACTION",
     "at the end compute that share of the ode points, in (0, 1], once more at tol/100 and say "
     "what "
     "changes; nothing of it is stored"},
    {"quiet", 'q', NULL, "no progress"},
    {0},
};

const struct ae_command ae_command_run = {
    .name = "run",
    .positional = "FILE",
    .n_min = 1,
    .n_max = 1,
    .summary = "run a sweep, or go on with it: only missing points are computed",
    .notes = "Start it under mpirun for several processes; without, it is one. What is\n"
             "finished is stored at least once a second. Signals USR1, TERM and INT stop it:\n"
             "finished points and the state of running simulations are saved, the exit status\n"
             "is 75, and the same command goes on. So it does at the end of --for and --until,\n"
             "and 30 s before the end of a Slurm job (SLURM_JOB_END_TIME), whichever comes\n"
             "first; an ode point, which cannot be saved, is not begun if recent ones of its\n"
             "width took longer than is left.\n"
             "If a process dies, the points it may have died of run last, one at a time.\n"
             "--check-tol returns 3 if a phase is another one at the smaller tolerance.\n",
    .options = options,
    .main = ae_cmd_run,
};

/* What rank 0 tells the others to do; 0: nothing. */
enum { RUN = 1, RUN_AND_CHECK };

/* What rank 0 holds during a run. */
struct run {
    struct ae_sweep *sweep;
    struct ae_selection selection;
    char *dir;
    struct ae_store *store;
    struct ae_campaign *campaign;
    struct ae_campaign_rules rules;
    double check_fraction; /* --check-tol; 0: no check */
    struct ae_run_journal journal;
    bool is_quiet, is_terminal;
    struct ae_bulletin bulletin; /* what progress and the file `status` say */
    double told_s, written_s;    /* when they last did */
    size_t n_bulletins_lost;     /* that could not be written, one after the other */
};

#define TERMINAL_EVERY_S 0.2
#define PLAIN_EVERY_S    5.0
#define BULLETIN_EVERY_S 1.0

static void show_progress(const struct run *run)
{
    const struct ae_bulletin *bulletin = &run->bulletin;
    struct ae_progress progress = {.n_total = bulletin->n_needed,
                                   .n_there = bulletin->n_done + bulletin->n_failed,
                                   .n_failed = bulletin->n_failed,
                                   .rate = bulletin->rate,
                                   .left_s = bulletin->left_s};
    struct ae_buffer line = {0};
    ae_progress_format(&progress, &line);
    if (!line.failed)
        (void)fprintf(stderr, run->is_terminal ? "\r\033[K%s" : "%s\n", line.data);
    ae_buffer_clear(&line);
}

/* That others cannot see how far the run is does not end it, and is said once. Where the folder went
 * away in the middle of the run, that ends it before the second time, and nothing is said here. */
static void write_bulletin(struct run *run)
{
    struct ae_error why = {0};
    run->written_s = run->bulletin.wall_s;
    if (ae_bulletin_write(run->dir, &run->bulletin, &why) == AE_OK)
        run->n_bulletins_lost = 0;
    else if (++run->n_bulletins_lost == 2)
        (void)fprintf(stderr, "aesweep run: `aesweep status` will not see this run: %s\n",
                      why.message);
}

static void report(void *ctx, const struct ae_campaign_counts *counts)
{
    struct run *run = ctx;
    double every_s = run->is_terminal ? TERMINAL_EVERY_S : PLAIN_EVERY_S;
    bool is_told = !run->is_quiet && counts->wall_s - run->told_s >= every_s;
    bool is_written = counts->wall_s - run->written_s >= BULLETIN_EVERY_S;
    if (!is_told && !is_written)
        return;
    ae_campaign_report(run->campaign, run->bulletin.n_ranks, &run->bulletin);
    if (is_told) {
        run->told_s = counts->wall_s;
        show_progress(run);
    }
    if (is_written)
        write_bulletin(run);
}

/* Tells those who ask that the run has begun. */
static void begin_bulletin(struct run *run, size_t n_ranks)
{
    char *who = NULL;
    (void)ae_store_running(run->dir, &who, NULL);
    ae_bulletin_set(run->bulletin.run, who ? who : "");
    free(who);
    run->bulletin.n_ranks = n_ranks;
    ae_campaign_report(run->campaign, n_ranks, &run->bulletin);
    run->n_bulletins_lost = 1; /* as if it had failed before: is said at once */
    write_bulletin(run);
}

/* Says if a file is not what it was, and keeps what it is now. */
static enum ae_status compare_sources(struct run *run, struct ae_error *err)
{
    struct ae_buffer changed = {0};
    enum ae_status rc = ae_sources_list_changed(run->sweep, run->store, &changed, err);
    if (rc == AE_OK && changed.size > 0 && !run->is_quiet)
        (void)fprintf(stderr,
                      "aesweep run: changed since the last run: %s; points that use it are new\n",
                      changed.data);
    ae_buffer_clear(&changed);
    return rc == AE_OK ? ae_sources_keep(run->sweep, run->store, err) : rc;
}

/* The sweep as it was resolved goes into the folder: reports read it from there. */
static enum ae_status keep_sweep(struct run *run, struct ae_error *err)
{
    struct ae_buffer text = {0};
    ae_sweep_format(run->sweep, &text);
    enum ae_status rc = ae_buffer_status(&text, err);
    if (rc == AE_OK)
        rc = ae_store_set_text(run->store, "sweep", text.data, err);
    if (rc == AE_OK)
        rc = ae_store_commit(run->store, err);
    ae_buffer_clear(&text);
    return rc;
}

static enum ae_status open_run(struct run *run, const struct ae_args *args, struct ae_error *err)
{
    static const struct ae_store_columns columns = {AE_N_SUMMARY, ae_summary_names};
    char *notice = NULL;
    run->is_quiet = ae_args_has(args, "quiet");
    run->is_terminal = isatty(STDERR_FILENO) == 1;
    enum ae_status rc = ae_run_options(args, &run->rules, err);
    if (rc == AE_OK)
        rc = ae_run_check_read(args, &run->check_fraction, err);
    if (rc == AE_OK)
        rc = ae_cli_read_sweep(args, &run->sweep, &run->selection, err);
    if (rc == AE_OK)
        rc = ae_cli_choose_dir(args, run->sweep, &run->selection, &run->dir, err);
    if (rc == AE_OK)
        rc = ae_store_open_run(&run->store, run->dir, &columns, &notice, err);
    if (notice)
        (void)fprintf(stderr, "aesweep run: %s\n", notice);
    free(notice);
    if (rc == AE_OK)
        rc = compare_sources(run, err);
    if (rc == AE_OK)
        rc = keep_sweep(run, err);
    if (rc == AE_OK)
        rc = ae_campaign_new(&run->campaign, run->sweep, &run->selection, run->store, err);
    run->rules.dir = run->dir;
    if (rc == AE_OK)
        rc = ae_campaign_prepare(run->campaign, &run->rules, err);
    return rc;
}

static enum ae_status close_run(struct run *run, enum ae_status rc, struct ae_error *err)
{
    struct ae_error close_error = {0};
    if (run->store)
        ae_bulletin_remove(run->dir);
    enum ae_status close_rc = ae_store_close(run->store, &close_error);
    if (close_rc != AE_OK && (rc == AE_OK || rc == AE_ESTOP)) {
        rc = close_rc;
        *err = close_error;
    }
    ae_run_journal_clear(&run->journal);
    ae_campaign_free(run->campaign);
    ae_selection_clear(&run->selection);
    ae_sweep_free(run->sweep);
    free(run->dir);
    return rc;
}

/* The name of the folder as all ranks on this machine know it. */
static enum ae_status report_crashes(struct ae_farm *farm, const char *dir, struct ae_error *err)
{
    char *path = realpath(dir, NULL);
    enum ae_status rc = ae_farm_report_crashes(farm, path ? path : dir, err);
    free(path);
    return rc;
}

/* What was done is stored for good. */
static enum ae_status commit(struct run *run, enum ae_status rc, struct ae_error *err)
{
    struct ae_campaign_counts counts = ae_campaign_counts_of(run->campaign);
    struct ae_error commit_error = {0};
    enum ae_status commit_rc = ae_run_journal_end(&run->journal, run->store,
                                                  counts.n_done + counts.n_failed, &commit_error);
    if (commit_rc == AE_OK)
        commit_rc = ae_store_commit(run->store, &commit_error);
    if (commit_rc == AE_OK)
        return rc;
    *err = commit_error;
    return commit_rc;
}

static enum ae_status run_points(struct run *run, struct ae_farm *farm, struct ae_error *err)
{
    struct ae_campaign_counts before = ae_campaign_counts_of(run->campaign);
    const struct ae_run_tell tell = {.name = ae_sweep_name(run->sweep),
                                     .dir = run->dir,
                                     .refines = ae_sweep_refine(run->sweep).n_axes > 0,
                                     .is_shard = run->selection.n_shards > 0,
                                     .is_quiet = run->is_quiet,
                                     .is_terminal = run->is_terminal};
    ae_run_tell_start(&tell, &before, ae_farm_size(farm));
    begin_bulletin(run, ae_farm_size(farm));
    struct ae_farm_source source = ae_campaign_source(run->campaign, report, run);
    enum ae_status rc = report_crashes(farm, run->dir, err);
    if (rc == AE_OK)
        rc = ae_farm_run(farm, ae_point_run, NULL, &source, err);
    rc = ae_campaign_end(run->campaign, rc, err);
    if (rc == AE_OK || rc == AE_ESTOP)
        rc = commit(run, rc, err);
    struct ae_campaign_counts after = ae_campaign_counts_of(run->campaign);
    if (rc == AE_OK || rc == AE_ESTOP)
        ae_run_tell_end(&tell, &after, rc == AE_OK);
    return rc;
}

static enum ae_status check_points(struct run *run, struct ae_farm *farm, enum ae_status rc,
                                   int *exit_code, struct ae_error *err)
{
    struct ae_campaign_counts counts = ae_campaign_counts_of(run->campaign);
    bool is_flipped = false;
    struct ae_run_check how = {.sweep = run->sweep,
                               .selection = &run->selection,
                               .store = run->store,
                               .fraction = run->check_fraction,
                               .limit_s = run->rules.limit_s - counts.wall_s,
                               .is_unfolded = run->rules.is_unfolded};
    if (rc == AE_ESTOP)
        (void)fprintf(stderr, "tol is not checked: not all points are there\n");
    rc = ae_run_check(farm, &how, rc, &is_flipped, err);
    if (is_flipped)
        *exit_code = AE_EXIT_FAILED;
    return rc;
}

/* Rank 0, after the arguments are known to be right. */
static enum ae_status run_master(struct ae_farm *farm, const struct ae_args *args, int argc,
                                 char **argv, int *exit_code, bool *has_begun, struct ae_error *err)
{
    struct run run = {.rules.n_ranks = ae_farm_size(farm)};
    enum ae_status rc = open_run(&run, args, err);
    if (rc == AE_OK)
        rc = ae_run_journal_begin(&run.journal, run.store, argc, argv, ae_farm_size(farm), err);
    int go_on = rc != AE_OK ? 0 : run.check_fraction > 0.0 ? RUN_AND_CHECK : RUN;
    struct ae_error agree_error = {0};
    enum ae_status agree_rc = ae_farm_agree(farm, &go_on, rc == AE_OK ? err : &agree_error);
    if (rc == AE_OK)
        rc = agree_rc;
    *has_begun = rc == AE_OK;
    if (rc == AE_OK) {
        rc = run_points(&run, farm, err);
        struct ae_campaign_counts counts = ae_campaign_counts_of(run.campaign);
        if (counts.n_failed + counts.n_failed_before > 0)
            *exit_code = AE_EXIT_FAILED;
        if (go_on == RUN_AND_CHECK)
            rc = check_points(&run, farm, rc, exit_code, err);
    }
    return close_run(&run, rc, err);
}

static int lead(struct ae_farm *farm, int argc, char **argv)
{
    struct ae_error err = {0};
    struct ae_args args;
    int code = AE_EXIT_DONE;
    bool has_begun = false;
    enum ae_status rc = ae_args_parse(&args, &ae_command_run, argc, argv, &err);
    if (rc == AE_OK) {
        rc = run_master(farm, &args, argc, argv, &code, &has_begun, &err);
    } else {
        int go_on = 0;
        (void)ae_farm_agree(farm, &go_on, NULL);
    }
    ae_args_clear(&args);
    if (rc == AE_ESTOP) /* said already */
        return AE_EXIT_STOPPED;
    if (rc != AE_OK)
        code = ae_cli_finish("run", rc, &err);
    if (rc == AE_EIO && has_begun)
        (void)fprintf(stderr,
                      "stopped; when the cause is gone, the same command goes on with what was "
                      "saved\n");
    return code;
}

static void follow(struct ae_farm *farm)
{
    int go_on = 0;
    if (ae_farm_agree(farm, &go_on, NULL) != AE_OK || !go_on)
        return;
    (void)(ae_farm_report_crashes(farm, NULL, NULL) == AE_OK &&
           ae_farm_run(farm, ae_point_run, NULL, NULL, NULL) == AE_OK);
    if (go_on == RUN_AND_CHECK)
        ae_run_check_follow(farm);
}

int ae_cmd_run(int argc, char **argv)
{
    struct ae_error err = {0};
    struct ae_farm *farm = NULL;
    int code = AE_EXIT_DONE;
    enum ae_status rc = ae_farm_new(&farm, &argc, &argv, &err);
    if (rc != AE_OK)
        return ae_cli_finish("run", rc, &err);
    if (ae_farm_rank(farm) == 0)
        code = lead(farm, argc, argv);
    else
        follow(farm);
    ae_farm_free(farm);
    return code;
}
