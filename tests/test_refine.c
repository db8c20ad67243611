/*
 * What refine adds to a sweep, with phases that a rule of the test decides: against a recursion
 * written here, and for results that come in any order.
 */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/refine.h"
#include "report_store.h"
#include "store_fixture.h"

/* ---- a world whose phases are known ---- */

/* The phase of a point; AE_N_PHASES: it fails. */
typedef enum ae_phase rule_fn(const struct ae_params *p);

enum { MAX_KEYS = 4000 };

struct world {
    struct ae_sweep *sweep;
    struct ae_refine *refine;
    rule_fn *rule;
    size_t n_keys, n_come, n_met; /* results asked for, those that have come first; points met */
    struct key {
        uint64_t point, replicate;
        struct ae_params p;
    } keys[MAX_KEYS];
};

static struct key *find(struct world *w, size_t n, uint64_t point, uint64_t replicate)
{
    for (size_t i = 0; i < n; i++)
        if (w->keys[i].point == point && w->keys[i].replicate == replicate)
            return &w->keys[i];
    return NULL;
}

static struct ae_refine_result result_of(rule_fn *rule, const struct ae_params *p)
{
    enum ae_phase phase = rule(p);
    if (phase == AE_N_PHASES)
        return (struct ae_refine_result){.is_failed = true};
    return (struct ae_refine_result){.summary = summary_in(phase)};
}

static enum ae_status look(void *ctx, uint64_t point, uint64_t replicate, int level, bool *is_there,
                           struct ae_refine_result *result, struct ae_error *err)
{
    struct world *w = ctx;
    const struct key *key = find(w, w->n_come, point, replicate);
    (void)level;
    (void)err;
    *is_there = key != NULL;
    if (key)
        *result = result_of(w->rule, &key->p);
    return AE_OK;
}

/* All replicates of a point, unless others have asked for them. */
static void ask(struct world *w, struct ae_params p)
{
    uint64_t point = 0;
    assert_int_equal(ae_params_hash(&p, &point, NULL), AE_OK);
    for (size_t k = 1; k <= ae_sweep_n_replicates(w->sweep); k++) {
        p.replicate = k;
        if (find(w, w->n_keys, point, ae_params_stored_replicate(&p)))
            continue;
        assert_true(w->n_keys < MAX_KEYS);
        w->keys[w->n_keys++] = (struct key){point, ae_params_stored_replicate(&p), p};
    }
}

static void ask_added(struct world *w)
{
    for (; w->n_met < ae_refine_n_points(w->refine); w->n_met++) {
        struct ae_params p;
        uint64_t point = 0;
        ae_refine_point(w->refine, w->n_met, 1, &p);
        assert_int_equal(ae_params_hash(&p, &point, NULL), AE_OK);
        assert_true(point == ae_refine_hash(w->refine, w->n_met));
        ask(w, p);
    }
}

static void begin(struct world *w, const char *yaml, rule_fn *rule)
{
    struct ae_error err = {0};
    memset(w, 0, sizeof *w);
    w->rule = rule;
    EXPECT_OK(ae_sweep_read_text(&w->sweep, yaml, strlen(yaml), "t.yaml", &err));
    EXPECT_OK(ae_refine_new(&w->refine, w->sweep, look, w, &err));
    for (size_t i = 0; i < ae_sweep_n_points(w->sweep); i++) {
        struct ae_params p;
        ae_sweep_point(w->sweep, i, 1, &p);
        ask(w, p);
    }
}

static void end(struct world *w)
{
    ae_refine_free(w->refine);
    ae_sweep_free(w->sweep);
}

/* n more results come, the next one chosen by chance; never more than were said to be possible. */
static void run(struct world *w, size_t n, unsigned *chance)
{
    struct ae_error err = {0};
    for (; n > 0 && w->n_come < w->n_keys; n--) {
        *chance = *chance * 1103515245u + 12345u;
        struct key *next = &w->keys[w->n_come + (*chance >> 8) % (w->n_keys - w->n_come)];
        struct key key = *next;
        *next = w->keys[w->n_come];
        w->keys[w->n_come++] = key;
        struct ae_refine_result result = result_of(w->rule, &key.p);
        size_t possible = ae_refine_n_possible(w->refine), before = ae_refine_n_points(w->refine);
        EXPECT_OK(ae_refine_note(w->refine, key.point, -1, key.p.record, &result, &err));
        assert_true(ae_refine_n_possible(w->refine) + ae_refine_n_points(w->refine) - before <=
                    possible);
        ask_added(w);
    }
}

