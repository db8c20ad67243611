/* aesweep plan: what a sweep file asks for, what of it is already there, what the rest will cost.
 * Changes nothing, and runs nothing but pilot points, whose results are dropped. */
#include "cli.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "aesweep/csv.h"
#include "aesweep/hasher.h"
#include "aesweep/output.h"
#include "aesweep/record.h"
#include "aesweep/sources.h"

#include "plan.h"

static void plan_clear(struct ae_plan *plan)
{
    ae_estimate_free(plan->estimate);
    ae_buffer_clear(&plan->changed);
    free(plan->named);
    ae_refine_free(plan->refine);
    free(plan->added);
    free(plan->dir);
    (void)ae_store_close(plan->store, NULL); /* opened for reading */
    ae_selection_clear(&plan->selection);
    ae_sweep_free(plan->sweep);
}

/* ---- what is there ---- */

static enum ae_status open_results(struct ae_plan *plan, struct ae_error *err)
{
    static const struct ae_store_columns columns = {AE_N_SUMMARY, ae_summary_names};
    enum ae_status rc = ae_store_open_read(&plan->store, plan->dir, &columns, err);
    return rc == AE_EARG ? AE_OK : rc; /* no results there yet */
}

void ae_plan_params(const struct ae_plan *plan, size_t i, size_t replicate, struct ae_params *p)
{
    const size_t n_points = ae_sweep_n_points(plan->sweep);
    if (i < n_points)
        ae_sweep_point(plan->sweep, i, replicate, p);
    else
        ae_refine_point(plan->refine, plan->added[i - n_points], replicate, p);
}

/* Is any replicate of the point chosen, and how many? */
static enum ae_status count_chosen(const struct ae_plan *plan, struct ae_params p, size_t *n,
                                   struct ae_error *err)
{
    bool is_chosen = true;
    enum ae_status rc = AE_OK;
    *n = plan->n_replicates;
    if (ae_selection_is_all(&plan->selection))
        return AE_OK;
    *n = 0;
    for (size_t k = 1; k <= plan->n_replicates && rc == AE_OK; k++) {
        p.replicate = k;
        rc = ae_selection_holds(&plan->selection, &p, &is_chosen, err);
        *n += is_chosen;
    }
    return rc;
}

static enum ae_status name_points(struct ae_plan *plan, struct ae_error *err)
{
    struct ae_hasher *hasher = NULL;
    struct ae_fold_memo memo = {0};
    const size_t n_points = ae_sweep_n_points(plan->sweep) + plan->n_added;
    plan->n_replicates = ae_sweep_n_replicates(plan->sweep);
    plan->named = ae_calloc(n_points, 1, sizeof *plan->named);
    enum ae_status rc = plan->named ? ae_hasher_new(&hasher, err) : ae_fail_memory(err, n_points);
    for (size_t i = 0; i < n_points && rc == AE_OK; i++) {
        struct ae_params p;
        struct ae_plan_point *named = &plan->named[plan->n_points];
        size_t n_chosen = 0;
        ae_plan_params(plan, i, 1, &p);
        rc = count_chosen(plan, p, &n_chosen, err);
        if (rc != AE_OK || n_chosen == 0)
            continue;
        rc = ae_hasher_hash(hasher, &p, &named->point, err);
        if (rc == AE_OK)
            rc = ae_fold_next_key(hasher, &memo, &p, &named->trajectory, err);
        named->i = i;
        plan->n_points++;
        plan->n_rows += n_chosen;
    }
    ae_hasher_free(hasher);
    return rc;
}

/* ---- the summary ---- */

static void write_values(const struct ae_axis_view *axis, struct ae_buffer *out)
{
    enum { MANY = 8, SHOWN = 3 };
    for (size_t i = 0; i < axis->n; i++) {
        if (axis->n > MANY && i == SHOWN) {
            ae_buffer_text(out, ", ...");
            i = axis->n - 1;
        }
        ae_buffer_text(out, i > 0 ? ", " : "");
        ae_value_format(axis->id, axis->values[i], out);
    }
    ae_buffer_text(out, axis->is_log ? " (log)" : "");
    if (axis->n_merged > 0)
        ae_buffer_printf(out, "; %zu repeated value%s merged after rounding", axis->n_merged,
                         axis->n_merged == 1 ? "" : "s");
}

