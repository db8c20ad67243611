/* Values of parameters as text: reading one scalar, ranges, formatting, and what is near a typing
 * error. */
#include "aesweep/params.h"

#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>
#include <strings.h>

#include "aesweep/hash.h"
#include "aesweep/json.h"

/* ---- what is near ---- */

/* Letters to insert, delete, replace or swap, counted up to 64 letters, case ignored. */
static size_t edit_distance(const char *a, const char *b)
{
    enum { MAX = 64 };
    size_t n = strlen(a), m = strlen(b);
    if (n > MAX || m > MAX)
        return MAX;
    size_t rows[3][MAX + 1]; /* distance of the first i-2, i-1, i letters of a to those of b */
    for (size_t j = 0; j <= m; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= n; i++) {
        size_t *now = rows[i % 3];
        const size_t *before = rows[(i + 2) % 3], *before2 = rows[(i + 1) % 3];
        now[0] = i;
        for (size_t j = 1; j <= m; j++) {
            int x = tolower((unsigned char)a[i - 1]), y = tolower((unsigned char)b[j - 1]);
            size_t best = before[j - 1] + (x != y);
            if (before[j] + 1 < best)
                best = before[j] + 1;
            if (now[j - 1] + 1 < best)
                best = now[j - 1] + 1;
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                before2[j - 2] + 1 < best)
                best = before2[j - 2] + 1;
            now[j] = best;
        }
    }
    return rows[n % 3][m];
}

/* How unlike; a name that begins or ends with the text (or the other way round) is near. */
static size_t unlikeness(const char *text, const char *name)
{
    size_t distance = edit_distance(text, name);
    size_t n = strlen(text), m = strlen(name), shorter = n < m ? n : m;
    bool is_part = shorter >= 3 && (strncasecmp(text, name, shorter) == 0 ||
                                    strcasecmp(text + n - shorter, name + m - shorter) == 0);
    return is_part && distance > 2 ? 2 : distance;
}

struct nearest {
    const char *name;
    size_t distance;
};

static void consider(struct nearest *best, const char *text, const char *name)
{
    size_t distance = unlikeness(text, name);
    size_t n = strlen(text); /* some letter must agree */
    size_t allowed = n <= 1 ? 0 : n <= 2 ? 1 : n <= 4 ? 2 : 3;
    if (distance <= allowed && (!best->name || distance < best->distance))
        *best = (struct nearest){name, distance};
}

const char *ae_nearest(const char *text, const char *const *names)
{
    struct nearest best = {NULL, 0};
    for (; *names; names++)
        consider(&best, text, *names);
    return best.name;
}

/* Names that people bring from elsewhere. */
static const char *const synonyms[][2] = {
    {"learning_rate", "lr"}, {"eta", "lr"},
    {"hidden", "K"},         {"width", "K"},
    {"n_hidden", "K"},       {"dim", "D"},
    {"dimension", "D"},      {"N", "D"},
    {"wd", "weight_decay"},  {"eigenvalues", "spikes"},
    {"t_max", "time"},       {"t_end", "time"},
    {"steps", "time"},       {"g", "activation"},
    {"times", "observe"},    {"tolerance", "tol"},
    {"tie", "tied"},         {"biases", "bias"},
    {"initial", "init"},     {"method", "integrator"},
    {"minibatch", "batch"},  {"batch_size", "batch"},
    {"dataset", "samples"},  {"n_samples", "samples"},
};

const char *ae_param_nearest(const char *name)
{
    for (size_t i = 0; i < sizeof synonyms / sizeof *synonyms; i++)
        if (strcasecmp(name, synonyms[i][0]) == 0)
            return synonyms[i][1];
    struct nearest best = {NULL, 0};
    for (int id = 0; id < AE_N_PARAMS; id++)
        consider(&best, name, ae_param_table[id].name);
    return best.name;
}

const char *ae_param_nearest_word(enum ae_param_id id, const char *text)
{
    struct nearest best = {NULL, 0};
    for (const struct ae_word *word = ae_param_table[id].words; word->text; word++)
        consider(&best, text, word->text);
    return best.name;
}

/* ---- reading ---- */

/* What the parameter takes, for messages: "linear, erf, relu", "a number > 0, or none". */
static void describe_allowed(enum ae_param_id id, struct ae_buffer *out)
{
    const struct ae_param_info *info = &ae_param_table[id];
    bool is_number =
        info->type != AE_TYPE_WORD && info->type != AE_TYPE_FLAG && info->type != AE_TYPE_DATA;
    if (info->type == AE_TYPE_START)
        ae_buffer_text(out, "a mapping {encoder: K x M, decoder: K x M, bias: K}, a file with "
                            "such a mapping");
    else if (info->type == AE_TYPE_REALS)
        ae_buffer_printf(out, "a list, each entry %s", info->range_text);
    else if (is_number)
        ae_buffer_text(out, info->range_text);
    for (const struct ae_word *word = info->words; word->text; word++) {
        bool is_first = word == info->words;
        ae_buffer_printf(out, "%s%s", !is_first ? ", " : is_number ? ", or " : "", word->text);
    }
    if (info->type == AE_TYPE_DATA)
        ae_buffer_text(out, ", or a file of eigenvalues such as spectrum.txt");
}

