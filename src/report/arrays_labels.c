/* The parameters of the points as coordinates of the arrays. */
#include "arrays_internal.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>

enum reach { SAME, ON_AXIS, EACH_CELL };

struct label {
    enum reach reach;
    enum ae_netcdf_type type;
    int var;
    size_t n;       /* values */
    size_t longest; /* of its texts */
    double *x;      /* [n], or ... */
    size_t *at;     /* [n] where its text begins; 0: absent */
};

struct ae_array_labels {
    struct label of[AE_N_PARAMS];
    size_t *point_at;       /* [n_cells] where the name of the point begins */
    int point, replicate;   /* variables */
    struct ae_buffer texts; /* each ended by NUL; begins with an empty one */
};

void ae_array_labels_free(struct ae_array_labels *labels)
{
    if (!labels)
        return;
    for (size_t i = 0; i < AE_N_PARAMS; i++) {
        free(labels->of[i].x);
        free(labels->of[i].at);
    }
    free(labels->point_at);
    ae_buffer_clear(&labels->texts);
    free(labels);
}

/* ---- values ---- */

static bool is_word(enum ae_param_id id, struct ae_value value)
{
    const struct ae_word *word = ae_param_table[id].words;
    for (; word && word->text; word++)
        if (word->number == value.x)
            return true;
    return false;
}

static enum ae_netcdf_type type_of(enum ae_param_id id)
{
    switch (ae_param_table[id].type) {
    case AE_TYPE_FLAG:
        return AE_NETCDF_CODE;
    case AE_TYPE_COUNT:
        return AE_NETCDF_COUNT;
    case AE_TYPE_SIZE:
    case AE_TYPE_REAL:
        return AE_NETCDF_REAL;
    default:
        return AE_NETCDF_STRING;
    }
}

/* Which parameters vary among the points shown, and which need texts: words stand among numbers. */
static enum ae_status look(struct ae_array_labels *labels, const struct ae_arrays *a,
                           struct ae_error *err)
{
    struct ae_row first, row;
    bool is_first = true;
    enum ae_status rc = AE_OK;
    for (size_t i = 0; i < a->n_rows && rc == AE_OK; i++) {
        if (a->cells[i] == AE_ARRAYS_NOWHERE || a->replicates[i] != 0)
            continue;
        rc = ae_results_row(a->results, i, &row, err);
        if (rc == AE_OK && is_first)
            first = row;
        for (size_t k = 0; k < AE_N_PARAMS && rc == AE_OK; k++) {
            enum ae_param_id id = (enum ae_param_id)k;
            struct label *label = &labels->of[k];
            struct ae_value value = ae_param_get(&row.params, id);
            if (is_first)
                label->type = type_of(id);
            if (label->type == AE_NETCDF_REAL && is_word(id, value))
                label->type = AE_NETCDF_STRING;
            if (!ae_value_matches(id, value, ae_param_get(&first.params, id)))
                label->reach = EACH_CELL;
        }
        is_first = false;
    }
    for (size_t k = 0; k < a->n_axes; k++)
        labels->of[a->axes[k].id].reach = ON_AXIS;
    return rc;
}

static enum ae_status make_room(struct ae_array_labels *labels, const struct ae_arrays *a,
                                struct ae_error *err)
{
    labels->point_at = ae_calloc(a->n_cells, 1, sizeof *labels->point_at);
    if (!labels->point_at)
        return ae_fail_memory(err, a->n_cells * sizeof *labels->point_at);
    for (size_t i = 0; i < AE_N_PARAMS; i++) {
        struct label *label = &labels->of[i];
        label->n = label->reach == SAME ? 1 : a->n_cells;
        for (size_t k = 0; k < a->n_axes; k++)
            if ((size_t)a->axes[k].id == i)
                label->n = a->axes[k].n;
        if (label->reach == EACH_CELL && !a->is_list && label->type != AE_NETCDF_STRING)
            label->type = AE_NETCDF_REAL; /* a grid has holes */
        label->x = ae_reals_new(label->n);
        label->at = ae_calloc(label->n, 1, sizeof *label->at);
        if (!label->x || !label->at)
            return ae_fail_memory(err, label->n * sizeof *label->x);
        for (size_t j = 0; j < label->n; j++)
            label->x[j] = (double)NAN;
    }
    return AE_OK;
}

static void set(struct ae_array_labels *labels, enum ae_param_id id, size_t j,
                struct ae_value value)
{
    struct label *label = &labels->of[id];
    label->x[j] = value.x;
    if (label->type != AE_NETCDF_STRING)
        return;
    label->at[j] = labels->texts.size;
    ae_value_format(id, value, &labels->texts);
    size_t length = labels->texts.size - label->at[j];
    label->longest = length > label->longest ? length : label->longest;
    ae_buffer_append(&labels->texts, "", 1);
}

