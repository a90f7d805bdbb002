/* probe.c - a classifier's answers about a batch: with words left out, with other weights, and how it moves with them.
 *
 * Two ways to mask a word, each as the measures' papers have it: left out, the network reads what stays; erased, its attention is
 * 0 and the rest sums to 1 again. Without a reader a decision is linear in the context, W sum_t a_t h_t + b, so that other
 * weights need the states' parts W h_t alone. */
#include <math.h>
#include <string.h>

#include "classify/probe.h"

attn_status attni_probe_room(const attn_probe *probe, attn_tape *tape, int64_t count, size_t size,
                             void *array)
{
    return attni_classifier_room(probe->classifier, tape, count, size, array);
}

attn_status attni_probe_softmax(const attn_probe *probe, int64_t rows, const float *logits,
                                float *probabilities)
{
    return attn_cross_entropy(probe->classifier->context, rows, probe->classifier->classes, logits, NULL,
                              NULL, NULL, NULL, probabilities, NULL);
}

void attni_probe_add_ngrams(const attn_probe *probe, int64_t count, const int32_t *rows, float *logits)
{
    const attn_classifier *classifier = probe->classifier;
    const int64_t classes = classifier->classes;
    for (int64_t i = 0; i < count * classes; i++) {
        logits[i] *= classifier->scales[0];
        if (classifier->ngrams)
            logits[i] += classifier->scales[1] *
                         probe->channels[(probe->in.batch + rows[i / classes]) * classes + i % classes];
    }
}

/* ---- the rows as they are ----------------------------------------------------------------------------------------------------- */

/* parts[B, T, classes] = W h_t: the decision of each state by itself, less that of zeros. */
static attn_status make_parts(attn_probe *probe)
{
    const attn_classifier *classifier = probe->classifier;
    const int64_t classes = classifier->classes, tokens = probe->in.batch * probe->in.time;
    float *zeros;
    ATTNI_TRY(attni_probe_room(probe, probe->memory, classes, sizeof(float), &probe->bias));
    ATTNI_TRY(attni_probe_room(probe, probe->memory, tokens * classes, sizeof(float), &probe->parts));
    ATTNI_TRY(attn_tape_begin(probe->question, 0));
    ATTNI_TRY(attni_probe_room(probe, probe->question, classifier->state_dim, sizeof(float), &zeros));
    memset(zeros, 0, (size_t)classifier->state_dim * sizeof *zeros);
    ATTNI_TRY(attn_dense_forward(classifier->decision, NULL, 1, zeros, probe->bias));
    return attni_classifier_parts(classifier, tokens, probe->states, probe->bias, probe->parts);
}

static attn_status read_ngrams(attn_probe *probe)
{
    const attn_classifier *classifier = probe->classifier;
    const int64_t b = probe->in.batch, t = probe->in.time, columns = attni_classifier_columns(classifier);
    int32_t *targets;
    ATTNI_TRY(attn_tape_begin(probe->question, 0));
    ATTNI_TRY(attni_probe_room(probe, probe->question, b, sizeof *targets, &targets));
    ATTNI_TRY(attni_probe_room(probe, probe->memory, classifier->channels * b * classifier->classes,
                               sizeof(float), &probe->channels));
    ATTNI_TRY(attni_probe_room(probe, probe->memory, columns * b * t, sizeof(float), &probe->shares));
    ATTNI_TRY(attni_classifier_infer(classifier, &probe->in, probe->channels, NULL, NULL));
    return attni_classifier_shares(classifier, b, t, probe->in.ids, probe->lengths, targets, probe->shares);
}

