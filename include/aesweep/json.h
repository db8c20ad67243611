#ifndef AESWEEP_JSON_H
#define AESWEEP_JSON_H

/* Values as JSON (RFC 8259). */

#include "aesweep/memory.h"
#include "aesweep/params.h"

/* A string, escaped so that it is one of YAML as well (in double quotes, on one line). text is UTF-8;
 * other bytes stay as they are. */
void ae_json_text(const char *text, struct ae_buffer *out);
/* JSON has no nan and no inf: they stand as strings. */
void ae_json_number(double x, struct ae_buffer *out);
/* Numbers, flags, lists and weights to start from as they are (an object with the keys of the
 * sweep file); words as strings. */
void ae_json_param(enum ae_param_id id, struct ae_value value, struct ae_buffer *out);

#endif