/* A death: what is known is read anew. */
static void restart(struct world *w)
{
    struct ae_error err = {0};
    size_t n = ae_refine_n_points(w->refine);
    ae_refine_free(w->refine);
    EXPECT_OK(ae_refine_new(&w->refine, w->sweep, look, w, &err));
    assert_int_equal(ae_refine_n_points(w->refine), n);
    w->n_keys = w->n_come;
    w->n_met = 0;
    for (size_t i = 0; i < ae_sweep_n_points(w->sweep); i++) {
        struct ae_params p;
        ae_sweep_point(w->sweep, i, 1, &p);
        ask(w, p);
    }
    ask_added(w);
}

/* `K=1 lr=0.5; ` for each added point, in order. */
static void list(const struct world *w, struct ae_buffer *out)
{
    struct ae_error err = {0};
    size_t *order = NULL, n = 0;
    ae_buffer_text(out, "");
    EXPECT_OK(ae_refine_order(w->refine, &order, &n, &err));
    for (size_t i = 0; i < n; i++) {
        struct ae_params p;
        ae_refine_point(w->refine, order[i], 1, &p);
        ae_sweep_format_point(w->sweep, &p, out);
        ae_buffer_text(out, "; ");
    }
    free(order);
}

static void expect_points(const char *yaml, rule_fn *rule, const char *want)
{
    static struct world w;
    struct ae_buffer got = {0};
    unsigned chance = 1;
    begin(&w, yaml, rule);
    run(&w, MAX_KEYS, &chance);
    assert_int_equal(ae_refine_n_possible(w.refine), 0);
    list(&w, &got);
    assert_string_equal(got.data, want);
    ae_buffer_clear(&got);
    end(&w);
}

/* ---- the set ---- */

/* Boundaries everywhere, at every depth: phases by the digits of lr. */
static enum ae_phase scattered(const struct ae_params *p)
{
    char text[AE_NUMBER_SIZE];
    unsigned h = (unsigned)p->K;
    for (const char *c = ae_number_format(p->lr, text); *c; c++)
        h = h * 31u + (unsigned char)*c;
    h ^= h >> 7;
    if (h % 11 == 0)
        return AE_N_PHASES;
    /* Replicates differ, but for most points their majority is that of the point. */
    return (enum ae_phase)((h + (p->replicate == 3 ? h / 64 % 5 : 0)) % AE_N_PHASES);
}

/* The majority of three replicates, AE_N_PHASES where there is none. */
static int reference_phase(struct ae_params p, double lr)
{
    int votes[AE_N_PHASES + 1] = {0};
    p.lr = lr;
    for (p.replicate = 1; p.replicate <= 3; p.replicate++)
        votes[scattered(&p)]++;
    if (votes[AE_N_PHASES] == 3)
        return -1;
    for (int i = 0; i < AE_N_PHASES; i++)
        if (votes[i] >= 2)
            return i;
    return AE_N_PHASES;
}

static void reference(struct ae_params p, double a, double b, int levels, struct ae_buffer *out)
{
    char text[40];
    int at_a = reference_phase(p, a), at_b = reference_phase(p, b);
    if (levels == 0 || at_a < 0 || at_b < 0 || at_a == at_b)
        return;
    (void)snprintf(text, sizeof text, "%.12g", exp(0.5 * (log(a) + log(b))));
    double middle = strtod(text, NULL);
    reference(p, a, middle, levels - 1, out);
    ae_buffer_printf(out, "K=%zu lr=%s; ", p.K, ae_number_format(middle, text));
    reference(p, middle, b, levels - 1, out);
}

static const char three[] = "set: {engine: sgd, D: 100}\n"
                            "grid: {K: [1, 2, 3], lr: {from: 0.01, to: 100, points: 9, scale: "
                            "log}}\nreplicates: 3\nrefine: {axes: [lr], levels: 4}\n";

static void test_recursion(void **state)
{
    static struct world w;
    struct ae_buffer want = {0}, got = {0};
    struct ae_params p;
    (void)state;
    begin(&w, three, scattered);
    for (size_t i = 0; i + 1 < 27; i++) {
        struct ae_params next;
        ae_sweep_point(w.sweep, i, 1, &p);
        ae_sweep_point(w.sweep, i + 1, 1, &next);
        if (next.K == p.K)
            reference(p, p.lr, next.lr, 4, &want);
    }
    end(&w);
    assert_true(want.size > 100 * strlen("K=1 lr=1; "));
    expect_points(three, scattered, want.data);
    for (unsigned chance = 2; chance < 22; chance++) {
        unsigned order = chance;
        begin(&w, three, scattered);
        while (w.n_come < w.n_keys) {
            run(&w, 1 + (order >> 4) % 40, &order);
            restart(&w);
        }
        ae_buffer_rewind(&got);
        list(&w, &got);
        assert_string_equal(got.data, want.data);
        end(&w);
    }
    ae_buffer_clear(&want);
    ae_buffer_clear(&got);
}

