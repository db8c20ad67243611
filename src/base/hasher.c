/*
 * The identity of a point, put together from remembered pieces ` name=value`. Each parameter has a
 * small table of the numbers met last, indexed by their bits; of lists the last one is kept.
 */
#include "aesweep/hasher.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/hash.h"

enum { SLOT_BITS = 8, N_SLOTS = 1 << SLOT_BITS, PIECE_SIZE = 62 };

struct piece {
    double x;
    uint8_t is_known, n;
    char text[PIECE_SIZE];
};

struct list_piece {
    bool is_known;
    struct ae_buffer numbers; /* of the list that the text is for */
    struct ae_buffer text;
};

struct ae_hasher {
    struct piece pieces[AE_N_PARAMS][N_SLOTS];
    struct list_piece lists[AE_N_PARAMS];
    struct ae_buffer scratch, identity;
    char head[16];              /* `physics=1` */
    struct ae_buffer seed_text; /* ` seed=1`; empty at first */
    uint64_t seed;              /* that it is for */
};

enum ae_status ae_hasher_new(struct ae_hasher **hasher, struct ae_error *err)
{
    *hasher = ae_calloc(1, 1, sizeof **hasher);
    if (!*hasher)
        return ae_fail_memory(err, sizeof **hasher);
    (void)snprintf((*hasher)->head, sizeof(*hasher)->head, "physics=%d", AE_PHYSICS_VERSION);
    return AE_OK;
}

void ae_hasher_free(struct ae_hasher *hasher)
{
    for (size_t i = 0; hasher && i < AE_N_PARAMS; i++) {
        ae_buffer_clear(&hasher->lists[i].numbers);
        ae_buffer_clear(&hasher->lists[i].text);
    }
    if (hasher) {
        ae_buffer_clear(&hasher->scratch);
        ae_buffer_clear(&hasher->identity);
        ae_buffer_clear(&hasher->seed_text);
    }
    free(hasher);
}

static void write_piece(enum ae_param_id id, struct ae_value value, struct ae_buffer *out)
{
    ae_buffer_printf(out, " %s=", ae_param_table[id].name);
    ae_value_format_identity(id, value, out);
}

/* Multiplication spreads the bits, also those of small integers, into the highest ones. */
static size_t slot_of(double x)
{
    uint64_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (size_t)((bits * 0x9e3779b97f4a7c15u) >> (64 - SLOT_BITS));
}

static void add_number(struct ae_hasher *h, enum ae_param_id id, struct ae_value value)
{
    struct piece *piece = &h->pieces[id][slot_of(value.x)];
    if (piece->is_known && memcmp(&piece->x, &value.x, sizeof value.x) == 0) {
        ae_buffer_append(&h->identity, piece->text, piece->n);
        return;
    }
    ae_buffer_rewind(&h->scratch);
    write_piece(id, value, &h->scratch);
    h->identity.failed = h->identity.failed || h->scratch.failed;
    if (h->identity.failed)
        return;
    ae_buffer_append(&h->identity, h->scratch.data, h->scratch.size);
    if (h->scratch.size > PIECE_SIZE)
        return;
    *piece = (struct piece){.x = value.x, .is_known = 1, .n = (uint8_t)h->scratch.size};
    memcpy(piece->text, h->scratch.data, h->scratch.size);
}

static void add_list(struct ae_hasher *h, enum ae_param_id id, struct ae_value value)
{
    struct ae_reals list = value.list;
    struct list_piece *piece = &h->lists[id];
    size_t size = list.n * sizeof *list.x;
    bool is_same = piece->is_known && piece->numbers.size == size &&
                   (size == 0 || memcmp(piece->numbers.data, list.x, size) == 0);
    if (!is_same) {
        ae_buffer_rewind(&piece->numbers);
        ae_buffer_rewind(&piece->text);
        if (size > 0)
            ae_buffer_append(&piece->numbers, list.x, size);
        write_piece(id, value, &piece->text);
        piece->is_known = !piece->numbers.failed && !piece->text.failed;
    }
    if (piece->is_known)
        ae_buffer_append(&h->identity, piece->text.data, piece->text.size);
    else
        h->identity.failed = true;
}

static void add_seed(struct ae_hasher *h, uint64_t seed)
{
    struct ae_buffer *text = &h->seed_text;
    if (text->size == 0 || h->seed != seed) {
        ae_buffer_rewind(text); /* empty again if this fails */
        ae_buffer_printf(text, " seed=%" PRIu64, seed);
        h->seed = seed;
    }
    h->identity.failed = h->identity.failed || text->failed;
    if (!h->identity.failed)
        ae_buffer_append(&h->identity, text->data, text->size);
}

enum ae_status ae_hasher_hash(struct ae_hasher *h, const struct ae_params *p, uint64_t *hash,
                              struct ae_error *err)
{
    ae_buffer_rewind(&h->identity);
    ae_buffer_append(&h->identity, h->head, strlen(h->head));
    for (int i = 0; i < AE_N_PARAMS; i++) {
        enum ae_param_id id = (enum ae_param_id)i;
        enum ae_param_type type = ae_param_table[id].type;
        if (!ae_param_table[id].acts(p))
            continue;
        struct ae_value value = ae_param_get_acting(p, id);
        if (type == AE_TYPE_REALS || type == AE_TYPE_START || value.list.n > 0)
            add_list(h, id, value);
        else
            add_number(h, id, value);
    }
    if (ae_params_are_random(p))
        add_seed(h, p->seed);
    enum ae_status rc = ae_buffer_status(&h->identity, err);
    if (rc == AE_OK)
        *hash = ae_hash(h->identity.data, h->identity.size);
    return rc;
}
