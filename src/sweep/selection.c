/* What a run computes of a sweep. */
#include "aesweep/selection.h"

#include <stdlib.h>
#include <string.h>

#include "aesweep/fold.h"

static enum ae_status fail_shard(const char *text, struct ae_error *err)
{
    return ae_fail(err, AE_EARG,
                   "--shard: '%.60s'; allowed: i/n, with i from 1 to n and n up to 1000000", text);
}

/* Digits only, at most seven of them. */
static bool take_count(const char **at, uint64_t *out)
{
    size_t n = strspn(*at, "0123456789");
    *out = strtoull(*at, NULL, 10);
    *at += n;
    return n > 0 && n <= 7;
}

static enum ae_status parse_shard(struct ae_selection *selection, const char *text,
                                  struct ae_error *err)
{
    enum { MAX_SHARDS = 1000000 };
    const char *at = text;
    uint64_t shard = 0, n = 0;
    if (!take_count(&at, &shard) || *at++ != '/' || !take_count(&at, &n) || *at != '\0' ||
        shard < 1 || shard > n || n > MAX_SHARDS)
        return fail_shard(text, err);
    selection->shard = shard;
    selection->n_shards = n;
    return AE_OK;
}

enum ae_status ae_selection_init(struct ae_selection *selection, const char *only,
                                 const char *shard, struct ae_error *err)
{
    *selection = (struct ae_selection){0};
    enum ae_status rc = only ? ae_expr_new(&selection->only, only, err) : AE_OK;
    if (rc == AE_EARG && err)
        (void)ae_error_prefix(err, "--only");
    if (rc == AE_OK && shard)
        rc = parse_shard(selection, shard, err);
    if (rc == AE_OK && shard)
        rc = ae_hasher_new(&selection->hasher, err);
    return rc;
}

void ae_selection_clear(struct ae_selection *selection)
{
    ae_expr_free(selection->only);
    ae_hasher_free(selection->hasher);
    *selection = (struct ae_selection){0};
}

bool ae_selection_is_all(const struct ae_selection *selection)
{
    return !selection || (!selection->only && selection->n_shards == 0);
}

enum ae_status ae_selection_holds(const struct ae_selection *selection, const struct ae_params *p,
                                  bool *holds, struct ae_error *err)
{
    *holds = true;
    if (ae_selection_is_all(selection))
        return AE_OK;
    *holds = ae_expr_holds(selection->only, p);
    if (!*holds || selection->n_shards == 0)
        return AE_OK;
    uint64_t key = 0;
    bool is_read_off = p->engine == AE_ENGINE_ODE; /* no shard computes another's trajectory */
    enum ae_status rc = is_read_off ? ae_fold_key(selection->hasher, p, &key, err)
                                    : ae_hasher_hash(selection->hasher, p, &key, err);
    *holds = key % selection->n_shards == selection->shard - 1;
    return rc;
}
