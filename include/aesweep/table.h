#ifndef AESWEEP_TABLE_H
#define AESWEEP_TABLE_H

/* One value over a grid: rows, columns, and a panel for each combination of the other axes. */

#include <stdbool.h>
#include <stddef.h>

#include "aesweep/column.h"
#include "aesweep/expr.h"
#include "aesweep/output.h"
#include "aesweep/reduce.h"
#include "aesweep/rows.h"

/* What to show. NULL texts ask for the sweep's own choice, else the default: value phase, columns
 * the last axis with more than one value, rows the one before, the median of the replicates. */
struct ae_table_spec {
    const char *value, *rows, *cols;
    const char *reduce; /* of phases also `fractions`: what share of the replicates each has */
    const char *over; /* axes to reduce over besides the replicates, parted by commas; NULL: none */
    const struct ae_expr *where; /* NULL: all points */
};

/* An axis of the sweep; its values that occur among the points shown. */
struct ae_table_axis {
    enum ae_param_id id; /* AE_N_PARAMS: no such axis, one unnamed row or column */
    size_t n;            /* at least 1 */
    bool is_rising;      /* values are numbers and rise */
    struct ae_value *values;
};

enum ae_cell_state {
    AE_CELL_ABSENT,  /* no such point: excluded, or not asked for */
    AE_CELL_MISSING, /* not computed yet */
    AE_CELL_FAILED,
    AE_CELL_MIXED, /* phases only: no phase has more replicates than all others */
    AE_CELL_VALUE
};
struct ae_cell {
    enum ae_cell_state state;
    double x;                           /* of AE_CELL_VALUE: the number; of phases the enum */
    size_t n_done, n_failed, n_missing; /* replicates */
    size_t n_nan;                       /* done, but left out of the number */
    uint32_t votes[AE_N_PHASES];        /* of phases: replicates in each */
};

struct ae_table {
    char *name;       /* of the sweep */
    char *value_name; /* `excess` */
    struct ae_value_ref value;
    bool is_phase;
    bool has_fractions; /* of phases: cells show the share of each instead of the majority */
    enum ae_reduce reduce;
    char *over;          /* `init, ` axes reduced over; "" if there are none */
    size_t n_replicates; /* values in a cell, at most */
    struct ae_table_axis rows, cols;
    size_t n_panel_axes;
    struct ae_table_axis panel_axes[AE_N_PARAMS]; /* in the order of the sweep */
    size_t n_panels;
    size_t *panel_digits;  /* [n_panels][n_panel_axes] which value of each panel axis */
    struct ae_cell *cells; /* [n_panels][rows.n][cols.n] */
};

/*
 * Lays out the table. AE_EARG for a value, axis or reduction that does not exist, or if no point is
 * left to show. ae_table_clear in any case.
 */
enum ae_status ae_table_make(struct ae_table *table, struct ae_results *results,
                             const struct ae_table_spec *spec, struct ae_error *err);
void ae_table_clear(struct ae_table *table);

const struct ae_cell *ae_table_cell(const struct ae_table *table, size_t panel, size_t row,
                                    size_t col);
/* The value of panel axis i in this panel. */
struct ae_value ae_table_panel_value(const struct ae_table *table, size_t panel, size_t i);

#define AE_TABLE_FORMAT_LIST(X)                                                                    \
    X(text)                                                                                        \
    X(csv)                                                                                         \
    X(markdown)                                                                                    \
    X(latex)                                                                                       \
    X(json)
enum ae_table_format {
#define AE_TABLE_FORMAT_CODE(name) AE_TABLE_##name,
    AE_TABLE_FORMAT_LIST(AE_TABLE_FORMAT_CODE)
#undef AE_TABLE_FORMAT_CODE
        AE_N_TABLE_FORMATS
};
extern const char *const ae_table_format_names[AE_N_TABLE_FORMATS + 1]; /* ended by NULL */

/* Writes the table; `width` is the longest line that text may have (at least 60). */
enum ae_status ae_table_write(const struct ae_table *table, enum ae_table_format format,
                              size_t width, struct ae_output *out, struct ae_error *err);

/* ---- for the writers ---- */

/* `0.01`, `erf`, `[4, 2.5]`; empty for an axis that does not exist. Appended to out. */
void ae_table_label(const struct ae_table_axis *axis, size_t i, struct ae_buffer *out);
enum { AE_TABLE_NUMBER_SIZE = 24 };
/* `median`; of phases `majority` or `fractions`. */
const char *ae_table_reduction(const struct ae_table *table);
/* Do the replicates of this cell differ in phase? */
bool ae_table_disagrees(const struct ae_cell *cell);
/* `pca 0.75, partial 0.25`, the largest first; appended to out. */
void ae_table_fractions(const struct ae_cell *cell, struct ae_buffer *out);
/* Three significant digits: `0.0123`, `1.2e-8`, `inf`. Returns text. */
char *ae_table_number(double x, char text[AE_TABLE_NUMBER_SIZE]);
void ae_table_text(const struct ae_table *table, size_t width, struct ae_buffer *out);
void ae_table_csv(const struct ae_table *table, struct ae_buffer *out);
void ae_table_json(const struct ae_table *table, struct ae_buffer *out);
void ae_table_markdown(const struct ae_table *table, struct ae_buffer *out);
void ae_table_latex(const struct ae_table *table, struct ae_buffer *out);

#endif
