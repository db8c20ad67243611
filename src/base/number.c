/* Numbers as text: shortest decimals, YAML 1.2 numbers, comparison. The program never calls
 * setlocale, so that the decimal point is a point. */
#include "aesweep/number.h"

#include <float.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool reads_back(char text[AE_NUMBER_SIZE], int digits, long double near, double x)
{
    (void)snprintf(text, AE_NUMBER_SIZE, "%.*Lg", digits, near);
    return strtod(text, NULL) == x;
}

char *ae_number_format(double x, char text[AE_NUMBER_SIZE])
{
    if (isnan(x))
        return strcpy(text, "nan");
    if (isinf(x))
        return strcpy(text, x > 0 ? "inf" : "-inf");
    if (x == floor(x) && fabs(x) < 1e15) {
        (void)snprintf(text, AE_NUMBER_SIZE, "%.0f", x == 0.0 ? 0.0 : x);
        return text;
    }
    /* Doubles lie twice as dense below a power of two as above it: there the decimal nearest to x
     * may be another double while one further off, above x, reads back. */
    int exponent = 0;
    bool is_power = fabs(frexp(x, &exponent)) == 0.5;
    long double above = (long double)x * (1.0L + 0x1p-54L);
    /* Up to 15 digits every decimal survives the way to a normal double and back, so that those
     * of %.15g are the fewest if they read back at all. */
    int digits = fabs(x) < DBL_MIN ? 1 : 15;
    while (digits < 17 && !reads_back(text, digits, (long double)x, x) &&
           !(is_power && reads_back(text, digits, above, x)))
        digits++;
    if (digits == 17) /* enough for any double */
        (void)snprintf(text, AE_NUMBER_SIZE, "%.17g", x);
    return text;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

bool ae_number_parse(const char *text, double *out)
{
    const char *s = text;
    bool negative = *s == '-';
    if (*s == '-' || *s == '+')
        s++;
    if (strcmp(s, "inf") == 0 || strcmp(s, ".inf") == 0) {
        *out = negative ? -HUGE_VAL : HUGE_VAL;
        return true;
    }
    size_t n_digits = 0;
    for (; is_digit(*s); s++)
        n_digits++;
    if (*s == '.')
        for (s++; is_digit(*s); s++)
            n_digits++;
    if (n_digits == 0)
        return false;
    if (*s == 'e' || *s == 'E') {
        s++;
        if (*s == '-' || *s == '+')
            s++;
        if (!is_digit(*s))
            return false;
        while (is_digit(*s))
            s++;
    }
    if (*s != '\0')
        return false;
    double x = strtod(text, NULL);
    if (isinf(x))
        return false;
    *out = x == 0.0 ? 0.0 : x;
    return true;
}

/* Ten to the k: exact, since 5^22 < 2^53. */
static double power_of_ten(int k)
{
    static const double powers[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                    1e8,  1e9,  1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
                                    1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
    return powers[k];
}

/*
 * The quotient (or product) of an integer below 2^53 and an exact power of ten is rounded once and
 * so is the double nearest to that decimal, as strtod would have it. Which integer is beyond doubt
 * unless the scaled number lies near a tie; there, and at extreme exponents, the C library decides.
 */
double ae_number_round12(double x)
{
    enum { DIGITS = 12, MAX_POWER = 22 };
    char text[AE_NUMBER_SIZE];
    if (x == 0.0 || !isfinite(x))
        return x;
    int k = DIGITS - 1 - (int)floor(log10(fabs(x)));
    if (k >= -MAX_POWER && k <= MAX_POWER) {
        double scaled = k >= 0 ? x * power_of_ten(k) : x / power_of_ten(-k);
        double whole = rint(scaled), rest = fabs(scaled - whole);
        if (fabs(whole) >= 1e11 && fabs(whole) < 1e12 && rest < 0.499)
            return k >= 0 ? whole / power_of_ten(k) : whole * power_of_ten(-k);
    }
    (void)snprintf(text, sizeof text, "%.12g", x);
    return strtod(text, NULL);
}

bool ae_number_matches(double a, double b)
{
    return a == b || (isfinite(a - b) && fabs(a - b) <= 1e-9 * fmax(fabs(a), fabs(b)));
}

bool ae_numbers_are_log(size_t n, const double *rising)
{
    if (n < 2 || !(rising[0] > 0.0))
        return false;
    if (n == 2)
        return rising[1] >= 10.0 * rising[0];
    double least = HUGE_VAL, most = 0.0, log_least = HUGE_VAL, log_most = 0.0;
    for (size_t k = 1; k < n; k++) {
        double step = rising[k] - rising[k - 1], log_step = log(rising[k] / rising[k - 1]);
        least = fmin(least, step);
        most = fmax(most, step);
        log_least = fmin(log_least, log_step);
        log_most = fmax(log_most, log_step);
    }
    return log_most * least < most * log_least;
}
