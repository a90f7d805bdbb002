/* page.c - pages of several pictures, and the page that a picture by itself has. */
#include "draw/page.h"

#include <string.h>

/* A line a format. */
static const attni_format *const formats[] = {
    [ATTN_DRAW_ANSI] = &attni_format_ansi,
    [ATTN_DRAW_HTML] = &attni_format_html,
    [ATTN_DRAW_SVG] = &attni_format_svg,
    [ATTN_DRAW_LATEX] = &attni_format_latex,
};

/* ---- what is kept until the page is finished ------------------------------------------------------------ */

struct attni_block {
    attni_block *next;
    size_t used;
    char bytes[1 << 16];
};

static attn_status keep(void *user, const void *data, size_t size)
{
    attn_page *page = user;
    const char *bytes = data;
    while (size > 0) {
        attni_block *block = page->last;
        if (block == NULL || block->used == sizeof block->bytes) {
            block = attni_alloc(page->context, sizeof *block);
            if (block == NULL)
                return attni_no_memory("attn_draw", sizeof *block);
            block->next = NULL;
            block->used = 0;
            *(page->last ? &page->last->next : &page->first) = block;
            page->last = block;
        }
        const size_t room = sizeof block->bytes - block->used, part = size < room ? size : room;
        memcpy(block->bytes + block->used, bytes, part);
        block->used += part;
        bytes += part;
        size -= part;
    }
    return ATTN_OK;
}

static void write_kept(attn_page *page)
{
    for (const attni_block *block = page->first; block; block = block->next)
        attni_put(&page->canvas.sink, block->bytes, block->used);
}

/* ---- a page's life --------------------------------------------------------------------------------------- */

static void begin(attn_page *page, attn_context *context, const attn_draw_options *options,
                  attn_write_fn write, void *user)
{
    *page = (attn_page){.context = context, .format = formats[options->format], .write = write, .user = user};
    attni_canvas *canvas = &page->canvas;
    canvas->options = *options;
    canvas->sink.write = page->format->is_sized ? keep : write;
    canvas->sink.user = page->format->is_sized ? page : user;
}

static attn_status finish(attn_page *page)
{
    attni_canvas *canvas = &page->canvas;
    page->is_finished = 1;
    if (page->format->is_sized) {
        attni_flush(&canvas->sink);
        canvas->sink.write = page->write;
        canvas->sink.user = page->user;
        page->format->begin(canvas);
        write_kept(page);
    }
    page->format->end(canvas);
    attni_flush(&canvas->sink);
    return canvas->sink.status;
}

static void clear(attn_page *page)
{
    for (attni_block *block = page->first, *next; block; block = next) {
        next = block->next;
        attni_free(page->context, block);
    }
}

