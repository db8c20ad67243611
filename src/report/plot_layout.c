/* Where the panels of heat maps stand on their page. */
#include "plot_internal.h"

#include "table_style.h"

enum {
    MAX_ACROSS = 6,
    AREA_PX = 800, /* what panels side by side share */
    MIN_PX = 110,
    MAX_PX = 440,
    GAP_PX = 15,
    EDGE_PX = 10,
    KEY_PX = 150,
    TITLE_CHARS = 20, /* a part of a title is not cut below that */
    STACKED_PX = 7    /* the height of a label that has others above and below, without space */
};

static size_t max_size(size_t a, size_t b)
{
    return a > b ? a : b;
}

static size_t clamp(size_t x, size_t lo, size_t hi)
{
    return x < lo ? lo : x > hi ? hi : x;
}

void ae_plot_layout_title(const struct ae_table *table, size_t panel, size_t first, size_t end,
                          size_t n, struct ae_buffer *out)
{
    struct ae_buffer part = {0};
    size_t line = 0;
    bool is_first = true;
    for (size_t i = first; i < end; i++) {
        if (table->panel_axes[i].n < 2)
            continue;
        ae_table_title_part(table, panel, i, n > TITLE_CHARS ? n : TITLE_CHARS, &part);
        bool is_broken = !is_first && line + 2 + part.size > n;
        ae_buffer_text(out, is_first ? "" : is_broken ? "\n" : ", ");
        line = is_first || is_broken ? part.size : line + 2 + part.size;
        ae_buffer_text(out, part.data ? part.data : "");
        is_first = false;
    }
    out->failed = out->failed || part.failed;
    ae_buffer_clear(&part);
}

/* Lines of the longest title, and characters of its longest line. */
static void measure_titles(const struct ae_table *table, size_t first, size_t end, size_t n,
                           size_t *lines, size_t *widest)
{
    struct ae_buffer title = {0};
    *lines = *widest = 0;
    for (size_t panel = 0; panel < table->n_panels; panel++) {
        size_t count = 0, line = 0;
        ae_buffer_rewind(&title);
        ae_plot_layout_title(table, panel, first, end, n, &title);
        for (size_t i = 0; i < title.size; i++) {
            count += i == 0 || title.data[i] == '\n';
            line = title.data[i] == '\n' ? 0 : line + 1;
            *widest = max_size(*widest, line);
        }
        *lines = max_size(*lines, count);
    }
    ae_buffer_clear(&title);
}

/* The most axes across that keep panels readable; a grid unless it is far too high. */
static void choose_shape(struct ae_plot_layout *l)
{
    const struct ae_table *t = l->table;
    size_t n_all = 1;
    for (size_t i = 0; i < t->n_panel_axes; i++)
        n_all *= t->panel_axes[i].n;
    l->first_across = t->n_panel_axes;
    l->n_across = 1;
    while (l->first_across > 0 && l->n_across * t->panel_axes[l->first_across - 1].n <= MAX_ACROSS)
        l->n_across *= t->panel_axes[--l->first_across].n;
    l->n_down = n_all / l->n_across;
    l->is_grid = l->n_down <= 3 * l->n_across;
    if (l->is_grid)
        return;
    for (l->n_across = 1; 2 * l->n_across * l->n_across < 3 * t->n_panels;)
        l->n_across++;
    l->n_across = clamp(l->n_across, 1, MAX_ACROSS);
    l->n_down = (t->n_panels + l->n_across - 1) / l->n_across;
}

struct ae_plot_layout ae_plot_layout_of(const struct ae_table *table, const struct ae_plot_axis *x,
                                        const struct ae_plot_axis *y, size_t key_px)
{
    struct ae_plot_layout l = {.table = table};
    size_t lines, widest, side_lines = 0, n_axes = table->n_panel_axes;
    choose_shape(&l);
    l.panel_w = clamp(AREA_PX / l.n_across, MIN_PX, MAX_PX);
    l.panel_h = clamp(l.panel_w * 3 / 4, 90, MAX_PX);
    if (l.n_down > 3)
        l.panel_h = clamp(l.panel_h, 90, clamp(720 / l.n_down, 90, MAX_PX));
    l.panel_h = max_size(l.panel_h, (key_px + l.n_down - 1) / l.n_down);
    size_t n = l.panel_w / AE_PLOT_CHAR_PX;
    measure_titles(table, l.is_grid ? l.first_across : 0, n_axes, n, &lines, &widest);
    if (l.is_grid && l.n_down > 1) {
        measure_titles(table, 0, l.first_across, 1, &side_lines, &widest); /* one value a line */
        l.panel_h = max_size(l.panel_h, widest * AE_PLOT_CHAR_PX);
        measure_titles(table, 0, l.first_across, l.panel_h / AE_PLOT_CHAR_PX, &side_lines, &widest);
    }
    size_t head = lines * AE_PLOT_LINE_PX;
    l.is_x_upright = ae_plot_axis_is_upright(x, l.panel_w);
    size_t x_px = ae_plot_axis_label_px(x), y_px = ae_plot_axis_label_px(y);
    l.x_label = l.is_x_upright ? STACKED_PX : x_px;
    l.y_label = STACKED_PX;
    l.x_room = (l.is_x_upright ? x_px : AE_PLOT_LINE_PX) + 12;
    l.gap_x = clamp(l.x_label, GAP_PX, 4 * GAP_PX); /* labels at the ends of neighbours */
    l.gap_y = l.is_grid ? GAP_PX : GAP_PX + head;
    l.left = EDGE_PX + AE_PLOT_LINE_PX + 12 + y_px + 8;
    l.top = EDGE_PX + 2 * AE_PLOT_LINE_PX + 8 + head;
    l.key_x = l.left + l.n_across * (l.panel_w + l.gap_x) + side_lines * AE_PLOT_LINE_PX + 12;
    l.width = l.key_x + KEY_PX;
    l.height = l.top + l.n_down * l.panel_h + (l.n_down - 1) * l.gap_y + l.x_room +
               2 * AE_PLOT_LINE_PX + EDGE_PX;
    return l;
}

void ae_plot_layout_place(const struct ae_plot_layout *l, size_t panel, size_t *down,
                          size_t *across)
{
    const struct ae_table *t = l->table;
    *down = l->is_grid ? 0 : panel / l->n_across;
    *across = l->is_grid ? 0 : panel % l->n_across;
    for (size_t i = 0; i < t->n_panel_axes && l->is_grid; i++) {
        size_t *place = i < l->first_across ? down : across;
        *place = *place * t->panel_axes[i].n + t->panel_digits[panel * t->n_panel_axes + i];
    }
}
