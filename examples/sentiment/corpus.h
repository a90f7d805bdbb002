/* corpus.h - reviews as ids of a vocabulary. */
#ifndef SENTIMENT_CORPUS_H
#define SENTIMENT_CORPUS_H

#include "data.h"

struct corpus {
    int64_t count;
    int64_t *begins;  /* [count]: review i is the ids from begins[i] on, lengths[i] of them */
    int32_t *lengths; /* [count], at most max_length */
    int32_t *labels;  /* [count] */
    int32_t *ids;
    const struct prepared
        *prepared;   /* ids below its tokens lie there, and those above behind them; NULL: all are in ids */
    int32_t **words; /* [pieces of it][words of each]: their ids */
    float *targets;  /* [count, classes]: what is learned in place of labels; NULL: labels are */
    int64_t classes;
    int64_t malformed, malformed_reviews; /* UTF-8 sequences that were replaced, and in how many reviews */
};

/* A vocabulary of the words of reviews[count]; `tokens`, if not NULL, gets how many tokens they have. */
attn_vocab *make_vocab(attn_context *context, const struct dataset *dataset, const int64_t *reviews,
                       int64_t count, int64_t max_size, int64_t min_count, int64_t *tokens);

/* A line for people about the vocabulary of so many running tokens; 0: it is another text's. To be freed. */
char *vocab_describe(const attn_vocab *vocab, int64_t min_count, int64_t tokens);

/* The first `max_length` tokens of each review; 0: all. */
struct corpus corpus_make(const struct dataset *dataset, const attn_vocab *vocab, int64_t max_length);
/* ids[count] of those from `begin` on, all of one review. */
void corpus_read(const struct corpus *corpus, int64_t begin, int64_t count, int32_t *ids);

/* Say that they will be read: where they are prepared, those of several reviews come from the disk together. */
void corpus_announce(const struct corpus *corpus, int64_t begin, int64_t count);

/* Let go of what the process has of prepared reviews in memory; they are read again where they are needed. */
void corpus_forget(const struct corpus *corpus);
void corpus_free(struct corpus *corpus);

/* Say once, on standard error, how many malformed UTF-8 sequences there were. */
void corpus_warn(const struct corpus *corpus);

#endif
