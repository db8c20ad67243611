/*
 * The SQLite file of a results folder.
 *
 *   result  one row a point and replicate; the numbers are columns without a type, because SQLite
 * keeps every bit of a double there (a REAL column turns -0.0 into 0.0) extra, timing   by
 * result.id; apart, so that scans of result read little, and results stay the same whoever computed
 * them text    by name
 *
 * The VFS is unix-none: locks of the operating system are missing or broken on many network file
 * systems, and the lock file already keeps a second writer away. The journal is truncated rather
 * than deleted, so that other hosts see by its size, not by a cached directory, that a commit has
 * ended.
 */
#include "database.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { APPLICATION_ID = 0x61657377 /* "aesw" */, SCHEMA_VERSION = 1 };

static const char *const fixed_columns[] = {"id",     "point", "replicate", "state",
                                            "reason", "level", "params"};

/* What a database is, by its own word. */
struct identity {
    sqlite3_int64 application_id, schema_version, n_pages, page_size;
};

/* SQLite opens what it may not write to for reading, and then fails somehow (EBADF). Says so of the
 * database or its journal; AE_OK if that is not it. */
static enum ae_status fail_permission(sqlite3 *db, int system_error, const char *path,
                                      const char *doing, struct ae_error *err)
{
    struct ae_buffer journal = {0};
    enum ae_status rc = AE_OK;
    if (!db || sqlite3_db_readonly(db, "main") != 0 ||
        (system_error != EBADF && system_error != EACCES && system_error != EPERM))
        return AE_OK;
    ae_buffer_printf(&journal, "%s-journal", path);
    const char *files[] = {path, journal.failed ? path : journal.data};
    for (size_t i = 0; i < 2 && rc == AE_OK; i++)
        if (access(files[i], W_OK) != 0 && errno == EACCES)
            rc = ae_fail(err, AE_EIO, "%s: no permission to write to it, cannot %s", files[i],
                         doing);
    ae_buffer_clear(&journal);
    return rc;
}

enum ae_status ae_database_fail(sqlite3 *db, int code, const char *path, const char *doing,
                                struct ae_error *err)
{
    int left_errno = errno;
    int kind = (db ? sqlite3_errcode(db) : code) & 0xff;
    const char *text = db ? sqlite3_errmsg(db) : sqlite3_errstr(code);
    int system_error = db ? sqlite3_system_errno(db) : 0;
    if (kind == SQLITE_NOMEM)
        return ae_fail(err, AE_ENOMEM, "%s: cannot %s: out of memory", path, doing);
    if (kind == SQLITE_CORRUPT || kind == SQLITE_NOTADB)
        return ae_fail(
            err, AE_EIO,
            "%s: damaged, cannot %s (%s). Nothing was repaired: restore a copy, use another "
            "folder, or rescue what is readable with: sqlite3 FILE .recover",
            path, doing, text);
    /* SQLite forgets why a write failed; what it probes for and misses on the way says nothing. */
    if (system_error == 0 && kind == SQLITE_IOERR && left_errno != ENOENT)
        system_error = left_errno;
    if (fail_permission(db, system_error, path, doing, err) != AE_OK)
        return AE_EIO;
    bool has_errno = system_error != 0 && (kind == SQLITE_IOERR || kind == SQLITE_CANTOPEN ||
                                           kind == SQLITE_FULL || kind == SQLITE_READONLY);
    return ae_fail(err, AE_EIO, "%s: cannot %s: %s%s%s%s", path, doing, text, has_errno ? " (" : "",
                   has_errno ? strerror(system_error) : "", has_errno ? ")" : "");
}