static enum ae_status fill(struct ae_array_labels *labels, const struct ae_arrays *a,
                           struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    bool is_first = true;
    for (size_t k = 0; k < a->n_axes; k++)
        for (size_t j = 0; j < a->axes[k].n; j++)
            set(labels, a->axes[k].id, j, a->axes[k].values[j]);
    for (size_t i = 0; i < a->n_rows && rc == AE_OK; i++) {
        struct ae_row row;
        size_t cell = a->cells[i];
        if (cell == AE_ARRAYS_NOWHERE || labels->point_at[cell] != 0)
            continue;
        rc = ae_results_row(a->results, i, &row, err);
        if (rc != AE_OK)
            break;
        for (size_t k = 0; k < AE_N_PARAMS; k++) {
            enum ae_param_id id = (enum ae_param_id)k;
            if (labels->of[k].reach == EACH_CELL || (is_first && labels->of[k].reach == SAME))
                set(labels, id, is_first && labels->of[k].reach == SAME ? 0 : cell,
                    ae_param_get(&row.params, id));
        }
        is_first = false;
        labels->point_at[cell] = labels->texts.size;
        ae_buffer_printf(&labels->texts, "%016" PRIx64, row.point);
        ae_buffer_append(&labels->texts, "", 1);
    }
    return rc == AE_OK ? ae_buffer_status(&labels->texts, err) : rc;
}

enum ae_status ae_array_labels_new(struct ae_array_labels **out, const struct ae_arrays *a,
                                   struct ae_error *err)
{
    struct ae_array_labels *labels = ae_calloc(1, 1, sizeof *labels);
    *out = labels;
    if (!labels)
        return ae_fail_memory(err, sizeof *labels);
    ae_buffer_append(&labels->texts, "", 1);
    enum ae_status rc = look(labels, a, err);
    if (rc == AE_OK)
        rc = make_room(labels, a, err);
    if (rc == AE_OK)
        rc = fill(labels, a, err);
    return rc;
}

/* ---- variables ---- */

void ae_array_labels_define(struct ae_array_labels *labels, const struct ae_arrays *a,
                            struct ae_buffer *coordinates)
{
    size_t n_point_dims = a->n_dims - 1;
    labels->replicate = ae_netcdf_var(a->file, "replicate", AE_NETCDF_COUNT, 0, 1,
                                      &a->dims[n_point_dims], "independent seed of the point");
    labels->point = ae_netcdf_var(a->file, "point", AE_NETCDF_STRING, 16, n_point_dims, a->dims,
                                  "identity of the point");
    ae_buffer_text(coordinates, a->is_list ? "" : "point");
    for (size_t i = 0; i < AE_N_PARAMS; i++) {
        struct label *label = &labels->of[i];
        size_t n_dims = label->reach == SAME ? 0 : n_point_dims;
        const int *dims = a->dims;
        for (size_t k = 0; k < a->n_axes; k++)
            if ((size_t)a->axes[k].id == i) {
                dims = &a->dims[k];
                n_dims = 1;
            }
        label->var = ae_netcdf_var(a->file, ae_param_table[i].name, label->type, label->longest,
                                   n_dims, dims, ae_param_table[i].meaning);
        if (label->type == AE_NETCDF_CODE)
            ae_netcdf_flags(a->file, label->var, 0, "false true");
        else if (label->type != AE_NETCDF_STRING)
            ae_netcdf_attribute(a->file, label->var, "units", "1");
        if (label->reach != ON_AXIS)
            ae_buffer_printf(coordinates, "%s%s", coordinates->size > 0 ? " " : "",
                             ae_param_table[i].name);
    }
}

static enum ae_status put_texts(const struct ae_array_labels *labels, struct ae_netcdf *file,
                                int var, size_t n, const size_t *at, struct ae_error *err)
{
    const char **texts = ae_calloc(n, 1, sizeof *texts);
    if (!texts)
        return ae_fail_memory(err, n * sizeof *texts);
    for (size_t j = 0; j < n; j++)
        texts[j] = labels->texts.data + at[j];
    ae_netcdf_put_texts(file, var, n, texts);
    free(texts);
    return AE_OK;
}

enum ae_status ae_array_labels_put(const struct ae_array_labels *labels, const struct ae_arrays *a,
                                   struct ae_error *err)
{
    enum ae_status rc =
        put_texts(labels, a->file, labels->point, a->n_cells, labels->point_at, err);
    for (size_t i = 0; i < AE_N_PARAMS && rc == AE_OK; i++) {
        const struct label *label = &labels->of[i];
        if (label->type == AE_NETCDF_STRING)
            rc = put_texts(labels, a->file, label->var, label->n, label->at, err);
        else
            ae_netcdf_put(a->file, label->var, NULL, NULL, label->x);
    }
    double *replicates = ae_reals_new(a->n_replicates);
    if (rc == AE_OK && !replicates)
        rc = ae_fail_memory(err, a->n_replicates * sizeof *replicates);
    for (size_t j = 0; j < a->n_replicates && rc == AE_OK; j++)
        replicates[j] = (double)(j + 1);
    if (rc == AE_OK)
        ae_netcdf_put(a->file, labels->replicate, NULL, NULL, replicates);
    free(replicates);
    return rc == AE_OK ? ae_netcdf_status(a->file, err) : rc;
}
