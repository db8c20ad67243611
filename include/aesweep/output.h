#ifndef AESWEEP_OUTPUT_H
#define AESWEEP_OUTPUT_H

/* Where a report goes: standard output, or a file that appears only when it is complete. */

#include <stdbool.h>

#include "aesweep/error.h"
#include "aesweep/memory.h"

/* Reports append to `text`; ae_output_flush hands on what has gathered. With {0} all stays in
 * `text`. */
struct ae_output {
    struct ae_buffer text;
    void *file;      /* FILE of stdio */
    char *path;      /* NULL for standard output */
    char *temporary; /* what is renamed to path at the end; NULL if path is written directly */
};

/* path NULL or "-": standard output. A file is written beside its target and renamed by close; what
 * is no regular file (a pipe, /dev/null) is written directly. AE_EIO, AE_ENOMEM. */
enum ae_status ae_output_open(struct ae_output *output, const char *path, struct ae_error *err);
/* Writes out `text` once it is large; also the place where a full disk or lack of memory shows. */
enum ae_status ae_output_flush(struct ae_output *output, struct ae_error *err);
/* Ends the output in any case: if rc is AE_OK writes the rest and renames, else removes what was
 * written. Returns rc, or AE_EIO, AE_ENOMEM if the end fails. */
enum ae_status ae_output_close(struct ae_output *output, enum ae_status rc, struct ae_error *err);

#endif
