/*
 * Snapshots of an SQLite database that a run may be writing to, on file systems without locks.
 *
 * The writer changes the database only inside a commit, and during a commit the journal beside it
 * begins with a non-zero byte ("hot"); each commit raises the change counter in the header. So a
 * copy is consistent if the journal was not hot and the counter was the same before and after
 * copying. A hot journal without a running writer was left by a run that died: it is copied along,
 * and SQLite rolls the copy back. File format: https://www.sqlite.org/fileformat2.html,
 * sections 1.3.7 and 3.
 */
#include "snapshot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aesweep/lock.h"
#include "aesweep/memory.h"

enum { COPY_BLOCK = 1 << 20, PATIENCE_MS = 10000, NAP_MS = 7, COUNTER_AT = 24 };

static char *join(const char *a, const char *b)
{
    struct ae_buffer text = {0};
    ae_buffer_text(&text, a);
    ae_buffer_text(&text, b);
    if (text.failed)
        ae_buffer_clear(&text);
    return text.data;
}

static enum ae_status read_journal(struct ae_stamp *stamp, const char *path, struct ae_error *err)
{
    char *journal = join(path, "-journal");
    if (!journal)
        return ae_fail_memory(err, strlen(path));
    enum ae_status rc = AE_OK;
    int fd = open(journal, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        struct stat info;
        unsigned char first = 0;
        ssize_t n = pread(fd, &first, 1, 0);
        if (n < 0 || fstat(fd, &info) != 0)
            rc = ae_fail(err, AE_EIO, "%s: %s", journal, strerror(errno));
        else
            stamp->journal_size = info.st_size;
        stamp->is_hot = n > 0 && first != 0;
        (void)close(fd);
    } else if (errno != ENOENT) {
        rc = ae_fail(err, AE_EIO, "%s: %s", journal, strerror(errno));
    }
    free(journal);
    return rc;
}

enum ae_status ae_stamp_read(struct ae_stamp *stamp, const char *path, struct ae_error *err)
{
    memset(stamp, 0, sizeof *stamp);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return ae_fail(err, AE_EIO, "%s: %s", path, strerror(errno));
    /* The counter on both sides of the look at the journal: a commit that began after that look
     * must not lend its counter to the state before it. */
    unsigned char before[4] = {0};
    bool is_read = pread(fd, before, sizeof before, COUNTER_AT) >= 0;
    enum ae_status rc = read_journal(stamp, path, err);
    struct stat info;
    unsigned char after[4] = {0};
    if (rc == AE_OK &&
        (!is_read || fstat(fd, &info) != 0 || pread(fd, after, sizeof after, COUNTER_AT) < 0)) {
        rc = ae_fail(err, AE_EIO, "%s: %s", path, strerror(errno));
    } else if (rc == AE_OK) {
        stamp->device = info.st_dev;
        stamp->inode = info.st_ino;
        stamp->size = info.st_size;
        stamp->modified = info.st_mtim;
        stamp->is_moving = memcmp(before, after, sizeof after) != 0;
        for (size_t i = 0; i < sizeof after; i++)
            stamp->counter = stamp->counter << 8 | after[i];
    }
    (void)close(fd);
    return rc;
}

static bool is_same(const struct ae_stamp *a, const struct ae_stamp *b)
{
    return a->device == b->device && a->inode == b->inode && a->size == b->size &&
           a->modified.tv_sec == b->modified.tv_sec && a->modified.tv_nsec == b->modified.tv_nsec &&
           a->counter == b->counter && a->is_hot == b->is_hot &&
           a->journal_size == b->journal_size && !a->is_moving && !b->is_moving;
}

/* false with errno. */
static bool write_all(int fd, const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = write(fd, data, size);
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0) {
            data += n;
            size -= (size_t)n;
        }
    }
    return true;
}

static enum ae_status copy_open(int in, const char *from, int out, const char *to,
                                struct ae_error *err)
{
    char *block = ae_realloc(NULL, 1, COPY_BLOCK);
    if (!block)
        return ae_fail_memory(err, COPY_BLOCK);
    enum ae_status rc = AE_OK;
    for (ssize_t n = 1; rc == AE_OK && n != 0;) {
        n = read(in, block, COPY_BLOCK);
        if (n < 0 && errno != EINTR)
            rc = ae_fail(err, AE_EIO, "%s: %s", from, strerror(errno));
        else if (n > 0 && !write_all(out, block, (size_t)n))
            rc = ae_fail(err, AE_EIO,
                         "%s: cannot write a private copy of %s: %s (TMPDIR chooses the folder)",
                         to, from, strerror(errno));
    }
    free(block);
    return rc;
}

static enum ae_status copy_file(const char *from, const char *to, struct ae_error *err)
{
    int in = open(from, O_RDONLY | O_CLOEXEC);
    if (in < 0)
        return ae_fail(err, AE_EIO, "%s: %s", from, strerror(errno));
    enum ae_status rc = AE_OK;
    int out = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (out < 0)
        rc = ae_fail(err, AE_EIO, "%s: %s", to, strerror(errno));
    else
        rc = copy_open(in, from, out, to, err);
    if (out >= 0 && close(out) != 0 && rc == AE_OK)
        rc = ae_fail(err, AE_EIO, "%s: %s", to, strerror(errno));
    (void)close(in);
    return rc;
}

