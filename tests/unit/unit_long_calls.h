/* unit_long_calls.h - each call that may take long, on what unit_world.h has made, and what must come before it. */
#ifndef UNIT_LONG_CALLS_H
#define UNIT_LONG_CALLS_H

#include "unit_world.h"

static float *const y = results.floats;

#define IN(...) SEQUENCE(.batch = BATCH, .time = TIME, .lengths = w.lengths, __VA_ARGS__)
#define OUT(...) GRADIENTS(.batch = BATCH, .time = TIME, __VA_ARGS__)

/* A call of one line. */
#define CALL(name, ...)                                                                                      \
    static attn_status name(void)                                                                            \
    {                                                                                                        \
        return __VA_ARGS__;                                                                                  \
    }

/* A call that makes a handle: NULL where it fails; it is let go of. */
#define MAKE(name, type, destroy, ...)                                                                       \
    static attn_status name(void)                                                                            \
    {                                                                                                        \
        type *made = (type *)&w;                                                                             \
        const attn_status status = __VA_ARGS__;                                                              \
        ck_assert((status == ATTN_OK) == (made != NULL));                                                    \
        destroy(&made);                                                                                      \
        return status;                                                                                       \
    }

/* The same for one of a file, in params of its own. */
#define MAKE_OF_FILE(name, type, destroy, ...)                                                               \
    static attn_status name(void)                                                                            \
    {                                                                                                        \
        type *made = (type *)&w;                                                                             \
        attn_params *params;                                                                                 \
        attn_status status = attn_params_create(w.context, NULL, &params);                                   \
        if (status != ATTN_OK)                                                                               \
            return status;                                                                                   \
        status = __VA_ARGS__;                                                                                \
        ck_assert((status == ATTN_OK) == (made != NULL));                                                    \
        ck_assert((status == ATTN_OK) == (attn_params_count(params) > 0));                                   \
        destroy(&made);                                                                                      \
        attn_params_destroy(&params);                                                                        \
        return status;                                                                                       \
    }

/* What must come before a call. */
#define BEFORE(name, ...)                                                                                    \
    static void name(void)                                                                                   \
    {                                                                                                        \
        __VA_ARGS__;                                                                                         \
    }

/* ---- layers that are made ----------------------------------------------------------------------------------- */

static const int64_t shape[] = {70, 50};
CALL(add_tensor, attn_params_add(w.params, "new", 2, shape, UNIT_INIT(ATTN_INIT_ORTHOGONAL)))
MAKE(make_embedding, attn_embedding, attn_embedding_destroy,
     attn_embedding_create(w.params, "new", 500, 9, NULL, &made))
MAKE(make_gru, attn_gru, attn_gru_destroy, attn_gru_create(w.params, "new", 60, 40, NULL, &made))
MAKE(make_attention, attn_attention, attn_attention_destroy,
     attn_attention_create(w.params, "new", 70, NULL, &made))
MAKE(make_attngru, attn_attngru, attn_attngru_destroy,
     attn_attngru_create(w.params, "new", 60, 40, NULL, &made))
MAKE(make_dense, attn_dense, attn_dense_destroy, attn_dense_create(w.params, "new", 70, 50, NULL, &made))
MAKE(make_packed, attn_gru_packed, attn_gru_packed_destroy,
     attn_gru_packed_create(w.gru,
                            &(attn_gru_packed_options){sizeof(attn_gru_packed_options), 0, 0, w.embedding},
                            &made))
MAKE(make_memory, attn_attention_memory, attn_attention_memory_destroy,
     attn_attention_memory_create(w.asking, BATCH, TIME, x, w.lengths, NULL, &made))

MAKE(make_ngrams, attn_ngrams, attn_ngrams_destroy,
     attn_ngrams_create(w.params, "new", w.grams, &one_text, &made))

/* ---- text --------------------------------------------------------------------------------------------------- */

