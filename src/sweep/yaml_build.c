/*
 * libyaml's events become nodes, with a stack of our own, so that depth and size are limited while
 * reading, not after.
 *
 * An alias shares the node of its anchor. Readers walk it again each time, so the number of nodes
 * is counted as if it were written out: a few lines of nested aliases cannot become billions of
 * values.
 */
#include "yaml_tree.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <yaml.h>

static const char no_tags[] = "a tag (!...); tags have no meaning in a sweep file";

struct anchor {
    const char *name;
    const struct ae_yaml_node *node;
    size_t n_nodes; /* of its tree, aliases written out */
};

/* A list or mapping whose end has not come. */
struct frame {
    struct ae_yaml_node *node;
    size_t first;    /* its first child in `children`; of a mapping, keys and values take turns */
    size_t n_before; /* nodes counted before it */
    const char *anchor; /* NULL if none */
};

struct builder {
    struct ae_yaml *doc;
    struct ae_bytes text;
    yaml_parser_t parser;
    struct frame frames[AE_YAML_MAX_DEPTH];
    size_t depth;
    const struct ae_yaml_node **children;
    size_t n_children, capacity;
    size_t n_nodes;   /* so far, aliases written out */
    size_t n_anchors; /* in this document */
    struct anchor anchors[AE_YAML_MAX_ANCHORS];
};

/* ---- messages ---- */

static enum ae_status fail_at(const struct builder *b, yaml_mark_t mark, struct ae_error *err,
                              const char *what)
{
    return ae_fail(err, AE_EARG, "%s:%zu:%zu: %s", b->doc->name, mark.line + 1, mark.column + 1,
                   what);
}

/* Is there a tab in the indentation of that line (from 0), or at that column of it? */
static bool has_tab(struct ae_bytes text, size_t line, size_t column)
{
    const char *at = text.data;
    const char *end = at + text.size;
    for (; line > 0 && at < end; at++)
        line -= *at == '\n';
    bool is_indent = true;
    for (size_t i = 0; at < end && *at != '\n' && i <= column; at++) {
        if (*at == '\t' && (is_indent || i == column))
            return true;
        is_indent = is_indent && *at == ' ';
        i += ((unsigned char)*at & 0xc0) != 0x80;
    }
    return false;
}

/* libyaml cannot read the bytes as text. */
static enum ae_status fail_encoding(const struct builder *b, struct ae_error *err)
{
    const char *text = b->text.data;
    size_t offset =
        b->parser.problem_offset < b->text.size ? b->parser.problem_offset : b->text.size;
    yaml_mark_t mark = {0};
    for (size_t i = 0; i < offset; i++) {
        mark.column += ((unsigned char)text[i] & 0xc0) != 0x80;
        if (text[i] == '\n') {
            mark.line++;
            mark.column = 0;
        }
    }
    if (offset == b->text.size)
        return fail_at(b, mark, err,
                       "the text ends within a character; a sweep file is UTF-8 text");
    char what[80];
    (void)snprintf(what, sizeof what, "byte 0x%02x is not text; a sweep file is UTF-8 text",
                   (unsigned char)text[offset]);
    return fail_at(b, mark, err, what);
}

/* What libyaml was in the middle of, in the words of this program. */
static const char *say_context(const char *context)
{
    static const char *const words[][2] = {
        {"while parsing a flow sequence", "in the list [...]"},
        {"while parsing a flow mapping", "in the mapping {...}"},
        {"while parsing a block collection", "in the list"},
        {"while parsing a block mapping", "in the mapping"},
        {"while scanning a quoted scalar", "in the quoted text"},
    };
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(context, words[i][0]) == 0)
            return words[i][1];
    return context;
}

static enum ae_status fail_syntax(const struct builder *b, struct ae_error *err)
{
    const yaml_parser_t *p = &b->parser;
    if (p->error == YAML_MEMORY_ERROR)
        return ae_fail_memory(err, b->text.size);
    if (p->error == YAML_READER_ERROR)
        return fail_encoding(b, err);
    yaml_mark_t mark = p->problem_mark;
    if (has_tab(b->text, mark.line, mark.column))
        return fail_at(b, mark, err, "a tab; YAML is indented with spaces");
    const char *problem = p->problem ? p->problem : "not YAML";
    const char *const verbose = "did not find expected ";
    const bool is_verbose = strncmp(problem, verbose, strlen(verbose)) == 0;
    char what[256];
    (void)snprintf(what, sizeof what, "%s%s", is_verbose ? "expected " : "",
                   is_verbose ? problem + strlen(verbose) : problem);
    if (p->context) {
        size_t n = strlen(what);
        (void)snprintf(what + n, sizeof what - n, " %s that begins at line %zu, column %zu",
                       say_context(p->context), p->context_mark.line + 1,
                       p->context_mark.column + 1);
    }
    return fail_at(b, mark, err, what);
}

