/*
 * Learning curves for a page, small: excess on a log scale in 16 bits (pmse is excess plus the error
 * of PCA), residuals in 8 bits, and the observed times once for all curves that share them.
 *
 * In the page, curve c has times[list[c]], and as many codes follow those of curve c - 1:
 *   code   0: nan; 1: at most 1e-16; 65535: beyond all; else 10^((code - 2)/2000 - 16)
 *   f      of each time the residuals of the components, 200 f rounded, 255: not known
 */
#include "report_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/hash.h"

enum { MAX_TIMES = 200, CODE_LAST = 65534, PER_DECADE = 2000, LOWEST = -16, PER_RESIDUAL = 200 };

static const uint32_t no_curve = UINT32_MAX;

struct list {
    uint64_t hash;
    size_t n, at; /* into times */
};

struct curve {
    uint32_t list;
    uint32_t n_residuals;   /* components */
    size_t at, residual_at; /* into codes, into residuals */
};

struct ae_report_curves {
    size_t n_rows, n_curves, n_lists, n_slots;
    uint32_t *of_row;           /* [n_rows] */
    struct ae_buffer curves;    /* struct curve */
    struct ae_buffer lists;     /* struct list */
    struct ae_buffer times;     /* double */
    struct ae_buffer codes;     /* uint16_t */
    struct ae_buffer residuals; /* uint8_t */
    uint32_t *slots;            /* [n_slots], a power of two: lists by their hash */
    size_t n_observed;          /* the most times that a curve had */
};

enum ae_status ae_report_curves_new(struct ae_report_curves **curves, size_t n_rows,
                                    struct ae_error *err)
{
    struct ae_report_curves *c = ae_calloc(1, 1, sizeof *c);
    *curves = c;
    if (c)
        c->of_row = ae_calloc(n_rows, 1, sizeof *c->of_row);
    if (!c || !c->of_row)
        return ae_fail_memory(err, n_rows * sizeof *c->of_row);
    c->n_rows = n_rows;
    for (size_t i = 0; i < n_rows; i++)
        c->of_row[i] = no_curve;
    return AE_OK;
}

void ae_report_curves_free(struct ae_report_curves *c)
{
    if (!c)
        return;
    free(c->of_row);
    ae_buffer_clear(&c->curves);
    ae_buffer_clear(&c->lists);
    ae_buffer_clear(&c->times);
    ae_buffer_clear(&c->codes);
    ae_buffer_clear(&c->residuals);
    free(c->slots);
    free(c);
}

static const struct list *lists_of(const struct ae_report_curves *c)
{
    return (const struct list *)(const void *)c->lists.data;
}

static const struct curve *curves_of(const struct ae_report_curves *c)
{
    return (const struct curve *)(const void *)c->curves.data;
}

/* ---- lists of times, each kept once ---- */

static size_t slot_of(const struct ae_report_curves *c, uint64_t hash)
{
    size_t slot = (size_t)hash & (c->n_slots - 1);
    while (c->slots[slot] != no_curve && lists_of(c)[c->slots[slot]].hash != hash)
        slot = (slot + 1) & (c->n_slots - 1);
    return slot;
}

/* Room for one list more. */
static enum ae_status grow_slots(struct ae_report_curves *c, struct ae_error *err)
{
    if (2 * (c->n_lists + 1) <= c->n_slots)
        return AE_OK;
    size_t n = c->n_slots > 0 ? 2 * c->n_slots : 64;
    uint32_t *slots = ae_calloc(n, 1, sizeof *slots);
    if (!slots)
        return ae_fail_memory(err, n * sizeof *slots);
    free(c->slots);
    c->slots = slots;
    c->n_slots = n;
    for (size_t i = 0; i < n; i++)
        slots[i] = no_curve;
    for (size_t i = 0; i < c->n_lists; i++)
        slots[slot_of(c, lists_of(c)[i].hash)] = (uint32_t)i;
    return AE_OK;
}

