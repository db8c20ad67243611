/* The journal of runs: what is written is read, damage is dropped, the oldest go. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/journal.h"
#include "store_fixture.h"

/* The lines of a text, written out again for comparison. */
static enum ae_status tell(void *ctx, const struct ae_journal_entry *entry, struct ae_error *err)
{
    struct ae_buffer *out = ctx;
    (void)err;
    ae_buffer_printf(out, "%.3f %.3f %u %u %s %s %s|", entry->began_at, entry->ended_at,
                     (unsigned)entry->n_ranks, (unsigned)entry->n_new, entry->host, entry->version,
                     entry->command);
    return AE_OK;
}

static void expect_journal(const char *dir, const char *want)
{
    struct ae_store *store = NULL;
    struct ae_error err = {0};
    struct ae_buffer got = {0};
    char *text = NULL;
    EXPECT_OK(ae_store_open_read(&store, dir, &one_column, &err));
    EXPECT_OK(ae_journal_read(store, &text, &err));
    ae_buffer_text(&got, "");
    EXPECT_OK(ae_journal_each(text, tell, &got, &err));
    assert_string_equal(got.data, want);
    ae_buffer_clear(&got);
    free(text);
    EXPECT_OK(ae_store_close(store, &err));
}

static void write_journal(const char *dir, const char *before, const struct ae_journal_entry *entry)
{
    struct ae_store *store = NULL;
    struct ae_error err = {0};
    EXPECT_OK(ae_store_open_run(&store, dir, &one_column, NULL, &err));
    EXPECT_OK(ae_journal_write(store, before, entry, &err));
    EXPECT_OK(ae_store_close(store, &err));
}

static void test_write_and_read(void **state)
{
    const char *dir = *state;
    struct ae_journal_entry entry = {.began_at = 1000.5,
                                     .ended_at = (double)NAN,
                                     .n_ranks = 4,
                                     .host = "node\t1",
                                     .version = "9.9",
                                     .command = "aesweep run 'a\nb'"};
    write_journal(dir, "", &entry);
    expect_journal(dir, "1000.500 nan 4 0 node 1 9.9 aesweep run 'a b'|");
    entry.ended_at = 2000.0;
    entry.n_new = 7;
    write_journal(dir, "5\t6\t1\t2\th\tv\tfirst\n", &entry);
    expect_journal(dir, "5.000 6.000 1 2 h v first|"
                        "1000.500 2000.000 4 7 node 1 9.9 aesweep run 'a b'|");
    write_journal(dir, "5\t6\t1\t2\th\tv\tfirst\n", NULL);
    expect_journal(dir, "5.000 6.000 1 2 h v first|");
}

static void test_nothing_kept_is_no_line(void **state)
{
    make_store(*state, 1);
    expect_journal(*state, "");
}

static void test_damaged_lines_are_dropped(void **state)
{
    write_journal(*state, "nonsense\n-5\t\t1\t2\th\tv\tc\n\n7\t\t1\t0\th\tv\tgood\nx\ty", NULL);
    expect_journal(*state, "7.000 nan 1 0 h v good|");
}

static void test_oldest_are_dropped(void **state)
{
    struct ae_buffer before = {0}, want = {0};
    struct ae_journal_entry entry = {
        .began_at = 9999, .ended_at = 10000, .host = "h", .version = "v", .command = "last"};
    for (int i = 1; i <= AE_JOURNAL_MAX + 5; i++)
        ae_buffer_printf(&before, "%d\t\t1\t0\th\tv\tc\n", i);
    for (int i = 7; i <= AE_JOURNAL_MAX + 5; i++)
        ae_buffer_printf(&want, "%d.000 nan 1 0 h v c|", i);
    ae_buffer_text(&want, "9999.000 10000.000 0 0 h v last|");
    write_journal(*state, before.data, &entry);
    expect_journal(*state, want.data);
    ae_buffer_clear(&before);
    ae_buffer_clear(&want);
}

static void test_command_is_what_a_shell_takes(void **state)
{
    (void)state;
    char a[] = "run", b[] = "my sweep.yaml", c[] = "--set", d[] = "K=[1, 2]", e[] = "it's",
         f[] = "";
    char *const words[] = {a, b, c, d, e, f};
    struct ae_buffer out = {0};
    ae_journal_command(6, words, &out);
    assert_string_equal(out.data, "run 'my sweep.yaml' --set 'K=[1, 2]' 'it'\\''s' ''");
    ae_buffer_clear(&out);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make_dir, remove_dir)
int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_write_and_read),
        CASE(test_nothing_kept_is_no_line),
        CASE(test_damaged_lines_are_dropped),
        CASE(test_oldest_are_dropped),
        cmocka_unit_test(test_command_is_what_a_shell_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