/* ---- building the tree ---- */

static const char *take_text(struct ae_yaml *doc, const char *text, size_t size)
{
    char *copy = ae_yaml_take(doc, size + 1);
    if (copy && size > 0)
        memcpy(copy, text, size);
    return copy;
}

static struct ae_yaml_node *node_new(struct builder *b, enum ae_yaml_kind kind, yaml_mark_t mark)
{
    struct ae_yaml_node *node = ae_yaml_take(b->doc, sizeof *node);
    if (node) {
        node->kind = kind;
        node->line = (uint32_t)(mark.line + 1);
        node->column = (uint32_t)(mark.column + 1);
    }
    return node;
}

static enum ae_status count(struct builder *b, size_t n_nodes, yaml_mark_t mark,
                            struct ae_error *err)
{
    b->n_nodes += n_nodes;
    if (b->n_nodes <= AE_YAML_MAX_NODES)
        return AE_OK;
    char what[96];
    (void)snprintf(what, sizeof what, "more than %d values, with all aliases written out",
                   (int)AE_YAML_MAX_NODES);
    return fail_at(b, mark, err, what);
}

static enum ae_status fail_keys(const struct builder *b, const struct ae_yaml_node *at,
                                struct ae_error *err)
{
    return ae_yaml_fail(b->doc, at, err, "more than %d keys in one mapping", (int)AE_YAML_MAX_KEYS);
}

static enum ae_status check_key(const struct builder *b, const struct frame *frame,
                                const struct ae_yaml_node *key, struct ae_error *err)
{
    if (key->kind != AE_YAML_SCALAR)
        return ae_yaml_fail(b->doc, key, err, "a key must be a word, not %s",
                            key->kind == AE_YAML_LIST ? "a list" : "a mapping");
    size_t n_keys = (b->n_children - frame->first) / 2;
    char shown[AE_YAML_SHOW_SIZE];
    for (size_t i = 0; i < n_keys; i++) {
        const struct ae_yaml_node *other = b->children[frame->first + 2 * i];
        if (strcmp(other->text, key->text) == 0)
            return ae_yaml_fail(b->doc, key, err, "duplicate key %s; the first is in line %u",
                                ae_yaml_show(key, shown), (unsigned)other->line);
    }
    return n_keys < AE_YAML_MAX_KEYS ? AE_OK : fail_keys(b, key, err);
}

/* Hands a finished node to what it stands in. */
static enum ae_status add(struct builder *b, const struct ae_yaml_node *node, struct ae_error *err)
{
    if (b->depth == 0) {
        b->doc->roots[b->doc->n_roots++] = node;
        return AE_OK;
    }
    const struct frame *frame = &b->frames[b->depth - 1];
    if (frame->node->kind == AE_YAML_MAP && (b->n_children - frame->first) % 2 == 0) {
        enum ae_status rc = check_key(b, frame, node, err);
        if (rc != AE_OK)
            return rc;
    }
    if (b->n_children == b->capacity) {
        size_t capacity = b->capacity > 0 ? 2 * b->capacity : 256;
        const struct ae_yaml_node **children = ae_realloc(b->children, capacity, sizeof *children);
        if (!children)
            return ae_fail_memory(err, capacity * sizeof *children);
        b->children = children;
        b->capacity = capacity;
    }
    b->children[b->n_children++] = node;
    return AE_OK;
}

static enum ae_status name_anchor(struct builder *b, const char *name,
                                  const struct ae_yaml_node *node, size_t n_nodes,
                                  struct ae_error *err)
{
    if (!name)
        return AE_OK;
    if (b->n_anchors == AE_YAML_MAX_ANCHORS)
        return ae_yaml_fail(b->doc, node, err, "more than %d anchors", (int)AE_YAML_MAX_ANCHORS);
    b->anchors[b->n_anchors++] = (struct anchor){name, node, n_nodes};
    return AE_OK;
}

