/* model.h - the classifier of the library, as this program puts it together, opens and trains it.
 *
 * With --faithful diversity the loss that is trained on has more parts (faithful.h); with orthogonal the encoder's states are
 * orthogonal to the sums of those before them. */
#ifndef SENTIMENT_MODEL_H
#define SENTIMENT_MODEL_H

#include "batch.h"
#include "config.h"
#include "labels.h"

struct model {
    attn_context *context; /* the caller's */
    attn_classifier *classifier;
    attn_classifier *trained; /* what steps train, beside n-grams: the encoder's channel; NULL: all of it */
    attn_classifier_info info;
    struct labels labels;
    struct floats logits, probabilities, weights, states, dstates, mean, mean_logits; /* of a batch */
};

/* What became of a batch; the arrays are the model's, and hold until its next use. */
struct outcome {
    double loss;                /* mean over the rows, of the decisions alone */
    int64_t correct;            /* rows decided as labelled */
    const float *probabilities; /* [rows, classes] */
    const float *weights;       /* [rows, time]; NULL without attention, and in training */
};

/* Put one together as the configuration says; of n-grams, those that were counted (NULL without). */
struct model model_create(attn_context *context, const struct config *config, const struct labels *labels,
                          attn_vocab *vocab, const attn_ngrams_builder *counted);

/* The trained one that comes along; and the option that names one, whose `path` begins as that. */
const char *bundled_model(void);
#define MODEL_OPTION(path)                                                                                   \
    text_option("model", &(path), "FILE", "a model that train wrote (the bundled one, of film reviews)")

/* One that was trained: of a file, or of a classifier that is there, which it takes. */
struct model model_open(attn_context *context, const char *path);
struct model model_of(attn_context *context, attn_classifier *classifier);
void model_close(struct model *model);

/* The class of most probability; of equal ones the first. */
int32_t model_decision(const struct model *model, const float *probabilities);

/* Each channel's logits by itself, [channels, rows, classes], without scales; the model's, until its next use. */
const float *model_channels(struct model *model, const struct batch *batch);

/* Make the encoder, where there is one, faster to ask; options NULL: float32. */
void model_pack(struct model *model, const attn_gru_packed_options *options);

/* Whether it has what ATTN_BY_... shows. */
bool model_shows(const struct model *model, int32_t by);

/* End the program, with a line that says what else to do, where the model of the file `path` attends to nothing. */
void model_need_attention(const struct model *model, const char *path, const char *else_do);

/* Scales of 1 again, as it is trained. */
void model_unscale(struct model *model);

/* Decide, as the model will be used. */
struct outcome model_predict(struct model *model, const struct batch *batch);

/* Forward and backward: decide with dropout, and set the params' gradients to those of the mean loss, of which what faithful.h
 * adds is a part. */
struct outcome model_gradients(struct model *model, attn_tape *tape, const struct batch *batch, int64_t step,
                               const struct config *config);

#endif
