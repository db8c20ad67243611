/* Combinations of parameters without sense: each names the item of `exclude` that drops it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "aesweep/params.h"

static const double inf = (double)INFINITY;
static const double two_spikes[] = {4, 2};
/* K, M, which parts, the parts: flat forms for K = 1, M = 1 */
static const double start_all[] = {1, 1, 1, 1, 1, 0.5, 0.5, 0.2};
static const double start_encoder[] = {1, 1, 1, 0, 0, 0.5};

static struct ae_params defaults(void)
{
    struct ae_params p;
    ae_params_init(&p);
    return p;
}

static struct ae_params started(size_t n, const double *start)
{
    struct ae_params p = defaults();
    p.start = (struct ae_reals){n, start};
    return p;
}

/* Each `name: value` of the item is what the point has there. */
static void expect_item_matches(const char *item, const struct ae_params *p)
{
    char copy[256], *at = copy;
    assert_true(strlen(item) > 0 && strlen(item) < sizeof copy);
    strcpy(copy, item);
    while (at) {
        char *colon = strstr(at, ": "), *end;
        assert_non_null(colon);
        *colon = '\0';
        enum ae_param_id id = ae_param_find(at);
        assert_int_not_equal(id, AE_N_PARAMS);
        at = colon + 2;
        end = *at == '[' ? strchr(at, ']') + 1 : strstr(at, ", ");
        bool is_last = !end || *end == '\0';
        if (end)
            *end = '\0';
        struct ae_value value = {0}, have = ae_param_get(p, id);
        if (ae_param_table[id].type == AE_TYPE_REALS) {
            struct ae_buffer text = {0};
            ae_value_format(id, have, &text);
            assert_string_equal(at, text.data);
            ae_buffer_clear(&text);
        } else {
            assert_int_equal(ae_value_parse(id, at, &value, NULL), AE_OK);
            assert_true(ae_value_matches(id, value, have));
        }
        at = is_last ? NULL : end + 2;
    }
}

static void expect_no_sense(const struct ae_params *p, const char *words)
{
    char item[256] = "", tiny[4] = "abc";
    struct ae_error err = {0};
    assert_int_equal(ae_params_check(p, item, sizeof item, &err), AE_EARG);
    assert_int_equal(err.code, AE_EARG);
    if (!strstr(err.message, words))
        fail_msg("'%s' wanted in: %s", words, err.message);
    expect_item_matches(item, p);
    assert_int_equal(ae_params_check(p, NULL, 0, NULL), AE_EARG);
    assert_int_equal(ae_params_check(p, tiny, sizeof tiny, NULL), AE_EARG);
    assert_non_null(memchr(tiny, '\0', sizeof tiny));
}

static void expect_sense(const struct ae_params *p)
{
    char item[256] = "?";
    struct ae_error err = {0};
    if (ae_params_check(p, item, sizeof item, &err) != AE_OK)
        fail_msg("%s", err.message);
    assert_string_equal(item, "");
}

static void simulations_need_a_finite_size(void **state)
{
    (void)state;
    struct ae_params p = defaults();
    p.D = inf;
    expect_sense(&p);
    p.engine = AE_ENGINE_SGD;
    expect_no_sense(&p, "finite D");
    p.D = 2e9;
    expect_no_sense(&p, "at most 1e9");
    p.D = 1e9;
    expect_sense(&p);
    p.time = 1e8; /* 1e17 steps */
    expect_no_sense(&p, "9e15 steps");
    p.engine = AE_ENGINE_ODE;
    expect_sense(&p);
    p.D = 10;
    p.time = 0.049;
    expect_no_sense(&p, "less than one step");
    p.engine = AE_ENGINE_SGD;
    expect_no_sense(&p, "less than one step");
    p.time = 0.05;
    expect_sense(&p);
}

static void batches_and_training_sets_are_for_simulations(void **state)
{
    (void)state;
    struct ae_params p = defaults();
    p.epochs = true; /* of fresh inputs it says nothing */
    expect_sense(&p);
    p.batch = 8;
    expect_no_sense(&p, "batch = 8 needs engine sgd");
    p.batch = 1;
    p.samples = 1000;
    expect_no_sense(&p, "samples = 1000 needs engine sgd");
    p.engine = AE_ENGINE_SGD;
    p.batch = 8;
    expect_sense(&p);
    p.samples = 4294967295.0;
    expect_sense(&p);
    p.samples = 4294967296.0;
    expect_no_sense(&p, "in epochs is more than 4294967295");
    p.epochs = false;
    expect_sense(&p);
    p.samples = 2e15;
    expect_no_sense(&p, "samples = 2e+15 is more than 1000000000000000;");
    p.samples = inf;
    p.time = 1e12; /* 1e15 steps of 8 */
    expect_sense(&p);
    p.batch = 10;
    expect_no_sense(&p, "9e15 inputs");
}

