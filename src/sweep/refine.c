/*
 * Bisection along the axes of a grid. Each node waits for its results; when the last one has come
 * it gets a verdict, is compared with its neighbours, and nodes are put between those that differ.
 * Of two neighbours the one that is settled later does that, so each pair is looked at once.
 */
#include "refine_internal.h"

#include <stdlib.h>

#include "aesweep/hasher.h"

/* ---- nodes ---- */

static const struct ae_refine_part *part_of(const struct ae_refine *r, size_t combination)
{
    const struct ae_refine_part *part = r->parts;
    while (combination - part->document->first >= part->document->size)
        part++;
    return part;
}

void ae_refine_params(const struct ae_refine *r, size_t node, struct ae_params *out)
{
    if (node < r->n_grid) {
        ae_sweep_combination(r->sweep, node, out);
        return;
    }
    const struct ae_refine_added *added = &r->added[node - r->n_grid];
    const struct ae_refine_part *part = &r->parts[added->part];
    (void)ae_sweep_vary(r->sweep, part->document, added->base, part->axes[added->axis].place,
                        added->x, out); /* it was allowed when it was added */
}

double ae_refine_place(const struct ae_refine *r, size_t node, const struct ae_refine_part *part,
                       const struct ae_refine_axis *axis)
{
    size_t combination = node;
    if (node >= r->n_grid) {
        const struct ae_refine_added *added = &r->added[node - r->n_grid];
        if (&part->axes[added->axis] == axis)
            return added->x;
        combination = added->base;
    }
    return axis->of->values[ae_refine_axis_digit(axis, combination - part->document->first)].x;
}

static uint32_t *head_of(const struct ae_refine *r, uint64_t point)
{
    return &r->heads[point & (r->n_heads - 1)];
}

static void link_node(struct ae_refine *r, size_t node)
{
    uint32_t *head = head_of(r, r->nodes[node].point);
    r->nodes[node].next = *head;
    *head = (uint32_t)node;
}

/* ---- verdicts ---- */

static int verdict_of(const struct ae_refine_node *node)
{
    size_t best = 0, n_best = 0;
    for (size_t phase = 1; phase < AE_N_PHASES; phase++)
        best = node->votes[phase] > node->votes[best] ? phase : best;
    for (size_t phase = 0; phase < AE_N_PHASES; phase++)
        n_best += node->votes[phase] == node->votes[best];
    if (node->votes[best] == 0)
        return AE_REFINE_NOTHING;
    return n_best > 1 ? AE_REFINE_MIXED : (int)best;
}

static void credit(struct ae_refine *r, size_t i, const struct ae_refine_result *result)
{
    struct ae_refine_node *node = &r->nodes[i];
    if (!result->is_failed)
        node->votes[ae_phase_of(&result->summary, node->phase_tol)]++;
    if (--node->n_missing > 0)
        return;
    node->verdict = (int8_t)verdict_of(node);
    r->ready[r->n_ready++] = (uint32_t)i;
}

/* A node begins: its name, and the results that are there already. */
static enum ae_status begin_node(struct ae_refine *r, size_t i, const struct ae_params *p,
                                 struct ae_error *err)
{
    struct ae_params own = *p;
    struct ae_refine_node *node = &r->nodes[i];
    size_t n = ae_params_are_random(p) ? ae_sweep_n_replicates(r->sweep) : 1;
    *node = (struct ae_refine_node){.phase_tol = p->phase_tol,
                                    .n_missing = (uint32_t)n,
                                    .verdict = AE_REFINE_UNKNOWN,
                                    .level = (int8_t)p->record};
    enum ae_status rc = ae_hasher_hash(r->hasher, p, &node->point, err);
    link_node(r, i);
    for (size_t k = 0; k < n && rc == AE_OK; k++) {
        struct ae_refine_result result;
        bool is_there = false;
        own.replicate = k + 1;
        rc = r->look(r->look_ctx, node->point, ae_params_stored_replicate(&own), node->level,
                     &is_there, &result, err);
        if (rc == AE_OK && is_there)
            credit(r, i, &result);
    }
    return rc;
}

/* ---- between neighbours ---- */

/* Room for `capacity` nodes, of which n are in use; lists of equal hashes stay short. */
static enum ae_status grow(struct ae_refine *r, size_t n, size_t capacity, struct ae_error *err)
{
    struct ae_refine_node *nodes = ae_realloc(r->nodes, capacity, sizeof *nodes);
    r->nodes = nodes ? nodes : r->nodes;
    uint32_t *ready = ae_realloc(r->ready, capacity, sizeof *ready);
    r->ready = ready ? ready : r->ready;
    struct ae_refine_added *added = ae_realloc(r->added, capacity - r->n_grid, sizeof *added);
    r->added = added ? added : r->added;
    size_t n_heads = 64;
    while (n_heads < capacity)
        n_heads *= 2;
    uint32_t *heads = ae_calloc(n_heads, 1, sizeof *heads);
    if (!nodes || !ready || !added || !heads) {
        free(heads);
        return ae_fail_memory(err, capacity * sizeof *nodes);
    }
    free(r->heads);
    r->heads = heads;
    r->n_heads = n_heads;
    r->capacity = capacity;
    for (size_t i = 0; i < n_heads; i++)
        heads[i] = AE_REFINE_NO_NODE;
    for (size_t i = 0; i < n; i++)
        if (!nodes[i].is_absent)
            link_node(r, i);
    return AE_OK;
}

