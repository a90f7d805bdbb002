/* parts.c - putting parts together: what has to fit, and the handle that shares them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classify/classifier.h"

/* ---- the parts' widths ------------------------------------------------------------------------------------------------------ */

struct infos {
    attn_embedding_info embedding;
    attn_gru_info encoder;
    attn_attention_info attention;
    attn_attngru_info reader;
    attn_dense_info decision;
    attn_ngrams_info ngrams;
    attn_params *params; /* of the first channel */
    int64_t classes;
};

static attn_status ask(const attn_classifier_parts *parts, struct infos *infos)
{
    *infos = (struct infos){.embedding = ATTN_EMBEDDING_INFO_INIT,
                            .encoder = ATTN_GRU_INFO_INIT,
                            .attention = ATTN_ATTENTION_INFO_INIT,
                            .reader = ATTN_ATTNGRU_INFO_INIT,
                            .decision = ATTN_DENSE_INFO_INIT,
                            .ngrams = ATTN_NGRAMS_INFO_INIT};
    if (parts->ngrams)
        ATTNI_TRY(attn_ngrams_get_info(parts->ngrams, &infos->ngrams));
    infos->params = infos->ngrams.params;
    infos->classes = infos->ngrams.classes;
    if (parts->decision == NULL)
        return ATTN_OK;
    ATTNI_TRY(attn_embedding_get_info(parts->embedding, &infos->embedding));
    ATTNI_TRY(attn_gru_get_info(parts->encoder, &infos->encoder));
    if (parts->attention)
        ATTNI_TRY(attn_attention_get_info(parts->attention, &infos->attention));
    if (parts->reader)
        ATTNI_TRY(attn_attngru_get_info(parts->reader, &infos->reader));
    ATTNI_TRY(attn_dense_get_info(parts->decision, &infos->decision));
    infos->params = infos->embedding.params;
    infos->classes = infos->decision.output_dim;
    return ATTN_OK;
}

#define FUNCTION "attn_classifier_create"

static attn_status check_fit(const attn_classifier_parts *parts, const struct infos *infos)
{
    const int64_t width = infos->encoder.output_dim,
                  decides = parts->reader ? infos->reader.hidden_dim : width;
    ATTNI_REQUIRE(infos->encoder.params == infos->embedding.params &&
                      infos->decision.params == infos->embedding.params &&
                      (parts->attention == NULL || infos->attention.params == infos->embedding.params) &&
                      (parts->reader == NULL || infos->reader.params == infos->embedding.params) &&
                      (parts->ngrams == NULL || infos->ngrams.params == infos->embedding.params),
                  FUNCTION ": the parts are layers of different params; expected all of one");
    ATTNI_REQUIRE(
        infos->encoder.input_dim == infos->embedding.dim,
        FUNCTION
        ": the encoder reads vectors of %lld numbers and the embedding gives %lld; expected the same",
        (long long)infos->encoder.input_dim, (long long)infos->embedding.dim);
    ATTNI_REQUIRE(parts->attention == NULL || infos->attention.memory_dim == width,
                  FUNCTION
                  ": attention's memory_dim is %lld and the encoder's output_dim %lld; expected the same",
                  (long long)infos->attention.memory_dim, (long long)width);
    ATTNI_REQUIRE(parts->attention == NULL || infos->attention.score == ATTN_SCORE_FEEDFORWARD, FUNCTION
                  ": attention's score asks a query, and here is none; expected ATTN_SCORE_FEEDFORWARD");
    ATTNI_REQUIRE(parts->reader == NULL || parts->attention,
                  FUNCTION ": a reader without attention, which opens its steps; "
                           "expected attention too");
    ATTNI_REQUIRE(parts->reader == NULL ||
                      (infos->reader.input_dim == width && !infos->reader.vector_openings),
                  FUNCTION ": the reader reads vectors of %lld numbers, or a weight for each number; "
                           "expected %lld, and one weight "
                           "a step",
                  (long long)infos->reader.input_dim, (long long)width);
    ATTNI_REQUIRE(infos->decision.input_dim == decides,
                  FUNCTION ": the decision reads %lld numbers and is given %lld; expected the same",
                  (long long)infos->decision.input_dim, (long long)decides);
    ATTNI_REQUIRE(infos->decision.output_dim >= 2,
                  FUNCTION ": the decision has %lld output; expected a logit for each of two or "
                           "more classes",
                  (long long)infos->decision.output_dim);
    ATTNI_REQUIRE(infos->decision.activation == ATTN_ACTIVATION_NONE,
                  FUNCTION ": the decision's activation is %d; expected ATTN_ACTIVATION_NONE, since its "
                           "outputs are logits",
                  infos->decision.activation);
    ATTNI_REQUIRE(parts->ngrams == NULL || infos->ngrams.classes == infos->decision.output_dim,
                  FUNCTION ": the n-grams have %lld classes and the decision %lld; expected the same",
                  (long long)infos->ngrams.classes, (long long)infos->decision.output_dim);
    return ATTN_OK;
}

