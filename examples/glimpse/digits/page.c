/* page.c - canvases as numbers, digits as labels. */
#include "page.h"

#include <stdlib.h>
#include <string.h>

#define SCALE 64 /* of ink, so that what two layers make of it is about 1 */

void page_reserve(struct page *page, int64_t rows)
{
    if (rows > page->capacity) {
        page_free(page);
        *page = (struct page){
            .pixels = allocate(rows * CANVAS_BYTES, sizeof *page->pixels),
            .before = allocate(rows * MOST_STEPS, sizeof *page->before),
            .said = allocate(rows * MOST_STEPS, sizeof *page->said),
            .lengths = allocate(rows, sizeof *page->lengths),
            .canvases = allocate(rows, sizeof *page->canvases),
            .capacity = rows,
        };
    }
    page->rows = rows;
}

/* Row b's steps, after page->steps is known. */
static void set_row(struct page *page, int64_t b, const int32_t *digits, int64_t count)
{
    int32_t last = END;
    for (int64_t t = 0; t < page->steps; t++) {
        page->before[b * page->steps + t] = last;
        page->said[b * page->steps + t] = t < count ? digits[t] : t == count ? END : NOTHING;
        last = t < count ? digits[t] : END;
    }
}

static void measure_steps(struct page *page)
{
    page->steps = 0;
    for (int64_t b = 0; b < page->rows; b++)
        page->steps = page->lengths[b] > page->steps ? page->lengths[b] : page->steps;
}

void page_set(struct page *page)
{
    for (int64_t b = 0; b < page->rows; b++)
        page->lengths[b] = (int32_t)page->canvases[b].count + 1;
    measure_steps(page);
    for (int64_t b = 0; b < page->rows; b++) {
        const struct canvas *canvas = &page->canvases[b];
        for (int64_t i = 0; i < CANVAS_BYTES; i++)
            page->pixels[b * CANVAS_BYTES + i] = (float)canvas->pixels[i] / SCALE;
        set_row(page, b, canvas->labels, canvas->count);
    }
}

void page_say(struct page *page, const int32_t *tokens, const int32_t *lengths)
{
    for (int64_t b = 0; b < page->rows; b++)
        page->lengths[b] = lengths[b] < MOST_STEPS ? lengths[b] + 1 : MOST_STEPS;
    measure_steps(page);
    for (int64_t b = 0; b < page->rows; b++)
        set_row(page, b, tokens + b * MOST_STEPS, lengths[b]);
}

void page_free(struct page *page)
{
    free(page->pixels);
    free(page->before);
    free(page->said);
    free(page->lengths);
    free(page->canvases);
    *page = (struct page){0};
}
