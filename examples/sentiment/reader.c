/* reader.c - texts in groups through the network. */
#include "reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/lines.h"

typedef void use_reading(const struct reading *reading, void *user);

struct reader {
    struct trained *trained;
    attn_context *context;
    attn_tokens *tokens;
    use_reading *use;
    void *user;
    int64_t malformed, malformed_texts;
};

static void decide(struct reader *reader, const struct dataset *texts)
{
    struct network *network = &reader->trained->network;
    struct batch batch = {0};
    int64_t order[LINES_TOGETHER];
    struct corpus corpus =
        corpus_make(reader->context, texts, reader->trained->vocab, network->config.max_length);
    for (int64_t i = 0; i < texts->count; i++)
        order[i] = i;
    batch_fill(&batch, &corpus, order, texts->count, network_time(network));
    struct outcome outcome = network_predict(network, &batch);
    for (int64_t b = 0; b < texts->count; b++) {
        const struct review *text = &texts->reviews[b];
        const float *probabilities = outcome.probabilities + b * CLASSES;
        const float *weights = outcome.weights ? outcome.weights + b * batch.time : NULL;
        int32_t label = probabilities[1] > probabilities[0];
        must(attn_tokens_set_text(reader->tokens, text->text, text->size));
        struct reading reading = {text->text, text->size,           reader->tokens, batch.lengths[b],
                                  label,      probabilities[label], weights,        0};
        for (int64_t t = batch.lengths[b]; t < batch.time && weights; t++)
            reading.padding += weights[t];
        reader->use(&reading, reader->user);
    }
    reader->malformed += corpus.malformed;
    reader->malformed_texts += corpus.malformed_reviews;
    batch_free(&batch);
    corpus_free(&corpus);
}

static void decide_lines(struct reader *reader)
{
    struct line lines[LINES_TOGETHER];
    struct review reviews[LINES_TOGETHER];
    struct dataset texts = {reviews, 0, 0};
    while ((texts.count = read_lines(lines)) > 0) {
        for (int64_t i = 0; i < texts.count; i++)
            reviews[i] = (struct review){.text = lines[i].text, .size = lines[i].size};
        decide(reader, &texts);
        fflush(stdout);
        for (int64_t i = 0; i < texts.count; i++)
            free(lines[i].text);
    }
}

void read_texts(struct trained *trained, attn_context *context, const char *text, use_reading *use,
                void *user)
{
    struct reader reader = {.trained = trained, .context = context, .use = use, .user = user};
    must(attn_tokens_create(context, &reader.tokens));
    if (text) {
        char *copy = print("%s", text);
        struct review review = {.text = copy, .size = strlen(copy)};
        decide(&reader, &(struct dataset){&review, 1, 0});
        free(copy);
    } else {
        decide_lines(&reader);
    }
    corpus_warn(&(struct corpus){.malformed = reader.malformed, .malformed_reviews = reader.malformed_texts});
    attn_tokens_destroy(&reader.tokens);
}