static enum ae_status fail_value(enum ae_param_id id, const char *text, const char *hint,
                                 struct ae_error *err)
{
    struct ae_buffer allowed = {0};
    describe_allowed(id, &allowed);
    ae_fail(err, AE_EARG, "%s: '%.60s' is not allowed; allowed: %s%s%s%s", ae_param_table[id].name,
            text, allowed.data ? allowed.data : "", hint ? "; did you mean '" : "",
            hint ? hint : "", hint ? "'?" : "");
    ae_buffer_clear(&allowed);
    return AE_EARG;
}

static const char *hint_for(enum ae_param_id id, const char *text)
{
    static const char *const yes[] = {"yes", "on", "y", NULL}, *const no[] = {"no", "off", "n",
                                                                              NULL};
    if (ae_param_table[id].type == AE_TYPE_FLAG)
        for (size_t i = 0; yes[i] && no[i]; i++) {
            if (strcasecmp(text, yes[i]) == 0)
                return "true";
            if (strcasecmp(text, no[i]) == 0)
                return "false";
        }
    return ae_param_nearest_word(id, text);
}

static const char *as_word(enum ae_param_id id, const char *text)
{
    bool is_null = strcmp(text, "null") == 0 || strcmp(text, "~") == 0;
    bool is_true = strcmp(text, "True") == 0 || strcmp(text, "TRUE") == 0;
    bool is_false = strcmp(text, "False") == 0 || strcmp(text, "FALSE") == 0;
    if (ae_param_table[id].type == AE_TYPE_FLAG && (is_true || is_false))
        return is_true ? "true" : "false";
    return is_null ? "none" : text;
}

static bool is_in_range(const struct ae_param_info *info, double x)
{
    bool is_above = info->is_lo_open ? x > info->lo : x >= info->lo;
    bool is_below = info->is_hi_open ? x < info->hi : x <= info->hi;
    bool is_integer = info->type == AE_TYPE_COUNT || info->type == AE_TYPE_SIZE;
    return is_above && is_below && (!is_integer || x == floor(x));
}

/* A name with neither a dot nor a slash is a word, and more likely a mistaken one. */
static bool is_file_name(const char *text)
{
    return strpbrk(text, "./") != NULL;
}

enum ae_status ae_value_parse(enum ae_param_id id, const char *text, struct ae_value *out,
                              struct ae_error *err)
{
    const struct ae_param_info *info = &ae_param_table[id];
    const char *as = as_word(id, text);
    for (const struct ae_word *word = info->words; word->text; word++)
        if (strcmp(word->text, as) == 0) {
            *out = (struct ae_value){.x = word->number};
            return AE_OK;
        }
    if (info->type == AE_TYPE_DATA && is_file_name(text)) {
        *out = (struct ae_value){.x = AE_DATA_FILE, .file = text};
        return AE_OK;
    }
    struct ae_value value = {0};
    bool is_number =
        info->type == AE_TYPE_COUNT || info->type == AE_TYPE_SIZE || info->type == AE_TYPE_REAL;
    if (!is_number || !ae_number_parse(text, &value.x))
        return fail_value(id, text, hint_for(id, text), err);
    if (!is_in_range(info, value.x)) /* strict: a word's number is not the word */
        return fail_value(id, text, NULL, err);
    *out = value;
    return AE_OK;
}

static bool stands_for_word(const struct ae_param_info *info, double x)
{
    for (const struct ae_word *word = info->words; word->text; word++)
        if (word->number == x)
            return true;
    return false;
}

/* Eigenvalues of all directions: finite, not negative, strongest first, not all 0. */
static bool is_spectrum(struct ae_reals r)
{
    bool is_good = r.n > 0 && r.x[0] > 0.0 && isfinite(r.x[0]);
    for (size_t i = 1; i < r.n && is_good; i++)
        is_good = r.x[i] >= 0.0 && r.x[i] <= r.x[i - 1];
    return is_good;
}

enum ae_status ae_value_check(enum ae_param_id id, struct ae_value value, struct ae_error *err)
{
    const struct ae_param_info *info = &ae_param_table[id];
    char text[AE_NUMBER_SIZE];
    if (info->type == AE_TYPE_DATA && value.x == AE_DATA_FILE)
        return is_spectrum(value.list)
                   ? AE_OK
                   : ae_fail(err, AE_EARG,
                             "%s: eigenvalues are numbers >= 0, strongest first, not all 0",
                             info->name);
    if (info->type == AE_TYPE_DATA && value.list.n > 0)
        return ae_fail(err, AE_EARG, "%s: eigenvalues that no file gave", info->name);
    bool is_worded = info->type == AE_TYPE_WORD || info->type == AE_TYPE_DATA;
    if (is_worded || info->type == AE_TYPE_FLAG)
        return stands_for_word(info, value.x)
                   ? AE_OK
                   : fail_value(id, ae_number_format(value.x, text), NULL, err);
    bool is_one = info->type != AE_TYPE_REALS && info->type != AE_TYPE_START;
    size_t n = is_one ? 1 : value.list.n;
    for (size_t i = 0; i < n; i++) {
        double x = is_one ? value.x : value.list.x[i];
        if (!is_in_range(info, x) && !(is_one && stands_for_word(info, x)))
            return fail_value(id, ae_number_format(x, text), NULL, err);
    }
    return AE_OK;
}

