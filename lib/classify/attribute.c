/* attribute.c - what each word of a batch of ids gave to its row's decision, by the methods of attn/explain.h.
 *
 * f is the log-odds of a class, ln p / (1 - p) = logit_k - ln sum_(j != k) exp logit_j. A word's vector is asked about by one
 * number, the word's scale: 1 as it is, 0 a word of zeros. So x of the integrated gradients has dim 1, and gradient x input is
 * the gradient at scales of 1.
 *
 * N-grams do not read scales; their logits are linear in them (ngrams.c). Of two classes f is too, and what is linear, sum_t x_t L_t
 * with L the n-grams' gradient where all scales are 1, needs no integral: it is taken out of f, and L is added to what integrated
 * gradients make of the rest. The points between ends see the encoder alone then. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "classify/classifier.h"

#define STEPS 50           /* of integrated gradients, at most; */
#define ROUND 5            /* as many are asked about first, and about as many in later rounds */
#define TOGETHER 32768     /* tokens in the copies of one call */
#define OCCLUDED (1 << 20) /* likewise where each lacks a word: of these few are run */
#define MOST_COPIES 512

void attni_classifier_log_odds(int64_t rows, int64_t classes, float *logits, const int32_t *targets,
                               float *outputs)
{
    for (int64_t i = 0; i < rows; i++, logits += classes) {
        const int32_t k = targets[i];
        double largest = -INFINITY, sum = 0;
        for (int64_t j = 0; j < classes; j++)
            largest = j != k && (double)logits[j] > largest ? (double)logits[j] : largest;
        for (int64_t j = 0; j < classes; j++)
            sum += j != k ? exp((double)logits[j] - largest) : 0;
        outputs[i] = (float)((double)logits[k] - largest - log(sum));
        for (int64_t j = 0; j < classes; j++)
            logits[j] = j == k ? 1.0f : (float)(-exp((double)logits[j] - largest) / sum);
    }
}

/* outputs[classes]: the log-odds of every class. Taken from the sum of all, what is left for the others of the largest class may be
 * nothing: its own are summed without it. */
static void all_log_odds(int64_t classes, const float *logits, float *outputs)
{
    const int32_t best = attni_classifier_largest(classes, logits);
    const double largest = (double)logits[best];
    double others = 0, second = -INFINITY, rest = 0;
    for (int64_t j = 0; j < classes; j++) {
        others += j != best ? exp((double)logits[j] - largest) : 0;
        second = j != best && (double)logits[j] > second ? (double)logits[j] : second;
    }
    for (int64_t j = 0; j < classes; j++)
        rest += j != best ? exp((double)logits[j] - second) : 0;
    for (int64_t k = 0; k < classes; k++) {
        const double own = (double)logits[k] - largest;
        outputs[k] = (float)(k == best ? largest - second - log(rest) : own - log1p(others - exp(own)));
    }
}

void attni_classifier_copy_rows(int64_t time, const int32_t *ids, const int32_t *lengths, int64_t count,
                                const int32_t *rows, const uint8_t *keep, int32_t *to, int32_t *to_lengths)
{
    for (int64_t i = 0; i < count; i++, to += time) {
        const int32_t *from = ids + rows[i] * time;
        int64_t kept = 0;
        for (int64_t t = 0; t < lengths[rows[i]]; t++) {
            if (keep == NULL || keep[i * time + t])
                to[kept++] = from[t];
        }
        to_lengths[i] = (int32_t)kept;
        while (kept < time)
            to[kept++] = ATTN_PAD_ID;
    }
}

