#ifndef AESWEEP_TEXT_FILE_H
#define AESWEEP_TEXT_FILE_H

/* Files that a user wrote, read as a whole. */

#include "aesweep/error.h"
#include "aesweep/memory.h"

/*
 * Appends what stands in the file. `what` says what it should be, for the message about a folder:
 * "a sweep". AE_EARG with `PATH: ...` if it cannot be read or has more than max_bytes (devices have
 * no end); AE_ENOMEM, AE_EIO if the system has failed.
 */
enum ae_status ae_text_file_read(const char *path, const char *what, size_t max_bytes,
                                 struct ae_buffer *text, struct ae_error *err);

#endif
