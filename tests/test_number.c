/* Numbers as text: what is written reads back, nothing shorter would; what YAML 1.2 takes for a
 * number. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <float.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/number.h"

/* SplitMix64: any bit patterns will do. */
static uint64_t next_bits(uint64_t *state)
{
    uint64_t z = *state += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static double of_bits(uint64_t bits)
{
    double x;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static void expect_reads_back(double x)
{
    char text[AE_NUMBER_SIZE + 1];
    memset(text, 'X', sizeof text);
    assert_ptr_equal(ae_number_format(x, text), text);
    assert_int_equal(text[AE_NUMBER_SIZE], 'X');
    assert_non_null(memchr(text, '\0', AE_NUMBER_SIZE));
    double by_libc = strtod(text, NULL), by_us = 0.0;
    if (memcmp(&by_libc, &x, sizeof x) != 0 && x != 0.0)
        fail_msg("%a became %s = %a", x, text, by_libc);
    if (!ae_number_parse(text, &by_us) || by_us != x)
        fail_msg("%a became %s, which is read as %a", x, text, by_us);
}

static void written_numbers_read_back(void **state)
{
    (void)state;
    uint64_t seed = 1;
    for (int i = 0; i < 10000; i++) {
        double x = of_bits(next_bits(&seed));
        if (!isnan(x))
            expect_reads_back(x);
        expect_reads_back((double)(int64_t)next_bits(&seed) * 0x1p-64); /* everyday sizes */
        uint64_t fraction = next_bits(&seed) >> 12;
        expect_reads_back(of_bits(fraction)); /* subnormal */
    }
    static const double special[] = {0.0,
                                     -0.0,
                                     DBL_MIN,
                                     DBL_TRUE_MIN,
                                     DBL_MAX,
                                     DBL_EPSILON,
                                     -DBL_MAX,
                                     0.1,
                                     1.0 / 3.0,
                                     1e15,
                                     1e22,
                                     1e23,
                                     1e-5,
                                     123456.789,
                                     0x1p53,
                                     0x1p53 + 2,
                                     (double)INFINITY,
                                     -(double)INFINITY};
    for (size_t i = 0; i < sizeof special / sizeof *special; i++)
        expect_reads_back(special[i]);
    for (int e = -1074; e < 1024; e++) {
        double power = ldexp(1.0, e);
        expect_reads_back(power);
        expect_reads_back(nextafter(power, 0.0));
        expect_reads_back(-nextafter(power, (double)INFINITY));
    }
}

/* Digits of a formatted number without leading and trailing zeros. */
static int count_digits(const char *text)
{
    int n = 0, n_zeros = 0;
    for (; *text && *text != 'e'; text++) {
        if (*text < '0' || *text > '9' || (n == 0 && *text == '0'))
            continue;
        n++;
        n_zeros = *text == '0' ? n_zeros + 1 : 0;
    }
    return n - n_zeros;
}

/* Whichever decimal with one digit less is taken, it is another double. */
static void expect_shortest(double x)
{
    char text[AE_NUMBER_SIZE], shorter[64];
    int n = count_digits(ae_number_format(x, text));
    if (n < 2)
        return;
    (void)snprintf(shorter, sizeof shorter, "%.*e", n - 2, fabs(x)); /* d.ddde+XX */
    uint64_t digits = 0;
    const char *at = shorter;
    for (; *at != 'e'; at++)
        if (*at != '.')
            digits = 10 * digits + (uint64_t)(*at - '0');
    long exponent = strtol(at + 1, NULL, 10) - (n - 2);
    for (uint64_t d = digits - 1; d <= digits + 1; d++) {
        (void)snprintf(shorter, sizeof shorter, "%" PRIu64 "e%ld", d, exponent);
        if (strtod(shorter, NULL) == fabs(x))
            fail_msg("%s is written, but %s is shorter and the same", text, shorter);
    }
}

static void nothing_shorter_reads_back(void **state)
{
    (void)state;
    uint64_t seed = 2;
    for (int i = 0; i < 3000; i++) {
        double x = of_bits(next_bits(&seed));
        if (isfinite(x))
            expect_shortest(x);
        expect_shortest(of_bits(next_bits(&seed) >> 12));
        expect_shortest((double)(next_bits(&seed) >> 11) * 0x1p-53);
    }
    for (int e = -1074; e < 1024; e++) {
        expect_shortest(ldexp(1.0, e));
        expect_shortest(-ldexp(1.0, e));
    }
}

static void numbers_look_as_people_write_them(void **state)
{
    (void)state;
    static const struct {
        double x;
        const char *text;
    } cases[] = {
        {0.0, "0"},
        {-0.0, "0"},
        {1.0, "1"},
        {-17.0, "-17"},
        {1e4, "10000"},
        {999999999999999.0, "999999999999999"},
        {-999999999999999.0, "-999999999999999"},
        {1e15, "1e+15"},
        {0.1, "0.1"},
        {0.01, "0.01"},
        {0.1 + 0.2, "0.30000000000000004"},
        {-2.5, "-2.5"},
        {1e-8, "1e-08"},
        {5e-324, "5e-324"},
        {0x1p-44, "5.684341886080802e-14"}, /* the nearest decimal of 16 digits ends in 1 */
        {DBL_MAX, "1.7976931348623157e+308"},
        {(double)NAN, "nan"},
        {-(double)NAN, "nan"},
        {(double)INFINITY, "inf"},
        {-(double)INFINITY, "-inf"},
    };
    char text[AE_NUMBER_SIZE];
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(ae_number_format(cases[i].x, text), cases[i].text);
    uint64_t seed = 3;
    for (int i = 0; i < 5000; i++) {
        int64_t n = (int64_t)(next_bits(&seed) % 1000000000000000u) >> (i % 50);
        char want[32];
        (void)snprintf(want, sizeof want, "%" PRId64, -n);
        assert_string_equal(ae_number_format((double)-n, text), want);
    }
}

static void yaml_numbers_are_read(void **state)
{
    (void)state;
    const double inf = (double)INFINITY;
    static const struct {
        const char *text;
        double want;
    } cases[] = {
        {"0", 0.0},
        {"-0", 0.0},
        {"+12", 12.0},
        {"-12", -12.0},
        {"010", 10.0},
        {"1e4", 1e4},
        {"1E4", 1e4},
        {"1e+4", 1e4},
        {"1e-4", 1e-4},
        {".5", 0.5},
        {"-.5", -0.5},
        {"+.5e1", 5.0},
        {"5.", 5.0},
        {"5.e2", 500.0},
        {"00.50", 0.5},
        {"12.34e-2", 0.1234},
        {"1e-400", 0.0},
        {"-1e-400", 0.0},
        {"4.9e-324", DBL_TRUE_MIN},
        {"9007199254740993", 0x1p53},
        {"1.7976931348623157e308", DBL_MAX},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double x = -99.0;
        if (!ae_number_parse(cases[i].text, &x) || x != cases[i].want || (x == 0.0 && signbit(x)))
            fail_msg("'%s': got %a, want %a", cases[i].text, x, cases[i].want);
    }
    static const char *const above[] = {"inf", ".inf", "+inf", "+.inf"};
    static const char *const below[] = {"-inf", "-.inf"};
    double x = 0.0;
    for (size_t i = 0; i < sizeof above / sizeof *above; i++)
        assert_true(ae_number_parse(above[i], &x) && x == inf);
    for (size_t i = 0; i < sizeof below / sizeof *below; i++)
        assert_true(ae_number_parse(below[i], &x) && x == -inf);
}

static void other_texts_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",      " ",    ".",     "+",      "-",   "-.",     "e5",       ".e5",   "1e",
        "1e+",   "1e-",  "1e1.5", "1 ",     " 1",  "1\n",    "\t1",      "1_000", "1,5",
        "1,000", "0x10", "0x1p4", "0o17",   "--1", "+-1",    "1-",       "1.2.3", "1f",
        "1d4",   "nan",  ".nan",  "-nan",   "NaN", "nan(1)", "infinity", "infi",  "..inf",
        "inf.",  "- 1",  "1e400", "-1e400", "one", "1e4e4",  "1/2",      "~",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        double x = 0.0;
        if (ae_number_parse(texts[i], &x))
            fail_msg("'%s' was read as %g", texts[i], x);
    }
}

