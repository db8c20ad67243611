/*
 * The lock file of a results folder.
 *
 * The file is written under a name of its own and then link()ed to the lock's name: link is atomic
 * and never replaces, also on NFS. A lapsed lock is replaced by rename(), so that no moment exists
 * without a lock, by whoever holds the file aesweep.lock.takeover (made the same way) and, holding
 * it, still finds the lapsed text. What remains, an owner that comes back after its lock lapsed, is
 * caught by ae_lock_renew.
 *
 * An owner that ends in good order takes its lock away. One that could not write to the folder any
 * more leaves it, and says so in it: the file is open since it was made, and the word that is
 * overwritten has its place on the disk, so that this works on a full disk, too.
 *
 * Ages are differences of times set by the file system itself, so that clocks of hosts may
 * disagree.
 */
#include "aesweep/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "aesweep/memory.h"

#define LOCK_NAME "aesweep.lock"
enum { LAPSE_S = 60, TEXT_SIZE = 1024, WORD_SIZE = 256, MAX_TRIES = 200 };

struct ae_lock {
    char *dir;
    char *path;
    char *temp;     /* where the text is written before it gets the lock's name */
    char *takeover; /* held while a lapsed lock is replaced */
    char text[TEXT_SIZE];
    int fd; /* of the lock file, for its last word; -1: it could not be opened */
    bool follows_failure;
};

/* What the line `state` says; of one length. */
#define RUNNING "running"
#define UNSAVED "unsaved"

/* A lock file as read. */
struct owner {
    char text[TEXT_SIZE];
    struct timespec beat;
    char host[WORD_SIZE], machine[WORD_SIZE], job[WORD_SIZE], since[WORD_SIZE];
    long pid; /* 0: the text is not that of a lock (yet) */
    unsigned long long start;
    bool is_unsaved; /* it has ended, and could not save */
};

/* Reads the beginning of a small file as text; false with errno. */
static bool read_text(const char *path, size_t size, char *text, struct timespec *modified)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    size_t n = 0;
    ssize_t got = 1;
    while (n < size - 1 && got > 0) {
        got = read(fd, text + n, size - 1 - n);
        if (got < 0 && errno == EINTR)
            got = 1;
        else if (got > 0)
            n += (size_t)got;
    }
    text[n] = '\0';
    struct stat info = {0};
    bool is_good = got >= 0 && fstat(fd, &info) == 0;
    int saved = errno;
    (void)close(fd);
    errno = saved;
    if (modified)
        *modified = info.st_mtim;
    return is_good;
}

static bool write_all(int fd, const char *text)
{
    size_t left = strlen(text);
    while (left > 0) {
        ssize_t n = write(fd, text, left);
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0) {
            text += n;
            left -= (size_t)n;
        }
    }
    return true;
}

static bool create_text(const char *path, int flags, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | flags, 0666);
    if (fd < 0)
        return false;
    bool is_good = write_all(fd, text);
    int saved = errno;
    is_good = close(fd) == 0 && is_good;
    if (!is_good) {
        saved = saved ? saved : errno;
        (void)unlink(path);
        errno = saved;
    }
    return is_good;
}

/* What tells pids apart: this boot of this machine and the pid namespace; the host's name where the
 * system does not say. */
static void machine_name(char name[WORD_SIZE])
{
    char boot[64] = "", space[64] = "";
    bool has_boot = read_text("/proc/sys/kernel/random/boot_id", sizeof boot, boot, NULL);
    ssize_t n = readlink("/proc/self/ns/pid", space, sizeof space - 1);
    if (has_boot && n > 0) {
        boot[strcspn(boot, "\n")] = '\0';
        space[n] = '\0';
        (void)snprintf(name, WORD_SIZE, "%s/%s", boot, space);
    } else if (gethostname(name, WORD_SIZE) != 0) {
        name[0] = '\0';
    }
    name[WORD_SIZE - 1] = '\0';
}

/* When the process started, in ticks since boot, 0 if it has ended (a zombie has); false if the
 * system does not tell. */
static bool process_start(long pid, unsigned long long *start)
{
    char path[64], text[TEXT_SIZE];
    (void)snprintf(path, sizeof path, "/proc/%ld/stat", pid);
    if (!read_text(path, sizeof text, text, NULL))
        return false;
    const char *at = strrchr(text, ')'); /* the name before it may hold anything */
    if (!at || at[1] != ' ')
        return false;
    at += 2;
    bool has_ended = *at == 'Z' || *at == 'X';
    for (int field = 3; field < 22 && at; field++) {
        at = strchr(at, ' ');
        at = at ? at + 1 : NULL;
    }
    if (!at)
        return false;
    *start = has_ended ? 0 : strtoull(at, NULL, 10);
    return true;
}