/* Rows that are asked about together, and room for their copies. */
struct group {
    const attn_classifier *classifier;
    attn_tape *tape, *memory; /* borrowed: for gradients, and for all arrays below; */
    attn_tape *question;      /* for those of one question about words left out */
    int64_t rows, time, copies;
    int32_t *ids, *lengths, *targets; /* [rows, time], [rows], [rows] */
    int32_t *order;                   /* [rows]: 0, 1, ... */
    int32_t *copy_ids, *copy_lengths, *copy_targets;
    float *logits;           /* [copies, classes] */
    float *ones;             /* [rows, time]: the scales of words as they are */
    float *numbers, *gaps;   /* [rows, time], [rows] */
    float *shares, *linear;  /* of n-grams: [columns, rows, time]; L, [rows, time] */
    int32_t takes_linear;    /* whether L is out of f */
    attni_omission omission; /* of occlusion */
};

/* A piece of the group's memory. */
static attn_status room(const struct group *group, int64_t count, size_t size, void *array)
{
    return attni_classifier_room(group->classifier, group->memory, count, size, array);
}

/* ---- what attn/explain.h asks --------------------------------------------------------------------------------------------- */

static attn_sequence copies_of(const struct group *group, int64_t count, const int32_t *rows)
{
    attn_sequence in = ATTN_SEQUENCE_INIT;
    attni_classifier_copy_rows(group->time, group->ids, group->lengths, count, rows, NULL, group->copy_ids,
                               group->copy_lengths);
    in.batch = count;
    in.time = group->time;
    in.ids = group->copy_ids;
    in.lengths = group->copy_lengths;
    return in;
}

/* Masked words are left out; outputs[count, classes] are the log-odds of each class. */
static attn_status decide_masked(void *user, int64_t count, const int32_t *rows, const uint8_t *keep,
                                 float *outputs)
{
    struct group *group = user;
    const int64_t classes = group->classifier->classes;
    ATTNI_TRY(attn_tape_begin(group->question, 0));
    ATTNI_TRY(attni_omission_decide(&group->omission, group->question, count, rows, keep, group->logits));
    for (int64_t i = 0; i < count; i++)
        all_log_odds(classes, group->logits + i * classes, outputs + i * classes);
    return ATTN_OK;
}

/* What the n-grams have of f and its gradient, at scales x of copies of rows: their logits and slopes, less what is linear. */
static void scale_ngrams(const struct group *group, int64_t i, int64_t row, const float *x)
{
    attni_classifier_add_amounts(group->classifier, group->lengths[row], group->rows * group->time,
                                 group->shares + row * group->time, x + i * group->time,
                                 group->logits + i * group->classifier->classes);
}

static void slope_ngrams(const struct group *group, int64_t i, int64_t row, const float *x, float *output,
                         float *dx)
{
    const float *linear = group->linear + row * group->time;
    double sum = 0;
    attni_classifier_add_slopes(group->classifier, group->lengths[row], group->rows * group->time,
                                group->shares + row * group->time,
                                group->logits + i * group->classifier->classes, dx);
    for (int64_t t = 0; group->takes_linear && t < group->lengths[row]; t++) {
        sum += (double)x[t] * (double)linear[t];
        dx[t] -= linear[t];
    }
    *output = (float)((double)*output - sum);
}

/* x, of one number a token, are scales. */
static attn_status differentiate(void *user, int64_t count, const int32_t *rows, const float *x,
                                 const int32_t *lengths, float *outputs, float *dx)
{
    const struct group *group = user;
    attn_sequence in = copies_of(group, count, rows);
    attn_sequence_gradients out = ATTN_SEQUENCE_GRADIENTS_INIT;
    (void)lengths; /* the group has them */
    in.scales = x;
    out.batch = count;
    out.time = group->time;
    out.dscales = dx;
    for (int64_t i = 0; i < count; i++)
        group->copy_targets[i] = group->targets[rows[i]];
    ATTNI_TRY(attn_tape_begin(group->tape, 0));
    ATTNI_TRY(attn_classifier_forward(group->classifier, group->tape, &in, group->logits, NULL, NULL));
    for (int64_t i = 0; group->shares && i < count; i++)
        scale_ngrams(group, i, rows[i], x);
    attni_classifier_log_odds(count, group->classifier->classes, group->logits, group->copy_targets, outputs);
    ATTNI_TRY(attn_classifier_backward(group->classifier, group->tape, group->logits, NULL, NULL, &out));
    for (int64_t i = 0; group->shares && i < count; i++)
        slope_ngrams(group, i, rows[i], x + i * group->time, outputs + i, dx + i * group->time);
    return ATTN_OK;
}

