/* unit_short_calls.h - each call that never takes long, or only as long as one pass over memory that is there, on what unit_world.h has
 * made; and whether a call has a case, here or among the long ones. */
#ifndef UNIT_SHORT_CALLS_H
#define UNIT_SHORT_CALLS_H

#include "unit_long_calls.h"

/* What a layer is. */
#define INFO(name, type, handle, initial)                                                                    \
    static attn_status name##_info(void)                                                                     \
    {                                                                                                        \
        attn_##type##_info info = initial;                                                                   \
        return attn_##type##_get_info(handle, &info);                                                        \
    }

/* What calls tell of. */
static struct {
    attn_tensor tensor;
    attn_tape_entry entry;
    attn_vectors_report report;
    attn_layer_info layer;
    attn_explain_model model;
    void *recorded;
    const char *tokens[4];
    int64_t count;
} views = {ATTN_TENSOR_INIT,
           ATTN_TAPE_ENTRY_INIT,
           ATTN_VECTORS_REPORT_INIT,
           ATTN_LAYER_INFO_INIT,
           ATTN_EXPLAIN_MODEL_INIT,
           NULL,
           {NULL},
           0};

/* ---- contexts, params, tapes -------------------------------------------------------------------------------- */

static attn_status make_context(void)
{
    const attn_context_options options = unit_memory_options(&w.hook.memory, 2);
    attn_context *made = (attn_context *)&w;
    const attn_status status = attn_context_create(&options, &made);
    ck_assert((status == ATTN_OK) == (made != NULL));
    attn_context_destroy(&made);
    return status;
}

static attn_status take_memory(void)
{
    void *made = &w;
    const attn_status status = attn_context_alloc(w.context, 1000, &made);
    ck_assert((status == ATTN_OK) == (made != NULL));
    attn_context_free(w.context, made);
    return status;
}

static const int64_t used[] = {1, 2};
MAKE(make_params, attn_params, attn_params_destroy, attn_params_create(w.context, NULL, &made))

static void unsealed(void)
{
    attn_params_destroy(&w.unsealed);
    OK(attn_params_create(w.context, NULL, &w.unsealed));
    OK(attn_params_add(w.unsealed, "tensor", 2, shape, NULL));
}

CALL(seal, attn_params_seal(w.unsealed))
CALL(view_tensor, attn_params_tensor(w.params, 0, &views.tensor))
CALL(find_tensor, attn_params_find(w.params, "dense.bias", &views.tensor))
CALL(set_trainable, attn_params_set_trainable(w.params, "dense.bias", 1))
CALL(set_lr_scale, attn_params_set_lr_scale(w.params, "dense.bias", 1))
CALL(use_rows, attn_params_use_rows(w.params, "embedding.weight", 2, used))
CALL(zero_grad, attn_params_zero_grad(w.params))

MAKE(make_tape, attn_tape, attn_tape_destroy, attn_tape_create(w.context, NULL, &made))
CALL(begin, attn_tape_begin(w.tape, 1))
CALL(begin_part, attn_tape_begin_part(w.tape, 1, 0, BATCH))
CALL(push, attn_tape_push(w.tape, &w, "mine", BATCH, TIME, 1 << 20, &views.recorded))
BEFORE(pushed, begun(); OK(push()))
INFO(tape, tape, w.tape, ATTN_TAPE_INFO_INIT)
CALL(top, attn_tape_top(w.tape, &views.entry))
CALL(peek, attn_tape_peek(w.tape, &w, BATCH, TIME, &views.recorded))
CALL(pop, attn_tape_pop(w.tape, &w))

/* ---- text --------------------------------------------------------------------------------------------------- */

MAKE(make_tokens, attn_tokens, attn_tokens_destroy, attn_tokens_create(w.context, NULL, &made))
MAKE(make_builder, attn_vocab_builder, attn_vocab_builder_destroy,
     attn_vocab_builder_create(w.context, NULL, &made))
CALL(count_word, attn_vocab_builder_add_token(w.builder, "a-token-that-is-longer-than-any-other-one", 1))
MAKE(tokens_of_vocab, attn_tokens, attn_tokens_destroy, attn_vocab_tokens_create(w.vocab, &made))
CALL(decode, attn_vocab_decode(w.vocab, 4, w.ids, views.tokens))
CALL(get_piece, attn_pieces_get(w.pieces, 0, &views.tokens[0], &views.tokens[1]))
CALL(probe_vectors, attn_vectors_probe(w.context, unit_path("vectors"), 0, &views.report))
INFO(tokens, tokens, w.tokens, ATTN_TOKENS_INFO_INIT)
INFO(vocab, vocab, w.vocab, ATTN_VOCAB_INFO_INIT)

/* ---- layers ------------------------------------------------------------------------------------------------- */

