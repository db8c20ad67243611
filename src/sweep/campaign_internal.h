#ifndef AESWEEP_SWEEP_CAMPAIGN_INTERNAL_H
#define AESWEEP_SWEEP_CAMPAIGN_INTERNAL_H

/* What the files of a campaign share: campaign.c finds what is missing and is the farm's source,
 * campaign_lost.c looks back at how the last run ended, campaign_jobs.c makes jobs of tasks,
 * campaign_claim.c decides what may begin, campaign_refine.c adds what follows from results. */

#include "aesweep/campaign.h"
#include "aesweep/cost.h"
#include "aesweep/hasher.h"
#include "aesweep/index.h"
#include "aesweep/point.h"
#include "aesweep/refine.h"
#include "aesweep/tally.h"

/* One result to compute. */
struct task {
    uint64_t point, replicate; /* key in the store */
    size_t row; /* of the sweep, then of the points that refine has added: the first that needs it,
                   with the most to record */
    int level;
    bool is_suspect; /* it was under way when a run died: computed last, with nothing beside it */
    bool is_claimed; /* the store says that it is under way */
    bool has_state;  /* the store has a state of it */
    bool is_aside;   /* set aside as failed: not computed */
    uint64_t n_lost; /* deaths that count against it */
    /* The job that computes it, with others that fold. */
    uint64_t trajectory; /* ae_fold_key */
    size_t job, n_job;   /* row of the job's first task; tasks in it, which stand side by side */
    struct ae_point_saved from; /* what it goes on from, once it is given */
    double model_s, job_s;      /* that it and the job take by the model of costs */
};

/* How long points take that cannot be saved, by hidden width. */
enum { N_GUESSES = 64 };
struct guess {
    size_t K; /* 0: none */
    double longest_s;
};

struct ae_campaign {
    const struct ae_sweep *sweep;
    struct ae_store *store;
    const struct ae_selection *selection;
    struct ae_hasher *hasher; /* of trajectories */
    struct ae_refine *refine; /* NULL: this run does not refine */
    size_t n_met;             /* points that refine has added and that were looked at */
    struct ae_index met;      /* results that this run needs; only where it refines */
    struct task *tasks;       /* by key; once prepared job by job, long ones first, suspects last */
    size_t n_tasks, tasks_capacity;
    size_t n_suspects;         /* that are not claimed yet */
    size_t n_claimed, n_given; /* of the tasks so far; those left out are counted as well */
    size_t n_open;             /* given and not ended */
    size_t window;             /* jobs claimed together last time */
    double claimed_s;          /* when that was */
    struct ae_campaign_rules rules;
    double ends_s; /* when to stop, on the clock of ae_campaign_now_s; inf = never */
    bool is_stopping;
    struct guess guesses[N_GUESSES];
    enum ae_status trouble; /* what went wrong in `next`, which cannot return it */
    struct ae_error why;
    struct ae_campaign_counts counts;
    struct ae_tally *tally;
    struct ae_cost cost;             /* what finished points took */
    double model_s[AE_COST_N_KINDS]; /* of all tasks */
    double model_done_s;             /* of finished ones */
    double started_s, committed_s;
    ae_campaign_report_fn *report;
    void *report_ctx;
};

double ae_campaign_now_s(void);  /* of a clock that only moves forward */
double ae_campaign_date_s(void); /* since 1970 */
void ae_campaign_point(const struct ae_campaign *campaign, const struct task *task,
                       struct ae_params *p);
int ae_campaign_by_key(const void *a, const void *b); /* compares tasks */

/* Is its result stored, with all that the task is to record? Counts it if so. */
bool ae_campaign_is_stored(struct ae_campaign *campaign, const struct task *task);
/* Room for n tasks. */
enum ae_status ae_campaign_reserve(struct ae_campaign *campaign, size_t n, struct ae_error *err);

/* Makes jobs of the tasks first ... end - 1, of one task each unless `is_together`, puts them in the
 * order in which they are to run, and counts what they are expected to take. */
enum ae_status ae_campaign_arrange(struct ae_campaign *campaign, size_t first, size_t end,
                                   bool is_together, struct ae_error *err);
/* A task is done: corrects the expectation, once enough of them are there. */
void ae_campaign_compare(struct ae_campaign *campaign, const struct task *task,
                         const struct ae_params *p, double steps, double wall_s);

/* Points that follow from what is stored: to be called before tasks are listed. */
enum ae_status ae_campaign_refine(struct ae_campaign *campaign, struct ae_error *err);
/* Counts, and remembers, that this run needs the result of a task, stored or not. */
enum ae_status ae_campaign_meet(struct ae_campaign *campaign, const struct task *task,
                                struct ae_error *err);
/* A result has come: see ae_refine_note. */
enum ae_status ae_campaign_note(struct ae_campaign *campaign, const struct task *task,
                                int old_level, const struct ae_store_row *row,
                                struct ae_error *err);
/* Makes tasks of what has followed since. Those not given yet may move. */
enum ae_status ae_campaign_grow(struct ae_campaign *campaign, struct ae_error *err);

/* Puts the row of a task that has ended. */
enum ae_status ae_campaign_put(struct ae_campaign *campaign, const struct task *task,
                               const struct ae_store_row *row, struct ae_error *err);

/* Makes sure that the job at task n_given is claimed, in the store as well; false if none may begin
 * now. */
bool ae_campaign_claim(struct ae_campaign *campaign);
/* The run is stopping: what is claimed and was not given will not begin. Those given stay claimed
 * until they have ended: the stop may be MPI's answer to the death of a rank. */
enum ae_status ae_campaign_release_waiting(struct ae_campaign *campaign, struct ae_error *err);
enum ae_status ae_campaign_release(struct ae_campaign *campaign, struct task *task,
                                   struct ae_error *err);
/* A task was stopped after so many steps, its job after wall_s. */
void ae_campaign_note_stop(struct ae_campaign *campaign, const struct task *task, double steps,
                           double wall_s);
/* The job of that task has taken so long. */
void ae_campaign_note_time(struct ae_campaign *campaign, const struct task *task, double wall_s);

#endif
