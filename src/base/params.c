/*
 * The table that AE_PARAM_LIST generates, and what walks over it: access by id, identity, bytes.
 * Values as text are in params_text.c, combinations that make no sense in params_check.c.
 */
#include "aesweep/params.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/hash.h"

/* ---- on which points a parameter changes the results ---- */

static bool acts_always(const struct ae_params *p)
{
    (void)p;
    return true;
}

static bool acts_never(const struct ae_params *p)
{
    (void)p;
    return false;
}

static bool acts_if_ode(const struct ae_params *p)
{
    return p->engine == AE_ENGINE_ODE;
}

static bool acts_if_single(const struct ae_params *p)
{
    return p->engine == AE_ENGINE_SGD && p->precision == AE_SINGLE;
}

static bool acts_if_tied(const struct ae_params *p)
{
    return p->tied;
}

/* Truncated equals vanilla for one unit. */
static bool acts_if_rule(const struct ae_params *p)
{
    return p->K > 1 || p->rule == AE_SANGER;
}

static bool acts_if_decoder_rate(const struct ae_params *p)
{
    return p->rule != AE_SANGER;
}

static bool acts_if_batch(const struct ae_params *p)
{
    return p->batch > 1;
}

static bool acts_if_samples(const struct ae_params *p)
{
    return isfinite(p->samples);
}

static bool acts_if_epochs(const struct ae_params *p)
{
    return p->epochs && isfinite(p->samples);
}

static bool acts_if_trained_bias(const struct ae_params *p)
{
    return p->bias != AE_BIAS_NONE;
}

static bool acts_unless_file(const struct ae_params *p)
{
    return p->data != AE_DATA_FILE;
}

static bool acts_if_bulk(const struct ae_params *p)
{
    return p->data == AE_SPIKED || p->data == AE_SINUSOIDAL;
}

static bool acts_if_power(const struct ae_params *p)
{
    return p->data == AE_POWER;
}

static bool acts_if_no_start(const struct ae_params *p)
{
    return p->start.n == 0;
}

static bool acts_if_bias_init(const struct ae_params *p)
{
    struct ae_start_view view;
    return !(ae_start_view(p->start, &view) && view.bias);
}

/* ---- the table ---- */

#define RANGE_ANY         "a finite number", -HUGE_VAL, HUGE_VAL, true, true
#define RANGE_POSITIVE    "a number > 0", 0.0, HUGE_VAL, true, true
#define RANGE_NONNEGATIVE "a number >= 0", 0.0, HUGE_VAL, false, true
#define RANGE_COUNT       "an integer from 1 to 1000000", 1.0, 1e6, false, false
#define RANGE_DIMENSION   "an integer >= 1, or inf", 1.0, HUGE_VAL, false, false
#define RANGE_TOLERANCE   "a number from 1e-12 to 0.01", 1e-12, 0.01, false, false
#define RANGE_EXPONENT    "a number from 0 to 20", 0.0, 20.0, false, false
#define RANGE_FRACTION    "a number > 0 and < 1", 0.0, 1.0, true, true

#define WORD(code, word) {word, code},
#define END_OF_WORDS                                                                               \
    {                                                                                              \
        NULL, 0                                                                                    \
    }
static const struct ae_word words_no[] = {END_OF_WORDS};
static const struct ae_word words_engine[] = {AE_WORDS_engine(WORD) END_OF_WORDS};
static const struct ae_word words_activation[] = {AE_WORDS_activation(WORD) END_OF_WORDS};
static const struct ae_word words_bias[] = {AE_WORDS_bias(WORD) END_OF_WORDS};
static const struct ae_word words_rule[] = {AE_WORDS_rule(WORD) END_OF_WORDS};
static const struct ae_word words_precision[] = {AE_WORDS_precision(WORD) END_OF_WORDS};
static const struct ae_word words_data[] = {AE_WORDS_data(WORD) END_OF_WORDS};
static const struct ae_word words_record[] = {AE_WORDS_record(WORD) END_OF_WORDS};
static const struct ae_word words_integrator[] = {AE_WORDS_integrator(WORD) END_OF_WORDS};
static const struct ae_word words_flag[] = {{"false", 0}, {"true", 1}, END_OF_WORDS};
static const struct ae_word words_init[] = {{"informed", AE_INIT_INFORMED}, END_OF_WORDS};
static const struct ae_word words_timeout[] = {{"none", HUGE_VAL}, END_OF_WORDS};
static const struct ae_word words_start[] = {{"none", 0}, END_OF_WORDS};
static const struct ae_word words_observe[] = {{"default", 0}, END_OF_WORDS};

#define INFO_OF(...)                                                                               \
    {                                                                                              \
        __VA_ARGS__                                                                                \
    }
