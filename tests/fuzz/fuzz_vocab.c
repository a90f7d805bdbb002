/* fuzz_vocab.c - any bytes as vocab.txt, read with any options: what was read says the same when it is written and read
 * again, and pieces that are learned from it give each of its tokens back.
 *
 * Of the input: max_size, min_count and special_count, a byte each; the rest is the file. */
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

static const char *const special[] = {"<s>", "</s>", "film", "a"};

/* Both have the same tokens, in the same order, counted as often. */
static void compare(const attn_vocab *one, const attn_vocab *other)
{
    ensure(attn_vocab_size(one) == attn_vocab_size(other));
    for (int32_t id = 0; id < attn_vocab_size(one); id++) {
        ensure(strcmp(attn_vocab_token(one, id), attn_vocab_token(other, id)) == 0);
        ensure(attn_vocab_frequency(one, id) == attn_vocab_frequency(other, id));
        ensure(attn_vocab_id(one, attn_vocab_token(other, id)) == id);
    }
}

/* Pieces end where the next begins, the last at the end of the word. */
static void split(const attn_pieces *pieces, const char *word)
{
    const size_t size = strlen(word);
    int64_t *ends = malloc((size + 1) * sizeof *ends), count;
    ensure(ends != NULL && attn_pieces_split(pieces, word, size, (int64_t)size, ends, &count) == ATTN_OK);
    for (int64_t i = 0; i < count; i++)
        ensure(ends[i] > (i ? ends[i - 1] : 0));
    ensure(count > 0 ? ends[count - 1] == (int64_t)size : size == 0);
    free(ends);
}

static void learn(const attn_vocab *vocab)
{
    attn_pieces_options options = ATTN_PIECES_OPTIONS_INIT;
    attn_pieces *pieces;
    options.joins = 40;
    options.min_count = 1;
    ensure(attn_pieces_learn(vocab, &options, &pieces) == ATTN_OK && attn_pieces_count(pieces) <= 40);
    for (int32_t id = 0; id < attn_vocab_size(vocab); id++)
        split(pieces, attn_vocab_token(vocab, id));
    attn_pieces_destroy(&pieces);
}

static void write_and_read(const attn_vocab *vocab)
{
    attn_vocab *again;
    size_t size;
    ensure(attn_vocab_save(vocab, fuzz_output()) == ATTN_OK);
    uint8_t *text = fuzz_written(&size);
    ensure(attn_vocab_load(fuzz_context(), fuzz_path(text, size), NULL, &again) == ATTN_OK);
    compare(vocab, again);
    free(text);
    attn_vocab_destroy(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_input input = {data, size};
    attn_vocab_options options = ATTN_VOCAB_OPTIONS_INIT;
    attn_vocab *vocab = NULL;
    options.max_size = fuzz_byte(&input);
    options.min_count = fuzz_byte(&input);
    options.special_count = fuzz_byte(&input) % 5;
    options.special = special;
    const size_t before = fuzz_held();
    attn_context *context = fuzz_context();
    /* A line of three bytes is an entry of 24 and slots of 8, twice as many as words to the next power of two; a buffer that
     * grows is there twice. */
    fuzz_limit(200 * input.size + (1 << 17));
    const attn_status status = attn_vocab_load(context, fuzz_path(input.data, input.size), &options, &vocab);
    fuzz_limit(SIZE_MAX);
    ensure((status == ATTN_OK) == (vocab != NULL));
    ensure(status == ATTN_OK || status == ATTN_ERR_FORMAT || status == ATTN_ERR_ARGUMENT);
    if (vocab) {
        ensure(options.max_size == 0 || attn_vocab_size(vocab) <= options.max_size);
        for (int32_t i = 0; i < (int32_t)options.special_count; i++)
            ensure(attn_vocab_id(vocab, special[i]) == 2 + i);
        write_and_read(vocab);
        learn(vocab);
    }
    attn_vocab_destroy(&vocab);
    ensure(before == 0 || fuzz_held() == before);
    return 0;
}
