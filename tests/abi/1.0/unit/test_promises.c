/* test_promises.c - what the headers promise of every call alike. tests/abi/promises.py lists the calls from the headers, and one
 * that no line of `promises` gives values for fails here.
 *
 * A pointer that may not be NULL: given as NULL it is ARGUMENT, with one line that begins with the call and names the argument;
 * nothing is written, and *out is NULL. Destroys take NULL and a pointer to NULL, and set the pointer to NULL. Questions of
 * NULL have an answer. A backward is refused
 * with other sizes than forward's, for another layer's record, and on a tape of another context, and nothing is written. */
#include "unit_promises.h"

#include "promises.h"

#define CALLS (sizeof calls / sizeof *calls)
#define DESTROYS (sizeof destroys / sizeof *destroys)
#define ROOM 64

static float floats[ROOM]; /* where outputs go */
static int32_t integers[ROOM];
static void *made; /* where handles go */
static attn_tensor tensor;
static attn_tape_entry entry;
static attn_vectors_report report;

static attn_status step(void *user, int64_t count, const int32_t *rows, const int32_t *parents,
                        const int32_t *tokens, float *logits)
{
    (void)user, (void)count, (void)rows, (void)parents, (void)tokens, (void)logits;
    return -1;
}

static attn_status gradient(void *user, int64_t count, const int32_t *rows, const float *x,
                            const int32_t *lengths, float *outputs, float *dx)
{
    (void)user, (void)count, (void)rows, (void)x, (void)lengths, (void)outputs, (void)dx;
    return -1;
}

static attn_status masked(void *user, int64_t count, const int32_t *rows, const uint8_t *keeps,
                          float *outputs)
{
    (void)user, (void)count, (void)rows, (void)keeps, (void)outputs;
    return -1;
}

static attn_status weighted(void *user, int64_t count, const int32_t *rows, const float *weights,
                            float *outputs)
{
    (void)user, (void)count, (void)rows, (void)weights, (void)outputs;
    return -1;
}

/* ---- the calls --------------------------------------------------------------------------------------------- */

typedef struct promise {
    const char *name;
    value values[MOST_ARGUMENTS];
} promise;

#define M(of)                                                                                                \
    {                                                                                                        \
        .pointer = (void *)(of), .kind = NEEDED                                                              \
    }
#define O(of)                                                                                                \
    {                                                                                                        \
        .pointer = (void *)(of), .kind = OPTIONAL                                                            \
    }
#define N(of)                                                                                                \
    {                                                                                                        \
        .number = (of)                                                                                       \
    }
#define WRITE                                                                                                \
    {                                                                                                        \
        .write = drop, .kind = NEEDED                                                                        \
    }
#define STEP                                                                                                 \
    {                                                                                                        \
        .step = step, .kind = NEEDED                                                                         \
    }
#define OUT M(&made)

static const float step_numbers[ROOM] = {1, 2, 3};
static const attn_attention_step one_step = {.struct_size = sizeof one_step,
                                             .batch = 1,
                                             .items = 3,
                                             .width = 2,
                                             .memory = step_numbers,
                                             .keys = step_numbers,
                                             .moving = step_numbers,
                                             .query = step_numbers};

