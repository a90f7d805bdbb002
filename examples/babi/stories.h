/* stories.h - bAbI's question files: facts, questions on those before them, answers, and which facts the answer rests on.
 *
 *     1 Mary went to the office.            a line's number within its story; 1 starts a story
 *     2 Where is Mary?<TAB>office<TAB>1     a question, its answer, the lines that support it */
#ifndef BABI_STORIES_H
#define BABI_STORIES_H

#include "common/files.h"

/* A line's words: their ids, and the text as written. */
struct sentence {
    const char *text;
    size_t size;
    int64_t line;  /* its number within the story */
    int64_t first; /* in the stories' ids; */
    int64_t count;
};

struct question {
    struct sentence sentence;
    int64_t story;
    int64_t first_fact, facts; /* of the story, up to the question */
    char *answer;              /* NUL-terminated; several are joined by commas */
    int32_t answer_id;
    const char *support; /* "3 1": line numbers, NUL-terminated; "" where none are given */
};

struct stories {
    char *bytes; /* the file; sentences and answers point into it */
    struct sentence *facts;
    struct question *questions;
    int32_t *ids;
    int64_t fact_count, question_count, story_count, id_count;
    int64_t facts_capacity, questions_capacity, ids_capacity;
    uint64_t fingerprint; /* of the file */
    int64_t unknown;      /* words and answers that the vocabulary does not have */
};

/* Read a question file. A line that is neither a fact nor a question ends the program and is named. */
struct stories stories_read(const char *path);

/* The same from text that is in memory; takes over `bytes`, which were allocated. `name` stands in error lines. */
struct stories stories_parse(char *bytes, size_t size, const char *name);

/* `path` itself where it is a file; in a folder the file of the task, "qaN_train.txt" or "qaN_..._train.txt" for part
 * "train". The caller frees it. */
char *stories_path(const char *path, int64_t task, const char *part);

/* Whether some answer names a thing twice: then lists of answers are sequences (the paths of task 19), and their order counts.
 * Otherwise they are sets ("milk,apple" in task 8), whose order bAbI's generator leaves to chance. */
bool answers_are_ordered(const struct stories *stories);

/* Sort each list of answers, so that equal sets are equal strings. */
void sort_answers(struct stories *stories);

/* Every word and every answer. */
attn_vocab *stories_vocab(attn_context *context, const struct stories *stories);

/* Look up every word and answer. */
void stories_encode(struct stories *stories, const attn_vocab *vocab);

/* Whether the question says that `fact`, from 0 among its own, supports the answer. */
bool is_support(const struct stories *stories, const struct question *question, int64_t fact);

void stories_free(struct stories *stories);

#endif
