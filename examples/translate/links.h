/* links.h - pairs whose words people aligned, and how far links agree with theirs.
 *
 * Och and Ney (2003): people's links are sure, S, or possible, P, which holds S; A are those to be measured.
 *
 *     error = 1 - (|A and S| + |A and P|) / (|A| + |S|),   precision = |A and P| / |A|,   recall = |A and S| / |S| */
#ifndef TRANSLATE_LINKS_H
#define TRANSLATE_LINKS_H

#include "pairs.h"

#define LINK_POSSIBLE 1
#define LINK_SURE 2

/* One pair's words, which spaces part, and people's links: links[target * sources + source] is 0 or LINK_... */
struct linked {
    int64_t sources, targets;
    uint8_t *links;
};

/* Pairs and their links: lines `SOURCE ||| TARGET` of `texts`, and of `links` lines `2-3 4p1`, of the words' numbers from `first` on: the
 * second of the source goes surely with the third of the target, the fourth possibly with the first. A faulty line ends the program. */
struct linked *links_read(const char *texts, const char *links, int64_t first, struct pairs *pairs);
void links_free(struct linked *linked, int64_t count);

struct agreement {
    int64_t links, possible, sure, all_sure; /* |A|, |A and P|, |A and S|, |S| */
};

/* Count a pair: given[target] is the source that each word of the target is linked to, -1: none. */
void agreement_add(struct agreement *agreement, const struct linked *linked, const int64_t *given);

double agreement_error(const struct agreement *agreement);

#endif
