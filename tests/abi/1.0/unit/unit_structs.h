/* unit_structs.h - one small use of each public struct that begins with its size, for test_structs.c: a call that reads it, with a
 * print of what it made of it, or a call that fills it. */
#ifndef UNIT_STRUCTS_H
#define UNIT_STRUCTS_H

#include "unit_data.h"
#include "unit_file.h"

/* What a call made of its struct: bytes that differ where it understood something else. */
typedef struct print {
    unsigned char bytes[256];
    size_t size;
} print;

static void note(print *to, const void *bytes, size_t size)
{
    ck_assert_uint_le(to->size + size, sizeof to->bytes);
    memcpy(to->bytes + to->size, bytes, size);
    to->size += size;
}

/* What the calls work on, made once a test. */
static struct world {
    attn_context *context;
    attn_params *params;
    attn_tape *tape;
    attn_tokens *tokens;
    attn_vocab *vocab;
    attn_pieces *pieces;
    attn_embedding *embedding;
    attn_gru *gru;
    attn_gru_packed *packed;
    attn_attention *attention, *asking;
    attn_attngru *attngru;
    attn_dense *dense;
    attn_ngrams_builder *counted;
    attn_ngrams *ngrams;
    attn_candidates *candidates;
    attn_classifier *classifier;
    attn_reading *reading;
    attn_file *file;
    char *saved;
    size_t saved_size, saved_room;
} world;

static attn_status keep(void *user, const void *data, size_t size)
{
    (void)user;
    ck_assert_uint_le(world.saved_size + size, world.saved_room);
    memcpy(world.saved + world.saved_size, data, size);
    world.saved_size += size;
    return ATTN_OK;
}

/* The world's layers as parts. */
static const void *whole_parts(void)
{
    static attn_classifier_parts parts;
    parts = (attn_classifier_parts)ATTN_CLASSIFIER_PARTS_INIT;
    parts.embedding = world.embedding;
    parts.encoder = world.gru;
    parts.attention = world.attention;
    parts.decision = world.dense;
    parts.max_length = 7;
    return &parts;
}

static attn_classifier_parts parts_with_vocab(void)
{
    attn_classifier_parts parts = *(const attn_classifier_parts *)whole_parts();
    parts.vocab = world.vocab;
    return parts;
}

static void setup(void)
{
    world = (struct world){.context = unit_context(1), .saved_room = 1 << 20};
    world.saved = malloc(world.saved_room);
    OK(attn_params_create(world.context, UNIT_SEED(1), &world.params));
    OK(attn_tape_create(world.context, NULL, &world.tape));
    OK(attn_tokens_create(world.context, NULL, &world.tokens));
    attn_vocab_builder *builder = NULL;
    OK(attn_vocab_builder_create(world.context, NULL, &builder));
    OK(attn_vocab_builder_add_token(builder, "one", 2));
    OK(attn_vocab_builder_add_token(builder, "two", 1));
    OK(attn_vocab_builder_add_token(builder, "three", 1)); /* as many as the embedding has rows */
    OK(attn_vocab_create(builder, NULL, &world.vocab));
    OK(attn_pieces_learn(world.vocab, NULL, &world.pieces));
    attn_vocab_builder_destroy(&builder);
    attn_attention_options asking = ATTN_ATTENTION_OPTIONS_INIT;
    asking.score = ATTN_SCORE_ADDITIVE;
    OK(attn_embedding_create(world.params, "embedding", 5, 3, NULL, &world.embedding));
    OK(attn_gru_create(world.params, "gru", 3, 4, NULL, &world.gru));
    OK(attn_gru_packed_create(world.gru, NULL, &world.packed));
    OK(attn_attention_create(world.params, "attention", 4, NULL, &world.attention));
    OK(attn_attention_create(world.params, "asking", 4, &asking, &world.asking));
    OK(attn_attngru_create(world.params, "attngru", 4, 4, NULL, &world.attngru));
    OK(attn_dense_create(world.params, "dense", 4, 2, NULL, &world.dense));
    OK(attn_ngrams_builder_create(world.context, NULL, &world.counted));
    OK(attn_ngrams_builder_add(world.counted, 3, 4, (int32_t[]){2, 3, 2, 4, 2, 3, 4, 4, 3, 2, 3, 4}, NULL,
                               (int32_t[]){0, 1, 1}));
    OK(attn_ngrams_create(world.params, "ngrams", world.counted, NULL, &world.ngrams));
    OK(attn_candidates_create(world.context, 5, (int64_t[]){0, 1, 2, 3, 4}, NULL, &world.candidates));
    const attn_classifier_parts parts = parts_with_vocab();
    OK(attn_classifier_create(&parts, &world.classifier));
    OK(attn_classifier_read(world.classifier, "one", 3, ATTN_BY_GRADIENT, &world.reading));
    OK(attn_params_write(world.params, UNIT_SAVE(.pieces = world.pieces), keep, NULL));
    OK(attn_file_open_memory(world.context, world.saved, world.saved_size, &world.file));
    unit_folder_make();
    unit_file_write(unit_path("vectors"), "one 1 2 3\n", 10);
}

