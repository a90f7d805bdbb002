/* malformed.h - what stands in texts and is no UTF-8. */
#ifndef COMMON_MALFORMED_H
#define COMMON_MALFORMED_H

#include "common/program.h"

/* Of some texts: how many malformed sequences, and in how many of them. All 0 at first. */
struct malformed {
    int64_t sequences, texts;
    int64_t line; /* of texts that are a file's lines: the first */
};

void malformed_count(struct malformed *malformed, attn_context *context, const char *text, size_t size);

/* The same of line `line` of a file. */
void malformed_count_line(struct malformed *malformed, attn_context *context, int64_t line, const char *text,
                          size_t size);

/* A line on standard error where there are any; `what` the texts are: "reviews". */
void malformed_warn(const struct malformed *malformed, const char *what);

/* The same of the lines of the file `path`. */
void malformed_warn_file(const struct malformed *malformed, const char *path);

#endif
