/*
 * Writing rows and texts, and taking rows away. What is put waits in memory and reaches the database in one transaction a
 * commit: the database changes during the few milliseconds of a commit only, so that readers find
 * it at rest, and never without having just seen that the lock is still ours. A commit that fails
 * keeps what was put, and the next one tries again.
 */
#include "impl.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "database.h"
#include "mark.h"

enum { PENDING_LIMIT = 32 << 20 }; /* bytes that wait before a commit comes by itself */
enum { PENDING_ROW, PENDING_TEXT, PENDING_REMOVE }; /* first word of what waits */

#define ID_OF_KEY "(SELECT id FROM result WHERE point = ?1 AND replicate = ?2)"

static enum ae_status prepare_remove(struct ae_store *store, struct ae_error *err)
{
    static const char *const sql[AE_STORE_N_REMOVE] = {
        "DELETE FROM extra WHERE id = " ID_OF_KEY, "DELETE FROM timing WHERE id = " ID_OF_KEY,
        "DELETE FROM result WHERE point = ?1 AND replicate = ?2"};
    for (size_t i = 0; i < AE_STORE_N_REMOVE; i++)
        if (sqlite3_prepare_v2(store->db, sql[i], -1, &store->remove[i], NULL) != SQLITE_OK)
            return ae_store_fail(store, "use its tables", err);
    return AE_OK;
}

enum ae_status ae_store_prepare_put(struct ae_store *store, struct ae_error *err)
{
    struct ae_buffer sql = {0};
    ae_buffer_text(&sql, "INSERT OR REPLACE INTO result"
                         "(id, point, replicate, state, reason, level, params");
    for (size_t i = 0; i < store->n_names; i++) {
        ae_buffer_text(&sql, ", ");
        ae_database_quote(&sql, store->names[i]);
    }
    ae_buffer_text(&sql, ") VALUES(" ID_OF_KEY ", ?1, ?2, ?3, ?4, ?5, ?6");
    for (size_t i = 0; i < store->n_names; i++)
        ae_buffer_printf(&sql, ", ?%zu", i + 7);
    ae_buffer_text(&sql, ")");
    enum ae_status rc = ae_database_prepare(store->db, &store->put_result, &sql, store->path, err);
    ae_buffer_clear(&sql);
    if (rc == AE_OK &&
        (sqlite3_prepare_v2(store->db, "INSERT OR REPLACE INTO extra(id, data) VALUES(?1, ?2)", -1,
                            &store->put_extra, NULL) != SQLITE_OK ||
         sqlite3_prepare_v2(store->db,
                            "INSERT OR REPLACE INTO timing(id, wall_s, finished_at, rank, host)"
                            " VALUES(?1, ?2, ?3, ?4, ?5)",
                            -1, &store->put_timing, NULL) != SQLITE_OK ||
         sqlite3_prepare_v2(store->db, "INSERT OR REPLACE INTO text(name, text) VALUES(?1, ?2)", -1,
                            &store->put_text, NULL) != SQLITE_OK))
        rc = ae_store_fail(store, "use its tables", err);
    return rc == AE_OK ? prepare_remove(store, err) : rc;
}

/* A text with its NUL, so that it can be used where it lies. */
static void append_text(struct ae_buffer *buffer, const char *text)
{
    ae_buffer_block(buffer, (struct ae_bytes){.data = text, .size = strlen(text) + 1});
}

static bool take_text(struct ae_reader *reader, const char **text)
{
    struct ae_bytes block = {0};
    bool is_good = ae_take_block(reader, &block);
    *text = block.data;
    return is_good;
}

enum ae_status ae_store_settle(struct ae_store *store, size_t n, struct ae_error *err)
{
    struct ae_buffer *pending = &store->pending;
    enum ae_status rc = ae_buffer_status(pending, err);
    if (rc == AE_OK) {
        store->n_pending++;
        return pending->size > PENDING_LIMIT ? ae_store_commit(store, err) : AE_OK;
    }
    pending->size = n;
    pending->failed = false;
    return rc;
}

