/* The file `status` of a results folder: written beside its place and renamed. */
#include "aesweep/bulletin.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "aesweep/memory.h"
#include "aesweep/number.h"

#define FILE_NAME  "/status"
#define FIRST_LINE "aesweep status 1" /* the number is that of the format */
enum { MAX_SIZE = 16384 };            /* of a file worth reading */

static char *path_in(const char *dir, const char *name, struct ae_error *err)
{
    struct ae_buffer path = {0};
    ae_buffer_printf(&path, "%s%s", dir, name);
    if (ae_buffer_status(&path, err) != AE_OK)
        ae_buffer_clear(&path);
    return path.data;
}

void ae_bulletin_set(char line[AE_BULLETIN_LINE], const char *text)
{
    size_t n = strlen(text);
    if (n > AE_BULLETIN_LINE - 1)
        n = AE_BULLETIN_LINE - 1;
    while (n > 0 && n < strlen(text) && ((unsigned char)text[n] & 0xc0) == 0x80)
        n--; /* not inside a letter */
    memcpy(line, text, n);
    line[n] = '\0';
    for (char *at = line; *at; at++)
        if (*at == '\n' || *at == '\r')
            *at = ' ';
}

/* ---- writing ---- */

static void put_count(struct ae_buffer *out, const char *key, size_t n)
{
    ae_buffer_printf(out, "%s %zu\n", key, n);
}

static void put_real(struct ae_buffer *out, const char *key, double x)
{
    char text[AE_NUMBER_SIZE];
    if (isfinite(x))
        ae_buffer_printf(out, "%s %s\n", key, ae_number_format(x, text));
}

static void put_text(struct ae_buffer *out, const char *key, const char *text)
{
    if (text[0] != '\0')
        ae_buffer_printf(out, "%s %s\n", key, text);
}

static void format(const struct ae_bulletin *b, struct ae_buffer *out)
{
    char date[64] = "?";
    time_t now = time(NULL);
    struct tm utc;
    if (gmtime_r(&now, &utc))
        (void)strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%SZ", &utc);
    ae_buffer_text(out, FIRST_LINE "\n");
    put_text(out, "heartbeat", date);
    put_text(out, "sweep", b->sweep);
    put_text(out, "run", b->run);
    put_count(out, "ranks", b->n_ranks);
    put_count(out, "needed", b->n_needed);
    put_count(out, "done", b->n_done);
    put_count(out, "failed", b->n_failed);
    put_count(out, "under_way", b->n_under_way);
    put_count(out, "suspects", b->n_suspects);
    put_count(out, "saved", b->n_saved);
    put_count(out, "new", b->n_new);
    put_real(out, "seconds", b->wall_s);
    put_real(out, "rate", b->rate);
    put_real(out, "left_seconds", b->left_s);
    put_real(out, "slowest_seconds", b->slowest_s);
    put_text(out, "slowest", b->slowest);
    for (size_t i = 0; i < b->n_groups; i++)
        ae_buffer_printf(out, "phase %s %zu\n", b->groups[i].word, b->groups[i].n);
    for (size_t i = 0; i < b->n_failures; i++)
        put_text(out, "failure", b->failures[i]);
}

static enum ae_status write_file(const char *path, struct ae_bytes text, struct ae_error *err)
{
    FILE *file = fopen(path, "w");
    if (!file)
        return ae_fail(err, AE_EIO, "%s: %s", path, strerror(errno));
    bool is_good = fwrite(text.data, 1, text.size, file) == text.size;
    int saved = errno;
    if (fclose(file) != 0 && is_good) {
        is_good = false;
        saved = errno;
    }
    if (is_good)
        return AE_OK;
    (void)unlink(path);
    return ae_fail(err, AE_EIO, "%s: %s", path, strerror(saved));
}

enum ae_status ae_bulletin_write(const char *dir, const struct ae_bulletin *bulletin,
                                 struct ae_error *err)
{
    struct ae_buffer text = {0};
    char *path = path_in(dir, FILE_NAME, err), *fresh = path_in(dir, FILE_NAME ".new", err);
    format(bulletin, &text);
    enum ae_status rc = path && fresh ? ae_buffer_status(&text, err) : AE_ENOMEM;
    if (rc == AE_OK)
        rc = write_file(fresh, ae_buffer_bytes(&text), err);
    if (rc == AE_OK && rename(fresh, path) != 0)
        rc = ae_fail(err, AE_EIO, "%s: %s", path, strerror(errno));
    ae_buffer_clear(&text);
    free(path);
    free(fresh);
    return rc;
}

void ae_bulletin_remove(const char *dir)
{
    char *path = path_in(dir, FILE_NAME, NULL), *fresh = path_in(dir, FILE_NAME ".new", NULL);
    if (path)
        (void)unlink(path);
    if (fresh)
        (void)unlink(fresh);
    free(path);
    free(fresh);
}