BEFORE(new_tokens, attn_tokens_destroy(&w.tokens); OK(attn_tokens_create(w.context, NULL, &w.tokens)))

static attn_status tokenize(void)
{
    const attn_status status = attn_tokens_set_text(w.tokens, w.text, strlen(w.text));
    ck_assert_int_eq(attn_tokens_count(w.tokens), status == ATTN_OK ? WORDS : 0);
    return status;
}

BEFORE(tokenized, OK(tokenize()))
BEFORE(new_builder, tokenized(); attn_vocab_builder_destroy(&w.builder);
       OK(attn_vocab_builder_create(w.context, NULL, &w.builder)))
CALL(count_words, attn_vocab_builder_add(w.builder, w.tokens))
MAKE(make_vocab, attn_vocab, attn_vocab_destroy, attn_vocab_create(w.builder, NULL, &made))
static const attn_pieces_options joins = {sizeof joins, 20, 0};
MAKE(learn_pieces, attn_pieces, attn_pieces_destroy, attn_pieces_learn(w.vocab, &joins, &made))
static int64_t ends[1 << 16];
CALL(split_word, attn_pieces_split(w.pieces, w.text, strlen(w.text), 1 << 16, ends, &(int64_t){0}))
MAKE(load_vocab, attn_vocab, attn_vocab_destroy, attn_vocab_load(w.context, unit_path("vocab"), NULL, &made))
CALL(save_vocab, attn_vocab_save(w.vocab, unit_path("vocab")))

static attn_status look_up(void)
{
    int64_t count;
    const attn_status status = attn_vocab_encode(w.vocab, w.tokens, WORDS, results.integers, &count);
    ck_assert_int_eq(count, status == ATTN_OK ? WORDS : 0);
    return status;
}

static float table[IDS * WIDTH];
CALL(read_vectors, attn_vectors_read(w.context, w.vocab, WIDTH, unit_path("vectors"), 0, table, NULL, NULL))
CALL(read_binary, attn_vectors_read(w.context, w.vocab, WIDTH, unit_path("binary"), 0, table, NULL, NULL))
CALL(load_vectors, attn_embedding_load(w.embedding, w.vocab, unit_path("vectors"), NULL))

/* ---- forwards and backwards --------------------------------------------------------------------------------- */

/* A record below all others, so large that the tape has no room left for what a backward takes beside forward's; 0: there is none. */
static size_t filler;

static void begun(void)
{
    void *memory;
    OK(attn_params_zero_grad(w.params));
    OK(attn_tape_begin(w.tape, 0));
    if (filler)
        OK(attn_tape_push(w.tape, &filler, "filler", 1, 1, filler, &memory));
}

CALL(embed, attn_embedding_forward(w.embedding, w.tape, BATCH, TIME, w.ids, w.lengths, y))
BEFORE(embedded, begun(); OK(embed()))
CALL(embed_back, attn_embedding_backward(w.embedding, w.tape, BATCH, TIME, x))

CALL(drop, attn_dropout_forward(w.context, w.tape, COUNT, x, 0.5f, y))
BEFORE(dropped, begun(); OK(drop()))
CALL(drop_back, attn_dropout_backward(w.context, w.tape, COUNT, x, y))

CALL(pool, attn_pooling_forward(w.context, w.tape, BATCH, TIME, WIDTH, x, w.lengths, ATTN_POOLING_MAX, y))
BEFORE(pooled, begun(); OK(pool()))
CALL(pool_back, attn_pooling_backward(w.context, w.tape, BATCH, TIME, WIDTH, x, y))

CALL(encode, attn_gru_forward(w.gru, w.tape, IN(.x = x), NULL, y, NULL))
BEFORE(encoded, begun(); OK(encode()))
CALL(encode_back, attn_gru_backward(w.gru, w.tape, x, NULL, OUT(.dx = y), NULL))