enum ae_status ae_store_check_writable(const struct ae_store *store, uint64_t n_bytes,
                                       struct ae_error *err)
{
    if (!store->lock)
        return ae_fail(err, AE_EARG, "%s: opened for reading only", store->path);
    uint64_t limit = (uint64_t)sqlite3_limit(store->db, SQLITE_LIMIT_LENGTH, -1);
    if (n_bytes > limit - limit / 16)
        return ae_fail(err, AE_EARG, "%s: %" PRIu64 " bytes are too many for one row", store->path,
                       n_bytes);
    return AE_OK;
}

enum ae_status ae_store_put(struct ae_store *store, const struct ae_store_row *row,
                            struct ae_error *err)
{
    struct ae_buffer *pending = &store->pending;
    size_t n = pending->size;
    enum ae_status rc = ae_store_check_writable(store, row->extra.size, err);
    if (rc == AE_OK && row->replicate > INT64_MAX)
        rc = ae_fail(err, AE_EARG, "replicate %" PRIu64 " is too large", row->replicate);
    if (rc != AE_OK)
        return rc;
    ae_buffer_u64(pending, PENDING_ROW);
    ae_buffer_u64(pending, row->point);
    ae_buffer_u64(pending, row->replicate);
    ae_buffer_u64(pending, row->state);
    ae_buffer_u64(pending, (uint64_t)row->level);
    ae_buffer_u64(pending, row->rank);
    ae_buffer_reals(pending, 1, &row->wall_s);
    ae_buffer_reals(pending, 1, &row->finished_at);
    append_text(pending, row->reason);
    append_text(pending, row->params);
    append_text(pending, row->host);
    ae_buffer_block(pending, row->extra);
    ae_buffer_reals(pending, store->n_names, row->numbers);
    if (!pending->failed &&
        !ae_index_set(&store->index, row->point, row->replicate, (uint8_t)row->state, row->level))
        pending->failed = true;
    return ae_store_settle(store, n, err);
}

enum ae_status ae_store_set_text(struct ae_store *store, const char *name, const char *text,
                                 struct ae_error *err)
{
    size_t n = store->pending.size;
    enum ae_status rc = ae_store_check_writable(store, strlen(text), err);
    if (rc != AE_OK)
        return rc;
    ae_buffer_u64(&store->pending, PENDING_TEXT);
    append_text(&store->pending, name);
    append_text(&store->pending, text);
    return ae_store_settle(store, n, err);
}

enum ae_status ae_store_remove(struct ae_store *store, uint64_t point, uint64_t replicate,
                               struct ae_error *err)
{
    size_t n = store->pending.size;
    enum ae_status rc = ae_store_check_writable(store, 0, err);
    if (rc != AE_OK || !ae_index_find(&store->index, point, replicate))
        return rc;
    ae_buffer_u64(&store->pending, PENDING_REMOVE);
    ae_buffer_u64(&store->pending, point);
    ae_buffer_u64(&store->pending, replicate);
    if (!store->pending.failed)
        (void)ae_index_remove(&store->index, point, replicate);
    return ae_store_settle(store, n, err);
}

static bool take_row(const struct ae_store *store, struct ae_reader *reader,
                     struct ae_store_row *row)
{
    uint64_t state = 0, level = 0;
    memset(row, 0, sizeof *row);
    bool is_good = ae_take_u64(reader, &row->point) && ae_take_u64(reader, &row->replicate) &&
                   ae_take_u64(reader, &state) && ae_take_u64(reader, &level) &&
                   ae_take_u64(reader, &row->rank) && ae_take_reals(reader, 1, &row->wall_s) &&
                   ae_take_reals(reader, 1, &row->finished_at) && take_text(reader, &row->reason) &&
                   take_text(reader, &row->params) && take_text(reader, &row->host) &&
                   ae_take_block(reader, &row->extra) &&
                   ae_take_reals(reader, store->n_names, store->numbers);
    row->state = (enum ae_store_state)state;
    row->level = (int)(int64_t)level;
    return is_good;
}

