/* lexicon.h - how a model looks words up: its own id for each, and the pieces that spell it. */
#ifndef READ_LEXICON_H
#define READ_LEXICON_H

#include "articles.h"

struct lexicon {
    int32_t *ids;    /* [types] in the model's vocabulary */
    int64_t *first;  /* [types + 1]: a word's pieces are pieces[first[type] .. first[type + 1]) */
    int32_t *pieces; /* rows of a table, from 1 */
};

/* Of all words of the articles. A piece is three to five characters of "<word>" and what they hash to among rows 1 to rows - 1, as in
 * fastText (Bojanowski et al. 2017, 1607.04606), so that words that were never seen are still like others. */
struct lexicon lexicon_create(const struct articles *articles, const attn_vocab *vocab, int64_t rows);
void lexicon_free(struct lexicon *lexicon);

/* The vocabulary of numbers[count] of questions and their passages: the `most` most frequent words (0: all), and `vectors`, where it is
 * not NULL, a file of word vectors: of words that have one there; *table receives their numbers [ids, dim], and zeros for the ids that
 * are no words. To be freed. */
attn_vocab *vocab_create(attn_context *context, const struct articles *articles, const int64_t *numbers,
                         int64_t count, int64_t most, const char *vectors, int64_t dim, float **table);

#endif
