/* interval.h - means over reviews, and how far they can be trusted: 95 % intervals by the bootstrap. */
#ifndef SENTIMENT_INTERVAL_H
#define SENTIMENT_INTERVAL_H

#include "common/files.h"

struct interval {
    double mean, low, high;
};

struct interval interval_of(attn_context *context, int64_t count, const float *values, uint64_t seed);

/* "0.123 [0.100, 0.146]", in one of a few static buffers; and the same as members of a JSON object, `"KEY": 0.123000, "KEY_interval":
 * [0.100000, 0.146000]`. */
const char *interval_text(struct interval interval);
void interval_add_json(struct text *json, const char *key, struct interval interval);

#endif
