/* What a page says without its script: counts, runs, time, failures, the sweep. */
#include "report_internal.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/export.h"
#include "aesweep/journal.h"
#include "aesweep/origin.h"
#include "aesweep/progress.h"

enum { MAX_GROUPS = 20 };

/* Rows that have one text in common: a host, a reason. */
struct group {
    char *text;
    size_t n, first;
    double wall_s;
};

struct groups {
    size_t n, n_other; /* rows of further texts */
    struct group at[MAX_GROUPS];
};

struct summary {
    size_t n_rows, n_done, n_failed, n_missing;
    size_t n_phase[AE_N_PHASES];
    double wall_s, slowest_s, first_at, last_at; /* of the results */
    size_t slowest;
    struct groups hosts, reasons;
};

void ae_report_escape(const char *text, struct ae_buffer *out)
{
    for (; *text; text++)
        switch (*text) {
        case '&':
            ae_buffer_text(out, "&amp;");
            break;
        case '<':
            ae_buffer_text(out, "&lt;");
            break;
        case '>':
            ae_buffer_text(out, "&gt;");
            break;
        case '"':
            ae_buffer_text(out, "&quot;");
            break;
        case '\'':
            ae_buffer_text(out, "&#39;");
            break;
        default:
            ae_buffer_append(out, text, 1);
        }
}

/* ---- gathering ---- */

static void groups_clear(struct groups *groups)
{
    for (size_t i = 0; i < groups->n; i++)
        free(groups->at[i].text);
}

static void note(struct groups *groups, const char *text, size_t row, double wall_s)
{
    size_t k = 0;
    while (k < groups->n && strcmp(groups->at[k].text, text) != 0)
        k++;
    char *copy = k == groups->n && k < MAX_GROUPS ? ae_text_copy(text, strlen(text)) : NULL;
    if (copy)
        groups->at[groups->n++] = (struct group){.text = copy, .first = row};
    if (k == groups->n) {
        groups->n_other++;
        return;
    }
    groups->at[k].n++;
    groups->at[k].wall_s += isfinite(wall_s) ? wall_s : 0.0;
}

/* A result that several replicates share counts once in the times. */
static void take_row(struct summary *s, size_t i, const struct ae_row *row, bool is_shared)
{
    s->n_done += row->state == AE_ROW_DONE;
    s->n_failed += row->state == AE_ROW_FAILED;
    s->n_missing += row->state == AE_ROW_MISSING;
    if (row->state == AE_ROW_DONE)
        s->n_phase[row->phase]++;
    if (row->state == AE_ROW_FAILED)
        note(&s->reasons, row->reason, i, row->wall_s);
    if (row->state == AE_ROW_MISSING || is_shared)
        return;
    note(&s->hosts, row->host, i, row->wall_s);
    s->first_at = fmin(s->first_at, row->finished_at);
    s->last_at = fmax(s->last_at, row->finished_at);
    s->wall_s += isfinite(row->wall_s) ? row->wall_s : 0.0;
    if (row->wall_s > s->slowest_s) {
        s->slowest_s = row->wall_s;
        s->slowest = i;
    }
}

static enum ae_status summarise(struct ae_results *results, struct summary *s, struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    uint64_t last_point = 0, last_replicate = 0;
    *s = (struct summary){.n_rows = ae_results_size(results),
                          .slowest_s = -1.0,
                          .first_at = (double)INFINITY,
                          .last_at = -(double)INFINITY};
    for (size_t i = 0; i < s->n_rows && rc == AE_OK; i++) {
        struct ae_row row;
        rc = ae_results_row(results, i, &row, err);
        if (rc != AE_OK)
            break;
        take_row(s, i, &row,
                 i > 0 && last_point == row.point && last_replicate == row.stored_replicate);
        last_point = row.point;
        last_replicate = row.stored_replicate;
    }
    return rc;
}

/* ---- writing ---- */