INFO(embedding, embedding, w.embedding, ATTN_EMBEDDING_INFO_INIT)
INFO(gru, gru, w.gru, ATTN_GRU_INFO_INIT)
INFO(packed, gru_packed, w.packed, ATTN_GRU_PACKED_INFO_INIT)
INFO(attention, attention, w.attention, ATTN_ATTENTION_INFO_INIT)
INFO(attngru, attngru, w.attngru, ATTN_ATTNGRU_INFO_INIT)
INFO(dense, dense, w.dense, ATTN_DENSE_INFO_INIT)
INFO(ngrams, ngrams, w.ngrams, ATTN_NGRAMS_INFO_INIT)
INFO(candidates, candidates, w.candidates, ATTN_CANDIDATES_INFO_INIT)

CALL(join, attn_pyramid_forward(w.context, w.tape, BATCH, TIME, WIDTH, 2, x, w.lengths, y, results.integers))
BEFORE(joined, begun(); OK(join()))
CALL(join_back, attn_pyramid_backward(w.context, w.tape, BATCH, TIME, WIDTH, 2, x, y))

#define STEPS(...)                                                                                           \
    (&(attn_steps){                                                                                          \
        .struct_size = sizeof(attn_steps), .batch = BATCH, .time = TIME, .lengths = w.lengths, __VA_ARGS__})
CALL(gather, attn_steps_gather(w.context, STEPS(.dim = WIDTH), x, y, &views.count))
CALL(gather_ids, attn_steps_gather_ids(w.context, STEPS(.dim = 0), w.ids, results.integers, &views.count))
CALL(scatter, attn_steps_scatter(w.context, STEPS(.dim = WIDTH), x, y))
CALL(step_packed, attn_gru_packed_step(w.stream, SEQUENCE(.batch = BATCH, .time = 1, .x = x), y))
MAKE(take_direction, attn_gru_packed, attn_gru_packed_destroy, attn_gru_packed_direction(w.pair, 1, &made))
MAKE(make_counts, attn_ngrams_builder, attn_ngrams_builder_destroy,
     attn_ngrams_builder_create(w.context, NULL, &made))

/* ---- training, files, pictures ------------------------------------------------------------------------------ */

static const int64_t frequencies[] = {0, 1, 2, 3};
MAKE(make_candidates, attn_candidates, attn_candidates_destroy,
     attn_candidates_create(w.context, 4, frequencies, NULL, &made))
CALL(draw_candidates, attn_candidates_draw(w.candidates, 1, results.integers, y, &views.count))
MAKE(make_adam, attn_adam, attn_adam_destroy, attn_adam_create(w.params, &averaged, &made))
CALL(swap, attn_adam_swap_average(w.averaging))
CALL(set_lr, attn_adam_set_lr(w.adam, 0.5f))

CALL(view_file, attn_file_tensor(w.file, 0, &views.tensor))
CALL(find_in_file, attn_file_find(w.file, "dense.bias", &views.tensor))
CALL(read_of_file, attn_file_read(w.file, "dense.bias", 2, y))
CALL(layer_of_file, attn_file_layer(w.file, 0, &views.layer))
MAKE(make_page, attn_page, attn_page_destroy, attn_page_create(w.context, &svg, count_bytes, NULL, &made))

/* ---- explanations and classifiers --------------------------------------------------------------------------- */

CALL(diverge, attn_explain_divergence(w.context, BATCH, TIME, x, x, w.lengths, y))
CALL(match_tokens, attn_explain_token_match(w.context, BATCH, TIME, marks, marks, w.lengths, y, NULL, NULL))
CALL(match_spans,
     attn_explain_span_match(w.context, BATCH, TIME, marks, marks, w.lengths, 0.5f, y, NULL, NULL))
INFO(classifier, classifier, w.classifier, ATTN_CLASSIFIER_INFO_INIT)
INFO(reading, reading, w.reading, ATTN_READING_INFO_INIT)
MAKE(make_classifier, attn_classifier, attn_classifier_destroy, attn_classifier_create(&w.parts, &made))
CALL(set_scales, attn_classifier_set_scales(w.classifier, 1, (float[]){1}))
CALL(model_of_probe, attn_probe_model(w.probe, ATTN_MASK_ERASE, &views.model))

/* ---- the list ----------------------------------------------------------------------------------------------- */

