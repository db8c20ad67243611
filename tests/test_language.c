/* Documents with grid, zip, sample and computed values against plain nested loops, for random sweep
 * files: every point, in order, as numbers. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "aesweep/sweep.h"

static struct ae_sweep *read_good(const char *text)
{
    struct ae_sweep *sweep = NULL;
    struct ae_error err = {0};
    if (ae_sweep_read_text(&sweep, text, strlen(text), "f.yaml", &err) != AE_OK)
        fail_msg("%s\n%s", err.message, text);
    return sweep;
}

/* Parameters whose every combination makes sense. */
enum { LR, INIT, TIE_SCALE, TIME, SIGMA2, WIDTH, N_CHOICES };
static const enum ae_param_id ids[N_CHOICES] = {AE_PARAM_lr,   AE_PARAM_init,   AE_PARAM_tie_scale,
                                                AE_PARAM_time, AE_PARAM_sigma2, AE_PARAM_K};

enum { MAX_VALUES = 4, MAX_GROUP = 3, MAX_DOCUMENTS = 4, MAX_POINTS = 20000 };

struct formula {
    const char *text;
    int of; /* the only choice in it */
    double (*value)(double x);
};
static double twice(double x)
{
    return 2 * x;
}
static double half_square(double x)
{
    return x * x / 2;
}
static double root(double x)
{
    return sqrt(x) + 1;
}
static double smaller(double x)
{
    return x < 2 ? x : 2;
}
static const struct formula formulas[] = {
    {"=2*lr", LR, twice},
    {"=lr^2/2", LR, half_square},
    {"=sqrt(init) + 1", INIT, root},
    {"\"=min(K, 2)\"", WIDTH, smaller},
    {"=(sigma2*sigma2)/2", SIGMA2, half_square},
    {"=2*time", TIME, twice},
};
enum { N_FORMULAS = sizeof formulas / sizeof *formulas };

struct axis {
    size_t n_members, n;
    int members[MAX_GROUP];
    double values[MAX_GROUP][MAX_VALUES];
};

struct document {
    size_t n_axes, n_grid; /* the first n_grid axes have one member each and stand under grid */
    struct axis axes[N_CHOICES];
    double fixed[N_CHOICES];
    const struct formula *computed[N_CHOICES];
    bool is_said[N_CHOICES]; /* under its own set */
    bool has_exclusion;      /* K = 1 */
};

struct points {
    size_t n;
    double x[MAX_POINTS][N_CHOICES];
};

static uint64_t random_state;

static size_t random_below(size_t n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(random_state >> 33) % n;
}

/* Distinct values for one axis of parameter c, small so that documents overlap. */
static void choose_values(int c, struct axis *axis, size_t member, bool may_repeat)
{
    for (size_t i = 0; i < axis->n; i++) {
        bool is_new;
        do {
            double x = (double)(1 + random_below(5));
            axis->values[member][i] = c == WIDTH ? x : x / 4;
            is_new = true;
            for (size_t k = 0; k < i; k++)
                is_new = is_new && axis->values[member][k] != axis->values[member][i];
        } while (!is_new && !may_repeat);
    }
}

static bool is_axis_of(const struct document *d, int c)
{
    for (size_t k = 0; k < d->n_axes; k++)
        for (size_t m = 0; m < d->axes[k].n_members; m++)
            if (d->axes[k].members[m] == c)
                return true;
    return false;
}

/* Would computing c from `of` close a cycle? */
static bool reaches(const struct document *d, int of, int c)
{
    for (int steps = 0; steps <= N_CHOICES; steps++) {
        if (of == c)
            return true;
        if (!d->computed[of])
            return false;
        of = d->computed[of]->of;
    }
    return true;
}