CALL(encode_ids, attn_gru_forward(w.gru, w.tape, IN(.ids = w.ids, .embedding = w.embedding), NULL, y, NULL))
BEFORE(encoded_ids, begun(); OK(encode_ids()))
CALL(encode_ids_back, attn_gru_backward(w.gru, w.tape, x, NULL, OUT(.dx = NULL), NULL))
CALL(encode_packed, attn_gru_packed_forward(w.packed, IN(.x = x), NULL, y, NULL))

CALL(attend, attn_attention_forward(w.attention, w.tape, BATCH, TIME, x, w.lengths, y, y + COUNT))
BEFORE(attended, begun(); OK(attend()))
CALL(attend_back, attn_attention_backward(w.attention, w.tape, BATCH, TIME, 1, x, x, y, NULL))

CALL(ask, attn_attention_forward_queries(w.asking, w.tape, BATCH, TIME, QUERIES, x, w.lengths, x, NULL, y,
                                         y + COUNT))
BEFORE(been_asked, begun(); OK(ask()))
CALL(ask_back, attn_attention_backward(w.asking, w.tape, BATCH, TIME, QUERIES, x, x, y, y + COUNT))
BEFORE(remembered, if (w.memory == NULL)
                       OK(attn_attention_memory_create(w.asking, BATCH, TIME, x, w.lengths, NULL, &w.memory)))
CALL(ask_memory, attn_attention_memory_attend(w.memory, BATCH, NULL, x, y, y + COUNT))

#define STAYS (2 * HIDDEN - 1) /* columns; the last one moves */
static attn_attention_step one_step = {.struct_size = sizeof one_step,
                                       .batch = BATCH,
                                       .items = TIME,
                                       .width = STAYS,
                                       .memory = x,
                                       .keys = x,
                                       .moving = x,
                                       .query = x};
CALL(make_keys, attn_attention_keys_forward(w.asking, w.tape, BATCH, TIME, STAYS, x, w.lengths, y))
BEFORE(keyed, begun(); OK(make_keys()))
CALL(make_keys_back, attn_attention_keys_backward(w.asking, w.tape, BATCH, TIME, STAYS, x, y))
CALL(ask_step, attn_attention_step_forward(w.asking, w.tape, &one_step, y, y + COUNT))
BEFORE(step_taken, begun(); OK(ask_step()))
static attn_attention_step_gradients step_back = {.struct_size = sizeof step_back,
                                                  .batch = BATCH,
                                                  .items = TIME,
                                                  .width = STAYS,
                                                  .dweights = x,
                                                  .dcontext = x,
                                                  .dmoving = y,
                                                  .dquery = y + COUNT};
CALL(ask_step_back, attn_attention_step_backward(w.asking, w.tape, &step_back))

CALL(score, attn_attention_score(w.attention, BATCH *TIME, x, 0, 10, y, y + COUNT))
CALL(slope, attn_attention_score_slopes(w.attention, BATCH *TIME, x, y))
CALL(weigh, attn_attention_weigh(w.asking, BATCH, TIME, x, w.lengths, y))

CALL(read_again, attn_attngru_forward(w.attngru, w.tape, IN(.x = x, .openings = x), NULL, y, NULL))
BEFORE(been_read_again, begun(); OK(read_again()))
CALL(read_again_back, attn_attngru_backward(w.attngru, w.tape, x, NULL, OUT(.dx = y), NULL))

CALL(decide, attn_dense_forward(w.dense, w.tape, 100, x, y))
BEFORE(decided, begun(); OK(decide()))
CALL(decide_back, attn_dense_backward(w.dense, w.tape, 100, x, y))

BEFORE(new_grams, attn_ngrams_builder_destroy(&w.grams);
       OK(attn_ngrams_builder_create(w.context, NULL, &w.grams)))
