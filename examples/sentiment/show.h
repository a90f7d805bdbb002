/* show.h - explained texts in the formats of the command `explain`. */
#ifndef SENTIMENT_SHOW_H
#define SENTIMENT_SHOW_H

#include "common/files.h"
#include "reader.h"

#define FORMATS "ansi|html|svg|json|csv|latex"

/* What the formats share while text after text is shown. */
struct show {
    struct text out; /* not yet on standard output */
    int64_t texts;   /* shown before this one */
    double height;   /* of the svg so far */
    bool colours;    /* ansi may use them */
    int64_t *ranks;  /* [length]: 1 is the token whose value is furthest from 0, of equal ones the first */
    float *shades;   /* [length]: value / largest, below 0 where the token is shown in orange */
    int64_t ranks_capacity, shades_capacity;
};

struct format {
    const char *name;
    void (*begin)(struct show *show); /* NULL: nothing stands before the texts */
    void (*add)(struct show *show, const struct reading *reading);
    void (*end)(struct show *show); /* NULL: nothing stands behind them */
};

/* The format of that name among FORMATS. */
const struct format *format_named(const char *name);

/* Begin, show text after text on standard output, and end. */
void show_begin(struct show *show, const struct format *format);
void show_add(struct show *show, const struct format *format, const struct reading *reading);
void show_end(struct show *show, const struct format *format);

/* A piece of the text: token `token`, or with -1 what stands between tokens. */
typedef void use_piece(struct show *show, const struct reading *reading, const char *bytes, size_t size,
                       int64_t token);

/* All of the text, piece by piece in order; tokens without bytes, and those that the model did not read, are no pieces of
 * their own. */
void show_pieces(struct show *show, const struct reading *reading, use_piece *use);

/* Whether values have signs, and so both hues. */
bool is_signed(enum method method);

/* "0.123", "+0.123", or with more digits where it is small. */
void append_value(struct text *out, const struct reading *reading, double value);

/* One line on how it came about: padding's weight, what was not read, the gap; nothing is appended where there is nothing to
 * say. Plain text. */
void append_notes(struct text *out, const struct reading *reading);

void show_ansi(struct show *show, const struct reading *reading);
void show_json(struct show *show, const struct reading *reading);
void begin_csv(struct show *show);
void show_csv(struct show *show, const struct reading *reading);
void begin_html(struct show *show);
void show_html(struct show *show, const struct reading *reading);
void end_html(struct show *show);
void show_svg(struct show *show, const struct reading *reading);
void end_svg(struct show *show);
void begin_latex(struct show *show);
void show_latex(struct show *show, const struct reading *reading);
void end_latex(struct show *show);

#endif
