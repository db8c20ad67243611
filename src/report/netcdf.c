/* The only file that sees the netCDF library. */
#include "aesweep/netcdf.h"

#include <errno.h>
#include <math.h>
#include <netcdf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct ae_netcdf {
    int id;
    bool is_open, is_defined; /* in define mode until the first value is written */
    char *path, *temporary;
    struct ae_error err; /* the first failure; code AE_OK: none */
};

/* Keeps the first failure. Where the system failed, errno says it best. */
static bool check(struct ae_netcdf *f, int code)
{
    if (f->err.code != AE_OK || code == NC_NOERR)
        return f->err.code == AE_OK;
    int system = errno;
    if (code == NC_ENOMEM)
        ae_fail(&f->err, AE_ENOMEM, "out of memory for %s", f->path);
    else
        ae_fail(&f->err, AE_EIO, "cannot write %s: %s", f->path,
                system != 0 ? strerror(system) : nc_strerror(code));
    return false;
}

static bool is_good(struct ae_netcdf *f)
{
    errno = 0;
    return f->err.code == AE_OK;
}

/* In the 64-bit-offset format no variable may reach 4 GB; what holds more is younger and less widely
 * read. */
static int format_for(size_t largest)
{
    return largest < (size_t)1 << 31 ? NC_64BIT_OFFSET : NC_64BIT_DATA;
}

enum ae_status ae_netcdf_new(struct ae_netcdf **file, const char *path, size_t largest,
                             struct ae_error *err)
{
    *file = NULL;
    if (strcmp(path, "-") == 0)
        return ae_fail(err, AE_EARG, "-o -: netCDF needs a file of its own, not standard output");
    struct ae_netcdf *f = ae_calloc(1, 1, sizeof *f);
    if (!f)
        return ae_fail_memory(err, sizeof *f);
    size_t size = strlen(path) + 32;
    f->path = ae_text_copy(path, strlen(path));
    f->temporary = ae_calloc(size, 1, 1);
    if (!f->path || !f->temporary) {
        (void)ae_netcdf_close(f, AE_ENOMEM, NULL);
        return ae_fail_memory(err, size);
    }
    (void)snprintf(f->temporary, size, "%s.%ld.tmp", path, (long)getpid());
    errno = 0;
    f->is_open = check(f, nc_create(f->temporary, format_for(largest) | NC_CLOBBER, &f->id));
    if (!f->is_open)
        return ae_netcdf_close(f, AE_OK, err);
    *file = f;
    return AE_OK;
}

enum ae_status ae_netcdf_close(struct ae_netcdf *f, enum ae_status rc, struct ae_error *err)
{
    if (!f)
        return rc;
    if (f->is_open) {
        errno = 0;
        (void)check(f, nc_close(f->id));
    }
    if (rc == AE_OK)
        rc = ae_netcdf_status(f, err);
    if (rc == AE_OK && rename(f->temporary, f->path) != 0)
        rc = ae_fail(err, AE_EIO, "cannot write %s: %s", f->path, strerror(errno));
    if (rc != AE_OK && f->temporary)
        (void)unlink(f->temporary);
    free(f->path);
    free(f->temporary);
    free(f);
    return rc;
}

enum ae_status ae_netcdf_status(const struct ae_netcdf *f, struct ae_error *err)
{
    return f->err.code == AE_OK ? AE_OK : ae_fail(err, f->err.code, "%s", f->err.message);
}

int ae_netcdf_dim(struct ae_netcdf *f, const char *name, size_t n)
{
    int dim = 0;
    if (is_good(f))
        (void)check(f, nc_def_dim(f->id, name, n, &dim));
    return dim;
}

/* The dimension of texts of that length. */
static int text_dim(struct ae_netcdf *f, size_t longest)
{
    char name[32];
    int dim = 0;
    (void)snprintf(name, sizeof name, "string%zu", longest);
    if (is_good(f) && nc_inq_dimid(f->id, name, &dim) != NC_NOERR)
        dim = ae_netcdf_dim(f, name, longest);
    return dim;
}

int ae_netcdf_var(struct ae_netcdf *f, const char *name, enum ae_netcdf_type type, size_t longest,
                  size_t n_dims, const int *dims, const char *meaning)
{
    static const nc_type types[AE_N_NETCDF_TYPES] = {NC_DOUBLE, NC_INT, NC_BYTE, NC_CHAR};
    const double absent = (double)NAN;
    int var = 0, all[AE_NETCDF_MAX_DIMS] = {0};
    for (size_t k = 0; k < n_dims; k++)
        all[k] = dims[k];
    if (type == AE_NETCDF_STRING)
        all[n_dims++] = text_dim(f, longest > 0 ? longest : 1);
    if (is_good(f))
        (void)check(f, nc_def_var(f->id, name, types[type], (int)n_dims, all, &var));
    if (is_good(f) && type == AE_NETCDF_REAL)
        (void)check(f, nc_put_att_double(f->id, var, "_FillValue", NC_DOUBLE, 1, &absent));
    if (type == AE_NETCDF_STRING)
        ae_netcdf_attribute(f, var, "_Encoding", "utf-8");
    ae_netcdf_attribute(f, var, "long_name", meaning);
    return var;
}

void ae_netcdf_attribute(struct ae_netcdf *f, int var, const char *name, const char *text)
{
    int owner = var == AE_NETCDF_GLOBAL ? NC_GLOBAL : var;
    if (is_good(f))
        (void)check(f, nc_put_att_text(f->id, owner, name, strlen(text), text));
}

void ae_netcdf_flags(struct ae_netcdf *f, int var, int first, const char *words)
{
    signed char values[64];
    size_t n = 0;
    for (const char *at = words; at && n < sizeof values; n++) {
        values[n] = (signed char)(first + (int)n);
        at = strchr(at, ' ');
        at = at ? at + 1 : NULL;
    }
    if (is_good(f))
        (void)check(f, nc_put_att_schar(f->id, var, "flag_values", NC_BYTE, n, values));
    ae_netcdf_attribute(f, var, "flag_meanings", words);
}

/* Definitions end before values are written. */
static void end_definitions(struct ae_netcdf *f)
{
    if (is_good(f) && !f->is_defined)
        f->is_defined = check(f, nc_enddef(f->id));
}

void ae_netcdf_put(struct ae_netcdf *f, int var, const size_t *start, const size_t *count,
                   const double *x)
{
    end_definitions(f);
    if (!is_good(f))
        return;
    (void)check(f, start ? nc_put_vara_double(f->id, var, start, count, x)
                         : nc_put_var_double(f->id, var, x));
}

/* The length of a variable's texts. */
static size_t text_length(struct ae_netcdf *f, int var)
{
    int n_dims = 0, dims[AE_NETCDF_MAX_DIMS] = {0};
    size_t length = 0;
    if (is_good(f) && check(f, nc_inq_varndims(f->id, var, &n_dims)) &&
        check(f, nc_inq_vardimid(f->id, var, dims)))
        (void)check(f, nc_inq_dimlen(f->id, dims[n_dims - 1], &length));
    return length;
}

void ae_netcdf_put_texts(struct ae_netcdf *f, int var, size_t n, const char *const *texts)
{
    end_definitions(f);
    size_t length = text_length(f, var);
    char *block = ae_calloc(n, length, 1);
    if (!block && f->err.code == AE_OK)
        ae_fail_memory(&f->err, n * length);
    if (block && is_good(f)) {
        for (size_t i = 0; i < n; i++)
            memcpy(block + i * length, texts[i], strnlen(texts[i], length));
        (void)check(f, nc_put_var_text(f->id, var, block));
    }
    free(block);
}
