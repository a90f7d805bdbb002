/* show_svg.c - explained texts as an SVG picture, one below the other.
 *
 * Letters are monospaced and each piece is placed by itself, so that shades lie under their words whatever font a viewer takes.
 * Lines break at spaces, and where one word is longer than a line. Each piece is a <tspan> with its bytes as they were written:
 * together they are the original text. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

#include "show.h"
#include "common/markup.h"

#define WIDTH 860
#define MARGIN 28
#define FONT 14
#define LETTER 8.43 /* the width of one in DejaVu Sans Mono of that size */
#define LINE 25
#define COLUMNS ((WIDTH - 2 * MARGIN) / LETTER)
#define UNDERLINED 0.1 /* how shaded a word is that speaks for negative, where there are both */
#define DEEPEST 0.72   /* opacity of the most shaded word */

static double columns_of(uint32_t character)
{
    return character == '\t' ? 4 : utf8proc_charwidth((utf8proc_int32_t)character);
}

/* Where the line that begins at text[begin] ends: behind a line break or a space, or at the last character that fits. */
static size_t line_end(const struct reading *reading, size_t begin)
{
    const char *at = reading->text + begin;
    size_t left = reading->size - begin, space = 0;
    double column = 0;
    while (left > 0) {
        size_t before = reading->size - left;
        uint32_t c = next_character(&at, &left);
        if (c == '\n')
            return reading->size - left;
        column += columns_of(c);
        if (c == ' ' || c == '\t')
            space = reading->size - left; /* one that hangs over the edge shows nothing */
        else if (column > COLUMNS)
            return space ? space : before > begin ? before : reading->size - left;
    }
    return reading->size;
}

static double width_of(const char *bytes, size_t size)
{
    double columns = 0;
    while (size > 0)
        columns += columns_of(next_character(&bytes, &size));
    return columns * LETTER;
}

struct pen {
    double x, y;
    struct text shades, letters; /* what lies below, and what above */
};

static void append_shade(struct show *show, struct pen *pen, const struct reading *reading, double width,
                         int64_t token)
{
    const char *name = attn_tokens_get(reading->tokens, token);
    struct text *out = &pen->shades;
    text_print(out,
               "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"21\" rx=\"3\" fill=\"%s\" "
               "fill-opacity=\"%.3f\"><title>",
               pen->x - 1, pen->y - 15.5, width + 2, show->shades[token] > 0 ? "#1f77be" : "#f07d0a",
               DEEPEST * fabs(show->shades[token]));
    append_xml(out, name, strlen(name));
    text_print(out, ": ");
    append_value(out, reading, reading->values[token]);
    text_print(out, ", rank %lld</title></rect>\n", (long long)show->ranks[token]);
}

static void append_piece(struct show *show, struct pen *pen, const struct reading *reading, const char *bytes,
                         size_t size, int64_t token)
{
    double width = width_of(bytes, size);
    if (token >= 0)
        append_shade(show, pen, reading, width, token);
    text_print(&pen->letters, "<tspan x=\"%.1f\"%s>", pen->x,
               token >= 0 && is_signed(reading->by) && show->shades[token] < -UNDERLINED
                   ? " text-decoration=\"underline\""
                   : "");
    append_xml(&pen->letters, bytes, size);
    text_print(&pen->letters, "</tspan>");
    pen->x += width;
}

/* text[begin .. end), of which the first token is *token; that becomes the first that does not end there. */
static void append_line(struct show *show, struct pen *pen, const struct reading *reading, size_t begin,
                        size_t end, int64_t *token)
{
    const int64_t *begins = attn_tokens_begins(reading->tokens), *ends = attn_tokens_ends(reading->tokens);
    size_t at = begin;
    pen->x = MARGIN;
    text_print(&pen->letters, "<text y=\"%.1f\" xml:space=\"preserve\">", pen->y);
    while (at < end) {
        bool left = *token < reading->length;
        size_t from = left ? (size_t)begins[*token] : end, to = left ? (size_t)ends[*token] : end;
        if (left && to <= at) {
            ++*token; /* without bytes */
            continue;
        }
        bool between = from > at;
        size_t stop = between ? from : to;
        stop = stop < end ? stop : end;
        append_piece(show, pen, reading, reading->text + at, stop - at, between ? -1 : *token);
        at = stop;
    }
    text_print(&pen->letters, "</text>\n");
    pen->y += LINE;
}

