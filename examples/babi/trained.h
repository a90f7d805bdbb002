/* trained.h - a model file, ready to answer; and its measure. */
#ifndef BABI_TRAINED_H
#define BABI_TRAINED_H

#include "network.h"

struct trained {
    struct network network;
    attn_vocab *vocab;
    int64_t task;       /* of the files in a folder */
    int64_t most_facts; /* of a longer story the last ones are seen */
    int64_t ordered;    /* 1: lists of answers are sequences; 0: sets */
};

/* Open one; `file` and `json` are what else it holds, and may be NULL. */
struct trained trained_open(attn_context *context, const char *path, attn_file **file, json_t **json);
void trained_close(struct trained *trained);

/* Write the file, with what stands in the JSON beside the model's own; takes the reference. */
void trained_save(const struct trained *trained, const char *path, attn_save_options options, json_t *json);

struct score {
    double loss; /* mean over the questions */
    int64_t wrong;
};

/* Answer questions[count]. */
struct score score_questions(struct trained *trained, const struct stories *stories, const int64_t *questions,
                             int64_t count);

/* What --data names, for the task and part; without it stories that are made up, other ones for "train" than for "test". */
struct stories open_stories(const char *data, int64_t task, const char *part);

/* The same for a trained model: encoded. Says on standard error how many words its vocabulary does not have. */
struct stories open_stories_for(const struct trained *trained, const char *data);

/* Numbers of facts, by question. */
int32_t *fact_counts(const struct stories *stories, int64_t most_facts);

#endif
