/* episode.c - passes over the facts, forward and back. */
#include "episode.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/rows.h"

#define NAME_BYTES 32

static const char *update_name(int64_t pass, char name[NAME_BYTES])
{
    snprintf(name, NAME_BYTES, "episode.update_%d", (int)pass);
    return name;
}

struct episode episode_create(attn_params *params, int64_t hidden, int64_t passes)
{
    struct episode episode = {.hidden = hidden, .passes = passes};
    char name[NAME_BYTES];
    attn_attention_options scorer = ATTN_ATTENTION_OPTIONS_INIT;
    scorer.attention_dim = hidden;
    attn_dense_options update = ATTN_DENSE_OPTIONS_INIT;
    update.activation = ATTN_ACTIVATION_RELU;
    must(attn_attention_create(params, "episode.scorer", 4 * hidden, &scorer, &episode.scorer));
    must(attn_attngru_create(params, "episode.reader", hidden, hidden, NULL, &episode.reader));
    for (int64_t t = 0; t < passes; t++)
        must(attn_dense_create(params, update_name(t, name), 3 * hidden, hidden, &update,
                               &episode.updates[t]));
    return episode;
}

struct episode episode_open(attn_params *params, const attn_file *file, const char *path, int64_t hidden)
{
    struct episode episode = {.hidden = hidden};
    char name[NAME_BYTES];
    must_read(attn_file_attention_create(file, "episode.scorer", params, &episode.scorer));
    must_read(attn_file_attngru_create(file, "episode.reader", params, &episode.reader));
    const attn_attention_info scorer = attention_info(episode.scorer);
    const attn_attngru_info reader = attngru_info(episode.reader);
    bool fits = scorer.memory_dim == 4 * hidden && scorer.query_dim == 0 && reader.input_dim == hidden &&
                reader.hidden_dim == hidden && !reader.vector_openings;
    for (int64_t t = 0; t < MOST_PASSES && file_describes(file, update_name(t, name)); t++) {
        must_read(attn_file_dense_create(file, name, params, &episode.updates[t]));
        const attn_dense_info update = dense_info(episode.updates[t]);
        fits = fits && update.input_dim == 3 * hidden && update.output_dim == hidden;
        episode.passes++;
    }
    must_fit(fits && episode.passes > 0, path);
    return episode;
}

void episode_destroy(struct episode *episode)
{
    for (int64_t t = 0; t < episode->passes; t++)
        attn_dense_destroy(&episode->updates[t]);
    attn_attngru_destroy(&episode->reader);
    attn_attention_destroy(&episode->scorer);
}

/* ---- features -------------------------------------------------------------------------------------------- */

static void make_features(int64_t batch, int64_t facts, int64_t h, const int32_t *counts,
                          const float *question, const float *memory, const float *fact, float *features)
{
    for (int64_t b = 0; b < batch; b++) {
        const float *q = question + b * h, *m = memory + b * h;
        for (int64_t j = 0; j < counts[b]; j++) {
            const float *f = fact + (b * facts + j) * h;
            float *z = features + (b * facts + j) * 4 * h;
            for (int64_t d = 0; d < h; d++) {
                z[d] = f[d] * q[d];
                z[h + d] = f[d] * m[d];
                z[2 * h + d] = fabsf(f[d] - q[d]);
                z[3 * h + d] = fabsf(f[d] - m[d]);
            }
        }
    }
}

static float sign(float x)
{
    return x > 0.0f ? 1.0f : x < 0.0f ? -1.0f : 0.0f;
}

