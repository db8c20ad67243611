/* What heat maps are made of: cells of the table, and between them what refine has added to the
 * rows, as tiles that meet halfway. */
#include "plot_internal.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

/* Tiles stand from left to right. */
static void sort(size_t n, struct ae_plot_tile *tiles)
{
    for (size_t k = 1; k < n; k++) { /* by insertion: they mostly do already */
        struct ae_plot_tile tile = tiles[k];
        size_t j = k;
        for (; j > 0 && tiles[j - 1].at > tile.at; j--)
            tiles[j] = tiles[j - 1];
        tiles[j] = tile;
    }
}

/* One row of a panel. The outer edges are those of the axis. */
static void make_line(const struct ae_plot_axis *x, size_t n, const struct ae_line_point *values,
                      const struct ae_line_point *phases, struct ae_plot_tile *tiles)
{
    for (size_t k = 0; k < n; k++) {
        bool is_added = values[k].col == SIZE_MAX;
        tiles[k] = (struct ae_plot_tile){.at = is_added ? values[k].at.x : x->at[values[k].col],
                                         .is_added = is_added,
                                         .cell = &values[k].cell,
                                         .phase = &phases[k].cell};
    }
    sort(n, tiles);
    for (size_t k = 0; k < n; k++) {
        tiles[k].lo = k == 0 ? x->from : tiles[k - 1].hi;
        tiles[k].hi = k + 1 == n ? x->to : ae_plot_axis_middle(x, tiles[k].at, tiles[k + 1].at);
    }
}

enum ae_status ae_plot_tiles_init(struct ae_plot_tiles *tiles, const struct ae_table *table,
                                  const struct ae_table *phases, const struct ae_plot_axis *x,
                                  struct ae_results *results, const struct ae_expr *where,
                                  struct ae_error *err)
{
    *tiles = (struct ae_plot_tiles){.tiles = NULL};
    enum ae_status rc = ae_lines_make(&tiles->values, table, results, where, err);
    if (rc == AE_OK)
        rc = ae_lines_make(&tiles->phases, phases, results, where, err);
    if (rc != AE_OK)
        return rc;
    size_t n = tiles->values.first[tiles->values.n_lines];
    tiles->tiles = ae_calloc(n, 1, sizeof *tiles->tiles);
    if (!tiles->tiles)
        return ae_fail_memory(err, n * sizeof *tiles->tiles);
    for (size_t line = 0; line < tiles->values.n_lines; line++) {
        size_t begin = tiles->values.first[line], end = tiles->values.first[line + 1];
        make_line(x, end - begin, tiles->values.points + begin, tiles->phases.points + begin,
                  tiles->tiles + begin);
    }
    return AE_OK;
}

void ae_plot_tiles_clear(struct ae_plot_tiles *tiles)
{
    ae_lines_clear(&tiles->values);
    ae_lines_clear(&tiles->phases);
    free(tiles->tiles);
}

size_t ae_plot_tiles_of(const struct ae_plot_tiles *tiles, size_t line,
                        const struct ae_plot_tile **first)
{
    *first = tiles->tiles + tiles->values.first[line];
    return tiles->values.first[line + 1] - tiles->values.first[line];
}
