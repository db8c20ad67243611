/*
 * Memory and files that fail when told to; see failing.h.
 *
 * A failing close or fclose has closed nevertheless, as on Linux. Streams keep their error flag, as
 * ferror is what their users ask. Standard error never fails: its messages are what is tested.
 */
#define _GNU_SOURCE /* RTLD_NEXT, the names with 64 */
#include "failing.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { TABLE_SIZE = 1 << 16 };

static struct {
    bool is_on, is_lasting, is_paused;
    enum failing_kind kind;
    uint64_t at;
    struct failing_report report;
    uintptr_t own[TABLE_SIZE]; /* blocks of the program, by their address; 0: free, 1: was used */
} failing;

/* Bounds of the program's code, made by the linker. */
extern const char __executable_start[], etext[];

static bool is_own(const void *caller)
{
    uintptr_t at = (uintptr_t)caller;
    return at >= (uintptr_t)__executable_start && at < (uintptr_t)etext;
}

void failing_start(enum failing_kind kind, uint64_t at, bool is_lasting)
{
    memset(&failing, 0, sizeof failing);
    failing.kind = kind;
    failing.at = at;
    failing.is_lasting = is_lasting;
    failing.is_on = true;
}

void failing_stop(struct failing_report *report)
{
    failing.is_on = false;
    *report = failing.report;
}

void failing_pause(bool is_paused)
{
    failing.is_paused = is_paused;
}

/* Counts a call; is it one that fails? */
static bool is_turn(enum failing_kind kind, const void *caller)
{
    if (!failing.is_on || failing.is_paused || failing.kind != kind)
        return false;
    uint64_t n = ++failing.report.n_calls;
    if (n == failing.at)
        failing.report.is_library = !is_own(caller);
    return n == failing.at || (failing.is_lasting && failing.at > 0 && n > failing.at);
}

#define CALLER __builtin_return_address(0)

/* ---- memory ---- */

#ifdef __SANITIZE_ADDRESS__
#define REAL(name) __interceptor_##name
void *REAL(aligned_alloc)(size_t alignment, size_t size);
#else
#define REAL(name) __libc_##name
void *REAL(memalign)(size_t alignment, size_t size);
#endif
void *REAL(malloc)(size_t size);
void *REAL(calloc)(size_t n, size_t size);
void *REAL(realloc)(void *block, size_t size);
void REAL(free)(void *block);

/* The place of a block in the table, or where it may be put. */
static uintptr_t *place_of(const void *block, uintptr_t wanted)
{
    size_t i = (uintptr_t)block / 16 * 0x9e3779b97f4a7c15u >> 48;
    for (size_t n = 0; n < TABLE_SIZE; n++, i = (i + 1) % TABLE_SIZE) {
        if (failing.own[i] == wanted || (wanted <= 1 && failing.own[i] <= 1))
            return &failing.own[i];
        if (failing.own[i] == 0)
            return NULL;
    }
    abort();
}

static void *counted(void *block, const void *caller)
{
    if (!failing.is_on || !block)
        return block;
    failing.report.n_blocks++;
    if (is_own(caller)) {
        failing.report.n_own++;
        *place_of(block, 0) = (uintptr_t)block;
    }
    return block;
}

static void forget(const void *block)
{
    if (!failing.is_on || !block)
        return;
    failing.report.n_blocks--;
    uintptr_t *place = place_of(block, (uintptr_t)block);
    if (place) {
        failing.report.n_own--;
        *place = 1;
    }
}

static bool fails_memory(const void *caller)
{
    bool is_failing = is_turn(FAILING_MEMORY, caller);
    if (is_failing)
        errno = ENOMEM;
    return is_failing;
}

void *malloc(size_t size)
{
    return fails_memory(CALLER) ? NULL : counted(REAL(malloc)(size), CALLER);
}

void *calloc(size_t n, size_t size)
{
    return fails_memory(CALLER) ? NULL : counted(REAL(calloc)(n, size), CALLER);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    if (fails_memory(CALLER))
        return NULL;
#ifdef __SANITIZE_ADDRESS__
    return counted(REAL(aligned_alloc)(alignment, size), CALLER);
#else
    return counted(REAL(memalign)(alignment, size), CALLER);
#endif
}

void *realloc(void *block, size_t size)
{
    if (fails_memory(CALLER))
        return NULL;
    forget(block);
    return counted(REAL(realloc)(block, size), CALLER); /* the real one does not fail in a test */
}

void free(void *block)
{
    forget(block);
    REAL(free)(block);
}

/* ---- files ---- */

/* The function of that name that this one stands before. */
static void *next_of(const char *name)
{
    bool was_on = failing.is_on;
    failing.is_on = false;
    void *next = dlsym(RTLD_NEXT, name);
    failing.is_on = was_on;
    if (!next)
        abort();
    return next;
}

