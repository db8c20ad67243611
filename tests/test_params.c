/* The list of parameters: values as text, what is refused and how, combinations, identity, bytes.
 * */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/params.h"

static const double inf = (double)INFINITY;

/* {encoder: [[1, 2], [3, 4]], bias: [5, 6]} */
static const double start_numbers[] = {2, 2, 1, 0, 1, 1, 2, 3, 4, 5, 6};
static const struct ae_reals start_of_two = {11, start_numbers};

static struct ae_params defaults(void)
{
    struct ae_params p;
    memset(&p, 0x5a, sizeof p);
    ae_params_init(&p);
    return p;
}

static bool is_list(enum ae_param_id id)
{
    return ae_param_table[id].type == AE_TYPE_REALS || ae_param_table[id].type == AE_TYPE_START;
}

static double parsed(enum ae_param_id id, const char *text)
{
    struct ae_value value = {.x = -55.0};
    struct ae_error err = {0};
    if (ae_value_parse(id, text, &value, &err) != AE_OK)
        fail_msg("%s: '%s' was refused: %s", ae_param_table[id].name, text, err.message);
    assert_int_equal(ae_value_check(id, value, NULL), AE_OK);
    return value.x;
}

/* The message names the parameter and what was found, and hints at `hint` (NULL: at nothing). */
static void expect_refused(enum ae_param_id id, const char *text, const char *hint)
{
    struct ae_value value = {.x = -55.0};
    struct ae_error err = {0};
    char question[64];
    (void)snprintf(question, sizeof question, "did you mean '%s'?", hint ? hint : "");
    if (ae_value_parse(id, text, &value, &err) != AE_EARG)
        fail_msg("%s: '%s' was read as %g", ae_param_table[id].name, text, value.x);
    assert_true(value.x == -55.0);
    assert_int_equal(err.code, AE_EARG);
    assert_non_null(strstr(err.message, ae_param_table[id].name));
    assert_non_null(strstr(err.message, text));
    assert_non_null(strstr(err.message, "allowed: "));
    if (hint ? !strstr(err.message, question) : strstr(err.message, "did you mean") != NULL)
        fail_msg("hint '%s' wanted in: %s", hint ? hint : "none", err.message);
    assert_int_equal(ae_value_parse(id, text, &value, NULL), AE_EARG);
}

/* ---- the list ---- */

