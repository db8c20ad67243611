/* Costs: the form of the model, pilots against a machine that obeys a known law (no clock is read
 * but in the last test), the bound on wall time against a simulated queue, warnings. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "aesweep/estimate.h"
#include "aesweep/hash.h"
#include "points.h"

static double model_of(const char *settings)
{
    struct ae_params p = point_of(settings);
    return ae_cost_model(&p);
}

static void assert_ratio(double a, double b, double lo, double hi)
{
    if (!(a / b > lo && a / b < hi))
        fail_msg("%g / %g = %g is not between %g and %g", a, b, a / b, lo, hi);
}

static void test_form(void **state)
{
    (void)state;
    double sgd = model_of("engine=sgd D=1000 time=1000");
    assert_ratio(model_of("engine=sgd D=1000 time=2000"), sgd, 1.9, 2.01);
    assert_ratio(model_of("engine=sgd D=2000 time=1000"), sgd, 3.6,
                 4.0); /* steps, and their size */
    assert_ratio(model_of("engine=sgd D=1000 time=1000 K=20"), sgd, 2.0, 20.0);
    assert_ratio(model_of("engine=sgd D=1000 time=1000 lr=1e6"), sgd, 0.0, 0.01); /* diverges */
    assert_ratio(model_of("engine=sgd D=1000 time=1000 batch=20"), sgd, 10.0, 20.1);
    double ode = model_of("D=1000 time=1000");
    assert_ratio(model_of("D=4000 time=1000"), ode, 0.999, 1.2);
    assert_ratio(model_of("D=1000 time=1e8"), ode, 1.1, 4.0); /* steps grow with log t */
    assert_ratio(model_of("D=1000 time=1000 K=10"), ode, 50.0, 10000.0);
    assert_ratio(model_of("D=1000 time=1000 K=10 tied=true"), model_of("D=1000 time=1000 K=10"),
                 0.02, 0.9);
}

static void test_kinds(void **state)
{
    (void)state;
    static const char *const points[] = {
        "K=1",       "engine=sgd", "activation=relu",
        "tied=true", "bias=both",  "engine=sgd activation=linear bias=encoder"};
    enum { N = sizeof points / sizeof *points };
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++) {
            struct ae_params p = point_of(points[i]), q = point_of(points[j]);
            assert_true(ae_cost_kind(&p) < AE_COST_N_KINDS);
            assert_true((ae_cost_kind(&p) == ae_cost_kind(&q)) == (i == j));
        }
}

static void test_bytes(void **state)
{
    (void)state;
    struct ae_params wide = point_of("engine=sgd D=100000 K=10");
    assert_true(ae_cost_memory(&wide) >= 2.0 * 8 * 10 * 100000.0); /* its weights alone */
    struct ae_params shuffled = point_of("engine=sgd samples=1e8 epochs=true");
    assert_true(ae_cost_memory(&shuffled) >= 4e8 && ae_cost_memory(&shuffled) < 5e8);
    struct ae_params final = point_of("record=final"), full = point_of("record=full K=5");
    assert_true(ae_cost_disk(&final) < 10000.0);
    /* 62 times 9 + 60 numbers */
    assert_true(ae_cost_disk(&full) > 62 * 69 * 8.0);
}

/* ---- a machine that obeys a law ---- */

struct machine {
    double sgd_slowness, ode_slowness; /* against the model */
    bool is_broken;
    size_t n_runs;
    double longest_limit_s;
};

static double true_s(const struct machine *machine, const struct ae_params *p)
{
    /* a law of its own for simulations; for the flow the model's times a number */
    if (p->engine == AE_ENGINE_SGD)
        return machine->sgd_slowness * p->time * p->D * (p->D + 50.0) * (1.0 + 0.2 * (double)p->K);
    return machine->ode_slowness * ae_cost_model(p);
}

static bool fake_run(void *ctx, const struct ae_params *p, double limit_s, struct ae_pilot *pilot)
{
    struct machine *machine = ctx;
    double whole_s = true_s(machine, p);
    machine->n_runs++;
    machine->longest_limit_s = fmax(machine->longest_limit_s, limit_s);
    pilot->took_s = fmin(whole_s, limit_s);
    pilot->is_whole = whole_s <= limit_s;
    if (p->engine == AE_ENGINE_SGD)
        pilot->steps = p->time * p->D * pilot->took_s / whole_s;
    else
        pilot->steps = pilot->is_whole ? 1000.0 : 50.0; /* cut early: says nothing */
    return !machine->is_broken;
}

