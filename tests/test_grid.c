/* The points of random sweeps, their number and order, against plain nested loops. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

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

static void expect_bad(const char *text, const char *place, const char *words)
{
    struct ae_sweep *sweep = NULL;
    struct ae_error err = {0};
    assert_int_equal(ae_sweep_read_text(&sweep, text, strlen(text), "f.yaml", &err), AE_EARG);
    assert_null(sweep);
    if (strncmp(err.message, place, strlen(place)) != 0 || !strstr(err.message, words))
        fail_msg("got '%s', want '%s ... %s'", err.message, place, words);
    assert_null(strchr(err.message, '\n'));
    assert_int_equal(ae_sweep_read_text(&sweep, text, strlen(text), "f.yaml", NULL), AE_EARG);
}

enum { MAX_VALUES = 4, N_CHOICES = 10, MAX_ITEMS = 3, MAX_TERMS = 2 };

/* Parameters of which every combination makes sense, their values as they are formatted; the first
 * is the default. */
static const struct {
    const char *name;
    size_t n;
    const char *values[MAX_VALUES];
    bool is_list;
} choices[N_CHOICES] = {
    {"activation", 3, {"erf", "linear", "relu"}, false},
    {"tied", 2, {"false", "true"}, false},
    {"K", 4, {"1", "2", "3", "7"}, false},
    {"lr", 4, {"1", "0.01", "0.0316227766017", "250"}, false},
    {"bias", 4, {"none", "encoder", "decoder", "both"}, false},
    {"spikes", 3, {"[1]", "[4, 2.5]", "[3, 2, 1]"}, true},
    {"init", 3, {"0.1", "informed", "0.02"}, false},
    {"D", 3, {"1000", "100", "12345"}, false},
    {"observe", 3, {"default", "[1, 2, 3]", "[0.5]"}, true},
    {"timeout", 2, {"none", "60"}, false},
};

/* One term of an exclude item: the parameter is (or is not) one of the values in the mask. */
struct term {
    size_t choice;
    unsigned mask;
    bool is_negated; /* written as if: "name!=value" */
};

struct model {
    size_t n_axes, axes[N_CHOICES];      /* choices, the slowest first */
    size_t n[N_CHOICES];                 /* of each choice: values on its axis; 1 if fixed */
    size_t value[N_CHOICES][MAX_VALUES]; /* which ones, in the order of the axis */
    size_t n_items, n_terms[MAX_ITEMS];
    struct term terms[MAX_ITEMS][MAX_TERMS];
    size_t n_dropped[MAX_ITEMS];
    size_t n_left;
};

static uint64_t random_state;

static size_t random_below(size_t n)
{
    random_state = random_state * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(random_state >> 33) % n;
}

/* Numbers 0 ... n - 1 in random order. */
static void shuffle(size_t n, size_t *order)
{
    for (size_t i = 0; i < n; i++) {
        size_t k = random_below(i + 1);
        order[i] = order[k];
        order[k] = i;
    }
}

static struct model random_model(void)
{
    struct model m = {0};
    size_t order[N_CHOICES];
    shuffle(N_CHOICES, order);
    size_t n_fixed = random_below(4);
    m.n_axes = random_below(6);
    memcpy(m.axes, order, sizeof order);
    /* axes come first, then fixed ones, then those left at the default */
    for (size_t i = 0; i < N_CHOICES; i++) {
        size_t c = order[i];
        m.n[c] = i < m.n_axes ? 1 + random_below(choices[c].n) : 1;
        if (i < m.n_axes)
            shuffle(choices[c].n, m.value[c]);
        else if (i < m.n_axes + n_fixed)
            m.value[c][0] = random_below(choices[c].n);
    }
    m.n_items = random_below(MAX_ITEMS + 1);
    for (size_t i = 0; i < m.n_items; i++) {
        m.n_terms[i] = 1 + random_below(MAX_TERMS);
        for (size_t k = 0; k < m.n_terms[i]; k++) {
            bool is_on_axis = m.n_axes > 0 && random_below(8) > 0;
            size_t c = is_on_axis ? m.axes[random_below(m.n_axes)] : random_below(N_CHOICES);
            if (k > 0 && c == m.terms[i][0].choice)
                c = (c + 1) % N_CHOICES;
            bool is_negated = k == 0 && random_below(3) == 0;
            unsigned mask = is_negated ? 1u << random_below(choices[c].n)
                                       : 1 + (unsigned)random_below((1u << choices[c].n) - 1);
            m.terms[i][k] = (struct term){c, mask, is_negated};
        }
    }
    return m;
}

static void write_values(size_t c, unsigned mask, struct ae_buffer *out)
{
    bool is_first = true;
    for (size_t v = 0; v < choices[c].n; v++)
        if (mask >> v & 1u) {
            ae_buffer_printf(out, "%s%s", is_first ? "" : ", ", choices[c].values[v]);
            is_first = false;
        }
}

