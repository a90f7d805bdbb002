/* bleu.h - BLEU-4 of a corpus (Papineni et al. 2002): how many of the translations' n-grams some reference has.
 *
 *     p_n  = sum of matches / sum of n-grams, n = 1 to 4; an n-gram matches as often as it stands in one reference
 *     BLEU = min(1, exp(1 - r / c)) * exp(1/4 sum_n log p_n)
 *
 * c is the length of all translations, r that of the references that are nearest in length, of two as near the shorter one.
 * Counts are of the whole corpus and not smoothed: without a single match of some n BLEU is 0, and a translation of less than n
 * tokens simply has no n-grams. */
#ifndef TRANSLATE_BLEU_H
#define TRANSLATE_BLEU_H

#include "common/program.h"

#define BLEU_ORDER 4

struct bleu {
    int64_t matches[BLEU_ORDER], ngrams[BLEU_ORDER];
    int64_t length, reference_length;
};

struct sequence {
    const uint64_t *
        words; /* hashes of them: that two words of some ten thousand share one happens once in 10^11 times */
    int64_t length;
};

/* Count one translation and its references. */
void bleu_add(struct bleu *bleu, struct sequence translation, const struct sequence *references,
              int64_t count);

double bleu_value(const struct bleu *bleu);

#endif
