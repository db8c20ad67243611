/* Documents: what nodes are made of, where they stood, and every kind of broken input. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aesweep/json.h"
#include "aesweep/yaml.h"

static struct ae_yaml *read_good(const char *text)
{
    struct ae_yaml *doc = NULL;
    struct ae_error err = {0};
    enum ae_status rc = ae_yaml_read_text(&doc, text, strlen(text), "f.yaml", &err);
    if (rc != AE_OK)
        fail_msg("%s", err.message);
    return doc;
}

/* The text must be refused with a message that begins with `place` and has `words` in it. */
static void expect_bad_bytes(const char *text, size_t size, const char *place, const char *words)
{
    struct ae_yaml *doc = NULL;
    struct ae_error err = {0};
    assert_int_equal(ae_yaml_read_text(&doc, text, size, "f.yaml", &err), AE_EARG);
    assert_null(doc);
    assert_int_equal(ae_yaml_read_text(&doc, text, size, "f.yaml", NULL), AE_EARG);
    if (strncmp(err.message, place, strlen(place)) != 0 || !strstr(err.message, words))
        fail_msg("got '%s', want '%s ... %s'", err.message, place, words);
    assert_null(strchr(err.message, '\n'));
}

static void expect_bad(const char *text, const char *place, const char *words)
{
    expect_bad_bytes(text, strlen(text), place, words);
}

static void nodes_know_kind_place_and_quotes(void **state)
{
    (void)state;
    struct ae_yaml *doc = read_good("a: 1\nb:\n  - \"two\"\n  - {\xc3\xa4: x, c: []}\n");
    const struct ae_yaml_node *root = ae_yaml_root(doc);
    assert_int_equal(root->kind, AE_YAML_MAP);
    assert_int_equal(root->n, 2);
    const struct ae_yaml_node *a = ae_yaml_get(root, "a");
    assert_string_equal(a->text, "1");
    assert_true(a->is_plain);
    assert_int_equal(a->line, 1);
    assert_int_equal(a->column, 4);
    const struct ae_yaml_node *b = ae_yaml_get(root, "b");
    assert_int_equal(b->kind, AE_YAML_LIST);
    assert_false(b->items[0]->is_plain);
    assert_string_equal(b->items[0]->text, "two");
    assert_int_equal(b->items[0]->line, 3);
    assert_int_equal(b->items[0]->column, 5);
    const struct ae_yaml_entry *c = &b->items[1]->entries[1];
    assert_int_equal(c->key->column, 12); /* in characters: the umlaut is two bytes */
    assert_int_equal(c->value->kind, AE_YAML_LIST);
    assert_int_equal(c->value->n, 0);
    assert_null(ae_yaml_get(root, "c"));
    ae_yaml_free(doc);
}

static void byte_order_mark_and_crlf_are_harmless(void **state)
{
    (void)state;
    struct ae_yaml *doc = read_good("\xef\xbb\xbf"
                                    "a: 1\r\nb: 2\r\n");
    assert_string_equal(ae_yaml_get(ae_yaml_root(doc), "b")->text, "2");
    assert_int_equal(ae_yaml_get(ae_yaml_root(doc), "b")->line, 2);
    ae_yaml_free(doc);
}

static void nulls_are_unquoted(void **state)
{
    (void)state;
    struct ae_yaml *doc = read_good("[~, null, Null, NULL, '~', nil, 0, \"\", []]");
    const struct ae_yaml_node *list = ae_yaml_root(doc);
    for (size_t i = 0; i < list->n; i++)
        assert_int_equal(ae_yaml_is_null(list->items[i]), i < 4);
    ae_yaml_free(doc);
}

static void aliases_stand_for_their_anchor(void **state)
{
    (void)state;
    struct ae_yaml *doc = read_good("a: &x [1, &y 2]\nb: *x\nc: *y\nd: &x 3\ne: *x\n");
    const struct ae_yaml_node *root = ae_yaml_root(doc);
    assert_ptr_equal(ae_yaml_get(root, "b"), ae_yaml_get(root, "a"));
    assert_string_equal(ae_yaml_get(root, "c")->text, "2");
    assert_string_equal(ae_yaml_get(root, "e")->text, "3"); /* the latest of that name */
    ae_yaml_free(doc);
    expect_bad("a: *x\nb: &x 1\n", "f.yaml:1:4: ", "unknown alias *x");
    expect_bad("a: &x [1, *x]\n", "f.yaml:1:11: ", "unknown alias *x");
}