static enum ae_status find_list(struct ae_report_curves *c, size_t n, const double *times,
                                uint32_t *list, struct ae_error *err)
{
    enum ae_status rc = grow_slots(c, err);
    if (rc != AE_OK)
        return rc;
    uint64_t hash = ae_hash(times, n * sizeof *times);
    size_t slot = slot_of(c, hash);
    if (c->slots[slot] == no_curve) {
        struct list new = {.hash = hash, .n = n, .at = c->times.size / sizeof *times};
        ae_buffer_append(&c->times, times, n * sizeof *times);
        ae_buffer_append(&c->lists, &new, sizeof new);
        c->slots[slot] = (uint32_t)c->n_lists++;
    }
    *list = c->slots[slot];
    return AE_OK;
}

/* ---- taking curves ---- */

/* Which of n is the j-th of m kept, the first and the last among them. */
static size_t kept(size_t j, size_t m, size_t n)
{
    return m < 2 || m >= n ? j : (j * (n - 1) + (m - 1) / 2) / (m - 1);
}

static uint16_t code_of(double excess)
{
    if (isnan(excess))
        return 0;
    if (!(excess > 1e-16))
        return 1;
    double code = 2.0 + round(PER_DECADE * (log10(excess) - LOWEST));
    return code > CODE_LAST ? UINT16_MAX : (uint16_t)code;
}

static uint8_t residual_code(double f)
{
    return isnan(f) ? UINT8_MAX : (uint8_t)fmin(254.0, fmax(0.0, round(PER_RESIDUAL * f)));
}

enum ae_status ae_report_curves_add(struct ae_report_curves *c, size_t i,
                                    const struct ae_record *record, struct ae_error *err)
{
    size_t n = record->n_times, m = n < MAX_TIMES ? n : MAX_TIMES;
    double times[MAX_TIMES];
    if (n == 0)
        return AE_OK;
    struct curve curve = {.n_residuals = (uint32_t)record->M,
                          .at = c->codes.size / sizeof(uint16_t),
                          .residual_at = c->residuals.size};
    for (size_t j = 0; j < m; j++) {
        const double *row = record->curve + kept(j, m, n) * record->n_cols;
        uint16_t code = code_of(row[2]);
        times[j] = row[0];
        ae_buffer_append(&c->codes, &code, sizeof code);
        for (size_t k = 0; k < record->M; k++) {
            uint8_t residual = residual_code(row[5 + k]);
            ae_buffer_append(&c->residuals, &residual, 1);
        }
    }
    c->n_observed = n > c->n_observed ? n : c->n_observed;
    enum ae_status rc = find_list(c, m, times, &curve.list, err);
    if (rc == AE_OK) {
        ae_buffer_append(&c->curves, &curve, sizeof curve);
        c->of_row[i] = (uint32_t)c->n_curves++;
    }
    return rc;
}

void ae_report_curves_repeat(struct ae_report_curves *c, size_t i)
{
    c->of_row[i] = c->of_row[i - 1];
}

/* ---- what fits ---- */

