/* saying.h - what a model file holds, digits one after another by it, and how many of them are right. */
#ifndef GLIMPSE_SAYING_H
#define GLIMPSE_SAYING_H

#include "common/files.h"
#include "common/speed.h"
#include "reader.h"

/* Open a model or checkpoint; where `file` is not NULL it stays open, as `json`, which is to be let go, is its configuration. */
struct reader reader_load(attn_context *context, const char *path, attn_file **file, json_t **json);

/* Write one, trained on those digits; `json` is what stands beside its layers, and its reference is taken. */
void reader_save(const struct reader *reader, const struct digits *digits, const char *path,
                 attn_save_options options, json_t *json);

/* Say what a page's canvases show, in the place of what is right. `beam` 1 takes the likeliest at every step. */
void page_read(struct reader *reader, struct page *page, int64_t beam);

/* What was said of row b: digits with nothing between. */
void append_said(struct text *out, const struct page *page, int64_t b);

struct read_score {
    double loss;  /* the mean, each digit after the right ones before it */
    double exact; /* the share of the canvases whose digits are said right, all of them and no other */
    double
        pointing; /* the share of the canvases' digits that were said at their step with the largest weight on a region whose middle
                        lies in the digit's box */
    struct speed speed; /* of reading pixels that stand ready */
};

/* Of `count` canvases of a part; `beam` 0 measures the loss alone. */
struct read_score score_canvases(struct reader *reader, const struct pool *pool, uint64_t seed,
                                 enum canvas_part part, int64_t count, int64_t beam);

#endif
