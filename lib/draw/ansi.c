/* ansi.c - pictures for a terminal of 256 colours, and of none. */
#include <math.h>
#include <string.h>

#include "draw/format.h"
#include "text/utf8.h"

#define UNBROKEN INT64_MAX
#define RESET "\033[0m"

/* Of xterm's 256 colours, from pale to full; black letters can be read on each. */
static const int ramps[2][5] = {{230, 223, 222, 215, 208}, {195, 153, 117, 75, 39}};

/* Overrides and isolates of the writing's direction would turn what stands behind them too. */
static const char *escape(int32_t code)
{
    const bool steers = (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069);
    return steers ? "\xEF\xBF\xBD" : code == '\t' ? "    " : NULL;
}

static void put_string(attni_sink *sink, const char *string)
{
    attni_put_line(sink, string, (int64_t)strlen(string), 0, escape);
}

static int64_t columns_of(const attni_canvas *canvas)
{
    return canvas->options.width ? canvas->options.width : UNBROKEN;
}

/* A string as one line, or as many as it takes; behind the last there is no break. */
static void put_lines(attni_canvas *canvas, const char *string)
{
    const attni_shaded text = {.text = (const unsigned char *)string, .size = (int64_t)strlen(string)};
    const int64_t columns = columns_of(canvas);
    if (attni_columns_of(string) <= columns) {
        put_string(&canvas->sink, string);
        return;
    }
    for (attni_scan scan = {0}; scan.at < text.size;) {
        const int64_t stop = attni_stretch_line(&text, scan, columns);
        int64_t end = stop;
        while (end > scan.at && strchr(" \t\r\n", string[end - 1]) != NULL)
            end--; /* a space over the edge would begin a line */
        attni_put_line(&canvas->sink, string + scan.at, end - scan.at, 0, escape);
        attni_puts(&canvas->sink, stop < text.size ? "\n" : "");
        scan.at = stop;
    }
}

static void put_bold(attni_canvas *canvas, const char *string)
{
    attni_puts(&canvas->sink, canvas->options.no_colours ? "" : "\033[1m");
    put_lines(canvas, string);
    attni_puts(&canvas->sink, canvas->options.no_colours ? "" : RESET);
}

static void begin(attni_canvas *canvas)
{
    if (canvas->heading) {
        put_bold(canvas, canvas->heading);
        attni_puts(&canvas->sink, "\n\n");
    }
}

static void end(attni_canvas *canvas)
{
    (void)canvas;
}

/* ---- text ------------------------------------------------------------------------------------------------ */

/* A terminal has few shades: where there are no signs they go to what is above the mean. */
typedef struct scale {
    double mean;
    bool from_mean;
} scale;

static scale make_scale(const attni_shaded *text)
{
    scale s = {0, text->count > 1 && !text->has_signs && !text->logarithmic};
    for (int64_t i = 0; i < text->count; i++)
        s.mean += fabs((double)text->shades[i]) / (double)text->count;
    return s;
}

static double scaled(const scale *s, double shade)
{
    const double above = fabs(shade) - s->mean;
    if (!s->from_mean)
        return shade;
    return above > 1e-4 * s->mean /* beyond rounding */ ? copysign(above / (1 - s->mean), shade) : 0;
}

static void put_piece(attni_canvas *canvas, const attni_shaded *text, const scale *s,
                      const attni_stretch *piece)
{
    attni_sink *sink = &canvas->sink;
    const double shade = piece->span < 0 ? 0 : scaled(s, (double)text->shades[piece->span]);
    const bool coloured = shade != 0 && !canvas->options.no_colours;
    if (coloured)
        attni_print(sink, "\033[38;5;16;48;5;%dm", ramps[shade > 0][(int)(fabs(shade) * 4.999)]);
    attni_put_text(sink, text->text + piece->begin, piece->end - piece->begin, escape);
    attni_puts(sink, coloured ? RESET : "");
}

/* One line, text[scan->at .. end), and the break behind it. */
static void put_line(attni_canvas *canvas, const attni_shaded *text, const scale *s, attni_scan *scan,
                     int64_t end, int64_t columns)
{
    attni_stretch piece = {0};
    for (int64_t taken = 0;
         attni_next_stretch(text, scan, end, columns - taken > 0 ? columns - taken : 0, &piece);) {
        taken += piece.columns;
        if (piece.kind == ATTNI_LETTERS || (piece.kind == ATTNI_SPACE && taken <= columns))
            put_piece(canvas, text, s, &piece); /* a space over the edge would begin a line */
    }
    attni_puts(&canvas->sink, "\n");
}

static void put_note(attni_canvas *canvas, const char *note, int64_t columns)
{
    const attni_shaded text = {.text = (const unsigned char *)note, .size = (int64_t)strlen(note)};
    const scale none = {0};
    const int64_t room = columns > 2 ? columns - 2 : 1;
    for (attni_scan scan = {0}; scan.at < text.size;) {
        const int64_t stop = attni_stretch_line(&text, scan, room);
        attni_puts(&canvas->sink, "  ");
        put_line(canvas, &text, &none, &scan, stop, room);
    }
}

/* Whether the line that begins in `columns` of `all` is no stub and does not end within a word. */
static bool has_room(const attni_shaded *text, int64_t columns, int64_t all)
{
    if (columns < all / 3 || columns < 1)
        return false;
    const attni_scan start = {0};
    const int64_t stop = attni_stretch_line(text, start, columns);
    return stop == attni_stretch_line(text, start, all) || text->text[stop - 1] == ' ' ||
           text->text[stop - 1] == '\t';
}