/* ---- a group -------------------------------------------------------------------------------------------------------------- */

/* How often a row is copied at once; of occlusion how much room it takes beside copies of it: keys, slopes, states. */
static int64_t copies_of_row(int32_t by)
{
    return by == ATTN_BY_GRADIENT ? 1 : by == ATTN_BY_INTEGRATED ? ROUND : 4;
}

/* Gradient x input of every row, as many in one call as a call may have copies. */
static attn_status differentiate_group(const struct group *group)
{
    for (int64_t at = 0, count; at < group->rows; at += count) {
        count = group->rows - at < group->copies ? group->rows - at : group->copies;
        ATTNI_TRY(differentiate((void *)group, count, group->order + at, group->ones + at * group->time, NULL,
                                group->gaps, group->numbers + at * group->time));
    }
    memset(group->gaps, 0, (size_t)group->rows * sizeof *group->gaps);
    return ATTN_OK;
}

/* L of every row, from its logits as they are. */
static attn_status find_linear(struct group *group)
{
    const attn_classifier *classifier = group->classifier;
    memset(group->linear, 0, (size_t)(group->rows * group->time) * sizeof *group->linear);
    for (int64_t at = 0, count; at < group->rows; at += count) {
        count = group->rows - at < group->copies ? group->rows - at : group->copies;
        const attn_sequence in = copies_of(group, count, group->order + at);
        ATTNI_TRY(attn_classifier_forward(classifier, NULL, &in, group->logits, NULL, NULL));
        attni_classifier_log_odds(count, classifier->classes, group->logits, group->targets + at,
                                  group->gaps);
        for (int64_t i = 0; i < count; i++)
            attni_classifier_add_slopes(classifier, group->lengths[at + i], group->rows * group->time,
                                        group->shares + (at + i) * group->time,
                                        group->logits + i * classifier->classes,
                                        group->linear + (at + i) * group->time);
    }
    return ATTN_OK;
}

static attn_status occlude_group(struct group *group, const attn_explain_model *model)
{
    const attn_classifier *classifier = group->classifier;
    const int64_t rows = group->rows, time = group->time;
    attn_sequence in = ATTN_SEQUENCE_INIT;
    float *logits, *states = NULL;
    in.batch = rows;
    in.time = time;
    in.ids = group->ids;
    in.lengths = group->lengths;
    ATTNI_TRY(room(group, rows * classifier->classes, sizeof *logits, &logits));
    if (classifier->attention)
        ATTNI_TRY(room(group, rows * time * classifier->state_dim, sizeof *states, &states));
    ATTNI_TRY(attn_classifier_forward(classifier, NULL, &in, logits, NULL, states));
    group->omission = (attni_omission){.classifier = classifier,
                                       .memory = group->memory,
                                       .tape = group->tape,
                                       .batch = rows,
                                       .time = time,
                                       .ids = group->ids,
                                       .lengths = group->lengths,
                                       .states = states,
                                       .logits = logits};
    attn_status status = attni_omission_open(&group->omission);
    if (status == ATTN_OK)
        status = attn_explain_occlusion(classifier->context, model, group->numbers);
    attni_omission_clear(&group->omission);
    memset(group->gaps, 0, (size_t)rows * sizeof *group->gaps);
    return status;
}

