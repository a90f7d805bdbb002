/* score.h - the span that two pointers say, and how right such spans are. */
#ifndef READ_SCORE_H
#define READ_SCORE_H

#include "common/speed.h"
#include "measure.h"
#include "trained.h"

#define LONGEST_SPAN 15 /* words of an answer, unless an option says otherwise */

/* The span of the largest probability begins[b] * ends[e], b <= e < b + longest, of equal ones the first. */
struct found {
    struct span span;
    double probability; /* 0: there is no word */
};
struct found find_span(const float *begins, const float *ends, int64_t count, int64_t longest);

/* The text of a span; of what has no probability none. */
struct string found_text(const struct articles *articles, const struct passage *passage, struct found found);

struct score {
    double exact, f1; /* the means */
    double loss;      /* of those whose answer stands in the passage */
    int64_t questions;
    struct speed speed; /* of finding spans in batches that stand ready */
};

/* The figures of questions numbers[count]; `label` names a bar of progress, NULL: none. `details`, where it is not NULL, receives an
 * object a line: {"question":, "answer":, "probability":, "exact":, "f1":}, in the order of numbers. */
struct score score_questions(struct trained *trained, const struct articles *articles,
                             const struct lexicon *lexicon, const int64_t *numbers, int64_t count,
                             int64_t longest, const char *label, struct text *details);

#endif
