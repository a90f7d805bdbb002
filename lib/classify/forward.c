/* forward.c - from ids to logits, and back.
 *
 *     states  = encoder(embedding(ids))              [B, T, D]
 *     weights = attention(states)                    [B, T]
 *     context = sum_t weights_t states_t,  or reader(states, weights)'s last state,  pooling(states),  or the encoder's last states
 *     channel = decision(dropout(context)),  and ngrams(ids)          [B, classes]
 *     logits  = sum of scale * channel
 *
 * What backward needs lies on the tape: below the layers' records one with all arrays (rooms), above them one that says where. */
#include <string.h>

#include "classify/classifier.h"

/* What one call works in. All but the first three are backward's. */
struct rooms {
    int64_t batch, time;
    float *states, *weights,
        *context;    /* [B, T, D], [B, T], [B, context_dim]; states and weights where there is attention;
                         of pooling, states alone */
    float *last;     /* [states, B, H]: where the last states decide; its gradient too */
    float *channels; /* [channels, B, classes]: their logits, and then the gradients of those */
    float *dread, *dweights; /* [B, T, D], [B, T]: with a reader */
    int32_t *lengths;        /* [B] */
    int64_t count;           /* of the channels that are run: all, or the encoder's alone */
    float scales[ATTNI_CHANNELS];
    int32_t has_x, has_scales;
};

/* ---- the last states, without attention and pooling ----------------------------------------------------------------------- */

/* Where the top layer's state of one direction and row stands in [layers * directions, batch, hidden]. */
static float *top_state(const attn_classifier *classifier, float *last, int64_t batch, int64_t direction,
                        int64_t row)
{
    const int64_t state = (classifier->layers - 1) * classifier->directions + direction;
    return last + (state * batch + row) * classifier->hidden_dim;
}

/* context[B, directions * H] = the top layer's states, side by side. */
static void join_last(const attn_classifier *classifier, int64_t batch, float *last, float *context)
{
    const int64_t h = classifier->hidden_dim;
    for (int64_t b = 0; b < batch; b++) {
        for (int64_t d = 0; d < classifier->directions; d++, context += h)
            memcpy(context, top_state(classifier, last, batch, d, b), (size_t)h * sizeof *context);
    }
}

static void part_last(const attn_classifier *classifier, int64_t batch, const float *dcontext, float *dlast)
{
    const int64_t h = classifier->hidden_dim;
    memset(dlast, 0, (size_t)(classifier->layers * classifier->directions * batch * h) * sizeof *dlast);
    for (int64_t b = 0; b < batch; b++) {
        for (int64_t d = 0; d < classifier->directions; d++, dcontext += h)
            memcpy(top_state(classifier, dlast, batch, d, b), dcontext, (size_t)h * sizeof *dlast);
    }
}

/* ---- rooms ---------------------------------------------------------------------------------------------------------------- */

/* Hand out `count` numbers of `memory` behind those in use, in whole lines of the cache. */
static float *carve(float *memory, int64_t *used, int64_t count)
{
    float *here = memory ? memory + *used : NULL;
    *used += (count + 15) / 16 * 16;
    return here;
}

/* Lay the rooms of a call out from `memory` on (NULL: only count); returns how many numbers they take. */
static int64_t lay_out(const attn_classifier *classifier, int32_t keep, float *memory, struct rooms *rooms)
{
    const int64_t b = rooms->batch, t = rooms->time, d = classifier->state_dim;
    const int32_t reads = classifier->reader && keep, attends = classifier->attention != NULL,
                  pools = classifier->pooling != 0;
    const int64_t states = classifier->layers * classifier->directions; /* 0 without an encoder */
    int64_t used = 0;
    rooms->states = attends || pools ? carve(memory, &used, b * t * d) : NULL;
    rooms->weights = attends ? carve(memory, &used, b * t) : NULL;
    rooms->last = attends || pools ? NULL : carve(memory, &used, states * b * classifier->hidden_dim);
    rooms->channels =
        carve(memory, &used, classifier->channels * b * classifier->classes + 1); /* of no rows too its own */
    rooms->context = carve(memory, &used, b * classifier->context_dim);
    rooms->dread = reads ? carve(memory, &used, b * t * d) : NULL;
    rooms->dweights = reads ? carve(memory, &used, b * t) : NULL;
    rooms->lengths = (int32_t *)carve(memory, &used, b);
    return used;
}