static attn_status integrate_group(struct group *group, const attn_explain_model *model)
{
    group->takes_linear = group->shares != NULL;
    if (group->takes_linear)
        ATTNI_TRY(find_linear(group));
    /* Secants: log-odds jump on the way from zeros. */
    ATTNI_TRY(attn_explain_integrated(group->classifier->context, model, 1, group->ones, STEPS,
                                      ATTN_QUADRATURE_SECANT, group->numbers, NULL, group->gaps));
    for (int64_t i = 0; group->takes_linear && i < group->rows * group->time; i++)
        group->numbers[i] += group->linear[i];
    return ATTN_OK;
}

/* numbers[rows, time] and gaps[rows] of the group. */
static attn_status attribute_group(struct group *group, int32_t by)
{
    attn_explain_model model = ATTN_EXPLAIN_MODEL_INIT;
    model.batch = group->rows;
    model.time = group->time;
    model.classes = group->classifier->classes;
    model.lengths = group->lengths;
    model.targets = group->targets;
    model.masked = decide_masked;
    model.gradient = differentiate;
    model.user = group;
    model.copies = group->copies;
    if (by == ATTN_BY_GRADIENT)
        return differentiate_group(group);
    if (by == ATTN_BY_OCCLUSION)
        return occlude_group(group, &model);
    return integrate_group(group, &model);
}

/* Room for rows of `time` ids and for their copies. */
static attn_status make_room(struct group *group)
{
    const int64_t rows = group->rows, time = group->time, copies = group->copies;
    ATTNI_TRY(attn_tape_begin(group->memory, 0));
    ATTNI_TRY(room(group, rows * time, sizeof *group->ids, &group->ids));
    ATTNI_TRY(room(group, rows, sizeof *group->lengths, &group->lengths));
    ATTNI_TRY(room(group, rows, sizeof *group->targets, &group->targets));
    ATTNI_TRY(room(group, rows, sizeof *group->order, &group->order));
    ATTNI_TRY(room(group, copies * time, sizeof *group->copy_ids, &group->copy_ids));
    ATTNI_TRY(room(group, copies, sizeof *group->copy_lengths, &group->copy_lengths));
    ATTNI_TRY(room(group, rows > copies ? rows : copies, sizeof *group->copy_targets, &group->copy_targets));
    ATTNI_TRY(room(group, copies * group->classifier->classes, sizeof *group->logits, &group->logits));
    ATTNI_TRY(room(group, rows * time, sizeof *group->ones, &group->ones));
    if (group->classifier->ngrams) {
        const int64_t columns = attni_classifier_columns(group->classifier);
        ATTNI_TRY(room(group, columns * rows * time, sizeof *group->shares, &group->shares));
        ATTNI_TRY(room(group, rows * time, sizeof *group->linear, &group->linear));
    }
    ATTNI_TRY(room(group, rows * time, sizeof *group->numbers, &group->numbers));
    return room(group, rows > copies ? rows : copies, sizeof *group->gaps, &group->gaps);
}

/* ---- a batch ---------------------------------------------------------------------------------------------------------------- */

struct batch {
    const attn_sequence *in;
    const int32_t *lengths, *targets; /* [in->batch] */
    int64_t *plan;                    /* [count]: the rows that are not empty, the shortest first */
    int64_t count;
};

/* How many of the plan's rows from `at` on are asked about together: as many as have TOGETHER tokens in their copies, or one. */
static int64_t group_size(const attn_classifier *classifier, const struct batch *batch, int32_t by,
                          int64_t at, int64_t *time)
{
    int64_t count = 0;
    *time = 0;
    for (; at + count < batch->count; count++) {
        const int64_t length = batch->lengths[batch->plan[at + count]];
        const int64_t padded = classifier->padding_kept ? batch->in->time : length;
        if (count > 0 && (count + 1) * copies_of_row(by) * padded > TOGETHER)
            break;
        *time = padded;
    }
    return count;
}

