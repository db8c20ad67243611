/*
 * A point as a job, on a farm of one rank: what is saved, what a saved state is good for, and what
 * counts against the timeout.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "aesweep/farm.h"
#include "aesweep/merge.h"
#include "aesweep/point.h"
#include "campaign_life.h"
#include "points.h"

/* One point on its way through the farm. */
struct trip {
    struct ae_farm *farm;
    struct ae_params p;
    struct ae_point_saving saving;
    bool is_given;
    size_t n_saved, stop_after; /* stops once so many states were saved; 0: never */
    enum ae_status status;
    struct ae_error why;
    struct ae_buffer record, state;
};

static bool next(void *ctx, uint64_t *job, struct ae_buffer *in)
{
    struct trip *trip = ctx;
    if (trip->is_given)
        return false;
    trip->is_given = true;
    *job = 0;
    ae_point_pack_saved(1, &trip->p, &trip->saving, in);
    return true;
}

static enum ae_status done(void *ctx, const struct ae_farm_result *result, struct ae_error *err)
{
    struct trip *trip = ctx;
    (void)err;
    trip->status = result->status;
    (void)ae_fail(&trip->why, result->status, "%s", result->reason);
    ae_buffer_rewind(&trip->record);
    if (result->record.size > 0)
        ae_buffer_append(&trip->record, result->record.data, result->record.size);
    return AE_OK;
}

static enum ae_status saved(void *ctx, uint64_t job, struct ae_bytes state, struct ae_error *err)
{
    struct trip *trip = ctx;
    size_t i = 1;
    (void)job;
    assert_true(ae_point_take_saved(&state, &i) && i == 0);
    trip->n_saved++;
    ae_buffer_rewind(&trip->state);
    ae_buffer_append(&trip->state, state.data, state.size);
    if (trip->stop_after > 0 && trip->n_saved >= trip->stop_after)
        return ae_fail(err, AE_EIO, "enough"); /* stops the farm at once, on any machine */
    return ae_buffer_status(&trip->state, err);
}

static enum ae_status tick(void *ctx, bool *stop, struct ae_error *err)
{
    (void)ctx, (void)stop, (void)err;
    return AE_OK;
}

/* Sends the point on its way; `from` is a state to go on from, or NULL. */
static enum ae_status travel(struct trip *trip, const struct ae_buffer *from)
{
    struct ae_farm_source source = {
        .ctx = trip, .next = next, .done = done, .saved = saved, .tick = tick};
    trip->is_given = false;
    trip->n_saved = 0;
    trip->saving.saved = from ? ae_buffer_bytes(from) : (struct ae_bytes){0};
    (void)ae_farm_run(trip->farm, ae_point_run, NULL, &source, NULL);
    return trip->status;
}

static struct trip trip_of(void **state, const char *settings)
{
    struct trip trip = {.farm = *state, .p = point_of(settings)};
    trip.saving =
        (struct ae_point_saving){.every_s = (double)INFINITY, .bytes_per_s = (double)INFINITY};
    return trip;
}

static void expect_record(const struct trip *trip, const struct ae_buffer *whole)
{
    assert_int_equal(trip->status, AE_OK);
    assert_true(trip->record.size == whole->size &&
                memcmp(trip->record.data, whole->data, whole->size) == 0);
}

static void clear(struct trip *trip)
{
    ae_buffer_clear(&trip->record);
    ae_buffer_clear(&trip->state);
}

static const char point_text[] = "engine=sgd D=200 K=3 time=50 activation=erf";