static struct document random_document(const struct document *before)
{
    struct document d = {.fixed = {1, 0.1, 1, 100, 1, 1}};
    int order[N_CHOICES];
    for (size_t i = 0; i < N_CHOICES; i++) { /* random order */
        size_t k = random_below(i + 1);
        order[i] = order[k];
        order[k] = (int)i;
    }
    if (before) {
        memcpy(d.fixed, before->fixed, sizeof d.fixed);
        memcpy(d.computed, before->computed, sizeof d.computed);
    }
    size_t at = 0;
    d.n_grid = random_below(3);
    for (; d.n_axes < d.n_grid; d.n_axes++) {
        struct axis *axis = &d.axes[d.n_axes];
        *axis = (struct axis){.n_members = 1, .n = 1 + random_below(3), .members = {order[at++]}};
        choose_values(axis->members[0], axis, 0, false);
    }
    for (size_t n_groups = random_below(3); n_groups > 0; n_groups--) {
        struct axis *axis = &d.axes[d.n_axes++];
        *axis = (struct axis){.n_members = 1 + (at + 2 <= N_CHOICES ? random_below(2) : 0),
                              .n = 1 + random_below(3)};
        for (size_t m = 0; m < axis->n_members; m++) {
            axis->members[m] = order[at++];
            choose_values(axis->members[m], axis, m, m > 0); /* the first tells all apart */
        }
    }
    for (; at < N_CHOICES; at++) {
        int c = order[at];
        d.is_said[c] = random_below(2) == 0;
        if (!d.is_said[c])
            continue;
        d.computed[c] = NULL;
        d.fixed[c] = c == WIDTH ? 3 : 0.75;
        const struct formula *formula = &formulas[random_below(N_FORMULAS)];
        if (random_below(2) == 0 && c != WIDTH && !reaches(&d, formula->of, c))
            d.computed[c] = formula;
    }
    d.has_exclusion = random_below(6) == 0;
    return d;
}

/* The same again but for the values of one axis: such documents overlap. */
static struct document similar_document(const struct document *before)
{
    struct document d = *before;
    memset(d.is_said, 0, sizeof d.is_said);
    if (d.n_axes > 0) {
        struct axis *axis = &d.axes[random_below(d.n_axes)];
        choose_values(axis->members[0], axis, 0, false);
    }
    return d;
}

static void write_list(const struct axis *axis, size_t member, struct ae_buffer *out)
{
    char text[AE_NUMBER_SIZE];
    ae_buffer_printf(out, "%s: [", ae_param_table[ids[axis->members[member]]].name);
    for (size_t i = 0; i < axis->n; i++)
        ae_buffer_printf(out, "%s%s", i > 0 ? ", " : "",
                         ae_number_format(axis->values[member][i], text));
    ae_buffer_text(out, "]");
}

static void write_document(const struct document *d, struct ae_buffer *out)
{
    char text[AE_NUMBER_SIZE];
    if (d->n_axes > d->n_grid)
        ae_buffer_text(out, "zip:\n"); /* before grid: the order is the same */
    for (size_t k = d->n_grid; k < d->n_axes; k++) {
        for (size_t m = 0; m < d->axes[k].n_members; m++) {
            ae_buffer_text(out, m == 0 ? "  - {" : ", ");
            write_list(&d->axes[k], m, out);
        }
        ae_buffer_text(out, "}\n");
    }
    ae_buffer_text(out, d->n_grid > 0 ? "grid:\n" : "");
    for (size_t k = 0; k < d->n_grid; k++) {
        ae_buffer_text(out, "  ");
        write_list(&d->axes[k], 0, out);
        ae_buffer_text(out, "\n");
    }
    ae_buffer_text(out, "set:\n");
    for (size_t c = 0; c < N_CHOICES; c++)
        if (d->is_said[c])
            ae_buffer_printf(out, "  %s: %s\n", ae_param_table[ids[c]].name,
                             d->computed[c] ? d->computed[c]->text
                                            : ae_number_format(d->fixed[c], text));
    ae_buffer_text(out, d->has_exclusion ? "exclude: [{K: 1}]\n" : "");
}

static double computed_value(const struct document *d, const double *x, int c)
{
    if (!d->computed[c] || is_axis_of(d, c))
        return x[c];
    double of = computed_value(d, x, d->computed[c]->of);
    return ae_number_round12(d->computed[c]->value(of));
}

static bool is_among(const struct points *points, size_t n, const double *x)
{
    for (size_t i = 0; i < n; i++)
        if (memcmp(points->x[i], x, sizeof points->x[i]) == 0)
            return true;
    return false;
}

/* Nested loops; returns how many combinations there are before anything is left out. */
static size_t expand(const struct document *d, size_t level, double *x, size_t n_before,
                     struct points *points)
{
    if (level < d->n_axes) {
        size_t n = 0;
        const struct axis *axis = &d->axes[level];
        for (size_t i = 0; i < axis->n; i++) {
            for (size_t m = 0; m < axis->n_members; m++)
                x[axis->members[m]] = axis->values[m][i];
            n += expand(d, level + 1, x, n_before, points);
        }
        return n;
    }
    double point[N_CHOICES];
    for (int c = 0; c < N_CHOICES; c++)
        point[c] = computed_value(d, x, c);
    if (d->has_exclusion && point[WIDTH] == 1)
        return 1;
    if (is_among(points, n_before, point))
        return 1;
    assert_true(points->n < MAX_POINTS);
    memcpy(points->x[points->n++], point, sizeof point);
    return 1;
}

