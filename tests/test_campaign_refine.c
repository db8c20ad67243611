/*
 * A campaign that refines, without a farm: the test hands out, gathers in any order and dies itself.
 * Whatever happens on the way, the same results are there at the end.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/campaign.h"
#include "aesweep/point.h"
#include "report_store.h"
#include "store_fixture.h"

static const struct ae_store_columns columns = {AE_N_SUMMARY, ae_summary_names};

static const char *const sweep_text =
    "name: r\nset: {D: 10}\n"
    "grid: {engine: [sgd, ode], K: [1, 2], lr: {from: 0.01, to: 100, points: 5, scale: log}}\n"
    "replicates: 2\nrefine: {axes: [lr], levels: 4}\n";

/* What the job would find: a boundary that depends on K, one replicate that fails, and one where
 * the replicates disagree. */
static enum ae_phase rule(const struct ae_params *p)
{
    if (p->K == 2 && p->lr == 0.1 && p->replicate == 2)
        return AE_N_PHASES;
    if (p->lr > 20.0)
        return AE_PHASE_DIVERGED;
    return p->lr > (p->K == 1 ? 0.05 : 0.5) * (double)p->replicate ? AE_PHASE_PCA : AE_PHASE_NONE;
}

enum { MOST = 3, MOST_FOLDED = 64 };

/* A job under way: its points, and what it would find. */
struct job {
    uint64_t number;
    size_t n;
    enum ae_phase phases[MOST_FOLDED];
};

/* One run on a folder. */
struct life {
    struct ae_sweep *sweep;
    struct ae_selection selection;
    struct ae_store *store;
    struct ae_campaign *campaign;
    struct ae_farm_source source;
    size_t n_open;
    struct job open[MOST]; /* given and not ended */
};

static void begin(struct life *life, const char *dir, const char *text, const char *only,
                  const char *shard)
{
    struct ae_error err = {0};
    struct ae_campaign_rules rules = {.dir = dir,
                                      .n_ranks = MOST,
                                      .checkpoint_s = 60.0,
                                      .limit_s = (double)INFINITY,
                                      .max_lost = 0};
    *life = (struct life){.n_open = 0};
    EXPECT_OK(ae_sweep_read_text(&life->sweep, text, strlen(text), "t.yaml", &err));
    EXPECT_OK(ae_selection_init(&life->selection, only, shard, &err));
    EXPECT_OK(ae_store_open_run(&life->store, dir, &columns, NULL, &err));
    EXPECT_OK(ae_campaign_new(&life->campaign, life->sweep, &life->selection, life->store, &err));
    EXPECT_OK(ae_campaign_prepare(life->campaign, &rules, &err));
    life->source = ae_campaign_source(life->campaign, NULL, NULL);
}

static void end(struct life *life)
{
    struct ae_error err = {0};
    ae_campaign_free(life->campaign);
    EXPECT_OK(ae_store_close(life->store, &err));
    ae_selection_clear(&life->selection);
    ae_sweep_free(life->sweep);
}

/* The points of a job, from its input. */
static void read_job(struct ae_bytes in, struct job *job)
{
    struct ae_reader reader = ae_reader_of(in);
    struct ae_error err = {0};
    uint64_t n = 0;
    assert_true(ae_take_u64(&reader, &n) && n >= 1 && n <= MOST_FOLDED);
    job->n = n;
    for (size_t i = 0; i < n; i++) {
        struct ae_bytes block;
        struct ae_params p;
        double *storage = NULL;
        assert_true(ae_take_block(&reader, &block));
        EXPECT_OK(ae_params_unpack(block, &p, &storage, &err));
        job->phases[i] = rule(&p);
        free(storage);
    }
}

static bool take(struct life *life)
{
    struct ae_buffer in = {0};
    struct job job = {0};
    bool has = life->n_open < MOST && life->source.next(life->source.ctx, &job.number, &in);
    if (has) {
        read_job(ae_buffer_bytes(&in), &job);
        life->open[life->n_open++] = job;
    }
    ae_buffer_clear(&in);
    return has;
}

