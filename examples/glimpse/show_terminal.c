/* show_terminal.c - the panels as text, as many side by side as a line of 80 columns holds. */
#include <stdlib.h>
#include <string.h>

#include "picture.h"
#include "show.h"

#define LINE 80
#define BLOCKS 24 /* pixels of a panel, both ways; a character shows two, one above the other */
#define GAP 2

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
        char word[LINE];
        int64_t size = 0;
        for (const char *c = shown->words[t]; *c && size < width - 6; c++)
            word[size++] = (unsigned char)*c < ' ' || *c == 127 ? '?' : *c;
        text_print(out, "%.*s", (int)size, word);
        text_print(out, " %.2f%*s", largest_weight(shown->weights + t * REGIONS),
                   t + 1 < from + count ? (int)(width + GAP - size - 5) : 0, "");
    }
    text_print(out, "\n");
}

/* A terminal that says it knows all colours gets them; the others get the nearest of xterm's cube. */
static void print_colour(struct text *out, int ground, const uint8_t *pixel)
{
    static int knows_all = -1;
    if (knows_all < 0) {
        const char *colours = getenv("COLORTERM");
        knows_all = colours && (strcmp(colours, "truecolor") == 0 || strcmp(colours, "24bit") == 0);
    }
    if (knows_all) {
        text_print(out, "\033[%d;2;%d;%d;%dm", ground, pixel[0], pixel[1], pixel[2]);
        return;
    }
    int cube = 16;
    for (int channel = 0, place = 36; channel < 3; channel++, place /= 6)
        cube += place * (pixel[channel] < 48 ? 0 : pixel[channel] < 115 ? 1 : (pixel[channel] - 35) / 40);
    text_print(out, "\033[%d;5;%dm", ground, cube);
}

/* A panel's pixels: the small picture, darker where the weights are small. */
static void light(const uint8_t *small, const float *weights, uint8_t *lit)
{
    float largest = largest_weight(weights);
    for (int64_t i = 0; i < BLOCKS * BLOCKS; i++) {
        int64_t row = i / BLOCKS * REGIONS_ACROSS / BLOCKS, column = i % BLOCKS * REGIONS_ACROSS / BLOCKS;
        float factor = 0.3f + 0.7f * weights[row * REGIONS_ACROSS + column] / largest;
        for (int64_t channel = 0; channel < 3; channel++)
            lit[i * 3 + channel] = (uint8_t)(factor * (float)small[i * 3 + channel]);
    }
}

void show_blocks(const struct shown *shown, struct text *out)
{
    enum { PANEL_BYTES = BLOCKS * BLOCKS * 3, ACROSS = (LINE + GAP) / (BLOCKS + GAP) };
    uint8_t small[PANEL_BYTES], lit[ACROSS][PANEL_BYTES];
    picture_scale(SCENE_SIZE, SCENE_SIZE, shown->pixels, BLOCKS, BLOCKS, small);
    for (int64_t from = 0; from < shown->count; from += ACROSS) {
        int64_t count = shown->count - from < ACROSS ? shown->count - from : ACROSS;
        print_words(shown, from, count, BLOCKS, out);
        for (int64_t panel = 0; panel < count; panel++)
            light(small, shown->weights + (from + panel) * REGIONS, lit[panel]);
        for (int64_t row = 0; row < BLOCKS; row += 2) {
            for (int64_t panel = 0; panel < count; panel++) {
                for (int64_t column = 0; column < BLOCKS; column++) {
                    print_colour(out, 38, lit[panel] + (row * BLOCKS + column) * 3);
                    print_colour(out, 48, lit[panel] + ((row + 1) * BLOCKS + column) * 3);
                    text_print(out, "\xE2\x96\x80"); /* the upper half block */
                }
                text_print(out, "\033[0m%*s", panel + 1 < count ? GAP : 0, "");
            }
            text_print(out, "\n");
        }
        text_print(out, "\n");
    }
}

void show_digits(const struct shown *shown, struct text *out)
{
    enum { WIDTH = 2 * REGIONS_ACROSS, ACROSS = (LINE + GAP) / (WIDTH + GAP) };
    for (int64_t from = 0; from < shown->count; from += ACROSS) {
        int64_t count = shown->count - from < ACROSS ? shown->count - from : ACROSS;
        print_words(shown, from, count, WIDTH, out);
        for (int64_t row = 0; row < REGIONS_ACROSS; row++) {
            for (int64_t panel = 0; panel < count; panel++) {
                const float *weights = shown->weights + (from + panel) * REGIONS;
                for (int64_t column = 0; column < REGIONS_ACROSS; column++) {
                    int tenths = (int)(10 * weights[row * REGIONS_ACROSS + column] / largest_weight(weights));
                    text_print(out, " %c", tenths == 0 ? '.' : '0' + (tenths > 9 ? 9 : tenths));
                }
                text_print(out, "%*s", panel + 1 < count ? GAP : 0, "");
            }
            text_print(out, "\n");
        }
        text_print(out, "\n");
    }
}