/* ---- forward -------------------------------------------------------------------------------------------------------------- */

/* The encoder's layers in turn; `tape` NULL: inference. */
static attn_status run_encoder(const attn_classifier *classifier, attn_tape *tape, const attn_sequence *in,
                               const struct rooms *rooms)
{
    const int64_t b = rooms->batch, t = rooms->time, d = classifier->context_dim;
    if (classifier->packed && tape == NULL && in->ids && in->scales == NULL)
        ATTNI_TRY(attn_gru_packed_forward(classifier->packed, in, NULL, rooms->states, rooms->last));
    else
        ATTNI_TRY(attn_gru_forward(classifier->encoder, tape, in, NULL, rooms->states, rooms->last));
    if (classifier->pooling)
        ATTNI_TRY(attn_pooling_forward(classifier->context, tape, b, t, d, rooms->states, in->lengths,
                                       classifier->pooling, rooms->context));
    else if (classifier->attention == NULL)
        join_last(classifier, b, rooms->last, rooms->context);
    else
        ATTNI_TRY(attn_attention_forward(classifier->attention, tape, b, t, rooms->states, in->lengths,
                                         rooms->weights, classifier->reader ? NULL : rooms->context));
    if (classifier->reader) {
        attn_sequence again = ATTN_SEQUENCE_INIT;
        again.batch = b;
        again.time = t;
        again.lengths = in->lengths;
        again.x = rooms->states;
        again.openings = rooms->weights;
        ATTNI_TRY(attn_attngru_forward(classifier->reader, tape, &again, NULL, NULL, rooms->context));
    }
    ATTNI_TRY(attn_dropout_forward(classifier->context, tape, b * d, rooms->context,
                                   classifier->context_dropout, rooms->context));
    return attn_dense_forward(classifier->decision, tape, b, rooms->context, rooms->channels);
}

/* The channels in turn. */
static attn_status run(const attn_classifier *classifier, attn_tape *tape, const attn_sequence *in,
                       const struct rooms *rooms)
{
    float *last = rooms->channels + (classifier->channels - 1) * rooms->batch * classifier->classes;
    if (classifier->encoder)
        ATTNI_TRY(run_encoder(classifier, tape, in, rooms));
    if (classifier->ngrams && rooms->count == classifier->channels)
        ATTNI_TRY(attn_ngrams_forward(classifier->ngrams, tape, rooms->batch, rooms->time, in->ids,
                                      in->lengths, last));
    return ATTN_OK;
}

static void add_channels(const attn_classifier *classifier, const struct rooms *rooms, float *logits)
{
    const int64_t numbers = rooms->batch * classifier->classes;
    for (int64_t i = 0; i < numbers; i++) {
        logits[i] = rooms->scales[0] * rooms->channels[i];
        for (int64_t c = 1; c < rooms->count; c++)
            logits[i] += rooms->scales[c] * rooms->channels[c * numbers + i];
    }
}

/* channels[channels, B, classes], and what all of them decide; what is NULL is not wanted. */
static attn_status infer(const attn_classifier *classifier, const attn_sequence *in, struct rooms *rooms,
                         float *channels, float *logits, float *weights, float *states)
{
    attn_tape *scratch;
    float *memory;
    ATTNI_TRY(attni_classifier_take(classifier, &scratch));
    attn_status status = attni_classifier_room(classifier, scratch, lay_out(classifier, 0, NULL, rooms),
                                               sizeof *memory, &memory);
    if (status == ATTN_OK) {
        lay_out(classifier, 0, memory, rooms);
        status = run(classifier, NULL, in, rooms);
    }
    if (status == ATTN_OK && channels)
        memcpy(channels, rooms->channels,
               (size_t)(classifier->channels * rooms->batch * classifier->classes) * sizeof *channels);
    if (status == ATTN_OK && logits)
        add_channels(classifier, rooms, logits);
    if (status == ATTN_OK && weights)
        memcpy(weights, rooms->weights, (size_t)(rooms->batch * rooms->time) * sizeof *weights);
    if (status == ATTN_OK && states)
        memcpy(states, rooms->states,
               (size_t)(rooms->batch * rooms->time * classifier->state_dim) * sizeof *states);
    attni_classifier_give(classifier, scratch);
    return status;
}

