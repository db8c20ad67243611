/* A plan as JSON. */
#include "plan.h"

#include "aesweep/json.h"

static void key(const char *name, struct ae_buffer *out)
{
    ae_buffer_printf(out, ",\n\"%s\": ", name);
}

static void count(const char *name, size_t n, struct ae_buffer *out)
{
    key(name, out);
    ae_buffer_printf(out, "%zu", n);
}

static void number(const char *name, double x, struct ae_buffer *out)
{
    key(name, out);
    ae_json_number(x, out);
}

static void write_axes(const struct ae_plan *plan, struct ae_buffer *out)
{
    key("axes", out);
    for (size_t k = 0; k < ae_sweep_n_axes(plan->sweep); k++) {
        struct ae_axis_view axis = ae_sweep_axis(plan->sweep, k);
        ae_buffer_printf(out, "%s{\"name\": \"%s\", \"points\": %zu, \"values\": [",
                         k > 0 ? ",\n  " : "[\n  ", ae_param_table[axis.id].name, axis.n);
        for (size_t i = 0; i < axis.n; i++) {
            ae_buffer_text(out, i > 0 ? ", " : "");
            ae_json_param(axis.id, axis.values[i], out);
        }
        ae_buffer_text(out, "]");
        if (axis.is_joined) /* advances with the one before it */
            ae_buffer_text(out, ", \"joined\": true");
        if (ae_sweep_n_documents(plan->sweep) > 1)
            ae_buffer_printf(out, ", \"document\": %zu", axis.document + 1);
        ae_buffer_text(out, "}");
    }
    ae_buffer_text(out, ae_sweep_n_axes(plan->sweep) > 0 ? "]" : "[]");
}

static void write_exclusions(const struct ae_plan *plan, struct ae_buffer *out)
{
    key("exclusions", out);
    ae_buffer_text(out, "[");
    for (size_t k = 0; k < ae_sweep_n_exclusions(plan->sweep); k++) {
        struct ae_exclusion_view item = ae_sweep_exclusion(plan->sweep, k);
        ae_buffer_printf(out, "%s{\"points\": %zu, \"text\": ", k > 0 ? ",\n  " : "\n  ",
                         item.n_points);
        ae_json_text(item.text, out);
        ae_buffer_text(out, ", \"why\": ");
        ae_json_text(item.why, out);
        ae_buffer_text(out, "}");
    }
    ae_buffer_text(out, "]");
}

static void write_refine(const struct ae_plan *plan, struct ae_buffer *out)
{
    const struct ae_refine_choice choice = ae_sweep_refine(plan->sweep);
    if (choice.n_axes == 0)
        return;
    key("refine", out);
    for (size_t i = 0; i < choice.n_axes; i++)
        ae_buffer_printf(out, "%s\"%s\"", i > 0 ? ", " : "{\"axes\": [",
                         ae_param_table[choice.axes[i]].name);
    ae_buffer_printf(out, "], \"levels\": %zu, \"added\": %zu, \"at_most\": %zu}", choice.levels,
                     plan->n_added, plan->refine ? ae_refine_n_possible(plan->refine) : 0);
}

static void write_idle(const struct ae_plan_totals *totals, struct ae_buffer *out)
{
    bool is_first = true;
    key("repeats_differ_in", out);
    ae_buffer_text(out, "[");
    for (int id = 0; id < AE_N_PARAMS; id++)
        if (totals->is_idle[id]) {
            ae_buffer_printf(out, "%s\"%s\"", is_first ? "" : ", ", ae_param_table[id].name);
            is_first = false;
        }
    ae_buffer_text(out, "]");
}

static void write_warnings(const struct ae_plan *plan, struct ae_buffer *out)
{
    bool is_first = true;
    key("warnings", out);
    ae_buffer_text(out, "[");
    for (int k = 0; k < AE_N_WARNINGS; k++) {
        const struct ae_warning *warning =
            ae_estimate_warning(plan->estimate, (enum ae_warning_kind)k);
        struct ae_buffer text = {0};
        if (warning->n_points == 0)
            continue;
        ae_warning_format(plan->estimate, (enum ae_warning_kind)k, &text);
        ae_buffer_printf(out, "%s{\"kind\": \"%s\", \"points\": %zu, \"limit\": ",
                         is_first ? "\n  " : ",\n  ", ae_warning_names[k], warning->n_points);
        ae_json_number(warning->limit, out);
        ae_buffer_text(out, ", \"text\": ");
        ae_json_text(text.data ? text.data : "", out);
        ae_buffer_text(out, "}");
        out->failed = out->failed || text.failed;
        ae_buffer_clear(&text);
        is_first = false;
    }
    ae_buffer_text(out, "]");
}

static void write_job(const struct ae_plan *plan, const struct ae_bill *bill, struct ae_buffer *out)
{
    struct ae_buffer line = {0};
    key("sbatch", out);
    ae_buffer_text(out, "[");
    for (size_t i = 0; ae_plan_job_line(plan, bill, i, &line); i++) {
        ae_buffer_text(out, i > 0 ? ", " : "");
        ae_json_text(line.data ? line.data : "", out);
        out->failed = out->failed || line.failed;
        ae_buffer_rewind(&line);
    }
    ae_buffer_text(out, "]");
    ae_buffer_clear(&line);
}

void ae_plan_json(const struct ae_plan *plan, const struct ae_plan_totals *totals,
                  struct ae_buffer *out)
{
    struct ae_bill bill = ae_estimate_bill(plan->estimate);
    ae_buffer_text(out, "{\"sweep\": ");
    ae_json_text(ae_sweep_name(plan->sweep), out);
    key("results", out);
    ae_json_text(plan->dir, out);
    write_axes(plan, out);
    count("combinations", ae_sweep_grid_size(plan->sweep), out);
    write_exclusions(plan, out);
    write_refine(plan, out);
    count("points", plan->n_points, out);
    count("replicates", plan->n_replicates, out);
    count("repeats", totals->n_repeats, out);
    write_idle(totals, out);
    count("computations", totals->n_needed, out);
    count("done", totals->n_done, out);
    count("failed", totals->n_failed, out);
    count("to_run", totals->n_needed - totals->n_done - totals->n_failed, out);
    count("folded", totals->n_folded, out);
    count("side_by_side", totals->n_side_by_side, out);
    count("trajectories", totals->n_trajectories, out);
    key("changed_files", out);
    ae_json_text(plan->changed.data ? plan->changed.data : "", out);
    write_warnings(plan, out);
    count("pilots", bill.n_pilots, out);
    number("core_hours", bill.work_s / 3600.0, out);
    number("longest_point_s", bill.longest_s, out);
    count("ranks", plan->n_ranks, out);
    number("wall_s", ae_bill_wall_s(&bill, plan->n_ranks), out);
    number("memory_per_rank_bytes", bill.memory_bytes, out);
    number("disk_bytes", bill.disk_bytes, out);
    write_job(plan, &bill, out);
    ae_buffer_text(out, "}\n");
}
