/* score.c - loss of all pairs, then a translation of each distinct source. */
#include "score.h"

#include <stdlib.h>
#include <string.h>

#include "bleu.h"
#include "common/plan.h"
#include "common/terminal.h"

#define ROWS 64
#define MOST_REFERENCES 64 /* of one source; more are not looked at */

struct scoring {
    struct translator *translator;
    const struct pairs *pairs;
    const struct corpus *corpus;
    int64_t *first, *next;       /* a group's first pair, and a pair's next one; -1: none */
    struct sequence *references; /* of each pair: its target's words */
    uint64_t *hashes;
    struct words names, tokens, words;
    struct batch batch;
    struct translations translations;
    struct floats weights;
    struct bleu bleu;
    struct speed speed;
    int64_t exact, digits, aligned;
};

static double mean_loss(struct scoring *s)
{
    int64_t count = s->corpus->count, tokens = 0, *items = plan_all(count);
    double sum = 0;
    int64_t *plan = plan_by_length(s->corpus->source.lengths, items, count);
    for (int64_t at = 0; at < count; at += ROWS) {
        batch_fill(&s->batch, s->corpus, plan + at, count - at < ROWS ? count - at : ROWS);
        sum += network_loss(&s->translator->trained->network, &s->batch, NULL) * (double)s->batch.tokens;
        tokens += s->batch.tokens;
    }
    free(items);
    free(plan);
    return sum / (double)tokens;
}

static void link_groups(struct scoring *s, const int64_t *group, int64_t groups)
{
    s->first = allocate(groups, sizeof *s->first);
    s->next = allocate(s->pairs->count, sizeof *s->next);
    for (int64_t g = 0; g < groups; g++)
        s->first[g] = -1;
    for (int64_t i = s->pairs->count - 1; i >= 0; i--) {
        s->next[i] = s->first[group[i]];
        s->first[group[i]] = i;
    }
}

static void hash_words(const struct words *words, uint64_t *hashes)
{
    for (int64_t i = 0; i < words->count; i++)
        hashes[i] = hash_bytes(HASH_START, words_get(words, i), strlen(words_get(words, i)));
}

static void hash_references(struct scoring *s)
{
    const int64_t count = s->pairs->count, task = s->translator->trained->languages.task;
    int64_t size = 0, capacity = 0;
    s->references = allocate(count, sizeof *s->references);
    for (int64_t i = 0; i < count; i++) {
        const char *target = s->pairs->items[i].target;
        split_target(task, target, strlen(target), &s->words);
        s->hashes = grow(s->hashes, size + s->words.count, &capacity, sizeof *s->hashes);
        hash_words(&s->words, s->hashes + size);
        s->references[i].length = s->words.count;
        size += s->words.count;
    }
    size = 0;
    for (int64_t i = 0; i < count; i++) { /* only now do they stay where they are */
        s->references[i].words = s->hashes + size;
        size += s->references[i].length;
    }
}

/* One row's translation, and the pairs of its source. */
static void compare(struct scoring *s, int64_t row, int64_t first)
{
    const struct translations *given = &s->translations;
    struct languages *languages = &s->translator->trained->languages;
    struct copying copying = {.names = &s->names, .stride = s->batch.items};
    if (s->translator->copies) {
        copying.weights = s->weights.values + row * s->batch.steps * s->batch.items;
        source_names(languages, s->pairs->items[first].source, strlen(s->pairs->items[first].source),
                     &s->names);
    }
    target_tokens(languages, given->ids + row * given->length, given->lengths[row],
                  s->translator->copies ? &copying : NULL, &s->tokens);
    target_words(languages, &s->tokens, &s->words);
    uint64_t *hashes = allocate(s->words.count, sizeof *hashes);
    hash_words(&s->words, hashes);
    const struct sequence translation = {hashes, s->words.count};
    struct sequence references[MOST_REFERENCES];
    int64_t count = 0;
    bool exact = false;
    for (int64_t i = first; i >= 0 && count < MOST_REFERENCES; i = s->next[i]) {
        const struct sequence reference = s->references[i];
        exact |= reference.length == translation.length &&
                 memcmp(reference.words, hashes, (size_t)translation.length * sizeof *hashes) == 0;
        references[count++] = reference;
    }
    s->exact += exact;
    bleu_add(&s->bleu, translation, references, count);
    free(hashes);
}

/* Where the digits of one row's date had their largest weights: weights [steps, items]. */
static void count_aligned(struct scoring *s, int64_t row, const struct date *date)
{
    const struct batch *batch = &s->batch;
    const float *weights = s->weights.values + row * batch->steps * batch->items;
    for (int64_t t = 0; t < batch->target_lengths[row] - 1; t++, weights += batch->items) {
        int64_t field = iso_field(t), peak = 0;
        if (field < 0)
            continue;
        for (int64_t j = 1; j < batch->source_lengths[row]; j++)
            peak = weights[j] > weights[peak] ? j : peak;
        s->digits++;
        s->aligned += peak >= date->begins[field] && peak < date->ends[field];
    }
}

static void score_batch(struct scoring *s, const int64_t *items, int64_t rows)
{
    batch_fill(&s->batch, s->corpus, items, rows);
    speed_start(&s->speed);
    translate(s->translator, &s->batch, &s->translations);
    speed_stop(&s->speed);
    const struct translations *given = &s->translations;
    if (s->pairs->dates || s->translator->copies) {
        batch_set_targets(&s->batch, given->length, given->ids, given->lengths);
        network_loss(&s->translator->trained->network, &s->batch,
                     reserve(&s->weights, rows * s->batch.steps * s->batch.items));
    }
    for (int64_t b = 0; b < rows; b++)
        compare(s, b, items[b]);
    s->speed.answers += rows;
    for (int64_t b = 0; b < rows; b++)
        s->speed.steps += given->lengths[b] + 1;
    for (int64_t b = 0; s->pairs->dates && b < rows; b++)
        count_aligned(s, b, &s->pairs->dates[items[b]]);
}

struct score score_pairs(struct translator *translator, const struct pairs *pairs,
                         const struct corpus *corpus, const int64_t *group, int64_t groups, const char *label)
{
    struct scoring s = {.translator = translator, .pairs = pairs, .corpus = corpus};
    struct score score = {.loss = mean_loss(&s), .sources = groups};
    link_groups(&s, group, groups);
    hash_references(&s);
    int64_t *plan = plan_by_length(corpus->source.lengths, s.first, groups);
    for (int64_t at = 0; at < groups; at += ROWS) {
        score_batch(&s, plan + at, groups - at < ROWS ? groups - at : ROWS);
        if (label)
            progress_show(label, at + s.batch.rows, groups, "");
    }
    progress_clear();
    score.speed = s.speed;
    score.bleu = bleu_value(&s.bleu);
    score.exact = (double)s.exact / (double)groups;
    score.alignment = s.digits ? (double)s.aligned / (double)s.digits : 0;
    free(plan);
    free(s.first);
    free(s.next);
    free(s.references);
    free(s.hashes);
    words_free(&s.names);
    words_free(&s.tokens);
    words_free(&s.words);
    free(s.weights.values);
    batch_free(&s.batch);
    translations_free(&s.translations);
    return score;
}