CALL(count_ngrams, attn_ngrams_builder_add(w.grams, BATCH, TIME, w.ids, w.lengths, w.labels))
CALL(find_ngrams, attn_ngrams_forward(w.ngrams, w.tape, BATCH, TIME, w.ids, w.lengths, y))
BEFORE(found_ngrams, begun(); OK(find_ngrams()))
CALL(find_ngrams_back, attn_ngrams_backward(w.ngrams, w.tape, BATCH, TIME, x))
CALL(share_out, attn_ngrams_attribute(w.ngrams, BATCH, TIME, w.ids, w.lengths, NULL, y, NULL))

/* ---- decoding and training ---------------------------------------------------------------------------------- */

static attn_status step(void *user, int64_t count, const int32_t *rows, const int32_t *parents,
                        const int32_t *taken, float *logits)
{
    (void)user, (void)rows, (void)parents;
    for (int64_t i = 0; i < count; i++)
        unit_fill(logits + 6 * i, 6, (uint64_t)taken[i] + 1);
    return ATTN_OK;
}

static const attn_search_options beam = {
    .struct_size = sizeof beam, .method = ATTN_SEARCH_BEAM, .begin_id = 0, .end_id = 1};
CALL(search, attn_search(w.context, BATCH, 6, 5, step, NULL, &beam, results.integers,
                         results.integers + COUNT / 2, y))
CALL(calibrate, attn_fit_scales(w.context, 2, BATCH, 2, x, w.labels, y, NULL))
static const float even[2 * BATCH] = {0};
CALL(measure_calibration, attn_calibration_error(w.context, BATCH, 2, even, w.labels, 0, y, NULL))
CALL(measure_edits,
     attn_edit_distance(w.context, BATCH, TIME, w.ids, w.lengths, TIME, w.ids, NULL, results.integers, NULL))
CALL(predict, attn_sampled_cross_entropy(w.embedding, NULL, w.candidates, 0, BATCH *TIME, x, w.ids, NULL, y,
                                         NULL, y + 1))
CALL(lose, attn_cross_entropy(w.context, BATCH, 2, x, NULL, NULL, NULL, NULL, y, NULL))
CALL(cone, attn_conicity_loss(w.context, BATCH, TIME, WIDTH, x, w.lengths, 1, y, y + 1))
BEFORE(with_gradients, unit_fill(attn_params_gradients(w.params), attn_params_size(w.params), 5))
CALL(learn, attn_adam_step(w.adam, y))

/* ---- files -------------------------------------------------------------------------------------------------- */

CALL(save, attn_params_save(w.params, unit_path("model"), UNIT_SAVE(.adam = w.adam, .vocab = w.vocab)))
CALL(write_half, attn_params_write(w.params, UNIT_SAVE(.dtype = ATTN_DTYPE_BFLOAT16), count_bytes, NULL))
CALL(replace, attn_file_replace(w.context, unit_path("model"), w.text, strlen(w.text)))
MAKE(open_file, attn_file, attn_file_close, attn_file_open(w.context, unit_path("model"), &made))
MAKE(open_memory, attn_file, attn_file_close, attn_file_open_memory(w.context, w.saved, w.saved_size, &made))

static void opened_checkpoint(void)
{
    attn_file_close(&w.file);
    OK(attn_file_open(w.context, unit_path("model"), &w.file));
    unit_fill(attn_params_values(w.params), attn_params_size(w.params), 6);
}

CALL(load, attn_file_load(w.file, w.params, NULL, NULL))
CALL(load_adam, attn_file_load_adam(w.file, w.adam))
MAKE(vocab_of_file, attn_vocab, attn_vocab_destroy, attn_file_vocab_create(w.file, NULL, &made))
MAKE(pieces_of_file, attn_pieces, attn_pieces_destroy, attn_file_pieces_create(w.file, &made))
MAKE_OF_FILE(embedding_of_file, attn_embedding, attn_embedding_destroy,
             attn_file_embedding_create(w.file, "embedding", params, &made))