/* Adds a grid of points; returns what the machine takes for all of them. */
static double add_points(struct ae_estimate *estimate, const struct machine *machine,
                         const char *engine)
{
    double sum_s = 0.0;
    for (size_t K = 1; K <= 5; K++)
        for (size_t i = 0; i < 8; i++)
            for (size_t tied = 0; tied < 2; tied++) {
                struct ae_params p = point_of(engine);
                p.K = K;
                p.tied = tied == 1;
                p.D = 100.0 * (double)(i + 1);
                p.time = 10.0 * (double)(1 + (3 * i + K) % 7);
                p.lr = 0.01;
                uint64_t id = 0;
                assert_int_equal(ae_params_hash(&p, &id, NULL), AE_OK);
                ae_estimate_add(estimate, &p, id, 3);
                sum_s += 3.0 * true_s(machine, &p);
            }
    return sum_s;
}

static struct ae_estimate *new_estimate(void)
{
    struct ae_estimate *estimate = NULL;
    assert_int_equal(ae_estimate_new(&estimate, NULL), AE_OK);
    return estimate;
}

static void test_pilots_find_the_law(void **state)
{
    (void)state;
    struct machine machine = {.sgd_slowness = 3e-8, .ode_slowness = 7.0};
    struct ae_estimate *estimate = new_estimate();
    double sgd_s = add_points(estimate, &machine, "engine=sgd");
    double ode_s = add_points(estimate, &machine, "engine=ode");
    ae_estimate_pilot(estimate, 40, 1000.0, fake_run, &machine);
    struct ae_bill bill = ae_estimate_bill(estimate);
    assert_int_equal(bill.n_pilots, machine.n_runs);
    assert_ratio(bill.work_s, sgd_s + ode_s, 1.0 / 1.2, 1.2);
    ae_estimate_free(estimate);
}

/* Simulations that are cut short tell as much. */
static void test_pilots_keep_to_their_budget(void **state)
{
    (void)state;
    struct machine machine = {.sgd_slowness = 3e-6};
    struct ae_estimate *estimate = new_estimate();
    double sgd_s = add_points(estimate, &machine, "engine=sgd");
    ae_estimate_pilot(estimate, 10, 0.5, fake_run, &machine);
    assert_int_equal(machine.n_runs, 10);
    assert_true(machine.longest_limit_s < 0.5);
    assert_ratio(ae_estimate_bill(estimate).work_s, sgd_s, 1.0 / 1.3, 1.3);
    ae_estimate_free(estimate);
}

/* Of long integrations the start says nothing, but there is a short one. */
static void test_cheapest(void **state)
{
    (void)state;
    struct machine machine = {.ode_slowness = 1.0};
    struct ae_params small = point_of("K=1"), large = point_of("K=16");
    machine.ode_slowness = 0.01 / ae_cost_model(&small); /* 10 ms, and much more */
    struct ae_estimate *estimate = new_estimate();
    for (uint64_t i = 0; i < 50; i++)
        ae_estimate_add(estimate, &large, 1000 + i, 1);
    ae_estimate_add(estimate, &small, 1, 1);
    double sum_s = 50.0 * true_s(&machine, &large) + true_s(&machine, &small);
    assert_true(true_s(&machine, &large) > 1.0);
    ae_estimate_pilot(estimate, 48, 1.0, fake_run, &machine);
    assert_int_equal(ae_estimate_bill(estimate).n_pilots, 1);
    assert_ratio(ae_estimate_bill(estimate).work_s, sum_s, 0.999, 1.001);
    ae_estimate_free(estimate);
}

static void test_pilots_that_say_nothing(void **state)
{
    (void)state;
    struct machine machine = {.sgd_slowness = 1e-6, .is_broken = true};
    struct ae_estimate *estimate = new_estimate();
    add_points(estimate, &machine, "engine=sgd");
    double before_s = ae_estimate_bill(estimate).work_s;
    ae_estimate_pilot(estimate, 5, 100.0, fake_run, &machine);
    assert_int_equal(ae_estimate_bill(estimate).n_pilots, 0);
    assert_true(ae_estimate_bill(estimate).work_s == before_s);
    ae_estimate_free(estimate);
    struct ae_estimate *nothing = new_estimate();
    ae_estimate_pilot(nothing, 5, 100.0, fake_run, &machine);
    assert_true(ae_estimate_bill(nothing).work_s == 0.0);
    ae_estimate_free(nothing);
}