attn_status attni_draw_options(const char *function, const attn_draw_options *options,
                               attn_draw_options *chosen)
{
    ATTNI_TRY(attni_read_options(function, options, chosen, sizeof *chosen));
    ATTNI_REQUIRE(chosen->format >= 0 && chosen->format < (int32_t)(sizeof formats / sizeof *formats),
                  "%s: options->format is %d; expected ATTN_DRAW_...", function, chosen->format);
    const bool svg = chosen->format == ATTN_DRAW_SVG;
    const int32_t least = svg ? 100 : 1, most = svg ? 100000 : 10000;
    ATTNI_REQUIRE(chosen->width == 0 || (chosen->width >= least && chosen->width <= most),
                  "%s: options->width is %d; expected %d to %d, or 0 for the format's own", function,
                  chosen->width, least, most);
    const int32_t switches[] = {chosen->no_colours, chosen->fragment, chosen->logarithmic, chosen->swap_hues};
    static const char *const names[] = {"no_colours", "fragment", "logarithmic", "swap_hues"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        ATTNI_REQUIRE(switches[i] == 0 || switches[i] == 1, "%s: options->%s is %d; expected 0 or 1",
                      function, names[i], switches[i]);
    ATTNI_REQUIRE(chosen->largest >= 0 && chosen->largest <= 3.4e38f,
                  "%s: options->largest is %g; expected a number above 0, or 0 for the default", function,
                  (double)chosen->largest);
    ATTNI_REQUIRE(chosen->reserved == 0, "%s: options->reserved is %d; expected 0", function,
                  chosen->reserved);
    return ATTN_OK;
}

attn_status attni_page_open(const char *function, attn_context *context, const attn_draw_options *options,
                            attn_write_fn write, void *user, attn_page *own, attn_page **page)
{
    *page = options->page;
    if (*page == NULL) {
        ATTNI_REQUIRE(write != NULL, "%s: write is NULL; expected a function, or a page in options->page",
                      function);
        begin(own, context, options, write, user);
        own->canvas.document = options->title;
        if (!own->format->is_sized)
            own->format->begin(&own->canvas);
        *page = own;
        return ATTN_OK;
    }
    ATTNI_REQUIRE(write == NULL,
                  "%s: write is not NULL, but options->page has its own; expected one of the two", function);
    if ((*page)->is_finished)
        return attni_fail(ATTN_ERR_STATE, "%s: options->page is finished; draw before attn_page_finish",
                          function);
    if ((*page)->canvas.sink.status != ATTN_OK)
        return attni_fail(ATTN_ERR_STATE,
                          "%s: options->page could not be written before; expected a page that can",
                          function);
    return ATTN_OK;
}

attn_status attni_page_close(attn_page *own, attn_page *page)
{
    if (page != own) {
        attni_flush(&page->canvas.sink);
        return page->canvas.sink.status;
    }
    const attn_status status = finish(page);
    clear(page);
    return status;
}

/* ---- the public functions -------------------------------------------------------------------------------- */

attn_status attn_page_create(attn_context *context, const attn_draw_options *options, attn_write_fn write,
                             void *user, attn_page **out)
{
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(context);
    ATTNI_ENTER(context);
    attn_draw_options chosen;
    ATTNI_TRY(attni_draw_options(__func__, options, &chosen));
    ATTNI_REQUIRE_PTR(write);
    ATTNI_REQUIRE(chosen.page == NULL, "%s: options->page is not NULL; a page stands on no other page",
                  __func__);
    attn_page *page = attni_alloc(context, sizeof *page);
    if (page == NULL)
        return attni_no_memory(__func__, sizeof *page);
    begin(page, context, &chosen, write, user);
    attni_context_retain(context);
    attn_status status = ATTN_OK;
    if (chosen.title) {
        page->heading = attni_strdup(context, chosen.title);
        if (page->heading == NULL)
            status = attni_no_memory(__func__, strlen(chosen.title) + 1);
        page->canvas.heading = page->canvas.document = page->heading;
    }
    if (status == ATTN_OK && !page->format->is_sized) {
        page->format->begin(&page->canvas);
        attni_flush(&page->canvas.sink);
        status = page->canvas.sink.status;
    }
    *out = page;
    if (status != ATTN_OK)
        attn_page_destroy(out);
    return status;
}

attn_status attn_page_finish(attn_page *page)
{
    ATTNI_REQUIRE_PTR(page);
    ATTNI_ENTER(page->context);
    if (page->is_finished)
        return attni_fail(ATTN_ERR_STATE, "%s: the page is finished; expected one call a page", __func__);
    if (page->canvas.sink.status != ATTN_OK)
        return attni_fail(ATTN_ERR_STATE, "%s: the page could not be written before; destroy it", __func__);
    return finish(page);
}

void attn_page_destroy(attn_page **page)
{
    if (page == NULL || *page == NULL)
        return;
    attn_context *context = (*page)->context;
    clear(*page);
    attni_free(context, (*page)->heading);
    attni_free(context, *page);
    attni_context_release(context);
    *page = NULL;
}
