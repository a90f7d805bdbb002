/* report_reviews.c - the held-out reviews of which the model is most surely right, most surely wrong and least certain: what each
 * word got of the attention and gave by n-grams, beside gradient x input and occlusion, and how far the rankings agree. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/plan.h"
#include "report.h"
#include "texts.h"

#define ROWS 64            /* a batch */
#define GROUP 5            /* reviews in each of three */
#define MOST_OCCLUDED 1000 /* words: leaving out each one of more would take too long */

void report_measure(struct report *report)
{
    int64_t count = report->split.valid_count;
    struct model *model = &report->model;
    struct batch batch = {0};
    int64_t *plan = plan_by_length(report->corpus.lengths, report->split.valid, count);
    report->scored = allocate(count, sizeof *report->scored);
    report->words = allocate(attn_vocab_size(report->model.info.vocab), sizeof *report->words);
    report->word_classes = allocate(attn_vocab_size(report->model.info.vocab) * model->info.classes,
                                    sizeof *report->word_classes);
    for (int64_t at = 0; at < count; at += ROWS) {
        int64_t rows = count - at < ROWS ? count - at : ROWS;
        batch_fill(&batch, &report->corpus, plan + at, rows, model->info.padded_time);
        struct outcome outcome = model_predict(model, &batch);
        for (int64_t b = 0; b < rows; b++) {
            const float *p = outcome.probabilities + b * model->info.classes;
            int32_t decision = model_decision(model, p);
            report->scored[at + b] = (struct scored){plan[at + b], decision == batch.labels[b], p[decision]};
        }
        if (outcome.weights)
            report_count_words(report, &batch, &outcome);
    }
    free(plan);
    batch_free(&batch);
}

/* ---- the three groups; of equal ones the first in the data ----------------------------------------------- */

static int compare(float a, float b, const struct scored *left, const struct scored *right)
{
    return a != b ? (a < b ? -1 : 1) : left->review < right->review ? -1 : 1;
}

static int by_right(const void *left, const void *right)
{
    const struct scored *a = left, *b = right;
    return a->right != b->right ? b->right - a->right : compare(b->sure, a->sure, a, b);
}

static int by_wrong(const void *left, const void *right)
{
    const struct scored *a = left, *b = right;
    return a->right != b->right ? a->right - b->right : compare(b->sure, a->sure, a, b);
}

static int by_doubt(const void *left, const void *right)
{
    const struct scored *a = left, *b = right;
    return compare(a->sure, b->sure, a, b);
}

/* ---- one review ------------------------------------------------------------------------------------------ */

/* What each word gave by `by`; where `attention` is not NULL how far the ranking of the sizes agrees with that. Returns the reading. */
static attn_reading *add_method(struct report *report, json_t *json, const struct review *review, int32_t by,
                                const attn_reading *attention)
{
    attn_reading *reading;
    attn_reading_info info = ATTN_READING_INFO_INIT;
    must(attn_classifier_read(report->model.classifier, review->text, review->size, by, &reading));
    must(attn_reading_get_info(reading, &info));
    const float *numbers = attn_reading_numbers(reading);
    json_t *list = json_array();
    for (int64_t i = 0; i < info.length && i < MOST_SHOWN; i++)
        json_array_append_new(list, json_real((double)numbers[i]));
    json_object_set_new(json, method_name(by), list);
    if (by == ATTN_BY_NGRAMS)
        json_object_set_new(
            json, "channels",
            json_pack("{s:f, s:f}", "encoder", (double)info.encoder, "n-grams", (double)info.ngrams));
    if (attention == NULL || info.length < 2)
        return reading;
    float *sizes = allocate(info.length, sizeof *sizes), tau;
    for (int64_t i = 0; i < info.length; i++)
        sizes[i] = fabsf(numbers[i]);
    must(attn_explain_correlation(report->context, 1, info.length, attn_reading_numbers(attention), sizes,
                                  NULL, &tau, NULL));
    json_object_set_new(json, by == ATTN_BY_GRADIENT ? "tau_gradient" : "tau_occlusion", json_real(tau));
    free(sizes);
    return reading;
}

static json_t *explain(struct report *report, int64_t number)
{
    const struct review *review = &report->data.reviews[number];
    json_t *json = report_text(report, review);
    attn_reading_info info = ATTN_READING_INFO_INIT;
    attn_reading *attention = NULL;
    if (report->model.info.attention)
        attention = add_method(report, json, review, ATTN_BY_ATTENTION, NULL);
    if (report->model.info.ngrams) {
        attn_reading *ngrams = add_method(report, json, review, ATTN_BY_NGRAMS, NULL);
        attn_reading_destroy(&ngrams);
    }
    attn_reading *gradient = add_method(report, json, review, ATTN_BY_GRADIENT, attention), *occlusion = NULL;
    must(attn_reading_get_info(attention ? attention : gradient, &info));
    if (info.length <= MOST_OCCLUDED)
        occlusion = add_method(report, json, review, ATTN_BY_OCCLUSION, attention);
    json_object_set_new(json, "decision", json_integer(attn_reading_class(gradient)));
    json_object_set_new(json, "probability", json_real((double)info.probability));
    if (report->model.info.padded_time)
        json_object_set_new(json, "padding", json_real((double)info.padding));
    attn_reading_destroy(&attention);
    attn_reading_destroy(&gradient);
    attn_reading_destroy(&occlusion);
    return json;
}

static json_t *make_group(struct report *report, const char *title, const struct scored *scored,
                          int64_t count)
{
    json_t *reviews = json_array();
    for (int64_t i = 0; i < count; i++)
        json_array_append_new(reviews, explain(report, scored[i].review));
    return json_pack("{s:s, s:o}", "title", title, "reviews", reviews);
}

json_t *report_groups(struct report *report)
{
    json_t *groups = json_array();
    if (report->missing)
        return groups;
    struct scored *scored = report->scored;
    int64_t count = report->split.valid_count, right = 0, size;
    for (int64_t i = 0; i < count; i++)
        right += scored[i].right;
    static const struct {
        const char *title;
        int (*order)(const void *left, const void *right);
    } kinds[] = {
        {"Most surely right", by_right}, {"Most surely wrong", by_wrong}, {"Least certain", by_doubt}};
    const int64_t most[] = {right, count - right, count};
    for (int64_t i = 0; i < COUNT(kinds); i++) {
        qsort(scored, (size_t)count, sizeof *scored, kinds[i].order);
        size = most[i] < GROUP ? most[i] : GROUP;
        json_array_append_new(groups, make_group(report, kinds[i].title, scored, size));
    }
    return groups;
}
