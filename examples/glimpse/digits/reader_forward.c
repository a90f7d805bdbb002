/* reader_forward.c - a page through the layers, and the gradients back. */
#include <string.h>

#include "common/rows.h"
#include "guide.h"
#include "reader.h"

/* Below: B rows, T steps, J regions, D = hidden. */

/* ---- see ---- */

#define SEEN_AT_ONCE 2 /* canvases: 1.2 MB of windows */

/* The windows of layer `i`, a row each; the reader's. */
static float *cut(struct reader *reader, int64_t i, int64_t rows, const float *grid, int64_t *count)
{
    const struct windows *windows = &reader->windows[i];
    *count = rows * windows_down(windows) * windows_across(windows);
    float *windowed = take(&reader->scratch, *count * windows_dim(windows));
    windows_cut(windows, rows, grid, windowed);
    return windowed;
}

/* Backward wants the windows of all canvases. Without a tape they are cut for a few at a time, which stay in the cache until they
 * were multiplied. */
const float *reader_see(struct reader *reader, attn_tape *tape, int64_t rows, const float *pixels)
{
    struct scratch *scratch = &reader->scratch;
    const int64_t some = tape ? rows : SEEN_AT_ONCE, size = CANVAS_BYTES;
    scratch->taken = 0;
    float *shapes = take(scratch, rows * PLACES * reader->hidden);
    const int64_t kept = scratch->taken;
    for (int64_t b = 0; b < rows; b += some) {
        const int64_t now = rows - b < some ? rows - b : some;
        int64_t count;
        scratch->taken = kept;
        float *windowed = cut(reader, 0, now, pixels + b * size, &count);
        float *strokes = take(scratch, count * reader->windows[1].depth);
        must(attn_dense_forward(reader->strokes, tape, count, windowed, strokes));
        windowed = cut(reader, 1, now, strokes, &count);
        float *parts = take(scratch, count * reader->windows[2].depth);
        must(attn_dense_forward(reader->parts, tape, count, windowed, parts));
        windowed = cut(reader, 2, now, parts, &count);
        must(attn_dense_forward(reader->shapes, tape, count, windowed, shapes + b * PLACES * reader->hidden));
    }
    return shapes;
}

/* From dshapes [B, J, D] down to the pixels, which learn nothing. */
static void see_back(struct reader *reader, attn_tape *tape, int64_t rows, const float *dshapes)
{
    struct scratch *scratch = &reader->scratch;
    const struct windows *part = &reader->windows[2], *stroke = &reader->windows[1];
    const int64_t parts = rows * PLACES, strokes = rows * stroke->height * stroke->width;
    float *dcut = take(scratch, parts * windows_dim(part)), *dparts = take(scratch, parts * part->depth);
    must(attn_dense_backward(reader->shapes, tape, parts, dshapes, dcut));
    windows_back(part, rows, dcut, dparts);
    dcut = take(scratch, parts * windows_dim(stroke));
    float *dstrokes = take(scratch, strokes * stroke->depth);
    must(attn_dense_backward(reader->parts, tape, parts, dparts, dcut));
    windows_back(stroke, rows, dcut, dstrokes);
    must(attn_dense_backward(reader->strokes, tape, strokes, dstrokes, NULL));
}

/* ---- look ---- */

/* Row b's number of step t, in arrays [B, T, width] and [B, width]. */
static void pick_step(const struct page *page, int64_t width, int64_t t, const float *from, float *to)
{
    copy_rows(page->rows, width, from + t * width, page->steps * width, to, width);
}

static void put_step(const struct page *page, int64_t width, int64_t t, const float *from, float *to)
{
    copy_rows(page->rows, width, from, width, to + t * width, page->steps * width);
}

struct looked {
    float *weights; /* [B, T, J] */
    float *sights;  /* [B, T, D]: the contexts' part of H */
};

/* Step after step, since each has to know where the one before it looked. */
static struct looked look(struct reader *reader, attn_tape *tape, const struct page *page)
{
    struct scratch *scratch = &reader->scratch;
    const int64_t rows = page->rows, count = rows * page->steps, dim = reader->hidden,
                  width = dim + TRACE_DIM;
    const float *shapes = reader_see(reader, tape, rows, page->pixels);
    struct looked looked = {take(scratch, count * PLACES), take(scratch, count * dim)};
    float *queries = take(scratch, count * dim), *own = take(scratch, rows * PLACES),
          *covered = take(scratch, rows * PLACES), *context = take(scratch, rows * width);
    float *keys = take(scratch, rows * PLACES * reader->keys_dim), *places = NULL, *query = NULL;
    int32_t *asks = (int32_t *)take(scratch, rows); /* 1 for the rows that have a step t, else 0 */
    const attn_sequence said = {.struct_size = sizeof said,
                                .batch = rows,
                                .time = page->steps,
                                .lengths = page->lengths,
                                .embedding = reader->embedding,
                                .ids = page->before};
    must(attn_gru_forward(reader->asker, tape, &said, NULL, queries, NULL));
    must(attn_attention_keys_forward(reader->attention, tape, rows, PLACES, dim, shapes, NULL, keys));
    memset(covered, 0, (size_t)(rows * PLACES) * sizeof *covered);
    for (int64_t t = 0; t < page->steps; t++) {
        if (t == 0 || tape) { /* until backward they must stay as they are */
            places = take(scratch, rows * PLACES * TRACE_DIM);
            query = take(scratch, rows * dim);
        }
        for (int64_t b = 0; b < rows; b++)
            asks[b] = t < page->lengths[b];
        trace(rows, DOWN, ACROSS, t ? own : NULL, covered, places);
        pick_step(page, dim, t, queries, query);
        const attn_attention_step step = {.struct_size = sizeof step,
                                          .batch = rows,
                                          .items = PLACES,
                                          .width = dim,
                                          .memory = shapes,
                                          .keys = keys,
                                          .moving = places,
                                          .query = query,
                                          .asks = asks};
        must(attn_attention_step_forward(reader->attention, tape, &step, own, context));
        add_numbers(rows * PLACES, own, covered);
        put_step(page, PLACES, t, own, looked.weights);
        copy_rows(rows, dim, context, width, looked.sights + t * dim, page->steps * dim);
    }
    return looked;
}