static enum ae_status make_private_folder(struct ae_snapshot *snapshot, struct ae_error *err)
{
    const char *base = getenv("TMPDIR");
    snapshot->folder = join(base && *base ? base : "/tmp", "/aesweep-XXXXXX");
    if (!snapshot->folder)
        return ae_fail_memory(err, strlen("/aesweep-XXXXXX"));
    if (!mkdtemp(snapshot->folder)) {
        enum ae_status rc =
            ae_fail(err, AE_EIO, "%s: cannot make a private folder: %s (TMPDIR chooses where)",
                    snapshot->folder, strerror(errno));
        free(snapshot->folder);
        snapshot->folder = NULL;
        return rc;
    }
    snapshot->path = join(snapshot->folder, "/copy.db");
    return snapshot->path ? AE_OK : ae_fail_memory(err, strlen(snapshot->folder));
}

/* Copies what the stamp describes; *done if the original did not change meanwhile. */
static enum ae_status try_copy(struct ae_snapshot *snapshot, const char *path, bool *done,
                               struct ae_error *err)
{
    enum ae_status rc = make_private_folder(snapshot, err);
    if (rc == AE_OK)
        rc = copy_file(path, snapshot->path, err);
    if (rc == AE_OK && snapshot->stamp.is_hot) {
        char *from = join(path, "-journal"), *to = join(snapshot->path, "-journal");
        if (!from || !to)
            rc = ae_fail_memory(err, strlen(path));
        else if (access(from, F_OK) ==
                 0) /* else it has just been dealt with, which the stamp shows */
            rc = copy_file(from, to, err);
        free(from);
        free(to);
    }
    struct ae_stamp after;
    if (rc == AE_OK)
        rc = ae_stamp_read(&after, path, err);
    *done = rc == AE_OK && is_same(&after, &snapshot->stamp);
    if (!*done) {
        ae_snapshot_remove_files(snapshot);
        ae_snapshot_clear(snapshot);
    }
    return rc;
}

static enum ae_status try_take(struct ae_snapshot *snapshot, const char *dir, const char *path,
                               bool *done, struct ae_error *err)
{
    char *who = NULL;
    enum ae_status rc = ae_lock_holder(dir, &who, err);
    if (rc == AE_OK)
        rc = ae_stamp_read(&snapshot->stamp, path, err);
    if (rc == AE_OK && snapshot->stamp.is_moving) {
        *done = false;
    } else if (rc == AE_OK && !who && !snapshot->stamp.is_hot) {
        snapshot->path = ae_text_copy(path, strlen(path));
        rc = snapshot->path ? AE_OK : ae_fail_memory(err, strlen(path));
        *done = true;
    } else if (rc == AE_OK && !(who && snapshot->stamp.is_hot)) {
        rc = try_copy(snapshot, path, done, err);
    }
    free(who);
    return rc;
}

enum ae_status ae_snapshot_take(struct ae_snapshot *snapshot, const char *dir, const char *path,
                                struct ae_error *err)
{
    struct timespec start = {0}, now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &start);
    for (;;) {
        bool done = false;
        enum ae_status rc = try_take(snapshot, dir, path, &done, err);
        if (rc != AE_OK || done)
            return rc;
        struct timespec pause = {.tv_sec = 0, .tv_nsec = NAP_MS * 1000000L};
        (void)nanosleep(&pause, NULL);
        (void)clock_gettime(CLOCK_MONOTONIC, &now);
        if ((now.tv_sec - start.tv_sec) * 1000 + (now.tv_nsec - start.tv_nsec) / 1000000 >
            PATIENCE_MS)
            return ae_fail(err, AE_EIO,
                           "%s: the running sweep saves faster than this database (%lld MB) can be "
                           "copied for reading; try again, or when the run has ended",
                           path, (long long)snapshot->stamp.size / 1000000);
    }
}

enum ae_status ae_snapshot_check(const struct ae_snapshot *snapshot, struct ae_error *err)
{
    struct ae_stamp now;
    if (snapshot->folder || !snapshot->path)
        return AE_OK;
    enum ae_status rc = ae_stamp_read(&now, snapshot->path, err);
    if (rc == AE_OK && !is_same(&now, &snapshot->stamp))
        rc = ae_fail(err, AE_EIO, "%s: a run began to write while it was read; try again",
                     snapshot->path);
    return rc;
}

void ae_snapshot_remove_files(struct ae_snapshot *snapshot)
{
    if (!snapshot->folder)
        return;
    char *journal = snapshot->path ? join(snapshot->path, "-journal") : NULL;
    if (journal)
        (void)unlink(journal);
    if (snapshot->path)
        (void)unlink(snapshot->path);
    (void)rmdir(snapshot->folder);
    free(journal);
}

void ae_snapshot_clear(struct ae_snapshot *snapshot)
{
    free(snapshot->path);
    free(snapshot->folder);
    snapshot->path = NULL;
    snapshot->folder = NULL;
}
