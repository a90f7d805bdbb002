/* report_words.c - over the held-out reviews, the words that receive most attention, and what is decided where they do.
 *
 *     share        of all the attention
 *     lift         mean of weight * length: how many times an even share the word gets where it stands
 *     class        the class in whose reviews most of its attention lies; of two classes always the second
 *     leaning      share of its attention that lies in reviews decided as that class
 *     probability  mean probability of that class where it stands */
#include <stdlib.h>

#include "report.h"

#define LISTED 60 /* words of most lift, and as many of the largest share */

void report_count_words(struct report *report, const struct batch *batch, const struct outcome *outcome)
{
    const int64_t classes = report->model.info.classes;
    for (int64_t b = 0; b < batch->rows; b++) {
        const float *p = outcome->probabilities + b * classes, *weights = outcome->weights + b * batch->time;
        const int32_t decision = model_decision(&report->model, p);
        for (int64_t t = 0; t < batch->lengths[b]; t++) {
            int32_t id = batch->ids[b * batch->time + t];
            struct word *word = &report->words[id];
            word->id = id;
            word->count++;
            word->weight += weights[t];
            word->lift += (double)weights[t] * batch->lengths[b];
            report->word_classes[id * classes + decision].weight += weights[t];
            for (int64_t k = 0; k < classes; k++)
                report->word_classes[id * classes + k].probability += p[k];
        }
    }
}

static int compare(double a, double b, const struct word *left, const struct word *right)
{
    return a != b ? (a > b ? -1 : 1) : left->id < right->id ? -1 : 1;
}

static int by_lift(const void *left, const void *right)
{
    const struct word *a = left, *b = right;
    return compare(a->lift / (double)a->count, b->lift / (double)b->count, a, b);
}

static int by_weight(const void *left, const void *right)
{
    const struct word *a = left, *b = right;
    return compare(a->weight, b->weight, a, b);
}

/* Move the words that stand there at least `least` times to the front; <pad> and <unk> are none. Returns how many. */
static int64_t keep_words(struct word *words, int64_t size, int64_t least)
{
    int64_t kept = 0;
    for (int64_t i = 0; i < size; i++) {
        if (words[i].id != ATTN_PAD_ID && words[i].id != ATTN_UNK_ID && words[i].count >= least)
            words[kept++] = words[i];
    }
    return kept;
}

static void list_first(struct word *words, int64_t count, int (*order)(const void *left, const void *right))
{
    qsort(words, (size_t)count, sizeof *words, order);
    for (int64_t i = 0; i < count && i < LISTED; i++)
        words[i].listed = true;
}

static int64_t choose_class(const struct report *report, const struct word_class *sums)
{
    int64_t classes = report->model.info.classes, best = classes == 2;
    for (int64_t k = 0; k < classes && classes > 2; k++)
        best = sums[k].weight > sums[best].weight ? k : best;
    return best;
}

json_t *report_words(struct report *report)
{
    json_t *list = json_array();
    if (report->missing || report->model.info.attention == NULL)
        return list;
    const attn_vocab *vocab = report->model.info.vocab;
    struct word *words = report->words;
    int64_t size = attn_vocab_size(vocab), reviews = report->split.valid_count;
    double all = 0;
    for (int64_t i = 0; i < size; i++)
        all += words[i].weight;
    int64_t least = 2 + (reviews < 800 ? reviews : 800) / 100; /* what stands there once is chance */
    int64_t count = keep_words(words, size, least);
    list_first(words, count, by_weight);
    list_first(words, count, by_lift);
    for (int64_t i = 0; i < count; i++) {
        const struct word *word = &words[i];
        double n = (double)word->count;
        if (!word->listed)
            continue;
        const struct word_class *sums = report->word_classes + word->id * report->model.info.classes;
        int64_t class = choose_class(report, sums);
        json_array_append_new(list, json_pack("{s:s, s:I, s:f, s:f, s:I, s:f, s:f}", "word",
                                              attn_vocab_token(vocab, word->id), "count",
                                              (json_int_t)word->count, "share", word->weight / all, "lift",
                                              word->lift / n, "class", (json_int_t) class, "leaning",
                                              word->weight > 0 ? sums[class].weight / word->weight : 0.5,
                                              "probability", sums[class].probability / n));
    }
    return list;
}
