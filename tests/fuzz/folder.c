/*
 * The small files of a results folder: its lock, the status of a run, reports of crashed ranks. The
 * first byte says which; whatever they hold, they are understood or passed over.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "aesweep/bulletin.h"
#include "aesweep/crash.h"
#include "aesweep/lock.h"

enum { LOCK, STATUS, CRASH, N_FILES };
static const char *const names[N_FILES] = {"aesweep.lock", "status", "crash.3"};

static char folder[] = "/tmp/aesweep-fuzz-XXXXXX";
static char paths[N_FILES][64];

static void remove_folder(void)
{
    for (size_t i = 0; i < N_FILES; i++)
        (void)unlink(paths[i]);
    (void)rmdir(folder);
}

static void make_folder(void)
{
    REQUIRE(mkdtemp(folder));
    REQUIRE(atexit(remove_folder) == 0);
    for (size_t i = 0; i < N_FILES; i++)
        (void)snprintf(paths[i], sizeof paths[i], "%s/%s", folder, names[i]);
}

static void write_file(const char *path, const uint8_t *data, size_t size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    REQUIRE(fd >= 0 && write(fd, data, size) == (ssize_t)size && close(fd) == 0);
}

/* A lock is somebody's, or has lapsed and is taken. */
static void try_lock(void)
{
    struct ae_lock *lock = NULL;
    struct ae_error err = {0};
    char *who = NULL, *notice = NULL;
    REQUIRE(ae_lock_holder(folder, &who, &err) == AE_OK);
    enum ae_status rc = ae_lock_take(&lock, folder, &notice, &err);
    REQUIRE(rc == (who ? AE_ELOCKED : AE_OK));
    if (who)
        REQUIRE(strlen(who) > 0 && strstr(err.message, who));
    else
        REQUIRE(lock && notice && ae_lock_renew(lock, NULL) == AE_OK);
    ae_lock_free(lock);
    free(who);
    free(notice);
}

/* What is understood is written out and understood again. */
static void try_status(void)
{
    struct ae_bulletin b, again;
    double age_s = 0.0;
    bool is_there = false;
    REQUIRE(ae_bulletin_read(folder, &b, &age_s, &is_there, NULL) == AE_OK);
    if (!is_there)
        return;
    REQUIRE(b.n_done + b.n_failed <= b.n_needed && b.n_groups <= AE_BULLETIN_GROUPS &&
            b.n_failures <= AE_BULLETIN_FAILURES);
    REQUIRE(ae_bulletin_write(folder, &b, NULL) == AE_OK);
    REQUIRE(ae_bulletin_read(folder, &again, &age_s, &is_there, NULL) == AE_OK && is_there);
    REQUIRE(strcmp(b.run, again.run) == 0 && strcmp(b.slowest, again.slowest) == 0 &&
            b.n_needed == again.n_needed && b.n_groups == again.n_groups);
}

static enum ae_status visit(void *ctx, const struct ae_crash *crash, struct ae_error *err)
{
    (void)err;
    size_t *n = ctx;
    *n += strlen(crash->name) + strlen(crash->host);
    return AE_OK;
}

static void try_crash(void)
{
    size_t n = 0;
    REQUIRE(ae_crash_each(folder, visit, &n, NULL) == AE_OK);
    REQUIRE(ae_crash_forget(folder, NULL) == AE_OK && access(paths[CRASH], F_OK) != 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static void (*const tries[N_FILES])(void) = {try_lock, try_status, try_crash};
    if (size == 0)
        return 0;
    if (!paths[0][0])
        make_folder();
    size_t which = data[0] % N_FILES;
    write_file(paths[which], data + 1, size - 1);
    tries[which]();
    return 0;
}
