/* Eigenvalues in a results folder. */
#include "aesweep/spectra.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "eigenvalues "
enum { HASH_DIGITS = 16, NAME_SIZE = sizeof PREFIX + HASH_DIGITS };

static enum ae_status keep_one(struct ae_reals r, struct ae_store *store, struct ae_error *err)
{
    char name[NAME_SIZE], *there = NULL;
    struct ae_buffer text = {0};
    struct ae_value value = {.list = r};
    (void)snprintf(name, sizeof name, PREFIX "%016" PRIx64, ae_eigenvalues_hash(r));
    enum ae_status rc = ae_store_get_text(store, name, &there, err);
    if (rc == AE_OK && !there) {
        ae_value_format(AE_PARAM_spikes, value, &text); /* as a list of numbers */
        rc = ae_buffer_status(&text, err);
    }
    if (rc == AE_OK && !there)
        rc = ae_store_set_text(store, name, text.data, err);
    ae_buffer_clear(&text);
    free(there);
    return rc;
}

enum ae_status ae_spectra_keep(const struct ae_sweep *sweep, struct ae_store *store,
                               struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    for (size_t i = 0; i < ae_sweep_n_sources(sweep) && rc == AE_OK; i++) {
        struct ae_reals r = ae_sweep_source(sweep, i)->numbers;
        if (r.n > 0)
            rc = keep_one(r, store, err);
    }
    return rc;
}

static enum ae_status take_one(void *ctx, const char *name, const char *text, struct ae_error *err)
{
    struct ae_store *store = ctx;
    return ae_store_set_text(store, name, text, err);
}

enum ae_status ae_spectra_take(struct ae_store *from, struct ae_store *store, struct ae_error *err)
{
    return ae_store_each_text(from, PREFIX, take_one, store, err);
}

/* The parameters with the list in the place of its name. */
static enum ae_status expand(struct ae_store *store, const char *params, struct ae_buffer *out,
                             struct ae_error *err)
{
    static const char key[] = "eigenvalues: @";
    char name[NAME_SIZE], *list = NULL;
    const char *at = strstr(params, key), *hash = at ? at + strlen(key) : NULL;
    if (!at || strspn(hash, "0123456789abcdef") != HASH_DIGITS) {
        ae_buffer_text(out, params);
        return ae_buffer_status(out, err);
    }
    struct ae_buffer rest = {0}; /* the store's views end with the next call */
    (void)snprintf(name, sizeof name, PREFIX "%.*s", (int)HASH_DIGITS, hash);
    ae_buffer_append(out, params, (size_t)(hash - params) - 1);
    ae_buffer_text(&rest, hash + HASH_DIGITS);
    enum ae_status rc = ae_buffer_status(&rest, err);
    if (rc == AE_OK)
        rc = ae_store_get_text(store, name, &list, err);
    if (rc == AE_OK && !list)
        rc = ae_fail(err, AE_EIO, "the %s are not in the folder", name);
    if (rc == AE_OK) {
        ae_buffer_text(out, list);
        ae_buffer_append(out, rest.data, rest.size);
        rc = ae_buffer_status(out, err);
    }
    ae_buffer_clear(&rest);
    free(list);
    return rc;
}

enum ae_status ae_spectra_read_point(struct ae_store *store, struct ae_sweep **sweep,
                                     const char *params, uint64_t seed, struct ae_error *err)
{
    struct ae_buffer text = {0};
    *sweep = NULL;
    enum ae_status rc = expand(store, params, &text, err);
    if (rc == AE_OK)
        rc = ae_sweep_read_point(sweep, text.data, seed, err);
    ae_buffer_clear(&text);
    return rc;
}