enum ae_status ae_database_run(sqlite3 *db, const char *sql, const char *path, const char *doing,
                               struct ae_error *err)
{
    errno = 0;
    if (sqlite3_exec(db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return ae_database_fail(db, 0, path, doing, err);
    return AE_OK;
}

enum ae_status ae_database_prepare(sqlite3 *db, sqlite3_stmt **statement,
                                   const struct ae_buffer *sql, const char *path,
                                   struct ae_error *err)
{
    enum ae_status rc = ae_buffer_status(sql, err);
    if (rc == AE_OK && sqlite3_prepare_v2(db, sql->data, -1, statement, NULL) != SQLITE_OK)
        rc = ae_database_fail(db, 0, path, "use its tables", err);
    return rc;
}

void ae_database_quote(struct ae_buffer *sql, const char *name)
{
    ae_buffer_text(sql, "\"");
    for (const char *at = name; *at; at++)
        ae_buffer_append(sql, *at == '"' ? "\"\"" : at, *at == '"' ? 2 : 1);
    ae_buffer_text(sql, "\"");
}

enum ae_status ae_database_has_column(sqlite3 *db, const char *name, const char *path,
                                      bool *is_there, struct ae_error *err)
{
    sqlite3_stmt *statement = NULL;
    *is_there = false;
    int code = sqlite3_prepare_v2(db,
                                  "SELECT 1 FROM pragma_table_info('result')"
                                  " WHERE name = ?1 COLLATE NOCASE",
                                  -1, &statement, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    if (code == SQLITE_OK)
        code = sqlite3_step(statement);
    *is_there = code == SQLITE_ROW;
    enum ae_status rc = AE_OK;
    if (code != SQLITE_ROW && code != SQLITE_DONE)
        rc = ae_database_fail(db, 0, path, "read its columns", err);
    (void)sqlite3_finalize(statement);
    return rc;
}

enum ae_status ae_database_check_columns(const struct ae_store_columns *columns,
                                         struct ae_error *err)
{
    for (size_t i = 0; i < columns->n; i++) {
        const char *name = columns->names[i];
        bool is_taken = false;
        for (size_t j = 0; j < sizeof fixed_columns / sizeof *fixed_columns; j++)
            is_taken = is_taken || sqlite3_stricmp(name, fixed_columns[j]) == 0;
        for (size_t j = 0; j < i; j++)
            is_taken = is_taken || sqlite3_stricmp(name, columns->names[j]) == 0;
        if (is_taken || !*name)
            return ae_fail(err, AE_EARG, "\"%s\" cannot be the name of a number: %s", name,
                           *name ? "it is taken" : "it is empty");
    }
    return AE_OK;
}

/* Refuses what SQLite might otherwise accept as new or replace. */
static enum ae_status check_magic(const char *path, struct ae_error *err)
{
    static const char magic[16] = "SQLite format 3";
    char head[16] = "";
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? AE_OK : ae_fail(err, AE_EIO, "%s: %s", path, strerror(errno));
    ssize_t n = read(fd, head, sizeof head);
    enum ae_status rc = AE_OK;
    if (n < 0)
        rc = ae_fail(err, AE_EIO, "%s: %s", path, strerror(errno));
    else if (n > 0 && (n < (ssize_t)sizeof head || memcmp(head, magic, sizeof magic) != 0))
        rc =
            ae_fail(err, AE_EIO,
                    "%s: not a database (its first bytes are not SQLite's): restore a copy, or use "
                    "another folder",
                    path);
    (void)close(fd);
    return rc;
}

static enum ae_status query_integer(sqlite3 *db, const char *sql, const char *path,
                                    sqlite3_int64 *value, struct ae_error *err)
{
    sqlite3_stmt *statement = NULL;
    enum ae_status rc = AE_OK;
    if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW)
        rc = ae_database_fail(db, 0, path, "open it", err);
    else
        *value = sqlite3_column_int64(statement, 0);
    (void)sqlite3_finalize(statement);
    return rc;
}

/* Reads the identity and refuses what is not a whole database of this program. A database without a
 * page is new. */
static enum ae_status recognise(sqlite3 *db, const char *file, const char *path,
                                struct identity *is, struct ae_error *err)
{
    /* The first of these rolls back what a killed run left in the journal. */
    enum ae_status rc = query_integer(db, "PRAGMA application_id", path, &is->application_id, err);
    if (rc == AE_OK)
        rc = query_integer(db, "PRAGMA user_version", path, &is->schema_version, err);
    if (rc == AE_OK)
        rc = query_integer(db, "PRAGMA page_count", path, &is->n_pages, err);
    if (rc == AE_OK)
        rc = query_integer(db, "PRAGMA page_size", path, &is->page_size, err);
    struct stat info;
    if (rc != AE_OK || is->n_pages == 0)
        return rc;
    if (is->application_id != APPLICATION_ID)
        return ae_fail(
            err, AE_EIO,
            "%s: a database of another program (application_id %lld): use another folder", path,
            (long long)is->application_id);
    if (is->schema_version > SCHEMA_VERSION)
        return ae_fail(
            err, AE_EIO,
            "%s: written by a newer version of this program (schema %lld, this one knows "
            "%d): use that version or another folder",
            path, (long long)is->schema_version, SCHEMA_VERSION);
    if (stat(file, &info) != 0)
        return ae_fail(err, AE_EIO, "%s: %s", path, strerror(errno));
    if (info.st_size < is->n_pages * is->page_size)
        return ae_fail(
            err, AE_EIO,
            "%s: damaged, the file has %lld bytes of %lld. Nothing was repaired: restore a "
            "copy, use another folder, or rescue what is readable with: sqlite3 FILE .recover",
            path, (long long)info.st_size, (long long)(is->n_pages * is->page_size));
    return AE_OK;
}

static enum ae_status create_tables(sqlite3 *db, const char *path,
                                    const struct ae_store_columns *columns, struct ae_error *err)
{
    struct ae_buffer sql = {0};
    ae_buffer_printf(&sql, "BEGIN IMMEDIATE;PRAGMA application_id=%d;PRAGMA user_version=%d;",
                     APPLICATION_ID, SCHEMA_VERSION);
    ae_buffer_text(&sql, "CREATE TABLE result(id INTEGER PRIMARY KEY, point TEXT NOT NULL,"
                         " replicate INTEGER NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL,"
                         " level INTEGER NOT NULL, params TEXT NOT NULL");
    for (size_t i = 0; i < columns->n; i++) {
        ae_buffer_text(&sql, ", ");
        ae_database_quote(&sql, columns->names[i]);
    }
    ae_buffer_text(&sql, ", UNIQUE(point, replicate));"
                         "CREATE INDEX result_state ON result(point, replicate, state, level);"
                         "CREATE TABLE extra(id INTEGER PRIMARY KEY, data BLOB);"
                         "CREATE TABLE timing(id INTEGER PRIMARY KEY, wall_s, finished_at,"
                         " rank INTEGER, host TEXT);"
                         "CREATE TABLE text(name TEXT PRIMARY KEY, text TEXT NOT NULL);"
                         "COMMIT");
    enum ae_status rc = ae_buffer_status(&sql, err);
    if (rc == AE_OK)
        rc = ae_database_run(db, sql.data, path, "create its tables", err);
    ae_buffer_clear(&sql);
    return rc;
}

/* A database made by another version of the program may lack numbers that this one has. */
static enum ae_status add_columns(sqlite3 *db, const char *path,
                                  const struct ae_store_columns *columns, struct ae_error *err)
{
    struct ae_buffer sql = {0};
    enum ae_status rc = AE_OK;
    ae_buffer_text(&sql, "BEGIN IMMEDIATE;");
    size_t n_bare = sql.size;
    for (size_t i = 0; i < columns->n && rc == AE_OK; i++) {
        bool is_there = false;
        rc = ae_database_has_column(db, columns->names[i], path, &is_there, err);
        if (!is_there) {
            ae_buffer_text(&sql, "ALTER TABLE result ADD COLUMN ");
            ae_database_quote(&sql, columns->names[i]);
            ae_buffer_text(&sql, ";");
        }
    }
    bool is_complete = sql.size == n_bare;
    ae_buffer_text(&sql, "COMMIT");
    if (rc == AE_OK)
        rc = ae_buffer_status(&sql, err);
    if (rc == AE_OK && !is_complete)
        rc = ae_database_run(db, sql.data, path, "add columns", err);
    ae_buffer_clear(&sql);
    return rc;
}

enum ae_status ae_database_open_write(sqlite3 **db, const char *path,
                                      const struct ae_store_columns *columns, struct ae_error *err)
{
    struct identity is = {0};
    enum ae_status rc = check_magic(path, err);
    if (rc != AE_OK)
        return rc;
    int code = sqlite3_open_v2(
        path, db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, "unix-none");
    if (code != SQLITE_OK)
        return ae_database_fail(*db, code, path, "open it", err);
    (void)sqlite3_extended_result_codes(*db, 1);
    if (sqlite3_db_readonly(*db, "main") == 1)
        return ae_fail(err, AE_EIO, "%s: no permission to write to it", path);
    rc = recognise(*db, path, path, &is, err);
    if (rc == AE_OK)
        rc = ae_database_run(*db,
                             "PRAGMA page_size=8192;PRAGMA journal_mode=TRUNCATE;"
                             "PRAGMA synchronous=FULL;PRAGMA secure_delete=OFF;"
                             "PRAGMA cache_size=-16384",
                             path, "set it up", err);
    if (rc == AE_OK && is.n_pages == 0)
        rc = create_tables(*db, path, columns, err);
    else if (rc == AE_OK)
        rc = add_columns(*db, path, columns, err);
    return rc;
}

/* The name of a file that SQLite neither locks nor changes. */
static void immutable_uri(struct ae_buffer *uri, const char *file)
{
    ae_buffer_text(uri, file[0] == '/' ? "file://" : "file:");
    for (const char *at = file; *at; at++) {
        if (strchr("%?#", *at))
            ae_buffer_printf(uri, "%%%02x", (unsigned)(unsigned char)*at);
        else
            ae_buffer_append(uri, at, 1);
    }
    ae_buffer_text(uri, "?immutable=1");
}

enum ae_status ae_database_open_read(sqlite3 **db, const char *file, bool is_original,
                                     const char *path, struct ae_error *err)
{
    struct ae_buffer uri = {0};
    struct identity is = {0};
    enum ae_status rc = check_magic(file, err);
    immutable_uri(&uri, file);
    if (rc == AE_OK)
        rc = ae_buffer_status(&uri, err);
    if (rc == AE_OK) {
        int code =
            is_original
                ? sqlite3_open_v2(uri.data, db,
                                  SQLITE_OPEN_READONLY | SQLITE_OPEN_URI | SQLITE_OPEN_NOMUTEX,
                                  "unix-none")
                : sqlite3_open_v2(file, db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
                                  "unix-none");
        if (code != SQLITE_OK)
            rc = ae_database_fail(*db, code, path, "open it", err);
    }
    ae_buffer_clear(&uri);
    if (rc == AE_OK)
        rc = recognise(*db, file, path, &is, err);
    if (rc == AE_OK && is.n_pages == 0)
        rc = ae_fail(err, AE_EARG, "%s: no results yet", path);
    if (rc == AE_OK)
        rc = ae_database_run(*db, "PRAGMA cache_size=-65536", path, "set it up", err);
    return rc;
}
