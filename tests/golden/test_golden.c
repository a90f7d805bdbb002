/* test_golden.c - the layers and the loss agree with PyTorch, in values and in gradients. */
#include "golden.h"

/* ---- GRU ----------------------------------------------------------------------------------------------- */

static attn_gru *make_gru(const golden *file, attn_params *params)
{
    attn_gru_options options = ATTN_GRU_OPTIONS_INIT;
    options.layers = golden_int(file, "layers");
    options.bidirectional = golden_int(file, "bidirectional");
    options.reset = golden_int(file, "reset_before") ? ATTN_GRU_RESET_BEFORE : ATTN_GRU_RESET_AFTER;
    options.layer_norm = golden_int(file, "layer_norm");
#ifdef ATTN_EXPERIMENTAL_H
    options.experimental = json_object_get(file->config, "orthogonal") ? ATTN_GRU_ORTHOGONAL : 0;
#endif
    attn_gru *gru = NULL;
    OK(attn_gru_create(params, "gru", golden_int(file, "input_dim"), golden_int(file, "hidden_dim"), &options,
                       &gru));
    OK(attn_file_load(file->model, params, NULL, NULL));
    return gru;
}

/* The same with ids: every token is a row of a table of its own. Its gradient is then dx. */
static void expect_ids(const golden *file, const attn_gru *gru, attn_tape *tape, const int32_t *lengths)
{
    int64_t batch = golden_int(file, "batch"), time = golden_int(file, "time"),
            width = golden_int(file, "input_dim");
    const float *h0 = golden_values(file, "h0"), *dy = golden_values(file, "dy");
    attn_context *context = NULL;
    attn_params *table_params = NULL;
    attn_embedding *table = NULL;
    OK(attn_context_create(NULL, &context));
    OK(attn_params_create(context, UNIT_SEED(1), &table_params));
    OK(attn_embedding_create(table_params, "table", batch * time, width, NULL, &table));
    memcpy(attn_params_values(table_params), golden_values(file, "x"),
           (size_t)(batch * time * width) * sizeof(float));
    int32_t *ids = malloc((size_t)(batch * time) * sizeof *ids);
    for (int64_t i = 0; i < batch * time; i++)
        ids[i] = (int32_t)i;
    float *y = golden_room(file, "y"), *hn = golden_room(file, "hn");
    OK(attn_gru_forward(
        gru, tape, SEQUENCE(.batch = batch, .time = time, .lengths = lengths, .embedding = table, .ids = ids),
        h0, y, hn));
    golden_expect(file, "y", y);
    golden_expect(file, "hn", hn);
    OK(attn_gru_backward(gru, tape, dy, golden_values(file, "dhn"), GRADIENTS(.batch = batch, .time = time),
                         NULL));
    golden_expect(file, "dx", attn_params_gradients(table_params));
    free(ids);
    free(y);
    free(hn);
    attn_embedding_destroy(&table);
    attn_params_destroy(&table_params);
    attn_context_destroy(&context);
}

