/*
 * Results folders of one sweep made one. The new folder is written under another name beside its
 * place, and renamed when it is complete.
 */
#include "aesweep/merge.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "aesweep/difference.h"
#include "aesweep/index.h"
#include "aesweep/journal.h"
#include "aesweep/point.h"
#include "aesweep/record.h"
#include "aesweep/sources.h"
#include "aesweep/spectra.h"
#include "aesweep/store.h"
#include "aesweep/sweep.h"

enum { N_SHOWN = 10 }; /* differences told in full */

static const struct ae_store_columns columns = {AE_N_SUMMARY, ae_summary_names};

struct part {
    const char *dir;
    struct ae_store *store;
    bool is_running;        /* what is under way there has not died */
    struct ae_buffer sweep; /* as this version of the program writes it */
};

struct merge {
    size_t n_parts, at; /* the part being read */
    struct part *parts;
    struct ae_store *out;
    struct ae_index suspects; /* with the number of deaths as their level */
    struct ae_merge_report *report;
};

/* ---- the sweep ---- */

static enum ae_status read_sweep(struct part *part, struct ae_error *err)
{
    char *text = NULL;
    struct ae_sweep *sweep = NULL;
    enum ae_status rc = ae_store_get_text(part->store, "sweep", &text, err);
    if (rc == AE_OK && !text)
        rc = ae_fail(err, AE_EARG, "%s holds no sweep: nothing was run there yet", part->dir);
    if (rc == AE_OK)
        rc = ae_sweep_read_text(&sweep, text, strlen(text), part->dir, err);
    if (rc == AE_EARG && text)
        rc = ae_fail(err, AE_EIO, "%s: its sweep cannot be read (written by another version?)",
                     part->dir);
    if (rc == AE_OK) {
        ae_sweep_format(sweep, &part->sweep);
        rc = ae_buffer_status(&part->sweep, err);
    }
    ae_sweep_free(sweep);
    free(text);
    return rc;
}

static size_t line_length(const char *text)
{
    return strcspn(text, "\n");
}

/* AE_EARG with the first line in which two sweeps differ. */
static enum ae_status fail_sweeps(const struct part *a, const struct part *b, struct ae_error *err)
{
    const char *x = a->sweep.data, *y = b->sweep.data;
    while (line_length(x) == line_length(y) && strncmp(x, y, line_length(x)) == 0) {
        x += line_length(x) + (x[line_length(x)] == '\n');
        y += line_length(y) + (y[line_length(y)] == '\n');
    }
    return ae_fail(
        err, AE_EARG,
        "the parts hold different sweeps: '%.*s' in %s, '%.*s' in %s; --sweep PART takes "
        "that of one part and keeps all results",
        (int)line_length(x), x, a->dir, (int)line_length(y), y, b->dir);
}

/* The part whose sweep counts. */
static enum ae_status choose_sweep(const struct merge *merge, const char *chosen,
                                   const struct part **part, struct ae_error *err)
{
    *part = &merge->parts[0];
    for (size_t i = 0; i < merge->n_parts && chosen; i++)
        if (strcmp(merge->parts[i].dir, chosen) == 0) {
            *part = &merge->parts[i];
            return AE_OK;
        }
    if (chosen)
        return ae_fail(err, AE_EARG, "--sweep %s: not one of the parts", chosen);
    for (size_t i = 1; i < merge->n_parts; i++)
        if (strcmp(merge->parts[i].sweep.data, merge->parts[0].sweep.data) != 0)
            return fail_sweeps(&merge->parts[0], &merge->parts[i], err);
    return AE_OK;
}

/* ---- the results ---- */

static enum ae_status compare(struct merge *merge, const struct part *earlier,
                              const struct ae_store_row *row, struct ae_error *err)
{
    struct ae_store_row other;
    struct ae_buffer text = {0};
    bool is_found = false, is_different = false;
    enum ae_status rc =
        ae_store_get(earlier->store, row->point, row->replicate, &other, &is_found, err);
    if (rc != AE_OK || !is_found || other.state != AE_STORE_DONE || row->state != AE_STORE_DONE)
        return rc;
    struct ae_outcome a = {earlier->dir, other.numbers, other.extra};
    struct ae_outcome b = {merge->parts[merge->at].dir, row->numbers, row->extra};
    rc = ae_difference_find(&a, &b, &is_different, &text, err);
    if (rc == AE_OK && is_different && merge->report->n_different++ < N_SHOWN) {
        ae_buffer_printf(&merge->report->differences,
                         "%016" PRIx64 " replicate %" PRIu64 ": %s\n%s", row->point, row->replicate,
                         row->params, text.data);
        rc = ae_buffer_status(&merge->report->differences, err);
    }
    ae_buffer_clear(&text);
    return rc;
}

