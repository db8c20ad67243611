/*
 * Formulas.
 *     formula = "=" sum
 *     sum     = product { ( "+" | "-" ) product }
 *     product = signed { ( "*" | "/" ) signed }
 *     signed  = { "+" | "-" } power
 *     power   = atom [ "^" signed ]
 *     atom    = number | parameter | function "(" sum { "," sum } ")" | "(" sum ")"
 * Parsing leaves the operations in the order in which a stack machine does them.
 */
#include "aesweep/formula.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/memory.h"

enum { MAX_OPS = 256, MAX_DEPTH = 64, MAX_WORD = 64 };

enum op_code {
    OP_NUMBER,
    OP_PARAM,
    OP_NEGATE,
    OP_ADD,
    OP_SUBTRACT,
    OP_MULTIPLY,
    OP_DIVIDE,
    OP_POWER,
    OP_MIN,
    OP_MAX,
    OP_SQRT,
    OP_LOG,
    OP_EXP
};

struct op {
    enum op_code code;
    double x;            /* of OP_NUMBER */
    enum ae_param_id id; /* of OP_PARAM */
};

struct ae_formula {
    char *text;
    bool uses[AE_N_PARAMS];
    size_t n;
    struct op ops[MAX_OPS];
};

static const struct {
    const char *name;
    enum op_code code;
    bool is_many; /* takes two arguments or more */
} functions[] = {
    {"min", OP_MIN, true},  {"max", OP_MAX, true},  {"sqrt", OP_SQRT, false},
    {"log", OP_LOG, false}, {"exp", OP_EXP, false},
};
enum { N_FUNCTIONS = sizeof functions / sizeof *functions };

struct parser {
    const char *text;
    size_t at; /* bytes before the reading position */
    size_t depth;
    struct ae_formula *formula;
    struct ae_error *err;
};

bool ae_formula_is(const char *text)
{
    return text[0] == '=';
}

void ae_formula_free(struct ae_formula *formula)
{
    if (formula)
        free(formula->text);
    free(formula);
}

const char *ae_formula_text(const struct ae_formula *formula)
{
    return formula->text;
}

bool ae_formula_uses(const struct ae_formula *formula, enum ae_param_id id)
{
    return formula->uses[id];
}

/* ---- parsing ---- */

/* The reading position after blanks. */
static const char *next(struct parser *parser)
{
    while (parser->text[parser->at] == ' ' || parser->text[parser->at] == '\t')
        parser->at++;
    return parser->text + parser->at;
}

static bool take(struct parser *parser, char c)
{
    if (*next(parser) != c)
        return false;
    parser->at++;
    return true;
}

/* AE_EARG with the column before the message that err holds. */
static enum ae_status place(const struct parser *parser, size_t at)
{
    size_t column = 1;
    for (size_t i = 0; i < at; i++)
        column += ((unsigned char)parser->text[i] & 0xc0) != 0x80;
    return parser->err ? ae_error_prefix(parser->err, "column %zu of '%.60s'", column, parser->text)
                       : AE_EARG;
}

static enum ae_status fail_expected(struct parser *parser, const char *what)
{
    const char *at = next(parser);
    if (*at == '\0')
        ae_fail(parser->err, AE_EARG, "it ends where %s is expected", what);
    else
        ae_fail(parser->err, AE_EARG, "'%.20s'; expected %s", at, what);
    return place(parser, parser->at);
}

static enum ae_status emit(struct parser *parser, struct op op)
{
    struct ae_formula *formula = parser->formula;
    if (formula->n == MAX_OPS) {
        ae_fail(parser->err, AE_EARG, "more than %d numbers and operations", (int)MAX_OPS);
        return place(parser, parser->at);
    }
    formula->ops[formula->n++] = op;
    return AE_OK;
}