static enum ae_status open_frame(struct builder *b, enum ae_yaml_kind kind,
                                 const yaml_char_t *anchor, const yaml_char_t *tag,
                                 yaml_mark_t mark, struct ae_error *err)
{
    if (tag)
        return fail_at(b, mark, err, no_tags);
    if (b->depth == AE_YAML_MAX_DEPTH) {
        char what[64];
        (void)snprintf(what, sizeof what, "nested deeper than %d levels", (int)AE_YAML_MAX_DEPTH);
        return fail_at(b, mark, err, what);
    }
    struct frame *frame = &b->frames[b->depth];
    *frame = (struct frame){.first = b->n_children, .n_before = b->n_nodes};
    frame->node = node_new(b, kind, mark);
    if (anchor)
        frame->anchor = take_text(b->doc, (const char *)anchor, strlen((const char *)anchor));
    if (!frame->node || (anchor && !frame->anchor))
        return ae_fail_memory(err, sizeof *frame->node);
    b->depth++;
    return count(b, 1, mark, err);
}

static bool is_merge(const struct ae_yaml_node *key)
{
    return key->is_plain && strcmp(key->text, "<<") == 0;
}

static bool has_key(const struct ae_yaml_entry *entries, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(entries[i].key->text, key) == 0)
            return true;
    return false;
}

/* Is that a key of the mapping that `children` is, as written, without what it merges? */
static bool is_written(const struct ae_yaml_node *const *children, size_t n, const char *key)
{
    for (size_t i = 0; i + 1 < n; i += 2)
        if (strcmp(children[i]->text, key) == 0)
            return true;
    return false;
}

/*
 * Entries of one mapping, `source`, that a merge key brings into another: those not written there
 * (`children`) nor have come from an earlier source. They stand where the merge key stood.
 */
static enum ae_status merge(struct builder *b, const struct ae_yaml_node *source,
                            const struct ae_yaml_node *const *children, size_t n_children,
                            struct ae_yaml_entry *entries, size_t *n, struct ae_error *err)
{
    if (source->kind != AE_YAML_MAP)
        return ae_yaml_fail(b->doc, source, err,
                            "'<<' takes a mapping or a list of mappings, usually an alias");
    for (size_t i = 0; i < source->n; i++) {
        const char *key = source->entries[i].key->text;
        if (is_written(children, n_children, key) || has_key(entries, *n, key))
            continue;
        if (*n == AE_YAML_MAX_KEYS)
            return fail_keys(b, source, err);
        entries[(*n)++] = source->entries[i];
    }
    return AE_OK;
}

static enum ae_status close_map(struct builder *b, struct ae_yaml_node *node,
                                const struct ae_yaml_node *const *children, size_t n_children,
                                struct ae_error *err)
{
    struct ae_yaml_entry entries[AE_YAML_MAX_KEYS];
    size_t n = 0;
    enum ae_status rc = AE_OK;
    for (size_t i = 0; i + 1 < n_children && rc == AE_OK; i += 2) {
        const struct ae_yaml_node *value = children[i + 1];
        if (!is_merge(children[i])) {
            if (n == AE_YAML_MAX_KEYS)
                return fail_keys(b, children[i], err);
            entries[n++] = (struct ae_yaml_entry){children[i], value};
        } else if (value->kind == AE_YAML_LIST) {
            for (size_t k = 0; k < value->n && rc == AE_OK; k++)
                rc = merge(b, value->items[k], children, n_children, entries, &n, err);
        } else {
            rc = merge(b, value, children, n_children, entries, &n, err);
        }
    }
    if (rc != AE_OK)
        return rc;
    struct ae_yaml_entry *kept = ae_yaml_take(b->doc, n * sizeof *kept);
    if (!kept)
        return ae_fail_memory(err, n * sizeof *kept);
    memcpy(kept, entries, n * sizeof *kept);
    node->entries = kept;
    node->n = n;
    return AE_OK;
}

static enum ae_status close_frame(struct builder *b, struct ae_error *err)
{
    struct frame *frame = &b->frames[b->depth - 1];
    struct ae_yaml_node *node = frame->node;
    const struct ae_yaml_node **children = b->children ? b->children + frame->first : NULL;
    size_t n = b->n_children - frame->first;
    enum ae_status rc = AE_OK;
    if (node->kind == AE_YAML_MAP) {
        rc = close_map(b, node, children, n, err);
    } else {
        const struct ae_yaml_node **items = ae_yaml_take(b->doc, n * sizeof *items);
        if (!items)
            return ae_fail_memory(err, n * sizeof *items);
        if (n > 0)
            memcpy(items, children, n * sizeof *items);
        node->items = items;
        node->n = n;
    }
    b->n_children = frame->first;
    b->depth--;
    if (rc == AE_OK)
        rc = name_anchor(b, frame->anchor, node, b->n_nodes - frame->n_before, err);
    return rc == AE_OK ? add(b, node, err) : rc;
}

