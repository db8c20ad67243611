/* Comparing a parameter with values. */
#include "aesweep/condition.h"

static bool matches(enum ae_param_id id, struct ae_value a, struct ae_value b)
{
    return id == AE_CONDITION_REPLICATE ? ae_number_matches(a.x, b.x) : ae_value_matches(id, a, b);
}

static bool is_word(enum ae_param_id id, double x)
{
    if (id == AE_CONDITION_REPLICATE)
        return false;
    for (const struct ae_word *word = ae_param_table[id].words; word->text; word++)
        if (word->number == x)
            return true;
    return false;
}

bool ae_condition_holds(const struct ae_condition *condition, const struct ae_params *p)
{
    enum ae_param_id id = condition->id;
    struct ae_value value = {.x = (double)p->replicate};
    if (id != AE_CONDITION_REPLICATE)
        value = ae_param_get(p, id);
    size_t i = 0;
    while (i < condition->n && !matches(id, value, condition->values[i]))
        i++;
    bool is_equal = i < condition->n;
    switch (condition->compare) {
    case AE_COMPARE_EQ:
    case AE_COMPARE_IN:
        return is_equal;
    case AE_COMPARE_NE:
        return !is_equal;
    default:
        break;
    }
    if (is_word(id, value.x))
        return false;
    bool is_less = !is_equal && value.x < condition->values[0].x;
    switch (condition->compare) {
    case AE_COMPARE_LT:
        return is_less;
    case AE_COMPARE_LE:
        return is_less || is_equal;
    case AE_COMPARE_GE:
        return !is_less;
    default:
        return !is_less && !is_equal;
    }
}