static void test_saved_and_resumed(void **state)
{
    struct trip trip = trip_of(state, point_text);
    assert_int_equal(travel(&trip, NULL), AE_OK);
    assert_int_equal(trip.n_saved, 0);
    struct ae_buffer whole = trip.record;
    trip.record = (struct ae_buffer){0};
    trip.saving.every_s = 1e-6;
    trip.stop_after = 1;
    assert_int_equal(travel(&trip, NULL), AE_ESTOP);
    assert_true(trip.n_saved >= 1);
    struct ae_buffer first = trip.state;
    trip.state = (struct ae_buffer){0};
    trip.stop_after = 0;
    assert_int_equal(travel(&trip, &first), AE_OK);
    expect_record(&trip, &whole);

    /* A byte anywhere, another record level, another replicate: begun anew, the result is right. */
    for (size_t at = 0; at < first.size; at += at < 40 ? 5 : first.size / 3) {
        first.data[at] ^= 4;
        assert_int_equal(travel(&trip, &first), AE_OK);
        expect_record(&trip, &whole);
        first.data[at] ^= 4;
    }
    trip.p.replicate = 2;
    assert_int_equal(travel(&trip, NULL), AE_OK);
    struct ae_buffer second = trip.record;
    trip.record = (struct ae_buffer){0};
    assert_int_equal(travel(&trip, &first), AE_OK);
    expect_record(&trip, &second);
    assert_true(second.size == whole.size && memcmp(second.data, whole.data, whole.size) != 0);
    trip.p.replicate = 1;
    trip.p.record = AE_RECORD_FINAL;
    assert_int_equal(travel(&trip, NULL), AE_OK);
    struct ae_buffer final = trip.record;
    trip.record = (struct ae_buffer){0};
    assert_int_equal(travel(&trip, &first), AE_OK);
    expect_record(&trip, &final);
    ae_buffer_clear(&final);
    ae_buffer_clear(&first);
    ae_buffer_clear(&second);
    ae_buffer_clear(&whole);
    clear(&trip);
}

/* One that is saved often before it would end. */
static const char long_text[] = "engine=sgd D=200 K=3 time=1e5 activation=erf";

/* The bytes of the n-th state that it saves. */
static struct ae_buffer make_state(void **state, size_t n)
{
    struct trip trip = trip_of(state, long_text);
    trip.saving.every_s = 1e-6;
    trip.stop_after = n;
    assert_int_equal(travel(&trip, NULL), AE_ESTOP);
    struct ae_buffer made = trip.state;
    trip.state = (struct ae_buffer){0};
    clear(&trip);
    return made;
}

static void test_what_a_state_tells(void **state)
{
    struct ae_buffer first = make_state(state, 2);
    struct ae_bytes bytes = ae_buffer_bytes(&first);
    struct ae_params p = point_of(long_text), other = p;
    struct ae_point_saved is = {0}, any = {0};
    assert_int_equal(ae_point_read_saved(bytes, &p, &is, NULL), AE_OK);
    assert_true(is.used_s > 0.0 && is.steps > 0 && is.steps < (uint64_t)(p.time * p.D));
    assert_int_equal(ae_point_read_saved(bytes, NULL, &any, NULL), AE_OK);
    assert_true(any.used_s == is.used_s && any.steps == is.steps);
    other.replicate = 2;
    assert_int_equal(ae_point_read_saved(bytes, &other, &is, NULL), AE_OK);
    assert_true(is.used_s == 0.0 && is.steps == 0);
    first.data[first.size - 1] ^= 1;
    assert_int_equal(ae_point_read_saved(bytes, NULL, &is, NULL), AE_OK);
    assert_true(is.used_s == 0.0);
    bytes.size = 0;
    assert_int_equal(ae_point_read_saved(bytes, &p, &is, NULL), AE_OK);
    assert_true(is.used_s == 0.0);
    ae_buffer_clear(&first);
}

/* A sweep of that point alone. */
static const char yaml[] =
    "name: one\nset: {engine: sgd, D: 200, K: 3, time: 1e5, activation: erf, "
    "spikes: [4, 2.5, 1.5, 0.8]}\n";

/* A run on the folder that ends with this state of the point. */
static void leave_state(const char *dir, const struct ae_buffer *saved)
{
    struct ae_error err = {0};
    struct life life = life_begin(dir, yaml, life_rules);
    struct ae_buffer sent = {0};
    ae_buffer_u64(&sent, 0);
    ae_buffer_append(&sent, saved->data, saved->size);
    EXPECT_OK(ae_store_set_text(life.store, "sweep", yaml, &err));
    assert_int_equal(life_take(&life, NULL), 0);
    EXPECT_OK(life.source.saved(life.source.ctx, 0, ae_buffer_bytes(&sent), &err));
    ae_buffer_clear(&sent);
    life_give_back(&life, 0, AE_ESTOP);
    life_end(&life);
}