const struct ae_param_info ae_param_table[AE_N_PARAMS] = {
#define PARAM(name, type, text, range, words, acts, meaning)                                       \
    INFO_OF(#name, AE_TYPE_##type, text, RANGE_##range, words_##words, acts_##acts, meaning),
    AE_PARAM_LIST(PARAM)
#undef PARAM
};

static const size_t field_offset[AE_N_PARAMS] = {
#define OFFSET(name, ...) offsetof(struct ae_params, name),
    AE_PARAM_LIST(OFFSET)
#undef OFFSET
};

enum ae_param_id ae_param_find(const char *name)
{
    for (int id = 0; id < AE_N_PARAMS; id++)
        if (strcmp(ae_param_table[id].name, name) == 0)
            return (enum ae_param_id)id;
    return AE_N_PARAMS;
}

/* ---- access by id ---- */

static bool is_list(enum ae_param_id id)
{
    enum ae_param_type type = ae_param_table[id].type;
    return type == AE_TYPE_REALS || type == AE_TYPE_START;
}

static bool has_list(enum ae_param_id id)
{
    return is_list(id) || ae_param_table[id].type == AE_TYPE_DATA;
}

struct ae_value ae_param_get(const struct ae_params *p, enum ae_param_id id)
{
    const void *field = (const char *)p + field_offset[id];
    struct ae_value value = {0};
    switch (ae_param_table[id].type) {
    case AE_TYPE_WORD:
        value.x = *(const int *)field;
        break;
    case AE_TYPE_FLAG:
        value.x = *(const bool *)field;
        break;
    case AE_TYPE_COUNT:
        value.x = (double)*(const size_t *)field;
        break;
    case AE_TYPE_SIZE:
    case AE_TYPE_REAL:
        value.x = *(const double *)field;
        break;
    case AE_TYPE_REALS:
    case AE_TYPE_START:
        value.list = *(const struct ae_reals *)field;
        break;
    case AE_TYPE_DATA:
        value = (struct ae_value){*(const int *)field, p->eigenvalues, p->data_file};
        break;
    }
    return value;
}

void ae_param_set(struct ae_params *p, enum ae_param_id id, struct ae_value value)
{
    void *field = (char *)p + field_offset[id];
    switch (ae_param_table[id].type) {
    case AE_TYPE_WORD:
        *(int *)field = (int)value.x;
        break;
    case AE_TYPE_FLAG:
        *(bool *)field = value.x != 0.0;
        break;
    case AE_TYPE_COUNT:
        *(size_t *)field = (size_t)value.x;
        break;
    case AE_TYPE_SIZE:
    case AE_TYPE_REAL:
        *(double *)field = value.x;
        break;
    case AE_TYPE_REALS:
    case AE_TYPE_START:
        *(struct ae_reals *)field = value.list;
        break;
    case AE_TYPE_DATA:
        *(int *)field = (int)value.x;
        p->eigenvalues = value.list;
        p->data_file = value.file;
        break;
    }
}

struct ae_value ae_param_get_acting(const struct ae_params *p, enum ae_param_id id)
{
    struct ae_value value = ae_param_get(p, id);
    if (id == AE_PARAM_spikes && p->data == AE_POWER)
        value.list.n = 1;
    return value;
}

bool ae_value_matches(enum ae_param_id id, struct ae_value a, struct ae_value b)
{
    if (!is_list(id) && !ae_number_matches(a.x, b.x))
        return false;
    if (a.file && b.file && (a.list.n == 0 || b.list.n == 0))
        return strcmp(a.file, b.file) == 0;
    if (!has_list(id))
        return true;
    if (a.list.n != b.list.n)
        return false;
    for (size_t i = 0; i < a.list.n; i++)
        if (!ae_number_matches(a.list.x[i], b.list.x[i]))
            return false;
    return true;
}

void ae_params_init(struct ae_params *p)
{
    static const double one_spike[] = {1.0};
    *p = (struct ae_params){.seed = 1, .replicate = 1};
    for (int i = 0; i < AE_N_PARAMS; i++) {
        enum ae_param_id id = (enum ae_param_id)i;
        struct ae_value value = {.list = {1, one_spike}}; /* the only list with a default: spikes */
        if (id != AE_PARAM_spikes)
            (void)ae_value_parse(id, ae_param_table[id].default_text, &value, NULL);
        ae_param_set(p, id, value);
    }
}

/* ---- start ---- */

/* Flat form: K, M, then 1 or 0 for each part, then the parts that are there. */
enum { START_HEAD = 5 };

bool ae_start_view(struct ae_reals start, struct ae_start_view *out)
{
    if (start.n < START_HEAD)
        return false;
    *out = (struct ae_start_view){.K = (size_t)start.x[0], .M = (size_t)start.x[1]};
    const double *part = start.x + START_HEAD;
    if (start.x[2] != 0.0) {
        out->encoder = part;
        part += out->K * out->M;
    }
    if (start.x[3] != 0.0) {
        out->decoder = part;
        part += out->K * out->M;
    }
    if (start.x[4] != 0.0)
        out->bias = part;
    return true;
}

size_t ae_start_size(const struct ae_start_view *view)
{
    size_t n_parts = (view->encoder != NULL) + (size_t)(view->decoder != NULL);
    return START_HEAD + n_parts * view->K * view->M + (view->bias ? view->K : 0);
}

void ae_start_flatten(const struct ae_start_view *view, double *x)
{
    const double *parts[] = {view->encoder, view->decoder, view->bias};
    size_t sizes[] = {view->K * view->M, view->K * view->M, view->K};
    *x++ = (double)view->K;
    *x++ = (double)view->M;
    for (size_t i = 0; i < 3; i++)
        *x++ = parts[i] ? 1.0 : 0.0;
    for (size_t i = 0; i < 3; i++)
        if (parts[i]) {
            memcpy(x, parts[i], sizes[i] * sizeof *x);
            x += sizes[i];
        }
}

/* ---- identity ---- */

bool ae_params_are_random(const struct ae_params *p)
{
    bool is_start_drawn = p->start.n == 0 && p->init != AE_INIT_INFORMED;
    return is_start_drawn || p->engine != AE_ENGINE_ODE;
}

uint64_t ae_params_stored_replicate(const struct ae_params *p)
{
    return ae_params_are_random(p) ? p->replicate : 1;
}

void ae_params_identity(const struct ae_params *p, struct ae_buffer *out)
{
    ae_buffer_printf(out, "physics=%d", AE_PHYSICS_VERSION);
    for (int i = 0; i < AE_N_PARAMS; i++) {
        enum ae_param_id id = (enum ae_param_id)i;
        if (!ae_param_table[id].acts(p))
            continue;
        ae_buffer_printf(out, " %s=", ae_param_table[id].name);
        ae_value_format_identity(id, ae_param_get_acting(p, id), out);
    }
    if (ae_params_are_random(p))
        ae_buffer_printf(out, " seed=%" PRIu64, p->seed);
}

enum ae_status ae_params_hash(const struct ae_params *p, uint64_t *hash, struct ae_error *err)
{
    struct ae_buffer text = {0};
    ae_params_identity(p, &text);
    enum ae_status rc = ae_buffer_status(&text, err);
    if (rc == AE_OK)
        *hash = ae_hash(text.data, text.size);
    ae_buffer_clear(&text);
    return rc;
}

/* ---- bytes ---- */

void ae_params_pack(const struct ae_params *p, struct ae_buffer *out)
{
    ae_buffer_u64(out, p->seed);
    ae_buffer_u64(out, p->replicate);
    for (int i = 0; i < AE_N_PARAMS; i++) {
        enum ae_param_id id = (enum ae_param_id)i;
        struct ae_value value = ae_param_get(p, id);
        if (!is_list(id))
            ae_buffer_reals(out, 1, &value.x);
        if (has_list(id)) {
            ae_buffer_u64(out, value.list.n);
            ae_buffer_reals(out, value.list.n, value.list.x);
        }
    }
}

/* Does the head of the flat form agree with its length? Its numbers are finite. */
static bool is_start_sound(struct ae_reals start)
{
    if (start.n == 0)
        return true;
    if (start.n < START_HEAD)
        return false;
    for (size_t i = 0; i < 2; i++) /* K and M */
        if (start.x[i] < 0.0 || start.x[i] > (double)start.n || start.x[i] != floor(start.x[i]))
            return false;
    struct ae_start_view view;
    return ae_start_view(start, &view) && ae_start_size(&view) == start.n;
}

static bool take_value(struct ae_reader *in, enum ae_param_id id, double **free_storage,
                       struct ae_value *value)
{
    *value = (struct ae_value){0};
    if (!is_list(id) && !ae_take_reals(in, 1, &value->x))
        return false;
    if (!has_list(id))
        return true;
    uint64_t n = 0;
    if (!ae_take_u64(in, &n) || !ae_take_reals(in, (size_t)n, *free_storage))
        return false;
    value->list = (struct ae_reals){.n = (size_t)n, .x = *free_storage};
    *free_storage += n;
    return true;
}

enum ae_status ae_params_unpack(struct ae_bytes in, struct ae_params *p, double **storage,
                                struct ae_error *err)
{
    *storage = ae_reals_new(in.size / sizeof(double)); /* more than all lists together */
    if (!*storage)
        return ae_fail_memory(err, in.size);
    struct ae_reader reader = ae_reader_of(in);
    double *free_storage = *storage;
    ae_params_init(p);
    bool is_good = ae_take_u64(&reader, &p->seed) && ae_take_u64(&reader, &p->replicate);
    for (int i = 0; is_good && i < AE_N_PARAMS; i++) {
        struct ae_value value;
        enum ae_param_id id = (enum ae_param_id)i;
        is_good = take_value(&reader, id, &free_storage, &value) &&
                  ae_value_check(id, value, NULL) == AE_OK &&
                  (id != AE_PARAM_start || is_start_sound(value.list));
        if (is_good)
            ae_param_set(p, id, value);
    }
    if (is_good && reader.left == 0)
        return AE_OK;
    free(*storage);
    *storage = NULL;
    return ae_fail(err, AE_EINTERNAL, "malformed parameters (%zu bytes)", in.size);
}
