/* saying.c - one step of reading, under attn_search, and the score. */
#include "saying.h"

#include <stdlib.h>
#include <string.h>

#include "common/rows.h"
#include "common/saved.h"
#include "common/terminal.h"
#include "glimpse/tasks.h"

#define ROWS 64 /* canvases read at once */

struct reader reader_load(attn_context *context, const char *path, attn_file **file, json_t **json)
{
    attn_file *own;
    must_read(attn_file_open(context, path, &own));
    json_t *config = read_model_json(own, path);
    require_task(config, path, "digits");
    struct reader reader = reader_open(context, own, path);
    hand_over(own, file, config, json);
    return reader;
}

void reader_save(const struct reader *reader, const struct digits *digits, const char *path,
                 attn_save_options options, json_t *json)
{
    json_object_set_new(json, "task", json_string("digits"));
    json_object_set_new(json, "fingerprint", fingerprint_json(digits->fingerprint));
    save_model(path, reader->params, options, json);
}

/* ---- step by step ---- */

struct reading {
    struct reader *reader;
    attn_gru_packed *asker;
    const float *shapes; /* [rows, J, D] */
    const float *keys;   /* [rows, J, keys_dim] */
    /* The hypotheses' after the last step, [count, D], [count, J] and [count, J] */
    const float *states, *weights, *covered;
    struct scratch scratch[2]; /* of this step, and of the one before, from which its states are taken */
    int64_t steps;
};

/* The contexts of `count` hypotheses' states; the sums of their weights go on from their parents'. */
static const float *look(struct reading *reading, struct scratch *scratch, int64_t count, const int32_t *rows,
                         const int32_t *parents, const float *states)
{
    const int64_t dim = reading->reader->hidden, keys_dim = reading->reader->keys_dim,
                  width = dim + TRACE_DIM;
    float *shapes = take(scratch, count * PLACES * dim), *keys = take(scratch, count * PLACES * keys_dim);
    float *places = take(scratch, count * PLACES * TRACE_DIM), *context = take(scratch, count * width);
    float *weights = take(scratch, count * PLACES), *covered = take(scratch, count * PLACES);
    float *sights = take(scratch, count * dim);
    const bool first = reading->weights == NULL;
    pick_rows(count, PLACES * dim, reading->shapes, rows, shapes);
    pick_rows(count, PLACES * keys_dim, reading->keys, rows, keys);
    if (first) {
        memset(covered, 0, (size_t)(count * PLACES) * sizeof *covered);
    } else {
        pick_rows(count, PLACES, reading->weights, parents, weights);
        pick_rows(count, PLACES, reading->covered, parents, covered);
    }
    trace(count, DOWN, ACROSS, first ? NULL : weights, covered, places);
    const attn_attention_step step = {.struct_size = sizeof step,
                                      .batch = count,
                                      .items = PLACES,
                                      .width = dim,
                                      .memory = shapes,
                                      .keys = keys,
                                      .moving = places,
                                      .query = states};
    must(attn_attention_step_forward(reading->reader->attention, NULL, &step, weights, context));
    add_numbers(count * PLACES, weights, covered);
    copy_rows(count, dim, context, width, sights, dim);
    reading->weights = weights;
    reading->covered = covered;
    return sights;
}

static attn_status step(void *user, int64_t count, const int32_t *rows, const int32_t *parents,
                        const int32_t *tokens, float *logits)
{
    struct reading *reading = user;
    const int64_t dim = reading->reader->hidden;
    struct scratch *scratch = &reading->scratch[reading->steps++ % 2];
    scratch->taken = 0;
    float *states = take(scratch, count * dim), *chosen = take(scratch, count * dim);
    pick_rows(count, dim, reading->states, parents, states);
    reading->states = states;
    const attn_sequence said = {.struct_size = sizeof said, .batch = count, .time = 1, .ids = tokens};
    must(attn_gru_packed_step(reading->asker, &said, states));
    const float *sights = look(reading, scratch, count, rows, parents, states);
    must(attn_dense_forward(reading->reader->chooser, NULL, count, sights, chosen));
    must(attn_dense_forward(reading->reader->decision, NULL, count, chosen, logits));
    return ATTN_OK;
}

