/* malformed.h - what stands in texts and is no UTF-8. */
#ifndef COMMON_MALFORMED_H
#define COMMON_MALFORMED_H

#include "common/program.h"

/* Of some texts: how many malformed sequences, and in how many of them. All 0 at first. */
struct malformed {
    int64_t sequences, texts;
};

void malformed_count(struct malformed *malformed, attn_context *context, const char *text, size_t size);

/* A line on standard error where there are any; `what` the texts are: "reviews". */
void malformed_warn(const struct malformed *malformed, const char *what);

#endif
