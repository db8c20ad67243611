/*
 * Files that a sweep names, and whether they are what they were. The folder keeps a text, `files`,
 * with a line `HASH NAME` for each that a run has read.
 */
#include "aesweep/sources.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char text_name[] = "files";
enum { HASH_DIGITS = 16 };

/* Calls visit for every line, its name ended by NUL. `text` is taken apart. */
static void each_line(char *text, void (*visit)(void *ctx, uint64_t hash, const char *name),
                      void *ctx)
{
    for (char *line = text; line && *line;) {
        char *end = strchr(line, '\n'), *rest = NULL;
        if (end)
            *end = '\0';
        uint64_t hash = strtoull(line, &rest, 16);
        if (rest == line + HASH_DIGITS && *rest == ' ')
            visit(ctx, hash, rest + 1);
        line = end ? end + 1 : NULL;
    }
}

struct comparison {
    const struct ae_sweep *sweep;
    struct ae_buffer *out;
};

static const struct ae_source *find(const struct ae_sweep *sweep, const char *name)
{
    for (size_t i = 0; i < ae_sweep_n_sources(sweep); i++)
        if (ae_sweep_source(sweep, i)->name && strcmp(ae_sweep_source(sweep, i)->name, name) == 0)
            return ae_sweep_source(sweep, i);
    return NULL;
}

static void list_changed(void *ctx, uint64_t hash, const char *name)
{
    struct comparison *c = ctx;
    const struct ae_source *now = find(c->sweep, name);
    if (now && now->hash != hash)
        ae_buffer_printf(c->out, "%s%s", c->out->size > 0 ? ", " : "", name);
}

static void keep_other(void *ctx, uint64_t hash, const char *name)
{
    struct comparison *c = ctx;
    if (!find(c->sweep, name))
        ae_buffer_printf(c->out, "%016" PRIx64 " %s\n", hash, name);
}

enum ae_status ae_sources_list_changed(const struct ae_sweep *sweep, struct ae_store *store,
                                       struct ae_buffer *names, struct ae_error *err)
{
    struct comparison c = {sweep, names};
    char *before = NULL;
    if (ae_sweep_n_sources(sweep) == 0)
        return AE_OK;
    enum ae_status rc = ae_store_get_text(store, text_name, &before, err);
    if (rc == AE_OK)
        each_line(before, list_changed, &c);
    free(before);
    return rc == AE_OK ? ae_buffer_status(names, err) : rc;
}

enum ae_status ae_sources_keep(const struct ae_sweep *sweep, struct ae_store *store,
                               struct ae_error *err)
{
    struct ae_buffer text = {0};
    struct comparison c = {sweep, &text};
    char *before = NULL;
    if (ae_sweep_n_sources(sweep) == 0)
        return AE_OK;
    ae_buffer_text(&text, "");
    for (size_t i = 0; i < ae_sweep_n_sources(sweep); i++) {
        const struct ae_source *source = ae_sweep_source(sweep, i);
        if (source->name)
            ae_buffer_printf(&text, "%016" PRIx64 " %s\n", source->hash, source->name);
    }
    enum ae_status rc = ae_store_get_text(store, text_name, &before, err);
    if (rc == AE_OK)
        each_line(before, keep_other, &c);
    if (rc == AE_OK)
        rc = ae_buffer_status(&text, err);
    if (rc == AE_OK)
        rc = ae_store_set_text(store, text_name, text.data, err);
    free(before);
    ae_buffer_clear(&text);
    return rc;
}

/* ---- merging ---- */

struct names {
    const char *text; /* what is noted already */
    struct ae_buffer *out;
};

/* Is there a line for that name? */
static bool is_noted(const char *text, const char *name)
{
    size_t n = strlen(name);
    for (const char *line = text; line && *line;) {
        const char *end = strchr(line, '\n');
        size_t length = end ? (size_t)(end - line) : strlen(line);
        if (length == HASH_DIGITS + 1 + n && strncmp(line + HASH_DIGITS + 1, name, n) == 0)
            return true;
        line = end ? end + 1 : NULL;
    }
    return false;
}

static void keep_new(void *ctx, uint64_t hash, const char *name)
{
    struct names *names = ctx;
    if (!is_noted(names->text, name))
        ae_buffer_printf(names->out, "%016" PRIx64 " %s\n", hash, name);
}

enum ae_status ae_sources_take(struct ae_store *from, struct ae_store *store, struct ae_error *err)
{
    struct ae_buffer text = {0};
    struct names names = {.out = &text};
    char *more = NULL, *there = NULL;
    enum ae_status rc = ae_store_get_text(from, text_name, &more, err);
    if (rc == AE_OK && more)
        rc = ae_store_get_text(store, text_name, &there, err);
    if (rc == AE_OK && more) {
        names.text = there;
        ae_buffer_text(&text, there ? there : "");
        each_line(more, keep_new, &names);
        rc = ae_buffer_status(&text, err);
    }
    if (rc == AE_OK && more)
        rc = ae_store_set_text(store, text_name, text.data, err);
    ae_buffer_clear(&text);
    free(there);
    free(more);
    return rc;
}
