/*
 * make_results DIR N [REASON]: a results folder as a sweep of about N points leaves it, with made-up numbers:
 * learning curves that decay, phases in regions, some failures (for that reason),
 * some points missing. For measuring
 * reports of large sweeps, which would take long to compute.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/record.h"
#include "aesweep/store.h"
#include "aesweep/sweep.h"

static const struct ae_store_columns columns = {AE_N_SUMMARY, ae_summary_names};

/* Numbers that look measured, the same for every call with this i. */
static double noise(size_t i)
{
    uint64_t x = (i + 1) * 0x9e3779b97f4a7c15u;
    x ^= x >> 31;
    x *= 0xbf58476d1ce4e5b9u;
    return (double)(x >> 11) / 9007199254740992.0;
}

static void fill_record(size_t i, const struct ae_params *p, struct ae_record *r)
{
    struct ae_summary *s = &r->summary;
    double pca_0 = 10.0, m = fmin((double)p->K, (double)p->spikes.n), pca = pca_0 - 2.0 * m;
    double rate = p->lr / (1.0 + 0.01 * p->lr * p->lr), floor_at = 0.01 * noise(i) * p->lr;
    for (size_t j = 0; j < r->n_times; j++) {
        double *at = r->curve + j * r->n_cols;
        at[0] = j == 0 ? 0.0 : 1e-3 * pow(1e6, (double)(j - 1) / (double)(r->n_times - 2));
        at[2] = 2.0 * m * exp(-rate * at[0]) + floor_at * (1.0 + 0.1 * noise(i * 61 + j));
        at[1] = pca + at[2];
        at[3] = at[4] = at[2] < m ? m : 0.0;
        for (size_t k = 0; k < r->M; k++)
            at[5 + k] = exp(-rate * at[0] / (double)(k + 1));
    }
    const double *end = r->curve + (r->n_times - 1) * r->n_cols;
    *s = (struct ae_summary){
        .pmse_0 = 12, .pmse = end[1], .pca_0 = pca_0, .pca = pca, .excess = end[2]};
    s->n_main = m;
    s->learned = s->found = end[3];
    s->diverged = p->lr > 50.0 && p->K > 5;
    s->alignment = noise(3 * i);
    s->steps = floor(1e4 * noise(5 * i));
    s->t_end = 1000.0;
    s->encoder_scale = 1.0 + noise(7 * i);
    s->decoder_scale = 1.0 + noise(11 * i);
    for (size_t k = 0; k < r->M; k++)
        r->escape[k] = noise(13 * i + k) * 100.0;
}

static enum ae_status put_row(struct ae_store *store, size_t i, const struct ae_params *p,
                              const char *reason, struct ae_error *err)
{
    struct ae_record record;
    struct ae_buffer params = {0}, extra = {0};
    double numbers[AE_N_SUMMARY];
    bool has_failed = i % 97 == 5;
    enum ae_status rc = ae_record_init(&record, AE_RECORD_CURVE, p->K, p->spikes.n, 62, err);
    if (rc == AE_OK) {
        fill_record(i, p, &record);
        ae_params_format(p, &params);
        ae_record_pack(&record, &extra);
        ae_summary_to_reals(&record.summary, numbers);
        struct ae_store_row row = {.replicate = ae_params_stored_replicate(p),
                                   .state = has_failed ? AE_STORE_FAILED : AE_STORE_DONE,
                                   .reason = has_failed ? reason : "",
                                   .params = params.data,
                                   .level = AE_RECORD_CURVE,
                                   .numbers = numbers,
                                   .extra = ae_buffer_bytes(&extra),
                                   .wall_s = noise(17 * i),
                                   .finished_at = 1.7e9 + (double)i,
                                   .host = i % 2 == 0 ? "node1" : "node2"};
        rc = ae_params_hash(p, &row.point, err);
        if (rc == AE_OK)
            rc = ae_store_put(store, &row, err);
    }
    ae_record_clear(&record);
    ae_buffer_clear(&params);
    ae_buffer_clear(&extra);
    return rc;
}

static enum ae_status fill(const char *dir, size_t n, const char *reason, struct ae_error *err)
{
    char yaml[512];
    struct ae_sweep *sweep = NULL;
    struct ae_store *store = NULL;
    struct ae_buffer text = {0};
    (void)snprintf(yaml, sizeof yaml,
                   "name: made_up\nset: {spikes: [4, 2.5, 1.5, 0.8], time: 1000}\n"
                   "grid:\n  activation: [erf, relu]\n  tied: [false, true]\n"
                   "  K: {from: 1, to: 25}\n"
                   "  lr: {from: 0.01, to: 100, points: %zu, scale: log}\n",
                   n / 100);
    enum ae_status rc = ae_sweep_read_text(&sweep, yaml, strlen(yaml), "made-up", err);
    if (rc == AE_OK)
        rc = ae_store_open_run(&store, dir, &columns, NULL, err);
    if (rc == AE_OK) {
        ae_sweep_format(sweep, &text);
        rc = ae_store_set_text(store, "sweep", text.data, err);
    }
    for (size_t i = 0; rc == AE_OK && i < ae_sweep_n_points(sweep); i++) {
        struct ae_params p;
        ae_sweep_point(sweep, i, 1, &p);
        if (i % 101 != 7)
            rc = put_row(store, i, &p, reason, err);
        if (rc == AE_OK && i % 5000 == 0)
            rc = ae_store_commit(store, err);
    }
    enum ae_status close_rc = ae_store_close(store, rc == AE_OK ? err : NULL);
    ae_buffer_clear(&text);
    ae_sweep_free(sweep);
    return rc == AE_OK ? close_rc : rc;
}

int main(int argc, char **argv)
{
    struct ae_error err = {0};
    if (argc < 3 || argc > 4 || atol(argv[2]) < 300) {
        (void)fprintf(stderr, "make_results DIR N [REASON], N >= 300\n");
        return 2;
    }
    enum ae_status rc = fill(argv[1], (size_t)atol(argv[2]), argc > 3 ? argv[3] : "made up", &err);
    if (rc != AE_OK)
        (void)fprintf(stderr, "make_results: %s\n", err.message);
    return rc == AE_OK ? 0 : 1;
}
