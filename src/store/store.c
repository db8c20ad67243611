/* The results folder: opening, closing, keys. */
#include "aesweep/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/statfs.h>
#endif

#include "database.h"
#include "impl.h"
#include "mark.h"

#define FILE_NAME "/aesweep.db"
enum { NFS_MAGIC = 0x6969 }; /* NFS_SUPER_MAGIC of <linux/magic.h> */

/* SQLite's, which is to go with the database when no memory may be left to name it. */
static enum ae_status name_journal(struct ae_store *store, struct ae_error *err)
{
    struct ae_buffer path = {0};
    ae_buffer_printf(&path, "%s-journal", store->path);
    store->journal_path = path.data;
    return ae_buffer_status(&path, err);
}

static enum ae_status new_store(struct ae_store **out, const char *dir,
                                const struct ae_store_columns *columns, struct ae_error *err)
{
    *out = NULL;
    enum ae_status rc = ae_database_check_columns(columns, err);
    if (rc != AE_OK)
        return rc;
    if (!*dir)
        return ae_fail(err, AE_EARG, "the results folder has no name");
    struct ae_store *store = ae_calloc(1, 1, sizeof *store);
    if (!store)
        return ae_fail_memory(err, sizeof *store);
    *out = store;
    store->guard = -1;
    struct ae_buffer path = {0};
    ae_buffer_printf(&path, "%s" FILE_NAME, dir);
    rc = ae_buffer_status(&path, err);
    store->path = path.data;
    if (rc == AE_OK)
        rc = name_journal(store, err);
    store->dir = ae_text_copy(dir, strlen(dir));
    store->names = ae_calloc(columns->n, 1, sizeof *store->names);
    store->numbers = ae_reals_new(columns->n);
    bool is_good = store->dir && store->names && store->numbers;
    for (size_t i = 0; is_good && i < columns->n; i++) {
        store->names[i] = ae_text_copy(columns->names[i], strlen(columns->names[i]));
        is_good = store->names[i] != NULL;
        store->n_names += is_good;
    }
    return is_good || rc != AE_OK ? rc : ae_fail_memory(err, columns->n);
}

/* Frees all, gives the lock back; writes nothing. */
static void free_store(struct ae_store *store)
{
    if (!store)
        return;
    (void)sqlite3_finalize(store->get);
    (void)sqlite3_finalize(store->put_result);
    (void)sqlite3_finalize(store->put_extra);
    (void)sqlite3_finalize(store->put_timing);
    (void)sqlite3_finalize(store->put_text);
    for (size_t i = 0; i < AE_STORE_N_REMOVE; i++)
        (void)sqlite3_finalize(store->remove[i]);
    ae_mark_close(store);
    (void)sqlite3_close(store->db);
    if (store->guard >= 0)
        (void)close(store->guard);
    ae_snapshot_remove_files(&store->snapshot);
    ae_snapshot_clear(&store->snapshot);
    if (store->is_unsaved)
        ae_lock_leave(store->lock);
    else
        ae_lock_free(store->lock);
    ae_index_clear(&store->index);
    ae_buffer_clear(&store->pending);
    for (size_t i = 0; i < store->n_names; i++)
        free(store->names[i]);
    free(store->names);
    free(store->numbers);
    free(store->dir);
    free(store->path);
    free(store->journal_path);
    free(store);
}

static enum ae_status load_index(struct ae_store *store, struct ae_error *err)
{
    sqlite3_stmt *all = NULL;
    enum ae_status rc = AE_OK;
    int code = sqlite3_prepare_v2(store->db, "SELECT point, replicate, state, level FROM result",
                                  -1, &all, NULL);
    while (rc == AE_OK && code == SQLITE_OK && (code = sqlite3_step(all)) == SQLITE_ROW) {
        uint64_t point = 0;
        const char *state = (const char *)sqlite3_column_text(all, 2);
        if (!ae_store_read_point((const char *)sqlite3_column_text(all, 0), &point) || !state)
            rc = ae_store_bad_row(store, err);
        else if (!ae_index_set(&store->index, point, (uint64_t)sqlite3_column_int64(all, 1),
                               strcmp(state, "done") == 0 ? AE_STORE_DONE : AE_STORE_FAILED,
                               sqlite3_column_int(all, 3)))
            rc = ae_fail_memory(err, store->index.n_slots);
        code = SQLITE_OK;
    }
    if (rc == AE_OK && code != SQLITE_DONE)
        rc = ae_store_fail(store, "read its keys", err);
    (void)sqlite3_finalize(all);
    return rc;
}

