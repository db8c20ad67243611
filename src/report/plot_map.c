/* Heat maps: the script that draws them. */
#include "plot_internal.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "table_style.h"

enum { KEY_BOX_PX = 12, KEY_BAR_PX = 150, GLYPH_PX = 9 };

/* What the writers below hand on. */
struct page {
    const struct ae_plot_map *map;
    struct ae_plot_layout layout;
    struct ae_buffer *out;
};

/* Pixels from the left and from the top as fractions of the page. */
static double across(const struct page *page, size_t px)
{
    return (double)px / (double)page->layout.width;
}

static double up(const struct page *page, size_t px_from_top)
{
    return 1.0 - (double)px_from_top / (double)page->layout.height;
}

/* A text of the page; `how`: further options. */
static void text_at(const struct page *page, size_t x, size_t y, const char *text, const char *how)
{
    ae_buffer_text(page->out, "set label ");
    ae_plot_quote(text, page->out);
    ae_buffer_printf(page->out, " at screen %.5f, screen %.5f %s\n", across(page, x), up(page, y),
                     how);
}

static bool has_numbers(const struct ae_plot_map *map)
{
    return map->n_of[AE_MARK_NUMBER] > 0;
}

static bool has_boundary(const struct ae_plot_map *map)
{
    bool has = false;
    for (size_t panel = 0; panel < map->table->n_panels; panel++)
        has = has || map->blocks[panel].boundary >= 0;
    return has;
}

static size_t key_px(const struct ae_plot_map *map)
{
    size_t px = has_numbers(map) ? KEY_BAR_PX + 3 * AE_PLOT_LINE_PX : AE_PLOT_LINE_PX;
    for (int mark = AE_MARK_NUMBER + 1; mark < AE_N_MARKS; mark++)
        px += map->n_of[mark] > 0 ? AE_PLOT_LINE_PX + 2 : 0;
    return px + AE_PLOT_LINE_PX;
}

/* ---- texts and key ---- */

/* What is shown: sweep, value, reduction, and the values that all panels share. */
static void headline(const struct page *page)
{
    const struct ae_table *t = page->map->table;
    struct ae_buffer text = {0}, part = {0};
    ae_buffer_printf(&text, "%s: %s", t->name, t->value_name);
    if (t->n_replicates > 1)
        ae_buffer_printf(&text, ", %s of %zu replicates", ae_table_reduction(t), t->n_replicates);
    size_t n = page->layout.width / AE_PLOT_CHAR_PX;
    ae_table_cut(&text, n);
    text_at(page, page->layout.left, 18, text.data ? text.data : "", "left font large");
    ae_buffer_rewind(&text);
    for (size_t i = 0; i < t->n_panel_axes; i++)
        if (t->panel_axes[i].n == 1) {
            ae_table_title_part(t, 0, i, n, &part);
            ae_buffer_printf(&text, "%s%s", text.size > 0 ? ", " : "", part.data ? part.data : "");
        }
    ae_table_cut(&text, n);
    if (text.size > 0)
        text_at(page, page->layout.left, 36, text.data, "left");
    page->out->failed = page->out->failed || text.failed || part.failed;
    ae_buffer_clear(&text);
    ae_buffer_clear(&part);
}

static size_t frames_height(const struct ae_plot_layout *l)
{
    return l->n_down * l->panel_h + (l->n_down - 1) * l->gap_y;
}

static void axis_names(const struct page *page)
{
    const struct ae_plot_layout *l = &page->layout;
    size_t width = l->n_across * l->panel_w + (l->n_across - 1) * l->gap_x;
    size_t bottom = l->top + frames_height(l);
    text_at(page, l->left + width / 2, bottom + l->x_room + 6,
            ae_table_axis_name(&page->map->table->cols), "center");
    text_at(page, 16, l->top + frames_height(l) / 2, ae_table_axis_name(&page->map->table->rows),
            "center rotate by 90");
}

/* Where the picture comes from, and how complete it is. */
static void footer(const struct page *page)
{
    struct ae_buffer text = {0};
    ae_buffer_text(&text, page->map->origin.data);
    if (page->map->n_short > 0)
        ae_buffer_printf(&text, "; cells that lack some of their replicates: %zu",
                         page->map->n_short);
    ae_table_cut(&text, page->layout.width / 5);
    text_at(page, page->layout.width - 10, page->layout.height - 10, text.data ? text.data : "",
            "right font small tc rgb \"#606060\"");
    page->out->failed = page->out->failed || text.failed;
    ae_buffer_clear(&text);
}

