/* heatmap.c - attention as an SVG picture and in the terminal.
 *
 *              column names                 names are measured in columns of a terminal, of which the SVG's
 *     row      +------+------+              letters take about NAME_WIDTH pixels each
 *     names    | cell | cell |
 *              +------+------+
 *     0 [scale] 1                           the SVG alone */
#include "common/heatmap.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <utf8proc.h>

#include "common/markup.h"

#define CELL 30 /* pixels */
#define MARGIN 12
#define FONT 15
#define NAME_WIDTH 9.5
#define SLANT 0.7072 /* sine and cosine of 45 degrees */
#define SCALE_WIDTH 120
#define SCALE_HEIGHT 12

/* How many columns of a terminal it takes. */
static int64_t width_of(const char *name)
{
    int64_t width = 0;
    for (size_t left = strlen(name); left > 0;)
        width += utf8proc_charwidth((utf8proc_int32_t)next_character(&name, &left));
    return width;
}

static int64_t widest(const char *const *names, int64_t count)
{
    int64_t most = 0;
    for (int64_t i = 0; i < count; i++)
        most = width_of(names[i]) > most ? width_of(names[i]) : most;
    return most;
}

/* A name is one line: its control characters are U+FFFD, line breaks too. */
static void append_clean(struct text *out, const char *name, bool xml)
{
    for (size_t left = strlen(name); left > 0;) {
        const char *begin = name;
        bool control = next_character(&name, &left) < ' ';
        const char *shown = control ? "\xEF\xBF\xBD" : begin;
        size_t size = control ? 3 : (size_t)(name - begin);
        if (xml)
            append_xml(out, shown, size);
        else
            append_plain(out, shown, size);
    }
}

static double clamp(float weight)
{
    return weight > 1 ? 1 : weight > 0 ? (double)weight : 0;
}

/* ---- SVG ---- */

struct layout {
    double left, top, width, height; /* where the cells begin; the picture's size */
    bool slanted;                    /* column names that are wider than a cell */
};

static struct layout lay_out(const struct heatmap *map)
{
    double title = map->title ? 2.2 * FONT : 0,
           longest = (double)widest(map->column_names, map->columns) * NAME_WIDTH;
    struct layout layout = {.slanted = longest > CELL};
    double overhang = layout.slanted ? longest * SLANT : 0;
    layout.left = 2 * MARGIN + (double)widest(map->row_names, map->rows) * NAME_WIDTH;
    layout.top = MARGIN + title + (layout.slanted ? overhang : FONT) + MARGIN;
    layout.width = layout.left + (double)map->columns * CELL + overhang + MARGIN;
    layout.height = layout.top + (double)map->rows * CELL + 2 * MARGIN + SCALE_HEIGHT + MARGIN;
    double least = map->title ? (double)width_of(map->title) * NAME_WIDTH * 1.15 + 2 * MARGIN : 0;
    double scale = layout.left + SCALE_WIDTH + 4 * MARGIN;
    layout.width = layout.width > least ? layout.width : least;
    layout.width = layout.width > scale ? layout.width : scale;
    return layout;
}

static void append_text(struct text *out, double x, double y, const char *attributes, const char *name)
{
    text_print(out, "<text x=\"%.1f\" y=\"%.1f\" %s>", x, y, attributes);
    append_clean(out, name, true);
    text_print(out, "</text>\n");
}

static void append_names(const struct heatmap *map, const struct layout *layout, struct text *out)
{
    for (int64_t j = 0; j < map->columns; j++) {
        double x = layout->left + ((double)j + 0.5) * CELL, y = layout->top - 0.6 * MARGIN;
        char *attributes = layout->slanted ? print("transform=\"rotate(-45 %.1f %.1f)\"", x, y)
                                           : print("text-anchor=\"middle\"");
        append_text(out, x, y, attributes, map->column_names[j]);
        free(attributes);
    }
    for (int64_t i = 0; i < map->rows; i++)
        append_text(out, layout->left - 0.7 * MARGIN, layout->top + ((double)i + 0.5) * CELL + 0.35 * FONT,
                    "text-anchor=\"end\"", map->row_names[i]);
}

static void append_cells(const struct heatmap *map, const struct layout *layout, struct text *out)
{
    text_print(out, "<g fill=\"#0b3d91\" stroke=\"#d5d9e0\" stroke-width=\"1\">\n");
    for (int64_t i = 0; i < map->rows; i++) {
        for (int64_t j = 0; j < map->columns; j++) {
            double weight = clamp(map->weights[i * map->columns + j]);
            text_print(out,
                       "<rect x=\"%.1f\" y=\"%.1f\" width=\"%d\" height=\"%d\" fill-opacity=\"%.4f\"><title>",
                       layout->left + (double)j * CELL, layout->top + (double)i * CELL, CELL, CELL, weight);
            append_clean(out, map->row_names[i], true);
            text_print(out, " from ");
            append_clean(out, map->column_names[j], true);
            text_print(out, ": %.3f</title></rect>\n", weight);
        }
    }
    text_print(out, "</g>\n");
}