static void rounding_keeps_twelve_digits(void **state)
{
    (void)state;
    const double inf = (double)INFINITY;
    assert_true(ae_number_round12(0.1 + 0.2) == 0.3);
    assert_true(ae_number_round12(1.0 / 3.0) == 0.333333333333);
    assert_true(ae_number_round12(-2.0 / 3.0) == -0.666666666667);
    assert_true(ae_number_round12(123456789012345.0) == 123456789012000.0);
    assert_true(ae_number_round12(0.9999999999996) == 1.0);
    assert_true(ae_number_round12(0.0) == 0.0);
    assert_true(ae_number_round12(inf) == inf && ae_number_round12(-inf) == -inf);
    assert_true(isnan(ae_number_round12((double)NAN)));
    uint64_t seed = 4;
    for (int i = 0; i < 5000; i++) {
        double x = ldexp((double)(next_bits(&seed) >> 11), i % 200 - 150);
        double y = ae_number_round12(x);
        assert_true(y == ae_number_round12(y));
        assert_true(fabs(y - x) <= 5.0000001e-12 * fabs(x)); /* half a unit of the 12th digit */
        char text[AE_NUMBER_SIZE];
        assert_true(count_digits(ae_number_format(y, text)) <= 12);
    }
}

static void equality_forgives_rounding_only(void **state)
{
    (void)state;
    const double inf = (double)INFINITY, not_a_number = (double)NAN;
    const struct {
        double a, b;
        bool want;
    } cases[] = {
        {1.0, 1.0, true},
        {0.1 + 0.2, 0.3, true},
        {1.0, 1.0 + 0.9e-9, true},
        {1.0, 1.0 + 1.1e-9, false},
        {1e300, 1e300 * (1 + 5e-10), true},
        {1e-300, 2e-300, false},
        {0.0, 0.0, true},
        {0.0, -0.0, true},
        {0.0, 1e-300, false},
        {-1.0, 1.0, false},
        {inf, inf, true},
        {-inf, -inf, true},
        {inf, -inf, false},
        {inf, DBL_MAX, false},
        {inf, 1.0, false},
        {not_a_number, 1.0, false},
        {not_a_number, not_a_number, false},
        {not_a_number, inf, false},
        {DBL_MAX, -DBL_MAX, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        bool forth = ae_number_matches(cases[i].a, cases[i].b);
        bool back = ae_number_matches(cases[i].b, cases[i].a);
        if (forth != cases[i].want || back != cases[i].want)
            fail_msg("%a and %a: got %d and %d, want %d", cases[i].a, cases[i].b, forth, back,
                     cases[i].want);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(written_numbers_read_back),
        cmocka_unit_test(nothing_shorter_reads_back),
        cmocka_unit_test(numbers_look_as_people_write_them),
        cmocka_unit_test(yaml_numbers_are_read),
        cmocka_unit_test(other_texts_are_refused),
        cmocka_unit_test(rounding_keeps_twelve_digits),
        cmocka_unit_test(equality_forgives_rounding_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
