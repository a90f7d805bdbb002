/* corpus.h - the two vocabularies, and pairs as ids, of words or of the pieces that they are split into.
 *
 * A special token of the target stands for its begin and its end. */
#ifndef TRANSLATE_CORPUS_H
#define TRANSLATE_CORPUS_H

#include "config.h"
#include "pairs.h"

#define BOUNDARY "<s>"
#define BOUNDARY_ID (ATTN_UNK_ID + 1)

struct languages {
    int64_t task;
    attn_vocab *source, *target;
    attn_pieces *pieces; /* how words are split, of both sides; NULL: they are not */
    attn_tokens *tokens; /* the tokenizer's memory */
    struct words words, parts;
};

/* Count the tokens of the pairs; one seen less than config->min_count times is <unk>. */
struct languages languages_make(attn_context *context, const struct config *config,
                                const struct pairs *pairs);
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

/* A text's tokens, which hold until the next call; languages->words has them before they are split into pieces. */
const struct words *tokens_of(struct languages *languages, bool target, const char *text, size_t size);

/* Whether a word goes on behind the token, which is a piece of it. */
bool goes_on(const struct languages *languages, const char *token);

/* A source's tokens: words as they stand in the text (for sentences the tokenizer's are folded), or pieces. */
void source_names(struct languages *languages, const char *text, size_t size, struct words *names);

/* What stands for <unk> in a translation: of each token the source's token that weighed most. */
struct copying {
    const struct words *names; /* of the source */
    const float *weights;      /* [count, stride] */
    int64_t stride;
};

/* The tokens of a target's ids[count]; `copying` NULL: <unk> stays. Then its words: pieces are joined. */
void target_tokens(const struct languages *languages, const int32_t *ids, int64_t count,
                   const struct copying *copying, struct words *tokens);
void target_words(const struct languages *languages, const struct words *tokens, struct words *words);

struct corpus corpus_make(struct languages *languages, const struct pairs *pairs);
void corpus_free(struct corpus *corpus);

#endif
