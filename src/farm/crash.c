/* Reading the reports that signals.c writes. No MPI here. */
#include "aesweep/crash.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { LINE_SIZE = 1100 };

/* crash.RANK */
static bool is_report(const char *name)
{
    static const char prefix[] = "crash.";
    size_t n = strlen(prefix);
    return strncmp(name, prefix, n) == 0 && name[n] &&
           strspn(name + n, "0123456789") == strlen(name + n);
}

static enum ae_status read_line(char *line, ae_crash_fn *visit, void *ctx, struct ae_error *err)
{
    char host[LINE_SIZE];
    struct ae_crash crash = {.host = host};
    int at = 0;
    char *end = strchr(line, '\n');
    if (!end ||
        sscanf(line, "signal %d rank %u host %1099[^:\n]: %n", &crash.signal, &crash.rank, host,
               &at) != 3 ||
        at == 0)
        return AE_OK;
    *end = '\0';
    crash.name = line + at;
    return visit(ctx, &crash, err);
}

static enum ae_status read_report(int dir, const char *name, ae_crash_fn *visit, void *ctx,
                                  struct ae_error *err)
{
    int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    if (!file) {
        enum ae_status rc = ae_fail(err, AE_EIO, "%s: %s", name, strerror(errno));
        if (fd >= 0)
            (void)close(fd);
        return rc;
    }
    char line[LINE_SIZE];
    enum ae_status rc = AE_OK;
    while (rc == AE_OK && fgets(line, sizeof line, file))
        rc = read_line(line, visit, ctx, err);
    if (rc == AE_OK && ferror(file))
        rc = ae_fail(err, AE_EIO, "%s: %s", name, strerror(errno));
    (void)fclose(file); /* it was read only */
    return rc;
}

/* Reads (visit) or removes (NULL) every report. */
static enum ae_status each_file(const char *folder, ae_crash_fn *visit, void *ctx,
                                struct ae_error *err)
{
    DIR *dir = opendir(folder);
    if (!dir)
        return ae_fail(err, AE_EIO, "%s: %s", folder, strerror(errno));
    enum ae_status rc = AE_OK;
    const struct dirent *entry = NULL;
    while (rc == AE_OK && (entry = readdir(dir))) {
        if (!is_report(entry->d_name))
            continue;
        if (visit)
            rc = read_report(dirfd(dir), entry->d_name, visit, ctx, err);
        else if (unlinkat(dirfd(dir), entry->d_name, 0) != 0)
            rc = ae_fail(err, AE_EIO, "%s: %s", entry->d_name, strerror(errno));
        if (rc == AE_EIO)
            (void)ae_error_prefix(err, "%s", folder);
    }
    (void)closedir(dir);
    return rc;
}

enum ae_status ae_crash_each(const char *folder, ae_crash_fn *visit, void *ctx,
                             struct ae_error *err)
{
    return each_file(folder, visit, ctx, err);
}

enum ae_status ae_crash_forget(const char *folder, struct ae_error *err)
{
    return each_file(folder, NULL, NULL, err);
}
