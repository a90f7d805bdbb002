/* omit.c - decisions on rows with words left out, as they were without.
 *
 * Without one word, at t, the forward direction's states are those of the whole row before t, and the backward direction's those
 * behind it. From there on each direction runs anew until its state is again what the whole row has (a GRU forgets): then so are all
 * that follow. So only states that changed are run, and only their scores and parts of the decision are computed:
 *
 *     e_j = score(key of the forward state + key of the backward state),  P_j = W h_j        of every j but t
 *     logits = b + sum_j weighting(e)_j P_j
 *
 * Many words of many rows run as rows of one batch, STEPS steps at a time. A direction runs from states of its own choice where the
 * encoder is packed and has one layer; otherwise, and without more than one word, rows are read anew from their beginning. */
#include <math.h>
#include <string.h>

#include "classify/classifier.h"

#define STEPS 8 /* between two looks at whether a state has come back */

/* States lie between -1 and 1, and of two runs that forget each difference the last four places of numbers near 1 remain apart,
 * by rounding alone. */
#define ROUNDING 0x1p-21f

static attn_status room(const attni_omission *omission, attn_tape *tape, int64_t count, size_t size,
                        void *array)
{
    return attni_classifier_room(omission->classifier, tape, count, size, array);
}

/* ---- the rows as they are ----------------------------------------------------------------------------------------------------- */

/* parts[count, classes] = W h of states[count, D]: their decisions less that of zeros, which is the bias. */
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
static attn_status look(attni_omission *omission)
{
    const attn_classifier *classifier = omission->classifier;
    attn_gru_info encoder = ATTN_GRU_INFO_INIT;
    attn_attention_info attention = ATTN_ATTENTION_INFO_INIT;
    if (!classifier->packed || !classifier->attention || classifier->reader || classifier->layers > 1)
        return ATTN_OK;
    ATTNI_TRY(attn_gru_get_info(classifier->encoder, &encoder));
    ATTNI_TRY(attn_attention_get_info(classifier->attention, &attention));
    if (encoder.experimental) /* states may depend on the sum of all before */
        return ATTN_OK;
    omission->key_dim = attention.attention_dim;
    for (int32_t d = 0; d < classifier->directions; d++)
        ATTNI_TRY(attn_gru_packed_direction(classifier->packed, d, &omission->directions[d]));
    return ATTN_OK;
}

attn_status attni_omission_make(attni_omission *omission, attn_tape *memory)
{
    const attn_classifier *classifier = omission->classifier;
    const int64_t tokens = omission->batch * omission->time, h = classifier->hidden_dim;
    float *keys, *zeros;
    ATTNI_TRY(look(omission));
    if (omission->directions[0] == NULL)
        return ATTN_OK;
    ATTNI_TRY(room(omission, memory, classifier->state_dim, sizeof *zeros, &zeros));
    ATTNI_TRY(room(omission, memory, classifier->classes, sizeof *omission->bias, &omission->bias));
    ATTNI_TRY(
        room(omission, memory, tokens * classifier->classes, sizeof *omission->parts, &omission->parts));
    ATTNI_TRY(room(omission, memory, tokens, sizeof *omission->scores, &omission->scores));
    ATTNI_TRY(room(omission, memory, tokens * omission->key_dim, sizeof *keys, &keys));
    memset(zeros, 0, (size_t)classifier->state_dim * sizeof *zeros);
    ATTNI_TRY(attn_dense_forward(classifier->decision, NULL, 1, zeros, omission->bias));
    ATTNI_TRY(attni_classifier_parts(classifier, tokens, omission->states, omission->bias, omission->parts));
    for (int64_t d = 0; d < classifier->directions; d++) {
        float **of = &omission->keys[d];
        ATTNI_TRY(room(omission, memory, tokens * omission->key_dim, sizeof **of, of));
        memset(*of, 0, (size_t)(tokens * omission->key_dim) * sizeof **of);
        ATTNI_TRY(attn_attention_score(classifier->attention, tokens, omission->states, d * h, h, *of, NULL));
    }
    for (int64_t i = 0; i < tokens * omission->key_dim; i++)
        keys[i] = omission->keys[0][i] + (omission->keys[1] ? omission->keys[1][i] : 0.0f);
    return attn_attention_score(classifier->attention, tokens, omission->states, 0, 0, keys,
                                omission->scores);
}

void attni_omission_clear(attni_omission *omission)
{
    for (int32_t d = 0; d < 2; d++)
        attn_gru_packed_destroy(&omission->directions[d]);
}

/* ---- one word less ------------------------------------------------------------------------------------------------------------ */

