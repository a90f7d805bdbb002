/* batch.h - questions with like numbers of facts, side by side. */
#ifndef BABI_BATCH_H
#define BABI_BATCH_H

#include "stories.h"

struct batch {
    int64_t rows;             /* B questions */
    int64_t facts;            /* J: of the longest story */
    int64_t words;            /* M: of the longest fact */
    int64_t question_words;   /* of the longest question */
    int32_t *fact_ids;        /* [B, J, M] */
    int32_t *word_counts;     /* [B, J]; 0 beyond a story's facts */
    int32_t *fact_counts;     /* [B] */
    int32_t *question_ids;    /* [B, question_words] */
    int32_t *question_counts; /* [B] */
    int32_t *answers;         /* [B] */
    int64_t capacities[6];    /* of the arrays, in their order */
};

/* Fill a batch, which starts as {0} and grows, with questions[rows]; of longer stories only the last `most_facts` are seen. */
void batch_fill(struct batch *batch, const struct stories *stories, const int64_t *questions, int64_t rows,
                int64_t most_facts);
void batch_free(struct batch *batch);

/* How many of its facts are seen, and which is the first of them. */
int64_t facts_seen(const struct question *question, int64_t most_facts);

#endif
