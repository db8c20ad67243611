/* Reading rows and texts of a store. What was put is committed first, so that there is one place to
 * read. */
#include "impl.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "database.h"

/* Columns of every SELECT of rows; the numbers follow. */
#define SELECT_COLUMNS                                                                             \
    "SELECT r.point, r.replicate, r.state, r.reason, r.params, r.level,"                           \
    " t.wall_s, t.finished_at, t.rank, t.host, "
enum {
    AT_POINT,
    AT_REPLICATE,
    AT_STATE,
    AT_REASON,
    AT_PARAMS,
    AT_LEVEL,
    AT_WALL,
    AT_FINISHED,
    AT_RANK,
    AT_HOST,
    AT_EXTRA,
    AT_NUMBERS
};

enum ae_status ae_store_fail(const struct ae_store *store, const char *doing, struct ae_error *err)
{
    return ae_database_fail(store->db, 0, store->path, doing, err);
}

enum ae_status ae_store_bad_row(const struct ae_store *store, struct ae_error *err)
{
    return ae_fail(err, AE_EIO, "%s: damaged, a row is not one of this program", store->path);
}

bool ae_store_read_point(const char *text, uint64_t *point)
{
    if (!text || strlen(text) != 16 || strspn(text, "0123456789abcdef") != 16)
        return false;
    *point = strtoull(text, NULL, 16);
    return true;
}

enum ae_status ae_store_prepare_select(struct ae_store *store, bool with_extra, const char *tail,
                                       sqlite3_stmt **statement, struct ae_error *err)
{
    struct ae_buffer sql = {0};
    enum ae_status rc = AE_OK;
    ae_buffer_text(&sql, SELECT_COLUMNS);
    ae_buffer_text(&sql, with_extra ? "e.data" : "NULL");
    for (size_t i = 0; i < store->n_names && rc == AE_OK; i++) {
        bool is_there = false;
        rc = ae_database_has_column(store->db, store->names[i], store->path, &is_there, err);
        ae_buffer_text(&sql, is_there ? ", r." : ", NULL");
        if (is_there)
            ae_database_quote(&sql, store->names[i]);
    }
    ae_buffer_text(&sql, " FROM result r LEFT JOIN timing t ON t.id = r.id");
    ae_buffer_text(&sql, with_extra ? " LEFT JOIN extra e ON e.id = r.id" : "");
    ae_buffer_text(&sql, tail);
    if (rc == AE_OK)
        rc = ae_database_prepare(store->db, statement, &sql, store->path, err);
    ae_buffer_clear(&sql);
    return rc;
}

static double real_at(sqlite3_stmt *statement, int column)
{
    return sqlite3_column_type(statement, column) == SQLITE_NULL
               ? (double)NAN
               : sqlite3_column_double(statement, column);
}

static const char *text_at(sqlite3_stmt *statement, int column)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);
    return text ? text : "";
}

/* The row that the statement stands on; its texts and bytes are views into it, its numbers go to
 * `numbers`. */
static enum ae_status read_row(const struct ae_store *store, sqlite3_stmt *statement,
                               double *numbers, struct ae_store_row *row, struct ae_error *err)
{
    memset(row, 0, sizeof *row);
    if (!ae_store_read_point(text_at(statement, AT_POINT), &row->point))
        return ae_store_bad_row(store, err);
    row->replicate = (uint64_t)sqlite3_column_int64(statement, AT_REPLICATE);
    row->state =
        strcmp(text_at(statement, AT_STATE), "done") == 0 ? AE_STORE_DONE : AE_STORE_FAILED;
    row->reason = text_at(statement, AT_REASON);
    row->params = text_at(statement, AT_PARAMS);
    row->level = sqlite3_column_int(statement, AT_LEVEL);
    row->wall_s = real_at(statement, AT_WALL);
    row->finished_at = real_at(statement, AT_FINISHED);
    row->rank = (uint64_t)sqlite3_column_int64(statement, AT_RANK);
    row->host = text_at(statement, AT_HOST);
    row->extra.data = sqlite3_column_blob(statement, AT_EXTRA);
    row->extra.size = (size_t)sqlite3_column_bytes(statement, AT_EXTRA);
    for (size_t i = 0; i < store->n_names; i++)
        numbers[i] = real_at(statement, AT_NUMBERS + (int)i);
    row->numbers = numbers;
    /* Memory that ran out shows as NULL above, and only here. */
    if (sqlite3_errcode(store->db) == SQLITE_NOMEM)
        return ae_store_fail(store, "read a row", err);
    return AE_OK;
}

