/* The parameters of all rows for a page: those that vary as places in a list of their values. */
#include "report_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A parameter that varies. x[i] is the number of row i; of lists, weights to start from and
 * data it is the place among `texts`. */
struct varied {
    enum ae_param_id id;
    double *x; /* [n] */
    size_t n_texts;
    char **texts;
};

static bool is_list(enum ae_param_id id)
{
    enum ae_param_type type = ae_param_table[id].type;
    return type == AE_TYPE_REALS || type == AE_TYPE_START || type == AE_TYPE_DATA;
}

static bool is_number(enum ae_param_id id)
{
    enum ae_param_type type = ae_param_table[id].type;
    return type == AE_TYPE_COUNT || type == AE_TYPE_SIZE || type == AE_TYPE_REAL;
}

static void varied_clear(struct varied *v)
{
    free(v->x);
    for (size_t i = 0; i < v->n_texts; i++)
        free(v->texts[i]);
    free(v->texts);
}

static enum ae_status place_text(struct varied *v, struct ae_value value, double *place,
                                 struct ae_error *err)
{
    struct ae_buffer text = {0};
    ae_value_format(v->id, value, &text);
    enum ae_status rc = ae_buffer_status(&text, err);
    size_t i = 0;
    while (rc == AE_OK && i < v->n_texts && strcmp(v->texts[i], text.data) != 0)
        i++;
    if (rc == AE_OK && i == v->n_texts) {
        char **texts = ae_realloc(v->texts, v->n_texts + 1, sizeof *texts);
        if (texts) {
            v->texts = texts;
            texts[v->n_texts++] = text.data; /* handed over */
            text = (struct ae_buffer){0};
        } else {
            rc = ae_fail_memory(err, v->n_texts * sizeof *texts);
        }
    }
    *place = (double)i;
    ae_buffer_clear(&text);
    return rc;
}

static enum ae_status collect(struct ae_results *results, struct varied *v, struct ae_error *err)
{
    size_t n = ae_results_size(results);
    v->x = ae_reals_new(n);
    enum ae_status rc = v->x ? AE_OK : ae_fail_memory(err, n * sizeof *v->x);
    for (size_t i = 0; i < n && rc == AE_OK; i++) {
        struct ae_row row;
        rc = ae_results_row(results, i, &row, err);
        if (rc != AE_OK)
            break;
        struct ae_value value = ae_param_get(&row.params, v->id);
        v->x[i] = value.x;
        if (is_list(v->id))
            rc = place_text(v, value, &v->x[i], err);
    }
    return rc;
}

