/* config.h - everything that decides what is trained, and how. What is of the layers, the model file tells itself; the rest stands
 * in it as JSON. */
#ifndef SENTIMENT_CONFIG_H
#define SENTIMENT_CONFIG_H

#include "common/saved.h"

/* The words of --pooling, and their places. */
#define POOLINGS "attention|mean|max|last"
enum { POOL_ATTENTION, POOL_MEAN, POOL_MAX, POOL_LAST };

/* Switches are int64_t, 0 or 1, so that options and the table of fields treat all numbers alike. Fields that
 * are options of `train` have their name. */
struct config {
    /* layers */
    int64_t max_length; /* tokens read of a review, its first ones */
    int64_t emb, hidden, layers, directions, attngru;
    int64_t pooling;            /* what makes one vector of the states: POOL_... */
    int64_t ngrams, no_encoder; /* which channels there are: --ngrams, --encoder none */
    int64_t reset_before, layer_norm, padding_kept, outer_tanh, freeze_embedding;
    int64_t orthogonal; /* states: --faithful orthogonal */
    int64_t weighting;  /* ATTN_WEIGHTING_... */
    double dropout_embedding, dropout_states, dropout_context;
    /* training */
    int64_t min_count; /* a word that training reviews hold less often is <unk> */
    int64_t max_vocab;
    int64_t bfloat16, int8;               /* the model's file is written so; training goes on in float32 */
    int64_t ngrams_min_count, max_ngrams; /* n-grams of fewer reviews are left out, and all but so many */
    int64_t article_init;                 /* first values as the article has them */
    int64_t batch, epochs, seed;
    double dropout_words;    /* the share of the words that a step leaves out */
    double diversity_weight; /* of the states' conicity in the loss: --faithful diversity; 0: none */
    double undecided_weight; /* of what their plain mean decides: likewise */
    double lr, beta2, decay_rate, lr_floor, clip_norm;
    double embedding_rate; /* how many times as fast as the rest the embedding learns */
    int64_t decay_steps;   /* 0: an epoch */
    int64_t candidates;    /* of a language model: words that a step is held against */
    double
        average; /* the decay of the weights' moving average, which is what is measured and saved; 0: none */
};

/* The configuration called "default", "gru" (for an encoder that has learned the language first), "best" (the same, with n-grams
 * beside it), "none" (n-grams alone), "article", or "language" (of
 * a language model). */
struct config config_preset(const char *preset);

/* How many epochs of a language model come first. */
int64_t config_language_epochs(const char *preset);

/* What is of training alone; and all of it. */
json_t *config_json(const struct config *config);
json_t *config_whole_json(const struct config *config);

/* Read what config_json wrote, and the rest from the classifier; `path` names the file in the line when it is not that. */
struct config config_read(const char *path, const json_t *json, const attn_classifier *classifier);

/* The same of a language model: all of it, and back. */
json_t *config_language_json(const struct config *config);
struct config config_read_language(const char *path, const json_t *json);

/* What the options --encoder, --pooling, --weighting and --faithful call it. */
void config_words(const struct config *config, const char **encoder, const char **pooling,
                  const char **weighting, const char **faithful);

#endif