static void names_are_found(void **state)
{
    (void)state;
    for (int id = 0; id < AE_N_PARAMS; id++) {
        assert_int_equal(ae_param_find(ae_param_table[id].name), id);
        assert_true(strlen(ae_param_table[id].meaning) > 0);
    }
    static const char *const others[] = {"", "k", "LR", "lr ", "learning_rate", "name", "seed"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_int_equal(ae_param_find(others[i]), AE_N_PARAMS);
}

static void defaults_are_the_documented_ones(void **state)
{
    (void)state;
    struct ae_params p = defaults();
    assert_true(p.engine == AE_ENGINE_ODE && p.activation == AE_ERF && p.K == 1 && !p.tied);
    assert_true(p.tie_scale == 1.0 && p.bias == AE_BIAS_NONE && p.bias_init == 0.0);
    assert_true(p.rule == AE_VANILLA && p.lr == 1.0 && p.lr_decoder == 1.0 && p.lr_bias == 1.0);
    assert_true(p.weight_decay == 0.0 && p.data == AE_SPIKED && p.D == 1000.0 && p.sigma2 == 1.0);
    assert_true(p.spikes.n == 1 && p.spikes.x[0] == 1.0 && p.init == 0.1 && p.start.n == 0);
    assert_true(p.time == 100.0 && p.observe.n == 0 && p.record == AE_RECORD_CURVE);
    assert_true(p.tol == 1e-8 && p.integrator == AE_CVODE && p.phase_tol == 0.01);
    assert_true(p.timeout == inf && p.seed == 1 && p.replicate == 1);
    char exclude[64] = "untouched";
    assert_int_equal(ae_params_check(&p, exclude, sizeof exclude, NULL), AE_OK);
    assert_string_equal(exclude, "");
    for (int i = 0; i < AE_N_PARAMS; i++) {
        enum ae_param_id id = (enum ae_param_id)i;
        struct ae_value value = ae_param_get(&p, id);
        assert_int_equal(ae_value_check(id, value, NULL), AE_OK);
        assert_true(is_list(id) || parsed(id, ae_param_table[id].default_text) == value.x);
    }
}

/* ---- text ---- */

static void expect_text(enum ae_param_id id, struct ae_value value, const char *want)
{
    struct ae_buffer text = {0};
    ae_value_format(id, value, &text);
    assert_string_equal(text.data, want);
    ae_buffer_clear(&text);
}

static void words_read_back(void **state)
{
    (void)state;
    for (int i = 0; i < AE_N_PARAMS; i++) {
        enum ae_param_id id = (enum ae_param_id)i;
        const struct ae_word *word = ae_param_table[id].words;
        for (; word->text; word++) {
            assert_true(parsed(id, word->text) == word->number);
            expect_text(id, (struct ae_value){.x = word->number}, word->text);
            for (const struct ae_word *other = word + 1; other->text; other++)
                assert_true(other->number != word->number);
        }
    }
    assert_true(parsed(AE_PARAM_init, "informed") == AE_INIT_INFORMED);
    assert_true(parsed(AE_PARAM_timeout, "none") == inf);
    assert_true(parsed(AE_PARAM_activation, "relu") == AE_RELU);
}

static void numbers_read_back(void **state)
{
    (void)state;
    for (int i = 0; i < AE_N_PARAMS; i++) {
        enum ae_param_id id = (enum ae_param_id)i;
        enum ae_param_type type = ae_param_table[id].type;
        bool is_integer = type == AE_TYPE_COUNT || type == AE_TYPE_SIZE;
        if (!is_integer && type != AE_TYPE_REAL)
            continue;
        for (int k = 0; k < 200; k++) {
            /* in every range: integers up to a million, reals from 1e-9 to 0.01 */
            double x = is_integer ? floor(exp(k * 0.069)) : 1e-9 * exp(k * 0.07) * sqrt(1 + k % 3);
            struct ae_buffer text = {0};
            ae_value_format(id, (struct ae_value){.x = x}, &text);
            assert_true(parsed(id, text.data) == x);
            ae_buffer_clear(&text);
        }
    }
}

static void lists_are_written_as_yaml(void **state)
{
    (void)state;
    static const double x[] = {4, 2.5, 0.1};
    expect_text(AE_PARAM_spikes, (struct ae_value){.list = {3, x}}, "[4, 2.5, 0.1]");
    expect_text(AE_PARAM_observe, (struct ae_value){.list = {1, x}}, "[4]");
    expect_text(AE_PARAM_observe, (struct ae_value){.x = 0}, "default");
    expect_text(AE_PARAM_start, (struct ae_value){.x = 0}, "none");
    expect_text(AE_PARAM_start, (struct ae_value){.list = start_of_two},
                "{encoder: [[1, 2], [3, 4]], bias: [5, 6]}");
    static const double one_bias[] = {1, 0, 0, 0, 1, 0.5}, decoder[] = {1, 2, 0, 1, 0, 7, 8};
    expect_text(AE_PARAM_start, (struct ae_value){.list = {6, one_bias}}, "{bias: [0.5]}");
    expect_text(AE_PARAM_start, (struct ae_value){.list = {7, decoder}}, "{decoder: [[7, 8]]}");
}

static void expect_whole(struct ae_value value, const char *want)
{
    struct ae_buffer text = {0};
    ae_value_format_whole(AE_PARAM_data, value, &text);
    assert_string_equal(text.data, want);
    ae_buffer_clear(&text);
}

static void data_are_a_word_or_a_file(void **state)
{
    (void)state;
    static const double r[] = {4, 2.5, 0}, rising[] = {1, 2}, zero[] = {0}, negative[] = {1, -1};
    struct ae_value file = {.x = AE_DATA_FILE, .list = {3, r}, .file = "a/r.txt"}, other = file;
    struct ae_value power = {.x = AE_POWER}, value = {0};
    expect_text(AE_PARAM_data, power, "power");
    expect_whole(power, "power");
    expect_text(AE_PARAM_data, file, "a/r.txt");
    expect_whole(file, "{file: a/r.txt, eigenvalues: [4, 2.5, 0]}");
    other.file = "my file, \"new\".txt";
    expect_text(AE_PARAM_data, other, "\"my file, \\\"new\\\".txt\"");
    other.file = "1.5"; /* else it were a number */
    expect_text(AE_PARAM_data, other, "\"1.5\"");
    other.file = NULL;
    expect_text(AE_PARAM_data, other, "{eigenvalues: [4, 2.5, 0]}");
    /* read: the name alone */
    assert_int_equal(ae_value_parse(AE_PARAM_data, "./r", &value, NULL), AE_OK);
    assert_true(value.x == AE_DATA_FILE && value.list.n == 0);
    assert_string_equal(value.file, "./r");
    expect_refused(AE_PARAM_data, "rtxt", NULL);
    expect_refused(AE_PARAM_data, "powr", "power");
    /* matching: by what stands in them, or by name if that is all */
    assert_true(ae_value_matches(AE_PARAM_data, file, other));
    other.list.n = 2;
    assert_false(ae_value_matches(AE_PARAM_data, file, other));
    assert_false(ae_value_matches(AE_PARAM_data, file, power));
    assert_false(ae_value_matches(AE_PARAM_data, file, value));
    value.file = "a/r.txt";
    assert_true(ae_value_matches(AE_PARAM_data, file, value));
    /* checked as bytes from elsewhere are */
    assert_int_equal(ae_value_check(AE_PARAM_data, file, NULL), AE_OK);
    assert_int_equal(ae_value_check(AE_PARAM_data, power, NULL), AE_OK);
    const struct ae_reals bad[] = {{0, NULL}, {2, rising}, {1, zero}, {2, negative}};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        file.list = bad[i];
        assert_int_equal(ae_value_check(AE_PARAM_data, file, NULL), AE_EARG);
    }
    power.list = (struct ae_reals){3, r};
    assert_int_equal(ae_value_check(AE_PARAM_data, power, NULL), AE_EARG);
    power = (struct ae_value){.x = 17.0};
    assert_int_equal(ae_value_check(AE_PARAM_data, power, NULL), AE_EARG);
}