bool ae_store_run_bound(sqlite3_stmt *statement, int code)
{
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    int result = sqlite3_reset(statement);
    return code == SQLITE_DONE && result == SQLITE_OK;
}

static bool write_result(struct ae_store *store, const struct ae_store_row *row)
{
    sqlite3_stmt *put = store->put_result;
    char key[17];
    (void)snprintf(key, sizeof key, "%016" PRIx64, row->point);
    const char *state = row->state == AE_STORE_DONE ? "done" : "failed";
    int code = sqlite3_bind_text(put, 1, key, -1, SQLITE_TRANSIENT);
    if (code == SQLITE_OK)
        code = sqlite3_bind_int64(put, 2, (sqlite3_int64)row->replicate);
    if (code == SQLITE_OK)
        code = sqlite3_bind_text(put, 3, state, -1, SQLITE_STATIC);
    if (code == SQLITE_OK)
        code = sqlite3_bind_text(put, 4, row->reason, -1, SQLITE_STATIC);
    if (code == SQLITE_OK)
        code = sqlite3_bind_int(put, 5, row->level);
    if (code == SQLITE_OK)
        code = sqlite3_bind_text(put, 6, row->params, -1, SQLITE_STATIC);
    for (size_t i = 0; i < store->n_names && code == SQLITE_OK; i++)
        code = sqlite3_bind_double(put, (int)i + 7, store->numbers[i]); /* nan becomes NULL */
    return ae_store_run_bound(put, code);
}

static bool write_beside(struct ae_store *store, const struct ae_store_row *row)
{
    sqlite3_int64 id = sqlite3_last_insert_rowid(store->db);
    int code = sqlite3_bind_int64(store->put_extra, 1, id);
    if (code == SQLITE_OK)
        code = sqlite3_bind_blob64(store->put_extra, 2, row->extra.data, row->extra.size,
                                   SQLITE_STATIC);
    if (!ae_store_run_bound(store->put_extra, code))
        return false;
    code = sqlite3_bind_int64(store->put_timing, 1, id);
    if (code == SQLITE_OK)
        code = sqlite3_bind_double(store->put_timing, 2, row->wall_s);
    if (code == SQLITE_OK)
        code = sqlite3_bind_double(store->put_timing, 3, row->finished_at);
    if (code == SQLITE_OK)
        code = sqlite3_bind_int64(store->put_timing, 4, (sqlite3_int64)row->rank);
    if (code == SQLITE_OK)
        code = sqlite3_bind_text(store->put_timing, 5, row->host, -1, SQLITE_STATIC);
    return ae_store_run_bound(store->put_timing, code);
}

static bool write_text(struct ae_store *store, const char *name, const char *text)
{
    int code = sqlite3_bind_text(store->put_text, 1, name, -1, SQLITE_STATIC);
    if (code == SQLITE_OK)
        code = sqlite3_bind_text(store->put_text, 2, text, -1, SQLITE_STATIC);
    return ae_store_run_bound(store->put_text, code);
}

static bool remove_key(struct ae_store *store, uint64_t point, uint64_t replicate)
{
    char key[17];
    bool is_done = true;
    (void)snprintf(key, sizeof key, "%016" PRIx64, point);
    for (size_t i = 0; i < AE_STORE_N_REMOVE && is_done; i++) {
        int code = sqlite3_bind_text(store->remove[i], 1, key, -1, SQLITE_TRANSIENT);
        if (code == SQLITE_OK)
            code = sqlite3_bind_int64(store->remove[i], 2, (sqlite3_int64)replicate);
        is_done = ae_store_run_bound(store->remove[i], code);
    }
    return is_done;
}