static void sanger_is_for_tied_linear_units(void **state)
{
    (void)state;
    struct ae_params p = defaults();
    p.engine = AE_ENGINE_SGD, p.activation = AE_LINEAR, p.tied = true, p.rule = AE_SANGER;
    expect_sense(&p);
    p.K = 3, p.batch = 4, p.samples = 10;
    expect_sense(&p);
    p.bias = AE_BIAS_BOTH;
    expect_no_sense(&p, "bias is both");
    p.tied = false;
    expect_no_sense(&p, "tied is false");
    p.activation = AE_ERF;
    expect_no_sense(&p, "activation is erf");
    p.engine = AE_ENGINE_ODE;
    expect_no_sense(&p, "engine is ode");
    p.rule = AE_TRUNCATED, p.batch = 1, p.samples = inf;
    expect_sense(&p);
}

static void spikes_fit_and_fall(void **state)
{
    (void)state;
    static const double rising[] = {4, 1, 2}, equal[] = {2, 2, 1};
    struct ae_params p = defaults();
    p.spikes = (struct ae_reals){3, equal};
    p.D = 3;
    expect_sense(&p);
    p.D = 2;
    expect_no_sense(&p, "3 spikes do not fit");
    p.spikes = (struct ae_reals){3, rising};
    p.D = inf;
    expect_no_sense(&p, "strongest first");
}

static void start_fits_the_network(void **state)
{
    (void)state;
    static const double bias_of_two[] = {2, 0, 0, 0, 1, 0.1, 0.2};
    struct ae_params p = started(6, start_encoder);
    expect_sense(&p);
    p.K = 2;
    expect_no_sense(&p, "1 rows but K = 2");
    p.K = 1;
    p.spikes = (struct ae_reals){2, two_spikes};
    expect_no_sense(&p, "1 columns but there are 2 spikes");
    p.start = (struct ae_reals){7, bias_of_two};
    expect_no_sense(&p, "2 rows but K = 1");
    p.K = 2; /* biases have no columns to fit */
    expect_sense(&p);
    p = started(8, start_all);
    p.tied = true; /* decoder equals encoder */
    expect_sense(&p);
    p.tie_scale = 2.0;
    expect_no_sense(&p, "tie_scale * encoder");
    p.tied = false;
    expect_sense(&p);
    p = started(6, start_encoder);
    p.tied = true; /* no decoder is given */
    p.tie_scale = -3.0;
    expect_sense(&p);
}

/* Of other data any number of the leading directions may have a column. */
static void start_of_other_data_has_columns_up_to_D(void **state)
{
    (void)state;
    static const double two_columns[] = {1, 2, 1, 0, 0, 0.5, 0.1};
    struct ae_params p = started(7, two_columns);
    expect_no_sense(&p, "2 columns but there are 1 spikes");
    p.data = AE_POWER;
    expect_sense(&p);
    p.D = 2;
    expect_sense(&p);
    p.D = 1;
    expect_no_sense(&p, "2 columns but there are 1 directions");
    p.data = AE_SINUSOIDAL;
    expect_no_sense(&p, "2 columns but there are 1 directions");
    p.D = inf;
    expect_sense(&p);
}

static void a_power_law_needs_a_finite_size_alone(void **state)
{
    (void)state;
    static const double rising[] = {1, 2};
    struct ae_params p = defaults();
    p.data = AE_POWER;
    p.spikes = (struct ae_reals){2, rising}; /* the second does not act */
    p.D = 1;
    expect_sense(&p);
    p.D = inf;
    expect_no_sense(&p, "data: power needs a finite D");
    p.data = AE_SINUSOIDAL;
    expect_no_sense(&p, "strongest first");
    p.D = 1;
    p.spikes = (struct ae_reals){2, two_spikes};
    expect_no_sense(&p, "2 spikes do not fit");
}

static void a_file_has_an_eigenvalue_for_each_direction(void **state)
{
    (void)state;
    struct ae_params p = defaults();
    p.data = AE_DATA_FILE;
    p.eigenvalues = (struct ae_reals){2, two_spikes};
    p.data_file = "r.txt";
    p.D = 2;
    expect_sense(&p);
    p.D = 3;
    expect_no_sense(&p, "r.txt has 2 eigenvalues but D = 3");
    p.D = inf;
    expect_no_sense(&p, "set D: 2");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(simulations_need_a_finite_size),
        cmocka_unit_test(spikes_fit_and_fall),
        cmocka_unit_test(start_fits_the_network),
        cmocka_unit_test(start_of_other_data_has_columns_up_to_D),
        cmocka_unit_test(a_file_has_an_eigenvalue_for_each_direction),
        cmocka_unit_test(a_power_law_needs_a_finite_size_alone),
        cmocka_unit_test(batches_and_training_sets_are_for_simulations),
        cmocka_unit_test(sanger_is_for_tied_linear_units),
        cmocka_unit_test(spikes_fit_and_fall),
        cmocka_unit_test(start_fits_the_network),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
