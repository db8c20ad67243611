#ifndef FARM_PLAY_H
#define FARM_PLAY_H

/*
 * What the farm's tests share: a source that keeps account, fillings to recognise, and marks, files
 * in a folder by which jobs on different ranks wait for each other.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include "aesweep/farm.h"

enum {
    MAX_JOBS = 20000,
    LATER = 10000 /* the follow-up of job j is LATER + j */
};

/* What a scenario is made of, and what rank 0 has seen. */
struct play {
    struct ae_farm *farm;
    int rank, size;
    const char *name; /* of the scenario */
    const char *dir;  /* for marks; NULL if the scenario makes none */
    size_t n_wrong;   /* checks that failed */

    uint64_t n_jobs; /* jobs to give; follow-ups come on top */
    bool has_followups;
    uint64_t n_given, n_done, n_saved, n_ticks;
    bool has_stopped; /* from here on `next` must not be called */
    uint64_t stop_at_done, fail_done_at, fail_tick_at, fail_saved_at; /* 0: never */
    uint64_t followup[MAX_JOBS];
    size_t n_followups, n_followed;
    unsigned char given[MAX_JOBS], done[MAX_JOBS];
    uint64_t newest[MAX_JOBS]; /* number of the last saved state of each job */
    uint64_t n_by_rank[64];
    uint64_t n_status[16];
};

/* Counts and prints a condition that does not hold; returns whether it does. */
bool play_check(struct play *p, bool is_true, const char *text, int line);
#define CHECK(p, condition) play_check(p, condition, #condition, __LINE__)

void play_sleep_ms(long ms);
double play_clock_s(clockid_t clock);

/* A file `SCENARIO-name-rank` in p->dir, which holds the process id. */
void play_mark(const struct play *p, const char *name, int rank);
bool play_is_marked(const struct play *p, const char *name, int rank);
bool play_is_marked_by_all(const struct play *p, const char *name);

/* Bytes that belong to a number: append n of them; are these they? */
void play_fill(struct ae_buffer *out, uint64_t number, uint64_t n);
bool play_is_filled(struct ae_bytes bytes, uint64_t number, uint64_t n);

/* The number at the start of a job's input, which a filling follows; 0 if the input is empty. */
uint64_t play_number(struct ae_bytes in);

/* A saved state: number of the job, number of the state, filling. play_saved checks that the newest
 * is newer than the one before, and that the job is not done. */
void play_save_state(struct ae_sink *out, uint64_t job, uint64_t k, uint64_t size);
enum ae_status play_saved(void *ctx, uint64_t job, struct ae_bytes state, struct ae_error *err);

/*
 * A job that writes its record in two parts; some fail, with the record half written. Job 0 has no
 * input at all, job 33 tries to record 3 GiB. Its `done` checks what arrives, byte by byte.
 */
ae_job_fn play_mixed_job;
enum ae_status play_mixed_done(void *ctx, const struct ae_farm_result *result,
                               struct ae_error *err);

/* The account of results that every `done` ends with. */
enum ae_status play_done(void *ctx, const struct ae_farm_result *result, struct ae_error *err);

/*
 * Runs and checks what every run must keep: each job given is done, once, the status on rank 0 and
 * on the others. Callbacks left NULL are those of this file. Returns this rank's error.
 */
struct ae_error play_run(struct play *p, ae_job_fn *job, struct ae_farm_source source,
                         enum ae_status want_0, enum ae_status want);

#endif