static enum ae_status write_pending(struct ae_store *store, struct ae_error *err)
{
    struct ae_reader reader = ae_reader_of(ae_buffer_bytes(&store->pending));
    uint64_t kind = 0;
    errno = 0; /* for the message of a failure */
    while (ae_take_u64(&reader, &kind)) {
        struct ae_store_row row;
        const char *name = NULL, *text = NULL;
        uint64_t point = 0, replicate = 0;
        bool is_written = false, is_garbled = false;
        if (kind == PENDING_ROW && take_row(store, &reader, &row))
            is_written = write_result(store, &row) && write_beside(store, &row) &&
                         ae_mark_forget(store, row.point, row.replicate);
        else if (kind == PENDING_TEXT && take_text(&reader, &name) && take_text(&reader, &text))
            is_written = write_text(store, name, text);
        else if (kind == PENDING_REMOVE && ae_take_u64(&reader, &point) &&
                 ae_take_u64(&reader, &replicate))
            is_written = remove_key(store, point, replicate);
        else if (kind >= AE_PENDING_MARK)
            is_written = ae_mark_write(store, kind, &reader, &is_garbled);
        else
            is_garbled = true;
        if (is_garbled)
            return ae_fail(err, AE_EINTERNAL, "%s: the rows to be saved are garbled", store->path);
        if (!is_written)
            return ae_store_fail(store, "save results", err);
    }
    return AE_OK;
}

/* Writing into a file that no longer has its name would lose everything silently. */
static enum ae_status check_place(const struct ae_store *store, struct ae_error *err)
{
    struct stat info;
    if (stat(store->path, &info) != 0)
        return ae_fail(err, AE_EIO, "%s: %s%s", store->path, strerror(errno),
                       errno == ENOENT   ? " (it was deleted or moved while the run was going on)"
                       : errno == EACCES ? " (permission was lost while the run was going on)"
                                         : "");
    if (info.st_dev != store->device || info.st_ino != store->inode)
        return ae_fail(err, AE_EIO, "%s: was replaced by another file while the run was going on",
                       store->path);
    return AE_OK;
}

/*
 * Locks the bytes that SQLite's default VFS locks for writing
 * (https://www.sqlite.org/fileformat2.html, section 1.3.10, "the lock-byte page"). Without it the
 * sqlite3 command line, opened on the database in the middle of a commit, would take the journal
 * for that of a run that died and roll it back. Best effort: who reads for longer than a second, or
 * does not support locks, is not waited for.
 */
static void hold_off_others(const struct ae_store *store, bool is_held)
{
    struct flock bytes = {.l_type = is_held ? F_WRLCK : F_UNLCK,
                          .l_whence = SEEK_SET,
                          .l_start = 0x40000000,
                          .l_len = 512};
    for (int i = 0; i < 200 && store->guard >= 0; i++) {
        if (fcntl(store->guard, F_SETLK, &bytes) == 0 || (errno != EAGAIN && errno != EACCES))
            return;
        const struct timespec pause = {.tv_sec = 0, .tv_nsec = 5000000};
        (void)nanosleep(&pause, NULL);
    }
}

static enum ae_status write_transaction(struct ae_store *store, struct ae_error *err)
{
    enum ae_status rc =
        ae_database_run(store->db, "BEGIN IMMEDIATE", store->path, "save results", err);
    if (rc != AE_OK)
        return rc;
    rc = write_pending(store, err);
    if (rc == AE_OK)
        rc = ae_database_run(store->db, "COMMIT", store->path, "save results", err);
    /* If this fails too, the journal stays, and the next reader or run goes back by it. */
    if (rc != AE_OK && !sqlite3_get_autocommit(store->db))
        (void)sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
    return rc;
}

enum ae_status ae_store_commit(struct ae_store *store, struct ae_error *err)
{
    enum ae_status rc = ae_store_check_writable(store, 0, err);
    if (rc == AE_OK)
        rc = check_place(store, err);
    if (rc == AE_OK)
        rc = ae_lock_renew(store->lock, err);
    if (rc != AE_OK || store->n_pending == 0)
        return rc;
    (void)sqlite3_reset(store->get);
    hold_off_others(store, true);
    rc = write_transaction(store, err);
    hold_off_others(store, false);
    if (rc == AE_OK) {
        store->n_pending = 0;
        ae_buffer_rewind(&store->pending);
    }
    return rc;
}