static void a_point_is_written_as_yaml(void **state)
{
    (void)state;
    struct ae_params p = defaults();
    struct ae_buffer text = {0}, want = {0};
    p.init = AE_INIT_INFORMED;
    p.D = inf;
    ae_params_format(&p, &text);
    assert_true(text.data[0] == '{' && text.data[text.size - 1] == '}');
    for (int id = 0; id < AE_N_PARAMS; id++) {
        ae_buffer_printf(&want, "%s%s: ", id > 0 ? ", " : "{", ae_param_table[id].name);
        ae_value_format((enum ae_param_id)id, ae_param_get(&p, (enum ae_param_id)id), &want);
    }
    ae_buffer_text(&want, "}");
    assert_string_equal(text.data, want.data);
    assert_non_null(strstr(text.data, "{engine: ode, activation: erf, K: 1, tied: false, "));
    assert_non_null(strstr(text.data, ", D: inf, spikes: [1], "));
    assert_non_null(strstr(text.data, ", init: informed, start: none, "));
    ae_buffer_clear(&text);
    ae_buffer_clear(&want);
}

static void null_and_truth_are_yaml_1_2(void **state)
{
    (void)state;
    static const char *const nulls[] = {"none", "null", "~"};
    for (size_t i = 0; i < 3; i++) {
        assert_true(parsed(AE_PARAM_bias, nulls[i]) == AE_BIAS_NONE);
        assert_true(parsed(AE_PARAM_timeout, nulls[i]) == inf);
        assert_true(parsed(AE_PARAM_start, nulls[i]) == 0.0);
        expect_refused(AE_PARAM_lr, nulls[i], NULL);
        expect_refused(AE_PARAM_tied, nulls[i], NULL);
    }
    static const char *const truths[] = {"true", "True", "TRUE"};
    static const char *const lies[] = {"false", "False", "FALSE"};
    for (size_t i = 0; i < 3; i++) {
        assert_true(parsed(AE_PARAM_tied, truths[i]) == 1.0);
        assert_true(parsed(AE_PARAM_tied, lies[i]) == 0.0);
        expect_refused(AE_PARAM_K, truths[i], NULL);
    }
    static const char *const yes[] = {"yes", "on", "y", "Yes", "ON"}, *const no[] = {"no", "off",
                                                                                     "n"};
    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++)
        expect_refused(AE_PARAM_tied, yes[i], "true");
    for (size_t i = 0; i < sizeof no / sizeof *no; i++)
        expect_refused(AE_PARAM_tied, no[i], "false");
    expect_refused(AE_PARAM_tied, "1", NULL);
    expect_refused(AE_PARAM_tied, "tru", "true");
}

