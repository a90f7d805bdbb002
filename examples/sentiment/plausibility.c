/* plausibility.c - the command `plausibility`: whether the words that are shaded are those that people marked as deciding.
 *
 * Each way of shading gives a number a token, and so a number a word of the data: the sum of its tokens'. These are scored as ERASER
 * does (1911.03429). All measures but one are means over the reviews; intersection over union is the F1 of two means, precision and
 * recall, whose interval is that of
 *
 *     v_i = F + dF/dP (p_i - P) + dF/dR (r_i - R)         F = 2 P R / (P + R),  dF/dP = 2 R^2 / (P + R)^2,  dF/dR likewise
 *
 * which has the mean F, and varies as F does to the first order.
 *
 * Of a run the figures are kept in RUN/plausibility.json too, which its report shows: what --json prints, and the fingerprint of
 * the model that they are of. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "commands.h"
#include "common/terminal.h"
#include "eraser.h"
#include "interval.h"
#include "run.h"
#include "texts.h"

#define TOGETHER 16  /* reviews that are read in one call */
#define OVERLAP 0.5f /* of spans that match */

/* The ways, in the order of the table. */
#define AT_RANDOM ATTN_BY_NOTHING
static const int32_t ways[] = {ATTN_BY_ATTENTION, ATTN_BY_GRADIENT, ATTN_BY_INTEGRATED,
                               ATTN_BY_OCCLUSION, ATTN_BY_NGRAMS,   AT_RANDOM};
#define WAYS COUNT(ways)

enum measure { TOKEN_F1, AUPRC, AVERAGE_PRECISION, SPAN_PRECISION, SPAN_RECALL, MEASURES };

struct scores {
    bool taken;
    float *values[MEASURES]; /* [reviews] */
};

struct study {
    attn_context *context;
    const struct model *model;
    struct marked_reviews data;
    uint64_t seed;
    float share;  /* of a review's words that a hard choice takes */
    float *right; /* [reviews]: 1: decided as labelled */
    struct scores scores[COUNT(ways)];
};

static const char *way_key(int32_t by)
{
    return by == AT_RANDOM ? "random" : method_name(by);
}

static const char *way_title(int32_t by)
{
    return by == AT_RANDOM ? "at random" : method_title(by);
}

/* ---- one review ------------------------------------------------------------------------------------------ */

/* numbers[words]: of each word what its tokens got; words that were not read, or are no tokens, come last. */
static void sum_words(const attn_reading *reading, const struct marked_review *review, float *numbers)
{
    const int64_t *ends = attn_tokens_ends(attn_reading_tokens(reading));
    const float *given = attn_reading_numbers(reading);
    attn_reading_info info = ATTN_READING_INFO_INIT;
    must(attn_reading_get_info(reading, &info));
    uint8_t *read = allocate(review->words, 1);
    float least = 0;
    memset(numbers, 0, (size_t)review->words * sizeof *numbers);
    for (int64_t i = 0, w = 0; i < info.length; i++) {
        while (w + 1 < review->words && review->ends[w] < ends[i])
            w++;
        numbers[w] += given[i];
        read[w] = 1;
    }
    for (int64_t w = 0; w < review->words; w++)
        least = read[w] && numbers[w] < least ? numbers[w] : least;
    for (int64_t w = 0; w < review->words; w++)
        numbers[w] = read[w] ? numbers[w] : least;
    free(read);
}

static void score_review(struct study *study, struct scores *scores, int64_t i, const float *numbers)
{
    attn_context *context = study->context;
    const struct marked_review *review = &study->data.reviews[i];
    const int64_t words = review->words;
    float *of[MEASURES];
    uint8_t *chosen = allocate(words, 1);
    for (int k = 0; k < MEASURES; k++)
        of[k] = scores->values[k] + i;
    must(attn_explain_choose(context, 1, words, numbers, NULL, study->share, chosen));
    must(attn_explain_token_match(context, 1, words, chosen, review->marked, NULL, NULL, NULL, of[TOKEN_F1]));
    must(attn_explain_span_match(context, 1, words, chosen, review->marked, NULL, OVERLAP, of[SPAN_PRECISION],
                                 of[SPAN_RECALL], NULL));
    must(attn_explain_precision_recall(context, 1, words, numbers, review->marked, NULL, of[AUPRC],
                                       of[AVERAGE_PRECISION]));
    free(chosen);
}

