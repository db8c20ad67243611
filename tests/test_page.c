/* What the page of report holds: arrays, curves and parameters as they are read back by another
 * reader, sizes that are kept, and texts that stay texts. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "../src/report/report_internal.h"
#include "report_store.h"

/* ---- reading ---- */

static int digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = strchr(digits, c);
    return c && at ? (int)(at - digits) : -1;
}

/* Bytes of the packed array after `key` in the text; returns how many. */
static size_t unpack(const char *text, const char *key, size_t max, unsigned char *bytes)
{
    const char *at = strstr(text, key);
    assert_non_null(at);
    at = strstr(at, "\"d\":\"");
    assert_non_null(at);
    size_t n_bits = 0, n = 0;
    unsigned bits = 0;
    for (at += 5; *at != '"' && *at != '='; at++) {
        assert_true(digit(*at) >= 0);
        bits = bits << 6 | (unsigned)digit(*at);
        n_bits += 6;
        if (n_bits < 8)
            continue;
        n_bits -= 8;
        assert_true(n < max);
        bytes[n++] = (unsigned char)(bits >> n_bits);
    }
    return n;
}

static size_t u16s(const char *text, const char *key, size_t max, uint16_t *x)
{
    unsigned char bytes[4096];
    size_t n = unpack(text, key, sizeof bytes, bytes) / 2;
    assert_true(n <= max);
    for (size_t i = 0; i < n; i++)
        x[i] = (uint16_t)(bytes[2 * i] | bytes[2 * i + 1] << 8);
    return n;
}

static void assert_has(const struct ae_buffer *text, const char *part)
{
    if (!strstr(text->data, part))
        fail_msg("'%s' is not in\n%.3000s", part, text->data);
}

/* ---- arrays ---- */

static void test_arrays_are_base64(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *text;
    } cases[] = {/* RFC 4648, section 10 */
                 {"", ""},
                 {"f", "Zg=="},
                 {"fo", "Zm8="},
                 {"foo", "Zm9v"},
                 {"foob", "Zm9vYg=="},
                 {"fooba", "Zm9vYmE="},
                 {"foobar", "Zm9vYmFy"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct ae_buffer out = {0};
        size_t n = strlen(cases[i].bytes);
        ae_pack_put_bytes(AE_PACK_U8, n, cases[i].bytes, &out);
        assert_memory_equal(out.data + strlen("{\"t\":\"u8\",\"d\":\""), cases[i].text,
                            strlen(cases[i].text));
        assert_int_equal(ae_pack_size(AE_PACK_U8, n), strlen(cases[i].text));
        ae_buffer_clear(&out);
    }
    struct ae_buffer out = {0};
    ae_pack_put(AE_PACK_U16, 2, (const double[]){1, 513}, &out);
    assert_string_equal(out.data, "{\"t\":\"u16\",\"d\":\"AQABAg==\"}");
    ae_buffer_clear(&out);
    ae_pack_put(AE_PACK_F32, 1, (const double[]){1e300}, &out); /* 3.4e38 */
    assert_string_equal(out.data, "{\"t\":\"f32\",\"d\":\"nsl/fw==\"}");
    ae_buffer_clear(&out);
    assert_int_equal(ae_pack_for(256), AE_PACK_U8);
    assert_int_equal(ae_pack_for(257), AE_PACK_U16);
    assert_int_equal(ae_pack_for(65537), AE_PACK_U32);
}

static void test_texts_end_no_script(void **state)
{
    (void)state;
    struct ae_buffer out = {0};
    ae_pack_text("</script>&\"\\\n\303\244", &out);
    assert_string_equal(out.data, "\"\\u003c/script\\u003e\\u0026\\u0022\\u005c\\u000a\303\244\"");
    ae_buffer_clear(&out);
    ae_report_escape("<a href='x'>&\"", &out);
    assert_string_equal(out.data, "&lt;a href=&#39;x&#39;&gt;&amp;&quot;");
    ae_buffer_clear(&out);
    ae_pack_number((double)NAN, &out);
    ae_pack_number(-0.25, &out);
    assert_string_equal(out.data, "\"nan\"-0.25");
    ae_buffer_clear(&out);
}

/* ---- curves ---- */

enum { N_ROWS = 40, N_TIMES = 30 };