/* Put on the tape, and alone there, the forward that a backward goes back from. */
static void push_forward(const char *backward, attn_tape *tape, float *y)
{
    static const float x[ROOM] = {1, 2, 3};
    static const int32_t ids[] = {1, 2, 3};
    struct world *w = &world;
    const attn_sequence *in = SEQUENCE(.batch = 1, .time = 3, .x = x);
    OK(attn_tape_begin(tape, 0));
    if (strcmp(backward, "attn_embedding_backward") == 0)
        OK(attn_embedding_forward(w->embedding, tape, 1, 3, ids, NULL, y));
    else if (strcmp(backward, "attn_dropout_backward") == 0)
        OK(attn_dropout_forward(w->context, tape, 3, x, 0.5f, y));
    else if (strcmp(backward, "attn_pooling_backward") == 0)
        OK(attn_pooling_forward(w->context, tape, 1, 3, 1, x, NULL, ATTN_POOLING_MEAN, y));
    else if (strcmp(backward, "attn_pyramid_backward") == 0)
        OK(attn_pyramid_forward(w->context, tape, 1, 3, 2, 2, x, NULL, y, NULL));
    else if (strcmp(backward, "attn_gru_backward") == 0)
        OK(attn_gru_forward(w->gru, tape, in, NULL, y, NULL));
    else if (strcmp(backward, "attn_attention_backward") == 0)
        OK(attn_attention_forward(w->attention, tape, 1, 3, x, NULL, y, NULL));
    else if (strcmp(backward, "attn_attention_keys_backward") == 0)
        OK(attn_attention_keys_forward(w->asking, tape, 1, 3, 2, x, NULL, y));
    else if (strcmp(backward, "attn_attention_step_backward") == 0)
        OK(attn_attention_step_forward(w->asking, tape, &one_step, y, NULL));
    else if (strcmp(backward, "attn_attngru_backward") == 0)
        OK(attn_attngru_forward(w->attngru, tape, SEQUENCE(.batch = 1, .time = 3, .x = x, .openings = x),
                                NULL, y, NULL));
    else if (strcmp(backward, "attn_dense_backward") == 0)
        OK(attn_dense_forward(w->dense, tape, 3, x, y));
    else if (strcmp(backward, "attn_ngrams_backward") == 0)
        OK(attn_ngrams_forward(w->ngrams, tape, 1, 3, ids, NULL, y));
    else if (strcmp(backward, "attn_classifier_backward") == 0)
        OK(attn_classifier_forward(w->classifier, tape, SEQUENCE(.batch = 1, .time = 3, .ids = ids), y, NULL,
                                   NULL));
    else if (strncmp(backward, "attn_tape_p", 11) == 0) /* peek and pop */
        OK(attn_tape_push(tape, &made, "mine", 1, 1, 8, &made));
}

/* One more of the size that is the `which`th of those that a backward is given; 0: it has not so many. */
static int change_size(const declared *call, promise *given, int which)
{
    static attn_sequence_gradients out;
    static attn_attention_step_gradients gradients;
    for (int32_t i = 0; i < call->count; i++) {
        if (strcmp(call->names[i], "out") == 0) {
            out = *(attn_sequence_gradients *)given->values[i].pointer;
            out.batch += which == 1;
            out.time += which == 2;
            given->values[i].pointer = &out;
            return which <= 2;
        }
        if (strcmp(call->names[i], "gradients") == 0) {
            gradients = *(attn_attention_step_gradients *)given->values[i].pointer;
            gradients.batch += which == 1;
            gradients.items += which == 2;
            gradients.width -= which == 3;
            given->values[i].pointer = &gradients;
            return which <= 3;
        }
        if (given->values[i].kind == NUMBER && --which == 0)
            return given->values[i].number++, 1;
    }
    return 0;
}

