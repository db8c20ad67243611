/*
 * Damaged databases. The input changes bytes of a good one: each four bytes are a place (three
 * bytes, modulo the size) and what is put there; two or three bytes left over cut the file.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "aesweep/record.h"
#include "aesweep/store.h"

enum { MAX_SIZE = 1 << 18 };

static char folder[] = "/tmp/aesweep-fuzz-XXXXXX";
static char path[64];
static const struct ae_store_columns columns = {AE_N_SUMMARY, ae_summary_names};

static void remove_folder(void)
{
    (void)unlink(path);
    (void)rmdir(folder);
}

static void put(struct ae_store *store, uint64_t point, bool is_done)
{
    double numbers[AE_N_SUMMARY] = {1.0, 0.5};
    struct ae_record record = {0};
    struct ae_buffer extra = {0};
    REQUIRE(ae_record_init(&record, AE_RECORD_FULL, 2, 2, 3, NULL) == AE_OK);
    ae_record_pack(&record, &extra);
    const struct ae_store_row row = {.point = point,
                                     .replicate = 1,
                                     .state = is_done ? AE_STORE_DONE : AE_STORE_FAILED,
                                     .reason = is_done ? "" : "timeout",
                                     .params = "{engine: sgd}",
                                     .level = 2,
                                     .numbers = numbers,
                                     .extra = ae_buffer_bytes(&extra),
                                     .host = "here"};
    REQUIRE(ae_store_put(store, &row, NULL) == AE_OK);
    ae_buffer_clear(&extra);
    ae_record_clear(&record);
}

/* A good database, as bytes; made once. */
static size_t make_good(uint8_t good[MAX_SIZE])
{
    struct ae_store *store = NULL;
    REQUIRE(mkdtemp(folder));
    REQUIRE(atexit(remove_folder) == 0);
    (void)snprintf(path, sizeof path, "%s/aesweep.db", folder);
    REQUIRE(ae_store_open_run(&store, folder, &columns, NULL, NULL) == AE_OK);
    REQUIRE(ae_store_set_text(store, "sweep", "name: small\n", NULL) == AE_OK);
    for (uint64_t i = 0; i < 12; i++)
        put(store, i << 60 | i, i % 3 != 0);
    REQUIRE(ae_store_close(store, NULL) == AE_OK);
    FILE *file = fopen(path, "rb");
    REQUIRE(file);
    size_t size = fread(good, 1, MAX_SIZE, file);
    REQUIRE(size > 0 && size < MAX_SIZE && fclose(file) == 0);
    return size;
}

static enum ae_status visit(void *ctx, const struct ae_store_row *row, struct ae_error *err)
{
    struct ae_record record = {0};
    size_t *n = ctx;
    *n += strlen(row->reason) + strlen(row->params) + strlen(row->host) + 1;
    (void)ae_record_unpack(row->extra, &record, err);
    ae_record_clear(&record);
    return AE_OK;
}

static void read_store(void)
{
    struct ae_store *store = NULL;
    struct ae_error err = {0};
    size_t n = 0;
    char *text = NULL;
    enum ae_status rc = ae_store_open_read(&store, folder, &columns, &err);
    REQUIRE((rc == AE_OK) == (store != NULL));
    if (rc == AE_OK)
        rc = ae_store_get_text(store, "sweep", &text, &err);
    if (rc == AE_OK)
        rc = ae_store_each(store, true, visit, &n, &err);
    REQUIRE(rc == AE_OK || err.message[0]);
    free(text);
    (void)ae_store_close(store, NULL);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t good[MAX_SIZE], bad[MAX_SIZE];
    static size_t n_good;
    if (n_good == 0)
        n_good = make_good(good);
    memcpy(bad, good, n_good);
    size_t n = n_good, i = 0;
    for (; i + 4 <= size; i += 4)
        bad[((size_t)data[i] << 16 | (size_t)data[i + 1] << 8 | data[i + 2]) % n_good] =
            data[i + 3];
    if (size - i >= 2)
        n = ((size_t)data[i] << 8 | data[i + 1]) * 2 % (n_good + 1);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    REQUIRE(fd >= 0 && write(fd, bad, n) == (ssize_t)n && close(fd) == 0);
    read_store();
    return 0;
}