static attn_status fill_group(struct group *group, const struct batch *batch, int32_t by, int64_t at)
{
    const int64_t time = group->time, copies = (by == ATTN_BY_OCCLUSION ? OCCLUDED : TOGETHER) / time;
    group->copies = copies < 1 ? 1 : copies < MOST_COPIES ? copies : MOST_COPIES;
    ATTNI_TRY(make_room(group));
    for (int64_t i = 0; i < group->rows; i++) {
        const int64_t row = batch->plan[at + i];
        group->lengths[i] = batch->lengths[row];
        group->targets[i] = batch->targets[row];
        group->order[i] = (int32_t)i;
        memcpy(group->ids + i * time, batch->in->ids + row * batch->in->time,
               (size_t)group->lengths[i] * sizeof *group->ids);
    }
    for (int64_t i = 0; i < group->rows * time; i++)
        group->ones[i] = 1.0f;
    group->takes_linear = 0;
    if (group->shares && by != ATTN_BY_OCCLUSION)
        return attni_classifier_shares(group->classifier, group->rows, time, group->ids, group->lengths,
                                       group->copy_targets, group->shares);
    return ATTN_OK;
}

static attn_status attribute_batch(struct group *group, const struct batch *batch, int32_t by, float *numbers,
                                   float *gaps)
{
    for (int64_t at = 0; at < batch->count; at += group->rows) {
        group->rows = group_size(group->classifier, batch, by, at, &group->time);
        ATTNI_TRY(fill_group(group, batch, by, at));
        ATTNI_TRY(attribute_group(group, by));
        for (int64_t i = 0; i < group->rows; i++) {
            const int64_t row = batch->plan[at + i];
            memcpy(numbers + row * batch->in->time, group->numbers + i * group->time,
                   (size_t)group->lengths[i] * sizeof *numbers);
            if (gaps)
                gaps[row] = group->gaps[i];
        }
    }
    return ATTN_OK;
}

/* The rows that are not empty, by length; of equal ones the first. Lengths are small: counted, not compared. */
static attn_status make_plan(const attn_classifier *classifier, attn_tape *memory, struct batch *batch)
{
    const int64_t rows = batch->in->batch, time = batch->in->time;
    int64_t *next;
    ATTNI_TRY(attni_classifier_room(classifier, memory, time + 2, sizeof *next, &next));
    ATTNI_TRY(attni_classifier_room(classifier, memory, rows, sizeof *batch->plan, &batch->plan));
    memset(next, 0, (size_t)(time + 2) * sizeof *next);
    for (int64_t b = 0; b < rows; b++)
        next[batch->lengths[b] + 1]++;
    batch->count = rows - next[1];
    next[1] = 0;
    for (int64_t t = 1; t <= time; t++)
        next[t + 1] += next[t];
    for (int64_t b = 0; b < rows; b++) {
        if (batch->lengths[b])
            batch->plan[next[batch->lengths[b]]++] = b;
    }
    return ATTN_OK;
}

/* ---- the call --------------------------------------------------------------------------------------------------------------- */

/* Decide on all rows: logits[batch, classes], and the targets where the caller gives none. */
static attn_status decide(const attn_classifier *classifier, attn_tape *memory, const attn_sequence *in,
                          float *weights, int32_t **targets)
{
    const int64_t classes = classifier->classes;
    float *logits;
    ATTNI_TRY(attni_classifier_room(classifier, memory, in->batch * classes, sizeof *logits, &logits));
    ATTNI_TRY(attni_classifier_room(classifier, memory, in->batch, sizeof **targets, targets));
    ATTNI_TRY(attn_classifier_forward(classifier, NULL, in, logits, weights, NULL));
    for (int64_t b = 0; b < in->batch; b++)
        (*targets)[b] = attni_classifier_largest(classes, logits + b * classes);
    return ATTN_OK;
}

/* All lengths in an array of their own. */
static attn_status fill_lengths(const attn_classifier *classifier, attn_tape *memory, const attn_sequence *in,
                                const int32_t **lengths)
{
    int32_t *all;
    ATTNI_TRY(attni_classifier_room(classifier, memory, in->batch, sizeof *all, &all));
    for (int64_t b = 0; b < in->batch; b++)
        all[b] = in->lengths ? in->lengths[b] : (int32_t)in->time;
    *lengths = all;
    return ATTN_OK;
}

