/* From axes to points: one walk over the grid of a document drops what is excluded and checks what
 * is left. */
#include "sweep_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A walk over the grid, the last axis fastest. */
struct walk {
    const struct ae_document *document;
    struct ae_params point;
    size_t digits[AE_N_PARAMS]; /* which place of each axis; members of one axis share the first */
    enum ae_param_id bad;       /* the first computed value that is not allowed; else AE_N_PARAMS */
    double bad_value;
};

/* May a computed value be x? A number that stands for a word is not meant. */
static enum ae_status check_computed(enum ae_param_id id, double x, struct ae_error *err)
{
    char text[AE_NUMBER_SIZE];
    struct ae_value value = {.x = x};
    enum ae_status rc = ae_value_check(id, value, err);
    if (rc == AE_OK && ae_param_table[id].words->text)
        rc = ae_value_parse(id, ae_number_format(x, text), &value, err);
    return rc;
}

/* A value that is not allowed leaves the parameter as it was set: exclude may drop the point. */
static void compute(struct walk *walk)
{
    const struct ae_document *document = walk->document;
    walk->bad = AE_N_PARAMS;
    for (size_t k = 0; k < document->n_computed; k++) {
        enum ae_param_id id = document->computed[k];
        double x = ae_formula_value(document->formulas[id], &walk->point);
        bool is_good = check_computed(id, x, NULL) == AE_OK;
        ae_param_set(&walk->point, id,
                     is_good ? (struct ae_value){.x = x} : ae_param_get(&document->fixed, id));
        if (is_good || walk->bad < AE_N_PARAMS)
            continue;
        walk->bad = id;
        walk->bad_value = x;
    }
}

static void walk_start(struct walk *walk, const struct ae_document *document)
{
    *walk = (struct walk){.document = document, .point = document->fixed};
    for (size_t k = 0; k < document->n_axes; k++)
        ae_param_set(&walk->point, document->axes[k].id, document->axes[k].values[0]);
    compute(walk);
}

/* The next point; sets only what differs. After the last point begins again. */
static void walk_step(struct walk *walk)
{
    const struct ae_axis *axes = walk->document->axes;
    bool is_carry = true;
    for (size_t k = walk->document->n_axes, end = k; is_carry && k > 0; end = k) {
        do
            k--;
        while (axes[k].is_joined);
        is_carry = ++walk->digits[k] == axes[k].n;
        if (is_carry)
            walk->digits[k] = 0;
        for (size_t i = k; i < end; i++) {
            walk->digits[i] = walk->digits[k];
            ae_param_set(&walk->point, axes[i].id, axes[i].values[walk->digits[k]]);
        }
    }
    compute(walk);
}

/* ---- messages ---- */

/* Where the grid of the document is said. */
static const struct ae_yaml_node *grid_place(const struct ae_reading *r)
{
    static const char *const keys[] = {"grid", "zip", "sample", "set"};
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        const struct ae_yaml_node *node = ae_yaml_get(r->root, keys[i]);
        if (node)
            return node;
    }
    return r->root;
}

/* Does the body of an exclude item name a parameter that the grid varies? */
static bool names_axis(const struct ae_document *document, const char *body)
{
    for (const char *at = body; at && *at; at = strstr(at, ", ")) {
        at += *at == ',' ? 2 : 0;
        for (size_t k = 0; k < document->n_axes; k++) {
            const char *name = ae_param_table[document->axes[k].id].name;
            size_t n = strlen(name);
            if (strncmp(at, name, n) == 0 && at[n] == ':')
                return true;
        }
    }
    return false;
}

/* `{activation: erf, K: 2}`: the point's values on the axes. */
static void format_point(const struct walk *walk, struct ae_buffer *out)
{
    for (size_t k = 0; k < walk->document->n_axes; k++) {
        const struct ae_axis *axis = &walk->document->axes[k];
        ae_buffer_printf(out, "%s%s: ", k == 0 ? "{" : ", ", ae_param_table[axis->id].name);
        ae_value_format(axis->id, axis->values[walk->digits[k]], out);
    }
    ae_buffer_text(out, "}");
}

/* AE_EARG: adds the point, and the place, to what err says. */
static enum ae_status place_point(const struct walk *walk, struct ae_place at, struct ae_error *err)
{
    struct ae_buffer point = {0};
    if (walk->document->n_axes > 0) {
        format_point(walk, &point);
        (void)ae_error_prefix(err, "point %.300s%s", point.data ? point.data : "",
                              point.size > 300 ? "..." : "");
        ae_buffer_clear(&point);
    }
    return ae_yaml_place(at.yaml, at.node, err);
}

/* A point makes no sense, as err says; adds place, point, and the line that drops such points. */
static enum ae_status fail_point(const struct walk *walk, const struct ae_reading *r,
                                 const char *exclude, struct ae_error *err)
{
    const struct ae_yaml_node *set = ae_yaml_get(r->root, "set");
    if (!err)
        return AE_EARG;
    if (walk->document->n_axes == 0) /* one point only: `exclude` would leave none */
        return ae_yaml_place(r->yaml, set ? set : r->root, err);
    if (names_axis(walk->document, exclude)) {
        size_t n = strlen(err->message);
        (void)snprintf(err->message + n, sizeof err->message - n,
                       "; to drop such points add under exclude:   - {%s}", exclude);
    }
    return place_point(walk, (struct ae_place){r->yaml, grid_place(r)}, err);
}