static attn_status train(const attn_classifier *classifier, attn_tape *tape, const attn_sequence *in,
                         struct rooms *rooms, float *logits, float *weights, float *states)
{
    struct rooms **above;
    void *memory;
    const int64_t b = rooms->batch, t = rooms->time;
    const size_t size = (size_t)lay_out(classifier, 1, NULL, rooms) * sizeof(float);
    const size_t head = (sizeof *rooms + 63) / 64 * 64;
    ATTNI_TRY(attn_tape_push(tape, classifier, "classifier", b, t, head + size, &memory));
    lay_out(classifier, 1, (float *)((char *)memory + head), rooms);
    for (int64_t i = 0; i < b; i++)
        rooms->lengths[i] = in->lengths ? in->lengths[i] : (int32_t)t;
    rooms->has_x = in->x != NULL;
    rooms->has_scales = in->scales != NULL;
    memcpy(memory, rooms, sizeof *rooms);
    const int64_t depth = attn_tape_depth(tape);
    attn_status status = run(classifier, tape, in, rooms);
    if (status != ATTN_OK && attn_tape_depth(tape) == depth) /* the first layer refused: as before */
        ATTNI_TRY(attn_tape_pop(tape, classifier));
    ATTNI_TRY(status);
    add_channels(classifier, rooms, logits);
    if (weights)
        memcpy(weights, rooms->weights, (size_t)(b * t) * sizeof *weights);
    if (states)
        memcpy(states, rooms->states, (size_t)(b * t * classifier->state_dim) * sizeof *states);
    ATTNI_TRY(attn_tape_push(tape, classifier, "classifier", b, t, sizeof *above, (void **)&above));
    *above = memory;
    return ATTN_OK;
}

static struct rooms start(const attn_classifier *classifier, const attn_sequence *in)
{
    struct rooms rooms = {.batch = in->batch, .time = in->time, .count = classifier->channels};
    memcpy(rooms.scales, classifier->scales, sizeof rooms.scales);
    return rooms;
}

attn_status attni_classifier_infer(const attn_classifier *classifier, const attn_sequence *in,
                                   float *channels, float *logits, float *weights)
{
    struct rooms rooms = start(classifier, in);
    return infer(classifier, in, &rooms, channels, logits, weights, NULL);
}

attn_status attni_classifier_encoder(const attn_classifier *classifier, const attn_sequence *in,
                                     float *logits)
{
    struct rooms rooms = start(classifier, in);
    rooms.count = 1;
    rooms.scales[0] = 1.0f;
    return infer(classifier, in, &rooms, NULL, logits, NULL, NULL);
}

attn_status attn_classifier_forward(const attn_classifier *classifier, attn_tape *tape,
                                    const attn_sequence *in, float *logits, float *weights, float *states)
{
    attn_sequence own;
    ATTNI_REQUIRE_PTR(classifier);
    ATTNI_ENTER(classifier->context);
    ATTNI_TRY(attni_classifier_sequence(__func__, classifier, in, &own));
    ATTNI_REQUIRE(logits != NULL || own.batch == 0,
                  "%s: logits is NULL; expected room for [batch, classes] numbers", __func__);
    ATTNI_REQUIRE((weights == NULL && states == NULL) || classifier->attention,
                  "%s: weights and states are of attention, which this classifier has not; expected NULL",
                  __func__);
    struct rooms rooms = start(classifier, &own);
    if (tape)
        return train(classifier, tape, &own, &rooms, logits, weights, states);
    return infer(classifier, &own, &rooms, NULL, logits, weights, states);
}

