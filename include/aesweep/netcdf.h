#ifndef AESWEEP_NETCDF_H
#define AESWEEP_NETCDF_H

/*
 * A netCDF file that appears only when it is complete. The first failure is kept, later calls do
 * nothing: code may define and write many times and check once, at the end. The format is netCDF's
 * classic one, which every reader knows, in its 64-bit variants: the library's HDF5 crashes at exit
 * after a full disk.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aesweep/error.h"
#include "aesweep/memory.h"

enum ae_netcdf_type {
    AE_NETCDF_REAL,   /* double, absent values nan */
    AE_NETCDF_COUNT,  /* 32-bit integer, never absent */
    AE_NETCDF_CODE,   /* 8-bit integer: flags and enumerations */
    AE_NETCDF_STRING, /* characters; absent values "" */
    AE_N_NETCDF_TYPES
};

enum { AE_NETCDF_MAX_DIMS = 64, AE_NETCDF_GLOBAL = -1 /* as a variable: attributes of the file */ };

struct ae_netcdf;

/* Begins a file beside `path`, none of whose variables has more than `largest` bytes. *file is owned
 * by the caller, who ends it with ae_netcdf_close. AE_EARG if `path` is "-"; AE_EIO, AE_ENOMEM. */
enum ae_status ae_netcdf_new(struct ae_netcdf **file, const char *path, size_t largest,
                             struct ae_error *err);
/* Ends and frees the file (NULL is accepted): if rc is AE_OK and nothing failed it gets its name,
 * else it is removed. Returns rc, or what failed. */
enum ae_status ae_netcdf_close(struct ae_netcdf *file, enum ae_status rc, struct ae_error *err);
/* What has failed so far. */
enum ae_status ae_netcdf_status(const struct ae_netcdf *file, struct ae_error *err);

/* A dimension of length n >= 1; returns its number. */
int ae_netcdf_dim(struct ae_netcdf *file, const char *name, size_t n);
/* A variable over n_dims dimensions (0: one value), slowest first; returns its number. Values never
 * written are absent. `longest` is that of its texts, and only counts for them. `meaning` becomes
 * its long_name. */
int ae_netcdf_var(struct ae_netcdf *file, const char *name, enum ae_netcdf_type type,
                  size_t longest, size_t n_dims, const int *dims, const char *meaning);
void ae_netcdf_attribute(struct ae_netcdf *file, int var, const char *name, const char *text);
/* The meaning of each number of an AE_NETCDF_CODE: flag_values from `first` on, flag_meanings, words
 * parted by blanks. */
void ae_netcdf_flags(struct ae_netcdf *file, int var, int first, const char *words);

/* Write the block that begins at `start` and has `count` values along each dimension of the variable,
 * row-major; both may be NULL for the whole of it. Numbers are converted to the variable's type. */
void ae_netcdf_put(struct ae_netcdf *file, int var, const size_t *start, const size_t *count,
                   const double *x);
/* All n values of an AE_NETCDF_STRING. */
void ae_netcdf_put_texts(struct ae_netcdf *file, int var, size_t n, const char *const *texts);

#endif
