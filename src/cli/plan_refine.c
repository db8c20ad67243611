/* What a plan says of refine. */
#include "plan.h"

/* Knows nothing of any result. */
static enum ae_status look_nowhere(void *ctx, uint64_t point, uint64_t replicate, int level,
                                   bool *is_there, struct ae_refine_result *result,
                                   struct ae_error *err)
{
    (void)ctx;
    (void)point;
    (void)replicate;
    (void)level;
    (void)result;
    (void)err;
    *is_there = false;
    return AE_OK;
}

enum ae_status ae_plan_open_refine(struct ae_plan *plan, struct ae_error *err)
{
    if (ae_sweep_refine(plan->sweep).n_axes == 0 || plan->selection.n_shards > 0)
        return AE_OK;
    enum ae_status rc =
        ae_refine_new(&plan->refine, plan->sweep, plan->store ? ae_refine_look_store : look_nowhere,
                      plan->store, err);
    return rc == AE_OK ? ae_refine_order(plan->refine, &plan->added, &plan->n_added, err) : rc;
}

/* Is it bisected on a log scale, in any document? */
static bool is_log(const struct ae_plan *plan, enum ae_param_id id)
{
    bool is_any = false;
    for (size_t k = 0; plan->refine && k < ae_sweep_n_documents(plan->sweep); k++)
        is_any = is_any || ae_refine_is_log(plan->refine, k, id);
    return is_any;
}

void ae_plan_write_refine(const struct ae_plan *plan, struct ae_buffer *out)
{
    const struct ae_refine_choice choice = ae_sweep_refine(plan->sweep);
    if (choice.n_axes == 0)
        return;
    ae_buffer_text(out, "refined: ");
    for (size_t i = 0; i < choice.n_axes; i++)
        ae_buffer_printf(out, "%s%s%s", i > 0 ? ", " : "", ae_param_table[choice.axes[i]].name,
                         is_log(plan, choice.axes[i]) ? " (log)" : "");
    ae_buffer_printf(out, ", %zu level%s\n", choice.levels, choice.levels == 1 ? "" : "s");
    if (!plan->refine) {
        ae_buffer_text(out, "  not in a shard: run the merged folder to refine\n");
        return;
    }
    size_t n_possible = ae_refine_n_possible(plan->refine);
    ae_buffer_printf(out, "  added so far: %zu point%s\n", plan->n_added,
                     plan->n_added == 1 ? "" : "s");
    if (n_possible > 0)
        ae_buffer_printf(
            out, "  to come: %zu for each boundary met, at most %zu; not in the cost below\n",
            choice.levels, n_possible);
}