static int compare(const void *a, const void *b)
{
    const double *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The values: numbers rise, others in the order in which rows have them. Returns how many. */
static size_t find_values(const struct varied *v, size_t n, double *values)
{
    size_t n_values = 0;
    if (is_number(v->id)) {
        memcpy(values, v->x, n * sizeof *values);
        qsort(values, n, sizeof *values, compare);
        for (size_t i = 0; i < n; i++)
            if (n_values == 0 || values[n_values - 1] != values[i])
                values[n_values++] = values[i];
        return n_values;
    }
    for (size_t i = 0; i < n; i++) {
        size_t k = 0;
        while (k < n_values && values[k] != v->x[i])
            k++;
        if (k == n_values)
            values[n_values++] = v->x[i];
    }
    return n_values;
}

static size_t place_of(const struct varied *v, size_t n_values, const double *values, double x)
{
    if (is_number(v->id)) {
        const double *at = bsearch(&x, values, n_values, sizeof *values, compare);
        return at ? (size_t)(at - values) : 0;
    }
    size_t k = 0;
    while (k + 1 < n_values && values[k] != x)
        k++;
    return k;
}

static void value_text(const struct varied *v, double x, struct ae_buffer *out)
{
    ae_buffer_rewind(out);
    if (is_list(v->id))
        ae_buffer_text(out, v->texts[(size_t)x]);
    else
        ae_value_format(v->id, (struct ae_value){.x = x}, out);
}

/* `"labels":[...],"numeric":true`: all labels are finite numbers. */
static void put_labels(const struct varied *v, size_t n_values, const double *values,
                       struct ae_buffer *out)
{
    struct ae_buffer text = {0};
    bool is_numeric = is_number(v->id);
    ae_buffer_text(out, ",\"labels\":[");
    for (size_t i = 0; i < n_values; i++) {
        double x;
        value_text(v, values[i], &text);
        const char *label = text.data ? text.data : "";
        is_numeric = is_numeric && ae_number_parse(label, &x) && isfinite(x);
        ae_buffer_text(out, i > 0 ? "," : "");
        ae_pack_text(label, out);
    }
    ae_buffer_printf(out, "],\"numeric\":%s", is_numeric ? "true" : "false");
    out->failed = out->failed || text.failed;
    ae_buffer_clear(&text);
}

static bool is_log(const struct ae_sweep *sweep, enum ae_param_id id)
{
    for (size_t k = 0; k < ae_sweep_n_axes(sweep); k++)
        if (ae_sweep_axis(sweep, k).id == id && ae_sweep_axis(sweep, k).is_log)
            return true;
    return false;
}

static enum ae_status put_varied(struct ae_results *results, enum ae_param_id id,
                                 struct ae_buffer *out, struct ae_error *err)
{
    struct varied v = {.id = id};
    size_t n = ae_results_size(results), n_values = 0;
    double *values = ae_reals_new(n);
    enum ae_status rc = values ? collect(results, &v, err) : ae_fail_memory(err, n);
    if (rc == AE_OK) {
        n_values = find_values(&v, n, values);
        for (size_t i = 0; i < n; i++)
            v.x[i] = (double)place_of(&v, n_values, values, v.x[i]);
        ae_buffer_printf(out, "{\"name\":\"%s\",\"log\":%s,\"meaning\":", ae_param_table[id].name,
                         is_log(ae_results_sweep(results), id) ? "true" : "false");
        ae_pack_text(ae_param_table[id].meaning, out);
        put_labels(&v, n_values, values, out);
        ae_buffer_text(out, ",\"digits\":");
        ae_pack_put(ae_pack_for(n_values), n, v.x, out);
        ae_buffer_text(out, "}");
        rc = ae_buffer_status(out, err);
    }
    varied_clear(&v);
    free(values);
    return rc;
}

/* Which parameters differ between rows. */
static enum ae_status find_varied(struct ae_results *results, bool is_varied[AE_N_PARAMS],
                                  struct ae_error *err)
{
    struct ae_row first, row;
    enum ae_status rc = ae_results_row(results, 0, &first, err);
    for (size_t i = 1; i < ae_results_size(results) && rc == AE_OK; i++) {
        rc = ae_results_row(results, i, &row, err);
        for (int k = 0; k < AE_N_PARAMS && rc == AE_OK; k++) {
            enum ae_param_id id = (enum ae_param_id)k;
            struct ae_value a = ae_param_get(&first.params, id), b = ae_param_get(&row.params, id);
            bool is_same = is_list(id) ? ae_value_matches(id, a, b) : a.x == b.x;
            is_varied[k] = is_varied[k] || !is_same;
        }
    }
    return rc;
}

enum ae_status ae_report_params(struct ae_results *results, struct ae_buffer *out,
                                struct ae_error *err)
{
    bool is_varied[AE_N_PARAMS] = {false}, is_first = true;
    enum ae_status rc = find_varied(results, is_varied, err);
    ae_buffer_text(out, "\"params\":[");
    for (int i = 0; i < AE_N_PARAMS && rc == AE_OK; i++) {
        if (!is_varied[i])
            continue;
        ae_buffer_text(out, is_first ? "" : ",");
        rc = put_varied(results, (enum ae_param_id)i, out, err);
        is_first = false;
    }
    ae_buffer_text(out, "],\"fixed\":[");
    struct ae_buffer text = {0};
    struct ae_row row;
    if (rc == AE_OK)
        rc = ae_results_row(results, 0, &row, err);
    is_first = true;
    for (int i = 0; i < AE_N_PARAMS && rc == AE_OK; i++) {
        enum ae_param_id id = (enum ae_param_id)i;
        if (is_varied[i])
            continue;
        ae_buffer_rewind(&text);
        ae_value_format(id, ae_param_get(&row.params, id), &text);
        rc = ae_buffer_status(&text, err);
        if (rc != AE_OK)
            break;
        ae_buffer_printf(out, "%s[\"%s\",", is_first ? "" : ",", ae_param_table[i].name);
        ae_pack_text(text.data, out);
        ae_buffer_text(out, "]");
        is_first = false;
    }
    ae_buffer_text(out, "]");
    ae_buffer_clear(&text);
    return rc == AE_OK ? ae_buffer_status(out, err) : rc;
}
