/* Heat maps: from the cells of a table to the numbers that are drawn. */
#include "plot_internal.h"

#include <math.h>
#include <stdlib.h>

#define LOG_FLOOR 1e-5 /* of the largest number: log colours reach no further down */

/* Colours that differ in lightness and for colour-blind eyes (after M. Okabe, K. Ito); red and
 * black do not occur among the colours of numbers. */
const struct ae_plot_mark_info ae_plot_marks[AE_N_MARKS] = {
    [AE_MARK_NUMBER] = {"number", "", 0xffffff, 0x000000, ' '},
    [AE_MARK_DIVERGED] = {"diverged", "diverged", 0xb22222, 0xffffff, 'X'},
    [AE_MARK_PCA] = {"pca", "pca", 0x0072b2, 0xffffff, ' '},
    [AE_MARK_DISTORTED] = {"distorted", "distorted", 0x56b4e9, 0x000000, ' '},
    [AE_MARK_PARTIAL] = {"partial", "partial", 0xf0e442, 0x000000, ' '},
    [AE_MARK_NONE] = {"none", "none", 0xe69f00, 0x000000, ' '},
    [AE_MARK_MIXED] = {"mixed", "mixed", 0xcc79a7, 0x000000, '~'},
    [AE_MARK_INFINITE] = {"infinite", "infinite", 0xa0a0a0, 0x000000, ' '},
    [AE_MARK_NAN] = {"nan", "not a number", 0xcccccc, 0x000000, 'n'},
    [AE_MARK_FAILED] = {"failed", "failed", 0x000000, 0xffffff, '!'},
    [AE_MARK_MISSING] = {"missing", "not computed", 0xececec, 0x606060, '?'},
    [AE_MARK_ABSENT] = {"absent", "no such point", 0xffffff, 0x000000, ' '},
};

static enum ae_plot_mark mark_of(const struct ae_plot_map *map, const struct ae_plot_tile *tile)
{
    static const enum ae_plot_mark of_phase[AE_N_PHASES] = {[AE_PHASE_DIVERGED] = AE_MARK_DIVERGED,
                                                            [AE_PHASE_PCA] = AE_MARK_PCA,
                                                            [AE_PHASE_DISTORTED] =
                                                                AE_MARK_DISTORTED,
                                                            [AE_PHASE_PARTIAL] = AE_MARK_PARTIAL,
                                                            [AE_PHASE_NONE] = AE_MARK_NONE};
    const struct ae_cell *cell = tile->cell, *phase = tile->phase;
    switch (cell->state) {
    case AE_CELL_ABSENT:
        return AE_MARK_ABSENT;
    case AE_CELL_MISSING:
        return AE_MARK_MISSING;
    case AE_CELL_FAILED:
        return AE_MARK_FAILED;
    case AE_CELL_MIXED:
        return AE_MARK_MIXED;
    case AE_CELL_VALUE:
        break;
    }
    if (map->table->is_phase)
        return of_phase[(size_t)cell->x];
    if (phase->state == AE_CELL_VALUE && phase->x == (double)AE_PHASE_DIVERGED)
        return AE_MARK_DIVERGED;
    if (isnan(cell->x))
        return AE_MARK_NAN;
    return isinf(cell->x) ? AE_MARK_INFINITE : AE_MARK_NUMBER;
}

/* Colours are log if the numbers span two decades. Those that are as good as zero then share the
 * lowest colour, or they would leave none to the others. */
static void choose_colours(struct ae_plot_map *map, double lo, double hi, double least_positive)
{
    double floor_at = LOG_FLOOR * hi;
    map->lo = lo;
    map->hi = hi;
    map->is_log = hi > 0.0 && lo >= -floor_at && hi >= 100.0 * fmax(least_positive, floor_at);
    if (!map->is_log)
        return;
    map->lo = fmax(least_positive, floor_at);
    map->is_cut = lo < map->lo;
}

/* What occurs, and the range of the numbers. */
static void survey(struct ae_plot_map *map)
{
    const struct ae_lines *lines = &map->tiles.values;
    double lo = (double)INFINITY, hi = -(double)INFINITY, least_positive = (double)INFINITY;
    for (size_t i = 0; i < lines->first[lines->n_lines]; i++) {
        const struct ae_cell *cell = map->tiles.tiles[i].cell;
        enum ae_plot_mark mark = mark_of(map, &map->tiles.tiles[i]);
        map->n_of[mark]++;
        map->n_short += cell->n_done > 0 && cell->n_failed + cell->n_missing > 0;
        if (mark != AE_MARK_NUMBER)
            continue;
        lo = fmin(lo, cell->x);
        hi = fmax(hi, cell->x);
        least_positive = cell->x > 0.0 ? fmin(least_positive, cell->x) : least_positive;
    }
    choose_colours(map, lo, hi, least_positive);
}

