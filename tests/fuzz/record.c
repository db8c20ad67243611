/* What ranks send each other and what the database keeps as bytes. The first byte says which. */
#include "fuzz.h"

#include <string.h>

#include "aesweep/params.h"
#include "aesweep/point.h"
#include "aesweep/record.h"

static void try_record(struct ae_bytes in)
{
    struct ae_record record = {0};
    struct ae_buffer again = {0};
    if (ae_record_unpack(in, &record, NULL) == AE_OK) {
        ae_record_pack(&record, &again);
        REQUIRE(again.size == in.size && memcmp(again.data, in.data, in.size) == 0);
    }
    ae_buffer_clear(&again);
    ae_record_clear(&record);
}

static void try_params(struct ae_bytes in)
{
    struct ae_params p;
    double *storage = NULL;
    struct ae_buffer text = {0};
    if (ae_params_unpack(in, &p, &storage, NULL) == AE_OK) {
        ae_params_format(&p, &text);
        REQUIRE(text.size > 0);
    }
    ae_buffer_clear(&text);
    free(storage);
}

static void try_point(struct ae_bytes in)
{
    struct ae_reader reader = ae_reader_of(in);
    struct ae_point_result result;
    while (ae_point_take(&reader, &result, NULL) == AE_OK) {
        REQUIRE(strlen(result.reason) + result.record.size < in.size);
        try_record(result.record);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    /* Of its own size and place: what stands before belongs to nobody. */
    struct ae_bytes in = {.data = data + 1, .size = size - 1};
    switch (data[0] % 3) {
    case 0:
        try_record(in);
        break;
    case 1:
        try_params(in);
        break;
    default:
        try_point(in);
        break;
    }
    return 0;
}
