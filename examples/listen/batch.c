/* batch.c - padding to the longest sound and the longest text. */
#include "batch.h"

#include <stdlib.h>
#include <string.h>

static int64_t longest(const int32_t *lengths, int64_t rows)
{
    int64_t most = 0;
    for (int64_t b = 0; b < rows; b++)
        most = lengths[b] > most ? lengths[b] : most;
    return most;
}

attn_vocab *letters_create(attn_context *context)
{
    const char *special[] = {BOUNDARY, BLANK};
    attn_vocab_options options = ATTN_VOCAB_OPTIONS_INIT;
    options.special = special;
    options.special_count = COUNT(special);
    attn_vocab_builder *builder;
    attn_vocab *vocab;
    must(attn_vocab_builder_create(context, NULL, &builder));
    for (int64_t d = 0; d < DIGITS; d++) {
        for (const char *letter = digit_names[d]; *letter; letter++)
            must(attn_vocab_builder_add_token(builder, (char[]){*letter, '\0'}, 1));
    }
    must(attn_vocab_create(builder, &options, &vocab));
    attn_vocab_builder_destroy(&builder);
    return vocab;
}

void batch_set_sounds(struct batch *batch, struct features *features, const struct feature_settings *settings,
                      int64_t rows, const struct sound *sounds)
{
    batch->rows = rows;
    batch->bands = settings->bands;
    batch->frames = grow(batch->frames, rows, &batch->frames_capacity, sizeof *batch->frames);
    batch->steps_of = grow(batch->steps_of, rows, &batch->steps_capacity, sizeof *batch->steps_of);
    for (int64_t b = 0; b < rows; b++)
        batch->frames[b] = (int32_t)features_frames(settings, sounds[b].count);
    batch->time = longest(batch->frames, rows);
    const int64_t row = batch->time * batch->bands;
    batch->features = grow(batch->features, rows * row, &batch->features_capacity, sizeof *batch->features);
    memset(batch->features, 0, (size_t)(rows * row) * sizeof *batch->features);
    for (int64_t b = 0; b < rows; b++)
        features_make(features, sounds[b].samples, sounds[b].count, batch->features + b * row, NULL);
    int32_t *nothing = allocate(rows, sizeof *nothing);
    batch_set_texts(batch, 0, NULL, nothing);
    free(nothing);
}

void batch_set_texts(struct batch *batch, int64_t length, const int32_t *ids, const int32_t *lengths)
{
    for (int64_t b = 0; b < batch->rows; b++)
        batch->steps_of[b] = lengths[b] + 1;
    batch->steps = longest(batch->steps_of, batch->rows);
    const int64_t size = batch->rows * batch->steps;
    batch->before = grow(batch->before, size, &batch->before_capacity, sizeof *batch->before);
    batch->labels = grow(batch->labels, size, &batch->labels_capacity, sizeof *batch->labels);
    for (int64_t i = 0; i < size; i++)
        batch->before[i] = ATTN_PAD_ID;
    batch->tokens = 0;
    for (int64_t b = 0; b < batch->rows; b++) {
        int32_t *before = batch->before + b * batch->steps, *labels = batch->labels + batch->tokens;
        before[0] = labels[lengths[b]] = BOUNDARY_ID;
        for (int64_t t = 0; t < lengths[b]; t++)
            before[t + 1] = labels[t] = ids[b * length + t];
        batch->tokens += batch->steps_of[b];
    }
}

void batch_free(struct batch *batch)
{
    free(batch->features);
    free(batch->frames);
    free(batch->before);
    free(batch->labels);
    free(batch->steps_of);
}
