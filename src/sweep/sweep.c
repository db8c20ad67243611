/* A sweep that was read: its points, and views of what it is made of. */
#include "aesweep/sweep.h"

#include <stdlib.h>

#include "sweep_private.h"

void ae_sweep_free(struct ae_sweep *sweep)
{
    if (!sweep)
        return;
    for (size_t i = 0; i < sweep->n_documents; i++)
        for (size_t k = 0; k < sweep->documents[i].n_axes; k++)
            ae_axis_clear(&sweep->documents[i].axes[k]);
    free(sweep->documents);
    for (size_t i = 0; i < sweep->n_formulas; i++)
        ae_formula_free(sweep->formulas[i]);
    free(sweep->formulas);
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

size_t ae_sweep_n_repeated(const struct ae_sweep *sweep)
{
    return sweep->n_repeated;
}

/* The index counts in mixed radix, the first axis of the document being the highest digit. */
void ae_sweep_point(const struct ae_sweep *sweep, size_t i, size_t replicate, struct ae_params *out)
{
    size_t at = sweep->left ? sweep->left[i] : i;
    const struct ae_document *document = sweep->documents;
    while (at - document->first >= document->size)
        document++;
    at -= document->first;
    *out = document->fixed;
    out->seed = sweep->documents->fixed.seed;
    out->replicate = replicate;
    for (size_t k = document->n_axes; k-- > 0;) {
        const struct ae_axis *axis = &document->axes[k];
        ae_param_set(out, axis->id, axis->values[at % axis->n]);
        if (!axis->is_joined)
            at /= axis->n;
    }
    for (size_t k = 0; k < document->n_computed; k++) {
        enum ae_param_id id = document->computed[k];
        double x = ae_formula_value(document->formulas[id], out);
        ae_param_set(out, id, (struct ae_value){.x = x});
    }
}

size_t ae_sweep_n_documents(const struct ae_sweep *sweep)
{
    return sweep->n_documents;
}

size_t ae_sweep_n_axes(const struct ae_sweep *sweep)
{
    size_t n = 0;
    for (size_t i = 0; i < sweep->n_documents; i++)
        n += sweep->documents[i].n_axes;
    return n;
}

struct ae_axis_view ae_sweep_axis(const struct ae_sweep *sweep, size_t i)
{
    const struct ae_document *document = sweep->documents;
    for (; i >= document->n_axes; document++)
        i -= document->n_axes;
    const struct ae_axis *axis = &document->axes[i];
    return (struct ae_axis_view){.id = axis->id,
                                 .n = axis->n,
                                 .values = axis->values,
                                 .is_log = axis->is_log,
                                 .n_merged = axis->n_merged,
                                 .document = (size_t)(document - sweep->documents),
                                 .is_joined = axis->is_joined};
}

size_t ae_sweep_n_computed(const struct ae_sweep *sweep)
{
    size_t n = 0;
    for (size_t i = 0; i < sweep->n_documents; i++)
        n += sweep->documents[i].n_computed;
    return n;
}

struct ae_computed_view ae_sweep_computed(const struct ae_sweep *sweep, size_t i)
{
    const struct ae_document *document = sweep->documents;
    for (; i >= document->n_computed; document++)
        i -= document->n_computed;
    enum ae_param_id id = document->computed[i];
    return (struct ae_computed_view){.id = id,
                                     .text = ae_formula_text(document->formulas[id]),
                                     .document = (size_t)(document - sweep->documents)};
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
