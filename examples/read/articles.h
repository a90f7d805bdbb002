/* articles.h - what is read: articles of passages, each with questions that a span of it answers, in the form of SQuAD 1.1 (Rajpurkar et
 * al. 2016, 1606.05250), as JSON; and everything as words. */
#ifndef READ_ARTICLES_H
#define READ_ARTICLES_H

#include "common/files.h"

struct string {
    char *bytes; /* a NUL follows */
    size_t size;
};

/* A word where it stands. */
struct word {
    int32_t type;       /* the word as it is looked up: an id of the articles' types */
    int32_t begin, end; /* bytes of its text */
    bool capital, digit;
};

struct passage {
    struct string text;
    int64_t article, first, count; /* its words */
};

struct span {
    int32_t begin, end; /* words of the passage, the last one included */
};

struct question {
    struct string text;
    int64_t passage, first, count; /* its words */
    int64_t first_answer, answers; /* texts, any of which is right */
    int64_t first_span, spans;     /* all places of the passage at which one stands */
};

struct articles {
    int64_t count, passage_count, question_count, answer_count, span_count, word_count;
    struct string *titles, *answers;
    struct passage *passages;
    struct question *questions;
    struct span *spans;
    struct word *words;
    attn_vocab *types;    /* every word, by how often it stands there */
    attn_tokens *tokens;  /* what made them */
    uint64_t *stems;      /* [types]: the same where words differ in their endings alone */
    uint64_t fingerprint; /* of all text */
    int64_t titles_capacity, answers_capacity, passages_capacity, questions_capacity, spans_capacity,
        words_capacity;
};

/* Read a file: {"data": [article, ...]}, or an article a line; article: {"title":, "paragraphs": [{"context":, "qas": [{"question":,
 * "answers": [text or {"text":}, ...]}, ...]}, ...]}. NULL: the bundled sample. Ends the program with a line where it is none. */
struct articles articles_read(attn_context *context, const char *path);

/* One text, and questions about it without answers. */
struct articles articles_of_text(attn_context *context, struct string text, const struct string *questions,
                                 int64_t count);
void articles_free(struct articles *articles);

/* Numbers of questions: of the articles that are held out, or of the others. Those held out are one in ten, at least one: those whose
 * titles' hashes are the least, so that the same are held out of any run. The caller frees them. */
int64_t *articles_part(const struct articles *articles, bool held_out, int64_t *count);

#endif
