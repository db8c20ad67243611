/*
 * Files of weights to start from, read as a sweep file names them. One that is accepted is written
 * out as the mapping it holds, read again, and is the same numbers; one that is not gets a message
 * of one line that names the file.
 */
#include "fuzz.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "aesweep/value.h"

static char folder[] = "/tmp/aesweep-fuzz-XXXXXX";
static char sweep_path[64], start_path[64];

static void remove_folder(void)
{
    (void)unlink(start_path);
    (void)rmdir(folder);
}

static void make_folder(void)
{
    REQUIRE(mkdtemp(folder));
    REQUIRE(atexit(remove_folder) == 0);
    (void)snprintf(sweep_path, sizeof sweep_path, "%s/sweep.yaml", folder);
    (void)snprintf(start_path, sizeof start_path, "%s/start.yaml", folder);
}

static void write_start(const uint8_t *data, size_t size)
{
    int fd = open(start_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    REQUIRE(fd >= 0 && write(fd, data, size) == (ssize_t)size && close(fd) == 0);
}

/* The value of `start` that the text of a sweep file gives. */
static enum ae_status read_value(const char *text, struct ae_pool *pool, struct ae_value *value,
                                 struct ae_error *err)
{
    struct ae_yaml *doc = NULL;
    REQUIRE(ae_yaml_read_text(&doc, text, strlen(text), sweep_path, NULL) == AE_OK);
    enum ae_status rc = ae_value_read(doc, ae_yaml_root(doc), AE_PARAM_start, pool, value, err);
    ae_yaml_free(doc);
    return rc;
}

static void check_accepted(struct ae_pool *pool, const struct ae_value *value)
{
    struct ae_value again = {0};
    struct ae_start_view view;
    struct ae_buffer text = {0};
    REQUIRE(ae_value_check(AE_PARAM_start, *value, NULL) == AE_OK);
    REQUIRE(ae_start_view(value->list, &view) && ae_start_size(&view) == value->list.n);
    ae_value_format_whole(AE_PARAM_start, *value, &text);
    REQUIRE(!text.failed && read_value(text.data, pool, &again, NULL) == AE_OK);
    REQUIRE(again.list.n == value->list.n &&
            memcmp(again.list.x, value->list.x, again.list.n * sizeof *again.list.x) == 0);
    ae_buffer_clear(&text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ae_pool pool = {0};
    struct ae_value value = {0};
    struct ae_error err = {0};
    if (!start_path[0])
        make_folder();
    write_start(data, size);
    enum ae_status rc = read_value("./start.yaml", &pool, &value, &err);
    REQUIRE(rc == AE_OK || rc == AE_EARG);
    if (rc == AE_OK)
        check_accepted(&pool, &value);
    else
        REQUIRE(strncmp(err.message, folder, strlen(folder)) == 0 && !strchr(err.message, '\n'));
    ae_pool_clear(&pool);
    return 0;
}