/* Copies of rows that lack one word each, and what stays of it in the question's memory. */
struct copies {
    int64_t count;
    int32_t *rows, *at; /* [count]: which row, and the word that it lacks */
    int32_t *lengths;   /* [count]: of what is left */
    float *scores;      /* [count, time], of what is left */
    float *parts;       /* [count, time, classes] */
    float *logits;      /* [count, classes] */
};

/* The copies that one direction still runs, and their next steps. */
struct running {
    int64_t count;
    int32_t *copies;        /* [count]: which */
    int32_t *begins, *ends; /* [count]: the places that are read next: backward from the last one */
    int32_t *steps;         /* [count]: how many */
    int32_t *ids;           /* [count, STEPS] */
    float *before, *after;  /* [count, H]: states */
    float *y;               /* [count, STEPS, H] */
    float *states;          /* [count * STEPS, D]: those of all steps, with the other direction's */
    float *keys, *scores, *parts;
};

static attn_status make_copies(const attni_omission *omission, attn_tape *question, int64_t count,
                               struct copies *copies)
{
    const int64_t classes = omission->classifier->classes, tokens = count * omission->time;
    copies->count = count;
    ATTNI_TRY(room(omission, question, count, sizeof(int32_t), &copies->rows));
    ATTNI_TRY(room(omission, question, count, sizeof(int32_t), &copies->at));
    ATTNI_TRY(room(omission, question, count, sizeof(int32_t), &copies->lengths));
    ATTNI_TRY(room(omission, question, tokens, sizeof(float), &copies->scores));
    ATTNI_TRY(room(omission, question, tokens * classes, sizeof(float), &copies->parts));
    return room(omission, question, count * classes, sizeof(float), &copies->logits);
}

static attn_status make_running(const attni_omission *omission, attn_tape *question, int64_t count,
                                struct running *running)
{
    const attn_classifier *classifier = omission->classifier;
    const int64_t h = classifier->hidden_dim, steps = count * STEPS;
    ATTNI_TRY(room(omission, question, count, sizeof(int32_t), &running->copies));
    ATTNI_TRY(room(omission, question, count, sizeof(int32_t), &running->begins));
    ATTNI_TRY(room(omission, question, count, sizeof(int32_t), &running->ends));
    ATTNI_TRY(room(omission, question, count, sizeof(int32_t), &running->steps));
    ATTNI_TRY(room(omission, question, steps, sizeof(int32_t), &running->ids));
    ATTNI_TRY(room(omission, question, count * h, sizeof(float), &running->before));
    ATTNI_TRY(room(omission, question, count * h, sizeof(float), &running->after));
    ATTNI_TRY(room(omission, question, steps * h, sizeof(float), &running->y));
    ATTNI_TRY(room(omission, question, steps * classifier->state_dim, sizeof(float), &running->states));
    ATTNI_TRY(room(omission, question, steps * omission->key_dim, sizeof(float), &running->keys));
    ATTNI_TRY(room(omission, question, steps, sizeof(float), &running->scores));
    return room(omission, question, steps * classifier->classes, sizeof(float), &running->parts);
}

/* What is left of the whole rows' scores and parts. */
static void copy_whole(const attni_omission *omission, const struct copies *copies)
{
    const int64_t time = omission->time, classes = omission->classifier->classes;
    for (int64_t i = 0; i < copies->count; i++) {
        const int64_t at = copies->at[i], behind = omission->lengths[copies->rows[i]] - at - 1;
        const float *scores = omission->scores + copies->rows[i] * time,
                    *parts = omission->parts + copies->rows[i] * time * classes;
        float *to = copies->scores + i * time, *parts_to = copies->parts + i * time * classes;
        memcpy(to, scores, (size_t)at * sizeof *to);
        memcpy(to + at, scores + at + 1, (size_t)behind * sizeof *to);
        memcpy(parts_to, parts, (size_t)(at * classes) * sizeof *to);
        memcpy(parts_to + at * classes, parts + (at + 1) * classes, (size_t)(behind * classes) * sizeof *to);
    }
}

/* One direction's state of the whole row at place j, which its neighbour begins from. */
static const float *state_of(const attni_omission *omission, int32_t direction, int64_t row, int64_t j)
{
    const attn_classifier *classifier = omission->classifier;
    return omission->states + (row * omission->time + j) * classifier->state_dim +
           direction * classifier->hidden_dim;
}

