/* Refined axes: neighbours among the values, and what lies in their middle. */
#include "refine_internal.h"

#include <math.h>
#include <stdlib.h>

/* Is it a number of the kind that has a middle with another? Words stand for numbers too. */
static bool is_place(enum ae_param_id id, double x)
{
    for (const struct ae_word *word = ae_param_table[id].words; word->text; word++)
        if (word->number == x)
            return false;
    return isfinite(x);
}

static void sort(struct ae_refine_axis *axis)
{
    const struct ae_value *values = axis->of->values;
    for (size_t i = 0; i < axis->of->n; i++) { /* by insertion: axes are mostly in order already */
        size_t k = axis->n;
        axis->rank[i] = AE_REFINE_NOWHERE;
        if (!is_place(axis->of->id, values[i].x))
            continue;
        for (; k > 0 && values[axis->order[k - 1]].x > values[i].x; k--)
            axis->order[k] = axis->order[k - 1];
        axis->order[k] = i;
        axis->n++;
    }
    for (size_t k = 0; k < axis->n; k++)
        axis->rank[axis->order[k]] = k;
}

static enum ae_status choose_scale(struct ae_refine_axis *axis, struct ae_error *err)
{
    const struct ae_axis *of = axis->of;
    double *x = ae_reals_new(axis->n);
    if (!x)
        return ae_fail_memory(err, axis->n * sizeof *x);
    for (size_t k = 0; k < axis->n; k++)
        x[k] = of->values[axis->order[k]].x;
    axis->is_log = of->has_scale ? of->is_log : ae_numbers_are_log(axis->n, x);
    axis->is_log = axis->is_log && axis->n > 0 && x[0] > 0.0;
    free(x);
    return AE_OK;
}

enum ae_status ae_refine_axis_init(struct ae_refine_axis *axis, const struct ae_document *document,
                                   size_t place, struct ae_error *err)
{
    const struct ae_axis *of = &document->axes[place];
    enum ae_param_type type = ae_param_table[of->id].type;
    *axis = (struct ae_refine_axis){.of = of,
                                    .place = place,
                                    .stride = 1,
                                    .is_integer = type == AE_TYPE_COUNT || type == AE_TYPE_SIZE,
                                    .order = ae_calloc(of->n, 1, sizeof *axis->order),
                                    .rank = ae_calloc(of->n, 1, sizeof *axis->rank)};
    if (!axis->order || !axis->rank)
        return ae_fail_memory(err, of->n * sizeof *axis->order);
    for (size_t k = place + 1; k < document->n_axes; k++)
        axis->stride *= document->axes[k].is_joined ? 1 : document->axes[k].n;
    sort(axis);
    return choose_scale(axis, err);
}

void ae_refine_axis_clear(struct ae_refine_axis *axis)
{
    free(axis->order);
    free(axis->rank);
    *axis = (struct ae_refine_axis){0};
}

size_t ae_refine_axis_digit(const struct ae_refine_axis *axis, size_t local)
{
    return local / axis->stride % axis->of->n;
}

size_t ae_refine_axis_next(const struct ae_refine_axis *axis, size_t local, bool is_up)
{
    size_t digit = ae_refine_axis_digit(axis, local), rank = axis->rank[digit];
    if (rank == AE_REFINE_NOWHERE || (is_up ? rank + 1 == axis->n : rank == 0))
        return AE_REFINE_NOWHERE;
    size_t other = axis->order[is_up ? rank + 1 : rank - 1];
    return local - digit * axis->stride + other * axis->stride;
}

bool ae_refine_axis_middle(const struct ae_refine_axis *axis, double a, double b, double *middle)
{
    double x = axis->is_log ? sqrt(a) * sqrt(b) : a + (b - a) / 2.0;
    x = axis->is_integer ? floor(x) : ae_number_round12(x);
    *middle = x;
    return a < x && x < b && !ae_number_matches(a, x) && !ae_number_matches(x, b);
}

size_t ae_refine_axis_room(const struct ae_refine_axis *axis, double a, double b, size_t n_levels)
{
    size_t n = ((size_t)1 << n_levels) - 1;
    return axis->is_integer && b - a - 1.0 < (double)n ? (size_t)(b - a - 1.0) : n;
}
