/* Reading whole files. */
#include "aesweep/text_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* The name may be wrong, or the system has failed: that is another exit status. */
static enum ae_status fail_read(const char *path, struct ae_error *err)
{
    int code = errno;
    enum ae_status rc = AE_EARG;
    if (code == ENOMEM)
        rc = AE_ENOMEM;
    else if (code == EIO || code == EMFILE || code == ENFILE)
        rc = AE_EIO;
    return ae_fail(err, rc, "%s: cannot be read: %s", path, strerror(code));
}

static enum ae_status read_all(FILE *file, const char *path, const char *what, size_t max_bytes,
                               struct ae_buffer *text, struct ae_error *err)
{
    char part[1 << 14];
    size_t n;
    struct stat status;
    if (fstat(fileno(file), &status) == 0 && S_ISDIR(status.st_mode))
        return ae_fail(err, AE_EARG, "%s: a folder; %s is a file", path, what);
    while ((n = fread(part, 1, sizeof part, file)) > 0) {
        ae_buffer_append(text, part, n);
        if (text->size > max_bytes)
            return ae_fail(err, AE_EARG, "%s: larger than %zu MB", path, max_bytes >> 20);
    }
    if (ferror(file))
        return fail_read(path, err);
    return ae_buffer_status(text, err);
}

enum ae_status ae_text_file_read(const char *path, const char *what, size_t max_bytes,
                                 struct ae_buffer *text, struct ae_error *err)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        return fail_read(path, err);
    enum ae_status rc = read_all(file, path, what, max_bytes, text, err);
    (void)fclose(file); /* only read from */
    return rc;
}
