#ifndef AESWEEP_PLOT_H
#define AESWEEP_PLOT_H

/* Pictures as what gnuplot reads: a file of numbers and a script that draws them. Nothing is drawn
 * here; gnuplot.h runs the script. */

#include <stddef.h>

#include "aesweep/expr.h"
#include "aesweep/memory.h"
#include "aesweep/rows.h"
#include "aesweep/table.h"

#define AE_PLOT_FORMAT_LIST(X)                                                                     \
    X(png)                                                                                         \
    X(svg)                                                                                         \
    X(pdf)
enum ae_plot_format {
#define AE_PLOT_FORMAT_CODE(name) AE_PLOT_##name,
    AE_PLOT_FORMAT_LIST(AE_PLOT_FORMAT_CODE)
#undef AE_PLOT_FORMAT_CODE
        AE_N_PLOT_FORMATS
};
extern const char *const ae_plot_format_names[AE_N_PLOT_FORMATS + 1]; /* ended by NULL */

/* More would be too small to read on one page. */
enum { AE_PLOT_MAX_PANELS = 400, AE_PLOT_MAX_CURVES = 8 };

/* The script names its files without folders: it runs in the folder that holds them. */
struct ae_plot_files {
    enum ae_plot_format format;
    const char *data, *picture; /* borrowed */
};

/* Both are appended to; the caller clears them. */
struct ae_plot {
    struct ae_buffer data, script;
};

/*
 * Heat maps: the cells of the table that `spec` asks for, a panel for each combination of the other
 * axes, one scale of colours for all. The data are blocks for each panel, those that are empty left
 * out: cells that are numbers (x y x_lo x_hi y_lo y_hi value state), marked cells (the same, then
 * colour, glyph and its colour) and boundaries between phases (two lines x y a piece).
 * AE_EARG as ae_table_make, or for more than AE_PLOT_MAX_PANELS panels; AE_EIO, AE_ENOMEM.
 */
enum ae_status ae_plot_map(struct ae_results *results, const struct ae_table_spec *spec,
                           const struct ae_plot_files *files, struct ae_plot *plot,
                           struct ae_error *err);

/*
 * Learning curves of the done points that fit `where` (NULL: all): `value` (pmse or excess; NULL:
 * pmse) against t, a colour for each point, a stroke for each engine, the median over the
 * replicates and their range. The data are a block for each curve: t median least largest.
 * AE_EARG for another value, for more than AE_PLOT_MAX_CURVES points, or if there is no curve to
 * draw; AE_EIO, AE_ENOMEM.
 */
enum ae_status ae_plot_curves(struct ae_results *results, const char *value,
                              const struct ae_expr *where, const struct ae_plot_files *files,
                              struct ae_plot *plot, struct ae_error *err);

#endif
