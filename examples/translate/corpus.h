/* corpus.h - the two vocabularies, and pairs as ids.
 *
 * A special token of the target stands for its begin and its end. */
#ifndef TRANSLATE_CORPUS_H
#define TRANSLATE_CORPUS_H

#include "pairs.h"

#define BOUNDARY "<s>"
#define BOUNDARY_ID (ATTN_UNK_ID + 1)

struct languages {
    int64_t task;
    attn_vocab *source, *target;
    attn_tokens *tokens; /* the tokenizer's memory */
    struct words words;
};

/* Count the tokens of the pairs; one seen less than `min_count` times is <unk>. */
struct languages languages_make(attn_context *context, int64_t task, const struct pairs *pairs,
                                int64_t min_count);
void languages_free(struct languages *languages);

/* One side of all pairs: text i is ids[begins[i] .. + lengths[i]). */
struct side {
    int32_t *ids, *lengths;
    int64_t *begins;
    int64_t size, capacity; /* of ids */
};

struct corpus {
    int64_t count;
    struct side source, target;
};

/* The words of a target: ids that make one are joined. */
void target_words(const struct languages *languages, const int32_t *ids, int64_t count, struct words *words);

struct corpus corpus_make(struct languages *languages, const struct pairs *pairs);
void corpus_free(struct corpus *corpus);

#endif