/* By the YAML merge type: keys written in a mapping win, then the earlier of several sources. */
static void merge_keys_fill_in_what_is_missing(void **state)
{
    (void)state;
    struct ae_yaml *doc = read_good("p: &p {a: 1, b: 2}\nq: &q {b: 3, c: 4}\n"
                                    "r: {x: 0, <<: [*p, *q], a: 9}\ns: {<<: *p}\nt: {'<<': 5}\n");
    const struct ae_yaml_node *r = ae_yaml_get(ae_yaml_root(doc), "r");
    const char *want[][2] = {{"x", "0"}, {"b", "2"}, {"c", "4"}, {"a", "9"}};
    assert_int_equal(r->n, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(r->entries[i].key->text, want[i][0]);
        assert_string_equal(r->entries[i].value->text, want[i][1]);
    }
    assert_int_equal(ae_yaml_get(ae_yaml_root(doc), "s")->n, 2);
    assert_string_equal(ae_yaml_get(ae_yaml_get(ae_yaml_root(doc), "t"), "<<")->text, "5");
    ae_yaml_free(doc);
    expect_bad("a: {<<: 3}", "f.yaml:1:9: ", "takes a mapping");
    expect_bad("a: {<<: [{}, 3]}", "f.yaml:1:14: ", "takes a mapping");
}

static void nested_aliases_cannot_explode(void **state)
{
    (void)state;
    char text[4096] = "l0: &l0 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1]\n";
    for (int i = 1; i < 20; i++) {
        size_t n = strlen(text);
        int k = i - 1;
        (void)snprintf(text + n, sizeof text - n,
                       "l%d: &l%d [*l%d, *l%d, *l%d, *l%d, *l%d, *l%d, *l%d, *l%d]\n", i, i, k, k,
                       k, k, k, k, k, k);
    }
    /* A line stands for 8 times the one before and 1: lines 1 to 7 for 3.3 million, line 8 for 23.
     */
    expect_bad(text, "f.yaml:8:", "aliases");
}

static void syntax_errors_name_the_place(void **state)
{
    (void)state;
    expect_bad("", "f.yaml:1:1: ", "empty");
    expect_bad("# nothing\n\n", "f.yaml:1:1: ", "empty");
    expect_bad("a: [1, 2\nb: 3\n", "f.yaml:2:2: ",
               "expected ',' or ']' in the list [...] that begins at "
               "line 1, column 4");
    expect_bad("a: {b: 1\n", "f.yaml:2:1: ", "mapping {...} that begins at line 1, column 4");
    expect_bad("a: 'x\n", "f.yaml:2:1: ", "quoted text that begins at line 1, column 4");
    expect_bad("a: 1\n\tb: 2\n", "f.yaml:2:1: ", "a tab");
    expect_bad("a:\n\tb: 2\n", "f.yaml:2:1: ", "a tab");
    expect_bad("a: 1\na: 2\n", "f.yaml:2:1: ", "duplicate key 'a'; the first is in line 1");
    expect_bad("{a: 1, \"a\": 2}", "f.yaml:1:8: ", "duplicate");
    expect_bad("? [1]\n: 2\n", "f.yaml:1:3: ", "a key must be a word, not a list");
    expect_bad("a: !!int 3\n", "f.yaml:1:4: ", "tag");
    expect_bad("a: !x [3]\n", "f.yaml:1:4: ", "tag");
    expect_bad("a: \"x\\0y\"\n", "f.yaml:1:4: ", "NUL");
    expect_bad("a: &x 1\n---\nb: *x\n", "f.yaml:3:4: ", "unknown alias");
    expect_bad("a: b: c\n", "f.yaml:1:5: ", "");
}

static void bytes_that_are_not_text_are_refused(void **state)
{
    (void)state;
    expect_bad("a: 1\nb: x\xffy\n", "f.yaml:2:5: byte 0xff", "UTF-8");
    expect_bad("a: \xc3", "f.yaml:1:", "UTF-8");
    expect_bad("a: \x01\n", "f.yaml:1:4: byte 0x01", "UTF-8");
    expect_bad_bytes("a: 1\0\0", 6, "f.yaml:1:5: byte 0x00", "UTF-8");
    expect_bad_bytes("\xff\xfe"
                     "a\0:\0",
                     6, "f.yaml:1:1: byte 0xff", "UTF-8"); /* UTF-16 */
    char junk[5000];
    uint32_t x = 1;
    for (size_t i = 0; i < sizeof junk; i++) {
        x = x * 1664525 + 1013904223;
        junk[i] = (char)(x >> 24);
    }
    expect_bad_bytes(junk, sizeof junk, "f.yaml:1:", "");
}

/* Text of n times `unit`; the caller frees it. */
static char *repeat(const char *unit, size_t n)
{
    size_t size = strlen(unit);
    char *text = malloc(n * size + 1);
    assert_non_null(text);
    for (size_t i = 0; i < n; i++)
        memcpy(text + i * size, unit, size);
    text[n * size] = '\0';
    return text;
}