static enum ae_status take_row(void *ctx, const struct ae_store_row *row, struct ae_error *err)
{
    struct merge *merge = ctx;
    enum ae_store_state state = AE_STORE_FAILED;
    int level = 0;
    enum ae_status rc = AE_OK;
    bool is_there = ae_store_has(merge->out, row->point, row->replicate, &state, &level);
    for (size_t i = 0; i < merge->at && is_there && rc == AE_OK; i++)
        if (ae_store_has(merge->parts[i].store, row->point, row->replicate, NULL, NULL))
            rc = compare(merge, &merge->parts[i], row, err);
    bool is_better =
        row->state == AE_STORE_DONE && (state == AE_STORE_FAILED || row->level > level);
    merge->report->n_twice += is_there;
    if (rc == AE_OK && (!is_there || is_better))
        rc = ae_store_put(merge->out, row, err);
    return rc;
}

static enum ae_status take_parts(struct merge *merge, struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    for (merge->at = 0; merge->at < merge->n_parts && rc == AE_OK; merge->at++) {
        struct part *part = &merge->parts[merge->at];
        rc = ae_store_each(part->store, true, take_row, merge, err);
        if (rc == AE_OK)
            rc = ae_spectra_take(part->store, merge->out, err);
    }
    size_t n = merge->report->n_different;
    if (rc == AE_OK && n > 0)
        rc = ae_fail(err, AE_EARG, "%zu result%s the parts: nothing was merged", n,
                     n == 1 ? " differs between" : "s differ between");
    return rc;
}

/* ---- what was under way ---- */

/* The state of a point in a part; *steps is 0 if there is none that is whole. */
static enum ae_status read_state(const struct part *part, const struct ae_store_mark *mark,
                                 struct ae_buffer *state, uint64_t *steps, struct ae_error *err)
{
    struct ae_point_saved is = {0};
    enum ae_status rc = ae_store_get_state(part->store, mark->point, mark->replicate, state, err);
    if (rc == AE_OK)
        rc = ae_point_read_saved(ae_buffer_bytes(state), NULL, &is, err);
    *steps = is.steps;
    return rc;
}

/* Of the states that parts have of a point, the one that is furthest on. */
static enum ae_status take_state(struct merge *merge, const struct ae_store_mark *mark,
                                 struct ae_error *err)
{
    struct ae_buffer state = {0};
    uint64_t steps = 0, most = 0;
    bool is_again = false;
    enum ae_status rc = read_state(&merge->parts[merge->at], mark, &state, &steps, err);
    for (size_t i = 0; i < merge->at && rc == AE_OK; i++) {
        struct ae_buffer other = {0};
        uint64_t n = 0;
        rc = read_state(&merge->parts[i], mark, &other, &n, err);
        is_again = is_again || n > 0;
        most = n > most ? n : most;
        ae_buffer_clear(&other);
    }
    if (rc == AE_OK && steps > most) {
        merge->report->n_states += !is_again;
        rc = ae_store_put_state(merge->out, mark->point, mark->replicate, ae_buffer_bytes(&state),
                                err);
    }
    ae_buffer_clear(&state);
    return rc;
}

/* A point that was under way when its run died is a suspect in the new folder as well. */
static enum ae_status take_suspect(struct merge *merge, const struct ae_store_mark *mark,
                                   struct ae_error *err)
{
    const struct ae_index_slot *slot =
        ae_index_find(&merge->suspects, mark->point, mark->replicate);
    struct ae_store_mark suspect = *mark;
    suspect.kind = AE_STORE_SUSPECT;
    if (slot && (uint64_t)slot->level >= mark->n_lost)
        return AE_OK;
    if (!ae_index_set(&merge->suspects, mark->point, mark->replicate, 0, (int)mark->n_lost))
        return ae_fail_memory(err, merge->suspects.n_slots);
    return ae_store_put_mark(merge->out, &suspect, err);
}

static enum ae_status take_mark(void *ctx, const struct ae_store_mark *mark, struct ae_error *err)
{
    struct merge *merge = ctx;
    bool has_died = mark->kind == AE_STORE_SUSPECT ||
                    (mark->kind != AE_STORE_FREE && !merge->parts[merge->at].is_running);
    enum ae_status rc = AE_OK;
    if (ae_store_has(merge->out, mark->point, mark->replicate, NULL, NULL))
        return AE_OK;
    if (has_died)
        rc = take_suspect(merge, mark, err);
    return rc == AE_OK && mark->has_state ? take_state(merge, mark, err) : rc;
}

/* Of points that have no result in any part. */
static enum ae_status take_marks(struct merge *merge, struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    for (merge->at = 0; merge->at < merge->n_parts && rc == AE_OK; merge->at++)
        rc = ae_store_each_mark(merge->parts[merge->at].store, take_mark, merge, err);
    return rc;
}

/* ---- the folders ---- */

