/* test_text_memory.c - tokenizing, counting, vocab.txt and vectors when memory runs out, at each allocation
 * in turn: MEMORY with a line that begins with a public function's name, no file, no leak. */
#include "unit_file.h"
#include "unit_memory.h"

static unit_memory memory = {.left = UNIT_ENOUGH};

static const char text[] = "Caf\xC3\xA9 noir: the film didn't end.";

static attn_status tokenize(attn_context *context)
{
    attn_tokens *tokens = NULL;
    attn_status status = attn_tokens_create(context, NULL, &tokens);
    if (status == ATTN_OK) {
        status = attn_tokens_set_text(tokens, text, sizeof text - 1);
        ck_assert_int_eq(attn_tokens_count(tokens), status == ATTN_OK ? 9 : 0);
    }
    attn_tokens_destroy(&tokens);
    return status;
}

static attn_status count_and_save(attn_context *context)
{
    attn_tokens *tokens = NULL;
    attn_vocab_builder *builder = NULL;
    attn_vocab *vocab = NULL;
    attn_status status = attn_tokens_create(context, NULL, &tokens);
    if (status == ATTN_OK)
        status = attn_tokens_set_text(tokens, text, sizeof text - 1);
    if (status == ATTN_OK)
        status = attn_vocab_builder_create(context, NULL, &builder);
    if (status == ATTN_OK)
        status = attn_vocab_builder_add(builder, tokens);
    if (status == ATTN_OK)
        status = attn_vocab_create(builder, NULL, &vocab);
    if (status == ATTN_OK)
        status = attn_vocab_save(vocab, unit_path("vocab.txt"));
    attn_vocab_destroy(&vocab);
    attn_vocab_builder_destroy(&builder);
    attn_tokens_destroy(&tokens);
    return status;
}

/* More different words than are held: what forgetting the rarest takes can fail too. */
static attn_status count_within_a_limit(attn_context *context)
{
    attn_vocab_builder *builder = NULL;
    char word[2] = "a";
    const attn_vocab_builder_options two = {sizeof two, 2};
    attn_status status = attn_vocab_builder_create(context, &two, &builder);
    for (int i = 0; i < 26 && status == ATTN_OK; i++) {
        word[0] = (char)('a' + i);
        status = attn_vocab_builder_add_token(builder, word, 1);
        ck_assert_int_le(attn_vocab_builder_missed(builder), i / 2); /* half of two, and one */
    }
    attn_vocab_builder_destroy(&builder);
    return status;
}

static attn_status load_and_read(attn_context *context)
{
    attn_vocab *vocab = NULL;
    float table[11 * 2];
    attn_status status = attn_vocab_load(context, unit_path("vocab.txt"), NULL, &vocab);
    if (status == ATTN_OK)
        status = attn_vectors_read(context, vocab, 2, unit_path("vectors.txt"), 0, table, NULL, NULL);
    attn_vocab_destroy(&vocab);
    return status;
}

/* Let the first 0, 1, 2, ... allocations succeed until all of the work does. */
static void starve(attn_context *context, attn_status (*work)(attn_context *), const char *untouched)
{
    for (int64_t allowed = 0;; allowed++) {
        long long before = memory.blocks;
        unit_memory_reset(&memory, allowed);
        attn_status status = work(context);
        unit_memory_reset(&memory, UNIT_ENOUGH);
        ck_assert_int_eq(memory.blocks, before);
        if (status == ATTN_OK) {
            ck_assert_int_gt(allowed, 3); /* it did fail before */
            return;
        }
        FAILS(ATTN_ERR_MEMORY, ": no memory for ", status);
        ck_assert_int_eq(strncmp(attn_last_error(), "attn_", 5), 0);
        ck_assert(untouched == NULL || access(untouched, F_OK) != 0);
    }
}

START_TEST(any_allocation_may_fail)
{
    attn_context *context = unit_memory_context(&memory, 1);
    unit_folder_make();
    starve(context, tokenize, NULL);
    char path[128];
    strcpy(path, unit_path("vocab.txt"));
    starve(context, count_and_save, path);
    starve(context, count_within_a_limit, NULL);
    unit_file_write(unit_path("vectors.txt"), "the 1 2\n", 8);
    starve(context, load_and_read, NULL);
    ck_assert_int_eq(unlink(path), 0);
    unit_folder_remove("vectors.txt");
    attn_context_destroy(&context);
    ck_assert_int_eq(memory.blocks, 0);
}
END_TEST

UNIT_MAIN("text_memory", any_allocation_may_fail)
