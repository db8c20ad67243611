/*
 * Files that a sweep names, and whether they are what they were. The folder keeps a text, `files`,
 * with a line `HASH NAME` for each that a run has read.
 */
#include "cli.h"

#include <inttypes.h>
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

enum ae_status ae_cli_list_changed(const struct ae_sweep *sweep, struct ae_store *store,
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

enum ae_status ae_cli_keep_sources(const struct ae_sweep *sweep, struct ae_store *store,
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