/* What was not measured is as slow as what is most like it. */
static void test_factor(void **state)
{
    (void)state;
    struct ae_cost cost = {0};
    struct ae_params sgd = point_of("engine=sgd D=500 time=20"), relu = sgd, ode = point_of("K=1");
    relu.activation = AE_RELU;
    assert_true(ae_cost_factor(&cost, ae_cost_kind(&sgd)) == 1.0);
    ae_cost_learn(&cost, &sgd, 10000.0, true, 5.0 * ae_cost_model(&sgd));
    assert_ratio(ae_cost_factor(&cost, ae_cost_kind(&sgd)), 5.0, 0.999, 1.001);
    assert_ratio(ae_cost_factor(&cost, ae_cost_kind(&relu)), 5.0, 0.999, 1.001);
    assert_ratio(ae_cost_factor(&cost, ae_cost_kind(&ode)), 5.0, 0.999, 1.001);
    ae_cost_learn(&cost, &ode, 10.0, false, 1e6); /* the mere start of an integration */
    assert_ratio(ae_cost_factor(&cost, ae_cost_kind(&ode)), 5.0, 0.999, 1.001);
    ae_cost_learn(&cost, &ode, 300.0, true, 2.0 * ae_cost_model(&ode));
    assert_ratio(ae_cost_factor(&cost, ae_cost_kind(&ode)), 2.0, 0.999, 1.001);
    ae_cost_learn(&cost, &ode, (double)NAN, true, 1.0);
    assert_int_equal(cost.n, 2);
}

/* Points of one trajectory cost what its longest costs, and little more for each; that is what a
 * plan adds up, and what a run learns from. */
static void test_fold(void **state)
{
    (void)state;
    enum { N = 20 };
    struct ae_params p[N];
    double sum_s = 0.0;
    for (size_t i = 0; i < N; i++) {
        p[i] = point_of("K=4 D=inf time=1e6");
        p[i].lr = 0.1 * (double)(i + 1);
        sum_s += ae_cost_model(&p[i]);
    }
    double longest_s = ae_cost_model(&p[N - 1]), share_s[N], fold_s = ae_cost_fold(N, p, share_s);
    assert_true(share_s[0] == fold_s / N && share_s[N - 1] == share_s[0]);
    assert_true(ae_cost_fold(1, p, share_s) == ae_cost_model(p) && share_s[0] == ae_cost_model(p));
    assert_true(fold_s > longest_s && fold_s < sum_s / 4.0);
    struct ae_estimate *estimate = new_estimate();
    for (size_t i = 0; i < N; i++)
        ae_estimate_results(estimate, &p[i], 3);
    ae_estimate_work(estimate, N, p, 7, 3);
    struct ae_bill bill = ae_estimate_bill(estimate);
    assert_ratio(bill.work_s, 3.0 * fold_s, 0.999, 1.001);
    assert_ratio(bill.longest_s, fold_s, 0.999, 1.001);
    assert_ratio(bill.disk_bytes, 3.0 * N * ae_cost_disk(p), 0.999, 1.001);
    assert_true(bill.memory_bytes > N * ae_cost_disk(p));
    ae_estimate_free(estimate);
    struct ae_cost cost = {0};
    for (size_t i = 0; i < N; i++)
        ae_cost_learn_share(&cost, &p[i], fold_s / N, 3.0 * fold_s / N);
    assert_ratio(ae_cost_factor(&cost, ae_cost_kind(p)), 3.0, 0.999, 1.001);
    ae_cost_learn_share(&cost, p, fold_s / N, (double)NAN);
    assert_int_equal(cost.n, N);
}

/* ---- wall time ---- */

/* n_jobs jobs, each taken by the rank that is free first; returns when the last one ends. */
static double queue_s(const double *job_s, size_t n_jobs, size_t n_ranks)
{
    double free_at[16] = {0}, end_s = 0.0;
    for (size_t i = 0; i < n_jobs; i++) {
        size_t first = 0;
        for (size_t r = 1; r < n_ranks; r++)
            if (free_at[r] < free_at[first])
                first = r;
        free_at[first] += job_s[i];
        end_s = fmax(end_s, free_at[first]);
    }
    return end_s;
}

static void test_wall_bound(void **state)
{
    (void)state;
    enum { N_JOBS = 30 };
    for (uint64_t trial = 0; trial < 200; trial++) {
        double job_s[N_JOBS];
        struct ae_bill bill = {0};
        for (uint64_t i = 0; i < N_JOBS; i++) {
            uint64_t seed[2] = {trial, i};
            double u = (double)(ae_hash((const char *)seed, sizeof seed) >> 11) * 0x1p-53;
            job_s[i] = 1.0 / (0.01 + u);
            bill.work_s += job_s[i];
            bill.longest_s = fmax(bill.longest_s, job_s[i]);
        }
        for (size_t n = 1; n <= 16; n++) {
            double wall_s = queue_s(job_s, N_JOBS, n);
            assert_true(wall_s <= ae_bill_wall_s(&bill, n) * (1.0 + 1e-12));
            assert_true(ae_bill_wall_s(&bill, n) <= bill.work_s / (double)n + bill.longest_s);
        }
        assert_ratio(ae_bill_wall_s(&bill, 1), bill.work_s, 1.0 - 1e-12, 1.0 + 1e-12);
    }
}