static void check_points(const struct ae_sweep *sweep, const struct points *want, const char *text)
{
    if (ae_sweep_n_points(sweep) != want->n)
        fail_msg("%zu points, want %zu\n%s", ae_sweep_n_points(sweep), want->n, text);
    for (size_t i = 0; i < want->n; i++) {
        struct ae_params p;
        ae_sweep_point(sweep, i, 1, &p);
        for (size_t c = 0; c < N_CHOICES; c++)
            if (ae_param_get(&p, ids[c]).x != want->x[i][c])
                fail_msg("point %zu, %s: %.17g, want %.17g\n%s", i, ae_param_table[ids[c]].name,
                         ae_param_get(&p, ids[c]).x, want->x[i][c], text);
    }
}

static void random_files_equal_nested_loops(void **state)
{
    (void)state;
    static struct points want;
    size_t n_repeated = 0, n_computed = 0, n_tried = 0;
    random_state = 2201;
    for (int trial = 0; trial < 1500; trial++) {
        struct document documents[MAX_DOCUMENTS];
        struct ae_buffer text = {0}, resolved = {0}, again = {0};
        size_t n_documents = 1 + random_below(MAX_DOCUMENTS), grid_size = 0, n_excluded = 0;
        want.n = 0;
        for (size_t i = 0; i < n_documents; i++) {
            if (i > 0 && random_below(3) == 0)
                documents[i] = similar_document(&documents[i - 1]);
            else
                documents[i] = random_document(i > 0 ? &documents[i - 1] : NULL);
            ae_buffer_text(&text, i > 0 ? "---\n" : "");
            write_document(&documents[i], &text);
            double x[N_CHOICES];
            memcpy(x, documents[i].fixed, sizeof x);
            size_t n_before = want.n;
            grid_size += expand(&documents[i], 0, x, n_before, &want);
        }
        struct ae_sweep *sweep = NULL;
        struct ae_error err = {0};
        enum ae_status rc = ae_sweep_read_text(&sweep, text.data, text.size, "f.yaml", &err);
        /* a document of which nothing is left is a mistake */
        if (rc != AE_OK && !strstr(err.message, "nothing is left"))
            fail_msg("%s\n%s", err.message, text.data);
        if (rc == AE_OK) {
            check_points(sweep, &want, text.data);
            for (size_t i = 0; i < ae_sweep_n_exclusions(sweep); i++)
                n_excluded += ae_sweep_exclusion(sweep, i).n_points;
            assert_int_equal(ae_sweep_grid_size(sweep), grid_size);
            assert_int_equal(grid_size, want.n + n_excluded + ae_sweep_n_repeated(sweep));
            n_repeated += ae_sweep_n_repeated(sweep) > 0;
            n_computed += ae_sweep_n_computed(sweep) > 0;
            n_tried++;
            ae_sweep_format(sweep, &resolved);
            struct ae_sweep *other = read_good(resolved.data);
            check_points(other, &want, resolved.data);
            ae_sweep_format(other, &again);
            assert_string_equal(resolved.data, again.data);
            ae_sweep_free(other);
        }
        ae_sweep_free(sweep);
        ae_buffer_clear(&text);
        ae_buffer_clear(&resolved);
        ae_buffer_clear(&again);
    }
    /* the trials did try */
    assert_true(n_tried > 700 && n_repeated > 50 && n_computed > 300);
}

/* ---- samples ---- */

