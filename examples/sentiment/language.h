/* language.h - two language models of the reviews' own text, one a direction of the GRU: the start of a classifier (Dai and Le 2015,
 * 1511.01432). Each is the reading that the classifier has, embedding and encoder, with a projection on top whose products with the
 * embedding's rows are the words' logits: tied weights (Press and Wolf 2017, 1608.05859).
 *
 *     forward   the state at word t   -> projection -> word t + 1
 *     backward  the state at word t   -> projection -> word t - 1
 *
 * Trained at a sample of the words (attn/sampled.h), measured at all.
 *
 *     language.c         the models: a batch through them
 *     language_train.c   epochs of them
 *     pretrain.c         the command that trains them alone, and keeps them in a file
 *     start.c            what of them a classifier begins with */
#ifndef SENTIMENT_LANGUAGE_H
#define SENTIMENT_LANGUAGE_H

#include "batch.h"
#include "common/options.h"
#include "config.h"

struct language {
    attn_context *context; /* the caller's */
    attn_params *params;
    attn_embedding *embedding,
        *bias; /* of the words: by which they are read and predicted; log of their shares, added to logits */
    attn_gru *encoder;
    attn_dense *projections[2]; /* one a direction */
    attn_candidates *drawn, *all;
    int64_t directions, hidden, emb;
    struct floats states, dstates, rows, drows, projected, dprojected; /* of a batch */
    int32_t *targets;
    int64_t targets_capacity;
};

/* End the program, with a line that begins with `option`, where states would have read what they are to predict: of several layers
 * in both directions. */
void language_check(const struct config *config, const char *option);

/* Make them as the configuration says, of the vocabulary's size; or as a file has them. */
struct language language_create(attn_context *context, const struct config *config, int64_t words);
struct language language_open(attn_context *context, const attn_file *file, const char *path);
void language_free(struct language *language);

/* Words are drawn by how often they stand in those reviews, config->candidates of them a step; and biases are the logarithms of their
 * shares, where the models are new. */
void language_count(struct language *language, const struct config *config, const struct corpus *corpus,
                    const int64_t *reviews, int64_t count, bool is_new);

/* What became of a batch. */
struct predicted {
    double loss;   /* the sum over all words that were predicted, of either direction */
    int64_t words; /* how many those are */
};

/* Forward and backward: set the params' gradients to those of the mean loss. */
struct predicted language_gradients(struct language *language, attn_tape *tape, const struct batch *batch,
                                    int64_t step);

/* The exact loss, of all words. */
struct predicted language_measure(struct language *language, const struct batch *batch);

/* ---- epochs --------------------------------------------------------------------------------------------------------------- */

/* A training of them, how far it has come, and what it works on. */
struct language_training {
    struct language *language;
    const struct config *config;
    const struct corpus *corpus;
    struct corpus windows;  /* of the corpus: what of each review the epoch reads */
    const int64_t *reviews; /* [count] to train on */
    int64_t count;
    attn_adam *adam;
    attn_tape *tape;
    int64_t epoch, step;   /* complete epochs; steps made in the one after them */
    double loss_sum;       /* of the words seen in that epoch */
    int64_t words, tokens; /* that were predicted and read in it */
    double seconds;        /* that it has taken */
};

/* Make the optimiser and the tape; the rest is set. And let go of these. */
void language_training_begin(struct language_training *training);
void language_training_end(struct language_training *training);

/* The steps that are left of the epoch, in which of each review at most config->max_length tokens are read: of a longer one a window
 * that is drawn anew in each. False where a signal came before the last. `quiet`: without a bar. */
bool language_epoch(struct language_training *training, bool quiet);

/* After language_epoch: the next epoch begins, with nothing seen. */
void language_next_epoch(struct language_training *training);

/* The exact loss a word over some other reviews of the corpus, of each its first config->max_length tokens; a signal ends it early, and
 * then it is NaN. */
double language_loss(struct language_training *training, const int64_t *reviews, int64_t count, bool quiet);

/* ---- the start of a classifier -------------------------------------------------------------------------------------------- */

/* Copy embedding and encoder, of the same sizes, from the params of a language model to those of a classifier, or back; or from its
 * file, of whose words a classifier may have the first. */
void start_copy(const attn_params *from, attn_params *to);
void start_from_file(const attn_file *file, const char *path, attn_params *to);

/* The vocabulary of its file; of a larger one the first max_size, which are the most frequent. */
attn_vocab *start_vocab(attn_context *context, const attn_file *file, int64_t max_size);

/* Open a file that pretrain wrote, and take its sizes in the configuration's place; where an option that is given says otherwise, the
 * program ends with a line. */
attn_file *start_open(attn_context *context, const char *path, struct config *config,
                      const struct option *options, int64_t count);

#endif