static enum ae_status emit_code(struct parser *parser, enum op_code code)
{
    return emit(parser, (struct op){.code = code});
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static enum ae_status parse_number(struct parser *parser)
{
    const char *start = next(parser);
    char word[MAX_WORD];
    struct op op = {.code = OP_NUMBER};
    size_t n = 0;
    while (is_digit(start[n]) || start[n] == '.' || is_letter(start[n]) ||
           ((start[n] == '+' || start[n] == '-') && (start[n - 1] == 'e' || start[n - 1] == 'E')))
        n++; /* letters too, so that 2lr is named whole */
    size_t n_kept = n < MAX_WORD ? n : MAX_WORD - 1;
    memcpy(word, start, n_kept);
    word[n_kept] = '\0';
    if (n_kept < n || !ae_number_parse(word, &op.x)) {
        ae_fail(parser->err, AE_EARG, "'%s' is not a number (a product is written 2*lr)", word);
        return place(parser, parser->at);
    }
    parser->at += n;
    return emit(parser, op);
}

static enum ae_status parse_sum(struct parser *parser);

static enum ae_status parse_arguments(struct parser *parser, size_t function)
{
    if (!take(parser, '('))
        return fail_expected(parser, "'(' and what the function is of");
    enum ae_status rc = parse_sum(parser);
    if (rc == AE_OK && !functions[function].is_many)
        rc = emit_code(parser, functions[function].code);
    if (rc == AE_OK && functions[function].is_many && *next(parser) != ',')
        return fail_expected(parser, "',' and another argument");
    while (rc == AE_OK && functions[function].is_many && take(parser, ',')) {
        rc = parse_sum(parser);
        if (rc == AE_OK)
            rc = emit_code(parser, functions[function].code);
    }
    return rc == AE_OK && !take(parser, ')') ? fail_expected(parser, "')'") : rc;
}

static bool is_number_param(enum ae_param_id id)
{
    enum ae_param_type type = ae_param_table[id].type;
    return type == AE_TYPE_COUNT || type == AE_TYPE_SIZE || type == AE_TYPE_REAL;
}

static enum ae_status parse_param(struct parser *parser, const char *word, size_t at)
{
    enum ae_param_id id = ae_param_find(word);
    if (id < AE_N_PARAMS && is_number_param(id)) {
        parser->formula->uses[id] = true;
        return emit(parser, (struct op){.code = OP_PARAM, .id = id});
    }
    const char *names[AE_N_PARAMS + N_FUNCTIONS + 1] = {NULL};
    for (size_t i = 0; i < AE_N_PARAMS; i++)
        names[i] = ae_param_table[i].name;
    for (size_t i = 0; i < N_FUNCTIONS; i++)
        names[AE_N_PARAMS + i] = functions[i].name;
    const char *near = ae_nearest(word, names);
    if (!near)
        near = ae_param_nearest(word);
    if (id < AE_N_PARAMS)
        ae_fail(parser->err, AE_EARG, "%s is no number; formulas are made of numbers", word);
    else
        ae_fail(parser->err, AE_EARG, "unknown parameter '%s'%s%s%s", word,
                near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    return place(parser, at);
}

static enum ae_status parse_atom(struct parser *parser)
{
    const char *start = next(parser);
    char word[MAX_WORD];
    size_t n = 0, at = parser->at;
    if (take(parser, '(')) {
        enum ae_status rc = parse_sum(parser);
        return rc == AE_OK && !take(parser, ')') ? fail_expected(parser, "')'") : rc;
    }
    if (is_digit(*start) || *start == '.')
        return parse_number(parser);
    while (is_letter(start[n]) || (n > 0 && is_digit(start[n])))
        n++;
    if (n == 0 || n >= MAX_WORD)
        return fail_expected(parser, "a number, a parameter, a function or '('");
    memcpy(word, start, n);
    word[n] = '\0';
    parser->at += n;
    for (size_t i = 0; i < N_FUNCTIONS; i++)
        if (strcmp(functions[i].name, word) == 0)
            return parse_arguments(parser, i);
    return parse_param(parser, word, at);
}

static enum ae_status parse_signed(struct parser *parser)
{
    bool is_negative = false;
    while (*next(parser) == '-' || *next(parser) == '+')
        is_negative ^= parser->text[parser->at++] == '-';
    if (++parser->depth > MAX_DEPTH) {
        ae_fail(parser->err, AE_EARG, "nested deeper than %d levels", (int)MAX_DEPTH);
        return place(parser, parser->at);
    }
    enum ae_status rc = parse_atom(parser);
    if (rc == AE_OK && take(parser, '^')) {
        rc = parse_signed(parser);
        if (rc == AE_OK)
            rc = emit_code(parser, OP_POWER);
    }
    parser->depth--;
    return rc == AE_OK && is_negative ? emit_code(parser, OP_NEGATE) : rc;
}

static enum ae_status parse_product(struct parser *parser)
{
    enum ae_status rc = parse_signed(parser);
    while (rc == AE_OK && (*next(parser) == '*' || *next(parser) == '/')) {
        enum op_code code = parser->text[parser->at++] == '*' ? OP_MULTIPLY : OP_DIVIDE;
        rc = parse_signed(parser);
        if (rc == AE_OK)
            rc = emit_code(parser, code);
    }
    return rc;
}

static enum ae_status parse_sum(struct parser *parser)
{
    enum ae_status rc = parse_product(parser);
    while (rc == AE_OK && (*next(parser) == '+' || *next(parser) == '-')) {
        enum op_code code = parser->text[parser->at++] == '+' ? OP_ADD : OP_SUBTRACT;
        rc = parse_product(parser);
        if (rc == AE_OK)
            rc = emit_code(parser, code);
    }
    return rc;
}

enum ae_status ae_formula_new(struct ae_formula **formula, const char *text, struct ae_error *err)
{
    *formula = NULL;
    struct ae_formula *fresh = ae_calloc(1, 1, sizeof *fresh);
    if (!fresh)
        return ae_fail_memory(err, sizeof *fresh);
    struct parser parser = {.text = text, .at = 1, .formula = fresh, .err = err};
    fresh->text = ae_text_copy(text, strlen(text));
    enum ae_status rc = fresh->text ? parse_sum(&parser) : ae_fail_memory(err, strlen(text));
    if (rc == AE_OK && *next(&parser) != '\0')
        rc = fail_expected(&parser, "an operation + - * / ^ or the end");
    if (rc == AE_OK)
        *formula = fresh;
    else
        ae_formula_free(fresh);
    return rc;
}

/* ---- computing ---- */

static double param_value(enum ae_param_id id, const struct ae_params *p)
{
    double x = ae_param_get(p, id).x;
    for (const struct ae_word *word = ae_param_table[id].words; word->text; word++)
        if (word->number == x)
            return (double)NAN;
    return x;
}

static double unary(enum op_code code, double x)
{
    switch (code) {
    case OP_SQRT:
        return sqrt(x);
    case OP_LOG:
        return log(x);
    case OP_EXP:
        return exp(x);
    default: /* OP_NEGATE */
        return -x;
    }
}

/* nan in gives nan out, also of min and max and of nan^0. */
static double binary(enum op_code code, double a, double b)
{
    if (isnan(a) || isnan(b))
        return (double)NAN;
    switch (code) {
    case OP_ADD:
        return a + b;
    case OP_SUBTRACT:
        return a - b;
    case OP_MULTIPLY:
        return a * b;
    case OP_DIVIDE:
        return a / b;
    case OP_POWER:
        return pow(a, b);
    case OP_MIN:
        return a < b ? a : b;
    default: /* OP_MAX */
        return a > b ? a : b;
    }
}

double ae_formula_value(const struct ae_formula *formula, const struct ae_params *p)
{
    double stack[MAX_OPS];
    size_t n = 0;
    for (size_t i = 0; i < formula->n; i++) {
        const struct op *op = &formula->ops[i];
        switch (op->code) {
        case OP_NUMBER:
            stack[n++] = op->x;
            break;
        case OP_PARAM:
            stack[n++] = param_value(op->id, p);
            break;
        case OP_NEGATE:
        case OP_SQRT:
        case OP_LOG:
        case OP_EXP:
            stack[n - 1] = unary(op->code, stack[n - 1]);
            break;
        default:
            n--;
            stack[n - 1] = binary(op->code, stack[n - 1], stack[n]);
        }
    }
    return ae_number_round12(stack[0]) + 0.0; /* no negative zero */
}
