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
    free(sweep->again);
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

static const struct ae_document *document_of(const struct ae_sweep *sweep, size_t index)
{
    const struct ae_document *document = sweep->documents;
    while (index - document->first >= document->size)
        document++;
    return document;
}

/* The index counts in mixed radix, the first axis of the document being the highest digit. */
static void set_axes(const struct ae_sweep *sweep, const struct ae_document *document, size_t index,
                     struct ae_params *out)
{
    size_t at = index - document->first;
    *out = document->fixed;
    out->seed = sweep->documents->fixed.seed;
    out->replicate = 1;
    for (size_t k = document->n_axes; k-- > 0;) {
        const struct ae_axis *axis = &document->axes[k];
        ae_param_set(out, axis->id, axis->values[at % axis->n]);
        if (!axis->is_joined)
            at /= axis->n;
    }
}

static void compute(const struct ae_document *document, struct ae_params *out)
{
    for (size_t k = 0; k < document->n_computed; k++) {
        enum ae_param_id id = document->computed[k];
        double x = ae_formula_value(document->formulas[id], out);
        ae_param_set(out, id, (struct ae_value){.x = x});
    }
}

void ae_sweep_combination(const struct ae_sweep *sweep, size_t index, struct ae_params *out)
{
    const struct ae_document *document = document_of(sweep, index);
    set_axes(sweep, document, index, out);
    compute(document, out);
}

void ae_sweep_point(const struct ae_sweep *sweep, size_t i, size_t replicate, struct ae_params *out)
{
    ae_sweep_combination(sweep, sweep->left ? sweep->left[i] : i, out);
    out->replicate = replicate;
}

size_t ae_sweep_n_sources(const struct ae_sweep *sweep)
{
    return sweep->pool.n_sources;
}

const struct ae_source *ae_sweep_source(const struct ae_sweep *sweep, size_t i)
{
    return &sweep->pool.sources[i];
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

struct ae_refine_choice ae_sweep_refine(const struct ae_sweep *sweep)
{
    return (struct ae_refine_choice){
        .n_axes = sweep->n_refined, .levels = sweep->refine_levels, .axes = sweep->refined};
}

bool ae_sweep_is_refined(const struct ae_sweep *sweep, enum ae_param_id id)
{
    for (size_t i = 0; i < sweep->n_refined; i++)
        if (sweep->refined[i] == id)
            return true;
    return false;
}