static void expect_gru(attn_context *context, const char *name)
{
    golden file = golden_open(context, name);
    attn_params *params = NULL;
    attn_tape *tape = NULL;
    OK(attn_params_create(context, UNIT_SEED(1), &params));
    OK(attn_tape_create(context, NULL, &tape));
    attn_gru *gru = make_gru(&file, params);
    int64_t batch = golden_int(&file, "batch"), time = golden_int(&file, "time"),
            width = golden_int(&file, "input_dim");
    int64_t output_dim = unit_gru_info(gru).output_dim;
    int32_t *lengths = golden_ints(json_object_get(file.config, "lengths"));
    float *x = golden_values(&file, "x"), *dy = golden_values(&file, "dy"), *h0 = golden_values(&file, "h0");
    float *y = golden_room(&file, "y"), *hn = golden_room(&file, "hn"), *dx = golden_room(&file, "dx");
    float *dh0 = h0 ? golden_room(&file, "dh0") : NULL;
    golden_poison(batch, time, width, lengths, x);
    golden_poison(batch, time, output_dim, lengths, dy);

    OK(attn_gru_forward(gru, NULL, SEQUENCE(.batch = batch, .time = time, .lengths = lengths, .x = x), h0, y,
                        hn));
    golden_expect(&file, "y", y);
    golden_expect(&file, "hn", hn);
    OK(attn_gru_forward(gru, tape, SEQUENCE(.batch = batch, .time = time, .lengths = lengths, .x = x), h0, y,
                        hn));
    golden_expect(&file, "y", y);
    golden_expect(&file, "hn", hn);
    golden_expect_padding(&file, "y", batch, time, output_dim, lengths, y);
    OK(attn_gru_backward(gru, tape, dy, golden_values(&file, "dhn"),
                         GRADIENTS(.batch = batch, .time = time, .dx = dx), dh0));
    golden_expect(&file, "dx", dx);
    golden_expect_padding(&file, "dx", batch, time, width, lengths, dx);
    if (dh0)
        golden_expect(&file, "dh0", dh0);
    golden_expect_gradients(&file, params);

    OK(attn_params_zero_grad(params));
    expect_ids(&file, gru, tape, lengths);
    golden_expect_gradients(&file, params);

    free(lengths);
    free(y);
    free(hn);
    free(dx);
    free(dh0);
    attn_gru_destroy(&gru);
    attn_tape_destroy(&tape);
    attn_params_destroy(&params);
    golden_close(&file);
}

START_TEST(gru_with_reset_after_is_that_of_torch)
{
    golden_everywhere(expect_gru, (const char *const[]){"gru_after_uni1", "gru_after_uni2", "gru_after_bi1",
                                                        "gru_after_bi2", "gru_after_full_without_h0",
                                                        "gru_after_large", NULL});
}
END_TEST

START_TEST(gru_with_reset_before_follows_its_equations)
{
    golden_everywhere(expect_gru, (const char *const[]){"gru_before_uni1", "gru_before_bi2", NULL});
}
END_TEST

START_TEST(gru_with_layer_normalisation_follows_its_equations)
{
    golden_everywhere(expect_gru, (const char *const[]){"gru_after_norm_uni1", "gru_after_norm_bi2",
                                                        "gru_before_norm_uni1", "gru_before_norm_bi2",
                                                        "gru_before_norm_large", NULL});
}
END_TEST

START_TEST(gru_with_orthogonal_states_follows_its_equations)
{
#ifdef ATTN_EXPERIMENTAL_H /* not promised, and so not of the tests that are kept with a release */
    golden_everywhere(expect_gru,
                      (const char *const[]){"gru_orthogonal_uni1", "gru_orthogonal_bi2",
                                            "gru_orthogonal_before_norm_bi1", "gru_orthogonal_large", NULL});
#endif
}
END_TEST

/* Step by step, each row for its own length, a stream ends in the hn of the whole sequence. */
static void expect_steps(attn_context *context, const char *name)
{
    golden file = golden_open(context, name);
    attn_params *params = NULL;
    OK(attn_params_create(context, UNIT_SEED(1), &params));
    attn_gru *gru = make_gru(&file, params);
    attn_gru_packed *packed = NULL;
    OK(attn_gru_packed_create(gru, NULL, &packed));
    int64_t batch = golden_int(&file, "batch"), time = golden_int(&file, "time"),
            width = golden_int(&file, "input_dim");
    int64_t hidden = golden_int(&file, "hidden_dim"), states = unit_gru_info(gru).state_count;
    int32_t *lengths = golden_ints(json_object_get(file.config, "lengths"));
    float *hn = golden_room(&file, "hn"), *h = calloc((size_t)(states * hidden), sizeof *h);
    for (int64_t b = 0; b < batch; b++) {
        for (int64_t s = 0; s < states; s++)
            memcpy(h + s * hidden, golden_values(&file, "h0") + (s * batch + b) * hidden,
                   (size_t)hidden * sizeof *h);
        for (int64_t t = 0; t < lengths[b]; t++)
            OK(attn_gru_packed_step(
                packed,
                SEQUENCE(.batch = 1, .time = 1, .x = golden_values(&file, "x") + (b * time + t) * width), h));
        for (int64_t s = 0; s < states; s++)
            memcpy(hn + (s * batch + b) * hidden, h + s * hidden, (size_t)hidden * sizeof *h);
    }
    golden_expect(&file, "hn", hn);
    free(lengths);
    free(hn);
    free(h);
    attn_gru_packed_destroy(&packed);
    attn_gru_destroy(&gru);
    attn_params_destroy(&params);
    golden_close(&file);
}

