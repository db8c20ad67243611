#ifndef AESWEEP_PLOT_CURVES_H
#define AESWEEP_PLOT_CURVES_H

/* Learning curves: plot_curves.c gathers them, plot_curves_script.c draws them. */

#include "plot_internal.h"

enum { AE_CURVES_MAX_LEVELS = 16, AE_CURVES_N_ENGINES = 8 };

/* Replicates of one point and engine. */
struct ae_curve {
    size_t point; /* which label and colour */
    int engine;
    size_t n, capacity; /* rows */
    size_t *rows;
    bool is_band; /* more than one of them is a computation of its own */
    int block;    /* in the data; -1: nothing to draw */
};

/* What one picture shows. */
struct ae_curves {
    struct ae_results *results;
    size_t column; /* of the record's curve */
    const char *value;
    bool is_varied[AE_N_PARAMS];
    struct ae_params first; /* of the first row that is drawn */
    size_t n_points;
    char *labels[AE_PLOT_MAX_CURVES];
    size_t n_curves;
    struct ae_curve curves[AE_PLOT_MAX_CURVES * AE_CURVES_N_ENGINES];
    size_t n_left_out; /* rows that fit but have no curve */
    size_t n_levels;
    struct ae_level {
        size_t m;
        double error;
    } levels[AE_CURVES_MAX_LEVELS]; /* errors of PCA */
    int n_blocks;
    double t_lo, t_hi, lo, hi; /* of what is drawn */
};

/* The range of what is drawn grows by the levels. */
void ae_curves_script(struct ae_curves *c, const struct ae_plot_files *files, const char *name,
                      const char *origin, struct ae_buffer *out);

#endif
