/* One run on a folder, as the farm and its ranks would see it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "aesweep/record.h"
#include "campaign_life.h"

static const struct ae_store_columns columns = {AE_N_SUMMARY, ae_summary_names};

struct life life_begin(const char *dir, const char *yaml, struct ae_campaign_rules rules)
{
    struct ae_error err = {0};
    struct life life = {.dir = dir};
    rules.dir = dir;
    rules.checkpoint_s = 60.0;
    EXPECT_OK(ae_sweep_read_text(&life.sweep, yaml, strlen(yaml), "test.yaml", &err));
    EXPECT_OK(ae_store_open_run(&life.store, dir, &columns, NULL, &err));
    EXPECT_OK(ae_campaign_new(&life.campaign, life.sweep, NULL, life.store, &err));
    EXPECT_OK(ae_campaign_prepare(life.campaign, &rules, &err));
    life.source = ae_campaign_source(life.campaign, NULL, NULL);
    return life;
}

void life_end(struct life *life)
{
    struct ae_error err = {0};
    ae_campaign_free(life->campaign);
    EXPECT_OK(ae_store_close(life->store, &err));
    ae_sweep_free(life->sweep);
}

const struct ae_campaign_rules life_rules = {
    .n_ranks = 2, .limit_s = (double)INFINITY, .max_lost = 3};

int life_take(struct life *life, struct ae_buffer *in)
{
    struct ae_buffer own = {0};
    uint64_t job = 0;
    bool has = life->source.next(life->source.ctx, &job, in ? in : &own);
    ae_buffer_clear(&own);
    return has ? (int)job : -1;
}

/* What a job says of one of its points. */
static void add_result(struct ae_buffer *out, enum ae_status status)
{
    static const char reason[] = "a reason";
    const double summary[AE_N_SUMMARY] = {0.0};
    ae_buffer_u64(out, (uint64_t)status);
    ae_buffer_block(out, (struct ae_bytes){reason, sizeof reason});
    ae_buffer_block(out, (struct ae_bytes){summary, sizeof summary});
}

void life_give_back_all(struct life *life, int job, enum ae_status whole, size_t n,
                        const enum ae_status *status)
{
    struct ae_error err = {0};
    struct ae_buffer record = {0};
    for (size_t i = 0; i < n; i++)
        add_result(&record, status[i]);
    struct ae_farm_result result = {.job = (uint64_t)job,
                                    .status = whole,
                                    .reason = whole == AE_OK ? "" : "a reason",
                                    .record = ae_buffer_bytes(&record),
                                    .wall_s = 100.0,
                                    .host = "host"};
    EXPECT_OK(life->source.done(life->source.ctx, &result, &err));
    ae_buffer_clear(&record);
}

void life_give_back(struct life *life, int job, enum ae_status status)
{
    life_give_back_all(life, job, status, 1, &status);
}

static enum ae_status count(void *ctx, const struct ae_store_mark *mark, struct ae_error *err)
{
    size_t *n = ctx;
    (void)err;
    n[mark->kind]++;
    return AE_OK;
}

size_t life_n_marked(const char *dir, enum ae_store_kind kind)
{
    struct ae_store *reader = NULL;
    struct ae_error err = {0};
    size_t n[AE_STORE_ALONE + 1] = {0};
    EXPECT_OK(ae_store_open_read(&reader, dir, &columns, &err));
    EXPECT_OK(ae_store_each_mark(reader, count, n, &err));
    EXPECT_OK(ae_store_close(reader, &err));
    return n[kind];
}

struct ae_campaign_counts life_counts(const struct life *life)
{
    return ae_campaign_counts_of(life->campaign);
}