/* Adds to all three gradients. */
static void make_features_backward(int64_t batch, int64_t facts, int64_t h, const int32_t *counts,
                                   const float *question, const float *memory, const float *fact,
                                   const float *dfeatures, float *dquestion, float *dmemory, float *dfact)
{
    for (int64_t b = 0; b < batch; b++) {
        const float *q = question + b * h, *m = memory + b * h;
        float *dq = dquestion + b * h, *dm = dmemory + b * h;
        for (int64_t j = 0; j < counts[b]; j++) {
            const float *f = fact + (b * facts + j) * h, *dz = dfeatures + (b * facts + j) * 4 * h;
            float *df = dfact + (b * facts + j) * h;
            for (int64_t d = 0; d < h; d++) {
                float from_q = sign(f[d] - q[d]) * dz[2 * h + d], from_m = sign(f[d] - m[d]) * dz[3 * h + d];
                dq[d] += f[d] * dz[d] - from_q;
                dm[d] += f[d] * dz[h + d] - from_m;
                df[d] += q[d] * dz[d] + m[d] * dz[h + d] + from_q + from_m;
            }
        }
    }
}

/* ---- passes ---------------------------------------------------------------------------------------------- */

const float *episode_forward(struct episode *episode, struct scratch *scratch, attn_tape *tape, int64_t batch,
                             int64_t facts, const float *question, const float *fact, const int32_t *counts)
{
    int64_t h = episode->hidden;
    episode->memories[0] = question;
    for (int64_t t = 0; t < episode->passes; t++) {
        const float *memory = episode->memories[t];
        float *features = take(scratch, batch * facts * 4 * h), *weights = take(scratch, batch * facts);
        float *read = take(scratch, batch * h), *joined = take(scratch, batch * 3 * h),
              *next = take(scratch, batch * h);
        episode->weights[t] = weights;
        episode->memories[t + 1] = next;
        make_features(batch, facts, h, counts, question, memory, fact, features);
        must(attn_attention_forward(episode->scorer, tape, batch, facts, features, counts, weights, NULL));
        const attn_sequence in = {.struct_size = sizeof in,
                                  .batch = batch,
                                  .time = facts,
                                  .lengths = counts,
                                  .x = fact,
                                  .openings = weights};
        must(attn_attngru_forward(episode->reader, tape, &in, NULL, NULL, read));
        copy_rows(batch, h, memory, h, joined, 3 * h);
        copy_rows(batch, h, read, h, joined + h, 3 * h);
        copy_rows(batch, h, question, h, joined + 2 * h, 3 * h);
        must(attn_dense_forward(episode->updates[t], tape, batch, joined, next));
    }
    return episode->memories[episode->passes];
}

void episode_backward(struct episode *episode, struct scratch *scratch, attn_tape *tape, int64_t batch,
                      int64_t facts, const float *question, const float *fact, const int32_t *counts,
                      const float *dlast, float *dquestion, float *dfact)
{
    int64_t h = episode->hidden, numbers = batch * facts * h;
    float *dmemory = take(scratch, batch * h), *djoined = take(scratch, batch * 3 * h),
          *dread = take(scratch, batch * h);
    float *dweights = take(scratch, batch * facts), *dfeatures = take(scratch, 4 * numbers);
    memcpy(dmemory, dlast, (size_t)(batch * h) * sizeof *dmemory);
    for (int64_t t = episode->passes - 1; t >= 0; t--) {
        must(attn_dense_backward(episode->updates[t], tape, batch, dmemory, djoined));
        copy_rows(batch, h, djoined, 3 * h, dmemory, h);
        copy_rows(batch, h, djoined + h, 3 * h, dread, h);
        for (int64_t b = 0; b < batch; b++)
            add_numbers(h, djoined + b * 3 * h + 2 * h, dquestion + b * h);
        const attn_sequence_gradients out = {
            .struct_size = sizeof out, .batch = batch, .time = facts, .dx = dfeatures, .dopenings = dweights};
        must(attn_attngru_backward(episode->reader, tape, NULL, dread, &out, NULL));
        add_numbers(numbers, dfeatures, dfact);
        must(
            attn_attention_backward(episode->scorer, tape, batch, facts, 1, dweights, NULL, dfeatures, NULL));
        make_features_backward(batch, facts, h, counts, question, episode->memories[t], fact, dfeatures,
                               dquestion, dmemory, dfact);
    }
    add_numbers(batch * h, dmemory, dquestion); /* the first memory is the question */
}
