/* svg.c - texts and matrices as an SVG picture, one below the other.
 *
 * A text's letters are monospaced and each piece is placed by itself, so that shades lie under their words whatever font a viewer
 * takes: together the <tspan>s are the text. Those of writing to the left begin at their right edge (direction.h).
 *
 *              column names                 names are measured in columns of a terminal, of which their letters take NAME pixels
 *     row      +------+------+
 *     names    | cell | cell |
 *              +------+------+
 *     0 [scale] 1 */
#include <math.h>
#include <string.h>

#include "draw/format.h"
#include "draw/direction.h"

#define WIDTH 860
#define MARGIN 28
#define LETTER 8.43 /* the width of one in DejaVu Sans Mono of 14 pixels */
#define LINE 25
#define UNDERLINED 0.1 /* how shaded a word is that speaks against, where there are both */
#define DEEPEST 0.72   /* opacity of the most shaded word */
#define TIP 40         /* columns of a name in a tip */

#define SANS "font-family=\"DejaVu Sans, Verdana, sans-serif\""
#define MONO "font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\""
#define BLUE "#1f77be"
#define ORANGE "#f07d0a"

static const char *escape(int32_t code)
{
    return attni_is_break(code) ? "\n" : attni_escape_xml(code);
}

static void put_string(attni_sink *sink, const char *string, int64_t most)
{
    attni_put_line(sink, string, (int64_t)strlen(string), most, attni_escape_xml);
}

static double width_of(const attni_canvas *canvas)
{
    return canvas->options.width ? canvas->options.width : WIDTH;
}

/* Move on to `height`, and have room for `width`. */
static void take(attni_canvas *canvas, double width, double height)
{
    canvas->width = width > canvas->width ? width : canvas->width;
    canvas->height = height;
}

/* A string over as many lines as it needs; `y` is the first one's and becomes that of what stands below. */
static void put_lines(attni_canvas *canvas, double x, double *y, double step, double letter,
                      const char *attributes, const char *string)
{
    const attni_shaded text = {.text = (const unsigned char *)string, .size = (int64_t)strlen(string)};
    for (attni_scan scan = {0}; scan.at < text.size; *y += step) {
        const int64_t begin = scan.at, most = (int64_t)((width_of(canvas) - 2 * x) / letter);
        int64_t stop = attni_stretch_line(&text, scan, most), end = begin; /* without its break */
        for (attni_stretch part; attni_next_stretch(&text, &scan, stop, INT64_MAX, &part);)
            end = part.kind == ATTNI_BREAK ? end : part.end;
        attni_print(&canvas->sink, "<text x=\"%s\" y=\"%s\" %s>", ATTNI_FIXED(x, 0), ATTNI_FIXED(*y, 1),
                    attributes);
        attni_put_line(&canvas->sink, string + begin, end - begin, 0, attni_escape_xml);
        attni_puts(&canvas->sink, "</text>\n");
    }
}

static void put_title(attni_canvas *canvas, double x, double *y, const char *title, bool swap_hues)
{
    static const char *const attributes[] = {SANS " font-size=\"20\" font-weight=\"bold\" fill=\"#1a659f\"",
                                             SANS " font-size=\"20\" font-weight=\"bold\" fill=\"#a85200\""};
    put_lines(canvas, x, y, 1.1 * LINE, 14, attributes[swap_hues], title);
    *y += 0.3 * LINE;
}

static void put_note(attni_canvas *canvas, double x, double *y, const char *note)
{
    put_lines(canvas, x, y, 0.8 * LINE, 7.8, SANS " font-size=\"13\" fill=\"#666\"", note);
}

