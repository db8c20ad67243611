/* Buffers, readers, allocation and error messages: what they promise when all goes well and when
 * not. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#include "aesweep/error.h"
#include "aesweep/memory.h"

/* AddressSanitizer ends the program where more is asked for than there can be. */
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_PATIENT_MALLOC 0
#endif
#endif
#if !defined(HAS_PATIENT_MALLOC) && defined(__SANITIZE_ADDRESS__)
#define HAS_PATIENT_MALLOC 0
#elif !defined(HAS_PATIENT_MALLOC)
#define HAS_PATIENT_MALLOC 1
#endif

/* ---- buffers ---- */

static void a_buffer_collects_text(void **state)
{
    (void)state;
    struct ae_buffer text = {0};
    ae_buffer_text(&text, "x");
    ae_buffer_text(&text, "");
    ae_buffer_printf(&text, " = %d, %s", 42, "y = ");
    ae_buffer_append(&text, "0.5???", 3);
    assert_int_equal(ae_buffer_status(&text, NULL), AE_OK);
    assert_string_equal(text.data, "x = 42, y = 0.5");
    assert_int_equal(text.size, strlen("x = 42, y = 0.5"));
    struct ae_bytes view = ae_buffer_bytes(&text);
    assert_ptr_equal(view.data, text.data);
    assert_int_equal(view.size, text.size);
    ae_buffer_clear(&text);
    assert_null(text.data);
    assert_int_equal(text.size + text.capacity, 0);
    ae_buffer_clear(&text);
}

static void an_empty_buffer_is_an_empty_view(void **state)
{
    (void)state;
    struct ae_buffer buffer = {0};
    struct ae_bytes view = ae_buffer_bytes(&buffer);
    assert_null(view.data);
    assert_int_equal(view.size, 0);
    assert_int_equal(ae_buffer_status(&buffer, NULL), AE_OK);
    ae_buffer_rewind(&buffer);
    ae_buffer_append(&buffer, NULL, 0);
    ae_buffer_reals(&buffer, 0, NULL);
    assert_int_equal(buffer.size, 0);
    assert_int_equal(ae_buffer_status(&buffer, NULL), AE_OK);
    ae_buffer_clear(&buffer);
}

/* Pieces of 0 to 999 bytes, NULs among them, against a plain array. */
static void a_buffer_grows_without_losing_anything(void **state)
{
    (void)state;
    enum { SIZE = 300000 };
    static unsigned char want[SIZE];
    for (size_t i = 0; i < SIZE; i++)
        want[i] = (unsigned char)(i * i / 7);
    struct ae_buffer buffer = {0};
    for (size_t i = 0; buffer.size + 1000 < SIZE; i++) {
        ae_buffer_append(&buffer, want + buffer.size, i * 37 % 1000);
        assert_true(buffer.size < buffer.capacity);
        assert_int_equal(buffer.data[buffer.size], '\0');
    }
    assert_memory_equal(buffer.data, want, buffer.size);
    size_t capacity = buffer.capacity;
    ae_buffer_rewind(&buffer);
    assert_int_equal(buffer.size, 0);
    assert_string_equal(buffer.data, "");
    assert_int_equal(buffer.capacity, capacity);
    ae_buffer_text(&buffer, "again");
    assert_string_equal(buffer.data, "again");
    assert_int_equal(buffer.capacity, capacity);
    ae_buffer_clear(&buffer);
}

static void printf_fits_any_length(void **state)
{
    (void)state;
    struct ae_buffer buffer = {0};
    size_t size = 0;
    for (int width = 1; width < 5000; width += 1 + width / 3) {
        ae_buffer_printf(&buffer, "%*d|", width, 7);
        size += (size_t)width + 1;
        assert_int_equal(buffer.size, size);
        assert_int_equal(strlen(buffer.data), size);
        assert_memory_equal(buffer.data + size - 2, "7|", 2);
    }
    ae_buffer_clear(&buffer);
}

/* The buffer has failed: content kept, appends do nothing, the status says so; rewinding heals. */
static void expect_failed(struct ae_buffer *buffer, const char *content)
{
    struct ae_error err = {0};
    assert_true(buffer->failed);
    ae_buffer_text(buffer, "more");
    ae_buffer_printf(buffer, "%d", 1);
    ae_buffer_u64(buffer, 1);
    assert_string_equal(buffer->data, content);
    assert_int_equal(buffer->size, strlen(content));
    assert_int_equal(ae_buffer_status(buffer, &err), AE_ENOMEM);
    assert_int_equal(err.code, AE_ENOMEM);
    assert_non_null(strstr(err.message, "out of memory"));
    assert_int_equal(ae_buffer_status(buffer, NULL), AE_ENOMEM);
    ae_buffer_rewind(buffer);
    ae_buffer_text(buffer, content);
    assert_int_equal(ae_buffer_status(buffer, NULL), AE_OK);
    assert_string_equal(buffer->data, content);
}

