/*
 * JSON Schema of a sweep file. `$defs` has for each parameter its value (`K`) and its axis
 * (`K axis`); the sections of the file refer to them.
 */
#include "aesweep/schema.h"

#include <math.h>
#include <string.h>

#include "aesweep/explain.h"
#include "aesweep/json.h"
#include "aesweep/range.h"
#include "aesweep/refine.h"

#include "sweep_private.h"

static bool is_integer(const struct ae_param_info *info)
{
    return info->type == AE_TYPE_COUNT || info->type == AE_TYPE_SIZE;
}

static bool is_number(const struct ae_param_info *info)
{
    return is_integer(info) || info->type == AE_TYPE_REAL;
}

/* ---- values ---- */

/* `"type": "number", "exclusiveMinimum": 0`: one finite number that the parameter may be. */
static void write_number(const struct ae_param_info *info, struct ae_buffer *out)
{
    ae_buffer_printf(out, "\"type\": \"%s\"", is_integer(info) ? "integer" : "number");
    if (isfinite(info->lo)) {
        ae_buffer_printf(out, ", \"%s\": ", info->is_lo_open ? "exclusiveMinimum" : "minimum");
        ae_json_number(info->lo, out);
    }
    if (isfinite(info->hi)) {
        ae_buffer_printf(out, ", \"%s\": ", info->is_hi_open ? "exclusiveMaximum" : "maximum");
        ae_json_number(info->hi, out);
    }
}

static void write_words(const struct ae_param_info *info, struct ae_buffer *out)
{
    ae_buffer_text(out, "\"enum\": [");
    for (const struct ae_word *word = info->words; word->text; word++) {
        ae_buffer_text(out, word != info->words ? ", " : "");
        ae_json_text(word->text, out);
    }
    /* YAML's other ways to write none */
    if (info->words->text && strcmp(info->words->text, "none") == 0)
        ae_buffer_text(out, ", null");
    ae_buffer_text(out, "]");
}

static const char matrix[] = "{\"type\": \"array\", \"minItems\": 1, \"items\": {\"type\": "
                             "\"array\", \"items\": {\"type\": \"number\"}}}";

/* What the parameter may be besides its words. */
static void write_unworded(const struct ae_param_info *info, struct ae_buffer *out)
{
    ae_buffer_text(out, "{");
    if (is_number(info))
        write_number(info, out);
    else if (info->type == AE_TYPE_FLAG)
        ae_buffer_text(out, "\"type\": \"boolean\"");
    else if (info->type == AE_TYPE_REALS) {
        ae_buffer_text(out, "\"type\": \"array\", \"minItems\": 1, \"items\": {");
        write_number(info, out);
        ae_buffer_text(out, "}");
    } else if (info->type == AE_TYPE_DATA) {
        ae_buffer_text(out, "\"type\": \"object\", \"additionalProperties\": false, "
                            "\"required\": [\"eigenvalues\"], \"properties\": {"
                            "\"file\": {\"type\": \"string\"}, \"eigenvalues\": {\"type\": "
                            "\"array\", \"minItems\": 1, \"items\": {\"type\": \"number\", "
                            "\"minimum\": 0}}}");
    } else {
        ae_buffer_printf(
            out,
            "\"type\": \"object\", \"additionalProperties\": false, \"minProperties\": "
            "1, \"properties\": {\"encoder\": %s, \"decoder\": %s, \"bias\": {\"type\": "
            "\"array\", \"minItems\": 1, \"items\": {\"type\": \"number\"}}}",
            matrix, matrix);
    }
    ae_buffer_text(out, "}");
}

static void write_about(enum ae_param_id id, struct ae_buffer *out)
{
    const struct ae_param_info *info = &ae_param_table[id];
    const struct ae_explanation *more = ae_explain(id);
    struct ae_buffer text = {0};
    ae_buffer_printf(&text, "%s. Default: %s.", info->meaning, info->default_text);
    if (more)
        ae_buffer_printf(&text, "\n%s\nExample: %s", more->equation, more->example);
    ae_buffer_text(out, "\"description\": ");
    ae_json_text(text.data ? text.data : "", out);
    out->failed = out->failed || text.failed;
    ae_buffer_clear(&text);
}

