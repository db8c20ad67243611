/* What every picture has: terminal, palette, texts, and what it was made from. */
#include "plot_internal.h"

#include <math.h>
#include <string.h>

const char *const ae_plot_format_names[AE_N_PLOT_FORMATS + 1] = {
#define NAME(name) #name,
    AE_PLOT_FORMAT_LIST(NAME)
#undef NAME
        NULL};

void ae_plot_quote(const char *text, struct ae_buffer *out)
{
    ae_buffer_text(out, "\"");
    for (; *text; text++)
        if (strchr("_^{}@&~", *text))
            ae_buffer_printf(out, "\\\\%c", *text);
        else if (*text == '\\')
            ae_buffer_text(out, "\\\\\\\\");
        else if (*text == '"')
            ae_buffer_text(out, "\\\"");
        else if (*text == '\n')
            ae_buffer_text(out, "\\n");
        else
            ae_buffer_append(out, text, 1);
    ae_buffer_text(out, "\"");
}

void ae_plot_number(double x, struct ae_buffer *out)
{
    char text[AE_NUMBER_SIZE];
    ae_buffer_text(out, ae_number_format(x, text));
}

/* A file's name in quotes where no escape is known but a doubled quote. */
static void quote_name(const char *name, struct ae_buffer *out)
{
    ae_buffer_text(out, "'");
    for (; *name; name++)
        ae_buffer_append(out, *name == '\'' ? "''" : name, *name == '\'' ? 2 : 1);
    ae_buffer_text(out, "'");
}

void ae_plot_open(const struct ae_plot_files *files, size_t width_px, size_t height_px,
                  struct ae_buffer *script)
{
    ae_buffer_text(script, "if (!exists(\"picture\")) picture = ");
    quote_name(files->picture, script);
    ae_buffer_text(script, "\ndata = ");
    quote_name(files->data, script);
    ae_buffer_text(script, "\nset encoding utf8\n");
    switch (files->format) { /* the same size of text in the units of each */
    case AE_PLOT_png:        /* twice the size, for print */
        ae_buffer_printf(script,
                         "set terminal pngcairo enhanced rounded font \"Sans,9\" fontscale 2 "
                         "linewidth 2 pointscale 2 size %zu,%zu\nlarge = \",11\"; small = \",7\"\n",
                         2 * width_px, 2 * height_px);
        break;
    case AE_PLOT_svg:
        ae_buffer_printf(script,
                         "set terminal svg enhanced rounded font \"Sans,11.5\" size %zu,%zu "
                         "background rgb \"white\"\nlarge = \",14\"; small = \",9\"\n",
                         width_px, height_px);
        break;
    case AE_PLOT_pdf:
    case AE_N_PLOT_FORMATS:
        ae_buffer_printf(script,
                         "set terminal pdfcairo enhanced rounded font \"Sans,6.75\" fontscale 1 "
                         "size %.4fin,%.4fin\nlarge = \",8.25\"; small = \",5.25\"\n",
                         (double)width_px / 96.0, (double)height_px / 96.0);
        break;
    }
    ae_buffer_text(script, "set output picture\n");
}

void ae_plot_palette(struct ae_buffer *script)
{
    /* viridis of matplotlib (S. van der Walt, N. Smith; CC0), every eighth of its way. */
    static const char *const colours[] = {"440154", "472d7b", "3b528b", "2c728e", "21918c",
                                          "28ae80", "5ec962", "addc30", "fde725"};
    ae_buffer_text(script, "set palette defined (");
    for (int i = 0; i < 9; i++)
        ae_buffer_printf(script, "%s%d \"#%s\"", i > 0 ? ", " : "", i, colours[i]);
    ae_buffer_text(script, ")\n");
}
