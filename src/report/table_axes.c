/*
 * Axes of a table. Of a sweep with a plain grid they are the axes of the grid. Else points fall in
 * classes, by their values on the axes chosen so far, and axes are added until each class is one
 * point.
 */
#include "table_axes.h"

#include <stdlib.h>
#include <string.h>

#include "aesweep/memory.h"

struct choice {
    const struct ae_sweep *sweep;
    size_t n_points, n_classes;
    uint32_t *classes;                     /* [n_points] */
    uint64_t *keys, *sorted;               /* [n_points] */
    struct ae_table_axis all[AE_N_PARAMS]; /* every parameter that varies; n = 0: it does not */
    bool is_chosen[AE_N_PARAMS];
    size_t rank[AE_N_PARAMS]; /* where it first is an axis in the file; AE_N_PARAMS: nowhere */
};

/* ---- places on an axis ---- */

/* Numbers rise: bisection; the value may lie a little to either side. */
static uint32_t place_rising(const struct ae_table_axis *axis, struct ae_value value)
{
    size_t lo = 0, hi = axis->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (axis->values[mid].x < value.x)
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo > 0 && ae_value_matches(axis->id, value, axis->values[lo - 1]))
        lo--;
    return (uint32_t)(lo < axis->n ? lo : 0);
}

uint32_t ae_table_place(const struct ae_table_axis *axis, const struct ae_params *p, uint32_t guess)
{
    struct ae_value value = ae_param_get(p, axis->id);
    if (axis->is_rising)
        return place_rising(axis, value);
    for (size_t i = 0; i < axis->n; i++) {
        size_t at = (guess + i) % axis->n;
        if (ae_value_matches(axis->id, value, axis->values[at]))
            return (uint32_t)at;
    }
    return 0; /* a sweep's points lie on its axes */
}

enum ae_status ae_table_compact(struct ae_table_axis *axis, size_t n, size_t stride,
                                uint32_t *digits, struct ae_error *err)
{
    uint32_t *to = ae_calloc(axis->n, 1, sizeof *to);
    if (!to)
        return ae_fail_memory(err, axis->n * sizeof *to);
    for (size_t i = 0; i < n; i++)
        if (digits[i * stride] != AE_TABLE_NOWHERE)
            to[digits[i * stride]] = 1;
    size_t n_kept = 0;
    for (size_t j = 0; j < axis->n; j++)
        if (to[j]) {
            axis->values[n_kept] = axis->values[j];
            to[j] = (uint32_t)n_kept++;
        }
    for (size_t i = 0; i < n; i++)
        if (digits[i * stride] != AE_TABLE_NOWHERE)
            digits[i * stride] = to[digits[i * stride]];
    axis->n = n_kept;
    free(to);
    return AE_OK;
}

/* ---- values of one parameter ---- */

static bool is_number(enum ae_param_id id)
{
    enum ae_param_type type = ae_param_table[id].type;
    return type == AE_TYPE_COUNT || type == AE_TYPE_SIZE || type == AE_TYPE_REAL;
}

static int compare_values(const void *a, const void *b)
{
    const struct ae_value *x = a, *y = b;
    return (x->x > y->x) - (x->x < y->x);
}

/* Numbers rise; others stand in the order in which points have them. */
static enum ae_status collect(const struct ae_sweep *sweep, enum ae_param_id id,
                              struct ae_table_axis *axis, struct ae_error *err)
{
    const size_t n = ae_sweep_n_points(sweep);
    *axis = (struct ae_table_axis){.id = id, .values = ae_calloc(n, 1, sizeof *axis->values)};
    if (!axis->values)
        return ae_fail_memory(err, n * sizeof *axis->values);
    for (size_t i = 0; i < n; i++) {
        struct ae_params p;
        ae_sweep_point(sweep, i, 1, &p);
        struct ae_value value = ae_param_get(&p, id);
        if (is_number(id) && axis->n > 0 && value.x == axis->values[axis->n - 1].x)
            continue;
        size_t k = is_number(id) ? axis->n : 0;
        while (k < axis->n && !ae_value_matches(id, value, axis->values[k]))
            k++;
        if (k == axis->n)
            axis->values[axis->n++] = value;
    }
    struct ae_value *kept = ae_realloc(axis->values, axis->n, sizeof *kept); /* most are few */
    axis->values = kept ? kept : axis->values;
    if (!is_number(id))
        return AE_OK;
    size_t n_kept = 0;
    qsort(axis->values, axis->n, sizeof *axis->values, compare_values);
    for (size_t i = 0; i < axis->n; i++)
        if (n_kept == 0 || !ae_value_matches(id, axis->values[n_kept - 1], axis->values[i]))
            axis->values[n_kept++] = axis->values[i];
    axis->n = n_kept;
    axis->is_rising = true;
    return AE_OK;
}

