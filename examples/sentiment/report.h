/* report.h - a run as one page: what it was, how it went, and what its decisions rested on.
 *
 *     report.c            the command; the page around the parts
 *     report_run.c        configuration, curves, and attention over the tracked reviews after every epoch
 *     report_reviews.c    held-out reviews: the surest and the least certain decisions, explained
 *     report_words.c      the words that receive most attention over all of them
 *     report_people.c     the table that plausibility --run left
 *
 * The parts are JSON, which page/report.html draws:
 *     run       {"config", "run", "best", "words", "parameters", "missing", "labels"}    missing: why there are no reviews; null
 *     metrics   {"epoch": [...], "train_loss": [...], ...}                      the columns of metrics.csv
 *     film      {"epochs": [...], "reviews": [{"name", "label", "pieces", "left",
 *                "decision": [...], "probability": [...], "padding": [...], "weights": [[...], ...]}]}    one of each an epoch
 *     groups    [{"title", "reviews": [{"name", "label", "decision", "probability", "pieces", "left", "padding",
 *                "attention": [...], "ngrams": [...], "channels": {"encoder", "n-grams"}: what each gave to the decision,
 *                "gradient": [...], "occlusion": [...], "tau_gradient", "tau_occlusion"}]}]
 *     words     [{"word", "count", "share", "lift", "class", "leaning", "probability"}]
 *     people    {"reviews", "share", "accuracy", "rows": [{"by", "token_f1", "auprc", "average_precision", "iou_f1"}]}; null: not
 *               measured. Figures are [mean, low, high]
 * pieces are what stands before the first token, that token, what stands before the second, ..., and what stands behind the
 * last one, all as in the original text. */
#ifndef SENTIMENT_REPORT_H
#define SENTIMENT_REPORT_H

#include "model.h"
#include "run.h"
#include "split.h"

#define MOST_SHOWN 2000 /* tokens of a review */

/* A held-out review, and how surely the model decides on it: the decision's probability. */
struct scored {
    int64_t review;
    bool right;
    float sure;
};

/* A word of the vocabulary, over all places where it stands in held-out reviews: sums. */
struct word {
    int32_t id;
    bool listed;
    int64_t count;
    double weight; /* of the attention there */
    double lift;   /* of weight * length: how many times an even share it gets */
};

/* The same word, over the places in reviews decided as one class. */
struct word_class {
    double weight;      /* of the attention there */
    double probability; /* of the class, over all places */
};

struct report {
    attn_context *context;
    struct run run;
    struct model model;
    json_t *checkpoint; /* its JSON */
    struct config config;
    char *missing; /* why there are no held-out reviews; NULL: there are */
    struct dataset data;
    struct split split;              /* reviews: split.valid */
    struct corpus corpus;            /* of all of data */
    struct scored *scored;           /* [split.valid_count] */
    struct word *words;              /* [vocabulary]; 0 without attention */
    struct word_class *word_classes; /* [vocabulary, classes] */
};

/* Decide on every held-out review: `scored` and `words`. */
void report_measure(struct report *report);

/* Add the places of a batch that is decided to `words`. */
void report_count_words(struct report *report, const struct batch *batch, const struct outcome *outcome);

json_t *report_run(struct report *report);
json_t *report_metrics(const struct report *report);
json_t *report_film(struct report *report);
json_t *report_groups(struct report *report);
json_t *report_words(struct report *report);
json_t *report_people(const struct report *report);

/* What a page needs to show the review as it was written: "name", "label", "pieces", "left" (words that are not shown). */
json_t *report_text(struct report *report, const struct review *review);

/* Write the report of the run in `folder`, to `out` or, where that is NULL, into the folder. The reviews lie at `data`, or where that
 * is NULL where they lay when they were trained on. */
void report_write(attn_context *context, const char *folder, const char *data, const char *out);

#endif
