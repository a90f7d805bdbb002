/* options_others.h - the structs of fuzz_options.c that stand for text, training, files, explanations, and what calls read
 * beside options. */
#ifndef FUZZ_OPTIONS_OTHERS_H
#define FUZZ_OPTIONS_OTHERS_H

#include "options_layers.h"

static attn_status try_ngrams_builder(void *given)
{
    attn_ngrams_builder *builder = NULL;
    fuzz_room(MOST_BYTES); /* a count a class, and its options say how many there are */
    const attn_status status = attn_ngrams_builder_create(world.context, given, &builder);
    ensure((status == ATTN_OK) == (builder != NULL));
    if (builder) {
        const attn_status added = attn_ngrams_builder_add(builder, 2, 8, ids, NULL, classes);
        ensure(added == ATTN_OK || added == ATTN_ERR_MEMORY);
    }
    attn_ngrams_builder_destroy(&builder);
    return status;
}

static attn_status try_ngrams(void *given)
{
    attn_params *params = empty();
    attn_ngrams *ngrams = NULL;
    float logits[2 * 2];
    const attn_status status = attn_ngrams_create(params, "n", world.counted, given, &ngrams);
    ensure((status == ATTN_OK) == (ngrams != NULL));
    if (ngrams) /* with a scale of the largest numbers, more than a float holds */
        ensure(attn_ngrams_forward(ngrams, NULL, 2, 8, ids, NULL, logits) % ATTN_ERR_ARGUMENT == ATTN_OK);
    attn_ngrams_destroy(&ngrams);
    ensure(status == ATTN_OK || attn_params_count(params) == 0);
    attn_params_destroy(&params);
    return status;
}

static attn_status try_tape(void *given)
{
    attn_tape *tape = NULL;
    float y[16];
    const attn_status status = attn_tape_create(world.context, given, &tape);
    ensure((status == ATTN_OK) == (tape != NULL));
    if (tape) {
        ensure(attn_dropout_forward(world.context, tape, 16, numbers, 0.5f, y) == ATTN_OK);
        ensure(attn_dropout_backward(world.context, tape, 16, y, y) == ATTN_OK);
    }
    attn_tape_destroy(&tape);
    return status;
}

static attn_status try_tokens(void *given)
{
    attn_tokens *tokens = NULL;
    const attn_status status = attn_tokens_create(world.context, given, &tokens);
    ensure((status == ATTN_OK) == (tokens != NULL));
    if (tokens)
        ensure(attn_tokens_set_text(tokens, "Didn't \xc3\x89", 9) == ATTN_OK);
    attn_tokens_destroy(&tokens);
    return status;
}

static attn_status try_vocab_builder(void *given)
{
    attn_vocab_builder *builder = NULL;
    char word[2] = "a";
    const attn_status status = attn_vocab_builder_create(world.context, given, &builder);
    ensure((status == ATTN_OK) == (builder != NULL));
    for (; builder && word[0] <= 'z'; word[0]++)
        ensure(attn_vocab_builder_add_token(builder, word, 1) == ATTN_OK);
    ensure(attn_vocab_builder_missed(builder) <= 26);
    attn_vocab_builder_destroy(&builder);
    return status;
}

static attn_status try_vocab(void *given)
{
    static const char *const special[] = {"<s>", "one", "</s>"};
    attn_vocab_options *options = given;
    attn_vocab *vocab = NULL, *read = NULL;
    POINT(options, special, special);
    POINT(options, tokens, world.tokens);
    if (REACHES(options, special_count) && options->special_count > 3)
        options->special_count = options->special_count % 4; /* more would be behind the array */
    const attn_status status = attn_vocab_create(world.words, given, &vocab);
    ensure((status == ATTN_OK) == (vocab != NULL));
    const attn_status loaded = attn_vocab_load(world.context, fuzz_path("one 3\ntwo 1\n", 12), given, &read);
    ensure((loaded == ATTN_OK) == (read != NULL));
    attn_vocab_destroy(&vocab);
    attn_vocab_destroy(&read);
    return status;
}

