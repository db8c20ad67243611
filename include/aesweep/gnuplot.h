#ifndef AESWEEP_GNUPLOT_H
#define AESWEEP_GNUPLOT_H

/* gnuplot, a program of its own that is looked for when a picture is asked for. */

#include "aesweep/error.h"
#include "aesweep/memory.h"

/* Where gnuplot is, appended to `path`. AE_EIO if PATH has none, with what to do about it. */
enum ae_status ae_gnuplot_find(struct ae_buffer *path, struct ae_error *err);

/*
 * Runs `program` on the file `script` in folder `dir` with the gnuplot variable `picture` set to
 * that text, and waits for it. No shell takes part. AE_EIO if it cannot be run or does not succeed,
 * with the first line of what it said.
 */
enum ae_status ae_gnuplot_run(const char *program, const char *dir, const char *script,
                              const char *picture, struct ae_error *err);

#endif
