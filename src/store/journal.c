/* The journal of runs: lines of seven fields with tabs between them. */
#include "aesweep/journal.h"

#include <inttypes.h>
#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char name[] = "runs";

enum { N_FIELDS = 7 };

/* Tabs and line ends would end a field. */
static void put_field(const char *text, struct ae_buffer *out)
{
    for (; *text; text++)
        ae_buffer_append(out, (unsigned char)*text < 0x20 ? " " : text, 1);
}

static void put_entry(const struct ae_journal_entry *entry, struct ae_buffer *out)
{
    ae_buffer_printf(out, "%.3f\t", entry->began_at);
    if (isfinite(entry->ended_at))
        ae_buffer_printf(out, "%.3f", entry->ended_at);
    ae_buffer_printf(out, "\t%" PRIu64 "\t%" PRIu64 "\t", entry->n_ranks, entry->n_new);
    put_field(entry->host, out);
    ae_buffer_text(out, "\t");
    put_field(entry->version, out);
    ae_buffer_text(out, "\t");
    put_field(entry->command, out);
    ae_buffer_text(out, "\n");
}

/* Takes a line apart in place; false if it is none of ours. */
static bool take_entry(char *line, struct ae_journal_entry *entry)
{
    char *fields[N_FIELDS] = {line};
    for (int i = 1; i < N_FIELDS; i++) {
        char *tab = strchr(fields[i - 1], '\t');
        if (!tab)
            return false;
        *tab = '\0';
        fields[i] = tab + 1;
    }
    entry->began_at = strtod(fields[0], NULL);
    entry->ended_at = fields[1][0] ? strtod(fields[1], NULL) : (double)NAN;
    entry->n_ranks = strtoull(fields[2], NULL, 10);
    entry->n_new = strtoull(fields[3], NULL, 10);
    entry->host = fields[4];
    entry->version = fields[5];
    entry->command = fields[6];
    return isfinite(entry->began_at) && entry->began_at > 0.0;
}

enum ae_status ae_journal_each(const char *text, ae_journal_visit_fn *visit, void *ctx,
                               struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    while (*text && rc == AE_OK) {
        size_t n = strcspn(text, "\n");
        char *line = ae_text_copy(text, n);
        struct ae_journal_entry entry;
        if (!line)
            return ae_fail_memory(err, n);
        if (take_entry(line, &entry))
            rc = visit(ctx, &entry, err);
        free(line);
        text += n + (text[n] == '\n');
    }
    return rc;
}

enum ae_status ae_journal_read(struct ae_store *store, char **text, struct ae_error *err)
{
    enum ae_status rc = ae_store_get_text(store, name, text, err);
    if (rc == AE_OK && !*text) {
        *text = ae_text_copy("", 0);
        rc = *text ? AE_OK : ae_fail_memory(err, 1);
    }
    return rc;
}

static enum ae_status count_line(void *ctx, const struct ae_journal_entry *entry,
                                 struct ae_error *err)
{
    size_t *n = ctx;
    (void)entry;
    (void)err;
    ++*n;
    return AE_OK;
}

struct keeping {
    size_t n_dropped; /* of the oldest, still to be dropped */
    struct ae_buffer text;
};

static enum ae_status keep_line(void *ctx, const struct ae_journal_entry *entry,
                                struct ae_error *err)
{
    struct keeping *keeping = ctx;
    (void)err;
    if (keeping->n_dropped > 0)
        keeping->n_dropped--;
    else
        put_entry(entry, &keeping->text);
    return AE_OK;
}

enum ae_status ae_journal_write(struct ae_store *store, const char *before,
                                const struct ae_journal_entry *entry, struct ae_error *err)
{
    struct keeping keeping = {0};
    size_t n = entry ? 1 : 0;
    ae_buffer_text(&keeping.text, "");
    enum ae_status rc = ae_journal_each(before, count_line, &n, err);
    keeping.n_dropped = n > AE_JOURNAL_MAX ? n - AE_JOURNAL_MAX : 0;
    if (rc == AE_OK)
        rc = ae_journal_each(before, keep_line, &keeping, err);
    if (entry)
        put_entry(entry, &keeping.text);
    if (rc == AE_OK)
        rc = ae_buffer_status(&keeping.text, err);
    if (rc == AE_OK)
        rc = ae_store_set_text(store, name, keeping.text.data, err);
    ae_buffer_clear(&keeping.text);
    return rc;
}

/* Nothing in it means anything to a shell. */
static bool is_plain(const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_-+=./,:%@";
    return word[0] && strspn(word, plain) == strlen(word);
}

void ae_journal_command(size_t n, char *const *words, struct ae_buffer *out)
{
    for (size_t i = 0; i < n; i++) {
        ae_buffer_text(out, i > 0 ? " " : "");
        if (is_plain(words[i])) {
            ae_buffer_text(out, words[i]);
            continue;
        }
        ae_buffer_text(out, "'");
        for (const char *c = words[i]; *c; c++) /* a quote in quotes: end, quote, begin again */
            ae_buffer_append(out, *c == '\'' ? "'\\''" : c, *c == '\'' ? 4 : 1);
        ae_buffer_text(out, "'");
    }
}