static attn_status try_pieces(void *given)
{
    attn_pieces *pieces = NULL;
    const attn_status status = attn_pieces_learn(world.vocab, given, &pieces);
    ensure((status == ATTN_OK) == (pieces != NULL));
    attn_pieces_destroy(&pieces);
    return status;
}

static attn_status try_candidates(void *given)
{
    attn_candidates *candidates = NULL;
    const attn_status status =
        attn_candidates_create(world.context, 5, (int64_t[]){0, 1, 20, 300, INT64_MAX}, given, &candidates);
    ensure((status == ATTN_OK) == (candidates != NULL));
    if (candidates) {
        int32_t drawn_ids[5];
        float weights[5];
        int64_t drawn;
        ensure(attn_candidates_draw(candidates, INT64_MAX, drawn_ids, weights, &drawn) == ATTN_OK);
        ensure(drawn >= 0 && drawn <= 5);
    }
    attn_candidates_destroy(&candidates);
    return status;
}

static attn_status try_sampled(void *given)
{
    const int32_t targets[] = {1, 2};
    float loss, losses[2], dstates[2 * 3];
    return attn_sampled_cross_entropy(world.embedding, world.bias, world.candidates, 0, 2, numbers, targets,
                                      given, &loss, losses, dstates);
}

static attn_status try_loss(void *given)
{
    static const float targets[2 * 3] = {1, 0, 0, 0.5f, 0.5f, 0};
    attn_cross_entropy_options *options = given;
    float loss, losses[2], probabilities[2 * 3], dlogits[2 * 3];
    POINT(options, class_weights, numbers + 2);
    POINT(options, targets, targets);
    return attn_cross_entropy(world.context, 2, 3, numbers, classes, given, &loss, losses, probabilities,
                              dlogits);
}

static attn_status follow(void *user, int64_t count, const int32_t *rows, const int32_t *parents,
                          const int32_t *tokens, float *logits)
{
    (void)user, (void)parents;
    for (int64_t i = 0; i < count; i++) {
        ensure(rows[i] >= 0 && rows[i] < 2);
        for (int32_t k = 0; k < 4; k++)
            logits[4 * i + k] = (float)((tokens[i] + 2 * k) % 4);
    }
    return ATTN_OK;
}

static attn_status try_search(void *given)
{
    int32_t tokens[2 * 5], ends[2];
    float scores[2];
    const attn_status status = attn_search(world.context, 2, 4, 5, follow, NULL, given, tokens, ends, scores);
    for (int i = 0; status == ATTN_OK && i < 2; i++)
        ensure(ends[i] >= 0 && ends[i] <= 5);
    return status;
}

static attn_status try_adam(void *given)
{
    attn_params *params = empty();
    attn_adam *adam = NULL;
    ensure(attn_params_add(params, "w", 1, (int64_t[]){4}, NULL) == ATTN_OK);
    ensure(attn_params_zero_grad(params) == ATTN_OK);
    memcpy(attn_params_gradients(params), numbers, 4 * sizeof *numbers);
    const attn_status status = attn_adam_create(params, given, &adam);
    ensure((status == ATTN_OK) == (adam != NULL));
    for (int i = 0; adam && i < 3; i++) { /* a rate of the largest numbers makes such weights */
        const attn_status step = attn_adam_step(adam, NULL);
        ensure(step == ATTN_OK || step == ATTN_ERR_STATE);
    }
    attn_adam_destroy(&adam);
    attn_params_destroy(&params);
    return status;
}

static attn_status try_save(void *given)
{
    static const char *const names[] = {"source", ""}, *const pairs[] = {"key", "value", "\xff", "vocab."};
    const attn_vocab *const vocabs[] = {world.vocab, world.vocab};
    attn_save_options *options = given;
    POINT(options, vocab, world.vocab);
    POINT(options, vocab_names, names);
    POINT(options, vocabs, vocabs);
    POINT(options, config, "{}");
    POINT(options, adam, world.adam);
    POINT(options, metadata, pairs);
    POINT(options, pieces, world.pieces);
    if (REACHES(options, vocab_count) && options->vocab_count > 2)
        options->vocab_count %= 3;
    if (REACHES(options, metadata_count) && options->metadata_count > 2)
        options->metadata_count %= 3;
    fuzz_bytes bytes = {NULL, 0, 0};
    const attn_status status = attn_params_write(world.params, given, fuzz_collect, &bytes);
    ensure((status == ATTN_OK) == (bytes.size > 0));
    if (bytes.size > 0) {
        attn_file *file;
        ensure(attn_file_open_memory(world.context, bytes.data, bytes.size, &file) == ATTN_OK);
        attn_file_close(&file);
    }
    free(bytes.data);
    return status;
}

