/* Expressions: what holds, and where mistakes stand. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "aesweep/expr.h"

static struct ae_params point(void)
{
    static const double spikes[] = {4, 2};
    struct ae_params p;
    ae_params_init(&p); /* erf, K 1, tied false, lr 1, D 1000, init 0.1, timeout none */
    p.spikes = (struct ae_reals){2, spikes};
    p.K = 3;
    p.lr = 0.3;
    p.replicate = 2;
    return p;
}

static bool holds(const char *text, const struct ae_params *p)
{
    struct ae_expr *expr = NULL;
    struct ae_error err = {0};
    if (ae_expr_new(&expr, text, &err) != AE_OK)
        fail_msg("%s: %s", text, err.message);
    bool is_true = ae_expr_holds(expr, p);
    ae_expr_free(expr);
    return is_true;
}

static void comparisons_hold_as_in_arithmetic(void **state)
{
    (void)state;
    struct ae_params p = point();
    static const char *const compares[] = {"=", "!=", "<", "<=", ">", ">="};
    for (int k = 1; k <= 5; k++) {
        p.K = (size_t)k;
        const bool want[] = {k == 3, k != 3, (k < 3), k <= 3, (k > 3), k >= 3};
        for (size_t i = 0; i < 6; i++) {
            char text[32];
            (void)snprintf(text, sizeof text, "K %s 3", compares[i]);
            assert_int_equal(holds(text, &p), want[i]);
        }
    }
}

