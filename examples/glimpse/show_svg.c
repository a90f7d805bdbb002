/* show_svg.c - the panels as an SVG page: the scene once, as PNG inside it, and over each panel a dark veil that is thin where
 * the weights are large. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/markup.h"
#include "common/picture.h"
#include "show.h"

#define PANEL 104 /* pixels of the page, both ways */
#define STEP_X (PANEL + 12)
#define STEP_Y (PANEL + 34)
#define ACROSS 7 /* panels in a line */
#define DARKEST 0.68
#define LEVELS 20 /* of darkness */

/* Neighbours in a row that are equally dark become one rectangle. */
static void print_veil(struct text *out, const float *weights)
{
    float largest = largest_weight(weights);
    for (int64_t begin = 0, end; begin < REGIONS; begin = end) {
        int64_t level = lround(LEVELS * (1 - weights[begin] / largest)), row = begin / REGIONS_ACROSS;
        end = begin + 1;
        while (end < (row + 1) * REGIONS_ACROSS && lround(LEVELS * (1 - weights[end] / largest)) == level)
            end++;
        if (level)
            text_print(out, "<rect x=\"%lld\" y=\"%lld\" width=\"%lld\" height=\"1\" opacity=\"%.2f\"/>",
                       (long long)(begin % REGIONS_ACROSS), (long long)row, (long long)(end - begin),
                       DARKEST * (double)level / LEVELS);
    }
}

/* Panel `at`: the scene itself (weights NULL), or a word's. */
static void print_panel(struct text *out, int64_t at, const char *word, const float *weights)
{
    text_print(out, "<g transform=\"translate(%lld %lld)\"><use href=\"#scene\"/>",
               (long long)(12 + at % ACROSS * STEP_X), (long long)(12 + at / ACROSS * STEP_Y));
    if (weights) {
        text_print(out, "<g transform=\"scale(%g)\" shape-rendering=\"crispEdges\">",
                   (double)PANEL / REGIONS_ACROSS);
        print_veil(out, weights);
        text_print(out, "</g>");
    }
    text_print(out, "<text x=\"1\" y=\"%d\">", PANEL + 16);
    append_xml(out, word, strlen(word));
    text_print(out, "</text>");
    if (weights)
        text_print(out, "<text x=\"%d\" y=\"%d\" class=\"weight\">%.2f</text>", PANEL - 1, PANEL + 16,
                   largest_weight(weights));
    text_print(out, "</g>\n");
}

void show_svg(const struct shown *shown, struct text *out)
{
    int64_t panels = shown->count + 1, across = panels < ACROSS ? panels : ACROSS;
    long long width = across * STEP_X + 12, height = (panels + ACROSS - 1) / ACROSS * STEP_Y + 6;
    struct text file = picture_png(SCENE_SIZE, SCENE_SIZE, shown->pixels);
    text_print(out,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%lld\" height=\"%lld\" viewBox=\"0 0 %lld "
               "%lld\">\n"
               "<title>",
               width, height, width, height);
    for (int64_t t = 0; t < shown->count; t++) {
        text_print(out, t ? " " : "");
        append_xml(out, shown->words[t], strlen(shown->words[t]));
    }
    text_print(
        out,
        "</title>\n"
        "<style>text { font: 14px sans-serif; fill: #222 } .weight { text-anchor: end; fill: #888 }</style>\n"
        "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n"
        "<defs><image id=\"scene\" width=\"%d\" height=\"%d\" href=\"data:image/png;base64,",
        PANEL, PANEL);
    append_base64(out, &file);
    text_print(out, "\"/></defs>\n");
    print_panel(out, 0, "the picture", NULL);
    for (int64_t t = 0; t < shown->count; t++)
        print_panel(out, t + 1, shown->words[t], shown->weights + t * REGIONS);
    text_print(out, "</svg>\n");
    free(file.bytes);
}