/* All copies, from the whole rows' states beside the word that each lacks. */
static void begin_running(const attni_omission *omission, const struct copies *copies, int32_t direction,
                          struct running *running)
{
    const int64_t h = omission->classifier->hidden_dim;
    running->count = 0;
    for (int32_t i = 0; i < copies->count; i++) {
        const int32_t row = copies->rows[i], length = omission->lengths[row], at = copies->at[i];
        const int32_t before = direction == 0 ? at - 1 : at + 1;
        float *state = running->before + running->count * h;
        if (at == (direction == 0 ? length - 1 : 0)) /* no word is behind it */
            continue;
        if (before >= 0 && before < length)
            memcpy(state, state_of(omission, direction, row, before), (size_t)h * sizeof *state);
        else
            memset(state, 0, (size_t)h * sizeof *state);
        running->copies[running->count] = i;
        running->begins[running->count] = direction == 0 ? at + 1 : 0;
        running->ends[running->count++] = direction == 0 ? length : at;
    }
}

/* Where in its row the next steps of a running copy begin. */
static int64_t first_place(const struct running *running, int32_t direction, int64_t r)
{
    return direction == 0 ? running->begins[r] : running->ends[r] - running->steps[r];
}

static attn_status run_steps(const attni_omission *omission, const struct copies *copies, int32_t direction,
                             struct running *running)
{
    attn_sequence in = ATTN_SEQUENCE_INIT;
    for (int64_t r = 0; r < running->count; r++) {
        const int32_t left = running->ends[r] - running->begins[r];
        running->steps[r] = left < STEPS ? left : STEPS;
        memcpy(running->ids + r * STEPS,
               omission->ids + copies->rows[running->copies[r]] * omission->time +
                   first_place(running, direction, r),
               (size_t)running->steps[r] * sizeof *running->ids);
    }
    in.batch = running->count;
    in.time = STEPS;
    in.lengths = running->steps;
    in.ids = running->ids;
    return attn_gru_packed_forward(omission->directions[direction], &in, running->before, running->y,
                                   running->after);
}

/* The steps' states, with the other direction's as they were, to scores and parts of their copies. */
static attn_status score_steps(const attni_omission *omission, const struct copies *copies, int32_t direction,
                               const struct running *running)
{
    const attn_classifier *classifier = omission->classifier;
    const int64_t h = classifier->hidden_dim, d = classifier->state_dim, a = omission->key_dim,
                  time = omission->time, classes = classifier->classes;
    const float *others = omission->keys[1 - direction];
    int64_t count = 0;
    for (int64_t r = 0; r < running->count; r++) {
        const int64_t row = copies->rows[running->copies[r]],
                      first = row * time + first_place(running, direction, r);
        for (int64_t s = 0; s < running->steps[r]; s++, count++) {
            float *state = running->states + count * d, *keys = running->keys + count * a;
            memcpy(state, omission->states + (first + s) * d, (size_t)d * sizeof *state);
            memcpy(state + direction * h, running->y + (r * STEPS + s) * h, (size_t)h * sizeof *state);
            if (others)
                memcpy(keys, others + (first + s) * a, (size_t)a * sizeof *keys);
            else
                memset(keys, 0, (size_t)a * sizeof *keys);
        }
    }
    ATTNI_TRY(attn_attention_score(classifier->attention, count, running->states, direction * h, h,
                                   running->keys, running->scores));
    ATTNI_TRY(attni_classifier_parts(classifier, count, running->states, omission->bias, running->parts));
    count = 0;
    for (int64_t r = 0; r < running->count; r++) {
        const int64_t i = running->copies[r], steps = running->steps[r];
        const int64_t to = i * time + first_place(running, direction, r) - (direction == 0);
        memcpy(copies->scores + to, running->scores + count, (size_t)steps * sizeof(float));
        memcpy(copies->parts + to * classes, running->parts + count * classes,
               (size_t)(steps * classes) * sizeof(float));
        count += steps;
    }
    return ATTN_OK;
}

static int32_t is_near(int64_t count, const float *a, const float *b)
{
    for (int64_t i = 0; i < count; i++) {
        if (!(fabsf(a[i] - b[i]) <= ROUNDING))
            return 0;
    }
    return 1;
}

/* Past the steps; a copy that has reached its end, or whose state has come back, runs no more. */
static void go_on(const attni_omission *omission, const struct copies *copies, int32_t direction,
                  struct running *running)
{
    const int64_t h = omission->classifier->hidden_dim;
    int64_t kept = 0;
    for (int64_t r = 0; r < running->count; r++) {
        const float *state = running->after + r * h;
        const int32_t first = (int32_t)first_place(running, direction, r), steps = running->steps[r];
        const int32_t last = direction == 0 ? first + steps - 1 : first;
        if (running->ends[r] - running->begins[r] == steps ||
            is_near(h, state, state_of(omission, direction, copies->rows[running->copies[r]], last)))
            continue;
        running->copies[kept] = running->copies[r];
        running->begins[kept] = direction == 0 ? last + 1 : 0;
        running->ends[kept] = direction == 0 ? running->ends[r] : last;
        memcpy(running->before + kept++ * h, state, (size_t)h * sizeof *state);
    }
    running->count = kept;
}

