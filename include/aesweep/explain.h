#ifndef AESWEEP_EXPLAIN_H
#define AESWEEP_EXPLAIN_H

/* What `aesweep help PARAMETER` and the schema say beyond the list of parameters. */

#include "aesweep/params.h"

struct ae_explanation {
    const char *acts;     /* on which points it changes the results; "" = on all */
    const char *equation; /* where it stands in the equations of src/physics/README.md; lines */
    const char *example;  /* a piece of a sweep file that is a sweep file by itself; lines */
};

/* NULL for a parameter that is not explained. */
const struct ae_explanation *ae_explain(enum ae_param_id id);

#endif
