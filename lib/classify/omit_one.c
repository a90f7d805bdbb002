/* omit_one.c - one word less: of many copies of rows, each without one word, the states that the word changes, STEPS steps of all
 * copies at a time. omit.c has the equations. */
#include <math.h>
#include <string.h>

#include "classify/classifier.h"

#define STEPS 4 /* between two looks at how far a state is from the whole row's */

/* States lie between -1 and 1. What is to come of a difference is foretold where none of its numbers is more than SMALL, and believed
 * where it was foretold STEPS before as well, and what those steps brought and what is then to come agree with that: to FORETOLD, of
 * the copy's own Z, which is small beside the row's where the word had nearly all the weight, and of the logits. The second order,
 * which is left out, is within that for the steps that were run, and smaller for those that follow, since differences shrink. (On 16
 * reviews of 242 words occlusion is within 4e-5 of log-odds of running each to its end, where the middle one of the words moves them
 * by .01; the error grows with the square of SMALL.) */
#define SMALL 0x1p-7f
#define FORETOLD 5e-7

/* A copy's Z is the row's with changes added, of rounding errors of 1e-16 of the row's. Where it is smaller than this beside the row's,
 * or larger by as much, nothing is foretold: a direction runs to its end. */
#define LEAST 1e-6

/* Of two runs that forget each difference the last four places of numbers near 1 remain apart, by rounding alone. */
#define ROUNDING 0x1p-21f

static attn_status room(const attni_omission *omission, attn_tape *tape, int64_t count, size_t size,
                        void *array)
{
    return attni_classifier_room(omission->classifier, tape, count, size, array);
}

/* Copies of rows that lack one word each. */
struct copies {
    int64_t count;
    const int32_t *rows, *at; /* [count]: which row, and the word that it lacks */
    int32_t *lengths;         /* [count]: of what is left, as are: */
    float *scores, *weights;  /* [count, time] */
    float *parts;             /* [count, time, classes] */
    double *coming;           /* [count, 1 + classes]: what is to come of Z and N */
    double *sums;             /* [count]: Z, by what has been run and foretold; where there are slopes */
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
    double *
        foretold; /* [count, 1 + classes]: of Z and N, by the states before the steps; NAN where these were not near */
};

static attn_status make_copies(const attni_omission *omission, attn_tape *question, struct copies *copies)
{
    const int64_t classes = omission->classifier->classes, count = copies->count,
                  tokens = count * omission->time;
    ATTNI_TRY(room(omission, question, count, sizeof(int32_t), &copies->lengths));
    ATTNI_TRY(room(omission, question, tokens, sizeof(float), &copies->scores));
    ATTNI_TRY(room(omission, question, tokens, sizeof(float), &copies->weights));
    ATTNI_TRY(room(omission, question, tokens * classes, sizeof(float), &copies->parts));
    ATTNI_TRY(room(omission, question, count, sizeof(double), &copies->sums));
    return room(omission, question, count * (1 + classes), sizeof(double), &copies->coming);
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
    ATTNI_TRY(
        room(omission, question, count * (1 + classifier->classes), sizeof(double), &running->foretold));
    return room(omission, question, steps * classifier->classes, sizeof(float), &running->parts);
}

/* z_j of a score, by the largest one of the whole row. */
static double exponential(const attni_omission *omission, int64_t row, float score)
{
    return exp((double)(score - omission->tops[row]) / (double)omission->temperature);
}