/* ---- blocks ---- */

static void put(double x, const char *after, struct ae_buffer *out)
{
    ae_plot_number(x, out);
    ae_buffer_text(out, after);
}

static void tile_line(const struct ae_plot_map *map, size_t row, const struct ae_plot_tile *tile,
                      enum ae_plot_mark mark, struct ae_buffer *out)
{
    const struct ae_plot_mark_info *info = &ae_plot_marks[mark];
    put(tile->at, " ", out);
    put(map->y.at[row], " ", out);
    put(tile->lo, " ", out);
    put(tile->hi, " ", out);
    put(map->y.lo[row], " ", out);
    put(map->y.hi[row], " ", out);
    if (tile->cell->state == AE_CELL_VALUE && !map->table->is_phase)
        put(tile->cell->x, " ", out);
    else
        ae_buffer_text(out, "nan ");
    ae_buffer_text(out, info->word);
    if (mark != AE_MARK_NUMBER)
        ae_buffer_printf(out, " %u \"%c\" %u", info->colour, info->glyph, info->ink);
    ae_buffer_text(out, "\n");
}

/* One piece of a boundary, from (x0, y0) to (x1, y1). */
static void boundary_line(double x0, double y0, double x1, double y1, struct ae_buffer *out)
{
    put(x0, " ", out);
    put(y0, "\n", out);
    put(x1, " ", out);
    put(y1, "\n\n", out);
}

/* Do both cells have a phase (or disagree within), and not the same? */
static bool is_boundary(const struct ae_cell *a, const struct ae_cell *b)
{
    bool is_known = a->state >= AE_CELL_MIXED && b->state >= AE_CELL_MIXED;
    return is_known && (a->state != b->state || (a->state == AE_CELL_VALUE && a->x != b->x));
}

/* Between a tile of `row` and those above it, of the next row. *next is the first of the n tiles
 * there that may touch it. */
static void boundary_above(const struct ae_plot_map *map, size_t row,
                           const struct ae_plot_tile *tile, size_t n,
                           const struct ae_plot_tile *above, size_t *next, struct ae_buffer *out)
{
    while (*next < n && above[*next].hi <= tile->lo)
        ++*next;
    for (size_t k = *next; k < n && above[k].lo < tile->hi; k++)
        if (is_boundary(tile->phase, above[k].phase))
            boundary_line(fmax(tile->lo, above[k].lo), map->y.hi[row], fmin(tile->hi, above[k].hi),
                          map->y.hi[row], out);
}

/* Where the phases of tiles that touch differ. */
static void boundary_lines(const struct ae_plot_map *map, size_t panel, struct ae_buffer *out)
{
    const size_t n_rows = map->y.of->n, *order = map->y.order;
    for (size_t r = 0; r < n_rows; r++) {
        const struct ae_plot_tile *tiles, *above = NULL;
        size_t row = order[r], next = 0, n_above = 0;
        size_t n = ae_plot_tiles_of(&map->tiles, panel * n_rows + row, &tiles);
        if (r + 1 < n_rows)
            n_above = ae_plot_tiles_of(&map->tiles, panel * n_rows + order[r + 1], &above);
        for (size_t k = 0; k < n; k++) {
            if (k + 1 < n && is_boundary(tiles[k].phase, tiles[k + 1].phase))
                boundary_line(tiles[k].hi, map->y.lo[row], tiles[k].hi, map->y.hi[row], out);
            boundary_above(map, row, &tiles[k], n_above, above, &next, out);
        }
    }
}

/* Ends a block that began at `from` with a title; an empty one leaves nothing behind. Returns its
 * number or -1. */
static int end_block(struct ae_plot_map *map, size_t from, size_t begun, struct ae_buffer *out)
{
    if (out->failed || out->size == begun) {
        if (!out->failed) {
            out->size = from;
            out->data[from] = '\0';
        }
        return -1;
    }
    ae_buffer_text(out, "\n\n");
    return map->n_blocks++;
}

static void title_line(const struct ae_plot_map *map, size_t panel, const char *what,
                       struct ae_buffer *out)
{
    const struct ae_table *t = map->table;
    ae_buffer_printf(out, "# %s", what);
    for (size_t i = 0; i < t->n_panel_axes; i++) {
        ae_buffer_printf(out, "%s%s=", i > 0 ? ", " : ": ",
                         ae_param_table[t->panel_axes[i].id].name);
        ae_value_format(t->panel_axes[i].id, ae_table_panel_value(t, panel, i), out);
    }
    ae_buffer_text(out, "\n");
}