static void ranges_are_the_documented_ones(void **state)
{
    (void)state;
    static const struct {
        enum ae_param_id id;
        const char *good[8], *bad[8];
    } cases[] = {
        {AE_PARAM_K,
         {"1", "17", "1e4", "1000000", "2."},
         {"0", "-1", "1.5", "1000001", "inf", "x"}},
        {AE_PARAM_D, {"1", "1e3", "inf", ".inf", "1e300"}, {"0", "0.5", "1.5", "-3", "-inf"}},
        {AE_PARAM_lr, {"1e-300", ".5", "1e3"}, {"0", "-0", "-1", "inf", "nan", "1e400", ""}},
        {AE_PARAM_lr_decoder, {"0", "-0", "3"}, {"-1e-300", "inf", "1,5"}},
        {AE_PARAM_lr_bias, {"0", "1"}, {"-1", ".inf"}},
        {AE_PARAM_weight_decay, {"0", "0.1"}, {"-0.1", "inf"}},
        {AE_PARAM_sigma2, {"0", "2"}, {"-1", "inf"}},
        {AE_PARAM_tie_scale, {"0", "-1", "1e10"}, {"inf", "-inf", "none"}},
        {AE_PARAM_bias_init, {"-2", "0", "2"}, {"inf"}},
        {AE_PARAM_init, {"0", "0.1", "informed"}, {"-1", "-1.0", "-0.5", "inf"}},
        {AE_PARAM_time, {"1e-9", "1e12"}, {"0", "-1", "inf"}},
        {AE_PARAM_tol, {"1e-12", "0.01", "1e-2"}, {"9e-13", "0.0101", "0", "-1e-8"}},
        {AE_PARAM_phase_tol, {"1e-300", "0.999"}, {"0", "1", "-0.5", "1.5"}},
        {AE_PARAM_timeout, {"0.1", "3600"}, {"0", "-1", "inf", ".inf"}},
        {AE_PARAM_spikes, {0}, {"1", "none", "default", "inf"}}, /* lists are no scalars */
        {AE_PARAM_observe, {"default"}, {"1", "none", "~"}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        for (const char *const *text = cases[i].good; *text; text++)
            (void)parsed(cases[i].id, *text);
        for (const char *const *text = cases[i].bad; *text; text++)
            expect_refused(cases[i].id, *text, NULL);
    }
}

static void values_are_checked_without_text(void **state)
{
    (void)state;
    for (int i = 0; i < AE_N_PARAMS; i++) {
        enum ae_param_id id = (enum ae_param_id)i;
        for (size_t at = 0; at < 3; at++) {
            static const double bad[] = {(double)NAN, -(double)INFINITY};
            for (size_t k = 0; k < 2; k++) {
                double x[] = {3.0, 2.0, 1.0};
                struct ae_value value = {.x = bad[k], .list = {3, x}};
                struct ae_error err = {0};
                assert_true(!is_list(id) || ae_value_check(id, value, NULL) == AE_OK);
                x[at] = bad[k];
                assert_int_equal(ae_value_check(id, value, &err), AE_EARG);
                assert_non_null(strstr(err.message, ae_param_table[id].name));
            }
        }
    }
    double zero[] = {0.0};
    const struct ae_value nought = {.list = {1, zero}};
    assert_int_equal(ae_value_check(AE_PARAM_spikes, nought, NULL), AE_EARG);
    assert_int_equal(ae_value_check(AE_PARAM_observe, nought, NULL), AE_OK);
    assert_int_equal(ae_value_check(AE_PARAM_K, (struct ae_value){.x = 2.5}, NULL), AE_EARG);
    assert_int_equal(ae_value_check(AE_PARAM_tied, (struct ae_value){.x = 2.0}, NULL), AE_EARG);
    assert_int_equal(ae_value_check(AE_PARAM_engine, (struct ae_value){.x = 99}, NULL), AE_EARG);
    assert_int_equal(ae_value_check(AE_PARAM_init, (struct ae_value){.x = -1.0}, NULL), AE_OK);
    assert_int_equal(ae_value_check(AE_PARAM_init, (struct ae_value){.x = -2.0}, NULL), AE_EARG);
    assert_int_equal(ae_value_check(AE_PARAM_timeout, (struct ae_value){.x = inf}, NULL), AE_OK);
}

/* ---- what is near ---- */

static void typing_errors_are_understood(void **state)
{
    (void)state;
    static const char *const names[][2] = {
        {"learning_rate", "lr"},
        {"eta", "lr"},
        {"LR", "lr"},
        {"hidden", "K"},
        {"k", "K"},
        {"d", "D"},
        {"activaton", "activation"},
        {"acitvation", "activation"},
        {"spike", "spikes"},
        {"weight-decay", "weight_decay"},
        {"sigma", "sigma2"},
        {"tolerance", "tol"},
        {"lrdecoder", "lr_decoder"},
        {"inti", "init"},
        {"t_max", "time"},
        {"zzzzzz", NULL},
        {"", NULL},
        {"exclude", NULL},
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *got = ae_param_nearest(names[i][0]);
        if (names[i][1] ? !got || strcmp(got, names[i][1]) != 0 : got != NULL)
            fail_msg("near '%s': got %s, want %s", names[i][0], got ? got : "nothing",
                     names[i][1] ? names[i][1] : "nothing");
    }
    for (int id = 0; id < AE_N_PARAMS; id++)
        assert_string_equal(ae_param_nearest(ae_param_table[id].name), ae_param_table[id].name);
    expect_refused(AE_PARAM_activation, "rely", "relu");
    expect_refused(AE_PARAM_activation, "ReLU", "relu");
    expect_refused(AE_PARAM_engine, "oed", "ode");
    expect_refused(AE_PARAM_integrator, "cvodes", "cvode");
    expect_refused(AE_PARAM_init, "inform", "informed");
    expect_refused(AE_PARAM_bias, "encode", "encoder");
    expect_refused(AE_PARAM_rule, "quadratic", NULL);
    static const char *const choices[] = {"rows", "cols", "value", NULL};
    assert_ptr_equal(ae_nearest("col", choices), choices[1]);
    assert_ptr_equal(ae_nearest("vlaue", choices), choices[2]);
    assert_null(ae_nearest("panels", choices));
    char longer[200];
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    assert_null(ae_nearest(longer, choices));
}

/* ---- values ---- */

static void values_match_to_rounding(void **state)
{
    (void)state;
    static const double x[] = {3, 1}, y[] = {3 * (1 + 1e-12), 1}, z[] = {3, 1.1};
    struct ae_value a = {.x = 0.3, .list = {2, x}}, b = {.x = 0.1 + 0.2, .list = {2, y}};
    struct ae_value c = {.x = 0.31, .list = {2, z}}, d = {.x = 0.3, .list = {1, x}};
    assert_true(ae_value_matches(AE_PARAM_lr, a, b) && ae_value_matches(AE_PARAM_spikes, a, b));
    assert_false(ae_value_matches(AE_PARAM_lr, a, c) || ae_value_matches(AE_PARAM_spikes, a, c));
    assert_true(ae_value_matches(AE_PARAM_lr, a, d)); /* the list is not looked at */
    assert_false(ae_value_matches(AE_PARAM_spikes, a, d));
}

/* Getting and setting reach the fields of their names. */
static void fields_are_reached_by_id(void **state)
{
    (void)state;
    struct ae_params p = defaults();
    ae_param_set(&p, AE_PARAM_activation, (struct ae_value){.x = AE_RELU});
    ae_param_set(&p, AE_PARAM_K, (struct ae_value){.x = 7});
    ae_param_set(&p, AE_PARAM_tied, (struct ae_value){.x = 1});
    ae_param_set(&p, AE_PARAM_D, (struct ae_value){.x = inf});
    ae_param_set(&p, AE_PARAM_lr, (struct ae_value){.x = 0.25});
    ae_param_set(&p, AE_PARAM_start, (struct ae_value){.list = start_of_two});
    assert_true(p.activation == AE_RELU && p.K == 7 && p.tied && p.D == inf && p.lr == 0.25);
    assert_true(p.start.n == start_of_two.n && p.start.x == start_numbers);
    assert_true(ae_param_get(&p, AE_PARAM_activation).x == AE_RELU);
    assert_true(ae_param_get(&p, AE_PARAM_K).x == 7.0 && ae_param_get(&p, AE_PARAM_tied).x == 1.0);
    assert_true(ae_param_get(&p, AE_PARAM_D).x == inf && ae_param_get(&p, AE_PARAM_lr).x == 0.25);
    assert_true(ae_param_get(&p, AE_PARAM_start).list.x == start_numbers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_are_found),
        cmocka_unit_test(defaults_are_the_documented_ones),
        cmocka_unit_test(words_read_back),
        cmocka_unit_test(numbers_read_back),
        cmocka_unit_test(lists_are_written_as_yaml),
        cmocka_unit_test(data_are_a_word_or_a_file),
        cmocka_unit_test(a_point_is_written_as_yaml),
        cmocka_unit_test(null_and_truth_are_yaml_1_2),
        cmocka_unit_test(ranges_are_the_documented_ones),
        cmocka_unit_test(values_are_checked_without_text),
        cmocka_unit_test(typing_errors_are_understood),
        cmocka_unit_test(values_match_to_rounding),
        cmocka_unit_test(fields_are_reached_by_id),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
