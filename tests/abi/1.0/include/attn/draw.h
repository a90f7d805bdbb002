/** draw.h - pictures of what a decision rested on: a text whose words are shaded by numbers, and a matrix of weights.
 *
 *     ATTN_DRAW_ANSI    for a terminal
 *     ATTN_DRAW_HTML    a page that needs nothing beside it and runs nothing; words tell their numbers when pointed at, or
 *                       reached with the Tab key
 *     ATTN_DRAW_SVG     a picture; words tell their numbers when pointed at, where it is viewed by itself
 *     ATTN_DRAW_LATEX   a document for pdfLaTeX, XeLaTeX or LuaLaTeX
 *
 * Everything here works on arrays, and so with any model. What is drawn goes out through a callback, piece by piece in order; it
 * is UTF-8. Of a text it is no longer than a constant times text and names, and so is the memory taken meanwhile.
 *
 * Text may be any bytes. Malformed UTF-8, control characters and what XML forbids are drawn as U+FFFD, in a terminal also what
 * steers the writing's direction. A cluster of code points (an emoji and its skin tone, a flag, a letter and its accents) is one
 * piece, and is never parted. Line breaks of the text are drawn as breaks: line feed, carriage return, both together, U+2028,
 * U+2029, and HTML's <br>, <br/> and <br /> in either case.
 *
 * All functions but those of one page may be called by any thread at any time. */
#ifndef ATTN_DRAW_H
#define ATTN_DRAW_H

#include "context.h"

ATTN_BEGIN_DECLS

/** For a terminal, for a browser, a picture, or for LaTeX. */
#define ATTN_DRAW_ANSI 0
#define ATTN_DRAW_HTML 1
#define ATTN_DRAW_SVG 2
#define ATTN_DRAW_LATEX 3

/** One page that holds several pictures, one below the other. Thread-safety: one thread at a time. */
typedef struct attn_page attn_page;

/** How it is drawn. It need only live until the function returns. */
typedef struct attn_draw_options {
    size_t struct_size; /**< sizeof(attn_draw_options) */
    int32_t format;     /**< ATTN_DRAW_... */

    /** ansi: columns of the terminal, 1 to 10000; 0: lines are not broken. svg: pixels of a text, 100 to 100000; 0: 860. html
     * and latex break their own lines. */
    int32_t width;

    /** 1: ansi without colours, and without control characters but line feeds. */
    int32_t no_colours;

    /** 1: html or latex without the document around it, to stand in another one (a notebook's cell, a page of your own); latex
     * then needs the packages xcolor and graphicx. An svg is the same either way. */
    int32_t fragment;

    /** 1: shades tell the logarithm: what is below a thousandth of the largest is not shaded. */
    int32_t logarithmic;

    /** 0: blue above 0, and orange, of a text underlined, below. 1: orange above 0 and blue below, as where blue stands for one
     * class and the numbers speak for the other. A title has the hue of numbers above 0. */
    int32_t swap_hues;

    /** What is shaded in full, above 0; 0: of a text the number furthest from 0, of a matrix 1. */
    float largest;

    int32_t reserved; /**< 0 */

    /** A line above, as "positive 0.93", and what stands below in small letters, where line breaks are breaks; NULL: nothing.
     * Bytes are taken as those of the text are. */
    const char *title, *note;

    /** [count], of a text: what each number is called where words tell theirs; NULL: as the text has it. */
    const char *const *names;

    /** Draw on this page, below what is there: its format, width, no_colours and fragment count, not those of these options, and
     * `write` is NULL. NULL: a picture by itself. */
    attn_page *page;
} attn_draw_options;

#define ATTN_DRAW_OPTIONS_INIT                                                                               \
    {                                                                                                        \
        sizeof(attn_draw_options), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0                                        \
    }

/** Draw text[size] (NULL where size is 0) with spans of it shaded by numbers.
 *     count          how many spans, at most 2^31 - 1
 *     begins, ends   [count]: span i is text[begins[i] .. ends[i]). Spans rise and do not overlap; empty ones (of tokens that
 *                    share a character, see attn_tokens_begins) are not drawn, but have a rank
 *     numbers        [count], finite. Where one is below 0, hues tell the sign. In a terminal, which has few shades, numbers
 *                    without signs are shaded by how far they lie above their mean
 * A cluster that several spans part is shaded by the number furthest from 0 of theirs.
 * options NULL means the defaults. `write` gets the picture (user is passed on to it); anything but ATTN_OK ends the function
 * and is what it returns.
 * Errors: ARGUMENT (also a number that is not finite, and spans that are not in order, with the index), MEMORY, STATE (a page
 * that is finished, or to which something could not be written), and what `write` returned. */
ATTN_API ATTN_CHECKED attn_status attn_draw_text(attn_context *context, const char *text, size_t size,
                                                 int64_t count, const int64_t *begins, const int64_t *ends,
                                                 const float *numbers, const attn_draw_options *options,
                                                 attn_write_fn write, void *user);

/** Draw a matrix, a cell a weight: rows down, columns across.
 *     weights        [rows, columns], finite: from 0, or with signs, to options->largest; what lies beyond is shaded as that is
 *     row_names, column_names   [rows], [columns]: strings, NUL-terminated; NULL: none
 * In a terminal each cell has its weight in hundredths of options->largest. A matrix wider than options->width is drawn in parts;
 * where row names leave the cells too little room they stand above them, and a column's name that has none is cut. At most 2^24
 * cells.
 * Otherwise like attn_draw_text. */
ATTN_API ATTN_CHECKED attn_status attn_draw_matrix(attn_context *context, int64_t rows, int64_t columns,
                                                   const float *weights, const char *const *row_names,
                                                   const char *const *column_names,
                                                   const attn_draw_options *options, attn_write_fn write,
                                                   void *user);

/** Begin a page: then draw on it, with options->page, finish it, and destroy it. Of the options format, width, no_colours,
 * fragment and title count here; the title is the page's. html, latex and ansi are written as they are drawn. An svg says first
 * how high it is, so it is kept in the context's memory and written when it is finished.
 * Errors: ARGUMENT, MEMORY, and what `write` returned; it is called until the page is finished. */
ATTN_API ATTN_CHECKED attn_status attn_page_create(attn_context *context, const attn_draw_options *options,
                                                   attn_write_fn write, void *user, attn_page **out);

/** Write what stands behind the pictures; nothing can be drawn on the page from here on. Errors: ARGUMENT, STATE (it is finished,
 * or something could not be written), and what `write` returned. */
ATTN_API ATTN_CHECKED attn_status attn_page_finish(attn_page *page);

/** Release it and set the pointer to NULL. A page that is not finished stays as it is. NULL and a pointer to NULL are fine. */
ATTN_API void attn_page_destroy(attn_page **page);

ATTN_END_DECLS
#endif