static void write_axes(const struct ae_plan *plan, struct ae_buffer *out)
{
    size_t document = 0;
    for (size_t k = 0; k < ae_sweep_n_axes(plan->sweep); k++) {
        struct ae_axis_view axis = ae_sweep_axis(plan->sweep, k);
        struct ae_buffer values = {0};
        if (axis.document != document)
            ae_buffer_printf(out, "document %zu\n", axis.document + 1);
        document = axis.document;
        if (axis.is_joined)
            ae_buffer_printf(out, "  %-14s    with  ", ae_param_table[axis.id].name);
        else
            ae_buffer_printf(out, "  %-14s %7zu  ", ae_param_table[axis.id].name, axis.n);
        write_values(&axis, &values);
        ae_wrap(values.data ? values.data : "", 26, 26, out);
        out->failed = out->failed || values.failed;
        ae_buffer_clear(&values);
    }
    for (size_t k = 0; k < ae_sweep_n_computed(plan->sweep); k++) {
        struct ae_computed_view computed = ae_sweep_computed(plan->sweep, k);
        ae_buffer_printf(out, "  %-14s          %s", ae_param_table[computed.id].name,
                         computed.text);
        if (ae_sweep_n_documents(plan->sweep) > 1)
            ae_buffer_printf(out, " (document %zu)", computed.document + 1);
        ae_buffer_text(out, "\n");
    }
}

static void write_exclusions(const struct ae_plan *plan, struct ae_buffer *out)
{
    size_t n_repeated = ae_sweep_n_repeated(plan->sweep);
    size_t n_left_out =
        ae_sweep_grid_size(plan->sweep) - ae_sweep_n_points(plan->sweep) - n_repeated;
    if (n_repeated > 0)
        ae_buffer_printf(out, "in an earlier document too: %zu\n", n_repeated);
    if (ae_sweep_n_exclusions(plan->sweep) == 0)
        return;
    ae_buffer_printf(out, "excluded: %zu\n", n_left_out);
    for (size_t k = 0; k < ae_sweep_n_exclusions(plan->sweep); k++) {
        struct ae_exclusion_view item = ae_sweep_exclusion(plan->sweep, k);
        struct ae_buffer text = {0};
        ae_buffer_printf(&text, "%s%s%s", item.text, item.why[0] ? "  " : "", item.why);
        ae_buffer_printf(out, "  %7zu  ", item.n_points);
        ae_wrap(text.data ? text.data : "", 11, 11, out);
        out->failed = out->failed || text.failed;
        ae_buffer_clear(&text);
    }
}

static void write_repeats(const struct ae_plan_totals *totals, struct ae_buffer *out)
{
    if (totals->n_repeats == 0)
        return;
    ae_buffer_printf(out, "%zu point%s others: ", totals->n_repeats,
                     totals->n_repeats == 1 ? " repeats" : "s repeat");
    size_t n = 0;
    for (int id = 0; id < AE_N_PARAMS; id++)
        if (totals->is_idle[id])
            ae_buffer_printf(out, "%s%s", n++ > 0 ? ", " : "", ae_param_table[id].name);
    ae_buffer_printf(out, " do%s not act there, each is computed once\n", n == 1 ? "es" : "");
}