static void write_value(enum ae_param_id id, struct ae_buffer *out)
{
    const struct ae_param_info *info = &ae_param_table[id];
    ae_buffer_printf(out, "\"%s\": {", info->name);
    write_about(id, out);
    ae_buffer_text(out, ", ");
    if (info->type == AE_TYPE_WORD) {
        write_words(info, out);
    } else {
        ae_buffer_text(out, "\"anyOf\": [");
        write_unworded(info, out);
        if (info->type == AE_TYPE_SIZE) /* .inf is a number, inf a word in JSON's eyes */
            ae_buffer_text(out,
                           ", {\"const\": \"inf\"}, {\"type\": \"number\", \"minimum\": 1e308}");
        if (info->type == AE_TYPE_DATA || info->type == AE_TYPE_START)
            ae_buffer_text(out, ", {\"description\": \"name of a file\", \"type\": \"string\", "
                                "\"pattern\": \"[./]\"}");
        if (id == AE_PARAM_observe)
            ae_buffer_text(out, ", {\"$ref\": \"#/$defs/real range\"}");
        if (info->type != AE_TYPE_FLAG && info->words->text) {
            ae_buffer_text(out, ", {");
            write_words(info, out);
            ae_buffer_text(out, "}");
        }
        ae_buffer_text(out, "]");
    }
    ae_buffer_text(out, "}");
}

/* ---- axes ---- */

static const char ranges[] =
    "\"ends\": {\"type\": \"object\", \"required\": [\"from\", \"to\"], \"properties\": {\n"
    "  \"from\": {\"description\": \"first value\", \"type\": \"number\"},\n"
    "  \"to\": {\"description\": \"last value\", \"type\": \"number\"},\n"
    "  \"points\": {\"description\": \"how many values\", \"type\": \"integer\", \"minimum\": 1,"
    " \"maximum\": %d},\n"
    "  \"step\": {\"description\": \"between values; a factor on a log scale\","
    " \"type\": \"number\", \"exclusiveMinimum\": 0},\n"
    "  \"scale\": {\"description\": \"spacing\", \"enum\": [\"linear\", \"log\"]}},\n"
    "  \"additionalProperties\": false, \"not\": {\"required\": [\"points\", \"step\"]}},\n"
    "\"real range\": {\"$ref\": \"#/$defs/ends\", \"anyOf\": [{\"required\": [\"points\"]},"
    " {\"required\": [\"step\"]}]},\n"
    "\"integer range\": {\"$ref\": \"#/$defs/ends\", \"anyOf\": [{\"required\": [\"points\"]},"
    " {\"required\": [\"step\"]}, {\"properties\": {\"scale\": {\"const\": \"linear\"}}}]}";

static void write_list(const struct ae_param_info *info, struct ae_buffer *out)
{
    ae_buffer_printf(out,
                     "{\"type\": \"array\", \"minItems\": 1, \"uniqueItems\": true, "
                     "\"items\": {\"$ref\": \"#/$defs/%s\"}}",
                     info->name);
}

/* A list; for numbers also a range, or a list that says how it is spaced. */
static void write_axis(enum ae_param_id id, struct ae_buffer *out)
{
    const struct ae_param_info *info = &ae_param_table[id];
    ae_buffer_printf(out, "\"%s axis\": {", info->name);
    write_about(id, out);
    ae_buffer_text(out, ", \"anyOf\": [");
    write_list(info, out);
    if (is_number(info)) {
        ae_buffer_printf(out, ", {\"$ref\": \"#/$defs/%s range\"}",
                         is_integer(info) ? "integer" : "real");
        ae_buffer_text(out, ", {\"type\": \"object\", \"required\": [\"values\"], "
                            "\"additionalProperties\": false, \"properties\": {\"values\": ");
        write_list(info, out);
        ae_buffer_text(out, ", \"scale\": {\"enum\": [\"linear\", \"log\"]}, "
                            "\"merged\": {\"type\": \"integer\", \"minimum\": 0}}}");
    }
    ae_buffer_text(out, "]}");
}

/* ---- sections ---- */

/* How a parameter may stand in a section: one value, or a formula too, an axis, the ends of a
 * range, or one value or several to compare with. */
enum form { VALUE, SETTING, AXIS, BETWEEN, CONDITION };

