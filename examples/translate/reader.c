/* reader.c - texts in groups through the network: translated, then aligned with what was said. */
#include "reader.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/lines.h"
#include "common/malformed.h"
#include "common/terminal.h"

struct reader {
    struct trained *trained;
    struct translator translator;
    use_reading *use;
    void *user;
    struct batch batch;
    struct translations translations;
    struct floats weights, own; /* of the batch, and of one text without padding */
    struct words source, target, words;
    struct malformed malformed;
};

static void hand_over(struct reader *reader, const struct line *line, int64_t row)
{
    struct languages *languages = &reader->trained->languages;
    const struct batch *batch = &reader->batch;
    const int32_t *ids = reader->translations.ids + row * reader->translations.length;
    int64_t sources = batch->source_lengths[row], targets = sources ? batch->target_lengths[row] - 1 : 0;
    struct text translation = {0};
    const float *weights = reader->weights.values + row * batch->steps * batch->items;
    source_names(languages, line->text, line->size, &reader->source);
    const struct copying copying = {&reader->source, weights, batch->items};
    target_tokens(languages, ids, targets, reader->translator.copies ? &copying : NULL, &reader->target);
    target_words(languages, &reader->target, &reader->words);
    join_target(languages->task, &reader->words, &translation);
    text_append(&translation, "", 1);
    float *own = reserve(&reader->own, targets * sources);
    for (int64_t t = 0; t < targets; t++)
        memcpy(own + t * sources, weights + t * batch->items, (size_t)sources * sizeof *own);
    struct reading reading = {line->text, translation.bytes, &reader->source, &reader->target, own};
    reader->use(&reading, reader->user);
    free(translation.bytes);
}

static void read_group(struct reader *reader, const struct line *lines, int64_t count)
{
    struct pair items[LINES_TOGETHER];
    int64_t order[LINES_TOGETHER];
    char nothing[] = "";
    for (int64_t i = 0; i < count; i++) {
        items[i] = (struct pair){lines[i].text, nothing};
        order[i] = i;
        malformed_count(&reader->malformed, reader->translator.context, lines[i].text, lines[i].size);
    }
    struct corpus corpus =
        corpus_make(&reader->trained->languages, &(struct pairs){.items = items, .count = count});
    batch_fill(&reader->batch, &corpus, order, count);
    translate(&reader->translator, &reader->batch, &reader->translations);
    const struct translations *given = &reader->translations;
    batch_set_targets(&reader->batch, given->length, given->ids, given->lengths);
    network_loss(&reader->trained->network, &reader->batch,
                 reserve(&reader->weights, count * reader->batch.steps * reader->batch.items));
    for (int64_t i = 0; i < count; i++)
        hand_over(reader, &lines[i], i);
    corpus_free(&corpus);
}

void read_texts(struct trained *trained, attn_context *context, int64_t beam, bool copies, const char *text,
                use_reading *use, void *user)
{
    struct reader reader = {.trained = trained, .use = use, .user = user};
    struct line lines[LINES_TOGETHER];
    int64_t count;
    reader.translator = translator_create(context, trained, beam, copies);
    if (text) {
        struct line line = {print("%s", text), strlen(text)};
        read_group(&reader, &line, 1);
        free(line.text);
    }
    while (text == NULL && (count = read_lines(lines)) > 0) {
        read_group(&reader, lines, count);
        must_print();
        for (int64_t i = 0; i < count; i++)
            free(lines[i].text);
    }
    malformed_warn(&reader.malformed, "texts");
    translator_destroy(&reader.translator);
    batch_free(&reader.batch);
    translations_free(&reader.translations);
    free(reader.weights.values);
    free(reader.own.values);
    words_free(&reader.source);
    words_free(&reader.target);
    words_free(&reader.words);
}
