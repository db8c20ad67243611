/*
 * Expressions.
 *     expression = condition { "," condition }
 *     condition  = name ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) value
 *                | name "in" "[" value { "," value } "]"
 *     value      = word or number | "'" ... "'"
 *                | "[" number { "," number } "]"    of a list-valued parameter
 * Blanks may stand anywhere between them.
 */
#include "aesweep/expr.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/condition.h"
#include "aesweep/memory.h"
#include "aesweep/value.h"

struct ae_expr {
    size_t n;
    struct ae_condition *conditions;
    struct ae_pool pool; /* lists that values point to */
};

enum { TOKEN_SIZE = 128 };

struct parser {
    const char *text;
    size_t at; /* bytes before the reading position */
    struct ae_expr *expr;
    struct ae_error *err;
};

void ae_expr_free(struct ae_expr *expr)
{
    if (!expr)
        return;
    for (size_t i = 0; i < expr->n; i++)
        free(expr->conditions[i].values);
    free(expr->conditions);
    ae_pool_clear(&expr->pool);
    free(expr);
}

bool ae_expr_holds(const struct ae_expr *expr, const struct ae_params *p)
{
    for (size_t i = 0; expr && i < expr->n; i++)
        if (!ae_condition_holds(&expr->conditions[i], p))
            return false;
    return true;
}

bool ae_expr_asks_replicate(const struct ae_expr *expr)
{
    for (size_t i = 0; i < expr->n; i++)
        if (expr->conditions[i].id == AE_CONDITION_REPLICATE)
            return true;
    return false;
}

/* ---- tokens ---- */

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Letters, digits, and what numbers and names are made of beside them. */
static bool is_word_char(char c)
{
    return c != '\0' && !is_blank(c) && !strchr("=!<>,[]'\"&|(){};", c);
}

/* The reading position after blanks. */
static const char *next(struct parser *parser)
{
    while (is_blank(parser->text[parser->at]))
        parser->at++;
    return parser->text + parser->at;
}

/* Reads this text if it comes next. */
static bool take(struct parser *parser, const char *text)
{
    size_t n = strlen(text);
    if (strncmp(next(parser), text, n) != 0)
        return false;
    parser->at += n;
    return true;
}

/* Column of a position: characters, from 1. */
static size_t column_of(const struct parser *parser, size_t at)
{
    size_t column = 1;
    for (size_t i = 0; i < at; i++)
        column += ((unsigned char)parser->text[i] & 0xc0) != 0x80;
    return column;
}

/* AE_EARG with the column before the message that err holds. */
static enum ae_status place(const struct parser *parser, size_t at)
{
    return parser->err ? ae_error_prefix(parser->err, "column %zu", column_of(parser, at))
                       : AE_EARG;
}

static enum ae_status fail_expected(struct parser *parser, const char *what)
{
    const char *at = next(parser);
    if (*at == '\0')
        ae_fail(parser->err, AE_EARG, "the condition ends where %s is expected", what);
    else
        ae_fail(parser->err, AE_EARG, "'%.40s'; expected %s", at, what);
    return place(parser, parser->at);
}

/* A word, or a quoted text. */
static enum ae_status take_word(struct parser *parser, const char *what, char word[TOKEN_SIZE])
{
    const char *start = next(parser);
    size_t n = 0, n_taken;
    if (*start == '\'' || *start == '"') {
        const char *end = strchr(start + 1, *start);
        if (!end)
            return fail_expected(parser, "a closing quote");
        n_taken = (size_t)(end - start) + 1;
        n = n_taken - 2;
        start++;
    } else {
        while (is_word_char(start[n]))
            n++;
        n_taken = n;
    }
    if (n_taken == 0)
        return fail_expected(parser, what);
    if (n >= TOKEN_SIZE) {
        ae_fail(parser->err, AE_EARG, "'%.20s...' is too long", start);
        return place(parser, parser->at);
    }
    memcpy(word, start, n);
    word[n] = '\0';
    parser->at += n_taken;
    return AE_OK;
}

/* ---- values ---- */

static enum ae_param_type type_of(enum ae_param_id id)
{
    return id == AE_CONDITION_REPLICATE ? AE_TYPE_COUNT : ae_param_table[id].type;
}