MAKE_OF_FILE(gru_of_file, attn_gru, attn_gru_destroy, attn_file_gru_create(w.file, "gru", params, &made))
MAKE_OF_FILE(attention_of_file, attn_attention, attn_attention_destroy,
             attn_file_attention_create(w.file, "attention", params, &made))
MAKE_OF_FILE(attngru_of_file, attn_attngru, attn_attngru_destroy,
             attn_file_attngru_create(w.file, "attngru", params, &made))
MAKE_OF_FILE(dense_of_file, attn_dense, attn_dense_destroy,
             attn_file_dense_create(w.file, "dense", params, &made))
MAKE_OF_FILE(ngrams_of_file, attn_ngrams, attn_ngrams_destroy,
             attn_file_ngrams_create(w.file, "ngrams", params, &made))
MAKE_OF_FILE(classifier_of_file, attn_classifier, attn_classifier_destroy,
             attn_file_classifier_create(w.file, params, &made))

/* ---- explanations and pictures ------------------------------------------------------------------------------ */

CALL(multiply, attn_explain_gradient_input(w.context, BATCH, TIME, WIDTH, x, x, w.lengths, 0, y))
CALL(secants, attn_explain_integrated(w.context, &w.model, 1, x, 4, ATTN_QUADRATURE_SECANT, y, NULL, NULL))
CALL(gauss,
     attn_explain_integrated(w.context, &w.model, 1, x, 4, ATTN_QUADRATURE_GAUSS_LEGENDRE, y, NULL, NULL))
CALL(soften, attn_explain_soft(w.context, &w.model, 1, x, 2, 1, y, NULL, NULL))
CALL(occlude, attn_explain_occlusion(w.context, &w.model, y))
CALL(comprehend, attn_explain_comprehensiveness(w.context, &w.model, 5, x, NULL, y, NULL))
CALL(suffice, attn_explain_sufficiency(w.context, &w.model, 5, x, NULL, y, NULL))
static uint8_t marks[BATCH * TIME];
CALL(choose, attn_explain_choose(w.context, BATCH, TIME, x, w.lengths, 0.5f, marks))
CALL(follow, attn_explain_precision_recall(w.context, BATCH, TIME, x, marks, w.lengths, y, NULL))
CALL(flip, attn_explain_flip(w.context, &w.model, x, 0, y))
CALL(permute, attn_explain_permutation(w.context, &w.model, x, 5, 1, y))
CALL(correlate, attn_explain_correlation(w.context, 2, COUNT / 2, x, x, NULL, y, NULL))
CALL(bootstrap, attn_explain_bootstrap(w.context, COUNT, x, 0.9f, 20, 1, y))
CALL(explain_at_random, attn_explain_random(w.context, 2, COUNT / 2, NULL, 1, y))
CALL(measure_cone, attn_explain_conicity(w.context, BATCH, TIME, WIDTH, x, w.lengths, y))
CALL(draw_words, attn_draw_text(w.context, w.text, strlen(w.text), WORDS, attn_tokens_begins(w.tokens),
                                attn_tokens_ends(w.tokens), x, NULL, count_bytes, NULL))

static const attn_draw_options svg = {.struct_size = sizeof svg, .format = ATTN_DRAW_SVG};
CALL(draw_matrix, attn_draw_matrix(w.context, 50, 50, x, NULL, NULL, &svg, count_bytes, NULL))

static attn_status finish_page(void)
{
    attn_draw_options options = svg;
    attn_status status = attn_page_create(w.context, &svg, count_bytes, NULL, &options.page);
    if (status == ATTN_OK)
        status = attn_draw_matrix(w.context, 50, 50, x, NULL, NULL, &options, NULL, NULL);
    if (status == ATTN_OK)
        status = attn_page_finish(options.page);
    attn_page_destroy(&options.page);
    return status;
}

/* ---- classifiers -------------------------------------------------------------------------------------------- */

