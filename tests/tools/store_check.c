/*
 * store_check DIR: is the database of a results folder whole? By SQLite's own check, on a private
 * copy, and by the store's reader, row by row. Prints `ROWS NEWEST`: the number of rows and when
 * the newest of them was finished, in seconds since 1970. Exit status 1 and a message if not.
 */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sqlite3.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aesweep/record.h"
#include "aesweep/store.h"

struct seen {
    uint64_t n, point, replicate; /* key of the last row */
    double newest;
};

static enum ae_status see_row(void *ctx, const struct ae_store_row *row, struct ae_error *err)
{
    struct seen *seen = ctx;
    struct ae_record record = {0};
    if (seen->n > 0 && (row->point < seen->point ||
                        (row->point == seen->point && row->replicate <= seen->replicate)))
        return ae_fail(err, AE_EIO, "point %016" PRIx64 " is there twice", row->point);
    if (row->state == AE_STORE_FAILED && !row->reason[0])
        return ae_fail(err, AE_EIO, "point %016" PRIx64 " failed for no reason", row->point);
    enum ae_status rc = AE_OK;
    if (row->state == AE_STORE_DONE)
        rc = ae_record_unpack(row->extra, &record, err);
    ae_record_clear(&record);
    seen->n++;
    seen->point = row->point;
    seen->replicate = row->replicate;
    if (row->finished_at > seen->newest)
        seen->newest = row->finished_at;
    return rc;
}

static bool read_rows(const char *dir, struct seen *seen)
{
    static const struct ae_store_columns columns = {AE_N_SUMMARY, ae_summary_names};
    struct ae_error err = {0};
    struct ae_store *store = NULL;
    enum ae_status rc = ae_store_open_read(&store, dir, &columns, &err);
    if (rc == AE_EARG) /* killed before there was a table */
        return true;
    if (rc == AE_OK)
        rc = ae_store_each(store, true, see_row, seen, &err);
    if (rc == AE_OK && ae_store_size(store) != seen->n)
        rc = ae_fail(&err, AE_EIO, "%" PRIu64 " rows are read, the index has %zu", seen->n,
                     ae_store_size(store));
    (void)ae_store_close(store, NULL);
    if (rc != AE_OK)
        fprintf(stderr, "store_check: %s\n", err.message);
    return rc == AE_OK;
}

/* ---- SQLite's word ---- */

static bool copy(const char *from, const char *to)
{
    char block[1 << 14];
    FILE *in = fopen(from, "rb"), *out = in ? fopen(to, "wb") : NULL;
    bool is_good = !in ? errno == ENOENT : out != NULL;
    for (size_t n; is_good && in && (n = fread(block, 1, sizeof block, in)) > 0;)
        is_good = fwrite(block, 1, n, out) == n;
    is_good = is_good && !(in && ferror(in));
    if (in)
        (void)fclose(in);
    if (out)
        is_good = fclose(out) == 0 && is_good;
    return is_good;
}

/* Runs a query whose first value must be the text `want`. */
static bool answers(sqlite3 *db, const char *sql, const char *want)
{
    sqlite3_stmt *query = NULL;
    bool is_good = sqlite3_prepare_v2(db, sql, -1, &query, NULL) == SQLITE_OK &&
                   sqlite3_step(query) == SQLITE_ROW;
    const char *text = is_good ? (const char *)sqlite3_column_text(query, 0) : sqlite3_errmsg(db);
    is_good = is_good && text && strcmp(text, want) == 0;
    if (!is_good)
        fprintf(stderr, "store_check: %s: %s, want %s\n", sql, text ? text : "nothing", want);
    (void)sqlite3_finalize(query);
    return is_good;
}

static bool ask_sqlite(const char *copied)
{
    static const char *const counts[] = {
        "SELECT count(*) FROM (SELECT 1 FROM result GROUP BY point, replicate HAVING count(*) > 1)",
        "SELECT count(*) FROM result WHERE id NOT IN (SELECT id FROM extra)",
        "SELECT count(*) FROM result WHERE id NOT IN (SELECT id FROM timing)",
        "SELECT count(*) FROM extra WHERE id NOT IN (SELECT id FROM result)",
        "SELECT count(*) FROM timing WHERE id NOT IN (SELECT id FROM result)"};
    sqlite3 *db = NULL;
    bool is_good = sqlite3_open(copied, &db) == SQLITE_OK &&
                   answers(db, "PRAGMA integrity_check", "ok") &&
                   answers(db, "SELECT count(*) FROM pragma_foreign_key_check", "0");
    sqlite3_stmt *any = NULL;
    bool has_tables = sqlite3_prepare_v2(db, "SELECT 1 FROM result", -1, &any, NULL) == SQLITE_OK;
    (void)sqlite3_finalize(any);
    for (size_t i = 0; is_good && has_tables && i < sizeof counts / sizeof *counts; i++)
        is_good = answers(db, counts[i], "0");
    (void)sqlite3_close(db);
    return is_good;
}

static bool check_copy(const char *dir)
{
    char folder[] = "/tmp/store-check-XXXXXX", from[2][4096], to[2][64];
    if (!mkdtemp(folder)) {
        fprintf(stderr, "store_check: %s: %s\n", folder, strerror(errno));
        return false;
    }
    bool is_good = true;
    for (int i = 0; i < 2; i++) {
        (void)snprintf(from[i], sizeof from[i], "%s/aesweep.db%s", dir, i == 0 ? "" : "-journal");
        (void)snprintf(to[i], sizeof to[i], "%s/copy.db%s", folder, i == 0 ? "" : "-journal");
        is_good = is_good && copy(from[i], to[i]);
    }
    if (!is_good)
        fprintf(stderr, "store_check: %s: cannot be copied: %s\n", dir, strerror(errno));
    is_good = is_good && ask_sqlite(to[0]);
    (void)unlink(to[0]);
    (void)unlink(to[1]);
    (void)rmdir(folder);
    return is_good;
}

int main(int argc, char **argv)
{
    struct seen seen = {0};
    if (argc != 2) {
        fprintf(stderr, "usage: store_check DIR\n");
        return 2;
    }
    if (!check_copy(argv[1]) || !read_rows(argv[1], &seen))
        return 1;
    printf("%" PRIu64 " %.3f\n", seen.n, seen.newest);
    return 0;
}
