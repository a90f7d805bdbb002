/* show_terminal.c - the panels as text, as many side by side as a line holds. */
#include <stdlib.h>
#include <string.h>

#include "common/markup.h"
#include "common/picture.h"
#include "common/terminal.h"
#include "show.h"

#define GAP 2
#define WEIGHT 5 /* columns of " 0.53" */

float largest_weight(const struct shown *shown, int64_t word)
{
    const int64_t regions = shown->down * shown->across;
    float largest = 0;
    for (int64_t j = word * regions; j < (word + 1) * regions; j++)
        largest = shown->weights[j] > largest ? shown->weights[j] : largest;
    return largest;
}

/* The words above panels from .. from + count, each with its largest weight, in columns of `width`. */
static void print_words(const struct shown *shown, int64_t from, int64_t count, int64_t width,
                        struct text *out)
{
    for (int64_t t = from; t < from + count; t++) {
        int64_t taken = append_columns(out, shown->words[t], width - WEIGHT);
        text_print(out, " %.2f%*s", (double)largest_weight(shown, t),
                   t + 1 < from + count ? (int)(width + GAP - WEIGHT - taken) : 0, "");
    }
    text_print(out, "\n");
}

/* How many panels stand side by side; one at least. */
static int64_t count_across(int64_t columns, int64_t width)
{
    return columns > width ? (columns + GAP) / (width + GAP) : 1;
}

/* The nearest of xterm's cube where the terminal does not know all colours. */
static void print_colour(struct text *out, int ground, const uint8_t *pixel)
{
    if (output_has_all_colours()) {
        text_print(out, "\033[%d;2;%d;%d;%dm", ground, pixel[0], pixel[1], pixel[2]);
        return;
    }
    int cube = 16;
    for (int channel = 0, place = 36; channel < 3; channel++, place /= 6)
        cube += place * (pixel[channel] < 48 ? 0 : pixel[channel] < 115 ? 1 : (pixel[channel] - 35) / 40);
    text_print(out, "\033[%d;5;%dm", ground, cube);
}

/* A word's panel, [high, wide] pixels: the small picture, darker where the weights are small. */
static void light(const struct shown *shown, int64_t word, const uint8_t *small, int64_t high, int64_t wide,
                  uint8_t *lit)
{
    const float *weights = shown->weights + word * shown->down * shown->across,
                largest = largest_weight(shown, word);
    for (int64_t i = 0; i < high * wide; i++) {
        int64_t row = i / wide * shown->down / high, column = i % wide * shown->across / wide;
        float factor = 0.3f + 0.7f * weights[row * shown->across + column] / largest;
        for (int64_t channel = 0; channel < 3; channel++)
            lit[i * 3 + channel] = (uint8_t)(factor * (float)small[i * 3 + channel]);
    }
}

/* A character shows two pixels, one above the other. */
void show_blocks(const struct shown *shown, int64_t columns, struct text *out)
{
    const int64_t wide = columns >= shown->blocks ? shown->blocks : columns > 2 ? columns / 2 * 2 : 2;
    const int64_t half = wide * shown->height / shown->width / 2, high = half > 0 ? 2 * half : 2,
                  across = count_across(columns, wide), bytes = high * wide * 3;
    uint8_t *small = allocate(bytes, 1), *lit = allocate(across, (size_t)bytes);
    picture_scale(shown->width, shown->height, shown->pixels, wide, high, small);
    for (int64_t from = 0; from < shown->count; from += across) {
        int64_t count = shown->count - from < across ? shown->count - from : across;
        print_words(shown, from, count, wide, out);
        for (int64_t panel = 0; panel < count; panel++)
            light(shown, from + panel, small, high, wide, lit + panel * bytes);
        for (int64_t row = 0; row < high; row += 2) {
            for (int64_t panel = 0; panel < count; panel++) {
                for (int64_t column = 0; column < wide; column++) {
                    const uint8_t *pixel = lit + panel * bytes + (row * wide + column) * 3;
                    print_colour(out, 38, pixel);
                    print_colour(out, 48, pixel + wide * 3);
                    text_print(out, "\xE2\x96\x80"); /* the upper half block */
                }
                text_print(out, "\033[0m%*s", panel + 1 < count ? GAP : 0, "");
            }
            text_print(out, "\n");
        }
        text_print(out, "\n");
    }
    free(small);
    free(lit);
}

void show_digits(const struct shown *shown, int64_t columns, struct text *out)
{
    const bool wide = columns >= 2 * shown->across;
    const int64_t width = wide ? 2 * shown->across : shown->across, across = count_across(columns, width);
    for (int64_t from = 0; from < shown->count; from += across) {
        int64_t count = shown->count - from < across ? shown->count - from : across;
        print_words(shown, from, count, width, out);
        for (int64_t row = 0; row < shown->down; row++) {
            for (int64_t panel = 0; panel < count; panel++) {
                const int64_t word = from + panel;
                const float *weights = shown->weights + (word * shown->down + row) * shown->across;
                for (int64_t column = 0; column < shown->across; column++) {
                    int tenths = (int)(10 * weights[column] / largest_weight(shown, word));
                    text_print(out, wide ? " %c" : "%c", tenths == 0 ? '.' : '0' + (tenths > 9 ? 9 : tenths));
                }
                text_print(out, "%*s", panel + 1 < count ? GAP : 0, "");
            }
            text_print(out, "\n");
        }
        text_print(out, "\n");
    }
}

/* Append the text, which takes lines as long as `options` say. */
static void wrap(attn_context *context, const struct text *text, const attn_draw_options *options,
                 struct text *out)
{
    must(attn_draw_text(context, text->bytes, (size_t)text->size, 0, NULL, NULL, NULL, options, text_write,
                        out));
}

struct text shown_words(const struct shown *shown)
{
    struct text words = {0};
    text_print(&words, "%s", shown->count ? shown->words[0] : "");
    for (int64_t t = 1; t < shown->count; t++)
        text_print(&words, " %s", shown->words[t]);
    return words;
}

static void show_text(attn_context *context, const struct shown *shown, bool on_output, struct text *out)
{
    attn_draw_options options = ATTN_DRAW_OPTIONS_INIT; /* a file has no width */
    struct text said = shown_words(shown), right = {0};
    if (on_output)
        options = drawing_options(ATTN_DRAW_ANSI);
    (on_output && output_has_colours() ? show_blocks : show_digits)(
        shown, options.width ? options.width : USUAL_COLUMNS, out);
    wrap(context, &said, &options, out);
    if (shown->right && *shown->right) {
        text_print(&right, "right: %s", shown->right);
        wrap(context, &right, &options, out);
    }
    free(said.bytes);
    free(right.bytes);
}

static void show_picture(const struct shown *shown, bool on_page, struct text *out)
{
    struct text svg = {0}, words = shown_words(shown);
    show_svg(shown, on_page ? &svg : out);
    if (on_page)
        append_page(out, words.bytes, &svg);
    free(words.bytes);
    free(svg.bytes);
}

void show(attn_context *context, const struct shown *shown, const char *format, const char *out)
{
    struct text text = {0};
    if (strcmp(format, "ansi") != 0)
        show_picture(shown, strcmp(format, "html") == 0, &text);
    else
        show_text(context, shown, out == NULL, &text);
    text_deliver(&text, out);
    free(text.bytes);
}