/* What is stored of a point that went on took the time of all its runs, of this one 100 s. */
static void test_time_of_all_lives_is_stored(void **state)
{
    void *dir = NULL;
    struct ae_error err = {0};
    struct ae_buffer first = make_state(state, 2);
    struct ae_point_saved is = {0};
    struct ae_store_row row;
    struct ae_params p;
    bool is_found = false;
    uint64_t point = 0;
    assert_int_equal(make_dir(&dir), 0);
    leave_state(dir, &first);
    struct life life = life_begin(dir, yaml, life_rules);
    ae_sweep_point(life.sweep, 0, 1, &p);
    EXPECT_OK(ae_point_read_saved(ae_buffer_bytes(&first), &p, &is, &err));
    EXPECT_OK(ae_params_hash(&p, &point, &err));
    assert_int_equal(life_take(&life, NULL), 0);
    life_give_back(&life, 0, AE_OK);
    EXPECT_OK(ae_store_get(life.store, point, 1, &row, &is_found, &err));
    assert_true(is_found && is.used_s > 0.0 && row.wall_s == is.used_s + 100.0);
    assert_true(life_counts(&life).work_s == 100.0);
    life_end(&life);
    assert_int_equal(remove_dir(&dir), 0);
    ae_buffer_clear(&first);
}

/* Of the states that several folders have of a point, that which is furthest on goes into their
 * merger, in whichever order they stand; one that is damaged does not. */
static void test_merged_states(void **state)
{
    struct ae_buffer states[] = {make_state(state, 2), make_state(state, 9), make_state(state, 12)};
    struct ae_error err = {0};
    states[2].data[states[2].size / 2] ^= 1;
    for (size_t turn = 0; turn < 3; turn++) {
        void *dirs[3] = {NULL};
        char merged[PATH_SIZE];
        struct ae_merge_report report;
        struct ae_buffer in = {0};
        for (size_t i = 0; i < 3; i++) {
            assert_int_equal(make_dir(&dirs[i]), 0);
            leave_state(dirs[i], &states[(i + turn) % 3]);
        }
        const char *const parts[] = {dirs[0], dirs[1], dirs[2]};
        (void)snprintf(merged, sizeof merged, "%s/merged", parts[0]);
        EXPECT_OK(ae_merge(merged, 3, parts, NULL, &report, &err));
        assert_int_equal(report.n_results, 0);
        assert_int_equal(report.n_states, 1);
        struct life life = life_begin(merged, yaml, life_rules);
        assert_int_equal(life_counts(&life).n_saved, 1);
        assert_int_equal(life_take(&life, &in), 0);
        assert_true(in.size > states[1].size && memcmp(in.data + in.size - states[1].size,
                                                       states[1].data, states[1].size) == 0);
        life_end(&life);
        ae_buffer_clear(&in);
        (void)list_dir(merged, true);
        (void)rmdir(merged);
        for (size_t i = 0; i < 3; i++)
            assert_int_equal(remove_dir(&dirs[i]), 0);
    }
    for (size_t i = 0; i < 3; i++)
        ae_buffer_clear(&states[i]);
}

/* A state of 1 MB at a kilobyte a second: the first save is the last. */
static void test_large_states_are_rare(void **state)
{
    struct trip trip = trip_of(state, point_text);
    trip.saving.every_s = 1e-6;
    trip.saving.bytes_per_s = 1.0;
    assert_int_equal(travel(&trip, NULL), AE_OK);
    assert_int_equal(trip.n_saved, 1);
    clear(&trip);
}

/* The time of earlier lives counts, and a point that is late is not saved for another. */
static void test_timeout_counts_all_lives(void **state)
{
    struct trip trip = trip_of(state, "engine=sgd D=500 K=3 time=1e6 timeout=0.3");
    size_t n_lives = 0;
    trip.saving.every_s = 1e-6; /* the first life is over before any machine is late */
    trip.stop_after = 1;
    struct ae_buffer from = {0};
    while (travel(&trip, n_lives > 0 ? &from : NULL) == AE_ESTOP && n_lives++ < 1000) {
        trip.saving.every_s = 0.02;
        ae_buffer_clear(&from);
        from = trip.state;
        trip.state = (struct ae_buffer){0};
    }
    assert_int_equal(trip.status, AE_ETIMEOUT);
    assert_true(n_lives >= 1);
    assert_non_null(strstr(trip.why.message, "more than 0.3 s"));
    ae_buffer_clear(&from);
    clear(&trip);
}