static void append_note(struct show *show, struct pen *pen, const char *bytes, size_t size)
{
    text_print(&show->out,
               "<text x=\"%d\" y=\"%.1f\" font-family=\"DejaVu Sans, Verdana, sans-serif\" font-size=\"13\" "
               "fill=\"#666\">",
               MARGIN, pen->y);
    append_xml(&show->out, bytes, size);
    text_print(&show->out, "</text>\n");
    pen->y += 0.8 * LINE;
}

static void append_head(struct show *show, struct pen *pen, const struct reading *reading)
{
    struct text line = {0};
    text_print(&show->out,
               "<text x=\"%d\" y=\"%.1f\" font-family=\"DejaVu Sans, Verdana, sans-serif\" font-size=\"20\" "
               "font-weight=\"bold\" fill=\"%s\">",
               MARGIN, pen->y, reading->decision_is_blue ? "#1a659f" : "#a85200");
    append_xml(&show->out, reading->decision, strlen(reading->decision));
    text_print(&show->out, " %.2f</text>\n", reading->probability);
    pen->y += LINE;
    text_print(&line, "each word shaded by its share of the attention");
    if (is_signed(reading->by)) {
        line.size = 0;
        text_print(&line, "each word shaded by %s: blue for %s, orange (underlined) for %s",
                   method_title(reading->by), reading->blue, reading->orange);
    }
    append_note(show, pen, line.bytes, (size_t)line.size);
    line.size = 0;
    if (reading->name)
        text_print(&line, "%s, labelled %s; ", reading->name, reading->truth);
    append_notes(&line, reading);
    if (line.size)
        append_note(show, pen, line.bytes, (size_t)line.size);
    free(line.bytes);
    pen->y += 0.4 * LINE;
}

void show_svg(struct show *show, const struct reading *reading)
{
    struct pen pen = {.y = show->height + 44};
    int64_t token = 0;
    append_head(show, &pen, reading);
    for (size_t begin = 0, end; begin < reading->size; begin = end) {
        end = line_end(reading, begin);
        append_line(show, &pen, reading, begin, end, &token);
    }
    struct text *out = &show->out;
    if (pen.shades.size)
        text_append(out, pen.shades.bytes, (size_t)pen.shades.size);
    text_print(out,
               "<g font-family=\"DejaVu Sans Mono, Menlo, Consolas, monospace\" font-size=\"%d\" "
               "fill=\"#111\" pointer-events=\"none\">\n",
               FONT);
    if (pen.letters.size)
        text_append(out, pen.letters.bytes, (size_t)pen.letters.size);
    text_print(out, "</g>\n");
    free(pen.shades.bytes);
    free(pen.letters.bytes);
    show->height = pen.y;
}

void end_svg(struct show *show)
{
    struct text texts = show->out;
    double height = show->height + 4;
    show->out = (struct text){0};
    text_print(
        &show->out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%.0f\" viewBox=\"0 0 %d %.0f\">\n"
        "<desc>What decisions rested on, as attn-sentiment explain draws it.</desc>\n"
        "<rect width=\"%d\" height=\"%.0f\" rx=\"10\" fill=\"#fdfdfc\"/>\n",
        WIDTH, height, WIDTH, height, WIDTH, height);
    if (texts.size)
        text_append(&show->out, texts.bytes, (size_t)texts.size);
    text_print(&show->out, "</svg>\n");
    free(texts.bytes);
}