static void write_model(const struct model *m, struct ae_buffer *out)
{
    ae_buffer_text(out, "grid:\n");
    for (size_t k = 0; k < m->n_axes; k++) {
        size_t c = m->axes[k];
        ae_buffer_printf(out, "  %s:\n", choices[c].name);
        for (size_t i = 0; i < m->n[c]; i++)
            ae_buffer_printf(out, "  - %s\n", choices[c].values[m->value[c][i]]);
    }
    ae_buffer_text(out, "set:\n");
    for (size_t k = m->n_axes; k < N_CHOICES; k++)
        if (m->value[m->axes[k]][0] != 0)
            ae_buffer_printf(out, "  %s: %s\n", choices[m->axes[k]].name,
                             choices[m->axes[k]].values[m->value[m->axes[k]][0]]);
    ae_buffer_text(out, "exclude:\n");
    for (size_t i = 0; i < m->n_items; i++) {
        ae_buffer_text(out, "  - {why: because");
        for (size_t k = 0; k < m->n_terms[i]; k++) {
            const struct term *term = &m->terms[i][k];
            ae_buffer_text(out, term->is_negated ? ", if: \"" : ", ");
            ae_buffer_printf(out, "%s%s", choices[term->choice].name,
                             term->is_negated ? "!=" : ": [");
            write_values(term->choice, term->mask, out);
            ae_buffer_text(out, term->is_negated ? "\"" : "]");
        }
        ae_buffer_text(out, "}\n");
    }
}

/* What `digits` (a value of each choice) is dropped by; n_items if by nothing. */
static size_t model_exclusion(const struct model *m, const size_t *digits)
{
    for (size_t i = 0; i < m->n_items; i++) {
        bool is_dropped = true;
        for (size_t k = 0; k < m->n_terms[i]; k++) {
            const struct term *term = &m->terms[i][k];
            size_t value = m->value[term->choice][digits[term->choice]];
            is_dropped = is_dropped && (term->mask >> value & 1u) != term->is_negated;
        }
        if (is_dropped)
            return i;
    }
    return m->n_items;
}

/* The value of every choice, in one line a point. */
static void write_point(const struct model *m, const size_t *digits, struct ae_buffer *out)
{
    for (size_t c = 0; c < N_CHOICES; c++)
        ae_buffer_printf(out, "%s; ", choices[c].values[m->value[c][digits[c]]]);
    ae_buffer_text(out, "\n");
}

/* The grid by nested loops, one a level. */
static void expand(struct model *m, size_t level, size_t *digits, struct ae_buffer *out)
{
    if (level == m->n_axes) {
        size_t item = model_exclusion(m, digits);
        if (item < m->n_items) {
            m->n_dropped[item]++;
            return;
        }
        m->n_left++;
        write_point(m, digits, out);
        return;
    }
    size_t c = m->axes[level];
    for (digits[c] = 0; digits[c] < m->n[c]; digits[c]++)
        expand(m, level + 1, digits, out);
    digits[c] = 0;
}

static void write_points(const struct ae_sweep *sweep, struct ae_buffer *out)
{
    struct ae_params p;
    for (size_t i = 0; i < ae_sweep_n_points(sweep); i++) {
        ae_sweep_point(sweep, i, 1, &p);
        for (size_t c = 0; c < N_CHOICES; c++) {
            enum ae_param_id id = ae_param_find(choices[c].name);
            ae_value_format(id, ae_param_get(&p, id), out);
            ae_buffer_text(out, "; ");
        }
        ae_buffer_text(out, "\n");
    }
}

/* The resolved text is a sweep of the same points. */
static void check_format(const struct ae_sweep *sweep, const struct ae_buffer *want)
{
    struct ae_buffer text = {0}, got = {0};
    ae_sweep_format(sweep, &text);
    struct ae_sweep *other = read_good(text.data);
    write_points(other, &got);
    assert_string_equal(got.data, want->data);
    ae_sweep_free(other);
    ae_buffer_clear(&text);
    ae_buffer_clear(&got);
}

static void random_sweeps_equal_nested_loops(void **state)
{
    (void)state;
    random_state = 20220106;
    size_t n_empty = 0, n_excluding = 0;
    for (int trial = 0; trial < 1000; trial++) {
        struct model m = random_model();
        struct ae_buffer text = {0}, want = {0}, got = {0};
        size_t digits[N_CHOICES] = {0};
        write_model(&m, &text);
        expand(&m, 0, digits, &want);
        if (m.n_left == 0) {
            n_empty++;
            expect_bad(text.data, "f.yaml:", "drops all");
        } else {
            struct ae_sweep *sweep = read_good(text.data);
            write_points(sweep, &got);
            if (strcmp(got.data, want.data) != 0)
                fail_msg("%s\ngot\n%s\nwant\n%s", text.data, got.data, want.data);
            assert_int_equal(ae_sweep_n_points(sweep), m.n_left);
            size_t n_all = m.n_left;
            for (size_t i = 0; i < m.n_items; i++) {
                assert_int_equal(ae_sweep_exclusion(sweep, i).n_points, m.n_dropped[i]);
                n_all += m.n_dropped[i];
                n_excluding += m.n_dropped[i] > 0;
            }
            assert_int_equal(ae_sweep_grid_size(sweep), n_all);
            check_format(sweep, &want);
            ae_sweep_free(sweep);
        }
        ae_buffer_clear(&text);
        ae_buffer_clear(&want);
        ae_buffer_clear(&got);
    }
    assert_true(n_excluding > 200 && n_empty > 0 && n_empty < 500); /* the trials did try */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_sweeps_equal_nested_loops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