static void teardown(void)
{
    unit_folder_remove("vectors");
    attn_file_close(&world.file);
    attn_reading_destroy(&world.reading);
    attn_classifier_destroy(&world.classifier);
    attn_candidates_destroy(&world.candidates);
    attn_ngrams_destroy(&world.ngrams);
    attn_ngrams_builder_destroy(&world.counted);
    attn_dense_destroy(&world.dense);
    attn_attngru_destroy(&world.attngru);
    attn_attention_destroy(&world.asking);
    attn_attention_destroy(&world.attention);
    attn_gru_packed_destroy(&world.packed);
    attn_gru_destroy(&world.gru);
    attn_embedding_destroy(&world.embedding);
    attn_pieces_destroy(&world.pieces);
    attn_vocab_destroy(&world.vocab);
    attn_tokens_destroy(&world.tokens);
    attn_tape_destroy(&world.tape);
    attn_params_destroy(&world.params);
    attn_context_destroy(&world.context);
    free(world.saved);
}

/* ---- structs that are read ------------------------------------------------------------------------------- */

static attn_status read_context(const void *options, print *out)
{
    attn_context *context = NULL;
    attn_status status = attn_context_create(options, &context);
    const int32_t is[] = {attn_context_threads(context), attn_context_isa(context)};
    note(out, is, sizeof is);
    attn_context_destroy(&context);
    return status;
}

/* The first values of the params' tensors tell what a layer's options were. */
static attn_params *empty(void)
{
    attn_params *params = NULL;
    OK(attn_params_create(world.context, UNIT_SEED(3), &params));
    return params;
}

static void note_params(print *out, attn_params **params)
{
    double sum = 0;
    for (int64_t i = 0; i < attn_params_size(*params); i++)
        sum += (double)attn_params_values(*params)[i] * (double)(i + 1);
    note(out, &sum, sizeof sum);
    for (int64_t i = 0; i < attn_params_count(*params) && i < 6; i++) {
        attn_tensor view = ATTN_TENSOR_INIT;
        OK(attn_params_tensor(*params, i, &view));
        note(out, view.shape, 2 * sizeof *view.shape);
        note(out, &view.trainable, sizeof view.trainable);
        note(out, &view.lr_scale, sizeof view.lr_scale);
    }
    attn_params_destroy(params);
}

static attn_status read_params(const void *options, print *out)
{
    attn_params *params = NULL;
    attn_status status = attn_params_create(world.context, options, &params);
    if (status == ATTN_OK)
        OK(attn_params_add(params, "w", 1, (int64_t[]){4}, NULL));
    note_params(out, &params);
    return status;
}

static attn_status read_tensor(const void *options, print *out)
{
    attn_params *params = empty();
    attn_status status = attn_params_add(params, "w", 2, (int64_t[]){4, 3}, options);
    note_params(out, &params);
    return status;
}

