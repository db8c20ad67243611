/* The added points seen from outside: their order, and how many more there may be. */
#include "refine_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- order ---- */

struct ranked {
    const struct ae_refine *refine;
    size_t i; /* added point */
};

/* Where on axis k of its document the point lies: its number if the axis is refined, else which
 * value of the file it has. */
static double place_on(const struct ae_refine *r, size_t i, size_t k)
{
    const struct ae_refine_part *part = &r->parts[r->added[i].part];
    const struct ae_document *document = part->document;
    size_t stride = 1;
    for (size_t a = 0; a < part->n_axes; a++)
        if (part->axes[a].place == k)
            return ae_refine_place(r, r->n_grid + i, part, &part->axes[a]);
    for (size_t a = k + 1; a < document->n_axes; a++)
        stride *= document->axes[a].is_joined ? 1 : document->axes[a].n;
    return (double)((r->added[i].base - document->first) / stride % document->axes[k].n);
}

static int compare_ranked(const void *a, const void *b)
{
    const struct ranked *x = a, *y = b;
    const struct ae_refine *r = x->refine;
    uint16_t part = r->added[x->i].part, other = r->added[y->i].part;
    if (part != other)
        return part < other ? -1 : 1;
    for (size_t k = 0; k < r->parts[part].document->n_axes; k++) {
        double at = place_on(r, x->i, k), other_at = place_on(r, y->i, k);
        if (!r->parts[part].document->axes[k].is_joined && at != other_at)
            return at < other_at ? -1 : 1;
    }
    return 0;
}

static bool is_same(const struct ae_refine *r, size_t node, size_t other, struct ae_buffer *a,
                    struct ae_buffer *b)
{
    struct ae_params p;
    ae_buffer_rewind(a);
    ae_buffer_rewind(b);
    ae_refine_params(r, node, &p);
    ae_params_pack(&p, a);
    ae_refine_params(r, other, &p);
    ae_params_pack(&p, b);
    return !a->failed && !b->failed && a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}

/* Does the grid, or an added point that is kept, have the values of added point i? */
static bool is_again(const struct ae_refine *r, size_t i, const bool *is_kept, struct ae_buffer *a,
                     struct ae_buffer *b)
{
    size_t node = r->n_grid + i;
    uint64_t point = r->nodes[node].point;
    for (uint32_t k = r->heads[point & (r->n_heads - 1)]; k != AE_REFINE_NO_NODE;
         k = r->nodes[k].next)
        if (k != node && r->nodes[k].point == point && (k < r->n_grid || is_kept[k - r->n_grid]) &&
            is_same(r, node, k, a, b))
            return true;
    return false;
}

enum ae_status ae_refine_order(const struct ae_refine *r, size_t **order, size_t *n,
                               struct ae_error *err)
{
    struct ae_buffer a = {0}, b = {0};
    struct ranked *ranked = ae_calloc(r->n_added, 1, sizeof *ranked);
    bool *is_kept = ae_calloc(r->n_added, 1, sizeof *is_kept);
    *n = 0;
    *order = ae_calloc(r->n_added, 1, sizeof **order);
    enum ae_status rc =
        ranked && is_kept && *order ? AE_OK : ae_fail_memory(err, r->n_added * sizeof *ranked);
    for (size_t i = 0; i < r->n_added && rc == AE_OK; i++)
        ranked[i] = (struct ranked){r, i};
    if (rc == AE_OK)
        qsort(ranked, r->n_added, sizeof *ranked, compare_ranked);
    for (size_t k = 0; k < r->n_added && rc == AE_OK; k++) {
        size_t i = ranked[k].i;
        is_kept[i] = !is_again(r, i, is_kept, &a, &b);
        if (is_kept[i])
            (*order)[(*n)++] = i;
        rc = ae_buffer_status(&a, err);
        if (rc == AE_OK)
            rc = ae_buffer_status(&b, err);
    }
    ae_buffer_clear(&a);
    ae_buffer_clear(&b);
    free(ranked);
    free(is_kept);
    return rc;
}

/* ---- bounds ---- */

/* Points that may still lie between two neighbours of the grid: none once both are known. */
static size_t possible_between(const struct ae_refine *r, const struct ae_refine_part *part,
                               const struct ae_refine_axis *axis, size_t lo, size_t hi)
{
    int below = r->nodes[lo].verdict, above = r->nodes[hi].verdict;
    if (below == AE_REFINE_NOTHING || above == AE_REFINE_NOTHING ||
        (below != AE_REFINE_UNKNOWN && above != AE_REFINE_UNKNOWN))
        return 0;
    return ae_refine_axis_room(axis, ae_refine_place(r, lo, part, axis),
                               ae_refine_place(r, hi, part, axis),
                               ae_sweep_refine(r->sweep).levels);
}

size_t ae_refine_n_possible(const struct ae_refine *r)
{
    size_t n = 0, levels = ae_sweep_refine(r->sweep).levels;
    for (size_t i = 0; i < r->n_parts; i++) {
        const struct ae_refine_part *part = &r->parts[i];
        const size_t first = part->document->first;
        for (size_t at = 0; at < part->document->size; at++)
            for (size_t k = 0; k < part->n_axes; k++) {
                size_t other = ae_refine_axis_next(&part->axes[k], at, true);
                if (other != AE_REFINE_NOWHERE)
                    n += possible_between(r, part, &part->axes[k], first + at, first + other);
            }
    }
    for (size_t i = 0; i < r->n_added; i++) {
        const struct ae_refine_added *added = &r->added[i];
        const struct ae_refine_part *part = &r->parts[added->part];
        const struct ae_refine_axis *axis = &part->axes[added->axis];
        if (r->nodes[r->n_grid + i].verdict == AE_REFINE_UNKNOWN)
            n += ae_refine_axis_room(axis, ae_refine_place(r, added->lo, part, axis), added->x,
                                     levels - added->depth) +
                 ae_refine_axis_room(axis, added->x, ae_refine_place(r, added->hi, part, axis),
                                     levels - added->depth);
    }
    return n;
}

bool ae_refine_is_log(const struct ae_refine *r, size_t document, enum ae_param_id id)
{
    for (size_t k = 0; document < r->n_parts && k < r->parts[document].n_axes; k++)
        if (r->parts[document].axes[k].of->id == id)
            return r->parts[document].axes[k].is_log;
    return false;
}