START_TEST(gru_steps_end_where_the_sequence_does)
{
    golden_everywhere(expect_steps,
                      (const char *const[]){"gru_after_uni2", "gru_before_uni1", "gru_after_norm_uni1",
                                            "gru_before_norm_uni1", "gru_after_large", NULL});
}
END_TEST

/* ---- attention ----------------------------------------------------------------------------------------- */

static void expect_attention(attn_context *context, const char *name)
{
    golden file = golden_open(context, name);
    attn_params *params = NULL;
    attn_tape *tape = NULL;
    attn_attention *attention = NULL;
    OK(attn_params_create(context, UNIT_SEED(1), &params));
    OK(attn_tape_create(context, NULL, &tape));
    attn_attention_options options = ATTN_ATTENTION_OPTIONS_INIT;
    options.padding = golden_int(&file, "padding_kept") ? ATTN_PADDING_KEPT : ATTN_PADDING_MASKED;
    options.outer_tanh = golden_int(&file, "outer_tanh");
    options.attention_dim = golden_int(&file, "attention_dim");
    if (json_object_get(file.config, "weighting")) {
        options.weighting = golden_int(&file, "weighting");
        options.temperature = (float)golden_number(&file, "temperature");
    }
    int64_t batch = golden_int(&file, "batch"), items = golden_int(&file, "items"),
            width = golden_int(&file, "memory_dim");
    OK(attn_attention_create(params, "attention", width, &options, &attention));
    OK(attn_file_load(file.model, params, NULL, NULL));
    int32_t *lengths = golden_ints(json_object_get(file.config, "lengths"));
    float *memory = golden_values(&file, "memory"), *dweights = golden_values(&file, "dweights");
    float *weights = golden_room(&file, "weights"), *attended = golden_room(&file, "context");
    float *dmemory = golden_room(&file, "dmemory");
    golden_poison(batch, items, width, lengths, memory);
    if (options.padding == ATTN_PADDING_MASKED)
        golden_poison(batch, items, 1, lengths, dweights);

    OK(attn_attention_forward(attention, NULL, batch, items, memory, lengths, NULL, attended));
    golden_expect(&file, "context", attended);
    OK(attn_attention_forward(attention, tape, batch, items, memory, lengths, weights, attended));
    golden_expect(&file, "weights", weights);
    golden_expect(&file, "context", attended);
    if (options.padding == ATTN_PADDING_MASKED)
        golden_expect_padding(&file, "weights", batch, items, 1, lengths, weights);
    OK(attn_attention_backward(attention, tape, batch, items, 1, dweights, golden_values(&file, "dcontext"),
                               dmemory, NULL));
    golden_expect(&file, "dmemory", dmemory);
    golden_expect_padding(&file, "dmemory", batch, items, width, lengths, dmemory);
    golden_expect_gradients(&file, params);

    free(lengths);
    free(weights);
    free(attended);
    free(dmemory);
    attn_attention_destroy(&attention);
    attn_tape_destroy(&tape);
    attn_params_destroy(&params);
    golden_close(&file);
}

START_TEST(attention_is_that_of_torch)
{
    golden_everywhere(
        expect_attention,
        (const char *const[]){"attention_masked_tanh", "attention_masked_plain", "attention_kept_tanh",
                              "attention_kept_plain", "attention_large", "attention_feedforward_tempered",
                              "attention_feedforward_sparsemax", "attention_feedforward_entmax15", NULL});
}
END_TEST

/* ---- dense --------------------------------------------------------------------------------------------- */

