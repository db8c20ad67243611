#ifndef AESWEEP_FORMULA_H
#define AESWEEP_FORMULA_H

/*
 * Computed values, `=1e4/lr`: a small arithmetic of numbers and of the other parameters of the same
 * point.
 *     + - * / ^ ( ) min(a, b, ...) max(a, b, ...) sqrt(a) log(a) exp(a)
 * `^` binds tighter than a sign and groups to the right: -2^2 is -4. log is the natural logarithm.
 */

#include <stdbool.h>

#include "aesweep/params.h"

struct ae_formula;

/* Does this text ask for a computed value? */
bool ae_formula_is(const char *text);

/* Text from its `=` on. AE_EARG names the column (from 1, the `=`) and the nearest right thing. */
enum ae_status ae_formula_new(struct ae_formula **formula, const char *text, struct ae_error *err);
void ae_formula_free(struct ae_formula *formula);

const char *ae_formula_text(const struct ae_formula *formula);
bool ae_formula_uses(const struct ae_formula *formula, enum ae_param_id id);

/* The number for this point, rounded to 12 significant digits, which hides where C libraries
 * differ; nan where a parameter in it is a word (`init: informed`). */
double ae_formula_value(const struct ae_formula *formula, const struct ae_params *p);

#endif
