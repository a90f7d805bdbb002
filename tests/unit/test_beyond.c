/* test_beyond.c - sizes of which a size_t of 32 bits would hold a part: refused, as what there is no memory for. With a hook that gives
 * no gigabyte at once it is so on 64 bits too. */
#include "unit.h"
#include "unit_data.h"
#include "unit_file.h"

#define MOST ((size_t)1 << 30)

static void *allocate(void *user, size_t size)
{
    (void)user;
    return size < MOST ? malloc(size) : NULL;
}

static void release(void *user, void *memory)
{
    (void)user;
    free(memory);
}

static attn_context *context_of_little(void)
{
    attn_context_options options = ATTN_CONTEXT_OPTIONS_INIT;
    attn_context *context = NULL;
    options.threads = 1;
    options.allocate = allocate;
    options.release = release;
    OK(attn_context_create(&options, &context));
    return context;
}

START_TEST(tensors_of_2_to_30_numbers_are_not_made_of_what_is_left_of_their_size)
{
    attn_context *context = context_of_little();
    attn_params *params = NULL;
    attn_embedding *embedding = NULL;
    OK(attn_params_create(context, NULL, &params));
    FAILS(ATTN_ERR_MEMORY, "no memory for",
          attn_params_add(params, "t", 1, (int64_t[]){(int64_t)1 << 30}, NULL));
    FAILS(ATTN_ERR_MEMORY, "no memory for",
          attn_params_add(params, "t", 1, (int64_t[]){((int64_t)1 << 30) + 16}, NULL));
    FAILS(ATTN_ERR_MEMORY, "no memory for",
          attn_embedding_create(params, "e", 1 << 20, 4097, NULL, &embedding));
    ck_assert_int_eq(attn_params_count(params), 0);
    OK(attn_params_add(params, "t", 1, (int64_t[]){16}, NULL));
    attn_params_destroy(&params);
    attn_context_destroy(&context);
}
END_TEST

/* All rows are empty, so that no memory is read: their weights alone are so many. */
START_TEST(nor_is_a_batch_of_2_to_30_weights)
{
    enum { batch = 1 << 15, items = 1 << 15 };
    static int32_t lengths[batch];
    attn_context *context = context_of_little();
    attn_params *params = NULL;
    attn_attention *attention = NULL;
    attn_tape *tape = NULL;
    OK(attn_params_create(context, NULL, &params));
    OK(attn_attention_create(params, "a", 1, NULL, &attention));
    OK(attn_tape_create(context, NULL, &tape));
    FAILS(ATTN_ERR_MEMORY, "no memory for",
          attn_attention_forward(attention, tape, batch, items, (float[1]){0}, lengths, NULL, NULL));
    attn_tape_destroy(&tape);
    attn_attention_destroy(&attention);
    attn_params_destroy(&params);
    attn_context_destroy(&context);
}
END_TEST

/* Where a process has more addresses the file is read, which takes long. */
START_TEST(nor_is_a_file_read_up_to_what_is_left_of_its_size)
{
    if (sizeof(size_t) > sizeof(int32_t))
        return;
    unit_folder_make();
    attn_context *context = unit_context(1);
    attn_vocab *vocab = NULL;
    attn_file *file = NULL;
    FILE *sparse = fopen(unit_path("v"), "wb");
    ck_assert_ptr_nonnull(sparse);
    ck_assert(fputs("a\t2\n", sparse) >= 0 && fseeko(sparse, ((off_t)1 << 32) + 3, SEEK_SET) == 0 &&
              fputc('\n', sparse) == '\n' && fclose(sparse) == 0);
    FAILS(ATTN_ERR_IO, "it has 4294967300 bytes", attn_vocab_load(context, unit_path("v"), NULL, &vocab));
    FAILS(ATTN_ERR_IO, "it has 4294967300 bytes", attn_file_open(context, unit_path("v"), &file));
    unit_folder_remove("v");
    attn_context_destroy(&context);
}
END_TEST

UNIT_MAIN("beyond", tensors_of_2_to_30_numbers_are_not_made_of_what_is_left_of_their_size,
          nor_is_a_batch_of_2_to_30_weights, nor_is_a_file_read_up_to_what_is_left_of_its_size)