static void expect_dense(attn_context *context, const char *name)
{
    golden file = golden_open(context, name);
    attn_params *params = NULL;
    attn_tape *tape = NULL;
    attn_dense *dense = NULL;
    OK(attn_params_create(context, UNIT_SEED(1), &params));
    OK(attn_tape_create(context, NULL, &tape));
    attn_dense_options options = ATTN_DENSE_OPTIONS_INIT;
    options.activation = golden_int(&file, "activation");
    OK(attn_dense_create(params, "dense", golden_int(&file, "input_dim"), golden_int(&file, "output_dim"),
                         &options, &dense));
    OK(attn_file_load(file.model, params, NULL, NULL));
    float *y = golden_room(&file, "y"), *dx = golden_room(&file, "dx");
    OK(attn_dense_forward(dense, tape, golden_int(&file, "rows"), golden_values(&file, "x"), y));
    golden_expect(&file, "y", y);
    OK(attn_dense_backward(dense, tape, golden_int(&file, "rows"), golden_values(&file, "dy"), dx));
    golden_expect(&file, "dx", dx);
    golden_expect_gradients(&file, params);
    free(y);
    free(dx);
    attn_dense_destroy(&dense);
    attn_tape_destroy(&tape);
    attn_params_destroy(&params);
    golden_close(&file);
}

START_TEST(dense_is_that_of_torch)
{
    golden_everywhere(expect_dense,
                      (const char *const[]){"dense_none", "dense_tanh", "dense_sigmoid", "dense_relu", NULL});
}
END_TEST

/* ---- embedding ----------------------------------------------------------------------------------------- */

static void expect_embedding(attn_context *context, const char *name)
{
    golden file = golden_open(context, name);
    attn_params *params = NULL;
    attn_tape *tape = NULL;
    attn_embedding *embedding = NULL;
    OK(attn_params_create(context, UNIT_SEED(1), &params));
    OK(attn_tape_create(context, NULL, &tape));
    int64_t batch = golden_int(&file, "batch"), time = golden_int(&file, "time"),
            dim = golden_int(&file, "dim");
    OK(attn_embedding_create(params, "embedding", golden_int(&file, "rows"), dim, NULL, &embedding));
    OK(attn_file_load(file.model, params, NULL, NULL));
    int32_t *lengths = golden_ints(json_object_get(file.config, "lengths"));
    int32_t *ids = golden_ints(json_object_get(file.config, "ids"));
    for (int64_t b = 0; b < batch; b++) {
        for (int64_t t = lengths[b]; t < time; t++)
            ids[b * time + t] = -1000; /* must not be read */
    }
    float *y = golden_room(&file, "y"), *dy = golden_values(&file, "dy");
    golden_poison(batch, time, dim, lengths, dy);
    OK(attn_embedding_forward(embedding, tape, batch, time, ids, lengths, y));
    golden_expect(&file, "y", y);
    golden_expect_padding(&file, "y", batch, time, dim, lengths, y);
    OK(attn_embedding_backward(embedding, tape, batch, time, dy));
    golden_expect_gradients(&file, params);
    free(lengths);
    free(ids);
    free(y);
    attn_embedding_destroy(&embedding);
    attn_tape_destroy(&tape);
    attn_params_destroy(&params);
    golden_close(&file);
}

START_TEST(embedding_is_that_of_torch)
{
    golden_everywhere(expect_embedding, (const char *const[]){"embedding", NULL});
}
END_TEST

/* ---- loss ---------------------------------------------------------------------------------------------- */

