#ifndef AESWEEP_STORE_DATABASE_H
#define AESWEEP_STORE_DATABASE_H

/* The SQLite file: opening, recognising, tables, error messages. `path` is what messages name. */

#include <sqlite3.h>

#include "aesweep/error.h"
#include "aesweep/memory.h"
#include "aesweep/store.h"

/* Opens for writing, creating or completing the tables. The caller makes sure to be the only
 * writer. *db is closed by the caller with sqlite3_close, also after a failure. */
enum ae_status ae_database_open_write(sqlite3 **db, const char *path,
                                      const struct ae_store_columns *columns, struct ae_error *err);
/* Opens `file`, a private copy of path or, if is_original, path itself, which is then left
 * untouched. AE_EARG if it is still empty. */
enum ae_status ae_database_open_read(sqlite3 **db, const char *file, bool is_original,
                                     const char *path, struct ae_error *err);

/* The message for the last failure on db (or for code, if db is NULL). */
enum ae_status ae_database_fail(sqlite3 *db, int code, const char *path, const char *doing,
                                struct ae_error *err);
enum ae_status ae_database_run(sqlite3 *db, const char *sql, const char *path, const char *doing,
                               struct ae_error *err);
/* Prepares the text built in sql. */
enum ae_status ae_database_prepare(sqlite3 *db, sqlite3_stmt **statement,
                                   const struct ae_buffer *sql, const char *path,
                                   struct ae_error *err);
/* Appends the name, quoted for SQL. */
void ae_database_quote(struct ae_buffer *sql, const char *name);
/* Does table result have that column? */
enum ae_status ae_database_has_column(sqlite3 *db, const char *name, const char *path,
                                      bool *is_there, struct ae_error *err);
/* AE_EARG unless all names can be columns beside those every row has. */
enum ae_status ae_database_check_columns(const struct ae_store_columns *columns,
                                         struct ae_error *err);

#endif