static enum ae_status finish_opening(struct ae_store *store, struct ae_error *err)
{
    enum ae_status rc = ae_store_prepare_select(
        store, true, " WHERE r.point = ?1 AND r.replicate = ?2", &store->get, err);
    return rc == AE_OK ? load_index(store, err) : rc;
}

/* Makes the folder and its parents; *n_first: length of the first part of dir that was made, or 0.
 */
static enum ae_status make_folder(char *dir, size_t *n_first, struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    size_t n = strlen(dir);
    struct stat info;
    for (size_t i = 1; i <= n && rc == AE_OK; i++) {
        char kept = dir[i];
        if (kept != '/' && kept != '\0')
            continue;
        dir[i] = '\0';
        if (mkdir(dir, 0777) == 0) {
            if (*n_first == 0)
                *n_first = i;
        } else {
            int saved = errno;
            if (stat(dir, &info) != 0)
                rc = ae_fail(err, AE_EIO, "%s: cannot make this folder: %s", dir, strerror(saved));
            else if (!S_ISDIR(info.st_mode))
                rc = ae_fail(err, AE_EIO, "%s: not a folder", dir);
        }
        dir[i] = kept;
    }
    return rc;
}

/* Removes the folders that make_folder made, as far as they are empty. */
static void remove_folder(char *dir, size_t n_first)
{
    for (size_t i = strlen(dir); n_first > 0 && i >= n_first; i--) {
        char kept = dir[i];
        if (kept != '/' && kept != '\0')
            continue;
        dir[i] = '\0';
        (void)rmdir(dir);
        dir[i] = kept;
    }
}

/* For the locks of write.c; -1 on NFS, where asking for a lock can block for ever. */
static int open_guard(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC);
#ifdef __linux__
    struct statfs system;
    if (fd >= 0 && (fstatfs(fd, &system) != 0 || system.f_type == NFS_MAGIC)) {
        (void)close(fd);
        fd = -1;
    }
#endif
    return fd;
}

static enum ae_status open_database(struct ae_store *store, const struct ae_store_columns *columns,
                                    struct ae_error *err)
{
    struct stat info;
    /* What a run left without permission to write to it, SQLite would open for reading. */
    if (stat(store->journal_path, &info) == 0 && info.st_size == 0)
        (void)unlink(store->journal_path);
    enum ae_status rc = ae_database_open_write(&store->db, store->path, columns, err);
    if (rc == AE_OK && stat(store->path, &info) != 0)
        rc = ae_fail(err, AE_EIO, "%s: %s", store->path, strerror(errno));
    if (rc == AE_OK) {
        store->device = info.st_dev;
        store->inode = info.st_ino;
        store->guard = open_guard(store->path);
        rc = ae_store_prepare_put(store, err);
    }
    if (rc == AE_OK)
        rc = ae_mark_open(store, err);
    return rc == AE_OK ? finish_opening(store, err) : rc;
}

/* Takes the names of its files out of a store, for use when it is gone; free() them. */
struct names {
    char *dir, *path, *journal_path;
};
static struct names take_names(struct ae_store *store)
{
    struct names names = {store->dir, store->path, store->journal_path};
    store->dir = store->path = store->journal_path = NULL;
    return names;
}

static void free_names(struct names *names)
{
    free(names->dir);
    free(names->path);
    free(names->journal_path);
}

static void remove_database(const struct names *names)
{
    (void)unlink(names->path);
    (void)unlink(names->journal_path);
}

/* Takes back what an opening made and could not finish: the database, unless it was there before, and
 * the folders from the first n_first letters of the name on (0: none). */
static void take_back(struct ae_store *store, bool was_there, size_t n_first)
{
    if (!store)
        return;
    struct names names = take_names(store);
    if (!was_there)
        remove_database(&names);
    free_store(store);
    if (n_first > 0)
        remove_folder(names.dir, n_first);
    free_names(&names);
}

