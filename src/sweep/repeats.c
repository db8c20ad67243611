/* Points that stand in more than one document: the first stays. */
#include "sweep_private.h"

#include <stdlib.h>
#include <string.h>

#include "aesweep/hash.h"

struct marked {
    uint64_t hash; /* of all values */
    size_t i;      /* point of the sweep */
};

static int compare_marked(const void *a, const void *b)
{
    const struct marked *x = a, *y = b;
    if (x->hash != y->hash)
        return x->hash < y->hash ? -1 : 1;
    return (x->i > y->i) - (x->i < y->i);
}

static void pack_point(const struct ae_sweep *sweep, size_t i, struct ae_buffer *out)
{
    struct ae_params p;
    ae_sweep_point(sweep, i, 1, &p);
    ae_buffer_rewind(out);
    ae_params_pack(&p, out);
}

static enum ae_status mark_points(const struct ae_sweep *sweep, struct marked *marked,
                                  struct ae_error *err)
{
    struct ae_buffer text = {0};
    for (size_t i = 0; i < sweep->n_points && !text.failed; i++) {
        pack_point(sweep, i, &text);
        marked[i] = (struct marked){text.failed ? 0 : ae_hash(text.data, text.size), i};
    }
    enum ae_status rc = ae_buffer_status(&text, err);
    ae_buffer_clear(&text);
    return rc;
}

/* Equal hashes are not proof. */
static enum ae_status mark_repeats(const struct ae_sweep *sweep, const struct marked *marked,
                                   bool *is_again, struct ae_error *err)
{
    struct ae_buffer first = {0}, other = {0};
    for (size_t i = 0, k; i < sweep->n_points; i = k) {
        for (k = i + 1; k < sweep->n_points && marked[k].hash == marked[i].hash; k++) {
            pack_point(sweep, marked[i].i, &first);
            pack_point(sweep, marked[k].i, &other);
            is_again[marked[k].i] = !first.failed && !other.failed && first.size == other.size &&
                                    memcmp(first.data, other.data, first.size) == 0;
        }
    }
    enum ae_status rc = ae_buffer_status(&first, err);
    if (rc == AE_OK)
        rc = ae_buffer_status(&other, err);
    ae_buffer_clear(&first);
    ae_buffer_clear(&other);
    return rc;
}

/* By grid index, for those who ask what is left of a document alone. */
static enum ae_status list_again(struct ae_sweep *sweep, const bool *is_again, struct ae_error *err)
{
    size_t n = 0;
    sweep->again = ae_calloc(sweep->n_repeated, 1, sizeof *sweep->again);
    if (!sweep->again)
        return ae_fail_memory(err, sweep->n_repeated * sizeof *sweep->again);
    for (size_t i = 0; i < sweep->n_points; i++)
        if (is_again[i])
            sweep->again[n++] = sweep->left ? sweep->left[i] : (uint32_t)i;
    return AE_OK;
}

static enum ae_status keep_first(struct ae_sweep *sweep, const bool *is_again, struct ae_error *err)
{
    size_t n_kept = 0;
    for (size_t i = 0; i < sweep->n_points; i++)
        sweep->n_repeated += is_again[i];
    if (sweep->n_repeated == 0)
        return AE_OK;
    enum ae_status rc = list_again(sweep, is_again, err);
    if (rc != AE_OK)
        return rc;
    if (!sweep->left) {
        sweep->left = ae_calloc(sweep->n_points, 1, sizeof *sweep->left);
        if (!sweep->left)
            return ae_fail_memory(err, sweep->n_points * sizeof *sweep->left);
        for (size_t i = 0; i < sweep->n_points; i++)
            sweep->left[i] = (uint32_t)i;
    }
    for (size_t i = 0; i < sweep->n_points; i++)
        if (!is_again[i])
            sweep->left[n_kept++] = sweep->left[i];
    sweep->n_points = n_kept;
    return AE_OK;
}

enum ae_status ae_sweep_drop_repeats(struct ae_sweep *sweep, struct ae_error *err)
{
    if (sweep->n_documents < 2) /* the combinations of one grid differ */
        return AE_OK;
    struct marked *marked = ae_calloc(sweep->n_points, 1, sizeof *marked);
    bool *is_again = ae_calloc(sweep->n_points, 1, sizeof *is_again);
    enum ae_status rc =
        marked && is_again ? AE_OK : ae_fail_memory(err, sweep->n_points * sizeof *marked);
    if (rc == AE_OK)
        rc = mark_points(sweep, marked, err);
    if (rc == AE_OK) {
        qsort(marked, sweep->n_points, sizeof *marked, compare_marked);
        rc = mark_repeats(sweep, marked, is_again, err);
    }
    if (rc == AE_OK)
        rc = keep_first(sweep, is_again, err);
    free(marked);
    free(is_again);
    return rc;
}