static attn_status read_rows(attn_probe *probe)
{
    const attn_classifier *classifier = probe->classifier;
    const int64_t b = probe->in.batch, t = probe->in.time, classes = classifier->classes;
    ATTNI_TRY(attni_classifier_take(probe->classifier, &probe->tape));
    ATTNI_TRY(attni_classifier_take(probe->classifier, &probe->memory));
    ATTNI_TRY(attni_classifier_take(probe->classifier, &probe->question));
    ATTNI_TRY(attni_probe_room(probe, probe->memory, b, sizeof(int32_t), &probe->lengths));
    ATTNI_TRY(
        attni_probe_room(probe, probe->memory, b * t * classifier->state_dim, sizeof(float), &probe->states));
    ATTNI_TRY(attni_probe_room(probe, probe->memory, b * t, sizeof(float), &probe->weights));
    ATTNI_TRY(attni_probe_room(probe, probe->memory, b * classes, sizeof(float), &probe->logits));
    ATTNI_TRY(attni_probe_room(probe, probe->memory, b * classes, sizeof(float), &probe->probabilities));
    ATTNI_TRY(attni_probe_room(probe, probe->memory, b * classes, sizeof(float), &probe->nothing));
    for (int64_t i = 0; i < b * classes; i++)
        probe->nothing[i] = NAN;
    for (int64_t i = 0; i < b; i++)
        probe->lengths[i] = probe->in.lengths ? probe->in.lengths[i] : (int32_t)t;
    probe->in.lengths = probe->lengths;
    ATTNI_TRY(
        attn_classifier_forward(classifier, NULL, &probe->in, probe->logits, probe->weights, probe->states));
    ATTNI_TRY(attni_probe_softmax(probe, b, probe->logits, probe->probabilities));
    if (classifier->ngrams)
        ATTNI_TRY(read_ngrams(probe));
    probe->omission = (attni_omission){.classifier = classifier,
                                       .memory = probe->memory,
                                       .tape = probe->tape,
                                       .batch = b,
                                       .time = t,
                                       .ids = probe->in.ids,
                                       .lengths = probe->lengths,
                                       .states = probe->states,
                                       .logits = probe->logits};
    ATTNI_TRY(attni_omission_open(&probe->omission));
    return classifier->reader ? ATTN_OK : make_parts(probe);
}

attn_status attn_probe_create(const attn_classifier *classifier, const attn_sequence *in, attn_probe **out)
{
    attn_sequence own;
    void *memory;
    ATTNI_REQUIRE_PTR(out);
    *out = NULL;
    ATTNI_REQUIRE_PTR(classifier);
    ATTNI_ENTER(classifier->context);
    ATTNI_TRY(attni_classifier_ids(__func__, classifier, in, &own));
    ATTNI_REQUIRE(classifier->attention, "%s: this classifier has no attention; expected one that has",
                  __func__);
    ATTNI_TRY(attn_context_alloc(classifier->context, sizeof(attn_probe), &memory));
    attn_probe *probe = memory;
    *probe = (attn_probe){.classifier = attni_classifier_retain((attn_classifier *)classifier), .in = own};
    attn_status status = read_rows(probe);
    if (status != ATTN_OK)
        attn_probe_destroy(&probe);
    *out = probe;
    return status;
}

void attn_probe_destroy(attn_probe **probe)
{
    if (probe == NULL || *probe == NULL)
        return;
    attn_classifier *classifier = (*probe)->classifier;
    attni_omission_clear(&(*probe)->omission);
    attni_classifier_give(classifier, (*probe)->question);
    attni_classifier_give(classifier, (*probe)->memory);
    attni_classifier_give(classifier, (*probe)->tape);
    attn_context_free(classifier->context, *probe);
    attni_classifier_release(classifier);
    *probe = NULL;
}

const float *attn_probe_probabilities(const attn_probe *probe)
{
    return probe ? probe->probabilities : NULL;
}

const float *attn_probe_weights(const attn_probe *probe)
{
    return probe ? probe->weights : NULL;
}

const float *attn_probe_states(const attn_probe *probe)
{
    return probe ? probe->states : NULL;
}

/* ---- fewer words ---------------------------------------------------------------------------------------------------------------- */

static attn_status leave_out(void *user, int64_t count, const int32_t *rows, const uint8_t *keep,
                             float *outputs)
{
    attn_probe *probe = user;
    ATTNI_TRY(attn_tape_begin(probe->question, 0));
    ATTNI_TRY(attni_omission_decide(&probe->omission, probe->question, count, rows, keep, outputs));
    return attni_probe_softmax(probe, count, outputs, outputs);
}

/* ---- other weights -------------------------------------------------------------------------------------------------------------- */

static void mix_parts(const attn_probe *probe, int64_t count, const int32_t *rows, const float *weights,
                      float *logits)
{
    const int64_t time = probe->in.time, classes = probe->classifier->classes;
    for (int64_t i = 0; i < count; i++)
        attni_classifier_mix(classes, probe->lengths[rows[i]], weights + i * time,
                             probe->parts + rows[i] * time * classes, probe->bias, logits + i * classes);
}