/* ---- all of them ----------------------------------------------------------------------------------------- */

static void score_readings(struct study *study, int32_t by, struct scores *scores, int64_t at, int64_t count,
                           attn_reading *const *readings)
{
    struct floats numbers = {0};
    for (int64_t i = at; i < at + count; i++) {
        const attn_reading *reading = readings[i - at];
        const struct marked_review *review = &study->data.reviews[i];
        float *words = reserve(&numbers, review->words);
        study->right[i] = attn_reading_class(reading) == review->label;
        if (by == AT_RANDOM)
            must(attn_explain_random(study->context, 1, review->words, NULL, study->seed + (uint64_t)i,
                                     words));
        else
            sum_words(reading, review, words);
        score_review(study, scores, i, words);
    }
    free(numbers.values);
}

static void measure_way(struct study *study, int32_t by, struct scores *scores)
{
    const struct marked_reviews *data = &study->data;
    const double began = now();
    scores->taken = true;
    for (int k = 0; k < MEASURES; k++)
        scores->values[k] = allocate(data->count, sizeof(float));
    for (int64_t at = 0, count; at < data->count; at += count) {
        const char *texts[TOGETHER];
        size_t sizes[TOGETHER];
        attn_reading *readings[TOGETHER];
        char note[64];
        count = data->count - at < TOGETHER ? data->count - at : TOGETHER;
        for (int64_t i = 0; i < count; i++) {
            texts[i] = data->reviews[at + i].text;
            sizes[i] = data->reviews[at + i].size;
        }
        snprintf(note, sizeof note, "%.1f reviews/s", (double)at / (now() - began));
        progress_show(way_title(by), at, data->count, at ? note : "");
        must(attn_classifier_read_many(study->model->classifier, count, texts, sizes, by, readings));
        score_readings(study, by, scores, at, count, readings);
        for (int64_t i = 0; i < count; i++)
            attn_reading_destroy(&readings[i]);
    }
    progress_clear();
}

/* ---- what is printed ------------------------------------------------------------------------------------- */

static struct interval mean_of(const struct study *study, const float *values)
{
    return interval_of(study->context, study->data.count, values, study->seed);
}

static struct interval span_f1(const struct study *study, const struct scores *scores)
{
    const int64_t count = study->data.count;
    const float *precision = scores->values[SPAN_PRECISION], *recall = scores->values[SPAN_RECALL];
    const double p = mean_of(study, precision).mean, r = mean_of(study, recall).mean, both = p + r;
    float *values = allocate(count, sizeof *values);
    for (int64_t i = 0; i < count && both > 0; i++)
        values[i] = (float)(2 * p * r / both + 2 * r * r / (both * both) * ((double)precision[i] - p) +
                            2 * p * p / (both * both) * ((double)recall[i] - r));
    struct interval interval = mean_of(study, values);
    interval.low = interval.low > 0 ? interval.low : 0; /* which a first order knows nothing of */
    interval.high = interval.high < 1 ? interval.high : 1;
    free(values);
    return interval;
}

static void print_table(const struct study *study)
{
    printf("%s reviews, accuracy %s\n"
           "by each way the first %.1f %% of a review's words are chosen%s; mean [95 %% interval] of\n\n"
           "%-24s%-24s%-24s%-24s%s\n",
           with_commas(study->data.count), interval_text(mean_of(study, study->right)),
           100 * (double)study->share,
           study->share == (float)study->data.share ? ", as many as people marked of one in the mean" : "",
           "words shaded by", "token F1", "AUPRC", "average precision", "IOU F1");
    for (int64_t k = 0; k < WAYS; k++) {
        const struct scores *scores = &study->scores[k];
        if (!scores->taken)
            continue;
        printf("%-24s", way_title(ways[k]));
        for (int measure = TOKEN_F1; measure <= AVERAGE_PRECISION; measure++)
            printf("%-24s", interval_text(mean_of(study, scores->values[measure])));
        printf("%s\n", interval_text(span_f1(study, scores)));
    }
}

