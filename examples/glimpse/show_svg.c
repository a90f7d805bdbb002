/* show_svg.c - the panels as an SVG page: the scene once, as PNG inside it, and over each panel a dark veil that is thin where
 * the weights are large. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/markup.h"
#include "common/picture.h"
#include "show.h"

#define BESIDE 12 /* pixels between panels */
#define BELOW 34  /* and below one, for its word */
#define PAGE 812  /* that a line of panels may be wide */
#define DARKEST 0.68
#define LEVELS 20 /* of darkness */

/* Neighbours in a row that are equally dark become one rectangle. */
static void print_veil(struct text *out, const struct shown *shown, int64_t word)
{
    const int64_t across = shown->across, regions = shown->down * across;
    const float *weights = shown->weights + word * regions, largest = largest_weight(shown, word);
    for (int64_t begin = 0, end; begin < regions; begin = end) {
        int64_t level = lround(LEVELS * (1 - weights[begin] / largest)), row = begin / across;
        end = begin + 1;
        while (end < (row + 1) * across && lround(LEVELS * (1 - weights[end] / largest)) == level)
            end++;
        if (level)
            text_print(out, "<rect x=\"%lld\" y=\"%lld\" width=\"%lld\" height=\"1\" opacity=\"%.2f\"/>",
                       (long long)(begin % across), (long long)row, (long long)(end - begin),
                       DARKEST * (double)level / LEVELS);
    }
}

/* How the panels lie on the page. */
struct layout {
    int64_t width, height, across; /* of a panel, and panels in a line */
};

static struct layout lay_out(const struct shown *shown)
{
    struct layout layout = {.width = shown->panel, .height = shown->panel * shown->height / shown->width};
    layout.across = PAGE / (layout.width + BESIDE);
    layout.across = shown->count + 1 < layout.across ? shown->count + 1 : layout.across;
    return layout;
}

/* Panel `at`: the picture itself, 0, or that of word at - 1. */
static void print_panel(struct text *out, const struct shown *shown, const struct layout *layout, int64_t at)
{
    const char *word = at ? shown->words[at - 1] : "the picture";
    const long long below = layout->height + 16;
    text_print(out, "<g transform=\"translate(%lld %lld)\"><use href=\"#scene\"/>",
               (long long)(BESIDE + at % layout->across * (layout->width + BESIDE)),
               (long long)(BESIDE + at / layout->across * (layout->height + BELOW)));
    if (at) {
        text_print(out, "<g transform=\"scale(%g)\" shape-rendering=\"crispEdges\">",
                   (double)layout->width / (double)shown->across);
        print_veil(out, shown, at - 1);
        text_print(out, "</g>");
    }
    text_print(out, "<text x=\"1\" y=\"%lld\">", below);
    append_xml(out, word, strlen(word));
    text_print(out, "</text>");
    if (at)
        text_print(out, "<text x=\"%lld\" y=\"%lld\" class=\"weight\">%.2f</text>",
                   (long long)layout->width - 1, below, (double)largest_weight(shown, at - 1));
    text_print(out, "</g>\n");
}

void show_svg(const struct shown *shown, struct text *out)
{
    const struct layout layout = lay_out(shown);
    const int64_t lines = (shown->count + layout.across) / layout.across;
    const long long width = layout.across * (layout.width + BESIDE) + BESIDE,
                    height = lines * (layout.height + BELOW) + BESIDE / 2;
    struct text file = picture_png(shown->width, shown->height, shown->pixels), title = shown_words(shown);
    text_print(out,
               "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%lld\" height=\"%lld\" viewBox=\"0 0 %lld "
               "%lld\">\n"
               "<title>",
               width, height, width, height);
    append_xml(out, title.bytes, strlen(title.bytes));
    text_print(
        out,
        "</title>\n"
        "<style>text { font: 14px sans-serif; fill: #222 } .weight { text-anchor: end; fill: #888 }</style>\n"
        "<rect width=\"100%%\" height=\"100%%\" fill=\"#fff\"/>\n"
        "<defs><image id=\"scene\" width=\"%lld\" height=\"%lld\" href=\"data:image/png;base64,",
        (long long)layout.width, (long long)layout.height);
    append_base64(out, &file);
    text_print(out, "\"/></defs>\n");
    for (int64_t at = 0; at <= shown->count; at++)
        print_panel(out, shown, &layout, at);
    text_print(out, "</svg>\n");
    free(title.bytes);
    free(file.bytes);
}
