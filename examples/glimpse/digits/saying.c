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

/* A canvas has a slot for each hypothesis that it may have at a time, so that what is looked at stays where it is from step to step,
 * whoever leaves. */
struct reading {
    struct reader *reader;
    attn_gru_packed *asker;
    int64_t beam, slots; /* slots: rows * beam */
    const float *shapes; /* [slots, J, D] */
    const float *keys;   /* [slots, J, keys_dim] */
    /* The hypotheses' after the last step, [count, D]; their slots, [count]; and the slots', [slots, J] twice */
    const float *states;
    const int32_t *at;
    const float *weights, *covered;
    int64_t steps;
};

/* The contexts of `count` hypotheses' states; the sums of their weights go on from their parents'. */
static const float *look(struct reading *reading, struct scratch *scratch, int64_t count, const int32_t *rows,
                         const int32_t *parents, const float *states)
{
    const int64_t dim = reading->reader->hidden, width = dim + TRACE_DIM, slots = reading->slots;
    float *places = take(scratch, slots * PLACES * TRACE_DIM), *context = take(scratch, slots * width);
    float *weights = take(scratch, slots * PLACES), *covered = take(scratch, slots * PLACES);
    float *queries = take(scratch, slots * dim), *sights = take(scratch, count * dim);
    int32_t *at = (int32_t *)take(scratch, count), *asks = (int32_t *)take(scratch, slots);
    memset(asks, 0, (size_t)slots * sizeof *asks);
    for (int64_t i = 0; i < count; i++) {
        at[i] = i > 0 && rows[i] == rows[i - 1] ? at[i - 1] + 1 : (int32_t)(rows[i] * reading->beam);
        float *looked = weights + at[i] * PLACES, *before = covered + at[i] * PLACES;
        const int64_t parent = reading->at ? reading->at[parents[i]] * PLACES : 0;
        asks[at[i]] = 1;
        memcpy(queries + at[i] * dim, states + i * dim, (size_t)dim * sizeof *queries);
        if (reading->at) {
            memcpy(looked, reading->weights + parent, PLACES * sizeof *looked);
            memcpy(before, reading->covered + parent, PLACES * sizeof *before);
        } else {
            memset(before, 0, PLACES * sizeof *before);
        }
        trace(1, DOWN, ACROSS, reading->at ? looked : NULL, before, places + at[i] * PLACES * TRACE_DIM);
    }
    const attn_attention_step step = {.struct_size = sizeof step,
                                      .batch = slots,
                                      .items = PLACES,
                                      .width = dim,
                                      .memory = reading->shapes,
                                      .keys = reading->keys,
                                      .moving = places,
                                      .query = queries,
                                      .asks = asks};
    must(attn_attention_step_forward(reading->reader->attention, NULL, &step, weights, context));
    for (int64_t i = 0; i < count; i++) {
        add_numbers(PLACES, weights + at[i] * PLACES, covered + at[i] * PLACES);
        memcpy(sights + i * dim, context + at[i] * width, (size_t)dim * sizeof *sights);
    }
    reading->at = at;
    reading->weights = weights;
    reading->covered = covered;
    return sights;
}

static attn_status step(void *user, int64_t count, const int32_t *rows, const int32_t *parents,
                        const int32_t *tokens, float *logits)
{
    struct reading *reading = user;
    const int64_t dim = reading->reader->hidden;
    struct scratch *scratch = &reading->reader->step[reading->steps++ % 2];
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

/* numbers[slots, width]: those of each row, `beam` times. */
static const float *repeat(struct reader *reader, int64_t slots, int64_t beam, int64_t width,
                           const float *numbers)
{
    if (beam == 1)
        return numbers;
    float *repeated = take(&reader->scratch, slots * width);
    for (int64_t i = 0; i < slots; i++)
        memcpy(repeated + i * width, numbers + i / beam * width, (size_t)width * sizeof *repeated);
    return repeated;
}

void page_read(struct reader *reader, struct page *page, int64_t beam)
{
    struct reading reading = {.reader = reader, .beam = beam, .slots = page->rows * beam};
    const float *shapes = reader_see(reader, NULL, page->rows, page->pixels);
    float *keys = take(&reader->scratch, page->rows * PLACES * reader->keys_dim);
    must(attn_attention_keys_forward(reader->attention, NULL, page->rows, PLACES, reader->hidden, shapes,
                                     NULL, keys));
    reading.shapes = repeat(reader, reading.slots, beam, PLACES * reader->hidden, shapes);
    reading.keys = repeat(reader, reading.slots, beam, PLACES * reader->keys_dim, keys);
    attn_gru_packed_options asker = ATTN_GRU_PACKED_OPTIONS_INIT;
    asker.embedding = reader->embedding;
    must(attn_gru_packed_create(reader->asker, &asker, &reading.asker));
    reader->step[1].taken = 0;
    float *nothing =
        take(&reader->step[1], page->rows * reader->hidden); /* the first step takes the other one */
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