/* A data pointer becomes a pointer to a function, as POSIX promises and C does not. */
#define FIND(name)                                                                                 \
    do {                                                                                           \
        if (!next) {                                                                               \
            void *found = next_of(#name);                                                          \
            memcpy(&next, &found, sizeof next);                                                    \
        }                                                                                          \
    } while (0)

/* X(type, name, parameters, arguments, what it returns when it fails, errno then) */
#define FUNCTIONS(X)                                                                               \
    X(ssize_t, read, (int fd, void *data, size_t n), (fd, data, n), -1, EIO)                       \
    X(ssize_t, pread, (int fd, void *data, size_t n, off_t at), (fd, data, n, at), -1, EIO)        \
    X(ssize_t, pread64, (int fd, void *data, size_t n, off64_t at), (fd, data, n, at), -1, EIO)    \
    X(ssize_t, write, (int fd, const void *data, size_t n), (fd, data, n), -1, ENOSPC)             \
    X(ssize_t, pwrite64, (int fd, const void *data, size_t n, off64_t at), (fd, data, n, at), -1,  \
      ENOSPC)                                                                                      \
    X(int, fsync, (int fd), (fd), -1, EIO)                                                         \
    X(int, fdatasync, (int fd), (fd), -1, EIO)                                                     \
    X(int, ftruncate64, (int fd, off64_t size), (fd, size), -1, EIO)                               \
    X(int, rename, (const char *from, const char *to), (from, to), -1, EACCES)                     \
    X(int, link, (const char *from, const char *to), (from, to), -1, EDQUOT)                       \
    X(int, unlink, (const char *path), (path), -1, EACCES)                                         \
    X(int, mkdir, (const char *path, mode_t mode), (path, mode), -1, EACCES)                       \
    X(int, rmdir, (const char *path), (path), -1, EACCES)                                          \
    X(char *, mkdtemp, (char *path), (path), NULL, EACCES)                                         \
    X(int, access, (const char *path, int mode), (path, mode), -1, EIO)                            \
    X(int, stat, (const char *path, struct stat *info), (path, info), -1, EIO)                     \
    X(int, stat64, (const char *path, struct stat64 *info), (path, info), -1, EIO)                 \
    X(int, fstat, (int fd, struct stat *info), (fd, info), -1, EIO)                                \
    X(int, fstat64, (int fd, struct stat64 *info), (fd, info), -1, EIO)                            \
    X(int, fstatfs, (int fd, struct statfs *info), (fd, info), -1, EIO)                            \
    X(int, utimensat, (int dir, const char *path, const struct timespec times[2], int flags),      \
      (dir, path, times, flags), -1, ESTALE)                                                       \
    X(FILE *, fopen, (const char *path, const char *mode), (path, mode), NULL, EMFILE)             \
    X(FILE *, fdopen, (int fd, const char *mode), (fd, mode), NULL, EMFILE)

#define DEFINE(type, name, parameters, arguments, failure, code)                                   \
    type name parameters                                                                           \
    {                                                                                              \
        static type(*next) parameters;                                                             \
        FIND(name);                                                                                \
        if (is_turn(FAILING_FILES, CALLER)) {                                                      \
            errno = code;                                                                          \
            return failure;                                                                        \
        }                                                                                          \
        return next arguments;                                                                     \
    }
FUNCTIONS(DEFINE)

#define DEFINE_OPEN(name)                                                                          \
    int name(const char *path, int flags, ...)                                                     \
    {                                                                                              \
        static int (*next)(const char *, int, ...);                                                \
        mode_t mode = 0;                                                                           \
        FIND(name);                                                                                \
        if (flags & O_CREAT) {                                                                     \
            va_list rest;                                                                          \
            va_start(rest, flags);                                                                 \
            mode = va_arg(rest, mode_t);                                                           \
            va_end(rest);                                                                          \
        }                                                                                          \
        if (is_turn(FAILING_FILES, CALLER)) {                                                      \
            errno = flags & O_CREAT ? ENOSPC : EMFILE;                                             \
            return -1;                                                                             \
        }                                                                                          \
        return next(path, flags, mode);                                                            \
    }
DEFINE_OPEN(open)
DEFINE_OPEN(open64)

int close(int fd)
{
    static int (*next)(int);
    FIND(close);
    int result = next(fd);
    if (!is_turn(FAILING_FILES, CALLER))
        return result;
    errno = EIO;
    return -1;
}

static bool fails_stream(FILE *file, const void *caller)
{
    bool is_failing = file != stderr && is_turn(FAILING_FILES, caller);
    if (is_failing) {
        file->_flags |= _IO_ERR_SEEN;
        errno = EIO;
    }
    return is_failing;
}

size_t fread(void *restrict data, size_t size, size_t n, FILE *restrict file)
{
    static size_t (*next)(void *, size_t, size_t, FILE *);
    FIND(fread);
    return fails_stream(file, CALLER) ? 0 : next(data, size, n, file);
}

size_t fwrite(const void *restrict data, size_t size, size_t n, FILE *restrict file)
{
    static size_t (*next)(const void *, size_t, size_t, FILE *);
    FIND(fwrite);
    return fails_stream(file, CALLER) ? 0 : next(data, size, n, file);
}

int fflush(FILE *file)
{
    static int (*next)(FILE *);
    FIND(fflush);
    return fails_stream(file, CALLER) ? EOF : next(file);
}

int fclose(FILE *file)
{
    static int (*next)(FILE *);
    FIND(fclose);
    int result = next(file);
    if (!is_turn(FAILING_FILES, CALLER))
        return result;
    errno = EIO;
    return EOF;
}