/* Values for a call. */
static promise promise_of(const char *name)
{
    struct world *w = &world;
    static const float x[ROOM] = {1, 2, 3}, ones[] = {1, 1, 1};
    static const int32_t ids[ROOM] = {1, 2, 3}, labels[] = {1, 0, 1}, zeros[] = {0, 0, 0};
    static const uint8_t bytes[ROOM] = {1, 0, 1};
    static const int64_t begins[] = {0}, ends[] = {3}, shape[] = {2}, rows[] = {1},
                         begins_and_ends[] = {0, 3};
    static const char *const strings[] = {"one"};
    static const char *written[4];
    static const char *left, *right;
    static int64_t counts[3];
    static int64_t count; /* attn_vocab_encode makes it 0 on failure */
    static attn_sequence in = {sizeof in, 1, 3, .x = x},
                         opened = {sizeof opened, 1, 3, .x = x, .openings = x},
                         one = {sizeof one, 1, 1, .x = x}, words = {sizeof words, 1, 3, .ids = ids};
    static attn_sequence_gradients out = {.struct_size = sizeof out, .batch = 1, .time = 3};
    static attn_attention_step_gradients step_gradients = {
        .struct_size = sizeof step_gradients, .batch = 1, .items = 3, .width = 2};
    static attn_explain_model model = {
        sizeof model,     1, 3, 2, .masked = masked, .weighted = weighted, .gradient = gradient,
        .dropped = masked};
    static attn_search_options search = ATTN_SEARCH_OPTIONS_INIT;
    static attn_tokens_info tokens = ATTN_TOKENS_INFO_INIT;
    static attn_vocab_info vocab = ATTN_VOCAB_INFO_INIT;
    static attn_embedding_info embedding = ATTN_EMBEDDING_INFO_INIT;
    static attn_gru_info gru = ATTN_GRU_INFO_INIT;
    static attn_gru_packed_info packed = ATTN_GRU_PACKED_INFO_INIT;
    static attn_attention_info attention = ATTN_ATTENTION_INFO_INIT;
    static attn_attngru_info attngru = ATTN_ATTNGRU_INFO_INIT;
    static attn_dense_info dense = ATTN_DENSE_INFO_INIT;
    static attn_ngrams_info ngrams = ATTN_NGRAMS_INFO_INIT;
    static attn_candidates_info candidates = ATTN_CANDIDATES_INFO_INIT;
    static attn_steps steps = {.struct_size = sizeof steps, .batch = 1, .time = 3};
    static attn_classifier_info classifier = ATTN_CLASSIFIER_INFO_INIT;
    static attn_reading_info reading = ATTN_READING_INFO_INIT;
    static attn_layer_info layer = ATTN_LAYER_INFO_INIT;
    static attn_tape_info tape = ATTN_TAPE_INFO_INIT;
    static attn_classifier_parts parts = ATTN_CLASSIFIER_PARTS_INIT;
    const promise promises[] = {
        {"attn_context_create", {O(NULL), OUT}},
        {"attn_context_alloc", {M(w->context), N(8), OUT}},
        {"attn_params_create", {M(w->context), O(NULL), OUT}},
        {"attn_params_add", {M(w->params), M("t"), N(1), M(shape), O(NULL)}},
        {"attn_params_seal", {M(w->params)}},
        {"attn_params_tensor", {M(w->params), N(0), M(&tensor)}},
        {"attn_params_find", {M(w->params), M("dense.bias"), M(&tensor)}},
        {"attn_params_set_trainable", {M(w->params), M("dense.bias"), N(1)}},
        {"attn_params_set_lr_scale", {M(w->params), M("dense.bias"), N(1)}},
        {"attn_params_use_rows", {M(w->params), M("embedding.weight"), N(1), M(rows)}},
        {"attn_params_zero_grad", {M(w->params)}},
        {"attn_tape_create", {M(w->context), O(NULL), OUT}},
        {"attn_tape_begin", {M(w->tape), N(0)}},
        {"attn_tape_begin_part", {M(w->tape), N(0), N(2), N(2)}},
        {"attn_tape_get_info", {M(w->tape), M(&tape)}},
        {"attn_tape_top", {M(w->tape), M(&entry)}},
        {"attn_tape_push", {M(w->tape), M(&made), M("mine"), N(1), N(1), N(8), OUT}},
        {"attn_tape_peek", {M(w->tape), M(&made), N(1), N(1), OUT}},
        {"attn_tape_pop", {M(w->tape), M(&made)}},
        {"attn_tokens_create", {M(w->context), O(NULL), OUT}},
        {"attn_tokens_get_info", {M(w->tokens), M(&tokens)}},
        {"attn_tokens_set_text", {M(w->tokens), M("two"), N(3)}},
        {"attn_vocab_builder_create", {M(w->context), O(NULL), OUT}},
        {"attn_vocab_builder_add", {M(w->builder), M(w->tokens)}},
        {"attn_vocab_builder_add_token", {M(w->builder), M("two"), N(1)}},
        {"attn_vocab_create", {M(w->builder), O(NULL), OUT}},
        {"attn_vocab_load", {M(w->context), M("/nowhere"), O(NULL), OUT}},
        {"attn_vocab_save", {M(w->vocab), M("/nowhere/at/all")}},
        {"attn_vocab_get_info", {M(w->vocab), M(&vocab)}},
        {"attn_vocab_tokens_create", {M(w->vocab), OUT}},
        {"attn_vocab_encode", {M(w->vocab), M(w->tokens), N(2), M(integers), M(&count)}},
        {"attn_vocab_decode", {M(w->vocab), N(2), M(ids), M(written)}},
        {"attn_pieces_learn", {M(w->vocab), O(NULL), OUT}},
        {"attn_pieces_get", {M(w->pieces), N(0), M(&left), M(&right)}},
        {"attn_pieces_split", {M(w->pieces), M("two"), N(3), N(3), M(counts), M(&count)}},
        {"attn_vectors_probe", {M(w->context), M("/nowhere"), N(0), M(&report)}},
        {"attn_vectors_read",
         {M(w->context), M(w->vocab), N(3), M("/nowhere"), N(0), M(floats), O(NULL), O(&report)}},
        {"attn_embedding_create", {M(w->params), M("new"), N(4), N(3), O(NULL), OUT}},
        {"attn_embedding_load", {M(w->embedding), M(w->vocab), M("/nowhere"), O(&report)}},
        {"attn_embedding_forward", {M(w->embedding), O(w->tape), N(1), N(3), M(ids), O(NULL), M(floats)}},
        {"attn_embedding_backward", {M(w->embedding), M(w->tape), N(1), N(3), M(x)}},
        {"attn_embedding_get_info", {M(w->embedding), M(&embedding)}},
        {"attn_dropout_forward", {M(w->context), O(w->tape), N(3), M(x), N(0.5), M(floats)}},
        {"attn_dropout_backward", {M(w->context), M(w->tape), N(3), M(x), M(floats)}},
        {"attn_pooling_forward",
         {M(w->context), O(w->tape), N(1), N(3), N(1), M(x), O(NULL), N(ATTN_POOLING_MEAN), M(floats)}},
        {"attn_pooling_backward", {M(w->context), M(w->tape), N(1), N(3), N(1), M(x), M(floats)}},
        {"attn_pyramid_forward",
         {M(w->context), O(w->tape), N(1), N(3), N(2), N(2), M(x), O(NULL), M(floats), O(integers)}},
        {"attn_pyramid_backward", {M(w->context), M(w->tape), N(1), N(3), N(2), N(2), M(x), M(floats)}},
        {"attn_gru_create", {M(w->params), M("new"), N(3), N(4), O(NULL), OUT}},
        {"attn_gru_get_info", {M(w->gru), M(&gru)}},
        {"attn_gru_forward", {M(w->gru), O(w->tape), M(&in), O(NULL), O(floats), O(NULL)}},
        {"attn_gru_backward", {M(w->gru), M(w->tape), O(x), O(x), M(&out), O(floats)}},
        {"attn_gru_packed_create", {M(w->gru), O(NULL), OUT}},
        {"attn_gru_packed_get_info", {M(w->packed), M(&packed)}},
        {"attn_gru_packed_forward", {M(w->packed), M(&in), O(NULL), O(floats), O(NULL)}},
        {"attn_gru_packed_step", {M(w->packed), M(&one), M(floats)}},
        {"attn_gru_packed_direction", {M(w->packed), N(0), OUT}},
        {"attn_attention_create", {M(w->params), M("new"), N(4), O(NULL), OUT}},
        {"attn_attention_forward",
         {M(w->attention), O(w->tape), N(1), N(3), M(x), O(NULL), O(floats), O(NULL)}},
        {"attn_attention_forward_queries",
         {M(w->asking), O(w->tape), N(1), N(3), N(2), M(x), O(NULL), M(x), O(NULL), O(floats), O(NULL)}},
        {"attn_attention_backward",
         {M(w->attention), M(w->tape), N(1), N(3), N(1), O(x), O(x), O(floats), O(NULL)}},
        {"attn_attention_keys_forward",
         {M(w->asking), O(w->tape), N(1), N(3), N(2), M(x), O(NULL), M(floats)}},
        {"attn_attention_keys_backward", {M(w->asking), M(w->tape), N(1), N(3), N(2), M(x), O(floats)}},
        {"attn_attention_step_forward", {M(w->asking), O(w->tape), M(&one_step), O(floats), O(NULL)}},
        {"attn_attention_step_backward", {M(w->asking), M(w->tape), M(&step_gradients)}},
        {"attn_attention_get_info", {M(w->attention), M(&attention)}},
        {"attn_attention_memory_create", {M(w->asking), N(1), N(3), M(x), O(NULL), O(NULL), OUT}},
        {"attn_attention_memory_attend", {M(w->memory), N(1), O(NULL), M(x), O(floats), O(NULL)}},
        {"attn_attention_score", {M(w->attention), N(3), M(x), N(0), N(4), M(floats), O(floats + 32)}},
        {"attn_attention_score_slopes", {M(w->attention), N(3), M(x), M(floats)}},
        {"attn_attention_weigh", {M(w->attention), N(1), N(3), M(x), O(NULL), M(floats)}},
        {"attn_attngru_create", {M(w->params), M("new"), N(3), N(4), O(NULL), OUT}},
        {"attn_attngru_get_info", {M(w->attngru), M(&attngru)}},
        {"attn_attngru_forward", {M(w->attngru), O(w->tape), M(&opened), O(NULL), O(floats), O(NULL)}},
        {"attn_attngru_backward", {M(w->attngru), M(w->tape), O(x), O(x), M(&out), O(floats)}},
        {"attn_dense_create", {M(w->params), M("new"), N(4), N(2), O(NULL), OUT}},
        {"attn_dense_forward", {M(w->dense), O(w->tape), N(3), M(x), M(floats)}},
        {"attn_dense_backward", {M(w->dense), M(w->tape), N(3), M(x), O(floats)}},
        {"attn_dense_get_info", {M(w->dense), M(&dense)}},
        {"attn_ngrams_builder_create", {M(w->context), O(NULL), OUT}},
        {"attn_ngrams_builder_add", {M(w->counted), N(1), N(3), M(ids), O(NULL), M(ids)}},
        {"attn_ngrams_create", {M(w->params), M("new"), M(w->counted), O(NULL), OUT}},
        {"attn_ngrams_forward", {M(w->ngrams), O(w->tape), N(1), N(3), M(ids), O(NULL), M(floats)}},
        {"attn_ngrams_backward", {M(w->ngrams), M(w->tape), N(1), N(3), M(x)}},
        {"attn_ngrams_attribute", {M(w->ngrams), N(1), N(3), M(ids), O(NULL), O(NULL), M(floats), O(floats)}},
        {"attn_ngrams_get_info", {M(w->ngrams), M(&ngrams)}},
        {"attn_steps_gather", {M(w->context), M(&steps), M(x), M(floats), O(&count)}},
        {"attn_steps_gather_ids", {M(w->context), M(&steps), M(ids), M(integers), O(&count)}},
        {"attn_steps_scatter", {M(w->context), M(&steps), M(x), M(floats)}},
        {"attn_candidates_create", {M(w->context), N(2), M(begins_and_ends), O(NULL), OUT}},
        {"attn_candidates_get_info", {M(w->candidates), M(&candidates)}},
        {"attn_candidates_draw", {M(w->candidates), N(0), M(integers), M(floats), M(&count)}},
        {"attn_sampled_cross_entropy",
         {M(w->embedding), O(NULL), M(w->candidates), N(0), N(3), M(x), M(ids), O(NULL), O(floats),
          O(floats + 1), O(floats + 4)}},
        {"attn_search",
         {M(w->context), N(1), N(3), N(2), STEP, O(NULL), M(&search), M(integers), M(integers), O(floats)}},
        {"attn_cross_entropy",
         {M(w->context), N(3), N(2), M(x), O(labels), O(NULL), O(floats), O(NULL), O(NULL), O(NULL)}},
        {"attn_calibration_error", {M(w->context), N(3), N(1), M(ones), M(zeros), N(0), M(floats), O(NULL)}},
        {"attn_fit_scales", {M(w->context), N(1), N(3), N(2), M(x), M(labels), M(floats), O(NULL)}},
        {"attn_edit_distance",
         {M(w->context), N(1), N(3), M(ids), O(NULL), N(3), M(ids), O(NULL), O(integers), O(NULL)}},
        {"attn_adam_create", {M(w->params), O(NULL), OUT}},
        {"attn_adam_step", {M(w->adam), O(floats)}},
        {"attn_adam_swap_average", {M(w->adam)}},
        {"attn_adam_set_lr", {M(w->adam), N(1)}},
        {"attn_params_save", {M(w->params), M("/nowhere/at/all"), O(NULL)}},
        {"attn_file_replace", {M(w->context), M("/nowhere/at/all"), M("bytes"), N(5)}},
        {"attn_params_write", {M(w->params), O(NULL), WRITE, O(NULL)}},
        {"attn_file_open", {M(w->context), M("/nowhere"), OUT}},
        {"attn_file_open_memory", {M(w->context), M(w->saved), N((double)w->saved_size), OUT}},
        {"attn_file_tensor", {M(w->file), N(0), M(&tensor)}},
        {"attn_file_find", {M(w->file), M("dense.bias"), M(&tensor)}},
        {"attn_file_read", {M(w->file), M("dense.bias"), N(2), M(floats)}},
        {"attn_file_load", {M(w->file), M(w->params), O(NULL), O(NULL)}},
        {"attn_file_load_adam", {M(w->file), M(w->adam)}},
        {"attn_file_vocab_create", {M(w->file), O(NULL), OUT}},
        {"attn_file_pieces_create", {M(w->file), OUT}},
        {"attn_file_layer", {M(w->file), N(0), M(&layer)}},
        {"attn_file_embedding_create", {M(w->file), M("embedding"), M(w->params), OUT}},
        {"attn_file_gru_create", {M(w->file), M("gru"), M(w->params), OUT}},
        {"attn_file_attention_create", {M(w->file), M("attention"), M(w->params), OUT}},
        {"attn_file_attngru_create", {M(w->file), M("attngru"), M(w->params), OUT}},
        {"attn_file_dense_create", {M(w->file), M("dense"), M(w->params), OUT}},
        {"attn_file_ngrams_create", {M(w->file), M("ngrams"), M(w->params), OUT}},
        {"attn_file_classifier_create", {M(w->file), M(w->params), OUT}},
        {"attn_explain_gradient_input",
         {M(w->context), N(1), N(3), N(1), M(x), M(x), O(NULL), N(0), M(floats)}},
        {"attn_explain_integrated",
         {M(w->context), M(&model), N(1), M(x), N(2), N(0), M(floats), O(NULL), O(NULL)}},
        {"attn_explain_occlusion", {M(w->context), M(&model), M(floats)}},
        {"attn_explain_random", {M(w->context), N(1), N(3), O(NULL), N(1), M(floats)}},
        {"attn_explain_comprehensiveness",
         {M(w->context), M(&model), N(5), M(x), O(NULL), O(floats), O(NULL)}},
        {"attn_explain_sufficiency", {M(w->context), M(&model), N(5), M(x), O(NULL), O(floats), O(NULL)}},
        {"attn_explain_soft",
         {M(w->context), M(&model), N(1), M(x), N(2), N(1), O(floats), O(NULL), O(NULL)}},
        {"attn_explain_flip", {M(w->context), M(&model), M(x), N(0), M(floats)}},
        {"attn_explain_correlation", {M(w->context), N(1), N(3), M(x), M(x), O(NULL), O(floats), O(floats)}},
        {"attn_explain_divergence", {M(w->context), N(1), N(3), M(x), M(x), O(NULL), M(floats)}},
        {"attn_explain_choose", {M(w->context), N(1), N(3), M(x), O(NULL), N(0.5), M(floats)}},
        {"attn_explain_token_match",
         {M(w->context), N(1), N(3), M(bytes), M(bytes), O(NULL), O(floats), O(NULL), O(NULL)}},
        {"attn_explain_span_match",
         {M(w->context), N(1), N(3), M(bytes), M(bytes), O(NULL), N(0.5), O(floats), O(NULL), O(NULL)}},
        {"attn_explain_precision_recall",
         {M(w->context), N(1), N(3), M(x), M(bytes), O(NULL), O(floats), O(NULL)}},
        {"attn_explain_bootstrap", {M(w->context), N(3), M(x), N(0.9), N(10), N(1), M(floats)}},
        {"attn_explain_conicity", {M(w->context), N(1), N(3), N(4), M(x), O(NULL), M(floats)}},
        {"attn_explain_permutation", {M(w->context), M(&model), M(x), N(5), N(1), M(floats)}},
        {"attn_conicity_loss", {M(w->context), N(1), N(3), N(4), M(x), O(NULL), N(1), O(floats), O(floats)}},
        {"attn_draw_text",
         {M(w->context), M("one"), N(3), N(1), M(begins), M(ends), M(x), O(NULL), WRITE, O(NULL)}},
        {"attn_draw_matrix",
         {M(w->context), N(1), N(1), M(x), O(strings), O(strings), O(NULL), WRITE, O(NULL)}},
        {"attn_page_create", {M(w->context), O(NULL), WRITE, O(NULL), OUT}},
        {"attn_page_finish", {M(w->page)}},
        {"attn_classifier_create", {M(&parts), OUT}},
        {"attn_classifier_open", {M(w->context), M("/nowhere"), OUT}},
        {"attn_classifier_save", {M(w->classifier), M("/nowhere/at/all"), O(NULL)}},
        {"attn_classifier_write", {M(w->classifier), O(NULL), WRITE, O(NULL)}},
        {"attn_classifier_get_info", {M(w->classifier), M(&classifier)}},
        {"attn_classifier_pack", {M(w->classifier), O(NULL)}},
        {"attn_classifier_set_scales", {M(w->classifier), N(1), M(ones)}},
        {"attn_classifier_channels", {M(w->classifier), M(&words), M(floats)}},
        {"attn_classifier_forward", {M(w->classifier), O(w->tape), M(&words), M(floats), O(NULL), O(NULL)}},
        {"attn_classifier_backward", {M(w->classifier), M(w->tape), M(x), O(NULL), O(NULL), M(&out)}},
        {"attn_classifier_attribute",
         {M(w->classifier), M(&words), O(NULL), N(ATTN_BY_GRADIENT), M(floats), O(NULL)}},
        {"attn_classifier_read", {M(w->classifier), M("one"), N(3), N(0), OUT}},
        {"attn_classifier_read_many", {M(w->classifier), N(1), M(strings), O(NULL), N(0), OUT}},
        {"attn_reading_draw", {M(w->reading), O(NULL), WRITE, O(NULL)}},
        {"attn_reading_get_info", {M(w->reading), M(&reading)}},
        {"attn_probe_create", {M(w->classifier), M(&words), OUT}},
        {"attn_probe_model", {M(w->probe), N(0), M(&model)}},
        {"attn_probe_gradient", {M(w->probe), M(floats)}},
    };
    for (size_t i = 0; i < sizeof promises / sizeof *promises; i++) {
        if (strcmp(promises[i].name, name) == 0)
            return promises[i];
    }
    ck_abort_msg("test_promises.c gives no values for %s, which a header declares", name);
}

