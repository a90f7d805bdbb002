/* omit.c - decisions on rows with words left out, as they were without.
 *
 * Without one word, at t, the forward direction's states are those of the whole row before t, and the backward direction's those
 * behind it. From there on each direction runs anew. A GRU forgets: the difference d that the word makes to its state grows
 * small, and then what is still to come of it is linear in d, by slopes of the whole row. So only states that differ by more are
 * run, and only their scores and parts of the decision are computed. With softmax of temperature tau, m the row's largest score,
 * and sums over all j but t:
 *
 *     e_j = score(key of the forward state + key of the backward state),   z_j = exp((e_j - m) / tau),   P_j = W h_j
 *     logits = b + N / Z,   N = sum_j z_j P_j,   Z = sum_j z_j
 *     of a state at place j that differs by d, Z and N have still to come (slope of the sum of z_i, z_i P_i over all i after j) . d
 *
 * The slopes are gradients of the whole row's two sums, back through time once for all words. When they may be used, and what that
 * leaves out, is in omit_one.c. The other weightings have no such sums, and there a direction is run until its state is the whole
 * row's to rounding.
 *
 * A direction runs from states of its own choice where the encoder is packed and has one layer; otherwise, and without more than one
 * word, rows are read anew from their beginning. */
#include <math.h>
#include <string.h>

#include "classify/classifier.h"

#define TOGETHER 32768 /* tokens that are read anew in one call */

static attn_status room(const attni_omission *omission, attn_tape *tape, int64_t count, size_t size,
                        void *array)
{
    return attni_classifier_room(omission->classifier, tape, count, size, array);
}

/* ---- the rows as they are ----------------------------------------------------------------------------------------------------- */

attn_status attni_classifier_parts(const attn_classifier *classifier, int64_t count, const float *states,
                                   const float *bias, float *parts)
{
    const int64_t classes = classifier->classes;
    ATTNI_TRY(attn_dense_forward(classifier->decision, NULL, count, states, parts));
    for (int64_t i = 0; i < count * classes; i++)
        parts[i] -= bias[i % classes];
    return ATTN_OK;
}

/* Whether a direction can run by itself, and all that follows from its states are scores and parts. */
attn_status attni_omission_open(attni_omission *omission)
{
    const attn_classifier *classifier = omission->classifier;
    attn_gru_info encoder = ATTN_GRU_INFO_INIT;
    if (!classifier->packed || !classifier->attention || classifier->reader || classifier->layers > 1)
        return ATTN_OK;
    ATTNI_TRY(attn_gru_get_info(classifier->encoder, &encoder));
    if (encoder.experimental) /* states may depend on the sum of all before */
        return ATTN_OK;
    for (int32_t d = 0; d < classifier->directions; d++)
        ATTNI_TRY(attn_gru_packed_direction(classifier->packed, d, &omission->directions[d]));
    return ATTN_OK;
}

void attni_omission_clear(attni_omission *omission)
{
    for (int32_t d = 0; d < 2; d++)
        attn_gru_packed_destroy(&omission->directions[d]);
}