/* The first 2^m - 1 points of the sequence are the multiples of 2^-m in every parameter. */
static void samples_are_even_in_every_parameter(void **state)
{
    (void)state;
    enum { N = 64 };
    struct ae_sweep *sweep =
        read_good("sample: {sobol: 64, over: {lr: {from: 0.01, to: 100, scale: "
                  "log}, sigma2: {from: 1, to: 3}, K: {from: 1, to: 4}}}\n");
    int n_lr[N] = {0}, n_sigma2[N] = {0}, n_K[5] = {0};
    assert_int_equal(ae_sweep_n_points(sweep), N);
    for (size_t i = 0; i < N; i++) {
        struct ae_params p;
        ae_sweep_point(sweep, i, 1, &p);
        assert_true(p.lr > 0.01 && p.lr < 100 && p.sigma2 > 1 && p.sigma2 < 3);
        assert_true(p.lr == ae_number_round12(p.lr));
        n_lr[(int)floor((log10(p.lr) + 2) / 4 * N + 0.25)]++;
        n_sigma2[(int)floor((p.sigma2 - 1) / 2 * N + 0.25)]++;
        n_K[p.K]++;
    }
    /* one part holds the last point too, and the part at 0 may hold none */
    int n_uneven = 0;
    for (size_t i = 0; i < N; i++)
        n_uneven += (n_lr[i] != 1) + (n_sigma2[i] != 1);
    assert_true(n_uneven <= 4);
    for (size_t k = 1; k <= 4; k++)
        assert_in_range(n_K[k], N / 4 - 1, N / 4 + 1);
    ae_sweep_free(sweep);
}

static void equal_samples_are_merged(void **state)
{
    (void)state;
    struct ae_sweep *sweep =
        read_good("sample: {sobol: 100, over: {K: {from: 1, to: 3}}}\nreplicates: 2\n");
    struct ae_buffer text = {0};
    assert_int_equal(ae_sweep_n_points(sweep), 3);
    assert_int_equal(ae_sweep_axis(sweep, 0).n_merged, 97);
    ae_sweep_format(sweep, &text);
    struct ae_sweep *other = read_good(text.data);
    assert_int_equal(ae_sweep_axis(other, 0).n_merged, 97);
    assert_int_equal(ae_sweep_n_points(other), 3);
    ae_sweep_free(other);
    ae_sweep_free(sweep);
    ae_buffer_clear(&text);
}

/* ---- what is inherited ---- */

static void documents_inherit_what_was_set(void **state)
{
    (void)state;
    struct ae_sweep *sweep = read_good("set: {K: 2, init: 0.5, time: =10/lr}\n"
                                       "grid: {lr: [1, 2]}\n"
                                       "exclude: [{lr: 2}]\n"
                                       "seed: 9\n"
                                       "---\n"
                                       "set: {init: 0.25}\n"
                                       "grid: {time: [7, 8]}\n"
                                       "---\n"
                                       "grid: {lr: [2, 5]}\n"
                                       "---\n");
    static const double want[][4] = {/* lr, K, init, time */
                                     {1, 2, 0.5, 10},
                                     {1, 2, 0.25, 7},
                                     {1, 2, 0.25, 8},
                                     {2, 2, 0.25, 5},
                                     {5, 2, 0.25, 2}};
    assert_int_equal(ae_sweep_n_documents(sweep), 3);
    assert_int_equal(ae_sweep_n_points(sweep), 5);
    for (size_t i = 0; i < 5; i++) {
        struct ae_params p;
        ae_sweep_point(sweep, i, 1, &p);
        assert_true(p.lr == want[i][0] && (double)p.K == want[i][1] && p.init == want[i][2] &&
                    p.time == want[i][3] && p.seed == 9);
    }
    ae_sweep_free(sweep);
}

static void scales_survive_the_resolved_text(void **state)
{
    (void)state;
    struct ae_sweep *sweep =
        read_good("grid:\n  K: {from: 1, to: 10, points: 20, scale: log}\n"
                  "  lr: {from: 0.1, to: 10, points: 3, scale: log}\n"
                  "zip: [{init: {from: 0.01, to: 1, points: 3, scale: log}, sigma2: [1, 2, 1]}]\n");
    struct ae_buffer text = {0};
    ae_sweep_format(sweep, &text);
    struct ae_sweep *other = read_good(text.data);
    assert_int_equal(ae_sweep_n_axes(other), 4);
    for (size_t k = 0; k < 4; k++) {
        struct ae_axis_view a = ae_sweep_axis(sweep, k), b = ae_sweep_axis(other, k);
        assert_true(a.id == b.id && a.n == b.n && a.is_log == b.is_log &&
                    a.n_merged == b.n_merged && a.is_joined == b.is_joined);
    }
    assert_true(ae_sweep_axis(other, 0).n_merged > 0 && ae_sweep_axis(other, 3).is_joined);
    ae_sweep_free(other);
    ae_sweep_free(sweep);
    ae_buffer_clear(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_files_equal_nested_loops),
        cmocka_unit_test(samples_are_even_in_every_parameter),
        cmocka_unit_test(equal_samples_are_merged),
        cmocka_unit_test(documents_inherit_what_was_set),
        cmocka_unit_test(scales_survive_the_resolved_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