static void depth_and_size_are_limited(void **state)
{
    (void)state;
    static const struct {
        const char *unit;
        size_t n;
        const char *words;
    } cases[] = {
        {"[", 10000000, "deeper than 64"},
        {"{a: ", 2500000, "deeper than 64"},
        {"- ", 5000000, "deeper than 64"},
        {"? ", 5000000, "deeper than 64"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *text = repeat(cases[i].unit, cases[i].n);
        expect_bad(text, "f.yaml:1:", cases[i].words);
        free(text);
    }
    char *keys = repeat("kkk: 1\n", AE_YAML_MAX_KEYS + 1);
    for (size_t i = 0; i <= AE_YAML_MAX_KEYS; i++)
        memcpy(keys + 7 * i, (char[]){(char)('a' + i % 26), (char)('a' + i / 26), 'k'}, 3);
    expect_bad(keys, "f.yaml:257:1: ", "more than 256 keys");
    free(keys);
    char *open = repeat("[", AE_YAML_MAX_DEPTH), *close = repeat("]", AE_YAML_MAX_DEPTH);
    char text[2 * AE_YAML_MAX_DEPTH + 1];
    (void)snprintf(text, sizeof text, "%s%s", open, close);
    ae_yaml_free(read_good(text));
    free(open);
    free(close);
    struct ae_yaml *doc = NULL;
    struct ae_error err;
    static const char one[] = "a"; /* the size is looked at before the text */
    assert_int_equal(ae_yaml_read_text(&doc, one, AE_YAML_MAX_BYTES + 1, "f", &err), AE_EARG);
    assert_string_equal(err.message, "f: larger than 64 MB");
}

static void files_that_cannot_be_read_are_named(void **state)
{
    (void)state;
    char dir[] = "yaml-test-XXXXXX";
    assert_non_null(mkdtemp(dir));
    char path[64];
    (void)snprintf(path, sizeof path, "%s/a.yaml", dir);
    struct ae_yaml *doc = NULL;
    struct ae_error err;
    assert_int_equal(ae_yaml_read_file(&doc, path, &err), AE_EARG);
    assert_non_null(strstr(err.message, path));
    assert_non_null(strstr(err.message, "No such file"));
    assert_int_equal(ae_yaml_read_file(&doc, dir, &err), AE_EARG);
    assert_non_null(strstr(err.message, dir));
    assert_non_null(strstr(err.message, "folder"));
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(ae_yaml_read_file(&doc, path, &err), AE_EARG);
    assert_non_null(strstr(err.message, "a.yaml:1:1: the file is empty"));
    file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs("a: 7\n", file) >= 0);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(ae_yaml_read_file(&doc, path, &err), AE_OK);
    assert_string_equal(ae_yaml_get(ae_yaml_root(doc), "a")->text, "7");
    ae_yaml_free(doc);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(dir), 0);
    assert_int_equal(ae_yaml_read_file(&doc, "/dev/zero", &err), AE_EARG);
    assert_non_null(strstr(err.message, "larger than 64 MB"));
}

static void quoted_text_reads_back(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "plain",
        "a \"b\" \\ c",
        "line\nfeed\ttab",
        "\x01\x1f\x7f",
        "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
        "\xc2\x85\xe2\x80\xa8\xe2\x80\xa9\xef\xbb\xbf\xc2\x80",
        " # not: [a] comment ",
        "'",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct ae_buffer out = {0};
        ae_buffer_text(&out, "k: ");
        ae_json_text(texts[i], &out);
        struct ae_yaml *doc = read_good(out.data);
        assert_string_equal(ae_yaml_get(ae_yaml_root(doc), "k")->text, texts[i]);
        assert_null(strchr(out.data, '\n'));
        ae_yaml_free(doc);
        ae_buffer_clear(&out);
    }
}

static void shown_nodes_are_short_and_on_one_line(void **state)
{
    (void)state;
    struct ae_yaml *doc = read_good("[\"a\\nb\", [], {}, ~, '']");
    static const char *const want[] = {"'a?b'", "a list", "a mapping", "null", "''"};
    char text[AE_YAML_SHOW_SIZE];
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(ae_yaml_show(ae_yaml_root(doc)->items[i], text), want[i]);
    ae_yaml_free(doc);
    char *letters = repeat("\xe2\x82\xac", 100); /* cut between characters */
    doc = read_good(letters);
    (void)ae_yaml_show(ae_yaml_root(doc), text);
    assert_int_equal(strlen(text), 1 + 39 + strlen("...'"));
    ae_yaml_free(doc);
    free(letters);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_know_kind_place_and_quotes),
        cmocka_unit_test(byte_order_mark_and_crlf_are_harmless),
        cmocka_unit_test(nulls_are_unquoted),
        cmocka_unit_test(aliases_stand_for_their_anchor),
        cmocka_unit_test(merge_keys_fill_in_what_is_missing),
        cmocka_unit_test(nested_aliases_cannot_explode),
        cmocka_unit_test(syntax_errors_name_the_place),
        cmocka_unit_test(bytes_that_are_not_text_are_refused),
        cmocka_unit_test(depth_and_size_are_limited),
        cmocka_unit_test(files_that_cannot_be_read_are_named),
        cmocka_unit_test(quoted_text_reads_back),
        cmocka_unit_test(shown_nodes_are_short_and_on_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