/* ---- middles ---- */

static enum ae_phase above_three(const struct ae_params *p)
{
    return p->lr > 3.0 ? AE_PHASE_PCA : AE_PHASE_NONE;
}

static enum ae_phase wide(const struct ae_params *p)
{
    return p->K > 20 ? AE_PHASE_PCA : AE_PHASE_NONE;
}

static void test_middles(void **state)
{
    (void)state;
    expect_points("grid: {lr: {from: 1, to: 9, points: 2}}\nrefine: {axes: [lr], levels: 4}\n",
                  above_three, "lr=3; lr=3.5; lr=4; lr=5; ");
    expect_points("grid: {lr: {from: 1, to: 9, points: 2, scale: log}}\n"
                  "refine: {axes: [lr], levels: 2}\n",
                  above_three, "lr=3; lr=5.19615242271; ");
    /* A list is taken for what it looks like, unless it says so. */
    expect_points("grid: {lr: [0.01, 10]}\nrefine: {axes: [lr], levels: 1}\n", above_three,
                  "lr=0.316227766017; ");
    expect_points("grid: {lr: {values: [0.01, 10], scale: linear}}\n"
                  "refine: {axes: [lr], levels: 1}\n",
                  above_three, "lr=5.005; ");
    expect_points("grid: {lr: {values: [9, 1], scale: log}}\nrefine: {axes: [lr], levels: 1}\n",
                  above_three, "lr=3; ");
    /* Integers, down to neighbours. */
    expect_points("set: {D: 1000}\ngrid: {K: [16, 24]}\nrefine: {axes: [K], levels: 9}\n", wide,
                  "K=20; K=21; K=22; ");
    expect_points("set: {D: 1000}\ngrid: {K: [1, 64]}\nrefine: {axes: [K], levels: 2}\n", wide,
                  "K=8; K=22; ");
}

static enum ae_phase strong(const struct ae_params *p)
{
    return p->init > 0.05 || p->lr > 5.0 ? AE_PHASE_PCA : AE_PHASE_NONE;
}

static void test_axes_and_what_is_between(void **state)
{
    (void)state;
    /* Words and inf have no middle with anything. */
    expect_points("grid: {init: [0.01, informed, 0.1]}\nrefine: {axes: [init], levels: 1}\n",
                  strong, "init=0.0316227766017; ");
    expect_points("grid: {D: [100, inf], init: [0.01, 0.1]}\nrefine: {axes: [D], levels: 3}\n",
                  strong, "");
    /* Two axes, each along the lines of the grid. */
    expect_points("grid: {init: [0.01, 0.1], lr: [1, 10]}\n"
                  "refine: {axes: [lr, init], levels: 1}\n",
                  strong, "init=0.01 lr=3.16227766017; init=0.0316227766017 lr=1; ");
    /* What is computed follows; what is excluded, or computes to nonsense, is left out. */
    expect_points("set: {time: =1e4/lr}\ngrid: {lr: [0.01, 10]}\n"
                  "exclude: [{if: \"time<400, time>300\"}]\nrefine: {axes: [lr], levels: 3}\n",
                  above_three, "lr=0.316227766017; lr=1.77827941004; lr=4.21696503429; ");
    expect_points("set: {time: =1e4/lr}\ngrid: {lr: [0.01, 10]}\n"
                  "exclude: [{if: \"time<40000, time>30000\"}]\nrefine: {axes: [lr], levels: 3}\n",
                  above_three, "");
    expect_points("set: {K: =4/lr}\ngrid: {lr: [1, 4]}\nrefine: {axes: [lr], levels: 2}\n",
                  above_three, "");
}

static enum ae_phase fails_at_one(const struct ae_params *p)
{
    return p->lr == 1.0 ? AE_N_PHASES : above_three(p);
}

static void test_failures_and_gaps(void **state)
{
    (void)state;
    expect_points("grid: {lr: [0.1, 1, 10]}\nrefine: {axes: [lr], levels: 3}\n", fails_at_one, "");
    expect_points("grid: {lr: [0.1, 10]}\nrefine: {axes: [lr], levels: 3}\n", fails_at_one,
                  "lr=1; ");
    expect_points("grid: {lr: [0.1, 1, 10]}\nexclude: [{lr: 1}]\n"
                  "refine: {axes: [lr], levels: 3}\n",
                  above_three, "");
    expect_points("grid: {lr: [0.1, 1, 10]}\n", above_three, "");
}

