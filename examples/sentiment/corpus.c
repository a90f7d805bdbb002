/* corpus.c - from text to ids: count the words, then look them up. */
#include "corpus.h"

#include <stdio.h>
#include <stdlib.h>

attn_vocab *make_vocab(attn_context *context, const struct dataset *dataset, const int64_t *reviews,
                       int64_t count, int64_t max_size, int64_t min_count, int64_t *tokens)
{
    attn_tokens *list;
    attn_vocab_builder *builder;
    attn_vocab *vocab;
    int64_t total = 0;
    must(attn_tokens_create(context, NULL, &list));
    must(attn_vocab_builder_create(context, &builder));
    for (int64_t i = 0; i < count; i++) {
        const struct review *review = &dataset->reviews[reviews[i]];
        must(attn_tokens_set_text(list, review->text, review->size));
        must(attn_vocab_builder_add(builder, list));
        total += attn_tokens_count(list);
    }
    attn_vocab_options options = {sizeof options, max_size, min_count, 0, NULL, NULL};
    must(attn_vocab_create(builder, &options, &vocab));
    attn_vocab_builder_destroy(&builder);
    attn_tokens_destroy(&list);
    if (tokens)
        *tokens = total;
    return vocab;
}

char *vocab_describe(const attn_vocab *vocab, int64_t min_count, int64_t tokens)
{
    int64_t known = 0;
    for (int32_t id = 0; id < attn_vocab_size(vocab); id++)
        known += attn_vocab_frequency(vocab, id);
    return tokens ? print("vocabulary: %s words seen at least %lld times, %.1f %% of the %s running tokens",
                          with_commas(attn_vocab_size(vocab) - 2), (long long)min_count,
                          100.0 * (double)known / (double)tokens, with_commas(tokens))
                  : print("vocabulary: %s words", with_commas(attn_vocab_size(vocab) - 2));
}

struct corpus corpus_make(const struct dataset *dataset, const attn_vocab *vocab, int64_t max_length)
{
    int64_t count = dataset->count, used = 0, capacity = 0;
    struct corpus corpus = {.count = count,
                            .begins = allocate(count, sizeof(int64_t)),
                            .lengths = allocate(count, sizeof(int32_t)),
                            .labels = allocate(count, sizeof(int32_t))};
    attn_tokens *tokens;
    must(attn_vocab_tokens_create(vocab, &tokens));
    for (int64_t i = 0; i < count; i++) {
        const struct review *review = &dataset->reviews[i];
        must(attn_tokens_set_text(tokens, review->text, review->size));
        int64_t all = attn_tokens_count(tokens), length = max_length && all > max_length ? max_length : all;
        corpus.ids = grow(corpus.ids, used + length, &capacity, sizeof *corpus.ids);
        corpus.begins[i] = used;
        corpus.lengths[i] = (int32_t)length;
        corpus.labels[i] = review->label;
        must(attn_vocab_encode(vocab, tokens, length, corpus.ids + used, &length));
        used += length;
        corpus.malformed += attn_tokens_invalid(tokens);
        corpus.malformed_reviews += attn_tokens_invalid(tokens) > 0;
    }
    attn_tokens_destroy(&tokens);
    return corpus;
}

void corpus_free(struct corpus *corpus)
{
    free(corpus->begins);
    free(corpus->lengths);
    free(corpus->labels);
    free(corpus->ids);
    free(corpus->targets);
}

void corpus_warn(const struct corpus *corpus)
{
    if (corpus->malformed)
        fprintf(stderr, PROGRAM ": %lld malformed UTF-8 sequences in %lld reviews were replaced\n",
                (long long)corpus->malformed, (long long)corpus->malformed_reviews);
}
