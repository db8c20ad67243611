/* What a plan says about costs: warnings, time, memory, disk, the header of a job. */
#include "plan.h"

#include <math.h>

#include "aesweep/progress.h"
#include "cli.h"

/* A size for people: 850 kB, 12 MB, 3.4 GB. */
static void write_bytes(double bytes, struct ae_buffer *out)
{
    static const char *const units[] = {"kB", "MB", "GB", "TB"};
    size_t i = 0;
    double x = fmax(bytes, 1.0) / 1e3;
    for (; x >= 999.5 && i < 3; i++)
        x /= 1e3;
    ae_buffer_printf(out, x < 9.95 ? "%.1f %s" : "%.0f %s", x, units[i]);
}

static void write_warnings(const struct ae_plan *plan, struct ae_buffer *out)
{
    for (int k = 0; k < AE_N_WARNINGS; k++) {
        struct ae_buffer text = {0};
        if (ae_estimate_warning(plan->estimate, (enum ae_warning_kind)k)->n_points == 0)
            continue;
        ae_warning_format(plan->estimate, (enum ae_warning_kind)k, &text);
        ae_buffer_text(out, "warning: ");
        ae_wrap(text.data ? text.data : "", 9, 9, out);
        out->failed = out->failed || text.failed;
        ae_buffer_clear(&text);
    }
}

/* Wall seconds to ask for: half as much again, and no less than ten minutes, to full minutes. */
static unsigned long job_minutes(const struct ae_plan *plan, const struct ae_bill *bill)
{
    static const double MARGIN = 1.5, LEAST_MIN = 10.0, MOST_MIN = 1e8;
    double minutes = MARGIN * ae_bill_wall_s(bill, plan->n_ranks) / 60.0;
    return (unsigned long)ceil(fmin(fmax(minutes, LEAST_MIN), MOST_MIN));
}

bool ae_plan_job_line(const struct ae_plan *plan, const struct ae_bill *bill, size_t i,
                      struct ae_buffer *out)
{
    unsigned long minutes = job_minutes(plan, bill);
    double mega = ceil(1.5 * bill->memory_bytes / 1048576.0);
    switch (i) {
    case 0:
        ae_buffer_printf(out, "--job-name=%s", ae_sweep_name(plan->sweep));
        return true;
    case 1:
        ae_buffer_printf(out, "--ntasks=%zu", plan->n_ranks);
        return true;
    case 2:
        ae_buffer_text(out, "--cpus-per-task=1");
        return true;
    case 3:
        ae_buffer_printf(out, "--mem-per-cpu=%.0fM", fmax(mega, 200.0));
        return true;
    case 4:
        if (minutes >= 24 * 60)
            ae_buffer_printf(out, "--time=%lu-%02lu:%02lu:00", minutes / (24 * 60),
                             minutes / 60 % 24, minutes % 60);
        else
            ae_buffer_printf(out, "--time=%02lu:%02lu:00", minutes / 60, minutes % 60);
        return true;
    case 5: /* a minute before the end the run is told to stop and saves what is finished */
        ae_buffer_text(out, "--signal=B:USR1@60");
        return true;
    case 6:
        ae_buffer_text(out, "--requeue --open-mode=append");
        return true;
    default:
        return false;
    }
}

static void write_job(const struct ae_plan *plan, const struct ae_bill *bill, struct ae_buffer *out)
{
    ae_buffer_text(out, "job script:\n  #!/bin/bash\n");
    for (size_t i = 0;; i++) {
        struct ae_buffer line = {0};
        bool is_line = ae_plan_job_line(plan, bill, i, &line);
        if (is_line)
            ae_buffer_printf(out, "  #SBATCH %s\n", line.data ? line.data : "");
        out->failed = out->failed || line.failed;
        ae_buffer_clear(&line);
        if (!is_line)
            break;
    }
    ae_buffer_printf(out, "  exec mpirun build/aesweep run %s\n", plan->path);
}

void ae_plan_write_cost(const struct ae_plan *plan, struct ae_buffer *out)
{
    struct ae_bill bill = ae_estimate_bill(plan->estimate);
    write_warnings(plan, out);
    if (bill.work_s <= 0.0)
        return;
    ae_buffer_text(out, "cost: ");
    ae_duration_format(bill.work_s, out);
    ae_buffer_printf(out, " of one core (%.2g core-hours), longest point ", bill.work_s / 3600.0);
    ae_duration_format(bill.longest_s, out);
    if (bill.n_pilots > 0)
        ae_buffer_printf(out, "\n      by %zu pilot point%s on this machine\n", bill.n_pilots,
                         bill.n_pilots == 1 ? "" : "s");
    else
        ae_buffer_text(out, "\n      by built-in constants\n");
    ae_buffer_printf(out, "wall time: at most ");
    ae_duration_format(ae_bill_wall_s(&bill, plan->n_ranks), out);
    ae_buffer_printf(out, " on %zu rank%s\nmemory: ", plan->n_ranks, plan->n_ranks == 1 ? "" : "s");
    write_bytes(bill.memory_bytes, out);
    ae_buffer_text(out, " a rank; disk: ");
    write_bytes(bill.disk_bytes, out);
    ae_buffer_text(out, "\n");
    write_job(plan, &bill, out);
}
