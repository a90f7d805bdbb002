/* test_golden_attngru.c - the attention GRU in each form agrees with its equations in PyTorch, in values and in gradients. */
#include "golden.h"

static attn_attngru *make_attngru(const golden *file, attn_params *params)
{
    attn_attngru_options options = ATTN_ATTNGRU_OPTIONS_INIT;
    options.form = golden_int(file, "form");
    options.vector_openings = golden_int(file, "vector_weights");
    options.reset = golden_int(file, "reset_before") ? ATTN_GRU_RESET_BEFORE : ATTN_GRU_RESET_AFTER;
    options.layer_norm = golden_int(file, "layer_norm");
    attn_attngru *attngru = NULL;
    OK(attn_attngru_create(params, "attngru", golden_int(file, "input_dim"), golden_int(file, "hidden_dim"),
                           &options, &attngru));
    OK(attn_file_load(file->model, params, NULL, NULL));
    return attngru;
}

static void expect_attngru(attn_context *context, const char *name)
{
    golden file = golden_open(context, name);
    attn_params *params = NULL;
    attn_tape *tape = NULL;
    OK(attn_params_create(context, UNIT_SEED(1), &params));
    OK(attn_tape_create(context, NULL, &tape));
    attn_attngru *attngru = make_attngru(&file, params);
    int64_t batch = golden_int(&file, "batch"), time = golden_int(&file, "time");
    int64_t width = golden_int(&file, "input_dim"), hidden = golden_int(&file, "hidden_dim");
    int64_t opening = golden_int(&file, "vector_weights") ? hidden : 1;
    int32_t *lengths = golden_ints(json_object_get(file.config, "lengths"));
    float *x = golden_values(&file, "x"), *weights = golden_values(&file, "weights"),
          *h0 = golden_values(&file, "h0"), *dy = golden_values(&file, "dy");
    float *y = golden_room(&file, "y"), *hn = golden_room(&file, "hn"), *dx = golden_room(&file, "dx");
    float *dweights = golden_room(&file, "dweights"), *dh0 = golden_room(&file, "dh0");
    golden_poison(batch, time, width, lengths, x);
    golden_poison(batch, time, opening, lengths, weights);
    golden_poison(batch, time, hidden, lengths, dy);

    OK(attn_attngru_forward(
        attngru, NULL,
        SEQUENCE(.batch = batch, .time = time, .lengths = lengths, .x = x, .openings = weights), h0, y, hn));
    golden_expect(&file, "y", y);
    golden_expect(&file, "hn", hn);
    OK(attn_attngru_forward(
        attngru, tape,
        SEQUENCE(.batch = batch, .time = time, .lengths = lengths, .x = x, .openings = weights), h0, NULL,
        hn)); /* the last alone */
    golden_expect(&file, "hn", hn);
    OK(attn_tape_begin(tape, 0));
    OK(attn_attngru_forward(
        attngru, tape,
        SEQUENCE(.batch = batch, .time = time, .lengths = lengths, .x = x, .openings = weights), h0, y,
        NULL));
    golden_expect(&file, "y", y);
    golden_expect_padding(&file, "y", batch, time, hidden, lengths, y);
    OK(attn_attngru_backward(attngru, tape, dy, golden_values(&file, "dhn"),
                             GRADIENTS(.batch = batch, .time = time, .dx = dx, .dopenings = dweights), dh0));
    golden_expect(&file, "dx", dx);
    golden_expect(&file, "dweights", dweights);
    golden_expect(&file, "dh0", dh0);
    golden_expect_padding(&file, "dx", batch, time, width, lengths, dx);
    golden_expect_padding(&file, "dweights", batch, time, opening, lengths, dweights);
    golden_expect_gradients(&file, params);

    free(lengths);
    for (float **array = (float *[]){y, hn, dx, dweights, dh0, NULL}; *array; array++)
        free(*array);
    attn_attngru_destroy(&attngru);
    attn_tape_destroy(&tape);
    attn_params_destroy(&params);
    golden_close(&file);
}

#define FORMS(form)                                                                                          \
    (const char *const[])                                                                                    \
    {                                                                                                        \
        "attngru_" form "_after", "attngru_" form "_after_vector", "attngru_" form "_after_norm",            \
            "attngru_" form "_after_norm_vector", "attngru_" form "_before",                                 \
            "attngru_" form "_before_vector", "attngru_" form "_before_norm",                                \
            "attngru_" form "_before_norm_vector", NULL                                                      \
    }

START_TEST(weights_in_place_of_the_update_gate)
{
    golden_everywhere(expect_attngru, FORMS("replace"));
}
END_TEST

START_TEST(augru_as_published)
{
    golden_everywhere(expect_attngru, FORMS("paper"));
}
END_TEST

START_TEST(augru_as_in_code)
{
    golden_everywhere(expect_attngru, FORMS("code"));
}
END_TEST

START_TEST(many_rows_of_unequal_length)
{
    golden_everywhere(expect_attngru, (const char *const[]){"attngru_replace_after_large",
                                                            "attngru_code_after_vector_large", NULL});
}
END_TEST

UNIT_MAIN("golden_attngru", weights_in_place_of_the_update_gate, augru_as_published, augru_as_in_code,
          many_rows_of_unequal_length)
