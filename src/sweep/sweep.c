/* A sweep that was read: its points, and views of what it is made of. */
#include "aesweep/sweep.h"

#include <stdlib.h>

#include "sweep_private.h"

void ae_sweep_free(struct ae_sweep *sweep)
{
    if (!sweep)
        return;
    for (size_t i = 0; i < sweep->n_axes; i++)
        ae_axis_clear(&sweep->axes[i]);
    for (size_t i = 0; i < sweep->n_exclusions; i++)
        ae_exclusion_clear(&sweep->exclusions[i]);
    free(sweep->exclusions);
    free(sweep->n_dropped);
    free(sweep->left);
    free(sweep->value);
    free(sweep->reduce);
    free(sweep->name);
    ae_pool_clear(&sweep->pool);
    free(sweep);
}

const char *ae_sweep_name(const struct ae_sweep *sweep)
{
    return sweep->name;
}

size_t ae_sweep_n_points(const struct ae_sweep *sweep)
{
    return sweep->n_points;
}

size_t ae_sweep_n_replicates(const struct ae_sweep *sweep)
{
    return sweep->n_replicates;
}

size_t ae_sweep_grid_size(const struct ae_sweep *sweep)
{
    return sweep->grid_size;
}

/* The index counts in mixed radix, the first axis being the highest digit. */
void ae_sweep_point(const struct ae_sweep *sweep, size_t i, size_t replicate, struct ae_params *out)
{
    size_t at = sweep->left ? sweep->left[i] : i;
    *out = sweep->fixed;
    out->replicate = replicate;
    for (size_t k = sweep->n_axes; k-- > 0;) {
        const struct ae_axis *axis = &sweep->axes[k];
        ae_param_set(out, axis->id, axis->values[at % axis->n]);
        at /= axis->n;
    }
}

size_t ae_sweep_n_axes(const struct ae_sweep *sweep)
{
    return sweep->n_axes;
}

struct ae_axis_view ae_sweep_axis(const struct ae_sweep *sweep, size_t i)
{
    const struct ae_axis *axis = &sweep->axes[i];
    return (struct ae_axis_view){.id = axis->id,
                                 .n = axis->n,
                                 .values = axis->values,
                                 .is_log = axis->is_log,
                                 .n_merged = axis->n_merged};
}

size_t ae_sweep_n_exclusions(const struct ae_sweep *sweep)
{
    return sweep->n_exclusions;
}

struct ae_exclusion_view ae_sweep_exclusion(const struct ae_sweep *sweep, size_t i)
{
    return (struct ae_exclusion_view){.n_points = sweep->n_dropped[i],
                                      .text = sweep->exclusions[i].text,
                                      .why = sweep->exclusions[i].why};
}

struct ae_table_choice ae_sweep_table(const struct ae_sweep *sweep)
{
    return (struct ae_table_choice){
        .rows = sweep->rows, .cols = sweep->cols, .value = sweep->value, .reduce = sweep->reduce};
}