void page_read(struct reader *reader, struct page *page, int64_t beam)
{
    struct reading reading = {.reader = reader, .shapes = reader_see(reader, NULL, page->rows, page->pixels)};
    float *keys = take(&reader->scratch, page->rows * PLACES * reader->keys_dim);
    must(attn_attention_keys_forward(reader->attention, NULL, page->rows, PLACES, reader->hidden,
                                     reading.shapes, NULL, keys));
    reading.keys = keys;
    attn_gru_packed_options asker = ATTN_GRU_PACKED_OPTIONS_INIT;
    asker.embedding = reader->embedding;
    must(attn_gru_packed_create(reader->asker, &asker, &reading.asker));
    float *nothing =
        take(&reading.scratch[1], page->rows * reader->hidden); /* the first step takes the other one */
    memset(nothing, 0, (size_t)(page->rows * reader->hidden) * sizeof *nothing);
    reading.states = nothing;
    attn_search_options options = ATTN_SEARCH_OPTIONS_INIT;
    options.method = beam > 1 ? ATTN_SEARCH_BEAM : ATTN_SEARCH_GREEDY;
    options.begin_id = options.end_id = END;
    options.beam = (int32_t)beam;
    int32_t *tokens = allocate(page->rows * MOST_STEPS, sizeof *tokens);
    int32_t *lengths = allocate(page->rows, sizeof *lengths);
    must(attn_search(reader->context, page->rows, SAYINGS, MOST_STEPS, step, &reading, &options, tokens,
                     lengths, NULL));
    page_say(page, tokens, lengths);
    free(tokens);
    free(lengths);
    attn_gru_packed_destroy(&reading.asker);
    scratch_free(&reading.scratch[0]);
    scratch_free(&reading.scratch[1]);
}

void append_said(struct text *out, const struct page *page, int64_t b)
{
    for (int64_t t = 0; t < page->steps && page->said[b * page->steps + t] < END; t++) {
        if (page->said[b * page->steps + t] == NOTHING)
            break;
        text_print(out, "%d", page->said[b * page->steps + t]);
    }
}

/* ---- the score ---- */

static bool points_into(const float *weights, const struct box *box)
{
    int64_t peak = 0;
    for (int64_t j = 1; j < PLACES; j++)
        peak = weights[j] > weights[peak] ? j : peak;
    int64_t x = peak % ACROSS * REGION_SIDE + REGION_SIDE / 2,
            y = peak / ACROSS * REGION_SIDE + REGION_SIDE / 2;
    return x >= box->left && x < box->left + box->width && y >= box->top && y < box->top + box->height;
}

struct counts {
    int64_t exact, hits, digits;
    struct speed speed;
};

/* What a page says, against what its canvases show. */
static void compare(struct reader *reader, struct page *page, int64_t beam, struct counts *counts)
{
    speed_start(&counts->speed);
    page_read(reader, page, beam);
    speed_stop(&counts->speed);
    counts->speed.answers += page->rows;
    const float *weights = reader_weights(reader, page);
    for (int64_t b = 0; b < page->rows; b++) {
        const struct canvas *canvas = &page->canvases[b];
        const int32_t *said = page->said + b * page->steps;
        bool exact = page->lengths[b] == canvas->count + 1;
        for (int64_t t = 0; t < canvas->count; t++) {
            bool right = t < page->lengths[b] && said[t] == canvas->labels[t];
            exact = exact && right;
            counts->hits += right && points_into(weights + (b * page->steps + t) * PLACES, &canvas->boxes[t]);
        }
        counts->exact += exact;
        counts->digits += canvas->count;
        counts->speed.steps += page->lengths[b];
    }
}

struct read_score score_canvases(struct reader *reader, const struct pool *pool, uint64_t seed,
                                 enum canvas_part part, int64_t count, int64_t beam)
{
    struct page page = {0};
    struct counts counts = {0};
    double loss = 0, said = 0;
    for (int64_t at = 0; at < count; at += ROWS) {
        const int64_t rows = count - at < ROWS ? count - at : ROWS;
        double spoken = 0;
        page_reserve(&page, rows);
        for (int64_t b = 0; b < rows; b++) {
            canvas_draw(pool, seed, part, at + b, 0, &page.canvases[b]);
            spoken += (double)page.canvases[b].count + 1;
        }
        page_set(&page);
        loss += reader_loss(reader, &page) * spoken;
        said += spoken;
        if (beam > 0)
            compare(reader, &page, beam, &counts);
        progress_show("measuring", at + rows, count, "");
    }
    progress_clear();
    page_free(&page);
    return (struct read_score){loss / said, (double)counts.exact / (double)count,
                               counts.digits ? (double)counts.hits / (double)counts.digits : 0, counts.speed};
}
