/* reader.c - the layers, new or out of a model file. */
#include "reader.h"

#include "common/saved.h"

/* The windows of the three layers, where the first two have so many numbers. */
static void set_windows(struct reader *reader, int64_t strokes, int64_t parts)
{
    reader->windows[0] = (struct windows){CANVAS_HEIGHT, CANVAS_WIDTH, 1, 6, 2, 2};
    reader->windows[1] = (struct windows){CANVAS_HEIGHT / 2, CANVAS_WIDTH / 2, strokes, 6, 2, 2};
    reader->windows[2] = (struct windows){DOWN, ACROSS, parts, 3, 1, 1};
}

struct reader reader_create(attn_context *context, const struct reader_config *config)
{
    const int64_t hidden = config->hidden, strokes = (hidden + 5) / 6, parts = (hidden + 1) / 2;
    struct reader reader = {
        .context = context, .hidden = hidden, .keys_dim = parts, .dropout = (float)config->dropout};
    attn_dense_options dense = ATTN_DENSE_OPTIONS_INIT;
    dense.activation = ATTN_ACTIVATION_RELU;
    attn_attention_options attention = ATTN_ATTENTION_OPTIONS_INIT;
    attention.score = ATTN_SCORE_ADDITIVE;
    attention.query_dim = hidden;
    attention.attention_dim = parts; /* it is what every step costs, and need not be wide */
    attention.weighting = (int32_t)config->weighting;
    attention.temperature = (float)config->temperature;
    attn_params_options first = ATTN_PARAMS_OPTIONS_INIT;
    first.seed = (uint64_t)config->seed;
    set_windows(&reader, strokes, parts);
    must(attn_params_create(context, &first, &reader.params));
    attn_params *params = reader.params;
    must(attn_dense_create(params, "strokes", windows_dim(&reader.windows[0]), strokes, &dense,
                           &reader.strokes));
    must(attn_dense_create(params, "parts", windows_dim(&reader.windows[1]), parts, &dense, &reader.parts));
    dense.activation = ATTN_ACTIVATION_TANH;
    must(
        attn_dense_create(params, "shapes", windows_dim(&reader.windows[2]), hidden, &dense, &reader.shapes));
    must(attn_embedding_create(params, "embedding", SAYINGS, SAYINGS, NULL, &reader.embedding));
    must(attn_gru_create(params, "asker", SAYINGS, hidden, NULL, &reader.asker));
    must(attn_attention_create(params, "attention", hidden + TRACE_DIM, &attention, &reader.attention));
    dense.activation = ATTN_ACTIVATION_RELU;
    must(attn_dense_create(params, "chooser", hidden, hidden, &dense, &reader.chooser));
    must(attn_dense_create(params, "decision", hidden, SAYINGS, NULL, &reader.decision));
    return reader;
}

/* Every width follows from three, or the layers do not fit. */
static bool measure(struct reader *reader)
{
    const attn_dense_info strokes = dense_info(reader->strokes), parts = dense_info(reader->parts),
                          shapes = dense_info(reader->shapes), chooser = dense_info(reader->chooser),
                          decision = dense_info(reader->decision);
    const attn_embedding_info said = embedding_info(reader->embedding);
    const attn_gru_info asker = gru_info(reader->asker);
    const attn_attention_info attention = attention_info(reader->attention);
    const int64_t hidden = reader->hidden = shapes.output_dim;
    reader->keys_dim = attention.attention_dim;
    set_windows(reader, strokes.output_dim, parts.output_dim);
    return strokes.input_dim == windows_dim(&reader->windows[0]) &&
           parts.input_dim == windows_dim(&reader->windows[1]) &&
           shapes.input_dim == windows_dim(&reader->windows[2]) && said.rows == SAYINGS &&
           asker.input_dim == said.dim && asker.output_dim == hidden && asker.state_count == 1 &&
           attention.score == ATTN_SCORE_ADDITIVE && attention.memory_dim == hidden + TRACE_DIM &&
           attention.query_dim == hidden && chooser.input_dim == hidden &&
           decision.input_dim == chooser.output_dim && chooser.output_dim == hidden &&
           decision.output_dim == SAYINGS;
}

struct reader reader_open(attn_context *context, const attn_file *file, const char *path)
{
    struct reader reader = {.context = context};
    must(attn_params_create(context, NULL, &reader.params));
    must_read(attn_file_dense_create(file, "strokes", reader.params, &reader.strokes));
    must_read(attn_file_dense_create(file, "parts", reader.params, &reader.parts));
    must_read(attn_file_dense_create(file, "shapes", reader.params, &reader.shapes));
    must_read(attn_file_embedding_create(file, "embedding", reader.params, &reader.embedding));
    must_read(attn_file_gru_create(file, "asker", reader.params, &reader.asker));
    must_read(attn_file_attention_create(file, "attention", reader.params, &reader.attention));
    must_read(attn_file_dense_create(file, "chooser", reader.params, &reader.chooser));
    must_read(attn_file_dense_create(file, "decision", reader.params, &reader.decision));
    must_fit(measure(&reader), path);
    return reader;
}

void reader_destroy(struct reader *reader)
{
    scratch_free(&reader->step[1]);
    scratch_free(&reader->step[0]);
    scratch_free(&reader->scratch);
    attn_dense_destroy(&reader->decision);
    attn_dense_destroy(&reader->chooser);
    attn_attention_destroy(&reader->attention);
    attn_gru_destroy(&reader->asker);
    attn_embedding_destroy(&reader->embedding);
    attn_dense_destroy(&reader->shapes);
    attn_dense_destroy(&reader->parts);
    attn_dense_destroy(&reader->strokes);
    attn_params_destroy(&reader->params);
}
