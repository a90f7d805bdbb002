/* html.c - a page with its style inside, and nothing that runs. Hues are laid over whatever ground the page has, light or dark. */
#include <math.h>
#include <string.h>

#include "draw/format.h"

#define LEAST_SHADE 0.01 /* below it nothing is coloured */
#define TIP 40           /* columns of a name in a tip */
#define SLANTED 3        /* columns from which on the columns' names stand upright */

static const char head[] = "<!DOCTYPE html>\n"
                           "<html lang=\"en\">\n"
                           "<head>\n"
                           "<meta charset=\"utf-8\">\n"
                           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                           "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                           "style-src 'unsafe-inline'\">\n"
                           "<title>";

static const char page_style[] =
    "<style>\n"
    ":root { color-scheme: light dark; }\n"
    "body {\n"
    "    margin: 0 auto; padding: 1rem; max-width: 62rem; background: #fdfdfc; color: #1b1b1b;\n"
    "    font: 1rem/1.5 system-ui, \"Segoe UI\", \"DejaVu Sans\", sans-serif;\n"
    "}\n"
    "h1 { font-size: 1.5rem; }\n"
    "@media screen and (prefers-color-scheme: dark) { body { background: #14171a; color: #ececea; } }\n"
    "</style>\n";

static const char style[] =
    "<style>\n"
    ".attn { --attn-hue: 31 119 190; --attn-shade: 0; margin: 1.5rem 0; }\n"
    ".attn .attn-blue { --attn-hue: 31 119 190; }\n"
    ".attn .attn-orange { --attn-hue: 240 125 10; }\n"
    ".attn figcaption {\n"
    "    display: inline-block; padding: 0.1em 0.5em; border: 1px solid rgb(var(--attn-hue)); "
    "border-left-width: 0.5em;\n"
    "    border-radius: 0.3em; font-size: 1.2em; font-weight: 600;\n"
    "}\n"
    ".attn-text {\n"
    "    margin: 0.5rem 0; line-height: 1.9; white-space: pre-wrap; overflow-wrap: anywhere; unicode-bidi: "
    "isolate;\n"
    "}\n"
    ".attn-word {\n"
    "    position: relative; padding: 0.1em 0; border-radius: 0.2em;\n"
    "    background: rgb(var(--attn-hue) / calc(var(--attn-shade) * 0.72));\n"
    "}\n"
    /* Where a text has both hues, the one also has another form. */
    ".attn-signs .attn-orange {\n"
    "    text-decoration: underline dotted rgb(150 70 0 / calc(2 * var(--attn-shade))); "
    "text-underline-offset: 0.25em;\n"
    "}\n"
    ".attn-word:hover, .attn-word:focus, .attn td:hover { outline: 2px solid currentColor; outline-offset: "
    "1px; }\n"
    ".attn-word:hover::after, .attn-word:focus::after, .attn td:hover::after {\n"
    "    content: attr(data-tip); position: absolute; left: 0; bottom: 125%; z-index: 1; padding: 0.15em "
    "0.5em;\n"
    "    border-radius: 0.3em; background: #1b1b1b; color: #fdfdfc; border: 1px solid #666; font-size: 0.85rem;\n"
    "    line-height: 1.4; font-weight: 400; white-space: nowrap; pointer-events: none;\n"
    "}\n"
    ".attn-note { margin: 0.5rem 0; opacity: 0.75; font-size: 0.875em; white-space: pre-line; }\n"
    ".attn table { border-collapse: collapse; margin: 0.75rem 0; }\n"
    ".attn th { padding: 0.1em 0.5em; border: 0; font-weight: 400; text-align: right; background: none; }\n"
    ".attn thead th { padding: 0.3em 0; text-align: center; vertical-align: bottom; }\n"
    ".attn-upright thead span { display: inline-block; writing-mode: vertical-rl; transform: rotate(180deg); "
    "}\n"
    ".attn td {\n"
    "    position: relative; width: 1.9em; min-width: 1.9em; height: 1.9em; padding: 0; border: 1px solid "
    "rgb(128 128 128 / 0.35);\n"
    "    background: rgb(var(--attn-hue) / var(--attn-shade));\n"
    "}\n"
    ".attn-word, .attn td, .attn figcaption { -webkit-print-color-adjust: exact; print-color-adjust: exact; "
    "}\n"
    "</style>\n";

static const char *escape(int32_t code)
{
    return attni_is_break(code) ? "\n" : attni_escape_xml(code);
}

static void put_string(attni_sink *sink, const char *string, int64_t most)
{
    attni_put_line(sink, string, (int64_t)strlen(string), most, attni_escape_xml);
}

static void begin(attni_canvas *canvas)
{
    attni_sink *sink = &canvas->sink;
    if (!canvas->options.fragment) {
        attni_puts(sink, head);
        put_string(sink, canvas->document ? canvas->document : "What the decision rested on", 0);
        attni_puts(sink, "</title>\n");
        attni_puts(sink, page_style);
    }
    attni_puts(sink, style);
    if (!canvas->options.fragment)
        attni_puts(sink, "</head>\n<body>\n");
    if (canvas->heading) {
        attni_puts(sink, "<h1>");
        put_string(sink, canvas->heading, 0);
        attni_puts(sink, "</h1>\n");
    }
}

