/* Space-filling designs: the points of a Sobol sequence. */
#include "sweep_private.h"

#include <math.h>
#include <stdlib.h>

#include <gsl/gsl_qrng.h>

#include "aesweep/memory.h"
#include "aesweep/number.h"

/* Where u of (0, 1) lies. An integer stands for the interval of length 1 around it, so that the
 * ends of a range come as often as what lies between. */
static double value_at(const struct ae_range *range, double u)
{
    double half = range->is_integer ? 0.5 : 0.0;
    double from = range->from - half, to = range->to + half, x;
    if (range->is_log)
        x = exp((1.0 - u) * log(from) + u * log(to));
    else
        x = (1.0 - u) * from + u * to;
    x = range->is_integer ? round(x) : ae_number_round12(x);
    return fmin(fmax(x, range->from), range->to);
}

enum ae_status ae_sample_fill(struct ae_axis *members, const struct ae_range *ranges,
                              size_t n_members, size_t n, struct ae_error *err)
{
    _Static_assert(AE_N_PARAMS <= 40, "GSL's Sobol sequence has 40 dimensions");
    double u[AE_N_PARAMS];
    for (size_t k = 0; k < n_members; k++) {
        members[k].n = n;
        members[k].is_log = ranges[k].is_log;
        members[k].values = ae_calloc(n, 1, sizeof *members[k].values);
        if (!members[k].values)
            return ae_fail_memory(err, n * sizeof *members[k].values);
    }
    gsl_qrng *sobol = gsl_qrng_alloc(gsl_qrng_sobol, (unsigned)n_members);
    if (!sobol)
        return ae_fail_memory(err, n_members * sizeof *u);
    for (size_t i = 0; i < n; i++) {
        (void)gsl_qrng_get(sobol, u); /* fails only after 2^30 points */
        for (size_t k = 0; k < n_members; k++)
            members[k].values[i].x = value_at(&ranges[k], u[k]);
    }
    gsl_qrng_free(sobol);
    return ae_axis_merge_repeats(members, n_members, err);
}