static void give_back(struct life *life, size_t i)
{
    static const char reason[] = "a reason";
    struct ae_error err = {0};
    struct ae_buffer record = {0};
    struct job job = life->open[i];
    for (size_t k = 0; k < job.n; k++) {
        bool is_failed = job.phases[k] == AE_N_PHASES;
        struct ae_summary summary = summary_in(is_failed ? AE_PHASE_NONE : job.phases[k]);
        double numbers[AE_N_SUMMARY];
        ae_summary_to_reals(&summary, numbers);
        ae_buffer_u64(&record, is_failed ? AE_ENUM : AE_OK);
        ae_buffer_block(&record, (struct ae_bytes){reason, sizeof reason});
        ae_buffer_block(&record, (struct ae_bytes){numbers, sizeof numbers});
    }
    struct ae_farm_result result = {.job = job.number,
                                    .status = AE_OK,
                                    .reason = "",
                                    .record = ae_buffer_bytes(&record),
                                    .wall_s = 100.0,
                                    .host = "host"};
    life->open[i] = life->open[--life->n_open];
    EXPECT_OK(life->source.done(life->source.ctx, &result, &err));
    ae_buffer_clear(&record);
}

/* Goes on until nothing is left, or n results or more have come; returns how many have. */
static size_t go_on(struct life *life, size_t n, unsigned *chance)
{
    size_t n_done = 0;
    while (n_done < n) {
        while (take(life))
            ;
        if (life->n_open == 0)
            break;
        *chance = *chance * 1103515245u + 12345u;
        size_t i = (*chance >> 8) % life->n_open;
        n_done += life->open[i].n;
        give_back(life, i);
    }
    return n_done;
}

static enum ae_status add(void *ctx, const struct ae_store_row *row, struct ae_error *err)
{
    struct ae_buffer *out = ctx;
    (void)err;
    ae_buffer_printf(out, "%llu %llu %d\n", (unsigned long long)row->point,
                     (unsigned long long)row->replicate, (int)row->state);
    return AE_OK;
}

/* All that is stored. */
static void list(const char *dir, struct ae_buffer *out)
{
    struct ae_store *store = NULL;
    struct ae_error err = {0};
    EXPECT_OK(ae_store_open_read(&store, dir, &columns, &err));
    ae_buffer_text(out, "");
    EXPECT_OK(ae_store_each(store, false, add, out, &err));
    EXPECT_OK(ae_store_close(store, &err));
}

/* The whole of it, undisturbed. */
static size_t run_whole(const char *dir, struct ae_buffer *stored)
{
    struct life life;
    unsigned chance = 7;
    begin(&life, dir, sweep_text, NULL, NULL);
    size_t n = go_on(&life, SIZE_MAX, &chance);
    struct ae_campaign_counts counts = ae_campaign_counts_of(life.campaign);
    assert_int_equal(counts.n_needed, n);
    assert_int_equal(counts.n_needed, counts.n_done + counts.n_failed);
    assert_int_equal(counts.n_needed - counts.n_added, 2 * 2 * 2 * 5);
    end(&life);
    list(dir, stored);
    return n;
}

static void test_any_order_any_death(void **state)
{
    struct ae_buffer want = {0}, got = {0};
    char dir[REPORT_PATH];
    size_t n = run_whole(*state, &want);
    assert_true(n > 2 * 2 * 2 * 5 + 2 * 2 * 3 * 4);
    for (size_t k = 9; k < n; k += 44) { /* dies after every k results, with others under way */
        unsigned chance = (unsigned)k;
        struct life life;
        make_folder(dir);
        for (size_t last = k; last >= k;) {
            begin(&life, dir, sweep_text, NULL, NULL);
            last = go_on(&life, k, &chance);
            end(&life);
        }
        ae_buffer_rewind(&got);
        list(dir, &got);
        assert_string_equal(got.data, want.data);
        remove_folder(dir);
    }
    ae_buffer_clear(&want);
    ae_buffer_clear(&got);
}

