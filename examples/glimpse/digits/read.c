/* read.c - the command `read`: the digits of pictures, a line each. */
#include <stdio.h>
#include <stdlib.h>

#include "commands.h"
#include "glimpse/tasks.h"
#include "photo.h"
#include "saying.h"

/* Append the digits of a picture, if any are written there. One that cannot be read gets its line on standard error: false. */
static bool append_read(struct text *line, struct reader *reader, const char *path, int64_t beam,
                        struct page *page)
{
    struct picture picture;
    char *reason;
    if (!picture_try(path, &picture, &reason)) {
        complain("%s", reason);
        free(reason);
        return false;
    }
    page_reserve(page, 1);
    if (photo_make(&picture, &page->canvases[0])) {
        page_set(page);
        page_read(reader, page, beam);
        append_said(line, page, 0);
    }
    text_append(line, "\n", 1);
    return true;
}

int command_read(int argc, char **argv)
{
    const char *model = NULL, **paths = allocate(argc, sizeof *paths);
    int64_t threads = 0, beam = 1;
    struct option options[] = {
        needed_option("model", &model, "FILE", "the model that train --task digits wrote"),
        integer_option("beam", &beam, 1, 64, "readings looked at side by side (1)"),
        threads_option(&threads),
    };
    int64_t count = options_parse_all("read", options, COUNT(options), argc, argv, paths, argc);
    if (count == 0)
        fail(EXIT_BAD_INPUT, "IMAGE is missing; " PROGRAM " read --help shows what it takes");
    attn_context *context = make_context(threads);
    struct reader reader = reader_load(context, model, NULL, NULL);
    struct page page = {0};
    struct text line = {0};
    bool failed = false;
    for (int64_t i = 0; i < count; i++) {
        line.size = 0;
        if (count > 1)
            text_print(&line, "%s\t", paths[i]);
        if (append_read(&line, &reader, paths[i], beam, &page))
            fwrite(line.bytes, 1, (size_t)line.size, stdout);
        else
            failed = true;
    }
    free(line.bytes);
    page_free(&page);
    reader_destroy(&reader);
    attn_context_destroy(&context);
    free(paths);
    return failed ? EXIT_BAD_INPUT : 0;
}