/* Room for one more. */
static enum ae_status reserve(struct ae_refine *r, struct ae_error *err)
{
    size_t n = r->n_grid + r->n_added;
    if (n < r->capacity)
        return AE_OK;
    if (r->n_added >= AE_REFINE_MAX_POINTS)
        return ae_fail(err, AE_EARG, "refine adds more than %d points; ask for fewer levels",
                       (int)AE_REFINE_MAX_POINTS);
    return grow(r, n, n + n / 2 + 64, err);
}

/* Two neighbours along an axis: if they differ and there is a middle, that is a node. */
static enum ae_status compare(struct ae_refine *r, const struct ae_refine_added *between,
                              struct ae_error *err)
{
    const struct ae_refine_part *part = &r->parts[between->part];
    const struct ae_refine_axis *axis = &part->axes[between->axis];
    int lo = r->nodes[between->lo].verdict, hi = r->nodes[between->hi].verdict;
    struct ae_refine_added added = *between;
    struct ae_params p;
    if (lo < AE_REFINE_MIXED || hi < AE_REFINE_MIXED || lo == hi ||
        !ae_refine_axis_middle(axis, ae_refine_place(r, added.lo, part, axis),
                               ae_refine_place(r, added.hi, part, axis), &added.x) ||
        !ae_sweep_vary(r->sweep, part->document, added.base, axis->place, added.x, &p))
        return AE_OK;
    enum ae_status rc = reserve(r, err);
    if (rc != AE_OK)
        return rc;
    r->added[r->n_added++] = added;
    return begin_node(r, r->n_grid + r->n_added - 1, &p, err);
}

static enum ae_status settle_added(struct ae_refine *r, size_t node, struct ae_error *err)
{
    struct ae_refine_added below = r->added[node - r->n_grid], above = below;
    if (below.depth == ae_sweep_refine(r->sweep).levels)
        return AE_OK;
    below.depth++;
    above.depth++;
    below.hi = above.lo = (uint32_t)node;
    enum ae_status rc = compare(r, &below, err);
    return rc == AE_OK ? compare(r, &above, err) : rc;
}

static enum ae_status settle_grid(struct ae_refine *r, size_t node, struct ae_error *err)
{
    const struct ae_refine_part *part = part_of(r, node);
    const size_t first = part->document->first;
    enum ae_status rc = AE_OK;
    for (size_t k = 0; k < 2 * part->n_axes && rc == AE_OK; k++) {
        bool is_up = k % 2 == 1;
        size_t other = ae_refine_axis_next(&part->axes[k / 2], node - first, is_up);
        if (other == AE_REFINE_NOWHERE || !r->nodes[first + other].is_settled)
            continue;
        other += first;
        struct ae_refine_added between = {.base = (uint32_t)node,
                                          .lo = (uint32_t)(is_up ? node : other),
                                          .hi = (uint32_t)(is_up ? other : node),
                                          .part = (uint16_t)(part - r->parts),
                                          .axis = (uint16_t)(k / 2),
                                          .depth = 1};
        rc = compare(r, &between, err);
    }
    return rc;
}

/* Nodes whose verdict is new, and those that follow from them and are known as well. */
static enum ae_status settle(struct ae_refine *r, struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    while (r->n_ready > 0 && rc == AE_OK) {
        size_t node = r->ready[--r->n_ready];
        r->nodes[node].is_settled = true;
        rc = node < r->n_grid ? settle_grid(r, node, err) : settle_added(r, node, err);
    }
    return rc;
}

/* ---- the whole ---- */

static enum ae_status make_parts(struct ae_refine *r, struct ae_error *err)
{
    const struct ae_sweep *sweep = r->sweep;
    r->parts = ae_calloc(sweep->n_documents, 1, sizeof *r->parts);
    if (!r->parts)
        return ae_fail_memory(err, sweep->n_documents * sizeof *r->parts);
    enum ae_status rc = AE_OK;
    for (size_t i = 0; i < sweep->n_documents && rc == AE_OK; i++) {
        const struct ae_document *document = &sweep->documents[i];
        struct ae_refine_part *part = &r->parts[r->n_parts++];
        part->document = document;
        for (size_t k = 0; k < document->n_axes && rc == AE_OK; k++)
            if (ae_sweep_is_refined(sweep, document->axes[k].id))
                rc = ae_refine_axis_init(&part->axes[part->n_axes++], document, k, err);
    }
    return rc;
}