/* The reader over each copy's states. */
static attn_status read_again(const attn_probe *probe, int64_t count, const int32_t *rows,
                              const float *weights, float *logits)
{
    const attn_classifier *classifier = probe->classifier;
    const int64_t numbers = probe->in.time * classifier->state_dim;
    float *states, *context;
    int32_t *lengths;
    ATTNI_TRY(attni_probe_room(probe, probe->question, count * numbers, sizeof *states, &states));
    ATTNI_TRY(
        attni_probe_room(probe, probe->question, count * classifier->context_dim, sizeof *context, &context));
    ATTNI_TRY(attni_probe_room(probe, probe->question, count, sizeof *lengths, &lengths));
    for (int64_t i = 0; i < count; i++) {
        memcpy(states + i * numbers, probe->states + rows[i] * numbers, (size_t)numbers * sizeof *states);
        lengths[i] = probe->lengths[rows[i]];
    }
    attn_sequence in = ATTN_SEQUENCE_INIT;
    in.batch = count;
    in.time = probe->in.time;
    in.lengths = lengths;
    in.x = states;
    in.openings = weights;
    ATTNI_TRY(attn_attngru_forward(classifier->reader, NULL, &in, NULL, NULL, context));
    return attn_dense_forward(classifier->decision, NULL, count, context, logits);
}

static attn_status weigh(const attn_probe *probe, int64_t count, const int32_t *rows, const float *weights,
                         float *outputs)
{
    if (probe->classifier->reader)
        ATTNI_TRY(read_again(probe, count, rows, weights, outputs));
    else
        mix_parts(probe, count, rows, weights, outputs);
    attni_probe_add_ngrams(probe, count, rows, outputs);
    return attni_probe_softmax(probe, count, outputs, outputs);
}

static attn_status reweigh(void *user, int64_t count, const int32_t *rows, const float *weights,
                           float *outputs)
{
    const attn_probe *probe = user;
    ATTNI_TRY(attn_tape_begin(probe->question, 0));
    return weigh(probe, count, rows, weights, outputs);
}

static attn_status erase(void *user, int64_t count, const int32_t *rows, const uint8_t *keep, float *outputs)
{
    const attn_probe *probe = user;
    const int64_t time = probe->in.time;
    float *erased;
    ATTNI_TRY(attn_tape_begin(probe->question, 0));
    ATTNI_TRY(attni_probe_room(probe, probe->question, count * time, sizeof *erased, &erased));
    for (int64_t i = 0; i < count; i++) {
        const float *weights = probe->weights + rows[i] * time;
        const int64_t length = probe->lengths[rows[i]];
        float *left = erased + i * time;
        double sum = 0;
        for (int64_t t = 0; t < time; t++) { /* padding keeps what it got */
            left[t] = t >= length || keep[i * time + t] ? weights[t] : 0.0f;
            sum += (double)left[t];
        }
        if (sum == 0)
            memcpy(left, weights, (size_t)time * sizeof *left);
        for (int64_t t = 0; sum > 0 && t < time; t++)
            left[t] = (float)((double)left[t] / sum);
    }
    return weigh(probe, count, rows, erased, outputs);
}

attn_status attn_probe_model(attn_probe *probe, int32_t masking, attn_explain_model *model)
{
    ATTNI_REQUIRE_PTR(probe);
    ATTNI_ENTER(probe->classifier->context);
    ATTNI_REQUIRE(masking == ATTN_MASK_LEAVE_OUT || masking == ATTN_MASK_ERASE,
                  "%s: masking is %d; expected ATTN_MASK_LEAVE_OUT or ATTN_MASK_ERASE", __func__, masking);
    ATTNI_REQUIRE_PTR(model);
    attn_explain_model full = ATTN_EXPLAIN_MODEL_INIT;
    full.batch = probe->in.batch;
    full.time = probe->in.time;
    full.classes = probe->classifier->classes;
    full.lengths = probe->lengths;
    full.masked = masking == ATTN_MASK_ERASE ? erase : leave_out;
    full.weighted = reweigh;
    full.dropped = attni_probe_drop;
    full.user = probe;
    return attni_fill_struct(__func__, &full, sizeof full, model);
}

/* ---- gradients -------------------------------------------------------------------------------------------------------------------- */

/* dlogits[B, classes] = d p[decided] / d the decision's logits = scale p[decided] (onehot - p). */
static void differentiate_decisions(const attn_probe *probe, float *dlogits)
{
    const int64_t classes = probe->classifier->classes;
    for (int64_t b = 0; b < probe->in.batch; b++) {
        const float *p = probe->probabilities + b * classes;
        const int32_t decided = attni_classifier_largest(classes, p);
        for (int64_t k = 0; k < classes; k++)
            dlogits[b * classes + k] =
                probe->classifier->scales[0] * p[decided] * ((float)(k == decided) - p[k]);
    }
}