/* Excess 10^(-j) - and what is no such number - at times that a few rows share. */
static void add_curves(struct ae_report_curves *curves)
{
    for (size_t i = 0; i < N_ROWS; i++) {
        struct ae_record r;
        assert_int_equal(ae_record_init(&r, AE_RECORD_CURVE, 1, 2, N_TIMES, NULL), AE_OK);
        for (size_t j = 0; j < N_TIMES; j++) {
            double *at = r.curve + j * r.n_cols;
            at[0] = (double)(j * (1 + i % 3));
            at[2] = pow(10.0, -(double)j);
            at[5] = 0.5;
            at[6] = j == 0 ? (double)NAN : 3.0;
        }
        r.curve[2 * r.n_cols + 2] = (double)NAN;
        r.curve[3 * r.n_cols + 2] = (double)INFINITY;
        r.curve[4 * r.n_cols + 2] = -1e-12;
        if (i % 10 == 9) /* left out, or shown again */
            ae_report_curves_repeat(curves, i);
        else if (i != 5)
            assert_int_equal(ae_report_curves_add(curves, i, &r, NULL), AE_OK);
        ae_record_clear(&r);
    }
}

static struct ae_buffer curves_in(size_t bytes)
{
    struct ae_report_curves *curves = NULL;
    struct ae_buffer out = {0};
    assert_int_equal(ae_report_curves_new(&curves, N_ROWS, NULL), AE_OK);
    add_curves(curves);
    assert_int_equal(ae_report_curves_put(curves, bytes, &out, NULL), AE_OK);
    ae_report_curves_free(curves);
    return out;
}

static void test_curves_read_back(void **state)
{
    (void)state;
    struct ae_buffer out = curves_in(1000000);
    uint16_t codes[2000], lengths[3];
    unsigned char rows[4 * N_ROWS], f[4000], lists[N_ROWS];
    float times[3 * N_TIMES];
    size_t n_curves = N_ROWS - 5; /* four shown again, one left out */
    assert_has(&out, "{\"n\":35,\"observed\":30,\"kept\":30,");
    assert_int_equal(u16s(out.data, "\"codes\"", 2000, codes), n_curves * N_TIMES);
    assert_int_equal(u16s(out.data, "\"lengths\"", 3, lengths), 3); /* of times each kept once */
    assert_int_equal(lengths[2], N_TIMES);
    for (size_t j = 0; j < N_TIMES; j++) {
        double want = pow(10.0, -(double)j), got = pow(10.0, (codes[j] - 2) / 2000.0 - 16.0);
        if (j == 2 || j == 3)
            assert_int_equal(codes[j], j == 2 ? 0 : 65535);
        else if (j == 4 || j > 16)
            assert_int_equal(codes[j], 1);
        else if (j < 16)
            assert_true(fabs(got - want) <= 0.0006 * want);
    }
    assert_int_equal(unpack(out.data, "\"row\"", sizeof rows, rows), sizeof rows);
    assert_int_equal(rows[4 * 5], 255);         /* row 5 has none */
    assert_int_equal(rows[4 * 9], rows[4 * 8]); /* row 9 that of row 8 */
    assert_int_equal(unpack(out.data, "\"list\"", sizeof lists, lists), n_curves);
    assert_int_equal(lists[1], 1);
    assert_int_equal(lists[3], lists[0]);
    assert_int_equal(unpack(out.data, "\"times\"", sizeof times, (unsigned char *)times),
                     sizeof times);
    assert_true(times[N_TIMES + 4] == 8.0f);
    assert_int_equal(unpack(out.data, "\"f\"", sizeof f, f), 2 * n_curves * N_TIMES);
    assert_int_equal(f[0], 100);
    assert_int_equal(f[1], 255);
    assert_int_equal(f[3], 254);
    ae_buffer_clear(&out);
}

/* Whatever is allowed is kept, and as much as fits is there. */
static void test_curves_fit(void **state)
{
    (void)state;
    size_t last = 0;
    for (size_t bytes = 0; bytes < 12000; bytes += 500) {
        struct ae_buffer out = curves_in(bytes);
        const char *kept = strstr(out.data, "\"kept\":");
        size_t n = kept ? strtoul(kept + 7, NULL, 10) : 0;
        assert_true(out.size <= bytes + 400); /* names and braces */
        assert_true(n >= last);
        last = n;
        if (n > 0) {
            float times[3 * N_TIMES];
            (void)unpack(out.data, "\"times\"", sizeof times, (unsigned char *)times);
            assert_true(times[0] == 0.0f && times[n - 1] == N_TIMES - 1);
            for (size_t j = 1; j < n; j++)
                assert_true(times[j] > times[j - 1]);
        }
        ae_buffer_clear(&out);
    }
    assert_int_equal(last, N_TIMES);
}