static const char *name_of(enum ae_param_id id)
{
    return id == AE_CONDITION_REPLICATE ? "replicate" : ae_param_table[id].name;
}

static bool is_order(enum ae_compare compare)
{
    return compare == AE_COMPARE_LT || compare == AE_COMPARE_LE || compare == AE_COMPARE_GT ||
           compare == AE_COMPARE_GE;
}

/* To be less or greater than, any number will do: `lr>0` makes sense though lr cannot be 0. */
static enum ae_status parse_scalar(struct parser *parser, struct ae_condition *condition)
{
    char word[TOKEN_SIZE];
    struct ae_value *value = &condition->values[condition->n];
    next(parser);
    size_t at = parser->at;
    enum ae_status rc = take_word(parser, "a value", word);
    if (rc != AE_OK)
        return rc;
    condition->n++;
    if (condition->id != AE_CONDITION_REPLICATE && !is_order(condition->compare)) {
        rc = ae_value_parse(condition->id, word, value, parser->err);
        if (rc == AE_OK && value->file)
            rc = ae_pool_keep_text(&parser->expr->pool, value->file, &value->file, parser->err);
    } else if (!ae_number_parse(word, &value->x)) {
        rc =
            ae_fail(parser->err, AE_EARG, "%s: '%s' is not a number", name_of(condition->id), word);
    } else if (condition->id == AE_CONDITION_REPLICATE && !is_order(condition->compare) &&
               !(value->x >= 1.0 && value->x == floor(value->x))) {
        rc = ae_fail(parser->err, AE_EARG, "replicate: '%s' is not allowed; allowed: 1, 2, 3, ...",
                     word);
    }
    return rc == AE_OK ? AE_OK : place(parser, at);
}

/* [number, ...] */
static enum ae_status parse_list(struct parser *parser, struct ae_condition *condition)
{
    enum { MAX_NUMBERS = 256 };
    double x[MAX_NUMBERS];
    size_t n = 0, at = parser->at;
    char word[TOKEN_SIZE];
    do {
        next(parser);
        at = parser->at;
        enum ae_status rc = take_word(parser, "a number", word);
        if (rc != AE_OK)
            return rc;
        if (n == MAX_NUMBERS) {
            ae_fail(parser->err, AE_EARG, "more than %d numbers in a list", (int)MAX_NUMBERS);
            return place(parser, at);
        }
        if (!ae_number_parse(word, &x[n++])) {
            ae_fail(parser->err, AE_EARG, "'%s' is not a number", word);
            return place(parser, at);
        }
    } while (take(parser, ","));
    if (!take(parser, "]"))
        return fail_expected(parser, "',' or ']'");
    struct ae_value value = {.list = {n, x}};
    double *kept = NULL;
    enum ae_status rc = ae_value_check(condition->id, value, parser->err);
    if (rc != AE_OK)
        return place(parser, at);
    rc = ae_pool_take(&parser->expr->pool, n, &kept, parser->err);
    if (rc != AE_OK)
        return rc;
    memcpy(kept, x, n * sizeof *kept);
    condition->values[condition->n++].list = (struct ae_reals){n, kept};
    return AE_OK;
}

/* Room for one more value. */
static enum ae_status grow(struct parser *parser, struct ae_condition *condition)
{
    size_t size = (condition->n + 1) * sizeof *condition->values;
    struct ae_value *values = ae_realloc(condition->values, 1, size);
    if (!values)
        return ae_fail_memory(parser->err, size);
    values[condition->n] = (struct ae_value){0};
    condition->values = values;
    return AE_OK;
}

static enum ae_status parse_value(struct parser *parser, struct ae_condition *condition)
{
    enum ae_status rc = grow(parser, condition);
    if (rc != AE_OK)
        return rc;
    if (type_of(condition->id) == AE_TYPE_REALS && take(parser, "["))
        return parse_list(parser, condition);
    if (*next(parser) == '[') {
        ae_fail(parser->err, AE_EARG,
                "%s is compared with one value; for several write: %s in [...]",
                name_of(condition->id), name_of(condition->id));
        return place(parser, parser->at);
    }
    return parse_scalar(parser, condition);
}

/* ---- conditions ---- */