static attn_status read_embedding(const void *options, print *out)
{
    attn_params *params = empty();
    attn_embedding *embedding = NULL;
    attn_status status = attn_embedding_create(params, "e", 4, 3, options, &embedding);
    attn_embedding_destroy(&embedding);
    note_params(out, &params);
    return status;
}

static attn_status read_gru(const void *options, print *out)
{
    attn_params *params = empty();
    attn_gru *gru = NULL;
    attn_status status = attn_gru_create(params, "g", 3, 2, options, &gru);
    attn_gru_info info = ATTN_GRU_INFO_INIT;
    if (status == ATTN_OK)
        OK(attn_gru_get_info(gru, &info));
    info.name = NULL; /* addresses differ from call to call */
    info.params = NULL;
    note(out, &info, sizeof info);
    attn_gru_destroy(&gru);
    note_params(out, &params);
    return status;
}

static attn_status read_attngru(const void *options, print *out)
{
    attn_params *params = empty();
    attn_attngru *attngru = NULL;
    attn_status status = attn_attngru_create(params, "g", 3, 2, options, &attngru);
    attn_attngru_info info = ATTN_ATTNGRU_INFO_INIT;
    if (status == ATTN_OK)
        OK(attn_attngru_get_info(attngru, &info));
    info.name = NULL; /* addresses differ from call to call */
    info.params = NULL;
    note(out, &info, sizeof info);
    attn_attngru_destroy(&attngru);
    note_params(out, &params);
    return status;
}

static attn_status read_attention(const void *options, print *out)
{
    attn_params *params = empty();
    attn_attention *attention = NULL;
    attn_status status = attn_attention_create(params, "a", 3, options, &attention);
    attn_attention_info info = ATTN_ATTENTION_INFO_INIT;
    if (status == ATTN_OK)
        OK(attn_attention_get_info(attention, &info));
    info.name = NULL; /* addresses differ from call to call */
    info.params = NULL;
    note(out, &info, sizeof info);
    attn_attention_destroy(&attention);
    note_params(out, &params);
    return status;
}

static attn_status read_dense(const void *options, print *out)
{
    attn_params *params = empty();
    attn_dense *dense = NULL;
    attn_status status = attn_dense_create(params, "d", 3, 2, options, &dense);
    attn_dense_info info = ATTN_DENSE_INFO_INIT;
    if (status == ATTN_OK)
        OK(attn_dense_get_info(dense, &info));
    info.name = NULL; /* addresses differ from call to call */
    info.params = NULL;
    note(out, &info, sizeof info);
    attn_dense_destroy(&dense);
    note_params(out, &params);
    return status;
}

static attn_status read_ngrams_builder(const void *options, print *out)
{
    attn_ngrams_builder *builder = NULL;
    attn_status status = attn_ngrams_builder_create(world.context, options, &builder);
    if (status == ATTN_OK)
        OK(attn_ngrams_builder_add(builder, 1, 4, (int32_t[]){1, 2, 3, 4}, NULL, (int32_t[]){1}));
    const int64_t size = attn_ngrams_builder_size(builder);
    note(out, &size, sizeof size);
    attn_ngrams_builder_destroy(&builder);
    return status;
}

static attn_status read_ngrams(const void *options, print *out)
{
    attn_params *params = empty();
    attn_ngrams *ngrams = NULL;
    attn_status status = attn_ngrams_create(params, "n", world.counted, options, &ngrams);
    attn_ngrams_info info = ATTN_NGRAMS_INFO_INIT;
    if (status == ATTN_OK)
        OK(attn_ngrams_get_info(ngrams, &info));
    info.name = NULL; /* addresses differ from call to call */
    info.params = NULL;
    note(out, &info, sizeof info);
    attn_ngrams_destroy(&ngrams);
    note_params(out, &params);
    return status;
}

static attn_status read_tape(const void *options, print *out)
{
    attn_tape *tape = NULL;
    float x[32];
    attn_status status = attn_tape_create(world.context, options, &tape);
    unit_fill(x, 32, 1);
    if (status == ATTN_OK)
        OK(attn_dropout_forward(world.context, tape, 32, x, 0.5f, x));
    note(out, x, sizeof x);
    attn_tape_destroy(&tape);
    return status;
}

