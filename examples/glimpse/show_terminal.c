/* show_terminal.c - the panels as text, as many side by side as a line holds. */
#include <stdlib.h>
#include <string.h>

#include "common/terminal.h"
#include "common/picture.h"
#include "show.h"

#define BLOCKS                                                                                               \
    24 /* pixels of a panel where there is room, both ways; a character shows two, one above the other */
#define GAP 2
#define WEIGHT 5 /* columns of " 0.53" */

float largest_weight(const float *weights)
{
    float largest = 0;
    for (int64_t j = 0; j < REGIONS; j++)
        largest = weights[j] > largest ? weights[j] : largest;
    return largest;
}

/* The words above panels from .. from + count, each with its largest weight, in columns of `width`. */
static void print_words(const struct shown *shown, int64_t from, int64_t count, int64_t width,
                        struct text *out)
{
    for (int64_t t = from; t < from + count; t++) {
        int64_t taken = append_columns(out, shown->words[t], width - WEIGHT);
        text_print(out, " %.2f%*s", largest_weight(shown->weights + t * REGIONS),
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

/* A panel's pixels, [blocks, blocks]: the small picture, darker where the weights are small. */
static void light(const uint8_t *small, int64_t blocks, const float *weights, uint8_t *lit)
{
    float largest = largest_weight(weights);
    for (int64_t i = 0; i < blocks * blocks; i++) {
        int64_t row = i / blocks * REGIONS_ACROSS / blocks, column = i % blocks * REGIONS_ACROSS / blocks;
        float factor = 0.3f + 0.7f * weights[row * REGIONS_ACROSS + column] / largest;
        for (int64_t channel = 0; channel < 3; channel++)
            lit[i * 3 + channel] = (uint8_t)(factor * (float)small[i * 3 + channel]);
    }
}

void show_blocks(const struct shown *shown, int64_t columns, struct text *out)
{
    const int64_t blocks = columns >= BLOCKS ? BLOCKS
                           : columns > 2     ? columns / 2 * 2
                                             : 2,
                  across = count_across(columns, blocks), bytes = blocks * blocks * 3;
    uint8_t *small = allocate(bytes, 1), *lit = allocate(across, (size_t)bytes);
    picture_scale(SCENE_SIZE, SCENE_SIZE, shown->pixels, blocks, blocks, small);
    for (int64_t from = 0; from < shown->count; from += across) {
        int64_t count = shown->count - from < across ? shown->count - from : across;
        print_words(shown, from, count, blocks, out);
        for (int64_t panel = 0; panel < count; panel++)
            light(small, blocks, shown->weights + (from + panel) * REGIONS, lit + panel * bytes);
        for (int64_t row = 0; row < blocks; row += 2) {
            for (int64_t panel = 0; panel < count; panel++) {
                for (int64_t column = 0; column < blocks; column++) {
                    const uint8_t *pixel = lit + panel * bytes + (row * blocks + column) * 3;
                    print_colour(out, 38, pixel);
                    print_colour(out, 48, pixel + blocks * 3);
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
    const bool wide = columns >= 2 * REGIONS_ACROSS;
    const int64_t width = wide ? 2 * REGIONS_ACROSS : REGIONS_ACROSS, across = count_across(columns, width);
    for (int64_t from = 0; from < shown->count; from += across) {
        int64_t count = shown->count - from < across ? shown->count - from : across;
        print_words(shown, from, count, width, out);
        for (int64_t row = 0; row < REGIONS_ACROSS; row++) {
            for (int64_t panel = 0; panel < count; panel++) {
                const float *weights = shown->weights + (from + panel) * REGIONS;
                for (int64_t column = 0; column < REGIONS_ACROSS; column++) {
                    int tenths = (int)(10 * weights[row * REGIONS_ACROSS + column] / largest_weight(weights));
                    text_print(out, wide ? " %c" : "%c", tenths == 0 ? '.' : '0' + (tenths > 9 ? 9 : tenths));
                }
                text_print(out, "%*s", panel + 1 < count ? GAP : 0, "");
            }
            text_print(out, "\n");
        }
        text_print(out, "\n");
    }
}