/* keys, scores, parts and bias. */
static attn_status make_parts(attni_omission *omission, attn_tape *memory)
{
    const attn_classifier *classifier = omission->classifier;
    const int64_t tokens = omission->batch * omission->time, h = classifier->hidden_dim;
    float *keys, *zeros;
    ATTNI_TRY(room(omission, memory, classifier->state_dim, sizeof *zeros, &zeros));
    ATTNI_TRY(room(omission, memory, classifier->classes, sizeof *omission->bias, &omission->bias));
    ATTNI_TRY(
        room(omission, memory, tokens * classifier->classes, sizeof *omission->parts, &omission->parts));
    ATTNI_TRY(room(omission, memory, tokens, sizeof *omission->scores, &omission->scores));
    ATTNI_TRY(room(omission, memory, tokens * omission->key_dim, sizeof *keys, &keys));
    memset(zeros, 0, (size_t)classifier->state_dim * sizeof *zeros);
    ATTNI_TRY(attn_dense_forward(classifier->decision, NULL, 1, zeros, omission->bias));
    ATTNI_TRY(attni_classifier_parts(classifier, tokens, omission->states, omission->bias, omission->parts));
    memset(keys, 0, (size_t)(tokens * omission->key_dim) * sizeof *keys);
    for (int64_t d = 0; d < classifier->directions; d++) {
        float **of = &omission->keys[d];
        ATTNI_TRY(room(omission, memory, tokens * omission->key_dim, sizeof **of, of));
        memset(*of, 0, (size_t)(tokens * omission->key_dim) * sizeof **of);
        ATTNI_TRY(attn_attention_score(classifier->attention, tokens, omission->states, d * h, h, *of, NULL));
        for (int64_t i = 0; i < tokens * omission->key_dim; i++)
            keys[i] += (*of)[i];
    }
    return attn_attention_score(classifier->attention, tokens, omission->states, 0, 0, keys,
                                omission->scores);
}

/* ---- what is to come ---------------------------------------------------------------------------------------------------------- */

/* dh[B, T, D] of one sum over each row's places: of z_j, or for class k of z_j P_jk, from what it has of each state by itself: of
 * z_j P_jk that is z_j (slope of e_j P_jk / tau + W_k), of z_j without the P and W_k, which is NULL. dh is then without that. */
static attn_status go_back(const attni_omission *omission, attn_tape *tape, const float *score_slopes,
                           const float *weight, int64_t k, float *dy, float *dh)
{
    const attn_classifier *classifier = omission->classifier;
    const int64_t time = omission->time, d = classifier->state_dim, classes = classifier->classes;
    attn_sequence in = ATTN_SEQUENCE_INIT;
    attn_sequence_gradients out = ATTN_SEQUENCE_GRADIENTS_INIT;
    in.batch = out.batch = omission->batch;
    in.time = out.time = time;
    in.lengths = omission->lengths;
    in.ids = omission->ids;
    in.embedding = classifier->embedding;
    out.dh = dh;
    for (int64_t j = 0; j < omission->batch * time; j++) {
        if (j % time >= omission->lengths[j / time])
            continue;
        const float z = expf((omission->scores[j] - omission->tops[j / time]) / omission->temperature);
        const float moved = z / omission->temperature * (weight ? omission->parts[j * classes + k] : 1.0f);
        for (int64_t i = 0; i < d; i++)
            dy[j * d + i] = moved * score_slopes[j * d + i] + (weight ? z * weight[i] : 0.0f);
    }
    ATTNI_TRY(attn_tape_begin(tape, 0));
    ATTNI_TRY(attn_gru_forward(classifier->encoder, tape, &in, NULL, NULL, NULL));
    ATTNI_TRY(attn_gru_backward(classifier->encoder, tape, dy, NULL, &out, NULL));
    for (int64_t j = 0; j < omission->batch * time; j++) {
        for (int64_t i = j * d; j % time < omission->lengths[j / time] && i < (j + 1) * d; i++)
            dh[i] -= dy[i];
    }
    return ATTN_OK;
}

/* weight[D]: what class k's logit has of each number of the context. */
static attn_status find_weight(const attn_classifier *classifier, attn_tape *tape, int64_t k,
                               const float *state, float *logits, float *weight)
{
    ATTNI_TRY(attn_tape_begin(tape, 0));
    ATTNI_TRY(attn_dense_forward(classifier->decision, tape, 1, state, logits));
    for (int64_t i = 0; i < classifier->classes; i++)
        logits[i] = i == k ? 1.0f : 0.0f;
    return attn_dense_backward(classifier->decision, tape, 1, logits, weight);
}