/* dshapes [B, J, D], written, and dqueries [B, T, D], from dsights [B, T, D]. */
static void look_back(struct reader *reader, attn_tape *tape, const struct page *page, const float *dsights,
                      float *dshapes, float *dqueries)
{
    struct scratch *scratch = &reader->scratch;
    const int64_t rows = page->rows, dim = reader->hidden, width = dim + TRACE_DIM;
    const int64_t keys = rows * PLACES * reader->keys_dim;
    float *dcontext = take(scratch, rows * width), *dkeys = take(scratch, keys),
          *dquery = take(scratch, rows * dim);
    float *dweights = take(scratch, rows * page->steps * PLACES), *dweight = take(scratch, rows * PLACES);
    guide(page, REGION_SIDE, reader->diagonal, reader->empty, dweights);
    memset(dcontext, 0, (size_t)(rows * width) * sizeof *dcontext);
    memset(dkeys, 0, (size_t)keys * sizeof *dkeys);
    memset(dshapes, 0, (size_t)(rows * PLACES * dim) * sizeof *dshapes);
    for (int64_t t = page->steps - 1; t >= 0; t--) {
        copy_rows(rows, dim, dsights + t * dim, page->steps * dim, dcontext, width);
        pick_step(page, PLACES, t, dweights, dweight);
        const attn_attention_step_gradients step = {.struct_size = sizeof step,
                                                    .batch = rows,
                                                    .items = PLACES,
                                                    .width = dim,
                                                    .dweights = dweight,
                                                    .dcontext = dcontext,
                                                    .dkeys = dkeys,
                                                    .dmemory = dshapes,
                                                    .dquery = dquery};
        must(attn_attention_step_backward(reader->attention, tape, &step));
        put_step(page, dim, t, dquery, dqueries);
    }
    must(attn_attention_keys_backward(reader->attention, tape, rows, PLACES, dim, dkeys, dshapes));
}

/* ---- say ---- */

struct outcome {
    struct looked looked;
    double loss;
    float *logits; /* [B, T, SAYINGS]; with a tape their gradient */
};

static struct outcome forward(struct reader *reader, attn_tape *tape, const struct page *page)
{
    struct scratch *scratch = &reader->scratch;
    const int64_t count = page->rows * page->steps, dim = reader->hidden;
    struct outcome outcome = {.looked = look(reader, tape, page)};
    float *chosen = take(scratch, count * dim), loss;
    outcome.logits = take(scratch, count * SAYINGS);
    must(attn_dense_forward(reader->chooser, tape, count, outcome.looked.sights, chosen));
    must(attn_dropout_forward(reader->context, tape, count * dim, chosen, reader->dropout, chosen));
    must(attn_dense_forward(reader->decision, tape, count, chosen, outcome.logits));
    const attn_cross_entropy_options within = {
        .struct_size = sizeof within, .ignore = 1, .ignore_label = NOTHING};
    must(attn_cross_entropy(reader->context, count, SAYINGS, outcome.logits, page->said, &within, &loss, NULL,
                            NULL, tape ? outcome.logits : NULL));
    outcome.loss = (double)loss;
    return outcome;
}

double reader_loss(struct reader *reader, const struct page *page)
{
    return forward(reader, NULL, page).loss;
}

const float *reader_weights(struct reader *reader, const struct page *page)
{
    return look(reader, NULL, page).weights;
}

double reader_gradients(struct reader *reader, attn_tape *tape, const struct page *page)
{
    struct scratch *scratch = &reader->scratch;
    const int64_t rows = page->rows, count = rows * page->steps, dim = reader->hidden;
    const struct outcome outcome = forward(reader, tape, page);
    float *dchosen = take(scratch, count * dim), *dsights = take(scratch, count * dim);
    float *dqueries = take(scratch, count * dim), *dshapes = take(scratch, rows * PLACES * dim);
    must(attn_dense_backward(reader->decision, tape, count, outcome.logits, dchosen));
    must(attn_dropout_backward(reader->context, tape, count * dim, dchosen, dchosen));
    must(attn_dense_backward(reader->chooser, tape, count, dchosen, dsights));
    look_back(reader, tape, page, dsights, dshapes, dqueries);
    const attn_sequence_gradients said = {.struct_size = sizeof said, .batch = rows, .time = page->steps};
    must(attn_gru_backward(reader->asker, tape, dqueries, NULL, &said, NULL));
    see_back(reader, tape, rows, dshapes);
    return outcome.loss;
}