static attn_status share(const attn_classifier *classifier, const struct batch *batch, float *numbers)
{
    const int64_t rows = batch->in->batch, time = batch->in->time;
    ATTNI_TRY(attn_ngrams_attribute(classifier->ngrams, rows, time, batch->in->ids, batch->lengths,
                                    batch->targets, numbers, NULL));
    for (int64_t i = 0; i < rows * time; i++)
        numbers[i] *= attni_classifier_ngrams_scale(classifier);
    return ATTN_OK;
}

static attn_status attribute(const attn_classifier *classifier, attn_tape *memory, const attn_sequence *in,
                             const int32_t *targets, int32_t by, float *numbers, float *gaps)
{
    struct batch batch = {.in = in, .targets = targets};
    int32_t *decided = NULL;
    ATTNI_TRY(fill_lengths(classifier, memory, in, &batch.lengths));
    if (by == ATTN_BY_ATTENTION) {
        ATTNI_TRY(decide(classifier, memory, in, numbers, &decided));
        for (int64_t i = 0; i < in->batch * in->time; i++)
            numbers[i] = i % in->time < batch.lengths[i / in->time] ? numbers[i] : 0.0f;
        return ATTN_OK;
    }
    if (targets == NULL) {
        ATTNI_TRY(decide(classifier, memory, in, NULL, &decided));
        batch.targets = decided;
    }
    if (by == ATTN_BY_NGRAMS)
        return share(classifier, &batch, numbers);
    ATTNI_TRY(make_plan(classifier, memory, &batch));
    struct group group = {.classifier = classifier};
    attn_status status = attni_classifier_take(classifier, &group.tape);
    if (status == ATTN_OK)
        status = attni_classifier_take(classifier, &group.memory);
    if (status == ATTN_OK)
        status = attni_classifier_take(classifier, &group.question);
    if (status == ATTN_OK)
        status = attribute_batch(&group, &batch, by, numbers, gaps);
    attni_classifier_give(classifier, group.question);
    attni_classifier_give(classifier, group.memory);
    attni_classifier_give(classifier, group.tape);
    return status;
}

attn_status attn_classifier_attribute(const attn_classifier *classifier, const attn_sequence *in,
                                      const int32_t *targets, int32_t by, float *numbers, float *gaps)
{
    attn_sequence own;
    attn_tape *memory;
    ATTNI_REQUIRE_PTR(classifier);
    ATTNI_ENTER(classifier->context);
    ATTNI_TRY(attni_classifier_ids(__func__, classifier, in, &own));
    ATTNI_REQUIRE(by != ATTN_BY_NOTHING, "%s: by is ATTN_BY_NOTHING; expected another ATTN_BY_...", __func__);
    ATTNI_TRY(attni_classifier_check_by(__func__, classifier, by));
    ATTNI_REQUIRE(numbers != NULL || own.batch * own.time == 0,
                  "%s: numbers is NULL; expected room for [batch, time]", __func__);
    for (int64_t b = 0; targets && b < own.batch; b++)
        ATTNI_REQUIRE(targets[b] >= 0 && targets[b] < classifier->classes,
                      "%s: targets[%lld] is %d; expected 0 to %lld", __func__, (long long)b, targets[b],
                      (long long)classifier->classes - 1);
    if (own.batch && own.time)
        memset(numbers, 0, (size_t)(own.batch * own.time) * sizeof *numbers);
    if (gaps && own.batch)
        memset(gaps, 0, (size_t)own.batch * sizeof *gaps);
    ATTNI_TRY(attni_classifier_take(classifier, &memory));
    attn_status status = attribute(classifier, memory, &own, targets, by, numbers, gaps);
    attni_classifier_give(classifier, memory);
    return status;
}
