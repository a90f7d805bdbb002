/* unit_classifier.h - small classifiers of every make, over a vocabulary of eight words. */
#ifndef UNIT_CLASSIFIER_H
#define UNIT_CLASSIFIER_H

#include "unit.h"
#include "unit_data.h"
#include "unit_file.h"

/* What may differ from one classifier to another. */
typedef struct unit_make {
    const char *name;
    int32_t layers, bidirectional, reset, layer_norm;
    int32_t attention, weighting, outer_tanh, padding_kept;
    int32_t pooling;
    int32_t reader, form;
    int32_t classes;
    float scale;           /* of the encoder's channel; 0: 1, with n-grams 0.6 of theirs too */
    int32_t ngrams, alone; /* alone: without an encoder */
    int32_t orthogonal;
} unit_make;

static const unit_make unit_makes[] = {
    {.name = "attention", .bidirectional = 1, .attention = 1, .classes = 2},
    {.name = "article",
     .reset = 1,
     .layer_norm = 1,
     .attention = 1,
     .outer_tanh = 1,
     .padding_kept = 1,
     .classes = 2},
    {.name = "no attention", .layers = 2, .bidirectional = 1, .classes = 3},
    {.name = "sparsemax", .layers = 2, .attention = 1, .weighting = ATTN_WEIGHTING_SPARSEMAX, .classes = 2},
    {.name = "entmax",
     .bidirectional = 1,
     .attention = 1,
     .weighting = ATTN_WEIGHTING_ENTMAX15,
     .classes = 5},
    {.name = "reader", .bidirectional = 1, .attention = 1, .reader = 1, .classes = 2},
    {.name = "scaled", .bidirectional = 1, .attention = 1, .classes = 3, .scale = 0.37f},
    {.name = "reader, scaled", .attention = 1, .reader = 1, .classes = 2, .scale = 1.7f},
    {.name = "with n-grams", .bidirectional = 1, .attention = 1, .classes = 2, .scale = 0.7f, .ngrams = 1},
    {.name = "last states and n-grams", .layers = 2, .classes = 4, .scale = 1.3f, .ngrams = 1},
    {.name = "reader and n-grams", .attention = 1, .reader = 1, .classes = 3, .ngrams = 1},
    {.name = "n-grams alone", .classes = 2, .ngrams = 1, .alone = 1},
    {.name = "n-grams alone of five", .classes = 5, .ngrams = 1, .alone = 1},
    {.name = "mean", .bidirectional = 1, .pooling = ATTN_POOLING_MEAN, .classes = 2},
    {.name = "max and n-grams",
     .layers = 2,
     .pooling = ATTN_POOLING_MAX,
     .classes = 3,
     .scale = 0.9f,
     .ngrams = 1},
    {.name = "reader, as in code", .attention = 1, .reader = 1, .form = ATTN_ATTNGRU_CODE, .classes = 4},
};
#define UNIT_MAKES ((int)(sizeof unit_makes / sizeof *unit_makes))
#define UNIT_MAX_LENGTH 6

typedef struct unit_classifier {
    attn_params *params;
    attn_classifier_parts parts; /* the test's own handles */
    attn_classifier *whole;
} unit_classifier;

static inline attn_vocab *unit_words(attn_context *context)
{
    static const char *const words[] = {"good", "bad", "film", "the", "a", "not", "boring", "wonderful"};
    attn_vocab_builder *builder;
    attn_vocab *vocab;
    OK(attn_vocab_builder_create(context, NULL, &builder));
    for (int i = 0; i < 8; i++)
        OK(attn_vocab_builder_add_token(builder, words[i], 10 - i));
    OK(attn_vocab_create(builder, NULL, &vocab));
    attn_vocab_builder_destroy(&builder);
    return vocab;
}

/* Words that classes share and words that they do not, in texts of five. */
static inline attn_ngrams *unit_words_in_a_row(attn_context *context, attn_params *params, int32_t classes)
{
    enum { TEXTS = 30, WORDS = 5 };
    int32_t ids[TEXTS * WORDS], labels[TEXTS];
    attn_ngrams_builder *builder;
    attn_ngrams *ngrams;
    attn_ngrams_builder_options counting = ATTN_NGRAMS_BUILDER_OPTIONS_INIT;
    attn_ngrams_options options = ATTN_NGRAMS_OPTIONS_INIT;
    counting.classes = classes;
    options.init = ATTN_INIT_NORMAL;
    for (int b = 0; b < TEXTS; b++) {
        labels[b] = b % classes;
        for (int t = 0; t < WORDS; t++)
            ids[b * WORDS + t] = 2 + (b * 3 + t * (1 + b % 4) + labels[b]) % 8;
    }
    OK(attn_ngrams_builder_create(context, &counting, &builder));
    OK(attn_ngrams_builder_add(builder, TEXTS, WORDS, ids, NULL, labels));
    OK(attn_ngrams_create(params, "words", builder, &options, &ngrams));
    attn_ngrams_builder_destroy(&builder);
    return ngrams;
}