static bool process_exists(long pid, unsigned long long start)
{
    if (kill((pid_t)pid, 0) != 0 && errno == ESRCH)
        return false;
    unsigned long long now = 0;
    return start == 0 || !process_start(pid, &now) || now == start;
}

/* The value of the line `key value`, "" if there is none. */
static void take_word(const char *text, const char *key, char word[WORD_SIZE])
{
    size_t n_key = strlen(key);
    word[0] = '\0';
    for (const char *line = text; line && *line;) {
        const char *end = strchr(line, '\n');
        size_t n = end ? (size_t)(end - line) : strlen(line);
        if (n > n_key && strncmp(line, key, n_key) == 0 && line[n_key] == ' ') {
            (void)snprintf(word, WORD_SIZE, "%.*s", (int)(n - n_key - 1), line + n_key + 1);
            return;
        }
        line = end ? end + 1 : NULL;
    }
}

static bool read_owner(const char *path, struct owner *owner)
{
    memset(owner, 0, sizeof *owner);
    if (!read_text(path, sizeof owner->text, owner->text, &owner->beat))
        return false;
    char number[WORD_SIZE];
    take_word(owner->text, "host", owner->host);
    take_word(owner->text, "machine", owner->machine);
    take_word(owner->text, "job", owner->job);
    take_word(owner->text, "since", owner->since);
    take_word(owner->text, "pid", number);
    owner->pid = strtol(number, NULL, 10);
    take_word(owner->text, "start", number);
    owner->start = strtoull(number, NULL, 10);
    take_word(owner->text, "state", number);
    owner->is_unsaved = strcmp(number, UNSAVED) == 0;
    return true;
}

static double age_s(const struct owner *owner, const struct timespec *now)
{
    return (double)(now->tv_sec - owner->beat.tv_sec) +
           1e-9 * (double)(now->tv_nsec - owner->beat.tv_nsec);
}

static bool has_lapsed(const struct owner *owner, const struct timespec *now)
{
    char machine[WORD_SIZE];
    machine_name(machine);
    if (owner->is_unsaved)
        return true;
    if (owner->pid > 0 && machine[0] && strcmp(machine, owner->machine) == 0 &&
        !process_exists(owner->pid, owner->start))
        return true;
    return age_s(owner, now) > LAPSE_S;
}

static void describe(const struct owner *owner, char text[TEXT_SIZE])
{
    if (owner->pid <= 0)
        (void)snprintf(text, TEXT_SIZE, "its lock file does not say whose");
    else
        (void)snprintf(text, TEXT_SIZE, "host %s, pid %ld%s%s%s%s", owner->host, owner->pid,
                       owner->job[0] ? ", Slurm job " : "", owner->job,
                       owner->since[0] ? ", since " : "", owner->since);
}

/* The text of a lock of this process; no two are alike. */
static void own_text(char text[TEXT_SIZE])
{
    char host[WORD_SIZE] = "", machine[WORD_SIZE] = "", since[64] = "";
    if (gethostname(host, sizeof host) != 0)
        (void)snprintf(host, sizeof host, "unknown");
    host[sizeof host - 1] = '\0';
    machine_name(machine);
    unsigned long long start = 0;
    (void)process_start((long)getpid(), &start);
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_REALTIME, &now);
    struct tm utc = {0};
    if (gmtime_r(&now.tv_sec, &utc))
        (void)strftime(since, sizeof since, "%Y-%m-%dT%H:%M:%SZ", &utc);
    const char *job = getenv("SLURM_JOB_ID");
    bool has_job = job && *job;
    (void)snprintf(text, TEXT_SIZE,
                   "host %s\npid %ld\nstart %llu\nmachine %s\n%s%.64s%ssince %s\nid %lld.%09ld\n"
                   "state " RUNNING "\n",
                   host, (long)getpid(), start, machine, has_job ? "job " : "", has_job ? job : "",
                   has_job ? "\n" : "", since, (long long)now.tv_sec, now.tv_nsec);
}

/* Gives `temp` the further name `path`; false with errno (EEXIST: somebody has it). */
static bool claim(const char *temp, const char *path, const char *text)
{
    if (link(temp, path) == 0)
        return true;
    int saved = errno;
    struct stat info;
    if (stat(temp, &info) == 0 && info.st_nlink == 2)
        return true; /* done, but the answer of a network file system was lost */
    errno = saved;
    if (saved == EPERM || saved == EOPNOTSUPP || saved == ENOSYS || saved == EMLINK)
        return create_text(path, O_EXCL, text); /* a file system without links */
    return false;
}

