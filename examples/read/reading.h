/* reading.h - one question, answered, with all that a person wants to see of it. */
#ifndef READ_READING_H
#define READ_READING_H

#include "score.h"

#define MOST_TEXT 10000 /* words that are read as one text */
#define MOST_ASKED 500  /* words of a question */
#define LEAST 0.1       /* probability of a good span, unless an option says otherwise */

struct reading {
    const struct passage *passage;
    const struct question *question;
    const struct word *words, *asked; /* theirs */
    struct found found;
    struct string answer;   /* its text */
    struct span sentence;   /* the words of the sentences in which it stands; none: the text is empty */
    struct pointed pointed; /* of this question alone */
    float *
        shades; /* [passage words]: the pointers' probabilities: begin above 0, end below, whichever is larger; 0: none is
                             * to be seen */
};

/* A text to ask about, whose bytes are to be freed; what in it is no UTF-8 is said on standard error. */
struct string read_page(attn_context *context, const char *path);

/* Answer question `number`. What it points to lives as long as the articles, and until the network's next use; `shades` is to be freed.
 * `name` is the text's in error lines. */
struct reading read_question(struct trained *trained, const struct articles *articles,
                             const struct lexicon *lexicon, int64_t number, int64_t longest,
                             const char *name);

/* A line: the answer and its probability, or that no span is good; to be freed. */
char *reading_title(const struct reading *reading, double least);

/* Draw words first to last of the passage, shaded by both pointers. */
void reading_draw(const struct reading *reading, attn_context *context, struct span words,
                  attn_draw_options options, attn_write_fn write, void *user);

#endif
