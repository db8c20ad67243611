#ifndef AESWEEP_EXPR_H
#define AESWEEP_EXPR_H

/*
 * The one language of conditions: --where, --only and `exclude: - if:`.
 *     activation=erf, lr<=1, K in [1,2]
 * Comma means and; = != < <= > >= in; reals match to 1e-9; values are YAML 1.2 values. Lists
 * (spikes=[4,2]) compare with = and != only. `replicate` may be asked for like a parameter.
 */

#include <stdbool.h>

#include "aesweep/params.h"

struct ae_expr;

/* AE_EARG with a message that names the column (from 1), what stands there and the nearest right
 * thing. */
enum ae_status ae_expr_new(struct ae_expr **expr, const char *text, struct ae_error *err);
void ae_expr_free(struct ae_expr *expr);
bool ae_expr_holds(const struct ae_expr *expr, const struct ae_params *p); /* NULL holds always */
bool ae_expr_asks_replicate(const struct ae_expr *expr); /* Does it depend on the replicate? */

#endif