static void end(attni_canvas *canvas)
{
    if (!canvas->options.fragment)
        attni_puts(&canvas->sink, "</body>\n</html>\n");
}

static void begin_figure(attni_sink *sink, const char *title, bool swap_hues)
{
    attni_puts(sink, "<figure class=\"attn\">\n");
    if (title) {
        attni_print(sink, "<figcaption class=\"attn-%s\">", swap_hues ? "orange" : "blue");
        put_string(sink, title, 0);
        attni_puts(sink, "</figcaption>\n");
    }
}

static void end_figure(attni_sink *sink, const char *note)
{
    if (note) {
        attni_puts(sink, "<p class=\"attn-note\">");
        attni_put_text(sink, (const unsigned char *)note, (int64_t)strlen(note), escape);
        attni_puts(sink, "</p>\n");
    }
    attni_puts(sink, "</figure>\n");
}

static void put_shade(attni_sink *sink, double shade)
{
    if (fabs(shade) >= LEAST_SHADE)
        attni_print(sink, " style=\"--attn-shade:%s\"", ATTNI_FIXED(fabs(shade), 2));
}

/* ---- text ------------------------------------------------------------------------------------------------ */

static void put_word(attni_sink *sink, const attni_shaded *text, const attni_stretch *piece)
{
    const double number = (double)text->numbers[piece->span], shade = (double)text->shades[piece->span];
    const char *letters = (const char *)text->text + text->begins[piece->span],
               *name = text->names ? text->names[piece->span] : letters;
    const int64_t letters_size = text->ends[piece->span] - text->begins[piece->span];
    attni_print(sink, "<span class=\"attn-word attn-%s\"", shade < 0 ? "orange" : "blue");
    put_shade(sink, shade);
    attni_puts(sink, " tabindex=\"0\" data-tip=\"");
    attni_put_line(sink, name, text->names ? (int64_t)strlen(name) : letters_size, TIP, attni_escape_xml);
    attni_print(sink, " \xC2\xB7 %s%s \xC2\xB7 rank %d\">", text->has_signs && number >= 0 ? "+" : "",
                ATTNI_FIXED(number, attni_places(number)), text->ranks[piece->span]);
    attni_put_text(sink, text->text + piece->begin, piece->end - piece->begin, escape);
    attni_puts(sink, "</span>");
}

static void draw_text(attni_canvas *canvas, const attni_shaded *text)
{
    attni_sink *sink = &canvas->sink;
    attni_stretch piece;
    begin_figure(sink, text->title, text->swap_hues);
    attni_print(sink, "<div class=\"attn-text%s\" dir=\"auto\">", text->has_signs ? " attn-signs" : "");
    for (attni_scan scan = {0};
         attni_next_stretch(text, &scan, text->size, INT64_MAX, &piece) && sink->status == ATTN_OK;) {
        if (piece.kind == ATTNI_BREAK)
            attni_puts(sink, "\n");
        else if (piece.span < 0)
            attni_put_text(sink, text->text + piece.begin, piece.end - piece.begin, escape);
        else
            put_word(sink, text, &piece);
    }
    attni_puts(sink, "</div>\n");
    end_figure(sink, text->note);
}

/* ---- matrix ---------------------------------------------------------------------------------------------- */

static void put_cell(attni_sink *sink, const attni_matrix *matrix, int64_t i, int64_t j)
{
    const double number = (double)matrix->weights[i * matrix->columns + j],
                 shade = attni_matrix_shade(matrix, i, j);
    attni_print(sink, "<td class=\"attn-%s\"", shade < 0 ? "orange" : "blue");
    put_shade(sink, shade);
    attni_puts(sink, " data-tip=\"");
    put_string(sink, attni_name(matrix->row_names, i), TIP);
    attni_puts(sink, " \xC2\xB7 ");
    put_string(sink, attni_name(matrix->column_names, j), TIP);
    attni_print(sink, " \xC2\xB7 %s\"></td>", ATTNI_FIXED(number, attni_places(number)));
}

static void draw_matrix(attni_canvas *canvas, const attni_matrix *matrix)
{
    attni_sink *sink = &canvas->sink;
    const bool upright = attni_widest(matrix->column_names, matrix->columns) >= SLANTED;
    begin_figure(sink, matrix->title, matrix->swap_hues);
    attni_print(sink, "<table%s>\n<thead><tr><th></th>", upright ? " class=\"attn-upright\"" : "");
    for (int64_t j = 0; j < matrix->columns && sink->status == ATTN_OK; j++) {
        attni_puts(sink, "<th scope=\"col\"><span>");
        put_string(sink, attni_name(matrix->column_names, j), 0);
        attni_puts(sink, "</span></th>");
    }
    attni_puts(sink, "</tr></thead>\n<tbody>\n");
    for (int64_t i = 0; i < matrix->rows && sink->status == ATTN_OK; i++) {
        attni_puts(sink, "<tr><th scope=\"row\">");
        put_string(sink, attni_name(matrix->row_names, i), 0);
        attni_puts(sink, "</th>");
        for (int64_t j = 0; j < matrix->columns && sink->status == ATTN_OK; j++)
            put_cell(sink, matrix, i, j);
        attni_puts(sink, "</tr>\n");
    }
    attni_puts(sink, "</tbody>\n</table>\n");
    end_figure(sink, matrix->note);
}

const attni_format attni_format_html = {begin, draw_text, draw_matrix, end, false};
