#ifndef AESWEEP_TESTS_STORE_FIXTURE_H
#define AESWEEP_TESTS_STORE_FIXTURE_H

/* A folder of its own for each test of the store and its lock, and small stores to break in it.
 * Include <cmocka.h> and what it needs before. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "aesweep/store.h"

enum { PATH_SIZE = 512 };

/* Setup and teardown: *state is the path of an empty folder. */
int make_dir(void **state);
int remove_dir(void **state);

/* Number of entries but those that begin with a dot; is_removing removes them. */
size_t list_dir(const char *dir, bool is_removing);
char *in_dir(const char *dir, const char *name, char path[PATH_SIZE]);
void write_file(const char *path, const char *text);
void set_age(const char *path, int64_t age_s);

/* A row with one number, 0.25, and 3000 bytes. */
extern const struct ae_store_columns one_column;
enum ae_status put_row(struct ae_store *store, uint64_t point, struct ae_error *err);
/* A folder with rows 1 ... n, closed. */
void make_store(const char *dir, uint64_t n);
/* Rows are as put_row makes them; *n counts them. */
void count_rows(struct ae_store *store, size_t *n);
/* Rows 1 ... n and no others are there, whole. */
void expect_rows(struct ae_store *store, uint64_t n);
void expect_readable(const char *dir, uint64_t n);

/* The first bytes of a file, all of it if it is small enough. */
struct image {
    char data[1 << 19];
    size_t size;
};
void take_image(const char *dir, const char *name, struct image *image);

/* A process dies in the middle of a transaction of which a part has reached the file. */
void die_in_transaction(const char *dir);

/* Fails with the message of the variable err. */
#define EXPECT_OK(call)                                                                            \
    do {                                                                                           \
        enum ae_status status_ = (call);                                                           \
        if (status_ != AE_OK)                                                                      \
            fail_msg("%s: %s", #call, err.message);                                                \
    } while (0)

#endif