enum ae_status ae_store_open_run(struct ae_store **store, const char *dir,
                                 const struct ae_store_columns *columns, char **notice,
                                 struct ae_error *err)
{
    struct ae_store *own = NULL;
    size_t n_first = 0;
    struct stat info;
    bool was_there = true;
    *store = NULL;
    if (notice)
        *notice = NULL;
    enum ae_status rc = new_store(&own, dir, columns, err);
    if (rc == AE_OK)
        rc = make_folder(own->dir, &n_first, err);
    if (rc == AE_OK)
        rc = ae_lock_take(&own->lock, own->dir, notice, err);
    if (rc == AE_OK) {
        own->is_unsaved = ae_lock_follows_failure(own->lock);
        was_there = stat(own->path, &info) == 0 || errno != ENOENT;
        rc = open_database(own, columns, err);
    }
    if (rc == AE_OK) {
        *store = own;
        return AE_OK;
    }
    take_back(own, was_there, n_first);
    if (notice) {
        free(*notice);
        *notice = NULL;
    }
    return rc;
}

enum ae_status ae_store_open_read(struct ae_store **store, const char *dir,
                                  const struct ae_store_columns *columns, struct ae_error *err)
{
    struct ae_store *own = NULL;
    struct stat info;
    *store = NULL;
    enum ae_status rc = new_store(&own, dir, columns, err);
    if (rc == AE_OK && stat(own->path, &info) != 0)
        rc = errno == ENOENT || errno == ENOTDIR
                 ? ae_fail(err, AE_EARG, "%s: no results here (there is no %s)", dir, own->path)
                 : ae_fail(err, AE_EIO, "%s: %s", own->path, strerror(errno));
    if (rc == AE_OK)
        own->is_unsaved = ae_lock_was_left(own->dir);
    if (rc == AE_OK)
        rc = ae_snapshot_take(&own->snapshot, own->dir, own->path, err);
    if (rc == AE_OK)
        rc = ae_database_open_read(&own->db, own->snapshot.path, !own->snapshot.folder, own->path,
                                   err);
    if (rc == AE_OK)
        rc = finish_opening(own, err);
    if (rc == AE_OK)
        rc = ae_snapshot_check(&own->snapshot, err);
    if (rc != AE_OK) {
        free_store(own);
        return rc;
    }
    ae_snapshot_remove_files(&own->snapshot); /* open, they are read without their names */
    *store = own;
    return AE_OK;
}

/* Commits what waits, and takes the empty journal away. */
static enum ae_status finish_writing(struct ae_store *store, struct ae_error *err)
{
    enum ae_status rc = ae_store_commit(store, err);
    if (rc == AE_OK) {
        (void)sqlite3_reset(store->get);
        rc = ae_database_run(store->db, "PRAGMA journal_mode=DELETE", store->path, "close it", err);
    }
    return rc;
}

enum ae_status ae_store_close(struct ae_store *store, struct ae_error *err)
{
    if (!store || !store->lock) {
        free_store(store);
        return AE_OK;
    }
    enum ae_status rc = finish_writing(store, err);
    store->is_unsaved = rc != AE_OK;
    free_store(store);
    return rc;
}

enum ae_status ae_store_close_as(struct ae_store *store, const char *dir, struct ae_error *err)
{
    enum ae_status rc = finish_writing(store, err);
    if (rc != AE_OK) {
        ae_store_discard(store);
        return rc;
    }
    struct names own = take_names(store);
    free_store(store); /* the lock goes first: the folder appears without it */
    if (rename(own.dir, dir) != 0) {
        rc = ae_fail(err, AE_EIO, "%s: cannot get this name: %s", dir, strerror(errno));
        remove_database(&own);
        (void)rmdir(own.dir);
    }
    free_names(&own);
    return rc;
}

void ae_store_discard(struct ae_store *store)
{
    if (!store || !store->lock) {
        free_store(store);
        return;
    }
    struct names own = take_names(store);
    remove_database(&own);
    free_store(store);
    (void)rmdir(own.dir);
    free_names(&own);
}

enum ae_status ae_store_running(const char *dir, char **who, struct ae_error *err)
{
    return ae_lock_holder(dir, who, err);
}

bool ae_store_has(const struct ae_store *store, uint64_t point, uint64_t replicate,
                  enum ae_store_state *state, int *level)
{
    const struct ae_index_slot *slot = ae_index_find(&store->index, point, replicate);
    if (!slot)
        return false;
    if (state)
        *state = (enum ae_store_state)slot->state;
    if (level)
        *level = slot->level;
    return true;
}

size_t ae_store_size(const struct ae_store *store)
{
    return store->index.n;
}