static void a_failed_append_is_remembered(void **state)
{
    (void)state;
    struct ae_buffer buffer = {0};
    ae_buffer_append(&buffer, "x", SIZE_MAX); /* refused before anything is read */
    assert_true(buffer.failed);
    assert_null(buffer.data);
    ae_buffer_clear(&buffer);
    ae_buffer_text(&buffer, "kept");
    ae_buffer_append(&buffer, "x", SIZE_MAX);
    expect_failed(&buffer, "kept");
    ae_buffer_append(&buffer, "x", SIZE_MAX / 2);
    expect_failed(&buffer, "kept");
    if (HAS_PATIENT_MALLOC) {
        ae_buffer_append(&buffer, "x", SIZE_MAX / 4);
        expect_failed(&buffer, "kept");
    }
    ae_buffer_printf(&buffer, "%lc", (wint_t)0x110000); /* not a character in any locale */
    expect_failed(&buffer, "kept");
    ae_buffer_clear(&buffer);
}

/* ---- readers ---- */

static const double reals[] = {0.0, -0.0, 1.5, -1e300, 5e-324, (double)INFINITY};
enum { N_REALS = sizeof reals / sizeof *reals };

static void write_record(struct ae_buffer *out)
{
    ae_buffer_u64(out, 0x0123456789abcdefu);
    ae_buffer_block(out, (struct ae_bytes){"hello", 5}); /* what follows is not aligned */
    ae_buffer_reals(out, N_REALS, reals);
    ae_buffer_block(out, (struct ae_bytes){NULL, 0});
    ae_buffer_u64(out, UINT64_MAX);
}

static void what_was_written_is_read(void **state)
{
    (void)state;
    struct ae_buffer record = {0};
    write_record(&record);
    struct ae_bytes bytes = ae_buffer_bytes(&record), block = {0};
    assert_int_equal(bytes.size, 8 + 8 + 5 + sizeof reals + 8 + 8);
    struct ae_reader reader = ae_reader_of(bytes);
    uint64_t number = 0;
    double x[N_REALS];
    assert_true(ae_take_u64(&reader, &number));
    assert_true(number == 0x0123456789abcdefu);
    assert_true(ae_take_block(&reader, &block));
    assert_ptr_equal(block.data, record.data + 16); /* a view, not a copy */
    assert_int_equal(block.size, 5);
    assert_memory_equal(block.data, "hello", 5);
    assert_true(ae_take_reals(&reader, N_REALS, x));
    assert_memory_equal(x, reals, sizeof x);
    assert_true(ae_take_block(&reader, &block));
    assert_int_equal(block.size, 0);
    assert_true(ae_take_u64(&reader, &number));
    assert_true(number == UINT64_MAX);
    assert_int_equal(reader.left, 0);
    ae_buffer_clear(&record);
}

/* Takes as many of the record's five parts as there are. Those that are not leave everything alone.
 * */
static int count_parts(struct ae_bytes bytes)
{
    struct ae_reader reader = ae_reader_of(bytes);
    for (int part = 0; part < 5; part++) {
        const struct ae_reader before = reader;
        const struct ae_bytes here = {&reader, 3};
        uint64_t number = 77;
        double x[N_REALS] = {7.0};
        struct ae_bytes block = here;
        bool is_taken = part == 0 || part == 4 ? ae_take_u64(&reader, &number)
                        : part == 2            ? ae_take_reals(&reader, N_REALS, x)
                                               : ae_take_block(&reader, &block);
        if (is_taken)
            continue;
        assert_ptr_equal(reader.at, before.at);
        assert_int_equal(reader.left, before.left);
        assert_true(number == 77 && x[0] == 7.0);
        assert_true(block.data == here.data && block.size == here.size);
        return part;
    }
    assert_int_equal(reader.left, 0);
    return 5;
}

static void a_cut_record_ends_where_it_is_cut(void **state)
{
    (void)state;
    const size_t ends[] = {8, 21, 21 + sizeof reals, 29 + sizeof reals, 37 + sizeof reals};
    struct ae_buffer record = {0};
    write_record(&record);
    for (size_t size = 0; size <= record.size; size++) {
        int want = 0;
        while (want < 5 && ends[want] <= size)
            want++;
        char *cut = malloc(size > 0 ? size : 1); /* of that size, so that reading on is seen */
        assert_non_null(cut);
        memcpy(cut, record.data, size);
        assert_int_equal(count_parts((struct ae_bytes){cut, size}), want);
        free(cut);
    }
    ae_buffer_clear(&record);
}