static attn_status try_draw(void *given)
{
    static const char *const names[] = {"one", "\xff"};
    const int64_t begins[] = {0, 4}, ends[] = {3, 7};
    attn_draw_options *options = given;
    attn_page *page = NULL;
    POINT(options, title, "a title");
    POINT(options, note, "a\nnote");
    POINT(options, names, names);
    POINT(options, page, NULL);
    const attn_status status =
        attn_draw_text(world.context, "one two", 7, 2, begins, ends, numbers, given, nowhere, NULL);
    (void)!attn_draw_matrix(world.context, 1, 2, numbers + 2, names, names, given, nowhere, NULL);
    const attn_status made = attn_page_create(world.context, given, nowhere, NULL, &page);
    ensure((made == ATTN_OK) == (page != NULL));
    attn_page_destroy(&page);
    return status;
}

static attn_status try_parts(void *given)
{
    static const char *const labels[] = {"bad", "good"};
    attn_classifier_parts *parts = given;
    attn_classifier *classifier = NULL;
    attn_reading *reading;
    POINT(parts, embedding, world.embedding);
    POINT(parts, encoder, world.gru);
    POINT(parts, attention, world.attention);
    POINT(parts, reader, world.attngru);
    POINT(parts, decision, world.dense);
    POINT(parts, vocab, world.vocab);
    POINT(parts, labels, labels);
    POINT(parts, ngrams, NULL);
    const attn_status status = attn_classifier_create(given, &classifier);
    ensure((status == ATTN_OK) == (classifier != NULL));
    if (classifier && REACHES(parts, vocab) && parts->vocab) {
        fuzz_room(MOST_BYTES); /* a tape's next part is as large as all before, where there is room */
        const attn_status read = attn_classifier_read(classifier, "one two", 7, ATTN_BY_GRADIENT, &reading);
        ensure(read == ATTN_OK || read == ATTN_ERR_MEMORY);
        attn_reading_destroy(&reading);
    }
    attn_classifier_destroy(&classifier);
    return status;
}

/* Arrays are as long as batch and time say; those of what is too large for them is not read by a call that fails. */
#define SMALL(value, most) ((value) > (most) ? (value) % ((most) + 1) : (value))

static attn_status try_sequence(void *given)
{
    attn_sequence *in = given;
    float y[2 * 4 * 4], hn[2 * 4];
    if (REACHES(in, batch))
        in->batch = SMALL(in->batch, 2);
    if (REACHES(in, time))
        in->time = SMALL(in->time, 4);
    POINT(in, lengths, lengths);
    POINT(in, x, numbers);
    POINT(in, embedding, world.embedding);
    POINT(in, ids, ids);
    POINT(in, scales, numbers);
    POINT(in, openings, numbers);
    return attn_gru_forward(world.gru, NULL, given, NULL, y, hn);
}

static attn_status try_gradients(void *given)
{
    static float dx[2 * 3 * 3], dh[2 * 3 * 4];
    attn_sequence_gradients *out = given;
    const attn_sequence in = vectors(2, 3);
    float y[2 * 3 * 4];
    attn_tape *tape;
    POINT(out, dx, dx);
    POINT(out, dscales, dx);
    POINT(out, dopenings, dx);
    POINT(out, dh, dh);
    ensure(attn_tape_create(world.context, NULL, &tape) == ATTN_OK);
    ensure(attn_gru_forward(world.gru, tape, &in, NULL, y, NULL) == ATTN_OK);
    const attn_status status = attn_gru_backward(world.gru, tape, y, NULL, given, NULL);
    ensure(attn_tape_depth(tape) == (status != ATTN_OK));
    attn_tape_destroy(&tape);
    return status;
}