static void draw_text(attni_canvas *canvas, const attni_shaded *text)
{
    const int64_t columns = columns_of(canvas);
    const scale s = make_scale(text);
    int64_t room = columns;
    if (text->title) {
        put_bold(canvas, text->title);
        room -= attni_columns_of(text->title) + 2;
        const bool beside = has_room(text, room, columns);
        attni_puts(&canvas->sink, beside ? "  " : "\n");
        room = beside ? room : columns;
    }
    for (attni_scan scan = {0}; scan.at < text->size && canvas->sink.status == ATTN_OK; room = columns) {
        const int64_t stop = attni_stretch_line(text, scan, room);
        put_line(canvas, text, &s, &scan, stop, room);
    }
    if (text->size == 0)
        attni_puts(&canvas->sink, "\n");
    if (text->note)
        put_note(canvas, text->note, columns);
}

/* ---- matrix ---------------------------------------------------------------------------------------------- */

/* At the right of `width` columns, and no more of it than they hold. */
static void put_right(attni_sink *sink, const char *name, int64_t width)
{
    const int64_t all = attni_columns_of(name);
    for (int64_t spaces = width - all; spaces > 0; spaces--)
        attni_puts(sink, " ");
    attni_put_line(sink, name, (int64_t)strlen(name), all > width ? width - 1 : 0, escape);
}

/* Of a column in a matrix, whose name gets `most` columns at most. */
static int64_t column_width(const attni_matrix *matrix, int64_t column, int64_t most)
{
    const int64_t all = attni_columns_of(attni_name(matrix->column_names, column)),
                  least = matrix->has_signs ? 4 : 3, /* "100" */
        name = all < most ? all : most;
    return name > least ? name : least;
}

static void put_cell(attni_canvas *canvas, const attni_matrix *matrix, int64_t i, int64_t j, int width)
{
    /* Of xterm's 256 colours, from white to dark blue, and to dark orange. */
    static const int cells[2][8] = {{231, 230, 223, 216, 215, 208, 166, 130},
                                    {231, 195, 153, 117, 75, 33, 26, 19}};
    const double shade = attni_matrix_shade(matrix, i, j), part = fabs(shade);
    const double weight = (double)matrix->weights[i * matrix->columns + j] / matrix->largest;
    const int hundredths = (int)lround(100 * (weight > 1 ? 1 : weight < -1 ? -1 : weight));
    attni_puts(&canvas->sink, " ");
    if (!canvas->options.no_colours)
        attni_print(&canvas->sink, "\033[38;5;%d;48;5;%dm", part * 7.999 < 5 ? 16 : 231,
                    cells[shade >= 0][(int)(part * 7.999)]);
    for (int k = hundredths ? 6 : 1; k < width; k++)
        attni_puts(&canvas->sink, " ");
    if (hundredths)
        attni_print(&canvas->sink, "%*d", width < 6 ? width : 6, hundredths);
    else
        attni_puts(&canvas->sink, ".");
    attni_puts(&canvas->sink, canvas->options.no_colours ? "" : RESET);
}

/* Columns first .. last - 1 of all rows, whose names stand in `names` columns, or where that is 0 above the cells. */
static void put_part(attni_canvas *canvas, const attni_matrix *matrix, int64_t first, int64_t last,
                     int64_t names)
{
    const int64_t most = columns_of(canvas) - names - 1;
    put_right(&canvas->sink, "", names);
    for (int64_t j = first; j < last && canvas->sink.status == ATTN_OK; j++) {
        attni_puts(&canvas->sink, " ");
        put_right(&canvas->sink, attni_name(matrix->column_names, j), column_width(matrix, j, most));
    }
    attni_puts(&canvas->sink, "\n");
    for (int64_t i = 0; i < matrix->rows && canvas->sink.status == ATTN_OK; i++) {
        const char *name = attni_name(matrix->row_names, i);
        if (names > 0) {
            put_right(&canvas->sink, name, names);
        } else if (*name) {
            put_lines(canvas, name);
            attni_puts(&canvas->sink, "\n");
        }
        for (int64_t j = first; j < last && canvas->sink.status == ATTN_OK; j++)
            put_cell(canvas, matrix, i, j, (int)column_width(matrix, j, most));
        attni_puts(&canvas->sink, "\n");
    }
}

static void draw_matrix(attni_canvas *canvas, const attni_matrix *matrix)
{
    const int64_t columns = columns_of(canvas), all = attni_widest(matrix->row_names, matrix->rows),
                  widest = attni_widest(matrix->column_names, matrix->columns), third = columns / 3,
                  least = widest < third ? widest : third; /* below it column names say too little */
    const int64_t names = all + 1 + (least > 4 ? least : 4) > columns ? 0 : all;
    if (matrix->title) {
        put_bold(canvas, matrix->title);
        attni_puts(&canvas->sink, "\n");
    }
    for (int64_t first = 0, last; first < matrix->columns; first = last) {
        int64_t width = names;
        for (last = first; last < matrix->columns; last++) {
            width += 1 + column_width(matrix, last, columns - names - 1);
            if (width > columns && last > first)
                break;
        }
        put_part(canvas, matrix, first, last, names);
    }
    if (matrix->note)
        put_note(canvas, matrix->note, columns);
}

const attni_format attni_format_ansi = {begin, draw_text, draw_matrix, end, false};