static void sizes_that_lie_are_refused(void **state)
{
    (void)state;
    static const uint64_t lies[] = {1, 9, UINT64_MAX, UINT64_MAX - 7, (uint64_t)1 << 63};
    for (size_t i = 0; i < sizeof lies / sizeof *lies; i++) {
        struct ae_reader reader = ae_reader_of((struct ae_bytes){&lies[i], sizeof lies[i]});
        struct ae_bytes block = {0};
        assert_false(ae_take_block(&reader, &block));
        assert_null(block.data);
        assert_int_equal(reader.left, 8);
    }
    double x[2] = {1.0, 2.0}, y[2] = {0.0, 0.0};
    struct ae_reader reader = ae_reader_of((struct ae_bytes){x, sizeof x});
    assert_false(ae_take_reals(&reader, 3, y));
    assert_false(ae_take_reals(&reader, SIZE_MAX, y));
    assert_false(ae_take_reals(&reader, SIZE_MAX / 8 + 2, y)); /* its bytes overflow to 8 */
    assert_true(y[0] == 0.0 && reader.left == sizeof x);
    assert_true(ae_take_reals(&reader, 2, y));
    assert_memory_equal(x, y, sizeof x);
}

static void nothing_is_read_from_nothing(void **state)
{
    (void)state;
    struct ae_reader reader = ae_reader_of((struct ae_bytes){NULL, 0});
    struct ae_bytes block = {0};
    uint64_t number = 5;
    double x = 5.0;
    assert_false(ae_take_u64(&reader, &number));
    assert_false(ae_take_reals(&reader, 1, &x));
    assert_false(ae_take_block(&reader, &block));
    assert_true(ae_take_reals(&reader, 0, NULL));
    assert_true(number == 5 && x == 5.0);
}

/* ---- allocation ---- */

static void memory_comes_zeroed_and_aligned(void **state)
{
    (void)state;
    for (size_t n = 0; n < 200; n++) {
        double *x = ae_reals_new(n);
        assert_non_null(x);
        assert_int_equal((uintptr_t)x % 64, 0);
        for (size_t i = 0; i < n; i++) {
            assert_true(x[i] == 0.0);
            x[i] = 1.0; /* the next block likely reuses this memory */
        }
        free(x);
        unsigned char *bytes = ae_calloc(n, 3, 5);
        assert_non_null(bytes);
        for (size_t i = 0; i < 15 * n; i++) {
            assert_int_equal(bytes[i], 0);
            bytes[i] = 1;
        }
        free(bytes);
    }
}

static void requests_for_nothing_succeed(void **state)
{
    (void)state;
    void *blocks[] = {ae_calloc(0, 0, 0), ae_calloc(0, 9, 8), ae_calloc(9, 0, 8),
                      ae_calloc(9, 9, 0)};
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
        assert_non_null(blocks[i]);
        assert_int_equal(*(unsigned char *)blocks[i], 0);
        free(blocks[i]);
    }
}

static void sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    const size_t root = (size_t)1 << (4 * sizeof(size_t)); /* its square is one too many */
    assert_null(ae_calloc(root, root, 1));
    assert_null(ae_calloc(SIZE_MAX, 2, 1));
    assert_null(ae_calloc(2, SIZE_MAX, 1));
    assert_null(ae_calloc(root, root / 4, 8)); /* only the last factor is too many */
    assert_null(ae_calloc(1, SIZE_MAX / 8 + 2, 8));
    for (size_t more = 0; more < 10; more++)
        assert_null(ae_reals_new(SIZE_MAX / 8 - more / 2));
    assert_null(ae_reals_new(SIZE_MAX));
    if (HAS_PATIENT_MALLOC) {
        assert_null(ae_calloc(root, root / 16, 1));
        assert_null(ae_reals_new(SIZE_MAX / 16));
    }
}

static void blocks_grow_and_keep_their_bytes(void **state)
{
    (void)state;
    unsigned char *block = NULL;
    for (size_t n = 0; n < 3000; n = 2 * n + 1) {
        unsigned char *more = ae_realloc(block, n, 3);
        assert_non_null(more);
        block = more;
        for (size_t i = 0; i < n / 2 * 3; i++)
            assert_int_equal(block[i], (unsigned char)(7 * i));
        for (size_t i = 0; i < n * 3; i++)
            block[i] = (unsigned char)(7 * i);
    }
    assert_null(ae_realloc(block, SIZE_MAX / 2, 3));
    assert_null(ae_realloc(block, 2, SIZE_MAX));
    assert_int_equal(block[9], 63); /* still there */
    free(block);
}