static enum ae_status fail_computed(const struct walk *walk, const struct ae_reading *r,
                                    struct ae_error *err)
{
    enum ae_param_id id = walk->bad;
    struct ae_place at = r->formula_at[id];
    if (!err)
        return AE_EARG;
    (void)check_computed(id, walk->bad_value, err);
    (void)ae_error_prefix(err, "computed by '%.60s'",
                          ae_formula_text(walk->document->formulas[id]));
    return place_point(walk, at.yaml ? at : (struct ae_place){r->yaml, r->root}, err);
}

/* ---- laying out ---- */

static enum ae_status count_points(struct ae_reading *r, struct ae_error *err)
{
    struct ae_document *document = r->document;
    document->first = r->sweep->grid_size;
    document->size = 1;
    for (size_t k = 0; k < document->n_axes; k++) {
        if (document->axes[k].is_joined)
            continue;
        if (document->axes[k].n > (AE_SWEEP_MAX_POINTS - document->first) / document->size)
            return ae_yaml_fail(r->yaml, grid_place(r), err, "the grid has more than %d points",
                                (int)AE_SWEEP_MAX_POINTS);
        document->size *= document->axes[k].n;
    }
    r->sweep->grid_size += document->size;
    return AE_OK;
}

/* The first exclude item that drops the point; the end of the document's items if none does. */
static size_t find_exclusion(const struct ae_sweep *sweep, const struct ae_document *document,
                             const struct ae_params *point)
{
    size_t i = document->first_exclusion, end = i + document->n_exclusions;
    while (i < end && !ae_exclusion_drops(&sweep->exclusions[i], point))
        i++;
    return i;
}

/* Appends a grid index to the list of points left, which grows as needed. */
static enum ae_status keep(struct ae_sweep *sweep, size_t *capacity, size_t index,
                           struct ae_error *err)
{
    if (sweep->n_points == *capacity) {
        size_t more = *capacity + *capacity / 2 + 1024;
        uint32_t *left = ae_realloc(sweep->left, more, sizeof *left);
        if (!left)
            return ae_fail_memory(err, more * sizeof *left);
        sweep->left = left;
        *capacity = more;
    }
    sweep->left[sweep->n_points++] = (uint32_t)index;
    return AE_OK;
}

/* Once anything is excluded, what is left is listed; before, it is everything. */
static enum ae_status list_left(struct ae_sweep *sweep, const struct ae_document *document,
                                size_t *capacity, struct ae_error *err)
{
    *capacity = sweep->n_points;
    if (sweep->left || document->n_exclusions == 0)
        return AE_OK;
    sweep->left = ae_calloc(sweep->n_points, 1, sizeof *sweep->left);
    if (!sweep->left)
        return ae_fail_memory(err, sweep->n_points * sizeof *sweep->left);
    for (size_t i = 0; i < sweep->n_points; i++)
        sweep->left[i] = (uint32_t)i;
    return AE_OK;
}

static enum ae_status walk_grid(struct ae_reading *r, struct ae_error *err)
{
    struct ae_sweep *sweep = r->sweep;
    const struct ae_document *document = r->document;
    const size_t end = document->first_exclusion + document->n_exclusions;
    struct walk walk;
    size_t capacity = 0;
    char exclude[256];
    enum ae_status rc = list_left(sweep, document, &capacity, err);
    walk_start(&walk, document);
    for (size_t i = 0; i < document->size && rc == AE_OK; i++, walk_step(&walk)) {
        size_t item = find_exclusion(sweep, document, &walk.point);
        if (item < end) {
            sweep->n_dropped[item]++;
            continue;
        }
        if (walk.bad < AE_N_PARAMS)
            return fail_computed(&walk, r, err);
        rc = ae_params_check(&walk.point, exclude, sizeof exclude, err);
        if (rc != AE_OK)
            return fail_point(&walk, r, exclude, err);
        if (sweep->left)
            rc = keep(sweep, &capacity, document->first + i, err);
        else
            sweep->n_points++;
    }
    return rc;
}

enum ae_status ae_document_lay_out(struct ae_reading *r, struct ae_error *err)
{
    size_t n_before = r->sweep->n_points;
    enum ae_status rc = count_points(r, err);
    if (rc == AE_OK)
        rc = walk_grid(r, err);
    if (rc == AE_OK && r->sweep->n_points == n_before)
        rc = ae_yaml_fail(r->yaml, ae_yaml_get(r->root, "exclude"), err,
                          "exclude drops all %zu points of the grid; nothing is left",
                          r->document->size);
    return rc;
}

/* ---- points beside the grid ---- */

bool ae_sweep_vary(const struct ae_sweep *sweep, const struct ae_document *document, size_t index,
                   size_t k, double x, struct ae_params *out)
{
    struct walk walk = {.document = document};
    ae_sweep_combination(sweep, index, &walk.point);
    ae_param_set(&walk.point, document->axes[k].id, (struct ae_value){.x = x});
    compute(&walk);
    *out = walk.point;
    return walk.bad == AE_N_PARAMS &&
           find_exclusion(sweep, document, out) ==
               document->first_exclusion + document->n_exclusions &&
           ae_params_check(out, NULL, 0, NULL) == AE_OK;
}