CALL(save_classifier, attn_classifier_save(w.classifier, unit_path("model"), NULL))
BEFORE(saved_classifier, OK(save_classifier()))
MAKE(open_classifier, attn_classifier, attn_classifier_destroy,
     attn_classifier_open(w.context, unit_path("model"), &made))
CALL(write_classifier, attn_classifier_write(w.classifier, NULL, count_bytes, NULL))
CALL(pack_classifier, attn_classifier_pack(w.classifier, NULL))
CALL(classify, attn_classifier_forward(w.classifier, NULL, IN(.ids = w.ids), y, y + COUNT, NULL))
CALL(classify_apart, attn_classifier_channels(w.classifier, IN(.ids = w.ids), y))
CALL(classify_to_learn, attn_classifier_forward(w.classifier, w.tape, IN(.ids = w.ids), y, NULL, NULL))
BEFORE(classified, begun(); OK(classify_to_learn()))
CALL(classify_back, attn_classifier_backward(w.classifier, w.tape, x, NULL, NULL, OUT(.dx = NULL)))
CALL(by_gradient, attn_classifier_attribute(w.classifier, IN(.ids = w.ids), NULL, ATTN_BY_GRADIENT, y, NULL))
CALL(by_integrated,
     attn_classifier_attribute(w.classifier, IN(.ids = w.ids), NULL, ATTN_BY_INTEGRATED, y, NULL))
CALL(by_occlusion,
     attn_classifier_attribute(w.classifier, IN(.ids = w.ids), NULL, ATTN_BY_OCCLUSION, y, NULL))

static attn_status read_texts(void)
{
    const char *const texts[] = {"w0 w2 w4", "w6", "w8 w10 w12 w14"};
    attn_reading *readings[3] = {(attn_reading *)&w, NULL, NULL};
    const attn_status status =
        attn_classifier_read_many(w.classifier, 3, texts, NULL, ATTN_BY_INTEGRATED, readings);
    for (int i = 0; i < 3; i++) {
        ck_assert((status == ATTN_OK) == (readings[i] != NULL));
        y[i] = readings[i] ? attn_reading_numbers(readings[i])[0] : 0;
        attn_reading_destroy(&readings[i]);
    }
    return status;
}

MAKE(read_text, attn_reading, attn_reading_destroy,
     attn_classifier_read(w.classifier, w.text, 500, ATTN_BY_GRADIENT, &made))
/* Made as they are needed, so that in test_starved.c no other call finds the memory that they leave on the context. */
BEFORE(been_read, if (w.reading == NULL)
                      OK(attn_classifier_read(w.classifier, w.text, 100, ATTN_BY_GRADIENT, &w.reading)))
BEFORE(probed, if (w.probe == NULL) OK(attn_probe_create(w.classifier, IN(.ids = w.ids), &w.probe)))
CALL(draw_reading, attn_reading_draw(w.reading, NULL, count_bytes, NULL))
MAKE(make_probe, attn_probe, attn_probe_destroy, attn_probe_create(w.classifier, IN(.ids = w.ids), &made))
CALL(differentiate, attn_probe_gradient(w.probe, y))

/* ---- the list ----------------------------------------------------------------------------------------------- */

/* What may be otherwise after a call that failed. */
#define GRADIENTS_TOO 1 /* a part was added */
#define VALUES_TOO 2    /* rows were written */
#define TAPE_TOO 4      /* to be begun anew */
#define NO_MEMORY                                                                                            \
    8 /* it takes none but what earlier calls have left on its context, and so does not fail for want of it */

typedef struct called {
    const char *name;
    attn_status (*call)(void);
    void (*prepare)(void); /* before each time; NULL: nothing */
    int otherwise;
} called;