/* Ends the views of the last get, and makes what was put readable. */
static enum ae_status begin_reading(struct ae_store *store, struct ae_error *err)
{
    (void)sqlite3_reset(store->get);
    return store->n_pending > 0 ? ae_store_commit(store, err) : AE_OK;
}

enum ae_status ae_store_get(struct ae_store *store, uint64_t point, uint64_t replicate,
                            struct ae_store_row *row, bool *found, struct ae_error *err)
{
    *found = false;
    enum ae_status rc = begin_reading(store, err);
    if (rc != AE_OK || !ae_index_find(&store->index, point, replicate))
        return rc;
    char key[17];
    (void)snprintf(key, sizeof key, "%016" PRIx64, point);
    int code = sqlite3_bind_text(store->get, 1, key, -1, SQLITE_TRANSIENT);
    if (code == SQLITE_OK)
        code = sqlite3_bind_int64(store->get, 2, (sqlite3_int64)replicate);
    if (code == SQLITE_OK)
        code = sqlite3_step(store->get);
    if (code == SQLITE_ROW)
        rc = read_row(store, store->get, store->numbers, row, err);
    else
        rc = code == SQLITE_DONE ? ae_store_bad_row(store, err)
                                 : ae_store_fail(store, "read a row", err);
    if (rc == AE_OK)
        rc = ae_snapshot_check(&store->snapshot, err);
    *found = rc == AE_OK;
    return rc;
}

enum ae_status ae_store_each(struct ae_store *store, bool with_extra, ae_store_visit_fn *visit,
                             void *ctx, struct ae_error *err)
{
    sqlite3_stmt *all = NULL;
    double *numbers = ae_reals_new(store->n_names);
    enum ae_status rc = numbers ? begin_reading(store, err) : ae_fail_memory(err, store->n_names);
    if (rc == AE_OK)
        rc =
            ae_store_prepare_select(store, with_extra, " ORDER BY r.point, r.replicate", &all, err);
    int code = SQLITE_ROW;
    while (rc == AE_OK && (code = sqlite3_step(all)) == SQLITE_ROW) {
        struct ae_store_row row;
        rc = read_row(store, all, numbers, &row, err);
        if (rc == AE_OK)
            rc = visit(ctx, &row, err);
    }
    if (rc == AE_OK && code != SQLITE_DONE)
        rc = ae_store_fail(store, "read its rows", err);
    if (rc == AE_OK)
        rc = ae_snapshot_check(&store->snapshot, err);
    (void)sqlite3_finalize(all);
    free(numbers);
    return rc;
}

enum ae_status ae_store_get_text(struct ae_store *store, const char *name, char **text,
                                 struct ae_error *err)
{
    *text = NULL;
    sqlite3_stmt *statement = NULL;
    enum ae_status rc = begin_reading(store, err);
    if (rc != AE_OK)
        return rc;
    int code = sqlite3_prepare_v2(store->db, "SELECT text FROM text WHERE name = ?1", -1,
                                  &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    if (code == SQLITE_ROW) {
        const char *found = text_at(statement, 0);
        *text = ae_text_copy(found, strlen(found));
        if (!*text)
            rc = ae_fail_memory(err, strlen(found));
    } else if (code != SQLITE_DONE) {
        rc = ae_store_fail(store, "read a text", err);
    }
    (void)sqlite3_finalize(statement);
    if (rc == AE_OK)
        rc = ae_snapshot_check(&store->snapshot, err);
    if (rc != AE_OK) {
        free(*text);
        *text = NULL;
    }
    return rc;
}

enum ae_status ae_store_each_text(struct ae_store *store, const char *prefix,
                                  ae_store_text_fn *visit, void *ctx, struct ae_error *err)
{
    sqlite3_stmt *statement = NULL;
    enum ae_status rc = begin_reading(store, err);
    if (rc != AE_OK)
        return rc;
    int code = sqlite3_prepare_v2(store->db,
                                  "SELECT name, text FROM text"
                                  " WHERE substr(name, 1, length(?1)) = ?1 ORDER BY name",
                                  -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_bind_text(statement, 1, prefix, -1, SQLITE_STATIC);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    for (; code == SQLITE_ROW && rc == AE_OK; code = rc == AE_OK ? sqlite3_step(statement) : code)
        rc = visit(ctx, text_at(statement, 0), text_at(statement, 1), err);
    if (rc == AE_OK && code != SQLITE_DONE)
        rc = ae_store_fail(store, "read texts", err);
    (void)sqlite3_finalize(statement);
    return rc == AE_OK ? ae_snapshot_check(&store->snapshot, err) : rc;
}