/* ---- what is promised --------------------------------------------------------------------------------------- */

static void fill(void)
{
    for (int i = 0; i < ROOM; i++)
        floats[i] = 7.0f, integers[i] = 7;
    made = &made;
    tensor = (attn_tensor)ATTN_TENSOR_INIT;
    entry = (attn_tape_entry)ATTN_TAPE_ENTRY_INIT;
    report = (attn_vectors_report)ATTN_VECTORS_REPORT_INIT;
    tensor.size = entry.time = report.words = 7;
}

static void assert_nothing_written(const char *name, int64_t depth)
{
    for (int i = 0; i < ROOM; i++)
        ck_assert_msg(floats[i] == 7.0f && integers[i] == 7, "%s wrote", name);
    ck_assert_msg(tensor.size == 7 && entry.time == 7 && report.words == 7, "%s wrote", name);
    for (int64_t i = 0; i < attn_params_size(world.params); i++)
        ck_assert_msg(attn_params_gradients(world.params)[i] == 0.0f, "%s added to a gradient", name);
    ck_assert_msg(attn_tape_depth(world.tape) == depth, "%s changed the tape", name);
}

/* In any order: what was made with a handle keeps what it needs of it. */
static void teardown(void)
{
    for (size_t d = 0; d < DESTROYS; d++)
        destroys[d].call(handle_of(destroys[d].name));
    attn_attention_destroy(&world.asking);
    unit_folder_remove(NULL);
    free(world.saved);
}