/* Cells that are numbers, or those that are marked. */
static int cell_block(struct ae_plot_map *map, size_t panel, bool is_marked, struct ae_buffer *out)
{
    const struct ae_table *t = map->table;
    size_t from = out->size;
    title_line(map, panel, is_marked ? "marked cells" : "numbers", out);
    size_t begun = out->size;
    for (size_t row = 0; row < t->rows.n; row++) {
        const struct ae_plot_tile *tiles;
        size_t n = ae_plot_tiles_of(&map->tiles, panel * t->rows.n + row, &tiles);
        for (size_t k = 0; k < n; k++) {
            enum ae_plot_mark mark = mark_of(map, &tiles[k]);
            if (mark != AE_MARK_ABSENT && (mark != AE_MARK_NUMBER) == is_marked)
                tile_line(map, row, &tiles[k], mark, out);
        }
    }
    return end_block(map, from, begun, out);
}

static void write_data(struct ae_plot_map *map, struct ae_buffer *out)
{
    ae_buffer_printf(out,
                     "# %s\n# %s; cells: x y x_lo x_hi y_lo y_hi value state; marked cells also: "
                     "colour glyph ink; boundary: lines between phases\n",
                     map->origin.data, map->table->value_name);
    for (size_t panel = 0; panel < map->table->n_panels; panel++) {
        struct ae_plot_blocks *blocks = &map->blocks[panel];
        blocks->numbers = cell_block(map, panel, false, out);
        blocks->marks = cell_block(map, panel, true, out);
        size_t from = out->size;
        title_line(map, panel, "boundary", out);
        size_t begun = out->size;
        boundary_lines(map, panel, out);
        blocks->boundary = end_block(map, from, begun, out);
    }
}

/* ---- all together ---- */

static enum ae_status prepare(struct ae_plot_map *map, struct ae_results *results,
                              const struct ae_expr *where, struct ae_error *err)
{
    const struct ae_sweep *sweep = ae_results_sweep(results);
    const struct ae_table *t = map->table;
    if (t->n_panels > AE_PLOT_MAX_PANELS)
        return ae_fail(err, AE_EARG,
                       "%zu panels are too many for one page (at most %d): choose with --where, "
                       "or other axes with --rows and --cols",
                       t->n_panels, AE_PLOT_MAX_PANELS);
    map->blocks = ae_calloc(t->n_panels, 1, sizeof *map->blocks);
    enum ae_status rc = map->blocks ? AE_OK : ae_fail_memory(err, t->n_panels);
    if (rc == AE_OK)
        rc = ae_plot_axis_init(&map->x, &t->cols, sweep, err);
    if (rc == AE_OK)
        rc = ae_plot_axis_init(&map->y, &t->rows, sweep, err);
    if (rc == AE_OK)
        rc = ae_plot_tiles_init(&map->tiles, t, map->phases, &map->x, results, where, err);
    if (rc == AE_OK)
        rc = ae_origin_text(sweep, &map->origin, err);
    return rc;
}

enum ae_status ae_plot_map(struct ae_results *results, const struct ae_table_spec *spec,
                           const struct ae_plot_files *files, struct ae_plot *plot,
                           struct ae_error *err)
{
    struct ae_table table = {0}, phases = {0};
    struct ae_plot_map map = {.table = &table, .phases = &phases};
    struct ae_table_spec phase_spec = *spec;
    phase_spec.value = "phase";
    enum ae_status rc = ae_table_make(&table, results, spec, err);
    if (rc == AE_OK && table.is_phase)
        map.phases = &table;
    else if (rc == AE_OK)
        rc = ae_table_make(&phases, results, &phase_spec, err);
    if (rc == AE_OK)
        rc = prepare(&map, results, spec->where, err);
    if (rc == AE_OK) {
        survey(&map);
        write_data(&map, &plot->data);
        ae_plot_map_script(&map, files, &plot->script);
        rc = ae_buffer_status(&plot->data, err);
    }
    if (rc == AE_OK)
        rc = ae_buffer_status(&plot->script, err);
    free(map.blocks);
    ae_plot_tiles_clear(&map.tiles);
    ae_plot_axis_clear(&map.x);
    ae_plot_axis_clear(&map.y);
    ae_buffer_clear(&map.origin);
    ae_table_clear(&table);
    ae_table_clear(&phases);
    return rc;
}
