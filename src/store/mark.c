/*
 * What is known of results that are not there yet: who is under way, whose computation has died,
 * and saved states.
 *
 *   under_way  kind is an ae_store_kind, n_lost how many deaths count against it
 *   state      the newest saved state
 *
 * Both lose their row in the commit that brings the result.
 */
#include "mark.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "database.h"

enum { PUT_MARK, DROP_MARK, PUT_STATE, DROP_STATE };

static const char *const statements[AE_N_MARK_STATEMENTS] = {
    [PUT_MARK] = "INSERT OR REPLACE INTO under_way VALUES(?1, ?2, ?3, ?4)",
    [DROP_MARK] = "DELETE FROM under_way WHERE point = ?1 AND replicate = ?2",
    [PUT_STATE] = "INSERT OR REPLACE INTO state(point, replicate, data) VALUES(?1, ?2, ?3)",
    [DROP_STATE] = "DELETE FROM state WHERE point = ?1 AND replicate = ?2",
};

/* The last run ended in good order but could not save that: nobody has died who was under way. */
static enum ae_status forget_claims(struct ae_store *store, struct ae_error *err)
{
    char sql[160];
    (void)snprintf(sql, sizeof sql,
                   "BEGIN IMMEDIATE; DELETE FROM under_way WHERE kind = %d;"
                   "UPDATE under_way SET kind = %d WHERE kind = %d; COMMIT",
                   AE_STORE_CLAIMED, AE_STORE_SUSPECT, AE_STORE_ALONE);
    enum ae_status rc = ae_database_run(store->db, sql, store->path, "save what is known", err);
    if (rc == AE_OK)
        store->is_unsaved = false;
    else if (!sqlite3_get_autocommit(store->db))
        (void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}

enum ae_status ae_mark_open(struct ae_store *store, struct ae_error *err)
{
    enum ae_status rc = ae_database_run(
        store->db,
        "CREATE TABLE IF NOT EXISTS under_way(point TEXT NOT NULL, replicate INTEGER NOT NULL,"
        " kind INTEGER NOT NULL, n_lost INTEGER NOT NULL, PRIMARY KEY(point, replicate))"
        " WITHOUT ROWID;"
        "CREATE TABLE IF NOT EXISTS state(id INTEGER PRIMARY KEY, point TEXT NOT NULL,"
        " replicate INTEGER NOT NULL, data BLOB NOT NULL, UNIQUE(point, replicate))",
        store->path, "create its tables", err);
    if (rc == AE_OK && store->is_unsaved)
        rc = forget_claims(store, err);
    for (size_t i = 0; i < AE_N_MARK_STATEMENTS && rc == AE_OK; i++)
        if (sqlite3_prepare_v2(store->db, statements[i], -1, &store->marks[i], NULL) != SQLITE_OK)
            rc = ae_store_fail(store, "use its tables", err);
    return rc;
}

void ae_mark_close(struct ae_store *store)
{
    for (size_t i = 0; i < AE_N_MARK_STATEMENTS; i++)
        (void)sqlite3_finalize(store->marks[i]);
}

/* ---- putting ---- */

enum ae_status ae_store_put_mark(struct ae_store *store, const struct ae_store_mark *mark,
                                 struct ae_error *err)
{
    size_t n = store->pending.size;
    enum ae_status rc = ae_store_check_writable(store, 0, err);
    if (rc != AE_OK)
        return rc;
    bool is_free = mark->kind == AE_STORE_FREE;
    ae_buffer_u64(&store->pending, is_free ? AE_PENDING_UNMARK : AE_PENDING_MARK);
    ae_buffer_u64(&store->pending, mark->point);
    ae_buffer_u64(&store->pending, mark->replicate);
    ae_buffer_u64(&store->pending, mark->kind);
    ae_buffer_u64(&store->pending, mark->n_lost);
    return ae_store_settle(store, n, err);
}

enum ae_status ae_store_put_state(struct ae_store *store, uint64_t point, uint64_t replicate,
                                  struct ae_bytes state, struct ae_error *err)
{
    size_t n = store->pending.size;
    enum ae_status rc = ae_store_check_writable(store, state.size, err);
    if (rc != AE_OK)
        return rc;
    ae_buffer_u64(&store->pending, AE_PENDING_STATE);
    ae_buffer_u64(&store->pending, point);
    ae_buffer_u64(&store->pending, replicate);
    ae_buffer_block(&store->pending, state);
    return ae_store_settle(store, n, err);
}

/* ---- writing ---- */

static int bind_key(sqlite3_stmt *statement, uint64_t point, uint64_t replicate)
{
    char key[17];
    (void)snprintf(key, sizeof key, "%016" PRIx64, point);
    int code = sqlite3_bind_text(statement, 1, key, -1, SQLITE_TRANSIENT);
    return code == SQLITE_OK ? sqlite3_bind_int64(statement, 2, (sqlite3_int64)replicate) : code;
}

static bool drop(struct ae_store *store, size_t which, uint64_t point, uint64_t replicate)
{
    sqlite3_stmt *statement = store->marks[which];
    return ae_store_run_bound(statement, bind_key(statement, point, replicate));
}

static bool write_mark(struct ae_store *store, const struct ae_store_mark *mark)
{
    sqlite3_stmt *put = store->marks[PUT_MARK];
    int code = bind_key(put, mark->point, mark->replicate);
    if (code == SQLITE_OK)
        code = sqlite3_bind_int(put, 3, (int)mark->kind);
    if (code == SQLITE_OK)
        code = sqlite3_bind_int64(put, 4, (sqlite3_int64)mark->n_lost);
    return ae_store_run_bound(put, code);
}

static bool write_state(struct ae_store *store, uint64_t point, uint64_t replicate,
                        struct ae_bytes state)
{
    sqlite3_stmt *put = store->marks[PUT_STATE];
    int code = bind_key(put, point, replicate);
    if (code == SQLITE_OK)
        code = sqlite3_bind_blob64(put, 3, state.data ? state.data : "", state.size, SQLITE_STATIC);
    return ae_store_run_bound(put, code);
}

bool ae_mark_write(struct ae_store *store, uint64_t kind, struct ae_reader *reader,
                   bool *is_garbled)
{
    struct ae_store_mark mark = {0};
    struct ae_bytes state = {0};
    uint64_t mark_kind = 0;
    *is_garbled = !ae_take_u64(reader, &mark.point) || !ae_take_u64(reader, &mark.replicate);
    if (kind == AE_PENDING_STATE) {
        *is_garbled = *is_garbled || !ae_take_block(reader, &state);
        return !*is_garbled && write_state(store, mark.point, mark.replicate, state);
    }
    *is_garbled = *is_garbled || !ae_take_u64(reader, &mark_kind) ||
                  !ae_take_u64(reader, &mark.n_lost) ||
                  (kind != AE_PENDING_MARK && kind != AE_PENDING_UNMARK);
    mark.kind = (enum ae_store_kind)mark_kind;
    if (*is_garbled)
        return false;
    return kind == AE_PENDING_MARK ? write_mark(store, &mark)
                                   : drop(store, DROP_MARK, mark.point, mark.replicate);
}

bool ae_mark_forget(struct ae_store *store, uint64_t point, uint64_t replicate)
{
    return drop(store, DROP_MARK, point, replicate) && drop(store, DROP_STATE, point, replicate);
}

/* ---- reading ---- */

/* Have the tables been made? A database of an earlier version, read only, has none. */
static enum ae_status has_tables(struct ae_store *store, bool *has, struct ae_error *err)
{
    sqlite3_stmt *query = NULL;
    int code = sqlite3_prepare_v2(store->db,
                                  "SELECT count(*) FROM sqlite_master"
                                  " WHERE name IN ('under_way', 'state')",
                                  -1, &query, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_step(query);
    *has = code == SQLITE_ROW && sqlite3_column_int(query, 0) == 2;
    enum ae_status rc = code == SQLITE_ROW ? AE_OK : ae_store_fail(store, "read its tables", err);
    (void)sqlite3_finalize(query);
    return rc;
}

static enum ae_status read_mark(struct ae_store *store, sqlite3_stmt *at,
                                struct ae_store_mark *mark, struct ae_error *err)
{
    int kind = sqlite3_column_int(at, 2);
    if (!ae_store_read_point((const char *)sqlite3_column_text(at, 0), &mark->point) || kind < 0 ||
        kind > AE_STORE_ALONE)
        return ae_store_bad_row(store, err);
    mark->replicate = (uint64_t)sqlite3_column_int64(at, 1);
    mark->kind = (enum ae_store_kind)kind;
    mark->n_lost = (uint64_t)sqlite3_column_int64(at, 3);
    mark->has_state = sqlite3_column_int(at, 4) != 0;
    if (store->is_unsaved && mark->kind == AE_STORE_CLAIMED)
        mark->kind = AE_STORE_FREE;
    if (store->is_unsaved && mark->kind == AE_STORE_ALONE)
        mark->kind = AE_STORE_SUSPECT;
    return AE_OK;
}

enum ae_status ae_store_each_mark(struct ae_store *store, ae_store_mark_fn *visit, void *ctx,
                                  struct ae_error *err)
{
    static const char all_marks[] =
        "SELECT k.point, k.replicate, ifnull(u.kind, 0), ifnull(u.n_lost, 0), s.id IS NOT NULL"
        " FROM (SELECT point, replicate FROM under_way UNION SELECT point, replicate FROM state) k"
        " LEFT JOIN under_way u ON u.point = k.point AND u.replicate = k.replicate"
        " LEFT JOIN state s ON s.point = k.point AND s.replicate = k.replicate";
    sqlite3_stmt *all = NULL;
    bool has = false;
    enum ae_status rc = store->n_pending > 0 ? ae_store_commit(store, err) : AE_OK;
    if (rc == AE_OK)
        rc = has_tables(store, &has, err);
    if (rc != AE_OK || !has)
        return rc;
    int code = sqlite3_prepare_v2(store->db, all_marks, -1, &all, NULL);
    while (rc == AE_OK && (code == SQLITE_OK || code == SQLITE_ROW)) {
        code = sqlite3_step(all);
        struct ae_store_mark mark;
        if (code == SQLITE_ROW)
            rc = read_mark(store, all, &mark, err);
        if (code == SQLITE_ROW && rc == AE_OK)
            rc = visit(ctx, &mark, err);
    }
    if (rc == AE_OK && code != SQLITE_DONE)
        rc = ae_store_fail(store, "read what is under way", err);
    if (rc == AE_OK)
        rc = ae_snapshot_check(&store->snapshot, err);
    (void)sqlite3_finalize(all);
    return rc;
}

enum ae_status ae_store_get_state(struct ae_store *store, uint64_t point, uint64_t replicate,
                                  struct ae_buffer *state, struct ae_error *err)
{
    sqlite3_stmt *get = NULL;
    bool has = false;
    enum ae_status rc = has_tables(store, &has, err);
    if (rc != AE_OK || !has)
        return rc;
    int code = sqlite3_prepare_v2(
        store->db, "SELECT data FROM state WHERE point = ?1 AND replicate = ?2", -1, &get, NULL);
    if (code == SQLITE_OK)
        code = bind_key(get, point, replicate);
    if (code == SQLITE_OK)
        code = sqlite3_step(get);
    if (code == SQLITE_ROW) {
        const void *data = sqlite3_column_blob(get, 0);
        ae_buffer_append(state, data, data ? (size_t)sqlite3_column_bytes(get, 0) : 0);
        rc = ae_buffer_status(state, err);
    } else if (code != SQLITE_DONE) {
        rc = ae_store_fail(store, "read a saved state", err);
    }
    (void)sqlite3_finalize(get);
    return rc;
}