static size_t min_size(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Bytes of the page if at most m times of each curve are kept. */
static size_t page_bytes(const struct ae_report_curves *c, size_t m, bool has_residuals)
{
    size_t n_codes = 0, n_residuals = 0, n_times = 0;
    for (size_t i = 0; i < c->n_curves; i++) {
        size_t n = min_size(m, lists_of(c)[curves_of(c)[i].list].n);
        n_codes += n;
        n_residuals += has_residuals ? n * curves_of(c)[i].n_residuals : 0;
    }
    for (size_t i = 0; i < c->n_lists; i++)
        n_times += min_size(m, lists_of(c)[i].n);
    return ae_pack_size(AE_PACK_U16, n_codes) + ae_pack_size(AE_PACK_U8, n_residuals) +
           ae_pack_size(AE_PACK_F32, n_times + c->n_curves + c->n_lists) +
           ae_pack_size(AE_PACK_U32, c->n_rows);
}

/* Fewer than that are no curve. */
static size_t choose_times(const struct ae_report_curves *c, size_t bytes)
{
    enum { FEWEST = 8 };
    size_t m = min_size(MAX_TIMES, c->n_observed);
    while (m > 0 && page_bytes(c, m, false) > bytes)
        m--;
    return m >= min_size(FEWEST, c->n_observed) ? m : 0;
}

/* ---- writing ---- */

/* Members of the curves and lists, one number each. */
static void put_members(const struct ae_report_curves *c, size_t m, double *x,
                        struct ae_buffer *out)
{
    size_t n_times = 0;
    const double *times = (const double *)(const void *)c->times.data;
    for (size_t i = 0; i < c->n_curves; i++)
        x[i] = curves_of(c)[i].list;
    ae_buffer_text(out, ",\"list\":");
    ae_pack_put(ae_pack_for(c->n_lists), c->n_curves, x, out);
    for (size_t i = 0; i < c->n_curves; i++)
        x[i] = curves_of(c)[i].n_residuals;
    ae_buffer_text(out, ",\"components\":");
    ae_pack_put(AE_PACK_U16, c->n_curves, x, out);
    for (size_t i = 0; i < c->n_lists; i++)
        x[i] = (double)min_size(m, lists_of(c)[i].n);
    ae_buffer_text(out, ",\"lengths\":");
    ae_pack_put(AE_PACK_U16, c->n_lists, x, out);
    for (size_t i = 0; i < c->n_lists; i++) {
        const struct list *list = &lists_of(c)[i];
        size_t n = min_size(m, list->n);
        for (size_t j = 0; j < n; j++)
            x[n_times++] = times[list->at + kept(j, n, list->n)];
    }
    ae_buffer_text(out, ",\"times\":");
    ae_pack_put(AE_PACK_F32, n_times, x, out);
}

/* Codes and residuals of the times that are kept. */
static void thin(const struct ae_report_curves *c, size_t m, bool is_residual,
                 struct ae_buffer *out)
{
    for (size_t i = 0; i < c->n_curves; i++) {
        const struct curve *curve = &curves_of(c)[i];
        size_t n_all = lists_of(c)[curve->list].n, n = min_size(m, n_all);
        size_t size = is_residual ? curve->n_residuals : sizeof(uint16_t);
        const char *from = is_residual ? c->residuals.data + curve->residual_at
                                       : c->codes.data + curve->at * sizeof(uint16_t);
        for (size_t j = 0; j < n && size > 0; j++)
            ae_buffer_append(out, from + kept(j, n, n_all) * size, size);
    }
}

enum ae_status ae_report_curves_put(struct ae_report_curves *c, size_t bytes, struct ae_buffer *out,
                                    struct ae_error *err)
{
    const struct ae_buffer *all[] = {&c->curves, &c->lists, &c->times, &c->codes, &c->residuals};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        if (ae_buffer_status(all[i], err) != AE_OK)
            return AE_ENOMEM;
    size_t m = choose_times(c, bytes);
    if (m == 0) {
        ae_buffer_printf(out, "{\"n\":0,\"observed\":%zu}", c->n_observed);
        return ae_buffer_status(out, err);
    }
    bool has_residuals = page_bytes(c, m, true) <= bytes;
    struct ae_buffer codes = {0}, residuals = {0};
    double *x = ae_reals_new(c->n_curves + c->times.size / sizeof(double));
    thin(c, m, false, &codes);
    if (has_residuals)
        thin(c, m, true, &residuals);
    enum ae_status rc = x ? ae_buffer_status(&codes, err) : ae_fail_memory(err, c->times.size);
    if (rc == AE_OK)
        rc = ae_buffer_status(&residuals, err);
    if (rc == AE_OK) {
        ae_buffer_printf(out, "{\"n\":%zu,\"observed\":%zu,\"kept\":%zu,\"row\":", c->n_curves,
                         c->n_observed, m);
        ae_pack_put_bytes(AE_PACK_U32, c->n_rows, c->of_row, out);
        put_members(c, m, x, out);
        ae_buffer_text(out, ",\"codes\":");
        ae_pack_put_bytes(AE_PACK_U16, codes.size / sizeof(uint16_t), codes.data, out);
        ae_buffer_text(out, has_residuals ? ",\"f\":" : "");
        if (has_residuals)
            ae_pack_put_bytes(AE_PACK_U8, residuals.size, residuals.data, out);
        ae_buffer_text(out, "}");
        rc = ae_buffer_status(out, err);
    }
    ae_buffer_clear(&codes);
    ae_buffer_clear(&residuals);
    free(x);
    return rc;
}
