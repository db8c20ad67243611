/* Standard output, or a file written beside its target and then renamed. */
#define _XOPEN_SOURCE 700 /* realpath */
#include "aesweep/output.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 1 << 16 };

static enum ae_status fail_write(const struct ae_output *output, struct ae_error *err)
{
    return ae_fail(err, AE_EIO, "cannot write %s: %s",
                   output->path ? output->path : "to standard output", strerror(errno));
}

static enum ae_status open_beside(struct ae_output *output, struct ae_error *err)
{
    size_t size = strlen(output->path) + 32;
    output->temporary = ae_calloc(size, 1, 1);
    if (!output->temporary)
        return ae_fail_memory(err, size);
    (void)snprintf(output->temporary, size, "%s.%ld.tmp", output->path, (long)getpid());
    int fd = open(output->temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd >= 0)
        output->file = fdopen(fd, "w");
    if (output->file)
        return AE_OK;
    enum ae_status rc = fail_write(output, err);
    if (fd >= 0) {
        (void)close(fd);
        (void)unlink(output->temporary);
    }
    return rc;
}

enum ae_status ae_output_open(struct ae_output *output, const char *path, struct ae_error *err)
{
    *output = (struct ae_output){0};
    if (!path || strcmp(path, "-") == 0) {
        output->file = stdout;
        return AE_OK;
    }
    struct stat info;
    bool is_there = stat(path, &info) == 0;
    /* A link keeps pointing where it does; its target is replaced. */
    output->path = is_there ? realpath(path, NULL) : ae_text_copy(path, strlen(path));
    if (!output->path)
        return ae_fail(err, AE_EIO, "cannot write %s: %s", path, strerror(errno));
    if (!is_there || S_ISREG(info.st_mode))
        return open_beside(output, err);
    output->file = fopen(output->path, "w");
    return output->file ? AE_OK : fail_write(output, err);
}

static enum ae_status write_all(struct ae_output *output, struct ae_error *err)
{
    struct ae_buffer *text = &output->text;
    enum ae_status rc = ae_buffer_status(text, err);
    if (rc == AE_OK && text->size > 0 &&
        fwrite(text->data, 1, text->size, output->file) != text->size)
        rc = fail_write(output, err);
    ae_buffer_rewind(text);
    return rc;
}

enum ae_status ae_output_flush(struct ae_output *output, struct ae_error *err)
{
    if (!output->file || output->text.size < CHUNK)
        return ae_buffer_status(&output->text, err);
    return write_all(output, err);
}

/* Closes the file, so that a full disk shows, and renames it. */
static enum ae_status finish_file(struct ae_output *output, enum ae_status rc, struct ae_error *err)
{
    FILE *file = output->file;
    bool is_good = fflush(file) == 0 && (!output->temporary || fsync(fileno(file)) == 0);
    if (rc == AE_OK && !is_good)
        rc = fail_write(output, err);
    if (fclose(file) != 0 && rc == AE_OK)
        rc = fail_write(output, err);
    if (!output->temporary)
        return rc;
    if (rc == AE_OK && rename(output->temporary, output->path) != 0)
        rc = fail_write(output, err);
    if (rc != AE_OK)
        (void)unlink(output->temporary);
    return rc;
}

enum ae_status ae_output_close(struct ae_output *output, enum ae_status rc, struct ae_error *err)
{
    if (rc == AE_OK && output->file)
        rc = write_all(output, err);
    if (output->file && output->path)
        rc = finish_file(output, rc, err);
    else if (output->file && fflush(output->file) != 0 && rc == AE_OK)
        rc = fail_write(output, err);
    ae_buffer_clear(&output->text);
    free(output->path);
    free(output->temporary);
    *output = (struct ae_output){0};
    return rc;
}
