/* words.h - a text as tokens, and back, for each task.
 *
 *     sentences   source: libattn's tokenizer, which folds case and accents
 *                 target: words, numbers and marks of punctuation, with their case and accents, so that they can be joined again;
 *                 only the first letter of the text is made small. An apostrophe ends its token, a hyphen inside a word begins
 *                 one: "J'ai dit : regarde-le !" -> j' | ai | dit | : | regarde | -le | !
 *     dates       both: characters; a space is the token U+2423
 *     tokenised   both: what stands between spaces, as data sets are published that are tokenised already */
#ifndef TRANSLATE_WORDS_H
#define TRANSLATE_WORDS_H

#include "common/files.h"

#define TASK_SENTENCES 0
#define TASK_DATES 1
#define TASK_TOKENISED 2
#define TASKS "sentences|dates|tokenised" /* their names */

/* Tokens, one after another; all 0 is none. */
struct words {
    struct text bytes; /* each token ends with a NUL */
    int64_t *begins;
    int64_t count, capacity;
};

const char *words_get(const struct words *words, int64_t index);
void words_clear(struct words *words);
void words_add(struct words *words, const char *token, size_t size);
void words_free(struct words *words);

/* Replace `words` by the tokens of text[size]. `tokens` is the tokenizer's memory. */
void split_source(int64_t task, attn_tokens *tokens, const char *text, size_t size, struct words *words);
void split_target(int64_t task, const char *text, size_t size, struct words *words);

/* Append a target's tokens as a person writes them. */
void join_target(int64_t task, const struct words *words, struct text *text);

#endif
