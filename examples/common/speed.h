/* speed.h - --speed of the commands `eval`: how fast a model answers, without reading what is asked, and without measuring answers. */
#ifndef COMMON_SPEED_H
#define COMMON_SPEED_H

#include "common/options.h"

struct speed {
    double seconds; /* of the processors, all threads' together */
    int64_t answers;
    int64_t steps; /* of decoders that answer step by step: what was said in all, ends included; else 0 */
};

struct option speed_option(int64_t *asked);

/* Answering begins, and ends. */
void speed_start(struct speed *speed);
void speed_stop(struct speed *speed);

/* Print the rate, in JSON `, "per_second": N` with `, "steps": MEAN` where there are steps, in words `, N UNITS a second of the
 * processors`. */
void speed_print(const struct speed *speed, const char *units, bool json);

#endif