attn_status attn_classifier_channels(const attn_classifier *classifier, const attn_sequence *in,
                                     float *logits)
{
    attn_sequence own;
    ATTNI_REQUIRE_PTR(classifier);
    ATTNI_ENTER(classifier->context);
    ATTNI_TRY(attni_classifier_sequence(__func__, classifier, in, &own));
    ATTNI_REQUIRE(logits != NULL || own.batch == 0,
                  "%s: logits is NULL; expected room for [channels, batch, classes] numbers", __func__);
    return attni_classifier_infer(classifier, &own, logits, NULL, NULL);
}

/* ---- backward ------------------------------------------------------------------------------------------------------------- */

/* to[B, T, D] += from, within the lengths. */
static void add_within(const struct rooms *rooms, int64_t width, const float *from, float *to)
{
    for (int64_t b = 0; b < rooms->batch; b++) {
        const int64_t begin = b * rooms->time * width;
        for (int64_t i = begin; i < begin + rooms->lengths[b] * width; i++)
            to[i] += from[i];
    }
}

/* dstates, where the states were, from the gradient of what decides. */
static attn_status attend_backward(const attn_classifier *classifier, attn_tape *tape,
                                   const struct rooms *rooms, const float *dweights, const float *dstates)
{
    const int64_t b = rooms->batch, t = rooms->time, d = classifier->state_dim;
    const float *dcontext = rooms->context;
    if (classifier->reader) {
        attn_sequence_gradients out = ATTN_SEQUENCE_GRADIENTS_INIT;
        out.batch = b;
        out.time = t;
        out.dx = rooms->dread;
        out.dopenings = rooms->dweights;
        ATTNI_TRY(attn_attngru_backward(classifier->reader, tape, NULL, dcontext, &out, NULL));
        for (int64_t i = 0; dweights && i < b * t; i++)
            rooms->dweights[i] += dweights[i];
        dweights = rooms->dweights;
        dcontext = NULL;
    }
    ATTNI_TRY(attn_attention_backward(classifier->attention, tape, b, t, 1, dweights, dcontext, rooms->states,
                                      NULL));
    if (classifier->reader)
        add_within(rooms, d, rooms->dread, rooms->states);
    if (dstates)
        add_within(rooms, d, dstates, rooms->states);
    return ATTN_OK;
}

static attn_status encoder_backward(const attn_classifier *classifier, attn_tape *tape,
                                    const struct rooms *rooms, const float *dweights, const float *dstates,
                                    const attn_sequence_gradients *out)
{
    const int64_t b = rooms->batch;
    ATTNI_TRY(attn_dense_backward(classifier->decision, tape, b, rooms->channels, rooms->context));
    ATTNI_TRY(attn_dropout_backward(classifier->context, tape, b * classifier->context_dim, rooms->context,
                                    rooms->context));
    if (classifier->attention)
        ATTNI_TRY(attend_backward(classifier, tape, rooms, dweights, dstates));
    else if (classifier->pooling)
        ATTNI_TRY(attn_pooling_backward(classifier->context, tape, b, rooms->time, classifier->state_dim,
                                        rooms->context, rooms->states));
    else
        part_last(classifier, b, rooms->context, rooms->last);
    return attn_gru_backward(classifier->encoder, tape, rooms->states, rooms->last, out, NULL);
}

/* Each channel's gradient, in the place of its logits. */
static void part_channels(const attn_classifier *classifier, const struct rooms *rooms, const float *dlogits)
{
    const int64_t numbers = rooms->batch * classifier->classes;
    for (int64_t i = 0; i < classifier->channels * numbers; i++)
        rooms->channels[i] = rooms->scales[i / numbers] * dlogits[i % numbers];
}

