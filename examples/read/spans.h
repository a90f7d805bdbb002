/* spans.h - where the answers to a question stand in its passage. */
#ifndef READ_SPANS_H
#define READ_SPANS_H

#include "articles.h"

/* Set the question's spans, once its passage's words are there: every place of an answer that is whole words, each span once, by its
 * begin and then its end; where there is none, the places that cut words ("8" in "8th"). */
void spans_find(struct articles *articles, struct question *question);

#endif