void attni_classifier_mix(int64_t classes, int64_t length, const float *weights, const float *parts,
                          const float *bias, float *logits)
{
    for (int64_t k = 0; k < classes; k++) {
        double sum = (double)bias[k];
        for (int64_t t = 0; t < length; t++)
            sum += (double)weights[t] * (double)parts[t * classes + k];
        logits[k] = (float)sum;
    }
}

/* The weights of what is left, and the logits of the encoder's channel. */
static attn_status decide(const attni_omission *omission, const struct copies *copies)
{
    const attn_classifier *classifier = omission->classifier;
    const int64_t time = omission->time, classes = classifier->classes;
    ATTNI_TRY(attn_attention_weigh(classifier->attention, copies->count, time, copies->scores,
                                   copies->lengths, copies->scores));
    for (int64_t i = 0; i < copies->count; i++)
        attni_classifier_mix(classes, copies->lengths[i], copies->scores + i * time,
                             copies->parts + i * time * classes, omission->bias,
                             copies->logits + i * classes);
    return ATTN_OK;
}

static attn_status omit_one(const attni_omission *omission, attn_tape *question, const struct copies *copies)
{
    struct running running;
    copy_whole(omission, copies);
    ATTNI_TRY(make_running(omission, question, copies->count, &running));
    for (int32_t direction = 0; direction < omission->classifier->directions; direction++) {
        begin_running(omission, copies, direction, &running);
        while (running.count > 0) {
            ATTNI_TRY(run_steps(omission, copies, direction, &running));
            ATTNI_TRY(score_steps(omission, copies, direction, &running));
            go_on(omission, copies, direction, &running);
        }
    }
    return decide(omission, copies);
}

/* The n-grams of what is left, beside the encoder. */
static attn_status add_channels(const attni_omission *omission, attn_tape *question,
                                const struct copies *copies, const int32_t *ids)
{
    const attn_classifier *classifier = omission->classifier;
    const int64_t numbers = copies->count * classifier->classes;
    float *ngrams;
    for (int64_t i = 0; i < numbers; i++)
        copies->logits[i] *= classifier->scales[0];
    if (classifier->ngrams == NULL)
        return ATTN_OK;
    ATTNI_TRY(room(omission, question, numbers, sizeof *ngrams, &ngrams));
    ATTNI_TRY(attn_ngrams_forward(classifier->ngrams, NULL, copies->count, omission->time, ids,
                                  copies->lengths, ngrams));
    for (int64_t i = 0; i < numbers; i++)
        copies->logits[i] += classifier->scales[1] * ngrams[i];
    return ATTN_OK;
}

/* ---- any words less ----------------------------------------------------------------------------------------------------------- */

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
static attn_status decide_some(const attni_omission *omission, attn_tape *question, int32_t way,
                               const struct copies *copies, const int32_t *ids)
{
    attn_sequence in = ATTN_SEQUENCE_INIT;
    if (copies->count == 0)
        return ATTN_OK;
    if (way == ONE_LESS) {
        ATTNI_TRY(omit_one(omission, question, copies));
        return add_channels(omission, question, copies, ids);
    }
    in.batch = copies->count;
    in.time = omission->time;
    in.ids = ids;
    in.lengths = copies->lengths;
    return attn_classifier_forward(omission->classifier, NULL, &in, copies->logits, NULL, NULL);
}

attn_status attni_omission_decide(const attni_omission *omission, attn_tape *question, int64_t count,
                                  const int32_t *rows, const uint8_t *keep, float *logits)
{
    const int64_t time = omission->time, classes = omission->classifier->classes;
    struct copies copies;
    int32_t *ids;
    ATTNI_TRY(make_copies(omission, question, count, &copies));
    ATTNI_TRY(room(omission, question, count * time, sizeof *ids, &ids));
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
                                       ids + copies.count * time, copies.lengths + copies.count);
            copies.rows[copies.count] = rows[i];
            copies.at[copies.count++] = at;
        }
        ATTNI_TRY(decide_some(omission, question, way, &copies, ids));
        for (int64_t i = 0, c = 0; c < copies.count; i++) {
            if (way_of(omission, rows[i], keep + i * time, &at) == way)
                memcpy(logits + i * classes, copies.logits + c++ * classes, (size_t)classes * sizeof *logits);
        }
    }
    return ATTN_OK;
}
