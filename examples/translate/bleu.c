/* bleu.c - counting n-grams. Sentences are short: each n-gram is compared with all others. */
#include "bleu.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* How often ngram[n] stands in a sequence. */
static int64_t occurrences(struct sequence in, const uint64_t *ngram, int64_t n)
{
    int64_t count = 0;
    for (int64_t i = 0; i + n <= in.length; i++)
        count += memcmp(in.words + i, ngram, (size_t)n * sizeof *ngram) == 0;
    return count;
}

static int64_t count_matches(struct sequence translation, const struct sequence *references, int64_t count,
                             int64_t n)
{
    int64_t matches = 0;
    for (int64_t i = 0; i + n <= translation.length; i++) {
        const uint64_t *ngram = translation.words + i;
        int64_t most = 0;
        for (int64_t k = 0; k < count; k++) {
            int64_t found = occurrences(references[k], ngram, n);
            most = found > most ? found : most;
        }
        /* The j-th time that it stands here matches if a reference has it j times. */
        matches += occurrences((struct sequence){translation.words, i + n}, ngram, n) <= most;
    }
    return matches;
}

void bleu_add(struct bleu *bleu, struct sequence translation, const struct sequence *references,
              int64_t count)
{
    int64_t nearest = references[0].length;
    for (int64_t k = 1; k < count; k++) {
        int64_t length = references[k].length, here = llabs(length - translation.length),
                best = llabs(nearest - translation.length);
        if (here < best || (here == best && length < nearest))
            nearest = length;
    }
    bleu->length += translation.length;
    bleu->reference_length += nearest;
    for (int64_t n = 1; n <= BLEU_ORDER; n++) {
        bleu->matches[n - 1] += count_matches(translation, references, count, n);
        bleu->ngrams[n - 1] += translation.length >= n ? translation.length - n + 1 : 0;
    }
}

double bleu_value(const struct bleu *bleu)
{
    double sum = 0;
    for (int64_t n = 0; n < BLEU_ORDER; n++) {
        if (bleu->matches[n] == 0)
            return 0;
        sum += log((double)bleu->matches[n] / (double)bleu->ngrams[n]) / BLEU_ORDER;
    }
    double brevity = 1 - (double)bleu->reference_length / (double)bleu->length;
    return exp(sum + (brevity < 0 ? brevity : 0));
}
