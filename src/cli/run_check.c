/* The end of a run with --check-tol: some points once more, with a smaller tolerance. */
#include "run_check.h"

#include <stdio.h>

#include "aesweep/check_tol.h"
#include "aesweep/number.h"
#include "aesweep/point.h"
#include "cli.h"

enum ae_status ae_run_check_read(const struct ae_args *args, double *fraction, struct ae_error *err)
{
    const char *text = ae_args_value(args, "check-tol");
    *fraction = 0.0;
    if (text && (!ae_number_parse(text, fraction) || !(*fraction > 0.0 && *fraction <= 1.0)))
        return ae_fail(err, AE_EARG,
                       "--check-tol: '%.60s' is not allowed; allowed: a number > 0, up to 1, such "
                       "as 0.05 for a twentieth of the points",
                       text);
    return AE_OK;
}

static const char *plural(size_t n)
{
    return n == 1 ? "" : "s";
}

static void write_change(const char *what, const struct ae_check_change *largest,
                         struct ae_buffer *out)
{
    struct ae_buffer text = {0};
    if (!largest->point[0])
        return;
    ae_buffer_printf(&text, "  %-6s changes by %.2g at most: at t = %.4g of %s", what,
                     largest->change, largest->t, largest->point);
    ae_wrap(text.data ? text.data : "", 0, 9, out);
    out->failed = out->failed || text.failed;
    ae_buffer_clear(&text);
}

static void write_report(const struct ae_check_tol *check, struct ae_buffer *out)
{
    const struct ae_check_counts *n = ae_check_tol_counts(check);
    ae_buffer_printf(out, "check of tol: %zu of %zu points of engine ode once more, at tol/100\n",
                     n->n_checked + n->n_failed, n->n_points);
    write_change("pmse", &n->pmse, out);
    write_change("excess", &n->excess, out);
    if (n->n_checked > 0 && n->n_flipped == 0)
        ae_buffer_text(out, "  phase  changes nowhere\n");
    else if (n->n_checked > 0)
        ae_buffer_printf(out, "  phase  changes at %zu point%s: a smaller tol decides\n",
                         n->n_flipped, plural(n->n_flipped));
    if (n->n_failed > 0)
        ae_buffer_printf(out, "  %zu point%s failed with the smaller tol\n", n->n_failed,
                         plural(n->n_failed));
    ae_buffer_text(out, ae_check_tol_news(check));
    if (n->n_exact > 0)
        ae_buffer_printf(out, "  %zu point%s not checked: tol is the smallest already\n",
                         n->n_exact, plural(n->n_exact));
    if (n->n_simulated > 0)
        ae_buffer_printf(out, "  %zu simulation%s not checked: they have no tol\n", n->n_simulated,
                         plural(n->n_simulated));
}

/* The other ranks are waiting. */
static enum ae_status run_check(struct ae_farm *farm, struct ae_check_tol *check, double limit_s,
                                struct ae_error *err)
{
    struct ae_farm_source source = ae_check_tol_source(check, limit_s);
    struct ae_buffer text = {0};
    enum ae_status rc = ae_farm_run(farm, ae_point_run, NULL, &source, err);
    if (rc == AE_OK || rc == AE_ESTOP) {
        write_report(check, &text);
        (void)fputs(text.failed ? "check of tol: out of memory\n" : text.data, stderr);
    }
    if (rc == AE_ESTOP)
        (void)fprintf(stderr, "stopped early; the same command checks again\n");
    ae_buffer_clear(&text);
    return rc;
}

enum ae_status ae_run_check(struct ae_farm *farm, const struct ae_run_check *how, enum ae_status rc,
                            bool *is_flipped, struct ae_error *err)
{
    struct ae_check_tol *check = NULL;
    struct ae_error agree_error = {0};
    if (rc == AE_OK)
        rc = ae_check_tol_new(&check, how->sweep, how->selection, how->store, how->fraction,
                              how->is_unfolded, err);
    int go_on = rc == AE_OK;
    enum ae_status agreed = ae_farm_agree(farm, &go_on, &agree_error);
    if (rc == AE_OK && agreed != AE_OK) {
        rc = agreed;
        *err = agree_error;
    }
    if (rc == AE_OK) {
        rc = run_check(farm, check, how->limit_s, err);
        *is_flipped = ae_check_tol_counts(check)->n_flipped > 0;
    }
    ae_check_tol_free(check);
    return rc;
}

void ae_run_check_follow(struct ae_farm *farm)
{
    int go_on = 0;
    if (ae_farm_agree(farm, &go_on, NULL) == AE_OK && go_on)
        (void)ae_farm_run(farm, ae_point_run, NULL, NULL, NULL);
}
