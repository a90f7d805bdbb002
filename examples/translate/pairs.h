/* pairs.h - what a model learns from: texts and their translations. */
#ifndef TRANSLATE_PAIRS_H
#define TRANSLATE_PAIRS_H

#include "dates.h"
#include "words.h"

struct pair {
    char *source, *target;
};

struct pairs {
    struct pair *items;
    int64_t count, capacity;
    struct date *dates; /* of generated dates: each pair's; else NULL */
};

/* Lines `source<TAB>target`; what follows a second tab is not read. With languages, "en-fr", `path`.en holds the sources, a line
 * each, and `path`.fr the targets. A faulty line ends the program; what is no UTF-8 is said on standard error, unless `quiet`. */
struct pairs pairs_read(attn_context *context, const char *path, const char *languages, bool quiet);

/* `count` dates and their ISO forms. */
struct pairs pairs_generate(int64_t count, uint64_t seed, bool held_out);

/* A hash of all of them, in their order, behind what `state` is a hash of. */
uint64_t pairs_fingerprint(uint64_t state, const struct pairs *pairs);

void pairs_add(struct pairs *pairs, struct pair pair);
void pair_free(struct pair *pair);
void pairs_free(struct pairs *pairs);

/* Pairs of the same source, by its tokens, have the same number, from 0, in the order of first appearance: group[i] is that of
 * pair i. A generated date is a group of its own. Returns how many there are. */
int64_t pairs_group(attn_context *context, int64_t task, const struct pairs *pairs, int64_t *group);

/* Hold out whole groups: about this share of them, at least one, never all, move into `held`, the others into `kept`, which start
 * empty; `pairs` is empty then. */
void pairs_split(struct pairs *pairs, const int64_t *group, int64_t groups, double share, uint64_t seed,
                 struct pairs *kept, struct pairs *held);

/* Write the pairs as pairs_read reads them. */
void pairs_save(const struct pairs *pairs, const char *path);

#endif
