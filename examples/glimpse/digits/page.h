/* page.h - some canvases laid out for the network: the digits of each in reading order, and END. */
#ifndef GLIMPSE_PAGE_H
#define GLIMPSE_PAGE_H

#include "canvas.h"

#define END DIGITS /* what reading starts from, and what it ends with */
#define SAYINGS (DIGITS + 1)
#define MOST_STEPS 9 /* the digits that are said at most, and END */
#define NOTHING (-1) /* the label of a step behind a canvas's last one */

struct page {
    int64_t rows, steps; /* the most that a row has */
    float *pixels;       /* [rows, CANVAS_BYTES], ink is 4 */
    int32_t *before,
        *said;        /* [rows, steps]: what was said before each step, and what is said at it, or NOTHING */
    int32_t *lengths; /* [rows] */
    struct canvas *canvases; /* [rows] */
    int64_t capacity;
};

/* Room for so many; the caller then fills page->canvases[0 .. rows), and page_set lays them out. */
void page_reserve(struct page *page, int64_t rows);
void page_set(struct page *page);

/* Put what was said in the place of what is right: tokens[rows, MOST_STEPS], without their ends. */
void page_say(struct page *page, const int32_t *tokens, const int32_t *lengths);

void page_free(struct page *page);

#endif
