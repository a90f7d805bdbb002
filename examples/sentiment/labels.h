/* labels.h - the names of the classes: what texts are labelled with, numbered in one order. */
#ifndef SENTIMENT_LABELS_H
#define SENTIMENT_LABELS_H

#include "common/program.h"

#define MOST_LABELS 1000 /* more are not labels: another column was taken for them */

struct labels {
    char **names; /* [count], of class 0, 1, ...; UTF-8 without control characters */
    int64_t count;
};

/* The different names among raw[count], numbers before words, numbers by their value and words by their bytes. But where all are
 * negative or positive (or neg, pos, 0, 1), the labels are these two, negative 0 and positive 1, even where only one occurs. */
struct labels labels_make(char *const *raw, int64_t count);
struct labels labels_copy(const struct labels *labels);
void labels_free(struct labels *labels);

/* The class of that name, which neg, pos, 0 and 1 have too where the labels are negative and positive; -1: it is none of them. */
int32_t labels_find(const struct labels *labels, const char *name);

/* "business, sport and tech"; of many, the first ones and how many more. To be freed. */
char *labels_list(const struct labels *labels);

/* The name of bytes: without blanks around it, and with U+FFFD for what no terminal or page should be shown. To be freed. */
char *label_clean(const char *bytes, size_t size);

/* Those of a classifier, cleaned. */
struct labels labels_of(const attn_classifier *classifier, int64_t classes);

#endif