static void write_param(enum form form, const struct ae_param_info *info, struct ae_buffer *out)
{
    ae_buffer_printf(out, "  \"%s\": ", info->name);
    switch (form) {
    case VALUE:
        ae_buffer_printf(out, "{\"$ref\": \"#/$defs/%s\"}", info->name);
        break;
    case SETTING:
        ae_buffer_printf(out,
                         "{\"anyOf\": [{\"$ref\": \"#/$defs/%s\"}, {\"$ref\": "
                         "\"#/$defs/computed\"}]}",
                         info->name);
        break;
    case AXIS:
        ae_buffer_printf(out, "{\"$ref\": \"#/$defs/%s axis\"}", info->name);
        break;
    case BETWEEN:
        ae_buffer_text(out, "{\"$ref\": \"#/$defs/ends\", \"properties\": {\"points\": false, "
                            "\"step\": false}}");
        break;
    case CONDITION:
        ae_buffer_printf(out,
                         "{\"anyOf\": [{\"$ref\": \"#/$defs/%s\"}, {\"type\": \"array\", "
                         "\"minItems\": 1, \"items\": {\"$ref\": \"#/$defs/%s\"}}]}",
                         info->name, info->name);
        break;
    }
}

/* Members of "properties" for all parameters that can stand in that form. */
static void write_params(enum form form, struct ae_buffer *out)
{
    bool is_first = true;
    for (int id = 0; id < AE_N_PARAMS; id++) {
        const struct ae_param_info *info = &ae_param_table[id];
        if (form == BETWEEN && !is_number(info))
            continue;
        ae_buffer_text(out, is_first ? "" : ",\n");
        write_param(form == SETTING && !is_number(info) ? VALUE : form, info, out);
        is_first = false;
    }
}

static void begin_section(const char *name, const char *about, const char *type,
                          struct ae_buffer *out)
{
    ae_buffer_printf(out, ",\n\"%s\": {\"description\": \"%s\", \"type\": [\"%s\", \"null\"]", name,
                     about, type);
}

static void write_sections(struct ae_buffer *out)
{
    static const char closed[] = "\"additionalProperties\": false, \"properties\": {\n";
    begin_section("set", "parameters held fixed; =FORMULA computes one from others", "object", out);
    ae_buffer_printf(out, ", %s", closed);
    write_params(SETTING, out);
    ae_buffer_text(out, "}}");
    begin_section("grid", "every combination of these axes; the first varies slowest", "object",
                  out);
    ae_buffer_printf(out, ", %s", closed);
    write_params(AXIS, out);
    ae_buffer_text(out, "}}");
    begin_section("zip", "groups of equally long axes that advance together", "array", out);
    ae_buffer_printf(out, ", \"items\": {\"type\": \"object\", \"minProperties\": 1, %s", closed);
    write_params(AXIS, out);
    ae_buffer_text(out, "}}}");
    begin_section("sample", "a space-filling design between ends", "object", out);
    ae_buffer_printf(out,
                     ", \"required\": [\"sobol\", \"over\"], \"additionalProperties\": false, "
                     "\"properties\": {\n\"sobol\": {\"description\": \"points of Sobol's "
                     "sequence\", \"type\": \"integer\", \"minimum\": 1, \"maximum\": 1000000},\n"
                     "\"over\": {\"type\": \"object\", \"minProperties\": 1, %s",
                     closed);
    write_params(BETWEEN, out);
    ae_buffer_text(out, "}}}}");
    begin_section("exclude", "points that match all entries of any item are left out", "array",
                  out);
    ae_buffer_printf(out,
                     ", \"items\": {\"type\": \"object\", \"minProperties\": 1, \"not\": "
                     "{\"maxProperties\": 1, \"required\": [\"why\"]}, %s"
                     "  \"if\": {\"description\": \"a condition: lr>1, K in [1,2]\", \"type\": "
                     "\"string\"},\n"
                     "  \"why\": {\"description\": \"the reason, shown by plan\", \"type\": "
                     "[\"string\", \"number\"]},\n",
                     closed);
    write_params(CONDITION, out);
    ae_buffer_text(out, "}}}");
}

