/* Results compared bit for bit: what differs is found, and nothing else. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <string.h>

#include "aesweep/difference.h"

enum { K = 2, M = 3, N_TIMES = 5 };

struct result {
    struct ae_record record;
    double numbers[AE_N_SUMMARY];
    struct ae_buffer bytes;
};

/* Numbers that tell positions apart; equal for equal arguments, in what both levels keep. */
static void make(struct result *result, enum ae_record_level level)
{
    struct ae_error err = {0};
    *result = (struct result){0};
    assert_int_equal(ae_record_init(&result->record, level, K, M, N_TIMES, &err), AE_OK);
    for (size_t i = 0; i < AE_N_SUMMARY; i++)
        result->numbers[i] = (double)i + 0.25;
    result->numbers[3] = (double)NAN;
    for (size_t i = 0; i < M; i++)
        result->record.escape[i] = i == 1 ? (double)INFINITY : (double)i;
    for (size_t j = 0; j < result->record.n_times; j++)
        for (size_t k = 0; k < result->record.n_cols; k++)
            result->record.curve[j * result->record.n_cols + k] = (double)(100 * j + k);
}

static bool differ(struct result *a, struct result *b, struct ae_buffer *text)
{
    struct ae_error err = {0};
    bool is_different = false;
    ae_buffer_rewind(text);
    ae_buffer_rewind(&a->bytes);
    ae_buffer_rewind(&b->bytes);
    ae_record_pack(&a->record, &a->bytes);
    ae_record_pack(&b->record, &b->bytes);
    struct ae_outcome first = {"one", a->numbers, ae_buffer_bytes(&a->bytes)};
    struct ae_outcome second = {"other", b->numbers, ae_buffer_bytes(&b->bytes)};
    assert_int_equal(ae_difference_find(&first, &second, &is_different, text, &err), AE_OK);
    assert_int_equal(is_different, text->size > 0);
    return is_different;
}

static void clear(struct result *result)
{
    ae_record_clear(&result->record);
    ae_buffer_clear(&result->bytes);
}

static void equal_at_all_levels(void **state)
{
    (void)state;
    struct ae_buffer text = {0};
    for (int i = 0; i <= AE_RECORD_FULL; i++)
        for (int j = 0; j <= AE_RECORD_FULL; j++) {
            struct result a, b;
            make(&a, (enum ae_record_level)i);
            make(&b, (enum ae_record_level)j);
            assert_false(differ(&a, &b, &text));
            clear(&a);
            clear(&b);
        }
    ae_buffer_clear(&text);
}

/* One bit of any number is found, and named. */
static void every_number(void **state)
{
    (void)state;
    struct ae_buffer text = {0};
    struct result a, b;
    make(&a, AE_RECORD_FULL);
    make(&b, AE_RECORD_FULL);
    for (size_t i = 0; i < AE_N_SUMMARY; i++) {
        double kept = b.numbers[i];
        b.numbers[i] = isnan(kept) ? 0.0 : nextafter(kept, 1e9);
        assert_true(differ(&a, &b, &text));
        assert_non_null(strstr(text.data, ae_summary_names[i]));
        assert_non_null(strstr(text.data, "(one)"));
        b.numbers[i] = kept;
    }
    for (size_t i = 0; i < M + N_TIMES * b.record.n_cols; i++) {
        double kept = b.record.escape[i];
        b.record.escape[i] = isinf(kept) ? 7.0 : nextafter(kept, 1e9);
        assert_true(differ(&a, &b, &text));
        b.record.escape[i] = kept;
    }
    a.record.curve[7] = 0.0;
    b.record.curve[7] = -0.0; /* equal, but not the same bits */
    assert_true(differ(&a, &b, &text));
    assert_non_null(strstr(text.data, "at t = 0, residual_3: 0 (one), -0 (other); 1 value"));
    clear(&a);
    clear(&b);
    ae_buffer_clear(&text);
}

/* What only the higher level keeps does not count. */
static void levels_and_shapes(void **state)
{
    (void)state;
    struct ae_buffer text = {0};
    struct result a, b;
    make(&a, AE_RECORD_CURVE);
    make(&b, AE_RECORD_FULL);
    size_t n_cols = b.record.n_cols;
    b.record.curve[n_cols - 1] = -1.0;
    assert_false(differ(&a, &b, &text));
    b.record.curve[2 * n_cols + 1] = -1.0;
    assert_true(differ(&a, &b, &text));
    assert_non_null(strstr(text.data, "at t = 200, pmse: 201 (one), -1 (other)"));
    clear(&a);
    struct ae_error err = {0};
    assert_int_equal(ae_record_init(&a.record, AE_RECORD_CURVE, K, M, N_TIMES + 1, &err), AE_OK);
    assert_true(differ(&a, &b, &text));
    assert_non_null(strstr(text.data, "different shapes"));
    clear(&a);
    clear(&b);
    ae_buffer_clear(&text);
}

static void damaged(void **state)
{
    (void)state;
    struct ae_error err = {0};
    struct ae_buffer text = {0};
    struct result a;
    bool is_different = false;
    make(&a, AE_RECORD_CURVE);
    ae_record_pack(&a.record, &a.bytes);
    struct ae_outcome whole = {"one", a.numbers, ae_buffer_bytes(&a.bytes)}, cut = whole;
    cut.source = "other";
    cut.record.size -= 8;
    assert_int_equal(ae_difference_find(&whole, &cut, &is_different, &text, &err), AE_OK);
    assert_true(is_different);
    assert_non_null(strstr(text.data, "damaged"));
    assert_non_null(strstr(text.data, "(other)"));
    clear(&a);
    ae_buffer_clear(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(equal_at_all_levels), cmocka_unit_test(every_number),
        cmocka_unit_test(levels_and_shapes), cmocka_unit_test(damaged)};
    return cmocka_run_group_tests_name("difference", tests, NULL, NULL);
}