static attn_status check_rest(const attn_classifier_parts *parts, const struct infos *infos)
{
    ATTNI_REQUIRE(parts->pooling >= 0 && parts->pooling <= ATTN_POOLING_MAX,
                  FUNCTION ": pooling is %d; expected 0 or ATTN_POOLING_...", parts->pooling);
    ATTNI_REQUIRE(parts->pooling == 0 || (parts->attention == NULL && parts->encoder),
                  FUNCTION ": pooling is of an encoder's states without attention; expected 0");
    ATTNI_REQUIRE(parts->max_length >= 0 && parts->max_length <= (int64_t)1 << 30,
                  FUNCTION ": max_length is %lld; expected 0 to 2^30", (long long)parts->max_length);
    ATTNI_REQUIRE(parts->context_dropout >= 0.0f && parts->context_dropout < 1.0f,
                  FUNCTION ": context_dropout is %g; expected 0 or more, and less than 1",
                  (double)parts->context_dropout);
    ATTNI_REQUIRE(
        parts->attention == NULL || infos->attention.padding == ATTN_PADDING_MASKED || parts->max_length > 0,
        FUNCTION
        ": attention counts padding in, so that it matters how much there is; expected max_length, to which "
        "rows are padded");
    ATTNI_REQUIRE(parts->vocab == NULL || parts->embedding == NULL ||
                      attn_vocab_size(parts->vocab) == infos->embedding.rows,
                  FUNCTION ": the vocabulary has %lld ids and the embedding %lld rows; expected the same",
                  (long long)attn_vocab_size(parts->vocab), (long long)infos->embedding.rows);
    return ATTN_OK;
}

struct label {
    const char *name;
    int64_t index;
};

static int compare_labels(const void *left, const void *right)
{
    const struct label *p = left, *q = right;
    const int order = strcmp(p->name, q->name);
    return order ? order : (p->index > q->index) - (p->index < q->index);
}

/* There may be many: sorted, those that stand twice are neighbours. */
static attn_status check_labels(attn_context *context, const char *const *labels, int64_t classes)
{
    void *memory;
    for (int64_t k = 0; k < classes; k++)
        ATTNI_REQUIRE(labels[k] != NULL && labels[k][0] != '\0',
                      FUNCTION ": labels[%lld] is empty; expected a name", (long long)k);
    ATTNI_TRY(attn_context_alloc(context, (size_t)classes * sizeof(struct label), &memory));
    struct label *sorted = memory;
    for (int64_t k = 0; k < classes; k++)
        sorted[k] = (struct label){labels[k], k};
    qsort(sorted, (size_t)classes, sizeof *sorted, compare_labels);
    int64_t j = 0, k = 0; /* the pair that is found */
    for (int64_t i = 1; i < classes && k == 0; i++) {
        if (strcmp(sorted[i - 1].name, sorted[i].name) == 0)
            j = sorted[i - 1].index, k = sorted[i].index;
    }
    attn_context_free(context, memory);
    ATTNI_REQUIRE(k == 0,
                  FUNCTION ": labels[%lld] and labels[%lld] are both \"%s\"; expected names that differ",
                  (long long)j, (long long)k, labels[k]);
    return ATTN_OK;
}

