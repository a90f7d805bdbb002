/* interval.c - attn_explain_bootstrap, and how its three numbers are printed. */
#include "interval.h"

#include <stdio.h>

#define CONFIDENCE 0.95f
#define RESAMPLES 1000

struct interval interval_of(attn_context *context, int64_t count, const float *values, uint64_t seed)
{
    float found[3];
    must(attn_explain_bootstrap(context, count, values, CONFIDENCE, RESAMPLES, seed, found));
    return (struct interval){(double)found[0], (double)found[1], (double)found[2]};
}

const char *interval_text(struct interval interval)
{
    static char buffers[8][64];
    static int next;
    char *buffer = buffers[next++ % 8];
    snprintf(buffer, sizeof buffers[0], "%.3f [%.3f, %.3f]", interval.mean, interval.low, interval.high);
    return buffer;
}

void interval_add_json(struct text *json, const char *key, struct interval interval)
{
    text_print(json, "\"%s\": %.6f, \"%s_interval\": [%.6f, %.6f]", key, interval.mean, key, interval.low,
               interval.high);
}
