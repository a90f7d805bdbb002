/* measure.h - SQuAD's own measure of an answer (its evaluate-v1.1.py): texts are compared in lower case, without ASCII punctuation and
 * without the words a, an and the. */
#ifndef READ_MEASURE_H
#define READ_MEASURE_H

#include "articles.h"

struct measure {
    double exact, f1; /* 0 or 1: the same text; the harmonic mean of precision and recall of its words */
};

/* The best of a given text beside any of the expected ones. */
struct measure measure_answer(struct string given, const struct string *expected, int64_t count);

#endif