static enum ae_status on_scalar(struct builder *b, const yaml_event_t *event, struct ae_error *err)
{
    const char *anchor = (const char *)event->data.scalar.anchor;
    const char *text = (const char *)event->data.scalar.value;
    size_t n = event->data.scalar.length;
    if (event->data.scalar.tag)
        return fail_at(b, event->start_mark, err, no_tags);
    if (memchr(text, 0, n))
        return fail_at(b, event->start_mark, err, "a NUL character within a text");
    struct ae_yaml_node *node = node_new(b, AE_YAML_SCALAR, event->start_mark);
    const char *copy = take_text(b->doc, text, n);
    const char *kept = anchor ? take_text(b->doc, anchor, strlen(anchor)) : NULL;
    if (!node || !copy || (anchor && !kept))
        return ae_fail_memory(err, n);
    node->text = copy;
    node->n = n;
    node->is_plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    enum ae_status rc = count(b, 1, event->start_mark, err);
    if (rc == AE_OK)
        rc = name_anchor(b, kept, node, 1, err);
    return rc == AE_OK ? add(b, node, err) : rc;
}

static enum ae_status on_alias(struct builder *b, const yaml_event_t *event, struct ae_error *err)
{
    const char *name = (const char *)event->data.alias.anchor;
    for (size_t i = b->n_anchors; i-- > 0;) { /* the latest of that name */
        const struct anchor *anchor = &b->anchors[i];
        if (strcmp(anchor->name, name) != 0)
            continue;
        enum ae_status rc = count(b, anchor->n_nodes, event->start_mark, err);
        return rc == AE_OK ? add(b, anchor->node, err) : rc;
    }
    char what[200];
    (void)snprintf(what, sizeof what,
                   "unknown alias *%.60s; no value that ends before it has the anchor &%.60s", name,
                   name);
    return fail_at(b, event->start_mark, err, what);
}

static enum ae_status on_event(struct builder *b, const yaml_event_t *event, struct ae_error *err)
{
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT:
        b->n_anchors = 0; /* an alias cannot reach into another document */
        if (b->doc->n_roots == AE_YAML_MAX_DOCUMENTS)
            return fail_at(b, event->start_mark, err, "more than 256 documents");
        return AE_OK;
    case YAML_ALIAS_EVENT:
        return on_alias(b, event, err);
    case YAML_SCALAR_EVENT:
        return on_scalar(b, event, err);
    case YAML_SEQUENCE_START_EVENT:
        return open_frame(b, AE_YAML_LIST, event->data.sequence_start.anchor,
                          event->data.sequence_start.tag, event->start_mark, err);
    case YAML_MAPPING_START_EVENT:
        return open_frame(b, AE_YAML_MAP, event->data.mapping_start.anchor,
                          event->data.mapping_start.tag, event->start_mark, err);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return close_frame(b, err);
    default:
        return AE_OK; /* beginnings and ends that carry nothing */
    }
}

static enum ae_status read_events(struct builder *b, struct ae_error *err)
{
    enum ae_status rc = AE_OK;
    for (bool is_end = false; rc == AE_OK && !is_end;) {
        yaml_event_t event;
        if (!yaml_parser_parse(&b->parser, &event))
            return fail_syntax(b, err);
        is_end = event.type == YAML_STREAM_END_EVENT;
        rc = on_event(b, &event, err);
        yaml_event_delete(&event);
    }
    if (rc == AE_OK && b->doc->n_roots == 0)
        rc = fail_at(b, (yaml_mark_t){0}, err,
                     "the file is empty; expected keys such as set and grid");
    return rc;
}

enum ae_status ae_yaml_build(struct ae_yaml *doc, struct ae_bytes text, struct ae_error *err)
{
    struct builder *b = ae_calloc(1, 1, sizeof *b);
    if (!b)
        return ae_fail_memory(err, sizeof *b);
    static const char mark[] = "\xef\xbb\xbf"; /* byte order mark, which some editors write */
    const size_t n_mark = strlen(mark);
    if (text.size >= n_mark && memcmp(text.data, mark, n_mark) == 0)
        text = (struct ae_bytes){(const char *)text.data + n_mark, text.size - n_mark};
    b->doc = doc;
    b->text = text;
    enum ae_status rc;
    if (yaml_parser_initialize(&b->parser)) {
        yaml_parser_set_input_string(&b->parser, text.data, text.size);
        yaml_parser_set_encoding(&b->parser, YAML_UTF8_ENCODING);
        rc = read_events(b, err);
        yaml_parser_delete(&b->parser);
    } else {
        rc = ae_fail_memory(err, sizeof b->parser);
    }
    free(b->children);
    free(b);
    return rc;
}