/* All that the grids hold, repeats of earlier documents included: they are neighbours too. */
static enum ae_status make_grid(struct ae_refine *r, struct ae_error *err)
{
    const struct ae_sweep *sweep = r->sweep;
    size_t n_left = 0, n_again = 0;
    enum ae_status rc = AE_OK;
    for (size_t i = 0; i < r->n_grid && rc == AE_OK; i++) {
        struct ae_params p;
        bool is_left = !sweep->left || (n_left < sweep->n_points && sweep->left[n_left] == i);
        bool is_again = n_again < sweep->n_repeated && sweep->again[n_again] == i;
        n_left += is_left;
        n_again += is_again;
        r->nodes[i] = (struct ae_refine_node){
            .verdict = AE_REFINE_NOTHING, .is_absent = true, .n_missing = 1};
        if (!is_left && !is_again)
            continue;
        ae_sweep_combination(sweep, i, &p);
        rc = begin_node(r, i, &p, err);
    }
    return rc;
}

enum ae_status ae_refine_new(struct ae_refine **refine, const struct ae_sweep *sweep,
                             ae_refine_look_fn *look, void *ctx, struct ae_error *err)
{
    *refine = NULL;
    struct ae_refine *r = ae_calloc(1, 1, sizeof *r);
    if (!r)
        return ae_fail_memory(err, sizeof *r);
    *r = (struct ae_refine){.sweep = sweep, .look = look, .look_ctx = ctx};
    enum ae_status rc = AE_OK;
    if (sweep->n_refined > 0) {
        r->n_grid = sweep->grid_size;
        rc = make_parts(r, err);
        if (rc == AE_OK)
            rc = ae_hasher_new(&r->hasher, err);
        if (rc == AE_OK)
            rc = grow(r, 0, r->n_grid + 64, err);
        if (rc == AE_OK)
            rc = make_grid(r, err);
        if (rc == AE_OK)
            rc = settle(r, err);
    }
    if (rc == AE_OK)
        *refine = r;
    else
        ae_refine_free(r);
    return rc;
}

void ae_refine_free(struct ae_refine *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->n_parts; i++)
        for (size_t k = 0; k < r->parts[i].n_axes; k++)
            ae_refine_axis_clear(&r->parts[i].axes[k]);
    free(r->parts);
    ae_hasher_free(r->hasher);
    free(r->nodes);
    free(r->added);
    free(r->heads);
    free(r->ready);
    free(r);
}

enum ae_status ae_refine_note(struct ae_refine *r, uint64_t point, int old_level, int level,
                              const struct ae_refine_result *result, struct ae_error *err)
{
    if (r->n_heads == 0)
        return AE_OK;
    for (uint32_t i = *head_of(r, point); i != AE_REFINE_NO_NODE; i = r->nodes[i].next) {
        const struct ae_refine_node *node = &r->nodes[i];
        bool is_new = old_level < node->level && (result->is_failed || level >= node->level);
        if (node->point == point && is_new && node->n_missing > 0)
            credit(r, i, result);
    }
    return settle(r, err);
}

enum ae_status ae_refine_look_store(void *ctx, uint64_t point, uint64_t replicate, int level,
                                    bool *is_there, struct ae_refine_result *result,
                                    struct ae_error *err)
{
    struct ae_store *store = ctx;
    struct ae_store_row row;
    enum ae_store_state state;
    int stored = 0;
    if (!ae_store_has(store, point, replicate, &state, &stored) ||
        (state == AE_STORE_DONE && stored < level))
        return AE_OK;
    *is_there = true;
    result->is_failed = state == AE_STORE_FAILED;
    if (result->is_failed)
        return AE_OK;
    enum ae_status rc = ae_store_get(store, point, replicate, &row, is_there, err);
    if (rc == AE_OK && *is_there)
        ae_summary_from_reals(row.numbers, &result->summary);
    return rc;
}

/* ---- what there is ---- */

size_t ae_refine_n_points(const struct ae_refine *r)
{
    return r->n_added;
}

void ae_refine_point(const struct ae_refine *r, size_t i, size_t replicate, struct ae_params *out)
{
    ae_refine_params(r, r->n_grid + i, out);
    out->replicate = replicate;
}

void ae_refine_any_point(const struct ae_refine *r, const struct ae_sweep *sweep, size_t i,
                         size_t replicate, struct ae_params *out)
{
    size_t n_points = ae_sweep_n_points(sweep);
    if (i < n_points)
        ae_sweep_point(sweep, i, replicate, out);
    else
        ae_refine_point(r, i - n_points, replicate, out);
}

uint64_t ae_refine_hash(const struct ae_refine *r, size_t i)
{
    return r->nodes[r->n_grid + i].point;
}