/* ---- reading ---- */

static bool take_count(const char *text, size_t *out)
{
    char *end = NULL;
    errno = 0;
    unsigned long long n = strtoull(text, &end, 10);
    if (errno != 0 || end == text || *end != '\0' || text[0] == '-' || n > SIZE_MAX)
        return false;
    *out = (size_t)n;
    return true;
}

static bool take_group(struct ae_bulletin *b, char *text)
{
    char *space = strchr(text, ' ');
    if (!space || b->n_groups == AE_BULLETIN_GROUPS || (size_t)(space - text) >= AE_BULLETIN_WORD)
        return false;
    struct ae_bulletin_group *group = &b->groups[b->n_groups++];
    memcpy(group->word, text, (size_t)(space - text));
    return take_count(space + 1, &group->n);
}

static bool take_failure(struct ae_bulletin *b, const char *text)
{
    if (b->n_failures == AE_BULLETIN_FAILURES)
        return false;
    ae_bulletin_set(b->failures[b->n_failures++], text);
    return true;
}

/* One line; a key that is not known says nothing. */
static bool take_line(struct ae_bulletin *b, const char *key, char *value)
{
    const struct {
        const char *key;
        size_t *n;
        double *x;
        char *line;
    } fields[] = {
        {"sweep", NULL, NULL, b->sweep},
        {"run", NULL, NULL, b->run},
        {"ranks", &b->n_ranks, NULL, NULL},
        {"needed", &b->n_needed, NULL, NULL},
        {"done", &b->n_done, NULL, NULL},
        {"failed", &b->n_failed, NULL, NULL},
        {"under_way", &b->n_under_way, NULL, NULL},
        {"suspects", &b->n_suspects, NULL, NULL},
        {"saved", &b->n_saved, NULL, NULL},
        {"new", &b->n_new, NULL, NULL},
        {"seconds", NULL, &b->wall_s, NULL},
        {"rate", NULL, &b->rate, NULL},
        {"left_seconds", NULL, &b->left_s, NULL},
        {"slowest_seconds", NULL, &b->slowest_s, NULL},
        {"slowest", NULL, NULL, b->slowest},
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        if (strcmp(fields[i].key, key) != 0)
            continue;
        if (fields[i].line)
            ae_bulletin_set(fields[i].line, value);
        return fields[i].line != NULL ||
               (fields[i].n ? take_count(value, fields[i].n) : ae_number_parse(value, fields[i].x));
    }
    if (strcmp(key, "phase") == 0)
        return take_group(b, value);
    return strcmp(key, "failure") != 0 || take_failure(b, value);
}

/* False if the text is not a bulletin of this format, or not whole. */
static bool parse(char *text, struct ae_bulletin *b)
{
    *b = (struct ae_bulletin){.n_needed = SIZE_MAX, .left_s = (double)NAN};
    char *line = strchr(text, '\n');
    if (!line)
        return false;
    *line++ = '\0';
    if (strcmp(text, FIRST_LINE) != 0)
        return false;
    while (*line) {
        char *end = strchr(line, '\n'), *value = strchr(line, ' ');
        if (!end || !value || value > end)
            return false;
        *end = '\0';
        *value++ = '\0';
        if (!take_line(b, line, value))
            return false;
        line = end + 1;
    }
    return b->n_needed != SIZE_MAX && b->n_done <= b->n_needed &&
           b->n_failed <= b->n_needed - b->n_done;
}

enum ae_status ae_bulletin_read(const char *dir, struct ae_bulletin *bulletin, double *age_s,
                                bool *is_there, struct ae_error *err)
{
    *is_there = false;
    char *path = path_in(dir, FILE_NAME, err), *text = ae_calloc(MAX_SIZE, 1, 1);
    enum ae_status rc = !path ? AE_ENOMEM : text ? AE_OK : ae_fail_memory(err, MAX_SIZE);
    FILE *file = rc == AE_OK ? fopen(path, "r") : NULL;
    struct stat info = {0};
    struct timespec now = {0};
    if (rc == AE_OK && !file && errno != ENOENT && errno != ENOTDIR)
        rc = ae_fail(err, AE_EIO, "%s: %s", path, strerror(errno));
    if (file) {
        size_t n = fread(text, 1, MAX_SIZE - 1, file);
        if (ferror(file) || fstat(fileno(file), &info) != 0)
            rc = ae_fail(err, AE_EIO, "%s: %s", path, strerror(errno));
        else
            *is_there = strlen(text) == n && parse(text, bulletin);
        (void)clock_gettime(CLOCK_REALTIME, &now);
        *age_s = (double)(now.tv_sec - info.st_mtim.tv_sec) +
                 1e-9 * (double)(now.tv_nsec - info.st_mtim.tv_nsec);
        (void)fclose(file);
    }
    free(path);
    free(text);
    return rc;
}
