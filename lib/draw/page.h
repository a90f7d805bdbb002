/* page.h - a page, as the functions that draw on it use it. */
#ifndef ATTN_DRAW_PAGE_H
#define ATTN_DRAW_PAGE_H

#include "core/context.h"
#include "draw/format.h"

typedef struct attni_block attni_block;

struct attn_page {
    attn_context *context;
    const attni_format *format;
    attni_canvas canvas;
    attn_write_fn write; /* the program's */
    void *user;
    attni_block *first, *last; /* pictures that are kept */
    char *heading;
    int32_t is_finished;
};

/* Read a caller's options and check them. */
attn_status attni_draw_options(const char *function, const attn_draw_options *options,
                               attn_draw_options *chosen);

/* Where a picture is drawn: options->page, or `own`, which becomes a page of this picture alone; closing finishes that
 * one. Both return the first failure. */
attn_status attni_page_open(const char *function, attn_context *context, const attn_draw_options *options,
                            attn_write_fn write, void *user, attn_page *own, attn_page **page);
attn_status attni_page_close(attn_page *own, attn_page *page);

#endif