static enum ae_status open_parts(struct merge *merge, struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    for (size_t i = 0; i < merge->n_parts && rc == AE_OK; i++) {
        char *who = NULL;
        rc = ae_store_running(merge->parts[i].dir, &who, err);
        merge->parts[i].is_running = who != NULL;
        free(who);
        if (rc == AE_OK)
            rc = ae_store_open_read(&merge->parts[i].store, merge->parts[i].dir, &columns, err);
        if (rc == AE_OK)
            rc = read_sweep(&merge->parts[i], err);
    }
    return rc;
}

/* A name beside `dir` that nobody else uses: the folder until it is complete. */
static enum ae_status name_folder(const char *dir, struct ae_buffer *target,
                                  struct ae_buffer *folder, struct ae_error *err)
{
    struct stat info;
    size_t n = strlen(dir);
    while (n > 1 && dir[n - 1] == '/')
        n--;
    if (n == 0)
        return ae_fail(err, AE_EARG, "the name of the new folder is empty");
    ae_buffer_append(target, dir, n);
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    ae_buffer_printf(folder, "%.*s.merging-%ld-%lld.%09ld", (int)n, dir, (long)getpid(),
                     (long long)now.tv_sec, now.tv_nsec);
    enum ae_status rc = ae_buffer_status(target, err);
    if (rc == AE_OK)
        rc = ae_buffer_status(folder, err);
    if (rc == AE_OK && lstat(target->data, &info) == 0)
        rc = ae_fail(err, AE_EARG,
                     "%s is there already: merge into a new folder (that one may be a part)", dir);
    return rc;
}

/* The runs of all parts. */
static enum ae_status take_journals(struct merge *merge, struct ae_error *err)
{
    struct ae_buffer all = {0};
    enum ae_status rc = AE_OK;
    ae_buffer_text(&all, "");
    for (size_t i = 0; i < merge->n_parts && rc == AE_OK; i++) {
        char *text = NULL;
        rc = ae_journal_read(merge->parts[i].store, &text, err);
        if (rc == AE_OK)
            ae_buffer_text(&all, text);
        free(text);
    }
    if (rc == AE_OK)
        rc = ae_buffer_status(&all, err);
    if (rc == AE_OK)
        rc = ae_journal_write(merge->out, all.data, NULL, err);
    ae_buffer_clear(&all);
    return rc;
}

/* What the parts note of files: that of the part whose sweep counts before others. */
static enum ae_status take_sources(struct merge *merge, const struct part *sweep,
                                   struct ae_error *err)
{
    enum ae_status rc = ae_sources_take(sweep->store, merge->out, err);
    for (size_t i = 0; i < merge->n_parts && rc == AE_OK; i++)
        rc = ae_sources_take(merge->parts[i].store, merge->out, err);
    return rc;
}

static enum ae_status write_folder(struct merge *merge, const struct part *sweep,
                                   const char *folder, const char *target, struct ae_error *err)
{
    enum ae_status rc = ae_store_open_run(&merge->out, folder, &columns, NULL, err);
    if (rc != AE_OK)
        return rc;
    rc = ae_store_set_text(merge->out, "sweep", sweep->sweep.data, err);
    if (rc == AE_OK)
        rc = take_journals(merge, err);
    if (rc == AE_OK)
        rc = take_sources(merge, sweep, err);
    if (rc == AE_OK)
        rc = take_parts(merge, err);
    if (rc == AE_OK)
        rc = take_marks(merge, err);
    if (rc != AE_OK) {
        ae_store_discard(merge->out);
        return rc;
    }
    merge->report->n_results = ae_store_size(merge->out);
    return ae_store_close_as(merge->out, target, err);
}

enum ae_status ae_merge(const char *dir, size_t n_parts, const char *const *parts,
                        const char *chosen, struct ae_merge_report *report, struct ae_error *err)
{
    struct merge merge = {.n_parts = n_parts, .report = report};
    struct ae_buffer target = {0}, folder = {0};
    const struct part *sweep = NULL;
    *report = (struct ae_merge_report){0};
    merge.parts = ae_calloc(n_parts, 1, sizeof *merge.parts);
    if (!merge.parts)
        return ae_fail_memory(err, n_parts * sizeof *merge.parts);
    for (size_t i = 0; i < n_parts; i++)
        merge.parts[i].dir = parts[i];
    enum ae_status rc = name_folder(dir, &target, &folder, err);
    if (rc == AE_OK)
        rc = open_parts(&merge, err);
    if (rc == AE_OK)
        rc = choose_sweep(&merge, chosen, &sweep, err);
    if (rc == AE_OK)
        rc = write_folder(&merge, sweep, folder.data, target.data, err);
    for (size_t i = 0; i < n_parts; i++) {
        (void)ae_store_close(merge.parts[i].store, NULL); /* opened for reading */
        ae_buffer_clear(&merge.parts[i].sweep);
    }
    free(merge.parts);
    ae_index_clear(&merge.suspects);
    ae_buffer_clear(&target);
    ae_buffer_clear(&folder);
    return rc;
}
