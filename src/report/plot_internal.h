#ifndef AESWEEP_PLOT_INTERNAL_H
#define AESWEEP_PLOT_INTERNAL_H

/* What the files of plot share: axes as places, the page, pieces of script. */

#include "aesweep/lines.h"
#include "aesweep/origin.h"
#include "aesweep/plot.h"

/* ---- plot_axis.c: where the values of an axis lie ---- */

/* Numbers lie where they are, on a linear or a log scale; anything else at 1, 2, ... */
struct ae_plot_axis {
    const struct ae_table_axis *of; /* borrowed */
    bool is_number, is_log;
    size_t *order;        /* [n] which value comes k-th along the axis */
    double *at, *lo, *hi; /* [n] of value i: its place and the edges of its cell */
    double from, to;      /* the ends of the axis */
};
/* Numbers are log where the sweep says so of this axis, else if they are spaced like it. AE_ENOMEM;
 * ae_plot_axis_clear in any case. */
enum ae_status ae_plot_axis_init(struct ae_plot_axis *axis, const struct ae_table_axis *of,
                                 const struct ae_sweep *sweep, struct ae_error *err);
/* Where cells at a and b meet. */
double ae_plot_axis_middle(const struct ae_plot_axis *axis, double a, double b);
void ae_plot_axis_clear(struct ae_plot_axis *axis);
/* Pixels that the widest label takes. */
size_t ae_plot_axis_label_px(const struct ae_plot_axis *axis);
/* Must the labels stand upright to fit below an axis that long? */
bool ae_plot_axis_is_upright(const struct ae_plot_axis *axis, size_t length_px);
/*
 * `("10^{-2}" 0.01, ...)`: as many labels as fit into `length_px` if each takes `label_px`;
 * without labels the same marks if not named.
 */
void ae_plot_axis_tics(const struct ae_plot_axis *axis, size_t length_px, size_t label_px,
                       bool is_named, struct ae_buffer *out);

/* `"10^{-2}" 1e-2, ...`: the powers of ten from lo > 0 to hi, at most n_max with a label. */
void ae_plot_decades(double lo, double hi, size_t n_max, bool is_named, struct ae_buffer *out);

/* ---- plot_tiles.c: what heat maps are made of ---- */

/* A cell, or a point that refine has added to its row; from lo to hi across. */
struct ae_plot_tile {
    double at, lo, hi;
    bool is_added;
    const struct ae_cell *cell, *phase;
};
struct ae_plot_tiles {
    struct ae_lines values, phases; /* what the tiles point into */
    struct ae_plot_tile *tiles;     /* in the order of the lines' points, but from left to right */
};
/* Both tables have the same cells. AE_ENOMEM, AE_EIO; ae_plot_tiles_clear in any case. */
enum ae_status ae_plot_tiles_init(struct ae_plot_tiles *tiles, const struct ae_table *table,
                                  const struct ae_table *phases, const struct ae_plot_axis *x,
                                  struct ae_results *results, const struct ae_expr *where,
                                  struct ae_error *err);
void ae_plot_tiles_clear(struct ae_plot_tiles *tiles);
/* How many tiles line panel * rows.n + row has, and the first of them. */
size_t ae_plot_tiles_of(const struct ae_plot_tiles *tiles, size_t line,
                        const struct ae_plot_tile **first);

/* ---- plot_page.c: what every picture has ---- */

enum { AE_PLOT_CHAR_PX = 7, AE_PLOT_LINE_PX = 16 };

/* "text" for gnuplot; nothing in it is markup. Appended. */
void ae_plot_quote(const char *text, struct ae_buffer *out);
/* A number as gnuplot and people read it back exactly; nan stays nan. */
void ae_plot_number(double x, struct ae_buffer *out);
/* Terminal of that size, output, encoding; to be followed by plots. */
void ae_plot_open(const struct ae_plot_files *files, size_t width_px, size_t height_px,
                  struct ae_buffer *script);
/* The perceptually uniform colours from dark blue to yellow. */
void ae_plot_palette(struct ae_buffer *script);

/* ---- plot_layout.c: where the panels of heat maps stand ---- */

/* Grid: combinations of the first axes down, of the others across, with headings at the borders.
 * Wrapped: one panel after the other, each with its own title. */
struct ae_plot_layout {
    const struct ae_table *table;
    bool is_grid;
    size_t first_across;     /* grid: panel axes from here on run across */
    size_t n_down, n_across; /* panels */
    size_t panel_w, panel_h; /* of the frame of a panel, in pixels, as all below */
    size_t gap_x, gap_y;     /* between frames */
    size_t left, top;        /* of the first frame */
    size_t key_x;            /* where the key begins */
    size_t width, height;    /* of the page */
    size_t x_label, y_label; /* room that a label of the axis takes along it */
    size_t x_room;           /* ... and below the frames */
    bool is_x_upright;       /* labels of the x axis */
};
/* n_key_px: how high the key is. */
struct ae_plot_layout ae_plot_layout_of(const struct ae_table *table, const struct ae_plot_axis *x,
                                        const struct ae_plot_axis *y, size_t key_px);
void ae_plot_layout_place(const struct ae_plot_layout *layout, size_t panel, size_t *down,
                          size_t *across);
/* Values of the panel axes from `first` to `end` that have more than one: `tied=true, bias=none`,
 * in lines of about n characters. Appended. */
void ae_plot_layout_title(const struct ae_table *table, size_t panel, size_t first, size_t end,
                          size_t n, struct ae_buffer *out);

/* ---- plot_map.c: the script of heat maps ---- */

/* How a cell is drawn. */
enum ae_plot_mark {
    AE_MARK_NUMBER, /* in the colour of its value */
    AE_MARK_DIVERGED,
    AE_MARK_PCA,
    AE_MARK_DISTORTED,
    AE_MARK_PARTIAL,
    AE_MARK_NONE,
    AE_MARK_MIXED,
    AE_MARK_INFINITE,
    AE_MARK_NAN,
    AE_MARK_FAILED,
    AE_MARK_MISSING,
    AE_MARK_ABSENT,
    AE_N_MARKS
};
struct ae_plot_mark_info {
    const char *word;    /* in the data */
    const char *meaning; /* in the key */
    unsigned colour, ink;
    char glyph;
};
extern const struct ae_plot_mark_info ae_plot_marks[AE_N_MARKS];

/* Blocks of the data file that a panel has; -1: none. */
struct ae_plot_blocks {
    int numbers, marks, boundary;
};
/* All that the script needs to know. */
struct ae_plot_map {
    const struct ae_table *table, *phases; /* the same cells */
    struct ae_plot_axis x, y;
    struct ae_plot_tiles tiles;
    struct ae_plot_blocks *blocks; /* [n_panels] */
    int n_blocks;
    size_t n_of[AE_N_MARKS]; /* cells drawn like that */
    size_t n_short;          /* cells that lack some of their replicates */
    double lo, hi;           /* of the colours */
    bool is_log;             /* the colours */
    bool is_cut;             /* some numbers are lower than lo */
    struct ae_buffer origin;
};
void ae_plot_map_script(const struct ae_plot_map *map, const struct ae_plot_files *files,
                        struct ae_buffer *script);

#endif