static inline void unit_classifier_layers(const unit_make *make, unit_classifier *out)
{
    attn_gru_options gru = ATTN_GRU_OPTIONS_INIT;
    attn_attention_options attention = ATTN_ATTENTION_OPTIONS_INIT;
    attn_attngru_options reader = ATTN_ATTNGRU_OPTIONS_INIT;
    const int64_t width = make->bidirectional ? 10 : 5;
    gru.layers = make->layers;
    gru.bidirectional = make->bidirectional;
    gru.reset = make->reset;
    gru.layer_norm = make->layer_norm;
#ifdef ATTN_EXPERIMENTAL_H
    gru.experimental = make->orthogonal ? ATTN_GRU_ORTHOGONAL : 0;
#endif
    attention.weighting = make->weighting;
    attention.outer_tanh = make->outer_tanh;
    attention.padding = make->padding_kept ? ATTN_PADDING_KEPT : ATTN_PADDING_MASKED;
    reader.form = make->form;
    OK(attn_embedding_create(out->params, "embedding", 10, 4, NULL, &out->parts.embedding));
    OK(attn_gru_create(out->params, "encoder", 4, 5, &gru, &out->parts.encoder));
    if (make->attention)
        OK(attn_attention_create(out->params, "attention", width, &attention, &out->parts.attention));
    if (make->reader)
        OK(attn_attngru_create(out->params, "reader", width, 7, &reader, &out->parts.reader));
    OK(attn_dense_create(out->params, "decision", make->reader ? 7 : width, make->classes, NULL,
                         &out->parts.decision));
}

static inline void unit_classifier_create(attn_context *context, const unit_make *make, unit_classifier *out)
{
    static const char *const labels[] = {"negative", "positive", "neither", "both", "other"};
    *out = (unit_classifier){.parts = ATTN_CLASSIFIER_PARTS_INIT};
    OK(attn_params_create(context, UNIT_SEED(7), &out->params));
    out->parts.vocab = unit_words(context);
    if (!make->alone)
        unit_classifier_layers(make, out);
    if (make->ngrams)
        out->parts.ngrams = unit_words_in_a_row(context, out->params, make->classes);
    /* First values that are larger than small, so that decisions and attributions are far from even. */
    float *values = attn_params_values(out->params);
    for (int64_t i = 0; i < attn_params_size(out->params); i++)
        values[i] *= 3.0f;
    out->parts.labels = labels;
    out->parts.pooling = make->pooling;
    out->parts.max_length = UNIT_MAX_LENGTH;
    OK(attn_classifier_create(&out->parts, &out->whole));
    if (make->scale > 0)
        OK(attn_classifier_set_scales(out->whole, 1 + make->ngrams, (float[]){make->scale, 0.6f}));
}

static inline void unit_classifier_destroy(unit_classifier *classifier)
{
    attn_classifier_destroy(&classifier->whole);
    attn_vocab_destroy(&classifier->parts.vocab);
    attn_ngrams_destroy(&classifier->parts.ngrams);
    attn_dense_destroy(&classifier->parts.decision);
    attn_attngru_destroy(&classifier->parts.reader);
    attn_attention_destroy(&classifier->parts.attention);
    attn_gru_destroy(&classifier->parts.encoder);
    attn_embedding_destroy(&classifier->parts.embedding);
    attn_params_destroy(&classifier->params);
}

/* Three rows of unequal length, one of them empty; what lies in the padding is no id. */
static const int32_t unit_classifier_lengths[] = {6, 0, 3};
static const int32_t unit_classifier_ids[] = {2,  3,  4,  5, 6, 7, -1,      -1, -1,
                                              -1, -1, -1, 8, 9, 4, 1 << 30, -5, 77};

static inline attn_sequence unit_classifier_batch(void)
{
    attn_sequence in = ATTN_SEQUENCE_INIT;
    in.batch = 3;
    in.time = UNIT_MAX_LENGTH;
    in.ids = unit_classifier_ids;
    in.lengths = unit_classifier_lengths;
    return in;
}

/* ln p / (1 - p) of class k, from one row's logits. */
static inline double unit_log_odds(const float *logits, int classes, int k)
{
    double others = 0;
    for (int j = 0; j < classes; j++)
        others += j != k ? exp((double)logits[j]) : 0;
    return (double)logits[k] - log(others);
}

static inline int unit_largest(const float *numbers, int count)
{
    int best = 0;
    for (int k = 1; k < count; k++)
        best = numbers[k] > numbers[best] ? k : best;
    return best;
}

#endif
