/* reader.c - texts in groups through the network. */
#include "reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/lines.h"
#include "common/terminal.h"

typedef void use_reading(const struct reading *reading, void *user);

struct reader {
    struct trained *trained;
    attn_context *context;
    attn_tokens *tokens;
    struct attributor attributor; /* where it is asked */
    enum method by;
    struct floats values;
    use_reading *use;
    void *user;
    int64_t malformed, malformed_texts;
};

/* A batch of texts as it was decided, row by row. */
struct decided {
    const struct batch *batch; /* its labels are the decisions */
    float *probabilities;      /* [rows, classes], to be freed, like gaps */
    const float *values;       /* [rows, time]: the network's weights, or the reader's values */
    float *gaps;               /* [rows] */
};

/* An outcome holds until the network's next use, which attributing is: what is needed of it is taken before. */
static struct decided decide_batch(struct reader *reader, struct batch *batch)
{
    struct outcome outcome = network_predict(&reader->trained->network, batch);
    int64_t rows = batch->rows, classes = reader->trained->network.classes, size = rows * classes;
    struct decided decided = {batch, allocate(size, sizeof(float)), outcome.weights,
                              allocate(rows, sizeof(float))};
    memcpy(decided.probabilities, outcome.probabilities, (size_t)size * sizeof(float));
    for (int64_t b = 0; b < rows; b++)
        batch->labels[b] = network_decision(&reader->trained->network, outcome.probabilities + b * classes);
    if (reader->by > BY_ATTENTION) {
        float *values = reserve(&reader->values, rows * batch->time);
        attribute(&reader->attributor, reader->by, batch, values, decided.gaps);
        decided.values = values;
    }
    return decided;
}

static void use_row(struct reader *reader, const struct review *text, const struct decided *decided,
                    int64_t b)
{
    const struct batch *batch = decided->batch;
    const struct labels *labels = &reader->trained->labels;
    int32_t label = batch->labels[b];
    bool two = labels->count == 2;
    must(attn_tokens_set_text(reader->tokens, text->text, text->size));
    struct reading reading = {.text = text->text,
                              .size = text->size,
                              .name = text->name,
                              .truth = text->name ? labels->names[text->label] : NULL,
                              .tokens = reader->tokens,
                              .length = batch->lengths[b],
                              .label = label,
                              .decision = labels->names[label],
                              .probability = decided->probabilities[b * labels->count + label],
                              .decision_is_blue = !two || label == 1,
                              .blue = labels->names[two ? 1 : label],
                              .orange = two ? labels->names[0] : "another class",
                              .by = reader->by,
                              .gap = decided->gaps[b]};
    if (reader->by != BY_NOTHING)
        reading.values = decided->values + b * batch->time;
    for (int64_t t = reading.length; reader->by == BY_ATTENTION && t < batch->time; t++)
        reading.padding += reading.values[t];
    reader->use(&reading, reader->user);
}

static void decide(struct reader *reader, const struct dataset *texts)
{
    struct network *network = &reader->trained->network;
    struct batch batch = {0};
    int64_t order[LINES_TOGETHER];
    struct corpus corpus = corpus_make(texts, reader->trained->vocab, network->config.max_length);
    for (int64_t i = 0; i < texts->count; i++)
        order[i] = i;
    batch_fill(&batch, &corpus, order, texts->count, network_time(network));
    struct decided decided = decide_batch(reader, &batch);
    progress_clear(); /* texts may go to the same terminal */
    for (int64_t b = 0; b < texts->count; b++)
        use_row(reader, &texts->reviews[b], &decided, b);
    reader->malformed += corpus.malformed;
    reader->malformed_texts += corpus.malformed_reviews;
    free(decided.probabilities);
    free(decided.gaps);
    batch_free(&batch);
    corpus_free(&corpus);
    fflush(stdout);
}

static void decide_lines(struct reader *reader)
{
    struct line lines[LINES_TOGETHER];
    struct review reviews[LINES_TOGETHER];
    struct dataset texts = {.reviews = reviews};
    while ((texts.count = read_lines(lines)) > 0) {
        for (int64_t i = 0; i < texts.count; i++)
            reviews[i] = (struct review){.text = lines[i].text, .size = lines[i].size};
        decide(reader, &texts);
        for (int64_t i = 0; i < texts.count; i++)
            free(lines[i].text);
    }
}

static void decide_data(struct reader *reader, const struct texts *texts)
{
    struct dataset dataset = dataset_read(&texts->source, "test", &reader->trained->labels);
    dataset_warn(&dataset, texts->source.path);
    if (texts->limit)
        dataset_limit(&dataset, texts->limit, (uint64_t)reader->trained->network.config.seed);
    for (int64_t at = 0; at < dataset.count; at += LINES_TOGETHER) {
        int64_t left = dataset.count - at;
        progress_show("reviews", at, dataset.count, "");
        struct dataset part = {.reviews = dataset.reviews + at,
                               .count = left < LINES_TOGETHER ? left : LINES_TOGETHER};
        decide(reader, &part);
    }
    dataset_free(&dataset);
}

void read_texts(struct trained *trained, attn_context *context, const struct texts *texts, enum method by,
                use_reading *use, void *user)
{
    struct reader reader = {.trained = trained, .context = context, .by = by, .use = use, .user = user};
    must(attn_vocab_tokens_create(trained->vocab, &reader.tokens));
    if (by > BY_ATTENTION)
        reader.attributor = attributor_create(context, &trained->network);
    if (texts->text) {
        char *copy = print("%s", texts->text);
        struct review review = {.text = copy, .size = strlen(copy)};
        decide(&reader, &(struct dataset){.reviews = &review, .count = 1});
        free(copy);
    } else if (texts->source.path) {
        decide_data(&reader, texts);
    } else {
        decide_lines(&reader);
    }
    corpus_warn(&(struct corpus){.malformed = reader.malformed, .malformed_reviews = reader.malformed_texts});
    attributor_destroy(&reader.attributor);
    free(reader.values.values);
    attn_tokens_destroy(&reader.tokens);
}
