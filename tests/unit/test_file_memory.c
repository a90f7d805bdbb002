/* test_file_memory.c - saving and opening when memory runs out, at each allocation in turn: MEMORY, no file, no leak.
 * The header is read and written in memory of the context's hook too: no other library has a part in it. */
#include "unit.h"
#include "unit_file.h"
#include "unit_memory.h"

static unit_memory memory = {.left = UNIT_ENOUGH};

static attn_status save(attn_context *context)
{
    attn_params *params = NULL;
    attn_vocab_builder *builder = NULL;
    attn_vocab *vocab = NULL;
    attn_adam *adam = NULL;
    attn_status status = attn_params_create(context, UNIT_SEED(1), &params);
    if (status == ATTN_OK)
        status = attn_params_add(params, "a", 2, (int64_t[]){2, 3}, NULL);
    if (status == ATTN_OK)
        status = attn_adam_create(params, NULL, &adam);
    if (status == ATTN_OK)
        status = attn_vocab_builder_create(context, NULL, &builder);
    if (status == ATTN_OK)
        status = attn_vocab_builder_add_token(builder, "film", 3);
    if (status == ATTN_OK)
        status = attn_vocab_create(builder, NULL, &vocab);
    if (status == ATTN_OK)
        status = attn_params_save(params, unit_path("m"),
                                  UNIT_SAVE(.vocab = vocab, .config = "config", .adam = adam,
                                            .vocab_count = 1, .vocab_names = (const char *[]){"second"},
                                            .vocabs = (const attn_vocab *[]){vocab}, .metadata_count = 1,
                                            .metadata = (const char *[]){"author", "I"}));
    attn_vocab_destroy(&vocab);
    attn_vocab_builder_destroy(&builder);
    attn_adam_destroy(&adam);
    attn_params_destroy(&params);
    return status;
}

/* Without a file: through a callback, in bfloat16, and from memory. */
typedef struct in_memory {
    char bytes[4096];
    size_t size;
} in_memory;

static attn_status keep(void *user, const void *data, size_t size)
{
    in_memory *to = user;
    ck_assert_uint_le(to->size + size, sizeof to->bytes);
    memcpy(to->bytes + to->size, data, size);
    to->size += size;
    return ATTN_OK;
}

static attn_status write_and_read(attn_context *context)
{
    attn_params *params = NULL;
    attn_ngrams_builder *builder = NULL;
    attn_ngrams *ngrams = NULL;
    attn_file *file = NULL;
    in_memory to = {.size = 0};
    float read[6];
    attn_status status = attn_params_create(context, UNIT_SEED(1), &params);
    if (status == ATTN_OK)
        status = attn_params_add(params, "a", 2, (int64_t[]){2, 3}, NULL);
    if (status == ATTN_OK)
        status = attn_ngrams_builder_create(context, NULL, &builder);
    if (status == ATTN_OK)
        status = attn_ngrams_builder_add(builder, 2, 2, (int32_t[]){3, 4, 4, 5}, NULL, (int32_t[]){0, 1});
    if (status == ATTN_OK)
        status = attn_ngrams_create(params, "ngrams", builder, NULL, &ngrams); /* its table has 16 bits */
    if (status == ATTN_OK) {
        status = attn_params_write(params, UNIT_SAVE(.dtype = ATTN_DTYPE_BFLOAT16), keep, &to);
        ck_assert(status == ATTN_OK || to.size == 0);
    }
    if (status == ATTN_OK)
        status = attn_file_open_memory(context, to.bytes, to.size, &file);
    if (status == ATTN_OK)
        status = attn_file_read(file, "a", 6, read);
    attn_file_close(&file);
    attn_ngrams_destroy(&ngrams);
    attn_ngrams_builder_destroy(&builder);
    attn_params_destroy(&params);
    return status;
}

static attn_status open_and_load(attn_context *context)
{
    attn_params *params = NULL;
    attn_vocab *vocab = NULL;
    attn_file *file = NULL;
    attn_status status = attn_file_open(context, unit_path("m"), &file);
    if (status == ATTN_OK)
        status = attn_file_vocab_create(file, NULL, &vocab);
    if (status == ATTN_OK)
        status = attn_params_create(context, UNIT_SEED(1), &params);
    if (status == ATTN_OK)
        status = attn_params_add(params, "a", 2, (int64_t[]){2, 3}, NULL);
    if (status == ATTN_OK)
        status = attn_file_load(file, params, NULL, NULL);
    attn_vocab_destroy(&vocab);
    attn_params_destroy(&params);
    attn_file_close(&file);
    return status;
}

/* Let the first 0, 1, 2, ... allocations succeed until all of the work does. Until
 * then the status is MEMORY. */
static void starve(attn_context *context, attn_status (*work)(attn_context *))
{
    for (int64_t allowed = 0;; allowed++) {
        long long before = memory.blocks;
        unit_memory_reset(&memory, allowed);
        attn_status status = work(context);
        unit_memory_reset(&memory, UNIT_ENOUGH);
        ck_assert_int_eq(memory.blocks, before);
        if (status == ATTN_OK) {
            ck_assert_int_gt(allowed, 5);
            return;
        }
        FAILS(ATTN_ERR_MEMORY, ": no memory for ", status);
        ck_assert(work != save || access(unit_path("m"), F_OK) != 0);
    }
}

START_TEST(each_allocation_may_fail)
{
    unit_folder_make();
    attn_context *context = unit_memory_context(&memory, 1);
    starve(context, save);
    starve(context, open_and_load);
    starve(context, write_and_read);
    attn_context_destroy(&context);
    ck_assert_int_eq(memory.blocks, 0);
    unit_folder_remove("m");
}
END_TEST

UNIT_MAIN("file_memory", each_allocation_may_fail)