/* Three points that are one trajectory. */
static bool next_folded(void *ctx, uint64_t *job, struct ae_buffer *in)
{
    static const char *const texts[] = {
        "K=2 D=40 time=30 lr=0.5", "K=2 D=40 time=30 lr=2 record=full", "K=2 D=40 time=30 lr=1"};
    struct trip *trip = ctx;
    struct ae_params p[3];
    if (trip->is_given)
        return false;
    trip->is_given = true;
    for (size_t i = 0; i < 3; i++)
        p[i] = point_of(texts[i]);
    *job = 0;
    ae_point_pack_folded(3, p, in);
    trip->p = p[1];
    return true;
}

/* One result for each, in their order; the second is what the point is alone. */
static void test_folded(void **state)
{
    struct trip trip = trip_of(state, "K=2");
    struct ae_farm_source source = {
        .ctx = &trip, .next = next_folded, .done = done, .saved = saved, .tick = tick};
    assert_int_equal(ae_farm_run(trip.farm, ae_point_run, NULL, &source, NULL), AE_OK);
    assert_int_equal(trip.status, AE_OK);
    struct ae_record alone = run_point(&trip.p), first;
    struct ae_buffer whole = {0};
    ae_record_pack(&alone, &whole);
    struct ae_reader in = ae_reader_of(ae_buffer_bytes(&trip.record));
    struct ae_point_result result;
    assert_int_equal(ae_point_take(&in, &result, NULL), AE_OK);
    assert_int_equal(ae_record_unpack(result.record, &first, NULL), AE_OK);
    assert_true(first.level == AE_RECORD_CURVE && first.n_times == alone.n_times);
    ae_record_clear(&first);
    assert_int_equal(ae_point_take(&in, &result, NULL), AE_OK);
    assert_memory_equal(&result.summary, &alone.summary, sizeof alone.summary);
    assert_int_equal(result.record.size, whole.size);
    assert_memory_equal(result.record.data, whole.data, whole.size);
    assert_int_equal(ae_point_take(&in, &result, NULL), AE_OK);
    assert_int_equal(in.left, 0);
    struct ae_error err = {0};
    assert_int_equal(ae_point_take(&in, &result, &err), AE_EINTERNAL);
    ae_record_clear(&alone);
    ae_buffer_clear(&whole);
    clear(&trip);
}

/* However the bytes are cut, what cannot be read is refused. */
static void test_cut_results(void **state)
{
    struct trip trip = trip_of(state, "engine=sgd D=20 time=2");
    struct ae_point_result result;
    assert_int_equal(travel(&trip, NULL), AE_OK);
    for (size_t size = 0; size < trip.record.size; size++) {
        struct ae_reader in = {.at = trip.record.data, .left = size};
        struct ae_error err = {0};
        assert_int_equal(ae_point_take(&in, &result, &err), AE_EINTERNAL);
        assert_non_null(strstr(err.message, "malformed result"));
    }
    clear(&trip);
}

static void test_malformed_input(void **state)
{
    struct ae_farm *farm = *state;
    (void)farm;
    struct ae_error err = {0};
    assert_int_equal(ae_point_run(NULL, (struct ae_bytes){"12345", 5}, NULL, &err), AE_EINTERNAL);
    assert_non_null(strstr(err.message, "malformed"));
}

static void test_only_simulations_resume(void **state)
{
    (void)state;
    struct ae_params ode = point_of("engine=ode"), sgd = point_of("engine=sgd");
    assert_true(!ae_point_can_resume(&ode) && ae_point_can_resume(&sgd));
}

static int open_farm(void **state)
{
    struct ae_farm *farm = NULL;
    int argc = 0;
    char **argv = NULL;
    enum ae_status rc = ae_farm_new(&farm, &argc, &argv, NULL);
    *state = farm;
    return rc == AE_OK ? 0 : -1;
}

static int close_farm(void **state)
{
    ae_farm_free(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_saved_and_resumed),
        cmocka_unit_test(test_what_a_state_tells),
        cmocka_unit_test(test_time_of_all_lives_is_stored),
        cmocka_unit_test(test_merged_states),
        cmocka_unit_test(test_large_states_are_rare),
        cmocka_unit_test(test_timeout_counts_all_lives),
        cmocka_unit_test(test_folded),
        cmocka_unit_test(test_cut_results),
        cmocka_unit_test(test_malformed_input),
        cmocka_unit_test(test_only_simulations_resume),
    };
    return cmocka_run_group_tests(tests, open_farm, close_farm);
}