static enum ae_status copy_axis(struct ae_axis_view view, struct ae_table_axis *axis,
                                struct ae_error *err)
{
    struct ae_value *values = ae_calloc(view.n, 1, sizeof *values);
    if (!values)
        return ae_fail_memory(err, view.n * sizeof *values);
    memcpy(values, view.values, view.n * sizeof *values);
    *axis = (struct ae_table_axis){.id = view.id, .n = view.n, .values = values};
    return AE_OK;
}

/* ---- telling points apart ---- */

static int compare_keys(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* How many classes there are with this axis too; leaves their keys, also sorted without repeats. */
static size_t count_classes(struct choice *c, const struct ae_table_axis *axis)
{
    uint32_t guess = 0;
    size_t n = 0;
    for (size_t i = 0; i < c->n_points; i++) {
        struct ae_params p;
        ae_sweep_point(c->sweep, i, 1, &p);
        guess = ae_table_place(axis, &p, guess);
        c->keys[i] = (uint64_t)c->classes[i] << 32 | guess;
    }
    memcpy(c->sorted, c->keys, c->n_points * sizeof *c->sorted);
    qsort(c->sorted, c->n_points, sizeof *c->sorted, compare_keys);
    for (size_t i = 0; i < c->n_points; i++)
        if (n == 0 || c->sorted[n - 1] != c->sorted[i])
            c->sorted[n++] = c->sorted[i];
    return n;
}

static void choose(struct choice *c, enum ae_param_id id)
{
    c->n_classes = count_classes(c, &c->all[id]);
    for (size_t i = 0; i < c->n_points; i++) {
        const uint64_t *at =
            bsearch(&c->keys[i], c->sorted, c->n_classes, sizeof *c->sorted, compare_keys);
        c->classes[i] = (uint32_t)(at - c->sorted);
    }
    c->is_chosen[id] = true;
}

/* The parameter not yet chosen that tells most points apart; of equals the first axis of the file.
 */
static enum ae_param_id best_choice(struct choice *c)
{
    enum ae_param_id best = AE_N_PARAMS;
    size_t n_best = 0;
    for (int i = 0; i < AE_N_PARAMS; i++) {
        if (c->is_chosen[i] || c->all[i].n < 2)
            continue;
        size_t n = count_classes(c, &c->all[i]);
        bool is_better =
            best == AE_N_PARAMS || n > n_best || (n == n_best && c->rank[i] < c->rank[best]);
        if (!is_better)
            continue;
        best = (enum ae_param_id)i;
        n_best = n;
    }
    return best;
}

/* What is nowhere an axis comes first, as documents follow each other slowest. */
static void take_chosen(struct choice *c, size_t *n_axes, struct ae_table_axis *axes)
{
    for (int i = 0; i < AE_N_PARAMS; i++)
        if (c->is_chosen[i] && c->rank[i] == AE_N_PARAMS) {
            axes[(*n_axes)++] = c->all[i];
            c->all[i].values = NULL;
        }
    for (size_t rank = 0; rank < AE_N_PARAMS; rank++)
        for (int i = 0; i < AE_N_PARAMS; i++)
            if (c->is_chosen[i] && c->rank[i] == rank) {
                axes[(*n_axes)++] = c->all[i];
                c->all[i].values = NULL;
            }
}

static bool is_in_group(const struct ae_sweep *sweep, size_t k)
{
    return ae_sweep_axis(sweep, k).is_joined ||
           (k + 1 < ae_sweep_n_axes(sweep) && ae_sweep_axis(sweep, k + 1).is_joined);
}

static enum ae_status find_candidates(struct choice *c, struct ae_error *err)
{
    size_t n_ranked = 0;
    enum ae_status rc = AE_OK;
    for (int i = 0; i < AE_N_PARAMS; i++)
        c->rank[i] = AE_N_PARAMS;
    for (size_t k = 0; k < ae_sweep_n_axes(c->sweep); k++) {
        enum ae_param_id id = ae_sweep_axis(c->sweep, k).id;
        if (c->rank[id] == AE_N_PARAMS)
            c->rank[id] = n_ranked++;
    }
    for (int i = 0; i < AE_N_PARAMS && rc == AE_OK; i++)
        rc = collect(c->sweep, (enum ae_param_id)i, &c->all[i], err);
    return rc;
}

static enum ae_status choose_axes(struct choice *c, size_t n_named, const char *const *named,
                                  struct ae_error *err)
{
    enum ae_status rc = find_candidates(c, err);
    if (rc != AE_OK)
        return rc;
    for (size_t k = 0; k < ae_sweep_n_axes(c->sweep); k++) {
        enum ae_param_id id = ae_sweep_axis(c->sweep, k).id;
        if (!is_in_group(c->sweep, k) && !c->is_chosen[id])
            choose(c, id);
    }
    for (size_t k = 0; k < n_named; k++) {
        enum ae_param_id id = named[k] ? ae_param_find(named[k]) : AE_N_PARAMS;
        if (id < AE_N_PARAMS && c->all[id].n > 1 && !c->is_chosen[id])
            choose(c, id);
    }
    while (c->n_classes < c->n_points) {
        enum ae_param_id id = best_choice(c);
        if (id == AE_N_PARAMS) /* points alike to 1e-9 */
            break;
        choose(c, id);
    }
    return AE_OK;
}

/* Is it one document whose axes are one parameter each? */
static bool is_plain(const struct ae_sweep *sweep, size_t n_named, const char *const *named)
{
    bool is_plain = ae_sweep_n_documents(sweep) == 1;
    for (size_t k = 0; k < ae_sweep_n_axes(sweep); k++)
        is_plain = is_plain && !ae_sweep_axis(sweep, k).is_joined;
    for (size_t i = 0; i < ae_sweep_n_computed(sweep); i++)
        for (size_t k = 0; k < n_named; k++)
            is_plain =
                is_plain &&
                !(named[k] &&
                  strcmp(named[k], ae_param_table[ae_sweep_computed(sweep, i).id].name) == 0);
    return is_plain;
}

enum ae_status ae_table_axes(const struct ae_sweep *sweep, size_t n_named, const char *const *named,
                             size_t *n_axes, struct ae_table_axis axes[AE_N_PARAMS],
                             struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    *n_axes = 0;
    if (is_plain(sweep, n_named, named)) {
        for (size_t k = 0; k < ae_sweep_n_axes(sweep) && rc == AE_OK; k++)
            rc = copy_axis(ae_sweep_axis(sweep, k), &axes[(*n_axes)++], err);
        return rc;
    }
    struct choice c = {.sweep = sweep, .n_points = ae_sweep_n_points(sweep), .n_classes = 1};
    c.classes = ae_calloc(c.n_points, 1, sizeof *c.classes);
    c.keys = ae_calloc(c.n_points, 1, sizeof *c.keys);
    c.sorted = ae_calloc(c.n_points, 1, sizeof *c.sorted);
    if (!c.classes || !c.keys || !c.sorted)
        rc = ae_fail_memory(err, c.n_points * sizeof *c.keys);
    if (rc == AE_OK)
        rc = choose_axes(&c, n_named, named, err);
    if (rc == AE_OK)
        take_chosen(&c, n_axes, axes);
    for (size_t i = 0; i < AE_N_PARAMS; i++)
        free(c.all[i].values);
    free(c.classes);
    free(c.keys);
    free(c.sorted);
    return rc;
}