/* The heading stands above what was kept, which makes room for it. */
static void begin(attni_canvas *canvas)
{
    const double width = canvas->width > 0 ? canvas->width : width_of(canvas);
    const double above = canvas->heading ? 2 * LINE : 0;
    const attni_number height = attni_fixed(canvas->height + above + 4, 0);
    attni_print(
        &canvas->sink,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%s\" height=\"%s\" viewBox=\"0 0 %s %s\">\n"
        "<rect width=\"%s\" height=\"%s\" rx=\"10\" fill=\"#fdfdfc\"/>\n",
        ATTNI_FIXED(width, 0), height.text, ATTNI_FIXED(width, 0), height.text, ATTNI_FIXED(width, 0),
        height.text);
    if (canvas->heading) {
        attni_print(&canvas->sink,
                    "<text x=\"%d\" y=\"48\" " SANS " font-size=\"24\" font-weight=\"bold\" fill=\"#111\">",
                    MARGIN);
        put_string(&canvas->sink, canvas->heading, (int64_t)((width - 2 * MARGIN) / 17));
        attni_print(&canvas->sink, "</text>\n<g transform=\"translate(0 %s)\">\n", ATTNI_FIXED(above, 0));
    }
}

static void end(attni_canvas *canvas)
{
    attni_puts(&canvas->sink, canvas->heading ? "</g>\n</svg>\n" : "</svg>\n");
}

/* ---- text ------------------------------------------------------------------------------------------------ */

static void put_shade(attni_sink *sink, double x, double y, const attni_shaded *text,
                      const attni_stretch *piece)
{
    const double number = (double)text->numbers[piece->span], shade = (double)text->shades[piece->span];
    const char *letters = (const char *)text->text + text->begins[piece->span],
               *name = text->names ? text->names[piece->span] : letters;
    const int64_t letters_size = text->ends[piece->span] - text->begins[piece->span];
    attni_print(
        sink,
        "<rect x=\"%s\" y=\"%s\" width=\"%s\" height=\"21\" rx=\"3\" fill=\"%s\" fill-opacity=\"%s\"><title>",
        ATTNI_FIXED(x - 1, 1), ATTNI_FIXED(y - 15.5, 1), ATTNI_FIXED((double)piece->columns * LETTER + 2, 1),
        shade < 0 ? ORANGE : BLUE, ATTNI_FIXED(DEEPEST * fabs(shade), 3));
    attni_put_line(sink, name, text->names ? (int64_t)strlen(name) : letters_size, TIP, attni_escape_xml);
    attni_print(sink, ": %s%s, rank %d</title></rect>\n", text->has_signs && number >= 0 ? "+" : "",
                ATTNI_FIXED(number, attni_places(number)), text->ranks[piece->span]);
}

static void put_letters(attni_sink *sink, double x, const attni_shaded *text, const attni_stretch *piece)
{
    const bool underlined =
        piece->span >= 0 && text->has_signs && (double)text->shades[piece->span] < -UNDERLINED;
    attni_print(sink, "<tspan x=\"%s\"%s>", ATTNI_FIXED(x, 1),
                underlined ? " text-decoration=\"underline\"" : "");
    if (piece->kind == ATTNI_BREAK)
        attni_puts(sink, "\n");
    else
        attni_put_text(sink, text->text + piece->begin, piece->end - piece->begin, escape);
    attni_puts(sink, "</tspan>");
}

static double place_of(int64_t column)
{
    return MARGIN + (double)column * LETTER;
}

/* A line: its shades, and then its letters. Returns whether the text's own break ends it. */
static bool put_line(attni_canvas *canvas, attni_placing *line, double y)
{
    attni_sink *sink = &canvas->sink;
    attni_stretch piece = {0};
    int64_t column;
    for (attni_placing below = *line; attni_next_placed(&below, &piece, &column);) {
        if (piece.span >= 0)
            put_shade(sink, place_of(column), y, line->text, &piece);
    }
    for (bool begun = false, leftward = false; attni_next_placed(line, &piece, &column); begun = true) {
        if (!begun || leftward != line->run_leftward) {
            leftward = line->run_leftward;
            attni_print(sink,
                        "%s<text y=\"%s\" xml:space=\"preserve\" " MONO
                        " font-size=\"14\" fill=\"#111\" pointer-events=\"none\"%s>",
                        begun ? "</text>\n" : "", ATTNI_FIXED(y, 1), leftward ? " direction=\"rtl\"" : "");
        }
        put_letters(sink, place_of(column + (leftward ? piece.columns : 0)), line->text, &piece);
    }
    attni_puts(sink, "</text>\n");
    return piece.kind == ATTNI_BREAK;
}