/* `run` NULL: of a model alone. */
static void add_json(const struct study *study, const struct run *run, struct text *out)
{
    static const char *const keys[] = {"token_f1", "auprc", "average_precision"};
    text_print(out, "{");
    if (run)
        text_print(out, "\"model\": \"%016llx\", ", (unsigned long long)run_fingerprint(run));
    text_print(out, "\"reviews\": %lld, \"share\": %.6f, ", (long long)study->data.count,
               (double)study->share);
    interval_add_json(out, "accuracy", mean_of(study, study->right));
    for (int64_t k = 0; k < WAYS; k++) {
        const struct scores *scores = &study->scores[k];
        if (!scores->taken)
            continue;
        text_print(out, ", \"%s\": {", way_key(ways[k]));
        for (int64_t measure = 0; measure < COUNT(keys); measure++) {
            interval_add_json(out, keys[measure], mean_of(study, scores->values[measure]));
            text_print(out, ", ");
        }
        interval_add_json(out, "iou_f1", span_f1(study, scores));
        text_print(out, "}");
    }
    text_print(out, "}\n");
}

/* What was measured, into the run and onto standard output. */
static void deliver(const struct study *study, const struct run *run, const char *folder, bool json)
{
    struct text out = {0};
    add_json(study, run, &out);
    if (run)
        text_save(&out, run->people);
    if (json)
        text_deliver(&out, NULL);
    else
        print_table(study);
    if (run && !json)
        printf("\n%s has these figures; " PROGRAM " report %s shows them\n", run->people, folder);
    free(out.bytes);
}

static void study_free(struct study *study)
{
    for (int64_t k = 0; k < WAYS; k++) {
        for (int measure = 0; measure < MEASURES; measure++)
            free(study->scores[k].values[measure]);
    }
    free(study->right);
    marked_reviews_free(&study->data);
}

int command_plausibility(int argc, char **argv)
{
    const char *path = bundled_model(), *folder = NULL, *data = NULL, *by = NULL;
    double share = 0;
    int64_t limit = 0, json = 0, seed = 1, threads = 0;
    struct option options[] = {
        MODEL_OPTION(path),
        text_option("run", &folder, "RUN",
                    "the model that train --out RUN left; its report will show the table"),
        needed_option("data", &data, "PATH", "a folder of ERASER's, or one of its .jsonl files"),
        choice_option("by", &by, METHODS "|random", "measure this way of shading only"),
        number_option("share", &share, 0.0001, 1,
                      "of the words, that are chosen (what people marked of one)"),
        integer_option("limit", &limit, 1, 1e9, "measure on N reviews only, all classes alike"),
        switch_option("json", &json,
                      "print {\"reviews\":, \"accuracy\":, \"attention\": {\"token_f1\":, ...}, ...}"),
        integer_option("seed", &seed, 0, 9e15, "of the limit and the random order (1)"),
        threads_option(&threads),
    };
    options_parse("plausibility", options, COUNT(options), argc, argv, NULL);
    if (folder && option_given(options, COUNT(options), "model"))
        fail(EXIT_BAD_INPUT, "--run %s names a model already; give one of --run and --model", folder);
    struct run run = run_name(folder ? folder : ".");
    path = folder ? run.model : path;
    attn_context *context = make_context(threads);
    struct model model = model_open(context, path);
    for (int64_t k = 0; k < WAYS; k++) {
        if (by && strcmp(by, way_key(ways[k])) == 0 && !model_shows(&model, ways[k]))
            fail(EXIT_BAD_INPUT, "%s: this model has no %s; give another --by", path, way_title(ways[k]));
    }
    struct study study = {.context = context,
                          .model = &model,
                          .data = eraser_read(data, &model.labels, limit, (uint64_t)seed),
                          .seed = (uint64_t)seed};
    if (study.data.unmarked)
        complain("%s: left out, as nothing is marked in them: %lld of %lld reviews", data,
                 (long long)study.data.unmarked, (long long)study.data.count + study.data.unmarked);
    study.share = (float)(share > 0 ? share : study.data.share);
    study.right = allocate(study.data.count, sizeof *study.right);
    model_pack(&model, NULL);
    for (int64_t k = 0; k < WAYS; k++) {
        if ((by == NULL || strcmp(by, way_key(ways[k])) == 0) && model_shows(&model, ways[k]))
            measure_way(&study, ways[k], &study.scores[k]);
    }
    deliver(&study, folder ? &run : NULL, folder, json);
    study_free(&study);
    run_free(&run);
    model_close(&model);
    attn_context_destroy(&context);
    return 0;
}