/* Replaces the lapsed lock. *done stays false if another process was faster: look again. */
static enum ae_status replace_lapsed(const struct ae_lock *lock, const struct owner *lapsed,
                                     const struct timespec *now, bool *done, struct ae_error *err)
{
    const struct timespec pause = {.tv_nsec = 10000000};
    struct owner current;
    if (!claim(lock->temp, lock->takeover, lock->text)) {
        if (errno != EEXIST)
            return ae_fail(err, AE_EIO, "%s: cannot create: %s", lock->takeover, strerror(errno));
        if (read_owner(lock->takeover, &current) && has_lapsed(&current, now))
            (void)unlink(lock->takeover); /* its maker died in the middle */
        else
            (void)nanosleep(&pause, NULL);
        return AE_OK;
    }
    enum ae_status rc = AE_OK;
    if (read_owner(lock->path, &current) && strcmp(current.text, lapsed->text) == 0) {
        *done = rename(lock->temp, lock->path) == 0;
        if (!*done)
            rc = ae_fail(err, AE_EIO, "%s: cannot replace: %s", lock->path, strerror(errno));
    }
    (void)unlink(lock->takeover);
    return rc;
}

static enum ae_status set_notice(const struct ae_lock *lock, const struct owner *lapsed,
                                 char **notice, struct ae_error *err)
{
    char who[TEXT_SIZE];
    struct ae_buffer text = {0};
    describe(lapsed, who);
    ae_buffer_printf(&text, "%s: taking over from a run that %s (%s)", lock->dir,
                     lapsed->is_unsaved ? "could not write here any more" : "died", who);
    enum ae_status rc = ae_buffer_status(&text, err);
    if (rc == AE_OK && notice)
        *notice = text.data;
    else
        ae_buffer_clear(&text);
    return rc;
}

/* One try: *done if the lock is ours now, else look again; a status if somebody has it. */
static enum ae_status try_once(struct ae_lock *lock, char **notice, bool *done,
                               struct ae_error *err)
{
    if (claim(lock->temp, lock->path, lock->text)) {
        *done = true;
        return AE_OK;
    }
    if (errno != EEXIST)
        return ae_fail(err, AE_EIO, "%s: cannot create: %s", lock->path, strerror(errno));
    struct owner owner;
    struct stat info;
    if (utimensat(AT_FDCWD, lock->temp, NULL, 0) != 0 || stat(lock->temp, &info) != 0)
        return ae_fail(err, AE_EIO, "%s: %s", lock->temp, strerror(errno));
    if (!read_owner(lock->path, &owner))
        return errno == ENOENT ? AE_OK
                               : ae_fail(err, AE_EIO, "%s: %s", lock->path, strerror(errno));
    if (!has_lapsed(&owner, &info.st_mtim)) {
        char who[TEXT_SIZE];
        describe(&owner, who);
        return ae_fail(err, AE_ELOCKED,
                       "%s: in use by another run (%s; last heartbeat %.0f s ago, the lock lapses "
                       "after %d s without one)",
                       lock->dir, who, age_s(&owner, &info.st_mtim), LAPSE_S);
    }
    enum ae_status rc = replace_lapsed(lock, &owner, &info.st_mtim, done, err);
    lock->follows_failure = *done && owner.is_unsaved;
    if (rc == AE_OK && *done)
        rc = set_notice(lock, &owner, notice, err);
    return rc;
}

static char *path_in(const char *dir, const char *name)
{
    struct ae_buffer path = {0};
    ae_buffer_printf(&path, "%s/%s", dir, name);
    if (path.failed)
        ae_buffer_clear(&path);
    return path.data;
}

/* Frees without giving the lock back. */
static void discard(struct ae_lock *lock)
{
    if (lock) {
        if (lock->fd >= 0)
            (void)close(lock->fd);
        free(lock->dir);
        free(lock->path);
        free(lock->temp);
        free(lock->takeover);
        free(lock);
    }
}

/* Frees a lock that was given up before its owner began; what the one before left stays known. */
static void end(struct ae_lock *lock, bool is_taken)
{
    if (!is_taken)
        discard(lock);
    else if (lock->follows_failure)
        ae_lock_leave(lock);
    else
        ae_lock_free(lock);
}