static attn_status read_tokens(const void *options, print *out)
{
    static const char text[] = "The CAF\xc3\x89 didn't";
    attn_tokens *tokens = NULL;
    attn_status status = attn_tokens_create(world.context, options, &tokens);
    if (status == ATTN_OK)
        OK(attn_tokens_set_text(tokens, text, sizeof text - 1));
    for (int64_t i = 0; i < attn_tokens_count(tokens); i++)
        note(out, attn_tokens_get(tokens, i), strlen(attn_tokens_get(tokens, i)) + 1);
    attn_tokens_destroy(&tokens);
    return status;
}

static attn_status read_vocab_builder(const void *options, print *out)
{
    attn_vocab_builder *builder = NULL;
    attn_status status = attn_vocab_builder_create(world.context, options, &builder);
    char word[2] = "a";
    for (; status == ATTN_OK && word[0] <= 'z'; word[0]++)
        OK(attn_vocab_builder_add_token(builder, word, 1));
    const int64_t missed = attn_vocab_builder_missed(builder);
    note(out, &missed, sizeof missed);
    attn_vocab_builder_destroy(&builder);
    return status;
}

static attn_status read_vocab(const void *options, print *out)
{
    attn_vocab_builder *builder = NULL;
    attn_vocab *vocab = NULL;
    OK(attn_vocab_builder_create(world.context, NULL, &builder));
    OK(attn_vocab_builder_add_token(builder, "rare", 1));
    OK(attn_vocab_builder_add_token(builder, "often", 3));
    attn_status status = attn_vocab_create(builder, options, &vocab);
    attn_vocab_info info = ATTN_VOCAB_INFO_INIT;
    if (status == ATTN_OK)
        OK(attn_vocab_get_info(vocab, &info));
    note(out, &info, sizeof info);
    attn_vocab_destroy(&vocab);
    attn_vocab_builder_destroy(&builder);
    return status;
}

static attn_status read_pieces(const void *options, print *out)
{
    attn_vocab_builder *builder = NULL;
    attn_vocab *vocab = NULL;
    attn_pieces *pieces = NULL;
    OK(attn_vocab_builder_create(world.context, NULL, &builder));
    OK(attn_vocab_builder_add_token(builder, "often", 3));
    OK(attn_vocab_builder_add_token(builder, "rare", 1));
    OK(attn_vocab_create(builder, NULL, &vocab));
    const attn_status status = attn_pieces_learn(vocab, options, &pieces);
    const int64_t count = attn_pieces_count(pieces);
    note(out, &count, sizeof count);
    attn_pieces_destroy(&pieces);
    attn_vocab_destroy(&vocab);
    attn_vocab_builder_destroy(&builder);
    return status;
}

static const float x[2 * 3 * 3] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0};
static const float x_wide[2 * 3 * 4] = {0.1f, 0.3f, -0.2f, 0.5f, 0.7f, -0.4f, 0.2f};

static attn_sequence *sequence(void)
{
    static attn_sequence in;
    static const int32_t lengths[] = {3, 2};
    in = (attn_sequence){.struct_size = sizeof in, .batch = 2, .time = 3, .lengths = lengths, .x = x};
    return &in;
}

static const void *whole_sequence(void)
{
    return sequence();
}

static attn_status read_sequence(const void *in, print *out)
{
    float hn[2 * 4] = {0};
    attn_status status = attn_gru_forward(world.gru, NULL, in, NULL, NULL, hn);
    note(out, hn, sizeof hn);
    return status;
}

static const void *whole_gradients(void)
{
    static float dx[2 * 3 * 3];
    static attn_sequence_gradients gradients;
    memset(dx, 0, sizeof dx);
    gradients = (attn_sequence_gradients){.struct_size = sizeof gradients, .batch = 2, .time = 3, .dx = dx};
    return &gradients;
}