static void draw_text(attni_canvas *canvas, const attni_shaded *text)
{
    const int64_t columns = (int64_t)((width_of(canvas) - 2 * MARGIN) / LETTER);
    double y = canvas->height + 44;
    if (text->title)
        put_title(canvas, MARGIN, &y, text->title, text->swap_hues);
    bool begins = true; /* a paragraph */
    attni_placing line = {0};
    for (; line.scan.at < text->size && canvas->sink.status == ATTN_OK; y += LINE) {
        line = (attni_placing){.text = text,
                               .scan = line.scan,
                               .end = attni_stretch_line(text, line.scan, columns),
                               .leftward = begins ? attni_goes_leftward(text, line.scan) : line.leftward,
                               .right = columns,
                               .before = begins ? 0 : line.before};
        begins = put_line(canvas, &line, y);
    }
    if (text->note) {
        y += 0.2 * LINE;
        put_note(canvas, MARGIN, &y, text->note);
    }
    take(canvas, width_of(canvas), y);
}

/* ---- matrix ---------------------------------------------------------------------------------------------- */

#define CELL 30 /* pixels */
#define EDGE 12
#define FONT 15
#define NAME 9.5
#define SLANT 0.7072 /* sine and cosine of 45 degrees */
#define SCALE_WIDTH 120
#define SCALE_HEIGHT 12

static void put_name(attni_sink *sink, double x, double y, const char *attributes, const char *name)
{
    attni_print(sink, "<text x=\"%s\" y=\"%s\" %s>", ATTNI_FIXED(x, 1), ATTNI_FIXED(y, 1), attributes);
    put_string(sink, name, 0);
    attni_puts(sink, "</text>\n");
}

static void put_names(attni_sink *sink, const attni_matrix *matrix, double left, double top, bool slanted)
{
    for (int64_t j = 0; matrix->column_names && j < matrix->columns && sink->status == ATTN_OK; j++) {
        const double x = left + ((double)j + 0.5) * CELL, y = top - 0.6 * EDGE;
        attni_print(sink, "<text x=\"%s\" y=\"%s\" ", ATTNI_FIXED(x, 1), ATTNI_FIXED(y, 1));
        if (slanted)
            attni_print(sink, "transform=\"rotate(-45 %s %s)\">", ATTNI_FIXED(x, 1), ATTNI_FIXED(y, 1));
        else
            attni_puts(sink, "text-anchor=\"middle\">");
        put_string(sink, matrix->column_names[j], 0);
        attni_puts(sink, "</text>\n");
    }
    for (int64_t i = 0; matrix->row_names && i < matrix->rows && sink->status == ATTN_OK; i++)
        put_name(sink, left - 0.7 * EDGE, top + ((double)i + 0.5) * CELL + 0.35 * FONT, "text-anchor=\"end\"",
                 matrix->row_names[i]);
}

static void put_cells(attni_sink *sink, const attni_matrix *matrix, double left, double top)
{
    attni_puts(sink, "<g stroke=\"#d5d9e0\" stroke-width=\"1\">\n");
    for (int64_t i = 0; i < matrix->rows && sink->status == ATTN_OK; i++) {
        for (int64_t j = 0; j < matrix->columns && sink->status == ATTN_OK; j++) {
            const double shade = attni_matrix_shade(matrix, i, j);
            attni_print(
                sink,
                "<rect x=\"%s\" y=\"%s\" width=\"%d\" height=\"%d\" fill=\"%s\" fill-opacity=\"%s\"><title>",
                ATTNI_FIXED(left + (double)j * CELL, 1), ATTNI_FIXED(top + (double)i * CELL, 1), CELL, CELL,
                shade < 0 ? "#b34700" : "#0b3d91", ATTNI_FIXED(fabs(shade), 4));
            put_string(sink, attni_name(matrix->row_names, i), TIP);
            attni_puts(sink, " from ");
            put_string(sink, attni_name(matrix->column_names, j), TIP);
            attni_print(sink, ": %s</title></rect>\n",
                        ATTNI_FIXED((double)matrix->weights[i * matrix->columns + j], 3));
        }
    }
    attni_puts(sink, "</g>\n");
}

