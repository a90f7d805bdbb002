/* show.h - explained texts in the formats of the command `explain`. */
#ifndef SENTIMENT_SHOW_H
#define SENTIMENT_SHOW_H

#include "common/files.h"
#include "texts.h"

#define FORMATS "ansi|html|svg|json|csv|latex"

/* What stays while text after text is shown. */
struct show {
    const struct format *format;
    attn_context *context;
    attn_page *page; /* of what is drawn; NULL: on the terminal */
    bool both;       /* n-grams beside an encoder */
    struct text out; /* of json and csv: not yet on standard output */
    int64_t texts;   /* shown before this one */
};

/* Begin in the format of that name among FORMATS, `both` where the model has both channels, show text after text on standard output, and end. */
struct show show_begin(attn_context *context, const char *format, bool both);
void show_add(struct show *show, const struct decided *decided);
void show_end(struct show *show);

void show_json(struct show *show, const struct decided *decided);
void begin_csv(struct show *show);
void show_csv(struct show *show, const struct decided *decided);

#endif
