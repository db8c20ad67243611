/* Files of eigenvalues: any bytes are a spectrum or an error of one line. */
#include "fuzz.h"

#include <string.h>

#include "aesweep/eigenvalues.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ae_pool pool = {0};
    struct ae_error err = {0};
    struct ae_bytes text = {data, size};
    struct ae_value value = {.x = AE_DATA_FILE};
    enum ae_status rc = ae_eigenvalues_read_text("fuzz", text, &pool, &value.list, &err);
    REQUIRE(rc == AE_OK || rc == AE_EARG);
    if (rc == AE_OK)
        REQUIRE(ae_value_check(AE_PARAM_data, value, NULL) == AE_OK);
    else
        REQUIRE(value.list.n == 0 && strncmp(err.message, "fuzz:", 5) == 0 &&
                !strchr(err.message, '\n'));
    ae_pool_clear(&pool);
    return 0;
}