static attn_status try_step(void *given)
{
    attn_attention_step *step = given;
    static const int32_t asks[] = {1, 0};
    float weights[2 * 4], context[2 * 4];
    if (REACHES(step, batch))
        step->batch = SMALL(step->batch, 2);
    if (REACHES(step, items))
        step->items = SMALL(step->items, 4);
    POINT(step, memory, numbers);
    POINT(step, lengths, lengths);
    POINT(step, keys, numbers);
    POINT(step, moving, numbers);
    POINT(step, query, numbers);
    POINT(step, asks, asks);
    return attn_attention_step_forward(world.asking, NULL, given, weights, context);
}

static attn_status try_step_gradients(void *given)
{
    static float sums[4][2 * 3 * 4];
    attn_attention_step_gradients *out = given;
    const attn_attention_step in = {.struct_size = sizeof in,
                                    .batch = 2,
                                    .items = 3,
                                    .width = 2,
                                    .memory = numbers,
                                    .keys = numbers,
                                    .moving = numbers,
                                    .query = numbers};
    attn_tape *tape;
    POINT(out, dweights, numbers);
    POINT(out, dcontext, numbers);
    POINT(out, dkeys, sums[0]);
    POINT(out, dmemory, sums[1]);
    POINT(out, dmoving, sums[2]);
    POINT(out, dquery, sums[3]);
    ensure(attn_tape_create(world.context, NULL, &tape) == ATTN_OK);
    ensure(attn_attention_step_forward(world.asking, tape, &in, NULL, NULL) == ATTN_OK);
    const attn_status status = attn_attention_step_backward(world.asking, tape, given);
    ensure(attn_tape_depth(tape) == (status != ATTN_OK));
    attn_tape_destroy(&tape);
    return status;
}

static attn_status try_steps(void *given)
{
    attn_steps *steps = given;
    float rows[64], x[64];
    int32_t row_ids[64];
    int64_t count;
    if (REACHES(steps, batch))
        steps->batch = SMALL(steps->batch, 2);
    if (REACHES(steps, time))
        steps->time = SMALL(steps->time, 4);
    if (REACHES(steps, dim))
        steps->dim = SMALL(steps->dim, 8);
    POINT(steps, lengths, lengths);
    const attn_status status = attn_steps_gather(world.context, given, numbers, rows, &count);
    ensure(status != ATTN_OK || (count >= 0 && count <= 8));
    (void)!attn_steps_gather_ids(world.context, given, ids, row_ids, &count);
    (void)!attn_steps_scatter(world.context, given, numbers, x);
    return status;
}

static int64_t model_sizes[3]; /* batch, time, classes */

/* `user` is NULL where the struct is too short to hold it. */
static attn_status masked(void *user, int64_t count, const int32_t *rows, const uint8_t *keep, float *outputs)
{
    const int64_t *of = model_sizes;
    ensure(user == NULL || user == model_sizes);
    for (int64_t i = 0; i < count; i++) {
        ensure(rows[i] >= 0 && rows[i] < of[0]);
        for (int64_t k = 0; k < of[2]; k++)
            outputs[i * of[2] + k] = of[1] > 0 ? (float)keep[i * of[1]] : 0;
    }
    return ATTN_OK;
}

static attn_status try_model(void *given)
{
    attn_explain_model *model = given;
    float attributions[2 * 4];
    int64_t *of = model_sizes;
    memset(of, 0, sizeof model_sizes);
    if (REACHES(model, batch))
        of[0] = model->batch = SMALL(model->batch, 2);
    if (REACHES(model, time))
        of[1] = model->time = SMALL(model->time, 4);
    if (REACHES(model, classes))
        of[2] = model->classes = SMALL(model->classes, 3);
    POINT(model, lengths, lengths);
    POINT(model, targets, classes);
    POINT(model, masked, masked);
    POINT(model, weighted, NULL);
    POINT(model, gradient, NULL);
    POINT(model, dropped, masked);
    if (REACHES(model, user))
        model->user = of;
    return attn_explain_occlusion(world.context, given, attributions);
}

#endif