static const called short_calls[] = {
    {"attn_context_create", make_context, NULL, 0},
    {"attn_context_alloc", take_memory, NULL, 0},
    {"attn_params_create", make_params, NULL, 0},
    {"attn_params_seal", seal, unsealed, NO_MEMORY},
    {"attn_params_tensor", view_tensor, NULL, NO_MEMORY},
    {"attn_params_find", find_tensor, NULL, NO_MEMORY},
    {"attn_params_set_trainable", set_trainable, NULL, NO_MEMORY},
    {"attn_params_set_lr_scale", set_lr_scale, NULL, NO_MEMORY},
    {"attn_params_use_rows", use_rows, NULL, NO_MEMORY},
    {"attn_params_zero_grad", zero_grad, NULL, NO_MEMORY},
    {"attn_tape_create", make_tape, NULL, 0},
    {"attn_tape_begin", begin, NULL, NO_MEMORY},
    {"attn_tape_begin_part", begin_part, NULL, NO_MEMORY},
    {"attn_tape_get_info", tape_info, NULL, NO_MEMORY},
    {"attn_tape_top", top, pushed, NO_MEMORY},
    {"attn_tape_push", push, begun, 0},
    {"attn_tape_peek", peek, pushed, NO_MEMORY},
    {"attn_tape_pop", pop, pushed, NO_MEMORY},
    {"attn_tokens_create", make_tokens, NULL, 0},
    {"attn_tokens_get_info", tokens_info, NULL, NO_MEMORY},
    {"attn_vocab_builder_create", make_builder, NULL, 0},
    {"attn_vocab_builder_add_token", count_word, new_builder, 0},
    {"attn_vocab_get_info", vocab_info, NULL, NO_MEMORY},
    {"attn_vocab_tokens_create", tokens_of_vocab, NULL, 0},
    {"attn_vocab_decode", decode, NULL, NO_MEMORY},
    {"attn_pieces_get", get_piece, NULL, NO_MEMORY},
    {"attn_vectors_probe", probe_vectors, write_vectors, NO_MEMORY},
    {"attn_embedding_get_info", embedding_info, NULL, NO_MEMORY},
    {"attn_pyramid_forward", join, begun, 0},
    {"attn_pyramid_backward", join_back, joined, NO_MEMORY | TAPE_TOO},
    {"attn_steps_gather", gather, NULL, NO_MEMORY},
    {"attn_steps_gather_ids", gather_ids, NULL, NO_MEMORY},
    {"attn_steps_scatter", scatter, NULL, NO_MEMORY},
    {"attn_candidates_create", make_candidates, NULL, 0},
    {"attn_candidates_get_info", candidates_info, NULL, NO_MEMORY},
    {"attn_candidates_draw", draw_candidates, NULL, NO_MEMORY},
    {"attn_gru_get_info", gru_info, NULL, NO_MEMORY},
    {"attn_gru_packed_get_info", packed_info, NULL, NO_MEMORY},
    {"attn_gru_packed_step", step_packed, NULL, 0},
    {"attn_gru_packed_direction", take_direction, NULL, 0},
    {"attn_attention_get_info", attention_info, NULL, NO_MEMORY},
    {"attn_attngru_get_info", attngru_info, NULL, NO_MEMORY},
    {"attn_dense_get_info", dense_info, NULL, NO_MEMORY},
    {"attn_ngrams_builder_create", make_counts, NULL, 0},
    {"attn_ngrams_get_info", ngrams_info, NULL, NO_MEMORY},
    {"attn_adam_create", make_adam, NULL, 0},
    {"attn_adam_swap_average", swap, NULL, NO_MEMORY},
    {"attn_adam_set_lr", set_lr, NULL, NO_MEMORY},
    {"attn_file_tensor", view_file, NULL, NO_MEMORY},
    {"attn_file_find", find_in_file, NULL, NO_MEMORY},
    {"attn_file_read", read_of_file, NULL, NO_MEMORY},
    {"attn_file_layer", layer_of_file, NULL, NO_MEMORY},
    {"attn_page_create", make_page, NULL, 0},
    {"attn_explain_divergence", diverge, NULL, NO_MEMORY},
    {"attn_explain_token_match", match_tokens, NULL, NO_MEMORY},
    {"attn_explain_span_match", match_spans, NULL, NO_MEMORY},
    {"attn_classifier_create", make_classifier, NULL, 0},
    {"attn_classifier_get_info", classifier_info, NULL, NO_MEMORY},
    {"attn_classifier_set_scales", set_scales, NULL, NO_MEMORY},
    {"attn_reading_get_info", reading_info, been_read, NO_MEMORY},
    {"attn_probe_model", model_of_probe, probed, NO_MEMORY},
};
#define SHORT_CALLS ((int)(sizeof short_calls / sizeof *short_calls))

static int has_case(const char *name)
{
    for (int i = 0; i < LONG_CALLS + SHORT_CALLS; i++) {
        const called *of = i < LONG_CALLS ? &long_calls[i] : &short_calls[i - LONG_CALLS];
        if (strcmp(of->name, name) == 0)
            return 1;
    }
    return 0;
}

#endif
