/* Learning curves: the script that draws them. */
#include "plot_curves.h"

#include <math.h>
#include <stdlib.h>

#include "table_style.h"

enum { WIDTH_PX = 900, HEIGHT_PX = 520, KEY_CHARS = 40, TITLE_CHARS = 80 };

/* Colours of the points, for colour-blind eyes (M. Okabe, K. Ito; their yellow made darker). */
static const char *const colours[AE_PLOT_MAX_CURVES] = {"#0072b2", "#d55e00", "#009e73", "#cc79a7",
                                                        "#e69f00", "#56b4e9", "#000000", "#9a8b00"};

/* Decades, or 1, 2, 5 where there are few. */
static void log_tics(const char *axis, double lo, double hi, struct ae_buffer *out)
{
    if (hi >= 100.0 * lo) {
        ae_buffer_printf(out, "set format %s \"10^{%%T}\"\n", axis);
        return;
    }
    static const double digits[] = {1, 1.5, 2, 3, 4, 5, 7};
    bool is_first = true;
    ae_buffer_printf(out, "set %stics (", axis);
    for (int k = (int)floor(log10(lo)); k <= (int)ceil(log10(hi)); k++)
        for (size_t i = 0; i < sizeof digits / sizeof *digits; i++) {
            char text[AE_NUMBER_SIZE];
            double x = ae_number_round12(digits[i] * pow(10.0, k));
            bool is_main = i == 0 || i == 2 || i == 5 || hi < 10.0 * lo;
            if (x < lo || x > hi)
                continue;
            ae_number_format(x, text);
            ae_buffer_printf(out, "%s\"%s\" %s%s", is_first ? "" : ", ", is_main ? text : "", text,
                             is_main ? "" : " 1");
            is_first = false;
        }
    ae_buffer_text(out, ")\n");
}

static void range(const char *axis, double lo, double hi, struct ae_buffer *out)
{
    ae_buffer_printf(out, "set logscale %s\nset %srange [", axis, axis);
    ae_plot_number(lo, out);
    ae_buffer_text(out, ":");
    ae_plot_number(hi, out);
    ae_buffer_text(out, "]\n");
    log_tics(axis, lo, hi, out);
}

static int compare_levels(const void *a, const void *b)
{
    const struct ae_level *x = a, *y = b;
    return x->error < y->error ? -1 : x->error > y->error;
}

/* Lines across; one that would print over the name below it stays without a name. */
static void pca_lines(struct ae_curves *c, struct ae_buffer *out)
{
    double last = 0.0, apart = pow(c->hi / c->lo, 0.045);
    qsort(c->levels, c->n_levels, sizeof *c->levels, compare_levels);
    for (size_t i = 0; i < c->n_levels; i++) {
        double error = c->levels[i].error;
        ae_buffer_text(out, "set arrow from graph 0, first ");
        ae_plot_number(error, out);
        ae_buffer_text(out, " to graph 1, first ");
        ae_plot_number(error, out);
        ae_buffer_text(out, " nohead back dt 3 lw 1 lc rgb \"#707070\"\n");
        if (!(error >= last * apart))
            continue;
        ae_buffer_printf(out, "set label \"pca_{%zu}\" at graph 0.01, first ", c->levels[i].m);
        ae_plot_number(error, out);
        ae_buffer_text(out, " left offset 0, 0.7 tc rgb \"#505050\"\n");
        last = error;
    }
}

/* Engines drawn with strokes of their own, in the order of their list. */
static bool is_drawn(const struct ae_curves *c, int engine)
{
    for (size_t i = 0; i < c->n_curves; i++)
        if (c->curves[i].engine == engine && c->curves[i].block >= 0)
            return true;
    return false;
}

static int stroke(int engine)
{
    return engine == AE_ENGINE_ODE ? 1 : engine + 1;
}

static void clause(bool *is_begun, struct ae_buffer *out)
{
    ae_buffer_text(out, *is_begun ? ", \\\n    " : "plot ");
    *is_begun = true;
}

static void cut_label(const char *label, struct ae_buffer *out)
{
    struct ae_buffer text = {0};
    ae_buffer_text(&text, label);
    ae_table_cut(&text, KEY_CHARS);
    ae_plot_quote(text.data ? text.data : "", out);
    out->failed = out->failed || text.failed;
    ae_buffer_clear(&text);
}

