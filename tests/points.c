/* Points for tests; see points.h. */
#include "points.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aesweep/order.h"
#include "aesweep/spectrum.h"

static void give_up(const char *what, const char *why)
{
    fprintf(stderr, "%s: %s\n", what, why);
    abort();
}

struct ae_params point_with(const char *settings, size_t n_spikes, const double *spikes)
{
    struct ae_params p;
    char name[64], value[64];
    int length = 0;
    ae_params_init(&p);
    p.spikes = (struct ae_reals){n_spikes, spikes};
    for (const char *at = settings; sscanf(at, " %63[^= ]=%63s%n", name, value, &length) == 2;
         at += length) {
        enum ae_param_id id = ae_param_find(name);
        struct ae_value parsed;
        struct ae_error err;
        if (id == AE_N_PARAMS)
            give_up(name, "no such parameter");
        if (ae_value_parse(id, value, &parsed, &err) != AE_OK)
            give_up(name, err.message);
        ae_param_set(&p, id, parsed);
    }
    return p;
}

struct ae_params point_of(const char *settings)
{
    static const double spikes[] = {4, 2.5, 1.5, 0.8};
    return point_with(settings, 4, spikes);
}

struct ae_record run_point(const struct ae_params *p)
{
    struct ae_record record = {0};
    struct ae_host host = {0};
    struct ae_error err = {.message = ""};
    if (ae_params_check(p, NULL, 0, &err) != AE_OK ||
        ae_engine_run(p, &host, &record, &err) != AE_OK)
        give_up("point failed", err.message);
    return record;
}

double curve_at(const struct ae_record *record, double t, size_t column)
{
    size_t best = 0;
    for (size_t j = 1; j < record->n_times; j++) {
        double now = fabs(record->curve[j * record->n_cols] - t);
        if (now < fabs(record->curve[best * record->n_cols] - t))
            best = j;
    }
    return record->curve[best * record->n_cols + column];
}

double half_pmse(struct ae_flow *flow, const struct ae_params *p, const double *y)
{
    const struct ae_order *order = NULL;
    struct ae_spectrum spectrum;
    if (ae_spectrum_init(&spectrum, p, NULL) != AE_OK)
        give_up("half_pmse", "no spectrum");
    ae_flow_network(flow, 0.0, y, &order);
    double half = 0.5 * (ae_order_excess(order, &spectrum, 0) + spectrum.trace);
    ae_spectrum_clear(&spectrum);
    return half;
}