static void write_summary(const struct ae_plan *plan, const struct ae_plan_totals *totals,
                          struct ae_buffer *out)
{
    size_t n_there = totals->n_done + totals->n_failed;
    ae_buffer_printf(out, "%s\n", ae_sweep_name(plan->sweep));
    write_axes(plan, out);
    ae_buffer_printf(out, "combinations: %zu\n", ae_sweep_grid_size(plan->sweep));
    write_exclusions(plan, out);
    const size_t n_points = ae_sweep_n_points(plan->sweep);
    ae_buffer_printf(out, "points: %zu", n_points);
    if (plan->n_replicates > 1)
        ae_buffer_printf(out, ", %zu replicates each: %zu rows", plan->n_replicates,
                         n_points * plan->n_replicates);
    ae_buffer_text(out, "\n");
    ae_plan_write_refine(plan, out);
    if (!ae_selection_is_all(&plan->selection))
        ae_buffer_printf(out, "chosen: %zu point%s, %zu row%s\n", plan->n_points,
                         plan->n_points == 1 ? "" : "s", plan->n_rows,
                         plan->n_rows == 1 ? "" : "s");
    write_repeats(totals, out);
    if (totals->n_fixed > 0 && plan->n_replicates > 1)
        ae_buffer_printf(out,
                         "%zu point%s not depend on the seed: all replicates are one computation\n",
                         totals->n_fixed, totals->n_fixed == 1 ? " does" : "s do");
    ae_buffer_printf(out, "computations: %zu\n", totals->n_needed);
    if (!plan->store)
        ae_buffer_printf(out, "already done: 0 (no results in %s yet)\n", plan->dir);
    else
        ae_buffer_printf(out, "already done: %zu in %s\n", totals->n_done, plan->dir);
    if (plan->changed.size > 0)
        ae_buffer_printf(out, "changed since: %s; points that use it are new\n",
                         plan->changed.data);
    if (totals->n_failed > 0)
        ae_buffer_printf(out, "already failed: %zu\n", totals->n_failed);
    ae_buffer_printf(out, "to run: %zu", totals->n_needed - n_there);
    if (totals->n_folded > 0)
        ae_buffer_printf(out, "; %zu of them read off %zu trajector%s", totals->n_folded,
                         totals->n_trajectories, totals->n_trajectories == 1 ? "y" : "ies");
    if (totals->n_side_by_side > 0)
        ae_buffer_printf(out, "; %zu simulated side by side", totals->n_side_by_side);
    ae_buffer_text(out, "\n");
    ae_plan_write_cost(plan, out);
}

/* ---- the list ---- */

static enum ae_status write_list(const struct ae_plan *plan, struct ae_output *out,
                                 struct ae_error *err)
{
    struct ae_csv csv = {.out = &out->text};
    enum ae_status rc = AE_OK;
    ae_csv_text(&csv, "point");
    ae_csv_text(&csv, "replicate");
    for (int id = 0; id < AE_N_PARAMS; id++)
        ae_csv_text(&csv, ae_param_table[id].name);
    ae_csv_text(&csv, "done");
    ae_csv_end(&csv);
    for (size_t i = 0; i < plan->n_points * plan->n_replicates && rc == AE_OK; i++) {
        struct ae_params p;
        enum ae_store_state state = AE_STORE_DONE;
        const struct ae_plan_point *named = &plan->named[i / plan->n_replicates];
        const uint64_t point = named->point;
        ae_plan_params(plan, named->i, i % plan->n_replicates + 1, &p);
        if (!ae_plan_is_chosen(plan, named, 1, p.replicate))
            continue;
        ae_csv_point(&csv, point);
        ae_csv_count(&csv, p.replicate);
        for (int k = 0; k < AE_N_PARAMS; k++)
            ae_csv_param(&csv, (enum ae_param_id)k, ae_param_get(&p, (enum ae_param_id)k));
        ae_csv_flag(&csv, ae_plan_is_stored(plan, point, &p, &state) && state == AE_STORE_DONE);
        ae_csv_end(&csv);
        rc = ae_output_flush(out, err);
    }
    return rc;
}

/* ---- options ---- */

enum { MOST = 1000000, DEFAULT_PILOTS = 48 };
static const double PILOT_BUDGET_S = 0.8; /* of processor time, for all pilots together */

/* The number of an option, an integer from `least`; *out is left alone if it was not given. */
static enum ae_status read_count(const struct ae_args *args, const char *name, size_t least,
                                 size_t *out, struct ae_error *err)
{
    const char *text = ae_args_value(args, name);
    double x = 0.0;
    if (!text)
        return AE_OK;
    if (!ae_number_parse(text, &x) || !(x >= (double)least && x <= MOST) || x != floor(x))
        return ae_fail(err, AE_EARG, "--%s: '%.60s'; allowed: an integer from %zu to %d", name,
                       text, least, (int)MOST);
    *out = (size_t)x;
    return AE_OK;
}