static void box(const struct page *page, size_t x, size_t y, const struct ae_plot_mark_info *mark)
{
    ae_buffer_printf(page->out,
                     "set object rectangle from screen %.5f, screen %.5f to screen %.5f, screen "
                     "%.5f fillcolor rgb \"#%06x\" fillstyle solid border lc rgb \"#808080\"\n",
                     across(page, x), up(page, y + KEY_BOX_PX), across(page, x + KEY_BOX_PX),
                     up(page, y), mark->colour);
    if (mark->glyph != ' ') {
        char glyph[2] = {mark->glyph, '\0'}, how[80];
        (void)snprintf(how, sizeof how, "center font small tc rgb \"#%06x\" front", mark->ink);
        text_at(page, x + KEY_BOX_PX / 2, y + KEY_BOX_PX / 2, glyph, how);
    }
}

/* The bar of colours is drawn with the first panel; below it what is no number. */
static void key(const struct page *page)
{
    const struct ae_plot_map *map = page->map;
    size_t x = page->layout.key_x, y = page->layout.top;
    if (has_numbers(map)) {
        text_at(page, x, y + 4, map->table->value_name, "left");
        y += AE_PLOT_LINE_PX + 4;
        ae_buffer_printf(page->out,
                         "set colorbox vertical user origin screen %.5f, screen %.5f size screen "
                         "%.5f, screen %.5f\n",
                         across(page, x), up(page, y + KEY_BAR_PX), across(page, 14),
                         (double)KEY_BAR_PX / (double)page->layout.height);
        y += KEY_BAR_PX + AE_PLOT_LINE_PX;
    } else {
        ae_buffer_text(page->out, "unset colorbox\n");
    }
    for (int mark = AE_MARK_NUMBER + 1; mark < AE_N_MARKS; mark++)
        if (map->n_of[mark] > 0) {
            box(page, x, y, &ae_plot_marks[mark]);
            text_at(page, x + KEY_BOX_PX + 6, y + KEY_BOX_PX / 2, ae_plot_marks[mark].meaning,
                    "left");
            y += AE_PLOT_LINE_PX + 2;
        }
    if (has_boundary(map))
        text_at(page, x, y + KEY_BOX_PX / 2, "lines: phase boundary", "left font small");
}

/* ---- settings ---- */

static void ranges(const struct page *page)
{
    const struct ae_plot_axis *x = &page->map->x, *y = &page->map->y;
    struct ae_buffer *out = page->out;
    ae_buffer_text(out, x->is_log ? "set logscale x\n" : "");
    ae_buffer_text(out, y->is_log ? "set logscale y\n" : "");
    ae_buffer_text(out, "set xrange [");
    ae_plot_number(x->from, out);
    ae_buffer_text(out, ":");
    ae_plot_number(x->to, out);
    ae_buffer_text(out, "]\nset yrange ["); /* words read from top to bottom, numbers rise */
    ae_plot_number(y->is_number ? y->from : y->to, out);
    ae_buffer_text(out, ":");
    ae_plot_number(y->is_number ? y->to : y->from, out);
    ae_buffer_text(out, "]\n");
}

/* Where numbers were cut off the end of the bar says so. */
static void log_colour_tics(const struct ae_plot_map *map, struct ae_buffer *out)
{
    char number[AE_TABLE_NUMBER_SIZE];
    ae_buffer_text(out, "set cbtics (");
    ae_plot_decades(map->is_cut ? sqrt(10.0) * map->lo : map->lo, map->hi, 8, true, out);
    if (map->is_cut)
        ae_buffer_printf(out, ", \"\342\211\244 %s\" lowest", ae_table_number(map->lo, number));
    ae_buffer_text(out, ")\n");
}