static attn_status read_gradients(const void *gradients, print *out)
{
    float hn[2 * 4], dhn[2 * 4] = {1, 1, 1, 1, 1, 1, 1, 1};
    const attn_sequence_gradients *whole = whole_gradients();
    OK(attn_tape_begin(world.tape, 0));
    OK(attn_gru_forward(world.gru, world.tape, sequence(), NULL, NULL, hn));
    attn_status status = attn_gru_backward(world.gru, world.tape, NULL, dhn, gradients, NULL);
    note(out, whole->dx, 2 * 3 * 3 * sizeof(float));
    return status;
}

static attn_status read_packed(const void *options, print *out)
{
    attn_gru_packed *packed = NULL;
    float hn[2 * 4] = {0};
    attn_status status = attn_gru_packed_create(world.gru, options, &packed);
    if (status == ATTN_OK)
        OK(attn_gru_packed_forward(packed, sequence(), NULL, NULL, hn));
    note(out, hn, sizeof hn);
    attn_gru_packed_destroy(&packed);
    return status;
}

static attn_status read_memory(const void *options, print *out)
{
    attn_attention_memory *memory = NULL;
    float attended[4] = {0};
    attn_status status = attn_attention_memory_create(world.asking, 1, 3, x, NULL, options, &memory);
    if (status == ATTN_OK)
        OK(attn_attention_memory_attend(memory, 1, NULL, x, NULL, attended));
    note(out, attended, sizeof attended);
    attn_attention_memory_destroy(&memory);
    return status;
}

static attn_attention_step *step(void)
{
    static attn_attention_step in;
    static const int32_t lengths[] = {3, 2}, asks[] = {1, 1};
    in = (attn_attention_step){.struct_size = sizeof in,
                               .batch = 2,
                               .items = 3,
                               .width = 3,
                               .memory = x,
                               .lengths = lengths,
                               .keys = x_wide,
                               .moving = x,
                               .query = x,
                               .asks = asks};
    return &in;
}

static const void *whole_step(void)
{
    return step();
}

static attn_status read_step(const void *in, print *out)
{
    float attended[2 * 4] = {0};
    attn_status status = attn_attention_step_forward(world.asking, NULL, in, NULL, attended);
    note(out, attended, sizeof attended);
    return status;
}

static float step_dkeys[2 * 3 * 4], step_dquery[2 * 4];

static const void *whole_step_gradients(void)
{
    static attn_attention_step_gradients gradients;
    memset(step_dkeys, 0, sizeof step_dkeys);
    memset(step_dquery, 0, sizeof step_dquery);
    gradients = (attn_attention_step_gradients){.struct_size = sizeof gradients,
                                                .batch = 2,
                                                .items = 3,
                                                .width = 3,
                                                .dcontext = x,
                                                .dkeys = step_dkeys,
                                                .dquery = step_dquery};
    return &gradients;
}

static attn_status read_step_gradients(const void *gradients, print *out)
{
    whole_step_gradients();
    OK(attn_tape_begin(world.tape, 0));
    OK(attn_attention_step_forward(world.asking, world.tape, step(), NULL, NULL));
    attn_status status = attn_attention_step_backward(world.asking, world.tape, gradients);
    note(out, step_dkeys, sizeof step_dkeys);
    note(out, step_dquery, sizeof step_dquery);
    return status;
}

static attn_status follow(void *user, int64_t count, const int32_t *rows, const int32_t *parents,
                          const int32_t *tokens, float *logits)
{
    (void)user, (void)rows, (void)parents;
    for (int64_t i = 0; i < count; i++) {
        for (int32_t k = 0; k < 4; k++)
            logits[4 * i + k] = (float)((tokens[i] + 2 * k) % 4);
    }
    return ATTN_OK;
}

static const void *whole_search(void)
{
    static const attn_search_options options = ATTN_SEARCH_OPTIONS_INIT;
    return &options;
}

static attn_status read_search(const void *options, print *out)
{
    int32_t tokens[5] = {0}, length = 0;
    float score = 0;
    attn_status status = attn_search(world.context, 1, 4, 5, follow, NULL, options, tokens, &length, &score);
    note(out, tokens, sizeof tokens);
    note(out, &length, sizeof length);
    note(out, &score, sizeof score);
    return status;
}

