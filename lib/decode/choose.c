/* choose.c - greedy, sampled and beam's choices.
 *
 *     log p(k) = logit_k - log sum_j exp(logit_j), in double
 *
 *     greedy  argmax_k logit_k
 *     sample  the first token at which the running sum of exp((logit_k - largest) / temperature), over the top_k likeliest,
 *             passes u times the whole sum; u is uniform in [0, 1)
 *     beam    all hypotheses' candidates in falling order, until `beam` that do not end have been taken */
#include "decode/choose.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "core/call.h"
#include "core/random.h"

int64_t attni_choice_width(const attn_search_options *options)
{
    return options->method == ATTN_SEARCH_BEAM ? options->beam : 1;
}

static bool takes_top(const attn_search_options *options, int64_t classes)
{
    return options->method == ATTN_SEARCH_SAMPLE && options->top_k > 0 && options->top_k < classes;
}

int64_t attni_choice_capacity(const attn_search_options *options, int64_t classes)
{
    return takes_top(options, classes) ? options->top_k : attni_choice_width(options);
}

/* The order of candidates: no two of them are equal. */
static bool goes_before(const attni_candidate *a, const attni_candidate *b)
{
    if (a->score != b->score)
        return a->score > b->score;
    return a->hypothesis != b->hypothesis ? a->hypothesis < b->hypothesis : a->token < b->token;
}

static int compare(const void *a, const void *b)
{
    return goes_before(a, b) ? -1 : 1;
}

/* Keep the first `capacity` of all candidates offered, as a heap with the last of them on top. */
static void offer(attni_candidate *heap, int32_t *count, int64_t capacity, attni_candidate candidate)
{
    int64_t at;
    if (*count < capacity) {
        for (at = (*count)++; at > 0 && goes_before(&heap[(at - 1) / 2], &candidate); at = (at - 1) / 2)
            heap[at] = heap[(at - 1) / 2];
    } else {
        if (!goes_before(&candidate, &heap[0]))
            return;
        at = 0;
        for (int64_t child; (child = 2 * at + 1) < *count; at = child) {
            if (child + 1 < *count && goes_before(&heap[child], &heap[child + 1]))
                child++;
            if (!goes_before(&candidate, &heap[child]))
                break;
            heap[at] = heap[child];
        }
    }
    heap[at] = candidate;
}

/* log sum_k exp(logits[k]); `token` gets the one at fault, or else the likeliest. */
static double log_sum(int64_t classes, const float *logits, int32_t *fault, int32_t *token)
{
    int64_t likeliest = 0;
    for (int64_t k = 0; k < classes; k++) {
        if (!(logits[k] < INFINITY)) {
            *fault = ATTNI_LOGITS_NOT_NUMBERS;
            *token = (int32_t)k;
            return 0.0;
        }
        likeliest = logits[k] > logits[likeliest] ? k : likeliest;
    }
    const double most = (double)logits[likeliest];
    *fault = most == -INFINITY ? ATTNI_LOGITS_ALL_OUT : ATTNI_LOGITS_FINE;
    *token = (int32_t)likeliest;
    double sum = 0.0;
    for (int64_t k = 0; k < classes && *fault == ATTNI_LOGITS_FINE; k++)
        sum += exp((double)logits[k] - most);
    return most + log(sum);
}

/* The row's only hypothesis takes `token`. */
static void take(const attn_search_options *options, double score, int32_t token, attni_choice *choice)
{
    const attni_candidate taken = {score, 0, token};
    if (token == options->end_id) {
        choice->ended = 1;
        choice->end = taken;
    } else {
        choice->kept = 1;
        choice->candidates[0] = taken;
    }
}

/* Uniform in [0, 1), 53 bits. */
static double draw(uint64_t seed, int32_t row, int64_t place)
{
    uint32_t words[4];
    attni_philox(seed, attni_stream("attn_search") + (uint64_t)row, (uint64_t)place, words);
    return (double)(((uint64_t)words[0] << 32 | words[1]) >> 11) * 0x1p-53;
}

static int32_t sample(const attn_search_options *options, int64_t classes, int32_t likeliest, double u,
                      const float *logits, attni_candidate *heap)
{
    attni_candidate last = {-INFINITY, 0, (int32_t)classes}; /* of those that may be drawn */
    if (takes_top(options, classes)) {
        int32_t count = 0;
        for (int64_t k = 0; k < classes; k++)
            offer(heap, &count, options->top_k, (attni_candidate){(double)logits[k], 0, (int32_t)k});
        last = heap[0];
    }
    double whole = 0.0, running = 0.0;
    int32_t drawn = likeliest;
    for (int32_t pass = 0; pass < 2; pass++) {
        for (int64_t k = 0; k < classes; k++) {
            const attni_candidate candidate = {(double)logits[k], 0, (int32_t)k};
            if (logits[k] == -INFINITY || goes_before(&last, &candidate))
                continue;
            double part = exp(((double)logits[k] - (double)logits[likeliest]) / (double)options->temperature);
            if (pass == 0) {
                whole += part;
            } else if (part > 0.0) {
                running += part;
                drawn = (int32_t)k;
                if (running > u * whole)
                    return drawn;
            }
        }
    }
    return drawn; /* u * whole was rounded up to the whole */
}

/* Offer what hypothesis h may go on with; its end waits until all have been offered. */
static void offer_all(const attn_search_options *options, int64_t classes, int32_t h, double before,
                      const float *logits, attni_choice *choice)
{
    for (int64_t k = 0; k < classes; k++) {
        attni_candidate candidate = {before + (double)logits[k], h, (int32_t)k};
        if (k != options->end_id && logits[k] > -INFINITY)
            offer(choice->candidates, &choice->kept, options->beam, candidate);
    }
}

/* Take the end of a hypothesis if it goes before the last that is kept. */
static void take_end(const attn_search_options *options, attni_candidate end, attni_choice *choice)
{
    bool taken =
        end.score > -INFINITY && (choice->kept < options->beam || goes_before(&end, &choice->candidates[0]));
    if (taken && (choice->ended++ == 0 || goes_before(&end, &choice->end)))
        choice->end = end;
}

void attni_choose(const attn_search_options *options, int64_t classes, int32_t row, int64_t place,
                  int64_t count, const float *logits, const double *scores, attni_choice *choice)
{
    choice->kept = choice->ended = 0;
    double before[256]; /* log p of each hypothesis, less its logits' log sum */
    for (int32_t h = 0; h < count; h++) {
        const float *of = logits + h * classes;
        int32_t token;
        if (attni_interrupted())
            return;
        before[h] = scores[h] - log_sum(classes, of, &choice->fault, &token);
        choice->fault_at = (attni_candidate){0.0, h, token};
        if (choice->fault != ATTNI_LOGITS_FINE)
            return;
        if (options->method == ATTN_SEARCH_SAMPLE)
            token = sample(options, classes, token, draw(options->seed, row, place), of, choice->candidates);
        if (options->method == ATTN_SEARCH_BEAM)
            offer_all(options, classes, h, before[h], of, choice);
        else
            take(options, before[h] + (double)of[token], token, choice);
    }
    if (options->method != ATTN_SEARCH_BEAM)
        return;
    const int32_t end_id = options->end_id;
    for (int32_t h = 0; h < count; h++)
        take_end(options, (attni_candidate){before[h] + (double)logits[h * classes + end_id], h, end_id},
                 choice);
    qsort(choice->candidates, (size_t)choice->kept, sizeof *choice->candidates, compare);
}