static void colours(const struct page *page)
{
    const struct ae_plot_map *map = page->map;
    if (!has_numbers(map))
        return;
    double lo = map->lo, hi = map->hi;
    if (lo == hi) { /* one colour still needs a range */
        lo -= lo != 0.0 ? 0.5 * fabs(lo) : 1.0;
        hi += hi != 0.0 ? 0.5 * fabs(hi) : 1.0;
    }
    ae_plot_palette(page->out);
    ae_buffer_text(page->out, map->is_log ? "set logscale cb\n" : "");
    ae_buffer_text(page->out, "lowest = ");
    ae_plot_number(lo, page->out);
    ae_buffer_text(page->out, "\nset cbrange [lowest:");
    ae_plot_number(hi, page->out);
    ae_buffer_text(page->out, "]\nset cbtics scale 0.5\n");
    if (map->is_log)
        log_colour_tics(map, page->out);
}

/* ---- panels ---- */

/* Does another panel of the grid stand further down in its column, or further left in its row? */
static bool is_covered(const struct page *page, size_t panel, bool is_below)
{
    size_t down, at, other_down, other_at;
    ae_plot_layout_place(&page->layout, panel, &down, &at);
    for (size_t i = 0; i < page->map->table->n_panels; i++) {
        ae_plot_layout_place(&page->layout, i, &other_down, &other_at);
        if (is_below ? other_at == at && other_down > down : other_down == down && other_at < at)
            return true;
    }
    return false;
}

static void frame(const struct page *page, size_t left, size_t top)
{
    const struct ae_plot_layout *l = &page->layout;
    ae_buffer_printf(page->out,
                     "set lmargin at screen %.5f; set rmargin at screen %.5f\n"
                     "set tmargin at screen %.5f; set bmargin at screen %.5f\n",
                     across(page, left), across(page, left + l->panel_w), up(page, top),
                     up(page, top + l->panel_h));
}

static void tics(const struct page *page, bool has_x_labels, bool has_y_labels)
{
    const struct ae_plot_layout *l = &page->layout;
    ae_buffer_text(page->out, l->is_x_upright ? "set xtics rotate by 90 right " : "set xtics ");
    ae_plot_axis_tics(&page->map->x, l->panel_w, l->x_label, has_x_labels, page->out);
    ae_buffer_text(page->out, "\nset ytics ");
    ae_plot_axis_tics(&page->map->y, l->panel_h, l->y_label, has_y_labels, page->out);
    ae_buffer_text(page->out, "\n");
}

/* Each line is a text of its own, so that no terminal's idea of a line's height matters. The last
 * one ends above y; standing on the right, the first one stands outermost. */
static void lines_at(const struct page *page, size_t x, size_t y, struct ae_buffer *text,
                     bool is_upright)
{
    size_t n = 1;
    for (size_t i = 0; i < text->size; i++)
        n += text->data[i] == '\n';
    for (char *line = text->data; n > 0; n--) {
        char *end = line + strcspn(line, "\n");
        bool is_last = *end == '\0';
        *end = '\0';
        if (is_upright)
            text_at(page, x + (n - 1) * AE_PLOT_LINE_PX, y, line, "center rotate by -90");
        else
            text_at(page, x, y - (n - 1) * AE_PLOT_LINE_PX, line, "center");
        line = is_last ? end : end + 1;
    }
}

/* Above a frame; in a grid above the column. */
static void top_title(const struct page *page, size_t panel, size_t left, size_t top)
{
    const struct ae_plot_layout *l = &page->layout;
    const struct ae_table *t = page->map->table;
    struct ae_buffer text = {0};
    ae_plot_layout_title(t, panel, l->is_grid ? l->first_across : 0, t->n_panel_axes,
                         l->panel_w / AE_PLOT_CHAR_PX, &text);
    if (text.size > 0)
        lines_at(page, left + l->panel_w / 2, (l->is_grid ? l->top : top) - 9, &text, false);
    page->out->failed = page->out->failed || text.failed;
    ae_buffer_clear(&text);
}

/* At the right border of a grid. */
static void side_title(const struct page *page, size_t panel, size_t top)
{
    const struct ae_plot_layout *l = &page->layout;
    struct ae_buffer text = {0};
    ae_plot_layout_title(page->map->table, panel, 0, l->first_across, l->panel_h / AE_PLOT_CHAR_PX,
                         &text);
    size_t border = l->left + l->n_across * (l->panel_w + l->gap_x) - l->gap_x;
    if (text.size > 0)
        lines_at(page, border + 10, top + l->panel_h / 2, &text, true);
    page->out->failed = page->out->failed || text.failed;
    ae_buffer_clear(&text);
}