static void append_scale(const struct heatmap *map, const struct layout *layout, struct text *out)
{
    double y = layout->top + (double)map->rows * CELL + 2 * MARGIN, base = y + SCALE_HEIGHT - 1;
    text_print(
        out,
        "<defs><linearGradient id=\"scale\"><stop offset=\"0\" stop-color=\"#fff\"/>"
        "<stop offset=\"1\" stop-color=\"#0b3d91\"/></linearGradient></defs>\n"
        "<rect x=\"%.1f\" y=\"%.1f\" width=\"%d\" height=\"%d\" fill=\"url(#scale)\" stroke=\"#d5d9e0\"/>\n",
        layout->left, y, SCALE_WIDTH, SCALE_HEIGHT);
    append_text(out, layout->left - 0.7 * MARGIN, base, "text-anchor=\"end\"", "0");
    append_text(out, layout->left + SCALE_WIDTH + 0.7 * MARGIN, base, "text-anchor=\"start\"", "1");
}

void heatmap_svg(const struct heatmap *map, struct text *out)
{
    struct layout layout = lay_out(map);
    text_print(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.0f\" height=\"%.0f\" viewBox=\"0 0 %.0f %.0f\" "
        "font-family=\"Helvetica, Arial, sans-serif\" font-size=\"%d\" fill=\"#1a1a1a\">\n"
        "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n",
        layout.width, layout.height, layout.width, layout.height, FONT);
    if (map->title)
        append_text(out, MARGIN, MARGIN + FONT, "font-weight=\"bold\"", map->title);
    append_names(map, &layout, out);
    append_cells(map, &layout, out);
    append_scale(map, &layout, out);
    text_print(out, "</svg>\n");
}

/* ---- terminal ---- */

static int64_t screen_width(void)
{
    struct winsize size;
    bool known = isatty(STDOUT_FILENO) && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
    return known ? size.ws_col : INT64_MAX;
}

/* Print a name at the right of `width` columns, or all of a wider one. */
static void print_right(const char *name, int64_t width)
{
    struct text clean = {0};
    int64_t spaces = width - width_of(name);
    append_clean(&clean, name, false);
    printf("%*s%.*s", spaces > 0 ? (int)spaces : 0, "", (int)clean.size, clean.size ? clean.bytes : "");
    free(clean.bytes);
}

static int64_t column_width(const struct heatmap *map, int64_t column)
{
    int64_t width = width_of(map->column_names[column]);
    return width > 3 ? width : 3; /* "100" */
}

static void print_cell(double weight, int64_t width, bool colours)
{
    /* Of xterm's 256 colours, from white to dark blue. */
    static const int ramp[] = {231, 195, 153, 117, 75, 33, 26, 19};
    int hundredths = (int)(100 * weight + 0.5), shade = (int)(weight * 7.999);
    if (colours)
        printf(" \033[38;5;%d;48;5;%dm", shade < 5 ? 16 : 231, ramp[shade]);
    else
        putchar(' ');
    if (hundredths)
        printf("%*d", (int)width, hundredths);
    else
        printf("%*s", (int)width, ".");
    if (colours)
        fputs("\033[0m", stdout);
}

static void print_part(const struct heatmap *map, int64_t first, int64_t last, int64_t names, bool colours)
{
    printf("%*s", (int)names, "");
    for (int64_t j = first; j < last; j++) {
        putchar(' ');
        print_right(map->column_names[j], column_width(map, j));
    }
    putchar('\n');
    for (int64_t i = 0; i < map->rows; i++) {
        print_right(map->row_names[i], names);
        for (int64_t j = first; j < last; j++)
            print_cell(clamp(map->weights[i * map->columns + j]), column_width(map, j), colours);
        putchar('\n');
    }
}

void heatmap_print(const struct heatmap *map, bool colours)
{
    int64_t names = widest(map->row_names, map->rows), screen = screen_width(), last;
    if (map->title) {
        print_right(map->title, 0);
        putchar('\n');
    }
    for (int64_t first = 0; first < map->columns; first = last) {
        int64_t width = names;
        for (last = first; last < map->columns; last++) {
            width += 1 + column_width(map, last);
            if (width > screen && last > first)
                break;
        }
        print_part(map, first, last, names, colours);
    }
}