static attn_status make_slopes(attni_omission *omission, attn_tape *memory, attn_tape *tape)
{
    const attn_classifier *classifier = omission->classifier;
    const int64_t batch = omission->batch, time = omission->time, d = classifier->state_dim,
                  classes = classifier->classes, numbers = batch * time * d;
    float *score_slopes, *dy, *weight, *logits;
    ATTNI_TRY(room(omission, memory, batch, sizeof *omission->tops, &omission->tops));
    ATTNI_TRY(room(omission, memory, batch, sizeof *omission->sums, &omission->sums));
    ATTNI_TRY(room(omission, memory, numbers, sizeof *score_slopes, &score_slopes));
    ATTNI_TRY(room(omission, memory, numbers, sizeof *dy, &dy));
    ATTNI_TRY(room(omission, memory, d, sizeof *weight, &weight));
    ATTNI_TRY(room(omission, memory, classes, sizeof *logits, &logits));
    ATTNI_TRY(room(omission, memory, (1 + classes) * numbers, sizeof *omission->slopes, &omission->slopes));
    for (int64_t b = 0; b < batch; b++) {
        omission->tops[b] = -INFINITY;
        for (int64_t t = 0; t < omission->lengths[b]; t++)
            omission->tops[b] = fmaxf(omission->tops[b], omission->scores[b * time + t]);
        omission->sums[b] = 0;
        for (int64_t t = 0; t < omission->lengths[b]; t++)
            omission->sums[b] += exp((double)(omission->scores[b * time + t] - omission->tops[b]) /
                                     (double)omission->temperature);
    }
    ATTNI_TRY(
        attn_attention_score_slopes(classifier->attention, batch * time, omission->states, score_slopes));
    ATTNI_TRY(go_back(omission, tape, score_slopes, NULL, 0, dy, omission->slopes));
    for (int64_t k = 0; k < classes && numbers > 0; k++) {
        ATTNI_TRY(find_weight(classifier, tape, k, omission->states, logits, weight));
        ATTNI_TRY(go_back(omission, tape, score_slopes, weight, k, dy, omission->slopes + (1 + k) * numbers));
    }
    return ATTN_OK;
}

/* Slopes are of the layer's own weights, which the packed ones must not be rounded from. */
static attn_status make_ready(attni_omission *omission)
{
    const attn_classifier *classifier = omission->classifier;
    attn_gru_packed_info packed = ATTN_GRU_PACKED_INFO_INIT;
    attn_attention_info attention = ATTN_ATTENTION_INFO_INIT;
    ATTNI_TRY(attn_gru_packed_get_info(classifier->packed, &packed));
    ATTNI_TRY(attn_attention_get_info(classifier->attention, &attention));
    omission->key_dim = attention.attention_dim;
    omission->temperature = attention.temperature;
    ATTNI_TRY(make_parts(omission, omission->memory));
    if (attention.weighting == ATTN_WEIGHTING_SOFTMAX && packed.precision == ATTN_PRECISION_FLOAT32 &&
        classifier->classes <= ATTNI_OMISSION_CLASSES)
        ATTNI_TRY(make_slopes(omission, omission->memory, omission->tape));
    omission->is_ready = 1;
    return ATTN_OK;
}

/* ---- any words less ----------------------------------------------------------------------------------------------------------- */

/* Copies that are decided on in one way, without their words. */
struct copies {
    int64_t count;
    int32_t *rows, *at; /* [count]: which row, and the first word that it lacks */
    int32_t *ids;       /* [count, time] */
    int32_t *lengths;   /* [count] */
    float *logits;      /* [count, classes] */
};

static attn_status make_copies(const attni_omission *omission, attn_tape *question, int64_t count,
                               struct copies *copies)
{
    ATTNI_TRY(room(omission, question, count, sizeof(int32_t), &copies->rows));
    ATTNI_TRY(room(omission, question, count, sizeof(int32_t), &copies->at));
    ATTNI_TRY(room(omission, question, count * omission->time, sizeof(int32_t), &copies->ids));
    ATTNI_TRY(room(omission, question, count, sizeof(int32_t), &copies->lengths));
    return room(omission, question, count * omission->classifier->classes, sizeof(float), &copies->logits);
}

