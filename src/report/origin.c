/* Where pictures, arrays and reports come from, in words. */
#include "aesweep/origin.h"

#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

#include "aesweep/hash.h"

/* Is it a line `  name: value` of a parameter at its default? `text` may be used. */
static bool is_default(const char *line, size_t n, struct ae_buffer *text)
{
    struct ae_params defaults;
    ae_params_init(&defaults);
    for (int i = 0; i < AE_N_PARAMS; i++) {
        enum ae_param_id id = (enum ae_param_id)i;
        size_t n_name = strlen(ae_param_table[i].name);
        if (n < n_name + 4 || strncmp(line + 2, ae_param_table[i].name, n_name) != 0 ||
            line[2 + n_name] != ':')
            continue;
        ae_buffer_rewind(text);
        ae_buffer_printf(text, "  %s: ", ae_param_table[i].name);
        ae_value_format(id, ae_param_get(&defaults, id), text);
        return text->size == n && strncmp(text->data, line, n) == 0;
    }
    return false;
}

/* The sweep without what is at its default: a parameter that comes to the program later changes
 * nothing. */
static void write_essence(const char *sweep, struct ae_buffer *out)
{
    struct ae_buffer text = {0};
    for (const char *line = sweep; *line;) {
        size_t n = strcspn(line, "\n");
        if (!is_default(line, n, &text)) {
            ae_buffer_append(out, line, n);
            ae_buffer_text(out, "\n");
        }
        line += n + (line[n] == '\n');
    }
    out->failed = out->failed || text.failed;
    ae_buffer_clear(&text);
}

enum ae_status ae_origin_hash(const struct ae_sweep *sweep, uint64_t *hash, struct ae_error *err)
{
    struct ae_buffer text = {0}, essence = {0};
    ae_sweep_format(sweep, &text);
    enum ae_status rc = ae_buffer_status(&text, err);
    if (rc == AE_OK) {
        write_essence(text.data, &essence);
        rc = ae_buffer_status(&essence, err);
    }
    if (rc == AE_OK)
        *hash = ae_hash(essence.data, essence.size);
    ae_buffer_clear(&text);
    ae_buffer_clear(&essence);
    return rc;
}

enum ae_status ae_origin_text(const struct ae_sweep *sweep, struct ae_buffer *out,
                              struct ae_error *err)
{
    uint64_t hash = 0;
    enum ae_status rc = ae_origin_hash(sweep, &hash, err);
    if (rc != AE_OK)
        return rc;
    ae_buffer_printf(out, "%s, sweep %016" PRIx64 ", aesweep " AE_VERSION ", physics %d",
                     ae_sweep_name(sweep), hash, AE_PHYSICS_VERSION);
    return ae_buffer_status(out, err);
}
