#ifndef AESWEEP_ARRAYS_INTERNAL_H
#define AESWEEP_ARRAYS_INTERNAL_H

/* Between the files that make arrays. */

#include "aesweep/arrays.h"

/* Values of the parameters: one number for the file where they do not vary, one for each place on
 * an axis, else one for each cell. */
struct ae_array_labels;
enum ae_status ae_array_labels_new(struct ae_array_labels **labels, const struct ae_arrays *arrays,
                                   struct ae_error *err);
void ae_array_labels_free(struct ae_array_labels *labels);
/* Defines their variables; those that are no axes are named in `coordinates`, parted by blanks. */
void ae_array_labels_define(struct ae_array_labels *labels, const struct ae_arrays *arrays,
                            struct ae_buffer *coordinates);
enum ae_status ae_array_labels_put(const struct ae_array_labels *labels,
                                   const struct ae_arrays *arrays, struct ae_error *err);

#endif
