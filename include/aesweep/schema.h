#ifndef AESWEEP_SCHEMA_H
#define AESWEEP_SCHEMA_H

/*
 * JSON Schema (draft 2020-12) of one document of a sweep file, from the list of parameters: editors
 * complete and check with it. It knows names, types and ranges; what values mean together is
 * checked by the reader.
 */

#include "aesweep/memory.h"

void ae_schema_write(struct ae_buffer *out);

#endif
