/* history.c - attention_history.jsonl: for a few held-out reviews, where attention lies after every epoch. */
#include <string.h>

#include "training.h"

static void add_review(struct training *training, int64_t epoch, int64_t k, const attn_reading *reading)
{
    const struct review *review = &training->data.reviews[training->split.valid[k]];
    const float *weights = attn_reading_numbers(reading);
    attn_reading_info info = ATTN_READING_INFO_INIT;
    must(attn_reading_get_info(reading, &info));
    json_t *line = json_object(), *tokens = json_array(), *list = json_array();
    for (int64_t t = 0; t < info.length; t++) {
        json_array_append_new(tokens, json_string(attn_tokens_get(attn_reading_tokens(reading), t)));
        if (weights)
            json_array_append_new(list, json_real((double)weights[t]));
    }
    json_object_set_new(line, "epoch", json_integer(epoch));
    json_object_set_new(line, "review", json_integer(k));
    json_object_set_new(line, "id", json_bytes(review->name, strlen(review->name)));
    json_object_set_new(line, "label", json_integer(review->label));
    json_object_set_new(line, "decision", json_integer(attn_reading_class(reading)));
    json_object_set_new(line, "probability", json_real((double)info.probability));
    json_object_set_new(line, "tokens", tokens);
    json_object_set_new(line, "weights", list);
    if (training->model.info.padded_time)
        json_object_set_new(line, "padding_weight", json_real((double)info.padding));
    run_add_history(&training->run, line);
    json_decref(line);
}

void history_add(struct training *training, int64_t epoch)
{
    const struct split *split = &training->split;
    const int64_t count = split->valid_count < TRACKED ? split->valid_count : TRACKED;
    const char *texts[TRACKED] = {0};
    size_t sizes[TRACKED] = {0};
    attn_reading *readings[TRACKED];
    for (int64_t k = 0; k < count; k++) {
        texts[k] = training->data.reviews[split->valid[k]].text;
        sizes[k] = training->data.reviews[split->valid[k]].size;
    }
    must(attn_classifier_read_many(training->model.classifier, count, texts, sizes,
                                   training->model.info.attention ? ATTN_BY_ATTENTION : ATTN_BY_NOTHING,
                                   readings));
    for (int64_t k = 0; k < count; k++) {
        add_review(training, epoch, k, readings[k]);
        attn_reading_destroy(&readings[k]);
    }
}