static attn_status read_loss(const void *options, print *out)
{
    const int32_t labels[] = {1, 0, 2};
    float loss = 0, losses[3] = {0};
    attn_status status =
        attn_cross_entropy(world.context, 3, 3, x, labels, options, &loss, losses, NULL, NULL);
    note(out, &loss, sizeof loss);
    note(out, losses, sizeof losses);
    return status;
}

static attn_status read_candidates(const void *options, print *out)
{
    attn_candidates *candidates = NULL;
    attn_candidates_info info = ATTN_CANDIDATES_INFO_INIT;
    int32_t ids[4] = {0};
    float weights[4] = {0};
    attn_status status =
        attn_candidates_create(world.context, 5, (int64_t[]){0, 1, 20, 300, 4000}, options, &candidates);
    if (status == ATTN_OK) {
        int64_t drawn = 0;
        OK(attn_candidates_get_info(candidates, &info));
        OK(attn_candidates_draw(candidates, 0, ids, weights, &drawn));
    }
    note(out, &info, sizeof info);
    note(out, ids, sizeof ids);
    note(out, weights, sizeof weights);
    attn_candidates_destroy(&candidates);
    return status;
}

static attn_status read_sampled(const void *options, print *out)
{
    const int32_t targets[] = {1, 2};
    float loss = 0;
    attn_status status = attn_sampled_cross_entropy(world.embedding, NULL, world.candidates, 0, 2, x, targets,
                                                    options, &loss, NULL, NULL);
    note(out, &loss, sizeof loss);
    return status;
}

static const void *whole_steps(void)
{
    static const int32_t lengths[] = {3, 1};
    static attn_steps steps;
    steps = (attn_steps){sizeof steps, 2, 3, lengths, 1, 0, 2, 1, 1};
    return &steps;
}

static attn_status read_steps(const void *steps, print *out)
{
    float rows[12] = {0};
    int64_t count = 0;
    attn_status status = attn_steps_gather(world.context, steps, x, rows, &count);
    note(out, rows, sizeof rows);
    note(out, &count, sizeof count);
    return status;
}

static attn_status read_adam(const void *options, print *out)
{
    attn_params *params = empty();
    attn_adam *adam = NULL;
    OK(attn_params_add(params, "w", 1, (int64_t[]){4}, NULL));
    attn_status status = attn_adam_create(params, options, &adam);
    for (int i = 0; status == ATTN_OK && i < 3; i++) {
        unit_fill(unit_gradients(params), 4, (uint64_t)i);
        OK(attn_adam_step(adam, NULL));
    }
    attn_adam_destroy(&adam);
    note_params(out, &params);
    return status;
}

/* A stream of bytes, as their number and a sum over them. */
static uint64_t sums[2];

static attn_status add_up(void *user, const void *data, size_t size)
{
    (void)user;
    for (size_t i = 0; i < size; i++)
        sums[1] = sums[1] * 31 + ((const unsigned char *)data)[i];
    sums[0] += size;
    return ATTN_OK;
}

static attn_status read_save(const void *options, print *out)
{
    memset(sums, 0, sizeof sums);
    attn_status status = attn_params_write(world.params, options, add_up, NULL);
    note(out, sums, sizeof sums);
    return status;
}

static attn_status read_parts(const void *given, print *out)
{
    attn_classifier *classifier = NULL;
    attn_status status = attn_classifier_create(given, &classifier);
    attn_classifier_info info = ATTN_CLASSIFIER_INFO_INIT;
    if (status == ATTN_OK)
        OK(attn_classifier_get_info(classifier, &info));
    note(out, &info.attention, sizeof info.attention);
    note(out, &info.max_length, sizeof info.max_length);
    note(out, &info.context_dropout, sizeof info.context_dropout);
    note(out, &info.pooling, sizeof info.pooling);
    attn_classifier_destroy(&classifier);
    return status;
}