/* dstates[B, T, D] = a_t dcontext, attention held as it is. */
static void spread(const attn_probe *probe, const float *dcontext, float *dstates)
{
    const int64_t time = probe->in.time, d = probe->classifier->state_dim;
    for (int64_t i = 0; i < probe->in.batch * time; i++) {
        for (int64_t k = 0; k < d; k++)
            dstates[i * d + k] = probe->weights[i] * dcontext[i / time * d + k];
    }
}

struct rooms {
    float *x, *dx;           /* [B, T, E] */
    float *states;           /* [B, T, D]; then their gradient */
    float *context, *logits; /* [B, context_dim], [B, classes]; then their gradients */
};

static attn_status forward(attn_probe *probe, const struct rooms *rooms)
{
    const attn_classifier *classifier = probe->classifier;
    const int64_t b = probe->in.batch, t = probe->in.time;
    attn_sequence in = ATTN_SEQUENCE_INIT;
    in.batch = b;
    in.time = t;
    in.lengths = probe->lengths;
    in.x = rooms->x;
    ATTNI_TRY(attn_tape_begin(probe->tape, 0));
    ATTNI_TRY(
        attn_embedding_forward(classifier->embedding, NULL, b, t, probe->in.ids, probe->lengths, rooms->x));
    ATTNI_TRY(attn_gru_forward(classifier->encoder, probe->tape, &in, NULL, rooms->states, NULL));
    in.x = rooms->states;
    in.openings = probe->weights;
    if (classifier->reader)
        ATTNI_TRY(attn_attngru_forward(classifier->reader, probe->tape, &in, NULL, NULL, rooms->context));
    else
        ATTNI_TRY(attn_attention_forward(classifier->attention, NULL, b, t, rooms->states, probe->lengths,
                                         NULL, rooms->context));
    return attn_dense_forward(classifier->decision, probe->tape, b, rooms->context, rooms->logits);
}

static attn_status backward(attn_probe *probe, const struct rooms *rooms)
{
    const attn_classifier *classifier = probe->classifier;
    attn_sequence_gradients out = ATTN_SEQUENCE_GRADIENTS_INIT;
    out.batch = probe->in.batch;
    out.time = probe->in.time;
    out.dx = rooms->states;
    differentiate_decisions(probe, rooms->logits);
    ATTNI_TRY(
        attn_dense_backward(classifier->decision, probe->tape, out.batch, rooms->logits, rooms->context));
    if (classifier->reader)
        ATTNI_TRY(attn_attngru_backward(classifier->reader, probe->tape, NULL, rooms->context, &out, NULL));
    else
        spread(probe, rooms->context, rooms->states);
    out.dx = rooms->dx;
    return attn_gru_backward(classifier->encoder, probe->tape, rooms->states, NULL, &out, NULL);
}

attn_status attn_probe_gradient(attn_probe *probe, float *gradients)
{
    ATTNI_REQUIRE_PTR(probe);
    ATTNI_ENTER(probe->classifier->context);
    const attn_classifier *classifier = probe->classifier;
    const int64_t b = probe->in.batch, t = probe->in.time, e = classifier->dim;
    struct rooms rooms;
    ATTNI_REQUIRE(gradients != NULL || b * t == 0,
                  "%s: gradients is NULL; expected room for [batch, time] numbers", __func__);
    ATTNI_TRY(attn_tape_begin(probe->question, 0));
    ATTNI_TRY(attni_probe_room(probe, probe->question, b * t * e, sizeof(float), &rooms.x));
    ATTNI_TRY(attni_probe_room(probe, probe->question, b * t * e, sizeof(float), &rooms.dx));
    ATTNI_TRY(attni_probe_room(probe, probe->question, b * t * classifier->state_dim, sizeof(float),
                               &rooms.states));
    ATTNI_TRY(
        attni_probe_room(probe, probe->question, b * classifier->context_dim, sizeof(float), &rooms.context));
    ATTNI_TRY(
        attni_probe_room(probe, probe->question, b * classifier->classes, sizeof(float), &rooms.logits));
    ATTNI_TRY(forward(probe, &rooms));
    ATTNI_TRY(backward(probe, &rooms));
    return attn_explain_gradient_input(classifier->context, b, t, e, rooms.x, rooms.dx, probe->lengths,
                                       ATTN_GRADIENT_ABSOLUTE, gradients);
}
