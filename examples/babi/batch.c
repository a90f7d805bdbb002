/* batch.c - questions laid out side by side. */
#include "batch.h"

#include <stdlib.h>
#include <string.h>

int64_t facts_seen(const struct question *question, int64_t most_facts)
{
    return question->facts < most_facts ? question->facts : most_facts;
}

static int64_t larger(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static void measure(struct batch *batch, const struct stories *stories, const int64_t *questions,
                    int64_t rows, int64_t most_facts)
{
    batch->rows = rows;
    batch->facts = batch->words = batch->question_words = 1;
    for (int64_t b = 0; b < rows; b++) {
        const struct question *question = &stories->questions[questions[b]];
        int64_t seen = facts_seen(question, most_facts), last = question->first_fact + question->facts;
        batch->facts = larger(batch->facts, seen);
        batch->question_words = larger(batch->question_words, question->sentence.count);
        for (int64_t j = last - seen; j < last; j++)
            batch->words = larger(batch->words, stories->facts[j].count);
    }
}

static int32_t *reserve_ids(struct batch *batch, int which, int32_t *array, int64_t count)
{
    array = grow(array, count, &batch->capacities[which], sizeof *array);
    memset(array, 0, (size_t)count * sizeof *array);
    return array;
}

static void copy_sentence(const struct stories *stories, const struct sentence *sentence, int32_t *ids,
                          int32_t *count)
{
    memcpy(ids, stories->ids + sentence->first, (size_t)sentence->count * sizeof *ids);
    *count = (int32_t)sentence->count;
}

void batch_fill(struct batch *batch, const struct stories *stories, const int64_t *questions, int64_t rows,
                int64_t most_facts)
{
    measure(batch, stories, questions, rows, most_facts);
    int64_t j_most = batch->facts, m = batch->words, w = batch->question_words;
    batch->fact_ids = reserve_ids(batch, 0, batch->fact_ids, rows * j_most * m);
    batch->word_counts = reserve_ids(batch, 1, batch->word_counts, rows * j_most);
    batch->fact_counts = reserve_ids(batch, 2, batch->fact_counts, rows);
    batch->question_ids = reserve_ids(batch, 3, batch->question_ids, rows * w);
    batch->question_counts = reserve_ids(batch, 4, batch->question_counts, rows);
    batch->answers = reserve_ids(batch, 5, batch->answers, rows);
    for (int64_t b = 0; b < rows; b++) {
        const struct question *question = &stories->questions[questions[b]];
        int64_t seen = facts_seen(question, most_facts);
        const struct sentence *facts = stories->facts + question->first_fact + question->facts - seen;
        for (int64_t j = 0; j < seen; j++)
            copy_sentence(stories, &facts[j], batch->fact_ids + (b * j_most + j) * m,
                          &batch->word_counts[b * j_most + j]);
        batch->fact_counts[b] = (int32_t)seen;
        copy_sentence(stories, &question->sentence, batch->question_ids + b * w, &batch->question_counts[b]);
        batch->answers[b] = question->answer_id;
    }
}

void batch_free(struct batch *batch)
{
    free(batch->fact_ids);
    free(batch->word_counts);
    free(batch->fact_counts);
    free(batch->question_ids);
    free(batch->question_counts);
    free(batch->answers);
}