static void expect_loss(attn_context *context, const char *name)
{
    golden file = golden_open(context, name);
    int64_t rows = golden_int(&file, "rows"), classes = golden_int(&file, "classes");
    int32_t *all_labels = golden_ints(json_object_get(file.config, "labels")),
            *labels = golden_has(&file, "targets") ? NULL : all_labels;
    float *logits = golden_values(&file, "logits"), loss, *losses = calloc((size_t)rows, sizeof *losses);
    float *probabilities = golden_room(&file, "probabilities"), *dlogits = golden_room(&file, "dlogits");
    attn_cross_entropy_options options = ATTN_CROSS_ENTROPY_OPTIONS_INIT;
    options.class_weights = golden_values(&file, "class_weights");
    options.targets = golden_values(&file, "targets");
    if (json_object_get(file.config, "scale")) {
        options.label_smoothing = (float)golden_number(&file, "label_smoothing");
        options.scale = (float)golden_number(&file, "scale");
        options.ignore = golden_int(&file, "ignore");
        options.ignore_label = golden_int(&file, "ignore_label");
    }
    for (int64_t i = 0; i < rows * classes; i++)
        if (options.ignore && labels[i / classes] == options.ignore_label)
            logits[i] = NAN;
    OK(attn_cross_entropy(context, rows, classes, logits, labels, &options, &loss, losses, probabilities,
                          dlogits));
    golden_expect(&file, "loss", &loss);
    if (golden_has(&file, "losses"))
        golden_expect(&file, "losses", losses);
    golden_expect(&file, "probabilities", probabilities);
    golden_expect(&file, "dlogits", dlogits);
    OK(attn_cross_entropy(context, rows, classes, logits, labels, &options, &loss, NULL, NULL,
                          logits)); /* in place */
    golden_expect(&file, "loss", &loss);
    golden_expect(&file, "dlogits", logits);
    free(all_labels);
    free(losses);
    free(probabilities);
    free(dlogits);
    golden_close(&file);
}

START_TEST(cross_entropy_is_that_of_torch)
{
    golden_everywhere(expect_loss, (const char *const[]){"loss", "loss_weighted", "loss_smoothed",
                                                         "loss_ignored", "loss_scaled", "loss_everything",
                                                         "loss_targets", "loss_targets_everything", NULL});
}
END_TEST

/* ---- sampled softmax, of all words ----------------------------------------------------------------------- */

static void expect_sampled(attn_context *context, const char *name)
{
    golden file = golden_open(context, name);
    const int64_t rows = golden_int(&file, "rows"), words = golden_int(&file, "words");
    int32_t *targets = golden_ints(json_object_get(file.config, "targets"));
    int64_t *frequencies = calloc((size_t)words, sizeof *frequencies);
    for (int64_t k = 1; k < words; k++)
        frequencies[k] = k;
    attn_params *params = NULL;
    attn_embedding *table = NULL, *bias = NULL;
    attn_candidates *candidates = NULL;
    OK(attn_params_create(context, NULL, &params));
    OK(attn_embedding_create(params, "table", words, golden_int(&file, "dim"), NULL, &table));
    if (golden_has(&file, "bias.weight"))
        OK(attn_embedding_create(params, "bias", words, 1, NULL, &bias));
    OK(attn_file_load(file.model, params, NULL, NULL));
    OK(attn_params_zero_grad(params));
    OK(attn_candidates_create(context, words, frequencies, NULL, &candidates));
    attn_sampled_cross_entropy_options options = ATTN_SAMPLED_CROSS_ENTROPY_OPTIONS_INIT;
    options.scale = (float)golden_number(&file, "scale");
    float loss, *losses = golden_room(&file, "losses"), *dstates = golden_room(&file, "dstates");
    OK(attn_sampled_cross_entropy(table, bias, candidates, 0, rows, golden_values(&file, "states"), targets,
                                  &options, &loss, losses, dstates));
    golden_expect(&file, "loss", &loss);
    golden_expect(&file, "losses", losses);
    golden_expect(&file, "dstates", dstates);
    golden_expect_gradients(&file, params);
    free(losses);
    free(dstates);
    free(targets);
    free(frequencies);
    attn_candidates_destroy(&candidates);
    attn_embedding_destroy(&bias);
    attn_embedding_destroy(&table);
    attn_params_destroy(&params);
    golden_close(&file);
}

START_TEST(of_all_words_the_sampled_softmax_is_that_of_torch)
{
    golden_everywhere(expect_sampled, (const char *const[]){"sampled_biased", "sampled_plain",
                                                            "sampled_scaled", "sampled_large", NULL});
}
END_TEST

UNIT_MAIN("golden", gru_with_reset_after_is_that_of_torch, gru_with_reset_before_follows_its_equations,
          gru_with_layer_normalisation_follows_its_equations,
          gru_with_orthogonal_states_follows_its_equations, gru_steps_end_where_the_sequence_does,
          attention_is_that_of_torch, dense_is_that_of_torch, embedding_is_that_of_torch,
          cross_entropy_is_that_of_torch, of_all_words_the_sampled_softmax_is_that_of_torch)