static void text_is_copied_to_its_length(void **state)
{
    (void)state;
    const char text[] = "spikes\0hidden";
    char *copy = ae_text_copy(text, 3);
    assert_non_null(copy);
    assert_string_equal(copy, "spi");
    free(copy);
    copy = ae_text_copy(text, sizeof text - 1);
    assert_non_null(copy);
    assert_memory_equal(copy, text, sizeof text);
    free(copy);
    copy = ae_text_copy(text, 0);
    assert_non_null(copy);
    assert_string_equal(copy, "");
    free(copy);
}

/* ---- errors ---- */

static void errors_carry_code_and_message(void **state)
{
    (void)state;
    struct ae_error err = {0};
    assert_int_equal(ae_fail(&err, AE_EARG, "lr = %g: %s", -1.0, "must be positive"), AE_EARG);
    assert_int_equal(err.code, AE_EARG);
    assert_string_equal(err.message, "lr = -1: must be positive");
    assert_int_equal(ae_error_prefix(&err, "%s:%d", "a.yaml", 7), AE_EARG);
    assert_string_equal(err.message, "a.yaml:7: lr = -1: must be positive");
    assert_int_equal(err.code, AE_EARG);
    assert_int_equal(ae_fail_memory(&err, 12345), AE_ENOMEM);
    assert_non_null(strstr(err.message, "12345"));
    assert_int_equal(err.code, AE_ENOMEM);
    assert_int_equal(ae_fail(NULL, AE_EIO, "nobody listens"), AE_EIO);
    assert_int_equal(ae_error_prefix(NULL, "nobody listens"), AE_OK);
    assert_int_equal(ae_fail_memory(NULL, 1), AE_ENOMEM);
}

static void long_messages_are_cut(void **state)
{
    (void)state;
    enum { SIZE = sizeof((struct ae_error *)0)->message };
    char longer[2 * SIZE];
    memset(longer, 'x', sizeof longer);
    longer[sizeof longer - 1] = '\0';
    struct ae_error err = {0};
    (void)ae_fail(&err, AE_EIO, "%s", longer);
    assert_int_equal(strlen(err.message), SIZE - 1);
    assert_int_equal(ae_error_prefix(&err, "here"), AE_EIO);
    assert_int_equal(strlen(err.message), SIZE - 1);
    assert_memory_equal(err.message, "here: xxxx", 10);
    for (size_t n = SIZE - 6; n < SIZE + 4; n++) { /* prefixes that leave no room */
        (void)ae_fail(&err, AE_EIO, "the reason");
        longer[n] = '\0';
        assert_int_equal(ae_error_prefix(&err, "%s", longer), AE_EIO);
        longer[n] = 'x';
        assert_non_null(memchr(err.message, '\0', SIZE));
        if (n + 3 >= SIZE) /* no letter of the message would fit: the prefix is dropped */
            assert_string_equal(err.message, "the reason");
    }
}

static void every_status_has_its_word(void **state)
{
    (void)state;
    for (int a = AE_OK; a <= AE_EINTERNAL; a++) {
        assert_true(strlen(ae_status_word((enum ae_status)a)) > 0);
        for (int b = AE_OK; b < a; b++)
            assert_string_not_equal(ae_status_word((enum ae_status)a),
                                    ae_status_word((enum ae_status)b));
    }
    assert_string_equal(ae_status_word(AE_OK), "ok");
    assert_string_equal(ae_status_word(AE_ETIMEOUT), "timeout");
    assert_string_equal(ae_status_word((enum ae_status)(AE_EINTERNAL + 1)), "unknown status");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_buffer_collects_text),
        cmocka_unit_test(an_empty_buffer_is_an_empty_view),
        cmocka_unit_test(a_buffer_grows_without_losing_anything),
        cmocka_unit_test(printf_fits_any_length),
        cmocka_unit_test(a_failed_append_is_remembered),
        cmocka_unit_test(what_was_written_is_read),
        cmocka_unit_test(a_cut_record_ends_where_it_is_cut),
        cmocka_unit_test(sizes_that_lie_are_refused),
        cmocka_unit_test(nothing_is_read_from_nothing),
        cmocka_unit_test(memory_comes_zeroed_and_aligned),
        cmocka_unit_test(requests_for_nothing_succeed),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(blocks_grow_and_keep_their_bytes),
        cmocka_unit_test(text_is_copied_to_its_length),
        cmocka_unit_test(errors_carry_code_and_message),
        cmocka_unit_test(long_messages_are_cut),
        cmocka_unit_test(every_status_has_its_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