static void put_fact(const char *term, const char *text, struct ae_buffer *out)
{
    ae_buffer_printf(out, "<div><dt>%s</dt><dd>", term);
    ae_report_escape(text, out);
    ae_buffer_text(out, "</dd></div>\n");
}

static void put_count(const char *term, size_t n, struct ae_buffer *out)
{
    if (n > 0)
        ae_buffer_printf(out, "<div><dt>%s</dt><dd>%zu</dd></div>\n", term, n);
}

static void put_duration(const char *term, double seconds, struct ae_buffer *out)
{
    struct ae_buffer text = {0};
    ae_duration_format(seconds, &text);
    put_fact(term, text.data ? text.data : "", out);
    out->failed = out->failed || text.failed;
    ae_buffer_clear(&text);
}

static void put_counts(const struct summary *s, struct ae_buffer *out)
{
    ae_buffer_text(out, "<dl class=\"facts\">\n");
    put_count("rows", s->n_rows, out);
    for (size_t i = 0; i < AE_N_PHASES; i++)
        put_count(ae_phase_table[i].word, s->n_phase[i], out);
    put_count("failed", s->n_failed, out);
    put_count("not computed", s->n_missing, out);
    ae_buffer_text(out, "</dl>\n");
}

static enum ae_status put_run(void *ctx, const struct ae_journal_entry *entry, struct ae_error *err)
{
    struct ae_buffer *out = ctx;
    char date[AE_EXPORT_DATE_SIZE];
    (void)err;
    ae_buffer_printf(out, "<tr><td>%s</td><td>", ae_export_date(entry->began_at, date));
    if (isfinite(entry->ended_at))
        ae_duration_format(fmax(0.0, entry->ended_at - entry->began_at), out);
    else
        ae_buffer_text(out, "no end known");
    ae_buffer_printf(out,
                     "</td><td class=\"n\">%" PRIu64 "</td><td class=\"n\">%" PRIu64 "</td><td>",
                     entry->n_ranks, entry->n_new);
    ae_report_escape(entry->host, out);
    ae_buffer_text(out, "</td><td>");
    ae_report_escape(entry->version, out);
    ae_buffer_text(out, "</td><td><code>");
    ae_report_escape(entry->command, out);
    ae_buffer_text(out, "</code></td></tr>\n");
    return AE_OK;
}

static enum ae_status put_runs(struct ae_results *results, struct ae_buffer *out,
                               struct ae_error *err)
{
    char *journal = NULL;
    enum ae_status rc = ae_results_journal(results, &journal, err);
    if (rc == AE_OK && journal[0]) {
        ae_buffer_text(out,
                       "<h3>Runs</h3>\n<div class=\"wide\" tabindex=\"0\"><table>\n<tr><th>began"
                       "</th><th>took</th><th>ranks</th><th>new results</th><th>host</th>"
                       "<th>version</th><th>command</th></tr>\n");
        rc = ae_journal_each(journal, put_run, out, err);
        ae_buffer_text(out, "</table></div>\n");
    }
    free(journal);
    return rc;
}

