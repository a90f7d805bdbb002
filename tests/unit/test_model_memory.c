/* test_model_memory.c - saving and opening when memory runs out, at each allocation in turn: MEMORY, no file, no leak.
 * Both our own allocations fail, through the context's hook, and those of the JSON library, through its own. */
#include <jansson.h>

#include "unit.h"
#include "unit_file.h"
#include "unit_memory.h"

static unit_memory memory = {UNIT_ENOUGH, 0, 0};

static void *json_allocate(size_t size)
{
    return unit_memory_allocate(&memory, size);
}

static void json_release(void *block)
{
    unit_memory_release(&memory, block);
}

static attn_status save(attn_context *context)
{
    attn_params *params = NULL;
    attn_vocab_builder *builder = NULL;
    attn_vocab *vocab = NULL;
    attn_adam *adam = NULL;
    attn_status status = attn_params_create(context, 1, &params);
    if (status == ATTN_OK)
        status = attn_params_add(params, "a", 2, (int64_t[]){2, 3}, 0);
    if (status == ATTN_OK)
        status = attn_adam_create(params, NULL, &adam);
    if (status == ATTN_OK)
        status = attn_vocab_builder_create(context, &builder);
    if (status == ATTN_OK)
        status = attn_vocab_builder_add_token(builder, "film", 3);
    if (status == ATTN_OK)
        status = attn_vocab_create(builder, 0, 0, &vocab);
    if (status == ATTN_OK)
        status = attn_model_save(unit_path("m"), params, vocab, "config", adam);
    attn_vocab_destroy(&vocab);
    attn_vocab_builder_destroy(&builder);
    attn_adam_destroy(&adam);
    attn_params_destroy(&params);
    return status;
}

static attn_status open_and_load(attn_context *context)
{
    attn_params *params = NULL;
    attn_vocab *vocab = NULL;
    attn_model *model = NULL;
    attn_status status = attn_model_open(context, unit_path("m"), &model);
    if (status == ATTN_OK)
        status = attn_model_vocab(model, &vocab);
    if (status == ATTN_OK)
        status = attn_params_create(context, 1, &params);
    if (status == ATTN_OK)
        status = attn_params_add(params, "a", 2, (int64_t[]){2, 3}, 0);
    if (status == ATTN_OK)
        status = attn_model_load(model, params);
    attn_vocab_destroy(&vocab);
    attn_params_destroy(&params);
    attn_model_close(&model);
    return status;
}

/* Let the first 0, 1, 2, ... allocations succeed until all of the work does. Until
 * then the status is MEMORY, or `blamed` where that is not OK. */
static void starve(attn_context *context, attn_status (*work)(attn_context *), attn_status blamed)
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
        if (blamed == ATTN_OK || status != blamed)
            FAILS(ATTN_ERR_MEMORY, ": no memory for ", status);
        ck_assert(work != save || access(unit_path("m"), F_OK) != 0);
    }
}

START_TEST(our_allocations_may_fail)
{
    unit_folder_make();
    attn_context_options options = unit_memory_options(&memory, 1);
    attn_context *context = NULL;
    OK(attn_context_create(&options, &context));
    starve(context, save, ATTN_OK);
    starve(context, open_and_load, ATTN_OK);
    attn_context_destroy(&context);
    ck_assert_int_eq(memory.blocks, 0);
    unit_folder_remove("m");
}
END_TEST

START_TEST(allocations_of_the_json_library_may_fail)
{
    unit_folder_make();
    json_set_alloc_funcs(json_allocate, json_release);
    attn_context *context = unit_context(1);
    starve(context, save, ATTN_OK);
    /* A parser that cannot store a word says that the word is wrong. */
    starve(context, open_and_load, ATTN_ERR_FORMAT);
    attn_context_destroy(&context);
    unit_folder_remove("m");
}
END_TEST

UNIT_MAIN("model_memory", our_allocations_may_fail, allocations_of_the_json_library_may_fail)