/* A middle that another document has stands there alone; ends that an earlier one has are
 * neighbours all the same. */
static void test_documents(void **state)
{
    (void)state;
    expect_points(
        "grid: {lr: [1, 9]}\nrefine: {axes: [lr], levels: 1}\n---\ngrid: {lr: [2, 5, 8]}\n",
        above_three, "lr=3.5; ");
    expect_points(
        "grid: {lr: [1, 9]}\nrefine: {axes: [lr], levels: 1}\n---\ngrid: {lr: [1, 3, 9]}\n",
        above_three, "lr=5; lr=5.19615242271; ");
    expect_points("grid: {lr: [1, 9]}\nrefine: {axes: [lr], levels: 2}\n---\ngrid: {lr: [1, 5]}\n",
                  above_three, "lr=3; lr=4; ");
}

/* ---- sweep files ---- */

static void expect_error(const char *yaml, const char *want)
{
    struct ae_error err = {0};
    struct ae_sweep *sweep = NULL;
    assert_int_equal(ae_sweep_read_text(&sweep, yaml, strlen(yaml), "t", &err), AE_EARG);
    if (!strstr(err.message, want))
        fail_msg("got: %s, want: %s", err.message, want);
}

static void test_mistakes(void **state)
{
    (void)state;
    expect_error("grid: {lr: [1, 2]}\nrefine: {axes: [lrr], levels: 3}\n", "t:2:17: ");
    expect_error("grid: {lr: [1, 2]}\nrefine: {axes: [K], levels: 3}\n",
                 "refine: K is no axis of this sweep; allowed: axes of grid");
    expect_error("grid: {lr: [1, 2]}\nrefine: {axes: [rule], levels: 3}\n", "rule is not a number");
    expect_error("grid: {lr: [1, 2]}\nrefine: {axes: [lr, lr], levels: 3}\n", "twice");
    expect_error("grid: {lr: [1, 2]}\nrefine: {axes: lr, levels: 3}\n",
                 "allowed: a list of parameters, such as [lr]");
    expect_error("grid: {lr: [1, 2]}\nrefine: {axes: [lr]}\n", "both of them");
    expect_error("grid: {lr: [1, 2]}\nrefine: {axes: [lr], levels: 21}\n",
                 "allowed: an integer from 1 to 20");
    expect_error("grid: {lr: [1, 2]}\nrefine: {axes: [lr], levels: 3, level: 3}\n",
                 "did you mean 'levels'?");
    expect_error("zip: [{lr: [1, 2], K: [1, 2]}]\nrefine: {axes: [lr], levels: 3}\n",
                 "lr is an axis of zip, which cannot be bisected");
    expect_error("sample: {sobol: 4, over: {lr: {from: 1, to: 2}}}\n"
                 "refine: {axes: [lr], levels: 3}\n",
                 "lr is an axis of sample, which cannot be bisected");
    expect_error("grid: {K: [1, 2]}\n---\ngrid: {lr: [1, 2]}\nrefine: {axes: [lr], levels: 3}\n",
                 "refine is shared by all documents");
}

/* What is kept in the folder refines the same way: a linear range of two values does not become a
 * list that looks like a log scale. */
static void test_kept(void **state)
{
    static const char yaml[] = "grid: {lr: {from: 0.1, to: 10, points: 2}, K: [1, 2]}\n"
                               "refine: {axes: [lr, K], levels: 2}\n";
    struct ae_error err = {0};
    struct ae_buffer once = {0}, twice = {0};
    struct ae_sweep *sweep = NULL, *again = NULL;
    (void)state;
    EXPECT_OK(ae_sweep_read_text(&sweep, yaml, strlen(yaml), "t.yaml", &err));
    ae_sweep_format(sweep, &once);
    assert_non_null(strstr(once.data, "refine: {axes: [lr, K], levels: 2}\n"));
    EXPECT_OK(ae_sweep_read_text(&again, once.data, once.size, "t.yaml", &err));
    ae_sweep_format(again, &twice);
    assert_string_equal(once.data, twice.data);
    expect_points(once.data, above_three, "lr=2.575 K=1; lr=2.575 K=2; lr=5.05 K=1; lr=5.05 K=2; ");
    ae_sweep_free(sweep);
    ae_sweep_free(again);
    ae_buffer_clear(&once);
    ae_buffer_clear(&twice);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_recursion),
        cmocka_unit_test(test_middles),
        cmocka_unit_test(test_axes_and_what_is_between),
        cmocka_unit_test(test_failures_and_gaps),
        cmocka_unit_test(test_documents),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
