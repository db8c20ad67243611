/* Computed values: precedence against C's own, functions, roundness, and mistakes. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/formula.h"

static double value_of(const char *text, const struct ae_params *p)
{
    struct ae_formula *formula = NULL;
    struct ae_error err = {0};
    if (ae_formula_new(&formula, text, &err) != AE_OK)
        fail_msg("%s", err.message);
    assert_string_equal(ae_formula_text(formula), text);
    double x = ae_formula_value(formula, p);
    ae_formula_free(formula);
    return x;
}

static void arithmetic_is_that_of_school(void **state)
{
    (void)state;
    struct ae_params p;
    ae_params_init(&p);
    p.lr = 0.25;
    p.K = 3;
    p.time = 40.0;
    const struct {
        const char *text;
        double want;
    } cases[] = {
        {"=1e4/lr", 1e4 / 0.25},
        {"=1+2*3", 7},
        {"=(1+2)*3", 9},
        {"=8/4/2", 1},
        {"=8-4-2", 2},
        {"=2^3^2", 512},
        {"=-2^2", -4},
        {"=2^-1", 0.5},
        {"=2*-K", -6},
        {"= - - K", 3},
        {"=4^.5", 2},
        {"=.5e1 + 1E-1", 5.1},
        {"=min(K, 2)", 2},
        {"=max(1, time, 2*time, 3)", 80},
        {"=sqrt(time*10)", 20},
        {"=log(exp(K))", 3},
        {"=min(max(lr,1),sqrt(K+1))*10", 10},
        {"=1/3", 0.333333333333},
        {"=exp(0)", 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (value_of(cases[i].text, &p) != ae_number_round12(cases[i].want))
            fail_msg("%s = %.17g", cases[i].text, value_of(cases[i].text, &p));
    assert_false(signbit(value_of("=-0*lr", &p))); /* zero has no sign */
}

/* What is no number stays none: words, roots of negative numbers, in whatever function. */
static void no_number_stays_none(void **state)
{
    (void)state;
    struct ae_params p;
    ae_params_init(&p);
    p.init = AE_INIT_INFORMED;
    static const char *const texts[] = {"=init",   "=min(init, 1)", "=max(1, init)",
                                        "=init^0", "=sqrt(-1)",     "=1^sqrt(-1)"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_true(isnan(value_of(texts[i], &p)));
    assert_true(isinf(value_of("=1/0", &p)));
    p.D = HUGE_VAL;
    assert_true(isinf(value_of("=2*D", &p)));
}

static void it_says_what_it_uses(void **state)
{
    (void)state;
    struct ae_formula *formula = NULL;
    assert_int_equal(ae_formula_new(&formula, "=lr*min(K, 2)", NULL), AE_OK);
    for (int id = 0; id < AE_N_PARAMS; id++)
        assert_int_equal(ae_formula_uses(formula, (enum ae_param_id)id),
                         id == AE_PARAM_lr || id == AE_PARAM_K);
    ae_formula_free(formula);
    ae_formula_free(NULL);
}

static void mistakes_name_the_column(void **state)
{
    (void)state;
    static const struct {
        const char *text, *place, *words;
    } cases[] = {
        {"=", "column 2 of '='", "ends where a number"},
        {"=1+", "column 4 ", "ends where"},
        {"=lrr", "column 2 ", "did you mean 'lr'?"},
        {"=2*sqr(K)", "column 4 ", "did you mean 'sqrt'?"},
        {"=activation", "column 2 ", "no number"},
        {"=spikes/2", "column 2 ", "no number"},
        {"=2lr", "column 2 ", "2*lr"},
        {"=1e", "column 2 ", "not a number"},
        {"=1..2", "column 2 ", "not a number"},
        {"=(1+2", "column 6 ", "')'"},
        {"=1+2)", "column 5 ", "an operation"},
        {"=min(1)", "column 7 ", "another argument"},
        {"=sqrt(1, 2)", "column 8 ", "')'"},
        {"=log 2", "column 6 ", "'('"},
        {"=1 2", "column 4 ", "an operation"},
        {"=K**2", "column 4 ", "a number, a parameter"},
        {"=K%2", "column 3 ", "an operation"},
        {"=\xc3\xa9", "column 2 ", "a number, a parameter"},
        {"=2*\xc3\xa9", "column 4 ", "a number"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ae_formula *formula = NULL;
        struct ae_error err = {0};
        assert_int_equal(ae_formula_new(&formula, cases[i].text, &err), AE_EARG);
        assert_null(formula);
        if (strncmp(err.message, cases[i].place, strlen(cases[i].place)) != 0 ||
            !strstr(err.message, cases[i].words))
            fail_msg("%s: got '%s', want '%s ... %s'", cases[i].text, err.message, cases[i].place,
                     cases[i].words);
        assert_int_equal(ae_formula_new(&formula, cases[i].text, NULL), AE_EARG);
    }
}

/* Depth and length are limited, so that no text can exhaust the stack. */
static void size_is_limited(void **state)
{
    (void)state;
    enum { N = 100000 };
    static char text[N + 8];
    static const char *const repeated[] = {"(", "-", "2^", "1+", "sqrt("};
    for (size_t i = 0; i < sizeof repeated / sizeof *repeated; i++) {
        size_t n = strlen(repeated[i]);
        struct ae_formula *formula = NULL;
        strcpy(text, "=");
        for (size_t at = 1; at + n < N; at += n)
            memcpy(text + at, repeated[i], n + 1);
        struct ae_error err = {0};
        assert_int_equal(ae_formula_new(&formula, text, &err), AE_EARG);
        assert_null(formula);
    }
}

/* Against the C library, which the quick way must not differ from. */
static void twelve_digits_are_those_of_the_c_library(void **state)
{
    (void)state;
    uint64_t bits = 88172645463325252u;
    for (int i = 0; i < 300000; i++) {
        bits ^= bits << 13;
        bits ^= bits >> 7;
        bits ^= bits << 17;
        double x = (double)(bits >> 11) * 0x1p-53, want;
        x = i % 3 == 0 ? exp(600 * (x - 0.5)) : i % 3 == 1 ? x * 100 : round(x * 1e13) / 1e13 * 8;
        x = i % 2 == 0 ? x : -x;
        char text[40];
        (void)snprintf(text, sizeof text, "%.12g", x);
        want = strtod(text, NULL);
        if (ae_number_round12(x) != want)
            fail_msg("%.17g: %.17g, want %.17g", x, ae_number_round12(x), want);
    }
    static const double edges[] = {
        0,    -0.0, 1e11, 999999999999.5, 9999999999995, 1e-300, 5e-324,           1e300,
        1e22, 1e23, 1e33, 1e34,           1e-11,         0.1,    999999999999.4999};
    for (size_t i = 0; i < sizeof edges / sizeof *edges; i++) {
        char text[40];
        (void)snprintf(text, sizeof text, "%.12g", edges[i]);
        assert_true(ae_number_round12(edges[i]) == strtod(text, NULL));
    }
    assert_true(isnan(ae_number_round12((double)NAN)) && isinf(ae_number_round12(HUGE_VAL)));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arithmetic_is_that_of_school),
        cmocka_unit_test(no_number_stays_none),
        cmocka_unit_test(it_says_what_it_uses),
        cmocka_unit_test(mistakes_name_the_column),
        cmocka_unit_test(size_is_limited),
        cmocka_unit_test(twelve_digits_are_those_of_the_c_library),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