/* ---- creation --------------------------------------------------------------------------------------------------------------- */

static attn_status copy_labels(attn_classifier *classifier, const char *const *labels)
{
    char number[24];
    void *memory;
    ATTNI_TRY(attn_context_alloc(classifier->context, (size_t)classifier->classes * sizeof(char *), &memory));
    classifier->labels = memory;
    memset(memory, 0, (size_t)classifier->classes * sizeof(char *));
    for (int64_t k = 0; k < classifier->classes; k++) {
        snprintf(number, sizeof number, "%lld", (long long)k);
        const char *label = labels ? labels[k] : number;
        ATTNI_TRY(attn_context_alloc(classifier->context, strlen(label) + 1, &memory));
        classifier->labels[k] = strcpy(memory, label);
    }
    return ATTN_OK;
}

/* The caller's struct, which may be shorter (older) than ours. */
static attn_status read_parts(const attn_classifier_parts *parts, attn_classifier_parts *own)
{
    ATTNI_REQUIRE(parts != NULL, FUNCTION ": parts is NULL; expected the handles to put together");
    ATTNI_TRY(attni_read_options(FUNCTION, parts, own, sizeof *own));
    const int32_t some = own->embedding || own->encoder || own->decision || own->attention || own->reader;
    ATTNI_REQUIRE((own->embedding && own->encoder && own->decision) || (own->ngrams && !some), FUNCTION
                  ": embedding, encoder or decision is NULL; expected these three, or n-grams alone");
    return ATTN_OK;
}

attn_status attn_classifier_create(const attn_classifier_parts *given, attn_classifier **out)
{
    attn_classifier_parts parts;
    struct infos infos;
    void *memory;
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_TRY(read_parts(given, &parts));
    ATTNI_TRY(ask(&parts, &infos));
    attn_context *context = attn_params_context(infos.params);
    ATTNI_ENTER(context);
    if (parts.decision)
        ATTNI_TRY(check_fit(&parts, &infos));
    ATTNI_TRY(check_rest(&parts, &infos));
    if (parts.labels)
        ATTNI_TRY(check_labels(context, parts.labels, infos.classes));
    ATTNI_TRY(attn_context_alloc(context, sizeof(attn_classifier), &memory));
    attn_classifier *classifier = memory;
    *classifier =
        (attn_classifier){.references = 1,
                          .context = context,
                          .params = infos.params,
                          .embedding = attn_embedding_share(parts.embedding),
                          .encoder = attn_gru_share(parts.encoder),
                          .attention = attn_attention_share(parts.attention),
                          .reader = attn_attngru_share(parts.reader),
                          .decision = attn_dense_share(parts.decision),
                          .ngrams = attn_ngrams_share(parts.ngrams),
                          .vocab = attn_vocab_share(parts.vocab),
                          .classes = infos.classes,
                          .dim = infos.embedding.dim,
                          .state_dim = infos.encoder.output_dim,
                          .context_dim = infos.decision.input_dim,
                          .hidden_dim = infos.encoder.hidden_dim,
                          .layers = infos.encoder.layers,
                          .directions = infos.encoder.bidirectional ? 2 : 1,
                          .max_length = parts.max_length,
                          .padding_kept = parts.attention && infos.attention.padding == ATTN_PADDING_KEPT,
                          .pooling = parts.pooling,
                          .context_dropout = parts.context_dropout,
                          .channels = (parts.decision != NULL) + (parts.ngrams != NULL),
                          .scales = {1.0f, 1.0f}};
    attn_status status = copy_labels(classifier, parts.labels);
    if (status != ATTN_OK) {
        attni_classifier_release(classifier);
        return status;
    }
    *out = classifier;
    return ATTN_OK;
}