START_TEST(pointers_that_may_not_be_null_are_refused_by_name)
{
    float y[ROOM];
    setup();
    OK(attn_params_zero_grad(world.params));
    for (size_t c = 0; c < CALLS; c++) {
        const declared *call = &calls[c];
        for (int32_t i = 0; i < call->count; i++) {
            promise given = promise_of(call->name);
            push_forward(call->name, world.tape, y);
            const int64_t depth = attn_tape_depth(world.tape), tensors = attn_params_count(world.params);
            char begin[80];
            if (given.values[i].kind != NEEDED)
                continue;
            given.values[i].pointer = NULL;
            given.values[i].write = NULL;
            given.values[i].step = NULL;
            fill();
            const attn_status status = call->call(given.values);
            const char *line = attn_last_error();
            ck_assert_msg(status == ATTN_ERR_ARGUMENT, "%s: %s NULL: %s (%s)", call->name, call->names[i],
                          attn_status_name(status), line);
            snprintf(begin, sizeof begin, "%s: ", call->name);
            ck_assert_msg(strncmp(line, begin, strlen(begin)) == 0 && strchr(line, '\n') == NULL &&
                              says(line, call->names[i]),
                          "%s: %s NULL: the line is \"%s\"", call->name, call->names[i], line);
            assert_nothing_written(call->name, depth);
            ck_assert_int_eq(attn_params_count(world.params), tensors);
            if (call->out >= 0 && call->out != i)
                ck_assert_msg(made == NULL, "%s: %s NULL: *out is not NULL", call->name, call->names[i]);
        }
    }
    teardown();
}
END_TEST