static void write_names(const char *const *names, struct ae_buffer *out)
{
    ae_buffer_text(out, "\"enum\": [");
    for (size_t i = 0; names[i]; i++) {
        ae_buffer_text(out, i > 0 ? ", " : "");
        ae_json_text(names[i], out);
    }
    ae_buffer_text(out, "]");
}

static void write_table(struct ae_buffer *out)
{
    begin_section("table", "default choices of table and plot", "object", out);
    ae_buffer_text(out, ", \"additionalProperties\": false, \"properties\": {\n"
                        "\"rows\": {\"$ref\": \"#/$defs/parameter\"},\n"
                        "\"cols\": {\"$ref\": \"#/$defs/parameter\"},\n"
                        "\"value\": {\"anyOf\": [{");
    write_names(ae_table_values, out);
    ae_buffer_text(out, "}, {\"type\": \"string\", \"pattern\": \"^escape_[1-9][0-9]*$\"}]},\n"
                        "\"reduce\": {");
    write_names(ae_table_reduces, out);
    ae_buffer_text(out, "}}}");
}

static void write_refine(struct ae_buffer *out)
{
    bool is_first = true;
    begin_section("refine", "bisect between neighbours whose phase differs", "object", out);
    ae_buffer_text(out, ", \"required\": [\"axes\", \"levels\"], \"additionalProperties\": false, "
                        "\"properties\": {\n\"axes\": {\"description\": \"axes of grid\", "
                        "\"type\": \"array\", \"minItems\": 1, \"uniqueItems\": true, \"items\": "
                        "{\"enum\": [");
    for (int id = 0; id < AE_N_PARAMS; id++)
        if (is_number(&ae_param_table[id])) {
            ae_buffer_printf(out, "%s\"%s\"", is_first ? "" : ", ", ae_param_table[id].name);
            is_first = false;
        }
    ae_buffer_printf(out,
                     "]}},\n\"levels\": {\"description\": \"how often an interval is halved\", "
                     "\"type\": \"integer\", \"minimum\": 1, \"maximum\": %d}}}",
                     (int)AE_REFINE_MAX_LEVELS);
}

static void write_defs(struct ae_buffer *out)
{
    const char *names[AE_N_PARAMS + 1] = {NULL};
    ae_buffer_text(out, "\"$defs\": {\n");
    ae_buffer_printf(out, ranges, (int)AE_RANGE_MAX_POINTS);
    ae_buffer_text(out, ",\n\"computed\": {\"description\": \"a formula of parameters and numbers "
                        "with + - * / ^ ( ) min max sqrt log exp\", \"type\": \"string\", "
                        "\"pattern\": \"^=\"}");
    for (int id = 0; id < AE_N_PARAMS; id++) {
        names[id] = ae_param_table[id].name;
        ae_buffer_text(out, ",\n");
        write_value((enum ae_param_id)id, out);
        ae_buffer_text(out, ",\n");
        write_axis((enum ae_param_id)id, out);
    }
    ae_buffer_text(out, ",\n\"parameter\": {");
    write_names(names, out);
    ae_buffer_text(out, "}\n}");
}

void ae_schema_write(struct ae_buffer *out)
{
    ae_buffer_text(out,
                   "{\n\"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
                   "\"title\": \"sweep file of aesweep " AE_VERSION "\",\n"
                   "\"type\": \"object\",\n\"additionalProperties\": false,\n\"properties\": {\n"
                   "\"name\": {\"description\": \"name of the sweep and of its results folder\", "
                   "\"type\": [\"string\", \"number\"], \"pattern\": "
                   "\"^[A-Za-z0-9_][A-Za-z0-9._-]{0,99}$\"}");
    write_sections(out);
    ae_buffer_printf(out,
                     ",\n\"replicates\": {\"description\": \"independent seeds of every point\", "
                     "\"type\": \"integer\", \"minimum\": 1, \"maximum\": %d}"
                     ",\n\"seed\": {\"description\": \"of all random numbers\", \"type\": "
                     "\"integer\", \"minimum\": 0, \"maximum\": 9223372036854775807}",
                     (int)AE_SWEEP_MAX_REPLICATES);
    write_table(out);
    write_refine(out);
    ae_buffer_text(out, "\n},\n");
    write_defs(out);
    ae_buffer_text(out, "\n}\n");
}
