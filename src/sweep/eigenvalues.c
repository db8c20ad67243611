/* Files of eigenvalues. */
#include "aesweep/eigenvalues.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/text_file.h"

struct reading {
    const char *path;
    size_t line;
    size_t n, capacity;
    double *r;
    size_t last_line;  /* of the value before */
    size_t blank_line; /* the first empty one behind it; 0 if none */
    struct ae_error *err;
};

/* What stands in a line, for a message of one line: at most 40 characters, none but printable. */
enum { SHOW_SIZE = 44 };
static const char *show(const char *text, size_t n, char shown[SHOW_SIZE])
{
    enum { MAX_SHOWN = 40 };
    (void)snprintf(shown, SHOW_SIZE, "%.*s%s", (int)(n < MAX_SHOWN ? n : MAX_SHOWN), text,
                   n > MAX_SHOWN ? "..." : "");
    for (char *c = shown; *c; c++)
        if (!isprint((unsigned char)*c))
            *c = '?';
    return shown;
}

static enum ae_status fail_line(const struct reading *f, const char *text, size_t n,
                                const char *why)
{
    char shown[SHOW_SIZE];
    return ae_fail(f->err, AE_EARG, "%s:%zu: '%s' %s", f->path, f->line, show(text, n, shown), why);
}

static enum ae_status keep(struct reading *f, double x)
{
    if (f->n == AE_EIGENVALUES_MAX)
        return ae_fail(f->err, AE_EARG, "%s:%zu: more than %d eigenvalues", f->path, f->line,
                       (int)AE_EIGENVALUES_MAX);
    if (f->n == f->capacity) {
        size_t capacity = f->capacity > 0 ? 2 * f->capacity : 256;
        double *r = ae_realloc(f->r, capacity, sizeof *r);
        if (!r)
            return ae_fail_memory(f->err, capacity * sizeof *r);
        f->r = r;
        f->capacity = capacity;
    }
    f->r[f->n++] = x == 0.0 ? 0.0 : x; /* no negative zero */
    f->last_line = f->line;
    return AE_OK;
}

/* One line without comment and blanks around it. */
static enum ae_status read_value(struct reading *f, const char *text, size_t n)
{
    char number[AE_NUMBER_SIZE * 4], before[AE_NUMBER_SIZE];
    double x;
    for (size_t i = 0; i < n; i++)
        if (text[i] == ' ' || text[i] == '\t' || text[i] == ',')
            return fail_line(f, text, n, "is more than one value; a line holds one eigenvalue");
    (void)snprintf(number, sizeof number, "%.*s", (int)n, text);
    bool is_number = n < sizeof number && ae_number_parse(number, &x);
    if (!is_number || !isfinite(x))
        return fail_line(f, text, n,
                         "is not a finite number; a line holds one eigenvalue, a number >= 0, or a "
                         "comment behind #");
    if (x < 0.0)
        return fail_line(f, text, n,
                         "is negative; an eigenvalue is a number >= 0 (write 0 for what is 0 but "
                         "for rounding)");
    if (f->blank_line > 0)
        return ae_fail(f->err, AE_EARG,
                       "%s:%zu: a line without a value between values; every direction has its "
                       "eigenvalue, 0 if it has no variance",
                       f->path, f->blank_line);
    if (f->n == 0 && x == 0.0)
        return fail_line(f, text, n, "stands first; the strongest eigenvalue is a number > 0");
    if (f->n > 0 && x > f->r[f->n - 1])
        return ae_fail(f->err, AE_EARG,
                       "%s:%zu: %s is larger than %s in line %zu; eigenvalues stand strongest "
                       "first (sort -gr)",
                       f->path, f->line, number, ae_number_format(f->r[f->n - 1], before),
                       f->last_line);
    return keep(f, x);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static enum ae_status read_line(struct reading *f, const char *text, size_t n)
{
    const char *comment = memchr(text, '#', n);
    size_t n_value = comment ? (size_t)(comment - text) : n;
    while (n_value > 0 && is_blank(text[n_value - 1]))
        n_value--;
    for (; n_value > 0 && is_blank(*text); n_value--)
        text++;
    if (n_value > 0)
        return read_value(f, text, n_value);
    if (!comment && f->n > 0 && f->blank_line == 0)
        f->blank_line = f->line;
    return AE_OK;
}

static enum ae_status read_lines(struct reading *f, const char *text, size_t size)
{
    enum ae_status rc = AE_OK;
    if (memchr(text, '\0', size))
        return ae_fail(f->err, AE_EARG,
                       "%s: not a text file; eigenvalues are written one a line, strongest first",
                       f->path);
    for (size_t at = 0; at < size && rc == AE_OK;) {
        const char *end = memchr(text + at, '\n', size - at);
        size_t n = end ? (size_t)(end - (text + at)) : size - at;
        f->line++;
        rc = read_line(f, text + at, n);
        at += n + 1;
    }
    if (rc == AE_OK && f->n == 0)
        return ae_fail(f->err, AE_EARG,
                       "%s: no eigenvalue in it; they are written one a line, strongest first",
                       f->path);
    return rc;
}

enum ae_status ae_eigenvalues_read_text(const char *path, struct ae_bytes text,
                                        struct ae_pool *pool, struct ae_reals *r,
                                        struct ae_error *err)
{
    struct reading f = {.path = path, .err = err};
    double *kept = NULL;
    enum ae_status rc = read_lines(&f, text.data, text.size);
    if (rc == AE_OK)
        rc = ae_pool_take(pool, f.n, &kept, err);
    if (rc == AE_OK) {
        memcpy(kept, f.r, f.n * sizeof *kept);
        *r = (struct ae_reals){f.n, kept};
    }
    free(f.r);
    return rc;
}

enum ae_status ae_eigenvalues_read(const char *path, struct ae_pool *pool, struct ae_reals *r,
                                   struct ae_error *err)
{
    struct ae_buffer text = {0};
    enum ae_status rc =
        ae_text_file_read(path, "a list of eigenvalues", AE_EIGENVALUES_MAX_BYTES, &text, err);
    if (rc == AE_OK)
        rc = ae_eigenvalues_read_text(
            path, (struct ae_bytes){text.data ? text.data : "", text.size}, pool, r, err);
    ae_buffer_clear(&text);
    return rc;
}