/* From 0, or from what is shaded in full below it, to what is above. Linear in what is seen, so a logarithmic one is not drawn. */
static void put_scale(attni_sink *sink, const attni_matrix *matrix, double left, double y)
{
    const double base = y + SCALE_HEIGHT - 1;
    const char *const hues[] = {matrix->has_signs ? matrix->swap_hues ? "#0b3d91" : "#b34700" : "#fff",
                                matrix->swap_hues ? "#b34700" : "#0b3d91"};
    attni_number low = attni_fixed(matrix->has_signs ? -matrix->largest : 0, 3),
                 high = attni_fixed(matrix->largest, 3);
    attni_number *const ends[] = {&low, &high};
    for (int i = 0; i < 2; i++) { /* "1" and not "1.000" */
        char *last = ends[i]->text + strlen(ends[i]->text) - 1;
        while (*last == '0')
            *last-- = 0;
        if (*last == '.')
            *last = 0;
    }
    const char *id = matrix->has_signs ? "attn-scale-signs" : "attn-scale";
    attni_print(sink,
                "<defs><linearGradient id=\"%s%s\"><stop offset=\"0\" stop-color=\"%s\"/>"
                "<stop offset=\"%s\" stop-color=\"#fff\"/><stop offset=\"1\" "
                "stop-color=\"%s\"/></linearGradient></defs>\n",
                id, matrix->swap_hues ? "-swapped" : "", hues[0], matrix->has_signs ? "0.5" : "0", hues[1]);
    attni_print(
        sink, "<rect x=\"%s\" y=\"%s\" width=\"%d\" height=\"%d\" fill=\"url(#%s%s)\" stroke=\"#d5d9e0\"/>\n",
        ATTNI_FIXED(left, 1), ATTNI_FIXED(y, 1), SCALE_WIDTH, SCALE_HEIGHT, id,
        matrix->swap_hues ? "-swapped" : "");
    put_name(sink, left - 0.7 * EDGE, base, "text-anchor=\"end\"", low.text);
    put_name(sink, left + SCALE_WIDTH + 0.7 * EDGE, base, "text-anchor=\"start\"", high.text);
}

static void draw_matrix(attni_canvas *canvas, const attni_matrix *matrix)
{
    attni_sink *sink = &canvas->sink;
    const double longest = (double)attni_widest(matrix->column_names, matrix->columns) * NAME;
    const bool slanted = longest > CELL;
    const double overhang = slanted ? longest * SLANT : 0;
    const double names = (double)attni_widest(matrix->row_names, matrix->rows) * NAME;
    const double left = 2 * EDGE + (names > 3 * NAME ? names : 3 * NAME); /* "-1" beside the scale */
    double y = canvas->height + EDGE + FONT, width = left + (double)matrix->columns * CELL + overhang + EDGE;
    const double scale = left + SCALE_WIDTH + 6 * EDGE;
    attni_puts(
        sink,
        "<g font-family=\"DejaVu Sans, Helvetica, Arial, sans-serif\" font-size=\"15\" fill=\"#1a1a1a\">\n");
    if (matrix->title) {
        put_name(sink, EDGE, y, "font-weight=\"bold\"", matrix->title);
        const double title = (double)attni_columns_of(matrix->title) * NAME * 1.15 + 2 * EDGE;
        width = title > width ? title : width;
        y += 1.6 * FONT;
    }
    const double top = y + (slanted ? overhang - 0.5 * FONT : 0) + EDGE;
    put_names(sink, matrix, left, top, slanted);
    put_cells(sink, matrix, left, top);
    y = top + (double)matrix->rows * CELL + 2 * EDGE;
    if (!matrix->logarithmic) {
        put_scale(sink, matrix, left, y);
        y += SCALE_HEIGHT + EDGE;
    }
    attni_puts(sink, "</g>\n");
    if (matrix->note) {
        y += EDGE;
        put_note(canvas, EDGE, &y, matrix->note);
    }
    take(canvas, width > scale ? width : scale, y);
}

const attni_format attni_format_svg = {begin, draw_text, draw_matrix, end, true};
