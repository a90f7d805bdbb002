/* canvas.c - an SVG is text; of a PNG the pixels are set here and packed by libpng. */
#include "canvas.h"

#include <stdlib.h>
#include <string.h>

#include "common/markup.h"
#include "common/picture.h"

/* Letters of 5 x 7 pixels, a byte a column, the lowest bit on top. */
#define GLYPH_COLUMNS 5
#define GLYPH_ROWS 8 /* the last for what hangs down */
#define SCALE 2

static const struct glyph {
    char letter;
    uint8_t columns[GLYPH_COLUMNS];
} glyphs[] = {
    {'0', {0x3E, 0x51, 0x49, 0x45, 0x3E}}, {'1', {0x00, 0x42, 0x7F, 0x40, 0x00}},
    {'2', {0x42, 0x61, 0x51, 0x49, 0x46}}, {'3', {0x21, 0x41, 0x45, 0x4B, 0x31}},
    {'4', {0x18, 0x14, 0x12, 0x7F, 0x10}}, {'5', {0x27, 0x45, 0x45, 0x45, 0x39}},
    {'6', {0x3C, 0x4A, 0x49, 0x49, 0x30}}, {'7', {0x01, 0x71, 0x09, 0x05, 0x03}},
    {'8', {0x36, 0x49, 0x49, 0x49, 0x36}}, {'9', {0x06, 0x49, 0x49, 0x29, 0x1E}},
    {'a', {0x20, 0x54, 0x54, 0x54, 0x78}}, {'b', {0x7F, 0x48, 0x44, 0x44, 0x38}},
    {'c', {0x38, 0x44, 0x44, 0x44, 0x20}}, {'d', {0x38, 0x44, 0x44, 0x48, 0x7F}},
    {'e', {0x38, 0x54, 0x54, 0x54, 0x18}}, {'f', {0x08, 0x7E, 0x09, 0x01, 0x02}},
    {'g', {0x18, 0xA4, 0xA4, 0xA4, 0x7C}}, {'h', {0x7F, 0x08, 0x04, 0x04, 0x78}},
    {'i', {0x00, 0x44, 0x7D, 0x40, 0x00}}, {'j', {0x40, 0x80, 0x84, 0x7D, 0x00}},
    {'k', {0x7F, 0x10, 0x28, 0x44, 0x00}}, {'l', {0x00, 0x41, 0x7F, 0x40, 0x00}},
    {'m', {0x7C, 0x04, 0x18, 0x04, 0x78}}, {'n', {0x7C, 0x08, 0x04, 0x04, 0x78}},
    {'o', {0x38, 0x44, 0x44, 0x44, 0x38}}, {'p', {0xFC, 0x24, 0x24, 0x24, 0x18}},
    {'q', {0x18, 0x24, 0x24, 0x18, 0xFC}}, {'r', {0x7C, 0x08, 0x04, 0x04, 0x08}},
    {'s', {0x48, 0x54, 0x54, 0x54, 0x20}}, {'t', {0x04, 0x3F, 0x44, 0x40, 0x20}},
    {'u', {0x3C, 0x40, 0x40, 0x20, 0x7C}}, {'v', {0x1C, 0x20, 0x40, 0x20, 0x1C}},
    {'w', {0x3C, 0x40, 0x30, 0x40, 0x3C}}, {'x', {0x44, 0x28, 0x10, 0x28, 0x44}},
    {'y', {0x1C, 0xA0, 0xA0, 0xA0, 0x7C}}, {'z', {0x44, 0x64, 0x54, 0x4C, 0x44}},
    {' ', {0x00, 0x00, 0x00, 0x00, 0x00}}, {'.', {0x00, 0x60, 0x60, 0x00, 0x00}},
};

colour blend(colour from, colour to, double share)
{
    colour mixed = 0;
    for (int shift = 0; shift < 24; shift += 8) {
        const double a = from >> shift & 255, b = to >> shift & 255;
        mixed |= (colour)(a + (b - a) * share + 0.5) << shift;
    }
    return mixed;
}