/* Midpoints follow as soon as both neighbours are known, while others of the grid are open. */
static void test_no_barrier(void **state)
{
    struct life life;
    uint64_t highest = 0;
    begin(&life, *state, sweep_text, "engine=sgd, K=1", NULL);
    for (size_t i = 0; i < 2; i++) /* one job of the grid stays open all the time */
        assert_true(take(&life));
    while (life.n_open > 1 || take(&life)) {
        while (take(&life))
            ;
        if (life.n_open < 2)
            break;
        uint64_t last = life.open[life.n_open - 1].number;
        highest = last > highest ? last : highest;
        give_back(&life, life.n_open - 1);
    }
    assert_int_equal(life.open[0].number, 0);
    assert_true(ae_campaign_counts_of(life.campaign).n_added > 0);
    assert_true(highest >= 10); /* the grid's jobs are 0 ... 9 */
    give_back(&life, 0);
    end(&life);
}

/* Parts chosen by hand come to the same whole; a shard leaves refining to the run that has all. */
static void test_parts(void **state)
{
    struct ae_buffer want = {0}, got = {0};
    char dir[REPORT_PATH];
    struct life life;
    unsigned chance = 3;
    (void)run_whole(*state, &want);
    make_folder(dir);
    const char *only[] = {"replicate=2", "lr<1", "K=2", NULL};
    for (size_t i = 0; i < 4; i++) {
        begin(&life, dir, sweep_text, only[i], NULL);
        (void)go_on(&life, SIZE_MAX, &chance);
        end(&life);
    }
    list(dir, &got);
    assert_string_equal(got.data, want.data);
    remove_folder(dir);
    make_folder(dir);
    size_t n = 0;
    const char *shards[] = {"1/3", "2/3", "3/3"};
    for (size_t i = 0; i < 3; i++) {
        begin(&life, dir, sweep_text, NULL, shards[i]);
        n += go_on(&life, SIZE_MAX, &chance);
        assert_int_equal(ae_campaign_counts_of(life.campaign).n_added, 0);
        end(&life);
    }
    assert_int_equal(n, 2 * 2 * 2 * 5);
    begin(&life, dir, sweep_text, NULL, NULL);
    (void)go_on(&life, SIZE_MAX, &chance);
    end(&life);
    ae_buffer_rewind(&got);
    list(dir, &got);
    assert_string_equal(got.data, want.data);
    remove_folder(dir);
    ae_buffer_clear(&want);
    ae_buffer_clear(&got);
}

/* What died with points of refine under way computes them last, one at a time, as any other. */
static void test_suspects(void **state)
{
    struct ae_buffer want = {0}, got = {0};
    char dir[REPORT_PATH];
    struct life life;
    unsigned chance = 5;
    (void)run_whole(*state, &want);
    make_folder(dir);
    begin(&life, dir, sweep_text, NULL, NULL);
    (void)go_on(&life, 24, &chance);
    while (take(&life))
        ;
    assert_int_equal(life.n_open, MOST);
    end(&life);
    begin(&life, dir, sweep_text, NULL, NULL);
    assert_true(ae_campaign_counts_of(life.campaign).n_suspects >= MOST);
    (void)go_on(&life, SIZE_MAX, &chance);
    end(&life);
    list(dir, &got);
    assert_string_equal(got.data, want.data);
    remove_folder(dir);
    ae_buffer_clear(&want);
    ae_buffer_clear(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_any_order_any_death, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_no_barrier, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_parts, make_dir, remove_dir),
        cmocka_unit_test_setup_teardown(test_suspects, make_dir, remove_dir),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
