/* Records: memory, and the way to bytes and back. */
#include "aesweep/record.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const char *const ae_summary_names[AE_N_SUMMARY] = {
#define NAME(name) #name,
    AE_SUMMARY_LIST(NAME)
#undef NAME
};

void ae_summary_to_reals(const struct ae_summary *summary, double *x)
{
#define PUT(name) *x++ = summary->name;
    AE_SUMMARY_LIST(PUT)
#undef PUT
}

void ae_summary_from_reals(const double *x, struct ae_summary *summary)
{
#define TAKE(name) summary->name = *x++;
    AE_SUMMARY_LIST(TAKE)
#undef TAKE
}

size_t ae_record_n_cols(enum ae_record_level level, size_t K, size_t M)
{
    size_t n_curve = 5 + M;
    if (level == AE_RECORD_FINAL)
        return 0;
    return level == AE_RECORD_CURVE ? n_curve : n_curve + K * (K + 1) + K * K + K + M;
}

static enum ae_status allocate(struct ae_record *record, enum ae_record_level level, size_t K,
                               size_t M, size_t n_times, struct ae_error *err)
{
    size_t n_cols = ae_record_n_cols(level, K, M);
    if (n_cols == 0)
        n_times = 0;
    *record =
        (struct ae_record){.level = level, .K = K, .M = M, .n_times = n_times, .n_cols = n_cols};
    if (n_cols > 0 && n_times > SIZE_MAX / 2 / sizeof(double) / n_cols)
        return ae_fail_memory(err, SIZE_MAX);
    record->escape = ae_reals_new(M + n_times * n_cols);
    if (!record->escape)
        return ae_fail_memory(err, (M + n_times * n_cols) * sizeof(double));
    record->curve = record->escape + M;
    return AE_OK;
}

enum ae_status ae_record_init(struct ae_record *record, enum ae_record_level level, size_t K,
                              size_t M, size_t n_times, struct ae_error *err)
{
    enum ae_status rc = allocate(record, level, K, M, n_times, err);
    if (rc != AE_OK)
        return rc;
    double unknown[AE_N_SUMMARY];
    for (size_t i = 0; i < AE_N_SUMMARY; i++)
        unknown[i] = NAN;
    ae_summary_from_reals(unknown, &record->summary);
    for (size_t i = 0; i < M + record->n_times * record->n_cols; i++)
        record->escape[i] = NAN;
    return AE_OK;
}

void ae_record_clear(struct ae_record *record)
{
    free(record->escape);
    *record = (struct ae_record){0};
}

void ae_record_pack(const struct ae_record *record, struct ae_buffer *out)
{
    ae_buffer_u64(out, (uint64_t)record->level);
    ae_buffer_u64(out, record->K);
    ae_buffer_u64(out, record->M);
    ae_buffer_u64(out, record->n_times);
    ae_buffer_reals(out, record->M, record->escape);
    ae_buffer_reals(out, record->n_times * record->n_cols, record->curve);
}

enum ae_status ae_record_unpack(struct ae_bytes in, struct ae_record *record, struct ae_error *err)
{
    struct ae_reader reader = ae_reader_of(in);
    struct ae_summary summary = record->summary;
    uint64_t level = 0, K = 0, M = 0, n_times = 0;
    bool is_good = ae_take_u64(&reader, &level) && ae_take_u64(&reader, &K) &&
                   ae_take_u64(&reader, &M) && ae_take_u64(&reader, &n_times) &&
                   level <= AE_RECORD_FULL && K <= INT32_MAX && M <= reader.left / sizeof(double);
    /* Its size first, so that a wrong number asks for no memory. */
    if (is_good) {
        size_t n_cols = ae_record_n_cols((enum ae_record_level)level, (size_t)K, (size_t)M);
        size_t n_reals = reader.left / sizeof(double) - (size_t)M;
        is_good = reader.left % sizeof(double) == 0 &&
                  (n_cols > 0 ? n_reals % n_cols == 0 && n_times == n_reals / n_cols
                              : n_reals == 0 && n_times == 0);
    }
    *record = (struct ae_record){.summary = summary};
    if (!is_good)
        return ae_fail(err, AE_EIO, "a stored record is damaged (%zu bytes)", in.size);
    enum ae_status rc =
        allocate(record, (enum ae_record_level)level, (size_t)K, (size_t)M, (size_t)n_times, err);
    record->summary = summary;
    if (rc == AE_OK && !(ae_take_reals(&reader, record->M, record->escape) &&
                         ae_take_reals(&reader, record->n_times * record->n_cols, record->curve) &&
                         reader.left == 0)) {
        ae_record_clear(record);
        record->summary = summary;
        rc = ae_fail(err, AE_EIO, "a stored record is damaged (%zu bytes)", in.size);
    }
    return rc;
}
