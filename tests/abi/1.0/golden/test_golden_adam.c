/* test_golden_adam.c - five steps of Adam agree with torch.optim: Adam, AdamW with clipping and a decaying
 * rate, and SparseAdam for an embedding. */
#include "golden.h"

#define STEPS 5

/* values - those of the file, against the file's `key`. */
static void expect_change(const golden *file, const char *key, const attn_tensor *tensor)
{
    const float *start = golden_values(file, tensor->name);
    float *change = golden_room(file, key);
    for (int64_t i = 0; i < tensor->size; i++)
        change[i] = tensor->values[i] - start[i];
    golden_expect(file, key, change);
    free(change);
}

/* ---- dense tensors ------------------------------------------------------------------------------------- */

static attn_adam *make_adam(const golden *file, attn_params *params)
{
    attn_adam_options options = ATTN_ADAM_OPTIONS_INIT;
    options.lr = (float)golden_number(file, "lr");
    options.weight_decay = (float)golden_number(file, "weight_decay");
    options.clip_norm = (float)golden_number(file, "clip_norm");
    options.lr_decay = (float)golden_number(file, "decay_rate");
    options.lr_decay_steps = golden_int(file, "decay_steps");
    options.lr_floor = (float)golden_number(file, "floor");
    attn_adam *adam = NULL;
    OK(attn_adam_create(params, &options, &adam));
    return adam;
}

static void expect_adam(attn_context *context, const char *name)
{
    golden file = golden_open(context, name);
    attn_params *params = NULL;
    OK(attn_params_create(context, UNIT_SEED(1), &params));
    OK(attn_params_add(params, "w", 2, (int64_t[]){5, 3}, UNIT_INIT(ATTN_INIT_ZERO)));
    OK(attn_params_add(params, "b", 1, (int64_t[]){7}, UNIT_INIT(ATTN_INIT_ZERO)));
    OK(attn_file_load(file.model, params, NULL, NULL));
    attn_adam *adam = make_adam(&file, params);
    OK(attn_params_zero_grad(params));
    float rates[STEPS], norms[STEPS];
    for (int step = 0; step < STEPS; step++) {
        char key[64];
        OK(attn_params_zero_grad(params));
        for (int64_t i = 0; i < attn_params_count(params); i++) {
            attn_tensor tensor = ATTN_TENSOR_INIT;
            OK(attn_params_tensor(params, i, &tensor));
            snprintf(key, sizeof key, "gradient.%d.%s", step, tensor.name);
            memcpy(tensor.gradients, golden_values(&file, key), (size_t)tensor.size * sizeof(float));
        }
        rates[step] = attn_adam_lr(adam);
        OK(attn_adam_step(adam, &norms[step]));
        for (int64_t i = 0; i < attn_params_count(params); i++) {
            attn_tensor tensor = ATTN_TENSOR_INIT;
            OK(attn_params_tensor(params, i, &tensor));
            snprintf(key, sizeof key, "change.%d.%s", step, tensor.name);
            expect_change(&file, key, &tensor);
        }
    }
    golden_expect(&file, "rates", rates);
    golden_expect(&file, "norms", norms);
    ck_assert_int_eq(attn_adam_steps(adam), STEPS);
    attn_adam_destroy(&adam);
    attn_params_destroy(&params);
    golden_close(&file);
}

START_TEST(adam_is_that_of_torch)
{
    golden_everywhere(expect_adam, (const char *const[]){"adam_plain", NULL});
}
END_TEST

START_TEST(weight_decay_clipping_and_falling_rate_are_those_of_torch)
{
    golden_everywhere(expect_adam, (const char *const[]){"adam_decayed", NULL});
}
END_TEST

/* ---- an embedding -------------------------------------------------------------------------------------- */

/* Weight decay is on, and must leave the table alone. */
static void expect_sparse_adam(attn_context *context, const char *name)
{
    golden file = golden_open(context, name);
    attn_params *params = NULL;
    attn_tape *tape = NULL;
    attn_embedding *embedding = NULL;
    attn_adam *adam = NULL;
    int64_t dim = golden_int(&file, "dim");
    OK(attn_params_create(context, UNIT_SEED(1), &params));
    OK(attn_tape_create(context, NULL, &tape));
    OK(attn_embedding_create(params, "embedding", golden_int(&file, "rows"), dim, NULL, &embedding));
    OK(attn_file_load(file.model, params, NULL, NULL));
    attn_adam_options options = ATTN_ADAM_OPTIONS_INIT;
    options.lr = (float)golden_number(&file, "lr");
    options.epsilon = (float)golden_number(&file, "epsilon");
    options.weight_decay = 0.5f;
    OK(attn_adam_create(params, &options, &adam));
    for (int step = 0; step < STEPS; step++) {
        char key[64];
        json_t *array = json_array_get(json_object_get(file.config, "ids"), (size_t)step);
        int64_t count = (int64_t)json_array_size(array);
        int32_t *ids = golden_ints(array);
        float *y = calloc((size_t)(count * dim), sizeof *y);
        OK(attn_params_zero_grad(params));
        OK(attn_tape_begin(tape, step));
        OK(attn_embedding_forward(embedding, tape, 1, count, ids, NULL, y));
        snprintf(key, sizeof key, "dy.%d", step);
        OK(attn_embedding_backward(embedding, tape, 1, count, golden_values(&file, key)));
        OK(attn_adam_step(adam, NULL));
        attn_tensor table = ATTN_TENSOR_INIT;
        OK(attn_params_tensor(params, 0, &table));
        snprintf(key, sizeof key, "change.%d", step);
        expect_change(&file, key, &table);
        free(ids);
        free(y);
    }
    attn_adam_destroy(&adam);
    attn_embedding_destroy(&embedding);
    attn_tape_destroy(&tape);
    attn_params_destroy(&params);
    golden_close(&file);
}

START_TEST(rows_of_an_embedding_follow_sparse_adam)
{
    golden_everywhere(expect_sparse_adam, (const char *const[]){"adam_sparse", NULL});
}
END_TEST

UNIT_MAIN("golden_adam", adam_is_that_of_torch, weight_decay_clipping_and_falling_rate_are_those_of_torch,
          rows_of_an_embedding_follow_sparse_adam)
