#ifndef AESWEEP_CONDITION_H
#define AESWEEP_CONDITION_H

/* A parameter compared with values: what expressions and items of `exclude` consist of. */

#include <stdbool.h>

#include "aesweep/params.h"

/* X(code, text): the longer text first where one begins another. */
#define AE_COMPARE_LIST(X)                                                                         \
    X(AE_COMPARE_NE, "!=")                                                                         \
    X(AE_COMPARE_LE, "<=")                                                                         \
    X(AE_COMPARE_GE, ">=")                                                                         \
    X(AE_COMPARE_EQ, "=")                                                                          \
    X(AE_COMPARE_LT, "<")                                                                          \
    X(AE_COMPARE_GT, ">")

enum ae_compare {
#define AE_COMPARE_CODE(code, text) code,
    AE_COMPARE_LIST(AE_COMPARE_CODE)
#undef AE_COMPARE_CODE
        AE_COMPARE_IN /* equal to any of the values */
};

/* Stands where a parameter does and means the replicate. */
#define AE_CONDITION_REPLICATE AE_N_PARAMS

struct ae_condition {
    enum ae_param_id id;
    enum ae_compare compare;
    size_t n;                /* 1 but for AE_COMPARE_IN */
    struct ae_value *values; /* [n], owned by whoever made the condition */
};

/* Numbers compare to 1e-9: `<` is false and `<=` true where `=` is. Words (informed, none) are
 * equal or not, never less or greater. */
bool ae_condition_holds(const struct ae_condition *condition, const struct ae_params *p);

#endif