/* ---- data of a sweep ---- */

/* lr = 1: distorted; 2: failed; 3: missing; 4: partial. */
static void make_rows(size_t i, const struct ae_params *p, struct made *made)
{
    (void)i;
    made->reason = p->lr == 2.0 ? "</script>" : NULL;
    made->is_skipped = p->lr == 3.0;
    made->record.summary = summary_in(p->lr == 1.0 ? AE_PHASE_DISTORTED : AE_PHASE_PARTIAL);
    made->record.summary.excess = 0.1 * p->lr;
}

static struct ae_buffer data_of(const char *yaml)
{
    char dir[REPORT_PATH];
    struct ae_results *results = NULL;
    struct ae_buffer out = {0};
    struct ae_error err = {0};
    make_folder(dir);
    fill_folder(dir, yaml, make_rows);
    assert_int_equal(ae_results_open(&results, dir, false, NULL), AE_OK);
    if (ae_report_data(results, 1000000, &out, &err) != AE_OK)
        fail_msg("%s", err.message);
    ae_results_free(results);
    remove_folder(dir);
    return out;
}

static void test_data_of_rows(void **state)
{
    (void)state;
    struct ae_buffer out = data_of("name: rows\nset: {spikes: [4, 2.5]}\n"
                                   "grid: {activation: [relu, erf], lr: {values: [4, 3, 2, 1], "
                                   "scale: log}}\n");
    unsigned char digits[8], states[8], points[64];
    assert_has(&out, "\"rows\":8,");
    assert_has(&out, "\"view\":{\"value\":\"phase\",\"reduce\":\"median\",\"rows\":\"activation\","
                     "\"cols\":\"lr\",\"panels\":[]}");
    assert_has(&out, "\"name\":\"activation\",\"log\":false,");
    assert_has(&out, "\"labels\":[\"relu\",\"erf\"],\"numeric\":false"); /* as in the file */
    assert_has(&out, "\"name\":\"lr\",\"log\":true,");
    assert_has(&out, "\"labels\":[\"1\",\"2\",\"3\",\"4\"],\"numeric\":true"); /* rising */
    assert_has(&out, "[\"spikes\",\"[4, 2.5]\"]");
    assert_has(&out, "\"reasons\":[[2,\"\\u003c/script\\u003e\"],[6,");
    assert_int_equal(unpack(out.data, "[\"1\",\"2\",\"3\",\"4\"]", 8, digits), 8);
    assert_memory_equal(digits, "\3\2\1\0\3\2\1\0", 8);
    assert_int_equal(unpack(out.data, "\"state\"", 8, states), 8);
    assert_memory_equal(states, "\3\6\5\2\3\6\5\2", 8); /* partial, missing, failed, distorted */
    assert_has(&out,
               "\"name\":\"excess\",\"kind\":\"number\",\"meaning\":\"pmse - pca\",\"v\":[0.4,"
               "\"nan\",0.1]");
    assert_int_equal(unpack(out.data, "\"point\"", 64, points), 64);
    assert_memory_not_equal(points, points + 8, 8);
    ae_buffer_clear(&out);
}

static void test_data_of_lists(void **state)
{
    (void)state;
    struct ae_buffer out =
        data_of("name: lists\ngrid: {spikes: [[4, 2], [4, 1]], D: [100, inf]}\n");
    assert_has(&out, "\"labels\":[\"[4, 2]\",\"[4, 1]\"],\"numeric\":false");
    assert_has(&out, "\"labels\":[\"100\",\"inf\"],\"numeric\":false");
    ae_buffer_clear(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arrays_are_base64), cmocka_unit_test(test_texts_end_no_script),
        cmocka_unit_test(test_curves_read_back),  cmocka_unit_test(test_curves_fit),
        cmocka_unit_test(test_data_of_rows),      cmocka_unit_test(test_data_of_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
