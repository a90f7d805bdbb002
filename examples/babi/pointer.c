/* pointer.c - an attention over the story's words whose weights are the answer. */
#include "pointer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/rows.h"

#define LEAST 1e-6f /* probability that a logarithm is taken of */

struct pointer pointer_create(attn_params *params, int64_t hidden)
{
    struct pointer pointer = {.hidden = hidden};
    attn_attention_options options = ATTN_ATTENTION_OPTIONS_INIT;
    options.score = ATTN_SCORE_ADDITIVE;
    options.attention_dim = hidden;
    options.query_dim = 2 * hidden;
    must(attn_attention_create(params, "pointer", 2 * hidden, &options, &pointer.attention));
    return pointer;
}

struct pointer pointer_open(attn_params *params, const attn_file *file, const char *path, int64_t hidden)
{
    struct pointer pointer = {.hidden = hidden};
    must_read(attn_file_attention_create(file, "pointer", params, &pointer.attention));
    const attn_attention_info info = attention_info(pointer.attention);
    must_fit(info.memory_dim == 2 * hidden && info.query_dim == 2 * hidden, path);
    return pointer;
}

void pointer_destroy(struct pointer *pointer)
{
    free(pointer->counts);
    free(pointer->places);
    attn_attention_destroy(&pointer->attention);
}

/* List the words of each story, one after another, and where they stand. */
static void list_words(struct pointer *pointer, const struct batch *batch)
{
    int64_t most = 1, facts = batch->facts;
    pointer->counts = grow(pointer->counts, batch->rows, &pointer->counts_capacity, sizeof *pointer->counts);
    for (int64_t b = 0; b < batch->rows; b++) {
        pointer->counts[b] = 0;
        for (int64_t j = 0; j < facts; j++)
            pointer->counts[b] += batch->word_counts[b * facts + j];
        most = pointer->counts[b] > most ? pointer->counts[b] : most;
    }
    pointer->most = most;
    pointer->places =
        grow(pointer->places, batch->rows * most, &pointer->places_capacity, sizeof *pointer->places);
    for (int64_t b = 0; b < batch->rows; b++) {
        int64_t *place = pointer->places + b * most;
        for (int64_t fact = b * facts; fact < (b + 1) * facts; fact++) {
            for (int64_t m = 0; m < batch->word_counts[fact]; m++)
                *place++ = fact * batch->words + m;
        }
    }
}

/* Run `code` for each word: row b, its number i, its place. */
#define EACH_WORD(pointer, batch, code)                                                                      \
    for (int64_t b = 0; b < (batch)->rows; b++) {                                                            \
        for (int64_t i = b * (pointer)->most; i < b * (pointer)->most + (pointer)->counts[b]; i++) {         \
            int64_t place = (pointer)->places[i];                                                            \
            code                                                                                             \
        }                                                                                                    \
    }

double pointer_forward(struct pointer *pointer, struct scratch *scratch, attn_tape *tape,
                       const struct batch *batch, const float *words, const float *facts, const float *state,
                       int64_t classes, float *probabilities)
{
    list_words(pointer, batch);
    int64_t h = pointer->hidden, items = batch->rows * pointer->most;
    float *memory = take(scratch, items * 2 * h), *weights = take(scratch, items); /* [B, W, 2H], [B, W] */
    EACH_WORD(pointer, batch, {
        memcpy(memory + i * 2 * h, words + place * h, (size_t)h * sizeof *memory);
        memcpy(memory + i * 2 * h + h, facts + place / batch->words * h, (size_t)h * sizeof *memory);
    })
    must(attn_attention_forward_queries(pointer->attention, tape, batch->rows, pointer->most, 1, memory,
                                        pointer->counts, state, NULL, weights, NULL));
    memset(probabilities, 0, (size_t)(batch->rows * classes) * sizeof *probabilities);
    EACH_WORD(pointer, batch, { probabilities[b * classes + batch->fact_ids[place]] += weights[i]; })
    double loss = 0;
    for (int64_t b = 0; b < batch->rows; b++)
        loss -= log(fmax((double)probabilities[b * classes + batch->answers[b]], (double)LEAST));
    return loss / (double)batch->rows;
}

void pointer_backward(struct pointer *pointer, struct scratch *scratch, attn_tape *tape,
                      const struct batch *batch, const float *probabilities, int64_t classes, float *dstate,
                      float *dfacts)
{
    int64_t h = pointer->hidden, items = batch->rows * pointer->most;
    float *dweights = take(scratch, items), *dmemory = take(scratch, items * 2 * h);
    EACH_WORD(pointer, batch, {
        float p = probabilities[b * classes + batch->answers[b]];
        bool is_answer = batch->fact_ids[place] == batch->answers[b] && p > LEAST;
        dweights[i] = is_answer ? -1.0f / (p * (float)batch->rows) : 0.0f;
    })
    must(attn_attention_backward(pointer->attention, tape, batch->rows, pointer->most, 1, dweights, NULL,
                                 dmemory, dstate));
    EACH_WORD(pointer, batch, { add_numbers(h, dmemory + i * 2 * h + h, dfacts + place / batch->words * h); })
    pointer->dmemory = dmemory;
}

void pointer_add_words(const struct pointer *pointer, const struct batch *batch, float *dwords)
{
    int64_t h = pointer->hidden;
    EACH_WORD(pointer, batch, { add_numbers(h, pointer->dmemory + i * 2 * h, dwords + place * h); })
}

int64_t pointless_question(const struct stories *stories, int64_t most_facts)
{
    for (int64_t i = 0; i < stories->question_count; i++) {
        const struct question *question = &stories->questions[i];
        int64_t last = question->first_fact + question->facts;
        bool found = false;
        for (int64_t j = last - facts_seen(question, most_facts); j < last && !found; j++) {
            const int32_t *ids = stories->ids + stories->facts[j].first;
            for (int64_t m = 0; m < stories->facts[j].count; m++)
                found |= ids[m] == question->answer_id;
        }
        if (!found)
            return i;
    }
    return -1;
}
