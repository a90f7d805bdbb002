/* score.c - captions and their weights against what the examples say. */
#include "score.h"

#include <stdlib.h>
#include <string.h>

#include "common/terminal.h"
#include "tell.h"

#define ROWS 128 /* captioned at once */

/* The region of largest weight. */
static int64_t peak(const float *weights)
{
    int64_t best = 0;
    for (int64_t j = 1; j < REGIONS; j++)
        best = weights[j] > weights[best] ? j : best;
    return best;
}

static bool lies_in(int64_t region, const struct place *place)
{
    int64_t x = region % REGIONS_ACROSS * REGION + REGION / 2,
            y = region / REGIONS_ACROSS * REGION + REGION / 2;
    return x >= place->left && x < place->left + place->width && y >= place->top &&
           y < place->top + place->height;
}

/* How many places of example b their nouns point to. Nouns are looked for in their order in what was said. */
static int64_t count_hits(const struct batch *batch, const int32_t *right, int64_t b, const float *weights)
{
    const struct example *example = &batch->examples[b];
    const int32_t *said = batch->words + b * batch->time;
    int64_t hits = 0, t = 0;
    for (int64_t i = 0; i < example->place_count; i++) {
        const struct place *place = &example->places[i];
        int64_t at = t;
        while (at < batch->lengths[b] && said[at] != right[place->word])
            at++;
        if (at == batch->lengths[b])
            continue; /* not said: later nouns are looked for from where this one was */
        hits += lies_in(peak(weights + (b * batch->time + at) * REGIONS), place);
        t = at + 1;
    }
    return hits;
}

/* What was counted of the captions so far. */
struct counts {
    int64_t exact, hits, places;
    struct speed speed;
};

static void compare(attn_context *context, struct trained *trained, struct batch *batch, int64_t beam,
                    struct counts *counts)
{
    struct text caption = {0};
    int64_t size = batch->rows * batch->time, time = batch->time;
    int32_t *right = allocate(size, sizeof *right);
    memcpy(right, batch->words, (size_t)size * sizeof *right);
    speed_start(&counts->speed);
    tell_batch(context, trained, batch, beam);
    speed_stop(&counts->speed);
    counts->speed.answers += batch->rows;
    const float *weights = network_weights(&trained->network, batch);
    for (int64_t b = 0; b < batch->rows; b++) {
        batch_caption(batch, trained->vocab, b, &caption);
        counts->exact += strcmp(caption.bytes, batch->examples[b].caption) == 0;
        counts->hits += count_hits(batch, right + b * time, b, weights);
        counts->places += batch->examples[b].place_count;
        counts->speed.steps += batch->lengths[b] + 1;
    }
    free(right);
    free(caption.bytes);
}

struct score score_examples(attn_context *context, struct trained *trained, const struct examples *examples,
                            const int64_t *indices, int64_t count, int64_t beam)
{
    struct batch batch = {0};
    struct counts counts = {0};
    double loss = 0;
    int64_t words = 0;
    for (int64_t at = 0; at < count; at += ROWS) {
        int64_t rows = count - at < ROWS ? count - at : ROWS;
        batch_fill(&batch, trained->vocab, examples, indices + at, rows);
        int64_t spoken = words;
        for (int64_t b = 0; b < rows; b++)
            words += batch.lengths[b];
        loss += network_loss(&trained->network, &batch) * (double)(words - spoken);
        if (beam > 0)
            compare(context, trained, &batch, beam, &counts);
        progress_show("measuring", at + rows, count, "");
    }
    progress_clear();
    batch_free(&batch);
    return (struct score){loss / (double)words, (double)counts.exact / (double)count,
                          counts.places ? (double)counts.hits / (double)counts.places : 0, counts.speed};
}