static void true_conditions(void **state)
{
    (void)state;
    struct ae_params p = point();
    static const char *const texts[] = {
        "activation=erf",
        "activation != relu",
        " K in [ 1 , 3 ] ",
        "K in [3]",
        "K=3, lr<=1, lr>0",
        "K=3,activation='erf'",
        "lr=3e-1",
        "lr=.3",
        "tied=false",
        "tied in [true,false]",
        "spikes=[4,2]",
        "spikes = [4, 2.0]",
        "spikes!=[4]",
        "spikes!=[2,4]",
        "D=1e3",
        "D<inf",
        "D!=inf",
        "start=none",
        "observe=default",
        "replicate=2",
        "replicate in [1,2]",
        "replicate<3",
        "activation in [linear, \"erf\"]",
        "timeout=none",
        "timeout=~",
        "K<=3.5, K>-1",
        "phase_tol=0.01",
        "rule=vanilla,\n\tbias=none",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (!holds(texts[i], &p))
            fail_msg("'%s' does not hold", texts[i]);
}

static void false_conditions(void **state)
{
    (void)state;
    struct ae_params p = point();
    static const char *const texts[] = {
        "activation=relu", "activation!=erf", "K in [1,2]",       "K=3, lr>1",     "lr>1, K=3",
        "tied=true",       "spikes=[4]",      "spikes=[2,4]",     "spikes!=[4,2]", "D=inf",
        "D>1000",          "D<1000",          "observe!=default", "start!=none",   "replicate=1",
        "replicate!=2",    "lr<0.3",          "lr>0.3",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (holds(texts[i], &p))
            fail_msg("'%s' holds", texts[i]);
}

static void reals_are_equal_to_nine_digits(void **state)
{
    (void)state;
    struct ae_params p = point();
    p.lr = 0.1 + 0.2; /* not 0.3 */
    assert_true(holds("lr=0.3, lr<=0.3, lr>=0.3", &p));
    assert_false(holds("lr<0.3", &p) || holds("lr>0.3", &p) || holds("lr!=0.3", &p));
    p.lr = 0.3 * (1 + 1e-8);
    assert_true(holds("lr!=0.3, lr>0.3, lr>=0.3", &p));
    assert_false(holds("lr<=0.3", &p));
}

static void infinity_differs_from_all_numbers(void **state)
{
    (void)state;
    struct ae_params p = point();
    p.D = HUGE_VAL;
    assert_true(holds("D=inf, D=.inf, D>1000, D>=inf, D!=1000, D in [1, inf]", &p));
    assert_false(holds("D=1000", &p) || holds("D<inf", &p) || holds("D in [1, 10]", &p));
}

/* informed and none are words: equal or not, neither small nor large. */
static void words_in_place_of_numbers_have_no_order(void **state)
{
    (void)state;
    struct ae_params p = point();
    assert_true(holds("init<=0.1, init!=informed", &p));
    p.init = AE_INIT_INFORMED;
    assert_true(holds("init=informed, init!=0.1", &p));
    assert_false(holds("init<1", &p) || holds("init<=1", &p) || holds("init>0", &p) ||
                 holds("init>=0", &p));
    assert_false(holds("timeout>100", &p) || holds("timeout<100", &p)); /* none */
}

static void no_expression_always_holds(void **state)
{
    (void)state;
    struct ae_params p = point();
    assert_true(ae_expr_holds(NULL, &p));
    ae_expr_free(NULL);
}

static void replicate_is_told_apart(void **state)
{
    (void)state;
    struct ae_expr *expr = NULL;
    assert_int_equal(ae_expr_new(&expr, "K=1, replicate=1", NULL), AE_OK);
    assert_true(ae_expr_asks_replicate(expr));
    ae_expr_free(expr);
    assert_int_equal(ae_expr_new(&expr, "K=1", NULL), AE_OK);
    assert_false(ae_expr_asks_replicate(expr));
    ae_expr_free(expr);
}

static void mistakes_name_the_column(void **state)
{
    (void)state;
    static const struct {
        const char *text, *column, *words;
    } cases[] = {
        {"", "column 1: ", "a parameter is expected"},
        {"  ", "column 3: ", "a parameter is expected"},
        {"learning_rate=1", "column 1: ", "did you mean 'lr'?"},
        {"K=1, activaton=erf", "column 6: ", "did you mean 'activation'?"},
        {"replicat=1", "column 1: ", "did you mean 'replicate'?"},
        {"qwertyuiop=1", "column 1: ", "unknown parameter 'qwertyuiop'"},
        {"activation=ef", "column 12: ", "did you mean 'erf'?"},
        {"lr==1", "column 3: ", "equal is written ="},
        {"lr 1", "column 4: ", "= != < <= > >= in"},
        {"lr", "column 3: ", "= != < <= > >= in"},
        {"lr=", "column 4: ", "a value is expected"},
        {"lr=1,", "column 6: ", "a parameter is expected"},
        {",lr=1", "column 1: ", "a parameter"},
        {"lr=1 and K=2", "column 6: ", "',' (which means and)"},
        {"lr=1 & K=2", "column 6: ", "','"},
        {"lr=1]", "column 5: ", "','"},
        {"lr=abc", "column 4: ", "> 0"},
        {"lr=-1", "column 4: ", "> 0"},
        {"lr<abc", "column 4: ", "not a number"},
        {"K=2.5", "column 3: ", "integer"},
        {"tied=yes", "column 6: ", "did you mean 'true'?"},
        {"activation<erf", "column 11: ", "activation is a word"},
        {"tied>=false", "column 5: ", "tied is a word"},
        {"spikes<[1]", "column 7: ", "spikes is a list"},
        {"spikes in [[1]]", "column 8: ", "= and != only"},
        {"start in [none]", "column 7: ", "= and != only"},
        {"spikes=[4,x]", "column 11: ", "'x' is not a number"},
        {"spikes=[4", "column 10: ", "',' or ']'"},
        {"spikes=[]", "column 9: ", "a number"},
        {"spikes=[4,-1]", "column 11: ", "> 0"},
        {"spikes=4", "column 8: ", "a list"},
        {"K=[1,2]", "column 3: ", "K in [...]"},
        {"K in 1", "column 6: ", "'['"},
        {"K in [1", "column 8: ", "',' or ']'"},
        {"K in []", "column 7: ", "a value"},
        {"K in [1,]", "column 9: ", "a value"},
        {"activation='erf", "column 12: ", "closing quote"},
        {"replicate=0", "column 11: ", "1, 2, 3"},
        {"replicate=x", "column 11: ", "not a number"},
        {"bias='\xc3\xa4', K==1", "column 6: ", "none, encoder"},
        {"timeout!=none, \xc3\xa4=1", "column 16: ", "unknown parameter"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ae_expr *expr = NULL;
        struct ae_error err = {0};
        assert_int_equal(ae_expr_new(&expr, cases[i].text, &err), AE_EARG);
        assert_null(expr);
        if (strncmp(err.message, cases[i].column, strlen(cases[i].column)) != 0 ||
            !strstr(err.message, cases[i].words))
            fail_msg("'%s': got '%s', want '%s ... %s'", cases[i].text, err.message,
                     cases[i].column, cases[i].words);
        assert_int_equal(ae_expr_new(&expr, cases[i].text, NULL), AE_EARG);
    }
}

static void overlong_values_are_refused(void **state)
{
    (void)state;
    char text[4096] = "lr=";
    memset(text + 3, '1', 1000);
    struct ae_expr *expr = NULL;
    struct ae_error err = {0};
    assert_int_equal(ae_expr_new(&expr, text, &err), AE_EARG);
    assert_non_null(strstr(err.message, "column 4: "));
    size_t n = (size_t)sprintf(text, "spikes=[1");
    for (; n < 2000; n += 2)
        memcpy(text + n, ",1", 2);
    memcpy(text + n, "]", 2);
    assert_int_equal(ae_expr_new(&expr, text, &err), AE_EARG);
    assert_non_null(strstr(err.message, "more than 256 numbers"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(comparisons_hold_as_in_arithmetic),
        cmocka_unit_test(true_conditions),
        cmocka_unit_test(false_conditions),
        cmocka_unit_test(reals_are_equal_to_nine_digits),
        cmocka_unit_test(infinity_differs_from_all_numbers),
        cmocka_unit_test(words_in_place_of_numbers_have_no_order),
        cmocka_unit_test(no_expression_always_holds),
        cmocka_unit_test(replicate_is_told_apart),
        cmocka_unit_test(mistakes_name_the_column),
        cmocka_unit_test(overlong_values_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