static attn_status read_draw(const void *options, print *out)
{
    const int64_t begins[] = {0, 4}, ends[] = {3, 7};
    const float numbers[] = {0.5f, -0.25f};
    memset(sums, 0, sizeof sums);
    attn_status status =
        attn_draw_text(world.context, "one two", 7, 2, begins, ends, numbers, options, add_up, NULL);
    note(out, sums, sizeof sums);
    return status;
}

static attn_status probability(void *user, int64_t count, const int32_t *rows, const uint8_t *mask,
                               float *outputs)
{
    (void)user, (void)rows;
    for (int64_t i = 0; i < count; i++)
        outputs[i] = (float)(mask[2 * i] + 2 * mask[2 * i + 1]);
    return ATTN_OK;
}

static const void *whole_model(void)
{
    static attn_explain_model model;
    static const int32_t lengths[] = {2}, targets[] = {0};
    model = (attn_explain_model){.struct_size = sizeof model,
                                 .batch = 1,
                                 .time = 2,
                                 .classes = 1,
                                 .lengths = lengths,
                                 .targets = targets,
                                 .masked = probability,
                                 .copies = 1};
    return &model;
}

static attn_status read_model(const void *model, print *out)
{
    float attributions[2] = {0};
    attn_status status = attn_explain_occlusion(world.context, model, attributions);
    note(out, attributions, sizeof attributions);
    return status;
}

/* ---- structs that are filled ----------------------------------------------------------------------------- */

static attn_status fill_tensor(void *view)
{
    return attn_params_find(world.params, "dense.weight", view);
}

static attn_status fill_tensor_by_index(void *view)
{
    return attn_params_tensor(world.params, 1, view);
}

static attn_status fill_tensor_of_a_file(void *view)
{
    return attn_file_find(world.file, "dense.weight", view);
}

static attn_status fill_layer(void *view)
{
    return attn_file_layer(world.file, 0, view);
}

static attn_status fill_tape(void *view)
{
    OK(attn_tape_begin_part(world.tape, 7, 3, 4));
    return attn_tape_get_info(world.tape, view);
}

static attn_status fill_entry(void *view)
{
    float y[2];
    OK(attn_tape_begin(world.tape, 0));
    OK(attn_dense_forward(world.dense, world.tape, 1, x, y));
    return attn_tape_top(world.tape, view);
}

static attn_status fill_report(void *view)
{
    return attn_vectors_probe(world.context, unit_path("vectors"), ATTN_VECTORS_AUTO, view);
}

static attn_status fill_report_of_all(void *view)
{
    float table[3 * 3];
    return attn_vectors_read(world.context, world.vocab, 3, unit_path("vectors"), ATTN_VECTORS_AUTO, table,
                             NULL, view);
}

static attn_status fill_tokens(void *view)
{
    return attn_tokens_get_info(world.tokens, view);
}

static attn_status fill_vocab(void *view)
{
    return attn_vocab_get_info(world.vocab, view);
}

static attn_status fill_ngrams(void *view)
{
    return attn_ngrams_get_info(world.ngrams, view);
}

static attn_status fill_candidates(void *view)
{
    return attn_candidates_get_info(world.candidates, view);
}

static attn_status fill_embedding(void *view)
{
    return attn_embedding_get_info(world.embedding, view);
}

static attn_status fill_attention(void *view)
{
    return attn_attention_get_info(world.attention, view);
}

static attn_status fill_gru(void *view)
{
    return attn_gru_get_info(world.gru, view);
}

static attn_status fill_packed(void *view)
{
    return attn_gru_packed_get_info(world.packed, view);
}

static attn_status fill_attngru(void *view)
{
    return attn_attngru_get_info(world.attngru, view);
}

static attn_status fill_dense(void *view)
{
    return attn_dense_get_info(world.dense, view);
}

static attn_status fill_classifier(void *view)
{
    return attn_classifier_get_info(world.classifier, view);
}

static attn_status fill_reading(void *view)
{
    return attn_reading_get_info(world.reading, view);
}

#endif
