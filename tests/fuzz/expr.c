/* Conditions as users write them: any text is a condition or an error with a message. */
#include "fuzz.h"

#include <string.h>

#include "aesweep/expr.h"
#include "aesweep/memory.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ae_expr *expr = NULL;
    struct ae_error err = {0};
    struct ae_params p;
    char *text = ae_text_copy((const char *)data, size);
    REQUIRE(text);
    enum ae_status rc = ae_expr_new(&expr, text, &err);
    REQUIRE((rc == AE_OK) == (expr != NULL));
    REQUIRE(rc == AE_OK || err.message[0]);
    ae_params_init(&p);
    if (rc == AE_OK)
        REQUIRE(ae_expr_holds(expr, &p) == ae_expr_holds(expr, &p));
    ae_expr_free(expr);
    free(text);
    return 0;
}
