/* Arguments of a command, and the messages about wrong ones. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "../src/cli/cli.h"

static const struct ae_option options[] = {{"value", 0, "VALUE", ""},
                                           {"output", 'o', "FILE", ""},
                                           {"set", 0, "NAME=VALUE", ""},
                                           {"list", 'l', NULL, ""},
                                           {0}};
static const struct ae_command command = {.name = "try",
                                          .positional = "DIR",
                                          .n_min = 1,
                                          .n_max = 2,
                                          .summary = "",
                                          .notes = "",
                                          .options = options};

enum { MAX_ARGS = 16 };

/* Parses `try` and the given words (ended by NULL). The words must outlive args. */
static enum ae_status parse(struct ae_args *args, struct ae_error *err, const char *const *words)
{
    static char name[] = "try";
    char *argv[MAX_ARGS] = {name};
    int argc = 1;
    for (; words[argc - 1]; argc++)
        argv[argc] = (char *)(uintptr_t)words[argc - 1];
    return ae_args_parse(args, &command, argc, argv, err);
}
#define PARSE(args, err, ...) parse(args, err, (const char *const[]){__VA_ARGS__, NULL})

static void test_all_forms(void **state)
{
    (void)state;
    struct ae_args args;
    assert_int_equal(PARSE(&args, NULL, "--value", "a", "dir", "--output=b=c", "-l"), AE_OK);
    assert_string_equal(ae_args_value(&args, "value"), "a");
    assert_string_equal(ae_args_value(&args, "output"), "b=c");
    assert_true(ae_args_has(&args, "list"));
    assert_false(ae_args_has(&args, "set"));
    assert_null(ae_args_value(&args, "set"));
    assert_int_equal(args.n_positional, 1);
    assert_string_equal(args.positional[0], "dir");
    ae_args_clear(&args);
    assert_int_equal(PARSE(&args, NULL, "-o", "one", "-otwo", "--", "--value"), AE_OK);
    assert_string_equal(ae_args_value(&args, "output"), "two"); /* the last one counts */
    assert_string_equal(args.positional[0], "--value");
    assert_false(ae_args_has(&args, "value"));
    ae_args_clear(&args);
    assert_int_equal(PARSE(&args, NULL, "-", "--value", "--list", "--output="), AE_OK);
    assert_string_equal(args.positional[0], "-");
    assert_string_equal(ae_args_value(&args, "value"), "--list");
    assert_string_equal(ae_args_value(&args, "output"), "");
    assert_false(ae_args_has(&args, "list"));
    ae_args_clear(&args);
}

static void test_repeated_option(void **state)
{
    (void)state;
    struct ae_args args;
    assert_int_equal(PARSE(&args, NULL, "--set", "a=1", "d", "--value", "x", "--set=b=2"), AE_OK);
    assert_string_equal(ae_args_nth(&args, "set", 0), "a=1");
    assert_string_equal(ae_args_nth(&args, "set", 1), "b=2");
    assert_null(ae_args_nth(&args, "set", 2));
    ae_args_clear(&args);
}

static void assert_message(const char *want, const char *const *words)
{
    struct ae_args args;
    struct ae_error err = {0};
    assert_int_equal(parse(&args, &err, words), AE_EARG);
    assert_string_equal(err.message, want);
    ae_args_clear(&args);
}
#define ASSERT_MESSAGE(want, ...) assert_message(want, (const char *const[]){__VA_ARGS__, NULL})

static void test_messages(void **state)
{
    (void)state;
    ASSERT_MESSAGE("unknown option '--vlaue'; did you mean '--value'?", "d", "--vlaue", "x");
    ASSERT_MESSAGE("unknown option '--vlaue'; did you mean '--value'?", "d", "--vlaue=x");
    ASSERT_MESSAGE("unknown option '--helpp'; did you mean '--help'?", "d", "--helpp");
    ASSERT_MESSAGE("unknown option '--qqqqqqqq'; try 'aesweep try --help'", "--qqqqqqqq");
    ASSERT_MESSAGE("unknown option '-x'; try 'aesweep try --help'", "-x");
    ASSERT_MESSAGE("unknown option '-list'; did you mean '--list'?", "d", "-list");
}

static void test_values(void **state)
{
    (void)state;
    ASSERT_MESSAGE("--value needs a value: --value VALUE", "d", "--value");
    ASSERT_MESSAGE("-o needs a value: -o FILE", "d", "-o");
    ASSERT_MESSAGE("--list takes no value, but 'yes' was given", "d", "--list=yes");
    ASSERT_MESSAGE("-l takes no value, but 'yes' was given", "d", "-lyes");
    ASSERT_MESSAGE("DIR is missing; usage: aesweep try DIR", "--list");
    ASSERT_MESSAGE("unexpected argument 'c'; usage: aesweep try DIR", "a", "b", "c");
}

static void test_choice(void **state)
{
    (void)state;
    static const char *const names[] = {"text", "csv", "json", NULL};
    struct ae_args args;
    struct ae_error err = {0};
    size_t choice = 7;
    assert_int_equal(PARSE(&args, &err, "d"), AE_OK);
    assert_int_equal(ae_args_choice(&args, "value", names, &choice, &err), AE_OK);
    assert_int_equal(choice, 7);
    ae_args_clear(&args);
    assert_int_equal(PARSE(&args, &err, "d", "--value", "json"), AE_OK);
    assert_int_equal(ae_args_choice(&args, "value", names, &choice, &err), AE_OK);
    assert_int_equal(choice, 2);
    ae_args_clear(&args);
    assert_int_equal(PARSE(&args, &err, "d", "--value", "cvs"), AE_OK);
    assert_int_equal(ae_args_choice(&args, "value", names, &choice, &err), AE_EARG);
    assert_string_equal(err.message,
                        "--value: 'cvs' is not allowed; allowed: text, csv, json; did you "
                        "mean 'csv'?");
    assert_int_equal(choice, 2);
    ae_args_clear(&args);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_forms), cmocka_unit_test(test_repeated_option),
        cmocka_unit_test(test_messages),  cmocka_unit_test(test_values),
        cmocka_unit_test(test_choice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
