/* Result columns by name. */
#include "aesweep/column.h"

#include <assert.h>
#include <math.h>
#include <string.h>

const struct ae_column_info ae_column_table[AE_N_COLUMNS] = {
#define INFO(name, kind, meaning) {#name, AE_COLUMN_##kind, meaning},
    AE_COLUMN_LIST(INFO)
#undef INFO
};

bool ae_column_is_known(enum ae_column_id id, const struct ae_row *row)
{
    bool may_lack = id == AE_COLUMN_ID_z_score || id == AE_COLUMN_ID_pmse_train;
    return !may_lack || !isnan(ae_column_get(id, row));
}

double ae_column_get(enum ae_column_id id, const struct ae_row *row)
{
    const struct ae_summary *s = &row->summary;
    switch (id) {
    case AE_COLUMN_ID_phase:
        return (double)row->phase;
    case AE_COLUMN_ID_pmse:
        return s->pmse;
    case AE_COLUMN_ID_pca:
        return s->pca;
    case AE_COLUMN_ID_excess:
        return s->excess;
    case AE_COLUMN_ID_learned:
        return s->learned;
    case AE_COLUMN_ID_found:
        return s->found;
    case AE_COLUMN_ID_alignment:
        return s->alignment;
    case AE_COLUMN_ID_converged:
        return row->is_converged ? 1.0 : 0.0;
    case AE_COLUMN_ID_steps:
        return s->steps;
    case AE_COLUMN_ID_t_end:
        return s->t_end;
    case AE_COLUMN_ID_encoder_scale:
        return s->encoder_scale;
    case AE_COLUMN_ID_decoder_scale:
        return s->decoder_scale;
    case AE_COLUMN_ID_bias_rms:
        return s->bias_rms;
    case AE_COLUMN_ID_z_score:
        return row->z_score;
    case AE_COLUMN_ID_pmse_train:
        return s->pmse_train;
    case AE_COLUMN_ID_escape:
    case AE_N_COLUMNS:
        break;
    }
    assert(false && "no summary holds this column"); /* a column that no summary holds */
    return 0.0;
}

static enum ae_status fail_unknown(const char *name, struct ae_error *err)
{
    const char *names[AE_N_COLUMNS + 1] = {NULL};
    struct ae_buffer list = {0};
    for (size_t i = 0; i < AE_N_COLUMNS; i++) {
        names[i] =
            ae_column_table[i].kind == AE_COLUMN_ESCAPE ? "escape_1" : ae_column_table[i].name;
        ae_buffer_printf(&list, "%s%s", i > 0 ? ", " : "",
                         ae_column_table[i].kind == AE_COLUMN_ESCAPE ? "escape_1, escape_2, ..."
                                                                     : names[i]);
    }
    const char *near = ae_nearest(name, names);
    ae_fail(err, AE_EARG, "unknown value '%.60s'; there are %s%s%s%s", name,
            list.data ? list.data : "", near ? "; did you mean '" : "", near ? near : "",
            near ? "'?" : "");
    ae_buffer_clear(&list);
    return AE_EARG;
}

enum ae_status ae_column_find(const char *name, struct ae_value_ref *ref, struct ae_error *err)
{
    for (size_t i = 0; i < AE_N_COLUMNS; i++) {
        const char *own = ae_column_table[i].name;
        size_t n = strlen(own);
        *ref = (struct ae_value_ref){.id = (enum ae_column_id)i};
        if (ae_column_table[i].kind != AE_COLUMN_ESCAPE) {
            if (strcmp(own, name) == 0)
                return AE_OK;
            continue;
        }
        if (strncmp(own, name, n) != 0 || name[n] != '_')
            continue;
        const char *digits = name + n + 1;
        size_t n_digits = strlen(digits);
        if (n_digits == 0 || n_digits > 6 || strspn(digits, "0123456789") != n_digits)
            continue;
        for (; *digits; digits++)
            ref->k = 10 * ref->k + (size_t)(*digits - '0');
        if (ref->k > 0)
            return AE_OK;
    }
    return fail_unknown(name, err);
}
