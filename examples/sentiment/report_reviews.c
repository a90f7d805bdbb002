/* report_reviews.c - the held-out reviews of which the model is most surely right, most surely wrong and least certain: what each
 * word got of the attention, beside gradient x input and occlusion, and how far the rankings agree. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/plan.h"
#include "report.h"

#define ROWS 64            /* a batch */
#define GROUP 5            /* reviews in each of three */
#define MOST_OCCLUDED 1000 /* words: leaving out each one of more would take too long */

void report_measure(struct report *report)
{
    int64_t count = report->split.valid_count;
    struct network *network = &report->trained.network;
    struct batch batch = {0};
    int64_t *plan = plan_by_length(report->corpus.lengths, report->split.valid, count);
    report->scored = allocate(count, sizeof *report->scored);
    report->words = allocate(attn_vocab_size(report->trained.vocab), sizeof *report->words);
    report->word_classes =
        allocate(attn_vocab_size(report->trained.vocab) * network->classes, sizeof *report->word_classes);
    for (int64_t at = 0; at < count; at += ROWS) {
        int64_t rows = count - at < ROWS ? count - at : ROWS;
        batch_fill(&batch, &report->corpus, plan + at, rows, network_time(network));
        struct outcome outcome = network_predict(network, &batch);
        for (int64_t b = 0; b < rows; b++) {
            const float *p = outcome.probabilities + b * network->classes;
            int32_t decision = network_decision(network, p);
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

struct explained {
    struct report *report;
    struct attributor attributor;
    struct batch batch;
    int64_t length;
    float *attention; /* [length]; NULL without attention */
};

static void set_values(json_t *json, const char *name, const float *values, int64_t length)
{
    json_t *list = json_array();
    for (int64_t i = 0; i < length && i < MOST_SHOWN; i++)
        json_array_append_new(list, json_real(values[i]));
    json_object_set_new(json, name, list);
}

/* Attribute by `method`, and compare the sizes with attention. */
static void add_method(struct explained *explained, json_t *json, enum method method, const char *tau_name)
{
    int64_t length = explained->length;
    float *values = allocate(explained->batch.time, sizeof *values), tau = 0, gap;
    attribute(&explained->attributor, method, &explained->batch, values, &gap);
    set_values(json, method_name(method), values, length);
    for (int64_t i = 0; i < length; i++)
        values[i] = fabsf(values[i]);
    if (explained->attention && length > 1) {
        must(attn_explain_correlation(explained->report->context, 1, length, explained->attention, values,
                                      NULL, &tau, NULL));
        json_object_set_new(json, tau_name, json_real(tau));
    }
    free(values);
}

static json_t *explain(struct explained *explained, int64_t review)
{
    struct report *report = explained->report;
    struct network *network = &report->trained.network;
    struct batch *batch = &explained->batch;
    json_t *json = report_text(report, &report->data.reviews[review]);
    batch_fill(batch, &report->corpus, &review, 1, network_time(network));
    struct outcome outcome = network_predict(network, batch);
    int64_t length = batch->lengths[0];
    batch->labels[0] = network_decision(network, outcome.probabilities);
    json_object_set_new(json, "decision", json_integer(batch->labels[0]));
    json_object_set_new(json, "probability", json_real(outcome.probabilities[batch->labels[0]]));
    explained->length = length;
    explained->attention = NULL;
    if (outcome.weights) {
        double padding = 0;
        for (int64_t t = length; t < batch->time; t++)
            padding += outcome.weights[t];
        if (network->config.padding_kept)
            json_object_set_new(json, "padding", json_real(padding));
        set_values(json, "attention", outcome.weights, length);
        explained->attention = allocate(length, sizeof(float));
        memcpy(explained->attention, outcome.weights, (size_t)length * sizeof(float));
    }
    add_method(explained, json, BY_GRADIENT, "tau_gradient");
    if (length <= MOST_OCCLUDED)
        add_method(explained, json, BY_OCCLUSION, "tau_occlusion");
    free(explained->attention);
    return json;
}

static json_t *make_group(struct explained *explained, const char *title, const struct scored *scored,
                          int64_t count)
{
    json_t *reviews = json_array();
    for (int64_t i = 0; i < count; i++)
        json_array_append_new(reviews, explain(explained, scored[i].review));
    return json_pack("{s:s, s:o}", "title", title, "reviews", reviews);
}

json_t *report_groups(struct report *report)
{
    json_t *groups = json_array();
    if (report->missing)
        return groups;
    struct explained explained = {.report = report,
                                  .attributor = attributor_create(report->context, &report->trained.network)};
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
        json_array_append_new(groups, make_group(&explained, kinds[i].title, scored, size));
    }
    batch_free(&explained.batch);
    attributor_destroy(&explained.attributor);
    return groups;
}
