#ifndef AESWEEP_TABLE_STYLE_H
#define AESWEEP_TABLE_STYLE_H

/* How a text table looks: table_style.c chooses, table_text.c draws. */

#include "aesweep/table.h"

enum { AE_TABLE_GAP = 3, AE_TABLE_MAX_LABEL = 30, AE_TABLE_MAX_HEADING = 18 };

/* How the boxes of this table look; the same for all. */
struct ae_table_style {
    const struct ae_table *table;
    size_t width;
    bool is_narrow;     /* one character a column */
    size_t label;       /* width of the row labels */
    size_t column;      /* width of a column */
    size_t per_block;   /* columns in one block; further ones stand below */
    size_t body;        /* width of a block */
    size_t first_inner; /* panel axes from here on stand in the title of the box */
    size_t box;         /* width of a box with its title */
    size_t per_line;    /* boxes side by side */
};

struct ae_table_style ae_table_style_of(const struct ae_table *table, size_t width);

/* Replaces what `text` holds by a label of at most n characters. Numbers are rounded for headings.
 * */
void ae_table_short_label(const struct ae_table_axis *axis, size_t i, size_t n,
                          struct ae_buffer *text);
/* Cuts to at most n >= 3 characters, the last three being dots. */
void ae_table_cut(struct ae_buffer *text, size_t n);
/* `K \ lr` */
void ae_table_corner(const struct ae_table *table, struct ae_buffer *out);
/* The parameter's name; "" for no axis. */
const char *ae_table_axis_name(const struct ae_table_axis *axis);
/* `tied=false` of panel axis i, at most `width` characters, replacing what text holds. */
void ae_table_title_part(const struct ae_table *table, size_t panel, size_t i, size_t width,
                         struct ae_buffer *text);
/* A cell as one character, and written out; `number` may be used for it. */
char ae_table_glyph(const struct ae_cell *cell);
const char *ae_table_word(const struct ae_table *table, const struct ae_cell *cell,
                          char number[AE_TABLE_NUMBER_SIZE]);

#endif