/* The n-grams of what is left, beside the encoder. */
static attn_status add_channels(const attni_omission *omission, attn_tape *question,
                                const struct copies *copies)
{
    const attn_classifier *classifier = omission->classifier;
    const int64_t numbers = copies->count * classifier->classes;
    float *ngrams;
    for (int64_t i = 0; i < numbers; i++)
        copies->logits[i] *= classifier->scales[0];
    if (classifier->ngrams == NULL)
        return ATTN_OK;
    ATTNI_TRY(room(omission, question, numbers, sizeof *ngrams, &ngrams));
    ATTNI_TRY(attn_ngrams_forward(classifier->ngrams, NULL, copies->count, omission->time, copies->ids,
                                  copies->lengths, ngrams));
    for (int64_t i = 0; i < numbers; i++)
        copies->logits[i] += classifier->scales[1] * ngrams[i];
    return ATTN_OK;
}

/* How a copy is decided on. */
enum { WHOLE, ONE_LESS, READ_ANEW };

/* `at` is the first word that is left out, if any is. */
static int32_t way_of(const attni_omission *omission, int32_t row, const uint8_t *keep, int32_t *at)
{
    const size_t length = (size_t)omission->lengths[row];
    const uint8_t *gone = length ? memchr(keep, 0, length) : NULL;
    if (gone == NULL)
        return WHOLE;
    *at = (int32_t)(gone - keep);
    return omission->directions[0] == NULL || memchr(gone + 1, 0, length - (size_t)*at - 1) ? READ_ANEW
                                                                                            : ONE_LESS;
}

/* Decide on those copies that are decided on in one way. */
static attn_status decide_some(attni_omission *omission, attn_tape *question, int32_t way,
                               const struct copies *copies)
{
    attn_sequence in = ATTN_SEQUENCE_INIT;
    if (copies->count == 0)
        return ATTN_OK;
    if (way == ONE_LESS) {
        if (!omission->is_ready)
            ATTNI_TRY(make_ready(omission));
        ATTNI_TRY(
            attni_omission_one(omission, question, copies->count, copies->rows, copies->at, copies->logits));
        return add_channels(omission, question, copies);
    }
    in.time = omission->time;
    for (int64_t at = 0; at < copies->count; at += in.batch) {
        const int64_t most = omission->time < TOGETHER ? TOGETHER / omission->time : 1;
        in.batch = copies->count - at < most ? copies->count - at : most;
        in.ids = copies->ids + at * omission->time;
        in.lengths = copies->lengths + at;
        ATTNI_TRY(attn_classifier_forward(omission->classifier, NULL, &in,
                                          copies->logits + at * omission->classifier->classes, NULL, NULL));
    }
    return ATTN_OK;
}

attn_status attni_omission_decide(attni_omission *omission, attn_tape *question, int64_t count,
                                  const int32_t *rows, const uint8_t *keep, float *logits)
{
    const int64_t time = omission->time, classes = omission->classifier->classes;
    struct copies copies;
    ATTNI_TRY(make_copies(omission, question, count, &copies));
    for (int32_t way = WHOLE; way <= READ_ANEW; way++) {
        int32_t at;
        copies.count = 0;
        for (int64_t i = 0; i < count; i++) {
            if (way_of(omission, rows[i], keep + i * time, &at) != way)
                continue;
            if (way == WHOLE) {
                memcpy(logits + i * classes, omission->logits + rows[i] * classes,
                       (size_t)classes * sizeof *logits);
                continue;
            }
            attni_classifier_copy_rows(time, omission->ids, omission->lengths, 1, rows + i, keep + i * time,
                                       copies.ids + copies.count * time, copies.lengths + copies.count);
            copies.rows[copies.count] = rows[i];
            copies.at[copies.count++] = at;
        }
        ATTNI_TRY(decide_some(omission, question, way, &copies));
        for (int64_t i = 0, c = 0; c < copies.count; i++) {
            if (way_of(omission, rows[i], keep + i * time, &at) == way)
                memcpy(logits + i * classes, copies.logits + c++ * classes, (size_t)classes * sizeof *logits);
        }
    }
    return ATTN_OK;
}
