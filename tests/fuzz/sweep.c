/* Sweep files. One that is accepted is written out, read again, and is the same. */
#include "fuzz.h"

#include <string.h>

#include "aesweep/sweep.h"

/* Values written out one by one make a long text; its reading is no slower, but the fuzzer would call
 * it a hang. */
static bool is_short(const struct ae_sweep *sweep)
{
    size_t n = 0;
    for (size_t k = 0; k < ae_sweep_n_axes(sweep); k++)
        n += ae_sweep_axis(sweep, k).n;
    return n < 20000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ae_sweep *sweep = NULL, *again = NULL;
    struct ae_buffer text = {0}, text_again = {0};
    struct ae_error err = {0};
    enum ae_status rc = ae_sweep_read_text(&sweep, (const char *)data, size, "fuzz", &err);
    REQUIRE((rc == AE_OK) == (sweep != NULL));
    REQUIRE(rc == AE_OK || err.message[0]);
    if (rc == AE_OK && is_short(sweep)) {
        ae_sweep_format(sweep, &text);
        REQUIRE(!text.failed);
        REQUIRE(ae_sweep_read_text(&again, text.data, text.size, "again", NULL) == AE_OK);
        ae_sweep_format(again, &text_again);
        REQUIRE(strcmp(text.data, text_again.data) == 0);
        REQUIRE(ae_sweep_n_points(sweep) == ae_sweep_n_points(again));
    }
    ae_buffer_clear(&text);
    ae_buffer_clear(&text_again);
    ae_sweep_free(sweep);
    ae_sweep_free(again);
    return 0;
}