static enum ae_status put_time(struct ae_results *results, const struct summary *s,
                               struct ae_buffer *out, struct ae_error *err)
{
    char date[AE_EXPORT_DATE_SIZE];
    struct ae_row row;
    if (s->hosts.n == 0)
        return AE_OK;
    ae_buffer_text(out, "<h3>Time</h3>\n<dl class=\"facts\">\n");
    put_fact("first result", ae_export_date(s->first_at, date), out);
    put_fact("last result", ae_export_date(s->last_at, date), out);
    put_duration("all results, on one core", s->wall_s, out);
    if (s->slowest_s >= 0.0) {
        enum ae_status rc = ae_results_row(results, s->slowest, &row, err);
        if (rc != AE_OK)
            return rc;
        struct ae_buffer text = {0};
        ae_duration_format(s->slowest_s, &text);
        ae_buffer_text(&text, ": ");
        ae_sweep_format_point(ae_results_sweep(results), &row.params, &text);
        put_fact("slowest", text.data ? text.data : "", out);
        out->failed = out->failed || text.failed;
        ae_buffer_clear(&text);
    }
    ae_buffer_text(out, "</dl>\n<table>\n<tr><th>host</th><th>results</th><th>time</th></tr>\n");
    for (size_t i = 0; i < s->hosts.n; i++) {
        ae_buffer_text(out, "<tr><td>");
        ae_report_escape(s->hosts.at[i].text[0] ? s->hosts.at[i].text : "not known", out);
        ae_buffer_printf(out, "</td><td class=\"n\">%zu</td><td>", s->hosts.at[i].n);
        ae_duration_format(s->hosts.at[i].wall_s, out);
        ae_buffer_text(out, "</td></tr>\n");
    }
    if (s->hosts.n_other > 0)
        ae_buffer_printf(out, "<tr><td>others</td><td class=\"n\">%zu</td><td></td></tr>\n",
                         s->hosts.n_other);
    ae_buffer_text(out, "</table>\n");
    return AE_OK;
}

static enum ae_status put_failures(struct ae_results *results, const struct summary *s,
                                   struct ae_buffer *out, struct ae_error *err)
{
    if (s->reasons.n == 0)
        return AE_OK;
    ae_buffer_text(out, "<h3>Failures</h3>\n<table>\n<tr><th>rows</th><th>why</th><th>first"
                        "</th></tr>\n");
    for (size_t i = 0; i < s->reasons.n; i++) {
        struct ae_row row;
        struct ae_buffer text = {0};
        enum ae_status rc = ae_results_row(results, s->reasons.at[i].first, &row, err);
        if (rc != AE_OK)
            return rc;
        ae_buffer_text(&text, "");
        ae_sweep_format_point(ae_results_sweep(results), &row.params, &text);
        ae_buffer_printf(out, "<tr><td class=\"n\">%zu</td><td>", s->reasons.at[i].n);
        ae_report_escape(s->reasons.at[i].text, out);
        ae_buffer_text(out, "</td><td>");
        ae_report_escape(text.data ? text.data : "", out);
        ae_buffer_text(out, "</td></tr>\n");
        out->failed = out->failed || text.failed;
        ae_buffer_clear(&text);
    }
    if (s->reasons.n_other > 0)
        ae_buffer_printf(out, "<tr><td class=\"n\">%zu</td><td>other reasons</td><td></td></tr>\n",
                         s->reasons.n_other);
    ae_buffer_text(out, "</table>\n");
    return AE_OK;
}

static void put_sweep(const struct ae_sweep *sweep, struct ae_buffer *out)
{
    struct ae_buffer text = {0};
    ae_sweep_format(sweep, &text);
    ae_buffer_text(out, "<h3>The sweep</h3>\n<p>As it was last run, with everything written out; a "
                        "sweep file with this text has the same points.</p>\n<pre tabindex=\"0\">");
    ae_report_escape(text.data ? text.data : "", out);
    ae_buffer_text(out, "</pre>\n");
    out->failed = out->failed || text.failed;
    ae_buffer_clear(&text);
}

enum ae_status ae_report_sections(struct ae_results *results, struct ae_buffer *out,
                                  struct ae_error *err)
{
    struct summary s;
    enum ae_status rc = summarise(results, &s, err);
    if (rc == AE_OK) {
        put_counts(&s, out);
        rc = put_failures(results, &s, out, err);
    }
    if (rc == AE_OK)
        rc = put_runs(results, out, err);
    if (rc == AE_OK)
        rc = put_time(results, &s, out, err);
    if (rc == AE_OK)
        put_sweep(ae_results_sweep(results), out);
    groups_clear(&s.hosts);
    groups_clear(&s.reasons);
    return rc == AE_OK ? ae_buffer_status(out, err) : rc;
}
