/* Where pictures, arrays and reports come from, in words. */
#include "aesweep/origin.h"

#include <inttypes.h>

#include "aesweep/hash.h"

enum ae_status ae_origin_hash(const struct ae_sweep *sweep, uint64_t *hash, struct ae_error *err)
{
    struct ae_buffer text = {0};
    ae_sweep_format(sweep, &text);
    enum ae_status rc = ae_buffer_status(&text, err);
    if (rc == AE_OK)
        *hash = ae_hash(text.data, text.size);
    ae_buffer_clear(&text);
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