static enum ae_status parse_name(struct parser *parser, enum ae_param_id *id)
{
    static const char *const others[] = {"replicate", NULL};
    char word[TOKEN_SIZE];
    next(parser);
    size_t at = parser->at;
    enum ae_status rc = take_word(parser, "a parameter", word);
    if (rc != AE_OK)
        return rc;
    *id = ae_param_find(word);
    if (*id != AE_N_PARAMS || strcmp(word, "replicate") == 0) /* whose id is AE_N_PARAMS */
        return AE_OK;
    const char *near = ae_nearest(word, others);
    if (!near)
        near = ae_param_nearest(word);
    ae_fail(parser->err, AE_EARG, "unknown parameter '%s'%s%s%s", word,
            near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    return place(parser, at);
}

static enum ae_status parse_compare(struct parser *parser, enum ae_param_id id,
                                    enum ae_compare *compare)
{
    static const struct {
        const char *text;
        enum ae_compare code;
    } compares[] = {
#define COMPARE(code, text) {text, code},
        AE_COMPARE_LIST(COMPARE)
#undef COMPARE
    };
    const char *start = next(parser);
    size_t at = parser->at;
    enum ae_param_type type = type_of(id);
    if (strncmp(start, "==", 2) == 0) {
        ae_fail(parser->err, AE_EARG, "'=='; equal is written =");
        return place(parser, at);
    }
    if (strncmp(start, "in", 2) == 0 && !is_word_char(start[2])) {
        parser->at += 2;
        *compare = AE_COMPARE_IN;
        if (type != AE_TYPE_REALS && type != AE_TYPE_START)
            return AE_OK;
        ae_fail(parser->err, AE_EARG, "%s is a list; lists compare with = and != only",
                name_of(id));
        return place(parser, at);
    }
    size_t i = 0, n = sizeof compares / sizeof *compares;
    while (i < n && !take(parser, compares[i].text))
        i++;
    if (i == n)
        return fail_expected(parser, "one of = != < <= > >= in");
    *compare = compares[i].code;
    if (!is_order(*compare) || type == AE_TYPE_COUNT || type == AE_TYPE_SIZE ||
        type == AE_TYPE_REAL)
        return AE_OK;
    bool is_list = type == AE_TYPE_REALS || type == AE_TYPE_START;
    ae_fail(parser->err, AE_EARG, "'%s' orders numbers, but %s is a %s: = and != %s",
            compares[i].text, name_of(id), is_list ? "list" : "word",
            is_list ? "only" : "and in only");
    return place(parser, at);
}

static enum ae_status parse_condition(struct parser *parser)
{
    struct ae_expr *expr = parser->expr;
    enum ae_param_id id = AE_N_PARAMS;
    enum ae_compare compare = AE_COMPARE_EQ;
    enum ae_status rc = parse_name(parser, &id);
    if (rc == AE_OK)
        rc = parse_compare(parser, id, &compare);
    if (rc != AE_OK)
        return rc;
    size_t size = (expr->n + 1) * sizeof *expr->conditions;
    struct ae_condition *conditions = ae_realloc(expr->conditions, 1, size);
    if (!conditions)
        return ae_fail_memory(parser->err, size);
    expr->conditions = conditions;
    struct ae_condition *condition = &conditions[expr->n++];
    *condition = (struct ae_condition){.id = id, .compare = compare};
    if (compare != AE_COMPARE_IN)
        return parse_value(parser, condition);
    if (!take(parser, "["))
        return fail_expected(parser, "'[' and a list of values");
    do
        rc = parse_value(parser, condition);
    while (rc == AE_OK && take(parser, ","));
    if (rc == AE_OK && !take(parser, "]"))
        return fail_expected(parser, "',' or ']'");
    return rc;
}

enum ae_status ae_expr_new(struct ae_expr **expr, const char *text, struct ae_error *err)
{
    *expr = NULL;
    struct ae_expr *fresh = ae_calloc(1, 1, sizeof *fresh);
    if (!fresh)
        return ae_fail_memory(err, sizeof *fresh);
    struct parser parser = {.text = text, .expr = fresh, .err = err};
    enum ae_status rc;
    do
        rc = parse_condition(&parser);
    while (rc == AE_OK && take(&parser, ","));
    if (rc == AE_OK && *next(&parser) != '\0')
        rc = fail_expected(&parser, "',' (which means and) or the end");
    if (rc == AE_OK)
        *expr = fresh;
    else
        ae_expr_free(fresh);
    return rc;
}