/* A title that several panels share is written with the first of them. */
static void titles(const struct page *page, size_t panel, size_t left, size_t top)
{
    const struct ae_plot_layout *l = &page->layout;
    size_t down, at, other_down, other_at;
    bool is_top = true, is_side = l->is_grid && l->n_down > 1;
    ae_plot_layout_place(l, panel, &down, &at);
    for (size_t i = 0; i < panel && l->is_grid; i++) {
        ae_plot_layout_place(l, i, &other_down, &other_at);
        is_top = is_top && other_at != at;
        is_side = is_side && other_down != down;
    }
    if (is_top)
        top_title(page, panel, left, top);
    if (is_side)
        side_title(page, panel, top);
}

/* Are cells large enough for a character? */
static bool fits_glyphs(const struct page *page)
{
    const struct ae_table *t = page->map->table;
    return page->layout.panel_w >= GLYPH_PX * t->cols.n &&
           page->layout.panel_h >= GLYPH_PX * t->rows.n;
}

static void clause(const struct page *page, int block, bool *is_begun, const char *how)
{
    ae_buffer_printf(page->out, "%s data index %d %s", *is_begun ? ", \\\n    " : "plot", block,
                     how);
    *is_begun = true;
}

static void draw(const struct page *page, const struct ae_plot_blocks *blocks)
{
    bool is_begun = false, has_values = has_numbers(page->map);
    if (blocks->numbers >= 0)
        clause(page, blocks->numbers, &is_begun,
               "using 1:2:3:4:5:6:($7 > lowest ? $7 : lowest) with boxxyerror lc palette "
               "fillstyle solid border");
    if (blocks->marks >= 0)
        clause(page, blocks->marks, &is_begun,
               "using 1:2:3:4:5:6:9 with boxxyerror lc rgb variable fillstyle solid border");
    if (blocks->boundary >= 0 && has_values)
        clause(page, blocks->boundary, &is_begun, "using 1:2 with lines lw 3 lc rgb \"white\"");
    if (blocks->boundary >= 0)
        clause(page, blocks->boundary, &is_begun, "using 1:2 with lines lw 1.3 lc rgb \"black\"");
    if (blocks->marks >= 0 && fits_glyphs(page))
        clause(page, blocks->marks, &is_begun,
               "using 1:2:10:11 with labels tc rgb variable font small");
    ae_buffer_text(page->out, is_begun ? "\n" : "plot NaN\n");
}

static void draw_panel(const struct page *page, size_t panel)
{
    const struct ae_plot_layout *l = &page->layout;
    size_t down, at;
    ae_plot_layout_place(l, panel, &down, &at);
    size_t left = l->left + at * (l->panel_w + l->gap_x);
    size_t top = l->top + down * (l->panel_h + l->gap_y);
    frame(page, left, top);
    tics(page, !is_covered(page, panel, true), !is_covered(page, panel, false));
    titles(page, panel, left, top);
    draw(page, &page->map->blocks[panel]);
    if (panel == 0)
        ae_buffer_text(page->out, "unset colorbox\nunset object\n");
    ae_buffer_text(page->out, "unset label\n"); /* each text is drawn once */
}

void ae_plot_map_script(const struct ae_plot_map *map, const struct ae_plot_files *files,
                        struct ae_buffer *script)
{
    struct page page = {.map = map, .out = script};
    page.layout = ae_plot_layout_of(map->table, &map->x, &map->y, key_px(map));
    ae_buffer_printf(script, "# %s\n", map->origin.data);
    ae_plot_open(files, page.layout.width, page.layout.height, script);
    ae_buffer_text(script, "unset key\nset tics nomirror out scale 0.5\nset border lw 0.8\n"
                           "set datafile missing \"?none\"\n");
    ranges(&page);
    colours(&page);
    ae_buffer_text(script, "set multiplot\n");
    headline(&page);
    axis_names(&page);
    footer(&page);
    key(&page);
    for (size_t panel = 0; panel < map->table->n_panels; panel++)
        draw_panel(&page, panel);
    ae_buffer_text(script, "unset multiplot\nset output\n");
}