struct choices {
    size_t n_pilots, n_ranks, format;
};
enum { TEXT, JSON };

static enum ae_status read_choices(const struct ae_args *args, struct choices *choices,
                                   struct ae_error *err)
{
    static const char *const formats[] = {"text", "json", NULL};
    long n_cores = sysconf(_SC_NPROCESSORS_ONLN);
    *choices =
        (struct choices){.n_pilots = DEFAULT_PILOTS, .n_ranks = n_cores > 0 ? (size_t)n_cores : 1};
    enum ae_status rc = read_count(args, "pilot", 0, &choices->n_pilots, err);
    if (rc == AE_OK)
        rc = read_count(args, "ranks", 1, &choices->n_ranks, err);
    if (rc == AE_OK)
        rc = ae_args_choice(args, "format", formats, &choices->format, err);
    if (rc == AE_OK && ae_args_has(args, "list") && ae_args_has(args, "format"))
        rc = ae_fail(err, AE_EARG, "--list is CSV; it goes without --format");
    return rc;
}

/* Counts, estimates and writes what the options ask for. */
static enum ae_status write_plan(struct ae_plan *plan, const struct choices *choices,
                                 struct ae_buffer *out, struct ae_error *err)
{
    enum ae_status rc = ae_estimate_new(&plan->estimate, err);
    if (rc != AE_OK)
        return rc;
    struct ae_plan_totals totals = {0};
    rc = ae_plan_count(plan, &totals, err);
    if (rc != AE_OK)
        return rc;
    plan->n_ranks = choices->n_ranks;
    if (choices->n_pilots > 0)
        ae_estimate_pilot(plan->estimate, choices->n_pilots, PILOT_BUDGET_S, ae_pilot_run, NULL);
    if (choices->format == JSON)
        ae_plan_json(plan, &totals, out);
    else
        write_summary(plan, &totals, out);
    return AE_OK;
}

static enum ae_status plan_sweep(const struct ae_args *args, int *exit_code, struct ae_error *err)
{
    (void)exit_code;
    struct ae_plan plan = {.path = args->positional[0]};
    struct ae_output out = {0};
    struct choices choices;
    enum ae_status rc = read_choices(args, &choices, err);
    if (rc == AE_OK)
        rc = ae_cli_read_sweep(args, &plan.sweep, &plan.selection, err);
    if (rc == AE_OK)
        rc = ae_cli_choose_dir(args, plan.sweep, &plan.selection, &plan.dir, err);
    if (rc == AE_OK)
        rc = open_results(&plan, err);
    if (rc == AE_OK)
        rc = ae_plan_open_refine(&plan, err);
    if (rc == AE_OK)
        rc = name_points(&plan, err);
    if (rc == AE_OK && plan.store)
        rc = ae_sources_list_changed(plan.sweep, plan.store, &plan.changed, err);
    if (rc == AE_OK)
        rc = ae_output_open(&out, NULL, err);
    if (rc == AE_OK && ae_args_has(args, "list"))
        rc = write_list(&plan, &out, err);
    else if (rc == AE_OK)
        rc = write_plan(&plan, &choices, &out.text, err);
    rc = ae_output_close(&out, rc, err);
    plan_clear(&plan);
    return rc;
}

static int plan_main(int argc, char **argv)
{
    return ae_cli_run(&ae_command_plan, argc, argv, plan_sweep);
}

static const struct ae_option options[] = {
    {"list", 0, NULL, "one CSV row a point and replicate: its parameters, and whether it is done"},
    {"format", 0, "FORMAT", "text (default) or json"},
    {"ranks", 0, "N", "processes of the job to plan (default: the cores of this machine)"},
    {"pilot", 0, "N",
     "points to run for some milliseconds each, so that costs are those of this machine "
     "(default 48; 0: built-in constants)"},
    {"output", 'o', "DIR", "results folder to look for finished points (default results/NAME)"},
    AE_SWEEP_OPTIONS,
    {0}};

const struct ae_command ae_command_plan = {
    .name = "plan",
    .positional = "FILE",
    .n_min = 1,
    .n_max = 1,
    .summary = "check a sweep file and show what would run, without running it",
    .notes = "",
    .options = options,
    .main = plan_main,
};