/* The record that forward has left: where there is none, or one of other sizes, it is this call that says so. */
static attn_status find_record(const attn_classifier *classifier, const attn_tape *tape,
                               const attn_sequence_gradients *out, struct rooms ***record)
{
    static const char function[] = "attn_classifier_backward";
    attn_tape_entry top = ATTN_TAPE_ENTRY_INIT;
    if (attn_tape_depth(tape) == 0)
        return attni_fail(ATTN_ERR_STATE,
                          "%s: the tape is empty; call the classifier's forward with this tape first",
                          function);
    ATTNI_TRY(attn_tape_top(tape, &top));
    ATTNI_TRY(attn_tape_peek(tape, classifier, top.batch, top.time, (void **)record));
    ATTNI_REQUIRE(out->batch == top.batch && out->time == top.time,
                  "%s: batch is %lld and time %lld; expected forward's, %lld and %lld", function,
                  (long long)out->batch, (long long)out->time, (long long)top.batch, (long long)top.time);
    return ATTN_OK;
}

/* What the layers would refuse, before any of them has begun. */
static attn_status check_backward(const attn_classifier *classifier, const struct rooms *rooms,
                                  const float *dlogits, const float *dweights, const float *dstates,
                                  const attn_sequence_gradients *out)
{
    static const char function[] = "attn_classifier_backward";
    ATTNI_REQUIRE(dlogits != NULL || rooms->batch == 0,
                  "%s: dlogits is NULL; expected [batch, classes] numbers", function);
    ATTNI_REQUIRE((dweights == NULL && dstates == NULL) || classifier->attention,
                  "%s: dweights and dstates are of attention, which this classifier has not; expected NULL",
                  function);
    ATTNI_REQUIRE(out->dx == NULL || rooms->has_x,
                  "%s: out->dx is given, but forward read ids; expected NULL", function);
    ATTNI_REQUIRE(out->dscales == NULL || rooms->has_scales,
                  "%s: out->dscales is given, but forward had no scales; expected NULL", function);
    ATTNI_REQUIRE(out->dh == NULL || classifier->encoder,
                  "%s: out->dh is of an encoder's states, which this classifier has not; expected NULL",
                  function);
    ATTNI_REQUIRE(out->dopenings == NULL,
                  "%s: out->dopenings is given, but the classifier has none; expected NULL", function);
    ATTNI_REQUIRE(out->dh == NULL || rooms->batch == 0 || rooms->time == 0 ||
                      (out->dh != out->dx && out->dh != out->dscales),
                  "%s: out->dh is out->%s; expected an array of its own", function,
                  out->dh == out->dx ? "dx" : "dscales");
    return ATTN_OK;
}

attn_status attn_classifier_backward(const attn_classifier *classifier, attn_tape *tape, const float *dlogits,
                                     const float *dweights, const float *dstates,
                                     const attn_sequence_gradients *out)
{
    struct rooms **above;
    attn_sequence_gradients own;
    ATTNI_REQUIRE_PTR(classifier);
    ATTNI_ENTER(classifier->context);
    ATTNI_REQUIRE_PTR(tape);
    ATTNI_REQUIRE_PTR(out);
    ATTNI_TRY(attni_read_options(__func__, out, &own, sizeof own));
    ATTNI_TRY(find_record(classifier, tape, &own, &above));
    const struct rooms rooms = **above;
    ATTNI_TRY(check_backward(classifier, &rooms, dlogits, dweights, dstates, &own));
    ATTNI_TRY(attn_tape_pop(tape, classifier));
    part_channels(classifier, &rooms, dlogits);
    if (classifier->ngrams)
        ATTNI_TRY(attn_ngrams_backward(classifier->ngrams, tape, own.batch, own.time,
                                       rooms.channels +
                                           (classifier->channels - 1) * own.batch * classifier->classes));
    if (classifier->encoder)
        ATTNI_TRY(encoder_backward(classifier, tape, &rooms, dweights, dstates, &own));
    else if (own.dscales)
        memset(own.dscales, 0, (size_t)(own.batch * own.time) * sizeof *own.dscales);
    return attn_tape_pop(tape, classifier);
}