/* What is left of the whole rows' scores and parts. */
static void copy_whole(const attni_omission *omission, const struct copies *copies)
{
    const int64_t time = omission->time, classes = omission->classifier->classes;
    for (int64_t i = 0; i < copies->count; i++) {
        const int64_t at = copies->at[i], behind = omission->lengths[copies->rows[i]] - at - 1;
        const float *scores = omission->scores + copies->rows[i] * time,
                    *parts = omission->parts + copies->rows[i] * time * classes;
        copies->lengths[i] = (int32_t)(at + behind);
        float *to = copies->scores + i * time, *parts_to = copies->parts + i * time * classes;
        memcpy(to, scores, (size_t)at * sizeof *to);
        memcpy(to + at, scores + at + 1, (size_t)behind * sizeof *to);
        memcpy(parts_to, parts, (size_t)(at * classes) * sizeof *to);
        memcpy(parts_to + at * classes, parts + (at + 1) * classes, (size_t)(behind * classes) * sizeof *to);
        if (omission->slopes)
            copies->sums[i] =
                omission->sums[copies->rows[i]] - exponential(omission, copies->rows[i], scores[at]);
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
    const int64_t h = omission->classifier->hidden_dim, sums = 1 + omission->classifier->classes;
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
        for (int64_t k = 0; k < sums; k++)
            running->foretold[running->count * sums + k] = NAN;
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

static int32_t is_near(int64_t count, const float *a, const float *b, float bound)
{
    for (int64_t i = 0; i < count; i++) {
        if (!(fabsf(a[i] - b[i]) <= bound))
            return 0;
    }
    return 1;
}

/* coming[1 + classes]: what is to come of Z and N by a state behind place j of its row. */
static void foretell(const attni_omission *omission, int32_t direction, int64_t row, int64_t j,
                     const float *state, double *coming)
{
    const attn_classifier *classifier = omission->classifier;
    const float *whole = state_of(omission, direction, row, j);
    const float *slopes = omission->slopes + (whole - omission->states);
    for (int64_t k = 0; k <= classifier->classes; k++) {
        double sum = 0;
        for (int64_t i = 0; i < classifier->hidden_dim; i++)
            sum += (double)slopes[i] * (double)(state[i] - whole[i]);
        coming[k] = sum;
        slopes += omission->batch * omission->time * classifier->state_dim;
    }
}

/* came[1 + classes] += what the steps from place `first` on of their row, whose scores and parts are given, have changed of Z and
 * N. */
static void add_up(const attni_omission *omission, int64_t row, int64_t first, int64_t steps,
                   const float *scores, const float *parts, double *came)
{
    const int64_t classes = omission->classifier->classes;
    const float *whole = omission->scores + row * omission->time + first,
                *whole_parts = omission->parts + (row * omission->time + first) * classes;
    for (int64_t s = 0; s < steps; s++) {
        const double now = exponential(omission, row, scores[s]),
                     before = exponential(omission, row, whole[s]);
        came[0] += now - before;
        for (int64_t k = 0; k < classes; k++)
            came[1 + k] +=
                now * (double)parts[s * classes + k] - before * (double)whole_parts[s * classes + k];
    }
}

/* Whether what is to come of a running copy, whose steps `brought` what they did and whose state is that of place `last`, is what it was
 * foretold to be; then it is added to what the copy has. */
static int32_t is_foretold(const attni_omission *omission, const struct copies *copies, int32_t direction,
                           const struct running *running, int64_t r, int64_t last, const double *brought)
{
    const int64_t classes = omission->classifier->classes, h = omission->classifier->hidden_dim;
    const int64_t i = running->copies[r], row = copies->rows[i];
    const float *state = running->after + r * h;
    const double sum = copies->sums[i], whole = omission->sums[row];
    double *foretold = running->foretold + r * (1 + classes);
    double coming[1 + ATTNI_OMISSION_CLASSES];
    int32_t done = sum >= LEAST * whole && sum <= whole / LEAST;
    if (!is_near(h, state, state_of(omission, direction, row, last), SMALL)) {
        foretold[0] = NAN;
        return 0;
    }
    foretell(omission, direction, row, last, state, coming);
    for (int64_t k = 0; k <= classes; k++) {
        done &= fabs(foretold[k] - (brought[k] + coming[k])) <= FORETOLD * sum;
        foretold[k] = coming[k];
    }
    for (int64_t k = 0; done && k <= classes; k++)
        copies->coming[i * (1 + classes) + k] += coming[k];
    copies->sums[i] += done ? coming[0] : 0.0;
    return done;
}

/* Whether a running copy need run no more. Its steps' scores and parts begin at `from`. */
static int32_t is_done(const attni_omission *omission, const struct copies *copies, int32_t direction,
                       const struct running *running, int64_t r, int64_t from)
{
    const int64_t classes = omission->classifier->classes, h = omission->classifier->hidden_dim;
    const int64_t i = running->copies[r], row = copies->rows[i], steps = running->steps[r];
    const int64_t first = first_place(running, direction, r),
                  last = direction == 0 ? first + steps - 1 : first;
    const int32_t at_end = running->ends[r] - running->begins[r] == steps;
    double brought[1 + ATTNI_OMISSION_CLASSES] = {0};
    if (omission->slopes == NULL)
        return at_end ||
               is_near(h, running->after + r * h, state_of(omission, direction, row, last), ROUNDING);
    add_up(omission, row, first, steps, running->scores + from, running->parts + from * classes, brought);
    copies->sums[i] += brought[0];
    return at_end || is_foretold(omission, copies, direction, running, r, last, brought);
}

/* Past the steps. */
static void go_on(const attni_omission *omission, const struct copies *copies, int32_t direction,
                  struct running *running)
{
    const int64_t h = omission->classifier->hidden_dim, sums = 1 + omission->classifier->classes;
    int64_t kept = 0;
    for (int64_t r = 0, from = 0; r < running->count; from += running->steps[r++]) {
        const int32_t first = (int32_t)first_place(running, direction, r), steps = running->steps[r];
        const int32_t last = direction == 0 ? first + steps - 1 : first;
        if (is_done(omission, copies, direction, running, r, from))
            continue;
        running->copies[kept] = running->copies[r];
        running->begins[kept] = direction == 0 ? last + 1 : 0;
        running->ends[kept] = direction == 0 ? running->ends[r] : last;
        memmove(running->foretold + kept * sums, running->foretold + r * sums, (size_t)sums * sizeof(double));
        memcpy(running->before + kept++ * h, running->after + r * h, (size_t)h * sizeof(float));
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

/* logits = b + (sum of weight P + what is to come of N / Z0) / (1 + what is to come of Z / Z0), with Z0 of the weights, by the largest
 * of them: weight = z / Z0. */
static void add_to_come(const attni_omission *omission, const struct copies *copies, int64_t i, float *logits)
{
    const int64_t classes = omission->classifier->classes, time = omission->time;
    const float *scores = copies->scores + i * time, *weights = copies->weights + i * time;
    const double *coming = copies->coming + i * (1 + classes);
    int64_t best = 0;
    double all = 0;
    for (int64_t k = 0; k <= classes; k++)
        all += fabs(coming[k]);
    if (all == 0) /* and z may be 0 too */
        return;
    for (int64_t t = 1; t < copies->lengths[i]; t++)
        best = weights[t] > weights[best] ? t : best;
    const double z = exponential(omission, copies->rows[i], scores[best]);
    const double per_z = (double)weights[best] / z;
    for (int64_t k = 0; k < classes; k++) {
        const double bias = (double)omission->bias[k], sum = (double)logits[k] - bias;
        logits[k] = (float)(bias + (sum + coming[1 + k] * per_z) / (1.0 + coming[0] * per_z));
    }
}

/* The weights of what is left, and the logits of the encoder's channel. */
static attn_status decide(const attni_omission *omission, const struct copies *copies, float *logits)
{
    const attn_classifier *classifier = omission->classifier;
    const int64_t time = omission->time, classes = classifier->classes;
    ATTNI_TRY(attn_attention_weigh(classifier->attention, copies->count, time, copies->scores,
                                   copies->lengths, copies->weights));
    for (int64_t i = 0; i < copies->count; i++, logits += classes) {
        attni_classifier_mix(classes, copies->lengths[i], copies->weights + i * time,
                             copies->parts + i * time * classes, omission->bias, logits);
        if (omission->slopes)
            add_to_come(omission, copies, i, logits);
    }
    return ATTN_OK;
}

attn_status attni_omission_one(const attni_omission *omission, attn_tape *question, int64_t count,
                               const int32_t *rows, const int32_t *at, float *logits)
{
    struct copies copies = {.count = count, .rows = rows, .at = at};
    struct running running;
    ATTNI_TRY(make_copies(omission, question, &copies));
    ATTNI_TRY(make_running(omission, question, count, &running));
    memset(copies.coming, 0, (size_t)(count * (1 + omission->classifier->classes)) * sizeof *copies.coming);
    copy_whole(omission, &copies);
    for (int32_t direction = 0; direction < omission->classifier->directions; direction++) {
        begin_running(omission, &copies, direction, &running);
        while (running.count > 0) {
            ATTNI_TRY(run_steps(omission, &copies, direction, &running));
            ATTNI_TRY(score_steps(omission, &copies, direction, &running));
            go_on(omission, &copies, direction, &running);
        }
    }
    return decide(omission, &copies, logits);
}
