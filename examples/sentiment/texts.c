/* texts.c - texts in groups through the classifier. */
#include "texts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/lines.h"
#include "common/terminal.h"

const char *method_name(int32_t by)
{
    static const char *const names[] = {"nothing",    "attention", "gradient",
                                        "integrated", "occlusion", "ngrams"};
    return names[by];
}

const char *method_title(int32_t by)
{
    static const char *const titles[] = {"nothing",   "attention", "gradient x input", "integrated gradients",
                                         "occlusion", "n-grams"};
    return titles[by];
}

struct reader {
    const struct model *model;
    int32_t by;
    void (*use)(const struct decided *decided, void *user);
    void *user;
    int64_t malformed, malformed_texts;
};

static void use_reading(const struct reader *reader, const struct review *review, const attn_reading *reading,
                        const attn_reading *ngrams)
{
    const struct labels *labels = &reader->model->labels;
    const int32_t class = attn_reading_class(reading);
    const bool two = labels->count == 2;
    struct decided decided = {.text = review->text,
                              .name = review->name,
                              .truth = review->name ? labels->names[review->label] : NULL,
                              .reading = reading,
                              .ngrams = ngrams,
                              .has_ngrams = reader->model->info.ngrams != NULL,
                              .has_both = reader->model->info.channels > 1,
                              .info = ATTN_READING_INFO_INIT,
                              .label = labels->names[class],
                              .decision_is_blue = !two || class == 1,
                              .blue = labels->names[two ? 1 : class],
                              .orange = two ? labels->names[0] : "another class"};
    must(attn_reading_get_info(reading, &decided.info));
    reader->use(&decided, reader->user);
}

static void read_reviews(struct reader *reader, const struct review *reviews, int64_t count)
{
    const char *texts[LINES_TOGETHER] = {0};
    size_t sizes[LINES_TOGETHER] = {0};
    attn_reading *readings[LINES_TOGETHER], *ngrams[LINES_TOGETHER] = {0};
    const attn_classifier *classifier = reader->model->classifier;
    for (int64_t i = 0; i < count; i++) {
        texts[i] = reviews[i].text;
        sizes[i] = reviews[i].size;
    }
    must(attn_classifier_read_many(classifier, count, texts, sizes, reader->by, readings));
    if (reader->model->info.channels > 1 && reader->by != ATTN_BY_NOTHING && reader->by != ATTN_BY_NGRAMS)
        must(attn_classifier_read_many(classifier, count, texts, sizes, ATTN_BY_NGRAMS, ngrams));
    progress_clear(); /* texts may go to the same terminal */
    for (int64_t i = 0; i < count; i++) {
        const int64_t malformed = attn_tokens_invalid(attn_reading_tokens(readings[i]));
        reader->malformed += malformed;
        reader->malformed_texts += malformed > 0;
        use_reading(reader, &reviews[i], readings[i], ngrams[i]);
        attn_reading_destroy(&readings[i]);
        attn_reading_destroy(&ngrams[i]);
    }
    must_print();
}

static void read_input(struct reader *reader)
{
    struct line lines[LINES_TOGETHER];
    struct review reviews[LINES_TOGETHER];
    for (int64_t count; (count = read_lines(lines)) > 0;) {
        for (int64_t i = 0; i < count; i++)
            reviews[i] = (struct review){.text = lines[i].text, .size = lines[i].size};
        read_reviews(reader, reviews, count);
        for (int64_t i = 0; i < count; i++)
            free(lines[i].text);
    }
}

static void read_data(struct reader *reader, const struct texts *texts)
{
    struct dataset dataset = dataset_read(&texts->source, "test", &reader->model->labels);
    dataset_warn(&dataset, texts->source.path);
    if (texts->limit)
        dataset_limit(&dataset, texts->limit, 1);
    for (int64_t at = 0; at < dataset.count; at += LINES_TOGETHER) {
        int64_t left = dataset.count - at;
        progress_show("reviews", at, dataset.count, "");
        read_reviews(reader, dataset.reviews + at, left < LINES_TOGETHER ? left : LINES_TOGETHER);
    }
    dataset_free(&dataset);
}

void read_texts(const struct model *model, const struct texts *texts, int32_t by,
                void (*use)(const struct decided *decided, void *user), void *user)
{
    struct reader reader = {.model = model, .by = by, .use = use, .user = user};
    if (texts->text) {
        char *copy = print("%s", texts->text);
        read_reviews(&reader, &(struct review){.text = copy, .size = strlen(copy)}, 1);
        free(copy);
    } else if (texts->source.path) {
        read_data(&reader, texts);
    } else {
        read_input(&reader);
    }
    corpus_warn(&(struct corpus){.malformed = reader.malformed, .malformed_reviews = reader.malformed_texts});
}
