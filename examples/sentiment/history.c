/* history.c - attention_history.jsonl: for a few held-out reviews, where attention lies after every epoch. */
#include <string.h>

#include "training.h"

static json_t *read_tokens(attn_tokens *tokens, const struct review *review, int64_t max_length)
{
    json_t *list = json_array();
    must(attn_tokens_set_text(tokens, review->text, review->size));
    for (int64_t i = 0; i < attn_tokens_count(tokens) && i < max_length; i++)
        json_array_append_new(list, json_string(attn_tokens_get(tokens, i)));
    return list;
}

void history_prepare(struct training *training)
{
    struct history *history = &training->history;
    const struct split *split = &training->split;
    attn_tokens *tokens;
    must(attn_vocab_tokens_create(training->vocab, &tokens));
    history->count = split->valid_count < TRACKED ? split->valid_count : TRACKED;
    for (int64_t k = 0; k < history->count; k++) {
        history->reviews[k] = split->valid[k];
        history->tokens[k] = read_tokens(tokens, &training->data.reviews[split->valid[k]],
                                         training->options.config.max_length);
    }
    attn_tokens_destroy(&tokens);
    batch_fill(&history->batch, &training->corpus, history->reviews, history->count,
               network_time(&training->network));
}

void history_add(struct training *training, int64_t epoch)
{
    const struct history *history = &training->history;
    struct outcome outcome = network_predict(&training->network, &history->batch);
    for (int64_t k = 0; k < history->count; k++) {
        const struct review *review = &training->data.reviews[history->reviews[k]];
        const float *weights = outcome.weights ? outcome.weights + k * history->batch.time : NULL;
        json_t *line = json_object(), *list = json_array();
        const float *p = outcome.probabilities + k * training->network.classes;
        int32_t decision = network_decision(&training->network, p);
        double padding = 0;
        for (int64_t t = 0; t < history->batch.time && weights; t++) {
            if (t < history->batch.lengths[k])
                json_array_append_new(list, json_real(weights[t]));
            else
                padding += weights[t];
        }
        json_object_set_new(line, "epoch", json_integer(epoch));
        json_object_set_new(line, "review", json_integer(k));
        json_object_set_new(line, "id", json_bytes(review->name, strlen(review->name)));
        json_object_set_new(line, "label", json_integer(review->label));
        json_object_set_new(line, "decision", json_integer(decision));
        json_object_set_new(line, "probability", json_real(p[decision]));
        json_object_set(line, "tokens", history->tokens[k]);
        json_object_set_new(line, "weights", list);
        if (training->options.config.padding_kept)
            json_object_set_new(line, "padding_weight", json_real(padding));
        run_add_history(&training->run, line);
        json_decref(line);
    }
}

void history_free(struct history *history)
{
    for (int64_t k = 0; k < history->count; k++)
        json_decref(history->tokens[k]);
    batch_free(&history->batch);
}