static void draw_curves(const struct ae_curves *c, struct ae_buffer *out)
{
    bool is_begun = false, is_named[AE_PLOT_MAX_CURVES] = {false};
    for (size_t i = 0; i < c->n_curves; i++) {
        const struct ae_curve *curve = &c->curves[i];
        if (curve->block < 0 || !curve->is_band)
            continue;
        clause(&is_begun, out);
        ae_buffer_printf(out,
                         "data index %d using 1:3:4 with filledcurves fillstyle transparent solid "
                         "0.2 noborder lc rgb \"%s\" notitle",
                         curve->block, colours[curve->point]);
    }
    for (size_t i = 0; i < c->n_curves; i++) {
        const struct ae_curve *curve = &c->curves[i];
        const char *label = c->labels[curve->point];
        if (curve->block < 0)
            continue;
        clause(&is_begun, out);
        ae_buffer_printf(out, "data index %d using 1:2 with lines lw 1.8 dt %d lc rgb \"%s\" ",
                         curve->block, stroke(curve->engine), colours[curve->point]);
        ae_buffer_text(out, is_named[curve->point] || !label[0] ? "notitle" : "title ");
        if (!is_named[curve->point] && label[0])
            cut_label(label, out);
        is_named[curve->point] = true;
    }
    for (int e = 0; ae_param_table[AE_PARAM_engine].words[e].text; e++)
        if (is_drawn(c, e)) {
            clause(&is_begun, out);
            ae_buffer_printf(out, "NaN with lines lw 1.8 dt %d lc rgb \"#404040\" title \"%s\"",
                             stroke(e), ae_param_table[AE_PARAM_engine].words[e].text);
        }
    ae_buffer_text(out, "\n");
}

static bool is_axis(const struct ae_sweep *sweep, int id)
{
    for (size_t i = 0; i < ae_sweep_n_axes(sweep); i++)
        if ((int)ae_sweep_axis(sweep, i).id == id && ae_sweep_axis(sweep, i).n > 1)
            return true;
    return false;
}

/* The values that all curves share of what the sweep varies, in lines of their own. */
static void write_fixed(const struct ae_curves *c, const struct ae_sweep *sweep,
                        struct ae_buffer *out)
{
    size_t line = TITLE_CHARS;
    struct ae_buffer part = {0};
    for (int i = 0; i < AE_N_PARAMS; i++) {
        enum ae_param_id id = (enum ae_param_id)i;
        if (!is_axis(sweep, i) || c->is_varied[i])
            continue;
        ae_buffer_rewind(&part);
        ae_buffer_printf(&part, "%s=", ae_param_table[i].name);
        ae_value_format(id, ae_param_get(&c->first, id), &part);
        bool is_broken = line + part.size + 2 > TITLE_CHARS;
        ae_buffer_text(out, is_broken ? "\n" : ", ");
        ae_buffer_text(out, part.data ? part.data : "");
        line = part.size + (is_broken ? 0 : line + 2);
    }
    out->failed = out->failed || part.failed;
    ae_buffer_clear(&part);
}

static void write_texts(const struct ae_curves *c, const char *name, const char *origin,
                        struct ae_buffer *out)
{
    size_t n_most = 0;
    struct ae_buffer text = {0};
    for (size_t i = 0; i < c->n_curves; i++)
        n_most = c->curves[i].is_band && c->curves[i].n > n_most ? c->curves[i].n : n_most;
    ae_buffer_printf(&text, "%s: %s", name, c->value);
    if (n_most > 1)
        ae_buffer_printf(&text, ", median and range of %zu replicates", n_most);
    write_fixed(c, ae_results_sweep(c->results), &text);
    ae_buffer_text(out, "set title ");
    ae_plot_quote(text.data ? text.data : "", out);
    ae_buffer_text(out, " font large\n");
    ae_buffer_rewind(&text);
    ae_buffer_text(&text, origin);
    if (c->n_left_out > 0)
        ae_buffer_printf(&text, "; without a curve: %zu", c->n_left_out);
    ae_buffer_text(out, "set label ");
    ae_plot_quote(text.data ? text.data : "", out);
    ae_buffer_text(out, " at screen 0.99, screen 0.02 right font small tc rgb \"#606060\"\n"
                        "set xlabel \"t = steps/D\"\nset ylabel ");
    ae_plot_quote(c->value, out);
    ae_buffer_text(out, "\n");
    out->failed = out->failed || text.failed;
    ae_buffer_clear(&text);
}

void ae_curves_script(struct ae_curves *c, const struct ae_plot_files *files, const char *name,
                      const char *origin, struct ae_buffer *out)
{
    for (size_t i = 0; i < c->n_levels; i++) {
        c->lo = fmin(c->lo, c->levels[i].error);
        c->hi = fmax(c->hi, c->levels[i].error);
    }
    c->lo /= 1.25;
    c->hi *= 1.25;
    ae_buffer_printf(out, "# %s\n", origin);
    ae_plot_open(files, WIDTH_PX, HEIGHT_PX, out);
    ae_buffer_text(out, "set key outside right top vertical Left reverse samplen 3 spacing 1.1\n"
                        "set tics nomirror out scale 0.6\nset bmargin 4.5\n");
    write_texts(c, name, origin, out);
    range("x", c->t_lo, c->t_hi > c->t_lo ? c->t_hi : 10.0 * c->t_lo, out);
    range("y", c->lo, c->hi, out);
    pca_lines(c, out);
    draw_curves(c, out);
    ae_buffer_text(out, "set output\n");
}