enum ae_status ae_lock_take(struct ae_lock **lock, const char *dir, char **notice,
                            struct ae_error *err)
{
    *lock = NULL;
    if (notice)
        *notice = NULL;
    struct ae_lock *own = ae_calloc(1, 1, sizeof *own);
    if (!own)
        return ae_fail_memory(err, sizeof *own);
    own->fd = -1;
    own_text(own->text);
    char host[WORD_SIZE], id[WORD_SIZE], name[3 * WORD_SIZE];
    take_word(own->text, "host", host);
    take_word(own->text, "id", id);
    (void)snprintf(name, sizeof name, LOCK_NAME ".%.100s.%ld.%s", host, (long)getpid(), id);
    own->dir = ae_text_copy(dir, strlen(dir));
    own->path = path_in(dir, LOCK_NAME);
    own->temp = path_in(dir, name);
    own->takeover = path_in(dir, LOCK_NAME ".takeover");
    if (!own->dir || !own->path || !own->temp || !own->takeover) {
        discard(own);
        return ae_fail_memory(err, strlen(dir));
    }
    enum ae_status rc = AE_OK;
    bool done = false;
    if (!create_text(own->temp, O_EXCL, own->text))
        rc = ae_fail(err, AE_EIO, "%s: cannot write to this folder: %s", dir, strerror(errno));
    for (int i = 0; rc == AE_OK && !done && i < MAX_TRIES; i++)
        rc = try_once(own, notice, &done, err);
    (void)unlink(own->temp);
    if (rc == AE_OK && !done)
        rc = ae_fail(err, AE_ELOCKED, "%s: other runs are taking this folder over", dir);
    if (done)
        own->fd = open(own->path, O_WRONLY | O_CLOEXEC);
    if (rc == AE_OK)
        *lock = own;
    else
        end(own, done);
    return rc;
}

bool ae_lock_follows_failure(const struct ae_lock *lock)
{
    return lock->follows_failure;
}

enum ae_status ae_lock_renew(struct ae_lock *lock, struct ae_error *err)
{
    struct owner owner;
    struct stat info;
    if (!read_owner(lock->path, &owner)) {
        int saved = errno;
        if (saved == ENOENT && stat(lock->dir, &info) == 0)
            return ae_fail(err, AE_ELOCKED, "%s: somebody removed the lock of this run",
                           lock->path);
        return ae_fail(err, AE_EIO, "%s: %s", lock->path, strerror(saved));
    }
    if (strcmp(owner.text, lock->text) != 0) {
        char who[TEXT_SIZE];
        describe(&owner, who);
        return ae_fail(err, AE_ELOCKED, "%s: another run has taken this folder over (%s)",
                       lock->dir, who);
    }
    if (utimensat(AT_FDCWD, lock->path, NULL, 0) != 0)
        return ae_fail(err, AE_EIO, "%s: %s", lock->path, strerror(errno));
    return AE_OK;
}

/* Writes the last word of an owner into its lock; false if that cannot be. */
static bool leave_word(const struct ae_lock *lock)
{
    const char *line = strstr(lock->text, "\nstate " RUNNING "\n");
    off_t at = line ? (off_t)(line - lock->text) + (off_t)strlen("\nstate ") : 0;
    return line && lock->fd >= 0 && pwrite(lock->fd, UNSAVED, strlen(UNSAVED), at) > 0;
}

void ae_lock_free(struct ae_lock *lock)
{
    struct owner owner;
    if (lock && read_owner(lock->path, &owner) && strcmp(owner.text, lock->text) == 0 &&
        unlink(lock->path) != 0)
        (void)leave_word(lock);
    discard(lock);
}

void ae_lock_leave(struct ae_lock *lock)
{
    if (lock && leave_word(lock))
        discard(lock);
    else
        ae_lock_free(lock);
}

bool ae_lock_was_left(const char *dir)
{
    char *path = path_in(dir, LOCK_NAME);
    struct owner owner;
    bool is_unsaved = path && read_owner(path, &owner) && owner.is_unsaved;
    free(path);
    return is_unsaved;
}

enum ae_status ae_lock_holder(const char *dir, char **who, struct ae_error *err)
{
    *who = NULL;
    char *path = path_in(dir, LOCK_NAME);
    if (!path)
        return ae_fail_memory(err, strlen(dir));
    enum ae_status rc = AE_OK;
    struct owner owner;
    struct timespec now = {0};
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) {
        rc = ae_fail(err, AE_EIO, "cannot read the clock: %s", strerror(errno));
    } else if (!read_owner(path, &owner)) {
        if (errno != ENOENT && errno != ENOTDIR)
            rc = ae_fail(err, AE_EIO, "%s: %s", path, strerror(errno));
    } else if (!has_lapsed(&owner, &now)) {
        char text[TEXT_SIZE];
        describe(&owner, text);
        *who = ae_text_copy(text, strlen(text));
        if (!*who)
            rc = ae_fail_memory(err, strlen(text));
    }
    free(path);
    return rc;
}