struct canvas canvas_create(bool svg, int64_t width, int64_t height, const char *title)
{
    struct canvas canvas = {.svg = svg, .width = width, .height = height};
    if (!svg) {
        canvas.pixels = allocate(width * height, 3);
        memset(canvas.pixels, 255, (size_t)(width * height) * 3);
        return canvas;
    }
    text_print(&canvas.out,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%lld\" height=\"%lld\" viewBox=\"0 0 %lld "
               "%lld\">\n<title>",
               (long long)width, (long long)height, (long long)width, (long long)height);
    append_xml(&canvas.out, title, strlen(title));
    text_print(
        &canvas.out,
        "</title>\n<style>text { font: 14px monospace } image { image-rendering: pixelated }</style>\n"
        "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n<g shape-rendering=\"crispEdges\">\n");
    return canvas;
}

struct text canvas_finish(struct canvas *canvas)
{
    struct text file = canvas->out;
    if (canvas->svg)
        text_print(&file, "</g>\n</svg>\n");
    else
        file = picture_png(canvas->width, canvas->height, canvas->pixels);
    free(canvas->pixels);
    *canvas = (struct canvas){0};
    return file;
}

static void set_pixels(struct canvas *canvas, int64_t x, int64_t y, int64_t width, int64_t height,
                       colour fill)
{
    for (int64_t row = y < 0 ? 0 : y; row < y + height && row < canvas->height; row++) {
        for (int64_t column = x < 0 ? 0 : x; column < x + width && column < canvas->width; column++) {
            uint8_t *pixel = canvas->pixels + (row * canvas->width + column) * 3;
            for (int channel = 0; channel < 3; channel++)
                pixel[channel] = (uint8_t)(fill >> (16 - 8 * channel));
        }
    }
}

void canvas_rectangle(struct canvas *canvas, int64_t x, int64_t y, int64_t width, int64_t height, colour fill)
{
    if (canvas->svg)
        text_print(&canvas->out,
                   "<rect x=\"%lld\" y=\"%lld\" width=\"%lld\" height=\"%lld\" fill=\"#%06x\"/>\n",
                   (long long)x, (long long)y, (long long)width, (long long)height, (unsigned)fill);
    else
        set_pixels(canvas, x, y, width, height, fill);
}

static const struct glyph *find_glyph(char letter)
{
    for (int64_t i = 0; i < COUNT(glyphs); i++) {
        if (glyphs[i].letter == letter)
            return &glyphs[i];
    }
    return find_glyph('.');
}

void canvas_text(struct canvas *canvas, int64_t x, int64_t y, bool centred, const char *text, colour ink)
{
    if (canvas->svg) {
        text_print(&canvas->out, "<text x=\"%lld\" y=\"%lld\" fill=\"#%06x\"%s>", (long long)x,
                   (long long)y + 5, (unsigned)ink, centred ? " text-anchor=\"middle\"" : "");
        append_xml(&canvas->out, text, strlen(text));
        text_print(&canvas->out, "</text>\n");
        return;
    }
    const int64_t advance = (GLYPH_COLUMNS + 1) * SCALE;
    x -= centred ? (int64_t)strlen(text) * advance / 2 : 0;
    y -= 7 * SCALE / 2;
    for (; *text; text++, x += advance) {
        const struct glyph *glyph = find_glyph(*text);
        for (int64_t bit = 0; bit < GLYPH_COLUMNS * GLYPH_ROWS; bit++) {
            const int64_t column = bit / GLYPH_ROWS, row = bit % GLYPH_ROWS;
            if (glyph->columns[column] >> row & 1)
                set_pixels(canvas, x + column * SCALE, y + row * SCALE, SCALE, SCALE, ink);
        }
    }
}

void canvas_picture(struct canvas *canvas, int64_t x, int64_t y, int64_t columns, int64_t rows,
                    int64_t across, int64_t down, const uint8_t *pixels)
{
    if (canvas->svg) {
        const int64_t width = columns * across, height = rows * down;
        struct text file = picture_png(columns, rows, pixels);
        text_print(&canvas->out,
                   "<image x=\"%lld\" y=\"%lld\" width=\"%lld\" height=\"%lld\" preserveAspectRatio=\"none\" "
                   "href=\"data:image/png;base64,",
                   (long long)x, (long long)y, (long long)width, (long long)height);
        append_base64(&canvas->out, &file);
        text_print(&canvas->out, "\"/>\n");
        free(file.bytes);
        return;
    }
    for (int64_t i = 0; i < rows * columns; i++) {
        const uint8_t *pixel = pixels + 3 * i;
        set_pixels(canvas, x + i % columns * across, y + i / columns * down, across, down,
                   (colour)pixel[0] << 16 | (colour)pixel[1] << 8 | pixel[2]);
    }
}