/* ---- formatting ---- */

static void format_numbers(size_t n, const double *x, struct ae_buffer *out)
{
    char text[AE_NUMBER_SIZE];
    ae_buffer_text(out, "[");
    for (size_t i = 0; i < n; i++)
        ae_buffer_printf(out, "%s%s", i > 0 ? ", " : "", ae_number_format(x[i], text));
    ae_buffer_text(out, "]");
}

static void format_matrix(const char *name, size_t K, size_t M, const double *x,
                          struct ae_buffer *out)
{
    ae_buffer_printf(out, "%s: [", name);
    for (size_t k = 0; k < K; k++) {
        ae_buffer_text(out, k > 0 ? ", " : "");
        format_numbers(M, x + k * M, out);
    }
    ae_buffer_text(out, "]");
}

static void format_start(struct ae_reals start, struct ae_buffer *out)
{
    struct ae_start_view view;
    if (!ae_start_view(start, &view)) {
        ae_buffer_text(out, "none");
        return;
    }
    ae_buffer_text(out, "{");
    if (view.encoder)
        format_matrix("encoder", view.K, view.M, view.encoder, out);
    if (view.decoder) {
        ae_buffer_text(out, view.encoder ? ", " : "");
        format_matrix("decoder", view.K, view.M, view.decoder, out);
    }
    if (view.bias) {
        ae_buffer_text(out, view.encoder || view.decoder ? ", bias: " : "bias: ");
        format_numbers(view.K, view.bias, out);
    }
    ae_buffer_text(out, "}");
}

/* A name as YAML takes it, in quotes if need be. */
static void format_name(const char *name, struct ae_buffer *out)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/+-";
    double x;
    if (name[strspn(name, plain)] == '\0' && name[0] != '-' && !ae_number_parse(name, &x))
        ae_buffer_text(out, name);
    else
        ae_json_text(name, out);
}

static bool is_of_file(enum ae_param_id id, struct ae_value value)
{
    return ae_param_table[id].type == AE_TYPE_DATA && value.x == AE_DATA_FILE;
}

/* `{file: NAME, eigenvalues: `, and what follows is up to the caller. */
static void begin_file(struct ae_value value, struct ae_buffer *out)
{
    ae_buffer_text(out, "{");
    if (value.file) {
        ae_buffer_text(out, "file: ");
        format_name(value.file, out);
        ae_buffer_text(out, ", ");
    }
    ae_buffer_text(out, "eigenvalues: ");
}

void ae_value_format_whole(enum ae_param_id id, struct ae_value value, struct ae_buffer *out)
{
    if (!is_of_file(id, value)) {
        ae_value_format(id, value, out);
        return;
    }
    begin_file(value, out);
    format_numbers(value.list.n, value.list.x, out);
    ae_buffer_text(out, "}");
}

uint64_t ae_eigenvalues_hash(struct ae_reals r)
{
    return ae_hash(r.x, r.n * sizeof *r.x);
}

void ae_value_format_identity(enum ae_param_id id, struct ae_value value, struct ae_buffer *out)
{
    if (is_of_file(id, value))
        ae_buffer_printf(out, "eigenvalues:%016" PRIx64, ae_eigenvalues_hash(value.list));
    else
        ae_value_format(id, value, out);
}

void ae_value_format(enum ae_param_id id, struct ae_value value, struct ae_buffer *out)
{
    const struct ae_param_info *info = &ae_param_table[id];
    char text[AE_NUMBER_SIZE];
    if (is_of_file(id, value)) {
        if (value.file)
            format_name(value.file, out);
        else
            ae_value_format_whole(id, value, out);
        return;
    }
    if (info->type == AE_TYPE_START) {
        format_start(value.list, out);
        return;
    }
    if (info->type == AE_TYPE_REALS) {
        if (value.list.n == 0)
            ae_buffer_text(out, info->default_text);
        else
            format_numbers(value.list.n, value.list.x, out);
        return;
    }
    for (const struct ae_word *word = info->words; word->text; word++)
        if (word->number == value.x) {
            ae_buffer_text(out, word->text);
            return;
        }
    ae_buffer_text(out, ae_number_format(value.x, text));
}

void ae_params_format(const struct ae_params *p, struct ae_buffer *out)
{
    for (int id = 0; id < AE_N_PARAMS; id++) {
        struct ae_value value = ae_param_get(p, (enum ae_param_id)id);
        ae_buffer_printf(out, "%s%s: ", id == 0 ? "{" : ", ", ae_param_table[id].name);
        if (is_of_file((enum ae_param_id)id, value)) {
            begin_file(value, out);
            ae_buffer_printf(out, "@%016" PRIx64 "}", ae_eigenvalues_hash(value.list));
        } else {
            ae_value_format((enum ae_param_id)id, value, out);
        }
    }
    ae_buffer_text(out, "}");
}