/* ---- warnings ---- */

/* Adds the point alone; which warnings does it get? */
static void assert_warns(const char *settings, enum ae_warning_kind want, const char *part)
{
    struct ae_estimate *estimate = new_estimate();
    struct ae_params p = point_of(settings);
    ae_estimate_add(estimate, &p, 12345, 1);
    for (int k = 0; k < AE_N_WARNINGS; k++) {
        enum ae_warning_kind kind = (enum ae_warning_kind)k;
        bool is_there = ae_estimate_warning(estimate, kind)->n_points > 0;
        if (is_there != (kind == want))
            fail_msg("%s: %s %s", settings, ae_warning_names[k], is_there ? "said" : "not said");
    }
    if (want < AE_N_WARNINGS) {
        struct ae_buffer text = {0};
        ae_warning_format(estimate, want, &text);
        if (!text.data || !strstr(text.data, part))
            fail_msg("'%s' does not stand in '%s'", part, text.data ? text.data : "");
        ae_buffer_clear(&text);
    }
    ae_estimate_free(estimate);
}

static void test_warnings(void **state)
{
    (void)state;
    assert_warns("K=4 D=1000", AE_N_WARNINGS, "");
    assert_warns("K=4 D=inf time=1000", AE_N_WARNINGS, "");
    assert_warns("K=30 D=200 time=1000", AE_WARN_WIDE, "up to K = 30 at D = 200");
    assert_warns("engine=sgd activation=linear lr=1000 D=200", AE_WARN_DIVERGES, "lr = 1000");
    assert_warns("engine=ode activation=linear lr=1000 D=200", AE_N_WARNINGS, "");
    assert_warns("K=4 time=1", AE_WARN_TOO_SHORT, "component 4 (r = 0.8)");
    assert_warns("K=4 time=1 start=none init=informed", AE_N_WARNINGS, "");
    assert_warns("activation=linear weight_decay=10", AE_WARN_TOO_SHORT, "weight_decay = 10");
}

/* The example is the point that goes least far beyond, in whatever order they come. */
static void test_example(void **state)
{
    (void)state;
    static const double rates[] = {300, 100, 1000, 1};
    struct ae_estimate *estimate = new_estimate();
    for (size_t i = 0; i < 4; i++) {
        struct ae_params p = point_of("engine=sgd activation=linear D=200");
        p.lr = rates[i];
        ae_estimate_add(estimate, &p, i + 1, 1);
    }
    const struct ae_warning *warning = ae_estimate_warning(estimate, AE_WARN_DIVERGES);
    assert_int_equal(warning->n_points, 3);
    assert_true(warning->example.lr == 100.0);
    assert_true(warning->limit < 100.0 && warning->limit > 1.0);
    ae_estimate_free(estimate);
}

/* ---- the pilot itself ---- */

static void test_pilot_runs(void **state)
{
    (void)state;
    struct ae_pilot pilot = {0};
    struct ae_params small = point_of("engine=sgd D=20 time=5");
    assert_true(ae_pilot_run(NULL, &small, 1e6, &pilot));
    assert_true(pilot.is_whole && pilot.steps == 100.0 && pilot.took_s >= 0.0);
    struct ae_params flow = point_of("time=10");
    assert_true(ae_pilot_run(NULL, &flow, 1e6, &pilot));
    assert_true(pilot.is_whole && pilot.steps > 10.0);
    struct ae_params endless = point_of("engine=sgd D=1000 time=1e9");
    assert_true(ae_pilot_run(NULL, &endless, 0.005, &pilot));
    assert_true(!pilot.is_whole && pilot.steps > 0.0 && pilot.steps < 1e9);
    struct ae_params stiff = point_of("time=1e6 K=4");
    assert_true(ae_pilot_run(NULL, &stiff, 0.0, &pilot));
    assert_false(pilot.is_whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_pilots_find_the_law),
        cmocka_unit_test(test_pilots_keep_to_their_budget),
        cmocka_unit_test(test_cheapest),
        cmocka_unit_test(test_pilots_that_say_nothing),
        cmocka_unit_test(test_factor),
        cmocka_unit_test(test_fold),
        cmocka_unit_test(test_wall_bound),
        cmocka_unit_test(test_warnings),
        cmocka_unit_test(test_example),
        cmocka_unit_test(test_pilot_runs),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