START_TEST(destroys_take_null_and_leave_null)
{
    setup();
    for (size_t d = 0; d < DESTROYS; d++) {
        void **handle = handle_of(destroys[d].name), *none = NULL;
        ck_assert_msg(*handle != NULL, "%s has nothing to let go of", destroys[d].name);
        destroys[d].call(NULL);
        destroys[d].call(&none);
        destroys[d].call(handle);
        ck_assert_msg(*handle == NULL, "%s leaves its pointer", destroys[d].name);
        destroys[d].call(handle);
    }
    teardown();
}
END_TEST

START_TEST(questions_of_null_have_an_answer)
{
    for (size_t q = 0; q < sizeof questions / sizeof *questions; q++)
        ck_assert_msg(questions[q].answers(), "%s of NULL answers otherwise", questions[q].name);
}
END_TEST

/* ---- backwards ------------------------------------------------------------------------------------------------ */

/* Sizes that are not forward's, each of the call's own in turn. */
START_TEST(backwards_of_other_sizes_another_tape_or_another_record_are_refused)
{
    setup();
    attn_context *context = unit_context(1);
    attn_tape *foreign;
    float y[ROOM];
    OK(attn_tape_create(context, NULL, &foreign));
    OK(attn_params_zero_grad(world.params));
    for (size_t c = 0; c < CALLS; c++) {
        const char *name = calls[c].name, *end = strrchr(name, '_');
        if (strcmp(end, "_backward") != 0)
            continue;
        int64_t depth;
        push_forward(name, world.tape, y);
        depth = attn_tape_depth(world.tape);
        ck_assert_msg(depth > 0, "test_promises.c has no forward for %s", name);
        for (int wrong = 1; wrong <= 4; wrong++) { /* one more row, one more step, one more query */
            promise given = promise_of(name);
            push_forward(name, world.tape, y);
            if (!change_size(&calls[c], &given, wrong))
                continue;
            fill();
            ck_assert_msg(calls[c].call(given.values) == ATTN_ERR_ARGUMENT, "%s: other sizes pass", name);
            ck_assert_msg(strstr(attn_last_error(), "expected forward's") != NULL, "%s", attn_last_error());
            assert_nothing_written(name, depth);
        }
        promise given = promise_of(name);
        given.values[1].pointer = foreign;
        push_forward(name, world.tape, y);
        fill();
        attn_status status = calls[c].call(given.values);
        ck_assert_msg(status == ATTN_ERR_ARGUMENT || status == ATTN_ERR_STATE,
                      "%s: another context's tape passes", name);
        assert_nothing_written(name, depth);
        OK(attn_tape_push(world.tape, &context, "another", 1, 3, 8, &made));
        given = promise_of(name);
        push_forward(name, world.tape, y);
        OK(attn_tape_push(world.tape, &context, "another", 1, 3, 8, &made));
        fill();
        ck_assert_msg(calls[c].call(given.values) == ATTN_ERR_STATE, "%s: another's record passes", name);
        assert_nothing_written(name, depth + 1);
        OK(attn_tape_pop(world.tape, &context));
        ck_assert_msg(calls[c].call(given.values) == ATTN_OK, "%s: %s", name, attn_last_error());
        OK(attn_params_zero_grad(world.params));
        OK(attn_tape_begin(world.tape, 0));
        ck_assert_int_eq(calls[c].call(given.values), ATTN_ERR_STATE); /* nothing there */
    }
    attn_tape_destroy(&foreign);
    attn_context_destroy(&context);
    teardown();
}
END_TEST

UNIT_MAIN("promises", pointers_that_may_not_be_null_are_refused_by_name, destroys_take_null_and_leave_null,
          questions_of_null_have_an_answer,
          backwards_of_other_sizes_another_tape_or_another_record_are_refused)