static const called long_calls[] = {
    {"attn_params_add", add_tensor, NULL, 0},
    {"attn_embedding_create", make_embedding, NULL, 0},
    {"attn_gru_create", make_gru, NULL, 0},
    {"attn_attention_create", make_attention, NULL, 0},
    {"attn_attngru_create", make_attngru, NULL, 0},
    {"attn_dense_create", make_dense, NULL, 0},
    {"attn_ngrams_create", make_ngrams, NULL, 0},
    {"attn_gru_packed_create", make_packed, NULL, 0},
    {"attn_attention_memory_create", make_memory, NULL, 0},
    {"attn_tokens_set_text", tokenize, new_tokens, 0},
    {"attn_vocab_builder_add", count_words, new_builder, 0},
    {"attn_vocab_create", make_vocab, NULL, 0},
    {"attn_vocab_load", load_vocab, NULL, 0},
    {"attn_vocab_save", save_vocab, NULL, 0},
    {"attn_vocab_encode", look_up, tokenized, NO_MEMORY},
    {"attn_pieces_learn", learn_pieces, NULL, 0},
    {"attn_pieces_split", split_word, NULL, NO_MEMORY},
    {"attn_vectors_read", read_vectors, write_vectors, 0},
    {"attn_vectors_read", read_binary, write_vectors, 0},
    {"attn_embedding_load", load_vectors, write_vectors, VALUES_TOO},
    {"attn_embedding_forward", embed, begun, 0},
    {"attn_embedding_backward", embed_back, embedded, GRADIENTS_TOO | TAPE_TOO},
    {"attn_dropout_forward", drop, begun, 0},
    {"attn_dropout_backward", drop_back, dropped, TAPE_TOO | NO_MEMORY},
    {"attn_pooling_forward", pool, begun, 0},
    {"attn_pooling_backward", pool_back, pooled, TAPE_TOO | NO_MEMORY},
    {"attn_gru_forward", encode, begun, 0},
    {"attn_gru_backward", encode_back, encoded, GRADIENTS_TOO | TAPE_TOO},
    {"attn_gru_forward", encode_ids, begun, 0},
    {"attn_gru_backward", encode_ids_back, encoded_ids, GRADIENTS_TOO | TAPE_TOO},
    {"attn_gru_packed_forward", encode_packed, NULL, 0},
    {"attn_attention_forward", attend, begun, 0},
    {"attn_attention_backward", attend_back, attended, GRADIENTS_TOO | TAPE_TOO},
    {"attn_attention_forward_queries", ask, begun, 0},
    {"attn_attention_backward", ask_back, been_asked, GRADIENTS_TOO | TAPE_TOO},
    {"attn_attention_keys_forward", make_keys, begun, 0},
    {"attn_attention_keys_backward", make_keys_back, keyed, GRADIENTS_TOO | TAPE_TOO},
    {"attn_attention_step_forward", ask_step, begun, 0},
    {"attn_attention_step_backward", ask_step_back, step_taken, GRADIENTS_TOO | TAPE_TOO},
    {"attn_attention_memory_attend", ask_memory, remembered, 0},
    {"attn_attention_score", score, NULL, 0},
    {"attn_attention_score_slopes", slope, NULL, 0},
    {"attn_attention_weigh", weigh, NULL, 0},
    {"attn_attngru_forward", read_again, begun, 0},
    {"attn_attngru_backward", read_again_back, been_read_again, GRADIENTS_TOO | TAPE_TOO},
    {"attn_dense_forward", decide, begun, 0},
    {"attn_dense_backward", decide_back, decided, GRADIENTS_TOO | TAPE_TOO | NO_MEMORY},
    {"attn_ngrams_builder_add", count_ngrams, new_grams, 0},
    {"attn_ngrams_forward", find_ngrams, begun, 0},
    {"attn_ngrams_backward", find_ngrams_back, found_ngrams, GRADIENTS_TOO | TAPE_TOO | NO_MEMORY},
    {"attn_ngrams_attribute", share_out, NULL, 0},
    {"attn_fit_scales", calibrate, NULL, 0},
    {"attn_calibration_error", measure_calibration, NULL, NO_MEMORY},
    {"attn_edit_distance", measure_edits, NULL, 0},
    {"attn_search", search, NULL, 0},
    {"attn_cross_entropy", lose, NULL, 0},
    {"attn_sampled_cross_entropy", predict, begun, GRADIENTS_TOO},
    {"attn_conicity_loss", cone, NULL, 0},
    {"attn_adam_step", learn, with_gradients, 0},
    {"attn_params_save", save, NULL, 0},
    {"attn_params_write", write_half, NULL, 0},
    {"attn_file_replace", replace, NULL, NO_MEMORY},
    {"attn_file_open", open_file, NULL, 0},
    {"attn_file_open_memory", open_memory, NULL, 0},
    {"attn_file_load", load, opened_checkpoint, NO_MEMORY},
    {"attn_file_load_adam", load_adam, opened_checkpoint, NO_MEMORY},
    {"attn_file_vocab_create", vocab_of_file, NULL, 0},
    {"attn_file_pieces_create", pieces_of_file, opened_checkpoint, 0},
    {"attn_file_embedding_create", embedding_of_file, NULL, 0},
    {"attn_file_gru_create", gru_of_file, NULL, 0},
    {"attn_file_attention_create", attention_of_file, NULL, 0},
    {"attn_file_attngru_create", attngru_of_file, NULL, 0},
    {"attn_file_dense_create", dense_of_file, NULL, 0},
    {"attn_file_ngrams_create", ngrams_of_file, NULL, 0},
    {"attn_file_classifier_create", classifier_of_file, NULL, 0},
    {"attn_explain_gradient_input", multiply, NULL, NO_MEMORY},
    {"attn_explain_integrated", secants, NULL, 0},
    {"attn_explain_integrated", gauss, NULL, 0},
    {"attn_explain_soft", soften, NULL, 0},
    {"attn_explain_occlusion", occlude, NULL, 0},
    {"attn_explain_comprehensiveness", comprehend, NULL, 0},
    {"attn_explain_sufficiency", suffice, NULL, 0},
    {"attn_explain_choose", choose, NULL, 0},
    {"attn_explain_precision_recall", follow, NULL, 0},
    {"attn_explain_flip", flip, NULL, 0},
    {"attn_explain_permutation", permute, NULL, 0},
    {"attn_explain_correlation", correlate, NULL, 0},
    {"attn_explain_bootstrap", bootstrap, NULL, 0},
    {"attn_explain_random", explain_at_random, NULL, NO_MEMORY},
    {"attn_explain_conicity", measure_cone, NULL, 0},
    {"attn_draw_text", draw_words, tokenized, 0},
    {"attn_draw_matrix", draw_matrix, NULL, 0},
    {"attn_page_finish", finish_page, NULL, 0},
    {"attn_classifier_open", open_classifier, saved_classifier, 0},
    {"attn_classifier_save", save_classifier, saved_classifier, 0},
    {"attn_classifier_write", write_classifier, NULL, 0},
    {"attn_classifier_pack", pack_classifier, NULL, 0},
    {"attn_classifier_forward", classify, NULL, 0},
    {"attn_classifier_channels", classify_apart, NULL, 0},
    {"attn_classifier_forward", classify_to_learn, begun, TAPE_TOO},
    {"attn_classifier_backward", classify_back, classified, GRADIENTS_TOO | TAPE_TOO},
    {"attn_classifier_attribute", by_gradient, NULL, 0},
    {"attn_classifier_attribute", by_integrated, NULL, 0},
    {"attn_classifier_attribute", by_occlusion, NULL, 0},
    {"attn_classifier_read", read_text, NULL, 0},
    {"attn_classifier_read_many", read_texts, NULL, 0},
    {"attn_reading_draw", draw_reading, been_read, NO_MEMORY},
    {"attn_probe_create", make_probe, NULL, 0},
    {"attn_probe_gradient", differentiate, probed, 0},
};
#define LONG_CALLS ((int)(sizeof long_calls / sizeof *long_calls))

#endif
