#ifndef AESWEEP_NUMBER_H
#define AESWEEP_NUMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Numbers as text. Nothing here depends on the locale of the user. */

enum { AE_NUMBER_SIZE = 32 }; /* bytes that any formatted number fits in, with its NUL */

/* Shortest decimal that reads back to exactly x; `nan`, `inf`, `-inf`; integers below 1e15 without
 * exponent. Writes at most AE_NUMBER_SIZE bytes, returns text. */
char *ae_number_format(double x, char text[AE_NUMBER_SIZE]);

/* Reads a YAML 1.2 number: decimal integer or real, `.5`, `1e4`, `inf`, `.inf`, `-.inf`. The whole
 * text must be the number; hexadecimal, octal, `nan` and blanks are refused; a value too large for
 * a double is refused. Zero has no sign, as ae_number_format writes it. */
bool ae_number_parse(const char *text, double *out);

/* x rounded to 12 significant decimal digits. */
double ae_number_round12(double x);

/* |a - b| <= 1e-9 max(|a|, |b|), and equal infinities: the equality of expressions. */
bool ae_number_matches(double a, double b);

/* Are these rising numbers spaced as on a log scale: are their steps more even in the logarithm than
 * as they are? Of two: do they differ by a factor of ten? */
bool ae_numbers_are_log(size_t n, const double *rising);

#endif
