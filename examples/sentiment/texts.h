/* texts.h - deciding on texts: one from the command line, the lines of standard input, or labelled reviews. */
#ifndef SENTIMENT_TEXTS_H
#define SENTIMENT_TEXTS_H

#include "model.h"

/* What may be shown of each word, in the order of ATTN_BY_ATTENTION and so on; and how a reader knows it ("integrated gradients"). */
#define METHODS "attention|gradient|integrated|occlusion|ngrams"
const char *method_name(int32_t by);
const char *method_title(int32_t by);

/* Where texts come from: labelled ones need labels that the model knows. */
struct texts {
    const char *text; /* this one; NULL: */
    struct source
        source;    /* the reviews there (see dataset_read); its path NULL: each line of standard input */
    int64_t limit; /* of the reviews; 0: all */
};

/* A text that was read; everything holds until the call returns. */
struct decided {
    const char *text;
    const char *name;  /* a review's; NULL */
    const char *truth; /* the name of a review's label; NULL where there is none */
    const attn_reading *reading;
    const attn_reading
        *ngrams; /* by ATTN_BY_NGRAMS, where the model has both channels and `reading` is another; NULL */
    bool has_ngrams, has_both; /* channels, of which info says how much each gave */
    attn_reading_info info;
    const char *label; /* of the decision */
    /* Numbers above 0 speak for the decision. In colours: of two classes blue speaks for the second and orange for the first, which
     * are positive and negative; of more, blue for the decision and orange against it. */
    bool decision_is_blue;
    const char *blue, *orange; /* what they speak for: "positive", "negative"; "sport", "another class" */
};

/* Read each text by ATTN_BY_... and hand it to `use`, in order; ATTN_BY_ATTENTION is for models that have it. */
void read_texts(const struct model *model, const struct texts *texts, int32_t by,
                void (*use)(const struct decided *decided, void *user), void *user);

#endif
